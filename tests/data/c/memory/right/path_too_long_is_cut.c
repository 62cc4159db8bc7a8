#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WCHAR path[12];
    NTSTATUS status = RtlStringCchPrintfW(path, ARRAYSIZE(path), L"C:\\Temp\\file_%lu.txt", 1UL);

    if (status != STATUS_BUFFER_OVERFLOW || wcslen(path) != 11) {
        return STATUS_UNSUCCESSFUL;
    }
    return path[10] == L'l' ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

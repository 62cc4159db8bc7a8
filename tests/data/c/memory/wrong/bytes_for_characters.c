// out of bounds: 0xF7
#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WCHAR path[20];

    RtlStringCchPrintfW(path, sizeof(path), L"C:\\Temp2\\NewFile_%lu.txt", 1UL); // <- here
    DbgPrint("%ws\n", path);
    return STATUS_SUCCESS;
}

#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG counts[8];
    WCHAR name[8];

    RtlZeroMemory(counts, sizeof(counts));
    RtlFillMemory(&counts[4], sizeof(ULONG), 0xFF);
    for (ULONG i = 0; i < ARRAYSIZE(name); i++) {
        name[i] = L'\0';
    }
    name[0] = L'a';
    return counts[3] == 0 && counts[4] == 0xFFFFFFFF && wcslen(name) == 1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WCHAR name[4];

    for (ULONG i = 0; i < 4; i++) {
        name[i] = (WCHAR)(L'a' + i);
    }
    DbgPrint("%lu\n", (ULONG)wcslen(name)); // <- here
    return STATUS_SUCCESS;
}

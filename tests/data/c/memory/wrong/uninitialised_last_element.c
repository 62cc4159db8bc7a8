// uninitialised: none
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG values[4];
    ULONG sum = 0;

    for (ULONG i = 0; i < 3; i++) {
        values[i] = i;
    }
    for (ULONG i = 0; i < 4; i++) {
        sum += values[i]; // <- here
    }
    DbgPrint("%lu\n", sum);
    return STATUS_SUCCESS;
}

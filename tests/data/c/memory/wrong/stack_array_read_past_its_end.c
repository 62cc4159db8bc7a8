// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG values[] = { 1, 2, 3, 4 };
    ULONG sum = 0;

    for (ULONG i = 0; i <= ARRAYSIZE(values); i++) {
        sum += values[i]; // <- here
    }
    DbgPrint("%lu\n", sum);
    return STATUS_SUCCESS;
}

// out of bounds: 0x19
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG count = 5;
    PULONG values = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof(USHORT), 'slaV');

    if (values == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (ULONG i = 0; i < count; i++) {
        values[i] = i; // <- here
    }
    ExFreePoolWithTag(values, 'slaV');
    return STATUS_SUCCESS;
}

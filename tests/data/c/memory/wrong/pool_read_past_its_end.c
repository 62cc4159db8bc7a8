// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG first = ExAllocatePool2(POOL_FLAG_NON_PAGED, 4 * sizeof(ULONG), 'rdeR');
    PULONG second = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8 * sizeof(ULONG), 'rdeR');

    if (first != NULL && second != NULL) {
        RtlCopyMemory(second, first, 8 * sizeof(ULONG)); // <- here
        DbgPrint("%lu\n", second[0]);
    }
    if (second != NULL) {
        ExFreePoolWithTag(second, 'rdeR');
    }
    if (first != NULL) {
        ExFreePoolWithTag(first, 'rdeR');
    }
    return STATUS_SUCCESS;
}

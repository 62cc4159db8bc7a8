// bad free: 0xC2
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, 'abcd');

    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ExFreePoolWithTag(block, 'dcba'); // <- here
    return STATUS_SUCCESS;
}

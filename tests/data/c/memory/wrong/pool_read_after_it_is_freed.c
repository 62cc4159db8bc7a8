// use after free: 0xD5
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG count = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG), 'tnuC');

    if (count == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *count = 3;
    ExFreePoolWithTag(count, 'tnuC');
    DbgPrint("%lu\n", *count); // <- here
    return STATUS_SUCCESS;
}

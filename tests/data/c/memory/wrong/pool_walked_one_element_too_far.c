// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG sum = 0;
    PULONG values = ExAllocatePool2(POOL_FLAG_NON_PAGED, 4 * sizeof(ULONG), 'klaW');

    if (values == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (PULONG value = values; value <= values + 4; value++) {
        sum += *value; // <- here
    }
    DbgPrint("%lu\n", sum);
    ExFreePoolWithTag(values, 'klaW');
    return STATUS_SUCCESS;
}

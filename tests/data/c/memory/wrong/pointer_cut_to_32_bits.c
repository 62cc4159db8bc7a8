// null: 0x7E
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG value = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG), 'tuC ');
    ULONG cookie;

    if (value == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    cookie = (ULONG)(ULONG_PTR)value;
    value = (PULONG)(ULONG_PTR)cookie;
    *value = 1; // <- here
    ExFreePoolWithTag(value, 'tuC ');
    return STATUS_SUCCESS;
}

// leak: 0xC4
#include <ntddk.h>

static PULONG Table;

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = DriverUnload;
    Table = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16 * sizeof(ULONG), 'lbaT'); // <- here
    if (Table == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Table[0] = 1;
    return STATUS_SUCCESS;
}

// leak: 0xC4
#include <ntddk.h>

static NTSTATUS Probe(ULONG Size)
{
    PUCHAR block = ExAllocatePool2(POOL_FLAG_NON_PAGED, Size, 'borP'); // <- here

    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (block[0] == 0) {
        return STATUS_NOT_FOUND;
    }
    ExFreePoolWithTag(block, 'borP');
    return STATUS_SUCCESS;
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = DriverUnload;
    if (Probe(64) == STATUS_NOT_FOUND) {
        DbgPrint("nothing there\n");
    }
    return STATUS_SUCCESS;
}

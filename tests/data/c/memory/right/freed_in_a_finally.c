#include <ntddk.h>

static NTSTATUS Work(BOOLEAN Early)
{
    NTSTATUS status = STATUS_SUCCESS;
    PUCHAR bytes = ExAllocatePool2(POOL_FLAG_PAGED, 8, 'setB');

    if (bytes == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        if (Early) {
            status = STATUS_CANCELLED;
            __leave;
        }
        bytes[7] = 1;
        if (bytes[7] + bytes[0] != 1) {
            status = STATUS_UNSUCCESSFUL;
        }
    } __finally {
        ExFreePoolWithTag(bytes, 'setB');
    }
    return status;
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = DriverUnload;
    return Work(TRUE) == STATUS_CANCELLED ? Work(FALSE) : STATUS_UNSUCCESSFUL;
}

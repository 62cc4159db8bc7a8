#include <ntddk.h>

static NTSTATUS Work(ULONG FailsAt)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG first = NULL, second = NULL;

    first = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, '1lbT');
    if (first == NULL || FailsAt == 1) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto cleanup;
    }
    second = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, '2lbT');
    if (second == NULL || FailsAt == 2) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto cleanup;
    }
    RtlCopyMemory(second, first, 16);

cleanup:
    if (second != NULL) {
        ExFreePoolWithTag(second, '2lbT');
    }
    if (first != NULL) {
        ExFreePoolWithTag(first, '1lbT');
    }
    return status;
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = DriverUnload; // where nothing may be left
    for (ULONG i = 1; i <= 2; i++) {
        if (Work(i) != STATUS_INSUFFICIENT_RESOURCES) {
            return STATUS_UNSUCCESSFUL;
        }
    }
    return Work(3);
}

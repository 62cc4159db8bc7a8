// bad free: 0xC2
#include <ntddk.h>

static BOOLEAN Check(const UCHAR *Bytes)
{
    return Bytes[0] == 1;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = STATUS_SUCCESS;
    PUCHAR bytes = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 'setB');

    if (bytes == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto cleanup;
    }
    if (!Check(bytes)) {
        ExFreePoolWithTag(bytes, 'setB'); // and bytes is not set to NULL
        goto cleanup;
    }
    DbgPrint("%d\n", bytes[1]);

cleanup:
    if (bytes != NULL) {
        ExFreePoolWithTag(bytes, 'setB'); // <- here
    }
    return status;
}

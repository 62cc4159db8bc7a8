// use after free: 0xD5
#include <ntddk.h>

typedef struct _REQUEST {
    NTSTATUS Status;
    ULONG Number;
} REQUEST, *PREQUEST;

static VOID Complete(PREQUEST Request)
{
    ExFreePoolWithTag(Request, 'tseR');
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PREQUEST request = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(REQUEST), 'tseR');

    if (request == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Complete(request);
    request->Status = STATUS_SUCCESS; // <- here
    return STATUS_SUCCESS;
}

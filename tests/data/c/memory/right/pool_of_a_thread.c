#include <ntddk.h>

static VOID Worker(PVOID Context)
{
    PULONG values = ExAllocatePool2(POOL_FLAG_NON_PAGED, 4 * sizeof(ULONG), 'slaV');

    UNREFERENCED_PARAMETER(Context);
    if (values == NULL) {
        PsTerminateSystemThread(STATUS_INSUFFICIENT_RESOURCES);
    }
    for (ULONG i = 0; i < 4; i++) {
        values[i] += i; // ExAllocatePool2 gives zeros
    }
    DbgPrint("%lu\n", values[3]);
    ExFreePoolWithTag(values, 'slaV');
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL))) {
            ZwClose(thread);
        }
    }
    return STATUS_SUCCESS;
}

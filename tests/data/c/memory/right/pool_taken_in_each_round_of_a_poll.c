#include <ntddk.h>

static LONG Stop;

static VOID Poller(PVOID Context)
{
    LARGE_INTEGER interval;

    while (InterlockedCompareExchange(&Stop, 0, 0) == 0) {
        PULONG value = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ULONG), 'lloP');

        if (value != NULL) {
            *value = 5;
            interval.QuadPart = -(LONGLONG)*value;
            KeDelayExecutionThread(KernelMode, FALSE, &interval);
            ExFreePoolWithTag(value, 'lloP');
        }
    }
}

static VOID Stopper(PVOID Context)
{
    InterlockedExchange(&Stop, 1);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Poller, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Stopper, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

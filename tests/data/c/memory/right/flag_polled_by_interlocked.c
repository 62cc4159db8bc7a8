#include <ntddk.h>

static LONG Stop;
static ULONG Last;

static VOID Stopper(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Last = 3;
    InterlockedExchange(&Stop, 1);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Poller(PVOID Context)
{
    LARGE_INTEGER interval;

    UNREFERENCED_PARAMETER(Context);
    interval.QuadPart = -10000;
    while (InterlockedCompareExchange(&Stop, 1, 1) == 0) {
        KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
    DbgPrint("%lu\n", Last);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Stopper, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Poller, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

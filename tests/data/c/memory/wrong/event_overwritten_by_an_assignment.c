// overwritten: 0x139
#include <ntddk.h>

typedef struct _GATE {
    KEVENT Open;
    ULONG Passed;
} GATE;

static GATE Gate, Closed;

static VOID Worker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Gate.Open, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    LARGE_INTEGER later = { .QuadPart = -100000000 }; // ten seconds: the thread waits by then
    NTSTATUS status;

    KeInitializeEvent(&Gate.Open, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);
    KeDelayExecutionThread(KernelMode, FALSE, &later);
    Gate = Closed; // <- here
    return STATUS_SUCCESS;
}

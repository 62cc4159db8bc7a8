// timeouts.c
//
// What a wait can return. Outcome, on Windows as here, line by line:
//   poll:     STATUS_TIMEOUT            (a time-out of zero, event not set)
//   20 ms:    STATUS_TIMEOUT            (nobody sets it)
//   set:      STATUS_SUCCESS            (it is set before we wait)
//   again:    STATUS_TIMEOUT            (a synchronization event resets itself)
//   thread:   STATUS_SUCCESS            (a thread sets it after 5 ms; we would wait 10 s)
//   any:      STATUS_WAIT_1             (the second of two is set)

#include <ntddk.h>

#define MS_TO_100NS(ms)     ((LONGLONG)(ms) * 10 * 1000)
#define RELATIVE(wait)      (-(wait))

KEVENT g_Event, g_Other;

PCSTR StatusName(NTSTATUS Status)
{
    switch (Status)
    {
    case STATUS_SUCCESS:    return "STATUS_SUCCESS";
    case STATUS_WAIT_1:     return "STATUS_WAIT_1";
    case STATUS_TIMEOUT:    return "STATUS_TIMEOUT";
    default:                return "another";
    }
}

VOID Report(PCSTR What, NTSTATUS Status)
{
    DbgPrint("%-10s%s\n", What, StatusName(Status));
}

NTSTATUS WaitMs(PKEVENT Event, LONG Milliseconds)
{
    LARGE_INTEGER Timeout;

    Timeout.QuadPart = RELATIVE(MS_TO_100NS(Milliseconds));
    return KeWaitForSingleObject(Event, UserRequest, KernelMode, FALSE, &Timeout);
}

VOID SetterThread(PVOID Context)
{
    LARGE_INTEGER Delay = { .QuadPart = RELATIVE(MS_TO_100NS(5)) };

    KeDelayExecutionThread(KernelMode, FALSE, &Delay);
    KeSetEvent((PRKEVENT)Context, EVENT_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID Both[] = { &g_Event, &g_Other };
    LARGE_INTEGER Zero = { 0 };
    HANDLE Thread;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    KeInitializeEvent(&g_Event, SynchronizationEvent, FALSE);
    KeInitializeEvent(&g_Other, NotificationEvent, FALSE);

    Report("poll:", KeWaitForSingleObject(&g_Event, Executive, KernelMode, FALSE, &Zero));
    Report("20 ms:", WaitMs(&g_Event, 20));
    KeSetEvent(&g_Event, IO_NO_INCREMENT, FALSE);
    Report("set:", WaitMs(&g_Event, 20));
    Report("again:", WaitMs(&g_Event, 20));

    Status = PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NtCurrentProcess(), NULL, SetterThread, &g_Event);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    ZwClose(Thread);
    Report("thread:", WaitMs(&g_Event, 10 * 1000));

    KeSetEvent(&g_Other, IO_NO_INCREMENT, FALSE);
    Report("any:", KeWaitForMultipleObjects(RTL_NUMBER_OF(Both), Both, WaitAny, Executive, KernelMode, FALSE, &Zero, NULL));
    return STATUS_SUCCESS;
}

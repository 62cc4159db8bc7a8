// spinlock.c: a counter under a spin lock
//
// On Windows: both threads add TIMES, the counter ends at 2 * TIMES, since a spin lock keeps everybody else away.
// Here: spin locks are not simulated, and KeInitializeSpinLock is what is refused.

#include <ntddk.h>

#define TIMES 10

KSPIN_LOCK CounterLock;
LONG       Counter;
KEVENT     Done[2];

VOID Adder(PVOID Context)
{
    KIRQL OldIrql;
    int   i;

    for (i = 0; i < TIMES; i++)
    {
        KeAcquireSpinLock(&CounterLock, &OldIrql);
        Counter++;
        KeReleaseSpinLock(&CounterLock, OldIrql);
    }

    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = STATUS_SUCCESS;
    int      i;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    KeInitializeSpinLock(&CounterLock);

    for (i = 0; i < 2 && NT_SUCCESS(status); i++)
    {
        HANDLE thread;

        KeInitializeEvent(&Done[i], NotificationEvent, FALSE);
        status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Adder, &Done[i]);
        if (NT_SUCCESS(status))
            ZwClose(thread);
    }

    for (i = 0; i < 2; i++)
        KeWaitForSingleObject(&Done[i], Executive, KernelMode, FALSE, NULL);

    DbgPrint("counter %d\n", Counter);
    return status;
}

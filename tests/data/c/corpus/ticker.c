/*++

Abstract:

    A periodic timer whose DPC counts and, at the tenth tick, sets an event for a thread.

    On Windows: "ten ticks" after a second; the unload cancels the timer.
    Here: timers and DPCs are not simulated; the first of their routines, KeInitializeTimerEx, is refused.

--*/

#include <wdm.h>

typedef struct _TICKER {
    KTIMER Timer;
    KDPC Dpc;
    KEVENT Ten;
    LONG Ticks;
} TICKER, *PTICKER;

static TICKER Ticker;

KDEFERRED_ROUTINE TickerDpc;
KSTART_ROUTINE TickerThread;
DRIVER_UNLOAD TickerUnload;

_Use_decl_annotations_
VOID
TickerDpc(
    PKDPC Dpc,
    PVOID DeferredContext,
    PVOID SystemArgument1,
    PVOID SystemArgument2
    )
{
    PTICKER ticker = (PTICKER)DeferredContext;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);

    if (ticker != NULL && InterlockedIncrement(&ticker->Ticks) == 10) {
        KeSetEvent(&ticker->Ten, IO_NO_INCREMENT, FALSE);
    }
}

_Use_decl_annotations_
VOID
TickerThread(
    PVOID StartContext
    )
{
    PTICKER ticker = (PTICKER)StartContext;

    KeWaitForSingleObject(&ticker->Ten, Executive, KernelMode, FALSE, NULL);
    KdPrint(("ten ticks\n"));
    PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
VOID
TickerUnload(
    PDRIVER_OBJECT DriverObject
    )
{
    UNREFERENCED_PARAMETER(DriverObject);

    KeCancelTimer(&Ticker.Timer);
    KeFlushQueuedDpcs();
}

NTSTATUS
DriverEntry(
    _In_ PDRIVER_OBJECT DriverObject,
    _In_ PUNICODE_STRING RegistryPath
    )
{
    LARGE_INTEGER due;
    HANDLE thread;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);

    DriverObject->DriverUnload = TickerUnload;
    KeInitializeEvent(&Ticker.Ten, NotificationEvent, FALSE);
    KeInitializeTimerEx(&Ticker.Timer, SynchronizationTimer);
    KeInitializeDpc(&Ticker.Dpc, TickerDpc, &Ticker);

    due.QuadPart = -100 * 10000LL;
    KeSetTimerEx(&Ticker.Timer, due, 100, &Ticker.Dpc);

    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, TickerThread, &Ticker);
    if (NT_SUCCESS(status)) {
        ZwClose(thread);
    }
    return status;
}

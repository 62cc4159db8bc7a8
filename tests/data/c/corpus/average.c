// average.c - how long does a delay of 10 ms really take?
//
// On Windows: the thread prints an average a bit above 10 ms, or of one clock tick. (It should have kept the state of
// the floating-point unit, KeSaveExtendedProcessorState, before it used a double.)
// Here: floating point is refused where it is asked for, at the declaration of `average`.

#include <ntddk.h>

#define SAMPLES 8

static KEVENT finished;

static VOID measure(PVOID context)
{
    LARGE_INTEGER frequency, before, after, delay;
    LONGLONG ticks = 0;
    double average;
    ULONG i;

    UNREFERENCED_PARAMETER(context);
    delay.QuadPart = -10 * 10000;

    for (i = 0; i < SAMPLES; i++) {
        before = KeQueryPerformanceCounter(&frequency);
        KeDelayExecutionThread(KernelMode, FALSE, &delay);
        after = KeQueryPerformanceCounter(NULL);
        ticks += after.QuadPart - before.QuadPart;
    }

    average = (double)ticks / SAMPLES / (double)frequency.QuadPart;
    DbgPrint("average: %d us\n", (int)(average * 1000000.0));
    KeSetEvent(&finished, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    HANDLE thread;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(path);

    KeInitializeEvent(&finished, SynchronizationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, measure, NULL);
    if (!NT_SUCCESS(status))
        return status;

    ZwClose(thread);
    return KeWaitForSingleObject(&finished, Executive, KernelMode, FALSE, NULL);
}

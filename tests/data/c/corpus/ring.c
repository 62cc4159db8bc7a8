//
// ring.c - a bounded buffer: two counting semaphores and one mutex around a ring
//
// Outcome: the producer puts 1..ITEMS into a ring of four slots, the consumer takes them out in the same order and
// prints the sum, ITEMS * (ITEMS + 1) / 2 = 55. The producer can never be more than four ahead. Both end.
//
#include <ntifs.h>

#define SLOTS 4
#define ITEMS 10

typedef struct _RING {
    KSEMAPHORE Free;
    KSEMAPHORE Used;
    FAST_MUTEX Lock;
    ULONG Head, Tail;
    ULONG Slot[SLOTS];
} RING, *PRING;

static RING g_Ring;

static VOID RingPut(_Inout_ PRING Ring, _In_ ULONG Value)
{
    KeWaitForSingleObject(&Ring->Free, Executive, KernelMode, FALSE, NULL);
    ExAcquireFastMutex(&Ring->Lock);
    Ring->Slot[Ring->Head++ % SLOTS] = Value;
    ASSERT(Ring->Head - Ring->Tail <= SLOTS);
    ExReleaseFastMutex(&Ring->Lock);
    KeReleaseSemaphore(&Ring->Used, IO_NO_INCREMENT, 1, FALSE);
}

static ULONG RingGet(_Inout_ PRING Ring)
{
    ULONG value;
    KeWaitForSingleObject(&Ring->Used, Executive, KernelMode, FALSE, NULL);
    ExAcquireFastMutex(&Ring->Lock);
    value = Ring->Slot[Ring->Tail++ % SLOTS];
    ExReleaseFastMutex(&Ring->Lock);
    KeReleaseSemaphore(&Ring->Free, IO_NO_INCREMENT, 1, FALSE);
    return value;
}

static VOID Producer(PVOID Context)
{
    PRING ring = Context;
    ULONG i;
    for (i = 1; i <= ITEMS; ++i)
        RingPut(ring, i);
    DbgPrint("producer: done\n");
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Consumer(PVOID Context)
{
    PRING ring = Context;
    ULONG sum = 0, last = 0, i;
    for (i = 0; i < ITEMS; ++i) {
        ULONG value = RingGet(ring);
        if (value != last + 1)
            DbgPrint("consumer: %lu after %lu?!\n", value, last);
        last = value;
        sum += value;
    }
    DbgPrint("consumer: sum %lu\n", sum);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE handles[2] = { NULL, NULL };
    NTSTATUS status;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    RtlZeroMemory(&g_Ring, sizeof(g_Ring));
    KeInitializeSemaphore(&g_Ring.Free, SLOTS, SLOTS);
    KeInitializeSemaphore(&g_Ring.Used, 0, SLOTS);
    ExInitializeFastMutex(&g_Ring.Lock);

    status = PsCreateSystemThread(&handles[0], THREAD_ALL_ACCESS, NULL, NULL, NULL, Producer, &g_Ring);
    if (!NT_SUCCESS(status))
        return status;
    status = PsCreateSystemThread(&handles[1], THREAD_ALL_ACCESS, NULL, NULL, NULL, Consumer, &g_Ring);
    ZwClose(handles[0]);
    if (NT_SUCCESS(status))
        ZwClose(handles[1]);
    return status;
}

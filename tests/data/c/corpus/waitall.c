// From a blog: "how do I wait for ALL my threads in a driver?"
//
// DriverEntry makes three threads, and waits until every one of them has ended (WaitAll on the thread objects, which
// are signaled when their threads end). Outcome: each slot of Results is what its thread computed (1, 4 and 9), so the
// line at the end is "all done: 1 4 9", in every order; DriverEntry returns success.

#include <ntifs.h>

#define THREADS 3

typedef struct {
    int Index;
    int *Result;
} WORK;

int Results[THREADS];

void Worker(PVOID p) {
    WORK *work = (WORK *)p;
    LARGE_INTEGER delay;
    delay.QuadPart = -1 * 10 * 1000 * (LONGLONG)(work->Index * 5);
    KeDelayExecutionThread(KernelMode, FALSE, &delay);
    *work->Result = (work->Index + 1) * (work->Index + 1);
    DbgPrint("thread %d done\n", work->Index);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(path);

    PVOID objects[THREADS];
    KWAIT_BLOCK blocks[THREADS];
    WORK work[THREADS];
    NTSTATUS status = STATUS_SUCCESS;
    int made = 0;

    for (int i = 0; i < THREADS; i++) {
        HANDLE handle;
        work[i].Index = i;
        work[i].Result = &Results[i];
        status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &work[i]);
        if (!NT_SUCCESS(status)) {
            DbgPrint("PsCreateSystemThread: %08X\n", status);
            break;
        }
        status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &objects[i], NULL);
        ZwClose(handle);
        if (!NT_SUCCESS(status)) break;
        made++;
    }

    if (made > 0) {
        // More than THREAD_WAIT_OBJECTS (3) objects would need wait blocks; we pass ours in any case.
        status = KeWaitForMultipleObjects(made, objects, WaitAll, Executive, KernelMode, FALSE, NULL, blocks);
        for (int i = 0; i < made; i++) ObDereferenceObject(objects[i]);
    }
    DbgPrint("all done: %d %d %d\n", Results[0], Results[1], Results[2]);
    return status;
}

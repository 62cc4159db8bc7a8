/*
 * pool.c: a pool of workers that sleep on a semaphore
 *
 * JOBS jobs are queued; WORKERS workers take them from a singly linked stack that a fast mutex protects. The
 * unload releases the semaphore once more for each worker; who wakes and finds no job goes home.
 *
 * Outcome: each job is done exactly once (Done[i] == 1 for all), by whichever worker. The unload prints
 * "6 jobs, 6 done, 0 twice"; every worker has ended by then.
 */
#include <ntddk.h>

#define WORKERS 2
#define JOBS 6

typedef struct _JOB {
    SINGLE_LIST_ENTRY Next;
    ULONG Id;
} JOB, *PJOB;

typedef struct _WORKER {
    struct _POOL *Pool;
    ULONG Id;
    PETHREAD Thread;
} WORKER, *PWORKER;

typedef struct _POOL {
    SINGLE_LIST_ENTRY Stack;
    FAST_MUTEX Lock;
    KSEMAPHORE Work;
    WORKER Workers[WORKERS];
    ULONG Done[JOBS];
} POOL, *PPOOL;

PPOOL ThePool = NULL;

DRIVER_UNLOAD PoolUnload;
KSTART_ROUTINE WorkerMain;

static PJOB TakeJob(PPOOL Pool) {
    PSINGLE_LIST_ENTRY entry;
    ExAcquireFastMutex(&Pool->Lock);
    entry = PopEntryList(&Pool->Stack);
    ExReleaseFastMutex(&Pool->Lock);
    return entry == NULL ? NULL : CONTAINING_RECORD(entry, JOB, Next);
}

static NTSTATUS QueueJob(PPOOL Pool, ULONG Id) {
    PJOB job = ExAllocatePoolZero(NonPagedPoolNx, sizeof(JOB), 'boJP');
    if (job == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    job->Id = Id;
    ExAcquireFastMutex(&Pool->Lock);
    PushEntryList(&Pool->Stack, &job->Next);
    ExReleaseFastMutex(&Pool->Lock);
    KeReleaseSemaphore(&Pool->Work, IO_NO_INCREMENT, 1, FALSE);
    return STATUS_SUCCESS;
}

VOID WorkerMain(PVOID Context) {
    PWORKER self = (PWORKER)Context;
    PPOOL pool = self->Pool;

    for (;;) {
        PJOB job;
        KeWaitForSingleObject(&pool->Work, Executive, KernelMode, FALSE, NULL);
        job = TakeJob(pool);
        if (job == NULL)        /* woken without a job: to stop */
            break;
        InterlockedIncrement((volatile LONG *)&pool->Done[job->Id]);
        ExFreePool(job);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID PoolUnload(PDRIVER_OBJECT DriverObject) {
    ULONG i, done = 0, twice = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    KeReleaseSemaphore(&ThePool->Work, IO_NO_INCREMENT, WORKERS, FALSE);
    for (i = 0; i < WORKERS; i++) {
        KeWaitForSingleObject(ThePool->Workers[i].Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(ThePool->Workers[i].Thread);
    }
    for (i = 0; i < JOBS; i++) {
        done += ThePool->Done[i] == 1;
        twice += ThePool->Done[i] > 1;
    }
    DbgPrint("%u jobs, %u done, %u twice\n", JOBS, done, twice);
    ExFreePoolWithTag(ThePool, 'looP');
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS status = STATUS_SUCCESS;
    HANDLE handle;
    ULONG i;

    UNREFERENCED_PARAMETER(RegistryPath);
    ThePool = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*ThePool), 'looP');
    if (!ThePool) return STATUS_NO_MEMORY;
    memset(ThePool, 0, sizeof(*ThePool));
    ExInitializeFastMutex(&ThePool->Lock);
    KeInitializeSemaphore(&ThePool->Work, 0, JOBS + WORKERS);

    for (i = 0; i < WORKERS; i++) {
        ThePool->Workers[i].Pool = ThePool;
        ThePool->Workers[i].Id = i;
        status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, WorkerMain, &ThePool->Workers[i]);
        if (!NT_SUCCESS(status)) return status;
        ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &ThePool->Workers[i].Thread, NULL);
        ZwClose(handle);
    }
    for (i = 0; i < JOBS && NT_SUCCESS(status); i++)
        status = QueueJob(ThePool, i);
    DriverObject->DriverUnload = PoolUnload;
    return status;
}

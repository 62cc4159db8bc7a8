/*
 * guarded.c - structured exception handling around a lock
 *
 * Three jobs run under a mutex, one after another. The first succeeds, the second leaves its block early, the third
 * raises STATUS_INVALID_PARAMETER in the middle. __finally releases the mutex in all three cases, so the next job gets
 * it. Outcome: each job says "finally" and then its status, 00000000, c0000010 and c000000d; only the third adds
 * " (raised)" (to leave by __leave is no abnormal termination). Then "mutex is free: yes, 3 times".
 */
#include <ntifs.h>

KMUTEX JobMutex;
ULONG  Finals;

static VOID
DoJob(
    _In_ int Number
    )
{
    if (Number == 2) {
        ExRaiseStatus(STATUS_INVALID_PARAMETER);
    }
}

static NTSTATUS
GuardedJob(
    _In_ int Number
    )
{
    NTSTATUS Status = STATUS_SUCCESS;

    KeWaitForSingleObject(&JobMutex, Executive, KernelMode, FALSE, NULL);

    __try {
        if (Number == 1) {
            Status = STATUS_INVALID_DEVICE_REQUEST;
            __leave;
        }
        DoJob(Number);
    } __finally {
        Finals++;
        DbgPrint("job %d: finally%s\n", Number, AbnormalTermination() ? " (raised)" : "");
        KeReleaseMutex(&JobMutex, FALSE);
    }

    return Status;
}

static NTSTATUS
SafeJob(
    _In_ int Number
    )
{
    NTSTATUS Status;

    __try {
        Status = GuardedJob(Number);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }

    DbgPrint("job %d: %08x\n", Number, Status);
    return Status;
}

VOID
JobThread(
    _In_ PVOID Context
    )
{
    int i;

    UNREFERENCED_PARAMETER(Context);
    for (i = 0; i < 3; i++) {
        SafeJob(i);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS
DriverEntry(
    _In_ PDRIVER_OBJECT DriverObject,
    _In_ PUNICODE_STRING RegistryPath
    )
{
    HANDLE Handle;
    PVOID Thread;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    KeInitializeMutex(&JobMutex, 0);
    Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, JobThread, NULL);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, NULL);
    ZwClose(Handle);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);

    DbgPrint("mutex is free: %s, %u times\n", KeReadStateMutex(&JobMutex) == 1 ? "yes" : "no", Finals);
    return STATUS_SUCCESS;
}

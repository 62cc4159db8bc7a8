#include <ntddk.h>

static VOID Worker(PVOID Context)
{
    PNTSTATUS result = Context;

    *result = STATUS_CANCELLED;
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS Ask(VOID)
{
    HANDLE handle;
    PVOID thread;
    NTSTATUS result = STATUS_PENDING;
    NTSTATUS status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &result);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &thread, NULL);
    ZwClose(handle);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    return result;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return Ask() == STATUS_CANCELLED ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

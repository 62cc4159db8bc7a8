// dead stack: 0xD5
#include <ntddk.h>

static KEVENT Go;

static VOID Worker(PVOID Context)
{
    PNTSTATUS result = Context;

    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    *result = STATUS_SUCCESS; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS Start(VOID)
{
    HANDLE thread;
    NTSTATUS result = STATUS_PENDING;
    NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &result);

    if (NT_SUCCESS(status)) {
        ZwClose(thread);
    }
    return status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;

    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    status = Start();
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
    return status;
}

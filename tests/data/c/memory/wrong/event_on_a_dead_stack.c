// dead stack: 0x139
#include <ntddk.h>

static KEVENT Go;

static VOID Worker(PVOID Context)
{
    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE); // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS Ask(VOID)
{
    HANDLE thread;
    KEVENT answered;
    LARGE_INTEGER soon = { .QuadPart = -10000 };
    NTSTATUS status;

    KeInitializeEvent(&answered, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &answered);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);
    return KeWaitForSingleObject(&answered, Executive, KernelMode, FALSE, &soon);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;

    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    status = Ask(); // STATUS_TIMEOUT: nobody has set it
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
    return NT_SUCCESS(status) ? STATUS_SUCCESS : status;
}

#include <ntddk.h>

static KEVENT Done;

static BOOLEAN Waits(VOID)
{
    LARGE_INTEGER interval;

    interval.QuadPart = -10;
    return KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, &interval) == STATUS_TIMEOUT;
}

static VOID Poller(PVOID Context)
{
    while (Waits()) {
    }
}

static VOID Setter(PVOID Context)
{
    KeSetEvent(&Done, IO_NO_INCREMENT, FALSE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Poller, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Setter, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

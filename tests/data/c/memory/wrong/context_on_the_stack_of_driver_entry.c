// dead stack: 0xD5
#include <ntddk.h>

static KEVENT Go;
static PVOID Thread;

static VOID Worker(PVOID Context)
{
    PULONG count = Context;

    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    DbgPrint("%lu\n", *count); // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    ULONG count = 3;
    NTSTATUS status;

    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &count);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ObReferenceObjectByHandle(thread, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, NULL);
    ZwClose(thread);
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}

// overwritten: 0x139
#include <ntddk.h>

static VOID Worker(PVOID Context)
{
    KeWaitForSingleObject(Context, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    LARGE_INTEGER later = { .QuadPart = -100000000 }; // ten seconds: the thread waits by then
    NTSTATUS status;
    PKEVENT ready = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'ydaR');

    if (ready == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(ready, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, ready);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(ready, 'ydaR');
        return status;
    }
    ZwClose(thread);
    KeDelayExecutionThread(KernelMode, FALSE, &later);
    ExFreePoolWithTag(ready, 'ydaR'); // <- here
    return STATUS_SUCCESS;
}

// overwritten: 0x139
#include <ntddk.h>

typedef struct _SYNC_RESOURCES {
    KEVENT Asked;
    KEVENT Answered;
    ULONG Count;
} SYNC_RESOURCES, *PSYNC_RESOURCES;

static SYNC_RESOURCES Shared;

static VOID Worker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Shared.Asked, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    LARGE_INTEGER later = { .QuadPart = -100000000 }; // ten seconds: the thread waits by then
    NTSTATUS status;

    KeInitializeEvent(&Shared.Asked, NotificationEvent, FALSE);
    KeInitializeEvent(&Shared.Answered, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);
    KeDelayExecutionThread(KernelMode, FALSE, &later);
    RtlZeroMemory(&Shared, sizeof(Shared)); // <- here
    return STATUS_SUCCESS;
}

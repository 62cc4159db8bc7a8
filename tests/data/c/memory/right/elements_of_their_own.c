#include <ntddk.h>

static ULONG Results[2];
static LONG Started;

static VOID Worker(PVOID Context)
{
    PULONG mine = Context;

    *mine = 7;
    (*mine)++;
    InterlockedIncrement(&Started);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &Results[i]))) {
            ZwClose(thread);
        }
    }
    return STATUS_SUCCESS;
}

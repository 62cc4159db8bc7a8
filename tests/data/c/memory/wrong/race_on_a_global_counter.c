// race: none
#include <ntddk.h>

static ULONG Counter;

static VOID Worker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Counter++; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL))) {
            ZwClose(thread);
        }
    }
    return STATUS_SUCCESS;
}

// race: none
#include <ntddk.h>

static BOOLEAN Ready;

static VOID Creator(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Ready = TRUE; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Mover(PVOID Context)
{
    LARGE_INTEGER interval;

    UNREFERENCED_PARAMETER(Context);
    interval.QuadPart = -10000;
    while (!Ready) { // <- and here
        KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Creator, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Mover, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

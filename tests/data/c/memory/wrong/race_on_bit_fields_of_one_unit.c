// race: none
#include <ntddk.h>

static struct {
    ULONG Created : 1;
    ULONG Moved : 1;
} Flags;

static VOID Creator(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Flags.Created = 1; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Mover(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Flags.Moved = 1; // <- and here
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

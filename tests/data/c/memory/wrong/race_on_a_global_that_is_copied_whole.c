// race: none
#include <ntddk.h>

typedef struct _STATE {
    ULONG Created;
    ULONG Moved;
} STATE;

static STATE State;

static VOID Mover(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    State.Moved = 1; // <- here
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Reporter(PVOID Context)
{
    STATE seen;

    UNREFERENCED_PARAMETER(Context);
    RtlCopyMemory(&seen, &State, sizeof(STATE)); // <- and here
    DbgPrint("%lu created\n", seen.Created);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Mover, NULL))) {
        ZwClose(thread);
    }
    if (NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Reporter, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

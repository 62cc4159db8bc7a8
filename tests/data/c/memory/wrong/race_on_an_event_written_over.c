// race: none
#include <ntddk.h>

typedef struct _GATE {
    KEVENT Open;
    ULONG Passed;
} GATE, *PGATE;

static GATE Gate;

static VOID Opener(PVOID Context)
{
    KeSetEvent(&((PGATE)Context)->Open, IO_NO_INCREMENT, FALSE); // <- here
}

static VOID Wiper(PVOID Context)
{
    RtlZeroMemory(Context, sizeof(GATE)); // <- and here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PKSTART_ROUTINE routines[] = { Opener, Wiper };
    HANDLE thread;

    KeInitializeEvent(&Gate.Open, NotificationEvent, FALSE);
    for (ULONG i = 0; i < 2; i++) {
        if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, routines[i], &Gate))) {
            ZwClose(thread);
        }
    }
    return STATUS_SUCCESS;
}

// null: 0x7E
#include <ntddk.h>

// The third try is one too many: what counts them lies in memory, so no round is like the one before.
static KEVENT Done;

static VOID Counted(PULONG Tries)
{
    (*Tries)++;
}

static VOID Poller(PVOID Context)
{
    ULONG tries = 0;
    PULONG none = NULL;
    LARGE_INTEGER interval;

    interval.QuadPart = -10;
    while (KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, &interval) == STATUS_TIMEOUT) {
        Counted(&tries);
        if (tries == 3) {
            *none = tries; // <- here
        }
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;

    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Poller, NULL))) {
        ZwClose(thread);
    }
    return STATUS_SUCCESS;
}

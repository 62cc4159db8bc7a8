#include <ntddk.h>

typedef struct _PAIR {
    KEVENT Stop;
    KEVENT Ready;
} PAIR, *PPAIR;

static PAIR Pair;

static VOID Setter(PVOID Context)
{
    PPAIR pair = Context;

    KeSetEvent(&pair->Ready, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    NTSTATUS status;
    PVOID objects[] = { &Pair.Stop, &Pair.Ready };

    KeInitializeEvent(&Pair.Stop, NotificationEvent, FALSE);
    KeInitializeEvent(&Pair.Ready, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Setter, &Pair);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);
    status = KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
    return status == STATUS_WAIT_1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

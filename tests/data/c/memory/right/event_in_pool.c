#include <ntddk.h>

typedef struct _GATE {
    LONG References;
    KEVENT Open;
} GATE, *PGATE;

static VOID Leave(PGATE Gate)
{
    if (InterlockedDecrement(&Gate->References) == 0) {
        ExFreePoolWithTag(Gate, 'etaG');
    }
}

static VOID Opener(PVOID Context)
{
    PGATE gate = Context;

    KeSetEvent(&gate->Open, IO_NO_INCREMENT, FALSE);
    Leave(gate);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    NTSTATUS status;
    PGATE gate = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(GATE), 'etaG');

    if (gate == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    gate->References = 2;
    KeInitializeEvent(&gate->Open, NotificationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Opener, gate);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(gate, 'etaG');
        return status;
    }
    ZwClose(thread);
    KeWaitForSingleObject(&gate->Open, Executive, KernelMode, FALSE, NULL);
    Leave(gate);
    return STATUS_SUCCESS;
}

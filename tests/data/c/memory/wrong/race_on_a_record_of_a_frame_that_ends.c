// race: none
#include <ntddk.h>

typedef struct _ANSWER {
    KEVENT Done;
    ULONG Value;
} ANSWER, *PANSWER;

static VOID Worker(PVOID Context)
{
    PANSWER answer = Context;

    KeSetEvent(&answer->Done, IO_NO_INCREMENT, FALSE);
    answer->Value = 4; // <- here
}

static VOID Ask(VOID)
{
    ANSWER answer;
    HANDLE thread;

    KeInitializeEvent(&answer.Done, NotificationEvent, FALSE);
    if (!NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Worker, &answer))) {
        return;
    }
    ZwClose(thread);
    KeWaitForSingleObject(&answer.Done, Executive, KernelMode, FALSE, NULL); // <- and here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    Ask();
    return STATUS_SUCCESS;
}

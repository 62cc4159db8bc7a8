// dead stack: 0x139
#include <ntddk.h>

typedef struct _QUESTION {
    ULONG Number;
    KEVENT Answered;
} QUESTION, *PQUESTION;

static PQUESTION Asked;

static VOID Ask(ULONG Number)
{
    QUESTION question;

    question.Number = Number;
    KeInitializeEvent(&question.Answered, SynchronizationEvent, FALSE);
    Asked = &question;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    Ask(3);
    KeSetEvent(&Asked->Answered, IO_NO_INCREMENT, FALSE); // <- here
    return STATUS_SUCCESS;
}

#include <ntddk.h>

typedef struct _QUESTION {
    KEVENT Answered;
    ULONG Answer;
} QUESTION, *PQUESTION;

static VOID Worker(PVOID Context)
{
    PQUESTION question = Context;

    question->Answer = 42;
    KeSetEvent(&question->Answered, IO_NO_INCREMENT, FALSE); // the last use of it
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    QUESTION question;
    HANDLE thread;
    NTSTATUS status;

    KeInitializeEvent(&question.Answered, SynchronizationEvent, FALSE);
    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &question);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);
    KeWaitForSingleObject(&question.Answered, Executive, KernelMode, FALSE, NULL);
    return question.Answer == 42 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

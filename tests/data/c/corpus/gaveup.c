/*++
  gaveup.c

  Asks a thread for an answer, and gives up after 50 ms. (A bug that many drivers have had: the request, and the event
  in it, are among the locals of the routine that gives up.)

  Outcome: mostly "answer 42". But if the time-out comes first, AskThread returns, and the slow thread then writes its
  answer into, and sets an event in, a frame that is gone: somebody else's stack by now. In some order the machine stops.
--*/
#include <ntddk.h>

#define TIMEOUT_MS 50

typedef struct _QUESTION {
    KEVENT Answered;
    ULONG  Answer;
} QUESTION, *PQUESTION;

KSTART_ROUTINE SlowThread;

_Function_class_(KSTART_ROUTINE)
VOID
SlowThread(
    _In_ PVOID StartContext
    )
{
    PQUESTION question = (PQUESTION)StartContext;
    LARGE_INTEGER think;

    think.QuadPart = -(LONGLONG)10 * 1000 * 40;     // 40 ms
    KeDelayExecutionThread(KernelMode, FALSE, &think);

    question->Answer = 42;
    KeSetEvent(&question->Answered, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static
NTSTATUS
AskThread(
    _Out_ PULONG Answer
    )
{
    QUESTION question;
    LARGE_INTEGER timeout;
    HANDLE thread;
    NTSTATUS status;

    KeInitializeEvent(&question.Answered, NotificationEvent, FALSE);
    question.Answer = 0;

    status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, SlowThread, &question);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ZwClose(thread);

    timeout.QuadPart = -(LONGLONG)10 * 1000 * TIMEOUT_MS;
    status = KeWaitForSingleObject(&question.Answered, Executive, KernelMode, FALSE, &timeout);
    if (status == STATUS_TIMEOUT) {
        return STATUS_IO_TIMEOUT;
    }

    *Answer = question.Answer;
    return status;
}

NTSTATUS
DriverEntry(
    _In_ PDRIVER_OBJECT DriverObject,
    _In_ PUNICODE_STRING RegistryPath
    )
{
    ULONG answer;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    status = AskThread(&answer);
    if (NT_SUCCESS(status)) {
        KdPrint(("answer %lu\n", answer));
    } else {
        KdPrint(("no answer: %08lx\n", status));
    }
    return STATUS_SUCCESS;
}

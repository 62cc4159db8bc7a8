/*++
  commands.c

  A table of commands, each with its handler, and a thread that works through requests.

  Outcome: "add: 5", "neg: -7", "echo: 11", "unknown command 9" and "div: c000000d" (STATUS_INVALID_PARAMETER, for a
  division by zero that the handler refuses), in this order, from the worker; then DriverEntry prints "served 5, 2 failed".
--*/
#include <ntifs.h>

typedef struct _REQUEST REQUEST, *PREQUEST;
typedef NTSTATUS (*PFN_HANDLER)(_Inout_ PREQUEST Request);
typedef NTSTATUS HANDLER(PREQUEST);

struct _REQUEST {
    ULONG Command;
    LONG Arg[2];
    LONG Result;
};

HANDLER CmdAdd, CmdNeg, CmdEcho, CmdDiv;

typedef struct _COMMAND {
    ULONG Code;
    PCHAR Name;
    PFN_HANDLER Handler;
} COMMAND;
typedef const COMMAND *PCCOMMAND;

static const COMMAND CommandTable[] = {
    { 1, "add",  CmdAdd  },
    { 2, "neg",  CmdNeg  },
    { 3, "echo", &CmdEcho },
    { .Code = 4, .Handler = CmdDiv, .Name = "div" },
};

NTSTATUS CmdAdd(PREQUEST r)  { r->Result = r->Arg[0] + r->Arg[1]; return STATUS_SUCCESS; }
NTSTATUS CmdNeg(PREQUEST r)  { r->Result = -r->Arg[0]; return STATUS_SUCCESS; }
NTSTATUS CmdEcho(PREQUEST r) { r->Result = r->Arg[0]; return STATUS_SUCCESS; }
NTSTATUS CmdDiv(PREQUEST r)
{
    if (r->Arg[1] == 0)
        return STATUS_INVALID_PARAMETER;
    r->Result = r->Arg[0] / r->Arg[1];
    return STATUS_SUCCESS;
}

PCCOMMAND FindCommand(ULONG Code)
{
    PCCOMMAND c;
    for (c = CommandTable; c < CommandTable + _countof(CommandTable); c++)
        if (c->Code == Code)
            return c;
    return NULL;
}

typedef struct _JOB {
    PREQUEST Requests;
    ULONG Count;
    ULONG Failed;
} JOB, *PJOB;

VOID ServeThread(PVOID Context)
{
    PJOB Job = (PJOB)Context;
    PREQUEST r = Job->Requests, end = Job->Requests + Job->Count;

    for (; r != end; ++r) {
        PCCOMMAND c = FindCommand(r->Command);
        NTSTATUS st = c ? c->Handler(r) : STATUS_NOT_IMPLEMENTED;
        if (NT_SUCCESS(st))
            DbgPrint("%s: %ld\n", c->Name, r->Result);
        else if (c == NULL)
            DbgPrint("unknown command %lu\n", r->Command), Job->Failed++;
        else
            DbgPrint("%s: %08lx\n", c->Name, st), Job->Failed++;
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    REQUEST Requests[] = { { 1, { 2, 3 } }, { 2, { 7 } }, { 3, { 11, 0 } }, { 9 }, { 4, { 1, 0 } } };
    JOB Job = { Requests, RTL_NUMBER_OF(Requests), 0 };
    HANDLE hThread = NULL;
    PETHREAD Thread = NULL;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    Status = PsCreateSystemThread(&hThread, THREAD_ALL_ACCESS, NULL, NULL, NULL, ServeThread, &Job);
    if (!NT_SUCCESS(Status)) goto cleanup;

    Status = ObReferenceObjectByHandle(hThread, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&Thread, NULL);
    if (!NT_SUCCESS(Status)) goto cleanup;

    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    DbgPrint("served %lu, %lu failed\n", Job.Count, Job.Failed);

cleanup:
    if (Thread) ObDereferenceObject(Thread);
    if (hThread) ZwClose(hThread);
    return Status;
}

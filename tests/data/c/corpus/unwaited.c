// unwaited.c
//
// DriverUnload sets the flag and the event, and frees the context, but does not wait for the thread.
//
// Outcome: without a stop the thread waits for work for ever, which is as it should be. Stopped, in most orders the
// thread is woken after its context has been freed, or after the driver has been unloaded: the machine stops.
#include <ntddk.h>

#define TAG '1TAG'

typedef struct _CONTEXT
{
    KEVENT WorkEvent;
    BOOLEAN bStop;
    ULONG nWork;
} CONTEXT, *PCONTEXT;

PCONTEXT g_pContext = NULL;

void WorkThread(PVOID pParam)
{
    PCONTEXT pContext = (PCONTEXT)pParam;

    while (TRUE)
    {
        KeWaitForSingleObject(&pContext->WorkEvent, Executive, KernelMode, FALSE, NULL);
        if (pContext->bStop)
            break;
        pContext->nWork++;
    }
    KdPrint(("thread: bye after %d\n", pContext->nWork));
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID DriverUnload(PDRIVER_OBJECT pDriverObject)
{
    UNREFERENCED_PARAMETER(pDriverObject);

    g_pContext->bStop = TRUE;
    KeSetEvent(&g_pContext->WorkEvent, IO_NO_INCREMENT, FALSE);

    // BUG: the thread may still be about to look at bStop
    ExFreePoolWithTag(g_pContext, TAG);
    g_pContext = NULL;
    KdPrint(("unloaded\n"));
}

NTSTATUS DriverEntry(PDRIVER_OBJECT pDriverObject, PUNICODE_STRING pRegistryPath)
{
    NTSTATUS status;
    HANDLE hThread;

    UNREFERENCED_PARAMETER(pRegistryPath);

    g_pContext = (PCONTEXT)ExAllocatePoolWithTag(NonPagedPool, sizeof(CONTEXT), TAG);
    if (g_pContext == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;

    KeInitializeEvent(&g_pContext->WorkEvent, SynchronizationEvent, FALSE);
    g_pContext->bStop = FALSE;
    g_pContext->nWork = 0;

    status = PsCreateSystemThread(&hThread, THREAD_ALL_ACCESS, NULL, NULL, NULL, WorkThread, (PVOID)g_pContext);
    if (!NT_SUCCESS(status))
    {
        ExFreePoolWithTag(g_pContext, TAG);
        return status;
    }
    ZwClose(hThread);

    pDriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}

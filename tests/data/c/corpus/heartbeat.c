/*++

Copyright (c) the authors of the course

Module Name:

    heartbeat.c

Abstract:

    A thread beats once a second until the driver is stopped.

    Outcome: the service starts at once. When it is stopped, DriverUnload sets StopEvent, the thread leaves
    its loop without waiting for the rest of its second, says "stopped", and ends; only then does DriverUnload
    return. Without a stop the thread beats MAX_BEATS times and ends by itself.

Environment:

    Kernel mode

--*/

#include <ntddk.h>

#define MAX_BEATS 4

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD HeartbeatUnload;
KSTART_ROUTINE HeartbeatThread;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, HeartbeatUnload)
#pragma alloc_text(PAGE, HeartbeatThread)
#endif

typedef struct _HEARTBEAT_GLOBALS {
    KEVENT StopEvent;
    PKTHREAD Thread;
    LONG Beats;
} HEARTBEAT_GLOBALS, *PHEARTBEAT_GLOBALS;

HEARTBEAT_GLOBALS Globals;

_Use_decl_annotations_
VOID
HeartbeatThread(
    PVOID StartContext
    )
{
    PHEARTBEAT_GLOBALS globals = (PHEARTBEAT_GLOBALS)StartContext;
    LARGE_INTEGER interval;
    NTSTATUS status;

    PAGED_CODE();

    interval.QuadPart = -10000000LL;    // one second, relative

    do {

        status = KeWaitForSingleObject(&globals->StopEvent,
                                       Executive,
                                       KernelMode,
                                       FALSE,
                                       &interval);

        if (status == STATUS_TIMEOUT) {
            globals->Beats += 1;
            KdPrint(("heartbeat: beat %d\n", globals->Beats));
        }

    } while (status == STATUS_TIMEOUT && globals->Beats < MAX_BEATS);

    KdPrint(("heartbeat: stopped\n"));
    PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
VOID
HeartbeatUnload(
    PDRIVER_OBJECT DriverObject
    )
{
    UNREFERENCED_PARAMETER(DriverObject);

    PAGED_CODE();

    KeSetEvent(&Globals.StopEvent, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(Globals.Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Globals.Thread);
}

_Use_decl_annotations_
NTSTATUS
DriverEntry(
    PDRIVER_OBJECT DriverObject,
    PUNICODE_STRING RegistryPath
    )
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE threadHandle;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);

    KeInitializeEvent(&Globals.StopEvent, NotificationEvent, FALSE);
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);

    status = PsCreateSystemThread(&threadHandle,
                                  THREAD_ALL_ACCESS,
                                  &attributes,
                                  NULL,
                                  NULL,
                                  HeartbeatThread,
                                  &Globals);

    if (!NT_SUCCESS(status)) {
        return status;
    }

    status = ObReferenceObjectByHandle(threadHandle,
                                       THREAD_ALL_ACCESS,
                                       *PsThreadType,
                                       KernelMode,
                                       (PVOID *)&Globals.Thread,
                                       NULL);
    NT_ASSERT(NT_SUCCESS(status));
    ZwClose(threadHandle);

    DriverObject->DriverUnload = HeartbeatUnload;
    return STATUS_SUCCESS;
}

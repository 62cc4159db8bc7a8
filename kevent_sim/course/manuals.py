"""Where Microsoft's manual pages are, and the article: the one table of addresses.

Each page was looked up before it came in here, under the header that it stands under there. What has no page of its
own, or none that was found, is not here.
"""

from __future__ import annotations

from kevent_sim.machine.ntstatus import BUG_CHECKS as NAMES

LEARN = "https://learn.microsoft.com/en-us"
DRIVERS = f"{LEARN}/windows-hardware/drivers"

# As it stood when this course was written from it.
ARTICLE = (
    "https://github.com/DebugPrivilege/InsightEngineering/blob/bb07606b5efc36c450df34aabd87697aa1b81782/"
    "Kernel%20Forensics/Section%207%3A%20Event%20Signaling/README.md"
)

# Terms of the glossary that have a page, and the list of all statuses.
SUBJECTS = {
    "APC": f"{DRIVERS}/kernel/types-of-apcs",
    "DPC": f"{DRIVERS}/kernel/introduction-to-dpcs",
    "IRQL": f"{DRIVERS}/kernel/managing-hardware-priorities",
    "bug check": f"{DRIVERS}/debugger/bug-check-code-reference2",
    "dispatcher object": f"{DRIVERS}/kernel/introduction-to-kernel-dispatcher-objects",
    "event": f"{DRIVERS}/kernel/event-objects",
    "fast mutex": f"{DRIVERS}/kernel/fast-mutexes-and-guarded-mutexes",
    "mutex": f"{DRIVERS}/kernel/mutex-objects",
    "preemption": f"{LEARN}/windows/win32/procthread/scheduling-priorities",
    "quantum": f"{LEARN}/windows/win32/procthread/multitasking",
    "status": f"{LEARN}/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55",
}

_OF_HEADER = {
    "ntddk": "KePulseEvent",
    "ntifs": "ZwCreateEvent",
    "wdm": """
        DbgPrint DbgPrintEx ExAcquireFastMutex ExInitializeFastMutex ExReleaseFastMutex ExTryToAcquireFastMutex
        InterlockedCompareExchange InterlockedDecrement InterlockedExchange InterlockedExchangeAdd InterlockedIncrement
        IoCancelIrp IoCreateDevice IoCreateNotificationEvent IoCreateSynchronizationEvent IoCreateSystemThread
        IoDeleteDevice KdPrint KeClearEvent KeDelayExecutionThread KeGetCurrentIrql KeGetCurrentThread KeInitializeEvent
        KeInitializeMutex KeInitializeSemaphore KeLowerIrql KeQuerySystemTime KeRaiseIrql KeReadStateEvent
        KeReadStateMutex KeReadStateSemaphore KeReleaseMutex KeReleaseSemaphore KeResetEvent KeSetEvent
        KeSetPriorityThread KeWaitForMultipleObjects KeWaitForSingleObject ObDereferenceObject
        ObReferenceObjectByHandle PsCreateSystemThread PsTerminateSystemThread RtlConvertLongToLargeInteger
        RtlConvertUlongToLargeInteger RtlInitUnicodeString ZwClose ZwCreateFile ZwLoadDriver ZwOpenFile
        ZwQueryInformationFile ZwReadFile ZwSetInformationFile ZwUnloadDriver ZwWriteFile
    """,
}

ROUTINES = {
    name: f"{DRIVERS}/ddi/{header}/nf-{header}-{name.lower()}"
    for header, names in _OF_HEADER.items()
    for name in names.split()
} | {
    "InitializeObjectAttributes": f"{LEARN}/windows/win32/api/ntdef/nf-ntdef-initializeobjectattributes",
    "NT_SUCCESS": f"{DRIVERS}/kernel/using-ntstatus-values",
}

# Code -> the page; beside those that stop a machine here, what the course only tells of.
BUG_CHECKS = {
    code: f"{DRIVERS}/debugger/bug-check-0x{code:x}--{name.lower().replace('_', '-')}"
    for code, name in (NAMES | {0xB8: "ATTEMPTED_SWITCH_FROM_DPC"}).items()
}


def page(name: str) -> str | None:
    """The page of a routine, a bug check by its code, or a status: that is the list of all; None where there is none.

    >>> page("KeSetEvent")
    'https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/wdm/nf-wdm-kesetevent'
    >>> page("0x93")
    'https://learn.microsoft.com/en-us/windows-hardware/drivers/debugger/bug-check-0x93--invalid-kernel-handle'
    >>> page("STATUS_TIMEOUT") == page("STATUS_SUCCESS") == SUBJECTS["status"]
    True
    >>> page("KeAlertThread")
    """
    if name.startswith("STATUS_"):
        return SUBJECTS["status"]
    return BUG_CHECKS.get(int(name, 16)) if name.startswith("0x") else ROUTINES.get(name)

"""What Windows has and the simulator has not: refused by its name where a driver uses it, with what to use instead."""

from __future__ import annotations

import re

from kevent_sim.machine.call import Misuse, not_simulated

# (what it is, what to use instead, whose names these are)
_ABSENT = (
    (
        "spin locks",
        "use a KMUTEX or a FAST_MUTEX",
        r"Ke\w*SpinLock\w*|Ex\w*SpinLock\w*|ExInterlocked\w+|P?KSPIN_LOCK|KLOCK_QUEUE_HANDLE",
    ),
    (
        "timer objects",
        "use the time-out of a wait, or KeDelayExecutionThread",
        r"(Ke|Zw|Ex)\w*Timer\w*|P?K?TIMER|(Notification|Synchronization)Timer",
    ),
    (
        "DPCs and interrupts",
        "let a thread raise its IRQL with KeRaiseIrql",
        r"Ke\w*Dpc\w*|Io\w*Dpc\w*|P?KDPC|(Ke|Io)(?!QueryInterruptTime)\w*Interrupt\w*|P?KINTERRUPT",
    ),
    (
        "work items",
        "start a thread with PsCreateSystemThread",
        r"(Io|Ex)\w*WorkItem\w*|P?IO_WORKITEM|P?WORK_QUEUE_ITEM|(Delayed|Critical|HyperCritical)WorkQueue",
    ),
    (
        "IRPs",
        "pass the request in a structure, and signal an event",
        r"Iof?CallDriver|Iof?CompleteRequest|Io\w*Irp\w*|IoBuild\w+Request|IoSetCompletionRoutine\w*|P?IRP|IRP_MJ_\w+"
        r"|P?IO_STACK_LOCATION",
    ),
    (
        "ERESOURCEs and push locks",
        "use a KMUTEX or a FAST_MUTEX",
        r"Ex\w*Resource\w*|P?ERESOURCE|(Ex|Flt)\w*PushLock\w*|EX_PUSH_LOCK",
    ),
    (
        "guarded mutexes, and fast ones without their IRQL",
        "use a FAST_MUTEX and its ExAcquireFastMutex",
        r"Ke\w*GuardedMutex\w*|P?KGUARDED_MUTEX|Ex\w+FastMutexUnsafe",
    ),
    (
        "what is signaled, and waited for, by its handle",
        "ask ObReferenceObjectByHandle for the object, and use the Ke routine",
        r"(Zw|Nt)(Set|Reset|Clear|Pulse)Event|(Zw|Nt)Release(Semaphore|Mutant)|(Zw|Nt)(SignalAnd)?WaitFor\w+",
    ),
    (
        "links to devices",
        "leave it out: there are no programs that open one",
        r"Io(Create|Delete)\w*SymbolicLink|Io\w+DeviceInterface\w*",
    ),
    (
        "APCs",
        "leave it out: there are none to hold off",
        r"Ke\w*Apc\w*|P?KAPC|Ke(Enter|Leave)(Critical|Guarded)Region|Fs?Rtl(Enter|Exit)FileSystem",
    ),
)


def refusal(name: str) -> Misuse | None:
    """The error that a name which is not there becomes; None where Windows does not have it either.

    >>> refusal("KeAcquireSpinLock")
    Misuse('not simulated: spin locks, KeAcquireSpinLock; use a KMUTEX or a FAST_MUTEX')
    """
    for what, instead, names in _ABSENT:
        if re.fullmatch(names, name):
            return not_simulated(f"{what}, {name}", instead)
    return None

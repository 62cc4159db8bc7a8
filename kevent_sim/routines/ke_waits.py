"""The Ke routines that wait: for one object, for several, for a time; and the alert that ends an alertable wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kevent_sim.machine.call import Footprint, Misuse, routine
from kevent_sim.machine.irql import APC_LEVEL, DISPATCH, DISPATCH_LEVEL, IrqlRule, Limit
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import NTSTATUS, BugCheck
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.objects import (
    KEVENT,
    KMUTEX,
    KSEMAPHORE,
    KWAIT_BLOCK,
    WAIT_TYPE,
    WaitAll,
    WaitAny,
    check_usable,
    told,
)
from kevent_sim.machine.regions import check_alive
from kevent_sim.machine.structures import LARGE_INTEGER, check_variable
from kevent_sim.machine.thread import KPROCESSOR_MODE, KTHREAD, KTHREAD_STATE, KWAIT_REASON, Wait
from kevent_sim.machine.waits import alert, begin, reference_cells, wait_cells
from kevent_sim.routines.ob import dispatcher_object, pointed_at, pointer_cells, target_of

THREAD_WAIT_OBJECTS, MAXIMUM_WAIT_OBJECTS = 3, 64


def _which_wait(*arguments: Any) -> int:
    """A poll, a wait for ever, a wait for a time: by the argument that is the time-out."""
    Timeout = next((each for each in arguments if isinstance(each, LARGE_INTEGER)), None)
    return 1 if Timeout is None else 2 if Timeout.QuadPart else 0


WAIT_RULE = IrqlRule(
    (
        Limit(DISPATCH_LEVEL, 0x120, when="with a zero time-out"),
        Limit(APC_LEVEL, 0x121, when="without time-out", above=0x120),
        Limit(APC_LEVEL, 0x122, when="with another time-out", above=0x120),
    ),
    _which_wait,
    waits=True,
)
DELAY_RULE = IrqlRule((Limit(APC_LEVEL, 0x2000F, "IrqlKeApcLte1"),), waits=True)

# -- arguments --------------------------------------------------------------------------------------------------------


def _waitable(Object: Any) -> Any:
    """The dispatcher object that an argument is or points at; else an error or the crash it would be."""
    pointed = dispatcher_object("a wait on", Object)
    if type(pointed) not in (KEVENT, KMUTEX, KSEMAPHORE, KTHREAD):
        raise TypeError(f"a wait is for a KEVENT, a KSEMAPHORE, a KMUTEX or a thread, not {Object!r}")
    check_usable(pointed)
    return pointed


def _wait(
    kernel: Kernel, Objects: Sequence[Any], WaitType: WAIT_TYPE, Reason: int, Mode: int, Alertable: bool,
    Timeout: LARGE_INTEGER | None,
) -> Wait:  # fmt: skip
    if Timeout is not None and not isinstance(Timeout, LARGE_INTEGER):
        raise TypeError(f"a time-out is None or LARGE_INTEGER(-10_000) (1 ms), not {Timeout!r}")
    if Timeout is not None:
        check_variable(Timeout)
    if Reason not in tuple(KWAIT_REASON):
        raise ValueError(f"WaitReason is Executive or UserRequest, not {Reason!r}")
    if Mode not in (0, 1):
        raise ValueError(f"WaitMode is KernelMode or UserMode, not {Mode!r}")
    if Mode and any(type(Object) is KMUTEX for Object in Objects):
        raise ValueError("WaitMode must be KernelMode if one of the objects is a mutex")
    due = None if Timeout is None else kernel.due(Timeout)
    return Wait(Objects, WaitType, Reason, Mode, bool(Alertable), due)


# -- footprints -------------------------------------------------------------------------------------------------------


def _single_cells(kernel: Kernel, Object: Any, *arguments: Any) -> Footprint:
    return _cells(kernel, [Object], *arguments)


def _multiple_cells(kernel: Kernel, Count: int, Object: Sequence[Any], WaitType: Any, *arguments: Any) -> Footprint:
    yield from _cells(kernel, Object[:Count], *arguments[:4])
    for block in (arguments[4] or ())[:Count]:
        yield ("wait block", block), True


def _cells(
    kernel: Kernel, Objects: Sequence[Any], Reason: Any, Mode: Any, Alertable: bool, Timeout: LARGE_INTEGER | None
) -> Footprint:
    polls = Timeout is not None and Timeout.QuadPart == 0
    yield from wait_cells(kernel.current, [pointed_at(Object) for Object in Objects], Alertable, polls)
    for Object in Objects:
        yield from pointer_cells(kernel, Object)


def _delay_cells(kernel: Kernel, Mode: Any, Alertable: bool, Interval: Any) -> Footprint:
    return wait_cells(kernel.current, (), Alertable, polls=False)


def _alert_cells(kernel: Kernel, Thread: Any, *_: Any) -> Footprint:
    thread = pointed_at(Thread)
    yield ("variable", Thread), False
    yield ("thread", thread), True
    yield ("object", thread), False
    yield from reference_cells(kernel, thread)
    if thread.State == KTHREAD_STATE.Waiting and thread.wait.Alertable:
        for Object in thread.wait.Objects:
            yield ("object", Object), True
        for block in thread.wait.blocks:
            yield ("wait block", block), True


# -- routines ---------------------------------------------------------------------------------------------------------


@routine(_single_cells, WAIT_RULE, role="waits")
def KeWaitForSingleObject(
    kernel: Kernel,
    Object: Any,
    WaitReason: KWAIT_REASON,
    WaitMode: KPROCESSOR_MODE,
    Alertable: bool,
    Timeout: LARGE_INTEGER | None,
) -> NTSTATUS:
    """Wait until an object is signaled: not at all if it already is, else until another thread signals it, in the
    order of arrival.

    KeWaitForMutexObject is the same routine. A mutex that the calling thread owns satisfies its wait, too.
    Parameters: `Object`, an event, a semaphore, a mutex, or a thread (a PVOID that ObReferenceObjectByHandle filled
    in); `WaitReason`, `WaitMode`, `Alertable`: Executive, KernelMode, False in a driver; `Timeout`: None = for ever,
    LARGE_INTEGER(0) = do not wait, negative = relative, positive = absolute since 1601 (ticks of 100 ns).
    Returns STATUS_SUCCESS when the wait was satisfied; STATUS_TIMEOUT when the time was up first; STATUS_ALERTED when
    an alertable wait was ended by an alert. NT_SUCCESS is true for all three. The first of these that applies decides:
    object, alert, time-out. Raises STATUS_MUTANT_LIMIT_EXCEEDED where the thread has the mutex 2^31 times already.
    Raises TypeError for what cannot be waited for or is not a time-out, ValueError for UserMode and a mutex.
    Bug checks: 0xA where the object was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL with a zero time-out (0x120); <= APC_LEVEL without time-out (0x121, 0x120 above
    DISPATCH_LEVEL); <= APC_LEVEL with another time-out (0x122, 0x120 above DISPATCH_LEVEL).
    Source: WDK, "KeWaitForSingleObject function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, SynchronizationEvent, True)
    ...     for _ in range(2):
    ...         print(await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(0)))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    STATUS_SUCCESS
    STATUS_TIMEOUT
    'completed'
    """
    target = _waitable(Object)
    wait = _wait(kernel, (target,), WaitAny, WaitReason, WaitMode, Alertable, Timeout)
    return begin(kernel, wait, (KWAIT_BLOCK(),))  # type: ignore[no-any-return]


KeWaitForMutexObject = KeWaitForSingleObject  # a macro of wdm.h


@routine(_multiple_cells, WAIT_RULE, role="waits")
def KeWaitForMultipleObjects(
    kernel: Kernel,
    Count: int,
    Object: Sequence[Any],
    WaitType: WAIT_TYPE,
    WaitReason: KWAIT_REASON,
    WaitMode: KPROCESSOR_MODE,
    Alertable: bool,
    Timeout: LARGE_INTEGER | None,
    WaitBlockArray: Sequence[KWAIT_BLOCK] | None,
) -> NTSTATUS:
    """Wait until any of some objects is signaled, or until all of them are at the same time.

    For WaitAny, the first that is signaled satisfies the wait, and no other is touched. For WaitAll, none is touched
    until every one is signaled; then all are taken in one step.
    Parameters: `Count`, of objects, 64 at most; `Object`, a list of them; `WaitType`, WaitAny or WaitAll;
    `WaitReason`, `WaitMode`, `Alertable`, `Timeout` as of KeWaitForSingleObject; `WaitBlockArray`, None for up to 3
    objects, for which a thread has wait blocks of its own, else a list of `Count` KWAIT_BLOCKs.
    Returns STATUS_WAIT_0 + the object's index, of any; STATUS_SUCCESS, of all; STATUS_TIMEOUT when the time was up
    first; STATUS_ALERTED when an alertable wait was ended by an alert. NT_SUCCESS is true for all of them. Raises
    STATUS_MUTANT_LIMIT_EXCEEDED, and takes nothing, where the thread has one of the mutexes 2^31 times already. Raises
    TypeError or ValueError for UserMode and a mutex, for what cannot be waited for, is not a time-out, or where the
    lists are too short.
    Bug checks: 0xC for more than 64 objects, or more than 3 without WaitBlockArray; 0x139 for a wait block in which
    another thread waits (Windows may notice it later); 0xA where an object was never initialised, 0xD5 where its
    memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL with a zero time-out (0x120); <= APC_LEVEL without time-out (0x121, 0x120 above
    DISPATCH_LEVEL); <= APC_LEVEL with another time-out (0x122, 0x120 above DISPATCH_LEVEL).
    Source: WDK, "KeWaitForMultipleObjects function (wdm.h)"; "Bug Check 0xC"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> stop, ready = KEVENT("Stop"), KEVENT("Ready")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(stop, NotificationEvent, False)
    ...     await KeInitializeEvent(ready, SynchronizationEvent, True)
    ...     for how in (WaitAny, WaitAll):
    ...         print(await KeWaitForMultipleObjects(
    ...             2, [stop, ready], how, Executive, KernelMode, False, LARGE_INTEGER(0), None))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    STATUS_WAIT_1
    STATUS_TIMEOUT
    'completed'
    """
    if WaitType not in (WaitAll, WaitAny):
        raise ValueError(f"WaitType is WaitAny or WaitAll, not {WaitType!r}")
    if not whole_number(Count) or Count < 1:
        raise ValueError(f"Count is the number of objects, 1 to {MAXIMUM_WAIT_OBJECTS}, not {Count!r}")
    if Count > (THREAD_WAIT_OBJECTS if WaitBlockArray is None else MAXIMUM_WAIT_OBJECTS):
        missing = "" if Count > MAXIMUM_WAIT_OBJECTS else " without a WaitBlockArray"
        raise BugCheck(0x0C, f"a wait for {Count} objects{missing}")
    for name, given in (("Object", Object), ("WaitBlockArray", WaitBlockArray)):
        if given is not None and (not isinstance(given, (list, tuple)) or len(given) < Count):
            raise ValueError(f"{name} is a list of at least Count = {Count} entries, not {given!r}")
    blocks = [KWAIT_BLOCK() for _ in range(Count)] if WaitBlockArray is None else list(WaitBlockArray[:Count])
    if not all(type(block) is KWAIT_BLOCK for block in blocks):
        raise TypeError("WaitBlockArray is a list of wait blocks; type:  [KWAIT_BLOCK() for _ in range(Count)]")
    if len(set(blocks)) < Count:
        raise ValueError("WaitBlockArray has one wait block twice; type:  [KWAIT_BLOCK() for _ in range(Count)]")
    for thread in kernel.threads:
        if WaitBlockArray is not None and not set(blocks).isdisjoint(thread.WaitBlocks):
            raise BugCheck(0x139, f"a wait uses a wait block in which {thread.name} waits", 3)
    targets = [_waitable(each) for each in Object[:Count]]
    wait = _wait(kernel, targets, WAIT_TYPE(WaitType), WaitReason, WaitMode, Alertable, Timeout)
    wait.blocks = () if WaitBlockArray is None else blocks
    return begin(kernel, wait, blocks)  # type: ignore[no-any-return]


@routine(_delay_cells, DELAY_RULE, role="waits")
def KeDelayExecutionThread(
    kernel: Kernel, WaitMode: KPROCESSOR_MODE, Alertable: bool, Interval: LARGE_INTEGER
) -> NTSTATUS:
    """Wait for a time.

    Parameters: `WaitMode`, `Alertable`: KernelMode, False in a driver; `Interval`: negative = relative, positive =
    absolute since 1601 (ticks of 100 ns); if that is past, the call returns without letting any other thread run (as
    NT 5.2 does for KernelMode; for UserMode it lets others run, which is not simulated).
    Returns STATUS_SUCCESS when the time is up; STATUS_ALERTED when an alertable delay was ended by an alert. Raises
    TypeError for what is not a time, Misuse for None.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: <= APC_LEVEL (IrqlKeApcLte1, 0x2000F).
    Source: WDK, "KeDelayExecutionThread function (wdm.h)"; "IrqlKeApcLte1 rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     return await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))  # 1 ms
    >>> run(DriverEntry).status
    STATUS_SUCCESS
    """
    if Interval is None:
        raise Misuse("Interval cannot be None; type:  LARGE_INTEGER(-10_000)  for 1 ms")
    return begin(kernel, _wait(kernel, (), WaitAny, 0, WaitMode, Alertable, Interval), ())  # type: ignore[no-any-return]


@routine(_alert_cells, DISPATCH, role="alerts")
def KeAlertThread(kernel: Kernel, Thread: Any, AlertMode: KPROCESSOR_MODE) -> bool:
    """End a thread's alertable wait with STATUS_ALERTED; if it is in none, its next one ends that way.

    Parameters: `Thread`, a thread (a PVOID that ObReferenceObjectByHandle filled in); `AlertMode`, KernelMode, which
    ends waits of either mode, or UserMode, which ends only those of UserMode.
    Returns whether an alert was already pending. Raises TypeError for what is not a thread, ValueError for another
    mode.
    Bug checks: 0xD5 where the thread's memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (0xE5).
    Source: WDK, "Waits and APCs" (the routine is exported, and has no page of its own).

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print([await KeAlertThread(await KeGetCurrentThread(), KernelMode) for _ in range(2)])
    ...     return await KeDelayExecutionThread(KernelMode, True, LARGE_INTEGER(-10_000))
    >>> run(DriverEntry).status
    [False, True]
    STATUS_ALERTED
    """
    thread = target_of(Thread)
    if type(thread) is not KTHREAD:
        raise TypeError(f"Thread is a thread, not {Thread!r}; get it with ObReferenceObjectByHandle")
    if AlertMode not in (0, 1):
        raise ValueError(f"AlertMode is KernelMode or UserMode, not {AlertMode!r}")
    check_alive(thread.region, told(thread))
    kernel.subject = thread
    return alert(kernel, thread, AlertMode)

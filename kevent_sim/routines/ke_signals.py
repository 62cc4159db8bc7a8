"""The Ke routines that signal: events and semaphores."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, routine
from kevent_sim.machine.dispatcher import releasing_cells
from kevent_sim.machine.irql import (
    ANY_IRQL,
    APC_LEVEL,
    DISPATCH_LEVEL,
    PASSIVE,
    PASSIVE_LEVEL,
    IrqlRule,
    Limit,
    at_most,
)
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, STATUS_SEMAPHORE_LIMIT_EXCEEDED
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.objects import (
    EVENT_TYPE,
    FAST_MUTEX,
    KEVENT,
    KMUTEX,
    KSEMAPHORE,
    DispatcherObject,
    check_nobody_waits,
    check_usable,
    told,
)
from kevent_sim.machine.regions import check_alive
from kevent_sim.machine.waits import wait_next
from kevent_sim.routines.ob import dispatcher_object, through_pointer

IO_NO_INCREMENT, EVENT_INCREMENT, SEMAPHORE_INCREMENT = 0, 1, 1
LONG_MAX = 0x7FFF_FFFF

DISPATCH_LTE = at_most(DISPATCH_LEVEL, 0x20011, "IrqlKeDispatchLte")
SET_EVENT = IrqlRule(
    (
        Limit(DISPATCH_LEVEL, 0x20016, "IrqlKeSetEvent", "with Wait = False"),
        Limit(APC_LEVEL, 0x20016, "IrqlKeSetEvent", "with Wait = True"),
    ),
    lambda Event, Increment, Wait: int(bool(Wait)),
)
RELEASE_SEMAPHORE = IrqlRule(
    (Limit(DISPATCH_LEVEL, 0xE5, when="with Wait = False"), Limit(PASSIVE_LEVEL, 0xE5, when="with Wait = True")),
    lambda Semaphore, Increment, Adjustment, Wait: int(bool(Wait)),
)

# -- arguments --------------------------------------------------------------------------------------------------------


_TOLD = {
    KEVENT: "an event is a KEVENT",
    KSEMAPHORE: "a semaphore is a KSEMAPHORE",
    KMUTEX: "a mutex is a KMUTEX",
    FAST_MUTEX: "a fast mutex is a FAST_MUTEX",
}


def usable(Object: Any, kind: type[DispatcherObject]) -> Any:
    """The object that an argument is or points at, where it is one of its kind that can be used; else an error or the
    crash it would be."""
    if type(Object) is not kind:
        Object = dispatcher_object(f"a {kind.__name__} is used at", Object)
        if type(Object) is not kind:
            raise TypeError(f"{_TOLD[kind]}, not {type(Object).__name__}; type:  {kind.__name__}()")
    check_usable(Object)
    return Object


def _increment(Increment: Any) -> None:
    if not isinstance(Increment, int):
        raise TypeError(f"Increment is a number such as IO_NO_INCREMENT or EVENT_INCREMENT, not {Increment!r}")


def changed(kernel: Kernel, Object: Any, before: int) -> int:
    """Record what a routine did to an object; return the previous state, as the routine will."""
    kernel.subject = Object
    kernel.trace.signals.append((kernel.steps, Object, before, Object.Header.SignalState))
    return before


def initialise(kernel: Kernel, routine: str, Object: Any, *written: Any) -> None:
    """Write an object where it lies, whatever was there; a crash where that memory is gone, or somebody waits in it."""
    if Object.region is None or Object.region.kind == "image":  # where nothing else is known it is the driver's global
        Object.region = kernel.image
    check_alive(Object.region, told(Object))
    check_nobody_waits(routine, Object)
    before = Object.Header.SignalState
    Object.initialise(*written)
    changed(kernel, Object, before)


# -- footprints: R where the object's own state makes the call a mere look, W where it may change it ------------------


@through_pointer
def _set_cells(kernel: Kernel, Event: KEVENT, *_: Any) -> Footprint:
    return [(("object", Event), False)] if Event.Header.SignalState == 1 else releasing_cells(Event)


@through_pointer
def _reset_cells(kernel: Kernel, Event: KEVENT) -> Footprint:
    yield ("object", Event), Event.Header.SignalState != 0


@through_pointer
def read_cells(kernel: Kernel, Object: Any) -> Footprint:
    yield ("object", Object), False


@through_pointer
def _pulse_cells(kernel: Kernel, Event: KEVENT, *_: Any) -> Footprint:
    return [(("object", Event), True)] if Event.Header.SignalState > 0 else releasing_cells(Event)


@through_pointer
def _release_cells(kernel: Kernel, Semaphore: KSEMAPHORE, *_: Any) -> Footprint:
    return releasing_cells(Semaphore)


@through_pointer
def initialise_cells(kernel: Kernel, Object: Any, *_: Any) -> Footprint:
    yield ("object", Object), True


# -- events -----------------------------------------------------------------------------------------------------------


@routine(initialise_cells, ANY_IRQL)
def KeInitializeEvent(kernel: Kernel, Event: KEVENT, Type: EVENT_TYPE, State: bool) -> None:
    """Write type, size, signal state and an empty wait list; the other two header bytes keep what they held.

    Another thread may know the event already, so this is a step like any other: a thread that uses the event
    earlier uses memory that holds no event.
    Parameters: `Event`; `Type`, NotificationEvent or SynchronizationEvent; `State`, True to start signaled.
    Returns nothing. Raises TypeError for what is not a KEVENT, ValueError for another type.
    Bug checks: 0x139 (3) where threads wait on the event, whose wait list it breaks (on Windows later, when that list
    is used), 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "KeInitializeEvent function (wdm.h)"; "Bug Check 0x139: KERNEL_SECURITY_CHECK_FAILURE".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT("Ready")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, NotificationEvent, True)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict, event
    ('completed', <KEVENT Ready: NotificationEvent, signaled, nobody waits>)
    """
    Event = dispatcher_object("KeInitializeEvent on", Event)
    if not isinstance(Event, KEVENT):
        raise TypeError(f"KeInitializeEvent takes a KEVENT first, not {type(Event).__name__}")
    if Type not in (0, 1):
        raise ValueError(f"KeInitializeEvent knows NotificationEvent and SynchronizationEvent, not {Type!r}")
    initialise(kernel, "KeInitializeEvent", Event, Type, State)


@routine(_set_cells, SET_EVENT, role="signals")
def KeSetEvent(kernel: Kernel, Event: KEVENT, Increment: int, Wait: bool) -> int:
    """Signal an event and release the waiters that its state now satisfies.

    A notification event releases all waiters and stays signaled; a synchronization event releases the first, whose
    wait takes the signal, or stays signaled where nobody waits. Signals do not add up.
    Parameters: `Event`, a KEVENT or a pointer to one (a PVOID that ObReferenceObjectByHandle filled in), as with every
    routine on an object; `Increment`, the priority boost of a released thread (IO_NO_INCREMENT, EVENT_INCREMENT);
    `Wait`, True if a wait follows immediately: the routine then returns at DISPATCH_LEVEL, and that wait lowers the
    IRQL again (another call in between is made at DISPATCH_LEVEL here; no source says what happens on Windows).
    Returns the previous SignalState, nonzero if it was signaled. Raises TypeError for what is not a KEVENT, or not a
    number.
    Bug checks: 0xA where the event was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL with Wait = False (IrqlKeSetEvent, 0x20016); <= APC_LEVEL with Wait = True (IrqlKeSetEvent,
    0x20016).
    Source: WDK, "KeSetEvent function (wdm.h)"; "IrqlKeSetEvent rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, SynchronizationEvent, False)
    ...     print([await KeSetEvent(event, IO_NO_INCREMENT, False) for _ in range(3)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [0, 1, 1]
    'completed'
    """
    Event = usable(Event, KEVENT)
    before = Event.Header.SignalState
    _increment(Increment)
    Event.Header.SignalState = 1
    if before <= 0:
        kernel.release(Event, Increment)
    wait_next(kernel, Wait)
    return changed(kernel, Event, before)


@routine(_reset_cells, DISPATCH_LTE)
def KeResetEvent(kernel: Kernel, Event: KEVENT) -> int:
    """Make an event of either type not signaled; its waiters go on waiting.

    Parameters: `Event`.
    Returns the previous SignalState, nonzero if it was signaled. Raises TypeError for what is not a KEVENT.
    Bug checks: 0xA where the event was never initialised (Windows would not notice it here yet), 0xD5 where its memory
    is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KeResetEvent function (wdm.h)"; "IrqlKeDispatchLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, SynchronizationEvent, True)
    ...     print([await KeResetEvent(event) for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [1, 0]
    'completed'
    """
    Event = usable(Event, KEVENT)
    before = Event.Header.SignalState
    Event.Header.SignalState = 0
    return changed(kernel, Event, before)


@routine(_reset_cells, DISPATCH_LTE)
def KeClearEvent(kernel: Kernel, Event: KEVENT) -> None:
    """Make an event of either type not signaled, without returning its previous state: the only difference from
    KeResetEvent.

    On Windows it is also the faster one: it takes no lock.
    Parameters: `Event`.
    Returns nothing. Raises TypeError for what is not a KEVENT.
    Bug checks: 0xA where the event was never initialised (Windows would not notice it here yet), 0xD5 where its memory
    is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KeClearEvent function (wdm.h)"; "IrqlKeDispatchLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, NotificationEvent, True)
    ...     print(await KeClearEvent(event), await KeReadStateEvent(event))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    None 0
    'completed'
    """
    Event = usable(Event, KEVENT)
    before = Event.Header.SignalState
    Event.Header.SignalState = 0
    changed(kernel, Event, before)


@routine(read_cells, DISPATCH_LTE)
def KeReadStateEvent(kernel: Kernel, Event: KEVENT) -> int:
    """The current SignalState: a hint, out of date as soon as it is read.

    The page also allows it in an interrupt routine that excludes all other users of the event; there are none here.
    Parameters: `Event`.
    Returns the SignalState, nonzero if it is signaled. Raises TypeError for what is not a KEVENT.
    Bug checks: 0xA where the event was never initialised (Windows would not notice it here yet), 0xD5 where its memory
    is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KeReadStateEvent function (wdm.h)"; "IrqlKeDispatchLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, NotificationEvent, True)
    ...     print(await KeReadStateEvent(event))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    1
    'completed'
    """
    kernel.subject = Event = usable(Event, KEVENT)
    return Event.Header.SignalState


@routine(_pulse_cells, DISPATCH_LTE)
def KePulseEvent(kernel: Kernel, Event: KEVENT, Increment: int, Wait: bool) -> int:
    """Signal an event for those who wait at this moment, and make it not signaled again.

    A notification event releases all its waiters, a synchronization event the first; where nobody waits the pulse is
    lost. On a signaled event it is a reset. A wait for all of several objects is never satisfied by a pulse (NT 5.2).
    On Windows it also misses a waiter that a kernel APC has taken off the list at that moment; there are no APCs here.
    Parameters: `Event`; `Increment`, the priority boost of a released thread; `Wait`, True if a wait follows
    immediately (as of KeSetEvent).
    Returns the previous SignalState, nonzero if it was signaled. Raises TypeError for what is not a KEVENT, or not a
    number.
    Bug checks: 0xA where the event was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KePulseEvent function (ntddk.h)"; "IrqlKeDispatchLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> event = KEVENT()
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeEvent(event, NotificationEvent, False)
    ...     print(await KePulseEvent(event, IO_NO_INCREMENT, False), await KeReadStateEvent(event))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    0 0
    'completed'
    """
    Event = usable(Event, KEVENT)
    before = Event.Header.SignalState
    _increment(Increment)
    if before <= 0:
        Event.Header.SignalState = 1
        kernel.release(Event, Increment)
    Event.Header.SignalState = 0
    wait_next(kernel, Wait)
    return changed(kernel, Event, before)


# -- semaphores -------------------------------------------------------------------------------------------------------


@routine(initialise_cells, PASSIVE)
def KeInitializeSemaphore(kernel: Kernel, Semaphore: KSEMAPHORE, Count: int, Limit: int) -> None:
    """Give a semaphore its count, its limit and an empty wait list.

    Parameters: `Semaphore`; `Count`, how many waits it will satisfy before it is released, 0 or more; `Limit`, the
    highest count that it can have, 1 or more.
    Returns nothing. Raises TypeError for what is not a KSEMAPHORE, ValueError for a count or a limit that cannot be
    (the routine on Windows would take it).
    Bug checks: 0x139 (3) where threads wait on it (on Windows later, when the broken list is used), 0xD5 where its
    memory is freed, 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "KeInitializeSemaphore function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> ready = KSEMAPHORE("Ready")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeSemaphore(ready, 0, 1000)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict, ready
    ('completed', <KSEMAPHORE Ready: count 0 of 1000, nobody waits>)
    """
    Semaphore = dispatcher_object("KeInitializeSemaphore on", Semaphore)
    if type(Semaphore) is not KSEMAPHORE:
        raise TypeError(f"KeInitializeSemaphore takes a KSEMAPHORE first, not {type(Semaphore).__name__}")
    for name, value, least in (("Count", Count, 0), ("Limit", Limit, 1)):
        if not whole_number(value) or not least <= value <= LONG_MAX:
            raise ValueError(f"{name} is a whole number, {least} to {LONG_MAX}, not {value!r}")
    if Count > Limit:
        raise ValueError(f"Count is {Count}, but Limit is {Limit}")
    initialise(kernel, "KeInitializeSemaphore", Semaphore, Count, Limit)


@routine(_release_cells, RELEASE_SEMAPHORE, role="signals")
def KeReleaseSemaphore(kernel: Kernel, Semaphore: KSEMAPHORE, Increment: int, Adjustment: int, Wait: bool) -> int:
    """Add to a semaphore's count, and release as many waiters as it then satisfies, first come first served.

    Parameters: `Semaphore`; `Increment`, the priority boost of a released thread (IO_NO_INCREMENT,
    SEMAPHORE_INCREMENT); `Adjustment`, what to add, 1 or more; `Wait`, True if a wait follows immediately (as of
    KeSetEvent).
    Returns the previous count, nonzero if it was signaled. Raises STATUS_SEMAPHORE_LIMIT_EXCEEDED, the count as it
    was, where the new count would be above the limit or below the old one: unhandled in a thread that is bug check
    0x7E. Raises TypeError for what is not a KSEMAPHORE, or not a number.
    Bug checks: 0xA where it was never initialised (on Windows zeroed memory has the limit 0, and the release raises),
    0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL with Wait = False (0xE5); = PASSIVE_LEVEL with Wait = True (0xE5).
    Source: WDK, "KeReleaseSemaphore function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> ready = KSEMAPHORE("Ready")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeSemaphore(ready, 1, 3)
    ...     print(await KeReleaseSemaphore(ready, IO_NO_INCREMENT, 2, False))
    ...     try:
    ...         await KeReleaseSemaphore(ready, IO_NO_INCREMENT, 1, False)
    ...     except EXCEPTION_RECORD as raised:
    ...         print(raised)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    1
    raises STATUS_SEMAPHORE_LIMIT_EXCEEDED
    'completed'
    """
    Semaphore = usable(Semaphore, KSEMAPHORE)
    before = Semaphore.Header.SignalState
    _increment(Increment)
    if not whole_number(Adjustment):
        raise TypeError(f"Adjustment is the number to add to the count, not {Adjustment!r}")
    if not before <= before + Adjustment <= Semaphore.Limit:
        kernel.subject = Semaphore
        raise EXCEPTION_RECORD(STATUS_SEMAPHORE_LIMIT_EXCEEDED)
    Semaphore.Header.SignalState = before + Adjustment
    if before == 0:
        kernel.release(Semaphore, Increment)
    wait_next(kernel, Wait)
    return changed(kernel, Semaphore, before)


@routine(read_cells, ANY_IRQL)
def KeReadStateSemaphore(kernel: Kernel, Semaphore: KSEMAPHORE) -> int:
    """The current count: a hint, out of date as soon as it is read.

    Parameters: `Semaphore`.
    Returns the count, nonzero if it is signaled. Raises TypeError for what is not a KSEMAPHORE.
    Bug checks: 0xA where it was never initialised (Windows would not notice it here), 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "KeReadStateSemaphore function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> ready = KSEMAPHORE("Ready")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeSemaphore(ready, 2, 3)
    ...     print(await KeReadStateSemaphore(ready))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    2
    'completed'
    """
    kernel.subject = Semaphore = usable(Semaphore, KSEMAPHORE)
    return Semaphore.Header.SignalState

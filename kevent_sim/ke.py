"""The Ke routines: events, waits, delays, the clock."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from kevent_sim.call import Footprint, Misuse, routine
from kevent_sim.kernel import BOOT_TIME, DISPATCH_LEVEL, KTHREAD, Kernel
from kevent_sim.memory import check_alive
from kevent_sim.ntstatus import NTSTATUS, STATUS_SUCCESS, STATUS_TIMEOUT, BugCheck
from kevent_sim.objects import KEVENT, SynchronizationEvent, release, satisfiable, satisfy
from kevent_sim.structures import LARGE_INTEGER

IO_NO_INCREMENT, EVENT_INCREMENT = 0, 1
LONG_MIN, LONG_MAX = -0x8000_0000, 0x7FFF_FFFF


class KWAIT_REASON(IntEnum):
    """A label for the debugger; drivers use Executive."""

    Executive = 0
    UserRequest = 6


class KPROCESSOR_MODE(IntEnum):
    """On whose behalf a thread waits."""

    KernelMode = 0
    UserMode = 1


Executive, UserRequest = KWAIT_REASON
KernelMode, UserMode = KPROCESSOR_MODE


def _event(Event: Any) -> KEVENT:
    """The argument, where it is an event that can be used; else an error or the crash it would be."""
    if type(Event) is not KEVENT:
        raise TypeError(f"an event is a KEVENT, not {type(Event).__name__}; type:  Event = KEVENT()")
    check_alive(Event.home, Event.name)
    if Event.Header.WaitListHead is None:
        raise BugCheck(
            0x0A, f"{Event.name or 'a KEVENT'} was never initialised: its wait list points nowhere", 0, DISPATCH_LEVEL
        )
    return Event


def _increment(Increment: Any) -> None:
    if not isinstance(Increment, int):
        raise TypeError(f"Increment is a number such as IO_NO_INCREMENT or EVENT_INCREMENT, not {Increment!r}")


def _timeout(Timeout: Any) -> None:
    if Timeout is not None and not isinstance(Timeout, LARGE_INTEGER):
        raise TypeError(f"a time-out is None or LARGE_INTEGER(-10_000) (1 ms), not {Timeout!r}")


def _changes(kernel: Kernel, event: KEVENT, before: int) -> int:
    """Record what a routine did to an event; answer the previous state, as the routine will."""
    kernel.subject = event
    kernel.signals.append((kernel.steps, event, before, event.Header.SignalState))
    return before


def _release(kernel: Kernel, event: KEVENT, increment: int) -> None:
    for block in release(event):
        kernel.end_wait(block.Thread, NTSTATUS(block.WaitKey), increment)


def _wait_next(kernel: Kernel, Wait: bool) -> None:
    """Wait = TRUE: return at DISPATCH_LEVEL; the wait that follows restores the IRQL."""
    thread = kernel.current
    assert isinstance(thread, KTHREAD)
    if Wait:
        thread.WaitNext, thread.WaitIrql, thread.Irql = True, thread.Irql, DISPATCH_LEVEL


def _wait_begins(kernel: Kernel) -> None:
    thread = kernel.current
    assert isinstance(thread, KTHREAD)
    if thread.WaitNext:
        thread.WaitNext, thread.Irql = False, thread.WaitIrql


# -- footprints: R where the event's own state makes the call a mere look, W where it may change it -------------------


def _set_cells(kernel: Kernel, Event: KEVENT, *_: Any) -> Footprint:
    yield ("event", Event), Event.Header.SignalState != 1


def _reset_cells(kernel: Kernel, Event: KEVENT) -> Footprint:
    yield ("event", Event), Event.Header.SignalState != 0


def _read_cells(kernel: Kernel, Event: KEVENT) -> Footprint:
    yield ("event", Event), False


def _pulse_cells(kernel: Kernel, Event: KEVENT, *_: Any) -> Footprint:
    yield ("event", Event), True


def _wait_cells(kernel: Kernel, Object: KEVENT, Reason: Any, Mode: Any, Alertable: Any, Timeout: Any) -> Footprint:
    """Two arrivals at a synchronization event never commute (first come, first served); at a notification event
    they do. A poll that finds nothing is a look."""
    polls = Timeout is not None and Timeout.QuadPart == 0
    yield ("event", Object), Object.Header.Type == SynchronizationEvent and (not polls or satisfiable(Object))


def _no_cells(kernel: Kernel, *_: Any) -> Footprint:
    return ()


# -- events -----------------------------------------------------------------------------------------------------------


@routine(_set_cells)
def KeSetEvent(kernel: Kernel, Event: KEVENT, Increment: int, Wait: bool) -> int:
    """Signal an event and release whom its state now satisfies.

    Parameters: `Event`; `Increment`, the priority boost of a released thread (IO_NO_INCREMENT, EVENT_INCREMENT);
    `Wait`, True if a wait follows at once. A notification event releases all waiters and stays signaled; a
    synchronization event releases the first, whose wait takes the signal, or stays signaled where nobody waits.
    Signals do not add up. Returns the previous SignalState, nonzero if it was signaled.
    IRQL <= DISPATCH_LEVEL (Wait = True: <= APC_LEVEL). Bug checks: 0xA where the event was never initialised.
    Source: WDK, "KeSetEvent function (wdm.h)".
    """
    before = _event(Event).Header.SignalState
    _increment(Increment)
    Event.Header.SignalState = 1
    if before <= 0:
        _release(kernel, Event, Increment)
    _wait_next(kernel, Wait)
    return _changes(kernel, Event, before)


@routine(_reset_cells)
def KeResetEvent(kernel: Kernel, Event: KEVENT) -> int:
    """Make an event of either type not signaled. Returns the previous SignalState; waiters go on waiting.

    IRQL <= DISPATCH_LEVEL. Source: WDK, "KeResetEvent function (wdm.h)".
    """
    before = _event(Event).Header.SignalState
    Event.Header.SignalState = 0
    return _changes(kernel, Event, before)


@routine(_reset_cells)
def KeClearEvent(kernel: Kernel, Event: KEVENT) -> None:
    """Make an event of either type not signaled. Returns nothing, which is all that differs from KeResetEvent.

    IRQL <= DISPATCH_LEVEL. Source: WDK, "KeClearEvent function (wdm.h)".
    """
    before = _event(Event).Header.SignalState
    Event.Header.SignalState = 0
    _changes(kernel, Event, before)


@routine(_read_cells)
def KeReadStateEvent(kernel: Kernel, Event: KEVENT) -> int:
    """The current SignalState, nonzero if signaled: a hint, old as soon as it is read.

    IRQL <= DISPATCH_LEVEL. Source: WDK, "KeReadStateEvent function (wdm.h)".
    """
    kernel.subject = _event(Event)
    return Event.Header.SignalState


@routine(_pulse_cells)
def KePulseEvent(kernel: Kernel, Event: KEVENT, Increment: int, Wait: bool) -> int:
    """Signal an event for those who wait at this moment, and make it not signaled again.

    Parameters and IRQL as for KeSetEvent. A notification event releases all its waiters, a synchronization event the
    first; where nobody waits the pulse is lost. On a signaled event it is a reset. Returns the previous SignalState.
    Source: WDK, "KePulseEvent function (ntddk.h)".
    """
    before = _event(Event).Header.SignalState
    _increment(Increment)
    if before <= 0:
        Event.Header.SignalState = 1
        _release(kernel, Event, Increment)
    Event.Header.SignalState = 0
    _wait_next(kernel, Wait)
    return _changes(kernel, Event, before)


# -- waits ------------------------------------------------------------------------------------------------------------


@routine(_wait_cells)
def KeWaitForSingleObject(
    kernel: Kernel,
    Object: KEVENT,
    WaitReason: KWAIT_REASON,
    WaitMode: KPROCESSOR_MODE,
    Alertable: bool,
    Timeout: LARGE_INTEGER | None,
) -> NTSTATUS:
    """Wait until an object is signaled.

    Parameters: `Object`; `WaitReason`, `WaitMode`, `Alertable`: Executive, KernelMode, False in a driver; `Timeout`:
    None = for ever, LARGE_INTEGER(0) = do not wait, negative = relative, positive = absolute (ticks of 100 ns).
    Returns STATUS_SUCCESS when the wait was satisfied: at once where the object is signaled, else by the thread that
    signals it, in the order of arrival; STATUS_TIMEOUT when the time was up first (NT_SUCCESS is true for both).
    IRQL <= APC_LEVEL, or <= DISPATCH_LEVEL with a zero time-out. Source: WDK, "KeWaitForSingleObject function (wdm.h)".
    """
    _timeout(Timeout)
    before = _event(Object).Header.SignalState
    _wait_begins(kernel)
    if satisfiable(Object):
        satisfy(Object)
        _changes(kernel, Object, before)
        return STATUS_SUCCESS
    _changes(kernel, Object, before)
    due = None if Timeout is None else kernel.due(Timeout)
    if due is not None and due <= kernel.now:
        return STATUS_TIMEOUT
    return kernel.wait(Object, due)  # type: ignore[no-any-return]


@routine(_no_cells)
def KeDelayExecutionThread(
    kernel: Kernel, WaitMode: KPROCESSOR_MODE, Alertable: bool, Interval: LARGE_INTEGER
) -> NTSTATUS:
    """Wait for a time: negative = relative, positive = absolute, in ticks of 100 ns; a time that is past = a yield.

    Returns STATUS_SUCCESS when the time is up. IRQL <= APC_LEVEL.
    Source: WDK, "KeDelayExecutionThread function (wdm.h)".
    """
    _timeout(Interval)
    if Interval is None:
        raise Misuse("Interval cannot be None; type:  LARGE_INTEGER(-10_000)  for 1 ms")
    due = kernel.due(Interval)
    return STATUS_SUCCESS if due <= kernel.now else kernel.wait(None, due)


@routine(_no_cells)
def KeQuerySystemTime(kernel: Kernel, CurrentTime: LARGE_INTEGER) -> None:
    """Write the system time to `CurrentTime`: ticks of 100 ns since 1601. Returns nothing. Any IRQL.

    Source: WDK, "KeQuerySystemTime function (wdm.h)".
    """
    if not isinstance(CurrentTime, LARGE_INTEGER):
        raise TypeError(f"CurrentTime is filled in, so it is a LARGE_INTEGER, not {CurrentTime!r}")
    CurrentTime.QuadPart = BOOT_TIME + kernel.now

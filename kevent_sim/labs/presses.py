"""A learner's calls on an event, made in order by a thread of their own; and why each did what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kevent_sim.ntifs import (
    HANDLE,
    IO_NO_INCREMENT,
    KEVENT,
    STATUS_SUCCESS,
    Executive,
    KeClearEvent,
    KeInitializeEvent,
    KePulseEvent,
    KeReadStateEvent,
    KeResetEvent,
    KernelMode,
    KeSetEvent,
    KeWaitForSingleObject,
    NotificationEvent,
    PsCreateSystemThread,
    SynchronizationEvent,
)
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run

EVENT_TYPES = {"SynchronizationEvent": SynchronizationEvent, "NotificationEvent": NotificationEvent}
WAIT = "KeWaitForSingleObject"


class Pressed(NamedTuple):
    """After one of the learner's calls: what it was, what it returned, whether the event was signaled before and is
    now, who waits, who went on."""

    routine: str
    returned: int | None
    was: bool
    signaled: bool
    waiting: tuple[str, ...]
    released: tuple[str, ...]


def pressed(event_type: str, first: Pressed, moves: Sequence[str], threads: int) -> tuple[Run, list[Pressed]]:
    """The run of these calls, and what each did, from the state that `first` is in; the next thread that waits is
    number `threads + 1`."""
    moments: list[Pressed] = []
    return run(_driver(event_type, first, moves, threads, moments), policy=_others_first), moments


def _driver(event_type: str, first: Pressed, moves: Sequence[str], threads: int, moments: list[Pressed]) -> Any:
    """A driver whose thread `You` makes the calls in order, and notes what they did."""
    event = KEVENT(event_type)  # so that its lane in the picture tells the type
    ended: list[str] = []

    def waiter(name: str) -> Any:
        async def waits(event: KEVENT) -> None:
            await KeWaitForSingleObject(event, Executive, KernelMode, False, None)
            ended.append(waits.__name__)

        waits.__name__ = name
        return waits

    calls: dict[str, Callable[[], Any]] = {
        "KeSetEvent": lambda: KeSetEvent(event, IO_NO_INCREMENT, False),
        "KeResetEvent": lambda: KeResetEvent(event),
        "KeClearEvent": lambda: KeClearEvent(event),
        "KePulseEvent": lambda: KePulseEvent(event, IO_NO_INCREMENT, False),
    }

    async def begin(name: str) -> None:
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, waiter(name), event)

    async def You(event: KEVENT) -> None:
        started, was = threads, first.signaled
        for move in moves:
            before, returned = len(ended), None
            if move == WAIT:
                started += 1
                await begin(f"W{started}")
            else:
                returned = await calls[move]()
            state = await KeReadStateEvent(event) > 0  # the policy lets everybody else go first
            waiting = tuple(block.Thread.name for block in event.Header.WaitListHead or [])
            moments.append(Pressed(move, returned, was, state, waiting, tuple(ended[before:])))
            was = state

    async def DriverEntry(DriverObject: Any, RegistryPath: Any) -> Any:
        await KeInitializeEvent(event, EVENT_TYPES[event_type], first.signaled)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, You, event)
        for name in first.waiting:
            await begin(name)
        return STATUS_SUCCESS

    return DriverEntry


def _others_first(ready: list[Any]) -> Any:
    """Every thread that can go on does so before `You` makes the next call."""
    return min(ready, key=lambda thread: (thread.name == "You", thread.number))


def _named(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _still(waiting: tuple[str, ...]) -> str:
    """Who goes on waiting, if anybody does."""
    return f" {_named(waiting)} {'goes' if len(waiting) == 1 else 'go'} on waiting." if waiting else ""


def _why_set(now: Pressed, synchronization: bool) -> str:
    if now.was:
        return "It was already signaled: setting it again changes nothing; signals do not add up."
    if not now.released:
        keeps = "the next wait will take the signal" if synchronization else "every wait goes through until a reset"
        return f"Nobody waits, so the event stays signaled: {keeps}."
    if synchronization:
        one = f"{now.released[0]}, {'first in the list' if now.waiting else 'the only one in the list'}, is released."
        return f"{one} Its wait took the signal: not signaled again.{_still(now.waiting)}"
    return f"All who waited are released: {_named(now.released)}. The event stays signaled."


def _why_pulse(now: Pressed, synchronization: bool) -> str:
    if now.was:
        return "On a signaled event a pulse is merely a reset: nobody is released."
    if not now.released:
        return "Nobody waits at this moment: the pulse is lost."
    if synchronization:
        place = "first in the list" if now.waiting else "the only one in the list"
        return f"{now.released[0]}, {place}, is released, and the event is not signaled.{_still(now.waiting)}"
    return f"All who waited are released: {_named(now.released)}. The event is not signaled."


def _why_reset(now: Pressed) -> str:
    if now.was:
        return "It was signaled, and is not signaled now; nobody waited, so nobody notices yet."
    return f"It was not signaled: nothing changes.{_still(now.waiting)}"


def _why_wait(now: Pressed, synchronization: bool) -> str:
    if not now.released:
        return f"Not signaled, so {now.waiting[-1]} waits, at place {len(now.waiting)} of the list."
    took = "takes the signal: not signaled any more" if synchronization else "goes through and leaves it signaled"
    return f"Signaled, so {now.released[0]} does not block: it {took}."


def explain(now: Pressed, event_type: str, returned: str = "returned") -> str:
    """What a call did, and why, in words; `returned`, or what else is said of a call that is not made yet."""
    synchronization = event_type == "SynchronizationEvent"
    if not now.routine:
        return f"Not signaled; waiting in this order: {', '.join(now.waiting)}."
    if now.routine == WAIT:
        return f"A new wait. {_why_wait(now, synchronization)}"
    if now.routine == "KeSetEvent":
        why = _why_set(now, synchronization)
    elif now.routine == "KePulseEvent":
        why = _why_pulse(now, synchronization)
    else:
        why = _why_reset(now)
    gave = "nothing" if now.returned is None else str(now.returned)
    return f"{now.routine} {returned} {gave}. {why}"

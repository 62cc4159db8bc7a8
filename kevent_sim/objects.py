"""Dispatcher objects: can this wait be satisfied, satisfy it, whom does this signal release?

No scheduling here: a wait block names its thread, and what becomes of the thread is the kernel's business.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from kevent_sim.ntstatus import BugCheck


class EVENT_TYPE(IntEnum):
    """What a satisfied wait does to the event: nothing (notification), or it takes the signal (synchronization)."""

    NotificationEvent = 0
    SynchronizationEvent = 1


NotificationEvent, SynchronizationEvent = EVENT_TYPE


class DISPATCHER_HEADER:
    """The first bytes of everything a thread can wait on."""

    __slots__ = ("Reserved1", "SignalState", "Signalling", "Size", "Type", "WaitListHead")

    def __init__(self) -> None:
        self.Type = self.Signalling = self.Size = self.Reserved1 = self.SignalState = 0
        self.WaitListHead: list[KWAIT_BLOCK] | None = None  # None: zeroed memory, never initialised


class KEVENT:
    """An event object: a dispatcher header and nothing else.

    `name` is the field that holds it; `home` the structure it lives in, if any.

    >>> event = KEVENT()
    >>> KeInitializeEvent(event, SynchronizationEvent, False)
    >>> event
    <KEVENT: SynchronizationEvent, not signaled, nobody waits>
    """

    __slots__ = ("Header", "home", "name")

    def __init__(self, name: str = "", home: Any = None) -> None:
        self.Header, self.name, self.home = DISPATCHER_HEADER(), name, home

    def __repr__(self) -> str:
        header, shown = self.Header, f"KEVENT {self.name}".rstrip()
        if header.WaitListHead is None:
            return f"<{shown}: not initialised>"
        waiting = ", ".join(block.Thread.name for block in header.WaitListHead)
        return (
            f"<{shown}: {EVENT_TYPE(header.Type).name}, {'signaled' if header.SignalState > 0 else 'not signaled'}, "
            f"{'waiting: ' + waiting if waiting else 'nobody waits'}>"
        )


class KWAIT_BLOCK:
    """Links one waiting thread to one object; `WaitKey` is the object's index, and so the wait's status."""

    __slots__ = ("Object", "Thread", "WaitKey")

    def __init__(self, Thread: Any, Object: KEVENT, WaitKey: int = 0) -> None:
        self.Thread, self.Object, self.WaitKey = Thread, Object, WaitKey


def KeInitializeEvent(Event: KEVENT, Type: EVENT_TYPE, State: bool) -> None:
    """Write type, size, signal state and an empty wait list; the other two header bytes keep what they held.

    Parameters: `Event`; `Type`, NotificationEvent or SynchronizationEvent; `State`, True to start signaled.
    Not a step: nobody else can know the event yet. Doing it to an event that threads wait on breaks the wait list:
    bug check 0x139. Raises TypeError for what is no KEVENT, ValueError for another type. Any IRQL.
    Source: WDK, "KeInitializeEvent function (wdm.h)"; "Bug Check 0x139".
    """
    if not isinstance(Event, KEVENT):
        raise TypeError(f"KeInitializeEvent takes a KEVENT first, not {type(Event).__name__}")
    if Type not in (0, 1):
        raise ValueError(f"KeInitializeEvent knows NotificationEvent and SynchronizationEvent, not {Type!r}")
    header = Event.Header
    if header.WaitListHead:
        waiting = ", ".join(block.Thread.name for block in header.WaitListHead)
        raise BugCheck(0x139, f"KeInitializeEvent on {Event.name or 'a KEVENT'} while {waiting} waits on it", 3)
    header.Type, header.Size, header.SignalState, header.WaitListHead = int(Type), 6, int(State), []


def satisfiable(Object: KEVENT) -> bool:
    """Would a wait on the object, begun now, be satisfied at once?"""
    return Object.Header.SignalState > 0


def satisfy(Object: KEVENT) -> None:
    """Grant one wait and apply its side effect: a synchronization event loses its signal by it."""
    if Object.Header.Type == SynchronizationEvent:
        Object.Header.SignalState = 0


def release(Object: KEVENT) -> list[KWAIT_BLOCK]:
    """Satisfy the waits that the object's state allows, first come first served; answer their wait blocks.

    A notification event releases everybody; a synchronization event the first, whose wait takes the signal.
    """
    waits, released = Object.Header.WaitListHead, []
    while waits and satisfiable(Object):
        satisfy(Object)
        released.append(waits.pop(0))
    return released

"""Dispatcher objects: events, semaphores and mutexes, and the wait blocks by which threads wait for them.

No scheduling here: a wait block names its thread, and what becomes of the thread is the kernel's business.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from sys import _getframe
from types import CodeType
from typing import Any, NoReturn

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.current import Current
from kevent_sim.machine.irql import DISPATCH_LEVEL
from kevent_sim.machine.lines import is_simulators_frame
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.regions import Region, check_alive, region_of_local


class EVENT_TYPE(IntEnum):
    """What a satisfied wait does to the event: nothing (notification), or it takes the signal (synchronization)."""

    NotificationEvent = 0
    SynchronizationEvent = 1


class WAIT_TYPE(IntEnum):
    """What a wait for several objects waits for: all of them at the same time, or any of them."""

    WaitAll = 0
    WaitAny = 1


NotificationEvent, SynchronizationEvent = EVENT_TYPE
WaitAll, WaitAny = WAIT_TYPE
MUTANT_OBJECT, SEMAPHORE_OBJECT, THREAD_OBJECT = 2, 5, 6  # in the header's Type, where an event has its EVENT_TYPE


# (object or variable, code object, instruction): who is told that code was shown one in words
Reader = Callable[[Any, CodeType, int], None]
_reader: Current[Reader] = Current()
shown_to = _reader.set_to  # of an object that is put into words for other code than the simulator's own


def shown(value: Any) -> None:
    """A value, whose words tell its state, is put into words."""
    if _reader.now is not None:
        frame: Any = _getframe(2)
        while frame.f_code.co_name in _IN_WORDS and is_simulators_frame(frame):
            frame = frame.f_back
        if not is_simulators_frame(frame):
            _reader.now(value, frame.f_code, frame.f_lasti)


_IN_WORDS = ("__repr__", "state", "waiting")


def check_identity(kind: type) -> None:
    """A class derived from an object's, or from a variable's: each is known by its address, and nothing else."""
    if "__eq__" in vars(kind) or "__hash__" in vars(kind):
        raise Misuse(
            f"{kind.__name__} has an == or a hash of its own, but two are the same only if their addresses are; "
            "compare their fields in a separate function"
        )


class DISPATCHER_HEADER:
    """The first bytes of everything a thread can wait on: an event, a semaphore, a mutex, a thread."""

    __slots__ = ("Reserved1", "SignalState", "Signalling", "Size", "Type", "WaitListHead")

    def __init__(self) -> None:
        self.Type = self.Signalling = self.Size = self.Reserved1 = self.SignalState = 0
        self.WaitListHead: list[KWAIT_BLOCK] | None = None  # None: zeroed memory, never initialised


# What an object of any kind may have that a driver can name, beside the fields of its header.
FIELDS = ("Header", "Limit", "OldIrql", "Owner", "OwnerThread", "name", "region")


class DispatcherObject:
    """A dispatcher header and a name: the field that holds the object. `region` is the memory it lies in: None if
    nobody knows when that ends, as for a global before its driver is loaded."""

    __slots__ = ("Header", "name", "region")

    def __init_subclass__(cls) -> None:
        check_identity(cls)

    def __init__(self, name: str = "", region: Region | None = None) -> None:
        self.Header, self.name, self.region = DISPATCHER_HEADER(), name, region or region_of_local(self)

    def __copy__(self) -> NoReturn:
        raise Misuse(f"{told(self)} is an object that threads wait for: it cannot be copied; use it itself")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        self.__copy__()

    def state(self) -> str:
        """Kind and signal state, in words."""
        shown(self)
        return self._state()

    def _state(self) -> str:
        raise NotImplementedError

    @property
    def owner(self) -> Any:
        """The thread that owns it; None for what nobody owns, and for what cannot be owned."""
        return None

    def waiting(self) -> str:
        """Who waits, in words."""
        shown(self)
        waiting = ", ".join(block.Thread.name for block in self.Header.WaitListHead or ())
        return f"waiting: {waiting}" if waiting else "nobody waits"

    def __repr__(self) -> str:
        shown(self)
        name = f"{type(self).__name__} {self.name}".rstrip()
        if self.Header.WaitListHead is None:
            return f"<{name}: not initialised>"
        return f"<{name}: {self.state()}, {self.waiting()}>"


class KEVENT(DispatcherObject):
    """An event object: a dispatcher header and nothing else.

    >>> event = KEVENT()
    >>> event.initialise(SynchronizationEvent, False)
    >>> event
    <KEVENT: SynchronizationEvent, not signaled, nobody waits>
    """

    __slots__ = ()

    def initialise(self, Type: EVENT_TYPE, State: bool) -> None:
        """What KeInitializeEvent writes: type, size, signal state and an empty wait list; the other two header bytes
        keep what they held."""
        header = self.Header
        header.Type, header.Size, header.SignalState, header.WaitListHead = int(Type), 6, int(State), []

    def _state(self) -> str:
        signaled = "signaled" if self.Header.SignalState > 0 else "not signaled"
        return f"{EVENT_TYPE(self.Header.Type).name}, {signaled}"


class KSEMAPHORE(DispatcherObject):
    """A semaphore: signaled while its count, the header's SignalState, is above 0; a satisfied wait takes one.

    KeInitializeSemaphore makes it ready for use; `Limit` is the highest count that it can have.
    """

    __slots__ = ("Limit",)

    def __init__(self, name: str = "", region: Region | None = None) -> None:
        super().__init__(name, region)
        self.Limit = 0

    def initialise(self, Count: int, Limit: int) -> None:
        header = self.Header
        header.Type, header.Size, header.SignalState, header.WaitListHead = SEMAPHORE_OBJECT, 8, Count, []
        self.Limit = Limit

    def _state(self) -> str:
        return f"count {self.Header.SignalState} of {self.Limit}"


class KMUTEX(DispatcherObject):
    """A mutex: signaled while nobody owns it. A satisfied wait makes its thread the owner, which may wait for it again.

    KeInitializeMutex makes it ready for use. SignalState is 1 while it is free, 0 while it is owned, and one less for
    each time that the owner has it more than once.
    """

    __slots__ = ("OwnerThread",)

    def __init__(self, name: str = "", region: Region | None = None) -> None:
        super().__init__(name, region)
        self.OwnerThread: Any = None

    def initialise(self) -> None:
        header = self.Header
        header.Type, header.Size, header.SignalState, header.WaitListHead = MUTANT_OBJECT, 14, 1, []

    @property
    def owner(self) -> Any:
        return self.OwnerThread

    def _state(self) -> str:
        if self.OwnerThread is None:
            return "free"
        times = 1 - self.Header.SignalState
        return f"owned by {self.OwnerThread.name}{f', {times} times' if times > 1 else ''}"


class FAST_MUTEX(DispatcherObject):
    """A fast mutex: its owner runs at APC_LEVEL, and any other thread that wants it waits. No KeWait routine takes it.

    ExInitializeFastMutex makes it ready for use. What it has of a dispatcher object are those of the synchronization
    event in it, by which its owner hands it on: SignalState is 1 while it is free, else 0.
    """

    __slots__ = ("OldIrql", "Owner")

    def __init__(self, name: str = "", region: Region | None = None) -> None:
        super().__init__(name, region)
        self.Owner: Any = None
        self.OldIrql = 0  # of its owner, before

    def initialise(self) -> None:
        header = self.Header
        header.Type, header.Size, header.SignalState, header.WaitListHead = SynchronizationEvent, 6, 1, []

    @property
    def owner(self) -> Any:
        return self.Owner

    def _state(self) -> str:
        return "free" if self.Owner is None else f"owned by {self.Owner.name}"


class KWAIT_BLOCK:
    """Links one waiting thread to one object; `WaitKey` is the object's index, and so the wait's status."""

    __slots__ = ("Object", "Thread", "WaitKey", "WaitType")

    def __init__(self) -> None:
        self.Thread: Any = None
        self.Object: Any = None
        self.WaitKey, self.WaitType = 0, WaitAny


def told(Object: DispatcherObject) -> str:
    """An object in words: its name, or what it is."""
    return Object.name or f"a {type(Object).__name__}"


def check_usable(Object: DispatcherObject) -> None:
    """Stop the machine where an object's memory has ended, or was never initialised."""
    check_alive(Object.region, told(Object))
    if Object.Header.WaitListHead is None:
        raise BugCheck(0x0A, f"{told(Object)} was never initialised: its wait list points nowhere", 0, DISPATCH_LEVEL)


def check_nobody_waits(routine: str, Object: DispatcherObject) -> None:
    """An object is initialised while threads wait on it: they would be lost."""
    if Object.Header.WaitListHead:
        # By number: in which order they came to a notification event, equivalent orders do not share.
        waiters = sorted((block.Thread for block in Object.Header.WaitListHead), key=lambda thread: thread.number)
        waiting = ", ".join(thread.name for thread in waiters)
        raise BugCheck(0x139, f"{routine} on {told(Object)} while {waiting} waits on it", 3)

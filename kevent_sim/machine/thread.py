"""A thread: what it stands before, what it waits for, how urgent it is."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from enum import IntEnum
from typing import Any

from kevent_sim.machine.call import Call, Footprint, Routine
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.machine.irql import PASSIVE_LEVEL
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.ntstatus import NTSTATUS, STATUS_PENDING, STATUS_SUCCESS, BugCheck
from kevent_sim.machine.objects import KMUTEX, KWAIT_BLOCK, THREAD_OBJECT, WAIT_TYPE, DispatcherObject
from kevent_sim.machine.regions import Region

LOW_REALTIME_PRIORITY = 16


class KTHREAD_STATE(IntEnum):
    Ready = 1
    Terminated = 4
    Waiting = 5


class KWAIT_REASON(IntEnum):
    """A label for the debugger; drivers use Executive."""

    Executive = 0
    UserRequest = 6
    WrFastMutex = 34


class KPROCESSOR_MODE(IntEnum):
    """On whose behalf a thread waits or is alerted."""

    KernelMode = 0
    UserMode = 1


Executive, UserRequest, WrFastMutex = KWAIT_REASON
KernelMode, UserMode = KPROCESSOR_MODE


class Wait:
    """What a thread waits for: all or any of some objects (none: a delay), until the tick `due` (None: for ever)."""

    def __init__(
        self, Objects: Sequence[Any], WaitType: WAIT_TYPE, Reason: int, Mode: int, Alertable: bool, due: int | None
    ) -> None:
        self.Objects, self.WaitType, self.Reason, self.Mode = tuple(Objects), WaitType, Reason, Mode
        self.Alertable, self.due = Alertable, due
        self.blocks: Sequence[KWAIT_BLOCK] = ()  # those that the driver has given for it
        self.OldIrql: int | None = None  # of a thread that wants a fast mutex: before it was raised for that

    def returned(self, status: NTSTATUS) -> NTSTATUS | None:
        """What its routine returns: ExAcquireFastMutex nothing."""
        return status if self.OldIrql is None else None

    def told(self, names: Sequence[str]) -> str:
        """What it is for, in words: the names of its objects, joined as it waits for them."""
        return (" or " if self.WaitType else " and ").join(names) or "its delay"


class KTHREAD(DispatcherObject):
    """A thread, and the object that others wait on for its end. `call` is what it stands before; the fields below each
    rule are bound by it."""

    __slots__ = (
        "Alerted", "BasePriority", "DisableBoost", "ExitStatus", "Irql", "MutantListHead", "Priority", "State",
        "WaitBlocks", "WaitIrql", "WaitNext", "WaitStatus", "announcer", "call", "coroutine", "exits", "frames",
        "handles", "id", "keeps_driver", "left", "number", "queued", "send", "since", "time_out", "wait",
    )  # fmt: skip

    def __init__(self, number: int, name: str, coroutine: Coroutine[Call, Any, Any], priority: int) -> None:
        super().__init__(name, Region("object", name))
        # Signaled from the thread's end on, for ever.
        self.Header.Type, self.Header.WaitListHead = THREAD_OBJECT, []
        self.number = self.id = number  # `id`: what a schedule calls it
        self.coroutine, self.send = coroutine, coroutine.send
        self.call: Call = _NO_CALL
        self.handles = 0  # it has opened
        self.frames: list[Region] = []  # what lies on its stack and others may know
        self.left = 0  # the line of its last call, once its start routine has returned
        self.keeps_driver = False  # while it runs, its driver's image stays
        self.exits = True  # its return is PsTerminateSystemThread; not so for the System thread that loads drivers
        # State is Waiting exactly while the thread has wait blocks on lists, a time-out pending, or both.
        self.State = KTHREAD_STATE.Ready
        self.wait: Wait | None = None  # the last one it began
        self.WaitBlocks: Sequence[KWAIT_BLOCK] = ()
        self.ExitStatus = STATUS_PENDING  # what it gave PsTerminateSystemThread; a return gives STATUS_SUCCESS
        self.WaitStatus: NTSTATUS | None = STATUS_SUCCESS  # None: it was woken to test all its objects again
        self.time_out: Timeout | None = None
        self.since = 0  # when it became ready or began to wait
        # An alert that no alertable wait has taken yet, by the mode it was sent for.
        self.Alerted = [False, False]
        self.MutantListHead: list[KMUTEX] = []  # that it owns, in the order in which it came to
        # Priority <= 15 for a dynamic thread, and the base in the end; a boost never moves a realtime one.
        self.Priority = self.BasePriority = priority
        self.DisableBoost = False
        self.queued = 0  # its place among the ready threads of its priority: lower goes first
        # WaitNext: the last call raised IRQL for the wait that follows, which lowers it to WaitIrql again.
        self.Irql, self.WaitNext, self.WaitIrql = PASSIVE_LEVEL, False, PASSIVE_LEVEL
        self.announcer: Call = _NO_CALL  # the last call that has done so

    def next_handle(self) -> int:
        """What its next handle will be: numbered per thread, so that two threads' handles do not depend on their order;
        never used again."""
        return (self.number + 1 << 32) + 4 * (self.handles + 1)

    def boost(self, increment: int) -> None:
        """Raise a dynamic thread to base + increment, 15 at most; never lower it (Win32, "Priority Boosts")."""
        if self.Priority < LOW_REALTIME_PRIORITY and not self.DisableBoost:
            self.Priority = max(self.Priority, min(self.BasePriority + increment, 15))

    def announced(self) -> str:
        """Which call, in words, has announced a wait that has not come; "" where none has."""
        if not self.WaitNext:
            return ""
        routine, _, code, instruction = self.announcer
        return (
            f": {routine.name} with Wait = TRUE (line {line_of(code, instruction)}) announced a wait that has not come"
        )

    def decay(self) -> None:
        """A quantum has ended: a dynamic thread falls one level, to the base at the lowest; one below it goes there."""
        if self.Priority < LOW_REALTIME_PRIORITY:
            self.Priority = max(self.BasePriority, self.Priority - 1)

    def _state(self) -> str:
        return f"{self.State.name}, stands before {self.call[0].name}"

    def __repr__(self) -> str:
        return f"<KTHREAD {self.number} {self.name}: {self.state()}>"


class Timeout:
    """The pending expiry of a thread's wait: a choice like a thread, and numbered below all of them."""

    Irql = PASSIVE_LEVEL
    frames = ()  # nothing lies on a stack of its own

    def __init__(self, thread: KTHREAD, due: int, expiry: Routine, cells: Sequence[tuple[str, Any]]) -> None:
        self.thread, self.due, self.name = thread, due, thread.name
        self.id, self.number = TimeOutOf(thread.number), -1 - thread.number
        self.call: Call = (expiry, (thread,), None, 0)
        self.cells = cells  # of the wait that it ends

    def __repr__(self) -> str:
        return f"<time-out of {self.name}, due at {self.due}>"


def touches_nothing(kernel: Any, *arguments: Any) -> Footprint:
    """The footprint of a call that meets no other: a released wait only joins what the signaler did."""
    return ()


def _unmapped(kernel: Any, name: str) -> Any:
    stop = BugCheck(0xCE, f"{name} goes on in a driver that has been unloaded; DriverUnload must wait for its threads")
    stop.cause = "unloaded"
    raise stop


UNMAPPED = Routine("unloaded code", _unmapped, touches_nothing)
_NO_CALL: Call = (UNMAPPED, ("nobody",), None, 0)

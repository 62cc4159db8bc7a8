"""Loops that poll: rounds that come to nothing are assumed away.

`while not await KeReadStateEvent(Stop): await KeDelayExecutionThread(...)` has orders without end, and all are alike. A
*round in vain* brings a thread back to where it stood (`standing`), and in it the thread did nothing that others can
see. Leave it out of an order of steps: the rest goes as it went, and ends as it ended. So every order is like one that
has no such round, and these are finite in number where a thread does nothing but poll.

A thread that has made a round in vain therefore *rests*: it takes no step any more in this execution, for another one
has the order without that round. Whether it rests depends on its own steps and what they returned, on nothing else, so
it is the same in all equivalent orders, and the reduction is none the wiser. (Nidhugg and GenMC assume spinning rounds
away in this manner: Kokologiannakis, Ren, Vafeiadis, "Dynamic Partial Order Reductions for Spinloops", FMCAD 2021.)

What is left to judge is an order in which nobody but resting threads can go on. They are let go: where each of them
comes back once more to where it stood, and nothing was written meanwhile, they poll for ever.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from kevent_sim.machine.call import Call
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import NT_SUCCESS, STATUS_SUCCESS, STATUS_TIMEOUT
from kevent_sim.machine.structures import LARGE_INTEGER
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import PARKED, Access
from kevent_sim.orders.order import Cells
from kevent_sim.orders.standing import Variables, glance, standing

# What a call of this role names as written, and leaves as it was where it comes to nothing: a wait that times out was
# on lists and is not any more; an open that is refused fills in no handle.
_UNDONE: dict[str, tuple[str, ...]] = {
    "waits": ("object", "thread", "wait block"),
    "opens a file": ("variable", "handle"),
    "creates a file": ("variable", "handle"),
}

PATIENCE = 1_000  # A thread that often did something after it was looked at is looked at after so many idle steps.


class _Window:
    """What is known of a thread since it did the last thing that others can see."""

    def __init__(self) -> None:
        self.stood: dict[Hashable, set[Hashable]] = {}  # what a glance told -> where it has stood
        self.variables = Variables()


class Polling:
    """The threads of one execution that poll."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.resting: dict[int, Hashable] = {}  # thread -> where it stands, again
        self.for_ever = False  # those who rest in the end have come back to it once more
        self.polled: set[int] = set()  # who has ever rested
        self.wrote = False  # since they were let go the last time, somebody has written what others can see
        self._watched: dict[int, _Window] = {}
        self._in_a_row: dict[int, int] = {}  # thread -> steps that it has taken since, where it is not looked at
        self._given_up: dict[int, int] = {}  # thread -> how often it did something after it was looked at
        # Accesses to structures, and ends of memory, up to the step that is being taken; what variables held then.
        self._before: tuple[int, int, Hashable] = 0, 0, ()

    def begins(self, thread: KTHREAD, cells: Cells) -> bool:
        """A thread is about to take a step that touches the cells. May it come to nothing? Steps that surely write are
        frequent, and sorted out here; of one that moves on in a file the cells need not be known."""
        if thread.call[0].role == "moves on":
            self.writes(thread)
            return False
        undone: tuple[str, ...] | None = None
        for cell, writes in cells if cells is not None else (((), True),):
            if writes:
                if undone is None:
                    undone = _undone(thread.call)
                if not cell or cell[0] not in undone:
                    self.writes(thread)
                    return False
        number = thread.number
        if number not in self._watched:
            if self._given_up.get(number, 0) > PATIENCE and self._in_a_row.get(number, 0) < PATIENCE:
                self._in_a_row[number] = self._in_a_row.get(number, 0) + 1
            else:
                mostly_acts = thread.call[0].role.endswith("a file")  # then it is told when it comes back here in vain
                window = self._watched[number] = _Window()
                window.stood[glance(thread)] = set() if mostly_acts else {self._stands(thread, window)}
        self._before = len(self.kernel.trace.accesses), len(self.kernel.ended), self._held(number)
        return True

    def ends(self, thread: KTHREAD, call: Call, cells: Cells) -> None:
        """It has taken the step: did it come to nothing, and does it stand where it has stood before?"""
        kernel, (accesses, ended, held) = self.kernel, self._before
        result = kernel.trace.rows[-2]
        if result is PARKED and thread.State == KTHREAD_STATE.Waiting:  # what it comes to is not known yet
            return
        acts = (call[0].returning or any(writes for _, writes in cells or ())) and not _in_vain(thread, call, result)
        if (
            acts
            or thread.State == KTHREAD_STATE.Terminated
            or len(kernel.ended) != ended
            or _writes_fields(kernel.trace.accesses[accesses:])
            or self._held(thread.number) != held
        ):
            self.writes(thread)
            return
        window = self._watched.get(thread.number)
        if window is None:
            return
        stood, looks = window.stood, glance(thread)
        if looks not in stood:  # it has not stood here; where it stands is told when it comes back
            stood[looks] = set()
            return
        stands = self._stands(thread, window)
        if stands in stood[looks] and stands is not None:
            self.resting[thread.number] = stands
            self.polled.add(thread.number)
        stood[looks].add(stands)

    def _stands(self, thread: KTHREAD, window: _Window) -> Hashable | None:
        """Where it stands; and where what it makes next will lie, which a driver in C can look at."""
        stands = standing(thread, window.variables)
        return None if stands is None else (stands, self.kernel.next_address(thread.number))

    def _held(self, number: int) -> Hashable:
        """What the variables hold that a thread uses, where it is watched."""
        window = self._watched.get(number)
        return window.variables.held() if window is not None else ()

    def writes(self, thread: KTHREAD) -> None:
        self.wrote = True
        if self._watched.pop(thread.number, None) is not None:
            self._given_up[thread.number] = self._given_up.get(thread.number, 0) + 1
        if self._in_a_row:
            self._in_a_row.pop(thread.number, None)

    def let_go(self) -> dict[int, Hashable]:
        """Nobody rests any more; answers who did, and where."""
        rested, self.resting, self.wrote = self.resting, {}, False
        self._watched.clear()
        return rested


def _writes_fields(accesses: list[Access]) -> bool:
    return any(writes for _, _, _, _, writes, *_ in accesses)


def _undone(call: Call) -> tuple[str, ...]:
    routine, arguments, *_ = call
    if routine.role == "waits" and not any(isinstance(one, LARGE_INTEGER) for one in arguments):
        return ()  # without a time-out it comes to something, or does not return
    return _UNDONE.get(routine.role, ())


def _in_vain(thread: KTHREAD, call: Call, result: Any) -> bool:
    """Did a call that may come to nothing do so?"""
    if not isinstance(result, int):
        return False
    if call[0].role == "waits":
        delay = call[0].returning and thread.wait is not None and not thread.wait.Objects
        return result == (STATUS_SUCCESS if delay else STATUS_TIMEOUT)
    return not NT_SUCCESS(result)

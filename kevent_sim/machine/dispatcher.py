"""Who is ready, who waits for what and until when: the part of the kernel that the WDK calls the dispatcher.

It knows nothing of calls or steps. A signal ends waits here, and a time-out ends its own.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from kevent_sim.machine.call import Footprint, Routine
from kevent_sim.machine.ntstatus import NTSTATUS, STATUS_SUCCESS, STATUS_TIMEOUT
from kevent_sim.machine.objects import KWAIT_BLOCK, WaitAny
from kevent_sim.machine.satisfying import release, unlink
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, LOW_REALTIME_PRIORITY, Timeout, Wait
from kevent_sim.machine.trace import PARKED, Trace

BOOT_TIME = 133_485_408_000_000_000  # the system time at tick 0: 1 January 2024, in 100 ns since 1601

_number = attrgetter("number")


class Dispatcher:
    """The ready threads and the waiting ones of a machine, and its clock."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.threads = trace.threads
        self.now = 0  # virtual time in ticks of 100 ns
        self.changes = 0  # how often a thread has become ready or ceased to be
        self.current: KTHREAD | Timeout | None = None  # who takes the step
        self.subject: Any = None  # what the step touches: an object, a file, a path; each effect names its own
        self._ready: list[KTHREAD] = []  # by number
        self._timeouts: list[Timeout] = []  # by due time, then in the order they were set
        self._arrivals = 0

    @property
    def steps(self) -> int:
        return self.trace.steps

    @property
    def caller(self) -> KTHREAD:
        """The thread whose call the step performs."""
        assert isinstance(self.current, KTHREAD)
        return self.current

    def ready(self) -> list[Any]:
        """The choices there are now: every ready thread, and the earliest pending time-out."""
        return [*self._ready, self._timeouts[0]] if self._timeouts else self._ready

    def pending(self) -> list[Timeout]:
        """The time-outs that may still come, by due time."""
        return self._timeouts

    def runnable(self) -> list[KTHREAD]:
        """The ready threads, by number."""
        return self._ready

    # -- ready threads -------------------------------------------------------------------------------------------

    def make_ready(self, thread: KTHREAD) -> None:
        """Put a thread at the tail of the ready threads of its priority."""
        thread.State, thread.since = KTHREAD_STATE.Ready, self.now
        self.to_tail(thread)
        self.changes += 1
        insort(self._ready, thread, key=_number)
        self.trace.wakes.append((self.trace.steps, thread))

    def to_tail(self, thread: KTHREAD) -> None:
        self._arrivals += 1
        thread.queued = self._arrivals

    def to_head(self, thread: KTHREAD) -> None:
        self._arrivals += 1
        thread.queued = -self._arrivals

    def park(self, thread: KTHREAD, state: KTHREAD_STATE) -> None:
        thread.State, thread.since = state, self.now
        self.changes += 1
        self._ready.remove(thread)

    def set_irql(self, thread: KTHREAD, irql: int) -> None:
        """Who may have the thread's processor is another question now."""
        thread.Irql = irql
        self.changes += 1

    def set_priority(self, thread: KTHREAD, priority: int) -> int:
        """Give a thread another priority; among its new equals it goes last. Returns the old one."""
        before, thread.Priority = thread.Priority, priority
        if before != thread.BasePriority and before < LOW_REALTIME_PRIORITY:
            self.trace.passing.append(self.steps)
        self.to_tail(thread)
        self.changes += 1
        return before

    # -- waits ---------------------------------------------------------------------------------------------------

    def due(self, timeout: Any) -> int:
        """The tick at which a time-out is due: relative where negative, else absolute system time."""
        quad: int = timeout.QuadPart
        return self.now - quad if quad <= 0 else quad - BOOT_TIME

    def pass_time(self, ticks: int) -> None:
        """The call that is made takes so many ticks more than others."""
        if ticks:
            self.now += ticks
            self.trace.jumps.append((self.steps + 1, self.now + 1))

    def wait(self, thread: KTHREAD, wait: Wait, cells: Sequence[tuple[str, Any]], blocks: Sequence[KWAIT_BLOCK]) -> Any:
        """Let a thread wait: on the tails of its objects' lists, until `wait.due`, or both."""
        thread.wait, thread.WaitBlocks = wait, blocks
        for key, (block, Object) in enumerate(zip(blocks, wait.Objects, strict=True)):
            block.Thread, block.Object, block.WaitKey, block.WaitType = thread, Object, key, wait.WaitType
            Object.Header.WaitListHead.append(block)
        if wait.due is not None:
            thread.time_out = Timeout(thread, wait.due, EXPIRY, cells)
            insort(self._timeouts, thread.time_out, key=lambda pending: pending.due)
        self.park(thread, KTHREAD_STATE.Waiting)
        return PARKED

    def end_wait(self, thread: KTHREAD, status: NTSTATUS | None, increment: int = 0) -> None:
        """Make ready a thread that is on no wait list any more: `status` is what its wait will return, None where it
        has to test its objects again."""
        thread.WaitStatus, thread.WaitBlocks = status, ()
        if thread.time_out is not None:
            self._timeouts.remove(thread.time_out)
            thread.time_out = None
        thread.boost(increment)
        self.make_ready(thread)

    def release(self, Object: Any, increment: int) -> None:
        """End the waits that an object's new state satisfies."""
        for block in release(Object):
            status = NTSTATUS(block.WaitKey) if block.WaitType == WaitAny else None
            self.end_wait(block.Thread, status, increment)


def _expire(kernel: Dispatcher, thread: KTHREAD) -> Any:
    """A wait's time-out: the thread leaves the wait lists and will return STATUS_TIMEOUT (a delay: STATUS_SUCCESS)."""
    assert thread.time_out is not None
    assert thread.wait is not None
    kernel.now = max(kernel.now, thread.time_out.due)
    kernel.trace.jumps.append((kernel.steps, kernel.now))
    kernel.subject = subject_of(thread.wait)
    unlink(thread.WaitBlocks)
    kernel.end_wait(thread, STATUS_TIMEOUT if thread.wait.Objects else STATUS_SUCCESS)
    return PARKED


def subject_of(wait: Wait) -> Any:
    """What a wait is about, as a step's subject: its object, all of them, or nothing."""
    return wait.Objects[0] if len(wait.Objects) == 1 else wait.Objects or None


def _expiry_cells(kernel: Dispatcher, thread: KTHREAD) -> Footprint:
    assert thread.time_out is not None
    for cell in thread.time_out.cells:
        yield cell, True


def releasing_cells(Object: Any) -> Footprint:
    """A signal to an object writes it and, of each thread that waits on it, the other objects that it leaves."""
    yield ("object", Object), True
    for block in Object.Header.WaitListHead or ():
        wait = block.Thread.wait
        for other in wait.Objects:
            if other is not Object:
                yield ("object", other), True
        if wait.Alertable:
            yield ("thread", block.Thread), True
        for used in wait.blocks:
            yield ("wait block", used), True


EXPIRY = Routine("time-out", _expire, _expiry_cells, role="ends a wait")

"""The machine: threads that stand before their next call, and the step that performs one.

thread    a coroutine, known by its number (0, 1, 2 in order of creation) and name (`FileMoveThread`)
call      what a thread is about to do: routine and arguments, e.g. KeSetEvent on FileCreationEvent
step      performing one call: one row of the trace, one mark in the picture, one choice in the schedule
choice    who takes the next step: a ready thread, or the time-out of a pending wait
schedule  the choices of a run in order, e.g. 0 0 0 1 2 1
run       a driver, its parameters and volume, and a schedule: everything else follows
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Coroutine
from contextlib import suppress
from enum import IntEnum
from operator import attrgetter
from types import CodeType
from typing import Any

from kevent_sim.call import Call, Footprint, Misuse, Routine, line_of, made
from kevent_sim.filesystem import Volume
from kevent_sim.memory import Structure
from kevent_sim.ntstatus import NTSTATUS, STATUS_SUCCESS, STATUS_TIMEOUT, BugCheck
from kevent_sim.objects import KEVENT, KWAIT_BLOCK

PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL = range(3)
LOW_REALTIME_PRIORITY = 16
BOOT_TIME = 133_485_408_000_000_000  # the system time at tick 0: 1 January 2024, in 100 ns since 1601

# An effect answers PARKED where its thread does not go on: it waits, or it has ended.
PARKED: Any = object()

# The trace is one flat list, a row after the other: what a list a column would cost is twice that.
COLUMNS = ("choice", "routine", "code", "instruction", "result", "subject")
ROW = len(COLUMNS)
_number = attrgetter("number")

# An access to shared memory: steps taken by then, thread number, structure, field, writes, code object, instruction.
Access = tuple[int, int, Structure, str, bool, CodeType, int]


class KTHREAD_STATE(IntEnum):
    Ready = 1
    Terminated = 4
    Waiting = 5


class KTHREAD:
    """A thread. `call` is what it stands before; the fields below each rule are bound by it."""

    def __init__(self, number: int, name: str, coroutine: Coroutine[Call, Any, Any], priority: int) -> None:
        self.number, self.name, self.coroutine, self.send = number, name, coroutine, coroutine.send
        self.call: Call = _NO_CALL
        self.handles = 0  # it has opened
        self.exits = True  # its return is PsTerminateSystemThread; not so for the System thread that loads drivers
        # State is Waiting exactly while the thread has a wait block on a list, a time-out pending, or both.
        self.State = KTHREAD_STATE.Ready
        self.WaitBlock: KWAIT_BLOCK | None = None
        self.WaitStatus: NTSTATUS = STATUS_SUCCESS
        self.time_out: Timeout | None = None
        self.since = 0  # when it became ready or began to wait
        # BasePriority <= Priority <= 15 for a dynamic thread; a boost never moves a realtime one.
        self.Priority = self.BasePriority = priority
        self.DisableBoost = False
        self.queued = 0  # its place among the ready threads of its priority: lower goes first
        # WaitNext: the last call raised IRQL for the wait that follows, which lowers it to WaitIrql again.
        self.Irql, self.WaitNext, self.WaitIrql = PASSIVE_LEVEL, False, PASSIVE_LEVEL

    def __repr__(self) -> str:
        return f"<KTHREAD {self.number} {self.name}: {self.State.name}, stands before {self.call[0].name}>"


class Timeout:
    """The pending expiry of a thread's wait: a choice like a thread, numbered below zero."""

    def __init__(self, thread: KTHREAD, due: int, event: KEVENT | None) -> None:
        self.thread, self.due, self.event, self.number = thread, due, event, -1 - thread.number
        self.name = thread.name
        self.call: Call = (EXPIRY, (thread,), None, 0)

    def __repr__(self) -> str:
        return f"<time-out of {self.name}, due at {self.due}>"


class Kernel:
    """One machine from boot to its last step."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.files_before = [file for file in volume if not file.directory]
        # Virtual time in ticks of 100 ns: one a step, but for the jumps of a time-out. A timed policy sets `now` before
        # each step instead, and keeps the start, duration and processor of each in `times`.
        self.now = 0
        self.jumps: list[tuple[int, int]] = [(0, 0)]  # (step, its start)
        self.times: list[int] = []
        self.changes = 0  # how often a thread has become ready or ceased to be
        self.threads: list[KTHREAD] = []
        self.current: KTHREAD | None = None
        self.subject: Any = None  # what the step touches: an object, a file, a path; each effect names its own
        self.handles: dict[int, Any] = {}
        self.rows: list[Any] = []
        self.wakes: list[tuple[int, KTHREAD]] = []  # (step, thread it made ready)
        self.signals: list[tuple[int, KEVENT, int, int]] = []  # (step, event, SignalState before, after)
        self.accesses: list[Access] = []
        self._ready: list[KTHREAD] = []  # by number
        self._timeouts: list[Timeout] = []  # by due time, then in the order they were set
        self._arrivals = 0

    # -- the heart -----------------------------------------------------------------------------------------------

    def ready(self) -> list[Any]:
        """The choices there are now: every ready thread, and the earliest pending time-out."""
        return [*self._ready, self._timeouts[0]] if self._timeouts else self._ready

    def pending(self) -> list[Timeout]:
        """The time-outs that may still come, by due time."""
        return self._timeouts

    def runnable(self) -> list[KTHREAD]:
        """The ready threads, by number."""
        return self._ready

    def step(self, choice: Any) -> None:
        """Perform the call that `choice` stands before, record it, and let its thread run up to the next one."""
        routine, arguments, code, instruction = choice.call
        self.current, self.subject = choice, None
        try:
            result = routine.effect(self, *arguments)
        except (TypeError, ValueError, AttributeError, Misuse) as error:
            self._blame(choice, error)
        except BugCheck as stop:
            stop.line = line_of(code, instruction) if self.current is choice else 0
            self.rows += choice.number, routine, code, instruction, stop, self.subject
            raise
        self.rows += choice.number, routine, code, instruction, result, self.subject
        if result is not PARKED:
            self.resume(choice, result)
        self.now += 1

    def resume(self, thread: KTHREAD, result: Any) -> None:
        """Run the thread's own code up to its next call. Between two calls nobody else runs."""
        made.clear()
        try:
            thread.call = call = thread.send(result)
        except StopIteration:
            call = self._returned(thread)
        if len(made) != 1 or made[0] is not call:
            raise Misuse(self._forgotten(thread))

    def _returned(self, thread: KTHREAD) -> Call:
        """The start routine has returned: the thread's last call, which it does not make itself."""
        if thread.exits:
            thread.call = (TERMINATION, (None,), None, 0)
        else:
            self.park(thread, KTHREAD_STATE.Terminated)
        made.append(thread.call)
        return thread.call

    def _blame(self, thread: KTHREAD, error: Exception) -> None:
        """Raise a misuse where the learner can see it: at the line of their own that made the call."""
        if self.current is not thread:  # the code of a thread that the call has just created: it is there already
            raise error
        routine, arguments, code, instruction = thread.call
        raised = Misuse(f"{thread.name}, line {line_of(code, instruction)}: {routine.wrong(arguments, error)}")
        with suppress(StopIteration):
            thread.coroutine.throw(raised)
        raise raised

    @staticmethod
    def _forgotten(thread: KTHREAD) -> str:
        dropped = next((call for call in made if call is not thread.call), None)
        if dropped is None:
            return f"{thread.name} awaits something that is no kernel routine; only routines are awaited in a driver"
        routine, _, code, instruction = dropped
        return (
            f"{thread.name}, line {line_of(code, instruction)}: {routine.name} was called but not awaited, so it did "
            f"nothing. Type:  await {routine.name}(...)"
        )

    @property
    def steps(self) -> int:
        """Steps taken, and so the number of the next one; within a routine's effect, of the one being taken."""
        return len(self.rows) // ROW

    # -- threads -------------------------------------------------------------------------------------------------

    def create_thread(
        self, name: str, coroutine: Coroutine[Call, Any, Any], priority: int = 8, exits: bool = True
    ) -> KTHREAD:
        """A new ready thread, brought to stand before its first call."""
        same = sum(thread.name.partition(" #")[0] == name for thread in self.threads)
        thread = KTHREAD(len(self.threads), name if not same else f"{name} #{same + 1}", coroutine, priority)
        thread.exits = exits
        self.threads.append(thread)
        self.make_ready(thread)
        creator, self.current = self.current, thread
        kept = made[:]
        self.resume(thread, None)
        made[:] = kept
        self.current = creator
        return thread

    def make_ready(self, thread: KTHREAD) -> None:
        """Put a thread at the tail of the ready threads of its priority."""
        thread.State, thread.since = KTHREAD_STATE.Ready, self.now
        self.to_tail(thread)
        self.changes += 1
        insort(self._ready, thread, key=_number)
        self.wakes.append((self.steps, thread))

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

    # -- waits ---------------------------------------------------------------------------------------------------

    def due(self, timeout: Any) -> int:
        """The tick at which a time-out is due: relative where negative, else absolute system time."""
        quad: int = timeout.QuadPart
        return self.now - quad if quad <= 0 else quad - BOOT_TIME

    def wait(self, Object: KEVENT | None, due: int | None) -> Any:
        """Let the current thread wait: on the tail of the object's list, until `due`, or both."""
        thread = self.current
        assert isinstance(thread, KTHREAD)
        if Object is not None:
            thread.WaitBlock = KWAIT_BLOCK(thread, Object)
            waits = Object.Header.WaitListHead
            assert waits is not None
            waits.append(thread.WaitBlock)
        if due is not None:
            thread.time_out = Timeout(thread, due, Object)
            insort(self._timeouts, thread.time_out, key=lambda pending: pending.due)
        begun, arguments, code, instruction = thread.call
        returning = Routine(begun.name, _wait_returns, _touches_nothing, returning=True)
        thread.call = (returning, arguments, code, instruction)
        self.park(thread, KTHREAD_STATE.Waiting)
        return PARKED

    def end_wait(self, thread: KTHREAD, status: NTSTATUS, increment: int = 0) -> None:
        """Make a waiting thread ready: its wait is over, and `status` is what it will return."""
        thread.WaitStatus, thread.WaitBlock = status, None
        if thread.time_out is not None:
            self._timeouts.remove(thread.time_out)
            thread.time_out = None
        self.boost(thread, increment)
        self.make_ready(thread)

    # -- priority ------------------------------------------------------------------------------------------------

    @staticmethod
    def boost(thread: KTHREAD, increment: int) -> None:
        """Raise a dynamic thread to base + increment, 15 at most; never lower it (WDK, "Priority Boosts")."""
        if thread.BasePriority < LOW_REALTIME_PRIORITY and not thread.DisableBoost:
            thread.Priority = max(thread.Priority, min(thread.BasePriority + increment, 15))

    @staticmethod
    def decay(thread: KTHREAD) -> None:
        """A quantum has ended: one level down, to the base at the lowest."""
        thread.Priority = max(thread.BasePriority, thread.Priority - 1)

    # -- what the routines use -----------------------------------------------------------------------------------

    def new_handle(self, Object: Any) -> int:
        # Numbered per creating thread, so that two threads' handles do not depend on their order; never used again.
        thread = self.current
        assert isinstance(thread, KTHREAD)
        thread.handles += 1
        value = (thread.number + 1 << 32) + 4 * thread.handles
        self.handles[value] = Object
        return value

    def record_access(self, structure: Structure, field: str, writes: bool, code: CodeType, instruction: int) -> None:
        assert self.current is not None
        self.accesses.append((self.steps, self.current.number, structure, field, writes, code, instruction))


def discard(coroutine: Coroutine[Call, Any, Any]) -> None:
    """Be rid of a coroutine that will not be resumed, even where its `finally` blocks await something."""
    for _ in range(100):
        with suppress(Exception):
            coroutine.close()
            break


def _touches_nothing(kernel: Kernel, *arguments: Any) -> Footprint:
    """A released wait only joins what the signaler did: an edge of happens-before, never a race."""
    return ()


def _wait_returns(kernel: Kernel, Object: Any, *arguments: Any) -> NTSTATUS:
    """The second step of a wait that blocked: its thread runs again and gets the status the signaler left."""
    thread = kernel.current
    kernel.subject = Object if isinstance(Object, KEVENT) else None
    assert isinstance(thread, KTHREAD)
    return thread.WaitStatus


def _expire(kernel: Kernel, thread: KTHREAD) -> Any:
    """A wait's time-out: the thread leaves the wait list and will return STATUS_TIMEOUT (a delay: STATUS_SUCCESS)."""
    assert thread.time_out is not None
    kernel.now = max(kernel.now, thread.time_out.due)
    kernel.jumps.append((kernel.steps, kernel.now))
    block = thread.WaitBlock
    if block is not None:
        kernel.subject = block.Object
        waits = block.Object.Header.WaitListHead
        assert waits is not None
        waits.remove(block)
    kernel.end_wait(thread, STATUS_SUCCESS if block is None else STATUS_TIMEOUT)
    return PARKED


def _expiry_cells(kernel: Kernel, thread: KTHREAD) -> Footprint:
    if thread.WaitBlock is not None:
        yield ("event", thread.WaitBlock.Object), True


def _terminate(kernel: Kernel, ExitStatus: Any) -> Any:
    thread = kernel.current
    assert isinstance(thread, KTHREAD)
    kernel.subject = thread
    discard(thread.coroutine)
    kernel.park(thread, KTHREAD_STATE.Terminated)
    return PARKED


def _termination_cells(kernel: Kernel, ExitStatus: Any) -> Footprint:
    yield ("thread", kernel.current), True


def _unmapped(kernel: Kernel, name: str) -> Any:
    raise BugCheck(0xCE, f"{name} goes on in a driver that has been unloaded; DriverUnload must wait for its threads")


EXPIRY = Routine("time-out", _expire, _expiry_cells)
TERMINATION = Routine("PsTerminateSystemThread", _terminate, _termination_cells)
UNMAPPED = Routine("unloaded code", _unmapped, _touches_nothing)
_NO_CALL: Call = (UNMAPPED, ("nobody",), None, 0)

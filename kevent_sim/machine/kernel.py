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
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from operator import attrgetter
from types import CodeType
from typing import Any

from kevent_sim.machine.call import Call, Footprint, Misuse, Routine, calls_made
from kevent_sim.machine.irql import PASSIVE_LEVEL, at_most, irql_name
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Structure
from kevent_sim.machine.names import distinct
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, NTSTATUS, STATUS_SUCCESS, STATUS_TIMEOUT, BugCheck
from kevent_sim.machine.objects import KWAIT_BLOCK, WaitAny, release, unlink
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, Timeout, Wait
from kevent_sim.machine.trace import PARKED, Trace
from kevent_sim.machine.volume import Volume

LOW_REALTIME_PRIORITY = 16
BOOT_TIME = 133_485_408_000_000_000  # the system time at tick 0: 1 January 2024, in 100 ns since 1601

_number = attrgetter("number")


class Kernel:
    """One machine from boot to its last step."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.trace = Trace(file for file in volume if not file.directory)
        self.now = 0  # virtual time in ticks of 100 ns
        self.changes = 0  # how often a thread has become ready or ceased to be
        self.threads = self.trace.threads
        self.current: KTHREAD | None = None
        self.subject: Any = None  # what the step touches: an object, a file, a path; each effect names its own
        self.verifier = True  # Driver Verifier enforces the routines' rules on IRQL
        self.handles: dict[int, Any] = {}
        self.references: dict[Any, int] = {}  # threads, and the events that have names: the driver's references
        self.named: dict[str, Any] = {}  # name -> the event that IoCreateNotificationEvent or its twin made
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
            if choice.Irql:  # PASSIVE_LEVEL is legal everywhere
                self._check_irql(choice)
            result = routine.effect(self, *arguments)
        except (TypeError, ValueError, AttributeError, Misuse) as error:
            self._blame(choice, error)
        except EXCEPTION_RECORD as raised:
            self.trace.rows += choice.number, routine, code, instruction, raised, self.subject
            self.resume(choice, raised, choice.coroutine.throw)
            self.now += 1
            return
        except BugCheck as stop:
            stop.line = line_of(code, instruction) if self.current is choice else 0
            self.trace.rows += choice.number, routine, code, instruction, stop, self.subject
            raise
        self.trace.rows += choice.number, routine, code, instruction, result, self.subject
        if result is not PARKED:
            self.resume(choice, result)
        self.now += 1

    def resume(self, thread: KTHREAD, result: Any, deliver: Callable[[Any], Call] | None = None) -> None:
        """Run the thread's own code up to its next call. Between two calls nobody else runs."""
        calls_made.clear()
        try:
            thread.call = call = (deliver or thread.send)(result)
        except StopIteration:
            call = self._returned(thread)
        except EXCEPTION_RECORD as raised:
            stop = BugCheck(
                0x7E, f"{thread.name} does not handle what {thread.call[0].name} {raised}", raised.ExceptionCode
            )
            stop.line = line_of(*thread.call[2:])
            raise stop from None
        if len(calls_made) != 1 or calls_made[0] is not call:
            raise Misuse(self._forgotten(thread))

    def _returned(self, thread: KTHREAD) -> Call:
        """The start routine has returned: the thread's last call, which it does not make itself."""
        if thread.exits:
            thread.call = (TERMINATION, (None,), None, 0)
        else:
            if thread.Irql:
                raise BugCheck(0xC8, f"{thread.name} is left at {irql_name(thread.Irql)}", thread.Irql << 16)
            self.park(thread, KTHREAD_STATE.Terminated)
        calls_made.append(thread.call)
        return thread.call

    def _check_irql(self, thread: KTHREAD) -> None:
        """Driver Verifier looks at a call. The wait that a Wait = True announced counts as made at the old IRQL."""
        routine, arguments, *_ = thread.call
        irql = thread.WaitIrql if thread.WaitNext and routine.irql.waits else thread.Irql
        if self.verifier:
            routine.irql.enforce(routine.name, arguments, irql)

    def set_irql(self, thread: KTHREAD, irql: int) -> None:
        """Who may have the thread's processor is another question now."""
        thread.Irql = irql
        self.changes += 1

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
        dropped = next((call for call in calls_made if call is not thread.call), None)
        if dropped is None:
            return f"{thread.name} awaits something that is no kernel routine; only routines are awaited in a driver"
        routine, _, code, instruction = dropped
        return (
            f"{thread.name}, line {line_of(code, instruction)}: {routine.name} was called but not awaited, so it did "
            f"nothing. Type:  await {routine.name}(...)"
        )

    @property
    def steps(self) -> int:
        return self.trace.steps

    # -- threads -------------------------------------------------------------------------------------------------

    def create_thread(
        self, name: str, coroutine: Coroutine[Call, Any, Any], priority: int = 8, exits: bool = True
    ) -> KTHREAD:
        """A new ready thread, brought to stand before its first call."""
        thread = KTHREAD(len(self.threads), distinct(name, (each.name for each in self.threads)), coroutine, priority)
        thread.exits = exits
        self.threads.append(thread)
        self.references[thread] = int(not exits)  # the System thread's object is there after its work, too
        self.make_ready(thread)
        creator, self.current = self.current, thread
        kept = calls_made[:]
        self.resume(thread, None)
        calls_made[:] = kept
        self.current = creator
        return thread

    def make_ready(self, thread: KTHREAD) -> None:
        """Put a thread at the tail of the ready threads of its priority."""
        thread.State, thread.since = KTHREAD_STATE.Ready, self.now
        self.to_tail(thread)
        self.changes += 1
        insort(self._ready, thread, key=_number)
        self.trace.wakes.append((self.steps, thread))

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

    def wait(self, wait: Wait, cells: Sequence[tuple[str, Any]], blocks: Sequence[KWAIT_BLOCK]) -> Any:
        """Let the current thread wait: on the tails of its objects' lists, until `wait.due`, or both."""
        thread = self.current
        assert isinstance(thread, KTHREAD)
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
        self.boost(thread, increment)
        self.make_ready(thread)

    def release(self, Object: Any, increment: int) -> None:
        """End the waits that an object's new state satisfies."""
        for block in release(Object):
            status = NTSTATUS(block.WaitKey) if block.WaitType == WaitAny else None
            self.end_wait(block.Thread, status, increment)

    # -- priority ------------------------------------------------------------------------------------------------

    @staticmethod
    def boost(thread: KTHREAD, increment: int) -> None:
        """Raise a dynamic thread to base + increment, 15 at most; never lower it (Win32, "Priority Boosts")."""
        if thread.Priority < LOW_REALTIME_PRIORITY and not thread.DisableBoost:
            thread.Priority = max(thread.Priority, min(thread.BasePriority + increment, 15))

    @staticmethod
    def decay(thread: KTHREAD) -> None:
        """A quantum has ended: a dynamic thread falls one level, to the base at the lowest."""
        if thread.Priority < LOW_REALTIME_PRIORITY:
            thread.Priority = max(thread.BasePriority, thread.Priority - 1)

    def set_priority(self, thread: KTHREAD, priority: int) -> int:
        """Give a thread another priority; among its new equals it goes last. Answers the old one."""
        before, thread.Priority = thread.Priority, priority
        self.to_tail(thread)
        self.changes += 1
        return before

    # -- what the routines use -----------------------------------------------------------------------------------

    def new_handle(self, Object: Any) -> int:
        # Numbered per creating thread, so that two threads' handles do not depend on their order; never used again.
        thread = self.current
        assert isinstance(thread, KTHREAD)
        thread.handles += 1
        value = (thread.number + 1 << 32) + 4 * thread.handles
        self.handles[value] = Object
        return value

    def gave_out(self, value: int) -> bool:
        """Is this a handle, open or closed by now? 0 stands for one that was never filled in."""
        thread, number = divmod(value, 1 << 32)
        return value == 0 or (
            0 < thread <= len(self.threads) and number in range(4, 4 * self.threads[thread - 1].handles + 1, 4)
        )

    def record_access(self, structure: Structure, field: str, writes: bool, code: CodeType, instruction: int) -> None:
        assert self.current is not None
        self.trace.accesses.append((self.steps, self.current.number, structure, field, writes, code, instruction))


def discard(coroutine: Coroutine[Call, Any, Any]) -> None:
    """Be rid of a coroutine that will not be resumed, even where its `finally` blocks await something."""
    for _ in range(100):
        with suppress(Exception):
            coroutine.close()
            break


def _expire(kernel: Kernel, thread: KTHREAD) -> Any:
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


def _expiry_cells(kernel: Kernel, thread: KTHREAD) -> Footprint:
    assert thread.time_out is not None
    for cell in thread.time_out.cells:
        yield cell, True


def _terminate(kernel: Kernel, ExitStatus: Any) -> Any:
    thread = kernel.current
    assert isinstance(thread, KTHREAD)
    kernel.subject = thread
    discard(thread.coroutine)
    kernel.park(thread, KTHREAD_STATE.Terminated)
    thread.ExitStatus = STATUS_SUCCESS if ExitStatus is None else ExitStatus
    thread.Header.SignalState = 1
    kernel.release(thread, 0)
    return PARKED


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


def _termination_cells(kernel: Kernel, ExitStatus: Any) -> Footprint:
    return releasing_cells(kernel.current)


EXPIRY = Routine("time-out", _expire, _expiry_cells)
TERMINATION = Routine(
    "PsTerminateSystemThread", _terminate, _termination_cells, at_most(PASSIVE_LEVEL, 0x2001C, "IrqlPsPassive")
)

"""The machine: threads that stand before their next call, and the step that performs one.

thread    a coroutine, known by its number (0, 1, 2 in order of creation) and name (`FileMoveThread`)
call      what a thread is about to do: routine and arguments, e.g. KeSetEvent on FileCreationEvent
step      performing one call: one row of the trace, one mark in the picture, one choice in the schedule
choice    who takes the next step: a ready thread, or the time-out of a pending wait
schedule  the choices of a run in order, e.g. 0 0 0 1 2 1
run       a driver, its parameters and volume, and a schedule: everything else follows
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from types import MethodType
from typing import Any

from kevent_sim.machine.absent import refusal
from kevent_sim.machine.call import Call, Footprint, Misuse, Routine, calls_made, not_simulated
from kevent_sim.machine.dispatcher import releasing_cells
from kevent_sim.machine.dropped import dropped
from kevent_sim.machine.irql import PASSIVE_LEVEL, at_most, irql_name
from kevent_sim.machine.lines import final_line, line_of, line_of_error
from kevent_sim.machine.memory import Structure
from kevent_sim.machine.names import distinct
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, STATUS_SUCCESS, BugCheck
from kevent_sim.machine.objects import told
from kevent_sim.machine.recording import Recording
from kevent_sim.machine.regions import Region
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, Timeout
from kevent_sim.machine.trace import PARKED, Trace
from kevent_sim.machine.volume import Volume


class Kernel(Recording):
    """One machine from boot to its last step."""

    def __init__(self, volume: Volume) -> None:
        super().__init__(Trace(file for file in volume if not file.directory))
        self.volume = volume
        self.verifier = True  # Driver Verifier enforces the routines' rules on IRQL
        self.debugger = True  # a kernel debugger is on: closing what is not a handle stops the machine
        self.handles: dict[int, Any] = {}
        self.references: dict[Any, int] = {}  # threads, and the events that have names: the driver's references
        self.memory = "strict"  # what is wrong with memory stops the machine; "machine": what its bytes do is done
        self.pool: dict[Region, int] = {}  # what the driver has allocated, and in which line
        # What lies in memory that code of C's can write over: object -> the structure, and which bytes of it.
        self.homes: dict[Any, tuple[Structure, str]] = {}
        self.next_address: Callable[[int], int] = lambda number: 0  # where what a thread of C's makes next will lie
        self.stopping: BugCheck | None = None
        self.raised: Exception | None = None  # by a driver's code, and not caught there
        self.ended: list[Region] = []  # what stacks have lost that others may know
        self.image = Region("image", "the driver")
        self.named: dict[str, Any] = {}  # name -> the event that IoCreateNotificationEvent or its twin made

    # -- the heart -----------------------------------------------------------------------------------------------

    def take(self, choices: Iterable[Any]) -> None:
        """Take a step for each choice, as long as the ready threads stay the same: perform the call that it stands
        before, record it, and let its thread run up to the next one."""
        rows, changes, bound = self.trace.rows, self.changes, None
        for choice in choices:
            routine, arguments, code, instruction = choice.call
            if routine is not bound:  # `effect(self, *arguments)` would copy the arguments twice
                bound, effect = routine, MethodType(routine.effect, self)
            self.current, self.subject, deliver = choice, None, None
            try:
                if choice.Irql:  # PASSIVE_LEVEL is legal everywhere
                    self._check_irql(choice)
                result = effect(*arguments)
            except (TypeError, ValueError, AttributeError, Misuse) as error:
                self._blame(choice, error)
            except EXCEPTION_RECORD as raised:
                result, deliver = raised, choice.coroutine.throw
            except BugCheck as stop:
                caller = choice.thread if isinstance(choice, Timeout) else choice
                if self.current is choice:
                    stop.line = stop.line or line_of(*caller.call[2:]) or caller.left
                rows += choice.id, routine, code, instruction, stop, self.subject
                raise
            rows += choice.id, routine, code, instruction, result, self.subject
            if result is not PARKED:
                self.resume(choice, result, deliver)
            self.now += 1
            if self.changes != changes:
                return

    def step(self, choice: Any) -> None:
        """One step, that of this thread or time-out."""
        self.take((choice,))

    def resume(self, thread: KTHREAD, result: Any, deliver: Callable[[Any], Call] | None = None) -> None:
        """Run the thread's own code up to its next call. Between two calls no other thread runs."""
        calls_made.clear()
        try:
            thread.call = call = (deliver or thread.send)(result)
        except StopIteration:
            call = self._returned(thread)
        except EXCEPTION_RECORD as raised:
            what = f"that {raised.reason}" if raised.reason else f"what {thread.call[0].name} {raised}"
            stop = BugCheck(0x7E, f"{thread.name} does not handle {what}", raised.ExceptionCode)
            stop.line = line_of_error(raised) if raised.reason else line_of(*thread.call[2:])
            stop.finding = raised.finding
            raise stop from None
        except (BugCheck, Misuse):
            raise
        except Exception as error:
            if isinstance(error, NameError) and (refused := refusal(error.name or "")):
                raise Misuse(f"{thread.name}, line {line_of_error(error)}: {refused}") from error
            routine, _, code, instruction = thread.call
            after = f", after {routine.name} in line {line_of(code, instruction)}" if code is not None else ""
            error.add_note(f"The code of {thread.name} raised this{after} (step {self.steps} of the run).")
            self.raised = error
            raise
        if self.stopping is not None:
            raise self.stopping
        if len(calls_made) != 1 or calls_made[0] is not call:
            raise Misuse(self._forgotten(thread))
        if dropped:
            name, line = dropped[0]
            raise Misuse(_not_awaited(thread, line, name))

    def _returned(self, thread: KTHREAD) -> Call:
        """The start routine has returned: the thread's last call, which it does not make itself."""
        if thread.exits:
            if thread.frames or thread.MutantListHead:
                thread.left = line_of(*thread.call[2:])
            thread.call = (TERMINATION, (None,), None, 0)
        else:
            if thread.Irql:
                reason = f"{thread.name} is left at {irql_name(thread.Irql)}{thread.announced()}"
                stop = BugCheck(0xC8, reason, thread.Irql << 16)
                stop.line = line_of(*(thread.announcer if thread.WaitNext else thread.call)[2:])
                raise stop
            if thread.MutantListHead:
                stop = BugCheck(0x39, _still_owns(thread))
                stop.line = line_of(*thread.call[2:])
                raise stop
            self.park(thread, KTHREAD_STATE.Terminated)
        calls_made.append(thread.call)
        return thread.call

    def _check_irql(self, thread: KTHREAD) -> None:
        """Driver Verifier looks at a call. The wait that a Wait = True announced counts as made at the old IRQL."""
        routine, arguments, *_ = thread.call
        irql = thread.WaitIrql if thread.WaitNext and routine.irql.waits else thread.Irql
        if self.verifier:
            routine.irql.enforce(routine.name, arguments, irql, thread.announced())

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
        unawaited = next((call for call in calls_made if call is not thread.call), None)
        if unawaited is None:
            return f"{thread.name} awaits something that is not a kernel routine; only routines are awaited in a driver"
        routine, _, code, instruction = unawaited
        return _not_awaited(thread, line_of(code, instruction), routine.name)

    # -- threads -------------------------------------------------------------------------------------------------

    def create_thread(
        self, name: str, coroutine: Coroutine[Call, Any, Any], priority: int = 8, exits: bool = True
    ) -> KTHREAD:
        """A new ready thread, brought to stand before its first call."""
        thread = KTHREAD(len(self.threads), distinct(name, [each.name for each in self.threads]), coroutine, priority)
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

    # -- the life of memory --------------------------------------------------------------------------------------

    def new_frame(self, owner: str) -> Region:
        """Memory on the stack of the current thread; it ends with its start routine at the latest."""
        region = Region("stack frame", owner, self.steps)
        self.caller.frames.append(region)
        return region

    def end_frames(
        self, how: str, regions: Iterable[Region] | None = None, line: int = 0, within: bool = False
    ) -> None:
        """These regions of a stack end, or all of the current thread's, within a step or by its code; in its last
        call's line, where no other is known."""
        thread = self.caller
        for region in thread.frames if regions is None else regions:
            if not region.ended:
                region.end(how, line or thread.left or line_of(*thread.call[2:]))
                self.ended.append(region)
                self.record_end(region.holds, within)
        thread.frames = [region for region in thread.frames if not region.ended]

    def let_go(self, Object: Any) -> None:
        """End the life of an object that nothing keeps: no handle, no reference, and a thread no code of its own."""
        runs = isinstance(Object, KTHREAD) and Object.State != KTHREAD_STATE.Terminated
        if self.references.get(Object) == 0 and not runs and Object not in self.handles.values():
            caller = self.current
            line = line_of(*caller.call[2:]) if isinstance(caller, KTHREAD) else 0
            Object.region.end("its last handle was closed and its last reference given back", line)

    # -- what the routines use -----------------------------------------------------------------------------------

    def new_handle(self, Object: Any) -> int:
        caller = self.caller
        value = caller.next_handle()
        self.handles[value] = Object
        caller.handles += 1
        return value

    def gave_out(self, value: int) -> bool:
        """Is this a handle, open or closed by now? 0 stands for one that was never filled in."""
        thread, number = divmod(value, 1 << 32)
        return value == 0 or (
            0 < thread <= len(self.threads) and number in range(4, 4 * self.threads[thread - 1].handles + 1, 4)
        )


def _not_awaited(thread: KTHREAD, line: int, name: str) -> str:
    return f"{thread.name}, line {line}: {name} was called but not awaited, so it did nothing. Type:  await {name}(...)"


def _still_owns(thread: KTHREAD) -> str:
    return f"{thread.name} ends while it owns {', '.join(map(told, thread.MutantListHead))}"


def discard(coroutine: Coroutine[Call, Any, Any]) -> None:
    """Discard a coroutine that will not be resumed, even where its `finally` blocks await something."""
    for _ in range(100):
        try:
            coroutine.close()
        except Exception:
            continue
        break


def _terminate(kernel: Kernel, ExitStatus: Any) -> Any:
    thread = kernel.subject = kernel.caller
    if thread.MutantListHead:
        raise BugCheck(0x4000008A, _still_owns(thread))
    if final := final_line(thread.coroutine):
        raise not_simulated(
            f"the end of a thread inside a `try` whose `finally` (line {final}) Windows would not run",
            "leave the `try` before PsTerminateSystemThread",
        )
    discard(thread.coroutine)
    kernel.park(thread, KTHREAD_STATE.Terminated)
    thread.ExitStatus = STATUS_SUCCESS if ExitStatus is None else ExitStatus
    thread.Header.SignalState = 1
    kernel.release(thread, 0)
    kernel.end_frames(f"{thread.name} has returned", within=True)
    kernel.let_go(thread)
    return PARKED


def _termination_cells(kernel: Kernel, ExitStatus: Any) -> Footprint:
    return releasing_cells(kernel.current)


TERMINATION = Routine(
    "PsTerminateSystemThread",
    _terminate,
    _termination_cells,
    at_most(PASSIVE_LEVEL, 0x2001C, "IrqlPsPassive"),
    "signals",
)

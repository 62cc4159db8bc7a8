"""A run after some of its steps: where each thread is, before which call, and why it cannot go on if it cannot.

Coroutines cannot be copied or run backwards: each `Moment` is found by running the driver again up to it.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.choice import Choice, thread_of
from kevent_sim.machine.files import Open
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import is_learners_frame, line_of
from kevent_sim.machine.names import label
from kevent_sim.machine.ntstatus import NTSTATUS
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.structures import HANDLE, LARGE_INTEGER, OBJECT_ATTRIBUTES, PVOID, UNICODE_STRING
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import PARKED, ROW, handle_told, object_name
from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import chooser
from kevent_sim.runs.subject import Subject

_LONGEST = 60  # characters of a value


class Variables(NamedTuple):
    """The variables of a function that a thread is in the midst of, each with its value, as far as they have one that
    can be told in a few words."""

    function: str
    line: int
    values: tuple[tuple[str, str], ...]


class Standing(NamedTuple):
    """A thread at a moment. `choice` is its number in a schedule; `line` is that of its next statement."""

    choice: int
    name: str
    state: str  # ready, waiting or ended
    call: str  # what it is about to do, "to call KeSetEvent(Done)"; of a waiting thread, the wait it is in
    why: str  # why it cannot go on; "" where it can
    function: str
    line: int
    source: tuple[str, ...]  # of the function, from its first line `first` on
    first: int
    file: str  # by which Python finds the source
    frames: tuple[Variables, ...]  # the innermost function first


class Moment(NamedTuple):
    """The state after `step` steps of a run."""

    step: int
    told: str  # the last step in words
    threads: tuple[Standing, ...]
    timeouts: tuple[tuple[Choice, str], ...]  # (choice, whose wait) that may expire now
    objects: tuple[tuple[str, str, str], ...]  # (name, state, who waits)
    files: tuple[tuple[str, int, str], ...]  # (path, size in bytes, who has it open)
    run: Run  # up to here

    @property
    def able(self) -> tuple[Choice, ...]:
        """The choices there are: threads that can go on, then time-outs."""
        ready: list[Choice] = [thread.choice for thread in self.threads if thread.state == "ready"]
        return (*ready, *(choice for choice, _ in self.timeouts)) if not self.run.bugcheck else ()


class Stepper:
    """A driver, to be run choice by choice.

    >>> from kevent_sim.samples import race
    >>> stepper = Stepper(Subject(race, None, 1_000, False, {"FileCount": 1, "WriteCount": 1}))
    >>> moment = stepper.after([0, 0, 0, 0])
    >>> print(moment.told)
    step 4, System: ZwClose FileCreationThread returned STATUS_SUCCESS
    >>> [(thread.name, thread.call) for thread in moment.threads[1:]]
    [('FileCreationThread', 'to call ZwCreateFile(C:\\\\Temp\\\\file_0.txt)')]
    >>> moment.able
    (0, 1)
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def after(self, choices: Sequence[Choice]) -> Moment:
        """The moment after these choices. Raises Misuse where one of them cannot be taken."""
        with alone():
            machine = Machine(self.subject)
            with machine.running():
                try:
                    _take(machine.kernel, choices)
                finally:
                    frames = [_frames(machine.kernel, thread) for thread in machine.kernel.threads]
        return _moment(machine, frames)

    def run_on(self, choices: Sequence[Choice], policy: Any) -> list[Choice]:
        """These choices and then a policy's, until nobody can go on or `max_steps` were taken."""
        with alone():
            machine = Machine(self.subject)
            choose = chooser(policy, machine)
            if getattr(choose, "timed", False):
                raise Misuse(f"{policy!r} needs the times of all steps; run on with RoundRobin, Random or PCT")
            with machine.running():
                _take(machine.kernel, choices)
                machine.go_on(choose)
        return machine.kernel.trace.column("choice")


def _take(kernel: Kernel, choices: Iterable[Choice]) -> None:
    for named in choices:
        able: list[Any] = [*kernel.runnable(), *kernel.pending()]
        chosen = next((choice for choice in able if choice.id == named), None)
        if chosen is None:
            raise Misuse(
                f"choice {named} cannot be taken at step {kernel.steps}; those that can: "
                + (", ".join(f"{choice.id} ({choice.name})" for choice in able) or "none")
            )
        kernel.step(chosen)


# -- a moment in words -----------------------------------------------------------------------------------------------


def _moment(machine: Machine, frames: list[tuple[Variables, ...]]) -> Moment:
    kernel, made = machine.kernel, machine.run("you")
    objects = _objects(kernel)
    return Moment(
        kernel.steps,
        _told(kernel, made, objects),
        tuple(_standing(kernel, *each, objects) for each in zip(kernel.threads, frames, strict=True)),
        tuple((pending.id, pending.name) for pending in kernel.pending()),
        tuple((name, each.state(), _names(_queue(each))) for each, name in objects.items()),
        tuple((file.path, file.size, _names(_openers(kernel, file))) for file in kernel.volume if not file.directory),
        made,
    )


def _queue(waited_for: DispatcherObject) -> list[str]:
    return [block.Thread.name for block in waited_for.Header.WaitListHead or ()]


def _openers(kernel: Kernel, file: Any) -> list[str]:
    """Who has a file open: a handle's value tells which thread opened it."""
    opened = [value for value, one in kernel.handles.items() if isinstance(one, Open) and one.file is file]
    return [kernel.threads[(value >> 32) - 1].name for value in opened]


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _objects(kernel: Kernel) -> dict[DispatcherObject, str]:
    """Events, semaphores and mutexes that have been used or are about to be, with a name each, in that order."""
    used = [one for _, one, _, _ in kernel.trace.signals]
    for thread in kernel.threads:
        waited_for = thread.wait.Objects if thread.wait is not None else ()
        used += [one for one in (*waited_for, *thread.call[1]) if isinstance(one, DispatcherObject)]
    found: dict[DispatcherObject, str] = {}
    for one in used:
        if not isinstance(one, KTHREAD) and one.Header.WaitListHead is not None and one not in found:
            found[one] = label(one, found)
    return found


def _told(kernel: Kernel, made: Run, objects: dict[Any, str]) -> str:
    """The last step in words."""
    if not kernel.trace.rows:
        return "nothing has happened yet: the System thread is about to load the driver"
    choice, routine, _, _, result, subject = kernel.trace.rows[-ROW:]
    name = kernel.threads[thread_of(choice)].name
    what = f"{routine.name} {object_name(subject, {}, objects)}".rstrip()
    if not isinstance(choice, int):
        said = "the time is up: its wait ends"
    elif made.bugcheck is not None:
        said = f"{what}: {made.bugcheck}"
    elif result is PARKED:
        said = f"{what}, and waits" if routine.role == "waits" else "has ended"
    else:
        said = what if result is None else f"{what} returned {result}"
    woken = [thread.name for step, thread in kernel.trace.wakes if step == kernel.steps - 1 and thread.number != choice]
    if woken and routine.role != "creates a thread":
        said += f"; {_names(woken)} can go on"
    return f"step {kernel.steps}, {name}: {said}"


def _standing(kernel: Kernel, thread: KTHREAD, frames: tuple[Variables, ...], objects: dict[Any, str]) -> Standing:
    routine, arguments, code, instruction = thread.call
    state = {KTHREAD_STATE.Ready: "ready", KTHREAD_STATE.Waiting: "waiting"}.get(thread.State, "ended")
    call = "to call " + _shown(kernel, routine.name, arguments, objects)
    if state == "ended":
        call = ""
    elif code is None:
        call = "to end: its start routine has returned"
    elif routine.returning and state == "ready":
        call = f"to return from {routine.name}"
    shown, first = _source(code)
    return Standing(
        thread.number, thread.name, state, call, _why(thread, state, objects), code.co_name if code else "",
        line_of(code, instruction), shown, first, code.co_filename if code else "", frames,
    )  # fmt: skip


def _frames(kernel: Kernel, thread: KTHREAD) -> tuple[Variables, ...]:
    """What a thread is in the midst of. Asked while its coroutines are there."""
    found: list[Variables] = []
    coroutine: Any = thread.coroutine
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        if is_learners_frame(frame):
            values = tuple(_variables(kernel, frame))
            found.insert(0, Variables(frame.f_code.co_name, line_of(frame.f_code, frame.f_lasti), values))
        coroutine = coroutine.cr_await
    return tuple(found)


def _variables(kernel: Kernel, frame: FrameType) -> Iterable[tuple[str, str]]:
    if "__c__" in frame.f_globals:
        return frame.f_globals["__c__"].locals_of(frame)  # type: ignore[no-any-return]
    told = ((name, _value(kernel, value)) for name, value in frame.f_locals.items())
    return ((name, value) for name, value in told if value)


def _value(kernel: Kernel, value: Any) -> str:
    """A value that is told in a few words; "" for another."""
    match value:
        case HANDLE(value=number):
            known = kernel.handles.get(number)
            return handle_told(known) if known else ""
        case UNICODE_STRING(Buffer=str() as text) if text:
            return repr(text)
        case NTSTATUS():
            return str(value)
        case int() | str() | bytes() | None:
            return repr(value) if len(repr(value)) <= _LONGEST else f"{repr(value)[:_LONGEST]}..."
    return ""


def _why(thread: KTHREAD, state: str, objects: dict[Any, str]) -> str:
    if state == "ended":
        return "it has ended"
    if state == "ready" or thread.wait is None:
        return ""
    if not thread.wait.Objects:
        return "it waits for a time to pass"
    waited_for = [
        f"{objects.get(one, one.name)} ({one.state() if one in objects else 'runs'}; place "
        f"{_queue(one).index(thread.name) + 1} of {len(_queue(one))} in its wait list)"
        for one in thread.wait.Objects
    ]
    return f"it waits for {thread.wait.told(waited_for)}"


def _shown(kernel: Kernel, name: str, arguments: tuple[Any, ...], objects: dict[Any, str]) -> str:
    """A call with those of its arguments that tell what it is about."""
    told = []
    for argument in arguments:
        match argument:
            case OBJECT_ATTRIBUTES(ObjectName=UNICODE_STRING() as path):
                told.append(path.Buffer.removeprefix("\\??\\").removeprefix("\\DosDevices\\"))
            case HANDLE(value=value) if isinstance(kernel.handles.get(value), Open):
                told.append(kernel.handles[value].file.path.rpartition("\\")[2])
            case HANDLE(value=value) if value:
                told.append(object_name(kernel.handles.get(value), {}, objects))
            case DispatcherObject():
                told.append(objects.get(argument, argument.name))
            case PVOID(Object=DispatcherObject() as pointed):
                told.append(objects.get(pointed, pointed.name))
            case list() | tuple():
                told.append(f"[{_names(objects.get(one, getattr(one, 'name', '?')) for one in argument)}]")
            case bytes():
                told.append(f"{len(argument)} bytes")
            case LARGE_INTEGER(QuadPart=ticks):
                told.append(f"{ticks} ticks")
            case _ if callable(argument) and hasattr(argument, "__name__"):
                told.append(argument.__name__)
    return f"{name}({', '.join(told)})"


def _source(code: CodeType | None) -> tuple[tuple[str, ...], int]:
    """The lines of the function that a code object was made from, and the number of the first."""
    if code is None:
        return (), 0
    first = code.co_firstlineno
    last = max((line for _, _, line in code.co_lines() if line), default=first)
    lines = linecache.getlines(code.co_filename)[first - 1 : last]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return tuple(line[indent:].rstrip() for line in lines), first

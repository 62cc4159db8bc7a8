"""What a run was: verdict, volume, statuses, who waits; and its trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from kevent_sim.machine.lines import line_of
from kevent_sim.machine.ntstatus import NTSTATUS, BugCheck
from kevent_sim.machine.thread import KTHREAD_STATE
from kevent_sim.machine.trace import Called, Columns, Trace, calls_of
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.schedule import Schedule, policy_of
from kevent_sim.runs.subject import Subject


class Waiting(NamedTuple):
    """A thread that waits when the run ends: for what, where."""

    thread: str
    object: str
    line: int

    @property
    def told(self) -> str:
        """The same in words, but for the line."""
        return f"{self.thread} waits for {self.object}"

    def __str__(self) -> str:
        return f"{self.told} (line {self.line})"


class MemoryFinding(NamedTuple):
    """What a thread of a driver in C did wrong with memory: its kind in a word, the thread, and the line."""

    kind: str
    thread: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.text} ({self.thread}, line {self.line})"


class Printed(NamedTuple):
    """What a thread has printed with DbgPrint or the like, and in which line."""

    thread: str
    text: str
    line: int


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """What happened. Immutable.

    `verdict`: `completed` (every thread has ended), `deadlock` (nobody can run; `waiting` says who waits for what),
    `bugcheck` (the machine stopped; `bugcheck` says why), `undefined` (a driver in C did what C says nothing of, so
    nothing comes next; `bugcheck` says what) or `unfinished` (`max_steps` were taken).

    Two doors lead to the rest. What all equivalent orders of steps share: verdict, volume, statuses, who waits, and
    each thread's own `calls` and what it has `printed`. And the one order in which the steps came: `trace`, and with it
    `schedule`, `columns`, `output`, `replay` and every picture and frame; a question that `explore` asks in every order
    must do without these.
    """

    verdict: str
    volume: Volume
    service: str  # its state, as sc.exe query shows it
    status: NTSTATUS | None  # what DriverEntry returned
    waiting: tuple[Waiting, ...]
    bugcheck: BugCheck | None
    findings: tuple[MemoryFinding, ...]  # what a driver in C did wrong with memory; each once, by thread
    subject: Subject
    _policy: str  # as the schedule's header names it
    _trace: Trace
    _asked: list[str] = field(default_factory=list)  # what was asked for at the second door, in that order
    _heard: list[str] = field(default_factory=list)  # threads whose calls were asked for

    # -- what all equivalent orders share --------------------------------------------------------------------------

    @property
    def driver(self) -> str:
        return self.subject.name

    @property
    def parameters(self) -> dict[str, int]:
        return dict(self.subject.values)

    @property
    def threads(self) -> list[str]:
        """Thread names by number; thread 0 is the System thread that loads the driver."""
        return [thread.name for thread in self._trace.threads]

    @property
    def exit_statuses(self) -> dict[str, NTSTATUS]:
        """Thread -> the status it ended with, which PsTerminateSystemThread was given; for the driver's threads that
        have ended. One that returns from its start routine ends with STATUS_SUCCESS."""
        ended = (thread for thread in self._trace.threads if thread.exits and thread.State == KTHREAD_STATE.Terminated)
        return {thread.name: thread.ExitStatus for thread in ended}

    def files(self, directory: str) -> dict[str, int]:
        r"""Name -> size in bytes of the files in a directory such as `C:\Temp2` at the end, by name."""
        return self.volume.files(directory)

    @cached_property
    def outcome(self) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        """(verdict, final file system as sorted (path, contents) pairs): a value to compare and count."""
        return self.verdict, self.volume.contents()

    def calls(self, thread: str) -> list[Called]:
        r"""What a thread called, in its own order: routine, object, result, line, and whether it had to wait.

        A wait that blocked is one call; a file goes by the first path that it had. Raises ValueError for a thread that
        the run does not have.

        >>> from kevent_sim.runs.run import run
        >>> from kevent_sim.samples import race
        >>> for call in run(race, FileCount=1, WriteCount=1).calls("FileMoveThread"):
        ...     print(call.routine, call.object, call.result, call.line)
        ZwOpenFile C:\Temp\file_0.txt STATUS_SHARING_VIOLATION 55
        PsTerminateSystemThread FileMoveThread None 0
        """
        if thread not in self._calls:
            raise ValueError(f"the run has no thread {thread}; it has: {', '.join(self._calls)}")
        self._heard.append(thread)
        return list(self._calls[thread])

    def printed(self, thread: str) -> list[Printed]:
        """What a thread has printed, in its own order. Raises ValueError for a thread that the run does not have."""
        if thread not in self._calls:
            raise ValueError(f"the run has no thread {thread}; it has: {', '.join(self._calls)}")
        self._heard.append(thread)
        return [one for one in self._output if one.thread == thread]

    def renamed_by(self) -> dict[str, tuple[str, ...]]:
        r"""Path -> the threads that have renamed the file there; the same for all equivalent orders, however often a
        thread polls in vain.

        >>> from kevent_sim.runs.run import run
        >>> from kevent_sim.samples import synchronization_event
        >>> run(synchronization_event, FileCount=1, WriteCount=1).renamed_by()
        {'C:\\Temp\\file_0.txt': ('FileMoveThread',)}
        """
        found: dict[str, dict[str, None]] = {}
        for thread in sorted(self._calls):
            for call in self._calls[thread]:
                path, renamed, _ = call.object.partition(" -> ")
                if renamed and call.result == 0:
                    found.setdefault(path, {})[thread] = None
        return {path: tuple(found[path]) for path in sorted(found)}

    @cached_property
    def _calls(self) -> dict[str, list[Called]]:
        return calls_of(self._trace)

    # -- what they do not share ------------------------------------------------------------------------------------

    def _note(self, what: str) -> None:
        self._asked.append(what)

    @property
    def trace(self) -> Trace:
        """Every step in the order in which it came."""
        self._note("the order of the steps of different threads")
        return self._trace

    @property
    def output(self) -> tuple[Printed, ...]:
        """What the threads have printed with DbgPrint and the like, in the order in which they did."""
        self._note("run.output, the order of the lines of different threads")
        return self._output

    @cached_property
    def _output(self) -> tuple[Printed, ...]:
        names = self.threads
        return tuple(
            Printed(names[thread], text, line_of(code, instruction))
            for thread, text, code, instruction in self._trace.printed
        )

    @property
    def schedule(self) -> Schedule:
        """The choices in order: it is all that is needed to repeat the run."""
        self._note("run.schedule")
        return self._schedule

    @cached_property
    def _schedule(self) -> Schedule:
        choices, subject = tuple(self._trace.column("choice")), self.subject
        given, machine = tuple(subject.values.items()), subject.memory == "machine"
        return Schedule(subject.name, given, self._policy, choices, self.verdict, subject.stop, machine)

    @property
    def columns(self) -> Columns:
        """The trace by column, one entry for each step: `trace.COLUMNS`, and start, duration (ticks) and processor.
        Each is made when it is read first."""
        self._note("run.columns, the order of the steps of different threads")
        return self._columns

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self._trace)

    @property
    def replay(self) -> str:
        """The line that repeats this run."""
        schedule = self.schedule
        if policy_of(schedule.policy) is None:
            how, parameters = f"ks.Replay({str(schedule)!r})", ""
        else:
            how = f"ks.{schedule.policy}"
            parameters = "".join(f", {name}={value}" for name, value in schedule.parameters)
        volume = ", volume=volume" if self.subject.volume is not None else ""
        stop = ", stop=True" if schedule.stop else ""
        steps = f", max_steps={len(schedule.choices)}" if self.verdict == "unfinished" else ""
        memory = ', memory="machine"' if schedule.machine else ""
        driver = repr(self.subject.driver) if isinstance(self.subject.driver, str) else self.driver
        return f"ks.run({driver}, policy={how}{volume}{steps}{stop}{memory}{parameters})"

    def __repr__(self) -> str:
        steps = len(self.schedule.choices)
        text = f"{self.driver}: {self.verdict} after {steps} step{'s' * (steps != 1)}"
        if self.bugcheck is not None:
            text += f"\n  {self.bugcheck} (line {self.bugcheck.line})"
        elif self.verdict == "unfinished":
            text += ": it polls, or max_steps is too small"
        elif self.status is not None and self.status >= 0x8000_0000:
            text += f"; DriverEntry returned {self.status}"
        if self.bugcheck is None:
            text += "".join(f"\n  {found}" for found in self.findings)
        text += "".join(f"\n  {waiting}" for waiting in self.waiting)
        text += "".join(f"\n  {held}" for held in files_held(self.volume))
        return f"{text}\n  replay: {self.replay}"


def file_counts(volume: Volume) -> dict[str, int]:
    """Directory -> how many files it holds."""
    return {directory: len(volume.files(directory)) for directory in volume.directories()}


def files_held(volume: Volume) -> list[str]:
    r"""How many files each directory holds, in words; the root of the drive is left out.

    >>> files_held(Volume(files={"C:\\Temp\\a.txt": 1}))
    ['C:\\Temp: 1 file', 'C:\\Temp2: 0 files']
    """
    counts = file_counts(volume).items()
    return [f"{directory}: {count} file{'s' * (count != 1)}" for directory, count in counts if directory != "C:"]


def shared(made: Run) -> Any:
    """All that equivalent orders share of a run, to be compared."""
    calls = {thread: made.calls(thread) for thread in made.threads}
    return made.outcome, made.exit_statuses, made.status, made.waiting, calls


def asked(question: Callable[[Run], Any], made: Run) -> tuple[Any, str, list[str]]:
    """What a question says of a run; what it first asked for at the second door, "" if nothing; and whose
    calls it asked for."""
    made._asked.clear()
    made._heard.clear()
    answer = question(made)
    return answer, made._asked[0] if made._asked else "", list(dict.fromkeys(made._heard))

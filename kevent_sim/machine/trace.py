"""What a run leaves behind: every step in the one order in which it happened, and whose calls they were.

Orders of steps that are equivalent end alike, and each thread's own calls return alike in them (`calls_of`). Nothing
else here is the same for all of them: which step of which thread came first, at what tick, who was released by whom.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from types import CodeType
from typing import Any, NamedTuple

from kevent_sim.machine.files import File, Open, Renamed
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Structure, Within
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.paths import nt_path
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, Timeout

# An effect returns PARKED if its thread does not go on: it waits, or it has ended.
PARKED: Any = object()

COLUMNS = ("choice", "routine", "code", "instruction", "result", "subject")
ROW = len(COLUMNS)
TIMES = ("start", "duration", "processor")

# An access to shared memory: steps taken by then, thread number, structure, field, writes, code object, instruction.
Access = tuple[int, int, Structure, str, bool | Within, CodeType | None, int]


class Trace:
    """The record of one run, while it is made and afterwards."""

    def __init__(self, files_before: Iterable[File]) -> None:
        self.files_before = list(files_before)
        self.threads: list[KTHREAD] = []  # by number
        self.rows: list[Any] = []  # flat, a row after the other: what a list a column would cost is twice that
        self.wakes: list[tuple[int, KTHREAD]] = []  # (step, thread it made ready)
        self.signals: list[tuple[int, Any, int, int]] = []  # (step, object, SignalState before, after)
        self.accesses: list[Access] = []
        self.shared: list[Structure] = []  # of C's: others can reach them from now on, or know them by another name
        # Of the reads of a structure at one place since its last write: what is ordered before the first is so before
        # all of them, what is ordered after the latest is ordered after all.
        self.reads: dict[int, dict[Any, tuple[Access, ...]]] = {}  # by its id; moved to `accesses` by the next write
        self.printed: list[tuple[int, str, CodeType, int]] = []  # (thread number, text, code object, instruction)
        self.findings: list[tuple[int, str, str, int]] = []  # of memory: (thread number, kind, text, line)
        # Of a driver in C, its globals and static locals: what a debugger shows of each, line by line.
        self.variables: dict[str, Callable[[], Iterable[str]]] = {}
        self.passing: list[int] = []  # steps that saw a priority which passes with time
        self.stopped: KTHREAD | Timeout | None = None  # whom a bug check stopped
        # Ticks: one a step, but for the jumps of a time-out, (step, its start). A timed policy keeps the start,
        # duration and processor of each step in `times` instead.
        self.jumps: list[tuple[int, int]] = [(0, 0)]
        self.times = array("q")

    @property
    def steps(self) -> int:
        """Steps taken, and so the number of the next one; within a routine's effect, of the one being taken."""
        return len(self.rows) // ROW

    def wrote(self, structure: Structure) -> None:
        """A structure is about to be written: the reads before that are told."""
        if id(structure) in self.reads:
            self.accesses += chain.from_iterable(self.reads.pop(id(structure)).values())

    def all_accesses(self) -> list[Access]:
        """In the order in which they were made."""
        since = [access for reads in self.reads.values() for both in reads.values() for access in both]
        return sorted(self.accesses + since, key=lambda access: access[0])

    def row(self, step: int) -> list[Any]:
        """Of a step, in the order of `COLUMNS`."""
        return self.rows[step * ROW : (step + 1) * ROW]

    def column(self, name: str) -> list[Any]:
        """One entry a step: of `COLUMNS`, or start (ticks), duration (ticks) or processor."""
        if name in COLUMNS:
            return self.rows[COLUMNS.index(name) :: ROW]
        if self.times:
            return self.times[TIMES.index(name) :: len(TIMES)].tolist()
        if name != "start":  # no policy timed them: a tick each, on one processor
            return [int(name == "duration")] * self.steps
        until = [step for step, _ in self.jumps[1:]] + [self.steps]
        parts = [range(start, start + last - first) for (first, start), last in zip(self.jumps, until, strict=True)]
        return [*chain.from_iterable(parts)]

    def first_paths(self) -> dict[File, str]:
        """File or directory -> the path it had when the run first touched it; in that order."""
        subjects = self.column("subject")
        met = dict.fromkeys(self.files_before, -1)  # file -> the step that first touched it
        for step, subject in enumerate(subjects):
            if type(subject) is File:
                met.setdefault(subject, step)
        paths = {file: file.path for file in met}
        for step, subject in zip(reversed(range(len(subjects))), reversed(subjects), strict=True):
            if type(subject) is Renamed:
                paths[subject.file] = subject.old
                if subject.file.directory:  # what was in it has moved with it
                    within = subject.new + "\\"
                    for file, path in paths.items():
                        if path.startswith(within) and met.get(file, step) < step:
                            paths[file] = subject.old + path[len(subject.new) :]
        return paths


class Columns(Mapping[str, list[Any]]):
    """The trace by column, each of which is made when it is read first."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._read: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in (*COLUMNS, *TIMES):
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._trace.column(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*COLUMNS, *TIMES))

    def __len__(self) -> int:
        return len(COLUMNS) + len(TIMES)


class Called(NamedTuple):
    """A call that a thread made: of which routine, on what, with what result (None where it still waits, or returns
    nothing), in which line, and whether it had to wait."""

    routine: str
    object: str
    result: Any
    line: int
    waited: bool


def calls_of(trace: Trace) -> dict[str, list[Called]]:
    """Thread -> its own calls, in its own order; a wait that blocked is one call, and a file goes by its first path."""
    paths = trace.first_paths()
    found: list[list[Called]] = [[] for _ in trace.threads]
    rows = iter(trace.rows)
    for choice, routine, code, instruction, result, subject in zip(*[rows] * ROW, strict=True):
        if not isinstance(choice, int):  # a time-out: what it came to is what its thread's wait returns
            continue
        mine, parked = found[choice], result is PARKED
        if routine.returning:
            mine.pop()
        named, returned = object_name(subject, paths), None if parked else result
        if isinstance(returned, DispatcherObject):  # an object goes on changing: its name stands for it
            returned = object_name(returned, paths)
        elif returned is not None and not isinstance(returned, int):  # C's pointers are of one run
            returned = getattr(returned, "__name__", str(returned))
        mine.append(Called(routine.name, named, returned, line_of(code, instruction), parked or routine.returning))
    for thread, mine in zip(trace.threads, found, strict=True):
        if thread.exits and thread.State == KTHREAD_STATE.Terminated:
            mine[-1] = mine[-1]._replace(waited=False)  # it does not go on either, but has ended
    return {thread.name: mine for thread, mine in zip(trace.threads, found, strict=True)}


def object_name(subject: Any, paths: dict[File, str], labels: dict[Any, str] | None = None) -> str:
    """What a step touched, in words: an event's label, else its own name; a thread's name; a path."""
    match subject:
        case None:
            return ""
        case File():
            return paths.get(subject, subject.path)
        case Renamed():
            return f"{subject.old} -> {subject.new}" if subject.new else subject.old
        case tuple():
            return ", ".join(object_name(each, paths, labels) for each in subject)
        case str():
            path = nt_path(subject)
            return path if type(path) is str else subject
    named = (labels or {}).get(subject) or getattr(subject, "name", "")
    return named or type(subject).__name__


def handle_told(known: Any) -> str:
    """What is said of a handle, by what it is a handle of."""
    return f"the handle of {known.file.path if isinstance(known, Open) else known.name}"

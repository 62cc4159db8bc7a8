"""What a run leaves to chance: conflicting steps, or accesses to memory, that nothing puts in an order."""

from __future__ import annotations

from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice
from kevent_sim.machine.files import File, Renamed
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Freed, field_name
from kevent_sim.machine.objects import FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE
from kevent_sim.machine.paths import nt_path
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.happens_before import unordered_accesses, unordered_events
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run

_KINDS = {
    KEVENT: "event", KSEMAPHORE: "semaphore", KMUTEX: "mutex", FAST_MUTEX: "fast mutex", KTHREAD: "thread",
}  # fmt: skip


class Side(NamedTuple):
    """One of the two: which thread, what it does (a routine's name, `reads` or `writes`), in which line; 0 where no
    line of the driver does it, as a time-out."""

    thread: str
    does: str
    line: int

    def __str__(self) -> str:
        return f"{self.thread} {self.does}" + f", line {self.line}" * bool(self.line)

    @property
    def place(self) -> str:
        return f"line {self.line} of {self.thread}" if self.line else f"the {self.does} of {self.thread}"


class Race(NamedTuple):
    """Two steps, or two accesses to memory, of two threads that conflict and could as well come the other way round.

    `kind`: `name`, `file` (its share record or data), `event`, `semaphore`, `mutex`, `fast mutex`, `thread`, `field`
    (of a shared structure: a data race), `interlocked` (a field, each time in one step) or `machine`; `what`: which
    one, of the first such pair; `steps`: their numbers; `times`: how many pairs there are of these two lines.
    """

    kind: str
    what: str
    first: Side
    second: Side
    steps: tuple[int, int]
    times: int = 1

    @property
    def missing(self) -> str:
        """Which edge is missing, in words."""
        return (
            f"no edge leads from {self.first.place} to {self.second.place}, nor back: neither waits in between for "
            "what the other signals"
        )

    def __str__(self) -> str:
        times = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.kind} {self.what}: {self.first} | {self.second}{times}"


class Races(tuple[Race, ...]):
    """The races of a run, in the order in which they were met; its `repr` tells them in words."""

    def __repr__(self) -> str:
        if not self:
            return "no race: whatever conflicts is ordered by the threads themselves, their creation and their events"
        return "\n".join(f"{race}\n  {race.missing}" for race in self)


def races(run: Run) -> Races:
    """The conflicting pairs of steps of a run that nothing orders, and its data races on shared structures.

    Each pair is the first of its chain: what would follow from its order is not told again. Found by vector clocks
    over the routines' footprints, as `explore` finds what to reverse (Lamport, "Time, Clocks, and the Ordering of
    Events in a Distributed System", 1978; Mattern, "Virtual Time and Global States of Distributed Systems", 1989). A
    signal and the wait for it are no race: that they may come in either order is what events are for.
    Raises ValueError for a run whose driver does something else when it is repeated.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import race, synchronization_event
    >>> found = races(run(race, FileCount=1, WriteCount=1))
    >>> print(found[0])
    name C:\\Temp\\file_0.txt: FileCreationThread ZwCreateFile, line 28 | FileMoveThread ZwOpenFile, line 55
    >>> races(run(synchronization_event, FileCount=1, WriteCount=1))
    no race: whatever conflicts is ordered by the threads themselves, their creation and their events
    """
    if not isinstance(run, Run):
        raise TypeError(f"races takes a run, such as  ks.races(ks.run(race))  not {run!r}")
    execution = OrderedExecution(run.subject, rests=False)
    choices = iter(run.schedule.choices)

    def choose(enabled: list[Choice]) -> Choice | None:
        choice = next(choices, None)
        execution.forget_satisfied()
        return None if choice is None else execution.choice_of(choice)

    with alone():
        made = execution.ordered(choose)
    if made.schedule.choices != run.schedule.choices or made.outcome != run.outcome:
        raise ValueError(
            f"{run.driver} does something else when the run is repeated: is it random, does it ask the clock?"
        )
    return Races(_counted([*_of_steps(execution), *data_races(execution)]))


def data_races(execution: OrderedExecution) -> list[Race]:
    """Accesses to a field of a shared structure that conflict and are in no order."""
    return [
        Race(
            "field",
            field_name(one[2], one[3]),
            _accessor(execution, one),
            _accessor(execution, other),
            (max(one[0] - 1, 0), max(other[0] - 1, 0)),
        )
        for one, other in unordered_accesses(execution.order, execution.kernel.trace, execution.events_of_steps())
    ]


def _accessor(execution: OrderedExecution, access: Any) -> Side:
    _, thread, _, _, writes, code, instruction = access
    does = "frees" if isinstance(writes, Freed) else "writes" if writes else "reads"
    return Side(execution.thread_name(thread), does, line_of(code, instruction))


def _of_steps(execution: OrderedExecution) -> list[Race]:
    trace, paths = execution.kernel.trace, _paths(execution)
    routines, subjects, results = map(trace.column, ("routine", "subject", "result"))
    return [
        Race(*_met_on(execution, *pair, paths), _side(execution, pair[0]), _side(execution, pair[1]), pair)
        for pair in unordered_events(execution.order, list(zip(routines, subjects, results, strict=True)))
    ]


def _side(execution: OrderedExecution, event: int) -> Side:
    choice, routine, code, instruction = execution.kernel.trace.row(event)[:4]
    return Side(execution.thread_name(choice), routine.name, line_of(code, instruction))


def _met_on(execution: OrderedExecution, first: int, second: int, paths: dict[Any, str]) -> tuple[str, str]:
    """The first cell that the two events share and one of them writes, in words."""
    one, other = execution.order.cells_of(first), execution.order.cells_of(second)
    for (kind, which), writes in one or ():
        if any(cell == (kind, which) and (writes or its) for cell, its in other or ()):
            if kind == "name":
                return "name", paths.get(which, which)
            if kind in ("share", "data"):
                return "file", paths.get(which, which.path)
            if kind in ("interlocked", "memory"):
                return kind, which.name
            if kind in ("object", "thread"):
                return _KINDS[type(which)], which.name or type(which).__name__
            return kind, ""
    return "machine", "as it stops or unloads the driver"


def _paths(execution: OrderedExecution) -> dict[Any, str]:
    """Paths as they were spelt, by the upper-case key that a name goes by; of a file that was renamed, its first."""
    spelt = [file.path for file in execution.kernel.trace.files_before]
    first: dict[Any, str] = {}
    for subject in execution.kernel.trace.column("subject"):
        match subject:
            case File():
                spelt.append(subject.path)
            case Renamed():
                spelt += [subject.old, subject.new]
                first.setdefault(subject.file, subject.old)
            case str():
                path = nt_path(subject)
                spelt += [path] if isinstance(path, str) else []
    return {path.upper(): path for path in spelt if path} | first


def _counted(found: list[Race]) -> list[Race]:
    """One of each pair of lines, with how often it was met."""
    times: dict[tuple[str, Side, Side], int] = {}
    for race in found:
        pair = race.kind, race.first, race.second
        times[pair] = times.get(pair, 0) + 1
    first = {(race.kind, race.first, race.second): race for race in reversed(found)}
    return [first[pair]._replace(times=count) for pair, count in times.items()]

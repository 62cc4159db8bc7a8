"""What a run meant: what became of its events and files, who released whom, and its steps, as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kevent_sim.machine.choice import thread_of
from kevent_sim.machine.files import File, Renamed
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.names import label
from kevent_sim.machine.ntstatus import NT_SUCCESS, NTSTATUS
from kevent_sim.machine.objects import KMUTEX, KSEMAPHORE, DispatcherObject
from kevent_sim.machine.trace import PARKED, object_name
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval, end, once


class Release(NamedTuple):
    """At `time` one thread's call on an object, or its end, released another's wait."""

    time: int
    by: str
    released: str
    object: str


class Probe(NamedTuple):
    """An open that failed: of what path, when, by whom, with what status."""

    time: int
    thread: str
    path: str
    status: str


@once
def event_labels(run: Run) -> dict[Any, str]:
    """Event, semaphore or mutex -> a name of its own: the field that holds it, or KEVENT 1, 2, ... by first use."""
    labels: dict[Any, str] = {}
    for _, event, _, _ in run.trace.signals:
        if event not in labels:
            labels[event] = label(event, labels)
    return labels


@once
def event_intervals(run: Run) -> list[Interval]:
    """When each event, semaphore or mutex was `signaled` or `not signaled`, from tick 0 to the end, one by one."""
    starts, last = run.columns["start"], end(run)
    intervals: list[Interval] = []
    for event, its in event_labels(run).items():
        changes = [(step, before, after) for step, one, before, after in run.trace.signals if one is event]
        state, since = changes[0][1] > 0, 0
        for step, _, after in changes:
            if (after > 0) != state:
                intervals.append(Interval(its, _SIGNALED[state], since, starts[step]))
                state, since = after > 0, starts[step]
        intervals.append(Interval(its, _SIGNALED[state], since, last))
    return [interval for interval in intervals if interval.start < interval.end]


_SIGNALED = {True: "signaled", False: "not signaled"}


@once
def counts(run: Run) -> list[Interval]:
    """How many units each semaphore or mutex had left, from tick 0 to the end, one by one: the state is that number.

    A mutex has one while it is free, none while it is owned, and one less for each time its owner takes it again.
    """
    starts, last = run.columns["start"], end(run)
    intervals: list[Interval] = []
    for counted, its in event_labels(run).items():
        if isinstance(counted, (KMUTEX, KSEMAPHORE)):
            changes = [
                (starts[step], before, after) for step, one, before, after in run.trace.signals if one is counted
            ]
            count, since = changes[0][1], 0
            for start, _, after in changes:
                if after != count:
                    intervals.append(Interval(its, str(count), since, start))
                    count, since = after, start
            intervals.append(Interval(its, str(count), since, last))
    return [interval for interval in intervals if interval.start < interval.end]


@once
def releases(run: Run) -> list[Release]:
    """Who released whom by signaling which event, semaphore or mutex, or by its own end, in order."""
    columns, labels, found = run.columns, event_labels(run), []
    for step, thread in run.trace.wakes:
        subject = columns["subject"][step] if step < len(columns["subject"]) else None
        signaled = isinstance(subject, DispatcherObject) and subject is not thread  # else it was created, or alerted
        if signaled and isinstance(columns["choice"][step], int):
            by = run.threads[columns["choice"][step]]
            found.append(Release(columns["start"][step], by, thread.name, labels.get(subject, "its end")))
    return found


@once
def first_paths(run: Run) -> dict[File, str]:
    """File -> the path it had when the run first touched it; in that order."""
    paths = run.trace.first_paths()
    return {file: path for file, path in paths.items() if not file.directory}


@once
def file_intervals(run: Run) -> list[Interval]:
    """When each file was absent, being written, complete, moved or deleted; file by file, known by its first path.

    Being written: from its creation or overwriting until no handle to it is open.
    """
    columns, last, paths = run.columns, end(run), first_paths(run)
    before = dict.fromkeys(run.trace.files_before, "complete")
    opens = dict.fromkeys(paths, 0)
    changes = {file: [(0, before.get(file, "absent"))] for file in paths}
    for routine, subject, result, start in zip(
        columns["routine"], columns["subject"], columns["result"], columns["start"], strict=True
    ):
        if not isinstance(result, NTSTATUS) or not NT_SUCCESS(result):
            continue
        if type(subject) is Renamed:
            if subject.file in changes:  # a directory is not
                changes[subject.file].append((start, "moved" if subject.new else "deleted"))
            if subject.replaced in changes:
                changes[subject.replaced].append((start, "deleted"))
        elif subject in opens and type(subject) is File:
            if routine.role in ("creates a file", "opens a file"):
                opens[subject] += 1
                if routine.role == "creates a file" and opens[subject] == 1:
                    changes[subject].append((start, "being written"))
            elif routine.role == "closes a handle":
                opens[subject] -= 1
                if not opens[subject] and changes[subject][-1][1] == "being written":
                    changes[subject].append((start, "complete"))
    return [interval for file, path in paths.items() for interval in _intervals(path, changes[file], last)]


def _intervals(what: str, changes: list[tuple[int, str]], last: int) -> list[Interval]:
    ends = [start for start, _ in changes[1:]] + [last]
    found = [Interval(what, state, start, end) for (start, state), end in zip(changes, ends, strict=True)]
    return [interval for interval in found if interval.start < interval.end]


@once
def probes(run: Run) -> list[Probe]:
    """Every ZwOpenFile that failed, in order: the mover's visits in vain."""
    columns = run.columns
    return [
        Probe(start, run.threads[choice], object_name(subject, {}), str(result))
        for choice, routine, subject, result, start in zip(
            columns["choice"], columns["routine"], columns["subject"], columns["result"], columns["start"], strict=True
        )
        if routine.role == "opens a file" and not NT_SUCCESS(result)
    ]


def step_columns(run: Run, only: Iterable[int] | None = None) -> dict[str, list[Any]]:
    """The trace as people read it, by column: one entry for each step, or for each of those in `only`, in order."""
    columns, labels, paths = run.columns, event_labels(run), dict(first_paths(run))
    chosen = range(len(columns["choice"])) if only is None else sorted(only)
    wanted = chosen if only is None else frozenset(chosen)
    objects = []
    for step, subject in enumerate(columns["subject"]):
        if step in wanted:
            objects.append(object_name(subject, paths, labels))
        if type(subject) is Renamed:
            paths[subject.file] = subject.new or subject.old
    lines: dict[tuple[Any, int], int] = {}
    names = {thread.number: thread.name for thread in run.trace.threads}
    starts, durations, choices, routines, results = (
        columns[name] for name in ("start", "duration", "choice", "routine", "result")
    )
    sites = [(columns["code"][step], columns["instruction"][step]) for step in chosen]
    for site in sites:
        if site not in lines:
            lines[site] = line_of(*site)
    return {
        "step": list(chosen),
        "start": [starts[step] for step in chosen],
        "end": [starts[step] + durations[step] for step in chosen],
        "thread": [names[thread_of(choices[step])] for step in chosen],
        "processor": [columns["processor"][step] for step in chosen],
        "routine": [routines[step].name for step in chosen],
        "object": objects,
        "status": [_status(routines[step], results[step]) for step in chosen],
        "line": [lines[site] for site in sites],
    }


def blocking_steps(run: Run) -> list[int]:
    """The steps in which a thread began to wait."""
    return [step for step, result in enumerate(run.columns["result"]) if result is PARKED]


def _status(routine: Any, result: Any) -> str:
    """What the call returned; `waits` where it began a wait, nothing where it does not return or returns nothing."""
    if result is PARKED:
        return routine.role if routine.role == "waits" else ""
    return "" if result is None else str(result)

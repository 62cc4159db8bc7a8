"""What a run meant: intervals of thread, event and file states, as plain tuples.

Times are ticks of 100 ns: virtual ones under a timed policy, one a step under the others. Equal neighbours are
coalesced, so that a full-size run (105,000 steps) is a few thousand intervals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from kevent_sim.machine.files import File, Renamed
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.ntstatus import NT_SUCCESS, NTSTATUS, STATUS_ALERTED
from kevent_sim.machine.objects import KEVENT, KSEMAPHORE
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import PARKED, object_name
from kevent_sim.runs.result import Run

T = TypeVar("T")


def _once(question: Callable[[Run], T]) -> Callable[[Run], T]:
    """Answer a question about a run once: a run never changes, and its pictures and frames ask the same things."""
    answers: WeakKeyDictionary[Run, T] = WeakKeyDictionary()

    @wraps(question)
    def ask(run: Run) -> T:
        if run not in answers:
            answers[run] = question(run)
        return answers[run]

    return ask


class Interval(NamedTuple):
    """Something was in a state from `start` to `end`."""

    what: str
    state: str
    start: int
    end: int


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


@_once
def last_call(run: Run) -> int:
    """The tick at which the last call ended."""
    columns = run.columns
    return max(map(int.__add__, columns["start"], columns["duration"]), default=0)


def end(run: Run) -> int:
    """The tick at which the history ends: with the last call, but a little later where somebody waits for ever.

    A deadlocked thread's wait may begin in the very last step; it is what one looks for, so it must have a length.
    """
    last = last_call(run)
    return last + max(1, last // 20) if run.verdict == "deadlock" else last


@_once
def thread_intervals(run: Run) -> list[Interval]:
    """When each thread was running (in a call), ready (it could, another did) or waiting; thread by thread."""
    columns, trace, last = run.columns, run.trace, end(run)
    lanes = [_Lane(thread) for thread in trace.threads]
    for step, thread in trace.wakes:
        lanes[thread.number].wakes.append(columns["start"][step] if step < len(columns["start"]) else last)
    for number, start, duration, result in zip(
        columns["choice"], columns["start"], columns["duration"], columns["result"], strict=True
    ):
        if number >= 0:
            lane = lanes[number]
            if start != lane.end or lane.blocked:
                lane.gap(start)
            lane.end = start + duration
            lane.blocked = result is PARKED
    for lane in lanes:
        lane.finish(last)
    return [interval for lane in lanes for interval in lane.intervals]


class _Lane:
    """One thread's intervals while they are found. It has been running from `start` to `end`."""

    def __init__(self, thread: KTHREAD) -> None:
        self.thread = thread
        self.intervals: list[Interval] = []
        self.wakes: list[int] = []  # when it became ready, in order
        self.start = self.end = -1
        self.blocked = True  # a new thread has just been made ready

    def add(self, state: str, start: int, end: int) -> None:
        if start < end:
            self.intervals.append(Interval(self.thread.name, state, start, end))

    def gap(self, until: int) -> None:
        """It did not run from `end` to `until`."""
        self.add("running", self.start, self.end)
        ready = self.end
        if self.blocked and self.wakes:
            ready = max(self.wakes.pop(0), self.end)
            if self.end >= 0:
                self.add("waiting", self.end, ready)
        self.add("ready", ready, until)
        self.start = until

    def finish(self, last: int) -> None:
        if self.thread.State == KTHREAD_STATE.Terminated:
            self.add("running", self.start, self.end)
        elif self.blocked and not self.wakes:
            self.add("running", self.start, self.end)
            self.add("waiting", self.end, last)
        else:
            self.gap(last)


@_once
def event_labels(run: Run) -> dict[Any, str]:
    """Event or semaphore -> a name of its own: the field that holds it, or KEVENT 1, 2, ... by first use."""
    labels: dict[Any, str] = {}
    for _, event, _, _ in run.trace.signals:
        if event not in labels:
            wanted = event.name or f"{type(event).__name__} {1 + sum(not known.name for known in labels)}"
            same = sum(label.partition(" #")[0] == wanted for label in labels.values())
            labels[event] = f"{wanted} #{same + 1}" if same else wanted
    return labels


@_once
def event_intervals(run: Run) -> list[Interval]:
    """When each event or semaphore was `signaled` or `not signaled`, from tick 0 to the end; one after the other."""
    starts, last = run.columns["start"], end(run)
    intervals: list[Interval] = []
    for event, label in event_labels(run).items():
        changes = [(step, before, after) for step, one, before, after in run.trace.signals if one is event]
        state, since = changes[0][1] > 0, 0
        for step, _, after in changes:
            if (after > 0) != state:
                intervals.append(Interval(label, _SIGNALED[state], since, starts[step]))
                state, since = after > 0, starts[step]
        intervals.append(Interval(label, _SIGNALED[state], since, last))
    return [interval for interval in intervals if interval.start < interval.end]


_SIGNALED = {True: "signaled", False: "not signaled"}


@_once
def releases(run: Run) -> list[Release]:
    """Who released whom by signaling which event or semaphore, or by its own end, in order."""
    columns, labels, found = run.columns, event_labels(run), []
    for step, thread in run.trace.wakes:
        subject = columns["subject"][step] if step < len(columns["subject"]) else None
        ended = isinstance(subject, KTHREAD) and subject is not thread  # else it was created, or alerted
        if (ended or isinstance(subject, KEVENT | KSEMAPHORE)) and columns["choice"][step] >= 0:
            by = run.threads[columns["choice"][step]]
            found.append(Release(columns["start"][step], by, thread.name, labels.get(subject, "its end")))
    return found


_SIGNALS = ("KeSetEvent", "KeReleaseSemaphore", "PsTerminateSystemThread")
_WAITS = ("KeWaitForSingleObject", "KeWaitForMultipleObjects")


class Edge(NamedTuple):
    """A step of one thread that had to come before a step of another: it created it, or gave the signal it took."""

    start: int
    by: str
    end: int
    of: str


@_once
def edges(run: Run) -> list[Edge]:
    """What puts steps of different threads in order: creations, releases, and signals that a wait found."""
    choices, starts = run.columns["choice"], run.columns["start"]
    steps_of: dict[int, list[int]] = {}
    for step, choice in enumerate(choices):
        steps_of.setdefault(choice, []).append(step)
    found = []
    for step, thread in run.trace.wakes:
        mine = steps_of.get(thread.number, [])
        after = bisect_right(mine, step)
        if step < len(choices) and choices[step] >= 0 and after < len(mine):
            by = run.threads[choices[step]]
            found.append(Edge(starts[step], by, starts[mine[after]], thread.name))
    signals: dict[Any, int] = {}  # object -> the last step that signaled it
    columns = run.columns
    for step, (routine, subject, result) in enumerate(
        zip(columns["routine"], columns["subject"], columns["result"], strict=True)
    ):
        if routine.name in _SIGNALS:
            signals[subject] = step
        # A wait that blocked joins whoever released it, above; one for all of several objects, each one's signal, too.
        joins = routine.name in _WAITS and (not routine.returning or isinstance(subject, tuple))
        if joins and isinstance(result, int) and result < STATUS_ALERTED:
            for taken in subject if isinstance(subject, tuple) else (subject,):
                if taken in signals:  # not so where it was signaled from the start
                    signal = signals[taken]
                    found.append(
                        Edge(starts[signal], run.threads[choices[signal]], starts[step], run.threads[choices[step]])
                    )
    return [edge for edge in dict.fromkeys(found) if edge.by != edge.of]


@_once
def first_paths(run: Run) -> dict[File, str]:
    """File -> the path it had when the run first touched it; in that order."""
    paths = run.trace.first_paths()
    return {file: path for file, path in paths.items() if not file.directory}


@_once
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
        name = routine.name
        if name == "ZwWriteFile" or name[:2] != "Zw" or not isinstance(result, NTSTATUS) or not NT_SUCCESS(result):
            continue
        if type(subject) is Renamed:
            if subject.file in changes:  # a directory is not
                changes[subject.file].append((start, "moved" if subject.new else "deleted"))
            if subject.replaced in changes:
                changes[subject.replaced].append((start, "deleted"))
        elif subject in opens and type(subject) is File:
            if name in ("ZwCreateFile", "ZwOpenFile"):
                opens[subject] += 1
                if name == "ZwCreateFile" and opens[subject] == 1:
                    changes[subject].append((start, "being written"))
            elif name == "ZwClose":
                opens[subject] -= 1
                if not opens[subject] and changes[subject][-1][1] == "being written":
                    changes[subject].append((start, "complete"))
    return [interval for file, path in paths.items() for interval in _intervals(path, changes[file], last)]


def _intervals(what: str, changes: list[tuple[int, str]], last: int) -> list[Interval]:
    ends = [start for start, _ in changes[1:]] + [last]
    found = [Interval(what, state, start, end) for (start, state), end in zip(changes, ends, strict=True)]
    return [interval for interval in found if interval.start < interval.end]


@_once
def probes(run: Run) -> list[Probe]:
    """Every ZwOpenFile that failed, in order: the mover's visits in vain."""
    columns = run.columns
    return [
        Probe(start, run.threads[choice], object_name(subject, {}), str(result))
        for choice, routine, subject, result, start in zip(
            columns["choice"], columns["routine"], columns["subject"], columns["result"], columns["start"], strict=True
        )
        if routine.name == "ZwOpenFile" and not NT_SUCCESS(result)
    ]


def step_columns(run: Run) -> dict[str, list[Any]]:
    """The trace as people read it, by column: one entry a step."""
    columns, labels, paths = run.columns, event_labels(run), dict(first_paths(run))
    objects = []
    for subject in columns["subject"]:
        objects.append(object_name(subject, paths, labels))
        if type(subject) is Renamed:
            paths[subject.file] = subject.new or subject.old
    sites = list(zip(columns["code"], columns["instruction"], strict=True))
    lines = {site: line_of(*site) for site in dict.fromkeys(sites)}
    names = {thread.number: thread.name for thread in run.trace.threads}
    return {
        "step": list(range(len(sites))),
        "start": columns["start"],
        "end": list(map(int.__add__, columns["start"], columns["duration"])),
        "thread": [names[number if number >= 0 else -1 - number] for number in columns["choice"]],
        "processor": columns["processor"],
        "routine": [routine.name for routine in columns["routine"]],
        "object": objects,
        "status": [
            _status(routine, result) for routine, result in zip(columns["routine"], columns["result"], strict=True)
        ],
        "line": [lines[site] for site in sites],
    }


def _status(routine: Any, result: Any) -> str:
    """What the call returned; `waits` where it began a wait, nothing where it does not return or returns nothing."""
    if result is PARKED:
        return "waits" if routine.name.startswith("Ke") else ""
    return "" if result is None else str(result)


def unit(run: Run) -> tuple[str, float]:
    """What time is shown in, and how many ticks that is: milliseconds where the policy times calls, else steps."""
    if run.schedule.policy.startswith("Windows"):
        return "ms", 10_000.0
    return ("steps", 1.0) if last_call(run) <= len(run.schedule.choices) else ("ticks", 1.0)


def describe(run: Run) -> str:
    """The run in words: what each thread did when, each event, and what became of the files."""
    name, ticks = unit(run)
    shown = "{:.1f}" if name == "ms" else "{:.0f}"

    def when(time: int) -> str:
        return shown.format(time / ticks)

    verdict = f"{run.driver}, {run.verdict} after {when(last_call(run))} {name}"
    sentences = [f"{verdict} under {run.schedule.policy}."]
    sentences += _told(run, thread_intervals(run), run.threads, when)
    sentences += _told(run, event_intervals(run), list(event_labels(run).values()), when)
    sentences += [f"At {when(r.time)} {r.by} releases {r.released} by {r.object}." for r in releases(run)[:8]]
    final: dict[str, str] = {interval.what: interval.state for interval in file_intervals(run)}
    counts = {state: list(final.values()).count(state) for state in dict.fromkeys(final.values())}
    if counts:
        sentences.append("Files at the end: " + ", ".join(f"{count} {state}" for state, count in counts.items()) + ".")
    failed = [probe.status for probe in probes(run)]
    if failed:
        statuses = ", ".join(f"{failed.count(status)} with {status}" for status in dict.fromkeys(failed))
        sentences.append(f"Opens that failed: {statuses}.")
    return " ".join(sentences)


def _told(run: Run, intervals: list[Interval], names: list[str], when: Callable[[int], str]) -> list[str]:
    """A sentence each: its intervals where they are few, else the first and the last, and the time in each state."""

    def one(interval: Interval) -> str:
        goes_on = run.verdict == "deadlock" and interval.end == end(run)
        return f"{interval.state} from {when(interval.start)} {'on' if goes_on else f'to {when(interval.end)}'}"

    sentences = []
    for name in names:
        mine = [interval for interval in intervals if interval.what == name]
        told = ", ".join(map(one, mine))
        if len(mine) > 6:
            total = {i.state: 0 for i in mine}
            for i in mine:
                total[i.state] += i.end - i.start
            sums = ", ".join(f"{state} {when(time)}" for state, time in total.items())
            told = f"{one(mine[0])}, {one(mine[1])}, ... {one(mine[-1])}; in {len(mine)} intervals {sums}"
        if mine:
            sentences.append(f"{name}: {told}.")
    return sentences

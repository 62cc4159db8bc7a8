"""Letters for calls: a capital for what threads do with each other, a small letter for files.

A kind of call is lettered on a lane wholly or not at all, since to letter some calls of a kind and not others misleads;
signals, which are what a picture is about, as far as there is room. Each step has a cell that says all of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from matplotlib.axes import Axes

from kevent_sim.runs import timeline
from kevent_sim.runs.history import counts, event_intervals, step_columns
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval
from kevent_sim.views.lanes import DARK, INK, WHITE, Label
from kevent_sim.views.titles import add_cell

SET, RESET, CLEAR, PULSE, RELEASE = "S", "R", "C", "P", "V"
WAIT, ACQUIRE, READ, CREATE_THREAD, ENDS, DELAY = "W", "A", "?", "T", "E", "D"
CREATE, OPEN, WRITE, RENAME, CLOSE, FAILED = "c", "o", "w", "m", "e", "x"
OTHER = "·"
FAILED_TOLD = "open failed"

LETTERS = {
    "KeSetEvent": SET, "KeResetEvent": RESET, "KeClearEvent": CLEAR, "KePulseEvent": PULSE,
    "KeReleaseSemaphore": RELEASE, "KeReleaseMutex": RELEASE, "ExReleaseFastMutex": RELEASE,
    "ExAcquireFastMutex": ACQUIRE, "ExTryToAcquireFastMutex": ACQUIRE,
    "KeWaitForSingleObject": WAIT, "KeWaitForMultipleObjects": WAIT,
    "KeReadStateEvent": READ, "KeReadStateSemaphore": READ, "KeReadStateMutex": READ,
    "PsCreateSystemThread": CREATE_THREAD, "IoCreateSystemThread": CREATE_THREAD, "PsTerminateSystemThread": ENDS,
    "KeDelayExecutionThread": DELAY,
    "ZwCreateFile": CREATE, "ZwOpenFile": OPEN, "ZwWriteFile": WRITE, "ZwSetInformationFile": RENAME, "ZwClose": CLOSE,
}  # fmt: skip

RANKS = (SET + RESET + CLEAR + PULSE + RELEASE, WAIT + ACQUIRE + READ + DELAY, CREATE_THREAD + ENDS,
         CREATE + OPEN + RENAME + FAILED, CLOSE, WRITE, OTHER)  # fmt: skip
ON_OBJECTS = frozenset(RANKS[0] + WAIT + ACQUIRE + READ)
APART = 8.0  # points between two letters
LETTER = 6.4  # points that a letter takes
NARROW = 2.5  # points that a cell has at least, to be hit


class Call(NamedTuple):
    """A step as it is marked: `start` and `end` in units of the axis."""

    step: int
    thread: str
    routine: str
    objects: tuple[str, ...]
    start: float
    end: float
    letter: str
    told: str
    when: str

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def calls(run: Run, only: Iterable[int] | None = None) -> list[Call]:
    """Every step, or only some, with its letter and what it says when it is pointed at."""
    columns, ticks, when = step_columns(run, only), timeline.unit(run)[1], timeline.clock(run)
    timed = timeline.unit(run)[0] != "steps"
    made = []
    for step, start, end, thread, routine, what, status, line in zip(
        *(columns[name] for name in ("step", "start", "end", "thread", "routine", "object", "status", "line")),
        strict=True,
    ):
        letter = LETTERS.get(routine, OTHER)
        if letter == OPEN and not status.endswith("SUCCESS"):
            letter = FAILED
        told = f"{thread} {routine}({what})" + (f" → {status}" if status else "") + (f", line {line}" if line else "")
        at = f", at {when(start)} {timeline.unit(run)[0]}" if timed else ""
        made.append(Call(step, thread, routine, tuple(what.split(", ")), start / ticks, end / ticks, letter, told, at))
    return made


class Lettering:
    """What was lettered, for the key: letter -> the routines that it stands for; and the routines that had no room."""

    def __init__(self) -> None:
        self.used: dict[str, list[str]] = {}
        self.left_out: dict[str, None] = {}

    def use(self, call: Call) -> None:
        told = {FAILED: FAILED_TOLD, OTHER: "another routine"}.get(call.letter, call.routine)
        if told not in self.used.setdefault(call.letter, []):
            self.used[call.letter].append(told)

    def signs(self) -> Iterator[tuple[str, str]]:
        """(letter, what it stands for), in the order of the ranks."""
        for letter in "".join(RANKS):
            if letter in self.used:
                yield letter, ", ".join(self.used[letter])


def mark_threads(ax: Axes, run: Run, points: float, lettering: Lettering, ends: Mapping[str, float]) -> None:
    """Letter the calls on their threads' lanes, where a unit is `points` wide, and add a cell for each.

    `ends`, where a thread's end is drawn as a bar, which leaves no room for a letter close to it.
    """
    made, ticks = calls(run), timeline.unit(run)[1]
    for at, thread in enumerate(run.threads):
        bars = [
            (i.start / ticks, i.end / ticks) for i in timeline.thread_intervals(run) if i[:2] == (thread, "running")
        ]
        row = _Row(bars, points, ends.get(thread, float("inf")))
        mine = [call for call in made if call.thread == thread]
        lettered = ENDS
        for rank, letters in enumerate(RANKS):
            wanted = [call for call in mine if call.letter in letters and not row.at_the_end(call)]
            fits = row.fitting(wanted)
            if rank and len(fits) < len(wanted):  # what ranks lower would be alone there, as if it were all
                lettering.left_out |= dict.fromkeys(call.routine for call in mine if call.letter not in lettered)
                break
            lettered += letters
            for call, x in fits:
                row.take(x)
                _letter(ax, x, at, call.letter, WHITE)
                lettering.use(call)
        _add_cells(ax, mine, points, at)


class _Row:
    """The room for letters on a thread's lane: on its bars, away from those that are there, and from its end."""

    def __init__(self, bars: Sequence[tuple[float, float]], points: float, end: float) -> None:
        self.bars, self.points, self.end = bars, points, end
        self.starts = [start for start, _ in bars]
        self.taken: list[float] = []

    def at_the_end(self, call: Call) -> bool:
        return call.letter == ENDS and (self.end - call.middle) * self.points < APART * 0.7

    def fitting(self, wanted: Iterable[Call]) -> list[tuple[Call, float]]:
        """Those of the calls whose letters have room, each with its place: on its bar, with all of the letter."""
        row, found = list(self.taken), []
        for call in wanted:
            start, end = self.bars[max(bisect_right(self.starts, call.middle) - 1, 0)]
            half = LETTER / 2 / self.points
            x = min(max(call.middle, start + half), min(end, self.end - half / 2) - half)
            at = bisect_left(row, x)
            near = row[max(at - 1, 0) : at + 1]
            if x >= start + half and all(abs(x - other) * self.points >= APART for other in near):
                row.insert(at, x)
                found.append((call, x))
        return found

    def take(self, x: float) -> None:
        insort(self.taken, x)


def mark_objects(
    ax: Axes, run: Run, marked: Iterable[Call], points: float, places: Mapping[str, float], lettering: Lettering
) -> None:
    """Mark calls on each object's lane, so that one without effect is seen, too. On a lane of numbers are no
    letters."""
    ticks, counted = timeline.unit(run)[1], {interval.what for interval in counts(run)}
    states: dict[str, list[Interval]] = {}
    for interval in event_intervals(run):
        states.setdefault(interval.what, []).append(interval)
    last: dict[str, float] = {}
    for call in marked:
        for name in call.objects if call.letter in ON_OBJECTS else ():
            if name not in places:
                continue
            _add_cells(ax, [call], points, places[name])
            if name in counted or call.letter not in RANKS[0] + ACQUIRE:
                continue
            x, colour = _on_its_state(call.middle, states[name], ticks, LETTER / 2 / points)
            if (x - last.get(name, float("-inf"))) * points >= APART:
                last[name] = x
                _letter(ax, x, places[name], call.letter, colour)
                lettering.use(call)


def _on_its_state(x: float, states: Sequence[Interval], ticks: float, half: float) -> tuple[float, str]:
    """Where a letter at `x` lies with all of it on one state, and its colour there; on one that is too narrow for it,
    in ink, to be read on what is beside it."""
    state = states[max(bisect_right(states, x * ticks, key=lambda each: each.start) - 1, 0)]
    start, end = state.start / ticks, state.end / ticks
    if start <= x <= end and end - start >= 2 * half:
        return min(max(x, start + half), end - half), DARK if state.state == "signaled" else INK
    return x, INK


def _letter(ax: Axes, x: float, lane: float, letter: str, colour: str) -> None:
    Label(ax, x, lane, letter, ax.transData, ha="center", fontsize=9, fontweight="bold", color=colour)


def _add_cells(ax: Axes, row: Iterable[Call], points: float, lane: float) -> None:
    """A cell for each call; one for several that are alike, follow each other, and are each too narrow to be hit."""
    for _, alike in groupby(enumerate(row), lambda each: _alike(each[0], each[1], points)):
        those = [call for _, call in alike]
        first, last = those[0], those[-1]
        steps = f"step {first.step}" if first is last else f"steps {first.step} to {last.step}, {len(those)} of them"
        right = max(last.end, first.start + NARROW / points)
        add_cell(ax, first.start, right, lane, 0.9, f"{steps}: {first.told}{first.when}")


def _alike(at: int, call: Call, points: float) -> tuple[str, int]:
    wide = (call.end - call.start) * points >= NARROW
    return call.told, at if wide else -1

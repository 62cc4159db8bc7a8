"""A run's time axis, and on it when each thread was running, ready or waiting.

Times are ticks of 100 ns: virtual ones under a timed policy, one a step under the others. Equal neighbours are
coalesced, so that a full-size run (105,000 steps) is a few thousand intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import PARKED
from kevent_sim.runs.result import Run

T = TypeVar("T")


def once(question: Callable[[Run], T]) -> Callable[[Run], T]:
    """Ask a question about a run only once: a run never changes, and its pictures and frames ask the same things."""
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


@once
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


def unit(run: Run) -> tuple[str, float]:
    """What time is shown in, and how many ticks that is: milliseconds where the policy times calls, else steps."""
    if run.schedule.policy.startswith("Windows"):
        return "ms", 10_000.0
    return ("steps", 1.0) if last_call(run) <= len(run.schedule.choices) else ("ticks", 1.0)


def clock(run: Run) -> Callable[[int], str]:
    """How a tick is written on the run's time axis."""
    name, ticks = unit(run)
    shown = "{:.1f}" if name == "ms" else "{:.0f}"
    return lambda time: shown.format(time / ticks)


@once
def thread_intervals(run: Run) -> list[Interval]:
    """When each thread was running (in a call), ready (it could, another did) or waiting; thread by thread."""
    columns, trace, last = run.columns, run.trace, end(run)
    lanes = [_Lane(thread) for thread in trace.threads]
    for step, thread in trace.wakes:
        lanes[thread.number].wakes.append(columns["start"][step] if step < len(columns["start"]) else last)
    for choice, start, duration, result in zip(
        columns["choice"], columns["start"], columns["duration"], columns["result"], strict=True
    ):
        if isinstance(choice, int):
            lane = lanes[choice]
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

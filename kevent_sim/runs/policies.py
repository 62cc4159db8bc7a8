"""Who runs next? Any callable `policy(ready) -> choice` is a policy; these, and `windows`, are the ones we ship.

A shipped policy is a value that describes itself; `begin(kernel, setup)` returns the callable for one run, so that the
same policy gives the same run twice. Randomness is one `random.Random(seed)`, drawn by `.random()` only, whose
sequence is the same on every Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from random import Random as Generator
from typing import Any, NamedTuple

from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.thread import Timeout
from kevent_sim.runs.subject import check_count

Chooser = Callable[[list[Any]], Any]


class Setup(NamedTuple):
    """What a policy may know of the run it is asked for."""

    driver: str
    parameters: Mapping[str, int]
    round_robin_steps: Callable[[], int]  # the steps of one RoundRobin run of the same driver and parameters


def _shown(policy: Any) -> str:
    """A policy as you would type it: its name and the fields that were given or have a default of their own."""
    given = [(each.name, getattr(policy, each.name)) for each in fields(policy)]
    words = ", ".join(f"{name}={value!r}" for name, value in given if value is not None)
    return f"{type(policy).__name__}({words})"


def _fires(ready: list[Any], now: int) -> Timeout | None:
    """The time-out among the choices, where it is due or nobody else can run."""
    last = ready[-1]
    return last if isinstance(last, Timeout) and (last.due <= now or len(ready) == 1) else None


@dataclass(frozen=True)
class RoundRobin:
    """Every ready thread one step in turn, by number; a time-out when it is due, or when nobody else can run.

    Only steps that were chosen count as a turn: a thread that ran because nobody else could is not put last for it.
    """

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        last = -1

        def choose(ready: list[Any]) -> Any:
            nonlocal last
            chosen = _fires(ready, kernel.now)
            if chosen is None:
                threads = ready[:-1] if isinstance(ready[-1], Timeout) else ready
                chosen = next((thread for thread in threads if thread.number > last), threads[0])
                last = chosen.number
            return chosen

        return choose


@dataclass(frozen=True, repr=False)
class Random:
    """A random choice, kept for a burst of steps whose mean length is `burst` (default: a tenth of the run).

    A new choice at every step would show the same outcome of the course's race every time: the creator needs 102
    steps for a file that the mover passes in one. A burst ends early when its thread cannot go on.
    """

    seed: int = 0
    burst: int | None = None

    __repr__ = _shown

    def __post_init__(self) -> None:
        check_count("seed", self.seed, 0)
        if self.burst is not None:
            check_count("burst", self.burst, 1)

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        draw = Generator(self.seed).random
        mean = self.burst or max(1, setup.round_robin_steps() // 10)
        chosen, until = None, 0

        def choose(ready: list[Any]) -> Any:
            nonlocal chosen, until
            if kernel.steps >= until or chosen not in ready:
                chosen = ready[int(draw() * len(ready))]
                until = kernel.steps + 1 + int(draw() * (2 * mean - 1))
            return chosen

        return choose


@dataclass(frozen=True, repr=False)
class PCT:
    """Probabilistic concurrency testing: random priorities, lowered at depth - 1 random steps.

    The ready thread of the highest priority runs; at each change point the one that would run falls below all others. A
    bug of depth d among n threads and k steps is met with a probability of at least 1/(n k^(d-1)). `steps` is k
    (default: the steps of a RoundRobin run). Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with
    Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. Ours draws a thread's priority when it is first ready.
    """

    depth: int = 2
    seed: int = 0
    steps: int | None = None

    __repr__ = _shown

    def __post_init__(self) -> None:
        check_count("depth", self.depth, 1)
        check_count("seed", self.seed, 0)
        if self.steps is not None:
            check_count("steps", self.steps, 1)

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        draw = Generator(self.seed).random
        steps = self.steps or setup.round_robin_steps()
        changes = sorted(int(draw() * steps) for _ in range(self.depth - 1))
        priority: dict[int, float] = {}  # drawn ones lie in [0, 1); the i-th change point lowers to -i

        def choose(ready: list[Any]) -> Any:
            for choice in ready:
                if choice.number not in priority:
                    priority[choice.number] = draw()
            chosen = max(ready, key=lambda choice: priority[choice.number])
            while changes and changes[0] <= kernel.steps:
                changes.pop(0)
                priority[chosen.number] = min(0.0, *priority.values()) - 1
                chosen = max(ready, key=lambda choice: priority[choice.number])
            return chosen

        return choose

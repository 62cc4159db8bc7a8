"""What a click in a lab costs, from the control to the new picture:  python tools/benchmarks/labs.py [ROUNDS]

Each round toggles the event's type there and back; of StepLab, it looks back, and takes a step back. Smallest and
median of the rounds, CPU time and the clock's; the goals are for the median, on the clock: 150 ms at the size that a
lab starts with, 1 s at the largest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from statistics import median
from time import perf_counter, process_time
from typing import Any

from kevent_sim.labs import EventLab, RaceLab, StepLab
from kevent_sim.samples import race


def toggles(control: Any, rounds: int) -> Iterator[tuple[float, float]]:
    """CPU and clock seconds of each toggle, after one round that does not count."""
    others = cycle([option for option in control.options if option != control.value] + [control.value])
    for number in range((rounds + 1) * len(control.options)):
        cpu, clock = process_time(), perf_counter()
        control.value = next(others)
        spent = process_time() - cpu, perf_counter() - clock
        if number >= len(control.options):
            yield spent


def steps(lab: StepLab, rounds: int) -> Iterator[tuple[float, float]]:
    """CPU and clock seconds of each step taken, taken back, and looked back at, after one round that does not count."""
    last = lab.at.value
    for number in range(3 * (rounds + 1)):
        cpu, clock = process_time(), perf_counter()
        if number % 3 == 0:
            lab.at.value = last // 2
        elif number % 3 == 1:
            lab.at.value = last
        else:
            lab.undo()
            last -= 1
        spent = process_time() - cpu, perf_counter() - clock
        if number >= 3:
            yield spent


def stepped(files: int, writes: int) -> StepLab:
    lab = StepLab(race, max_steps=200_000, FileCount=files, WriteCount=writes)
    lab.run_on()
    return lab


def main(rounds: int) -> None:
    labs: list[tuple[str, Callable[[int], Iterator[tuple[float, float]]], float]] = [
        ("EventLab, 3 waiters", partial(toggles, EventLab().event_type), 150),
        ("EventLab, 5 waiters", partial(toggles, EventLab(waiters=5).event_type), 150),
        ("RaceLab, 20 x 10", partial(toggles, RaceLab().event), 150),
        ("RaceLab, 1000 x 100", partial(toggles, RaceLab(files=1000, writes=100).event), 1000),
        ("StepLab, 2 x 1", partial(steps, stepped(2, 1)), 150),
        ("StepLab, 1000 x 100", partial(steps, stepped(1000, 100)), 1000),
    ]
    print(f"{'one change, ms':22}{'CPU: min':>10}{'median':>9}{'clock: min':>13}{'median':>9}{'goal':>7}{'n':>5}")
    for name, react, goal in labs:
        spent = list(react(rounds))
        row = [1e3 * of(times) for times in zip(*spent, strict=True) for of in (min, median)]
        verdict = "" if row[3] <= goal else "  missed"
        print(f"{name:22}{row[0]:10.0f}{row[1]:9.0f}{row[2]:13.0f}{row[3]:9.0f}{goal:7.0f}{len(spent):5}{verdict}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)

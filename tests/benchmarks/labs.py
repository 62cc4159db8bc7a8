"""What a click in a lab costs, from the control to the new picture:  python tests/benchmarks/labs.py [ROUNDS]

Each round toggles the event's type there and back. Smallest and median of the rounds, CPU time and the clock's; the
goals are for the median, on the clock: 100 ms at the size that a lab starts with, 1 s at the article's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import cycle
from statistics import median
from time import perf_counter, process_time
from typing import Any

from kevent_sim.labs import EventLab, RaceLab


def toggles(control: Any, rounds: int) -> Iterator[tuple[float, float]]:
    """CPU and clock seconds of each toggle, after one round that does not count."""
    others = cycle([option for option in control.options if option != control.value] + [control.value])
    for number in range((rounds + 1) * len(control.options)):
        cpu, clock = process_time(), perf_counter()
        control.value = next(others)
        spent = process_time() - cpu, perf_counter() - clock
        if number >= len(control.options):
            yield spent


def main(rounds: int) -> None:
    labs: list[tuple[str, Any, float]] = [
        ("EventLab, 3 waiters", EventLab().event_type, 100),
        ("EventLab, 5 waiters", EventLab(waiters=5).event_type, 100),
        ("RaceLab, 20 x 10", RaceLab().event, 100),
        ("RaceLab, 1000 x 100", RaceLab(files=1000, writes=100).event, 1000),
    ]
    print(f"{'one toggle, ms':22}{'CPU: min':>10}{'median':>9}{'clock: min':>13}{'median':>9}{'goal':>7}{'n':>5}")
    for name, control, goal in labs:
        spent = list(toggles(control, rounds))
        row = [1e3 * of(times) for times in zip(*spent, strict=True) for of in (min, median)]
        verdict = "" if row[3] <= goal else "  missed"
        print(f"{name:22}{row[0]:10.0f}{row[1]:9.0f}{row[2]:13.0f}{row[3]:9.0f}{goal:7.0f}{len(spent):5}{verdict}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)

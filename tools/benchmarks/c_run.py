"""What a driver in C costs beside the same in Python, on CPU time:  python tools/benchmarks/c_run.py [ROUNDS]

Full size, the samples' C beside their Python, in turns in one process; the best of the rounds of each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import kevent_sim as ks
from kevent_sim import samples

DRIVERS = Path(ks.__file__).parent / "samples" / "drivers"
PROOFS = ("synchronization_event", "notification_event")
RUNS = ("race", *PROOFS, "careful")


def best(rounds: int, *made: Callable[[], Any]) -> list[float]:
    """The least CPU time of each, taken in turns."""
    times: list[list[float]] = [[] for _ in made]
    for _ in range(rounds):
        for one, taken in zip(made, times, strict=True):
            start = process_time()
            one()
            taken.append(process_time() - start)
    return [min(taken) for taken in times]


def compared(title: str, rounds: int, name: str, of: Callable[..., Any], **options: Any) -> None:
    driver, python = ks.c.load(DRIVERS / f"{name}.c"), getattr(samples, name)
    of(driver, FileCount=2, WriteCount=1, **options)
    in_c, in_python = best(rounds, lambda: of(driver, **options), lambda: of(python, **options))
    print(f"{title:<44} {in_c:6.2f} s  {in_python:6.2f} s  {in_c / in_python:5.2f} times")


def main(rounds: int) -> None:
    print(f"{'1000 files x 100 writes':<44} {'C':>8}  {'Python':>8}")
    for policy in (ks.RoundRobin(), ks.Windows()):
        for name in RUNS:
            compared(f"{name}, {type(policy).__name__}", rounds, name, ks.run, policy=policy)
    for name in PROOFS:
        compared(f"{name}, proof", rounds, name, ks.explore, check=samples.all_moved)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)

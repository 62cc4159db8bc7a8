"""What a question to every state costs beside none, on CPU time:  python tools/benchmarks/questions.py [ROUNDS] [CLONE]

With CLONE, the folder of another state of the project, what explores without such a question is timed there, too, by
turns. Each case runs in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
from time import process_time
import kevent_sim as ks
from kevent_sim.samples import race, synchronization_event
best = float("inf")
for _ in range({rounds}):
    start = process_time()
    every = ks.explore({arguments})
    best = min(best, process_time() - start)
print(every.verdict, every.explored, best)
"""
HERE = Path(__file__).parent.parent.parent
ASKED = 'check=ks.always(lambda state: len(state.files("C:\\\\Temp")) <= {files}), '
CASES = {
    **{f"race, {files} files": (f"race, {{asked}}FileCount={files}, WriteCount=1", files, 5) for files in range(1, 6)},
    "synchronization event, 1000 x 100": ("synchronization_event{asked}", 1000, 1),
}


def timed(arguments: str, rounds: int, where: Path) -> tuple[str, int, float]:
    code = CODE.format(arguments=arguments, rounds=rounds)
    environment = {**os.environ, "PYTHONPATH": str(where)}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=where
    ).stdout
    verdict, classes, seconds = answer.split()
    return verdict, int(classes), float(seconds)


def best(arguments: str, rounds: int, each: int, *clones: Path) -> list[tuple[str, int, float]]:
    """The best of some rounds in each of the clones, by turns: a machine is not equally fast at all times."""
    rounds_of = [[timed(arguments, each, clone) for clone in clones] for _ in range(rounds)]
    return [min(of_clone, key=lambda one: one[2]) for of_clone in zip(*rounds_of, strict=True)]


def main(rounds: int, *other: str) -> None:
    clones = [HERE, *(Path(folder).resolve() for folder in other)]
    there = f"{'there':>10}{'ratio':>7}" if other else ""
    print(
        f"{'case':36}{'classes':>9}{'ms':>10}{there}   with always:{'verdict':>9}{'classes':>9}{'ms':>10}{'times':>7}"
    )
    for case, (arguments, files, each) in CASES.items():
        asked = ASKED.format(files=files)
        with_it = arguments.format(asked=asked if "," in arguments else ", " + asked)
        plain, *beside = best(arguments.format(asked=""), rounds, each, *clones)
        ((verdict, classes, seconds),) = best(with_it, rounds, each, HERE)
        text = "".join(f"{one[2] * 1e3:10.1f}{plain[2] / one[2]:7.2f}" for one in beside)
        print(f"{case:36}{plain[1]:>9}{plain[2] * 1e3:>10.1f}{text}{verdict:>25}{classes:>9}", end="")
        print(f"{seconds * 1e3:>10.1f}{seconds / plain[2]:>7.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3, *sys.argv[2:])

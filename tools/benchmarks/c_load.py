"""What loading C costs, on CPU time:  python tools/benchmarks/c_load.py [ROUNDS]

Each round is a process of its own, since what the first load reads of the headers is kept for all later ones; the
smallest time counts. Python must be free to keep compiled modules (no PYTHONDONTWRITEBYTECODE), as everybody's is.
"""

from __future__ import annotations

import subprocess
import sys

CODE = """
import warnings
from pathlib import Path
from time import process_time as now

import kevent_sim as ks

warnings.simplefilter("ignore")
drivers = Path(ks.__file__).parent / "samples" / "drivers"
text = (drivers / "synchronization_event.c").read_text(encoding="utf-8")
other = (drivers / "semaphore.c").read_text(encoding="utf-8")
times = [now()]
for step in (lambda: ks.c, lambda: ks.c.load(text), lambda: ks.c.load(other), lambda: ks.c.load(text)):
    step()
    times.append(now())
print(*(1000 * (after - before) for before, after in zip(times, times[1:])))
"""
STEPS = ("import", "the first driver, 138 lines", "another, 169 lines", "the first again")


def main(rounds: int) -> None:
    times = []
    for _ in range(rounds):
        run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        times.append([float(each) for each in run.stdout.split()])
    for step, each in zip(STEPS, zip(*times, strict=True), strict=True):
        print(f"{step:30} {min(each):6.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

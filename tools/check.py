"""All that must hold before a change is committed, what fails fastest first:  python tools/check.py [--long] [STEP ...]

It stops at the first step that fails. Any Python will do: where it lacks what the steps need, .venv's is taken, and
made if it is not there.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kevent_sim.course.setup import venv

ROOT = Path(__file__).resolve().parent.parent
STEPS = {
    "format": ["ruff", "format", "--check"],
    "lint": ["ruff", "check"],
    "types": ["mypy"],
    "tests": ["kevent_sim", "test"],
}


def check(steps: list[str], long: bool = False) -> int:
    """Take these of the steps, in their own order. The exit code of the first that fails; 0 where none does."""
    for step, words in STEPS.items():
        if step in steps:
            print(f"=== {step}", flush=True)
            command = [sys.executable, "-m", *words, *["--long"] * (long and step == "tests")]
            if code := venv.run_to_end(command):
                print(f"=== {step}: this has failed:  {' '.join(command)}", flush=True)
                return code
    return 0


def _step(word: str) -> str:
    """Not `choices`: argparse of Python 3.11 holds that no word at all is none of them."""
    if word not in STEPS:
        raise argparse.ArgumentTypeError(f"{word} is not a step; the steps are: {', '.join(STEPS)}")
    return word


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python tools/check.py", description=__doc__.partition("\n\n")[2])
    parser.add_argument("--long", action="store_true", help="the tests at full size, as before a release")
    parser.add_argument(
        "steps", nargs="*", type=_step, metavar="STEP", help=f"{', '.join(STEPS)}; all of them where none is named"
    )
    asked = parser.parse_args(argv)
    if asked.long and asked.steps and "tests" not in asked.steps:
        parser.error("--long is how the tests are run, and they are not among the steps named")
    os.chdir(ROOT)
    if not venv.complete(ROOT, "test"):
        if not venv.works(ROOT):
            venv.make(ROOT)
        return venv.run_to_end([str(venv.interpreter(ROOT)), __file__, *argv])
    return check(asked.steps or [*STEPS], asked.long)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How far a long search has come, for whoever watches."""

from __future__ import annotations

import os
import sys
from time import monotonic, process_time


class Progress:
    """A bar on the error stream for whoever watches: after 2 s in a terminal, after 15 s of work in a notebook. Where
    outputs are compared, KEVENT_SIM_PROGRESS=no keeps them from telling how busy the machine is."""

    def __init__(self) -> None:
        notebook = "ipykernel" in sys.modules
        self.watched = (notebook or sys.stderr.isatty()) and os.environ.get("KEVENT_SIM_PROGRESS") != "no"
        self.clock = process_time if notebook else monotonic
        self.next = self.clock() + (15 if notebook else 2)
        self.shown = False

    def show(self, executions: int, fraction: float) -> None:
        if not self.watched or self.clock() < self.next:
            return
        self.next, self.shown = self.clock() + 0.5, True
        done = int(20 * fraction)
        bar = "#" * done + "." * (20 - done)
        text = f"\rexploring [{bar}] {executions} executions; Ctrl+C or ■ stops it "
        print(text, end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown:
            print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)

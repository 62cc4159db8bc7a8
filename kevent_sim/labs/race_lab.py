"""The article's three drivers behind one toggle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, BoundedIntText, HBox, IntSlider, ToggleButtons

from kevent_sim.labs.lab import TOGGLES, Lab
from kevent_sim.runs.policies import PCT, Random, RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run
from kevent_sim.runs.windows import Windows
from kevent_sim.samples import all_moved, fates, notification_event, race, synchronization_event, with_movers
from kevent_sim.views.html import code_line, side_by_side, status
from kevent_sim.views.pictures import picture

DRIVERS = {"no event": race, "SynchronizationEvent": synchronization_event, "NotificationEvent": notification_event}
POLICIES: dict[str, Callable[[int, int], Any]] = {
    "Windows": lambda processors, seed: Windows(processors=processors, seed=seed),
    "RoundRobin": lambda processors, seed: RoundRobin(),
    "Random": lambda processors, seed: Random(seed=seed),
    "PCT": lambda processors, seed: PCT(seed=seed),
}
TOLD = {
    "Windows": "run by Windows' rules, with times",
    "RoundRobin": "run one step of each thread in turn",
    "Random": "run with a thread drawn for each step, by the seed",
    "PCT": "run by drawn priorities, with few changes, by the seed",
}
LETTERS = "<p>Fates, one letter for each file: A not yet created, B still open, C complete and so moved.</p>"
BUSY = "<p>⏳ running …</p>"
MERGED = 0.005  # seconds in which presses that wait already come in


class RaceLab(Lab):
    """The article's three drivers behind one toggle: no event, a synchronization event, a notification event.

    Controls, each with a `.value`: `event`, `beside` (a second variant on the same seed), `files`, `writes`, `movers`,
    `processors`, `policy`, `seed`. `told` says in words what each run did, `status` in one line; `replay` is the line
    that repeats the first, `run` is it. What is set while a run is being made is merged into one.

    >>> lab = RaceLab(files=3, writes=2)
    >>> lab.event.value = "SynchronizationEvent"
    >>> lab.status
    'SynchronizationEvent: completed; 3 of 3 moved.'
    """

    def __init__(self, event: str = "no event", files: int = 20, writes: int = 10, seed: int = 0) -> None:
        self.event = ToggleButtons(
            options=list(DRIVERS),
            value=event,
            description="Event",
            tooltips=[f"run the driver with {name}" for name in DRIVERS],
            **TOGGLES,
        )
        self.beside = ToggleButtons(
            options=[*DRIVERS, "nothing"], value="nothing", description="Beside it", **TOGGLES,
            tooltips=[*(f"run the driver with {name}, too, and show it beside" for name in DRIVERS), "show one run"],
        )  # fmt: skip
        self.files = BoundedIntText(files, min=1, max=1000, description="Files", tooltip="1 to 1000")
        self.writes = BoundedIntText(writes, min=0, max=100, description="Writes", tooltip="0 to 100, for each file")
        self.movers = IntSlider(1, min=1, max=3, description="Movers", continuous_update=False)
        self.processors = IntSlider(2, min=1, max=4, description="Processors", continuous_update=False)
        self.policy = ToggleButtons(
            options=list(POLICIES), value="Windows", description="Policy", tooltips=list(TOLD.values()), **TOGGLES
        )
        self.seed = BoundedIntText(seed, min=0, max=10_000, description="Seed", tooltip="0 to 10000")
        self._controls = (
            self.event, self.beside, self.files, self.writes, self.movers, self.processors, self.policy, self.seed,
        )  # fmt: skip
        self._stale = False
        self._busy, self._replay, self._picture = HTML(), HTML(), HTML()
        super().__init__(
            [
                self.event,
                self.beside,
                HBox([self.files, self.writes, self.movers]),
                self.policy,
                HBox([self.processors, self.seed, self._busy]),
            ],
            [self._picture, self._replay],
        )
        for control in self._controls:
            control.observe(lambda _: self._changed(), "value")
        self.update()

    def _changed(self) -> None:
        """Say that a run is made, and make it when those presses are in that wait already; at once where none can."""
        if self._stale:
            return
        self._stale = True
        self._busy.value = BUSY
        try:
            asyncio.get_running_loop().call_later(MERGED, self.settle)
        except RuntimeError:
            self.settle()

    def settle(self) -> None:
        """Show what the controls say, if that is not shown yet."""
        if self._stale:
            self.update()

    def _made(self, event: str) -> Run:
        driver = DRIVERS[event] if self.movers.value == 1 else with_movers(DRIVERS[event], self.movers.value)
        policy = POLICIES[self.policy.value](self.processors.value, self.seed.value)
        return run(driver, policy=policy, FileCount=self.files.value, WriteCount=self.writes.value)

    def _told_of(self, event: str, made: Run) -> str:
        moved = len(made.files("C:\\Temp2"))
        text = f"{event}: {made.verdict}; {moved} of {self.files.value} moved"
        if made.waiting:
            text += "; " + "; ".join(map(str, made.waiting))
        elif not all_moved(made) and self.movers.value == 1 and self.files.value <= 40:
            text += f"; fates {fates(made)}"
        return text + "."

    def _without_effect(self) -> list[str]:
        """What a control that changes nothing would leave unanswered."""
        notes = []
        if self.beside.value == self.event.value:
            notes.append("The driver beside it is the same, and its run would be the same: one picture shows both.")
        if self.policy.value == "RoundRobin":
            notes.append("Under RoundRobin neither the number of processors nor the seed matters.")
        elif self.policy.value != "Windows":
            notes.append(f"Under {self.policy.value} the number of processors does not matter.")
        return notes

    @property
    def run(self) -> Run:
        """The run that the controls say."""
        self.settle()
        return self._run

    @property
    def replay(self) -> str:
        """The line that repeats the run; with more movers than one it names the driver as it is made."""
        name = "samples." + DRIVERS[self.event.value].__name__.rpartition(".")[2]
        made = name if self.movers.value == 1 else f"samples.with_movers({name}, {self.movers.value})"
        return self.run.replay.replace(f"ks.run({self.run.driver},", f"ks.run({made},")

    def __repr__(self) -> str:
        return f"RaceLab: {self.status}"

    def update(self) -> None:
        """Run what the controls say, and show it."""
        self._stale = False
        self._run = self._made(self.event.value)
        shown = {self.event.value: self._run}
        if self.beside.value != "nothing" and self.beside.value not in shown:
            shown[self.beside.value] = self._made(self.beside.value)
        told = [self._told_of(event, made) for event, made in shown.items()]
        letters = LETTERS if any("; fates " in each for each in told) else ""
        self.tell(*told, shown=status(told, self._without_effect()) + letters)
        self._replay.value = code_line("Replay it", self.replay)
        runs = list(shown.values())
        drawn = [f"<h3>{event}</h3>{picture(made, beside=runs).html(live=True)}" for event, made in shown.items()]
        self._picture.value = side_by_side(drawn, "1em", "26em")
        self._busy.value = ""

"""The learner's answers, judged: still missing, almost, or correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kevent_sim.explore import explore
from kevent_sim.filesystem import Volume
from kevent_sim.pictures import Picture, picture
from kevent_sim.run import run
from kevent_sim.samples import all_moved, fates, race


class Verdict:
    """`grade` is `still missing`, `almost` or `correct`; `text` says why; `shown` is the run that decided it."""

    def __init__(self, grade: str, text: str, shown: Picture | None = None) -> None:
        self.grade, self.text, self.shown = grade, text, shown

    def __repr__(self) -> str:
        return f"{self.grade}: {self.text}" + (f"\n{self.shown!r}" if self.shown is not None else "")

    def _repr_html_(self) -> str:
        mark = {"still missing": "○", "almost": "◐", "correct": "●"}[self.grade]
        picture = self.shown._repr_html_() if self.shown is not None else ""
        return f'<p role="status">{mark} <b>{self.grade}</b>: {self.text}</p>{picture}'


def prediction(answer: Any, choices: Iterable[Any], actual: Any) -> Verdict:
    """Compare what the learner predicted with what happened.

    >>> prediction(None, ["all", "none"], "none")
    still missing: choose one of 'all', 'none', then run this cell again
    >>> prediction("none", ["all", "none"], "none")
    correct: it was 'none'
    """
    possible = list(choices)
    if answer not in possible:
        known = f"{possible[0]} to {possible[-1]}" if isinstance(choices, range) else ", ".join(map(repr, possible))
        return Verdict("still missing", f"choose one of {known}, then run this cell again")
    if answer == actual:
        return Verdict("correct", f"it was {actual!r}")
    return Verdict("almost", f"you said {answer!r}, and it was {actual!r}: what follows shows why")


def schedule(policy: Callable[[list[Any]], Any] | None, wanted: str, WriteCount: int = 2) -> Verdict:
    """Does the race, scheduled by the learner's policy, end with the wanted fates?

    >>> schedule(lambda ready: ready[0], "CC")
    correct: fates CC; replay: ks.run(race, policy=ks.Replay('kevent_sim 1; race(FileCount=2, WriteCount=2); \
<lambda>; 0*6 1*9 2*7; completed; d2121675'))
    """
    if policy is None:
        return Verdict("still missing", "write a policy in place of None, then run this cell again")
    made = run(race, policy=policy, FileCount=len(wanted), WriteCount=WriteCount)
    got = fates(made)
    if got == wanted:
        return Verdict("correct", f"fates {got}; replay: {made.replay}")
    return Verdict("almost", f"your schedule gives {got}, wanted is {wanted}", picture(made))


def mended(driver: Any, FileCount: int = 3, WriteCount: int = 2) -> Verdict:
    """Does every file move, whatever the order of steps? Explores them all; shows the simplest that fails.

    >>> from kevent_sim.samples import synchronization_event
    >>> mended(synchronization_event)
    correct: every file moves in every order of routine calls (2 classes of equivalent orders)
    >>> str(mended(race))[:53]
    'almost: an order leaves 3 of 3 files in C:\\\\Temp, with'
    """
    if driver is None:
        return Verdict("still missing", "write the start routine, then run this cell again")
    every = explore(driver, all_moved, budget=3_000, max_steps=500, FileCount=FileCount, WriteCount=WriteCount)
    if every.verdict == "holds":
        classes = f"{every.explored} class{'es' * (every.explored != 1)} of equivalent orders"
        return Verdict("correct", f"every file moves in every order of routine calls ({classes})")
    bad = every.counterexample
    if bad is None:
        told = "".join(f"; {finding.text}" for finding in every.findings[:1])
        return Verdict("almost", f"no order of {every.explored} fails, but that is no proof: {every.reason}{told}")
    left = len(bad.files("C:\\Temp"))
    how = f"an order leaves {left} of {FileCount} files in C:\\Temp" if bad.verdict == "completed" else every.reason
    preempted = f"with {every.preemptions} preemption{'s' * (every.preemptions != 1)}"
    return Verdict("almost", f"{how}, {preempted}; replay: {bad.replay}", picture(bad))


def holds(
    driver: Any, question: Callable[[Any], object], stop: bool = False, volume: Volume | None = None, **parameters: Any
) -> Verdict:
    """Is `question` true of every run, whatever the order of steps? Explores them all; shows the simplest bad one.

    >>> from kevent_sim.samples import careful
    >>> holds(careful, all_moved, FileCount=2, WriteCount=1)
    correct: it holds in every order of routine calls (2 classes of equivalent orders)
    """
    if driver is None:
        return Verdict("still missing", "write your answer in place of None, then run this cell again")
    every = explore(driver, question, budget=3_000, max_steps=500, stop=stop, volume=volume, **parameters)
    if every.verdict == "holds":
        classes = f"{every.explored} class{'es' * (every.explored != 1)} of equivalent orders"
        return Verdict("correct", f"it holds in every order of routine calls ({classes})")
    bad = every.counterexample
    if bad is None:
        return Verdict("almost", f"no order of {every.explored} fails, but that is no proof: {every.reason}")
    preempted = f"with {every.preemptions} preemption{'s' * (every.preemptions != 1)}"
    return Verdict("almost", f"{every.reason}, {preempted}; replay: {bad.replay}", picture(bad))

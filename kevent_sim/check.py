"""The learner's answers, judged: still missing, almost, or correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kevent_sim.explore import explore
from kevent_sim.pictures import Picture, picture
from kevent_sim.run import Run, run
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


def every_order(
    driver: Any, flaw: Callable[[Run], str], good: str, budget: int = 3_000, max_steps: int = 500, **parameters: Any
) -> Verdict:
    """Is a driver right, whatever the order of its routine calls? Explores them all; shows the simplest that is not.

    Parameters: `driver`, `budget`, `max_steps` and `parameters` as for `explore`; `flaw`, a function of a run that was
    completed, answers in words what is wrong with it, "" if nothing is; `good`, what has been proved when no run has a
    flaw, none is a deadlock or a bug check, and no two accesses of shared memory race.

    >>> from kevent_sim.samples import synchronization_event
    >>> def missed(run):
    ...     return "" if all_moved(run) else f"fates {fates(run)}"
    >>> every_order(synchronization_event, missed, "nothing is missed", FileCount=2, WriteCount=1)
    correct: nothing is missed in every order of routine calls (2 classes of equivalent orders)
    >>> str(every_order(race, missed, "nothing is missed", FileCount=2, WriteCount=1))[:50]
    'almost: fates AA, with 0 preemptions; replay: ks.r'
    >>> every_order(None, missed, "nothing is missed")
    still missing: write the driver, then run this cell again
    """
    if driver is None:
        return Verdict("still missing", "write the driver, then run this cell again")
    every = explore(driver, lambda made: not flaw(made), budget=budget, max_steps=max_steps, **parameters)
    if every.verdict == "holds":
        classes = f"{every.explored} class{'es' * (every.explored != 1)} of equivalent orders"
        return Verdict("correct", f"{good} in every order of routine calls ({classes})")
    bad = every.counterexample
    if bad is None:
        told = "".join(f"; {finding.text}" for finding in every.findings[:1])
        return Verdict("almost", f"no order of {every.explored} fails, but that is no proof: {every.reason}{told}")
    preempted = f"with {every.preemptions} preemption{'s' * (every.preemptions != 1)}"
    return Verdict("almost", f"{_wrong(bad, flaw)}, {preempted}; replay: {bad.replay}", picture(bad))


def _wrong(bad: Run, flaw: Callable[[Run], str]) -> str:
    if bad.bugcheck is not None:
        return f"{bad.bugcheck} (line {bad.bugcheck.line})"
    if bad.verdict == "deadlock":
        return "; ".join(f"{each.thread} waits for {each.object} (line {each.line})" for each in bad.waiting)
    return flaw(bad)


def mended(driver: Any, FileCount: int = 3, WriteCount: int = 2) -> Verdict:
    """Does every file move, whatever the order of steps?

    >>> from kevent_sim.samples import synchronization_event
    >>> mended(synchronization_event)
    correct: every file moves in every order of routine calls (2 classes of equivalent orders)
    >>> str(mended(race))[:53]
    'almost: an order leaves 3 of 3 files in C:\\\\Temp, with'
    >>> mended(None)
    still missing: write the start routine, then run this cell again
    """
    if driver is None:
        return Verdict("still missing", "write the start routine, then run this cell again")

    def unmoved(made: Run) -> str:
        left = len(made.files("C:\\Temp"))
        return "" if all_moved(made) else f"an order leaves {left} of {FileCount} files in C:\\Temp"

    return every_order(driver, unmoved, "every file moves", FileCount=FileCount, WriteCount=WriteCount)

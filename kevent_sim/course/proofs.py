"""A learner's driver, proved: a question to every order of its steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from kevent_sim.course.verdicts import Verdict, guarded
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.explore import Check, refute
from kevent_sim.orders.questions import told as named
from kevent_sim.runs.policies import RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run_under
from kevent_sim.runs.subject import Subject
from kevent_sim.views.pictures import picture

AGAIN = "then run this cell again"


def holds(
    driver: Any,
    question: Check | Iterable[Check],
    fact: str = "",
    told: Callable[[Run], str] | None = None,
    *,
    volume: Volume | None = None,
    stop: bool = False,
    budget: int = 3_000,
    max_steps: int = 500,
    **parameters: int,
) -> Verdict:
    """Is the question true of a run of the learner's driver, whatever the order of steps, and does every run complete?

    Explores all orders until the simplest that fails is known, and shows that one. Parameters: `question`, as the
    `check` of `explore`, one or several; `fact`, what it asks, as a statement; `told(run)`, what a run came to of which
    it is false, in words; the others as for `explore`.

    >>> from kevent_sim.samples import notification_event, with_movers
    >>> def all_there(run):
    ...     return len(run.files("C:\\\\Temp2")) == 1
    >>> print(holds(notification_event, all_there, "the file is there", FileCount=1, WriteCount=1).text)
    the file is there in every order of routine calls (2 classes of equivalent orders)
    >>> two = with_movers(notification_event, 2)
    >>> str(holds(two, all_there, FileCount=1, WriteCount=1)).partition(" (line")[0]
    'almost: FileMoveThread #2 waits for FileOperationEvent'
    """
    if driver is None:
        return Verdict("still missing", f"write the driver instead of None, {AGAIN}")

    def attempt() -> Verdict:
        subject = Subject(driver, volume, max_steps, stop, parameters)
        every = refute(subject, question, budget)
        if every.verdict == "holds":
            classes = f"{every.explored} class{'es' * (every.explored != 1)} of equivalent orders"
            true = f"{fact or in_words(question)} in every order of routine calls ({classes})"
            return by_run("correct", true, run_under(RoundRobin(), subject))
        bad = every.counterexample
        if bad is None:
            doubt = "".join(f"; {finding.text}" for finding in every.findings[:1])
            tried = f"no order of {every.explored} fails" if every.explored else "no order came to its end"
            return Verdict("almost", f"{tried}, but that is not a proof: {every.reason}{doubt}")
        found = next(finding for finding in every.findings if finding.run is bad)
        how = found.text if found.kind == "livelock" else _stopped(bad)
        if found.kind == "check":
            when = found.text.partition(" is not true ")[2].removeprefix("of the run")
            what = (fact or in_words(question)).rstrip(",")
            false = f"there is an order in which it is false{f' {when}' if when else ''}: {what}"
            how = false if told is None else told(bad)
        preempted = f"with {every.preemptions} preemption{'s' * (every.preemptions != 1)}"
        return by_run("almost", f"{how}, {preempted}; replay: {replay_of(bad)}", bad)

    return guarded(attempt)


def by_run(grade: str, text: str, made: Run) -> Verdict:
    """A verdict that one run has decided, or shows."""
    return Verdict(grade, text, picture(made), made.subject.driver, made.subject.volume)


def replay_of(made: Run) -> str:
    """The line that repeats a run, with names that the reader of the verdict has: a sample's, and the verdict's own."""
    driver = made.driver if inspect.ismodule(made.subject.driver) else "verdict.driver"
    line = made.replay.replace(f"ks.run({made.driver},", f"ks.run({driver},", 1)
    return line.replace(", volume=volume", ", volume=verdict.volume")


def _stopped(bad: Run) -> str:
    """What kept a run from being completed, in words; nothing where it was."""
    if bad.bugcheck is not None:
        line = f" (line {bad.bugcheck.line})" if bad.bugcheck.line else ""  # a thread that only had to return has none
        return f"{bad.bugcheck}{line}"
    return "; ".join(map(str, bad.waiting))


def in_words(question: Any) -> str:
    """A question in words: its name, where it has one."""
    return named(question).replace("_", " ")

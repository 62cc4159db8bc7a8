"""What a learner has said beforehand, or has read off, compared with what it is."""

from __future__ import annotations

from numbers import Real
from typing import Any

from kevent_sim.course.proofs import AGAIN
from kevent_sim.course.verdicts import Verdict
from kevent_sim.labs.prediction import Prediction


def prediction(predicted: Prediction, actual: Any) -> Verdict:
    """Compare what the learner predicted by click with what happened.

    Raises ValueError if what happened is not one of the choices.

    >>> predicted = Prediction("all", "none")
    >>> prediction(predicted, "none")
    still missing: commit to a choice above; it then shows what happened
    >>> predicted.commit("all")
    >>> predicted.status
    'You said: all. It was: none. What follows shows why.'
    >>> prediction(predicted, "none")
    not so: you said all, but it was none: what follows shows why
    """
    match predicted.compare(actual):
        case None:
            return Verdict("still missing", "commit to a choice above; it then shows what happened")
        case True:
            return Verdict("correct", f"it was {actual}, as you said")
        case _:
            return Verdict("not so", f"you said {predicted.committed}, but it was {actual}: what follows shows why")


def number(answer: Any, possible: range, actual: int) -> Verdict:
    """Compare a number that the learner read off with what it is.

    >>> number(None, range(41), 20)
    still missing: put a number from 0 to 40 there, then run this cell again
    >>> number(20, range(41), 20)
    correct: it is 20
    >>> number(9, range(41), 20)
    not so: you said 9, but it is another number
    """
    if not isinstance(answer, Real) or isinstance(answer, bool) or answer not in possible:
        return Verdict("still missing", f"put a number from {possible[0]} to {possible[-1]} there, {AGAIN}")
    if answer == actual:
        return Verdict("correct", f"it is {actual}")
    return Verdict("not so", f"you said {answer}, but it is another number")

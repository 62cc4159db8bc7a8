"""What a judge says of an answer, and what it says if the answer raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from html import escape
from traceback import clear_frames, walk_tb
from types import CodeType
from typing import Any, ParamSpec
from warnings import catch_warnings, filterwarnings

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.dropped import NEVER_AWAITED
from kevent_sim.machine.lines import is_learners_frame, is_simulators_frame, line_of_error
from kevent_sim.machine.volume import Volume
from kevent_sim.views.pictures import Picture

P = ParamSpec("P")

MARKS = {"still missing": "○", "not so": "◇", "almost": "◐", "correct": "●"}
RIGHT = "background: #00734d; color: #ffffff"  # the green has its contrast to white, and to a light and a dark page


class Verdict:
    """`grade` is `still missing`, `not so`, `almost` or `correct`; `text` says why; `shown` is the run that decided it,
    of `driver` on `volume`: a verdict that is kept as `verdict` has everything that its line after *replay* names."""

    def __init__(
        self, grade: str, text: str, shown: Picture | None = None, driver: Any = None, volume: Volume | None = None
    ) -> None:
        self.grade, self.text, self.shown, self.driver, self.volume = grade, text, shown, driver, volume

    def where(self, told: str) -> Verdict:
        """The same, with where it was found.

        >>> Verdict("almost", "a file stays").where("no C:\\\\Temp2")
        almost: no C:\\Temp2: a file stays
        """
        return Verdict(self.grade, f"{told}: {self.text}", self.shown, self.driver, self.volume)

    def __repr__(self) -> str:
        return f"{self.grade}: {self.text}" + (f"\n{self.shown!r}" if self.shown is not None else "")

    def _repr_html_(self) -> str:
        style = f' style="{RIGHT}; padding: 0 0.3em"' if self.grade == "correct" else ""
        shown = self.shown._repr_html_() if self.shown is not None else ""
        told = f"{MARKS[self.grade]} <b{style}>{self.grade}</b>: {escape(self.text, quote=False)}"
        return f'<p role="status">{told}</p>{shown}'


def judge(judges: Callable[P, Verdict]) -> Callable[P, Verdict]:
    """Make a function that judges an answer raise nothing: an error is also a verdict.

    >>> @judge
    ... def judge_seven(answer):
    ...     return Verdict("correct" if answer["seven"] == 7 else "almost", "you have said it")
    >>> judge_seven({"eight": 8})
    almost: KeyError: 'seven'
    """

    @wraps(judges)
    def judged(*args: P.args, **kwargs: P.kwargs) -> Verdict:
        return guarded(lambda: judges(*args, **kwargs), judges.__code__)

    return judged


def guarded(attempt: Callable[[], Verdict], judges: CodeType | None = None) -> Verdict:
    """The verdict; where the answer raises, that, with the line where it is not the judge's."""
    try:
        return attempt()
    except (Exception, SystemExit) as error:
        frames = [frame for frame, _ in walk_tb(error.__traceback__)]
        ours = isinstance(error, Misuse) or (type(error) in (TypeError, ValueError) and is_simulators_frame(frames[-1]))
        text = str(error) if ours else f"{type(error).__name__}: {error}"
        reached = [frame.f_code for frame in frames if is_learners_frame(frame)]
        line = line_of_error(error) if reached[-1:] != [judges] else 0
        where = f" (line {line})" if line and f"line {line}" not in text else ""
        with catch_warnings():
            filterwarnings("ignore", NEVER_AWAITED, RuntimeWarning)  # the text has said what the answer must await
            clear_frames(error.__traceback__)
        return Verdict("almost", re.sub(r" at 0x[0-9a-fA-F]+", "", text) + where)

"""Where a part of a search is explored: in a worker process, which knows nothing of the search but what it is sent."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

from kevent_sim.orders.doings import Alike, elsewhere, fingerprint
from kevent_sim.orders.ends import doubts_of
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.judge import Judge
from kevent_sim.orders.order import TAKEN_BACK
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.parts import Answer, Noted, Part, Rest, Told, rest_of
from kevent_sim.orders.theirs import Theirs
from kevent_sim.runs import workers
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run

SLICE = 10_000  # steps after which a worker answers, and leaves the rest of its part


def work(shared: bytes, own: bytes, known: bytes, part: bytes) -> bytes:
    """The answer to a part, pickled; or the error that says why there can be none."""
    try:
        explorer = _explorer(shared, own, known)
    except Exception as error:
        return workers.told(error)
    with alone():
        answer = explorer.explore(pickle.loads(part))
    return workers.answer(answer, "outcome", [told.counted for told in answer.told])


@lru_cache(maxsize=1)
def _explorer(shared: bytes, own: bytes, known: bytes) -> Explorer:
    return Explorer(*workers.unpacked(shared, own), *pickle.loads(known))


def first_of(subject: Any, judge: Judge, theirs: Theirs) -> tuple[Any, ...]:
    """What the first execution does, and what is answered of it; alike wherever it is made."""
    execution = Execution(subject, judge.watch, theirs=theirs)
    made = execution.plain([])
    return fingerprint(execution.kernel.trace), judge.counted(execution, made), judge.false(execution, made)


class Explorer:
    """Of parts of one search. What it cannot tell of, it leaves to the search: an execution that was cut, whose steps
    depend on each other by more than was known, or that shares memory where none did; and every error."""

    def __init__(
        self, subject: Any, checks: Any, outcome: Any, ends: dict[Any, int], cells: Any, sites: Any, clean: bool
    ) -> None:
        self.subject, self.ends, self.clean = subject, ends, clean
        self.doubts: list[tuple[str, str]] = []
        self.judge = Judge(checks, outcome, lambda kind, text, made: self.doubts.append((kind, text)))
        self.theirs = Theirs()
        if self.judge.watch is not None:
            self.judge.watch.cells |= cells
            self.judge.watch.sites |= sites
        with alone():
            self.first = first_of(subject, self.judge, self.theirs)

    def explore(self, part: Part) -> Answer:
        tree, steps = part.reduction(), 0
        told: list[Told] = []
        before: OrderedExecution | None = None
        alike = Alike()
        rest: Rest | None = part.rest
        differs = ""
        while rest is not None and steps < SLICE:
            if self.judge.watch is not None:
                self.judge.watch.grown = False
            self._noted()
            ends = dict(self.ends)
            known = len(tree.prefix) if self.clean else 0
            execution = OrderedExecution(self.subject, self.judge.watch, known, ends, self.theirs)
            repeated = len(tree.prefix) if told else None
            judged: Told | None = None
            try:
                made = execution.ordered(tree.chooser(execution, before), before, len(tree.prefix))
                if self._is_ordinary(execution, ends, part.floor):
                    differs = "" if repeated is None else alike.differs(execution, repeated)
                    judged = None if differs else self._judged(execution, made)
            except Astray:
                differs = elsewhere(execution, execution.kernel.steps)
            except Exception:
                judged = None
            if judged is None:
                return self._answer(told, rest, True, differs, tree.out_of_reach)
            if repeated is None:
                alike.note(execution)
            steps += len(execution.choices)
            tree.planted = []
            more = tree.learn(execution)
            told.append(judged._replace(planted=tuple(tree.planted)))
            before = execution if self.judge.watch is None and self.clean else None
            rest = rest_of(tree, part.floor) if more else None
        return self._answer(told, rest, False, "", tree.out_of_reach)

    def _is_ordinary(self, execution: OrderedExecution, ends: dict[Any, int], floor: int) -> bool:
        watch, sharing = self.judge.watch, execution.sharing
        return not (
            execution.cut
            or len(execution.choices) > TAKEN_BACK
            or (execution.crash is not None and execution.crash[0] <= floor)
            or ends != self.ends
            or (watch is not None and watch.grown)
            or sharing.missed
            or (self.clean and not sharing.clean)
            or any(self.theirs.found())  # since when, tells the search alone
        )

    def _judged(self, execution: OrderedExecution, made: Run) -> Told:
        counted, bad, checked = None, None, Noted((), ())
        if not execution.redundant:
            bad, checked = self.judge.wrong(execution, made), self._noted()
            counted = self.judge.counted(execution, made)
            self.doubts += doubts_of(execution)
        return Told(
            tuple(execution.choices[: execution.settled_at]),
            len(execution.choices),
            len(execution.order.events),
            execution.redundant,
            counted,
            bad,
            checked,
            self._noted(),
            tuple(execution.thread_name(number) for number in sorted(execution.polling.polled)),
            tuple(execution.sharing.told().items()),
            execution.sharing.changed,
            (),
        )

    def _noted(self) -> Noted:
        """What has come up since it was asked for."""
        noted = Noted(tuple(self.doubts), tuple(self.judge.listened))
        self.doubts.clear()
        self.judge.listened.clear()
        return noted

    def _answer(self, told: list[Told], rest: Rest | None, by_itself: bool, differs: str, out_of_reach: bool) -> Answer:
        found = self.judge.watch.found if self.judge.watch is not None else ()
        return Answer(told, rest, by_itself, differs, self.first, out_of_reach, frozenset(found))

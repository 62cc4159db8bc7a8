"""Where a part of a search is explored: in a worker process, which knows nothing of the search but what it is sent."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.orders.doings import Alike, fingerprint
from kevent_sim.orders.ends import doubts_of
from kevent_sim.orders.executions import Execution
from kevent_sim.orders.judge import Judge
from kevent_sim.orders.order import TAKEN_BACK
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.parts import Answer, Part, Rest, Told, rest_of
from kevent_sim.orders.theirs import Theirs
from kevent_sim.runs import workers
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run

SLICE = 20_000  # steps after which a worker answers, and leaves the rest of its part


def work(shared: bytes, own: bytes, known: bytes, part: bytes) -> bytes:
    """The answer to a part, pickled; or the error that says why there can be none."""
    try:
        explorer = _explorer(shared, own, known)
    except Exception as error:
        return workers.told(error)
    with alone():
        answer = explorer.explore(pickle.loads(part))
    return workers.answer(answer, "outcome", lambda: answer.told[0].counted)


@lru_cache(maxsize=1)
def _explorer(shared: bytes, own: bytes, known: bytes) -> Explorer:
    return Explorer(*workers.unpacked(shared, own), *pickle.loads(known))


class Explorer:
    """Of parts of one search. What it cannot tell of, it leaves to the search: an execution that was cut, whose steps
    depend on each other by more than was known, or that shares memory where none did; and every error."""

    def __init__(
        self, subject: Any, checks: Any, outcome: Any, ends: dict[Any, int], cells: Any, sites: Any, clean: bool,
        first: int,
    ) -> None:  # fmt: skip
        self.subject, self.ends, self.clean = subject, ends, clean
        self.doubts: list[tuple[str, str]] = []
        self.judge = Judge(checks, outcome, lambda kind, text, made: self.doubts.append((kind, text)))
        self.theirs = Theirs()
        if self.judge.watch is not None:
            self.judge.watch.cells |= cells
            self.judge.watch.sites |= sites
        with alone():
            execution = Execution(subject, self.judge.watch, theirs=self.theirs)
            execution.plain([])
        if fingerprint(execution.kernel.trace) != first:
            raise Misuse(
                f"{subject.name} does something else in another process: nothing in a driver may depend on the order "
                "of a set of texts, on the clock, or on where it runs; sort the set, or leave executor out"
            )

    def explore(self, part: Part) -> Answer:
        tree, steps = part.reduction(), 0
        told: list[Told] = []
        before: OrderedExecution | None = None
        alike = Alike()
        rest: Rest | None = part.rest
        while rest is not None and steps < SLICE:
            if self.judge.watch is not None:
                self.judge.watch.grown = False
            self.doubts.clear()
            self.judge.listened.clear()
            ends = dict(self.ends)
            known = len(tree.prefix) if self.clean else 0
            execution = OrderedExecution(self.subject, self.judge.watch, known, ends, self.theirs)
            repeated = len(tree.prefix) if told else None
            try:
                made = execution.ordered(tree.chooser(execution, before), before, len(tree.prefix))
                ordinary = self._is_ordinary(execution, ends, part.floor) and (
                    repeated is None or not alike.differs(execution, repeated)
                )
                judged = self._judged(execution, made) if ordinary else None
            except Exception:
                judged = None
            if judged is None:
                return self._answer(told, rest, True, tree.out_of_reach)
            if repeated is None:
                alike.note(execution)
            steps += len(execution.choices)
            tree.planted = []
            more = tree.learn(execution)
            told.append(judged._replace(planted=tuple(tree.planted)))
            before = execution if self.judge.watch is None and self.clean else None
            rest = rest_of(tree, part.floor) if more else None
        return self._answer(told, rest, False, tree.out_of_reach)

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
        )

    def _judged(self, execution: OrderedExecution, made: Run) -> Told:
        counted, bad = None, None
        if not execution.redundant:
            bad, counted = self.judge.wrong(execution, made), self.judge.counted(execution, made)
            self.doubts += doubts_of(execution)
        return Told(
            tuple(execution.choices[: execution.settled_at]),
            len(execution.choices),
            len(execution.order.events),
            execution.redundant,
            counted,
            bad,
            tuple(self.doubts),
            tuple(self.judge.listened),
            tuple(execution.thread_name(number) for number in sorted(execution.polling.polled)),
            tuple(execution.sharing.told().items()),
            execution.sharing.changed,
            (),
        )

    def _answer(self, told: list[Told], rest: Rest | None, by_itself: bool, out_of_reach: bool) -> Answer:
        watch = self.judge.watch
        return Answer(told, rest, by_itself, out_of_reach, frozenset(watch.found if watch is not None else ()))

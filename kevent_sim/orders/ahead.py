"""A search that is helped: what it will come to is explored ahead of it, by the workers of an executor.

The search stays what it is, one execution after the other, in the order in which it would make them alone. But what a
part of its tree comes to depends on nothing outside of that part, and so it can be known before its turn. Parts are
handed out as they will be if nothing is added to them until then, which is nearly always so. When it is a part's turn
and it is as foreseen, what was told of it is taken over; else it is handed out again. So all that is found is what is
found alone, whoever helps, and however many.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.orders.doings import Alike
from kevent_sim.orders.executions import Execution
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.parts import Answer, Noted, Part, Told, deeper, foreseen, graft
from kevent_sim.orders.reduction import Reduction
from kevent_sim.orders.search import LONG, Search
from kevent_sim.orders.tree import Node, Reversal, plant
from kevent_sim.orders.worker import first_of, work
from kevent_sim.runs import workers
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run

AHEAD = 32  # parts that are handed out before their turn, and not answered yet
WAIT = 0.5  # seconds in which an answer may come before it is asked whether there is time left
LONE = 64  # executions that are made here, at most, before workers are asked again


class HelpedSearch(Search):
    """While it goes on. Its beginning it makes alone, and what a worker cannot tell of."""

    def __init__(self, executor: Executor, *given: Any) -> None:
        super().__init__(*given)
        self.executor, judge = executor, self.judge
        self.packed = workers.packed(self.subject, [*judge.checks, judge.outcome])
        asked = {"check": [*judge.checks, *judge.alongs], "outcome": judge.outcome}
        self.own = workers.pickled({self.subject.name: self.subject.driver, **asked})
        self.first: tuple[Any, ...] = ()  # what the first execution does, and what is answered of it
        self.known = b""  # what the search knows of steps, as the workers are told
        self.known_of: tuple[Reduction | None, bool] = None, False  # it changes with the tree, and with what is shared
        self.handed_out: dict[Part, Future[bytes]] = {}
        self.lone = self.lone_next = 0  # so many executions more are made here; and the next time

    def go_on(self) -> bool:
        if self.explored < LONG or self.lone or not self.may_hand_out():
            self.lone = max(0, self.lone - 1)
            return super().go_on()
        part = self.hand_out()
        answer = self.answer_to(part)
        if answer is None:
            return False
        self.compare(answer.first)
        if answer.alone:
            self.lone = self.lone_next = 1 if answer.told else min(2 * self.lone_next or 1, LONE)
        tree = self.tree
        more = not answer.told or self.take_over(part, answer)
        if answer.differs and more and self.tree is tree:
            self.differs(answer.differs)
        return more

    def may_hand_out(self) -> bool:
        nodes = self.tree.nodes.values()
        return any(node.tree for node in nodes) and not any(node.races for node in nodes)

    # -- to the workers ------------------------------------------------------------------------------------------------

    def hand_out(self) -> Part:
        """The part whose turn it is, which may be answered by now; others are handed out ahead."""
        if self.known_of != (self.tree, self.clean):
            self.learn_anew()
        parts = foreseen(self.tree)
        wanted = {part.key for part in parts}
        for stale in self.handed_out.keys() - wanted:
            self.handed_out.pop(stale).cancel()
        unanswered = sum(not future.done() for future in self.handed_out.values())
        ahead: list[Part] = []
        reached = -1  # as deep as this there are parts of their own
        for part in parts:
            if part.key in self.handed_out:
                reached = part.floor
            elif unanswered + len(ahead) < AHEAD:
                ahead.append(part)
                reached = part.floor
        deepest = max(part.floor for part in parts)
        turn = next(part for part in parts if part.floor == deepest)
        if reached < deepest:
            turn = deeper(self.tree, reached)
        for part in dict.fromkeys((turn, *ahead)):
            if part.key not in self.handed_out:
                self.handed_out[part.key] = self.submitted(part)
        return turn

    def answer_to(self, part: Part) -> Answer | None:
        """None where the time is used up meanwhile. On Windows nothing interrupts a wait, so none is long."""
        future = self.handed_out[part.key]
        while not self.used_up():
            try:
                answer: Answer = workers.answer_of(future, WAIT)
            except TimeoutError:
                if future.done():
                    raise
            else:
                del self.handed_out[part.key]
                return answer
        return None

    def submitted(self, part: Part) -> Future[bytes]:
        with workers.told_of_executor():
            return self.executor.submit(work, self.packed, self.own, self.known, pickle.dumps(part))

    def learn_anew(self) -> None:
        """What is known of steps has changed: what was handed out is of no use any more."""
        self.withdraw()
        cells, sites = (self.watch.cells, self.watch.sites) if self.watch is not None else (set(), set())
        self.known = workers.dumps((self.ends, cells, sites, self.clean))
        self.first = first_of(self.subject, self.judge, self.theirs)
        self.known_of = self.tree, self.clean

    def withdraw(self) -> None:
        for future in self.handed_out.values():
            future.cancel()
        self.handed_out.clear()

    def compare(self, first: tuple[Any, ...]) -> None:
        """Raises Misuse unless the first execution goes there as it goes here."""
        if first != self.first:
            does_else = f"{self.subject.name} does something else" if first[0] != self.first[0] else ""
            raise Misuse(
                f"{does_else or 'what is asked of a run is answered otherwise'} in another process: nothing may depend "
                "on the order of a set of texts, on the clock, or on where it runs; sort the set, or leave executor out"
            )

    # -- and back ------------------------------------------------------------------------------------------------------

    def take_over(self, part: Part, answer: Answer) -> bool:
        """What was told of a part, as if it had been explored here. Is there more to explore?"""
        tree = self.tree
        self.before, self.alike = None, Alike()
        for depth in [at for at in tree.nodes if at > part.floor]:
            del tree.nodes[depth]
        if part.first:
            tree.nodes[part.floor].tree.pop(0)
        tree.out_of_reach |= answer.out_of_reach
        if self.watch is not None:
            self.watch.found |= answer.found
        for told in answer.told:
            if self.used_up():
                return False
            if self.watch is not None:
                self.watch.grown = False
            self.executions += 1
            self.pollers |= {*told.polled}
            self.changes = self.changes or told.changed
            for what, text in told.shared:
                self.share(what, text, partial(self.again, told))
            if not told.redundant:
                self.count_told(told)
            for depth, choices, needs in told.planted:
                plant(tree.nodes.setdefault(depth, Node([])).tree, Reversal.unpacked(choices, needs))
            if not (told.redundant or self.learned(self.ends)):
                self.look_aside(told.steps, told.events, 0.0, self.ends, partial(self.in_order, told))
            self.progress.show(self.executions, tree.fraction())
            if self.learned(self.ends):
                return self.begin_anew()
        if answer.rest is not None:
            graft(tree, answer.rest)
        return (answer.rest is not None or tree.step_back(answer.told[-1].choices)) and not self.used_up()

    def count_told(self, told: Told) -> None:
        made = partial(self.again, told)
        self.note_asked(told.checked, made)
        self.count(told.bad, lambda: told.counted, made)
        self.note_asked(told.at_last, made)

    def note_asked(self, noted: Noted, made: Callable[[], Run]) -> None:
        for kind, text in noted.doubts:
            if (kind, text) not in self.findings:
                self.doubt(kind, text, made())
        for listened in noted.listened:
            if listened not in self.judge.listened:
                self.judge.listened[listened] = made()

    def again(self, told: Told) -> Run:
        """The run that was made elsewhere; who polls in vain depends on what a question sees, too."""
        with alone():
            known = len(told.choices)
            return Execution(self.subject, self.watch, known, self.ends, self.theirs).plain([*told.choices])

    def in_order(self, told: Told) -> tuple[OrderedExecution, Run]:
        execution = OrderedExecution(self.subject, self.watch, len(told.choices), self.ends, self.theirs)
        made = execution.ordered(lambda enabled: told.choices[len(execution.choices)])
        return execution, made

    def begin_anew(self) -> bool:
        self.withdraw()
        return super().begin_anew()

    def close(self) -> None:
        super().close()
        self.withdraw()

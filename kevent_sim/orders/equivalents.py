"""Other orders of a class. The search runs one order of each and takes it that all go alike: here some are run.

What a class is follows from what each step touches. Python has more ways to share memory than anybody names, and what
passes between threads unseen makes two orders of one class differ. So a thread is kept back before one of its steps,
and all that may come between it and the step before it comes there: a step of another thread that the class leaves free
is met before it, after it, and between two of its steps.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.doings import doings
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.judge import Judge
from kevent_sim.orders.order import Order
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.runs.result import Run

ALWAYS = 2_000  # steps that a search may spend on other orders, however few it takes itself;
SHARE = 25  # of a long search, one step in so many


def kept_back(order: Order, thread: int, since: int) -> list[int]:
    """The events in an equivalent order: between a thread's step number `since` and the one before it comes all that
    may come there."""
    mine = order.events_of(thread)

    def part(event: int) -> int:
        if since and order.before(event, mine[since - 1]):
            return 0
        return 2 if order.before(mine[since], event) else 1

    return sorted(range(len(order.events)), key=part)


class Parted(NamedTuple):
    """An order that goes otherwise than another of its class: where, in words; and its run."""

    text: str
    execution: Execution
    run: Run


class Aside:
    """Other orders of the classes that a search explores."""

    def __init__(self, make: Callable[[int], Execution], judge: Judge) -> None:
        self.make, self.judge = make, judge  # an execution in which so many choices share nothing; who asks its run
        self.classes = self.steps = self.aside = 0  # classes looked at; steps taken by the search, and here

    def look(self, execution: OrderedExecution, made: Run) -> Parted | None:
        """Run other orders of the class of an execution until one goes otherwise, or enough steps were taken."""
        self.classes += 1
        self.steps += len(execution.choices)
        for thread, since, choices in self._others(execution):
            self.aside += len(choices)
            other = self.make(len(choices))
            where = f"where {execution.thread_name(thread)} is kept back before its step {since + 1}"
            try:
                its = other.plain(choices)
            except Astray:
                stuck = execution.thread_name(choices[len(other.choices)])
                return Parted(f"{where}, {stuck} cannot go on after step {other.kernel.steps}", execution, made)
            if how := _differ(execution, other) or self._end_otherwise(execution, made, other, its):
                return Parted(f"{where}, {how}", other, its)
        return None

    def _end_otherwise(self, one: OrderedExecution, made: Run, other: Execution, its: Run) -> str:
        """How the ends of two orders differ, in words. Rounds in vain come after an order, and are no part of it."""
        if one.polling.polled:
            return ""
        if _shared(made) != _shared(its):
            return "it ends otherwise"
        alike = self.judge.answers(one, made) == self.judge.answers(other, its)
        return "" if alike else "what is asked is answered otherwise"

    def _others(self, execution: OrderedExecution) -> Iterator[tuple[int, int, list[Choice]]]:
        """Orders of the class, as many as half of what is left allows, from all over the execution: first those in
        which a thread is kept back as a whole; in each class other ones."""
        order = execution.order
        taken = execution.choices[: len(order.events)]
        may = max(0, max(ALWAYS, self.steps // SHARE) - self.aside) // 2 // max(len(taken), 1)
        threads = [choice for choice in dict.fromkeys(taken) if isinstance(choice, int)]
        places = [(thread, since) for thread in threads for since in range(1, len(order.events_of(thread)))]
        every = max(1, -(-len(places) // max(may - len(threads), 1)))
        chosen = [(thread, 0) for thread in threads] + places[self.classes % every :: every]
        met = {tuple(taken)}
        for thread, since in chosen:
            if not may:
                return
            choices = [taken[event] for event in kept_back(order, thread, since)]
            if tuple(choices) not in met:
                met.add(tuple(choices))
                may -= 1
                yield thread, since, choices


def _differ(one: OrderedExecution, other: Execution) -> str:
    """Where a thread takes another step in the other order than in the one, in words."""
    steps = one.steps_of(len(one.order.events))
    did: dict[Choice, deque[Any]] = defaultdict(deque)
    for doing in doings(one.kernel.trace)[:steps]:
        did[doing[0]].append(doing)
    for at, doing in enumerate(doings(other.kernel.trace)[:steps]):
        if not (mine := did[doing[0]]) or mine.popleft() != doing:
            return f"{other.site_of_step(at)}, is another step"
    return ""


def _shared(made: Run) -> Any:
    """What all orders of a class share of their runs."""
    calls = {thread: made.calls(thread) for thread in made.threads}
    return made.outcome, made.exit_statuses, made.status, made.waiting, calls

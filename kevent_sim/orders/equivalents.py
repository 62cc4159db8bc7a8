"""Other orders of a class. The search runs one order of each and takes it that all go alike: here some are run.

What a class is follows from what each step touches. Python has more ways to share memory than anybody names, and what
passes between threads unseen makes two orders of one class differ. So a thread is kept back before one of its steps,
and all that may come between it and the step before it comes there: a step of another thread that the class leaves free
is met before it, after it, and between two of its steps. What takes more than that is left to orders that are drawn.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.doings import doings
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.findings import FICKLE, PARTED
from kevent_sim.orders.judge import Judge
from kevent_sim.orders.order import Order
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.runs.result import Run, shared

ALWAYS = 4_000  # steps that a search may spend on other orders, however few it takes itself;
SHARE = 25  # of a long search, one step in so many
LEAST = 1 / 8  # for each class so much of what is left: how much of a search a class is, is not well known


def kept_back(order: Order, thread: int, since: int) -> list[int]:
    """The events in an equivalent order: between a thread's step number `since` and the one before it comes all that
    may come there."""
    mine = order.events_of(thread)

    def part(event: int) -> int:
        if since and order.before(event, mine[since - 1]):
            return 0
        return 2 if order.before(mine[since], event) else 1

    return sorted(range(len(order.events)), key=part)


def shuffled(order: Order, dice: Random) -> list[int]:
    """The events in an equivalent order, drawn at random."""
    mine = order.chains()
    taken = [0] * len(mine)
    found: list[int] = []
    while len(found) < len(order.events):
        able = []
        for chain, events in enumerate(mine):
            if taken[chain] < len(events):
                clock = order.events[events[taken[chain]]].clock
                if all(known <= taken[other] for other, known in enumerate(clock) if other != chain):
                    able.append(chain)
        chain = dice.choice(able)
        found.append(mine[chain][taken[chain]])
        taken[chain] += 1
    return found


class Parted(NamedTuple):
    """An order that goes otherwise than another of its class: of which kind that is, where, in words; and its run."""

    kind: str
    text: str
    execution: Execution
    run: Run


class Aside:
    """Other orders of the classes that a search explores."""

    def __init__(self, make: Callable[[int], Execution], judge: Judge) -> None:
        self.make, self.judge = make, judge  # an execution in which so many choices share nothing; who asks its run
        self.steps = self.aside = 0  # taken by the search, and here
        self.seen = 0.0  # about how much of the search was done before
        self.dice = Random(0)

    def look(
        self, steps: int, events: int, seen: float, again: Callable[[], tuple[OrderedExecution, Run]]
    ) -> Parted | None:
        """Run other orders of the class of an execution until one goes otherwise, or enough steps were taken.

        It took so many `steps`, of which so many are `events` of its order; about so much of the search has been
        `seen`; `again` returns it, and its run.
        """
        self.steps += steps
        share = max(LEAST, (seen - self.seen) / (1 - self.seen) if self.seen < seen else 0.0)
        self.seen = max(seen, self.seen)
        left = max(0, max(ALWAYS, self.steps // SHARE) - self.aside) // max(events, 1)
        return self._compare(*again(), min(left, max(1, int(left * share)))) if left else None

    def _compare(self, execution: OrderedExecution, made: Run, may: int) -> Parted | None:
        for number, (where, choices) in enumerate(self._others(execution, may)):
            if not number:  # once, and only where there is something to compare
                ended = execution.settled or shared(made)
                answers = self.judge.answers(execution, made) if execution.settled is None else None
            self.aside += len(choices)
            other = self.make(len(choices))
            try:
                its = other.plain(choices)
            except Astray:
                stuck = execution.thread_name(choices[len(other.choices)])
                text = f"{where}, {stuck} cannot go on after step {other.kernel.steps}"
                return Parted("shared memory", PARTED.format(text), execution, made)
            how = _differ(execution, other)
            if not how and ended != (other.settled or shared(its)):
                how = "it ends otherwise"
            if how:
                return Parted("shared memory", PARTED.format(f"{where}, {how}"), other, its)
            if answers is not None and answers != self.judge.answers(other, its):
                return Parted("order", FICKLE, other, its)
        return None

    def _others(self, execution: OrderedExecution, may: int) -> Iterator[tuple[str, list[Choice]]]:
        """So many orders of the class, where there are so many; how they come about, in words. Two of three keep a
        thread back: as a whole, and before steps all over the execution; the others are drawn."""
        order = execution.order
        taken = execution.choices[: len(order.events)]
        threads = [choice for choice in dict.fromkeys(taken) if isinstance(choice, int)]
        places = [(thread, since) for thread in threads for since in range(1, len(order.events_of(thread)))]
        every = max(1, -(-len(places) // max(2 * may // 3 - len(threads), 1)))
        self.dice.shuffle(threads)
        met = {tuple(taken)}
        for thread, since in [*((thread, 0) for thread in threads), *places[self.dice.randrange(every) :: every]]:
            if len(met) > may:
                return
            choices = [taken[event] for event in kept_back(order, thread, since)]
            if tuple(choices) not in met:
                met.add(tuple(choices))
                yield f"where {execution.thread_name(thread)} is kept back before its step {since + 1}", choices
        for _ in range(may + 1 - len(met)):
            choices = [taken[event] for event in shuffled(order, self.dice)]
            if tuple(choices) not in met:
                met.add(tuple(choices))
                yield "in another order of independent steps", choices


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

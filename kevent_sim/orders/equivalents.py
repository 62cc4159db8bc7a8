"""Other orders of a class. The search runs one order of each and takes it that all go alike: here some are run.

What a class is follows from what each step touches. Python has more ways to share memory than anybody names, and what
passes between threads unseen makes two orders of one class differ. Let a thread hurry up to one of its steps and keep
it back from the next one on, as far as what needs it allows: of all such orders, one has another thread's step before
both, one after both, and one between them, unless the class has them in one order alone.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.doings import doings
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.happens_before import Order
from kevent_sim.orders.judge import Judge
from kevent_sim.runs.result import Run

ALWAYS = 2_000  # steps that a search may spend on other orders, however few it takes itself;
SHARE = 25  # of a long search, one step in so many


def kept_back(order: Order, thread: int, since: int) -> list[int]:
    """The events in an equivalent order: a thread's first ones as early as they can come, those since then as late."""
    mine = order.events_of(thread)
    process = order.events[mine[0]].process
    hurried = order.events[mine[since - 1]].clock if since else ()
    found = [
        number
        for number, event in enumerate(order.events)
        if event.process < len(hurried) and event.place <= hurried[event.process]
    ]
    known, taken = {*found, *mine}, since
    for number, event in enumerate(order.events):
        if number not in known:
            needed = event.clock[process] if process < len(event.clock) else 0
            found += mine[taken:needed]
            taken = max(taken, needed)
            found.append(number)
    return found + mine[taken:]


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

    def look(self, execution: Execution, made: Run) -> Parted | None:
        """Run other orders of the class of an execution until one goes otherwise, or enough steps were taken."""
        polls = bool(execution.polling.polled)  # then how it ends, after rounds in vain, is no part of the class
        self.classes += 1
        self.steps += len(execution.choices)
        steps = sum(site.routine is not None for site in execution.sites[: len(execution.order.events)])
        for thread, since, choices in self._others(execution):
            self.aside += len(choices)
            other = self.make(len(choices))
            where = f"where {execution.thread_name(thread)} is kept back after {since} of its steps"
            try:
                its = other.plain(choices)
            except Astray as astray:
                return Parted(f"{where}, {astray}", execution, made)
            how = _goes_otherwise(execution, other, steps)
            if not (how or polls) and _shared(made) != _shared(its):
                how = "it ends otherwise"
            elif not (how or polls) and self.judge.answers(execution, made) != self.judge.answers(other, its):
                how = "what is asked is answered otherwise"
            if how:
                return Parted(f"{where}, {how}", other, its)
        return None

    def _others(self, execution: Execution) -> Iterator[tuple[int, int, list[Choice]]]:
        """Orders of the class, as many as half of what is left allows, from all over the execution: first those in
        which a thread is kept back as a whole; in each class other ones."""
        order = execution.order
        taken = execution.choices[: len(order.events)]
        threads = [choice for choice in dict.fromkeys(taken) if isinstance(choice, int)]
        places = [(thread, since) for thread in threads for since in range(1, len(order.events_of(thread)))]
        may = (max(ALWAYS, self.steps // SHARE) - self.aside) // 2 // max(len(taken), 1)
        every = max(1, -(-len(places) // max(may - len(threads), 1)))
        chosen = [(thread, 0) for thread in threads] + places[self.classes % every :: every]
        met = {tuple(taken)}
        for thread, since in chosen:
            choices = [taken[event] for event in kept_back(order, thread, since)]
            if may > 0 and tuple(choices) not in met:
                met.add(tuple(choices))
                may -= 1
                yield thread, since, choices


def _goes_otherwise(one: Execution, other: Execution, steps: int) -> str:
    """Where a thread does something else in the other's first steps than in the one's; in words."""
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

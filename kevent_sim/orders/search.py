"""A search through the orders of a driver's steps: what it judges, what it notes, when it gives up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.choice import Choice
from kevent_sim.orders.doings import Alike, elsewhere
from kevent_sim.orders.ends import doubts_of
from kevent_sim.orders.equivalents import Aside
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.exploration import Examples, Exploration, counted, preemptions
from kevent_sim.orders.findings import DOUBTS, POLLS, Finding, Wrong, told_by
from kevent_sim.orders.judge import Judge
from kevent_sim.orders.limits import Budget, busiest_site, look_around
from kevent_sim.orders.order import TAKEN_BACK
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.progress import Progress
from kevent_sim.orders.reduction import Reduction
from kevent_sim.orders.theirs import Theirs
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run_under
from kevent_sim.runs.schedule import Replay
from kevent_sim.runs.subject import Subject

SWEEP_STEPS = 20_000  # what the sweeps may cost; at the article's full size one run is more, so
SWEEP_RUNS = 8  # are tried whatever they cost
LONG = 100  # classes after which a search is called long


class Search:
    """While it goes on."""

    def __init__(
        self, subject: Subject, checks: list[Any], outcome: Any, budget: int | timedelta | None, to_the_end: bool
    ) -> None:
        self.subject, self.budget = subject, Budget(budget)
        self.to_the_end = to_the_end  # also where no bad run can be simpler than the one that was found
        self.judge = Judge(checks, outcome, self.doubt)
        self.watch = self.judge.watch
        self.ends: dict[Any, int] = {}  # calls after which a stack has lost memory that others may know
        self.explored = self.executions = self.swept_steps = 0
        self.outcomes: dict[Any, int] = {}
        self.examples = Examples()
        self.findings: dict[Hashable, Finding] = {}  # of each kind and cause, the one with the simplest run
        self.pollers: set[str] = set()  # threads that have polled in vain
        self.shared: set[str] = set()  # what was found to be shared memory: a value is told once
        self.theirs = Theirs()
        self.changes = False  # was any of it seen to change?
        self.clean = True  # in no execution so far was anything shared
        self.bad: Run | None = None
        # Preemptions -> schedules to be tried: so many choices of another one, and then this choice.
        self.levels: list[deque[tuple[list[Choice], int, list[Choice]]]] = [deque([([], 0, [])]), deque()]
        self.swept = -1  # all schedules with so many preemptions, or fewer, have been tried
        self.gave_up = ""
        self.progress = Progress()
        self.tree = Reduction()
        self.before: OrderedExecution | None = None  # whose order the next execution takes over
        self.aside = Aside(lambda known: Execution(subject, self.watch, known, self.ends, self.theirs), self.judge)
        self.alike = Alike()

    # -- what is found --------------------------------------------------------------------------------------------

    def doubt(self, kind: str, text: str, made: Run) -> None:
        self.findings.setdefault((kind, text), Finding(kind, text, made))

    def note(self, found: Wrong | None, made: Callable[[], Run]) -> bool:
        """Keep what is wrong with a run, and the run where it is the simplest so far; is anything wrong with it?"""
        if found is None:
            return False
        known = found.kind, found.cause
        simplest = self.bad is None or found.preemptions < preemptions(self.bad)
        if simplest or not (known in self.findings or told_by(self.findings.values(), found)):
            self.findings[known] = found.finding(made())
        if simplest:
            self.bad = self.findings[known].run
            if self.minimal() and not self.to_the_end:
                self.gave_up = "no bad run is simpler than the one that was found"
        return True

    def minimal(self) -> bool:
        """Has no bad run fewer preemptions than the one that is kept?"""
        return self.bad is not None and preemptions(self.bad) <= self.swept + 1

    def used_up(self) -> bool:
        """Is it time to give up?"""
        self.gave_up = self.gave_up or self.budget.used_up(self.executions)
        return bool(self.gave_up)

    # -- few preemptions first -----------------------------------------------------------------------------------

    def sweep(self, bound: int) -> None:
        """Try the schedules with so many preemptions, no more, until one is bad or the sweeps have cost too much."""
        level = self.levels[bound]
        while level:
            choices, at, choice = level.popleft()
            prefix = [*choices[:at], *choice]
            execution = Execution(self.subject, self.watch, theirs=self.theirs)
            made = execution.plain(prefix)
            self.executions += 1
            self.swept_steps += len(execution.choices)
            self.note_sharing(execution, made)
            if not prefix:
                self.alike.note(execution)
            if execution.cut:
                self.cut(execution, made)
                return
            if not execution.redundant and self.note(self.judge.wrong(execution, made), lambda: made):  # noqa: B023
                return
            if (self.swept_steps > SWEEP_STEPS and self.executions >= SWEEP_RUNS) or self.used_up():
                return
            for at, other, preempts in execution.alternatives:
                if bound + preempts < len(self.levels):
                    self.levels[bound + preempts].append((execution.choices, at, [other]))
            self.progress.show(self.executions, 0)
        self.swept = bound

    def cut(self, execution: Execution, made: Run) -> None:
        """A run was cut: the search is over, but for a look around."""
        busiest = busiest_site(execution)
        again = f": {busiest}, is met again and again" if busiest else ""
        self.gave_up = f"a run was cut after {counted(self.subject.max_steps, 'step')}{again}"
        self.examples.add("unfinished", lambda: made)

    def look_around(self) -> None:
        """Where runs were cut, look for a bad one among those that have an end."""
        if "unfinished" in self.examples and self.bad is None:
            self.gave_up += look_around(
                lambda: OrderedExecution(self.subject, self.watch, 0, dict(self.ends), self.theirs),
                lambda execution, made: self.note(self.judge.wrong(execution, made), lambda: made),
            )

    # -- one order of each class ---------------------------------------------------------------------------------

    def reduce(self) -> None:
        more = not self.used_up()
        while more and not self.gave_up:
            more = self.go_on()
        if self.tree.out_of_reach and not self.gave_up:
            self.gave_up = "an order could not be run as planned: memory that threads share decides what they do"

    def go_on(self) -> bool:
        """Make the next execution. Is there more to explore?"""
        tree, before = self.tree, self.before
        if self.watch is not None:
            self.watch.grown = False
        ends = dict(self.ends)
        known = len(tree.prefix) if self.clean else 0
        execution = OrderedExecution(self.subject, self.watch, known, self.ends, self.theirs)
        try:
            made = execution.ordered(tree.chooser(execution, before), before, len(tree.prefix))
        except Astray:
            self.differs(elsewhere(execution, execution.kernel.steps))
            return False
        self.executions += 1
        if execution.cut:
            self.cut(execution, made)
            return False
        self.note_sharing(execution, made)
        if how := self.alike.differs(execution, len(tree.prefix) if self.explored else None):
            self.differs(how)
            return False
        if not execution.redundant:
            self.count(self.judge.wrong(execution, made), lambda: self.judge.counted(execution, made), lambda: made)
            for kind, text in doubts_of(execution):
                self.doubt(kind, text, made)
        more = True
        if not self.learned(ends):
            more = tree.learn(execution)
            # What the next one repeats is looked at again where a question is asked, or something is shared; plans wait
            # for long ones.
            taken_over = self.watch is None and self.clean and len(execution.choices) <= TAKEN_BACK
            self.before = execution if taken_over else None
            if not execution.redundant:
                seen = 0.0 if self.explored > LONG else tree.fraction() if more else 1.0
                steps, events = len(execution.choices), len(execution.order.events)
                self.look_aside(steps, events, seen, ends, lambda: (execution, made))
        if self.learned(ends):
            more = self.begin_anew()
        self.progress.show(self.executions, self.tree.fraction())
        if more:
            self.used_up()
        return more

    def begin_anew(self) -> bool:
        """A question has read more than before, or memory has ended where it did not, so steps that were taken for
        independent may not be. The last search of all has met nothing new, and so it is whole."""
        self.explored, self.outcomes, self.examples, self.alike = 0, {}, Examples(), Alike()
        self.tree, self.before = Reduction(), None
        return True

    def note_sharing(self, execution: Execution, made: Run) -> None:
        """A value is told once, though every execution may find others that share it."""
        if execution.sharing.missed:  # it shares more than the one before it, and was not looked at from its start
            choices = execution.choices[: execution.settled_at]  # pollers are let go again
            execution = Execution(self.subject, theirs=self.theirs)
            execution.plain(choices)
        self.clean = self.clean and execution.sharing.clean
        self.pollers |= {execution.thread_name(number) for number in execution.polling.polled}
        self.changes = self.changes or execution.sharing.changed
        for what, text in execution.sharing.told().items():
            self.share(what, text, lambda: made)

    def share(self, what: str, text: str, made: Callable[[], Run]) -> None:
        if what not in self.shared:
            self.shared.add(what)
            self.doubt("shared memory", text, made())

    def differs(self, how: str) -> None:
        """Raise Misuse; give up where the memory that decides it has been found."""
        text = (
            f"{self.subject.name} is not deterministic: {how}. Nothing in a driver may depend on random numbers, the "
            "clock, or a variable that outlives the run"
        )
        if not self.changes:
            raise Misuse(text)
        self.gave_up = text

    def count(self, found: Wrong | None, counted: Callable[[], Hashable], made: Callable[[], Run]) -> None:
        """A class: what is wrong with its run, if anything is; what is counted of it; and the run itself."""
        if self.bad is None and self.swept == 0 and (found or self.explored == LONG):
            self.sweep(1)
        self.explored += 1
        self.note(found, made)
        kind = counted()
        self.outcomes[kind] = self.outcomes.get(kind, 0) + 1
        self.examples.add(kind, made)

    def look_aside(
        self, steps: int, events: int, seen: float, ends: dict[Any, int],
        again: Callable[[], tuple[OrderedExecution, Run]],
    ) -> None:  # fmt: skip
        """Other orders of the class go alike, or it is no class; unless it is known by then that it is none."""
        if not self.findings:
            parted = self.aside.look(steps, events, seen, again)
            if parted is not None and not self.learned(ends):
                self.doubt(parted.kind, parted.text, parted.run)
                self.note(self.judge.wrong(parted.execution, parted.run), lambda: parted.run)

    def learned(self, ends: dict[Any, int]) -> bool:
        """Do steps depend on each other that did not?"""
        return self.ends != ends or (self.watch is not None and self.watch.grown)

    def close(self) -> None:
        self.progress.close()

    # -- the answer ----------------------------------------------------------------------------------------------

    def repeats(self) -> bool:
        """Does the counterexample come again from its schedule alone?"""
        assert self.bad is not None
        try:
            again = run_under(Replay(self.bad.schedule), self.subject)
        except (Misuse, ValueError):
            return False
        return again.outcome == self.bad.outcome and again.exit_statuses == self.bad.exit_statuses

    def answer(self) -> Exploration:
        if self.bad is not None and not self.repeats():
            self.differs("a run that was found does not come again from its schedule")
            self.bad = None
        for (question, thread), made in self.judge.listened.items():
            if thread in self.pollers:  # how often it polls in vain is explored in part
                self.doubt("order", POLLS.format(question, thread), made)
        findings = tuple(sorted(self.findings.values(), key=lambda finding: finding.kind in DOUBTS))
        doubts = [finding for finding in findings if finding.kind in DOUBTS]
        wrong = next((finding for finding in findings if finding.run is self.bad), None) if self.bad else None
        if wrong is not None:
            verdict, reason = "violated", wrong.text if wrong.kind != "check" else "a run fails the check"
            if self.gave_up:
                reason += f"; not all orders were explored: {self.gave_up}"
        elif self.gave_up:
            verdict, reason = "inconclusive", self.gave_up
        elif doubts:
            verdict, reason = "inconclusive", DOUBTS[doubts[0].kind] or doubts[0].text
        else:
            verdict, reason = "holds", "in every order of routine calls"
        order, bad = "", self.bad
        misused = next((finding for finding in findings if finding.kind == "memory"), None)
        if misused is not None and self.subject.memory == "machine":
            order = f"{verdict}, {counted(self.explored, 'class', 'classes')}"
            if bad is None:
                verdict, reason, bad = "violated", misused.text, misused.run
        return Exploration(
            self.subject.name, dict(self.subject.values), verdict, reason, self.explored, self.outcomes, self.examples,
            bad, self.minimal(), findings, order,
        )  # fmt: skip

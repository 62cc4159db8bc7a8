"""Every order of a driver's steps, but one of each class of equivalent orders.

Two orders are equivalent when one becomes the other by swapping neighbours that do not conflict: they end alike. The
search is optimal dynamic partial-order reduction by re-execution (`reduction`).

Schedules with no preemption are tried before it, and those with one as soon as a run is bad or the search turns out to
be long, so that the simplest bad run is known (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic Testing
of Multithreaded Programs", PLDI 2007).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, process_time
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.executions import Execution, preemptions
from kevent_sim.orders.questions import Along, Watch, told, truth
from kevent_sim.orders.races import data_races
from kevent_sim.orders.reduction import Astray, Reduction
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run, asked
from kevent_sim.runs.subject import Subject

SWEEP_STEPS = 20_000  # what the sweeps may cost; at the article's full size one run is more
LONG = 100  # classes after which a search is called long
# Kinds of finding that deny a proof, but are no violation, with the reason ("": the finding's own text).
DOUBTS = {
    "data race": "data race: orders within steps were not explored",
    "shared memory": "shared memory: who reads and writes what is in no Structure is not seen",
    "clock": "the driver reads the clock, whose values are not explored",
    "order": "",
}
ORDER = (
    "{} depends on {}, which equivalent orders do not share. Ask each thread for its own calls, run.calls("
    '"..."), or every state: check=ks.always(lambda state: ...)'
)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run, or doubtful: `kind` is `check`, `deadlock` or `bugcheck`; or it denies a proof:
    `data race`, `shared memory` (in no Structure, so that nobody sees who uses it), `clock` (the driver reads it) or
    `order` (a question depends on what equivalent orders do not share). `text` says who, what and in which lines;
    `early`, whether a time-out fired in the run that a deadline might exclude."""

    kind: str
    text: str
    run: Run = field(repr=False, compare=False)
    early: bool = field(default=False, repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Exploration:
    """What `explore` answers.

    `verdict`: `holds` (the search was exhausted, no run was bad, there was no data race, and no thread changed memory
    that others share outside of structures), `violated` (there is a `counterexample`) or `inconclusive`; `reason` says
    why. `explored` classes of equivalent orders were run to their end. `outcomes`: outcome -> how many of the classes
    end so; `examples`: outcome -> a Run that does. `minimal`: no bad run has fewer preemptions than the counterexample;
    True only where the search proved it. `findings`: all that was wrong.
    """

    driver: str
    parameters: dict[str, int]
    verdict: str
    reason: str
    explored: int
    outcomes: dict[Any, int]
    examples: dict[Any, Run]
    counterexample: Run | None
    minimal: bool
    findings: tuple[Finding, ...]

    @property
    def preemptions(self) -> int | None:
        """How often the counterexample takes the processor from a thread that could go on; None without one."""
        return None if self.counterexample is None else preemptions(self.counterexample)

    @property
    def rests_on_time_out(self) -> bool:
        """Whether a time-out fires in the counterexample while others could go on, or before one that is due earlier:
        how long calls take is not explored, and a deadline might exclude it."""
        return any(finding.early for finding in self.findings if finding.run is self.counterexample)

    @property
    def replay(self) -> str:
        """The line that repeats the counterexample; without one, the first run explored."""
        shown = self.counterexample or next(iter(self.examples.values()), None)
        return "" if shown is None else shown.replay

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        text = f"{self.driver}({given}): {self.verdict}; {self.reason}"
        text += f"\n  explored: {_count(self.explored, 'class', 'classes')} of equivalent orders"
        text += f", {_count(len(self.outcomes), 'outcome')}"
        for finding in self.findings[:5]:
            text += f"\n  {finding.kind}: {finding.text}"
        if len(self.findings) > 5:
            text += f"\n  ... and {len(self.findings) - 5} more findings"
        if self.counterexample is not None:
            least = ", and no bad run has fewer" if self.minimal else ""
            text += f"\n  counterexample: {_count(self.preemptions or 0, 'preemption')}{least}"
            if self.rests_on_time_out:
                text += "; it rests on a time-out that a deadline might exclude"
        return f"{text}\n  replay: {self.replay}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


Check = Callable[[Run], object] | Along


def explore(
    driver: Any,
    check: Check | Iterable[Check] | None = None,
    outcome: Callable[[Run], Hashable] | Along | None = None,
    volume: Volume | None = None,
    budget: int | timedelta | None = None,
    max_steps: int = 250_000,
    stop: bool = False,
    **parameters: int,
) -> Exploration:
    """Run a driver in every order of its threads' routine calls, one order of each class of equivalent ones.

    Parameters: `driver`, `volume`, `stop`, `parameters` as for `run`; `check`, what must be true, one or several: a
    question to each run that completes, `always(question)` to every state, or `along(view, question)` (so a deadlock
    and a bug check are violations, whatever is asked); `outcome`, what of a run is counted (default: `run.outcome`), a
    function of a run or an `along`; `budget`, a number of executions or a timedelta after which the search gives up;
    `max_steps`, after which a run counts as one that polls for ever. Ctrl+C ends the search, and what was found so far
    is returned.

    A pending time-out may fire at any moment, in any order with others: a thread can be kept from beginning its wait
    for any time, so deadlines order nothing. A bound that is hit, a data race on a shared structure, a change of other
    memory that threads share, a driver that reads the clock, or a question to a run that depends on the order of its
    steps (`run.trace` and what is made of it) never `holds`.
    Raises Misuse for a driver whose runs differ though their schedules do not; ValueError for a question that names
    what no state has.

    >>> from kevent_sim.samples import all_moved, race, synchronization_event
    >>> explore(synchronization_event, check=all_moved, FileCount=3, WriteCount=2)
    synchronization_event(FileCount=3, WriteCount=2): holds; in every order of routine calls
      explored: 2 classes of equivalent orders, 1 outcome
      replay: ks.run(synchronization_event, policy=ks.Replay('kevent_sim 2; synchronization_event(FileCount=3, \
WriteCount=2); explore; 0*7 1*14 2*11; completed; 3c0af886'))
    >>> explore(race, check=all_moved, FileCount=3, WriteCount=2).explored
    27
    """
    checks = _checks(check)
    if outcome is not None and not callable(outcome) and not isinstance(outcome, Along):
        raise TypeError(f"outcome is a function of a run, not {outcome!r}")
    if not (budget is None or whole_number(budget) or isinstance(budget, timedelta)):
        raise TypeError(f"budget is a number of executions or a datetime.timedelta, not {budget!r}")
    if isinstance(budget, int) and budget < 1:
        raise ValueError(f"budget is 1 execution or more, not {budget}")
    search = _Search(Subject(driver, volume, max_steps, stop, parameters), checks, outcome, budget)
    with alone():
        try:
            search.sweep(0)
            search.reduce()
        except KeyboardInterrupt:
            search.gave_up = f"interrupted after {_count(search.explored, 'class', 'classes')}"
        finally:
            search.progress.close()
    if search.watch is not None and not search.gave_up and (unknown := search.watch.unknown()):
        raise ValueError(unknown)
    return search.answer()


def _checks(check: Any) -> list[Any]:
    checks = [] if check is None else [check] if callable(check) or isinstance(check, Along) else check
    if isinstance(checks, str) or not isinstance(checks, Iterable):
        raise TypeError(f"check is a function of a run, ks.always(...) or a list of such, not {check!r}")
    for one in (checks := list(checks)):
        if not callable(one) and not isinstance(one, Along):
            raise TypeError(f"each check is a function of a run, or ks.always(...), not {one!r}")
    return checks


class _Search:
    def __init__(self, subject: Subject, checks: list[Any], outcome: Any, budget: int | timedelta | None) -> None:
        self.subject, self.outcome, self.budget = subject, outcome, budget
        self.checks = [check for check in checks if not isinstance(check, Along)]
        self.alongs = [check for check in checks if isinstance(check, Along)]
        asked = [*self.alongs, outcome] if isinstance(outcome, Along) else self.alongs
        self.watch = Watch(asked) if asked else None
        self.explored = self.executions = 0
        self.outcomes: dict[Any, int] = {}
        self.examples: dict[Any, Run] = {}
        self.findings: dict[Finding, Finding] = {}  # of those that say the same, the one with the simplest run
        self.shared: set[str] = set()  # what was found to be shared memory: a value is told once
        self.clean = True  # in no execution so far was anything shared
        self.bad: Run | None = None
        self.levels: list[deque[list[int]]] = [deque([[]]), deque()]  # preemptions -> schedules begun, to be tried
        self.swept = -1  # all schedules with so many preemptions, or fewer, have been tried
        self.swept_steps = 0
        self.gave_up = ""
        self.began = monotonic()
        self.progress = _Progress()
        self.sites: list[Any] = []  # of the last execution, to see that the next begins alike

    # -- judging a run -------------------------------------------------------------------------------------------

    def wrong(self, execution: Execution, made: Run) -> Finding | None:
        """What is wrong with a run, if anything is: the first of what was not always true, a bad end, a false check."""
        steps = execution.kernel.steps
        if execution.view is not None and execution.view.broken:
            at, steps = min(execution.view.broken.items(), key=lambda broken: broken[1])
            where = f"after step {steps} ({execution.site_of_step(steps - 1)})" if steps else "at the start"
            kind, text = "check", f"{told(execution.view.watch.asked[at])} is not true {where}"
        elif made.verdict == "deadlock":
            kind, text = "deadlock", "; ".join(map(str, made.waiting))
        elif made.bugcheck is not None:
            kind, text = "bugcheck", f"{made.bugcheck} (line {made.bugcheck.line})"
        else:
            kind, text = "check", self.false(execution, made) if made.verdict == "completed" else ""
        early = execution.early is not None and execution.early < steps
        return Finding(kind, text, made, early) if text else None

    def false(self, execution: Execution, made: Run) -> str:
        """Which check is false of a run that has completed."""
        for at, one in enumerate(self.alongs):
            assert execution.view is not None
            if not truth(one.question(tuple(execution.view.values[at])), one):
                return f"{told(one)} is not true of the states of the run"
        for check in self.checks:
            if not truth(self.ask(check, made), check):
                return f"{told(check)} is not true of the run"
        return ""

    def ask(self, question: Callable[[Run], Any], made: Run) -> Any:
        """Ask a run; note it where the answer may depend on what equivalent orders do not share."""
        answer, what = asked(question, made)
        if what:
            self.doubt("order", ORDER.format(told(question), what), made)
        return answer

    def doubt(self, kind: str, text: str, made: Run) -> None:
        found = Finding(kind, text, made)
        self.findings.setdefault(found, found)

    def note(self, found: Finding | None) -> bool:
        """Keep a finding, and its run where it is the simplest so far; was there one?"""
        if found is None:
            return False
        self.findings.setdefault(found, found)
        if self.bad is None or preemptions(found.run) < preemptions(self.bad):
            self.bad, self.findings[found] = found.run, found
        return True

    def out_of_budget(self) -> bool:
        """Note it where the budget is used up."""
        if isinstance(self.budget, int) and self.executions >= self.budget:
            self.gave_up = f"the budget of {_count(self.budget, 'execution')} is used up"
        elif isinstance(self.budget, timedelta) and monotonic() - self.began >= self.budget.total_seconds():
            self.gave_up = f"the budget of {self.budget} is used up"
        return bool(self.gave_up)

    # -- few preemptions first -----------------------------------------------------------------------------------

    def sweep(self, bound: int) -> None:
        """Try the schedules with so many preemptions, no more, until one is bad or the sweeps have cost too much."""
        level = self.levels[bound]
        while level:
            prefix = level.popleft()
            execution = Execution(self.subject, self.watch)
            made = execution.plain(prefix)
            self.executions += 1
            self.swept_steps += len(execution.choices)
            self.note_sharing(execution, made)
            if not prefix:
                self.sites = execution.sites
            if execution.cut:
                self.cut(execution, made)
                return
            if self.note(self.wrong(execution, made)):
                return
            if self.swept_steps > SWEEP_STEPS or self.out_of_budget():
                return
            for at, choice, preempts in execution.alternatives:
                if bound + preempts < len(self.levels):
                    self.levels[bound + preempts].append([*execution.choices[:at], choice])
            self.progress.show(self.executions, 0)
        self.swept = bound

    def cut(self, execution: Execution, made: Run) -> None:
        self.gave_up = (
            f"a run was cut after {self.subject.max_steps} steps: {execution.busiest_site()}, is met again and again"
        )
        self.examples.setdefault("unfinished", made)

    # -- one order of each class ---------------------------------------------------------------------------------

    def reduce(self) -> None:
        tree, more = Reduction(), True
        while more and not self.gave_up:
            if self.watch is not None:
                self.watch.grown = False
            execution = Execution(self.subject, self.watch, known=len(tree.prefix) if self.clean else 0)
            try:
                made = execution.ordered(tree.chooser(execution))
            except Astray:
                self.differs(execution, len(execution.choices))
                return
            self.executions += 1
            if execution.cut:
                self.cut(execution, made)
                return
            self.note_sharing(execution, made)
            if self.differing(execution, tree.prefix):
                return
            if not execution.redundant:
                self.count(execution, made)
            if self.watch is not None and self.watch.grown:
                tree = self.begin_anew()
            else:
                more = tree.learn(execution)
            self.progress.show(self.executions, tree.fraction())
            if more:
                self.out_of_budget()
        if tree.out_of_reach and not self.gave_up:
            self.gave_up = "an order could not be run as planned: memory that threads share decides what they do"

    def begin_anew(self) -> Reduction:
        """A question has read more than before, so steps that were taken for independent may not be. The last search
        of all has read nothing new, and so it is whole."""
        self.explored, self.outcomes, self.examples, self.sites = 0, {}, {}, []
        return Reduction()

    def note_sharing(self, execution: Execution, made: Run) -> None:
        """A value is told once, though every execution may find others that share it."""
        if execution.sharing.missed:  # it shares more than the one before it, and was not looked at from its start
            choices, execution = execution.choices, Execution(self.subject)
            execution.plain(choices)
        self.clean = self.clean and execution.sharing.clean
        for what, text in execution.sharing.told().items():
            if what not in self.shared:
                self.shared.add(what)
                self.doubt("shared memory", text, made)

    def differing(self, execution: Execution, prefix: list[int]) -> bool:
        """A driver whose second run differs before its schedule does is not explored, but named."""
        before, now = self.sites, execution.sites
        if self.explored:
            before, now = before[: len(prefix)], now[: len(prefix)]
        elif before:  # the sweep's first run, which has no time-outs that do nothing
            now = [site for site in now if site[1]]
        else:  # the search has begun anew
            now = []
        if before != now:
            at = next((at for at, site in enumerate(now) if before[at : at + 1] != [site]), len(now))
            self.differs(execution, at)
            return True
        self.sites = execution.sites
        return False

    def differs(self, execution: Execution, at: int) -> None:
        """Raise Misuse; give up where the memory that decides it has been found."""
        text = (
            f"{self.subject.name} is not deterministic: run again with the same schedule it does something else at "
            f"step {at} ({execution.site(at)}). Nothing in a driver may depend on random numbers, the clock, or a "
            "variable that outlives the run"
        )
        if not self.shared:
            raise Misuse(text)
        self.gave_up = text

    def count(self, execution: Execution, made: Run) -> None:
        found = self.wrong(execution, made)
        if self.bad is None and self.swept == 0 and (found or self.explored == LONG):
            self.sweep(1)
        self.explored += 1
        self.note(found)
        kind = self.kind(execution, made)
        self.outcomes[kind] = self.outcomes.get(kind, 0) + 1
        self.examples.setdefault(kind, made)
        for race in data_races(execution):
            self.doubt("data race", str(race), made)
        for text in execution.clock_reads:
            self.doubt("clock", text, made)

    def kind(self, execution: Execution, made: Run) -> Hashable:
        """What is counted of a run."""
        if self.outcome is None:
            return made.outcome
        if isinstance(self.outcome, Along):
            assert execution.view is not None
            return self.outcome.question(tuple(execution.view.values[-1]))
        return self.ask(self.outcome, made)  # type: ignore[no-any-return]

    # -- the answer ----------------------------------------------------------------------------------------------

    def answer(self) -> Exploration:
        findings = tuple(self.findings.values())
        doubts = [finding for finding in findings if finding.kind in DOUBTS]
        wrong = next((finding for finding in findings if finding.kind not in DOUBTS), None)
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
        minimal = self.bad is not None and preemptions(self.bad) <= self.swept + 1
        return Exploration(
            self.subject.name, dict(self.subject.values), verdict, reason, self.explored, self.outcomes, self.examples,
            self.bad, minimal, findings,
        )  # fmt: skip


class _Progress:
    """A bar on the error stream for whoever watches: after 2 s in a terminal, after 15 s of work in a notebook, whose
    searches are shorter than that: what a cell prints must not depend on how busy the machine is."""

    def __init__(self) -> None:
        notebook = "ipykernel" in sys.modules
        self.watched = notebook or sys.stderr.isatty()
        self.clock = process_time if notebook else monotonic
        self.next = self.clock() + (15 if notebook else 2)
        self.shown = False

    def show(self, executions: int, fraction: float) -> None:
        if not self.watched or self.clock() < self.next:
            return
        self.next, self.shown = self.clock() + 0.5, True
        done = int(20 * fraction)
        bar = "#" * done + "." * (20 - done)
        text = f"\rexploring [{bar}] {executions} executions; Ctrl+C or ■ stops it "
        print(text, end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown:
            print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)

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
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, process_time
from typing import Any

from kevent_sim.call import Misuse
from kevent_sim.executions import Execution, preemptions
from kevent_sim.filesystem import Volume
from kevent_sim.races import data_races
from kevent_sim.reduction import Astray, Reduction
from kevent_sim.run import Run, Subject, _alone

SWEEP_STEPS = 20_000  # what the sweeps may cost; at the article's full size one run is more
LONG = 100  # classes after which a search is called long


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run, or doubtful: `kind` is `check`, `deadlock`, `bugcheck`, `data race`, `shared memory`
    (in no Structure, so that nobody sees who uses it) or `clock` (the driver reads it); `text` says who, what and in
    which lines."""

    kind: str
    text: str
    run: Run = field(repr=False, compare=False)


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
        return f"{text}\n  replay: {self.replay}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def explore(
    driver: Any,
    check: Callable[[Run], object] | None = None,
    outcome: Callable[[Run], Hashable] | None = None,
    volume: Volume | None = None,
    budget: int | timedelta | None = None,
    max_steps: int = 250_000,
    stop: bool = False,
    **parameters: int,
) -> Exploration:
    """Run a driver in every order of its threads' routine calls, one order of each class of equivalent ones.

    Parameters: `driver`, `volume`, `stop`, `parameters` as for `run`; `check`, a question to each run: a false answer
    is a violation (so are a deadlock and a bug check, whatever it answers); `outcome`, what of a run is counted
    (default: `run.outcome`); `budget`, a number of executions or a timedelta after which the search gives up;
    `max_steps`, after which a run counts as one that polls for ever. Ctrl+C ends the search; what was found so far is
    answered.

    A pending time-out may fire at any moment, in any order with others: a thread can be kept from beginning its wait
    for any time, so deadlines order nothing. A bound that is hit, a data race on a shared structure, a
    change of other memory that threads share, or a driver that reads the clock never `holds`.
    Raises Misuse for a driver whose runs differ though their schedules do not.

    >>> from kevent_sim.samples import all_moved, race, synchronization_event
    >>> explore(synchronization_event, check=all_moved, FileCount=3, WriteCount=2)
    synchronization_event(FileCount=3, WriteCount=2): holds; in every order of routine calls
      explored: 2 classes of equivalent orders, 1 outcome
      replay: ks.run(synchronization_event, policy=ks.Replay('kevent_sim 1; synchronization_event(FileCount=3, \
WriteCount=2); explore; 0*6 1*14 2*11; completed; 2b229c46'))
    >>> explore(race, check=all_moved, FileCount=3, WriteCount=2).explored
    27
    """
    for name, asked in (("check", check), ("outcome", outcome)):
        if asked is not None and not callable(asked):
            raise TypeError(f"{name} is a function of a run, not {asked!r}")
    if isinstance(budget, bool) or not isinstance(budget, (int, timedelta, type(None))):
        raise TypeError(f"budget is a number of executions or a datetime.timedelta, not {budget!r}")
    if isinstance(budget, int) and budget < 1:
        raise ValueError(f"budget is 1 execution or more, not {budget}")
    search = _Search(Subject(driver, volume, max_steps, stop, parameters), check, outcome, budget)
    with _alone():
        try:
            search.sweep(0)
            search.reduce()
        except KeyboardInterrupt:
            search.gave_up = f"interrupted after {_count(search.explored, 'class', 'classes')}"
        finally:
            search.progress.close()
    return search.answer()


class _Search:
    def __init__(self, subject: Subject, check: Any, outcome: Any, budget: int | timedelta | None) -> None:
        self.subject, self.check, self.outcome, self.budget = subject, check, outcome, budget
        self.explored = self.executions = 0
        self.outcomes: dict[Any, int] = {}
        self.examples: dict[Any, Run] = {}
        self.findings: dict[Finding, None] = {}
        self.shared: set[str] = set()
        self.bad: Run | None = None
        self.levels: list[deque[list[int]]] = [deque([[]]), deque()]  # preemptions -> schedules begun, to be tried
        self.swept = -1  # all schedules with so many preemptions, or fewer, have been tried
        self.swept_steps = 0
        self.gave_up = ""
        self.began = monotonic()
        self.progress = _Progress()
        self.sites: list[Any] = []  # of the last execution, to see that the next begins alike

    # -- judging a run -------------------------------------------------------------------------------------------

    def wrong(self, made: Run) -> Finding | None:
        """What is wrong with a run, if anything is."""
        if made.verdict == "deadlock":
            waiting = [f"{each.thread} waits for {each.object} (line {each.line})" for each in made.waiting]
            return Finding("deadlock", "; ".join(waiting), made)
        if made.bugcheck is not None:
            return Finding("bugcheck", f"{made.bugcheck} (line {made.bugcheck.line})", made)
        if self.check is not None and made.verdict == "completed" and not self.check(made):
            return Finding("check", f"{getattr(self.check, '__name__', 'check')} is not true of the run", made)
        return None

    def note(self, found: Finding | None) -> bool:
        """Keep a finding, and its run where it is the simplest so far; was there one?"""
        if found is None:
            return False
        self.findings.setdefault(found)
        if self.bad is None or preemptions(found.run) < preemptions(self.bad):
            self.bad = found.run
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
            execution = Execution(self.subject)
            made = execution.plain(prefix)
            self.executions += 1
            self.swept_steps += len(execution.choices)
            self.note_sharing(execution, made)
            if not prefix:
                self.sites = execution.sites
            if execution.cut:
                self.cut(execution, made)
                return
            if self.note(self.wrong(made)):
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
        tree = Reduction()
        more = True
        while more and not self.gave_up:
            execution = Execution(self.subject)
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
            more = tree.learn(execution)
            self.progress.show(self.executions, tree.fraction())
            if more:
                self.out_of_budget()
        if tree.out_of_reach and not self.gave_up:
            self.gave_up = "an order could not be run as planned: memory that threads share decides what they do"

    def note_sharing(self, execution: Execution, made: Run) -> None:
        """A value is told once, though every execution may find others that share it."""
        for what, text in execution.sharing.told().items():
            if what not in self.shared:
                self.shared.add(what)
                self.findings.setdefault(Finding("shared memory", text, made))

    def differing(self, execution: Execution, prefix: list[int]) -> bool:
        """A driver whose second run differs before its schedule does is not explored, but named."""
        before, now = self.sites, execution.sites
        if self.explored:
            before, now = before[: len(prefix)], now[: len(prefix)]
        elif before:  # the sweep's first run, which has no time-outs that do nothing
            now = [site for site in now if site[1]]
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
        found = self.wrong(made)
        if self.bad is None and self.swept == 0 and (found or self.explored == LONG):
            self.sweep(1)
        self.explored += 1
        self.note(found)
        kind = made.outcome if self.outcome is None else self.outcome(made)
        self.outcomes[kind] = self.outcomes.get(kind, 0) + 1
        self.examples.setdefault(kind, made)
        for race in data_races(execution):
            self.findings.setdefault(Finding("data race", str(race), made))
        for text in execution.clock_reads:
            self.findings.setdefault(Finding("clock", text, made))

    # -- the answer ----------------------------------------------------------------------------------------------

    def answer(self) -> Exploration:
        findings = tuple(self.findings)
        doubts = [finding for finding in findings if finding.kind in ("data race", "shared memory", "clock")]
        if self.bad is not None:
            first = next(finding for finding in findings if finding not in doubts)
            verdict, reason = "violated", first.text if first.kind != "check" else "a run fails the check"
            if self.gave_up:
                reason += f"; not all orders were explored: {self.gave_up}"
        elif self.gave_up:
            verdict, reason = "inconclusive", self.gave_up
        elif doubts:
            verdict, reason = "inconclusive", f"{doubts[0].kind}: orders within steps were not explored"
            if doubts[0].kind == "shared memory":
                reason = "shared memory: who reads and writes what is in no Structure is not seen"
            if doubts[0].kind == "clock":
                reason = "the driver reads the clock, whose values are not explored"
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

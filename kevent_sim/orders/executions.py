"""One execution of a driver: a run while it is made, choice by choice, with what each call touches."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kevent_sim.machine.choice import Choice, TimeOutOf, thread_of
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import end_cells
from kevent_sim.machine.regions import Region
from kevent_sim.machine.thread import Timeout
from kevent_sim.orders.order import Cells
from kevent_sim.orders.polling import Polling
from kevent_sim.orders.sharing import Sharing
from kevent_sim.orders.theirs import Theirs
from kevent_sim.orders.watch import SEEN, View, Watch
from kevent_sim.runs.machine import Machine
from kevent_sim.runs.result import Run, shared
from kevent_sim.runs.subject import Subject


class Astray(Exception):
    """A driver does something else than it did before with the same choices."""


def covers(cells: Cells, region: Region) -> bool:
    """Are these the cells of a step that may end the region?"""
    lost = end_cells(region)
    return cells is None or (lost is not None and all(cell in cells for cell in lost))


class Execution:
    """A run while it is made, step by step."""

    def __init__(
        self,
        subject: Subject,
        watch: Watch | None = None,
        known: int = 0,
        ends: dict[Any, int] | None = None,
        theirs: Theirs | None = None,
        rests: bool = True,
    ) -> None:
        self.machine = Machine(subject)
        # Calls after which a stack has lost memory: 1, of the caller's own; 2, of somebody else's, too.
        self.ends = ends if ends is not None else {}
        self.known = known  # so many choices repeat those of an execution in which nothing was shared
        self.kernel = self.machine.kernel
        self.view = View(watch, self.kernel) if watch is not None else None
        self.max_steps = subject.max_steps
        self.choices: list[Choice] = []
        self.idle: list[int] = []  # those that were no step of the machine: time-outs whose wait was satisfied
        self.cut = False  # `max_steps` were taken, and there was more to come
        self.redundant = False  # everything that could go on was asleep: another execution covers this one
        self.early: int | None = None  # the first step at which a time-out fired that a deadline might have excluded
        self.sharing = Sharing(self.machine, theirs or Theirs())
        self.alternatives: list[tuple[int, Choice, bool]] = []  # (step, another choice there was, does it preempt?)
        self._last = 0  # the thread that ran last
        self.window: int | None = None  # so many steps are ordered, and threads take turns
        self._ran: dict[int, int] = {}  # thread -> its last step, where there is a window
        # Those not fired, also where the wait was satisfied in the meantime.
        self.timeouts: dict[TimeOutOf, Timeout] = {}
        self._timed_waits: dict[int, int] = {}
        self.polling = Polling(self.kernel)
        self._rests = rests  # who polls in vain
        self.settled: Any = None  # what equivalent orders share of the run up to where pollers alone are left
        self.settled_at: int | None = None  # so many choices were made by then; None: all

    # -- choices -------------------------------------------------------------------------------------------------

    def enabled(self) -> list[Choice]:
        """Threads by number, then time-outs: those of waits that have been satisfied in the meantime, too. Firing one
        of them does nothing, but it must not vanish: nothing may disable a choice."""
        ready: list[Choice] = [thread.number for thread in self.kernel.runnable()]
        if self.polling.resting:
            ready = [thread for thread in ready if thread not in self.polling.resting]
        return [*ready, *self.timeouts] if self.timeouts else ready

    def default(self, enabled: list[Choice], asleep: Sequence[Choice] = ()) -> Choice | None:
        """Whoever ran last goes on; else the first that is not asleep. Where there is a window threads take turns."""
        if self.window is not None:
            awake = [choice for choice in enabled if choice not in asleep]
            return min(awake, key=lambda choice: self._ran.get(thread_of(choice), -1), default=None)
        if self._last in enabled and self._last not in asleep:
            return self._last
        return next((choice for choice in enabled if choice not in asleep), None)

    def target(self, choice: Choice) -> Any:
        return self.kernel.threads[choice] if isinstance(choice, int) else self.timeouts[choice]

    def cells(self, choice: Choice) -> Cells:
        """What the call would touch now that the choice stands before; what questions see is one more cell."""
        target = self.target(choice)
        routine = target.call[0]
        ends = self.ends.get(target.call[2:], 0) if self.ends else 0
        if routine.role == "meets everything" or ends > 1:
            return None
        if not self.happens(choice):
            return [(cell, False) for cell in target.cells]  # it was to be satisfied first: this order counts
        cells = self._cells_of_routine(target)
        for region in target.frames if ends else ():
            lost = end_cells(region)
            if lost is None:
                return None
            cells += lost
        if self.view is not None and self.view.sees(target, cells):
            cells.append(SEEN)
        return cells

    def _cells_of_routine(self, target: Any) -> list[tuple[Any, bool]]:
        routine, arguments = target.call[:2]
        kept, self.kernel.current = self.kernel.current, target
        try:
            return list(routine.footprint(self.kernel, *arguments))
        except Exception:
            return []  # a call that cannot be made: the step itself says so, at the learner's line
        finally:
            self.kernel.current = kept

    def happens(self, choice: Choice) -> bool:
        """Is it a step of the machine? A time-out whose wait was satisfied is none."""
        return isinstance(choice, int) or self.timeouts[choice].thread.time_out is self.timeouts[choice]

    def _somebody_runs(self) -> bool:
        return len(self.kernel.runnable()) > len(self.polling.resting)

    def take(self, choice: Choice, target: Any, cells: Cells) -> None:
        """Make the choice, which touches the cells."""
        call = target.call
        self.choices.append(choice)
        if self.window is not None:
            self._ran[thread_of(choice)] = len(self.choices)
        if isinstance(choice, TimeOutOf):
            self._expire(choice, target, cells)
        else:
            self._last = choice
            touched = cells
            if cells is None and call[0].role != "meets everything":  # a function may return behind it: it need not
                touched = self._cells_of_routine(target)
            may_come_to_nothing = self._rests and self.polling.begins(target, touched)
            self.kernel.step(target)
            if may_come_to_nothing:
                self.polling.ends(target, call, cells)
            if target.time_out is not None and target.call[0].returning:
                timed = self._timed_waits[choice] = self._timed_waits.get(choice, 0) + 1
                self.timeouts[TimeOutOf(choice, timed)] = target.time_out
            self.sharing.after(target, call, cells, len(self.choices) <= self.known)

    def _expire(self, choice: TimeOutOf, target: Timeout, cells: Cells) -> None:
        if self.happens(choice):
            if self.early is None and (self._somebody_runs() or target is not self.kernel.pending()[0]):
                self.early = self.kernel.steps
            call = target.call
            self.kernel.step(target)
            self.sharing.after(target, call, cells, len(self.choices) <= self.known)
        else:
            self.idle.append(len(self.choices) - 1)
        del self.timeouts[choice]

    # -- a run without its order ---------------------------------------------------------------------------------

    def plain(self, prefix: list[Choice]) -> Run:
        """Follow a prefix, then let whoever ran last go on. Raises Astray where the prefix cannot be followed."""
        with self.begun():
            if self.view is not None:
                self.view.look(0, (), None)
            self.follow(prefix)
            self.let_go()
        return self.machine.run("explore")

    @contextmanager
    def begun(self) -> Iterator[None]:
        """The machine runs. An error of a driver's own code says how to make it again."""
        try:
            with self.machine.running(), self.sharing.told_of_code():
                yield
        except Exception as error:
            if error is self.kernel.raised:
                error.add_note(f"To see it again:  {self.machine.run('explore').replay}")
            raise

    def follow(self, prefix: list[Choice]) -> None:
        """A prefix, then who ran last goes on, until nobody can, or `max_steps` were taken."""
        while len(self.choices) < self.max_steps:
            at, enabled = len(self.choices), self.enabled()
            if at < len(prefix):
                choice = prefix[at]
                if choice not in enabled:
                    raise Astray
            else:
                if self.timeouts:
                    enabled = [choice for choice in enabled if self.happens(choice)]
                if not enabled:
                    return
                goes_on, default = self._last in enabled, self.default(enabled)
                assert default is not None
                choice, others = default, [other for other in enabled if other != default]
                if goes_on and self.view is None and self.window is None:
                    self.kernel.take(self._moves_on(self.target(choice), others))
                    if len(self.choices) > at:
                        continue
                self.alternatives += [(at, other, goes_on) for other in others]
            target = self.target(choice)
            call = target.call
            needed = self.view is not None or self.sharing.watched or call[0].role != "moves on"
            cells = self.cells(choice) if needed else None
            self.take(choice, target, cells)
            if self.view is not None:
                self.view.look(self.kernel.steps, cells, call[2:])
        self.cut = bool(self.enabled())

    def _moves_on(self, thread: Any, others: list[Choice]) -> Iterator[Any]:
        """Who ran last goes on, as long as its calls do nothing but that."""
        while len(self.choices) < self.max_steps and (call := thread.call)[0].role == "moves on":
            self.polling.writes(thread)
            self.alternatives += [(len(self.choices), other, True) for other in others]
            self.choices.append(thread.number)
            yield thread
            self.sharing.after(thread, call, None, len(self.choices) <= self.known)

    def let_go(self) -> None:
        """Nobody can go on but those who rest. They are let go, and the run goes on: another execution has the order
        without their rounds in vain, and this one is an example of those with some."""
        polling, alternatives = self.polling, len(self.alternatives)
        if polling.polled:
            self.settled, self.settled_at = shared(self.machine.run("explore")), len(self.choices)
        try:
            while polling.resting and not (polling.for_ever or self.cut):
                rested = polling.let_go()
                self.follow([])
                polling.for_ever = polling.resting == rested and not (polling.wrote or self.cut)
        finally:
            del self.alternatives[alternatives:]

    def site_of_step(self, step: int) -> str:
        """Who made which call in which line, in a step of the machine, numbered from 0."""
        if step >= self.kernel.steps:
            return "where it ended"
        choice, routine, code, instruction = self.kernel.trace.row(step)[:4]
        return f"{self.thread_name(choice)}: {routine.name}, line {line_of(code, instruction)}"

    def steps_of(self, choices: int) -> int:
        """How many steps of the machine the first so many choices were."""
        return choices - bisect_left(self.idle, choices)

    def thread_name(self, choice: Choice) -> str:
        return self.kernel.threads[thread_of(choice)].name

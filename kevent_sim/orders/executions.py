"""One execution of a driver with its partial order: which step had to come before which, and which could be swapped.

Events are steps, numbered as they were taken; processes are threads and pending time-outs. An event happens before
another when a chain of these leads from it: the next step of the same thread; the first step of a thread it created;
the return of a wait it released; a later event that conflicts with it (they share a cell that one of them writes).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from kevent_sim.machine.lines import line_of
from kevent_sim.machine.thread import KTHREAD_STATE, Timeout
from kevent_sim.machine.trace import PARKED, ROW, Access
from kevent_sim.orders.questions import SEEN, View, Watch
from kevent_sim.orders.sharing import Sharing
from kevent_sim.runs.machine import Machine
from kevent_sim.runs.result import Run
from kevent_sim.runs.subject import Subject

Cells = list[tuple[Any, bool]] | None  # (cell, writes); None: it conflicts with everything
Clock = tuple[int, ...]  # process -> how many of its events are known

# A driver's image or memory goes: what any thread does afterwards is another thing than what it would have done before.
# A priority is what the boosts of all signals have made of it.
_MEETS_ALL = ("MmUnloadSystemImage", "IoDeleteDevice", "KeSetPriorityThread")
_WAITS = ("KeWaitForSingleObject", "KeWaitForMultipleObjects", "KeDelayExecutionThread")
_NONE: list[int] = []
_TIMED_WAITS = 1_000_000  # a time-out is the choice -1 - thread - this times the number of its thread's timed waits


def conflict(one: Cells, other: Cells) -> bool:
    """Do two calls touch a cell that one of them writes?"""
    if one is None or other is None:
        return True
    return any(cell == its and (writes or it_writes) for cell, writes in one for its, it_writes in other)


def preemptions(run: Run) -> int:
    """How often the processor was taken from a thread that could go on: by another thread, or by a time-out."""
    trace, choices, results = run.trace, run.columns["choice"], run.columns["result"]
    ends = {choice: step for step, choice in enumerate(choices)}  # a thread's last step, kept where it ended by it
    for thread in trace.threads:
        if thread.State != KTHREAD_STATE.Terminated:
            ends.pop(thread.number, None)
    count, last, wakes, goes_on = 0, 0, 0, True
    for step, choice in enumerate(choices):
        while wakes < len(trace.wakes) and trace.wakes[wakes][0] < step:
            if trace.wakes[wakes][1].number == last:
                goes_on = True
            wakes += 1
        if step and choice != last and goes_on:
            count += 1
        if choice >= 0:
            last, goes_on = choice, results[step] is not PARKED and ends.get(choice) != step
    return count


class Event(NamedTuple):
    process: int  # index of its process
    place: int  # among the events of its process, from 1
    cells: Cells
    clock: Clock  # what happened before it, itself included
    causes: tuple[int, ...]  # the events that created its thread or released its wait


class Execution:
    """A run while it is made, step by step."""

    def __init__(self, subject: Subject, watch: Watch | None = None, known: int = 0) -> None:
        self.machine = Machine(subject)
        self.known = known  # so many choices repeat those of an execution in which nothing was shared
        self.kernel = self.machine.kernel
        self.view = View(watch, self.kernel) if watch is not None else None
        self.max_steps = subject.max_steps
        self.choices: list[int] = []
        # (choice, routine, code, instruction); no routine where a time-out does nothing
        self.sites: list[tuple[Any, ...]] = []
        self.events: list[Event] = []
        self.races: list[tuple[int, int]] = []
        self.asleep: dict[int, list[int]] = {}
        self.crash: tuple[int, list[int]] | None = None  # the event that stopped the machine, and the choices it ended
        self.cut = False  # `max_steps` were taken, and there was more to come
        self.redundant = False  # everything that could go on was asleep: another execution covers this one
        self.early: int | None = None  # the first step at which a time-out fired that a deadline might have excluded
        self.clock_reads: list[str] = []
        self.sharing = Sharing(self.machine, _MEETS_ALL)
        self.alternatives: list[tuple[int, int, bool]] = []  # (step, another choice there was, does it preempt?)
        self._last = 0  # the thread that ran last
        self._event_of_step: list[int] = []
        self._timeouts: dict[int, Timeout] = {}  # those not fired, also where the wait was satisfied in the meantime
        self._timed_waits: dict[int, int] = {}
        self._processes: dict[int, int] = {}
        self._of_process: list[list[int]] = []
        self._known: dict[int, Clock] = {}  # choice -> what its next event knows by then
        self._causes: dict[int, tuple[int, ...]] = {}  # the same as events
        self._cells: dict[Any, tuple[int, list[int]]] = {}  # cell -> (last write, reads since)
        self._all = -1  # the last event that conflicts with everything
        # What a call on a cell may come to touch: a name's files; what a handle's or pointer's variable has stood for;
        # an object's fellows in waits for several, the alert state of who waits for it.
        self._companions: dict[Any, dict[Any, None]] = {}

    # -- choices -------------------------------------------------------------------------------------------------

    def enabled(self) -> list[int]:
        """Threads by number, then time-outs: those of waits that have been satisfied in the meantime, too. Firing one
        of them does nothing, but it must not vanish: nothing may disable a choice."""
        ready = [thread.number for thread in self.kernel.runnable()]
        return [*ready, *self._timeouts] if self._timeouts else ready

    def default(self, enabled: list[int], asleep: list[int]) -> int | None:
        """Whoever ran last goes on; else the first that is not asleep."""
        if self._last in enabled and self._last not in asleep:
            return self._last
        return next((choice for choice in enabled if choice not in asleep), None)

    def _target(self, choice: int) -> Any:
        return self.kernel.threads[choice] if choice >= 0 else self._timeouts[choice]

    def cells(self, choice: int) -> Cells:
        """What the call would touch now that the choice stands before; what questions see is one more cell."""
        target = self._target(choice)
        routine, arguments = target.call[:2]
        if routine.name in _MEETS_ALL:
            return None
        if choice < 0 and not self._pending(choice):
            return [(cell, False) for cell in target.cells]  # it was to be satisfied first: this order counts
        kept, self.kernel.current = self.kernel.current, target
        try:
            cells = list(routine.footprint(self.kernel, *arguments))
        except Exception:
            cells = []  # a call that cannot be made: the step itself says so, at the learner's line
        finally:
            self.kernel.current = kept
        if self.view is not None and self.view.sees(target, cells):
            cells.append(SEEN)
        return cells

    def _fire(self, choice: int, target: Any) -> None:
        """Take the step. A time-out whose wait was satisfied is no step of the machine."""
        call = target.call
        if choice >= 0 or self._pending(choice):
            if choice < 0 and self.early is None and (self.kernel.runnable() or target is not self.kernel.pending()[0]):
                self.early = self.kernel.steps
            self.kernel.step(target)
            self.sharing.after(target, call, len(self.choices) <= self.known)
        if choice < 0:
            del self._timeouts[choice]
        elif target.time_out is not None and target.call[0].returning:
            timed = self._timed_waits[choice] = self._timed_waits.get(choice, 0) + 1
            self._timeouts[-1 - choice - _TIMED_WAITS * timed] = target.time_out

    # -- a run without its order ---------------------------------------------------------------------------------

    def plain(self, prefix: list[int]) -> Run:
        """Follow a prefix, then let whoever ran last go on."""
        with self.machine.running():
            if self.view is not None:
                self.view.look(0, (), None)
            while len(self.choices) < self.max_steps:
                enabled = [choice for choice in self.enabled() if choice >= 0 or self._pending(choice)]
                if not enabled:
                    break
                at = len(self.choices)
                choice = prefix[at] if at < len(prefix) else self.default(enabled, [])
                assert choice is not None
                if at >= len(prefix):
                    goes_on = self._last in enabled
                    self.alternatives += [
                        (at, other, goes_on and other != self._last) for other in enabled if other != choice
                    ]
                cells = self.cells(choice) if self.view is not None else None
                self._note_site(choice)
                self._fire(choice, self._target(choice))
                if self.view is not None:
                    self.view.look(self.kernel.steps, cells, self.sites[-1][2:])
            else:
                self.cut = bool(self.enabled())
        return self.machine.run("explore")

    def _pending(self, choice: int) -> bool:
        return self._timeouts[choice].thread.time_out is self._timeouts[choice]

    def _note_site(self, choice: int) -> None:
        target = self._target(choice)
        routine, _, code, instruction = target.call
        name = routine.name if choice >= 0 or self._pending(choice) else ""
        self.choices.append(choice)
        if choice >= 0:
            self._last = choice
        self.sites.append((choice, name, code, instruction))

    def site(self, at: int) -> str:
        """Who called what where."""
        if at >= len(self.sites):
            return "where it ended"
        choice, name, code, instruction = self.sites[at]
        return f"{self.thread_name(choice)}: {name}, line {line_of(code, instruction)}"

    def site_of_step(self, step: int) -> str:
        """The same of a step of the machine, numbered from 0: a time-out that does nothing is none."""
        return self.site([at for at, (_, name, *_) in enumerate(self.sites) if name][step])

    def busiest_site(self) -> str:
        """Where the last of a long run was spent: the driver's line that was met most often."""
        met = Counter(site for site in self.sites[-1000:] if site[1] and line_of(*site[2:]))
        if not met:
            return "a thread"
        return self.site(self.sites.index(met.most_common(1)[0][0]))

    def thread_name(self, choice: int) -> str:
        number = choice if choice >= 0 else (-1 - choice) % _TIMED_WAITS
        return self.kernel.threads[number].name

    # -- a run with its order ------------------------------------------------------------------------------------

    def ordered(self, choose: Callable[[list[int]], int | None]) -> Run:
        """Ask `choose` before each step; record what conflicts with what."""
        kernel = self.kernel
        with self.machine.running():
            if self.view is not None:
                self.view.look(0, (), None)
            for file in kernel.trace.files_before:
                self._companions["name", file.path.upper()] = {("share", file): None, ("data", file): None}
            woken = len(kernel.trace.wakes)
            while len(self.choices) < self.max_steps:
                enabled = self.enabled()
                if not enabled:
                    break
                choice = choose(enabled)
                if choice is None:
                    self.redundant = True
                    break
                target, cells = self._target(choice), self.cells(choice)
                self._note_site(choice)
                self._note_clock_read(choice, target)
                try:
                    self._fire(choice, target)
                except BaseException:
                    self.crash = len(self.events), [other for other in enabled if other != choice]
                    self._event_of_step.append(len(self.events))
                    self._note(choice, None)
                    raise
                if kernel.steps > len(self._event_of_step):
                    self._event_of_step.append(len(self.events))
                if self.view is not None:
                    self.view.look(self.kernel.steps, cells, self.sites[-1][2:])
                clock = self._note(choice, cells)
                self._note_companions(cells)
                for _, thread in kernel.trace.wakes[woken:]:
                    self._causes[thread.number] = (*self._causes.get(thread.number, ()), len(self.events) - 1)
                    self._known[thread.number] = joined(self._known.get(thread.number, ()), clock)
                woken = len(kernel.trace.wakes)
                if self._timeouts:
                    newest = next(reversed(self._timeouts))
                    if newest not in self._known:
                        self._known[newest], self._causes[newest] = clock, (len(self.events) - 1,)
            else:
                self.cut = bool(self.enabled())
        return self.machine.run("explore")

    def _note(self, choice: int, cells: Cells) -> Clock:
        """Add an event: its clock, and the races in which it is the second."""
        number = len(self.events)
        process = self._processes.get(choice)
        if process is None:
            process = self._processes[choice] = len(self._of_process)
            self._of_process.append([])
        mine = self._of_process[process]
        mine.append(number)
        clock = self._known.get(choice, ())
        candidates: set[int] = set()
        if cells is None:
            candidates.update(others[-1] for others in self._of_process if others is not mine and others)
            self._all = number
        else:
            if self._all >= 0:
                candidates.add(self._all)
            for cell, writes in cells:
                last, reads = self._cells.get(cell, (-1, _NONE))
                if writes:
                    candidates.update(reads)
                    if last >= 0:
                        candidates.add(last)
                    self._cells[cell] = (number, _NONE)
                else:
                    if last >= 0:
                        candidates.add(last)
                    self._cells[cell] = (last, [*reads, number])
        candidates.discard(number)  # it may name a cell twice
        for other in sorted(candidates, reverse=True):
            event = self.events[other]
            if event.process == process or (event.process < len(clock) and clock[event.process] >= event.place):
                continue
            self.races.append((other, number))
            clock = joined(clock, event.clock)
        if len(clock) <= process:
            clock = clock + (0,) * (process + 1 - len(clock))
        clock = (*clock[:process], len(mine), *clock[process + 1 :])
        self.events.append(Event(process, len(mine), cells, clock, self._causes.pop(choice, ())))
        self._known[choice] = clock
        return clock

    def _note_companions(self, cells: Cells) -> None:
        cells = cells or []
        for cell, _ in cells:
            kind = cell[0]
            if kind == "name":
                files = [other[1] for other, _ in cells if other[0] == "share"]
                now = self.kernel.volume.find(cell[1])
                companions = [(what, file) for file in (*files, now) if file is not None for what in ("share", "data")]
            elif kind == "variable":
                companions = [other for other, _ in cells if other != cell]
            elif kind in ("object", "thread"):
                fellows = [other for other, _ in cells if other[0] in ("object", "thread")]
                companions = fellows if len(fellows) > 1 else []
            else:
                continue
            if companions:
                self._companions.setdefault(cell, {}).update(dict.fromkeys(companions))

    def _note_clock_read(self, choice: int, target: Any) -> None:
        routine, arguments, code, instruction = target.call
        begins_wait = routine.name in _WAITS and choice >= 0 and not routine.returning
        absolute = begins_wait and any(getattr(one, "QuadPart", 0) > 0 for one in arguments)
        if absolute or routine.name == "KeQuerySystemTime":
            text = f"{routine.name} in {self.thread_name(choice)}, line {line_of(code, instruction)}"
            if text not in self.clock_reads:
                self.clock_reads.append(text)

    # -- questions about the order -------------------------------------------------------------------------------

    def before(self, one: int, other: int, program_only: bool = False) -> bool:
        """Does event `one` happen before event `other`?"""
        first, second = self.events[one], self.events[other]
        if program_only:
            return first.process == second.process and one < other
        return first.process < len(second.clock) and second.clock[first.process] >= first.place

    def not_after(self, first: int) -> list[int]:
        """The events later than `first` that do not happen after it, in order."""
        event = self.events[first]
        found: list[int] = []
        for process, mine in enumerate(self._of_process):
            if process != event.process:
                start = bisect_right(mine, first)
                end = bisect_left(mine, True, lo=start, key=lambda other: self.before(first, other))
                found += mine[start:end]
        return sorted(found)

    def next_of(self, choice: int, since: int) -> int | None:
        """The first event of a process at `since` or later: the call that it stood before at `since`."""
        process = self._processes.get(choice)
        if process is None:
            return None
        mine = self._of_process[process]
        at = bisect_left(mine, since)
        return mine[at] if at < len(mine) else None

    def unordered_accesses(self) -> list[tuple[Access, Access]]:
        """Accesses to a field of a shared structure that conflict and are in no order: one pair of each two lines."""
        latest: dict[Any, dict[Any, Access]] = {}
        found: dict[Any, tuple[Access, Access]] = {}
        for access in self.kernel.trace.accesses:
            _, thread, structure, name, writes, *site = access
            others = latest.setdefault((structure, name), {})
            for (other, wrote, *_), earlier in others.items():
                if other != thread and (writes or wrote) and not self._accessed_before(earlier, access):
                    found.setdefault((structure, name, *earlier[4:], *access[4:]), (earlier, access))
            others[thread, writes, *site] = access
        return list(found.values())

    def choice_of(self, number: int) -> int:
        """The choice that a schedule's number stands for: of a thread's time-outs, the pending one."""
        if number >= 0:
            return number
        return next(
            choice for choice, pending in self._timeouts.items() if pending.number == number and self._pending(choice)
        )

    def results(self) -> list[Any]:
        """What each step's call returned."""
        return self.kernel.trace.column("result")

    def subjects(self) -> list[Any]:
        """What each step touched."""
        return self.kernel.trace.column("subject")

    def _accessed_before(self, one: Access, other: Access) -> bool:
        """An access lies between two steps of its thread. It is before another when the second of them happens before
        the step that the other one follows."""
        following, preceding = self._around(one)[1], self._around(other)[0]
        if preceding is None or following is None:
            return False
        return following == preceding or self.before(following, preceding)

    def _around(self, access: Access) -> tuple[int | None, int | None]:
        """The events between which its thread made an access; the first is its creator's, where it had not run."""
        step, thread = access[:2]
        mine = self._of_process[self._processes[thread]] if thread in self._processes else []
        if step and self.kernel.trace.rows[(step - 1) * ROW] == thread:
            before: int | None = self._event_of_step[step - 1]
            at = bisect_right(mine, self._event_of_step[step - 1])
        else:
            before, at = self._event_of_step[step] if step < len(self._event_of_step) else None, 0
        return before, mine[at] if at < len(mine) else None

    def reach(self, event: int) -> Cells:
        """All that the call of an event could touch, whatever the state it runs in."""
        cells = self.events[event].cells
        if cells is None:
            return None
        reached = [(cell, True) for cell, _ in cells]
        for cell, _ in cells:
            reached += [(companion, True) for companion in self._companions.get(cell, ())]
        if self.view is not None and any(self.view.watch.shows(cell) for cell, _ in reached):
            reached.append(SEEN)
        return reached


def joined(one: Clock, other: Clock) -> Clock:
    """What both know together."""
    if len(one) < len(other):
        one, other = other, one
    return (*map(max, one, other), *one[len(other) :])

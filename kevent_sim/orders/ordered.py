"""An execution with its order: what conflicts with what, and what each call could touch in a state it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent_sim.machine.choice import Choice
from kevent_sim.machine.lines import line_of
from kevent_sim.orders.companions import Companions
from kevent_sim.orders.executions import Astray, Execution, covers
from kevent_sim.orders.order import Numbered, Order
from kevent_sim.orders.watch import SEEN
from kevent_sim.runs.result import Run


class OrderedExecution(Execution):
    """A run while it is made, and the partial order of its steps."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.order = Order()
        self.companions = Companions()
        self.asleep: dict[int, list[Choice]] = {}
        # The event that stopped the machine, and the choices it ended.
        self.crash: tuple[int, list[Choice]] | None = None
        self.clock_reads: list[str] = []

    def ordered(
        self, choose: Callable[[list[Choice]], Choice | None], before: OrderedExecution | None = None, repeats: int = 0
    ) -> Run:
        """Ask `choose` before each step; record what conflicts with what. The first choices repeat those of the
        execution `before`, whose order is taken over. Raises Astray where they cannot be made."""
        kernel, order = self.kernel, self.order
        with self.begun():
            if before is not None:
                order = self.order = before.order
                self.companions = before.companions
                order.back_to(repeats)
            self.companions.begin(order, kernel.trace.files_before)
            if before is not None:
                self._repeat(before.choices[:repeats])
            if self.view is not None:
                self.view.look(0, (), None)
            woken = len(kernel.trace.wakes)
            while len(self.choices) < min(self.max_steps, self.window or self.max_steps):
                enabled = self.enabled()
                if not enabled:
                    break
                choice = choose(enabled)
                if choice is None:
                    self.redundant = True
                    break
                target, cells = self.target(choice), self.cells(choice)
                self._note_clock_read(choice, target)
                ended, moves_on, place = len(kernel.ended), target.call[0].role == "moves on", target.call[2:]
                try:
                    self.take(choice, target, cells)
                except BaseException:
                    self.crash = len(order.events), [other for other in enabled if other != choice]
                    order.add(choice, None)
                    raise
                if len(kernel.ended) > ended and not all(covers(cells, region) for region in kernel.ended[ended:]):
                    self.ends[place] = self.ends.get(place, 0) + 1
                if self.view is not None:
                    self.view.look(kernel.steps, cells, place)
                same = order.add(choice, cells)
                if not (same and moves_on):
                    self.companions.note(order, kernel.volume, cells)
                for _, thread in kernel.trace.wakes[woken:]:
                    order.releases(thread.number)
                woken = len(kernel.trace.wakes)
                if self.timeouts:
                    newest = next(reversed(self.timeouts))
                    if not order.knows(newest):
                        order.releases(newest)
            else:
                self.follow([])
            if not self.redundant:
                self.let_go()
        return self.machine.run("explore")

    def _repeat(self, choices: list[Choice]) -> None:
        """Make choices whose order is known. Cells are asked for where some were met first, which are numbered anew."""
        meeting = {*self.order.meeting}
        for event, choice in enumerate(choices):
            if choice not in self.enabled():
                raise Astray
            target = self.target(choice)
            meets = event in meeting
            cells = self.cells(choice) if meets else self.order.cells_of(event)
            self.take(choice, target, cells)
            if meets:
                for cell, _ in cells or ():
                    self.order.number(cell)
                self.companions.note(self.order, self.kernel.volume, cells)

    def _note_clock_read(self, choice: Choice, target: Any) -> None:
        routine, arguments, code, instruction = target.call
        begins_wait = routine.role == "waits" and isinstance(choice, int) and not routine.returning
        absolute = begins_wait and any(getattr(one, "QuadPart", 0) > 0 for one in arguments)
        if absolute or routine.role == "reads the clock":
            text = f"{routine.name} in {self.thread_name(choice)}, line {line_of(code, instruction)}"
            if text not in self.clock_reads:
                self.clock_reads.append(text)

    def choice_of(self, choice: Choice) -> Choice:
        """The choice that a schedule's stands for: of a thread's time-outs, the pending one."""
        if isinstance(choice, int):
            return choice
        return next(one for one in self.timeouts if one.thread == choice.thread and self.happens(one))

    def forget_satisfied(self) -> None:
        """Leave out the time-outs whose wait was satisfied. Where a schedule is repeated none of them is taken."""
        self.timeouts = {one: each for one, each in self.timeouts.items() if self.happens(one)}

    def reach(self, event: int) -> Numbered:
        """All that the call of an event could touch, whatever the state it runs in."""
        cells = self.order.events[event].cells
        if cells is None:
            return None
        reached = self.companions.reached(cells)
        if self.view is not None and any(self.view.watch.shows(self.order.met[cell]) for cell, _ in reached):
            seen, writes = SEEN
            reached.append((self.order.number(seen), writes))
        return reached

    def events_of_steps(self) -> list[int]:
        """Of each step of the machine that has its place in the order, the event."""
        return sorted(set(range(len(self.order.events))).difference(self.idle))

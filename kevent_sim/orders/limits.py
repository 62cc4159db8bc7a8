"""When a search gives up, and what can still be found where some runs have no end.

A loop whose rounds write has orders without end, and a search that follows them comes to nothing else. So the orders of
a run's first steps alone are explored, of ever more of them, while all threads take turns: a run that comes to its end
so is judged as any other. That proves nothing; it finds what goes wrong early.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from kevent_sim.machine.lines import line_of
from kevent_sim.orders.executions import Astray, Execution
from kevent_sim.orders.exploration import counted
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.reduction import Reduction
from kevent_sim.runs.result import Run

STEPS = 10_000  # that may be taken in all
LONGEST = 500  # of one run; or `max_steps`, where that is less
_MORE = 4  # of so many first steps all orders are explored to begin with; then of so many more, and so on


class Budget:
    """A number of executions or a time, from now on; None: no end."""

    def __init__(self, budget: int | timedelta | None) -> None:
        self.budget, self.began = budget, monotonic()

    def used_up(self, executions: int) -> str:
        """That it is, in words; "" where it is not."""
        if isinstance(self.budget, timedelta) and monotonic() - self.began >= self.budget.total_seconds():
            return f"the budget of {self.budget} is used up"
        if isinstance(self.budget, int) and executions >= self.budget:
            return f"the budget of {counted(self.budget, 'execution')} is used up"
        return ""


def busiest_site(execution: Execution) -> str:
    """Where the last of a long run was spent: the driver's line that was met most often; "" where none was again."""
    last = range(max(0, execution.kernel.steps - 1000), execution.kernel.steps)
    places = {step: execution.kernel.trace.row(step)[2:4] for step in last}
    met = Counter(execution.site_of_step(step) for step, place in places.items() if line_of(*place))
    site, times = met.most_common(1)[0] if met else ("", 0)
    return site if times > 1 else ""


def look_around(make: Callable[[], OrderedExecution], judge: Callable[[OrderedExecution, Run], bool]) -> str:
    """Explore the orders of first steps until a run is bad, by `judge`, or enough steps were taken; what was done, in
    words."""
    ended = cut = steps = 0
    for window in range(_MORE, LONGEST, _MORE):
        tree, more, longer = Reduction(), True, False
        while more:
            execution = make()
            execution.window, execution.max_steps = window, min(LONGEST, execution.max_steps)
            try:
                made = execution.ordered(tree.chooser(execution))
            except Astray:
                return ""
            steps += len(execution.choices)
            longer = longer or len(execution.choices) > window
            cut += execution.cut
            if not (execution.cut or execution.redundant):
                ended += 1
                if judge(execution, made):
                    return ""
            if steps > STEPS:
                return _told(ended, cut)
            more = tree.learn(execution)
        if not longer:
            break
    return _told(ended, cut)


def _told(ended: int, cut: int) -> str:
    runs = f"{ended} run{'s' * (ended != 1)}"
    return f"; of the orders of its first steps {runs} came to an end and none was bad, {cut} did not"

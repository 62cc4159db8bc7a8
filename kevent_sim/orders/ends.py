"""How a run can end badly, and what of it is told; what of it denies a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kevent_sim.machine.lines import line_of
from kevent_sim.orders.executions import Execution
from kevent_sim.orders.exploration import preemptions
from kevent_sim.orders.findings import Wrong, cause
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.questions import told
from kevent_sim.orders.races import data_races
from kevent_sim.runs.result import Run


def wrong(execution: Execution, made: Run, false: Callable[[], str]) -> Wrong | None:
    """What is wrong with a run, if anything is: the first of what was not always true, a bad end, a false check, which
    `false` tells of a run that has completed."""
    steps = execution.kernel.steps
    if execution.view is not None and execution.view.broken:
        at, steps = min(execution.view.broken.items(), key=lambda broken: broken[1])
        where = f"after step {steps} ({execution.site_of_step(steps - 1)})" if steps else "at the start"
        kind, text = "check", f"{told(execution.view.watch.asked[at])} is not true {where}"
    elif execution.polling.for_ever:
        kind, text = "livelock", "; ".join([*_pollers(execution), *map(str, made.waiting)])
    elif made.verdict == "deadlock":
        kind, text = "deadlock", "; ".join(map(str, made.waiting))
    elif made.bugcheck is not None:
        kind = "memory" if made.bugcheck.finding else "bugcheck"
        text = f"{made.bugcheck} (line {made.bugcheck.line})"
    else:
        kind, text = "check", false()
    early = execution.early is not None and execution.early < steps
    if not text:
        return None
    return Wrong(kind, text, early, cause(kind, text, made), preemptions(made))


def doubts_of(execution: OrderedExecution) -> Iterator[tuple[str, str]]:
    """What denies a proof, by kind and in words."""
    for race in data_races(execution):
        yield "data race", str(race)
    machine = execution.kernel.memory == "machine"  # else the run has stopped there
    for _, kind, text, line in execution.kernel.trace.findings if machine else ():
        yield "memory", f"{kind}: {text} (line {line})"
    for text in execution.clock_reads:
        yield "clock", text
    for step in execution.kernel.trace.passing:
        yield "priority", execution.site_of_step(step)


def _pollers(execution: Execution) -> list[str]:
    threads = [execution.kernel.threads[number] for number in sorted(execution.polling.resting)]
    return [f"{thread.name} polls for ever (line {line_of(*thread.call[2:])})" for thread in threads]

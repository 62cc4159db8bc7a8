"""What the steps of a run did, as far as two runs can be compared: does a driver do the same again?"""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Routine
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.machine.trace import COLUMNS, Trace
from kevent_sim.orders.executions import Execution


def doings(trace: Trace) -> list[tuple[Any, ...]]:
    """Of each step of the machine where it led and what it came to."""
    choices, routines, codes, instructions, results, subjects = map(trace.column, COLUMNS)
    came_to = map(_came_to, routines, results, subjects)
    return list(zip(choices, routines, codes, instructions, came_to, strict=True))


def elsewhere(execution: Execution, at: int) -> str:
    """That a driver does something else when it is run again, and where."""
    where = execution.site_of_step(at)
    return f"run again with the same schedule it does something else at step {at} ({where})"


def _came_to(routine: Routine, result: Any, subject: Any) -> Any:
    """What a call returned, and on which object it was, in values that outlive the execution."""
    if not isinstance(subject, DispatcherObject):
        return result if isinstance(result, int) else None
    if isinstance(subject, KTHREAD) and routine.role == "signals":
        result = subject.ExitStatus
    return subject.name, result if isinstance(result, int) else None

"""What the steps of a run did, as far as two runs can be compared: does a driver do the same again?"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from kevent_sim.machine.call import Routine
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.machine.trace import COLUMNS, Trace
from kevent_sim.orders.executions import Execution


class Alike:
    """That a driver does again what it has done, as far as the schedule is the same."""

    def __init__(self) -> None:
        self.last: list[tuple[Any, ...]] | None = None  # doings of the last execution

    def note(self, execution: Execution) -> None:
        self.last = doings(execution.kernel.trace)

    def differs(self, execution: Execution, repeated: int | None) -> str:
        """Where the execution does something else than the last one, in words; "" where it does not. It has repeated so
        many choices of it, or all (None)."""
        before, now = self.last, doings(execution.kernel.trace)
        self.last = now
        if before is None:
            return ""
        if repeated is not None:
            alike = execution.steps_of(repeated)
            before, now = before[:alike], now[:alike]
        if before == now:
            return ""
        return elsewhere(execution, next((at for at, did in enumerate(now) if before[at : at + 1] != [did]), len(now)))


def elsewhere(execution: Execution, at: int) -> str:
    """That a driver does something else when it is run again, and where."""
    where = execution.site_of_step(at)
    return f"run again with the same schedule it does something else at step {at} ({where})"


def doings(trace: Trace) -> list[tuple[Any, ...]]:
    """Of each step of the machine where it led and what it came to."""
    choices, routines, codes, instructions, results, subjects = map(trace.column, COLUMNS)
    came_to = map(_came_to, routines, results, subjects)
    return list(zip(choices, routines, codes, instructions, came_to, strict=True))


def fingerprint(trace: Trace) -> int:
    """The same of two runs, and in two processes, that did the same."""
    return crc32(
        repr(
            [
                (str(choice), routine.name, code and code.co_name, instruction, came_to)
                for choice, routine, code, instruction, came_to in doings(trace)
            ]
        ).encode()
    )


def _came_to(routine: Routine, result: Any, subject: Any) -> Any:
    """What a call returned, and on which object it was, in values that outlive the execution."""
    if not isinstance(subject, DispatcherObject):
        return result if isinstance(result, int) else None
    if isinstance(subject, KTHREAD) and routine.role == "signals":
        result = subject.ExitStatus
    return subject.name, result if isinstance(result, int) else None

"""How long a call keeps its processor busy, where that is what it is for."""

from __future__ import annotations

from kevent_sim.machine.call import Call
from kevent_sim.machine.numbers import whole_number

MICROSECOND = 10  # ticks


def stalled(call: Call) -> int:
    """In ticks; what is not a number of microseconds the routine itself refuses."""
    routine, arguments, *_ = call
    long = routine.role == "stalls" and len(arguments) == 1 and whole_number(arguments[0]) and arguments[0] > 0
    return MICROSECOND * arguments[0] if long else 0

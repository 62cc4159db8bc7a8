"""What a driver raises itself: a status, an assertion that fails, a bug check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.strings import text
from kevent_sim.c.library.units import NARROW, meaning
from kevent_sim.c.runtime import STATUS_ACCESS_VIOLATION, Raised, uint32
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.regions import stop_machine

STATUS_ASSERTION_FAILURE = 0xC0000420


def raise_status(m: Memory, status: int) -> NoReturn:
    raise Raised(uint32(status), f"ExRaiseStatus raises 0x{uint32(status):08X}")


def raise_access_violation(m: Memory) -> NoReturn:
    raise Raised(STATUS_ACCESS_VIOLATION, "ExRaiseAccessViolation raises STATUS_ACCESS_VIOLATION")


def assertion_failed(m: Memory, expression: Pointer, file: Pointer, line: int, message: Pointer) -> NoReturn:
    """As NT_ASSERT does where no debugger is there to ask."""
    told, *more = (meaning(text(NARROW, m, each), NARROW) for each in (expression, message) if each is not None)
    raise Raised(STATUS_ASSERTION_FAILURE, ": ".join((f"the assertion  {told}  fails", *more)))


def bug_check(m: Memory, code: int, *parameters: int) -> NoReturn:
    stop_machine(
        BugCheck(code, f"the driver asks for it, by {'KeBugCheckEx' if parameters else 'KeBugCheck'}", *parameters)
    )


RAISING: Mapping[str, Callable[..., Any]] = {
    "ExRaiseStatus": raise_status,
    "ExRaiseAccessViolation": raise_access_violation,
    "KeBugCheck": bug_check,
    "KeBugCheckEx": bug_check,
    "RtlAssert": assertion_failed,
}

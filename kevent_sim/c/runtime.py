"""What lowered text calls beside the memory: the integer types, the divisions, and what C leaves undefined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kevent_sim.c.integers import divided
from kevent_sim.machine.lines import line_of_error
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, NTSTATUS, UndefinedBehaviour

STATUS_ACCESS_VIOLATION = 0xC0000005
STATUS_INTEGER_DIVIDE_BY_ZERO, STATUS_INTEGER_OVERFLOW = 0xC0000094, 0xC0000095


class Raised(EXCEPTION_RECORD):
    """A structured exception that a driver's own code raises; `__except` handles it, as it does those of routines.

    `code`: what GetExceptionCode returns, as it is in ntstatus.h; `finding`: which misuse of memory it is, if it is
    one.
    """

    def __init__(self, code: int, text: str, finding: str = "") -> None:
        super().__init__(NTSTATUS(code))
        self.code, self.reason, self.finding = code, text, finding

    def __str__(self) -> str:
        return f"0x{self.code:08X}: {self.reason}"


class Undefined(UndefinedBehaviour):
    """C says nothing of what happens here: no number would be the right one."""


def int8(value: int) -> int:
    """A number as 8 bits hold it, the first a sign.

    >>> int8(200), uint8(-1), int32(1 << 31), uint64(-1) == 2**64 - 1
    (-56, 255, -2147483648, True)
    """
    return (value + 0x80 & 0xFF) - 0x80


def uint8(value: int) -> int:
    return value & 0xFF


def int16(value: int) -> int:
    return (value + 0x8000 & 0xFFFF) - 0x8000


def uint16(value: int) -> int:
    return value & 0xFFFF


def int32(value: int) -> int:
    return (value + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000


def uint32(value: int) -> int:
    return value & 0xFFFF_FFFF


def int64(value: int) -> int:
    return (value + 0x8000_0000_0000_0000 & 0xFFFF_FFFF_FFFF_FFFF) - 0x8000_0000_0000_0000


def uint64(value: int) -> int:
    return value & 0xFFFF_FFFF_FFFF_FFFF


def boolean(value: int) -> int:
    """A `_Bool`: 0 or 1."""
    return int(value != 0)


def pointer(value: Any) -> Any:
    """What `m.load` and `m.store` are given for a pointer in place of an integer's type."""
    return value


def divide(a: int, b: int, type: Callable[[int], int]) -> int:
    """The quotient, rounded towards zero.

    Raises:
        Raised: `b` is 0, or the quotient is one more than the type holds: the processor's exceptions.

    >>> divide(-7, 2, int32)
    -3
    >>> divide(1, 0, int32)
    Traceback (most recent call last):
    kevent_sim.c.runtime.Raised: 0xC0000094: 1 is divided by zero
    """
    if b == 0:
        raise Raised(STATUS_INTEGER_DIVIDE_BY_ZERO, f"{a} is divided by zero")
    quotient = divided(a, b)
    if b == -1 and type(quotient) != quotient:
        raise Raised(STATUS_INTEGER_OVERFLOW, f"{a} is divided by -1, and the quotient does not fit")
    return quotient


def remainder(a: int, b: int, type: Callable[[int], int]) -> int:
    """What the division leaves; its sign is that of `a`.

    >>> remainder(-7, 2, int32), remainder(7, -2, int32)
    (-1, 1)
    """
    return a - b * divide(a, b, type)


def handles(raised: EXCEPTION_RECORD, filter: int) -> bool:
    """Does an `__except` whose filter has this value handle the exception?

    Raises:
        Undefined: the filter says to go on where the exception was raised, which Python cannot.
    """
    if filter < 0:
        raise Undefined("EXCEPTION_CONTINUE_EXECUTION goes on where the exception was raised: that is not simulated")
    return filter > 0


def no_value(function: str) -> NoReturn:
    """The end of a function that returns a value, reached without `return`."""
    raise Undefined(f"{function} ends without a return, but it returns a value")


def uninitialised(error: UnboundLocalError, names: Mapping[str, str]) -> Undefined:
    """What an error of Python's means, raised where a C variable is read that nothing was written to. `names`: what C
    calls each Python variable whose name differs."""
    name = error.name or str(error).partition("'")[2].partition("'")[0]
    found = Undefined(f"{names.get(name, name)} is read, but nothing was written there before")
    found.line, found.finding = line_of_error(error), "uninitialised"
    return found


RUNTIME: dict[str, Any] = {
    each.__name__: each
    for each in (
        int8, uint8, int16, uint16, int32, uint32, int64, uint64, boolean, pointer,
        divide, remainder, handles, no_value,
    )
} | {"Raised": EXCEPTION_RECORD}  # fmt: skip

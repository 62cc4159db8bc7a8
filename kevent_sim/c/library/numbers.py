"""Numbers: of the C library, and with a status that says when they overflow (ntintsafe.h)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kevent_sim.c.interface import IntegerType, Memory, Pointer
from kevent_sim.c.library.statuses import INTEGER_OVERFLOW, SUCCESS
from kevent_sim.c.library.strings import text
from kevent_sim.c.library.units import NARROW
from kevent_sim.c.runtime import Undefined, int32, uint16, uint32, uint64

_LEADING = re.compile(r"[ \t\n\v\f\r]*([-+]?\d+)", re.ASCII)


def absolute(m: Memory, number: int) -> int:
    """Without its sign; the lowest number, which has no other, stays as it is."""
    return int32(abs(number))


def atoi(m: Memory, string: Pointer) -> int:
    """The number that a string begins with, behind white space; 0 where it begins with none.

    Raises:
        Undefined: it is larger than an int.
    """
    found = _LEADING.match(text(NARROW, m, string))
    value = int(found[1]) if found else 0
    if int32(value) != value:
        raise Undefined(f"atoi of {value}, which does not fit in an int")
    return value


def large_integer(m: Memory, number: int) -> Any:
    """A LARGE_INTEGER by value."""
    return m.load_record(m.string(uint64(number).to_bytes(8, "little")), 0, 8)


def checked(
    calculate: Callable[[int, int], int], type: IntegerType, m: Memory, first: int, second: int, result: Pointer
) -> int:
    """Store the result, or the type's highest number where it does not fit."""
    return _stored(type, m, calculate(first, second), result)


def size_to_ulong(m: Memory, operand: int, result: Pointer) -> int:
    return _stored(uint32, m, operand, result)


def _stored(type: IntegerType, m: Memory, value: int, result: Pointer) -> int:
    fits = type(value) == value
    m.store(result, 0, type, value if fits else type(-1))
    return SUCCESS if fits else INTEGER_OVERFLOW


NUMBERS: Mapping[str, Callable[..., Any]] = {
    "abs": absolute,
    "labs": absolute,
    "atoi": atoi,
    "RtlConvertLongToLargeInteger": large_integer,
    "RtlConvertUlongToLargeInteger": large_integer,
    "RtlULongAdd": partial(checked, operator.add, uint32),
    "RtlULongSub": partial(checked, operator.sub, uint32),
    "RtlULongMult": partial(checked, operator.mul, uint32),
    "RtlULongLongAdd": partial(checked, operator.add, uint64),
    "RtlULongLongMult": partial(checked, operator.mul, uint64),
    "RtlUShortAdd": partial(checked, operator.add, uint16),
    "RtlSIZETAdd": partial(checked, operator.add, uint64),
    "RtlSIZETMult": partial(checked, operator.mul, uint64),
    "RtlSizeTAdd": partial(checked, operator.add, uint64),
    "RtlSizeTMult": partial(checked, operator.mul, uint64),
    "RtlSizeTToULong": size_to_ulong,
}

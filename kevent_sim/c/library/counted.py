"""Counted strings: UNICODE_STRING and ANSI_STRING, whose lengths are in bytes, and which need not end with a zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.statuses import (
    BUFFER_OVERFLOW,
    BUFFER_TOO_SMALL,
    INVALID_PARAMETER,
    INVALID_PARAMETER_2,
    SUCCESS,
)
from kevent_sim.c.library.units import NARROW, WIDE, compared, converted, data, raised, units, upcase
from kevent_sim.c.runtime import pointer, uint16, uint32
from kevent_sim.machine.call import not_simulated

_LARGEST = 0xFFFE  # bytes of a UNICODE_STRING


def length(m: Memory, string: Pointer) -> int:
    """The Length of a counted string, in bytes."""
    return int(m.load(string, 0, uint16))


def maximum(m: Memory, string: Pointer) -> int:
    return int(m.load(string, 2, uint16))


def buffer(m: Memory, string: Pointer) -> Pointer:
    return m.load(string, 8, pointer)


def set_length(m: Memory, string: Pointer, size: int) -> None:
    m.store(string, 0, uint16, size)


def text(m: Memory, string: Pointer, unit: int = WIDE) -> str:
    """The units of a counted string."""
    size = length(m, string) // unit * unit
    return units(m.read(buffer(m, string), size), unit) if size else ""


def initialise(unit: int, m: Memory, to: Pointer, source: Pointer) -> None:
    """Let it stand for a string, whose end counts in MaximumLength; for none where that is NULL."""
    most = 0xFFFF - unit - (unit == WIDE)  # one unit more is the string's end
    size = min(len(m.terminated(source, unit)), most) if source is not None else 0
    set_length(m, to, size)
    m.store(to, 2, uint16, size + unit if source is not None else 0)
    m.store(to, 8, pointer, source)


def copy(m: Memory, to: Pointer, source: Pointer) -> None:
    """As much as there is room for, and a zero where there is still more."""
    size = min(length(m, source), maximum(m, to)) if source is not None else 0
    if size:
        m.copy(buffer(m, to), buffer(m, source), size)
    set_length(m, to, size)
    if source is not None and size + WIDE <= maximum(m, to):
        m.write(m.index(buffer(m, to), size, 1), bytes(WIDE))


def append_counted(m: Memory, to: Pointer, source: Pointer) -> int:
    size = length(m, source)
    return _appended(m, to, buffer(m, source), size) if size else SUCCESS


def append_string(m: Memory, to: Pointer, source: Pointer) -> int:
    """A string that ends with a zero; NULL is an empty one."""
    size = len(m.terminated(source, WIDE)) if source is not None else 0
    return _appended(m, to, source, size) if size else SUCCESS


def _appended(m: Memory, to: Pointer, source: Pointer, size: int) -> int:
    """All of it or nothing, and a zero where there is room."""
    old = length(m, to)
    if old + size > maximum(m, to):
        return BUFFER_TOO_SMALL
    m.copy(m.index(buffer(m, to), old, 1), source, size)
    set_length(m, to, old + size)
    if old + size + 1 < maximum(m, to):
        m.write(m.index(buffer(m, to), old + size, 1), bytes(WIDE))
    return SUCCESS


def compare(m: Memory, first: Pointer, second: Pointer, ignore_case: int) -> int:
    return compared(*_told(m, first, second, ignore_case))


def equal(m: Memory, first: Pointer, second: Pointer, ignore_case: int) -> int:
    if length(m, first) != length(m, second):
        return 0
    return int(compare(m, first, second, ignore_case) == 0)


def prefix(m: Memory, first: Pointer, second: Pointer, ignore_case: int) -> int:
    """Does the second begin with the first?"""
    one, other = _told(m, first, second, ignore_case)
    return int(other.startswith(one))


def _told(m: Memory, first: Pointer, second: Pointer, ignore_case: int) -> tuple[str, str]:
    one, other = text(m, first), text(m, second)
    return (raised(one), raised(other)) if ignore_case else (one, other)


def upcase_character(m: Memory, character: int) -> int:
    return ord(upcase(chr(character)))


def upcase_string(m: Memory, to: Pointer, source: Pointer, allocate: int) -> int:
    _own_buffer("RtlUpcaseUnicodeString", allocate)
    found = text(m, source)
    if len(found) * WIDE > maximum(m, to):
        return BUFFER_OVERFLOW
    if found:
        m.write(buffer(m, to), data(raised(found), WIDE))
    set_length(m, to, len(found) * WIDE)
    return SUCCESS


def ansi_to_unicode(m: Memory, to: Pointer, source: Pointer, allocate: int) -> int:
    """All of it and a zero, or nothing; Length says what it would be."""
    _own_buffer("RtlAnsiStringToUnicodeString", allocate)
    return _made(m, to, converted(text(m, source, NARROW), NARROW, WIDE))


def unicode_to_ansi(m: Memory, to: Pointer, source: Pointer, allocate: int) -> int:
    """As much as there is room for, and a zero."""
    _own_buffer("RtlUnicodeStringToAnsiString", allocate)
    found, room = converted(text(m, source), WIDE, NARROW), maximum(m, to)
    if len(found) + 1 > 0xFFFF:
        return INVALID_PARAMETER_2
    if room == 0:
        set_length(m, to, len(found))
        return BUFFER_OVERFLOW
    fits = len(found) < room
    set_length(m, to, len(found) if fits else room - 1)
    m.write(buffer(m, to), data(found if fits else found[: room - 1], NARROW) + b"\0")
    return SUCCESS if fits else BUFFER_OVERFLOW


def _own_buffer(routine: str, allocate: int) -> None:
    if allocate:
        raise not_simulated(
            f"{routine} with AllocateDestinationString TRUE", "give DestinationString a buffer of your own"
        )


def from_integer(m: Memory, value: int, base: int, to: Pointer) -> int:
    """The digits and a zero, or nothing; Length says what it would be."""
    form = {0: "d", 10: "d", 2: "b", 8: "o", 16: "X"}.get(base)
    return INVALID_PARAMETER if form is None else _made(m, to, format(value, form))


def _made(m: Memory, to: Pointer, found: str) -> int:
    size = len(found) * WIDE
    if size + WIDE > _LARGEST:
        return INVALID_PARAMETER_2
    set_length(m, to, size)
    if size >= maximum(m, to):
        return BUFFER_OVERFLOW
    m.write(buffer(m, to), data(f"{found}\0", WIDE))
    return SUCCESS


def to_integer(m: Memory, string: Pointer, base: int, result: Pointer) -> int:
    """The number that a string begins with, behind white space and a sign; 0 where it begins with none."""
    if base not in (0, 2, 8, 10, 16):
        return INVALID_PARAMETER
    left = text(m, string).lstrip("".join(map(chr, range(0x21))))
    sign, left = (left[:1], left[1:]) if left[:1] in ("+", "-") else ("", left)
    if base == 0:
        base = {"0x": 16, "0o": 8, "0b": 2}.get(left[:2], 10)
        left = left[2:] if base != 10 else left
    value, digits = 0, "0123456789abcdef"[:base]
    for each in left:
        if (digit := digits.find(each.lower() if each.isascii() else "?")) < 0:
            break
        value = value * base + digit
    m.store(result, 0, uint32, uint32(-value if sign == "-" else value))
    return SUCCESS


COUNTED: Mapping[str, Callable[..., Any]] = {
    "RtlInitUnicodeString": partial(initialise, WIDE),
    "RtlInitAnsiString": partial(initialise, NARROW),
    "RtlInitString": partial(initialise, NARROW),
    "RtlCopyUnicodeString": copy,
    "RtlAppendUnicodeStringToString": append_counted,
    "RtlAppendUnicodeToString": append_string,
    "RtlCompareUnicodeString": compare,
    "RtlEqualUnicodeString": equal,
    "RtlPrefixUnicodeString": prefix,
    "RtlUpcaseUnicodeChar": upcase_character,
    "RtlUpcaseUnicodeString": upcase_string,
    "RtlAnsiStringToUnicodeString": ansi_to_unicode,
    "RtlUnicodeStringToAnsiString": unicode_to_ansi,
    "RtlIntegerToUnicodeString": from_integer,
    "RtlUnicodeStringToInteger": to_integer,
}

"""Strings that end with a zero: of bytes, and of 16-bit units. `unit` is the bytes of one.

What the library reads of a string it reads to its end: one that has none is found there. Of two that are compared the
second is read no further than the first reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.blocks import apart, fill
from kevent_sim.c.library.units import NARROW, WIDE, compared, lowered, units


def length(unit: int, m: Memory, string: Pointer) -> int:
    return len(m.terminated(string, unit)) // unit


def bounded_length(unit: int, m: Memory, string: Pointer, count: int) -> int:
    return len(m.terminated(string, unit, count)) // unit if count else 0


def text(unit: int, m: Memory, string: Pointer, limit: int | None = None) -> str:
    """The units of a string; at most so many."""
    return "" if limit == 0 else units(m.terminated(string, unit, limit), unit)


def compare(unit: int, told: Callable[[str], str], m: Memory, first: Pointer, second: Pointer) -> int:
    one = text(unit, m, first)
    return compared(told(one), told(text(unit, m, second, len(one) + 1)))


def bounded_compare(
    unit: int, told: Callable[[str], str], m: Memory, first: Pointer, second: Pointer, count: int
) -> int:
    one = text(unit, m, first, count)
    return compared(told(one), told(text(unit, m, second, min(count, len(one) + 1))))


def copy(routine: str, unit: int, m: Memory, destination: Pointer, source: Pointer) -> Pointer:
    put(routine, m, destination, m.terminated(source, unit), bytes(unit), source)
    return destination


def bounded_copy(routine: str, unit: int, m: Memory, destination: Pointer, source: Pointer, count: int) -> Pointer:
    """As many units as there are, then zeros; where the string is longer nothing ends it."""
    if count:
        found = m.terminated(source, unit, count)
        put(routine, m, destination, found, b"", source)
        if left := count * unit - len(found):
            fill(m, m.index(destination, len(found), 1), 0, left)
    return destination


def append(routine: str, unit: int, m: Memory, destination: Pointer, source: Pointer) -> Pointer:
    end = m.index(destination, length(unit, m, destination), unit)
    put(routine, m, end, m.terminated(source, unit), bytes(unit), source)
    return destination


def bounded_append(routine: str, unit: int, m: Memory, destination: Pointer, source: Pointer, count: int) -> Pointer:
    """At most so many units, and a zero behind them."""
    end = m.index(destination, length(unit, m, destination), unit)
    put(routine, m, end, m.terminated(source, unit, count) if count else b"", bytes(unit), source)
    return destination


def put(routine: str, m: Memory, to: Pointer, found: bytes, end: bytes, source: Pointer) -> None:
    """Write what was found at the source, which has to lie apart from it."""
    m.write(to, found + end)
    apart(m, routine, to, len(found) + len(end), source, len(found) + len(end))


def find(unit: int, m: Memory, string: Pointer, character: int) -> Pointer:
    """The first of a character; of 0, the string's end."""
    return _at(unit, m, string, (text(unit, m, string) + "\0").find(_character(unit, character)))


def find_last(unit: int, m: Memory, string: Pointer, character: int) -> Pointer:
    return _at(unit, m, string, (text(unit, m, string) + "\0").rfind(_character(unit, character)))


def find_part(unit: int, m: Memory, string: Pointer, part: Pointer) -> Pointer:
    return _at(unit, m, string, text(unit, m, string).find(text(unit, m, part)))


def _character(unit: int, character: int) -> str:
    return chr(character & (1 << 8 * unit) - 1)


def _at(unit: int, m: Memory, string: Pointer, index: int) -> Pointer:
    return None if index < 0 else m.index(string, index, unit)


def _strings(prefix: str, unit: int) -> dict[str, Callable[..., Any]]:
    """The routines whose names begin with `str` or `wcs`."""
    table: dict[str, Callable[..., Any]] = {
        f"{prefix}len": partial(length, unit),
        f"{prefix}nlen": partial(bounded_length, unit),
        f"{prefix}cmp": partial(compare, unit, str),
        f"{prefix}ncmp": partial(bounded_compare, unit, str),
        f"_{prefix}icmp": partial(compare, unit, lowered),
        f"_{prefix}nicmp": partial(bounded_compare, unit, lowered),
        f"{prefix}chr": partial(find, unit),
        f"{prefix}rchr": partial(find_last, unit),
        f"{prefix}str": partial(find_part, unit),
    }
    writers: dict[str, Callable[..., Any]] = {"cpy": copy, "ncpy": bounded_copy, "cat": append, "ncat": bounded_append}
    return table | {f"{prefix}{name}": partial(each, f"{prefix}{name}", unit) for name, each in writers.items()}


STRINGS: Mapping[str, Callable[..., Any]] = {**_strings("str", NARROW), **_strings("wcs", WIDE)}

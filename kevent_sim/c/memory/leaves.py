"""The scalars that a type is made of, and what an access touches of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from kevent_sim.c.types import Array, Record, Type
from kevent_sim.machine.memory import Span, span
from kevent_sim.machine.objects import FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE

# What one waits for, as our headers name it: no driver's code reads in it, so each is one leaf.
WAITED_FOR: dict[str, type] = {
    "KEVENT": KEVENT,
    "KSEMAPHORE": KSEMAPHORE,
    "KMUTANT": KMUTEX,
    "FAST_MUTEX": FAST_MUTEX,
}
_ENDLESS = 1 << 30


class Leaf(NamedTuple):
    """A scalar, an array of scalars, or what one waits for: its name, its first byte, the one behind its last, and its
    type; None of bit-fields, which share their bytes."""

    name: str
    first: int
    last: int
    type: Type | None

    def inside(self, outer: str) -> Leaf:
        """The same by its name in what holds it."""
        joint = "." * bool(outer and self.name and self.name[0] != "[")
        return self._replace(name=f"{outer}{joint}{self.name}")


def leaf(type: Type, at: int, start: int = 0) -> Leaf | None:
    """The leaf that a byte belongs to, of a type that begins at `start`; None between two members.

    Of a union the largest member decides, so that bytes go by one name. What follows an array at the end of a record is
    more of it.
    """
    if isinstance(type, Record) and type.name not in WAITED_FOR:
        return _of_record(type, at, start)
    if isinstance(type, Array) and isinstance(type.of, Record | Array) and type.of.size:
        index = (at - start) // type.of.size
        found = leaf(type.of, at, start + index * type.of.size)
        return found and found.inside(f"[{index}]")
    return Leaf("", start, start + max(type.size, 1), type)


def _of_record(record: Record, at: int, start: int) -> Leaf | None:
    inside = [each for each in record.fields if 0 <= at - start - each.offset < each.type.size]
    if not inside:
        last = record.fields[-1] if record.fields else None
        if last is None or not isinstance(last.type, Array) or at < start + last.offset:
            return None
        return Leaf(last.name, start + last.offset, _ENDLESS, last.type)
    field = max(inside, key=lambda each: each.type.size)
    first = start + field.offset
    if field.width:
        return Leaf(field.name, first, first + field.type.size, None)
    found = leaf(field.type, at, first)
    return found and found.inside(field.name)


def leaves(type: Type | None, offset: int, size: int) -> Iterator[Span]:
    """What an access of `size` bytes touches: of each leaf its own bytes of it."""
    at, end = offset, offset + size
    while at < end:
        found = leaf(type, at) if type is not None else None
        if found is not None and found.first <= at < found.last:
            name, last = found.name, found.last
        else:  # past what the type says, or between two members
            name, last = f"+{at}", end if type is None or at >= type.size else at + 1
        yield span(name, at, min(last, end))
        at = min(last, end)


@lru_cache(maxsize=4096)
def spans(type: Type | None, offset: int, size: int) -> tuple[Span, ...]:
    """The same, kept: drivers touch the same again and again."""
    return tuple(leaves(type, offset, size))


def label(type: Type, offset: int) -> str:
    """What lies at an offset, as C names it; of an array of scalars the element. "" for the whole, +3 for what has no
    name.

    >>> from kevent_sim.c.layout import Member, lay_out
    >>> from kevent_sim.c.types import INT, LLONG
    >>> inner, outer = Record("_I"), Record("_O")
    >>> lay_out(inner, [Member("x", LLONG), Member("y", Array(INT, 4))])
    >>> lay_out(outer, [Member("head", LLONG), Member("two", Array(inner, 2))])
    >>> label(outer, 44), label(outer, 0), label(Array(INT, 4), 8)
    ('two[1].y[1]', 'head', '[2]')
    """
    found = leaf(type, offset)
    if found is None or not found.first <= offset < found.last:
        return f"+{offset}"
    if isinstance(found.type, Array):
        return f"{found.name}[{(offset - found.first) // max(found.type.of.size, 1)}]"
    return found.name


def waited_for(kind: Type | None, offset: int) -> type | None:
    """The class of what one waits for that lies at an offset; None where the type has no such thing there."""
    found = leaf(kind, offset) if kind is not None else None
    if found is None or found.first != offset or not isinstance(found.type, Record):
        return None
    return WAITED_FOR.get(found.type.name)

"""The scalars that a type is made of, and what an access touches of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kevent_sim.c.types import Array, Record, Type
from kevent_sim.machine.memory import Span, span

# What one waits for, as our headers name it: no driver's code reads in it, so each is one leaf.
WAITED_FOR = frozenset(("KEVENT", "KSEMAPHORE", "KMUTANT", "FAST_MUTEX"))


def leaves(type: Type | None, offset: int, size: int) -> Iterator[Span]:
    """What an access of `size` bytes touches: of each scalar, and of each array of scalars, its own bytes of them.

    A union goes by one name, whichever member the access was by.
    """
    end = offset + size
    at = offset
    while at < end:
        name, first, last = ("", at, end) if type is None else _leaf(type, 0, at)
        if not first <= at < last or type is None:  # past what the type says, or between two members
            name, last = f"+{at}", end if type is None or at >= type.size else at + 1
        yield span(name, at, min(last, end))
        at = min(last, end)


@lru_cache(maxsize=4096)
def spans(type: Type | None, offset: int, size: int) -> tuple[Span, ...]:
    """The same, kept: drivers touch the same again and again."""
    return tuple(leaves(type, offset, size))


def _leaf(type: Type, start: int, at: int) -> tuple[str, int, int]:
    """The scalar, or array of scalars, that a byte belongs to: its name, its first byte, the one behind its last."""
    if isinstance(type, Record) and type.name not in WAITED_FOR:
        inside = [each for each in type.fields if start + each.offset <= at < start + each.offset + each.type.size]
        if not inside:
            last = type.fields[-1] if type.fields else None
            if last is not None and isinstance(last.type, Array) and at >= start + last.offset:
                return last.name, start + last.offset, at + (1 << 30)  # Name[1] at the end, and what follows it
            return "", 0, 0
        field = max(inside, key=lambda each: each.type.size) if type.union or len(inside) > 1 else inside[0]
        if field.width:
            return field.name, start + field.offset, start + field.offset + field.type.size
        name, first, last_byte = _leaf(field.type, start + field.offset, at)
        joint = "." * bool(field.name and name and name[0] != "[")
        return f"{field.name}{joint}{name}", first, last_byte
    if isinstance(type, Array) and isinstance(type.of, Record | Array) and type.of.size:
        index = (at - start) // type.of.size
        name, first, last_byte = _leaf(type.of, start + index * type.of.size, at)
        return f"[{index}]{'.' * bool(name and name[0] != '[')}{name}", first, last_byte
    return "", start, start + max(type.size, 1)


def label(type: Type, offset: int, size: int) -> str:
    """What lies at an offset, as C would name it; of an array of scalars the element."""
    name, first, last = _leaf(type, 0, offset)
    if not first <= offset < last:
        return f"+{offset}"
    inner = _type_at(type, offset)
    if isinstance(inner, Array) and offset < size:
        return f"{name}[{(offset - first) // max(inner.of.size, 1)}]"
    return name


def scalar(type: Type, offset: int) -> Type | None:
    """The type of the scalar, or of the array of scalars, at an offset."""
    return _type_at(type, offset)


def _type_at(type: Type, at: int) -> Type | None:
    while isinstance(type, Record) and type.name not in WAITED_FOR:
        inside = [each for each in type.fields if each.offset <= at < each.offset + each.type.size]
        if not inside:
            last = type.fields[-1] if type.fields else None
            return last.type if last is not None and isinstance(last.type, Array) and at >= last.offset else None
        field = max(inside, key=lambda each: each.type.size)
        type, at = field.type, at - field.offset
    if isinstance(type, Array) and isinstance(type.of, Record | Array) and type.of.size:
        return _type_at(type.of, at % type.of.size)
    return type


def waited_for(type: Type | None, at: int) -> str:
    """The name of what one waits for that lies at an offset; "" where the type has no such thing there."""
    while isinstance(type, Record | Array):
        if isinstance(type, Array):
            of = type.of
            if not of.size:
                return ""
            type, at = of, at % of.size
            continue
        if type.name in WAITED_FOR:
            return type.name if at == 0 else ""
        inside = [each for each in type.fields if each.offset <= at < each.offset + each.type.size]
        if not inside:
            return ""
        field = max(inside, key=lambda each: each.type.size)
        type, at = field.type, at - field.offset
    return ""

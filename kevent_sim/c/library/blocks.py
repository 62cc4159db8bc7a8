"""Blocks of memory: what `RtlCopyMemory` and its like are macros for. Of 0 bytes none is touched, wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.units import compared, units
from kevent_sim.c.runtime import Undefined

_AT_ONCE = 1 << 24  # bytes; who writes more than there is finds the end in the first of them


def memcpy(m: Memory, destination: Pointer, source: Pointer, count: int) -> Pointer:
    """Copy between ranges that lie apart.

    Raises:
        Undefined: they overlap.
    """
    if count:
        m.copy(destination, source, count)
        apart(m, "memcpy", destination, count, source, count)
    return destination


def memmove(m: Memory, destination: Pointer, source: Pointer, count: int) -> Pointer:
    if count:
        m.copy(destination, source, count)
    return destination


def memset(m: Memory, destination: Pointer, value: int, count: int) -> Pointer:
    if count:
        fill(m, destination, value & 0xFF, count)
    return destination


def memcmp(m: Memory, first: Pointer, second: Pointer, count: int) -> int:
    return compared(units(m.read(first, count), 1), units(m.read(second, count), 1)) if count else 0


def memchr(m: Memory, buffer: Pointer, value: int, count: int) -> Pointer:
    """Where the byte is for the first time; what lies behind it is not looked at."""
    for at in range(count):
        here = m.index(buffer, at, 1)
        if m.read(here, 1)[0] == value & 0xFF:
            return here
    return None


def compare_memory(m: Memory, first: Pointer, second: Pointer, count: int) -> int:
    """How many bytes are the same before the first that differs."""
    if count == 0:
        return 0
    pairs = zip(m.read(first, count), m.read(second, count), strict=True)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), count)


def fill(m: Memory, destination: Pointer, value: int, count: int) -> None:
    """Write the same byte many times. A negative length that became a size is not a reason to make so many here."""
    while count > _AT_ONCE:
        m.write(destination, bytes([value]) * _AT_ONCE)
        destination, count = m.index(destination, _AT_ONCE, 1), count - _AT_ONCE
    m.write(destination, bytes([value]) * count)


def apart(m: Memory, routine: str, to: Pointer, size: int, source: Pointer, length: int) -> None:
    """Refuse what was copied within one object, where C asks for ranges that lie apart.

    Both ranges have been reached: so they lie in objects that are alive, and if their addresses meet it is in one.

    Raises:
        Undefined: they overlap.
    """
    if size == 0 or length == 0:
        return
    distance = m.order(to, source)
    if -size < distance < length:
        where = f"{abs(distance)} bytes {'before' if distance < 0 else 'behind'} them" if distance else "where they do"
        instead = "; memmove and RtlMoveMemory allow that" if routine == "memcpy" else ""
        raise Undefined(
            f"{routine} reads {length} bytes and writes {size}, which begin {where}: they overlap, and C leaves that "
            f"undefined{instead}"
        )


BLOCKS: Mapping[str, Callable[..., Any]] = {
    "memcpy": memcpy,
    "memmove": memmove,
    "memset": memset,
    "memcmp": memcmp,
    "memchr": memchr,
    "RtlCompareMemory": compare_memory,
}

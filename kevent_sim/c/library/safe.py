"""ntstrsafe.h: strings that are copied and formatted within bounds.

`unit` is the bytes of a unit, `step` what sizes are counted in: that for the routines of `Cb`, 1 for those of `Cch`.
What does not fit is cut off and ended, and STATUS_BUFFER_OVERFLOW; a size of 0, or one that is too large, is
STATUS_INVALID_PARAMETER.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.formats import formatted
from kevent_sim.c.library.printing import write
from kevent_sim.c.library.statuses import BUFFER_OVERFLOW, INVALID_PARAMETER, SUCCESS
from kevent_sim.c.library.strings import bounded_length, put
from kevent_sim.c.library.units import NARROW, WIDE
from kevent_sim.c.runtime import uint64

MOST = 2147483647  # NTSTRSAFE_MAX_CCH


def copy(
    routine: str, unit: int, step: int, m: Memory, to: Pointer, size: int, source: Pointer, most: int | None = None
) -> int:
    """Copy a string, at most `most` of it."""
    room = size // step
    if not _valid(unit, m, to, room):
        return INVALID_PARAMETER
    if most is not None and most // step >= MOST:
        m.write(to, bytes(unit))
        return INVALID_PARAMETER
    return _copied(routine, unit, m, to, room, source, None if most is None else most // step)


def append(
    routine: str, unit: int, step: int, m: Memory, to: Pointer, size: int, source: Pointer, most: int | None = None
) -> int:
    """Copy a string behind another, which must end within its bounds."""
    room = size // step
    if not 0 < room <= MOST:
        return INVALID_PARAMETER
    length = bounded_length(unit, m, to, room)
    if length == room or (most is not None and most // step >= MOST):
        return INVALID_PARAMETER
    limit = None if most is None else most // step
    return _copied(routine, unit, m, m.index(to, length, unit), room - length, source, limit)


def _copied(routine: str, unit: int, m: Memory, to: Pointer, room: int, source: Pointer, most: int | None) -> int:
    limit = room if most is None else min(room, most)
    found = m.terminated(source, unit, limit) if limit else b""
    whole = len(found) < room * unit
    put(routine, m, to, found if whole else found[:-unit], bytes(unit), source)
    return SUCCESS if whole else BUFFER_OVERFLOW


def printf(
    routine: str, unit: int, step: int, m: Memory, to: Pointer, size: int, format: Pointer, *arguments: Any
) -> int:
    room = size // step
    if not _valid(unit, m, to, room):
        return INVALID_PARAMETER
    done = formatted(m, routine, unit, format, arguments)
    write(m, routine, unit, to, done, f"{done.text[: room - 1]}\0")
    return SUCCESS if len(done.text) < room else BUFFER_OVERFLOW


def length(unit: int, step: int, m: Memory, string: Pointer, size: int, result: Pointer) -> int:
    """Where a string ends within bounds; the result is 0 where it does not, and is left out where it is NULL."""
    room = size // step
    found, valid = 0, string is not None and room <= MOST
    if valid:
        found = bounded_length(unit, m, string, room)
        valid = found < room
    if result is not None:
        m.store(result, 0, uint64, found * step if valid else 0)
    return SUCCESS if valid else INVALID_PARAMETER


def _valid(unit: int, m: Memory, to: Pointer, room: int) -> bool:
    """Is this a size? A buffer that is said to be too large is emptied, as the header does."""
    if room > MOST:
        m.write(to, bytes(unit))
    return 0 < room <= MOST


def _safe() -> dict[str, Callable[..., Any]]:
    table: dict[str, Callable[..., Any]] = {}
    for letter, unit in (("A", NARROW), ("W", WIDE)):
        for counted, step in (("Cch", 1), ("Cb", unit)):
            table[f"RtlString{counted}Length{letter}"] = partial(length, unit, step)
            for verb, routine in (("Copy", copy), ("CopyN", copy), ("Cat", append), ("CatN", append)):
                name = f"RtlString{counted}{verb}{letter}"
                table[name] = partial(routine, name, unit, step)
            name = f"RtlString{counted}Printf{letter}"
            table[name] = partial(printf, name, unit, step)
    return table


SAFE: Mapping[str, Callable[..., Any]] = _safe()

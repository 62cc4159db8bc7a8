"""ntstrsafe.h: counted strings that are copied and formatted within their MaximumLength.

What does not fit is cut off, with STATUS_BUFFER_OVERFLOW; what is not a counted string is STATUS_INVALID_PARAMETER. No
zero is written after what is copied; one is written after what is formatted, if there is room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.blocks import apart
from kevent_sim.c.library.counted import buffer, length, maximum, set_length
from kevent_sim.c.library.formats import formatted
from kevent_sim.c.library.printing import write
from kevent_sim.c.library.statuses import BUFFER_OVERFLOW, INVALID_PARAMETER, SUCCESS
from kevent_sim.c.library.units import WIDE
from kevent_sim.c.runtime import pointer, uint16
from kevent_sim.machine.call import not_simulated

_MOST = 32767  # units: NTSTRSAFE_UNICODE_STRING_MAX_CCH


def initialise(m: Memory, to: Pointer, source: Pointer) -> int:
    """Let it stand for a string, and for none where that is NULL, or too long."""
    found = m.terminated(source, WIDE, _MOST) if source is not None else b""
    fits = len(found) < _MOST * WIDE
    stands = fits and source is not None
    set_length(m, to, len(found) if stands else 0)
    m.store(to, 2, uint16, len(found) + WIDE if stands else 0)
    m.store(to, 8, pointer, source if stands else None)
    return SUCCESS if fits else INVALID_PARAMETER


def initialise_with(m: Memory, to: Pointer, source: Pointer, flags: int) -> int:
    if flags:
        raise not_simulated(f"RtlUnicodeStringInitEx with dwFlags {flags:#x}", "give 0")
    return initialise(m, to, source)


def copy(m: Memory, to: Pointer, source: Pointer) -> int:
    return _placed_counted(m, "RtlUnicodeStringCopy", to, source, behind=False)


def append(m: Memory, to: Pointer, source: Pointer) -> int:
    return _placed_counted(m, "RtlUnicodeStringCat", to, source, behind=True)


def copy_string(m: Memory, to: Pointer, source: Pointer) -> int:
    return _placed_string(m, "RtlUnicodeStringCopyString", to, source, behind=False)


def append_string(m: Memory, to: Pointer, source: Pointer) -> int:
    return _placed_string(m, "RtlUnicodeStringCatString", to, source, behind=True)


def printf(m: Memory, to: Pointer, format: Pointer, *arguments: Any) -> int:
    if not _valid(m, to):
        return INVALID_PARAMETER
    done, room = formatted(m, "RtlUnicodeStringPrintf", WIDE, format, arguments), maximum(m, to) // WIDE
    write(m, "RtlUnicodeStringPrintf", WIDE, buffer(m, to), done, f"{done.text}\0"[:room])
    set_length(m, to, min(len(done.text), room) * WIDE)
    return SUCCESS if len(done.text) <= room else BUFFER_OVERFLOW


def _placed_counted(m: Memory, routine: str, to: Pointer, source: Pointer, behind: bool) -> int:
    if not (_valid(m, to) and _valid(m, source)):
        return INVALID_PARAMETER
    return _placed(m, routine, to, buffer(m, source), length(m, source), behind)


def _placed_string(m: Memory, routine: str, to: Pointer, source: Pointer, behind: bool) -> int:
    if not _valid(m, to):
        return INVALID_PARAMETER
    room = (maximum(m, to) - (length(m, to) if behind else 0)) // WIDE
    return _placed(m, routine, to, source, len(m.terminated(source, WIDE, room + 1)), behind)


def _placed(m: Memory, routine: str, to: Pointer, source: Pointer, size: int, behind: bool) -> int:
    """Copy as much as there is room for, behind what there is or in its place."""
    old = length(m, to) if behind else 0
    fitting = min(size, maximum(m, to) - old)
    if fitting:
        where = m.index(buffer(m, to), old, 1)
        m.copy(where, source, fitting)
        apart(m, routine, where, fitting, source, fitting)
    set_length(m, to, old + fitting)
    return SUCCESS if fitting == size else BUFFER_OVERFLOW


def _valid(m: Memory, string: Pointer) -> bool:
    size, room = length(m, string), maximum(m, string)
    if size % WIDE or room % WIDE or size > room:
        return False
    return room == 0 or buffer(m, string) is not None


SAFE_COUNTED: Mapping[str, Callable[..., Any]] = {
    "RtlUnicodeStringInit": initialise,
    "RtlUnicodeStringInitEx": initialise_with,
    "RtlUnicodeStringPrintf": printf,
    "RtlUnicodeStringCopy": copy,
    "RtlUnicodeStringCopyString": copy_string,
    "RtlUnicodeStringCat": append,
    "RtlUnicodeStringCatString": append_string,
}

"""What formats are written to: the debugger, and buffers of the caller's that are as large as he says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.blocks import apart
from kevent_sim.c.library.formats import Formatted, formatted
from kevent_sim.c.library.units import NARROW, WIDE, data, meaning
from kevent_sim.machine.output import send


def dbg_print(m: Memory, format: Pointer, *arguments: Any) -> int:
    return _sent(m, "DbgPrint", format, arguments)


def dbg_print_ex(m: Memory, component: int, level: int, format: Pointer, *arguments: Any) -> int:
    """Whatever its component and its level are, the text is kept."""
    return _sent(m, "DbgPrintEx", format, arguments)


def _sent(m: Memory, routine: str, format: Pointer, arguments: tuple[Any, ...]) -> int:
    done = formatted(m, routine, NARROW, format, arguments)
    return int(send(routine, meaning(done.text, NARROW), done.passive))


def sprintf(m: Memory, buffer: Pointer, format: Pointer, *arguments: Any) -> int:
    done = formatted(m, "sprintf", NARROW, format, arguments)
    write(m, "sprintf", NARROW, buffer, done, f"{done.text}\0")
    return len(done.text)


def bounded(routine: str, unit: int, m: Memory, buffer: Pointer, count: int, format: Pointer, *arguments: Any) -> int:
    """At most so many units; a zero ends them only where there is room. -1 where something did not fit."""
    done = formatted(m, routine, unit, format, arguments)
    if buffer is None and count == 0:
        return len(done.text)
    write(m, routine, unit, buffer, done, f"{done.text}\0"[:count])
    return len(done.text) if len(done.text) <= count else -1


def swprintf(m: Memory, buffer: Pointer, count: int, format: Pointer, *arguments: Any) -> int:
    """At most so many units, the last of which is a zero. -1 where something did not fit."""
    done = formatted(m, "swprintf", WIDE, format, arguments)
    fits = len(done.text) < count
    if count:
        write(m, "swprintf", WIDE, buffer, done, f"{done.text if fits else done.text[: count - 1]}\0")
    return len(done.text) if fits else -1


def write(m: Memory, routine: str, unit: int, buffer: Pointer, done: Formatted, text: str) -> None:
    """Write what a format became, and refuse one that reads what it writes.

    Raises:
        Undefined: the format, or an argument, lies where the result is written.
    """
    if not text:
        return
    m.write(buffer, data(text, unit))
    for where, size in done.read:
        apart(m, routine, buffer, len(text) * unit, where, size)


PRINTING: Mapping[str, Callable[..., Any]] = {
    "DbgPrint": dbg_print,
    "DbgPrintEx": dbg_print_ex,
    "sprintf": sprintf,
    "swprintf": swprintf,
    "_snprintf": partial(bounded, "_snprintf", NARROW),
    "_snwprintf": partial(bounded, "_snwprintf", WIDE),
}

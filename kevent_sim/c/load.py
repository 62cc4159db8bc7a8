"""`ks.c.load`: C text to a driver."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from kevent_sim.c.driver import CDriver
from kevent_sim.c.errors import CError, CWarning, Place
from kevent_sim.c.lower import Lowered
from kevent_sim.c.program import Beside, Program, read
from kevent_sim.c.tokens import source
from kevent_sim.machine.absent import refusal


def load(
    text_or_path: str | Path,
    name: str | None = None,
    headers: Mapping[str, str] | None = None,
    frames: Mapping[str, Sequence[str]] | None = None,
    **parameters: int,
) -> CDriver:
    """A driver, from the text of a .c file, or from its path.

    A `#define FILE_COUNT 1000` is a parameter FileCount by itself, and `FileCount=20` here gives it another default.
    Where the text has no such #define, `FileCount=1000` makes every loop bound that is written as 1000 this parameter.

    Parameters:
        text_or_path: C, or where a file of C is; its own headers may lie beside it.
        name: what the text is called in messages; the file's name where there is one.
        headers: the texts of the driver's own headers, by the names by which they are included.
        frames: function -> its locals in memory, from the lowest address up, in place of the order that /GS prefers;
            those that are not named lie below them.
        parameters: defaults, by name.

    Raises:
        CError: the text is not C, or asks for what is not simulated; it shows the line.
        ValueError: a parameter is neither a #define nor the bound of a loop; a frame is of no function, or has no such
            local in memory.
        TypeError: a header is not a text, or a parameter is not a whole number.

    >>> driver = load('''#include <ntifs.h>
    ... #define COUNT 3
    ... NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    ...     for (int i = 0; i < COUNT; i++) DbgPrint("once more\\\\n");
    ...     return STATUS_SUCCESS;
    ... }''', name="count.c")
    >>> driver
    <C driver count: Count=3>
    """
    for header, given in (headers or {}).items():
        if not isinstance(given, str):
            raise TypeError(f"headers are texts by their names, and {header!r} is {given!r}")
    text, path = read(text_or_path)
    name = name or (path.name if path else "driver.c")
    found = headers or {}
    program = Program(source(name, text), found if path is None else Beside(path.parent, found), parameters)
    _check_frames(name, program.lowered, frames or {})
    _warn(name, program.lowered)
    return CDriver(re.sub(r"\W", "_", Path(name).stem), program, frames or {})


def _check_frames(name: str, lowered: Lowered, frames: Mapping[str, Sequence[str]]) -> None:
    """Raise where an order is given of what is not there."""
    for function, order in frames.items():
        there = [local for local, _ in lowered.frames.get(function, ())]
        if not there:
            known = ", ".join(lowered.frames) or "none"
            raise ValueError(f"{name} has no function {function} with locals in memory; there are: {known}")
        if strange := [local for local in order if local not in there]:
            raise ValueError(f"{function} has no local {strange[0]} in memory; it has: {', '.join(there)}")


def _warn(name: str, lowered: Lowered) -> None:
    """One warning for all that a compiler would warn of, and one for the routines that are not simulated."""
    if lowered.warnings:
        warnings.warn("\n".join(str(CError(place, text)) for place, text in lowered.warnings), CWarning, stacklevel=3)
    if lowered.missing:
        lacking = [f"{name} calls what is not simulated, and is refused at the call:"]
        for routine, place in lowered.missing.items():
            reason = refusal(routine)
            told = str(reason or "").partition("not simulated")[2].replace(f", {routine};", ";")
            lacking.append(f"    {_as_written(routine, place)}, line {place.line}{told}")
        warnings.warn("\n".join(lacking), CWarning, stacklevel=3)


def _as_written(routine: str, place: Place) -> str:
    """The routine, and the macro by which the reader calls it."""
    word = re.match(r"\w*", place.text.lines[place.line - 1][place.column - 1 :])
    return routine if word is None or word[0] in ("", routine) else f"{word[0]} ({routine})"

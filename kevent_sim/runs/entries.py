"""A driver's DriverEntry, and what it is made of."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.routines.io import check_routine


def loaded(driver: Any) -> Any:
    """A driver; where it is the path of a .c file, what is loaded from that."""
    if isinstance(driver, str | Path) and str(driver).endswith((".c", ".C")):
        from kevent_sim.c.load import load  # a door, so that what is not C needs no compiler

        return load(driver)
    return driver


def module_of(driver: Any) -> types.ModuleType:
    """The module that a driver is, loaded where it is the path of a .c file. Raises TypeError for anything else.

    >>> module_of(3)
    Traceback (most recent call last):
    TypeError: a module of the samples, what ks.c.load has loaded, or the path of a .c file is wanted, not 3
    """
    module = loaded(driver)
    if not isinstance(module, types.ModuleType):
        raise TypeError(
            f"a module of the samples, what ks.c.load has loaded, or the path of a .c file is wanted, not {driver!r}"
        )
    return module


def driver_entry(driver: Any) -> tuple[str, Callable[..., Any]]:
    """Name and DriverEntry of what `run` was given: a sample module, or a DriverEntry of the learner's own."""
    driver = loaded(driver)
    if isinstance(driver, str | Path):
        raise Misuse("a text is no driver; give the path of a .c file or, of C itself, what  ks.c.load(text)  returns")
    if isinstance(driver, types.ModuleType):
        name, entry = driver.__name__.rpartition(".")[2], getattr(driver, "DriverEntry", None)
        if entry is None:
            raise Misuse(f"module {name} has no DriverEntry")
    else:
        name, entry = getattr(driver, "__name__", type(driver).__name__), driver
    if isinstance(entry, types.CoroutineType):
        entry.close()
        raise Misuse("run takes DriverEntry itself, not a call of it; type:  ks.run(DriverEntry)")
    check_routine("DriverEntry", entry, 2)
    return _as_name(name), entry


def _as_name(name: str) -> str:
    """What a schedule's text and a line of Python can call the driver: `race (1)` is `race__1_`.

    >>> _as_name("race (1)"), _as_name("race"), _as_name("2nd"), _as_name("")
    ('race__1_', 'race', '_2nd', '_')
    """
    as_name = re.sub(r"\W", "_", name)
    return as_name if as_name.isidentifier() else f"_{as_name}"


def layers(entry: Any) -> list[Any]:
    """The functions that a DriverEntry is made of, from the outermost to the one that `functools.wraps` or `partial`
    was first given."""
    functions = []
    while entry is not None:
        if isinstance(entry, partial):
            entry = entry.func
        else:
            functions.append(entry)
            entry = getattr(entry, "__wrapped__", None)
    return functions

"""The routines of C that are not steps and work on memory: the C library's, the Rtl's, and what a driver prints by.

Each is a function `f(m, *values)` of a memory (`interface`) and of C's values, and returns what C has it return, within
the range of its type. Where the memory finds that a pointer is wrong it says so itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent_sim.c.library.blocks import BLOCKS
from kevent_sim.c.library.counted import COUNTED
from kevent_sim.c.library.numbers import NUMBERS
from kevent_sim.c.library.printing import PRINTING
from kevent_sim.c.library.raising import RAISING
from kevent_sim.c.library.safe import SAFE
from kevent_sim.c.library.safe_counted import SAFE_COUNTED
from kevent_sim.c.library.strings import STRINGS

LIBRARY: dict[str, Callable[..., Any]] = {
    **BLOCKS, **STRINGS, **NUMBERS, **PRINTING, **RAISING, **SAFE, **COUNTED, **SAFE_COUNTED,
}  # fmt: skip

__all__ = ["LIBRARY"]

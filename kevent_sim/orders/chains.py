"""Where code names something from a global or from an import on: `math.sqrt` is a chain of two names.

It is by these that a driver's code comes to what is not the driver's.
"""

from __future__ import annotations

import dis
import re
from itertools import pairwise
from types import CodeType
from typing import NamedTuple

from kevent_sim.machine.lines import line_of


class Chain(NamedTuple):
    """A global or an imported module, and attributes, one of the other. `stored`: the last is assigned or deleted."""

    root: str
    imported: bool
    names: tuple[str, ...]
    stored: bool
    function: str
    line: int

    def told(self) -> str:
        return ".".join((self.root, *self.names))


def chains(code: CodeType, listed: list[dis.Instruction], reached: list[int]) -> list[Chain]:
    """The chains that begin at the instructions reached, of all that are listed."""
    imported, wanted = _imported(listed), frozenset(reached)
    found, package = [], ""
    for index, this in enumerate(listed):
        if this.opname == "IMPORT_NAME":
            package = this.argval
        root, after = "", index + 1
        names: tuple[str, ...] = ()
        if this.opname == "IMPORT_FROM":
            root, names = package, (this.argval,)
        elif this.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            root = this.argval
        elif (variable := _loaded(this)) in imported:
            root = imported[variable]
        if root and this.offset in wanted:
            more, stored = _attributes(listed[after:])
            is_import = this.opname == "IMPORT_FROM" or this.opname not in ("LOAD_GLOBAL", "LOAD_NAME")
            found.append(Chain(root, is_import, (*names, *more), stored, code.co_name, line_of(code, this.offset)))
    return found


def texts(this: dis.Instruction, before: dis.Instruction | None) -> bool:
    """Is it a text's `format`, of a text that may be anything?"""
    called = this.argval in ("format", "format_map") and ("ATTR" in this.opname or "METHOD" in this.opname)
    if before is None or before.opname not in ("LOAD_CONST", "LOAD_GLOBAL", "LOAD_NAME"):
        return called
    return called and before.argval == "str"


def _loaded(this: dis.Instruction) -> str:
    """The variable of a function that an instruction puts on the stack, on top."""
    if not re.search("LOAD_(FAST|DEREF)", this.opname.rpartition("STORE")[2]):
        return ""
    return str(this.argval[-1] if isinstance(this.argval, tuple) else this.argval)


def _imported(listed: list[dis.Instruction]) -> dict[str, str]:
    """The variables that stand for a module that the function imports itself, and for nothing else."""
    stored: dict[str, list[str]] = {}
    for before, this in pairwise(listed):
        if "STORE_FAST" in this.opname or this.opname == "STORE_DEREF":
            for name in this.argval if isinstance(this.argval, tuple) else (this.argval,):
                module = before.argval.partition(".")[0] if before.opname == "IMPORT_NAME" else ""
                stored.setdefault(name, []).append(module)
    return {name: modules[0] for name, modules in stored.items() if len({*modules}) == 1 and modules[0]}


def _attributes(after: list[dis.Instruction]) -> tuple[list[str], bool]:
    names = []
    for this in after:
        if this.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            names.append(this.argval)
        elif this.opname in ("STORE_ATTR", "DELETE_ATTR"):
            return [*names, this.argval], True
        else:
            break
    return names, False

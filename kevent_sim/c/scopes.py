"""What names mean: a scope for the file, one for each block, and in each the tags apart from all other names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kevent_sim.c.errors import Place
from kevent_sim.c.names import unknown
from kevent_sim.c.nodes import Node, wrong
from kevent_sim.c.types import Function as FunctionType
from kevent_sim.c.types import Integer, Record, Type


@dataclass(slots=True)
class Variable:
    """`python`: its name in the lowered text. In `memory` that name holds a pointer to it; else it holds its value."""

    name: str
    python: str
    type: Type
    constant: bool
    memory: bool
    place: Place
    storage: str = ""
    initialised: bool = False


class Seen(NamedTuple):
    """A local variable where a debugger sees it: from the line that declares it to the last one of its block."""

    variable: Variable
    last: int

    def at(self, line: int) -> bool:
        return self.variable.place.line <= line <= self.last


@dataclass(slots=True)
class Function:
    """`defined` in this text, or a routine of the kernel. `body`: its definition has been met."""

    name: str
    python: str
    type: FunctionType
    place: Place
    defined: bool = False
    body: bool = False


@dataclass(frozen=True, slots=True)
class TypeName:
    type: Type
    constant: bool


@dataclass(frozen=True, slots=True)
class Enumerator:
    value: int


Symbol = Variable | Function | TypeName | Enumerator
Tag = Record | Integer


@dataclass(slots=True)
class Scope:
    names: dict[str, Symbol] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)


class Scopes:
    """The scopes that are open, from the file's to the innermost block's."""

    def __init__(self) -> None:
        self.open = [Scope()]

    @property
    def file(self) -> Scope:
        return self.open[0]

    @property
    def innermost(self) -> Scope:
        return self.open[-1]

    def find(self, name: str) -> Symbol | None:
        for scope in reversed(self.open):
            if name in scope.names:
                return scope.names[name]
        return None

    def find_tag(self, name: str) -> Tag | None:
        return next((scope.tags[name] for scope in reversed(self.open) if name in scope.tags), None)

    def add(self, name: str, symbol: Symbol, node: Node) -> None:
        """Give a name its meaning in the innermost scope.

        Raises:
            CError: it has one there.
        """
        if name in self.innermost.names:
            raise wrong(node, f"{name} is declared twice{self.earlier(name)}")
        self.innermost.names[name] = symbol

    def earlier(self, name: str) -> str:
        """Where the innermost scope has a name from."""
        known = self.innermost.names[name]
        place = getattr(known, "place", None)
        return f"; first in line {place.line}" if place else ""

    def known(self) -> Iterator[str]:
        for scope in reversed(self.open):
            yield from scope.names

    def unknown(self, name: str, what: str = "is not declared") -> str:
        """What is said of a name that no scope has."""
        return unknown(name, dict.fromkeys(self.known()), what)

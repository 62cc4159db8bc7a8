"""The state of lowering one text: its scopes, the lines written so far, and the tables that go with them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from kevent_sim.c.declarations import Declarations
from kevent_sim.c.errors import CError, Place, Text
from kevent_sim.c.lowering.facts import Facts
from kevent_sim.c.lowering.jumps import Jumps
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import NOWHERE, Node, place_of
from kevent_sim.c.runtime import RUNTIME
from kevent_sim.c.scopes import Scope, Scopes, Seen, Variable
from kevent_sim.c.types import Function as FunctionType
from kevent_sim.c.types import Record, Type

RESERVED = {*keyword.kwlist, *RUNTIME, "m", "int", "bool"}
_OURS = re.compile(
    r"(at|leave|raised|abnormal|stopped)(_\d+)?|_\d+|__.*"
)  # names that the lowered text gives by itself


class Line(NamedTuple):
    """A line of the lowered text, and the line of C it comes from."""

    indent: int
    text: str
    of: int


@dataclass
class FunctionState:
    """What is known of the function that is lowered now."""

    name: str
    type: FunctionType
    coroutine: bool
    facts: Facts
    memory: list[tuple[str, Type]] = field(default_factory=list)  # what lives in its frame
    used: set[str] = field(default_factory=set)  # Python names given so far
    numbers: dict[str, int] = field(default_factory=dict)
    depth: int = 0  # of loops: what is declared in one is declared again and again
    handlers: list[str] = field(default_factory=list)  # the exceptions that __except blocks around here handle
    endings: list[str] = field(default_factory=list)  # what AbnormalTermination is, in the __finally blocks around here
    owners: dict[Node, set[str]] = field(
        default_factory=dict
    )  # the blocks that own labels: all jumps to them lie inside
    silent: set[Node] = field(default_factory=set)  # the breaks that end a case, and need no jump
    jumps: Jumps = field(default_factory=Jumps)
    seen: list[Seen] = field(default_factory=list)  # its variables, but for those of blocks that are open
    last: int = 0  # the last line of it so far

    def numbered(self, stem: str) -> str:
        """A name of our own that the function has not: `at`, `at_2`, ...; `_1`, `_2`, ... where the stem is ""."""
        count = self.numbers[stem] = self.numbers.get(stem, 0) + 1
        return f"_{count}" if not stem else stem if count == 1 else f"{stem}_{count}"


class Unit:
    """One text. `steps`: the routines that are awaited, `plain`: those that are called as they are."""

    def __init__(self, steps: Collection[str], plain: Collection[str], evaluate: Callable[[Unit, Node], int]) -> None:
        self.steps, self.plain, self.evaluate = steps, plain, evaluate
        self.scopes = Scopes()
        self.declarations = Declarations(self.scopes, self.constant)
        self.lines: list[Line] = []
        self.indent = 0
        self.place: Place = NOWHERE  # of the statement that is lowered now
        self.function: FunctionState | None = None
        self.coroutines: Collection[str] = ()
        self.frames: dict[str, tuple[tuple[str, Type], ...]] = {}
        self.locals: dict[str, tuple[Seen, ...]] = {}
        self.variables: dict[str, Type] = {}
        self.externals: dict[str, Variable] = {}
        self.facts: dict[str, Facts] = {}  # of the functions that the text defines
        self.types: dict[str, Record] = {}
        self.missing: dict[str, Place] = {}
        self.used: dict[str, None] = {}
        self.names: dict[str, str] = {}
        self.homes: dict[str, Text] = {}
        self.warnings: list[tuple[Place, str]] = []
        self.global_names: set[str] = set()
        self.globals: list[Line] = []
        self.initialisers: list[Line] = []

    def constant(self, node: Node) -> int:
        """The value of a constant expression.

        Raises:
            CError: it is none.
        """
        return self.evaluate(self, node)

    # -- what is said --------------------------------------------------------------------------------------------------

    def at(self, node: Node) -> None:
        """A statement begins: its line is that of the lines to come."""
        if node.coord is not None:
            self.place = node.coord
            if self.function is not None:
                self.function.last = max(self.function.last, self.place.line)

    def wrong(self, node: Node, message: str) -> CError:
        place = place_of(node) if node is not None else NOWHERE
        return CError(self.place if place is NOWHERE else place, message)

    def warn(self, node: Node, message: str) -> None:
        place = place_of(node)
        said = (self.place if place is NOWHERE else place, message)
        if said not in self.warnings:
            self.warnings.append(said)

    def routine(self, name: str, node: Node) -> bool:
        """A routine of the kernel is used. Do we have it?"""
        if name in self.steps or name in self.plain:
            self.used[name] = None
            return True
        self.missing.setdefault(name, place_of(node))
        return False

    # -- lines ---------------------------------------------------------------------------------------------------------

    def emit(self, text: str) -> None:
        self.lines.append(Line(self.indent, text, self.place.line))

    @contextmanager
    def indented(self, levels: int = 1) -> Iterator[None]:
        """What is written here is the block of the line before; it is never empty."""
        before = len(self.lines)
        self.indent += levels
        yield
        if len(self.lines) == before:
            self.emit("pass")
        self.indent -= levels

    @contextmanager
    def scoped(self) -> Iterator[None]:
        """Names declared here mean nothing afterwards."""
        self.scopes.open.append(Scope())
        yield
        closed, function = self.scopes.open.pop(), self.function
        if function is not None:
            own = (each for name, each in closed.names.items() if each is not self.scopes.file.names.get(name))
            function.seen += [Seen(each, function.last) for each in own if isinstance(each, Variable)]

    @contextmanager
    def aside(self) -> Iterator[list[Line]]:
        """Lines written here are kept apart, for whoever must know them before what stands above them."""
        kept, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = kept

    # -- names ---------------------------------------------------------------------------------------------------------

    def python_name(self, name: str, anew: bool = False) -> str:
        """A Python name for a variable: its own where that is free. `anew`: none had it before in the function."""
        base = name
        if name in RESERVED or _OURS.fullmatch(name):
            base = f"c{name}" if name.startswith("_") else f"{name}_"
        taken = set(self.global_names)
        if self.function is not None:
            for scope in self.scopes.open[1:]:
                taken |= {each.python for each in scope.names.values() if isinstance(each, Variable)}
            if anew:
                taken |= self.function.used
            else:
                taken |= {python for python, _ in self.function.memory}
        python, count = base, 1
        while python in taken:
            count += 1
            python = f"{base}_{count}"
        if self.function is None:
            self.global_names.add(python)
        if python != name:
            self.names[python] = name
        return python

    def hidden(self, type: Type, stem: str = "") -> str:
        """A place in memory of our own, for what has no name in C: a compound literal, a record that is returned."""
        if self.function is None:
            name = f"_literal_{len(self.variables) + 1}"
            self.variables[name] = type
            self.globals.append(Line(0, f'{name} = m.variable("{name}")', self.place.line))
            return name
        name = self.function.numbered(stem)
        self.function.memory.append((name, type))
        return name

    def temporary(self) -> str:
        return "_0" if self.function is None else self.function.numbered("")

    def type_name(self, record: Record) -> str:
        """The key of a record in the table of types."""
        name, count = record.name, 1
        while self.types.setdefault(name, record) is not record:
            count += 1
            name = f"{record.name} {count}"
        return name

    def once(self, value: Value) -> tuple[Value, Value]:
        """A value to be used twice: as it stands first, and as it stands from then on."""
        if value.pure:
            return value, value
        name = self.temporary()
        first = Value(f"({name} := {value.text})", value.type, low=value.low, high=value.high)
        return first, Value(name, value.type, low=value.low, high=value.high, pure=True)

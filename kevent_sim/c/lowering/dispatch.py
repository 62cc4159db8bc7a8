"""Which function lowers which node: modules beside this one enter theirs, and call each other's through here alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.types import Type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lies: the Python variable `name`, or `offset` bytes from the pointer `base`.

    `width` bits from `bit` on are a bit-field. `temporary`: the value of an expression, to which nothing is assigned.
    """

    type: Type
    name: str = ""
    base: Value | None = None
    offset: int = 0
    constant: bool = False
    bit: int = 0
    width: int = 0
    temporary: bool = False
    what: str = ""


F = TypeVar("F", bound=Callable[..., Any])
VALUES: dict[str, Callable[[Unit, Node], Value]] = {}
PLACES: dict[str, Callable[[Unit, Node], Place]] = {}
STATEMENTS: dict[str, Callable[[Unit, Node], None]] = {}
NAMES = {
    "GenericSelection": "_Generic",
    "TypeOf": "typeof",
    "AttributedStatement": "[[...]]",
    "InitList": "{ ... } here",
}


def lowers(table: dict[str, Any], *kinds: str) -> Callable[[F], F]:
    """Enter a function for nodes of these kinds."""

    def enter(function: F) -> F:
        table.update(dict.fromkeys(kinds, function))
        return function

    return enter


def value(unit: Unit, node: Node) -> Value:
    """What an expression computes; an array or a function is a pointer by then."""
    handler = VALUES.get(kind(node))
    if handler is None:
        raise unit.wrong(node, f"not simulated: {NAMES.get(kind(node), kind(node))}; write it in C17 without that")
    return handler(unit, node)


def place(unit: Unit, node: Node) -> Place:
    """Where an expression's value lies."""
    handler = PLACES.get(kind(node))
    if handler is None:
        raise unit.wrong(
            node, "this is a value: it lies nowhere, so it has no address and nothing can be assigned to it"
        )
    return handler(unit, node)


def statement(unit: Unit, node: Node) -> None:
    """Write the lines of a statement."""
    handler = STATEMENTS.get(kind(node))
    if handler is None:
        raise unit.wrong(node, f"not simulated: {NAMES.get(kind(node), kind(node))}; write it in C17 without that")
    unit.at(node)
    handler(unit, node)

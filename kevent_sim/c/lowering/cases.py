"""The cases of a switch: which they are, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from kevent_sim.c.lowering.conversions import integer
from kevent_sim.c.lowering.dispatch import value
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import Value, promote, settled
from kevent_sim.c.nodes import Node, kind

LOOPS = ("While", "DoWhile", "For")


def own_cases(node: Node) -> Iterator[Node]:
    """The cases of a switch, not those of switches inside."""
    for child in node:
        if kind(child) in ("Case", "Default"):
            yield child
        if kind(child) != "Switch":
            yield from own_cases(child)


def own_breaks(node: Node) -> Iterator[Node]:
    """The breaks that leave a switch."""
    if kind(node) == "Break":
        yield node
    for child in node:
        if kind(child) not in (*LOOPS, "Switch"):
            yield from own_breaks(child)


def selector(unit: Unit, node: Node) -> Value:
    return settled(promote(integer(unit, value(unit, node.cond), node.cond, "a whole number to switch on")))


def constants(unit: Unit, node: Node, of: Value) -> dict[Node, int | None]:
    """Each case and its constant, as the type has it that is switched on; None for `default`.

    Raises:
        CError: two cases have one constant, or there are two defaults.
    """
    found: dict[Node, int | None] = {}
    for each in own_cases(node.stmt):
        constant = None if kind(each) == "Default" else of.integer.wrap(unit.constant(each.expr))
        if constant in found.values():
            raise unit.wrong(each, "there are two defaults" if constant is None else f"case {constant} is here twice")
        found[each] = constant
    return found

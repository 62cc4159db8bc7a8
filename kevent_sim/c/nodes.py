"""pycparser's nodes, known by the names of their classes: so nothing here imports pycparser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kevent_sim.c.errors import CError, Place, Text

Node = Any  # pycparser has no types
NOWHERE = Place(Text("driver.c", ()), 1, 1)


def kind(node: Node) -> str:
    """The name of a node's class: "If", "BinaryOp", ...; "NoneType" where there is none."""
    return type(node).__name__


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += reversed([*each])


def is_guarded(node: Node) -> bool:
    """Is this a `__try` with its `__except` or `__finally`? The parser makes an `if` of it, whose condition is that."""
    return kind(node) == "If" and kind(node.cond) == "ID" and bool(node.cond.name == "__try")


def is_ours(node: Node) -> bool:
    """Is this in a header that comes with the package?"""
    return node.coord is not None and bool(node.coord.text.ours)


def place_of(node: Node) -> Place:
    """Where a node stands; where pycparser has not kept it, where the first node below it does."""
    for each in walk(node):
        if isinstance(each.coord, Place):
            return each.coord
    return NOWHERE


def wrong(node: Node, message: str) -> CError:
    """The error to raise of a node that cannot be as it is."""
    return CError(place_of(node), message)

"""A part of a search as a value, so that it can be explored elsewhere; and what is told of the executions there."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.findings import Wrong
from kevent_sim.orders.reduction import Planted, Reduction
from kevent_sim.orders.tree import Node, Paths, paths_of, tree_of


class Open(NamedTuple):
    """A node, in plain values."""

    depth: int
    tree: Paths
    done: tuple[Choice, ...]
    asleep: tuple[Choice, ...]

    def node(self) -> Node:
        node = Node(tree_of(self.tree))
        node.done, node.asleep = [*self.done], [*self.asleep]
        return node


class Rest(NamedTuple):
    """All that is open deeper than a node; `path`, the choices that the next execution repeats."""

    path: tuple[Choice, ...]
    below: tuple[Open, ...]


class Part(NamedTuple):
    """What is below the node at depth `floor`: by its `first` branch, or, where that is none, all of `rest`. `above`:
    the nodes down to the floor; what is in their trees others explore, and it need not be told."""

    floor: int
    above: tuple[Open, ...]
    first: Paths
    rest: Rest

    @property
    def key(self) -> Part:
        """Two parts with one key are explored alike."""
        return self._replace(above=tuple(opened._replace(tree=()) for opened in self.above if opened.done))

    def reduction(self) -> Reduction:
        """The search from here."""
        found = Reduction(self.floor)
        found.nodes = {opened.depth: opened.node() for opened in self.above}
        if self.first:
            root = found.nodes[self.floor]
            root.tree = tree_of(self.first) + root.tree
        graft(found, self.rest)
        return found


def opened(reduction: Reduction) -> list[Open]:
    """The nodes, from above."""
    return [
        Open(depth, paths_of(node.tree), tuple(node.done), tuple(node.asleep))
        for depth, node in sorted(reduction.nodes.items())
    ]


def graft(reduction: Reduction, rest: Rest) -> None:
    """Go on where another search has stopped."""
    reduction.prefix = [*rest.path]
    reduction.nodes |= {opened.depth: opened.node() for opened in rest.below}


def rest_of(reduction: Reduction, floor: int) -> Rest:
    return Rest(tuple(reduction.prefix), tuple(one for one in opened(reduction) if one.depth > floor))


def deeper(reduction: Reduction, floor: int) -> Part:
    """All that is open deeper than a node, as one part."""
    above = tuple(one for one in opened(reduction) if one.depth <= floor)
    return Part(floor, above, (), rest_of(reduction, floor))


def foreseen(reduction: Reduction) -> list[Part]:
    """What each branch will be when its turn comes, if nothing is added to the nodes until then; from above."""
    prefix, found, above = tuple(reduction.prefix), [], opened(reduction)
    for at, (depth, paths, done, asleep) in enumerate(above):
        explored = prefix[depth : depth + 1]  # by this choice it is being explored
        for choice, first in groupby(paths, key=itemgetter(0)):
            branch = tuple(first)
            paths = paths[len(branch) :]
            here = Open(depth, paths, (*done, *explored), (*asleep, *explored))
            found.append(Part(depth, (*above[:at], here), branch, Rest(prefix[:depth], ())))
            explored = (*explored, choice)
    return found


class Noted(NamedTuple):
    """What came up while questions were asked."""

    doubts: tuple[tuple[str, str], ...]  # kind and text of what denies a proof
    listened: tuple[tuple[str, str], ...]  # question, and whose calls it asks for


class Told(NamedTuple):
    """What is told of an execution that was made elsewhere."""

    choices: tuple[Choice, ...]
    steps: int
    events: int  # so many of them have their place in the order
    redundant: bool
    counted: Any
    bad: Wrong | None
    checked: Noted  # by then it was judged,
    at_last: Noted  # and by then it was counted
    polled: tuple[str, ...]
    shared: tuple[tuple[str, str], ...]  # memory that threads share, and what is told of it
    changed: bool  # was any of it seen to change?
    planted: tuple[Planted, ...]


class Answer(NamedTuple):
    """What came of a part: its executions in their order, and what is left of it."""

    told: list[Told]
    rest: Rest | None
    alone: bool  # the next execution cannot be told: it is to be made where the search is
    differs: str  # that the next one does something else than it did before, in words
    first: tuple[Any, ...]  # what the first execution of all does there, and what is answered of it
    out_of_reach: bool
    found: frozenset[Any]  # what questions have found by name

"""A part of a search as a value, so that it can be explored elsewhere; and what is told of the executions there."""

from __future__ import annotations

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


class Rest(NamedTuple):
    """All that is open deeper than a node; `path`, the choices that the next execution repeats."""

    path: tuple[Choice, ...]
    below: tuple[Open, ...]


class Part(NamedTuple):
    """What is below the node at depth `floor`: by its `first` branch, or, where that is none, all of `rest`. Two that
    are equal but for their hints are explored alike."""

    floor: int
    above: tuple[Open, ...]  # the nodes down to the floor of which something is explored, without their trees
    first: Paths
    rest: Rest
    hints: tuple[tuple[int, Paths], ...]  # their trees, by depth: what is in them need not be told

    @property
    def without_hints(self) -> Part:
        return self._replace(hints=())

    def reduction(self) -> Reduction:
        """The search from here."""
        found = Reduction(self.floor)
        for opened in self.above:
            found.nodes[opened.depth] = _node(opened)
        for depth, tree in (*self.hints, *([(self.floor, self.first)] if self.first else [])):
            node = found.nodes.setdefault(depth, Node([]))
            node.tree = tree_of(tree) + node.tree
        graft(found, self.rest)
        return found


def _node(opened: Open) -> Node:
    node = Node(tree_of(opened.tree))
    node.done, node.asleep = [*opened.done], [*opened.asleep]
    return node


def graft(reduction: Reduction, rest: Rest) -> None:
    """Go on where another search has stopped."""
    reduction.prefix = [*rest.path]
    for opened in rest.below:
        reduction.nodes[opened.depth] = _node(opened)


def rest_of(reduction: Reduction, floor: int) -> Rest:
    return Rest(
        tuple(reduction.prefix),
        tuple(
            Open(depth, paths_of(node.tree), tuple(node.done), tuple(node.asleep))
            for depth, node in sorted(reduction.nodes.items())
            if depth > floor
        ),
    )


def foreseen(reduction: Reduction) -> list[Part]:
    """What each branch will be when its turn comes, if nothing is added to the nodes until then; from above."""
    prefix, found = tuple(reduction.prefix), []
    above: tuple[Open, ...] = ()
    hints: tuple[tuple[int, Paths], ...] = ()
    for depth, node in sorted(reduction.nodes.items()):
        trees = [paths_of([branch]) for branch in node.tree]
        explored = prefix[depth : depth + 1]  # by this choice it is being explored
        done, asleep = (*node.done, *explored), (*node.asleep, *explored)
        for at, tree in enumerate(trees):
            here, others = Open(depth, (), done, asleep), tuple(path for other in trees[at + 1 :] for path in other)
            found.append(Part(depth, (*above, here), tree, Rest(prefix[:depth], ()), (*hints, (depth, others))))
            done, asleep = (*done, node.tree[at].choice), (*asleep, node.tree[at].choice)
        above, hints = _with(above, hints, depth, node)
    return found


def deeper(reduction: Reduction, floor: int) -> Part:
    """All that is open deeper than a node, as one part."""
    above: tuple[Open, ...] = ()
    hints: tuple[tuple[int, Paths], ...] = ()
    for depth, node in sorted(reduction.nodes.items()):
        if depth <= floor:
            above, hints = _with(above, hints, depth, node)
    return Part(floor, above, (), rest_of(reduction, floor), hints)


def _with(
    above: tuple[Open, ...], hints: tuple[tuple[int, Paths], ...], depth: int, node: Node
) -> tuple[tuple[Open, ...], tuple[tuple[int, Paths], ...]]:
    if node.done:
        above = (*above, Open(depth, (), tuple(node.done), tuple(node.asleep)))
    if node.tree:
        hints = (*hints, (depth, paths_of(node.tree)))
    return above, hints


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

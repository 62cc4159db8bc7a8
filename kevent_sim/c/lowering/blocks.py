"""The statements of a block, among them labels that control jumps to.

Gotos that all go forward to labels of their own list, as `goto Exit`, become blocks of Python that are left by `break`,
one within the other or one behind the other. Where that will not do, the list is a region (`regions`).
"""

from __future__ import annotations

from collections.abc import Iterable

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.apart import Apart
from kevent_sim.c.lowering.dispatch import statement
from kevent_sim.c.lowering.jumps import Loop
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.nodes import Node, kind, walk


def items(unit: Unit, compound: Node) -> None:
    """The statements of a block."""
    nodes = compound.block_items or []
    names = flow.state(unit).owners.get(compound)
    if not names:
        for node in nodes:
            statement(unit, node)
    elif blocks := _forward(nodes, names):
        _blocks(unit, nodes, 0, len(nodes), blocks)
    else:
        region = Apart(unit, Loop())
        region.own(names)
        region.write(lambda: region.all(nodes))


def labels_of(node: Node) -> Iterable[str]:
    """The labels right before a statement."""
    while kind(node) == "Label":
        yield node.name
        node = node.stmt


def _forward(nodes: list[Node], names: Iterable[str]) -> list[tuple[int, int, str]]:
    """(first statement, statement of the label, label) of blocks that lie within each other, or apart; [] where there
    is a goto that blocks do not serve."""
    labelled = {name: at for at, node in enumerate(nodes) for name in labels_of(node)}
    firsts: dict[str, int] = {}
    for at, node in enumerate(nodes):
        for each in walk(node):
            if kind(each) == "Goto" and each.name in names:
                if labelled.get(each.name, -1) <= at:
                    return []
                firsts.setdefault(each.name, at)
    found = sorted((labelled[name], first, name) for name, first in firsts.items())
    blocks: list[tuple[int, int, str]] = []
    for label, first, name in found:
        for outer_first, inner_label, _ in reversed(blocks):  # a block around the end of another begins no later
            if outer_first < first < inner_label:
                first = outer_first
        blocks.append((first, label, name))
    if any(a < c < b < d for a, b, _ in blocks for c, d, _ in blocks):
        return []
    return blocks


def _blocks(unit: Unit, nodes: list[Node], at: int, end: int, blocks: list[tuple[int, int, str]]) -> None:
    while at < end:
        here = [each for each in blocks if each[0] == at]
        if not here:
            statement(unit, nodes[at])
            at += 1
            continue
        outer = max(here, key=lambda each: (each[1], each[2]))
        unit.at(nodes[at])
        with flow.block(unit, flow.jumps(unit).labels[outer[2]]):
            _blocks(unit, nodes, at, outer[1], [each for each in blocks if each is not outer])
        at = outer[1]

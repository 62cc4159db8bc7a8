"""The statements of a block, among them labels that control jumps to.

Where all gotos of a label go forward to it, as `goto Exit`, what stands between is a block of Python that is left by
`break`; where all go back to it, it is a loop. These lie within each other, or one behind the other. Where that will
not do, the list is a region (`regions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.apart import Apart
from kevent_sim.c.lowering.dispatch import statement
from kevent_sim.c.lowering.jumps import Loop
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.nodes import Node, kind, walk


@dataclass(slots=True)
class Span:
    """The statements from `first` up to `end` that the gotos of one label need around them. `back`: they go back."""

    first: int
    end: int
    label: str
    back: bool


def items(unit: Unit, compound: Node) -> None:
    """The statements of a block."""
    nodes = compound.block_items or []
    names = flow.state(unit).owners.get(compound)
    if not names:
        for node in nodes:
            statement(unit, node)
    elif spans := _spans(nodes, sorted(names)):
        _nested(unit, nodes, 0, len(nodes), spans)
    else:
        region = Apart(unit, Loop())
        region.own(names)
        region.write(lambda: region.all(nodes))


def labels_of(node: Node) -> Iterable[str]:
    """The labels right before a statement."""
    while kind(node) == "Label":
        yield node.name
        node = node.stmt


def _spans(nodes: list[Node], names: list[str]) -> list[Span]:
    """Spans that lie within each other, or apart; [] where there are none that serve all gotos."""
    labelled = {name: at for at, node in enumerate(nodes) for name in labels_of(node)}
    jumps: dict[str, list[int]] = {name: [] for name in names}
    for at, node in enumerate(nodes):
        for each in walk(node):
            if kind(each) == "Goto" and each.name in jumps:
                jumps[each.name].append(at)
    spans = []
    for name, found in jumps.items():
        label = labelled.get(name)
        if label is None or min(found) < label <= max(found):
            return []
        back = label <= min(found)
        spans.append(Span(label, max(found) + 1, name, True) if back else Span(min(found), label, name, False))
    return spans if _nest(spans) else []


def _nest(spans: list[Span]) -> bool:
    """Widen spans until each two lie within each other or apart, if they can: a block may begin earlier, and a loop end
    later, but none is entered in the middle."""
    while crossed := next(((a, b) for a in spans for b in spans if a.first < b.first < a.end < b.end), None):
        outer, inner = crossed
        if not inner.back:
            inner.first = outer.first
        elif outer.back:
            outer.end = inner.end
        else:
            return False
    return True


def _nested(unit: Unit, nodes: list[Node], at: int, end: int, spans: list[Span]) -> None:
    while at < end:
        here = [each for each in spans if each.first == at]
        if not here:
            statement(unit, nodes[at])
            at += 1
            continue
        outer = max(here, key=lambda each: (each.end, not each.back, each.label))
        unit.at(nodes[at])
        with _around(unit, outer):
            _nested(unit, nodes, at, outer.end, [each for each in spans if each is not outer])
        at = outer.end


@contextmanager
def _around(unit: Unit, span: Span) -> Iterator[None]:
    target = flow.jumps(unit).labels[span.label]
    if not span.back:
        with flow.block(unit, target):
            yield
        return
    with flow.loop(unit, f"while True:  # {span.label}", Loop(continues=target)):
        yield
        if not flow.ends(unit.lines):
            unit.emit("break")

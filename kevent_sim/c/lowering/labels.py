"""Which block owns which label: the innermost one that has the label and all jumps to it inside."""

from __future__ import annotations

from collections.abc import Iterator

from kevent_sim.c.errors import nearest
from kevent_sim.c.lowering.jumps import Target
from kevent_sim.c.lowering.unit import FunctionState, Unit
from kevent_sim.c.nodes import Node, is_guarded, kind

Path = tuple[Node, ...]


def owned(unit: Unit, function: FunctionState, body: Node) -> None:
    """Find the labels of a function, and the blocks that own them.

    Raises:
        CError: a label stands twice, a goto has none, or goes into a `__try`.
    """
    found = list(_points(body, ()))
    labels: dict[str, Path] = {}
    for node, path in found:
        if kind(node) == "Label":
            if node.name in labels:
                raise unit.wrong(node, f"the label {node.name} is here twice")
            labels[node.name] = path
            function.jumps.labels[node.name] = Target(node.name)
    shared = dict(labels)
    jumped: set[str] = set()
    for node, path in found:
        if kind(node) != "Goto":
            continue
        if node.name not in labels:
            near = nearest(node.name, labels)
            raise unit.wrong(node, f"there is no label {node.name}" + (f"; did you mean {near}?" if near else ""))
        jumped.add(node.name)
        if any(is_guarded(each) for each in _rest(labels[node.name], path)):
            raise unit.wrong(node, f"{node.name} is in a __try: nothing may jump into one")
        shared[node.name] = _common(shared[node.name], path)
    for name in sorted(jumped):
        owner = next(each for each in reversed(shared[name]) if kind(each) == "Compound")
        function.owners.setdefault(owner, set()).add(name)


def _points(node: Node, path: Path) -> Iterator[tuple[Node, Path]]:
    """Labels and gotos, and the blocks around each, outermost first."""
    if kind(node) == "Label" or (kind(node) == "Goto" and node.name != "__leave"):
        yield node, path
    if kind(node) == "Compound" or is_guarded(node):
        path = (*path, node)
    for child in node:
        yield from _points(child, path)


def _common(a: Path, b: Path) -> Path:
    count = 0
    while count < min(len(a), len(b)) and a[count] is b[count]:
        count += 1
    return a[:count]


def _rest(label: Path, jump: Path) -> Path:
    """The blocks around a label that are not around the jump."""
    return label[len(_common(label, jump)) :]

"""`switch`: Python's `match` where each case ends by itself; a region where one falls through, or lies deeper."""

from __future__ import annotations

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.apart import Apart
from kevent_sim.c.lowering.cases import constants, own_breaks, selector
from kevent_sim.c.lowering.dispatch import STATEMENTS, lowers, statement
from kevent_sim.c.lowering.jumps import Loop
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import Node, is_guarded, kind


@lowers(STATEMENTS, "Switch")
def switch(unit: Unit, node: Node) -> None:
    of = selector(unit, node)
    cases = constants(unit, node, of)
    groups = _groups(unit, node, cases)
    if groups:
        return _matched(unit, node, of, groups)
    end = flow.jumps(unit).target("break")
    region = Apart(unit, Loop(breaks=end))
    start = region.entered(of, cases, end)
    with flow.meaning(flow.jumps(unit).breaks, end):
        region.write(lambda: region.walk(node.stmt), start, always=None in cases.values())


# -- match -------------------------------------------------------------------------------------------------------------

Group = tuple[list[int | None], list[Node]]


def _groups(unit: Unit, node: Node, cases: dict[Node, int | None]) -> list[Group]:
    """(constants, statements) of each case that ends by itself; [] where they do not all, or are not plainly so."""
    body = node.stmt
    if kind(body) != "Compound" or flow.state(unit).owners.get(body):
        return []
    nodes = body.block_items or []
    if any(kind(each) not in ("Case", "Default") for each in nodes) or len(cases) != len(nodes):
        return []
    groups: list[Group] = []
    labels: list[int | None] = []
    for each in nodes:
        labels.append(cases[each])
        if each.stmts or each is nodes[-1]:
            groups.append((labels, list(each.stmts or [])))
            labels = []
    if any(not statements or falls(statements[-1]) for _, statements in groups[:-1]):
        return []
    return groups


def falls(node: Node) -> bool:
    """May control come behind this statement, so far as its form says? To leave a switch counts as no."""
    match kind(node):
        case "Break" | "Return" | "Continue" | "Goto":
            return False
        case "Compound" if not is_guarded(node):
            return not node.block_items or falls(node.block_items[-1])
        case "If":
            return node.iffalse is None or falls(node.iftrue) or falls(node.iffalse)
        case "Label":
            return falls(node.stmt)
    return True


def _last(statements: list[Node]) -> Node | None:
    """The `break` that ends a case, where it needs no jump in Python."""
    while statements:
        last = statements[-1]
        if kind(last) == "Break":
            return last
        if kind(last) != "Compound":
            return None
        statements = last.block_items or []
    return None


def _matched(unit: Unit, node: Node, of: Value, groups: list[Group]) -> None:
    silent = {last for _, statements in groups if (last := _last(statements)) is not None}
    flow.state(unit).silent.update(silent)
    jumping = [each for each in own_breaks(node.stmt) if each not in silent]
    jumps = flow.jumps(unit)
    if not jumping:
        with flow.meaning(jumps.breaks, None):
            return _cases(unit, node, of, groups)
    end = jumps.target("break")
    with flow.block(unit, end), flow.meaning(jumps.breaks, end):
        _cases(unit, node, of, groups)


def _cases(unit: Unit, node: Node, of: Value, groups: list[Group]) -> None:
    unit.at(node)
    unit.emit(f"match {of.text}:")
    with unit.indented(), unit.scoped():
        for numbers, statements in sorted(groups, key=lambda group: None in group[0]):
            unit.at(statements[0] if statements else node)
            plain = [str(each) for each in numbers if each is not None]
            unit.emit(f"case {' | '.join(plain) if None not in numbers else '_'}:")
            with unit.indented():
                for each in statements:
                    statement(unit, each)

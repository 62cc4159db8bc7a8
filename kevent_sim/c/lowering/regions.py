"""Statement lists that control enters elsewhere than at their head: by goto, and switches that fall through.

Gotos that all go forward to labels of their own list, as `goto Exit`, become blocks that are left by `break`. Anything
else becomes a *region*: a loop over pieces, in the order of the text, each of which begins where control can enter:

    at = 0
    while True:
        if at <= 0:
            ...             entered at its head; runs on into the next piece
        if at <= 1:         # Again
            ...             goto Again:   at = 1; continue
        break

A statement with such a point inside, as a loop whose body a goto enters, is taken apart into pieces and jumps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.cases import constants, selector
from kevent_sim.c.lowering.dispatch import statement
from kevent_sim.c.lowering.jumps import Loop, Target
from kevent_sim.c.lowering.unit import Line, Unit
from kevent_sim.c.lowering.values import Value, number, opposite
from kevent_sim.c.nodes import Node, is_guarded, kind, walk


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
        region = Region(unit, "while True:", Loop())
        region.own(names)
        region.write(lambda: region.all(nodes))


# -- blocks ------------------------------------------------------------------------------------------------------------


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


# -- regions -----------------------------------------------------------------------------------------------------------


class Region:
    """The pieces of a statement list. `one`: the loop that is written for it; its entries are points of the text."""

    def __init__(self, unit: Unit, head: str, one: Loop) -> None:
        self.unit, self.head, self.one = unit, head, one
        one.at = flow.state(unit).numbered("at")
        self.labels: set[str] = set()
        self.cases: dict[Node, Target] = {}
        self.starts: list[tuple[int, Target | None]] = []

    def own(self, names: Iterable[str]) -> None:
        """Labels that are points of this region."""
        for name in sorted(names):
            self.labels.add(name)
            self.declare(flow.jumps(self.unit).labels[name])

    def declare(self, target: Target) -> Target:
        self.one.entries.setdefault(target, len(self.one.entries))
        return target

    def point(self, what: str) -> Target:
        return self.declare(flow.jumps(self.unit).target(what))

    def write(self, content: Callable[[], object], start: str = "0", always: bool = True) -> None:
        """Write the loop. `start`: where it is entered; `always`: some piece runs, wherever it is entered."""
        unit, place = self.unit, self.unit.place
        with unit.aside() as lines:
            unit.emit(f"{self.one.at} = {start}")
            with flow.loop(unit, self.head, self.one):
                self.starts.append((0, None))
                content()
                if not always or not flow.ends(unit.lines) or self.starts[-1][0] == len(unit.lines):
                    unit.emit("break")
                unit.lines[:] = self.pieces(unit.lines, always)
        numbers = {self.one.entries[target]: at for at, (_, target) in enumerate(self.starts) if target is not None}
        pattern = re.compile(f"\0{self.one.at}:(\\d+)\0")
        missing = len(self.starts)  # a point that no piece begins at is the end
        for line in lines:
            text = pattern.sub(lambda match: str(numbers.get(int(match[1]), missing)), line.text)
            unit.lines.append(Line(line.indent, text, line.of))
        unit.place = place

    def pieces(self, lines: list[Line], always: bool) -> list[Line]:
        """The pieces, each under its condition; the last needs none where some piece always runs."""
        found: list[Line] = []
        ends = [*(start for start, _ in self.starts[1:]), len(lines)]
        last = max((at for at, (start, _) in enumerate(self.starts) if start < ends[at]), default=0)
        for at, ((start, target), end) in enumerate(zip(self.starts, ends, strict=True)):
            piece = lines[start:end]
            if not piece:
                continue
            if at == last and always:
                found += piece
                continue
            comment = f"  # {target.name}" if target is not None else ""
            closing = [piece.pop()] if at == last and piece[-1].text == "break" else []
            if piece:
                found.append(Line(self.unit.indent, f"if {self.one.at} <= {at}:{comment}", piece[0].of))
                found += [Line(line.indent + 1, line.text, line.of) for line in piece]
            found += closing
        return found

    def entered(self, of: Value, cases: dict[Node, int | None], end: Target) -> str:
        """Python of the piece where a switch enters; its cases become points."""
        marks: dict[int | None, str] = {}
        for case, constant in cases.items():
            self.cases[case] = self.declare(Target("default" if constant is None else f"case {constant}"))
            marks[constant] = self.one.mark(self.cases[case])
        otherwise = marks.pop(None, None) or self.one.mark(self.declare(end))
        table = ", ".join(f"{number(constant or 0, of.integer).text}: {mark}" for constant, mark in marks.items())
        return f"{{{table}}}.get({of.text}, {otherwise})"

    def enter(self, target: Target) -> None:
        """A piece begins: control can enter here."""
        self.starts.append((len(self.unit.lines), target))

    def contains(self, node: Node) -> bool:
        """Is there a point of this region inside?"""
        return any(each in self.cases or (kind(each) == "Label" and each.name in self.labels) for each in walk(node))

    def jump(self, target: Target, node: Node) -> None:
        flow.jump(self.unit, target, node)

    def unless(self, condition: Node, target: Target) -> None:
        """Jump where a condition does not hold."""
        if condition is None:
            return
        self.unit.at(condition)
        self.unit.emit(f"if {opposite(flow.tested(self.unit, condition)).text}:")
        with self.unit.indented():
            self.jump(target, condition)

    # -- statements that are taken apart -------------------------------------------------------------------------------

    def walk(self, node: Node) -> None:
        """Write a statement; take it apart where there is a point inside."""
        if node is None:
            return
        if not self.contains(node):
            return statement(self.unit, node)
        self.unit.at(node)
        apart = {
            "Label": self.label, "Case": self.case, "Default": self.case, "Compound": self.compound, "If": self.choice,
            "While": self.while_loop, "DoWhile": self.do_loop, "For": self.for_loop, "Switch": self.switch,
        }  # fmt: skip
        apart[kind(node)](node)

    def all(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.walk(node)

    def label(self, node: Node) -> None:
        if node.name in self.labels:
            self.enter(flow.jumps(self.unit).labels[node.name])
        self.walk(node.stmt)

    def case(self, node: Node) -> None:
        if node in self.cases:
            self.enter(self.cases[node])
        self.all(node.stmts or [])

    def compound(self, node: Node) -> None:
        self.own(flow.state(self.unit).owners.get(node, ()))
        with self.unit.scoped():
            self.all(node.block_items or [])

    def choice(self, node: Node) -> None:
        if is_guarded(node):
            raise self.unit.wrong(node, "nothing jumps into a __try: case stands outside of it")
        other, end = self.point("else"), self.point("end")
        self.unless(node.cond, other)
        self.walk(node.iftrue)
        if node.iffalse is not None:
            self.jump(end, node)
        self.enter(other)
        self.walk(node.iffalse)
        self.enter(end)

    def rounds(self, node: Node, end: Target, again: Target) -> None:
        """The block of a loop."""
        jumps = flow.jumps(self.unit)
        with flow.meaning(jumps.breaks, end), flow.meaning(jumps.continues, again):
            self.walk(node.stmt)

    def while_loop(self, node: Node) -> None:
        top, end = self.point("continue"), self.point("break")
        self.enter(top)
        self.unless(node.cond, end)
        self.rounds(node, end, top)
        self.jump(top, node)
        self.enter(end)

    def do_loop(self, node: Node) -> None:
        top, test, end = self.point("again"), self.point("continue"), self.point("break")
        self.enter(top)
        self.rounds(node, end, test)
        self.enter(test)
        self.unless(node.cond, end)
        self.jump(top, node)
        self.enter(end)

    def for_loop(self, node: Node) -> None:
        top, step, end = self.point("again"), self.point("continue"), self.point("break")
        with self.unit.scoped():
            if node.init is not None:
                statement(self.unit, node.init)
            self.enter(top)
            self.unless(node.cond, end)
            self.rounds(node, end, step)
            self.enter(step)
            if node.next is not None:
                statement(self.unit, node.next)
            self.jump(top, node)
            self.enter(end)

    def switch(self, node: Node) -> None:
        """A switch that a goto enters, or that is inside another's loop."""
        end = self.point("break")
        of = selector(self.unit, node)
        start = self.entered(of, constants(self.unit, node, of), end)
        self.unit.emit(f"{self.one.at} = {start}")
        self.unit.emit("continue")
        with flow.meaning(flow.jumps(self.unit).breaks, end):
            self.walk(node.stmt)
        self.enter(end)

"""Statements of a region. One with a point inside, where control can enter, is taken apart into pieces and jumps."""

from __future__ import annotations

from collections.abc import Iterable

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.cases import constants, selector
from kevent_sim.c.lowering.dispatch import statement
from kevent_sim.c.lowering.jumps import Target
from kevent_sim.c.lowering.regions import Region
from kevent_sim.c.lowering.values import opposite
from kevent_sim.c.nodes import Node, is_guarded, kind, walk


class Apart(Region):
    """Writes statements into a region."""

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

"""A list of statements that control enters elsewhere than at its head: by goto, or as a switch that falls through.

It becomes a loop over pieces, in the order of the text, each of which begins where control can enter:

    at = 0
    while True:
        if at <= 0:
            ...             entered at its head; runs on into the next piece
        if at <= 1:         # Again
            ...             goto Again:   at = 1; continue
        break
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.jumps import Loop, Target
from kevent_sim.c.lowering.unit import Line, Unit
from kevent_sim.c.lowering.values import Value, number
from kevent_sim.c.nodes import Node


class Region:
    """The pieces of a statement list. `one`: the loop that is written for it; its entries are points of the text."""

    def __init__(self, unit: Unit, one: Loop) -> None:
        self.unit, self.one = unit, one
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
            with flow.loop(unit, "while True:", self.one):
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

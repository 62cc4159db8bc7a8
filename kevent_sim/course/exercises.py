"""The course's notebooks and learners' copies of them: which cells are exercises, and what was answered.

A cell is Python, or a driver in C below `%%c`. An exercise stands below `## Exercises`: its heading
`### 2. Mend it`, a cell tagged `stub`, one tagged `check` whose last expression is a Verdict, hints, and the
solution. An answer is the code between an exercise's heading and its check that is not the course's own.
"""

from __future__ import annotations

import ast
import json
import re
import symtable
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kevent_sim.c.errors import CError
from kevent_sim.c.tokens import source, tokenize


class Cell(NamedTuple):
    """A cell; `exercise` is the number in the heading that it stands under, 0 for none; `said` is what it has shown."""

    id: str
    kind: str
    source: str
    tags: tuple[str, ...] = ()
    exercise: int = 0
    said: str = ""


def read(path: Path) -> list[Cell]:
    """A notebook's cells. Raises OSError, or ValueError for what is not a notebook."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        return [
            Cell(
                id=str(cell.get("id", "")),
                kind=cell["cell_type"],
                source="".join(cell["source"]),
                tags=_tags(cell.get("metadata", {})),
                said="".join(map(_said, cell.get("outputs", ()))),
            )
            for cell in found
        ]
    except (AttributeError, KeyError, TypeError, RecursionError, ValueError):
        raise ValueError("is not a notebook") from None


def _tags(metadata: dict[str, Any]) -> tuple[str, ...]:
    return tuple(metadata.get("tags", ()))


def _said(output: dict[str, Any]) -> str:
    return "".join(output.get("data", {}).get("text/plain", ""))


def _prose(cell: Cell) -> list[str]:
    """The lines of a text that are not code."""
    return re.sub("```.*?```", "", cell.source, flags=re.DOTALL).splitlines() if cell.kind == "markdown" else []


class Course:
    """One notebook of the course: its cells, each with its exercise, and the exercises' titles by number."""

    def __init__(self, path: Path) -> None:
        self.name, self.cells, self.titles = path.stem, [], {}  # type: str, list[Cell], dict[int, str]
        inside, number = False, 0
        for cell in read(path):
            for line in _prose(cell):
                if re.match("##? ", line):
                    inside, number = line == "## Exercises", 0
                elif inside and (heading := re.match(r"### (\d+)\. (.+)", line)):
                    number = int(heading[1])
                    self.titles[number] = heading[2]
            self.cells.append(cell._replace(exercise=number))
        self.by_id = {cell.id: cell for cell in self.cells}
        self.by_source = {(cell.kind, cell.source.strip()): cell for cell in self.cells}

    def column(self, number: int) -> str:
        """An exercise's name in a table: `03.1`."""
        return f"{self.name.partition('_')[0]}.{number}"

    def own(self, cells: Sequence[Cell]) -> list[Cell | None]:
        """For each of a learner's cells, the cell that it once was; None for one of the learner's.

        Told by the cells' ids; by what is in them where a program has renamed all of them.
        """
        found = [self.by_id.get(cell.id) for cell in cells]
        return found if any(found) else [self.by_source.get((cell.kind, cell.source.strip())) for cell in cells]

    def answers(self, cells: Sequence[Cell]) -> dict[int, list[str]]:
        """Exercise -> the code that a learner wrote for it, by cell."""
        answers: dict[int, list[str]] = {}
        now, checked = 0, set()
        for cell, own in zip(cells, self.own(cells), strict=True):
            if own is not None:
                now = own.exercise
                if "check" in own.tags:
                    checked.add(now)
            if now and now not in checked and cell.kind == "code" and (own is None or "stub" in own.tags):
                answers.setdefault(now, []).append(cell.source)
        return answers

    def untouched(self, number: int, answer: Iterable[str]) -> bool:
        """Whether an answer is the stub, but for comments and blanks; or nothing."""
        stub = [cell.source for cell in self.cells if cell.exercise == number and "stub" in cell.tags]
        return _bare(answer) in (_bare(stub), [])


def _bare(cells: Iterable[str]) -> list[str]:
    """What is left of cells without comments and blanks."""
    found = []
    for cell in cells:
        try:
            if (driver := c_driver(cell)) is not None:
                found += [driver.asked, *(token.text for line in tokenize(source("", driver.text)) for token in line)]
            else:
                found += map(ast.dump, ast.parse(cell).body)
        except (SyntaxError, ValueError, CError):
            found.append(cell)
    return found


def course(folder: Path) -> list[Course]:
    return [Course(path) for path in sorted(folder.glob("*.ipynb"))]


def of_course(courses: Iterable[Course], cells: Sequence[Cell]) -> Course | None:
    """The notebook that a learner's is a copy of: the one with which it shares most cells."""
    shared = [(sum(own is not None for own in each.own(cells)), each) for each in courses]
    best = max(shared, key=lambda each: each[0], default=(0, None))
    return best[1] if best[0] else None


class CDriverCell(NamedTuple):
    """A cell that is a driver in C: what stands behind its `%%c`, and the lines below."""

    asked: str
    text: str


def c_driver(code: str) -> CDriverCell | None:
    """The driver that a cell is; None where it is not a `%%c` cell."""
    first, _, text = code.partition("\n")
    magic, _, asked = first.partition(" ")
    return CDriverCell(asked, text) if magic == "%%c" else None


def python(code: str) -> str:
    """The Python that a cell stands for: that of a `%%c` cell binds its driver to its name, and shows it.

    >>> print(python("%%c echo Rounds=2\\nKEVENT Done;"))
    echo = __import__('kevent_sim.course.magic', fromlist=['_']).loaded('echo Rounds=2', 'KEVENT Done;')
    echo
    >>> python("%load_ext kevent_sim")
    ''
    """
    if (driver := c_driver(code)) is None:
        return re.sub(r"^%load_ext .*$", "", code, flags=re.MULTILINE)
    name = next((word for word in driver.asked.split() if word.isidentifier()), "driver")
    return f"{name} = __import__('kevent_sim.course.magic', fromlist=['_']).loaded{tuple(driver)!r}\n{name}"


def bound(code: str) -> list[str]:
    """The names that a cell binds.

    >>> bound("import os\\nasync def f(a):\\n    b = a\\nx = y")
    ['f', 'os', 'x']
    >>> bound("%%c echo\\nKEVENT Done;")
    ['echo']
    """
    symbols = symtable.symtable(python(code), "cell", "exec").get_symbols()
    return sorted(symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported())


def taken(code: str) -> set[str]:
    """The names that a cell, or a function in it, takes from the cells before it; none if it is no Python.

    >>> sorted(taken("def f(a):\\n    return a + b + d\\nd = 1\\nf(c)"))
    ['b', 'c']
    """

    def used(table: symtable.SymbolTable) -> set[str]:
        whole = table.get_type() == "module"
        names = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (whole or one.is_global())}
        return names.union(*map(used, table.get_children()))

    try:
        return used(symtable.symtable(python(code), "cell", "exec")).difference(bound(code))
    except (SyntaxError, ValueError):
        return set()


def what_they_need(code: dict[int, str], wanted: Iterable[int]) -> dict[int, str]:
    """Of the cells these, and each one that binds a name which a later one of them takes.

    >>> what_they_need({1: "a = 1", 2: "b = 2", 3: "c = a", 4: "c"}, [4])
    {1: 'a = 1', 3: 'c = a', 4: 'c'}
    """
    needed, names = set(wanted), {"PARAMETERS"}  # which a driver declares beside its DriverEntry, and does not name
    for number in sorted(code, reverse=True):
        if number in needed or names.intersection(bound(code[number])):
            needed.add(number)
            names |= taken(code[number])
    return {number: code[number] for number in sorted(needed)}

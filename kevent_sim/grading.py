"""Learners' notebooks, graded: the course's own notebook is run anew with a learner's answers in place of its stubs.

An exercise stands below `## Exercises` in a notebook of the course: its heading `**2. Mend it.** ...`, a cell tagged
`stub`, one tagged `check` whose last expression is a Verdict, hints, and the solution. An answer is the code between
an exercise's heading and its check that is not the course's own. Nothing else of a learner's file counts: no output,
no edited check, no cell above the exercises.

This keeps out mistakes and simple cheats. It is no sandbox: answers run with the rights of who grades them.
"""

from __future__ import annotations

import ast
import csv
import glob
import json
import re
import subprocess
import symtable
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple

from jupyter_client.manager import KernelManager

WORDS = {"still missing": "missing", "almost": "almost", "correct": "correct"}  # a Verdict's grade -> the table's word
GRACE = 5  # seconds for a kernel to answer an interrupt


# -- notebooks ------------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """A cell; `exercise` is the number in the heading that it stands under, 0 for none."""

    id: str
    kind: str
    source: str
    tags: tuple[str, ...] = ()
    exercise: int = 0


def read(path: Path) -> list[Cell]:
    """A notebook's cells. Raises OSError, or ValueError for what is no notebook."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        return [
            Cell(str(cell.get("id", "")), cell["cell_type"], "".join(cell["source"]), _tags(cell.get("metadata", {})))
            for cell in found
        ]
    except (AttributeError, KeyError, TypeError, RecursionError, ValueError):
        raise ValueError("is no notebook") from None


def _tags(metadata: dict[str, Any]) -> tuple[str, ...]:
    return tuple(metadata.get("tags", ()))


def _prose(cell: Cell) -> list[str]:
    """The lines of a text that are no code."""
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
                elif inside and (heading := re.match(r"\*\*(\d+)\. (.+?)\*\*", line)):
                    number = int(heading[1])
                    self.titles[number] = heading[2].rstrip(".")
            self.cells.append(cell._replace(exercise=number))
        self.by_id = {cell.id: cell for cell in self.cells}
        self.by_source = {(cell.kind, cell.source.strip()): cell for cell in self.cells}

    def column(self, number: int) -> str:
        """An exercise's name in a table: `03.1`."""
        return f"{self.name.partition('_')[0]}.{number}"

    def stub(self, number: int) -> str:
        return "\n".join(cell.source for cell in self.cells if cell.exercise == number and "stub" in cell.tags)

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
        written = "\n".join(answer)
        return _parsed(written) in (_parsed(self.stub(number)), _parsed(""))


def _parsed(code: str) -> str:
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError):
        return code


def course(folder: Path) -> list[Course]:
    return [Course(path) for path in sorted(folder.glob("*.ipynb"))]


def of_course(courses: Iterable[Course], cells: Sequence[Cell]) -> Course | None:
    """The notebook that a learner's is a copy of: the one with which it shares most cells."""
    shared = [(sum(own is not None for own in each.own(cells)), each) for each in courses]
    best = max(shared, key=lambda each: each[0], default=(0, None))
    return best[1] if best[0] else None


# -- one kernel -----------------------------------------------------------------------------------------------------


class Lost(Exception):
    """The kernel is of no more use: it `hangs` or `dies`."""


class TimeUp(Exception):
    """The notebook's time is used up."""


class Kernel:
    """A fresh Python that runs code with a time limit; its folder is an empty one, gone afterwards."""

    def __enter__(self) -> Kernel:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.manager = KernelManager(kernel_name="python3")
        quiet = subprocess.DEVNULL
        self.manager.start_kernel(cwd=self.folder.name, stdout=quiet, stderr=quiet)
        self.client = self.manager.client()
        self.client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.folder.cleanup()

    def execute(self, code: str, limit: float, value: str = "None") -> tuple[str, str]:
        """(`ok`, `error` or `hangs`; the repr of an expression afterwards). Raises Lost."""
        asked = {"value": value}
        message = self.client.execute(
            code, store_history=False, user_expressions=asked, allow_stdin=False, stop_on_error=False
        )
        reply = self._reply(message, limit)
        if reply is None:
            self.manager.interrupt_kernel()
            if self._reply(message, GRACE) is None:
                raise Lost("hangs")
            return "hangs", ""
        found = reply.get("user_expressions", {}).get("value", {})
        return reply["status"], found.get("data", {}).get("text/plain", "")

    def _reply(self, message: str, limit: float) -> dict[str, Any] | None:
        until = monotonic() + limit
        while (left := until - monotonic()) > 0:
            try:
                reply = self.client.get_shell_msg(timeout=min(left, 0.5))
            except Empty:
                if not self.manager.is_alive():
                    raise Lost("dies") from None
                continue
            if reply["parent_header"].get("msg_id") == message:
                content: dict[str, Any] = reply["content"]
                return content
        return None


class Fence:
    """In the kernel, around an answer: it binds the stub's names and new ones. What was there before is put back, in
    the notebook and in the package: a check, its helpers, and the cells that follow find what the course made."""

    def open(self, space: dict[str, Any], own: Sequence[str]) -> None:
        for name in own:
            space.pop(name, None)
        self.own, self.kept = own, [(space, dict(space))]
        for name, module in sorted(sys.modules.items()):
            if name.partition(".")[0] == "kevent_sim":
                self.kept.append((vars(module), dict(vars(module))))

    def close(self) -> None:
        for space, before in self.kept:
            space.update({name: value for name, value in before.items() if not name.startswith("_")})


fence = Fence()
FENCE = "__import__('kevent_sim.grading').grading.fence"


def bound(code: str) -> list[str]:
    """The names that a cell binds.

    >>> bound("import os\\nasync def f(a):\\n    b = a\\nx = y")
    ['f', 'os', 'x']
    """
    symbols = symtable.symtable(code, "cell", "exec").get_symbols()
    return sorted(symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported())


def kept(code: str) -> str:
    """A check cell whose verdict has a name.

    >>> kept("a = 1\\ncheck.holds(a)")
    'a = 1\\n__verdict__ = check.holds(a)'
    """
    tree = ast.parse(code)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        raise ValueError("the last line of a check is its Verdict")
    tree.body[-1] = ast.Assign([ast.Name("__verdict__", ast.Store())], last.value)
    return ast.unparse(ast.fix_missing_locations(tree))


# -- grades ---------------------------------------------------------------------------------------------------------


@dataclass
class Row:
    """One learner's notebook: grades by column, and in words what kept it from being graded."""

    file: str
    course: Course | None = None
    grades: dict[str, str] = field(default_factory=dict)
    remark: str = ""


@dataclass
class Grader:
    """Grades one notebook. An answer that takes its kernel along is left out, and the others are run again."""

    course: Course
    answers: dict[int, list[str]]
    cell_limit: float
    time_limit: float

    def grade(self) -> tuple[dict[int, str], str]:
        """(the word for each exercise, a remark)"""
        self.until = monotonic() + self.time_limit
        self.grades = dict.fromkeys(self.course.titles, "")
        for number in self.grades:
            if number not in self.answers:
                self.grades[number] = "not run"
            elif self.course.untouched(number, self.answers[number]):
                self.grades[number] = "missing"
        remark = ""
        while "" in self.grades.values():
            self.last = 0  # the answer that was run last
            try:
                with Kernel() as kernel:
                    self.run(kernel)
                break
            except TimeUp:
                remark = f"stopped after {self.time_limit:g} s"
                break
            except Lost as lost:
                if not self.last:
                    remark = f"the course's own cells: the kernel {lost}"
                    break
                self.grades[self.last] = str(lost)
        return {number: word or "not run" for number, word in self.grades.items()}, remark

    def run(self, kernel: Kernel) -> None:
        """Run the course's notebook as far as there is something to grade."""
        for cell in self.course.cells:
            if "" not in self.grades.values():
                break
            wanted = self.grades.get(cell.exercise) == ""
            if cell.kind != "code" or (cell.exercise and "check" in cell.tags and not wanted):
                continue
            if wanted and "stub" in cell.tags:
                self.answer(kernel, cell)
            elif wanted and "check" in cell.tags:
                self.check(kernel, cell)
            else:
                self.execute(kernel, cell.source, self.time_limit)

    def execute(self, kernel: Kernel, code: str, limit: float, value: str = "None") -> tuple[str, str]:
        left = self.until - monotonic()
        try:
            status, found = kernel.execute(code, min(limit, left), value)
        except Lost:
            if monotonic() >= self.until:
                raise TimeUp from None
            raise
        if status == "hangs" and monotonic() >= self.until:
            raise TimeUp
        return status, found

    def answer(self, kernel: Kernel, stub: Cell) -> None:
        self.last = stub.exercise
        self.execute(kernel, f"{FENCE}.open(globals(), {bound(stub.source)})", self.time_limit)
        for code in self.answers[stub.exercise]:
            if self.execute(kernel, code, self.cell_limit)[0] == "hangs":
                self.grades[stub.exercise] = "hangs"
                break
        self.execute(kernel, f"{FENCE}.close()", self.time_limit)

    def check(self, kernel: Kernel, cell: Cell) -> None:
        status, value = self.execute(kernel, kept(cell.source), self.cell_limit, "__verdict__.grade")
        word = WORDS.get(value.strip("'"), "raises")
        self.grades[cell.exercise] = word if status == "ok" else "hangs" if status == "hangs" else "raises"


def grade(file: Path, courses: Sequence[Course], cell_limit: float = 60, time_limit: float = 600) -> Row:
    """Grade a learner's notebook, which is only read."""
    row = Row(str(file))
    try:
        cells = read(file)
    except FileNotFoundError:
        row.remark = "there is no such file"
    except OSError as error:
        row.remark = f"cannot be read: {error.strerror}"
    except ValueError as error:
        row.remark = str(error)
    else:
        row.course = of_course(courses, cells)
        if row.course is None:
            row.remark = "is no notebook of this course"
        else:
            grader = Grader(row.course, row.course.answers(cells), cell_limit, time_limit)
            grades, row.remark = grader.grade()
            row.grades = {row.course.column(number): word for number, word in grades.items()}
    return row


# -- the table ------------------------------------------------------------------------------------------------------


def files(given: Iterable[str]) -> list[Path]:
    """The files that are meant: a folder stands for all notebooks in it, and a pattern for what it matches."""
    found: list[Path] = []
    for text in given:
        path = Path(text)
        if path.is_dir():
            found += sorted(each for each in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in each.parts)
        else:  # Windows' own shell leaves patterns to the program
            found += [Path(each) for each in sorted(glob.glob(text))] or [path]
    return found


def table(rows: Sequence[Row], courses: Sequence[Course]) -> list[list[str]]:
    """Lines of words: a line for each learner and one for the sum, a column for each exercise and one for the sum."""
    graded = [each for each in courses if any(row.course is each for row in rows)]
    columns = [each.column(number) for each in graded for number in each.titles]
    lines = [["file", *columns, "sum", "remark"]]
    for row in rows:
        absent = "" if row.course else "not run"
        words = [row.grades.get(column, absent) for column in columns]
        lines.append([row.file, *words, str(words.count("correct")), row.remark])
    sums = [sum(line[at] == "correct" for line in lines[1:]) for at in range(1, len(columns) + 1)]
    return [*lines, ["sum", *map(str, sums), str(sum(sums)), ""]]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def write_csv(path: Path, lines: Sequence[Sequence[str]]) -> None:
    """For spreadsheets: with the mark that tells them that names are in UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)


def report(
    given: Sequence[str], folder: Path, cell_limit: float, time_limit: float, progress: Callable[[str], None]
) -> list[list[str]]:
    """Grade all that was given; `progress` is told of each."""
    courses, rows = course(folder), []
    meant = files(given)
    for number, file in enumerate(meant, 1):
        progress(f"{number} of {len(meant)}: {file}")
        rows.append(grade(file, courses, cell_limit, time_limit))
    return table(rows, courses)

"""Learners' notebooks, graded: the course's own notebook is run again with a learner's answers in place of its stubs.

Nothing else of a learner's file counts: no output, no edited check, no cell above the exercises. This keeps out
mistakes and simple cheats. It is not a sandbox: answers run with the rights of the person who grades them.
"""

from __future__ import annotations

import csv
import glob
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from time import monotonic
from types import TracebackType
from typing import Any

from jupyter_client.manager import KernelManager

from kevent_sim.course.exercises import Cell, Course, bound, course, kept, of_course, read

WORDS = {
    "still missing": "missing",
    "not so": "not so",
    "almost": "almost",
    "correct": "correct",
}  # a Verdict's grade -> the table's word
GRACE = 5  # seconds for a kernel to answer an interrupt


# -- one kernel -----------------------------------------------------------------------------------------------------


class Lost(Exception):
    """The kernel is of no more use: it `hangs` or `dies`."""


class TimeUp(Exception):
    """The notebook's time is used up."""


class Session:
    """A fresh Python that runs code with a time limit; its folder is an empty one, gone afterwards."""

    def __enter__(self) -> Session:
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
    the notebook, in the package and in its classes: a check, its helpers, and the cells that follow find what the
    course made."""

    def open(self, space: dict[str, Any], own: Sequence[str]) -> None:
        for name in own:
            space.pop(name, None)
        self.own, self.kept, self.classes = own, [(space, dict(space))], dict[type, dict[str, Any]]()
        for name, module in sorted(sys.modules.items()):
            if name.partition(".")[0] == "kevent_sim":
                self.kept.append((vars(module), dict(vars(module))))
                own_classes = (value for value in vars(module).values() if isinstance(value, type))
                self.classes |= {kind: dict(vars(kind)) for kind in own_classes if kind.__module__ == name}

    def close(self) -> None:
        for space, before in self.kept:
            space.update({name: value for name, value in before.items() if not name.startswith("_")})
        for kind, before in self.classes.items():
            for name in [name for name in vars(kind) if name not in before and not name.startswith("__annot")]:
                type.__delattr__(kind, name)
            for name in [name for name, value in before.items() if vars(kind).get(name, before) is not value]:
                type.__setattr__(kind, name, before[name])


fence = Fence()
FENCE = f"__import__({__name__!r}, fromlist=['fence']).fence"  # where another process finds it


# -- grades ---------------------------------------------------------------------------------------------------------


@dataclass
class Marks:
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
                with Session() as session:
                    self.run(session)
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

    def run(self, session: Session) -> None:
        """Run the course's notebook as far as there is something to grade."""
        for cell in self.course.cells:
            if "" not in self.grades.values():
                break
            wanted = self.grades.get(cell.exercise) == ""
            if cell.kind != "code" or (cell.exercise and "check" in cell.tags and not wanted):
                continue
            if wanted and "stub" in cell.tags:
                self.answer(session, cell)
            elif wanted and "check" in cell.tags:
                self.check(session, cell)
            else:
                self.execute(session, cell.source, self.time_limit)

    def execute(self, session: Session, code: str, limit: float, value: str = "None") -> tuple[str, str]:
        left = self.until - monotonic()
        try:
            status, found = session.execute(code, min(limit, left), value)
        except Lost:
            if monotonic() >= self.until:
                raise TimeUp from None
            raise
        if status == "hangs" and monotonic() >= self.until:
            raise TimeUp
        return status, found

    def answer(self, session: Session, stub: Cell) -> None:
        self.last = stub.exercise
        status, _ = self.execute(session, f"{FENCE}.open(globals(), {bound(stub.source)})", self.time_limit)
        if status == "error":  # not a word of the answer is run without it
            raise RuntimeError(f"{FENCE} is not there: this kevent_sim is not the one that the kernel imports")
        for code in self.answers[stub.exercise]:
            if self.execute(session, code, self.cell_limit)[0] == "hangs":
                self.grades[stub.exercise] = "hangs"
                break
        self.execute(session, f"{FENCE}.close()", self.time_limit)

    def check(self, session: Session, cell: Cell) -> None:
        status, value = self.execute(session, kept(cell.source), self.cell_limit, "__verdict__.grade")
        word = WORDS.get(value.strip("'"), "raises")
        self.grades[cell.exercise] = word if status == "ok" else "hangs" if status == "hangs" else "raises"


def grade(file: Path, courses: Sequence[Course], cell_limit: float = 60, time_limit: float = 600) -> Marks:
    """Grade a learner's notebook, which is only read."""
    marks = Marks(str(file))
    try:
        cells = read(file)
    except FileNotFoundError:
        marks.remark = "there is no such file"
    except OSError as error:
        marks.remark = f"cannot be read: {error.strerror}"
    except ValueError as error:
        marks.remark = str(error)
    else:
        marks.course = of_course(courses, cells)
        if marks.course is None:
            marks.remark = "is not a notebook of this course"
        else:
            grader = Grader(marks.course, marks.course.answers(cells), cell_limit, time_limit)
            grades, marks.remark = grader.grade()
            marks.grades = {marks.course.column(number): word for number, word in grades.items()}
    return marks


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


def table(handed_in: Sequence[Marks], courses: Sequence[Course]) -> list[list[str]]:
    """Lines of words: a line for each learner and one for the sum, a column for each exercise and one for the sum."""
    graded = [each for each in courses if any(marks.course is each for marks in handed_in)]
    columns = [each.column(number) for each in graded for number in each.titles]
    lines = [["file", *columns, "sum", "remark"]]
    for marks in handed_in:
        absent = "" if marks.course else "not run"
        words = [marks.grades.get(column, absent) for column in columns]
        lines.append([marks.file, *words, str(words.count("correct")), marks.remark])
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
    courses, handed_in = course(folder), []
    meant = files(given)
    for number, file in enumerate(meant, 1):
        progress(f"{number} of {len(meant)}: {file}")
        handed_in.append(grade(file, courses, cell_limit, time_limit))
    return table(handed_in, courses)

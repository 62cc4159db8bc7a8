"""A class's marks: by learner and exercise, as a table of words, with reasons, and in points."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from kevent_sim.course.exercises import Course
from kevent_sim.course.grading.grader import NOT_RUN, Grader, Mark
from kevent_sim.course.grading.learners import HandedIn, handed_in

Points = Mapping[str, float]


@dataclass
class Marks:
    """One learner's: by column, and in words what kept a file from being graded."""

    learner: str
    marks: dict[str, Mark] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def points(self, worth: Points) -> float:
        return sum(worth[column] for column, mark in self.marks.items() if mark.word == "correct")


def points(path: Path | None, courses: Sequence[Course]) -> dict[str, float]:
    """Column -> what a correct answer is worth: 1, or what a file says. Raises ValueError for a file that says it of
    something else, OSError where it cannot be read."""
    worth = {course.column(number): 1.0 for course in courses for number in course.titles}
    if path is None:
        return worth
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}; a line is, for example,  03.1 = 2") from None
    for column, value in _flat(said).items():
        if column not in worth:
            raise ValueError(f"{path}: there is no exercise {column}; there are {', '.join(worth)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{path}: {column} = {value!r} are no points; type a number, such as  {column} = 2")
        worth[column] = float(value)
    return worth


def _flat(said: dict[str, Any]) -> dict[str, Any]:
    """TOML reads `03.1` as a table in a table, unless it is quoted."""
    found = dict[str, Any]()
    for key, value in said.items():
        found |= {f"{key}.{inner}": own for inner, own in _flat(value).items()} if isinstance(value, dict) else {}
        found |= {} if isinstance(value, dict) else {key: value}
    return found


def graded(each: HandedIn, limit: float, pages: bool, started: Callable[[Grader], None]) -> tuple[dict[str, Mark], str]:
    """The marks of one file, by column; and why it has none."""
    if each.course is None:
        return {}, each.remark
    columns = {number: each.course.column(number) for number in each.course.titles}
    if each.remark:
        return {column: NOT_RUN._replace(text=each.remark) for column in columns.values()}, each.remark
    grader = Grader(each.course, each.answers, limit, pages)
    started(grader)
    try:
        return {columns[number]: mark for number, mark in grader.grade().items()}, ""
    except RuntimeError as error:
        return {column: NOT_RUN._replace(text=str(error)) for column in columns.values()}, f"{each.file}: {error}"


def grade(
    given: Sequence[str],
    courses: Sequence[Course],
    limit: float,
    jobs: int = 1,
    pages: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Marks]:
    """Grade all that was given, so many notebooks at a time; `progress` is told of each. The marks are the same."""
    files, at_work = handed_in(given, courses), list[Grader]()
    found = list[tuple[dict[str, Mark], str]]()
    with ThreadPoolExecutor(jobs) as threads:
        try:
            for each, of_one in zip(
                files, threads.map(lambda one: graded(one, limit, pages, at_work.append), files), strict=True
            ):
                found.append(of_one)
                words = [mark.word for mark in of_one[0].values()]
                told = of_one[1] or f"{each.file.name}: {words.count('correct')} of {len(words)} correct"
                progress(f"{len(found)} of {len(files)}: {each.learner}, {told}")
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            for grader in at_work:
                grader.stop()
            raise
    classed = list[Marks]()
    for _, own in groupby(zip(files, found, strict=True), key=lambda each: each[0].learner.casefold()):
        theirs = list(own)
        made = Marks(theirs[0][0].learner)
        for _, (marks, remark) in theirs:
            made.marks |= marks
            if remark and remark not in made.remarks:
                made.remarks.append(remark)
        classed.append(made)
    return classed


def table(marks: Sequence[Marks], worth: Points, told: Callable[[Mark], str]) -> list[list[str]]:
    """A line for each learner, a column for each exercise; below, how many are correct, and what each is worth."""
    columns = [column for column in worth if any(column in each.marks for each in marks)]
    lines = [["learner", *columns, "points", "remark"]]
    for each in marks:
        words = [told(each.marks[column]) if column in each.marks else "" for column in columns]
        lines.append([each.learner, *words, f"{each.points(worth):g}", "; ".join(each.remarks)])
    correct = [sum(each.marks.get(column, NOT_RUN).word == "correct" for each in marks) for column in columns]
    total = sum(each.points(worth) for each in marks)
    lines.append(["correct", *map(str, correct), f"{total:g}", ""])
    lines.append(["worth", *(f"{worth[column]:g}" for column in columns), f"{sum(worth[c] for c in columns):g}", ""])
    return lines


def in_text(marks: Sequence[Marks], worth: Points) -> str:
    """For a terminal: the marks in a word each, and then why, by learner."""
    lines = table(marks, worth, lambda mark: mark.word)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    grid = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    for each in marks:
        why = [(column, mark) for column, mark in each.marks.items() if mark.word not in ("correct", "not run")]
        if why:
            grid += ["", each.learner, *(f"  {column}  {mark}" for column, mark in why)]
    return "\n".join(grid)


def write_csv(path: Path, marks: Sequence[Marks], worth: Points) -> None:
    """For spreadsheets: with the mark that tells them that names are in UTF-8; no cell begins as a formula does."""
    lines = [
        [f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in line] for line in table(marks, worth, str)
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)

"""How far a learner has come: what the checks said, as the notebooks were saved. Nothing is run, nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kevent_sim.course.exercises import Cell, Course, course, of_course, read
from kevent_sim.course.setup.check import home
from kevent_sim.views.html import status, table

COLUMNS = ("correct", "almost", "not so", "open")  # what a check has said of an answer; no answer, or nothing of it
IN_COPIES = (
    "These are the course's own notebooks, and hold no answers: work in a copy, which python -m kevent_sim opens."
)
NEXT = "Answer an exercise, run its check, save the notebook: then this cell tells of it when it is run again."


class Standing(NamedTuple):
    """One saved notebook: a word of COLUMNS for each of its exercises."""

    file: str
    words: dict[int, str]

    def row(self) -> list[str]:
        """The file, and under each word the numbers of its exercises."""
        return [self.file, *(", ".join(str(n) for n, said in self.words.items() if said == word) for word in COLUMNS)]


class Progress:
    """How each saved notebook stands, and of each file that could not be read why not."""

    def __init__(self, standings: list[Standing], unread: dict[str, str], then: str = NEXT) -> None:
        words = [word for each in standings for word in each.words.values()]
        self.begun = any(word != "open" for word in words)
        self.standings = standings if self.begun else []
        done = f"{words.count('correct')} of {len(words)} exercises are correct." if words else ""
        self.summary = done if self.begun else "Nothing is answered yet."
        self.notes = [*(f"{file} {why}." for file, why in unread.items()), then]

    def __repr__(self) -> str:
        def told(file: str, *numbers: str) -> str:
            return f"{file}: " + "; ".join(
                f"{word} {each}" for word, each in zip(COLUMNS, numbers, strict=True) if each
            )

        return "\n".join([self.summary, *(told(*each.row()) for each in self.standings), *self.notes])

    def _repr_html_(self) -> str:
        rows = [each.row() for each in self.standings]
        return status([self.summary]) + (table(["notebook", *COLUMNS], rows) if rows else "") + status([], self.notes)


def progress(folder: str | Path = ".") -> Progress:
    """Tell how far the exercises are, by the notebooks of the course that are saved in a folder, under whatever name.

    It reads what the checks said when they were last run: *correct*, *almost*, *not so*; where the stub is as it was,
    or nothing was said of the answer, the exercise is open. An answer that was changed since, or not saved, is not
    seen. The course's own notebooks hold no answers. Nothing is run, written or sent; who grades runs the
    answers anew. Raises NotADirectoryError where there is no such folder.

    >>> import json, tempfile
    >>> def cell(kind, id, source, said=""):
    ...     made = {"id": id, "cell_type": kind, "source": source, "metadata": {}}
    ...     return made | {"outputs": [{"data": {"text/plain": said}}]} if kind == "code" else made
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = [cell("code", "start-38", "file_count = 7"), cell("code", "start-39", "", "correct: 7 files")]
    ...     _ = (Path(folder) / "mine.ipynb").write_text(json.dumps({"cells": saved}))
    ...     progress(folder)
    1 of 3 exercises are correct.
    mine.ipynb: correct 1; open 2, 3
    Answer an exercise, run its check, save the notebook: then this cell tells of it when it is run again.
    """
    here, own = Path(folder), home() / "notebooks"
    if not here.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    standings, unread = list[Standing](), dict[str, str]()
    if own.is_dir() and here.samefile(own):
        return Progress(standings, unread, IN_COPIES)
    courses = course(own)
    for file in sorted(here.glob("*.ipynb")):
        try:
            cells = read(file)
        except OSError as error:
            unread[file.name] = f"cannot be read: {error.strerror}"
        except ValueError as error:
            unread[file.name] = str(error)
        else:
            if meant := of_course(courses, cells):
                standings.append(Standing(file.name, _words(meant, cells)))
    return Progress(standings, unread)


def _words(meant: Course, cells: list[Cell]) -> dict[int, str]:
    words, answers = dict.fromkeys(meant.titles, "open"), meant.answers(cells)
    for cell, own in zip(cells, meant.own(cells), strict=True):
        if own is not None and own.exercise and "check" in own.tags:
            said = cell.said.partition(":")[0]
            answered = not meant.untouched(own.exercise, answers.get(own.exercise, []))
            words[own.exercise] = said if answered and said in COLUMNS else "open"
    return words

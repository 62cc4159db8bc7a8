"""One notebook, graded: of the course's cells those that its answers need are run, in a fresh process."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from kevent_sim.course.exercises import Cell, Course, bound, taken, what_they_need
from kevent_sim.course.grading.process import Lost, Process

WORDS = {"still missing": "missing"}  # a Verdict's grade -> the mark's word, where it is another
COURSE_LIMIT = 600.0  # seconds for a cell of the course's own
ENDED = {
    "hangs": "it has not come to its end within {:g} s",
    "dies": "it has ended the process that was to judge it",
}


class Mark(NamedTuple):
    """How an answer was found: `word`, in a table; `text`, why; `page`, the picture of the run that decided it."""

    word: str
    text: str = ""
    page: str = ""
    answer: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.word}: {self.text}" if self.text else self.word


NOT_RUN = Mark("not run", "there is no cell of an answer in the file")
UNTOUCHED = Mark("missing", "the stub is as it was")


class Grader:
    """Grades the answers to one notebook. One that takes its process along leaves the others a new one."""

    def __init__(self, course: Course, answers: dict[int, list[str]], limit: float, pages: bool = False) -> None:
        self.course, self.answers, self.limit, self.pages = course, answers, limit, pages
        self.marks: dict[int, Mark] = {}
        self.process: Process | None = None
        self.stopped = False
        for number in course.titles:
            if number not in answers:
                self.marks[number] = NOT_RUN
            elif course.untouched(number, answers[number]):
                self.marks[number] = UNTOUCHED

    def grade(self) -> dict[int, Mark]:
        """Exercise -> its mark. Raises RuntimeError where the course's own cells cannot be run."""
        while waiting := [number for number in self.course.titles if number not in self.marks]:
            if self.stopped:
                raise RuntimeError("interrupted")
            with Process() as process:
                self.process = process
                self.done = set[int]()  # of the course's cells those that this process has run
                for number in waiting:
                    self.marks[number] = self.judged(process, number)
                    if self.marks[number].word in ("hangs", "dies", "tampered"):
                        break
        return {
            number: self.marks[number]._replace(answer=tuple(self.answers.get(number, ())))
            for number in self.course.titles
        }

    def stop(self) -> None:
        """End its process, from another thread."""
        self.stopped = True
        if self.process is not None:
            self.process.end()

    def judged(self, process: Process, exercise: int) -> Mark:
        """One answer's mark. The cells that it needs and that have not been run yet are run first."""
        left, failed = self.limit, ""
        for at, cell in self.needed(exercise).items():
            begun = monotonic()
            try:
                if cell.exercise == exercise and "stub" in cell.tags:
                    names = bound(cell.source)
                    said = process.ask(left, do="answer", cells=self.answers[exercise], stub=names)
                    failed = said.get("text", "")
                elif cell.exercise == exercise and "check" in cell.tags:
                    said = process.ask(left, do="check", code=cell.source, page=self.pages)
                else:
                    self.prepare(process, at, cell)
                    continue
            except Lost as lost:
                return Mark(str(lost), ENDED[str(lost)].format(self.limit))
            left = max(left - (monotonic() - begun), 0)
            self.done.add(at)
            if word := said.get("word"):
                text = (failed if word == "raises" else "") or said["text"]
                return Mark(WORDS.get(word, word), text, said.get("page", ""))
        raise RuntimeError(f"{self.course.column(exercise)} has no check")

    def prepare(self, process: Process, at: int, cell: Cell) -> None:
        """Run one of the course's own cells. Raises RuntimeError where it cannot be run."""
        try:
            said = process.ask(COURSE_LIMIT, do="course", code=cell.source, name=f"<{self.course.name}, {cell.id}>")
        except Lost as lost:
            said = {"word": str(lost), "text": ENDED[str(lost)].format(COURSE_LIMIT)}
        if said.get("word"):
            raise RuntimeError(f"the course's own cell {cell.id}: {said['text']}")
        self.done.add(at)

    def needed(self, exercise: int) -> dict[int, Cell]:
        """The cells to run, by place: the answer's stub, its check, and what both take their names from."""
        code, wanted = dict[int, str](), list[int]()
        for at, cell in enumerate(self.course.cells):
            if cell.kind != "code" or "assert" in cell.tags:
                continue
            if cell.exercise == exercise and {"stub", "check"} & {*cell.tags}:
                code[at] = cell.source
                wanted.append(at)
                if "stub" in cell.tags:  # what its answer takes, that is needed, too
                    code[at] = "\n".join(filter(taken, self.answers[exercise]))
                else:
                    break
            elif not (cell.exercise and "check" in cell.tags):
                code[at] = cell.source
        return {at: self.course.cells[at] for at in what_they_need(code, wanted) if at not in self.done}

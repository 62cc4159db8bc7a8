"""Every exercise's judge refuses the wrong answers that stand in `wrong_answers.py`, in words, and takes the right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cells import checks, evaluate, solutions, tagged
from sizes import part, size
from wrong_answers import RIGHT, WRONG

from kevent_sim.c import CError
from kevent_sim.course.answers import Verdict
from kevent_sim.course.exercises import Course, what_they_need

ALL = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
IN_WORDS = r"(?!(Key|Index|Attribute)Error(?!.*\(line))\S.{5,}"  # a Python error has at least its line


class Exercises:
    """A notebook whose cells were run as far as its exercises need them; each answer finds them as they were."""

    def __init__(self, path: Path) -> None:
        notebook, course = json.loads(path.read_text(encoding="utf-8")), Course(path)
        code = {
            number: "".join(cell["source"])
            for number, cell in enumerate(notebook["cells"])
            if cell["cell_type"] == "code" and "assert" not in tagged(cell)
        }
        self.check_of = {
            course.cells[check].exercise: code[check] for check in checks(notebook) if course.cells[check].exercise
        }
        self.titles = course.titles
        self.solutions = {course.cells[stub].exercise: answer for stub, answer in solutions(notebook).items()}
        asked = [number for number in checks(notebook) if course.cells[number].exercise]
        self.space: dict[str, Any] = {"__name__": "__main__"}
        for number, source in what_they_need(code, asked).items():
            if number not in asked:
                evaluate(source, self.space)
        self.before = dict(self.space)

    def judged(self, exercise: int, answer: str) -> Any:
        """The verdict on an answer; whatever the answer binds is gone afterwards. A text that is no C binds nothing, as
        in a notebook, and there is nothing to judge."""
        try:
            try:
                evaluate(answer, self.space)
            except CError as error:
                return Verdict("still missing", str(error))
            return evaluate(self.check_of[exercise], self.space)
        finally:
            self.space.clear()
            self.space.update(self.before)


TODAY = [path for path in ALL if path.stem[:2] in part(WRONG)]


@pytest.fixture(scope="module", params=TODAY, ids=lambda path: path.stem[:2])
def exercises(request) -> Exercises:
    made = Exercises(request.param)
    made.number = request.param.stem[:2]
    return made


def each(answers: dict[int, dict[str, str]]) -> list[tuple[int, str]]:
    """(exercise, why) of those to try today: everyday one for each exercise."""
    return [(exercise, why) for exercise, given in answers.items() for why in list(given)[: size(1, len(given))]]


def test_every_wrong_answer_is_refused_in_words(exercises):
    for exercise, why in each(WRONG[exercises.number]):
        verdict = exercises.judged(exercise, WRONG[exercises.number][exercise][why])
        assert verdict.grade != "correct", (exercise, why)
        assert re.match(IN_WORDS, verdict.text), (exercise, why, verdict.text)


def test_every_right_answer_is_told_as_right(exercises):
    right = RIGHT[exercises.number]
    today = list(right)[:: size(3, 1)]  # every exercise has its solution taken everyday, by test_notebooks
    for exercise, why in each({exercise: right[exercise] for exercise in today}):
        verdict = exercises.judged(exercise, RIGHT[exercises.number][exercise][why])
        assert verdict.grade == "correct", (exercise, why, verdict.text)


def test_every_exercise_has_wrong_answers_and_two_right_ones_beside_its_solution(exercises):
    assert list(WRONG[exercises.number]) == list(RIGHT[exercises.number]) == list(exercises.titles)
    for exercise, given in RIGHT[exercises.number].items():
        assert len(given) >= 2
        assert exercises.solutions[exercise].strip() not in map(str.strip, given.values())
        assert len(WRONG[exercises.number][exercise]) >= size(3, 3)


def replays(cell: dict[str, Any]) -> list[str]:
    """The lines behind `replay:` in a cell's outputs."""
    texts = ["".join(each.get("text", each.get("data", {}).get("text/plain", ""))) for each in cell.get("outputs", [])]
    return re.findall(r"replay: (ks\.run\(.*\))$", "\n".join(texts), re.MULTILINE)


@pytest.mark.parametrize(
    "path", [path for path in ALL if path.stem[:2] in part(each.stem[:2] for each in ALL)], ids=str
)
def test_every_replay_line_runs_as_pasted_behind_the_cells_that_it_needs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = {
        number: "".join(cell["source"])
        for number, cell in enumerate(cells)
        if cell["cell_type"] == "code" and "assert" not in tagged(cell)
    }
    for number in [number for number in code if replays(cells[number])]:
        before = {at: source for at, source in code.items() if at <= number}
        space: dict[str, Any] = {"__name__": "__main__"}
        for source in what_they_need(before, [min(code), number]).values():
            evaluate(source, space)
        for line in replays(cells[number]):
            assert evaluate(line, space).replay.partition("policy=")[2] in line.replace(
                "volume=verdict.volume", "volume=volume"
            )

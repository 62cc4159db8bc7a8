"""What COURSE demands of a notebook beyond its outputs, which nbval compares."""

from __future__ import annotations

import ast
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import links
import pytest
import sizes
from cells import checks, evaluate, solutions, tagged

from kevent_sim.course.exercises import Course, bound, what_they_need
from kevent_sim.course.setup.editions import for_learners, without_solutions

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
TAGS = {"assert", "stub", "check", "prediction", "solution", "preview"}
BANNED = (
    r"\binteract\b", r"interactive_output", r"\bOutput\(", r"clear_output", r"\.update\(", r"plt\.", r"pyplot",
    r"^\s*!", r"^\s*%(?!%c\b|load_ext kevent_sim$)", r"\.style\b", r"sys\.path", r"https?://",
)  # fmt: skip


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def notebook(request) -> dict[str, Any]:
    return {**json.loads(request.param.read_text(encoding="utf-8")), "path": request.param}


def cells(notebook, kind: str) -> list[dict[str, Any]]:
    return [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_it_was_executed_from_top_to_bottom_in_one_go(notebook):
    counts = [cell["execution_count"] for cell in cells(notebook, "code")]
    assert counts == list(range(1, len(counts) + 1))


def test_its_kernel_is_python3_everywhere(notebook):
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["language_info"] == {"name": "python"}


def test_it_has_one_title_and_no_heading_skips_a_level(notebook):
    text = "\n".join(re.sub(r"```.*?```", "", cell["source"], flags=re.DOTALL) for cell in cells(notebook, "markdown"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_cell_says_what_it_is_in_a_talk(notebook):
    for cell in notebook["cells"]:
        assert cell["metadata"]["slideshow"]["slide_type"] in ("slide", "subslide", "fragment", "skip", "notes", "-")


def test_tags_are_known_ones(notebook):
    for cell in notebook["cells"]:
        assert tagged(cell) <= TAGS


def test_no_code_does_what_nbval_cannot_compare_or_a_notebook_should_not(notebook):
    for cell in cells(notebook, "code"):
        assert not cell["source"].rstrip().endswith(";")
        for pattern in BANNED:
            assert not re.search(pattern, cell["source"], re.MULTILINE), pattern


def test_outputs_show_no_address_no_warning_and_no_error(notebook):
    for cell in cells(notebook, "code"):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            text = json.dumps({k: v for k, v in output.get("data", {}).items() if k != "text/html"})
            assert not re.search(r"(?<!\()0x[0-9a-f]{6,}", text)  # a bug check's first parameter is no address of ours


def test_every_picture_has_words_for_those_who_cannot_see_it(notebook):
    for cell in cells(notebook, "code"):
        for output in cell["outputs"]:
            page = "".join(output.get("data", {}).get("text/html", ""))
            assert page.count("<img ") == len(re.findall(r'<img alt="[^"]{20,}"', page))
            assert page.count('role="img"') == len(re.findall(r'role="img" aria-label="[^"]{20,}"', page))
            assert page.count("<figure") == len(re.findall(r"</details></figure>|</figcaption></figure>", page))
    for cell in cells(notebook, "markdown"):
        assert "![](" not in cell["source"]


def test_links_to_files_lead_somewhere(notebook):
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)#]+)\)", cell["source"]):
            if "://" not in target:
                assert (notebook["path"].parent / target).exists(), target


def test_the_first_use_of_each_routine_bug_check_and_status_leads_to_the_manual(notebook):
    assert links.texts(notebook) == links.linked(links.texts(notebook)), "type:  python tools/links.py"


def test_prose_comes_in_short_pieces(notebook):
    for cell in cells(notebook, "markdown"):
        if "solution" not in tagged(cell):
            for paragraph in re.split(r"\n\s*\n", cell["source"]):
                assert len(paragraph.splitlines()) <= 8, paragraph


FOLDED = r"<details><summary>{}</summary>\n\n.*</details>"
FIRST = "00_start_here"  # whose exercises teach the form of an exercise


def parts(course: Course, number: int) -> list[str]:
    """What an exercise consists of, in order: `stub`, `check`, `hint`, `solution`; other cells left out."""
    found = []
    for cell in course.cells:
        if cell.exercise == number:
            hint = re.fullmatch(FOLDED.format(r"(?:Hint|Another hint)"), cell.source, re.DOTALL)
            found += ["hint"] if hint else [tag for tag in cell.tags if tag in ("stub", "check", "solution")]
    return found


def test_it_has_three_exercises_or_more_and_one_asks_for_a_fix(notebook):
    titles = Course(notebook["path"]).titles
    assert list(titles) == list(range(1, len(titles) + 1))
    assert len(titles) >= 3
    if notebook["path"].stem != FIRST:
        assert [title for title in titles.values() if re.match(r"(Mend|Build)\b", title)]


def test_an_exercise_is_a_stub_its_check_hints_and_a_folded_solution(notebook):
    course = Course(notebook["path"])
    for number, title in course.titles.items():
        assert re.fullmatch("stub check( hint)+ solution", " ".join(parts(course, number))), title
        for cell in course.cells:
            if cell.exercise == number and "solution" in cell.tags:
                assert re.fullmatch(FOLDED.format("Solution"), cell.source.strip(), re.DOTALL), title


def test_what_has_a_solution_is_an_exercise(notebook):
    assert all(cell.exercise for cell in Course(notebook["path"]).cells if "solution" in cell.tags)


def test_a_stub_binds_a_name_and_a_check_ends_in_its_verdict(notebook):
    for cell in Course(notebook["path"]).cells:
        if cell.exercise and "stub" in cell.tags:
            assert bound(cell.source)
        if cell.exercise and "check" in cell.tags:
            assert isinstance(ast.parse(cell.source).body[-1], ast.Expr)


def test_no_two_cells_of_the_course_have_one_id():
    ids = [cell.id for path in NOTEBOOKS for cell in Course(path).cells]
    assert len(ids) == len(set(ids))
    assert all(ids)


PROVED_AT_LENGTH = {("09_capstone", 3)}  # to prove that right takes longer than all other solutions together


def test_every_solution_is_correct_in_its_stubs_place(notebook):
    answers, stub_of = solutions(notebook), checks(notebook)
    assert len(answers) >= 3
    if not sizes.long:
        course = Course(notebook["path"])
        late = {stub for stub in answers if (notebook["path"].stem, course.cells[stub].exercise) in PROVED_AT_LENGTH}
        answers = {stub: answer for stub, answer in answers.items() if stub not in late}
    code = {
        number: answers.get(number, "".join(cell["source"]))
        for number, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code" and "assert" not in tagged(cell)  # these hold the prose, and define nothing
    }
    if not sizes.long:
        code = what_they_need(code, [check for check, stub in stub_of.items() if stub in answers])
    space: dict[str, Any] = {"__name__": "__main__"}
    values = {number: evaluate(source, space) for number, source in code.items()}
    grades = {stub: values[check].grade for check, stub in stub_of.items() if check in values}
    assert {stub: grades[stub] for stub in answers} == dict.fromkeys(answers, "correct")


def test_no_stub_is_correct_as_it_stands(notebook):
    for number in checks(notebook):
        (verdict,) = (each for each in notebook["cells"][number]["outputs"] if each["output_type"] == "execute_result")
        assert re.match("(still missing|almost): ", "".join(verdict["data"]["text/plain"]))


# -- the learner's edition ---------------------------------------------------------------------------------------------


def test_the_stored_edition_says_first_that_it_shows_the_answers(notebook):
    first = notebook["cells"][0]
    assert tagged(first) == {"preview"}
    assert "answers are shown" in "".join(first["source"])
    assert "python -m kevent_sim" in "".join(first["source"])


def predictions(notebook) -> dict[int, tuple[str, list[str]]]:
    """Number of a prediction's cell -> its name, and the texts of its choices."""
    found = {}
    for number, cell in enumerate(notebook["cells"]):
        if "prediction" in tagged(cell):
            assigned, shown = ast.parse("".join(cell["source"])).body
            assert ast.unparse(assigned.value.func) == "ks.predict"
            assert assigned.targets[0].id == shown.value.id
            found[number] = shown.value.id, [str(ast.literal_eval(choice)) for choice in assigned.value.args]
    return found


def test_a_prediction_is_asked_in_the_text_above_it_and_compared_once_below_it(notebook):
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    asked = list(predictions(notebook).items())
    compared = [source for source in sources if "check.prediction(" in source]
    assert len(compared) == len(asked) >= 1
    for number, (name, _) in asked:
        asks = [at for at, source in enumerate(sources[:number]) if re.search(r"\b[Pp]redict\b", source)]
        assert not [source for source in sources[asks[-1] : number] if "check." in source]
        assert any(re.search(rf"check\.prediction\(\s*{name},", source) for source in sources[number:])


def test_what_compares_a_prediction_prints_nothing_before_it_is_committed(notebook):
    for cell in cells(notebook, "code"):
        if "check.prediction(" in cell["source"]:
            (output,) = cell["outputs"]
            assert "".join(output["data"]["text/plain"]).startswith("still missing: commit to a choice above")


def test_no_choice_in_words_stands_in_the_text_above_its_question(notebook):
    for number, (_, choices) in predictions(notebook).items():
        above = []
        for cell in reversed(notebook["cells"][:number]):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and cell["metadata"]["slideshow"]["slide_type"] != "notes":
                above.append(source)
                if source.startswith("## "):
                    break
        for choice in choices:
            assert " " not in choice or choice not in "\n".join(above), choice


def test_each_exercise_has_a_heading_of_its_own_which_the_contents_show(notebook):
    headings = re.findall(r"^### (\d+)\. ", "\n".join(cell["source"] for cell in cells(notebook, "markdown")), re.M)
    assert headings == [str(number) for number in Course(notebook["path"]).titles]


@pytest.mark.parametrize("edition", [for_learners, without_solutions])
def test_a_learners_edition_has_no_output_no_prompt_and_no_note(notebook, edition):
    made = json.loads(edition(notebook["path"].read_bytes()))
    for cell in cells(made, "code"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
    kinds = {cell["metadata"]["slideshow"]["slide_type"] for cell in made["cells"]}
    assert "notes" not in kinds
    assert "For whoever teaches this" not in json.dumps(made)
    assert "".join(made["cells"][0]["source"]).startswith("# ")


def test_a_learners_edition_folds_what_judges_and_what_tests_and_nothing_else(notebook):
    def folded(cells):
        return {cell["id"] for cell in cells if cell["metadata"].get("jupyter", {}).get("source_hidden")}

    course = Course(notebook["path"])
    judges = {
        cell.id
        for cell in course.cells
        if cell.kind == "code" and ({"assert", "check"} & {*cell.tags} or (cell.exercise and "stub" not in cell.tags))
    }
    made = json.loads(for_learners(notebook["path"].read_bytes()))
    assert folded(made["cells"]) == judges | folded(notebook["cells"])


def test_editions_have_the_same_cells_but_for_what_is_left_out(notebook):
    stored = [cell["id"] for cell in notebook["cells"]]
    made = {
        each: [cell["id"] for cell in json.loads(each(notebook["path"].read_bytes()))["cells"]]
        for each in (for_learners, without_solutions)
    }
    assert [cell for cell in stored if cell in made[for_learners]] == made[for_learners]
    solutions = {cell["id"] for cell in notebook["cells"] if "solution" in tagged(cell)}
    assert {*made[for_learners]} - {*made[without_solutions]} == solutions
    once = for_learners(notebook["path"].read_bytes())
    assert for_learners(once) == once

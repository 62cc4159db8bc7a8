"""Grades are the checks' own, whatever a learner hands in; nothing that is handed in keeps others from their grades."""

import csv
import json
import re
import sys
from pathlib import Path

import pytest
import sizes

from kevent_sim.course import cli as command
from kevent_sim.course import exercises
from kevent_sim.course.grading import feedback, learners, report
from kevent_sim.course.grading.grader import Grader
from kevent_sim.course.setup import venv as course_venv

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
REAL = NOTEBOOKS / "00_start_here.ipynb"
NEEDED = {"start-03", "start-26"}  # of the cells above the exercises, those that the exercises need
SOLUTIONS = {
    1: "file_count = 7",
    2: "my_policy = lambda ready: ready[0]",
    3: "waits_until = 20",
}
CORRECT = "check.Verdict('correct', 'I say so')"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
LIMIT = 5


def source(cell):
    return "".join(cell["source"])


def notebook():
    """The real notebook, but for the demonstrations above its exercises."""
    found = json.loads(REAL.read_text(encoding="utf-8"))
    exercises = next(at for at, cell in enumerate(found["cells"]) if source(cell).startswith("## Exercises"))
    found["cells"] = [
        {**cell, **({"outputs": []} if cell["cell_type"] == "code" else {})}
        for at, cell in enumerate(found["cells"])
        if at >= exercises or cell["cell_type"] == "markdown" or cell["id"] in NEEDED
    ]
    return found


def tagged(made, tag):
    """Places of the cells with a tag, by exercise."""
    places = [at for at, cell in enumerate(made["cells"]) if tag in cell["metadata"].get("tags", ())]
    return dict(enumerate(places, 1))


def answered(*changed, **answers):
    """A learner's notebook: code for the stubs by number (_1=...), solutions for the others; then the changes."""
    made = notebook()
    for number, at in tagged(made, "stub").items():
        made["cells"][at]["source"] = answers.get(f"_{number}", SOLUTIONS[number])
    for change in changed:
        change(made)
    return made


def code(text):
    return {"cell_type": "code", "id": "own", "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def checks_edited(made):
    for at in tagged(made, "check").values():
        made["cells"][at]["source"] = CORRECT


def without(tag, number):
    def change(made):
        del made["cells"][tagged(made, tag)[number]]

    return change


def with_cell(text, before, number):
    def change(made):
        made["cells"].insert(tagged(made, before)[number], code(text))

    return change


def renamed(made):
    for at, cell in enumerate(made["cells"]):
        cell["id"] = f"new-{at}"


def forged(made):
    output = {"output_type": "execute_result", "data": {"text/plain": "correct: it was 19"}, "metadata": {}}
    for at in tagged(made, "check").values():
        made["cells"][at]["outputs"] = [output]


HANDED_IN = {
    "ada": answered(),
    "cheat_name": answered(
        checks_edited,
        _1="file_count = 8\nks = None",
        _2="my_policy = ks.RoundRobin()\nrace = 1",
        _3=f"waits_until = 1\nclass check:\n    number = lambda *_: {CORRECT}",
    ),
    "dies": answered(_2="import os\nos._exit(1)"),
    "forged": answered(forged, _1="file_count = 3  # as it was", _2="my_policy = None", _3=""),
    "gaps": answered(without("stub", 3), without("check", 2), without("check", 1), without("stub", 1)),
    "hangs": answered(_1="while True: pass", _2="def my_policy(ready):\n    while True: pass"),
    "helper": answered(
        with_cell("def oldest(ready):\n    return ready[0]", "stub", 2),
        with_cell("race = files_too = None", "stub", 1),
        _2="my_policy = oldest",
    ),
    "raises": answered(_1="import no_such_module", _2="def my_policy(ready):\n    return {}[0]", _3="waits_until = ("),
    "stubborn": answered(_3=STUBBORN),
    "untouched": notebook(),
    "writes": answered(_1="open('f', 'w').write('x')\nfile_count = 7", _2="%matplotlib inline\nmy_policy = 'CC'"),
    "wrong": answered(_1="file_count = 8", _2="my_policy = 'CC'", _3="waits_until = 'nineteen'"),
}  # fmt: skip

GRADES = {
    "ada": "correct correct correct",
    "cheat_name": "almost almost not_so",
    "dies": "correct dies correct",
    "forged": "missing missing missing",
    "gaps": "not_run correct not_run",
    "hangs": "hangs hangs correct",
    "helper": "correct correct correct",
    "raises": "raises almost raises",
    "stubborn": "correct correct hangs",
    "untouched": "missing missing missing",
    "writes": "correct almost correct",
    "wrong": "almost almost missing",
}
REASONS = {
    ("ada", "00.1"): "correct: 7 files were made",
    ("cheat_name", "00.1"): "almost: 8 files were made, wanted are 7",
    ("dies", "00.2"): "dies: it has ended the process that was to judge it",
    ("gaps", "00.1"): "not run: there is no cell of an answer in the file",
    ("hangs", "00.1"): "hangs: it has not come to its end within 5 s",
    ("raises", "00.1"): "raises: ModuleNotFoundError: No module named 'no_such_module' (line 1)",
    ("raises", "00.2"): "almost: KeyError: 0 (line 2)",
    ("raises", "00.3"): "raises: SyntaxError: '(' was never closed (line 1)",
    ("untouched", "00.1"): "missing: the stub is as it was",
    ("wrong", "00.3"): "missing: give a number from 0 to 40, then run this cell again",
}


HANDS_IN = list(GRADES) if sizes.long else ["ada", "cheat_name", "dies", "gaps", "raises"]


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (folder / REAL.name).write_text(json.dumps(notebook()), encoding="utf-8")
    return exercises.course(folder)


def stored(folder, **made):
    """The folder, with these notebooks in it."""
    for name, each in made.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(each), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed_in")
    (folder / "broken.ipynb").write_text('{"cells": [', encoding="utf-8")
    (folder / "twice").mkdir()
    stored(folder / "twice", ada=answered(), cy=answered())
    stored(folder, cy=answered())
    (folder / "twice" / "ada.ipynb").unlink()
    return stored(folder, **{name: HANDED_IN[name] for name in HANDS_IN})


@pytest.fixture(scope="module")
def graded(courses, handed_in):
    """Each learner's marks."""
    before = {path: path.read_bytes() for path in handed_in.rglob("*.ipynb")}
    marks = report.grade([str(handed_in)], courses, LIMIT, pages=True)
    assert {path: path.read_bytes() for path in handed_in.rglob("*") if path.is_file()} == before
    return {each.learner: each for each in marks}


@pytest.mark.parametrize("name", HANDS_IN)
def test_every_answer_gets_its_own_mark(graded, name):
    assert [mark.word.replace(" ", "_") for mark in graded[name].marks.values()] == GRADES[name].split()
    assert graded[name].remarks == []


@pytest.mark.parametrize(("name", "column"), [place for place in REASONS if place[0] in HANDS_IN])
def test_every_mark_has_its_reason(graded, name, column):
    assert str(graded[name].marks[column]) == REASONS[name, column]


def test_what_is_no_notebook_and_what_is_handed_in_twice_is_told_and_stops_no_other(graded):
    assert [each.partition("broken.ipynb ")[2] for each in graded["broken"].remarks] == ["is not a notebook"]
    (why,) = graded["cy"].remarks
    assert re.search(
        r"cy\.ipynb and .*cy\.ipynb are both cy's 00_start_here: keep one, or name each, or its folder", why
    )
    assert {mark.word for mark in graded["cy"].marks.values()} == {"not run"}
    assert set(graded) == {*HANDS_IN, "broken", "cy"}


def test_the_table_counts_what_is_correct_and_says_what_it_is_worth(graded):
    worth = {"00.1": 2.0, "00.2": 1.0, "00.3": 0.5}
    lines = report.table(list(graded.values()), worth, lambda mark: mark.word)
    assert lines[0] == ["learner", "00.1", "00.2", "00.3", "points", "remark"]
    words = [GRADES[name].split() for name in HANDS_IN]
    correct = [sum(line[at] == "correct" for line in words) for at in range(3)]
    total = correct[0] * 2 + correct[1] + correct[2] * 0.5
    assert lines[-2:] == [["correct", *map(str, correct), f"{total:g}", ""], ["worth", "2", "1", "0.5", "3.5", ""]]
    assert next(line for line in lines if line[0] == "ada")[4] == "3.5"


def test_two_at_a_time_come_to_the_same_bytes_as_one(courses, tmp_path):
    folder = stored(tmp_path, **{name: HANDED_IN[name] for name in ("wrong", "raises", "untouched")})
    told = [
        [feedback.page(each, courses, report.points(None, courses)) for each in marks] + [report.in_text(marks, {})]
        for jobs in (1, 2)
        for marks in [report.grade([str(folder)], courses, 60, jobs, pages=True)]
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        (None, "there is no such file"),
        (b"", "is not a notebook"),
        (b"\x89PNG\r\n", "is not a notebook"),
        (b"my answer is seven", "is not a notebook"),
        (b"[1, 2]", "is not a notebook"),
        (b"[" * 100_000, "is not a notebook"),
        (b'{"cells": [{"cell_type": "code"}]}', "is not a notebook"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "is not a notebook"),
        (b'{"worksheets": [{"cells": []}]}', "is not a notebook"),
        (b'{"cells": []}', "is not a notebook of this course"),
        (
            b'{"cells": [{"cell_type": "code", "source": "file_count = 7", "id": "x"}]}',
            "is not a notebook of this course",
        ),
    ],
)
def test_what_cannot_be_graded_is_a_line_that_says_why(tmp_path, content, remark):
    file = tmp_path / "ada.ipynb"
    if content is not None:
        file.write_bytes(content)
    (marks,) = report.grade([str(file)], exercises.course(NOTEBOOKS), LIMIT)
    assert (marks.learner, marks.marks) == ("ada", {})
    assert [each.removeprefix(str(file)).lstrip(": ") for each in marks.remarks] == [remark]


# Which notebook, and which answers


def cells(made):
    return [
        exercises.Cell(cell["id"], cell["cell_type"], source(cell), tuple(cell["metadata"].get("tags", ())))
        for cell in made["cells"]
    ]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_known_by_its_cells_whatever_the_files_name(path):
    courses = exercises.course(NOTEBOOKS)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert exercises.of_course(courses, cells(found)).name == path.stem
    renamed(found)
    assert exercises.of_course(courses, cells(found)).name == path.stem


def test_code_above_the_exercises_and_below_a_check_is_no_answer():
    course = exercises.Course(REAL)
    made = answered(with_cell("above = 1", "stub", 1), with_cell("below = 1", "solution", 1))
    made["cells"].insert(1, code("top = 1"))
    assert course.answers(cells(made)) == {1: ["above = 1", SOLUTIONS[1]], 2: [SOLUTIONS[2]], 3: [SOLUTIONS[3]]}


def test_answers_are_found_where_a_program_has_renamed_every_cell():
    answers = exercises.Course(REAL).answers(cells(answered(renamed)))
    assert answers == {number: [solution] for number, solution in SOLUTIONS.items()}


@pytest.mark.parametrize("text", ["file_count = 3", "file_count=3 # seven?", "\n\nfile_count = 3\n", "", "# later"])
def test_comments_and_blanks_are_no_answer(text):
    assert exercises.Course(REAL).untouched(1, [text])


@pytest.mark.parametrize("text", ["file_count = 7", "file_count = 3; other = 1", "file_count = ("])
def test_anything_else_is_an_answer(text):
    assert not exercises.Course(REAL).untouched(1, [text])


OWN_DRIVER = NOTEBOOKS / "10_your_own_driver.ipynb"


def in_c(exercise: int, old: str, new: str) -> str:
    cells = exercises.Course(OWN_DRIVER).cells
    (listing,) = (cell.source for cell in cells if cell.exercise == exercise and "stub" in cell.tags)
    assert old in listing
    return listing.replace(old, new)


def test_comments_and_blanks_are_no_answer_in_c_and_a_token_is_one():
    course = exercises.Course(OWN_DRIVER)
    for old, new in (("ULONG  Answer", "ULONG Answer"), ("Answer = 6", "// later\n    Answer = 6"), ("\n\n", "\n")):
        assert course.untouched(5, [in_c(5, old, new)])
    for old, new in (("6 * 7", "42"), ("%%c starts", "%%c starts Rounds=2"), ("6 * 7;", "6 * 7; /*")):
        assert not course.untouched(5, [in_c(5, old, new)])


def test_an_answer_in_c_is_run_and_judged_and_one_that_does_not_compile_is_told():
    found = json.loads(OWN_DRIVER.read_text(encoding="utf-8"))
    answers = {
        3: in_c(3, "ULONG Total;", "volatile ULONG Total;"),
        4: in_c(4, "Limit.LowPart = 30;", "Limit.QuadPart = -30;"),
        5: in_c(5, "6 * 7;", "6 * 7"),
    }
    course = exercises.Course(OWN_DRIVER)
    for cell, own in zip(found["cells"], course.cells, strict=True):
        if "stub" in own.tags and own.exercise in answers:
            cell["source"] = answers[own.exercise]
    marks = Grader(course, course.answers(cells(found)), 60).grade()
    assert {number: mark.word for number, mark in marks.items()} == {
        1: "missing", 2: "missing", 3: "almost", 4: "correct", 5: "raises",
    }  # fmt: skip
    assert "starts.c" in marks[5].text


def test_a_file_a_folder_and_a_pattern_can_be_given(tmp_path):
    for name in ("b/02.ipynb", "a.ipynb", "b/.ipynb_checkpoints/02-checkpoint.ipynb", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    a, b, none = tmp_path / "a.ipynb", tmp_path / "b" / "02.ipynb", tmp_path / "none.ipynb"
    found = learners.files([str(none), str(tmp_path), str(tmp_path / "*.ipynb")])
    assert found == [(none, tmp_path), (a, tmp_path), (b, tmp_path)]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("ada.ipynb", "ada"),
        ("03_race_condition_ada.ipynb", "ada"),
        ("ada-03_race_condition (1).ipynb", "ada"),
        ("ada/03_race_condition.ipynb", "ada"),
        ("ada/kevent-course/03_race_condition-Copy1.ipynb", "ada"),
        ("03_race_condition.ipynb", "class"),
    ],
)
def test_a_learner_is_told_by_the_name_of_a_file_or_else_of_a_folder(file, name):
    root = Path("class")
    assert learners.learner(root / file, root, ["03_race_condition"]) == name


# Points


def points_of(tmp_path, text, courses):
    file = tmp_path / "points.toml"
    file.write_text(text, encoding="utf-8")
    return report.points(file, courses)


@pytest.mark.parametrize("text", ["00.1 = 2", '"00.1" = 2', "[00]\n1 = 2.0"])
def test_points_are_one_or_what_the_file_says(tmp_path, courses, text):
    assert points_of(tmp_path, text, courses) == {"00.1": 2, "00.2": 1, "00.3": 1}
    assert report.points(None, courses) == {"00.1": 1, "00.2": 1, "00.3": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("00.9 = 2", "there is no exercise 00.9; there are 00.1, 00.2, 00.3"),
        ("00.1 = -1", "00.1 = -1 are no points; type a number, such as  00.1 = 2"),
        ("00.1 = true", "00.1 = True are no points"),
        ("00.1 = nan", "00.1 = nan are no points"),
        ("00.1: 2", "a line is, for example,  03.1 = 2"),
    ],
)
def test_what_are_no_points_is_refused(tmp_path, courses, text, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        points_of(tmp_path, text, courses)


# Pages


def test_a_page_has_each_mark_its_reason_the_answer_and_the_run_and_asks_nothing_of_a_network(graded, courses):
    page = feedback.page(graded["raises"], courses, report.points(None, courses))
    for words in ("raises: 0 of 3 points", "00.2 Your first policy", "KeyError: 0 (line 2)", "return {}[0]"):
        assert words in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    ada = feedback.page(graded["ada"], courses, report.points(None, courses))
    assert ada.count("<svg") >= 2
    assert "policy=ks.Replay(" in ada
    assert "ada: 3 of 3 points" in ada


def test_no_page_tells_a_solution(graded, courses):
    for name in ("raises", "gaps", "cheat_name"):
        page = feedback.page(graded[name], courses, report.points(None, courses))
        there = [solution for solution in SOLUTIONS.values() if solution in page]
        assert there == [
            each for each in SOLUTIONS.values() if any(each in a for m in graded[name].marks.values() for a in m.answer)
        ]


def test_pages_are_written_over_earlier_ones_and_over_nothing_else(tmp_path, graded, courses):
    for _ in range(2):
        feedback.check(tmp_path)
        feedback.write(tmp_path, [graded["ada"]], courses, report.points(None, courses))
    (tmp_path / "mine.html").write_text("<p>mine", encoding="utf-8")
    with pytest.raises(OSError, match="is not an earlier page of marks; type another folder"):
        feedback.check(tmp_path)


# The table and the command


def test_the_text_is_aligned_and_the_reasons_stand_below(graded):
    told = report.in_text(list(graded.values()), report.points(None, exercises.course(NOTEBOOKS)))
    grid = told.split("\n\n")[0].splitlines()
    assert len({line.index(word) for line, word in zip(grid, ["00.1", "correct"], strict=False)}) == 1
    assert all(line == line.rstrip() for line in told.splitlines())
    assert "\ncheat_name\n  00.1  almost: 8 files were made, wanted are 7\n" in told


def test_the_csv_holds_the_table_with_its_reasons_and_no_formula(graded, tmp_path):
    file = tmp_path / "grades.csv"
    worth = {"00.1": 1.0, "00.2": 1.0, "00.3": 1.0}
    marks = [*graded.values(), report.Marks("=cmd()")]
    report.write_csv(file, marks, worth)
    with file.open(encoding="utf-8-sig", newline="") as written:
        lines = list(csv.reader(written))
    assert lines[:-3] == report.table(marks, worth, str)[:-3]
    assert lines[-3][0] == "'=cmd()"


@pytest.fixture
def complete(monkeypatch):
    monkeypatch.setattr(command.setup_check, "missing", lambda root, extra="": [])


def test_the_command_prints_the_table_writes_it_and_tells_of_what_was_not_graded(
    tmp_path, monkeypatch, capsys, complete
):
    monkeypatch.chdir(tmp_path)
    stored(tmp_path, ada=notebook())
    assert command.main(["grade", "ada.ipynb"]) == 0
    capsys.readouterr()
    assert command.main(["grade", "ada.ipynb", "nobody.ipynb", "--csv", "grades.csv", "--feedback", "pages"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "learner  00.1     00.2     00.3     points  remark",
        "ada      missing  missing  missing  0",
        "nobody                              0       nobody.ipynb: there is no such file",
        "correct  0        0        0        0",
        "worth    1        1        1        3",
        "",
        "ada",
        *(f"  00.{number}  missing: the stub is as it was" for number in (1, 2, 3)),
    ]
    assert told.err.splitlines() == [
        "1 of 2: ada, ada.ipynb: 0 of 3 correct",
        "2 of 2: nobody, nobody.ipynb: there is no such file",
    ]
    assert (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[:3] == [
        "learner,00.1,00.2,00.3,points,remark",
        "ada," + "missing: the stub is as it was," * 3 + "0,",
        "nobody,,,,0,nobody.ipynb: there is no such file",
    ]
    assert [path.name for path in sorted((tmp_path / "pages").iterdir())] == ["ada.html", "nobody.html"]


def test_a_csv_that_cannot_be_written_takes_no_table_away(tmp_path, capsys, complete):
    assert command.main(["grade", str(tmp_path / "nobody.ipynb"), "--csv", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "there is no such file" in told.out
    assert f"{tmp_path} cannot be written" in told.err


def test_options_are_passed_on(monkeypatch, complete):
    asked = []
    monkeypatch.setattr(report, "grade", lambda *given: asked.append(given[2:5]) or [])
    command.main(["grade", "a.ipynb"])
    command.main(["grade", "a.ipynb", "--time-limit", "90", "--jobs", "2"])
    assert asked == [(120, 1, False), (90, 2, False)]


@pytest.mark.parametrize("limit", ["0", "-1", "soon", "1.5"])
def test_what_is_no_time_limit_is_refused(limit, capsys):
    with pytest.raises(SystemExit):
        command.main(["grade", "a.ipynb", f"--time-limit={limit}"])
    assert "type a whole number, such as 60" in capsys.readouterr().err


def test_where_the_course_is_not_set_up_nothing_is_installed(monkeypatch, capsys):
    part = command.setup_check.Part(False, "pandas is missing; type:  python -m kevent_sim")
    monkeypatch.setattr(command.setup_check, "missing", lambda root, extra="": [part])
    monkeypatch.setattr(course_venv, "works", lambda root: False)
    with pytest.raises(SystemExit, match=r"\[FAIL\] pandas is missing; type:  python -m kevent_sim\nand then"):
        command.main(["grade", "a.ipynb"])


def test_the_environment_that_was_made_grades(monkeypatch):
    part = command.setup_check.Part(False, "pandas is missing")
    monkeypatch.setattr(command.setup_check, "missing", lambda root, extra="": [part])
    monkeypatch.setattr(course_venv, "works", lambda root: True)
    monkeypatch.setattr(sys, "prefix", "elsewhere")
    ran = []
    monkeypatch.setattr(command, "become", lambda words: ran.append(words) or 0)
    assert command.main(["grade", "a.ipynb"]) == 0
    assert ran[0][1:] == ["-m", "kevent_sim", "grade", "a.ipynb"]

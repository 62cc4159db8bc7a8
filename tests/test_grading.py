"""Grades are the checks' own, whatever a learner hands in; nothing that is handed in keeps others from their grades."""

import csv
import json
import sys
from pathlib import Path

import pytest
import sizes

from kevent_sim.course import cli as command
from kevent_sim.course import exercises, grading
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
CORRECT_CLASS = "check.Verdict.grade = property(lambda self: 'correct', lambda self, grade: None)"
STUBBORN = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
CELL_LIMIT = 4


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
    "cheat_check": answered(
        checks_edited, _1=f"file_count = 8\n{CORRECT_CLASS}", _2="my_policy = ks.RoundRobin()", _3="waits_until = 1"
    ),
    "cheat_name": answered(
        _1=f"file_count = 8\ncheck.Verdict = lambda *_: {CORRECT}\nks.run = None",
        _2=f"my_policy = ks.RoundRobin()\ncheck.schedule = lambda *_: {CORRECT}",
        _3=f"waits_until = 1\nclass check:\n    prediction = lambda *_: {CORRECT}",
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
    "wrong": answered(_1="file_count = 8", _2="my_policy = 'CC'", _3="waits_until = 'nineteen'"),
}  # fmt: skip

GRADES = {
    "ada": "correct correct correct",
    "cheat_check": "almost almost not_so",
    "cheat_name": "almost almost not_so",
    "dies": "correct dies correct",
    "forged": "missing missing missing",
    "gaps": "not_run correct not_run",
    "hangs": "hangs hangs correct",
    "helper": "correct correct correct",
    "raises": "raises almost raises",
    "stubborn": "correct correct hangs",
    "untouched": "missing missing missing",
    "wrong": "almost almost missing",
}


HANDS_IN = list(GRADES) if sizes.long else ["ada", "cheat_check", "dies", "gaps"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (folder / REAL.name).write_text(json.dumps(notebook()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed_in")
    for name in HANDS_IN:
        made = HANDED_IN[name]
        (folder / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def graded(course, handed_in):
    """The table's lines by learner."""
    before = {path: path.read_bytes() for path in handed_in.iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "GRACE", 1)
        lines = grading.report([str(handed_in)], course, CELL_LIMIT, 120, lambda text: None)
    assert {path: path.read_bytes() for path in handed_in.iterdir()} == before
    return {Path(line[0]).stem: line for line in lines}


@pytest.mark.parametrize("name", HANDS_IN)
def test_every_answer_gets_its_own_grade(graded, name):
    words = [word.replace("_", " ") for word in GRADES[name].split()]
    assert graded[name][1:] == [*words, str(words.count("correct")), ""]


def test_the_columns_are_the_exercises_and_sums_stand_at_both_edges(graded):
    assert graded["file"] == ["file", "00.1", "00.2", "00.3", "sum", "remark"]
    words = [GRADES[name].split() for name in HANDS_IN]
    sums = [sum(line[at] == "correct" for line in words) for at in range(3)]
    assert graded["sum"] == ["sum", *map(str, [*sums, sum(sums)]), ""]


def test_a_notebook_whose_time_is_up_keeps_what_was_graded(course, tmp_path):
    file = tmp_path / "slow.ipynb"
    file.write_text(json.dumps(answered(_1="", _2="import time\ntime.sleep(60)")), encoding="utf-8")
    marks = grading.grade(file, exercises.course(course), cell_limit=60, time_limit=1)
    assert list(marks.grades.values()) == ["missing", "not run", "not run"]
    assert marks.remark == "stopped after 1 s"


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
    file = tmp_path / "handed_in.ipynb"
    if content is not None:
        file.write_bytes(content)
    courses = exercises.course(NOTEBOOKS)
    marks = [grading.grade(file, courses), grading.Marks("ada", courses[0], {"00.1": "correct"})]
    assert grading.table(marks, courses)[1] == [str(file), "not run", "not run", "not run", "0", remark]


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
    grader = grading.Grader(course, course.answers(cells(found)), cell_limit=60, time_limit=120)
    assert grader.grade() == ({1: "missing", 2: "missing", 3: "almost", 4: "correct", 5: "raises"}, "")


def test_a_file_a_folder_and_a_pattern_can_be_given(tmp_path):
    for name in ("b/02.ipynb", "a.ipynb", "b/.ipynb_checkpoints/02-checkpoint.ipynb", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    a, b, none = tmp_path / "a.ipynb", tmp_path / "b" / "02.ipynb", tmp_path / "none.ipynb"
    assert grading.files([str(none), str(tmp_path), str(tmp_path / "*.ipynb")]) == [none, a, b, a]


def test_the_checks_value_is_kept_and_its_own_lines_stay():
    space = {}
    exec(exercises.kept("a = 20\ndef f(b):\n    return b\nf(a) + 1"), space)
    assert space["__verdict__"] == 21
    with pytest.raises(ValueError, match="is its Verdict"):
        exercises.kept("a = 1")


# The table and the command


def test_the_table_is_aligned_and_nothing_stands_behind_the_last_word(graded):
    lines = grading.aligned(list(graded.values())).splitlines()
    assert len({line.index(word) for line, word in zip(lines[1:3], ["correct", "almost"], strict=True)}) == 1
    assert all(line == line.rstrip() for line in lines)
    assert [line.split()[0] for line in lines] == [line[0] for line in graded.values()]


def test_the_csv_holds_the_table(graded, tmp_path):
    file = tmp_path / "grades.csv"
    grading.write_csv(file, list(graded.values()))
    with file.open(encoding="utf-8-sig", newline="") as stored:
        assert list(csv.reader(stored)) == list(graded.values())


@pytest.fixture
def complete(monkeypatch):
    monkeypatch.setattr(command.setup_check, "missing", lambda root, extra="": [])


def test_the_command_prints_the_table_writes_it_and_ends_well(tmp_path, monkeypatch, capsys, complete):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ada.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    assert command.main(["grade", "ada.ipynb", "nobody.ipynb", "--csv", "grades.csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "file          00.1     00.2     00.3     sum  remark",
        "ada.ipynb     missing  missing  missing  0",
        "nobody.ipynb  not run  not run  not run  0    there is no such file",
        "sum           0        0        0        0",
    ]
    assert (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "file,00.1,00.2,00.3,sum,remark",
        "ada.ipynb,missing,missing,missing,0,",
        "nobody.ipynb,not run,not run,not run,0,there is no such file",
        "sum,0,0,0,0,",
    ]


def test_a_csv_that_cannot_be_written_takes_no_table_away(tmp_path, capsys, complete):
    assert command.main(["grade", str(tmp_path / "nobody.ipynb"), "--csv", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "there is no such file" in told.out
    assert f"{tmp_path} cannot be written" in told.err


def test_limits_are_passed_on(monkeypatch, complete):
    asked = []
    monkeypatch.setattr(grading, "report", lambda *given: asked.append(given[2:4]) or [["file"]])
    command.main(["grade", "a.ipynb"])
    command.main(["grade", "a.ipynb", "--time-limit", "90", "--cell-limit", "7"])
    assert asked == [(60, 600), (7, 90)]


@pytest.mark.parametrize("limit", ["0", "-1", "soon", "1.5"])
def test_what_is_no_time_limit_is_refused(limit, capsys):
    with pytest.raises(SystemExit):
        command.main(["grade", "a.ipynb", f"--time-limit={limit}"])
    assert "one is a whole number of seconds" in capsys.readouterr().err


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


def test_no_answer_is_graded_where_its_fence_cannot_be_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "FENCE", "__import__('kevent_sim.nowhere').fence")
    (tmp_path / "ada.ipynb").write_text(json.dumps(answered()), encoding="utf-8")
    with pytest.raises(RuntimeError, match="is not the one that the kernel imports"):
        grading.grade(tmp_path / "ada.ipynb", [exercises.Course(REAL)], CELL_LIMIT)

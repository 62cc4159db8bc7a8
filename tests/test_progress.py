"""`ks.progress` tells what the checks said in a learner's saved notebooks, and nothing of what the course brings."""

import json
import re
import shutil
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim.course import progress as module
from kevent_sim.course.exercises import Course
from kevent_sim.course.setup.copy import copy

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
FIRST = "00_start_here.ipynb"
NOTHING = "Nothing is answered yet."


@pytest.fixture
def folder(tmp_path):
    """A learner's folder, nothing answered in it."""
    copy(NOTEBOOKS, tmp_path / "mine")
    return tmp_path / "mine"


def save(path: Path, answers: dict[int, str], said: dict[int, str], change=lambda made: None) -> None:
    """Save a copy of the first notebook with answers by exercise, and what their checks said."""
    course, made = Course(NOTEBOOKS / FIRST), json.loads((NOTEBOOKS / FIRST).read_text(encoding="utf-8"))
    for cell, own in zip(made["cells"], course.cells, strict=True):
        if "stub" in own.tags and own.exercise in answers:
            cell["source"] = answers[own.exercise]
        if own.exercise and "check" in own.tags:
            verdict = {"output_type": "execute_result", "data": {"text/plain": said.get(own.exercise, "")}}
            cell["outputs"] = [verdict] if own.exercise in said else []
    change(made)
    path.write_text(json.dumps(made), encoding="utf-8")


def standings(folder) -> dict[str, dict[int, str]]:
    return {each.file: each.words for each in ks.progress(folder).standings}


def test_each_exercise_stands_as_its_check_has_said(folder):
    answers = {1: "file_count = 7", 2: "my_policy = lambda ready: ready[-1]", 3: "waits_until = 21"}
    said = {1: "correct: 7 files were made", 2: "almost: CA; wanted is CC", 3: "not so: it is another number"}
    save(folder / FIRST, answers, said)
    assert standings(folder)[FIRST] == {1: "correct", 2: "almost", 3: "not so"}


@pytest.mark.parametrize("edition", ["learners", "executed"])
def test_where_no_stub_was_changed_nothing_is_answered(folder, edition):
    if edition == "executed":  # what a check says of a stub is no answer's, not even where it says `almost`
        shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    assert repr(ks.progress(folder)).startswith(NOTHING)
    assert "<table" not in ks.progress(folder)._repr_html_()


def test_what_was_not_run_or_is_still_missing_or_raised_is_open(folder):
    save(folder / FIRST, {1: "file_count = 7", 2: "my_policy = later"}, {2: "still missing: put a policy in its place"})
    assert repr(ks.progress(folder)).startswith(NOTHING)
    error = {"output_type": "error", "ename": "NameError", "evalue": "later", "traceback": []}

    def raised(made):
        cell = next(cell for cell in made["cells"] if cell["id"] == "start-39")
        cell["outputs"] = [error]

    save(folder / FIRST, {1: "file_count = 7", 2: "my_policy = f"}, {2: "correct: CC"}, raised)
    assert standings(folder)[FIRST] == {1: "open", 2: "correct", 3: "open"}


def test_a_stub_put_back_is_open_whatever_its_check_has_said(folder):
    save(folder / FIRST, {2: "my_policy = f"}, {1: "correct: 7 files were made", 2: "almost: CA"})
    assert standings(folder)[FIRST] == {1: "open", 2: "almost", 3: "open"}


def test_a_notebook_is_known_under_any_name_and_with_any_ids(folder):
    def renamed(made):
        for number, cell in enumerate(made["cells"]):
            cell["id"] = f"new-{number}"

    save(folder / "Ada's work.ipynb", {1: "file_count = 7"}, {1: "correct: 7 files"}, renamed)
    assert standings(folder)["Ada's work.ipynb"] == {1: "correct", 2: "open", 3: "open"}
    assert standings(folder)[FIRST] == {1: "open", 2: "open", 3: "open"}


def test_what_cannot_be_read_is_named_and_the_rest_is_told(folder):
    save(folder / FIRST, {1: "file_count = 7"}, {1: "correct: 7 files"})
    for name, content in {
        "cut.ipynb": b'{"cells": [{"cell_type": "code", "sour', "list.ipynb": b"[]", "torn.ipynb": b"\xff\xfe\x00",
        "odd.ipynb": b'{"cells": [{"cell_type": "code", "source": "1", "outputs": [2]}]}', "empty.ipynb": b"",
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
    (folder / "folder.ipynb").mkdir()
    (folder / "own.ipynb").write_text('{"cells": [{"cell_type": "code", "source": "1 + 1"}]}', encoding="utf-8")
    told = ks.progress(folder)
    assert re.findall(r"^(\w+)\.ipynb is not a notebook\.$", repr(told), re.M) == [
        "cut",
        "empty",
        "list",
        "odd",
        "torn",
    ]
    assert "folder.ipynb cannot be read: " in repr(told)
    assert "own.ipynb" not in repr(told)
    assert len(told.standings) == len([*NOTEBOOKS.glob("*.ipynb")])
    assert all(note in told._repr_html_() for note in ("cut.ipynb is not a notebook.", "folder.ipynb cannot be read: "))


def test_words_and_table_tell_the_same(folder):
    save(folder / FIRST, {1: "file_count = 7", 2: "my_policy = f"}, {1: "correct: 7 files", 2: "almost: <CA>"})
    told = ks.progress(folder)
    exercises = sum(len(Course(path).titles) for path in NOTEBOOKS.glob("*.ipynb"))
    words, page = repr(told).splitlines(), told._repr_html_()
    assert words[0] == f"1 of {exercises} exercises are correct."
    assert f"{FIRST}: correct 1; almost 2; open 3" in words
    assert f'<div role="status"><p><b>{words[0]}</b></p></div>' in page
    assert f"<tr><td>{FIRST}</td><td>1</td><td>2</td><td></td><td>3</td></tr>" in page
    assert page.count('<th scope="col"') == 5


def test_in_the_courses_own_folder_nothing_is_answered_whatever_lies_there(folder, monkeypatch):
    as_stored = repr(ks.progress(NOTEBOOKS))
    assert as_stored.startswith(NOTHING)
    assert "work in a copy" in as_stored
    monkeypatch.setattr(module, "home", lambda: folder.parent)
    own = folder.rename(folder.parent / "notebooks")
    save(own / "scratch.ipynb", {1: "file_count = 7"}, {1: "correct: 7 files"})
    (own / "cut.ipynb").write_bytes(b"{")
    assert repr(ks.progress(own)) == as_stored


def test_a_folder_without_the_course_has_nothing_answered_and_none_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert repr(ks.progress()).startswith(NOTHING)
    with pytest.raises(NotADirectoryError, match="away is no folder"):
        ks.progress("away")


def test_nothing_is_written(folder):
    def files():
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = files()
    ks.progress(folder)
    assert files() == before

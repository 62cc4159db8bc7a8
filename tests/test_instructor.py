"""INSTRUCTOR.md is true: its plans add up, and what it names in notebooks, commands and files is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kevent_sim.course.cli import parser
from kevent_sim.course.exercises import Course, course
from kevent_sim.course.grading import report
from kevent_sim.course.grading.feedback import SAYS
from kevent_sim.course.grading.grader import Mark

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
GUIDE = (NOTEBOOKS / "INSTRUCTOR.md").read_text(encoding="utf-8")
COURSES = course(NOTEBOOKS)
BY_NUMBER = {each.name[:2]: each for each in COURSES}
TOTALS = {"45 minutes": 45, "half a day": 210, "a day": 420}


def part(title: str, level: int = 2) -> str:
    """What stands under a heading that begins so."""
    found = re.search(
        rf"^#{{{level}}} {re.escape(title)}.*?$(.*?)(?=^#{{2,{level}}} |\Z)", GUIDE, re.DOTALL | re.MULTILINE
    )
    assert found is not None, title
    return found[1]


def headings(notebook: Course) -> set[str]:
    prose = "\n".join(cell.source for cell in notebook.cells if cell.kind == "markdown")
    return set(re.findall(r"^## (.+)$", prose, re.MULTILINE))


def minutes(notebook: Course) -> int:
    title = next(cell.source for cell in notebook.cells if cell.source.startswith("# "))
    found = re.search(r"\*About\s+(\d+)\s+minutes", title)
    assert found is not None
    return int(found[1])


def rows(plan: str) -> list[tuple[int, int, str]]:
    """(minutes since the beginning, minutes, what) of each row."""
    found = re.findall(r"^\| (\d):(\d\d) \| (\d+) \| (.+) \|$", part(f"Plan: {plan}"), re.MULTILINE)
    return [(60 * int(hours) + int(minute), int(length), what) for hours, minute, length, what in found]


@pytest.mark.parametrize("plan", TOTALS)
def test_a_plan_has_no_gap_and_adds_up(plan):
    clock = 0
    for start, length, _ in rows(plan):
        assert start == clock
        clock += length
    assert clock == TOTALS[plan]


@pytest.mark.parametrize("plan", ["half a day", "a day"])
def test_a_long_plan_says_its_total_and_has_a_break_at_least_every_two_hours(plan):
    assert f"{TOTALS[plan]} minutes" in part(f"Plan: {plan}")
    without = 0
    for _, length, what in rows(plan):
        without = 0 if what in ("break", "lunch") else without + length
        assert without <= 120


@pytest.mark.parametrize("plan", TOTALS)
def test_the_sections_and_exercises_of_a_plan_are_those_of_its_notebooks(plan):
    for _, length, what in rows(plan):
        for number, told in re.findall(r"\[(\d\d)\]\([^)]*\)(?::|,)?(.*?)(?=\[\d\d\]|$)", what):
            sections = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", told)
            assert set(sections) <= headings(BY_NUMBER[number])
            assert length <= minutes(BY_NUMBER[number])
            for exercise in re.findall(r"\*\*\d\d\.\d\*\*", told):
                assert exercise.strip("*") in [BY_NUMBER[number].column(n) for n in BY_NUMBER[number].titles]


@pytest.mark.parametrize("plan", TOTALS)
def test_a_plan_shows_no_run_without_its_prediction(plan):
    for _, _, what in rows(plan):
        if "*Run it*" in what:
            assert "*Predict first*" in what


@pytest.mark.parametrize("plan", TOTALS)
def test_a_plan_gives_only_exercises_that_are_for_the_class(plan):
    for exercise in re.findall(r"\*\*(\d\d\.\d)\*\*", part(f"Plan: {plan}")):
        assert exercise in given(BY_NUMBER[exercise[:2]])["In class"]


def notes(notebook: Course) -> str:
    return part(f"[{notebook.name}]({notebook.name}.ipynb)", level=3)


def given(notebook: Course) -> dict[str, dict[str, str]]:
    """In class or at home -> column -> title of each exercise."""
    text = " ".join(notes(notebook).split())
    places = re.findall(r"\*\*(In class|At home):\*\* (.+?)\.?(?= \*\*|$)", text)
    return {place: dict(re.findall(r"(\d\d\.\d) (.+?)(?:; |$)", listed.rstrip("."))) for place, listed in places}


@pytest.mark.parametrize("notebook", COURSES, ids=lambda each: each.name)
def test_each_notebook_has_its_minutes(notebook):
    assert f"### [{notebook.name}]({notebook.name}.ipynb): {minutes(notebook)} minutes" in GUIDE


@pytest.mark.parametrize("notebook", COURSES, ids=lambda each: each.name)
def test_each_exercise_is_given_once_in_class_or_at_home_under_its_title(notebook):
    there = given(notebook)
    assert len(there["In class"]) == 1
    assert {**there["In class"], **there["At home"]} == {notebook.column(n): t for n, t in notebook.titles.items()}
    assert len(there["In class"]) + len(there["At home"]) == len(notebook.titles)


@pytest.mark.parametrize("notebook", COURSES, ids=lambda each: each.name)
def test_each_notebook_has_an_idea_a_misconception_and_a_question_that_it_asks_itself(notebook):
    text = " ".join(notes(notebook).split())
    assert "**The idea:**" in text
    assert "**They will think** that" in text
    section = re.search(r"\*\*Ask first:\*\* in \*([^*]+)\*:", text)
    assert section is not None
    prose = [cell.source for cell in notebook.cells]
    start = next(at for at, source in enumerate(prose) if source.startswith(f"## {section[1]}"))
    end = next(at for at in range(start + 1, len(prose)) if prose[at].startswith("## "))
    assert "Predict" in "\n".join(prose[start:end])


def test_the_minutes_of_the_whole_course_add_up():
    assert f"the eleven take {sum(map(minutes, COURSES))} minutes" in GUIDE
    assert len(COURSES) == 11


def test_every_command_is_one_that_the_parser_takes():
    commands = re.findall(r"python -m kevent_sim([^`\n]*)", GUIDE)
    assert len(commands) > 6
    for command in commands:
        parser().parse_args(shlex.split(command))
    for options in re.findall(r"`(--[^`]+)`", GUIDE):
        parser().parse_args(["grade", "handed_in", *shlex.split(options)])


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert len(links) > 30
    assert [link for link in links if not (NOTEBOOKS / link).exists()] == []


def test_the_sections_of_the_other_pages_are_there():
    semantics, readme = (
        (NOTEBOOKS.parent / name).read_text(encoding="utf-8") for name in ("SEMANTICS.md", "README.md")
    )
    for title, page in (
        ("Where it differs from Windows", semantics), ("What is not modelled", semantics),
        ("What the claims rest on", readme),
    ):  # fmt: skip
        assert title in " ".join(part('"Is this really Windows?"').split())
        assert f"\n## {title}\n" in page


def test_the_example_table_is_as_grade_prints_it():
    words = {
        "ada": [Mark("correct")] * 3,
        "bob": [
            Mark("correct"),
            Mark("almost", "your schedule gives BA, not CC"),
            Mark("missing", "the stub is as it was"),
        ],
    }
    columns = ("00.1", "00.2", "00.3")
    graded = [report.Marks(name, dict(zip(columns, marks, strict=True))) for name, marks in words.items()]
    printed = report.in_text(graded, report.points(None, COURSES))
    assert "\n".join(f"    {line}".rstrip() for line in printed.splitlines()) in GUIDE


def test_every_word_of_a_table_of_grades_is_explained():
    told = part("To grade")
    assert {word for word in SAYS if f"`{word}`" not in told} == set()


def test_the_readme_leads_here():
    assert "(notebooks/INSTRUCTOR.md)" in (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")

"""An answer shares a process with its judge, and cannot change it unseen: each of these is `refused` or `tampered`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cells import solutions
from sizes import size

from kevent_sim.course.exercises import Course
from kevent_sim.course.grading.grader import Grader
from kevent_sim.course.grading.names import WHY, refused

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
COURSE = Course(NOTEBOOKS / "00_start_here.ipynb")
STATES = Course(NOTEBOOKS / "01_event_objects.ipynb")
RIGHT = "check.Verdict('correct', 'I say so')"
DURING = "def my_policy(ready):\n    {}\n    return ready[-1]"  # what is done while the check runs

# Exercise -> what changes the judge, and is found out afterwards.
FOUND = {
    "the grade is a property": (1, "check.Verdict.grade = property(lambda self: 'correct', lambda self, grade: None)"),
    "the class is another": (1, "check.Verdict = None"),
    "a judge is another": (2, f"check.schedule = lambda *_: {RIGHT}"),
    "a method is another": (2, "check.Verdict.where = lambda self, told: self"),
    "the text is a property": (3, "check.Verdict.text = property(lambda self: 'I say so', lambda self, text: None)"),
    "a judge's defaults": (2, "check.schedule.fact = 'CC'"),
    "a sample is another": (1, "ks.samples.race.DriverEntry = None"),
    "a routine is another": (2, "ks.run = lambda *_, **more: None"),
    "a class of the machine": (1, "ks.Run.files = lambda self, directory: list(range(7))"),
    "a function of Python's": (1, "import random\nrandom.Random.random = lambda self: 0"),
    "a table of the package": (1, "import kevent_sim.machine.ntstatus as n\nn.NTSTATUS = int"),
    "a judge of the notebook's": (1, "ks.picture.told = 1"),
    "while the check runs": (2, DURING.format("check.Verdict.grade = property(lambda self: 'correct')")),
    "while the check runs, a routine": (2, DURING.format("check.by_run = None; ks.check.answers = None")),
    "made without a class statement": (3, "waits_until = type('Yes', (int,), {'__e' + 'q__': lambda *_: True})(1)"),
}  # fmt: skip

# What reaches for the judge: it is not run at all.
REACHES = {
    "gc": "import gc\n[each for each in gc.get_objects()]",
    "ctypes": "from ctypes import pythonapi",
    "sys.modules": "import sys\nsys.modules['kevent_sim'] = None",
    "sys, by another's": "import os\nos.sys.modules",
    "sys, by from": "from os import sys as mine",
    "__globals__": "check.schedule.__globals__['Verdict'] = None",
    "__globals__, by a name": "getattr(check.schedule, '__globals__')",
    "__code__": "check.schedule.__code__ = (lambda *_: None).__code__",
    "__class__": "class Yes:\n    __class__ = int",
    "__subclasses__": "object.__subclasses__()",
    "__eq__": "class Yes(int):\n    def __eq__(self, other): return True",
    "__builtins__": "__builtins__['len'] = None",
    "builtins": "import builtins\nbuiltins.len = None",
    "__import__": "__import__('gc')",
    "importlib": "import importlib",
    "inspect": "import inspect\ninspect.currentframe()",
    "globals": "globals()['check'] = None",
    "exec": "exec('import g' + 'c')",
    "eval": "eval('1')",
    "setattr": "setattr(check.Verdict, 'grade', 'correct')",
    "vars": "vars(check)['Verdict'] = None",
    "threading": "import threading",
    "signal": "from signal import alarm",
    "atexit": "import atexit",
    "mock": "from unittest.mock import patch",
    "a frame": "(each for each in [1]).gi_frame.f_back",
    "a traceback's frame": "try:\n    1 / 0\nexcept Exception as error:\n    error.__traceback__.tb_frame",
    "the course's own": "from kevent_sim.course.verdicts import Verdict",
    "the grader": "import kevent_sim.course.grading.judge",
    "the process's module": "import __main__",
    "a file's number": "import os\nos.write(4, b'correct')",
    "a match": "match check:\n    case object(__dict__=found): pass",
}

TODAY = list(FOUND)[:: size(3, 1)]


def marks(course: Course, answers: dict[int, str]) -> dict[int, str]:
    graded = Grader(course, {number: [answer] for number, answer in answers.items()}, 60).grade()
    return {number: str(mark) for number, mark in graded.items() if number in answers}


@pytest.mark.parametrize("forgery", TODAY)
def test_a_judge_that_is_not_what_it_was_gives_no_mark(forgery):
    exercise, answer = FOUND[forgery]
    if exercise == 1:
        answer = f"file_count = 8\n{answer}"
    assert marks(COURSE, {exercise: answer})[exercise].startswith("tampered: ")


@pytest.mark.parametrize("name", REACHES)
def test_what_reaches_for_the_judge_is_refused_by_name_and_line(name):
    assert refused(REACHES[name]).endswith(f"): {WHY}")


def test_what_is_refused_is_not_run_and_the_other_answers_are_judged_all_the_same():
    answers = {1: "file_count = 7\nimport gc", 2: FOUND["while the check runs"][1], 3: "waits_until = 20"}
    found = marks(COURSE, answers)
    assert found[1] == f"refused: gc (line 2): {WHY}"
    assert found[2] == "tampered: check.Verdict.grade was not there"
    assert found[3] == "correct: it is 20"


def test_states_that_are_equal_to_every_state_are_no_prediction():
    answer = "Yes = type('Yes', (), {'__e' + 'q__': lambda *_: True})\nanswer = {Type: [Yes()] * 7 for Type in answer}"
    stub = next(cell.source for cell in STATES.cells if cell.exercise == 1 and "stub" in cell.tags)
    assert marks(STATES, {1: f"{stub}\n{answer}"})[1].startswith("tampered: answer holds a Yes")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem[:2])
def test_no_solution_is_refused(path):
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [refused(each) for each in solutions(found).values() if refused(each)] == []

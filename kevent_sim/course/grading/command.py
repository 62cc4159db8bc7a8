"""`python -m kevent_sim grade`: what is typed, and what is printed and written."""

from __future__ import annotations

import argparse
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from kevent_sim.course.exercises import course
from kevent_sim.course.grading import feedback, report
from kevent_sim.course.setup.venv import say

DESCRIPTION = """\
Grade learners' notebooks: the course's own checks are run again, each notebook in a fresh process, with the
learner's answers in place of the stubs. A learner's file is only read. What counts is the code between the
heading of an exercise and its check: no stored output, no edited check, no other cell.

  correct, almost    the check's own words; of a wrong prediction: not so
  missing            the stub is as it was, or the check calls the answer still missing
  raises             the answer or its check ends in an error
  hangs, dies        the time limit is used up; the process is gone. The other answers are graded all the same
  refused, tampered  the answer names a way to its judge, and is not run; the judge is not what it was, after it
  not run            the answer's cells are gone, or the file cannot be graded

Learners are told apart by the names of their files (ada.ipynb, ada_03_race_condition.ipynb) or, where these are the
course's own, of their folders. Exit code 1 if a file could not be graded.

The answers run on this machine with your rights, as when you open the notebooks yourself: this is not a sandbox."""

EXAMPLES = """\
examples:
  python -m kevent_sim grade handed_in                          all notebooks in a folder and those below it
  python -m kevent_sim grade handed_in --jobs 2 --csv grades.csv --feedback pages
  python -m kevent_sim grade ada.ipynb bob.ipynb --points points.toml
"""


def add_to(commands: Any) -> None:
    """Add the command to those of `python -m kevent_sim`."""
    text = "grade learners' notebooks: a table, a line for each learner, a column for each exercise, and why"
    plain = argparse.RawDescriptionHelpFormatter
    made = commands.add_parser("grade", help=text, description=DESCRIPTION, epilog=EXAMPLES, formatter_class=plain)
    add = made.add_argument
    add("files", nargs="+", metavar="FILE", help="a notebook, or a folder: all notebooks in it")
    add("--csv", type=Path, metavar="FILE", help="write the table, with the reasons, to this file, for a spreadsheet")
    add(
        "--feedback", type=Path, metavar="FOLDER", help="write a page for each learner, with pictures, into this folder"
    )
    add(
        "--points",
        type=Path,
        metavar="FILE",
        help="what exercises are worth, if not 1: a TOML file, of lines  03.1 = 2",
    )
    add("--jobs", type=number, default=1, metavar="N", help="grade so many notebooks at a time (default: 1)")
    add("--time-limit", type=number, default=120, metavar="SECONDS", help="for an answer and its check (default: 120)")


def number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not one; type a whole number, such as 60")
    return int(text)


def grade(arguments: argparse.Namespace, notebooks: Path) -> int:
    """Print the table and the reasons, write what is asked for; the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a learner's name may have letters that a console has not
    courses = course(notebooks)
    try:
        worth = report.points(arguments.points, courses)
        if arguments.feedback is not None:
            feedback.check(arguments.feedback)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    marks = report.grade(
        arguments.files, courses, arguments.time_limit, arguments.jobs, arguments.feedback is not None,
        lambda text: print(text, file=sys.stderr, flush=True),
    )  # fmt: skip
    say(report.in_text(marks, worth))
    failed = any(each.remarks for each in marks)
    try:
        if arguments.csv is not None:
            report.write_csv(arguments.csv, marks, worth)
        if arguments.feedback is not None:
            feedback.write(arguments.feedback, marks, courses, worth)
    except OSError as error:  # a spreadsheet that holds it, say: the table above is there all the same
        print(f"{error.filename} cannot be written: {error.strerror}", file=sys.stderr)
        failed = True
    return 1 if failed else 0

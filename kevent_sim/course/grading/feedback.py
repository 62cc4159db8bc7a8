"""A page for each learner: what the check said of each answer, the run that decided it, and the answer. No solution.

A page asks nothing of any network; light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from kevent_sim.course.exercises import Course
from kevent_sim.course.grading.grader import Mark
from kevent_sim.course.grading.report import Marks, Points

MARK = '<meta name="generator" content="kevent_sim grade">'  # by which a page is known that may be written over
REPLAY = re.compile(r"; replay: (ks\.run\(.*\))(.*)$", re.DOTALL)
SAYS = {
    "correct": "correct",
    "almost": "almost: there is a case in which it fails",
    "not so": "not so: it is something else",
    "missing": "nothing to judge yet",
    "raises": "it ends in an error",
    "hangs": "it does not come to its end",
    "dies": "it ends Python itself",
    "refused": "it was not run",
    "tampered": "it changes what judges it",
    "not run": "it was not graded",
}
SIGNS = {"correct": "●", "almost": "◐", "not so": "◇", "missing": "○"}

STYLE = """
:root { color-scheme: light dark; --text: #1b1b1b; --page: #ffffff; --dim: #5a5a5a; --line: #d0d0d0; --panel: #f5f5f5;
  --fine: #00664a; --almost: #7a4b00; --bad: #a3130b; --jp-content-font-color1: var(--text); }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --page: #161616; --dim: #a8a8a8; --line: #444444;
  --panel: #222222; --fine: #5fd6ae; --almost: #f0bd63; --bad: #ff9a90; } }
body { max-width: 62em; margin: 2em auto; padding: 0 1em; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h2 { margin-top: 2.5em; border-top: 1px solid var(--line); padding-top: 0.8em; }
h3 { margin: 2em 0 0.4em; }
p { margin: 0.5em 0; } .dim, summary { color: var(--dim); }
table { border-collapse: collapse; } th, td { text-align: left; padding: 0.2em 1.2em 0.2em 0; font-weight: normal; }
tbody td, tbody th { border-top: 1px solid var(--line); }
code, pre { font: 13px/1.45 ui-monospace, Consolas, Menlo, "DejaVu Sans Mono", monospace; }
pre { background: var(--panel); border: 1px solid var(--line); padding: 0.6em; margin: 0.5em 0; white-space: pre-wrap;
  overflow-wrap: anywhere; }
pre i { display: inline-block; min-width: 2.5em; color: var(--dim); font-style: normal; user-select: none; }
.said { font-weight: 600; color: var(--bad); } .correct { color: var(--fine); }
.almost, .missing, .not { color: var(--almost); }
section { break-inside: avoid-page; }
@media print { body { max-width: none; margin: 0; font-size: 12px; } h2 { break-before: page; }
  h2:first-of-type { break-before: auto; } }
"""


def name(learner: str) -> str:
    """The file of a learner's page, on any system.

    >>> name("Ada: L.")
    'Ada_ L_.html'
    """
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]|\.$', "_", learner) + ".html"


def check(folder: Path) -> None:
    """Raise OSError where pages cannot be written, or would be written over what are none."""
    if folder.exists() and not folder.is_dir():
        raise OSError(f"{folder} is a file; type the name of a folder")
    for path in folder.glob("*.html") if folder.is_dir() else ():
        if MARK.encode() not in path.read_bytes()[:500]:
            raise OSError(f"{path} is not an earlier page of marks; type another folder")


def write(folder: Path, marks: Sequence[Marks], courses: Sequence[Course], worth: Points) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in marks:
        (folder / name(each.learner)).write_text(page(each, courses, worth), encoding="utf-8", newline="\n")


def page(each: Marks, courses: Sequence[Course], worth: Points) -> str:
    """One learner's page."""
    taken = [course for course in courses if any(course.column(n) in each.marks for n in course.titles)]
    of = sum(worth[column] for column in each.marks)
    points = f"{each.points(worth):g} of {of:g} point{'s' * (of != 1)}"
    remarks = "".join(f'<p class="said">{escape(remark)}</p>' for remark in each.remarks)
    body = "".join(_notebook(course, each, worth) for course in taken)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{MARK}\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(each.learner)}: marks</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{escape(each.learner)}: {points}</h1>\n{remarks}{_overview(each, worth)}"
        f"{body}</main></body></html>\n"
    )


def _overview(each: Marks, worth: Points) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="#e{column}">{column}</a></th><td>{_mark(mark)}</td>'
        f"<td>{worth[column] if mark.word == 'correct' else 0:g} of {worth[column]:g}</td></tr>"
        for column, mark in each.marks.items()
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("exercise", "mark", "points"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n" if rows else ""


def _mark(mark: Mark) -> str:
    return f'<span class="said {mark.word}">{SIGNS.get(mark.word, "✕")} {mark.word}</span>'


def _notebook(course: Course, each: Marks, worth: Points) -> str:
    parts = "".join(
        _exercise(course, number, each.marks[course.column(number)])
        for number in course.titles
        if course.column(number) in each.marks
    )
    return f"<h2>{escape(course.name)}</h2>\n{parts}"


def _exercise(course: Course, number: int, mark: Mark) -> str:
    column = course.column(number)
    replay = REPLAY.search(mark.text)
    text = mark.text[: replay.start()] + replay[2] if replay else mark.text
    told = f"<p>{_mark(mark)}{': ' if text else ''}{escape(text)}</p>"
    if mark.word not in ("correct", "almost", "not so", "missing"):
        told += f'<p class="dim">{SAYS[mark.word][0].upper()}{SAYS[mark.word][1:]}.</p>'
    shown = ""
    if mark.page:
        run = (
            "The simplest bad run that was found" if mark.word == "almost" and replay else "The run that was looked at"
        )
        shown = f"<h4>{run}</h4>{mark.page}"
    again = ""
    if replay:
        again = (
            '<p class="dim">To see this run again: run your notebook up to the check of this exercise, then this line '
            f"in a new cell below it.</p><pre>{escape(replay[1])}</pre>"
        )
    answer = ""
    if mark.answer:
        cells = "".join(f"<pre>{_numbered(cell)}</pre>" for cell in mark.answer)
        answer = f"<details{'' if mark.word == 'correct' else ' open'}><summary>your answer</summary>{cells}</details>"
    title = f'<h3 id="e{column}">{column} {escape(course.titles[number])}</h3>'
    return f"<section>{title}{told}{answer}{shown}{again}</section>\n"


def _numbered(code: str) -> str:
    return "\n".join(f"<i>{at}</i>{escape(line)}" for at, line in enumerate(code.rstrip("\n").split("\n"), 1))

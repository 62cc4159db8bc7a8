"""Reports as one page, light and dark, that asks nothing of any network."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from kevent_sim.course.reports.report import BAD, FINE, UNKNOWN, Message, Report
from kevent_sim.course.reports.text import end, outcome
from kevent_sim.machine.lines import IncludedLine
from kevent_sim.version import __version__
from kevent_sim.views.pictures import picture

MARK = b'<meta name="generator" content="kevent_sim run">'  # by which a page is known that may be written over
WORDS = {FINE: "nothing bad found", BAD: "something bad was found", UNKNOWN: "it cannot be said"}

STYLE = """
:root { color-scheme: light dark; --text: #1b1b1b; --page: #ffffff; --dim: #5a5a5a; --line: #d0d0d0; --panel: #f5f5f5;
  --error: #a3130b; --warning: #7a4b00; --note: #0b4f8a; --fine: #00664a; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --page: #161616; --dim: #a8a8a8; --line: #444444;
  --panel: #222222; --error: #ff9a90; --warning: #f0bd63; --note: #8cc4ff; --fine: #5fd6ae; } }
body { max-width: 70em; margin: 2em auto; padding: 0 1em; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h2 { margin-top: 2em; border-top: 1px solid var(--line); padding-top: 1em; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 0.2em 1.2em 0.2em 0; }
tbody td, tbody th { border-top: 1px solid var(--line); font-weight: normal; }
code, pre { font: 13px/1.45 ui-monospace, Consolas, Menlo, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); padding: 0.6em; overflow-x: auto; }
.listing mark { color: inherit; background: none; display: inline-block; min-width: 100%;
  box-shadow: inset 3px 0 var(--error); } .listing b { font-weight: 600; white-space: pre-wrap; }
.s1, .error { color: var(--error); } .s2, .warning { color: var(--warning); } .note { color: var(--note); }
.s0 { color: var(--fine); } img { background: #ffffff; } figcaption { color: var(--dim); font-size: 85%; }
"""


def check(path: Path) -> None:
    """Raise OSError where a page cannot be written, or would be written over what is none."""
    if path.is_dir() or not path.parent.is_dir():
        raise OSError(
            f"{path} cannot be written: " + ("it is a folder" if path.is_dir() else "its folder is not there")
        )
    if path.exists() and MARK not in path.read_bytes()[:500]:
        raise OSError(f"{path} is there, but is not an earlier report; type another name, or remove it")


def write(path: Path, reports: Sequence[Report]) -> None:
    """Write the page whole, or leave what was there."""
    handle, name = tempfile.mkstemp(suffix=".html", prefix=f".{path.stem}", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(page(reports).encode("utf-8", "backslashreplace"))
        beside.chmod(0o644)  # mkstemp's is for its owner alone
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def page(reports: Sequence[Report]) -> str:
    body = "".join(section(number, report) for number, report in enumerate(reports))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{MARK.decode()}\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Drivers, run by kevent_sim</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>Drivers, run by kevent_sim {__version__}</h1>\n{_table(reports)}\n{body}</main></body>"
        "</html>\n"
    )


def _table(reports: Sequence[Report]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("file", "verdict", "findings", "races", "classes", ""))
    rows = ""
    for number, report in enumerate(reports):
        counts = ("-", "-") if report.made is None else report.counts()
        cells = (report.verdict, *counts, report.every.explored if report.every else "-")
        rows += f'<tr><th scope="row"><a href="#d{number}">{escape(report.file)}</a></th>'
        rows += "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        rows += f'<td class="s{report.status}">{WORDS[report.status]}</td></tr>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def section(number: int, report: Report) -> str:
    """All that is known of a file."""
    head = f'<section><h2 id="d{number}">{escape(report.file)}: {escape(report.verdict)}</h2>'
    said = _code(report.said) if report.said else ""
    messages, code = [*report.messages, *([report.refused] if report.refused is not None else [])], ""
    if report.driver is not None:
        code = f"<h3>The driver</h3>{_listing(number, report.driver.text, messages)}"
    failed = _code(report.failed) if report.failed else ""
    told = "".join(f"<li>{escape(line)}</li>" for line in outcome(report))
    items = "".join(f"<li>{_message(number, message)}</li>" for message in messages)
    found = f"<h3>What was found</h3><ul>{items}</ul>" if items else ""
    made = report.shown
    if made is None:
        return f"{head}{said}{failed}{found}{code}</section>\n"
    run = "The run" if made is report.made else "The simplest bad run found"
    more = "\n".join(end(report))
    shown = f"<h3>{run}</h3>{picture(made).html(live=True)}{_code(more) if more else ''}"
    return f"{head}{said}<ul>{told}</ul>{found}{shown}{code}</section>\n"


def _code(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _message(number: int, message: Message) -> str:
    where = f"line {escape(str(message.line))}" if message.line else ""
    if message.line and not isinstance(message.line, IncludedLine):  # the listing is of the driver's own text
        where = f'<a href="#d{number}-{message.line}">{where}</a>'
    where += ": " * bool(where)
    return f'{where}<span class="{message.severity}">{message.severity}</span>: {escape(message.text)}'


def _listing(number: int, text: str, messages: Iterable[Message]) -> str:
    """The C, with what is wrong below its line."""
    told: dict[int, list[Message]] = {}
    for message in messages:
        told.setdefault(message.line, []).append(message)
    lines = text.split("\n")
    width = len(str(len(lines)))
    shown = []
    for at, line in enumerate(lines, 1):
        numbered = f'<span id="d{number}-{at}">{at:>{width}}</span>  {escape(line)}'
        below = "".join(
            f'\n<b class="{each.severity}">{" " * width}  ^ {each.severity}: {escape(each.text)}</b>'
            for each in told.get(at, ())
        )
        shown.append(f"<mark>{numbered}{below}</mark>" if below else numbered)
    return f'<pre class="listing" tabindex="0">{chr(10).join(shown)}</pre>'

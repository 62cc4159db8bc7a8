"""A thread as a lab shows it: its state, its source around the current line, its variables."""

from __future__ import annotations

import textwrap
from html import escape

from kevent_sim.machine.lines import IncludedLine
from kevent_sim.runs.stepping import Standing, Variables

MARKS = {"ready": "● can go on", "waiting": "◌ waits", "ended": "■ has ended"}
SOURCE = (
    "margin: 0.3em 0 0; padding: 0.4em; overflow-x: auto; white-space: pre; line-height: 1.35; font-size: 85%; "
    "border: 1px solid #8888"
)
AROUND = 4  # lines of source shown before and after the current one


def panel(thread: Standing) -> str:
    """One thread: its state, what it is about to call or waits for, and its source with the current line."""
    told = {"ready": f"about {thread.call}", "waiting": thread.why, "ended": ""}[thread.state]
    here = thread.line - thread.first
    around = (
        range(max(here - AROUND, 0), min(here + AROUND + 1, len(thread.source)))
        if thread.line and thread.state != "ended"
        else ()
    )
    code = textwrap.dedent("\n".join(thread.source[at] for at in around)).split("\n")
    lines = [
        f"{'→' if at == here else ' '} {thread.first + at:3} {text}" for at, text in zip(around, code, strict=False)
    ]  # dedented: deep code would be cut at the panel's edge
    if isinstance(thread.line, IncludedLine):
        lines.insert(0, f"  {thread.line.file}")
    listing = "\n".join(f'<b class="here">{escape(line)}</b>' if line[0] == "→" else escape(line) for line in lines)
    source = f'<pre style="{SOURCE}">{listing}</pre>' if lines else ""
    variables = "".join(_variables(frame) for frame in thread.frames if frame.values)
    room = "1 1 26em" if lines else "0 1 auto"  # who shows no source leaves the room to those who do
    return (
        f'<div style="flex: {room}; min-width: 0; line-height: 1.4"><b>{escape(thread.name)}</b> '
        f"{MARKS[thread.state]}<br>{escape(told)}{source}{variables}</div>"
    )


def _variables(frame: Variables) -> str:
    """What the variables of a function are, in as few lines as they take."""
    values = " · ".join(f"<code>{escape(name)} = {escape(value)}</code>" for name, value in frame.values)
    return f'<div style="font-size: 85%; overflow-wrap: anywhere">{escape(frame.function)}: {values}</div>'

"""The HTML that labs are made of. Text that is handed in is escaped here; markup is what these functions return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text in cells, under headings that say what they head."""
    head = "".join(f'<th scope="col" style="text-align: left; padding-right: 1em">{escape(h)}</th>' for h in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table style="line-height: 1.4"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def status(sentences: Iterable[str], notes: Iterable[str] = ()) -> str:
    """What a screen reader reads out when it changes: sentences, and notes that are less urgent.

    >>> status(["KeSetEvent returned 0."])
    '<div role="status"><p><b>KeSetEvent returned 0.</b></p></div>'
    """
    words = "".join(f"<p><b>{escape(sentence)}</b></p>" for sentence in sentences)
    return f'<div role="status">{words}{"".join(f"<p>{escape(note)}</p>" for note in notes)}</div>'


def choices(texts: Iterable[str]) -> str:
    """The choices, on a page where nothing can be chosen.

    >>> choices(["all", "none"])
    '<ul class="choices"><li>all</li><li>none</li></ul>'
    """
    return f'<ul class="choices">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>'


def code_line(told: str, code: str) -> str:
    """A line of code to copy, and what it is for.

    >>> code_line("Replay it", "ks.run(race)")
    '<p>Replay it: <code>ks.run(race)</code></p>'
    """
    return f"<p>{escape(told)}: <code>{escape(code)}</code></p>"


def side_by_side(parts: Iterable[str], gap: str) -> str:
    """Pieces of markup side by side if there is room, else one below the other."""
    return f'<div style="display: flex; flex-wrap: wrap; gap: {gap}">{"".join(parts)}</div>'

"""The HTML that labs are made of. Text that is handed in is escaped here; markup is what these functions return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from kevent_sim.views.lanes import STYLES


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text in cells, under headings that say what they head."""
    head = "".join(f'<th scope="col" style="text-align: left; padding-right: 1em">{escape(h)}</th>' for h in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table style="line-height: 1.4"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def status(sentences: Iterable[str], notes: Iterable[str] = (), before: str = "") -> str:
    """What a screen reader reads out when it changes: sentences, and notes that are less urgent; `before`, markup that
    stands before them.

    >>> status(["KeSetEvent returned 0."])
    '<div role="status"><p><b>KeSetEvent returned 0.</b></p></div>'
    """
    words = "".join(f"<p><b>{escape(sentence)}</b></p>" for sentence in sentences)
    return f'<div role="status">{before}{words}{"".join(f"<p>{escape(note)}</p>" for note in notes)}</div>'


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


def side_by_side(parts: Iterable[str], gap: str, width: str = "") -> str:
    """Pieces of markup side by side if there is room, else one below the other; of one `width` if that is given, which
    then grows as there is room."""
    if width:
        parts = [f'<div style="flex: 1 1 {width}; min-width: 0">{part}</div>' for part in parts]
    return f'<div style="display: flex; flex-wrap: wrap; gap: {gap}">{"".join(parts)}</div>'


def region(name: str, part: str, height: str) -> str:
    """A piece of markup that scrolls in itself if it is higher, by the keyboard, too.

    >>> region("calls", "1", "2em")
    '<div role="region" aria-label="calls" tabindex="0" style="max-height: 2em; overflow: auto">1</div>'
    """
    return (
        f'<div role="region" aria-label="{escape(name)}" tabindex="0" style="max-height: {height}; overflow: auto">'
        f"{part}</div>"
    )


def lamp(name: str, signaled: bool) -> str:
    """An event's name, and large, whether it is signaled: a lamp that is lit, and the words."""
    state = "signaled" if signaled else "not signaled"
    light = STYLES["signaled"][0] if signaled else "none"
    bulb = f'<circle cx="12" cy="12" r="10" fill="{light}" stroke="currentColor" stroke-width="2"/>'
    drawn = f'<svg viewBox="0 0 24 24" aria-hidden="true" style="width: 1.1em; vertical-align: -0.2em">{bulb}</svg>'
    return f'<p><b>{escape(name)}:</b></p><div style="font-size: 1.6em; line-height: 1.4">{drawn} {state}</div>'


def queue(waiting: Iterable[str], released: Iterable[str] = ()) -> str:
    """Large, who waits, a box each, the head of the list first; and who has just gone on."""
    box = "border: 1px solid currentColor; border-radius: 0.3em; padding: 0 0.4em; margin-right: 0.3em"
    boxes = [f'<span style="{box}">{escape(name)}</span>' for name in waiting]
    told = f"wait list: {' '.join(boxes)}" if boxes else "nobody waits"
    gone = " ".join(escape(name) for name in released)
    gone = f' <span style="margin-left: 0.5em">→ {gone} went on</span>' if gone else ""
    return f'<div style="font-size: 1.3em; line-height: 1.8">{told}{gone}</div>'

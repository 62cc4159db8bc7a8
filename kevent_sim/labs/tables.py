"""Tables in labs: text in cells, headings that say what they head."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col" style="text-align: left; padding-right: 1em">{h}</th>' for h in headings)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table style="line-height: 1.4"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

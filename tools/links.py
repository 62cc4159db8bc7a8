"""Make the first use of each routine, bug check and status in a notebook's text a link to Microsoft's page, in place:
python tools/links.py [NOTEBOOK ...]

Twice gives the same bytes: a link that stands elsewhere than at the first use is taken away before. Headings, code,
hints' summaries, teacher's notes and solutions are left alone. A link stays on its line, so no paragraph grows.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from kevent_sim.course import manuals
from kevent_sim.course.setup.editions import stored

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
ROOT = "https://github.com/DebugPrivilege/InsightEngineering"  # of which the article is a page

NAME = r"\b(?:0x[0-9A-F]+|[A-Z]\w+)\b"
MADE = re.compile(rf"\[(`?{NAME}[^]\[`]*`?)\]\((https://learn\.microsoft\.com/[^)]*)\)")
PIECES = re.compile(
    rf"""(?P<kept> ^\ *```.*?^\ *``` | ^\#[^\n]* | ^<[^\n]* | \[[^]]*\]\([^)]*\) )
      | `(?P<code> [^`]+ )`
      | (?P<bare> {NAME} )""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


def unlinked(text: str) -> str:
    """A text without the links that are made here.

    >>> unlinked(f"[`KeSetEvent`]({manuals.page('KeSetEvent')}) and [a page]({manuals.page('KeClearEvent')})")
    '`KeSetEvent` and [a page](https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/wdm/nf-wdm-keclearevent)'
    """
    return MADE.sub(lambda made: made[1] if page_of(made[1].strip("`")) == made[2] else made[0], text)


def page_of(words: str) -> str | None:
    """The page of what is named, alone or with its arguments."""
    named = re.fullmatch(rf"({NAME})(?:\(.*\))?", words, re.DOTALL)
    return manuals.page(named[1]) if named else None


def linked(texts: list[str]) -> list[str]:
    """A notebook's texts with a link at the first use of each page, and nowhere else.

    >>> for text in linked(["`KeSetEvent` returns; bug check 0xC4", "# KeClearEvent", "`KeSetEvent(e, 0, FALSE)`"]):
    ...     print(text)
    [`KeSetEvent`](https://learn.microsoft.com/en-us/windows-hardware/drivers/ddi/wdm/nf-wdm-kesetevent) returns; \
bug check [0xC4](https://learn.microsoft.com/en-us/windows-hardware/drivers/debugger/\
bug-check-0xc4--driver-verifier-detected-violation)
    # KeClearEvent
    `KeSetEvent(e, 0, FALSE)`
    """
    seen = set[str]()

    def piece(found: re.Match[str]) -> str:
        words = found["code"] or found["bare"] or ""
        page = page_of(words)
        is_offset = words.startswith("0x") and found["code"]
        if page is None or page in seen or is_offset:
            return found[0]
        seen.add(page)
        return f"[{found[0]}]({page})"

    return [PIECES.sub(piece, unlinked(text)).replace(f"]({ROOT})", f"]({manuals.ARTICLE})") for text in texts]


def is_read(cell: dict[str, Any]) -> bool:
    """Whether a cell is text that a learner reads from top to bottom."""
    metadata = cell["metadata"]
    notes = metadata.get("slideshow", {}).get("slide_type") == "notes"
    return cell["cell_type"] == "markdown" and not notes and "solution" not in metadata.get("tags", ())


def texts(notebook: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if is_read(cell)]


def link(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    made = iter(linked(texts(notebook)))
    for cell in filter(is_read, notebook["cells"]):
        cell["source"] = next(made)
    path.write_bytes(stored(notebook))


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(NOTEBOOKS.glob("*.ipynb")):
        link(path)
        print(path.name)

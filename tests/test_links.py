"""What makes the links to the manual: the first use of each page, in text that a learner reads, and nothing else."""

import doctest
import json

import links
import pytest

from kevent_sim.course import manuals

SET, STATUSES = manuals.page("KeSetEvent"), manuals.SUBJECTS["status"]


def cell(text, kind="markdown", slide="slide", tags=()):
    return {"cell_type": kind, "metadata": {"slideshow": {"slide_type": slide}, "tags": list(tags)}, "source": text}


def test_the_examples_of_its_docstrings_are_true():
    assert doctest.testmod(links) == (0, 2)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("`KeSetEvent`, `KeSetEvent`", f"[`KeSetEvent`]({SET}), `KeSetEvent`"),
        ("one KeSetEvent mends it", f"one [KeSetEvent]({SET}) mends it"),
        ("**`KeSetEvent`**", f"**[`KeSetEvent`]({SET})**"),
        ("| `KeSetEvent(&e, 0,\nFALSE)` |", f"| [`KeSetEvent(&e, 0,\nFALSE)`]({SET}) |"),
        ("STATUS_TIMEOUT or STATUS_SUCCESS", f"[STATUS_TIMEOUT]({STATUSES}) or STATUS_SUCCESS"),
        ("**0x93, INVALID_KERNEL_HANDLE**", f"**[0x93]({manuals.page('0x93')}), INVALID_KERNEL_HANDLE**"),
        (f"[the article]({links.ROOT})", f"[the article]({manuals.ARTICLE})"),
    ],
)
def test_the_first_use_becomes_a_link(text, made):
    assert links.linked([text]) == [made]
    assert links.linked([made]) == [made]


@pytest.mark.parametrize(
    "text",
    [
        "# Why does one KeSetEvent mend it?",
        "### 2. `KeSetEvent`",
        "```c\nKeSetEvent(Event, 0, FALSE);\n```",
        "* a list:\n\n  ```c\n  KeSetEvent(Event, 0, FALSE);\n  ```",
        "<details><summary>KeSetEvent</summary>",
        "[why KeSetEvent](02_event_routines.ipynb)",
        "`await KeSetEvent(Event)`",
        "at offset `0x18`",
        "0x20016, IrqlKeSetEvent, KeAlertThread, MyKeSetEvent",
        f"[Microsoft's page]({SET})",
    ],
)
def test_what_is_no_use_in_a_text_is_left_alone(text):
    assert links.linked([text]) == [text]


def test_a_link_moves_to_where_the_first_use_is_now():
    before = links.linked(["text", "`KeSetEvent`"])
    assert links.linked(["`KeSetEvent` now", before[1]]) == [f"[`KeSetEvent`]({SET}) now", "`KeSetEvent`"]


def test_no_line_is_added_and_a_notebook_gets_the_same_bytes_twice(tmp_path):
    cells = [
        cell("KeSetEvent", slide="notes"), cell("<details>\n\nKeSetEvent\n</details>", tags=["solution"]),
        cell("KeSetEvent", "code"), cell("A line\nwith `KeSetEvent`\nand KeResetEvent, \u201cquoted\u201d"),
    ]  # fmt: skip
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    links.link(path)
    once = path.read_bytes()
    links.link(path)
    assert path.read_bytes() == once
    made = json.loads(once)["cells"]
    assert made[:3] == cells[:3]
    assert made[3]["source"].splitlines()[:2] == ["A line", f"with [`KeSetEvent`]({SET})"]
    assert made[3]["source"].count("\n") == cells[3]["source"].count("\n")

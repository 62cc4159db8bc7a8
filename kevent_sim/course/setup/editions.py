"""Two editions of one notebook: the repository's, which was run, and a learner's, in which nothing is answered yet.

The standard library alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def for_teachers(notebook: bytes) -> bytes:
    """As it stands in the repository: run, with the notes for whoever teaches."""
    return notebook


def for_learners(notebook: bytes) -> bytes:
    """Without outputs, prompts and teacher's notes, and the line that says so; what judges and tests is folded away.

    >>> cell = {"cell_type": "code", "metadata": {}, "source": "1 + 1", "execution_count": 3, "outputs": [2]}
    >>> for_learners(json.dumps({"cells": [cell]}).encode()).decode().split()
    ['{', '"cells":', '[', '{', '"cell_type":', '"code",', '"execution_count":', 'null,', '"metadata":', '{},', \
'"outputs":', '[],', '"source":', '"1', '+', '1"', '}', ']', '}']
    """
    return _edited(notebook, {"notes", "preview"})


def without_solutions(notebook: bytes) -> bytes:
    """The same, and without the solutions."""
    return _edited(notebook, {"notes", "preview", "solution"})


def stored(notebook: dict[str, Any]) -> bytes:
    """A notebook as it is stored: the same bytes for the same cells, on every system."""
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _edited(notebook: bytes, left_out: set[str]) -> bytes:
    found = json.loads(notebook.decode("utf-8"))
    found["cells"] = list(_cells(found["cells"], left_out))
    return stored(found)


def _cells(cells: list[dict[str, Any]], left_out: set[str]) -> Iterator[dict[str, Any]]:
    exercises = False
    for cell in cells:
        metadata = cell.get("metadata", {})
        tags = {*metadata.get("tags", ()), metadata.get("slideshow", {}).get("slide_type", "")}
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith(("# ", "## ")):
            exercises = source.startswith("## Exercises")
        if tags & left_out:
            continue
        if cell["cell_type"] == "code":
            judges = "assert" in tags or "check" in tags or (exercises and "stub" not in tags)
            folded = {"jupyter": {"source_hidden": True}} if judges else {}
            cell = {**cell, "execution_count": None, "outputs": [], "metadata": {**metadata, **folded}}
        yield cell


EDITIONS = {"": for_learners, "teacher": for_teachers, "without-solutions": without_solutions}

"""A copy of the course for a learner to work in: made once, and never over a learner's work unless asked to.

The standard library alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kevent_sim.course.setup.editions import for_learners

Edition = Callable[[bytes], bytes]
FIRST = "00_start_here.ipynb"


class Refused(Exception):
    """Nothing was written; the words say why, and what to type."""


def files(source: Path) -> list[Path]:
    """The files of the course, relative to its folder: the notebooks, what they show, and the glossary they link to."""
    found = [path for pattern in ("*.ipynb", "pictures/*", "GLOSSARY.md") for path in source.glob(pattern)]
    return sorted(path.relative_to(source) for path in found)


def _content(file: Path, edition: Edition) -> bytes:
    content = file.read_bytes()
    return edition(content) if file.suffix == ".ipynb" else content


def changed(source: Path, folder: Path, edition: Edition = for_learners) -> list[Path]:
    """What stands in the folder where a file of the course would, and is another: a learner's work, most likely."""
    there = [name for name in files(source) if (folder / name).exists()]
    return [
        name
        for name in there
        if not (folder / name).is_file() or (folder / name).read_bytes() != _content(source / name, edition)
    ]


def copy(source: Path, folder: Path, force: bool = False, edition: Edition = for_learners) -> list[Path]:
    """Write an edition of the course into the folder. Returns what it wrote over: nothing, ever, without `force`."""
    if not files(source):
        raise Refused(f"There are no notebooks in {source}: this kevent_sim is incomplete; install it again.")
    over = changed(source, folder, edition)
    if over and not force:
        listed = "\n".join(f"  {folder / name}" for name in over)
        raise Refused(f"Nothing was written. These already exist, and differ from the course's:\n{listed}")
    try:
        for name in files(source):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(_content(source / name, edition))
    except OSError as error:
        raise Refused(f"{error.filename or folder} cannot be written: {error.strerror}") from error
    return over

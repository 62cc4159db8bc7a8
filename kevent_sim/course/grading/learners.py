"""What was handed in: which files are meant, whose each is, and which of the course's notebooks."""

from __future__ import annotations

import glob
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kevent_sim.course.exercises import Course, of_course, read

FOLDERS = {"kevent-course", "notebooks", ""}  # which a learner works in, and which is nobody's name
COPY = re.compile(r"(?:[ _-]*(?:\(\d+\)|copy ?\d*|checkpoint))+$", re.IGNORECASE)  # what browsers and Jupyter add


@dataclass
class HandedIn:
    """One file: its learner, its notebook if it is one of the course's, the answers, and why it is not graded."""

    file: Path
    learner: str
    course: Course | None = None
    answers: dict[int, list[str]] = field(default_factory=dict)
    remark: str = ""


def files(given: Iterable[str]) -> list[tuple[Path, Path]]:
    """(the file, the folder that it was found for) of all that is meant: a folder stands for all notebooks in it, and
    a pattern for what it matches."""
    found: list[tuple[Path, Path]] = []
    for text in given:
        for path in [Path(each) for each in sorted(glob.glob(text))] or [Path(text)]:
            if path.is_dir():
                inside = sorted(each for each in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in each.parts)
                found += [(each, path) for each in inside]
            else:  # Windows' own shell leaves patterns to the program
                found.append((path, path.parent))
    return list(dict.fromkeys(found))


def learner(file: Path, root: Path, names: Sequence[str]) -> str:
    """Whose a file is: what its name adds to the notebook's; where it adds nothing, the folder's name.

    >>> names, root = ["03_race_condition"], Path("handed_in")
    >>> [learner(root / file, root, names) for file in ("ada.ipynb", "ada_03_race_condition.ipynb")]
    ['ada', 'ada']
    >>> [learner(root / "bob" / file, root, names) for file in ("03_race_condition (1).ipynb", "kevent-course/x.ipynb")]
    ['bob', 'x']
    """
    stem = unicodedata.normalize("NFC", file.stem)
    for name in names:
        if name in stem:
            stem = COPY.sub("", stem.replace(name, "")).strip(" _-.")
            break
    if stem:
        return stem
    inside = file.relative_to(root).parts[:-1] if file.is_relative_to(root) else ()
    folders = [*inside, *reversed(file.absolute().parts[:-1])]
    return next((unicodedata.normalize("NFC", each) for each in folders if each not in FOLDERS), "nobody")


def handed_in(given: Iterable[str], courses: Sequence[Course]) -> list[HandedIn]:
    """All files, read, by learner and notebook. Two of one learner and notebook are not graded."""
    names = [course.name for course in courses]
    found = [_read(HandedIn(file, learner(file, root, names)), courses) for file, root in files(given)]
    for each in found:
        same = [other.file for other in found if other.course is each.course and _key(other) == _key(each)]
        if each.course is not None and len(same) > 1:
            each.remark = (
                f"{' and '.join(map(str, same))} are both {each.learner}'s {each.course.name}: "
                "keep one, or name each, or its folder, after its learner"
            )
    return sorted(found, key=lambda each: (_key(each), each.course.name if each.course else "", str(each.file)))


def _key(each: HandedIn) -> str:
    """Names that are one, whatever their capitals: a folder of pages may not tell them apart."""
    return each.learner.casefold()


def _read(each: HandedIn, courses: Sequence[Course]) -> HandedIn:
    try:
        cells = read(each.file)
    except FileNotFoundError:
        each.remark = f"{each.file}: there is no such file"
    except OSError as error:
        each.remark = f"{each.file} cannot be read: {error.strerror}"
    except ValueError as error:
        each.remark = f"{each.file} {error}"
    else:
        each.course = of_course(courses, cells)
        if each.course is None:
            each.remark = f"{each.file} is not a notebook of this course"
        else:
            each.answers = each.course.answers(cells)
    return each

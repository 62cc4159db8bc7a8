"""What is said of C that cannot be loaded: as a compiler says it, with the line and a caret under the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from kevent_sim.machine.call import Misuse


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """A file's text, of which places speak: its name, and its lines as the reader sees them."""

    name: str
    lines: tuple[str, ...]
    ours: bool = False  # one of the headers that come with the package

    def __repr__(self) -> str:
        return f"<Text {self.name}>"


class Place(NamedTuple):
    """Where a token stands. Lines and columns count from 1; what comes out of a macro stands where the macro is used.

    >>> Place(Text("race.c", ("int x;",)), 1, 5)
    race.c:1:5
    """

    text: Text
    line: int
    column: int

    @property
    def file(self) -> str:
        return self.text.name

    def shown(self) -> str:
        """The line, and below it a caret under the column.

        >>> print(Place(Text("race.c", ("int x;",)), 1, 5).shown())
            int x;
                ^
        """
        line = self.text.lines[self.line - 1] if self.line <= len(self.text.lines) else ""
        before = re.sub(r"[^\t]", " ", line[: self.column - 1].ljust(self.column - 1))
        return f"    {line}\n    {before}^"

    def __repr__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class CError(Misuse):
    """The text cannot be loaded as C.

    >>> raise CError(Place(Text("race.c", ("int x",)), 1, 5), "';' is missing after x")
    Traceback (most recent call last):
    kevent_sim.c.errors.CError: race.c:1: ';' is missing after x
        int x
            ^
    """

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(place, message)  # as these are its arguments, it can be pickled
        self.place, self.message = place, message

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.message}\n{self.place.shown()}"

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: no line of Python has anything to do with it."""
        return [f"{type(self).__name__}: {self}"]


class CWarning(UserWarning):
    """What a compiler warns of, and what a text calls although it is not simulated."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, where one is near.

    >>> nearest("KeSetEvnt", ["KeSetEvent", "KeClearEvent"]), nearest("x", ["KeSetEvent"])
    ('KeSetEvent', None)
    """
    names = [*names]
    same = [each for each in names if each.lower() == name.lower()]
    return next(iter(same or get_close_matches(name, names, 1, 0.75)), None)

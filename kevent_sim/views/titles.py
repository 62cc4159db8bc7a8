"""What a picture says where it is pointed at: titles of bars, and cells that are there only to be pointed at.

Both are kept beside matplotlib's artists, and written where a figure becomes SVG. There is a cell over each step, so
that a step says what it is also where there is no room for its letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Corners = Sequence[tuple[float, float]]


class Cell(NamedTuple):
    """A place on axes, in their own units, and its title."""

    left: float
    right: float
    top: float
    bottom: float
    title: str


_TITLES: WeakKeyDictionary[Artist, Sequence[str]] = WeakKeyDictionary()
_CELLS: WeakKeyDictionary[Axes, list[Cell]] = WeakKeyDictionary()


def entitle(artist: Artist, titles: Sequence[str]) -> None:
    """Give each item of a collection its title."""
    _TITLES[artist] = titles


def titles_of(figure: Figure) -> Iterator[tuple[Artist, Sequence[str]]]:
    """Every collection that has titles, with them. (`findobj` would make all ticks first, a quarter of the time.)"""
    for ax in figure.axes:
        for artist in ax.collections:
            if artist in _TITLES:
                yield artist, _TITLES[artist]


def add_cell(ax: Axes, left: float, right: float, lane: float, height: float, title: str) -> None:
    """Add a cell, level with a lane."""
    _CELLS.setdefault(ax, []).append(Cell(left, right, lane - height / 2, lane + height / 2, title))


def cells_of(ax: Axes) -> list[Cell]:
    return _CELLS.get(ax, [])

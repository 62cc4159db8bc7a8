"""What goes by the same name is told apart by a number: the second FileMoveThread is `FileMoveThread #2`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def distinct(name: str, taken: Iterable[str]) -> str:
    """A name that is none of those taken.

    >>> distinct("FileMoveThread", ["System"]), distinct("FileMoveThread", ["System", "FileMoveThread"])
    ('FileMoveThread', 'FileMoveThread #2')
    """
    same = [*map(common, taken)].count(name)
    return f"{name} #{same + 1}" if same else name


def common(name: str) -> str:
    """A name without its number.

    >>> common("FileMoveThread #2")
    'FileMoveThread'
    """
    return name.partition(" #")[0]


def label(Object: Any, labels: Mapping[Any, str]) -> str:
    """A label for an event, semaphore or mutex beside those that have one: its name, or KEVENT 1, 2, ... in order."""
    unnamed = sum(not each.name for each in labels)
    return distinct(Object.name or f"{type(Object).__name__} {1 + unnamed}", labels.values())

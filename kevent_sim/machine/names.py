"""What goes by the same name is told apart by a number: the second FileMoveThread is `FileMoveThread #2`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 200


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


def shortened(name: str) -> str:
    """A name that grows on the way to what it names: of a long list each one's would be as long as the way to it.

    >>> shortened("chain" + "[0]" * 100)[-12:]
    '[0][0][0]...'
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3].removesuffix('...')}..."


def label(Object: Any, labels: Mapping[Any, str]) -> str:
    """A label for an event, semaphore or mutex beside those that have one: its name, or KEVENT 1, 2, ... in order."""
    unnamed = sum(not each.name for each in labels)
    return distinct(Object.name or f"{type(Object).__name__} {1 + unnamed}", labels.values())

"""What a driver's code names that is not its own, and takes attributes all the same: a class, a function, a member of
an enum. None may have one that the driver's code assigns.

Whether it has is looked at in the end of each execution, for no attribute is taken away again: `del one.attribute` is
not followed (see `uses`).
"""

from __future__ import annotations

from builtins import getattr, hasattr  # not what stands for them while a driver's code runs
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from kevent_sim.orders.slots import At

_HEAP_TYPE = 1 << 9


class Theirs:
    """Objects that are not the driver's, as far as any execution of a search has met them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, At]] = {}
        self._noted: dict[int, list[tuple[Any, At]]] = {}  # lists of them: code that is met again names the same
        self._stored: set[str] = set()

    def note(self, value: Any, at: At) -> None:
        if id(value) not in self._known and _takes_attributes(value):
            self._known[id(value)] = value, at

    def note_all(self, named: list[tuple[Any, At]]) -> None:
        if id(named) not in self._noted:
            self._noted[id(named)] = named
            for value, at in named:
                self.note(value, at)

    def stores(self, names: set[str]) -> None:
        self._stored |= names

    def found(self) -> Iterator[At]:
        """Those that have an attribute of a name that code assigns, which they have not from birth."""
        for value, at in self._known.values():
            own = vars(value)
            if not self._stored.isdisjoint(own):
                for name in sorted(self._stored & own.keys()):
                    if not _is_born_with(value, own[name]):
                        yield at.then(f".{name}")


def _takes_attributes(value: Any) -> bool:
    if isinstance(value, type):
        return bool(value.__flags__ & _HEAP_TYPE) or value.__module__.startswith("kevent_sim")
    return hasattr(value, "__dict__")


def _is_born_with(value: Any, attribute: Any) -> bool:
    """A method of the class itself, or what says how a field of its instances is assigned."""
    if hasattr(type(attribute), "__set__"):
        return True
    attribute = getattr(attribute, "__func__", attribute)
    return (
        isinstance(attribute, FunctionType) and attribute.__qualname__ == f"{value.__qualname__}.{attribute.__name__}"
    )

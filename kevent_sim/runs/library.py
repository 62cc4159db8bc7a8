"""What objects of Python's library keep, where that can be put back."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from kevent_sim.runs.places import Place

WEAK = (WeakSet, WeakKeyDictionary, WeakValueDictionary)
FILES_IN_MEMORY = (StringIO, BytesIO)
_OF_AN_EXCEPTION = ("args", "__cause__", "__context__", "__suppress_context__", "__traceback__")


class Weak(Place):
    """What is in a weak set or a weak dict, as far as it still lives."""

    __slots__ = ()

    def read(self) -> list[Any]:
        if isinstance(self.owner, WeakSet):
            return [*self.owner]
        return [one for pair in self.owner.items() for one in pair]

    def put(self, values: list[Any]) -> None:
        self.owner.clear()
        self.owner.update(values if isinstance(self.owner, WeakSet) else zip(values[::2], values[1::2], strict=True))


class FileInMemory(Place):
    """What is in one, and the place in it where its reader or writer stands."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [] if self.owner.closed else [self.owner.getvalue(), self.owner.tell()]

    def put(self, values: list[Any]) -> None:
        text, place = values
        self.owner.seek(0)
        self.owner.truncate()
        self.owner.write(text)
        self.owner.seek(place)


class Property(Place):
    """The functions of a property, which may be made anew."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [self.owner.fget, self.owner.fset, self.owner.fdel]

    def put(self, values: list[Any]) -> None:
        property.__init__(self.owner, *values)


class Raised(Place):
    """What an exception says, and what it came from."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [getattr(self.owner, part) for part in _OF_AN_EXCEPTION]

    def put(self, values: list[Any]) -> None:
        for part, value in zip(_OF_AN_EXCEPTION, values, strict=True):
            setattr(self.owner, part, value)


class Cache(Place):
    """What `functools.lru_cache` keeps: a load finds nothing there."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return []

    def load(self) -> bool:
        self.owner.cache_clear()
        return True

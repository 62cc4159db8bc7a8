"""Where Python code can keep something from one run to the next, and how that is put back."""

from __future__ import annotations

from collections import OrderedDict, deque
from operator import is_
from types import MemberDescriptorType
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.runs.names import MISSING, PARTS, PARTS_OF_A_CLASS

ATOMS = frozenset((int, bool, float, complex, str, bytes, range, type(None), type(...), type(NotImplemented)))
UNKNOWN: list[Any] = [MISSING]  # what a run has left that was interrupted before it was noted


def same(now: list[Any], before: list[Any]) -> bool:
    """Are the values the same, or numbers and texts that nobody can tell from each other?"""
    return len(now) == len(before) and (
        all(map(is_, now, before))
        or all(
            one is other or (type(one) is type(other) and type(one) in ATOMS and repr(one) == repr(other))
            for one, other in zip(now, before, strict=True)
        )
    )


class NotFresh(Misuse):
    """What a driver's code keeps cannot be made what a load finds."""


class Place:
    """Where something is kept. `start` is what a load finds there; `left`, what a run has made of that, stays to be
    read until the next load: None where no run has changed it."""

    __slots__ = ("__weakref__", "left", "name", "owner", "start")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name
        self.left: list[Any] | None = None
        self.begin(self.read())

    def read(self) -> list[Any]:
        """All that is put back. What can change in these values has places of its own."""
        raise NotImplementedError

    def put(self, values: list[Any]) -> None:
        """Make it what was read once."""
        raise NotImplementedError

    def begin(self, values: list[Any]) -> None:
        self.start = values

    def load(self) -> bool:
        """Make it what a load finds there. False where it was changed since the last load, and by no run: what it is
        now is the new start."""
        now = self.read()
        if self.is_left(now):
            self.put_back(self.start)
        elif not same(now, self.start):
            self.begin(now)
            self.left = None
            return False
        self.left = None
        return True

    def is_left(self, now: list[Any]) -> bool:
        """Is what is there now what a run has made of it?"""
        return self.left is not None and (self.left is UNKNOWN or same(now, self.left))

    def put_back(self, values: list[Any]) -> None:
        """Raises NotFresh where that cannot be done."""
        if same(self.read(), values):
            return
        left, self.left = self.left, UNKNOWN  # where this is interrupted half-way, the next load does it again
        try:
            self.put(values)
        except Exception as error:
            self.left = left
            kind = type(self.owner).__name__
            raise NotFresh(
                f"{self.name} ({kind}) is not what it was before the last run of the driver, and cannot be put back, "
                "but every run is a fresh load: make it in DriverEntry, or run the cell again that makes it"
            ) from error

    def leave(self) -> None:
        """A run has ended: note what it has left."""
        now = self.read()
        self.left = None if same(now, self.start) else now


class Global(Place):
    """A name of a module, which code rebinds."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [self.owner.get(self.name, MISSING)]

    def put(self, values: list[Any]) -> None:
        if values[0] is MISSING:
            del self.owner[self.name]
        else:
            self.owner[self.name] = values[0]


class Cell(Place):
    """A variable that a function shares with the one around it."""

    __slots__ = ()

    def read(self) -> list[Any]:
        try:
            return [self.owner.cell_contents]
        except ValueError:
            return [MISSING]

    def put(self, values: list[Any]) -> None:
        if values[0] is MISSING:
            del self.owner.cell_contents
        else:
            self.owner.cell_contents = values[0]


class Items(Place):
    """What is in a list or a deque, and how much may be. Of this as of every container: no method of a subclass is
    asked."""

    __slots__ = ("base",)

    def __init__(self, owner: Any, name: str) -> None:
        self.base: Any = list if isinstance(owner, list) else deque
        super().__init__(owner, name)

    def read(self) -> list[Any]:
        most = [deque.maxlen.__get__(self.owner)] if self.base is deque else []
        return [*self.base.__iter__(self.owner), *most]

    def put(self, values: list[Any]) -> None:
        self.base.__init__(self.owner, *([values] if self.base is list else [values[:-1], values[-1]]))


class Members(Place):
    """What is in a set. In what order one walks it depends on the order in which it was filled, so each load fills it
    alike, the first one, too."""

    __slots__ = ("filled",)

    def read(self) -> list[Any]:
        return [*set.__iter__(self.owner)]

    def put(self, values: list[Any]) -> None:
        set.clear(self.owner)
        set.update(self.owner, values if values is not self.start else self.filled)

    def begin(self, values: list[Any]) -> None:
        self.filled = self.start = values
        self.put(values)
        self.start = self.read()


class Pairs(Place):
    """What is in a dict, and in what order."""

    __slots__ = ("base",)

    def __init__(self, owner: Any, name: str) -> None:
        self.base: Any = OrderedDict if isinstance(owner, OrderedDict) else dict
        super().__init__(owner, name)

    def read(self) -> list[Any]:
        return [*self.base.keys(self.owner), *self.base.values(self.owner)]

    def put(self, values: list[Any]) -> None:
        self.base.clear(self.owner)
        for key, value in pairs_of(values).items():
            self.base.__setitem__(self.owner, key, value)


def pairs_of(values: list[Any]) -> dict[Any, Any]:
    """Of keys and then their values."""
    half = len(values) // 2
    return dict(zip(values[:half], values[half:], strict=True))


class Octets(Place):
    """What is in a bytearray."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return [bytes(self.owner)]

    def put(self, values: list[Any]) -> None:
        self.owner[:] = values[0]


class Attributes(Place):
    """Those of an object, in its slots and in its dict, and its class."""

    __slots__ = ("members",)

    def __init__(self, owner: Any, name: str) -> None:
        classes = type(owner).__mro__
        self.members: list[Any] = [
            one for base in classes for one in vars(base).values() if isinstance(one, MemberDescriptorType)
        ]
        super().__init__(owner, name)

    def read(self) -> list[Any]:
        own = self._dict()
        return [type(self.owner), *map(self._in_slot, self.members), *own, *own.values()]

    def by_name(self) -> dict[str, Any]:
        """What a load finds there."""
        slots = dict(zip((member.__name__ for member in self.members), self.start[1:], strict=False))
        return slots | pairs_of(self.start[1 + len(self.members) :])

    def put(self, values: list[Any]) -> None:
        kind, *values = values
        if type(self.owner) is not kind:
            object.__setattr__(self.owner, "__class__", kind)
        for member, value in zip(self.members, values, strict=False):
            if value is not self._in_slot(member):
                member.__delete__(self.owner) if value is MISSING else member.__set__(self.owner, value)
        if type(self.owner).__dictoffset__:
            self._dict().clear()
            self._dict().update(pairs_of(values[len(self.members) :]))

    def _in_slot(self, member: Any) -> Any:
        try:
            return member.__get__(self.owner)
        except AttributeError:
            return MISSING

    def _dict(self) -> dict[str, Any]:
        return object.__getattribute__(self.owner, "__dict__") if type(self.owner).__dictoffset__ else {}


class ClassAttributes(Place):
    """Those of a class itself, its bases and names, and its own class."""

    __slots__ = ()

    def read(self) -> list[Any]:
        own = vars(self.owner)
        return [*(getattr(self.owner, part) for part in PARTS_OF_A_CLASS), type(self.owner), *own, *own.values()]

    def by_name(self) -> dict[str, Any]:
        """What a load finds there."""
        return pairs_of(self.start[len(PARTS_OF_A_CLASS) + 1 :])

    def put(self, values: list[Any]) -> None:
        *parts, kind = values[: len(PARTS_OF_A_CLASS) + 1]
        own = values[len(PARTS_OF_A_CLASS) + 1 :]
        for part, value in zip(PARTS_OF_A_CLASS, parts, strict=True):
            if getattr(self.owner, part) is not value:
                type.__setattr__(self.owner, part, value)
        if type(self.owner) is not kind:
            type.__setattr__(self.owner, "__class__", kind)
        now, before = dict(vars(self.owner)), pairs_of(own)
        for name in now.keys() - before.keys():
            type.__delattr__(self.owner, name)
        for name, value in before.items():
            if now.get(name, MISSING) is not value:
                type.__setattr__(self.owner, name, value)


class FunctionParts(Place):
    """The code of a function, its defaults, its names, and its attributes."""

    __slots__ = ()

    def read(self) -> list[Any]:
        own = vars(self.owner)
        return [*(getattr(self.owner, part) for part in PARTS), *own, *own.values()]

    def put(self, values: list[Any]) -> None:
        for part, value in zip(PARTS, values, strict=False):
            setattr(self.owner, part, value)
        vars(self.owner).clear()
        vars(self.owner).update(pairs_of(values[len(PARTS) :]))

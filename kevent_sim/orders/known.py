"""What a walk knows by what it is, though code can assign to it: objects of the kernel, functions and classes that are
no driver's. Nobody looks whether they change, so it is looked whether code that was met may change them.
"""

from __future__ import annotations

from builtins import getattr, hasattr  # not what stands for them while a driver's code runs
from collections.abc import Iterable, Mapping
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

from kevent_sim.machine.objects import DISPATCHER_HEADER, FIELDS
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.kinds import ATOMS
from kevent_sim.orders.uses import Uses
from kevent_sim.orders.whose import class_of_driver, of_driver

# Of a kernel object that code comes to by a call, and by what it finds there.
_ASSIGNED = frozenset((*KTHREAD.__slots__, *FIELDS, "SignalState", "WaitKey", "WaitListHead", "WaitType"))
_OF_HEADERS = frozenset(DISPATCHER_HEADER.__slots__)
_WRITERS = frozenset(("initialise", "__kwdefaults__", "__setattr__"))
# What one finds there and can change, or what leads to that; the second ones are words, too.
_FOUND = frozenset(("Alerted", "MutantListHead", "WaitBlocks", "WaitListHead"))
_FOUND_BY_CODE = frozenset(("announcer", "call", "coroutine", "frames", "region", "time_out", "wait"))


class Known:
    """What was met, one of each class without attributes of its own; and the powers of the code that was met."""

    def __init__(self) -> None:
        self._powers: set[Any] = set()
        self._attributes: set[str] = set()
        self._met: dict[int, Any] = {}

    def meet(self, one: Any) -> None:
        self._met[id(one if hasattr(one, "__dict__") else type(one))] = one
        if isinstance(one, type) and issubclass(one, Enum):  # by a number one comes to its members
            self._met.update((id(member), member) for member in one.__members__.values())

    def use(self, used: Uses) -> None:
        self._powers |= used.powers
        self._attributes |= used.attributes

    def may_change(self) -> bool:
        """May code that was met change one of them?"""
        stored = {power[1] for power in self._powers if power[0] == "stores" and len(power) > 1}
        named = {power[1] for power in self._powers if power[0] == "names"}
        if any(name.startswith("__") and name.endswith("__") for name in stored):  # a name, a default, ...
            return True
        if not (stored.isdisjoint(_ASSIGNED) and named.isdisjoint(_WRITERS) and named.isdisjoint(_FOUND)):
            return True
        if not self._attributes.isdisjoint(_FOUND_BY_CODE):
            return True
        if "Header" in named and not stored.isdisjoint(_OF_HEADERS):
            return True
        return any(_changes(space, names, stored, named) for one in self._met.values() for space, names in _spaces(one))


def _spaces(one: Any) -> Iterable[tuple[Mapping[str, Any], bool]]:
    """Where attributes of it are found; and are those among them that say how another one's are assigned its own?"""
    own = getattr(one, "__dict__", None)
    if own is not None:
        yield own, not isinstance(one, type)
    for base in type(one).__mro__ if not isinstance(one, ModuleType) else ():
        yield vars(base), not isinstance(one, type)


def _changes(space: Mapping[str, Any], assigned_by: bool, stored: set[str], named: set[str]) -> bool:
    if named.isdisjoint(space):
        return False
    return any(
        not hasattr(type(space[name]), "__set__") or assigned_by if name in stored else not _is_constant(space[name])
        for name in named & space.keys()
    )


def _is_constant(value: Any) -> bool:
    """Is what is found there the same for ever: a method, a number, a class or a member that is no driver's?"""
    if isinstance(value, FunctionType):
        home = value.__globals__
        return not of_driver(home) or home.get("__name__", "").startswith("kevent_sim.")
    if isinstance(value, type):
        return not class_of_driver(value) or value.__module__.startswith("kevent_sim.")
    kind = type(value)
    if isinstance(value, Enum):
        return not class_of_driver(kind) and not vars(value).keys() - _OF_A_MEMBER
    return kind in ATOMS or (hasattr(kind, "__get__") and not class_of_driver(kind))


_OF_A_MEMBER = frozenset(("_value_", "_name_", "__objclass__", "_sort_order_"))

"""What a driver's code can reach by the names that it uses, and the values in these, between two runs."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from functools import cached_property, lru_cache, partial
from io import IOBase
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import Any
from weakref import WeakValueDictionary

from kevent_sim.machine.lines import forget_edited, is_learners
from kevent_sim.machine.names import shortened
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.runs.entries import layers
from kevent_sim.runs.imported import of_learner
from kevent_sim.runs.library import FILES_IN_MEMORY, WEAK, Cache, FileInMemory, Property, Raised, Weak
from kevent_sim.runs.names import OF_EVERY_CLASS, Steady, named
from kevent_sim.runs.places import (
    ATOMS,
    Attributes,
    Cell,
    ClassAttributes,
    FunctionParts,
    Global,
    Items,
    Members,
    Octets,
    Pairs,
    Place,
)
from kevent_sim.runs.used import Used, shows

_MEMORY = ("machine.memory", "machine.objects", "machine.regions", "machine.stack", "machine.structures", "routines.io")
_WEAK = ("weakref", "_weakref", "_weakrefset")
_STATEFUL = {"__getstate__", "__reduce__", "__reduce_ex__"}
_FIXED = (CodeType, GetSetDescriptorType, MemberDescriptorType, KTHREAD)
_CONTAINERS: dict[Any, type[Place]] = {list: Items, deque: Items, set: Members, dict: Pairs, bytearray: Octets}
_CACHED = type(lru_cache(len))
_HOLDERS = (
    tuple, frozenset, partial, staticmethod, classmethod, property, cached_property, MappingProxyType, MethodType,
    BuiltinFunctionType, MethodWrapperType, _CACHED,
)  # fmt: skip

_places: WeakValueDictionary[Any, Place] = WeakValueDictionary()  # one of each, whoever reaches it
_globals = 0  # places that were made of names


def place_of(kind: type[Place], owner: Any, name: str) -> Place:
    global _globals
    key = kind, id(owner), name if kind is Global else ""
    place = _places.get(key)
    if place is None:
        place = _places[key] = kind(owner, name)
        _globals += kind is Global
    return place


def known_place(kind: type[Place], owner: Any, name: str = "") -> Place | None:
    """The same, where it is known already."""
    return _places.get((kind, id(owner), name))


def globals_known() -> int:
    """How many names were ever rebound by a run. Where there are more, a name that other code only reads may be one of
    them."""
    return _globals


class Walk:
    """All places that the code of a DriverEntry reaches, each as a load finds it."""

    def __init__(self, entry: Any) -> None:
        self._homes = [function.__globals__ for function in layers(entry)]
        for space in self._homes:
            forget_edited(space.get("__file__") or "")
        names = [space.get("__name__", "") for space in self._homes]
        self._at_home = {name for name in names if name.partition(".")[0] != "kevent_sim"}
        self.places: list[Place] = []
        self.definitions: list[Place] = []  # functions and classes
        self._seen: dict[int, Any] = {}
        self._pending: deque[tuple[Any, str]] = deque([(entry, getattr(entry, "__name__", "DriverEntry"))])
        self.not_imported: list[str] = []  # modules that the code imports itself
        self._spaces: dict[int, tuple[dict[str, Any], set[str]]] = {}  # modules, with the names in use
        self._modules: list[dict[str, Any]] = []  # those that code may know by an attribute
        self._attributes: set[str] = set()
        self._stored: set[str] = set()
        while self._pending or self._by_attribute():
            value, name = self._pending.popleft()
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                self._open(value, name)

    def steady(self) -> Steady:
        return Steady(
            [
                (space, [name for name in names if (Global, id(space), name) not in _places])
                for space, names in self._spaces.values()
            ],
            [place.owner for place in self.definitions],
        )

    def _add(self, value: Any, name: str) -> None:
        if type(value) not in ATOMS:
            self._pending.append((value, shortened(name)))

    def _place(self, kind: type[Place], owner: Any, name: str) -> Place:
        place = place_of(kind, owner, name)
        place.load()
        (self.definitions if kind in (FunctionParts, ClassAttributes) else self.places).append(place)
        return place

    # -- code --------------------------------------------------------------------------------------------------------

    def _function(self, function: FunctionType, name: str) -> None:
        if not self._of_driver(function.__globals__):
            self._wrapped(function, name)
            return
        self._place(FunctionParts, function, name)
        code = function.__code__
        for value in (*vars(function).values(), function.__defaults__, function.__kwdefaults__):
            self._add(value, name)
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self._add(cell, variable)
        space, used = function.__globals__, named(code)
        for name in sorted(used.globals):
            self._global(space, name)
        for path in sorted(used.imports):
            for name in (path, path.partition(".")[0], f"{space.get('__package__') or ''}.{path}"):
                self._add(sys.modules.get(name), name)
                if name not in sys.modules:
                    self.not_imported.append(name)
        self._attributes |= used.attributes
        self._stored |= used.stored

    def _wrapped(self, function: FunctionType, name: str) -> None:
        """What a library's decorator has made of a driver's functions keeps these, and what it notes of them."""
        kept = [*vars(function).values()]
        for cell in function.__closure__ or ():
            kept += Cell(cell, name).read()
        for value in kept:
            if type(value) in (FunctionType, MethodType, dict, *WEAK):
                self._add(value, name)

    def _global(self, space: dict[str, Any], name: str) -> None:
        self._spaces.setdefault(id(space), (space, set()))[1].add(name)
        if (Global, id(space), name) in _places:
            self._place(Global, space, name)
        self._add(space.get(name), name)

    def _by_attribute(self) -> bool:
        """Add what code may name of the modules in reach; was there anything?"""
        for space in self._modules:
            known = self._spaces.get(id(space), (space, set()))[1]
            for name in sorted((self._attributes & space.keys() | self._stored) - known):
                self._global(space, name)
        if "__annotations__" in self._attributes:
            for place in self.definitions:
                noted = _annotations(place.owner)
                if id(noted) not in self._seen:
                    self._add(noted, place.name)
        return bool(self._pending)

    # -- values ------------------------------------------------------------------------------------------------------

    def _open(self, value: Any, name: str) -> None:
        kind = type(value)  # what a value says of its class is not asked
        if kind in WEAK:
            self._place(Weak, value, name)
            return
        if issubclass(kind, _FIXED) or any(_module(base) in _WEAK for base in kind.__mro__):
            return
        if issubclass(kind, FunctionType):
            self._function(value, name)
        elif issubclass(kind, type):
            self._class(value)
        elif issubclass(kind, ModuleType):
            if self._of_driver(vars(value)):
                self._modules.append(vars(value))
        elif issubclass(kind, CellType):
            for one in self._place(Cell, value, name).start:
                self._add(one, name)
        else:
            self._container(value, name)
            self._object(value, name)

    def _class(self, kind: type) -> None:
        for base in kind.__mro__:
            if self._class_of_driver(base) and (base is kind or id(base) not in self._seen):
                self._seen[id(base)] = base
                place = self._place(ClassAttributes, base, base.__name__)
                assert isinstance(place, ClassAttributes)
                for name, value in place.by_name().items():
                    if name not in OF_EVERY_CLASS or name == "_fields":
                        self._add(value, f"{base.__name__}.{name}")
        self._add(type(kind), type(kind).__name__)

    def _container(self, value: Any, name: str) -> None:
        place = next((place for kind, place in _CONTAINERS.items() if issubclass(type(value), kind)), None)
        if place is not None:
            found = self._place(place, value, name).start
            keys = found[: len(found) // 2] if place is Pairs else range(len(found))
            for key, one in zip(keys, found[len(found) - len(keys) :], strict=True):
                if type(one) not in ATOMS:
                    self._add(one, f"{name}[{key!r}]" if type(key) in (int, str) else f"{name}[...]")
            for key in keys if place is Pairs else ():
                self._add(key, name)
            if issubclass(type(value), defaultdict):
                self._add(value.default_factory, name)
        elif issubclass(type(value), _HOLDERS):
            if issubclass(type(value), _CACHED):
                self._place(Cache, value, name)
            if issubclass(type(value), property):
                self._place(Property, value, name)
            for one in gc.get_referents(value):
                self._add(one, name)

    def _object(self, value: Any, name: str) -> None:
        kind = type(value)
        mine = self._class_of_driver(kind)
        if issubclass(kind, Enum):  # all else of a member is its class's
            if mine:
                self._attributes_of(value, name)
            return
        if _of_simulator(kind) and not mine and not issubclass(kind, BaseException):
            if _module(kind).partition(".")[2] in _MEMORY and not hasattr(kind, "__get__"):
                self._attributes_of(value, name)
            return
        if issubclass(kind, IOBase) and not mine:  # what one reads from another goes on with it
            self._place(FileInMemory if kind in FILES_IN_MEMORY else Used, value, name)
            return
        if issubclass(kind, BaseException):
            for one in self._place(Raised, value, name).start:
                self._add(one, name)
        if mine or kind.__dictoffset__ or issubclass(kind, defaultdict):
            self._attributes_of(value, name)
            self._add(kind, kind.__name__)
        if not issubclass(kind, (*_HOLDERS, *_CONTAINERS)) and self._keeps_more(kind) and shows(value):
            place = self._place(Used, value, name)
            for one in (*place.start, *gc.get_referents(value)):
                self._add(one, name)

    def _attributes_of(self, value: Any, name: str) -> None:
        place = self._place(Attributes, value, name)
        assert isinstance(place, Attributes)
        for attribute, one in place.by_name().items():
            self._add(one, f"{name}.{attribute}")

    def _keeps_more(self, kind: type) -> bool:
        """May there be more in a value of this type than its attributes? A driver's own methods are not asked."""
        theirs = [base for base in kind.__mro__[:-1] if not self._class_of_driver(base) and not _of_simulator(base)]
        methods = [name for base in theirs for name in vars(base)]
        plain = kind.__dictoffset__ or self._class_of_driver(kind)
        return not plain or issubclass(kind, IOBase) or not _STATEFUL.isdisjoint(methods)

    # -- whose is it? ------------------------------------------------------------------------------------------------

    def _of_driver(self, space: Mapping[str, Any]) -> bool:
        """Is a module a driver's: that of its DriverEntry, or one of the learner's own beside it?"""
        return of_learner(space) or any(space is home for home in self._homes)

    def _class_of_driver(self, kind: type) -> bool:
        where = _module(kind)
        if not where:
            return False
        if where == "builtins":  # made by code whose globals have no name, where it is not a type of Python's own
            return bool(kind.__flags__ & 1 << 9)
        module = sys.modules.get(where)
        return where in self._at_home or (self._of_driver(vars(module)) if module else is_learners("", where))


def _annotations(definition: Any) -> Any:
    """Those of a function or a class, if any: as of Python 3.14 they are worked out when one asks."""
    with suppress(Exception):
        return definition.__annotations__


def _of_simulator(kind: type) -> bool:
    return _module(kind).partition(".")[0] == "kevent_sim"


def _module(kind: type) -> str:
    """Where a class was made; "" for one in C that says something else by that name."""
    return kind.__module__ if isinstance(kind.__module__, str) else ""

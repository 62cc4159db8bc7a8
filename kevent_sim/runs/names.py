"""What names a driver's code uses, and a quick look whether all is still what it was."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter, is_, itemgetter
from types import CodeType, FunctionType
from typing import Any, NamedTuple

MISSING = object()
# What Python, or a structure, keeps in every class, beside what a driver's code has put there.
OF_EVERY_CLASS = frozenset((
    "__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__", "__dict__", "__doc__",
    "__firstlineno__", "__module__", "__qualname__", "__static_attributes__", "__weakref__", "_fields",
))  # fmt: skip
PARTS = (  # of a function
    "__code__", "__defaults__", "__doc__", "__kwdefaults__", "__module__", "__name__", "__qualname__",
)  # fmt: skip
PARTS_OF_A_CLASS = ("__bases__", "__name__", "__qualname__")  # and its own class
_PLAIN: tuple[Any, ...] = (object.__eq__, int.__eq__, str.__eq__)


class Named(NamedTuple):
    """Names in a function's code, and in that of the functions within."""

    globals: frozenset[str]
    attributes: frozenset[str]
    stored: frozenset[str]  # of them
    imports: frozenset[str]  # modules


@lru_cache(maxsize=4096)
def named(code: CodeType) -> Named:
    found: tuple[set[str], ...] = (set(), set(), set(), set())
    names, attributes, stored, imports = found
    for this in dis.get_instructions(code):
        what, name = this.opname, this.argval
        if what == "IMPORT_NAME":
            imports.add(name)
            attributes.update(name.split(".")[1:])
        elif what == "IMPORT_FROM":
            attributes.add(name)
        elif this.opcode in dis.hasname and ("ATTR" in what or "METHOD" in what):
            attributes.add(name)
            if "LOAD" not in what:
                stored.add(name)
        elif this.opcode in dis.hasname:
            names.add(name)
        elif isinstance(name, CodeType):
            for mine, its in zip(found, named(name), strict=True):
                mine |= its
    return Named(*map(frozenset, found))


class Steady:
    """What few runs change: names of modules, as far as no run was seen to; attributes of classes and functions, and
    code."""

    def __init__(self, spaces: Iterable[tuple[dict[str, Any], Iterable[str]]], definitions: Iterable[Any]) -> None:
        self.names = [(space, {name: space.get(name, MISSING) for name in names}) for space, names in spaces]
        self._own = [vars(one) for one in definitions]
        self._get_parts = attrgetter(*PARTS)
        self._get_parts_of_a_class = attrgetter(*PARTS_OF_A_CLASS)
        self._classes = [one for one in definitions if isinstance(one, type)]
        self._functions = [one for one in definitions if isinstance(one, FunctionType)]
        self._parts, self._sizes = self._now()
        self._alike: list[tuple[Callable[[Any], Any], Any, Any]] = []
        self._others: list[tuple[Any, str, Any]] = []
        for space, known in [*self.names, *((own, own) for own in self._own)]:
            self._note(space, {name: value for name, value in known.items() if value is not MISSING})
        self._absent = [
            (space, [name for name, value in known.items() if value is MISSING]) for space, known in self.names
        ]

    def _note(self, space: Any, known: dict[str, Any]) -> None:
        """Where == is `is`, or that of numbers and texts, all are compared at once, as tuples."""
        alike = [name for name, value in known.items() if type(value).__eq__ in _PLAIN]
        self._others += [(space, name, value) for name, value in known.items() if name not in alike]
        if alike:
            get = itemgetter(*alike, alike[0])  # of two or more it makes a tuple
            self._alike.append((get, space, get(space)))

    def _now(self) -> tuple[list[Any], list[int]]:
        parts = [part for one in self._functions for part in self._get_parts(one)]
        kinds = [part for one in self._classes for part in (*self._get_parts_of_a_class(one), type(one))]
        return parts + kinds, [*map(len, self._own)]

    def holds(self) -> bool:
        """Is all as it was?"""
        try:
            for get, space, before in self._alike:
                if get(space) != before:
                    return False
            for space, name, value in self._others:
                if space[name] is not value:
                    return False
        except Exception:  # a name is gone, or stands for something with an == of its own
            return False
        for space, names in self._absent:
            if not space.keys().isdisjoint(names):
                return False
        parts, sizes = self._now()
        return sizes == self._sizes and all(map(is_, parts, self._parts))

    def rebound(self) -> Iterator[tuple[dict[str, Any], str, Any]]:
        """The names that are not what they were: module, name, and what it was."""
        for space, known in self.names:
            for name, value in known.items():
                if space.get(name, MISSING) is not value:
                    yield space, name, value

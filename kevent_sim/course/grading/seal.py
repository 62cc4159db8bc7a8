"""What a judge is made of, remembered: after an answer has run, whatever is not what it was is named."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from sys import _current_frames
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

PACKAGE = "kevent_sim"
WRAPPERS = (property, classmethod, staticmethod, partial, MethodType)
WHAT_RUNS = (type, FunctionType, BuiltinFunctionType, property, classmethod, staticmethod)
GONE = object()


class Part(NamedTuple):
    """One thing, and what it held; `whole`: nothing may have been added, as it may to a table that is filled in use."""

    name: str
    thing: Any
    held: dict[Any, Any]
    whole: bool
    others: frozenset[Any] = frozenset()  # names of what it has beside that, and which may change

    def added(self, now: Mapping[Any, Any]) -> str:
        """A name that was not there; "" if there is none. Caches of the library's own have private names."""
        for key in now:
            if (
                key not in self.held
                and key not in self.others
                and not re.match(r"_(?!_)|__annot|__slotnames__", str(key))
            ):
                return str(key)
        return ""


def is_own(module: object) -> bool:
    return isinstance(module, str) and module.partition(".")[0] in (PACKAGE, "__main__")


def held(thing: Any) -> dict[Any, Any]:
    """What a thing consists of, by name; what it is bound to, not what that is made of in turn.

    >>> def sets(Event, Wait=False): ...
    >>> held(sets)["default 0"]
    False
    """
    match thing:
        case ModuleType() | type():
            return dict(vars(thing))
        case FunctionType():
            found = {"code": thing.__code__, **vars(thing)}
            found |= {f"default {at}": value for at, value in enumerate(thing.__defaults__ or ())}
            found |= {f"default {name}": value for name, value in (thing.__kwdefaults__ or {}).items()}
            cells = zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=False)
            return found | {f"closure {name}": _content(cell) for name, cell in cells}
        case property():
            return {"get": thing.fget, "set": thing.fset}
        case classmethod() | staticmethod() | MethodType():
            return {"function": thing.__func__}
        case partial():
            return {"function": thing.func} | dict(enumerate(thing.args)) | thing.keywords
        case dict():
            return dict(thing)
        case list() | tuple():
            return dict(enumerate(thing))
        case set() | frozenset():
            return {each: each for each in thing}
    return {}


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return GONE


def _is_part(thing: Any) -> bool:
    """Is it one of our own things, or a container or a wrapper of such?"""
    if isinstance(thing, ModuleType):
        return is_own(thing.__name__)
    if isinstance(thing, (type, FunctionType)):
        return is_own(thing.__module__)
    return type(thing) in (dict, list, tuple, set, frozenset) or isinstance(thing, WRAPPERS)


def _own(roots: Mapping[str, Any]) -> Iterator[Part]:
    """Everything of ours that can be reached from here, once."""
    waiting, met = list(roots.items()), set[int]()
    while waiting:
        name, thing = waiting.pop()
        if id(thing) in met or not _is_part(thing):
            continue
        met.add(id(thing))
        consists = held(thing)
        yield Part(name, thing, consists, isinstance(thing, (type, FunctionType)))
        waiting += [(f"{name}.{key}", value) for key, value in consists.items() if key != "__builtins__"]


def _foreign(modules: Mapping[str, ModuleType]) -> Iterator[Part]:
    """Of other modules and their classes what is run: data that they keep may change."""
    for name, module in modules.items():
        yield Part(name, module, _what_runs(module), False)
        for key, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == name:
                yield Part(f"{name}.{key}", value, _what_runs(value), True, frozenset(vars(value)))


def _what_runs(thing: Any) -> dict[Any, Any]:
    return {key: value for key, value in list(vars(thing).items()) if isinstance(value, WHAT_RUNS)}


class Seal:
    """What there is now, of these names, of the package, and of the modules that both use.

    >>> class Judge:
    ...     grade = "almost"
    >>> Judge.__module__ = "__main__"
    >>> seal = Seal({"Judge": Judge})
    >>> seal.broken()
    ''
    >>> Judge.grade = property(lambda self: "correct")
    >>> seal.broken()
    'Judge.grade is not what it was'
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.modules = {name: module for name, module in list(sys.modules.items()) if type(module) is ModuleType}
        own = {name: module for name, module in self.modules.items() if name.partition(".")[0] == PACKAGE}
        foreign = {name: self.modules[name] for name in self.modules if name not in own and name != "__main__"}
        self.parts = [*_own({**own, **names}), *_foreign(foreign)]
        self.watchers = _watchers()

    def broken(self) -> str:
        """What is not what it was, in words; "" where all is."""
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                return f"the module {name} is not what it was"
        for part in self.parts:
            now = vars(part.thing) if isinstance(part.thing, (ModuleType, type)) else held(part.thing)
            for key, value in part.held.items():
                if now.get(key, GONE) is not value and not _is_equal_data(now.get(key, GONE), value):
                    return f"{part.name}.{key} is not what it was"
            if part.whole and (added := part.added(now)):
                return f"{part.name}.{added} was not there"
        if _watchers() != self.watchers:
            return "something that the answer has started still runs"
        return ""


def _is_equal_data(one: Any, other: Any) -> bool:
    """Two made anew that are the same: of Python's plain values."""
    return type(one) is type(other) and type(one) in (int, str, float, bytes) and one == other


def _watchers() -> tuple[Any, ...]:
    """What Python runs beside the code that it is given."""
    return len(_current_frames()), sys.gettrace(), sys.getprofile(), len(sys.meta_path), len(sys.path_hooks)

"""Which kinds of values are followed, and how; which of a library's functions and classes keep nothing.

A white list: what is on it was looked at, and nothing else is taken to be harmless.
"""

from __future__ import annotations

import builtins
import functools
import operator
import sys
import weakref
from collections import deque
from enum import Enum
from functools import lru_cache
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from kevent_sim import ntifs
from kevent_sim.machine.memory import Structure
from kevent_sim.machine.objects import DISPATCHER_HEADER, KWAIT_BLOCK, DispatcherObject
from kevent_sim.machine.structures import HANDLE, PVOID
from kevent_sim.orders.whose import by_class, class_of_driver
from kevent_sim.routines.io import DEVICE_OBJECT, DRIVER_OBJECT, RegistryPath

ATOMS = frozenset((int, bool, float, complex, str, bytes, range, type(None), type(...), type(NotImplemented)))
CONTAINERS = (list, dict, set, deque, bytearray)
SUSPENDED = {CoroutineType: "cr", GeneratorType: "gi", AsyncGeneratorType: "ag"}
_CACHED = type(lru_cache(len))
_WRAPPERS = (functools.partial, staticmethod, classmethod, property, BuiltinFunctionType, MappingProxyType)
_WEAK = (
    weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType, weakref.WeakSet, weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary, weakref.finalize,
)  # fmt: skip
NOTICES = frozenset(map(id, (weakref, *(getattr(weakref, name) for name in weakref.__all__))))  # that an object goes

_VALUES: tuple[tuple[str, Any], ...] = (
    ("", (Enum, CodeType, GetSetDescriptorType, MemberDescriptorType)),
    ("function", FunctionType),
    ("class", type),
    ("module", ModuleType),
    ("suspended", tuple(SUSPENDED)),
    ("structure", Structure),
    ("kernel", (DispatcherObject, DISPATCHER_HEADER, KWAIT_BLOCK, HANDLE, PVOID, DEVICE_OBJECT, DRIVER_OBJECT)),
    ("instance", RegistryPath),
)
_OTHERS: tuple[tuple[str, Any], ...] = (
    ("weak", _WEAK),
    ("container", (*CONTAINERS, tuple, frozenset)),
    ("method", MethodType),
    ("cached", _CACHED),
    ("cell", CellType),
    ("computed", functools.cached_property),
    ("wrapper", _WRAPPERS),
)
# Of the simulator's own: what has attributes of a driver's making, and what has none.
_WITH_ATTRIBUTES = ("kevent_sim.machine.structures", "kevent_sim.machine.stack")
_WITHOUT = ("kevent_sim.routines.", "kevent_sim.machine.", "kevent_sim.c.")
_KEPT_FROM_DRIVERS = ("kevent_sim.machine.kernel", "kevent_sim.machine.trace", "kevent_sim.machine.volume")
# Modules whose objects keep what they keep in attributes, in items, or in what `copy` would take of them.
_MODULES = frozenset((
    "_abc", "_collections", "_collections_abc", "_functools", "_operator", "_random", "_struct", "abc", "array",
    "builtins", "collections", "collections.abc", "contextlib", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "itertools", "numbers", "operator", "random", "re", "string", "struct", "types", "typing",
))  # fmt: skip
# Modules whose functions find nothing by a name in a text and keep nothing from call to call: all but these of each.
_PURE: dict[str, str] = {
    "abc": "get_cache_token", "bisect": "", "cmath": "", "collections": "", "collections.abc": "",
    "contextlib": "chdir redirect_stderr redirect_stdout", "copy": "", "dataclasses": "", "enum": "", "fractions": "",
    "functools": "", "heapq": "", "itertools": "", "math": "", "numbers": "", "operator": "attrgetter methodcaller",
    "re": "", "statistics": "", "string": "Formatter Template", "struct": "", "textwrap": "",
    "types": "CodeType FrameType FunctionType", "typing": "clear_overloads get_overloads get_type_hints overload",
}  # fmt: skip
_BUILTINS = (
    "abs aiter all anext any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate "
    "filter float format frozenset hex int isinstance issubclass iter len list map max memoryview min next object oct "
    "ord pow print property range repr reversed round set slice sorted staticmethod str sum super tuple type zip"
)
FIND_BY_TEXT = (operator.attrgetter, operator.methodcaller)
_NTIFS = frozenset(map(id, vars(ntifs).values()))


@by_class
def how(kind: type) -> str:
    """What is in a value of this type, by the name of the method that opens it; "" where nothing can change there."""
    if kind in ATOMS:
        return ""
    mine = class_of_driver(kind)
    if mine and issubclass(kind, Enum):  # a member may have attributes of the driver's own
        return "_instance"
    for name, kinds in _VALUES:
        if issubclass(kind, kinds):
            return name and f"_{name}"
    if not mine and kind.__module__.startswith(_WITHOUT) and kind.__module__ not in _KEPT_FROM_DRIVERS:
        has_attributes = kind.__module__ in _WITH_ATTRIBUTES or issubclass(kind, BaseException)
        return "_instance" if has_attributes else ""
    for name, kinds in _OTHERS:
        if issubclass(kind, kinds):
            return f"_{name}"
    if not all(class_of_driver(base) or base.__module__ in (*_MODULES, *_WITH_ATTRIBUTES) for base in kind.__mro__):
        return "_unfollowed"
    if hasattr(kind, "__next__") and not mine:
        return "_iterator"
    return "_instance" if kind.__dictoffset__ or mine else "_opaque"


def is_pure(value: Any) -> bool:
    """Is it a name of `ntifs`, or a function or a class of a library's that keeps nothing and finds nothing by a text?
    The random numbers of one's own `Random` are kept where one can see it."""
    if id(value) in _NTIFS or id(value) in _pure_of("builtins"):
        return True
    return any(id(value) in _pure_of(name) for name in _PURE if name in sys.modules) or _is_random(value)


def is_of_pure_module(function: FunctionType) -> bool:
    """Was a library's function made where nothing is kept: of a decorator, say, or of a class that a driver's derives
    from?"""
    home = function.__globals__.get("__name__", "")
    excepted = _PURE.get(home, "").split()
    return (home in _PURE or home.startswith(("namedtuple_", "reprlib"))) and function.__name__ not in excepted


def is_pure_module(name: str) -> bool:
    return name in _PURE


def _is_random(value: Any) -> bool:
    random = sys.modules.get("random")
    return random is not None and value is random.Random


@lru_cache(maxsize=64)
def _pure_of(module: str) -> frozenset[int]:
    if module == "builtins":
        errors = [one for one in vars(builtins).values() if isinstance(one, type) and issubclass(one, BaseException)]
        return frozenset(map(id, [*errors, *(getattr(builtins, name) for name in _BUILTINS.split())]))
    space = vars(sys.modules[module])
    names = space.get("__all__") or [name for name in space if not name.startswith("_")]
    kept = {name: space.get(name) for name in names if name not in _PURE[module].split()}
    return frozenset(id(one) for one in kept.values() if not isinstance(one, ModuleType | list | dict | set))

"""Whose is it: a driver's, or Python's, a library's, the simulator's own?"""

from __future__ import annotations

import sys
from builtins import getattr  # not what stands for them while a driver's code runs
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from kevent_sim.machine.lines import is_drivers

T = TypeVar("T")

_worked_out: list[Any] = []
_drivers: set[str] = set()  # modules that a DriverEntry has come from


def by_class(function: Callable[[type], T]) -> Callable[[type], T]:
    """A function of a class, worked out once, as long as no more drivers are known."""
    _worked_out.append(lru_cache(maxsize=1024)(function))
    return _worked_out[-1]  # type: ignore[no-any-return]


def is_run(entry: Any) -> None:
    """The module of a DriverEntry is a driver's, though it has the name of one of Python's, or lies among libraries."""
    module = getattr(entry, "__globals__", {}).get("__name__", "")
    if module not in _drivers and module.partition(".")[0] != "kevent_sim":  # the samples are drivers' anyway
        _drivers.add(module)
        for worked_out in _worked_out:
            worked_out.cache_clear()


def drivers_known() -> int:
    """How many modules are a driver's though they have the name of one of Python's, or lie among libraries."""
    return len(_drivers)


def of_driver(namespace: Mapping[str, Any]) -> bool:
    """Do a module's globals belong to a driver: not to Python, to a library, or to the simulator itself?"""
    return namespace.get("__name__") in _drivers or _of_driver(
        namespace.get("__file__") or "", namespace.get("__name__", "")
    )


@lru_cache(maxsize=1024)
def _of_driver(file: str, module: str) -> bool:
    return is_drivers(file, module)


def in_c(namespace: Mapping[str, Any]) -> bool:
    """Is it a load of a driver in C? What its code uses lies in a memory that is seen, or is the loader's own."""
    return "__c__" in namespace


def of_simulator(namespace: Mapping[str, Any]) -> bool:
    """Do a module's globals belong to the simulator, which keeps nothing of a driver's but what its cells stand for?"""
    return namespace.get("__name__", "").partition(".")[0] == "kevent_sim" and not of_driver(namespace)


def is_of_driver(value: Any) -> bool:
    """The same of a function or a class."""
    return class_of_driver(value) if isinstance(value, type) else of_driver(value.__globals__)


def is_wrapper(value: Any) -> bool:
    """Is it a library's function around another: what a decorator has made?"""
    return bool(getattr(value, "__closure__", None)) and not of_simulator(value.__globals__)


@by_class
def class_of_driver(kind: type) -> bool:
    if kind.__module__ == "builtins":  # made by code whose globals have no name, where it is no type of Python's own
        return bool(kind.__flags__ & 1 << 9)
    if kind.__module__ in _drivers:
        return True
    module = sys.modules.get(kind.__module__)
    return of_driver(vars(module)) if module else _of_driver("", kind.__module__)

"""Attributes that a driver's code names by a text: it is looked at when the code does, for what text it will be is not
known before.

While an execution runs, `getattr`, `setattr` and `hasattr` are these. A field of a structure is recorded as ever, and
what is in an object of a known kind is compared as ever; all else that a text may lead to is told.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sys import _getframe
from types import CodeType
from typing import Any

from kevent_sim.machine.memory import Structure, hands_on, values_of
from kevent_sim.orders.kinds import how
from kevent_sim.orders.state import State
from kevent_sim.orders.whose import class_of_driver, of_driver

# (attribute, code object, instruction): who is told of an attribute that is not followed
Told = Callable[[str, CodeType, int], None]
_told: list[Told] = []
_SETATTR = setattr  # not what stands for it while an execution runs
_NAMES = ("__name__", "__qualname__", "__doc__")


def _is_followed(function: Any, value: Any, name: Any) -> bool:
    if name in _NAMES and function is not _SETATTR:
        return True
    if not isinstance(name, str) or name.startswith("_"):
        return False
    if isinstance(value, Structure):
        return name in values_of(value)
    if isinstance(value, type):
        return class_of_driver(value)
    return isinstance(value, State) or how(type(value)) == "_instance"


def _looked_at(function: Callable[..., Any]) -> Callable[..., Any]:
    def by_text(*given: Any) -> Any:
        if _told and len(given) > 1:
            frame = _getframe(1)
            if of_driver(frame.f_globals) and not _is_followed(function, *given[:2]):
                _told[-1](str(given[1]), frame.f_code, frame.f_lasti)
        return function(*given)

    return by_text


LOOKED_AT = {name: _looked_at(getattr(builtins, name)) for name in ("getattr", "setattr", "hasattr")}

hands_on(LOOKED_AT["getattr"].__code__)  # one code for all of them


@contextmanager
def texts_told_to(told: Told) -> Iterator[None]:
    """An execution runs: one is told of each attribute that a driver's code names by a text and nobody follows."""
    kept = {name: getattr(builtins, name) for name in LOOKED_AT}
    _told.append(told)
    vars(builtins).update(LOOKED_AT)
    try:
        yield
    finally:
        vars(builtins).update(kept)
        _told.pop()

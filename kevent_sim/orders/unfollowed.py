"""What a driver's code reaches and nobody follows: named, in place of being passed over.

Code leaves the driver by the names of globals and imports (`chains`), and by attributes that lead past what is followed
(`uses`). Each must lead to what `kinds` knows.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping
from operator import is_
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from kevent_sim.orders.by_text import LOOKED_AT
from kevent_sim.orders.chains import Chain
from kevent_sim.orders.kinds import ATOMS, FIND_BY_TEXT, NOTICES, is_of_pure_module, is_pure, is_pure_module
from kevent_sim.orders.slots import At
from kevent_sim.orders.uses import Uses
from kevent_sim.orders.whose import drivers_known, is_of_driver, of_driver, of_simulator

_MISSING = object()
_BUILTINS = vars(builtins)


class Judged(NamedTuple):
    """What code with these globals names: what is not followed, and what is no driver's, while each name from which it
    goes on stands for what it stood for."""

    used: Uses
    namespace: Mapping[str, Any]
    begins: list[Chain]  # one of each name
    stood_for: list[Any]
    unfollowed: list[At]
    theirs: list[tuple[Any, At]]


_judged: dict[tuple[int, int, int], Judged] = {}
_MOST = 4096


def judged(used: Uses, namespace: Mapping[str, Any]) -> Judged:
    """The same code is met again and again, in each execution of a search."""
    key = id(used), id(namespace), drivers_known()
    known = _judged.get(key)
    if known is not None and all(map(is_, known.stood_for, (_root(chain, namespace) for chain in known.begins))):
        return known
    if len(_judged) >= _MOST:
        _judged.clear()
    begins = [*{(chain.root, chain.imported): chain for chain in used.chains}.values()]
    made = Judged(
        used, namespace, begins, [_root(chain, namespace) for chain in begins],
        [*_unfollowed(used, namespace)], [*_theirs(used, namespace)],
    )  # fmt: skip
    _judged[key] = made
    return made


def _unfollowed(used: Uses, namespace: Mapping[str, Any]) -> Iterator[At]:
    for chain in used.chains:
        if not _is_followed(chain, namespace):
            yield At(chain.told(), chain.function, chain.line)
    for name, function, line in sorted(used.special):
        yield At(f".{name}", function, line)


def _theirs(used: Uses, namespace: Mapping[str, Any]) -> Iterator[tuple[Any, At]]:
    for chain in used.chains:
        value, _, _ = _end(chain, namespace)
        if not isinstance(value, ModuleType) and is_pure(value):
            yield value, At(chain.told(), chain.function, chain.line)


def told(at: At) -> str:
    return (
        f"{at.told()} is not followed: it may keep, or find by a name, what another thread uses, unseen. Put what "
        "threads share into fields of a Structure, such as  class SHARED(Structure): Count: ULONG"
    )


def _is_followed(chain: Chain, namespace: Mapping[str, Any]) -> bool:
    value, left, in_library = _end(chain, namespace)
    if chain.root == "__warningregistry__":  # whether a warning was given
        return False
    if isinstance(value, ModuleType):
        return of_driver(vars(value))
    if value is _MISSING:  # a name that is not there yet; or that of a module which is imported when it comes to that
        return not in_library and (not chain.imported or is_pure_module(chain.root))
    if type(value) in ATOMS or id(value) in NOTICES:  # of these `sharing` tells
        return True
    if is_pure(value):  # of a routine no attribute is a driver's business
        return not chain.stored and not (left and isinstance(value, FunctionType))
    if value is LOOKED_AT.get(chain.root):  # it is looked at when it is called
        return not chain.names
    return not in_library and is_known(value)


def is_known(value: Any) -> bool:
    """Of a function or a class: is it a driver's, whose code is followed, or does it keep nothing? Other values are
    known by their kind, but those that find attributes by a text which they were given."""
    if isinstance(value, FunctionType):
        known = is_of_driver(value) or is_of_pure_module(value) or is_pure(value) or _is_routine(value)
        return known or value.__module__.startswith("kevent_sim.c.")
    if isinstance(value, type):
        return is_of_driver(value) or is_pure(value)
    if isinstance(value, BuiltinFunctionType) and (value.__self__ is None or isinstance(value.__self__, ModuleType)):
        return is_pure(value)
    return value is not _BUILTINS and not isinstance(value, FIND_BY_TEXT)


def _is_routine(function: FunctionType) -> bool:
    """Is it a step: one of the kernel's routines, or what a sample has in place of one?"""
    effect = getattr(getattr(function, "routine", None), "effect", None)
    return of_simulator(function.__globals__) and getattr(effect, "__module__", "").startswith("kevent_sim.")


def _end(chain: Chain, namespace: Mapping[str, Any]) -> tuple[Any, list[str], bool]:
    """Where a chain leads through a library's modules, the attributes that are left, and is it in a library? A module
    is the end where it is the driver's, or is not asked for a name."""
    value, left, in_library = _root(chain, namespace), list(chain.names), False
    while isinstance(value, ModuleType) and not of_driver(vars(value)) and len(left) > chain.stored:
        value, in_library = vars(value).get(left.pop(0), _MISSING), True
    return value, left, in_library


def _root(chain: Chain, namespace: Mapping[str, Any]) -> Any:
    if not chain.imported:
        return namespace.get(chain.root, _BUILTINS.get(chain.root, _MISSING))
    within = f"{namespace.get('__package__') or ''}.{chain.root}"
    return sys.modules.get(within) or sys.modules.get(chain.root, _MISSING)

"""What Python code can change without a call of the kernel, and how to see that it was changed."""

from __future__ import annotations

import gc
from builtins import getattr, hasattr  # not what stands for them while a driver's code runs
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CellType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, NamedTuple

from kevent_sim.machine.memory import Structure, undeclared_of
from kevent_sim.machine.names import shortened
from kevent_sim.machine.objects import FIELDS, DispatcherObject
from kevent_sim.machine.structures import Variable
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.kinds import ATOMS, CONTAINERS
from kevent_sim.orders.whose import by_class, class_of_driver

_DICT: dict[Any, Any] = {}
_WALKED: tuple[Any, ...] = ([], (), deque(), _DICT, _DICT.values(), _DICT.items())
_WALKS = frozenset({type(iter({*()})), *(type(walk(over)) for walk in (iter, reversed) for over in _WALKED)})
KTHREAD_FIELDS = (
    "Alerted", "BasePriority", "ExitStatus", "Header", "Irql", "State", "WaitBlocks", "WaitStatus",
)  # fmt: skip
# The simulator's, and a priority: one that is not the base goes there with time.
KTHREAD_OWN = ("Priority", *(name for name in KTHREAD.__slots__ if name not in KTHREAD_FIELDS))
MISSING = object()


class At(NamedTuple):
    """Where a value is found: by what name, in which function and line."""

    name: str
    function: str
    line: int

    def then(self, more: str) -> At:
        return At(shortened(self.name + more), self.function, self.line) if more else self

    def told(self) -> str:
        return f"{self.name} ({self.function}, line {self.line})"


class Slot:
    """What Python code can change without a call. `read` returns its state as values to be compared one by one. It
    counts for threads of which one has a power in `needs` (none needed: always). `field` is a kernel object's, which
    routines change on any thread's behalf, and which code reads where it names it."""

    __slots__ = ("at", "before", "field", "needs", "owner", "read", "threads")

    def __init__(
        self, owner: Any, read: Callable[[], list[Any]], at: At, needs: Iterable[Any], field: str = ""
    ) -> None:
        self.owner = owner  # kept: its id must stay its own
        self.read, self.at, self.needs, self.field = read, at, frozenset(needs), field
        self.threads: set[int] = set()
        self.before: list[Any] | None = None


def items(value: Any) -> list[Any]:
    """What is in a container; whatever a subclass of the user's own makes of iteration."""
    if isinstance(value, dict):
        kind = OrderedDict if isinstance(value, OrderedDict) else dict
        made = [value.default_factory] if isinstance(value, defaultdict) else []  # of it a missing key's value is made
        return [*kind.keys(value), *kind.values(value), *made]
    if isinstance(value, bytearray):
        return [bytes(value)]
    return [*elements(value)]


def elements(value: Any) -> Iterator[Any]:
    """What is in a container that is no dict, one after the other; no method of a subclass is asked."""
    kinds = (*CONTAINERS, tuple, frozenset)
    return next(kind for kind in kinds if isinstance(value, kind)).__iter__(value)


@by_class
def _members(kind: type) -> tuple[Any, ...]:
    return tuple(one for base in kind.__mro__ for one in vars(base).values() if isinstance(one, MemberDescriptorType))


def _dict(value: Any) -> dict[str, Any]:
    return object.__getattribute__(value, "__dict__") if type(value).__dictoffset__ else {}


def attributes(value: Any) -> dict[str, Any]:
    found = dict(_dict(value))
    for member in _members(type(value)):
        try:
            found[member.__name__] = member.__get__(value)
        except AttributeError:
            found[member.__name__] = MISSING
    return found


def attribute_state(value: Any) -> list[Any]:
    found = attributes(value)
    return [type(value), *found, *found.values()]


@by_class
def _built_in(kind: type) -> tuple[str, ...]:
    """The names of what types in C let one read of an object: `deque.maxlen`, `property.fget`, `Struct.size`."""
    found = {
        name: type(one) in (GetSetDescriptorType, MemberDescriptorType)
        for base in reversed(kind.__mro__)
        if not class_of_driver(base)
        for name, one in vars(base).items()
    }
    return tuple(name for name, readable in found.items() if readable and name not in ("__dict__", "__weakref__"))


def built_in_state(value: Any) -> list[Any]:
    """What is made anew whenever one asks is no state."""
    found: list[Any] = []
    for name in _built_in(type(value)):
        try:
            one, again = (getattr(value, name, MISSING) for _ in range(2))
        except ValueError:  # of a memoryview that was released
            one = again = MISSING
        found += [name, one] if one is again or type(one) in ATOMS else [name]
    return found


def private_state(value: Structure) -> list[Any]:
    """What a structure has beside its fields."""
    found = undeclared_of(value)
    return [*found, *found.values()]


_NOT_IN_DICT = ("__bases__", "__code__", "__defaults__", "__doc__", "__kwdefaults__", "__name__", "__qualname__")


def dict_state(value: Any) -> list[Any]:
    """Of a class, or of a function."""
    own = [getattr(value, name, None) for name in _NOT_IN_DICT]
    keywords = getattr(value, "__kwdefaults__", None) or {}
    return [*own, *keywords, *keywords.values(), *vars(value), *vars(value).values()]


def names(value: Any) -> list[Any]:
    return [*vars(value)]


@lru_cache(maxsize=256)
def field_reader(name: str) -> Callable[[Any], list[Any]]:
    """What tells the state of a kernel object's field."""

    def field_state(value: Any) -> list[Any]:
        field = getattr(value, name, MISSING)
        return [field, *field] if isinstance(field, list) else [field]

    return field_state


@lru_cache(maxsize=256)
def powers_over(field: str) -> frozenset[tuple[str, str]]:
    """What code must name to read or write a kernel object's field."""
    return frozenset(("names", one) for one in (field, "initialise", "__init__", "__setattr__"))


def global_state(name: str, namespace: dict[str, Any]) -> list[Any]:
    """What a global name stands for."""
    return [namespace.get(name, MISSING)]


def cell_state(cell: CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return [MISSING]


def kept(cache: Any) -> list[Any]:
    """What an `lru_cache` was called with and has returned. (A bounded one keeps links, which hold the results.)"""
    found: list[Any] = []
    for one in gc.get_referents(cache):
        if type(one) is dict and one is not vars(cache):
            found += [*one, *(value for value in one.values() if type(value).__name__ != "_lru_list_elem")]
        elif not isinstance(one, type | dict) and one is not cache.__wrapped__ and type(one) is not object:
            found.append(one)
    return found


def kept_numbers(cache: Any) -> list[Any]:
    """How often a cache has computed what it keeps; nothing where that is numbers and texts, of numbers and texts."""
    plain = all(type(one) in ATOMS for part in kept(cache) for one in (part if type(part) is tuple else [part]))
    return [] if plain else [cache.cache_info().misses]


def kept_count(cache: Any) -> list[Any]:
    return [cache.cache_info().misses]


def used_up(value: Any) -> list[Any]:
    """The state of an iterator cannot be read: to use it is to change it, and who shares it uses it."""
    return [object()]


def walked(iterator: Any) -> Any:
    """The container that an iterator of Python's own walks, where it is one that can tell what is still to come; a copy
    of it walks on its own."""
    if type(iterator) not in _WALKS:
        return None
    return next((one for one in gc.get_referents(iterator) if isinstance(one, (*CONTAINERS, tuple, frozenset))), None)


def parts(iterator: Any) -> list[Any]:
    """Of an iterator that asks others for what comes: all that a copy would be made of."""
    try:
        made_of = iterator.__reduce__()[1:]
    except Exception:
        return referents(iterator)
    return [one for part in made_of for one in (part if type(part) is tuple else [part])]


def referents(value: Any) -> list[Any]:
    """What a value of a type in C holds, but for modules and classes that it is made by."""
    bound = getattr(value, "__self__", None)
    return [one for one in gc.get_referents(value) if not isinstance(one, (ModuleType, type)) or one is bound]


def fingerprint(value: Any) -> list[Any]:
    """What `copy` and `pickle` would take of an object in C."""
    return [repr(value.__reduce_ex__(4))]


def has_fingerprint(value: Any) -> bool:
    kind = type(value)
    own = any(
        getattr(kind, name, None) is not getattr(object, name, None)
        for name in ("__reduce__", "__reduce_ex__", "__getstate__")
    )
    try:
        return own and bool(fingerprint(value))
    except Exception:
        return False


def kernel_fields(value: Any) -> dict[str, Any]:
    """The fields of a kernel object, or of a variable for one, that a driver may name."""
    if isinstance(value, KTHREAD):
        return {name: getattr(value, name) for name in KTHREAD_FIELDS}
    if isinstance(value, DispatcherObject):
        own = {name: getattr(value, name) for name in FIELDS if hasattr(value, name)}
        return {**own, **_dict(value)}  # a subclass of the driver's has more
    own = attributes(value)
    return {name: own[name] for name in own if name not in ("name", "region")} if isinstance(value, Variable) else own


@by_class
def bases(kind: type) -> tuple[type, ...]:
    return tuple(filter(class_of_driver, kind.__mro__))


@by_class
def has_finalizer(kind: type) -> bool:
    """Does code of the driver's run when one goes?"""
    return any("__del__" in vars(base) for base in bases(kind))

"""Where a thread stands, as a value: in each of its functions, with all that only its own code can change.

Two standings are equal where the thread would go on alike, as far as the kernel and the fields of structures let it:
the same instructions, the same call, and variables, stacks, closures and globals that are worth the same. What lies in
kernel objects and structures is not looked at, for who changes it is seen; they are known by what they are. What can
change in a way that is not known here has no worth: a thread that uses it stands nowhere. Neither does one whose code
could assign to what is known by what it is (`known`).
"""

from __future__ import annotations

import gc
import sys
from builtins import getattr  # not what stands for them while a driver's code runs
from collections import deque
from collections.abc import Hashable
from enum import Enum
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from kevent_sim.machine.memory import Structure, undeclared_of, values_of
from kevent_sim.machine.objects import KWAIT_BLOCK, DispatcherObject
from kevent_sim.machine.stack import StackFrame
from kevent_sim.machine.structures import HANDLE
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.kinds import ATOMS
from kevent_sim.orders.known import Known
from kevent_sim.orders.slots import attributes, cell_state, elements
from kevent_sim.orders.twins import first_twin
from kevent_sim.orders.uses import Uses, uses
from kevent_sim.orders.whose import class_of_driver, in_c, is_wrapper, of_driver, of_simulator
from kevent_sim.routines.io import DEVICE_OBJECT
from kevent_sim.runs.names import OF_EVERY_CLASS

_VARIABLES = HANDLE.__module__  # the classes of what a routine fills in
_STACK = StackFrame.__module__
_DEVICES = DEVICE_OBJECT.__module__
_C = "kevent_sim.c."
_KNOWN = (DispatcherObject, KWAIT_BLOCK, CodeType, GetSetDescriptorType, MemberDescriptorType)  # by what they are
_LISTS = (list, tuple, set, frozenset, deque)
_ITERATORS = frozenset(map(type, (
    iter([]), iter(()), iter(""), iter(b""), iter(range(0)), iter({}), iter({}.values()), iter({}.items()), iter({*()}),
    reversed([]), enumerate([]), zip(), iter(range(1 << 70)), reversed({}),
)))  # fmt: skip
_CONSTANT = (ModuleType, BuiltinFunctionType)


class _Unlike(Exception):
    """It is like nothing, not even itself a moment ago."""


class _Same:
    """What is known by what it is, whatever its own `==` says."""

    __slots__ = ("one",)

    def __init__(self, one: Any) -> None:
        self.one = one

    def __eq__(self, other: object) -> bool:
        return type(other) is _Same and other.one is self.one

    def __hash__(self) -> int:
        return id(self.one)


class Variables:
    """What a thread that is watched uses of what routines fill in, other threads' too: variables such as a HANDLE, and
    structures with such. Whether it goes on alike does not depend on who else fills in what meanwhile; so each is worth
    what it was when it was met first, and what a step of its own changes is compared (`held`)."""

    def __init__(self) -> None:
        self.met: dict[int, tuple[Any, Hashable]] = {}  # by id: a variable or a structure, and its worth then
        self.known = Known()

    def held(self) -> Hashable:
        """What all of them hold now."""
        walk = _Walk(self, within=True)
        try:
            return walk.end(tuple(walk.parts_of(one) for one, _ in self.met.values()))
        except (_Unlike, RecursionError):
            return object()


def standing(thread: KTHREAD, variables: Variables) -> Hashable | None:
    """Where a thread stands that is ready for its next call; None where that cannot be told."""
    walk = _Walk(variables)
    routine, arguments, *_ = thread.call
    try:
        return walk.end((
            routine,
            (thread.Irql, thread.WaitNext, thread.WaitIrql, thread.BasePriority, len(thread.frames)),
            walk.chain(thread.coroutine),
            *map(walk.worth, arguments),
        ))  # fmt: skip
    except (_Unlike, RecursionError):
        return None


def glance(thread: KTHREAD) -> Hashable:
    """What differs between most places, and is quickly told: where the start routine stands, and the numbers among its
    variables."""
    frame = getattr(thread.coroutine, "cr_frame", None)
    if frame is None:
        return None
    variables = frame.f_locals
    numbers = tuple(value for value in variables.values() if type(value) is int)
    if isinstance(variables, dict):  # the frame would keep what its code lets go of
        variables.clear()
    return first_twin(frame.f_code, max(frame.f_lasti, 0)), numbers


class _Walk:
    """A walk through what a thread's code can use. What was met before is told by its number: whether two names stand
    for one list makes a difference. One that begins `within` structures looks into those that it meets."""

    def __init__(self, variables: Variables, within: bool = False) -> None:
        self.variables, self.known, self.within = variables.met, variables.known, within
        self.met: dict[int, int] = {}
        self.kept: list[Any] = []  # so that each id stays its own

    def end(self, found: Hashable) -> Hashable:
        """What was found, where no code that was met may change what is known by what it is."""
        if self.known.may_change():
            raise _Unlike
        return found

    def chain(self, at: Any) -> tuple[Hashable, ...]:
        """A coroutine, what it awaits, and so on to the door."""
        found: list[Hashable] = []
        while at is not None:
            if isinstance(at, CoroutineType):
                frame, awaited = at.cr_frame, at.cr_await
            elif isinstance(at, GeneratorType):
                frame, awaited = at.gi_frame, at.gi_yieldfrom
            else:
                raise _Unlike
            if frame is None:  # a start routine that has returned stands before its last call
                found.append(None)
            elif of_simulator(frame.f_globals):
                found.append((_Same(frame.f_code), frame.f_lasti))
            else:
                found.append(self._frame(at, frame, awaited))
            at = awaited
        return tuple(found)

    def _frame(self, function: Any, frame: FrameType, awaited: Any) -> Hashable:
        snapshot = frame.f_locals
        variables = dict(snapshot)
        held = [one for one in gc.get_referents(function) if one is not snapshot]
        if isinstance(snapshot, dict):  # the frame would keep what its code lets go of
            snapshot.clear()
        known = [*map(id, variables.values()), id(awaited)]
        code, stack = frame.f_code, list[Any]()
        for one in held:
            if id(one) in known:
                known.remove(id(one))
            elif not isinstance(one, CellType | FrameType) and not (type(one) is FunctionType and one.__code__ is code):
                stack.append(one)
        while stack and stack[-1] is None:  # one may tell of an exception that was handled; how deep it is, `code` does
            stack.pop()
        instruction = first_twin(code, max(frame.f_lasti, 0))
        return (
            _Same(code),
            instruction,
            tuple((name, self.worth(value)) for name, value in variables.items()),
            tuple(map(self.worth, stack)),
            self._named(uses(code, instruction), frame.f_globals),
        )

    def _named(self, used: Uses, namespace: dict[str, Any]) -> Hashable:
        """What names of modules stand for."""
        if in_c(namespace):
            return ()
        self.known.use(used)
        imported = (self.worth(sys.modules.get(path)) for path in used.imports)
        named = (self.worth(namespace[name]) if name in namespace else "Python's own" for name in used.globals)
        return *imported, *named

    def worth(self, one: Any) -> Hashable:
        """What is compared in place of a value."""
        kind = type(one)
        if kind in ATOMS:
            return kind, repr(one) if kind in (float, complex) else one
        if isinstance(one, _KNOWN):
            return self._same(one)
        if kind is FunctionType and not of_driver(one.__globals__):
            if is_wrapper(one):
                raise _Unlike
            return self._same(one)
        if kind in _CONSTANT and self._is_constant(one):
            return self._same(one)
        if not class_of_driver(kind) and isinstance(one, Enum):
            return self._same(one)
        if isinstance(one, type) and not class_of_driver(one):
            return self._same(one)
        if id(one) in self.met:
            return "again", self.met[id(one)]
        self.met[id(one)] = len(self.met)
        self.kept.append(one)
        return kind, self._parts(one, kind)

    def _same(self, one: Any) -> _Same:
        """It is known by what it is. One of a driver's own class has what that has put there."""
        if class_of_driver(type(one)):
            raise _Unlike
        self.known.meet(one)
        return _Same(one)

    def _is_constant(self, one: Any) -> bool:
        """Is it a library's module, or a function of one? What a driver's own module keeps is not known."""
        module = one if isinstance(one, ModuleType) else one.__self__
        if module is None:
            return True
        if not isinstance(module, ModuleType):
            return False
        if one is module and of_driver(vars(one)) and one.__name__.partition(".")[0] != "kevent_sim":
            raise _Unlike
        return True

    def _parts(self, one: Any, kind: type) -> Hashable:
        if isinstance(one, Structure):
            inside = self.parts_of(one) if self.within else self.variables.setdefault(id(one), (one, None))[1]
            return _Same(one), inside, self._pairs(undeclared_of(one)), self.worth(kind)
        if kind in _LISTS:
            return getattr(one, "maxlen", None), *map(self.worth, elements(one))
        if kind is dict:
            return self._pairs(one)
        if kind is bytearray:
            return bytes(one)
        if kind is FunctionType:
            return self._function(one)
        if kind is MethodType:
            return self.worth(one.__func__), self.worth(one.__self__)
        if kind in (classmethod, staticmethod):
            return self.worth(one.__func__)
        if kind is property:
            return tuple(map(self.worth, (one.fget, one.fset, one.fdel)))
        if kind is CellType:
            return tuple(map(self.worth, cell_state(one)))
        if kind is GeneratorType or kind is CoroutineType:
            return self.chain(one)
        if kind in _ITERATORS:
            return self.worth(one.__reduce__())
        if kind is BuiltinFunctionType:
            return one.__name__, self.worth(one.__self__)
        if isinstance(one, type):
            own = {name: value for name, value in vars(one).items() if name not in OF_EVERY_CLASS}
            names = one.__name__, one.__qualname__, one.__doc__, one.__module__
            return _Same(one), self._pairs(own), *map(self.worth, (*names, kind, *one.__bases__))
        if class_of_driver(kind) or isinstance(one, BaseException):
            raise _Unlike
        if kind.__module__ in (_VARIABLES, _DEVICES):
            self.worth(kind)
            return (
                self.parts_of(one) if self.within else self.variables.setdefault(id(one), (one, self.parts_of(one)))[1]
            )
        if isinstance(one, int):  # an NTSTATUS, or what sizeof returns
            return int(one), self._pairs(getattr(one, "__dict__", {})), self.worth(kind)
        if kind.__module__.startswith(_C):  # what one thread alone can reach is its place and what it holds
            return tuple(map(self.worth, one.contents())) if hasattr(one, "contents") else _Same(one)
        if kind.__module__ == _STACK or kind.__module__.partition(".")[0] != "kevent_sim":
            raise _Unlike
        return self._same(one)

    def parts_of(self, one: Any) -> Hashable:
        """What a variable holds; or the fields of a structure in which no access is recorded."""
        if not isinstance(one, Structure):
            return self._pairs(attributes(one))
        return tuple(self.worth(field) for field in values_of(one).values() if type(field) not in ATOMS)

    def _pairs(self, pairs: dict[Any, Any]) -> Hashable:
        return tuple((self.worth(key), self.worth(value)) for key, value in pairs.items())

    def _function(self, one: FunctionType) -> Hashable:
        """A driver's function: what it closes over, its defaults, and what the names in its code stand for."""
        return (
            _Same(one),
            (one.__name__, one.__qualname__, self.worth(one.__doc__), one.__module__),
            self._pairs(vars(one)),
            self.worth(one.__defaults__),
            self.worth(one.__kwdefaults__),
            tuple(map(self.worth, one.__closure__ or ())),
            self._named(uses(one.__code__), one.__globals__),
        )

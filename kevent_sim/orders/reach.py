"""What a thread's Python code can still reach: the values that it names, and the values in these.

Of a suspended function only the instructions count that may still come: a name that it will not load again is out of
its reach. Reached values become *slots*: what Python code can change without a call of the kernel (see `sharing`).
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from functools import lru_cache, partial
from types import (
    CellType,
    FrameType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any
from weakref import ReferenceType

from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Structure, undeclared_of, values_of
from kevent_sim.machine.structures import HANDLE, PVOID
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.slots import (
    ATOMS,
    CONTAINERS,
    NOTICES,
    SUSPENDED,
    At,
    Slot,
    attribute_state,
    attributes,
    bases,
    cell_state,
    class_of_driver,
    dict_state,
    field_state,
    fingerprint,
    global_state,
    has_finalizer,
    has_fingerprint,
    how,
    is_of_driver,
    is_wrapper,
    items,
    kernel_fields,
    names,
    of_driver,
    of_simulator,
    private_state,
    used_up,
    walked,
)
from kevent_sim.orders.uses import Uses, uses

line_at = lru_cache(maxsize=4096)(line_of)


class Reach:
    """The slots that one thread's code can reach, and its powers: what it can do with them, by the code's names."""

    def __init__(self) -> None:
        self.slots: dict[Any, Slot] = {}
        self.powers: set[Any] = set()
        self.globals: list[tuple[dict[str, Any], Uses]] = []  # names of them that the code uses; slots once rebound
        self.notices: list[At] = []  # what may notice that an object goes
        self._seen: dict[int, Any] = {}
        self._pending: deque[tuple[Any, At]] = deque()
        self._stacks: deque[tuple[Any, At]] = deque()  # values without a name: opened after those that have one
        self._modules: dict[int, tuple[ModuleType, At]] = {}
        # Handles and pointers in fields: a routine takes one where code names the field.
        self._variables: dict[tuple[int, str], tuple[Any, At]] = {}
        self._looked_up: set[tuple[int, str]] = set()
        self._attributes: set[str] = set()

    def resume(self, thread: KTHREAD) -> None:
        """Add what a thread can reach that stands before its next call, and open everything: what it was given to begin
        with is in its variables, as far as it may still use it."""
        routine, arguments, code, instruction = thread.call
        self.add(thread.coroutine, At(thread.name, "", 0))
        for argument in arguments:
            if how(type(argument)):
                where = code.co_name if code else ""
                self._stacks.append((argument, At(f"an argument of {routine.name}", where, line_at(code, instruction))))
        self.close()

    def add(self, value: Any, at: At, more: str = "") -> None:
        """Note that a value is within reach."""
        if how(type(value)):
            self._pending.append((value, at.then(more) if more else at))

    def close(self) -> None:
        """Open all that was added, and what is in there."""
        while self._pending or self._stacks or self._by_name():
            value, at = (self._pending or self._stacks).popleft()
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                getattr(self, how(type(value)))(value, at)

    def _by_name(self) -> bool:
        """Add what code may name of the modules and the variables in reach; was there anything?"""
        for key, variable in [one for one in self._variables.items() if ("names", one[0][1]) in self.powers]:
            del self._variables[key]
            self.add(*variable)
        for module, at in self._modules.values():
            for name, value in list(vars(module).items()):
                if name in self._attributes and (id(module), name) not in self._looked_up:
                    self._looked_up.add((id(module), name))
                    space = vars(module)
                    self._slot(
                        (id(space), name), space, partial(global_state, name), at.then(f".{name}"), {("stores", name)}
                    )
                    self.add(value, at, f".{name}")
        return bool(self._pending)

    def _slot(self, key: Any, owner: Any, read: Any, at: At, needs: Iterable[Any] = (), field: str = "") -> None:
        if key not in self.slots:
            self.slots[key] = Slot(owner, partial(read, owner), at, needs, field)

    # -- code ----------------------------------------------------------------------------------------------------

    def _function(self, function: FunctionType, at: At) -> None:
        if not of_driver(function.__globals__):
            self._wrapped(function, at)
            return
        code, name, line = function.__code__, function.__name__, function.__code__.co_firstlineno
        used = uses(code)
        self._code(used, function.__globals__)
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self._cell(cell, At(variable, name, used.variables.get(variable, line)))
        given = code.co_varnames[: code.co_argcount][-len(function.__defaults__ or ()) :]
        defaults = {**dict(zip(given, function.__defaults__ or (), strict=False)), **(function.__kwdefaults__ or {})}
        for variable, value in defaults.items():
            self.add(value, At(variable, name, used.variables.get(variable, line)))
        needs = () if vars(function) else {("stores",)}
        self._slot((id(function), "attributes"), function, dict_state, at, needs)
        for attribute, value in vars(function).items():
            self.add(value, at, f".{attribute}")

    def _wrapped(self, function: FunctionType, at: At) -> None:
        """A decorator of a library's keeps the driver's own functions: `contextmanager`, `singledispatch`, ..."""
        self._slot((id(function), "attributes"), function, dict_state, at)
        for attribute, value in vars(function).items():
            if not isinstance(value, FunctionType | MethodType):  # its own, such as `register`
                self.add(value, at, f".{attribute}")
        for cell in function.__closure__ or ():
            with suppress(ValueError):  # an empty one
                kept = cell.cell_contents
                for one in kept.values() if isinstance(kept, dict) else [kept]:
                    if isinstance(one, FunctionType | MethodType):
                        self.add(one, at)

    def _code(self, used: Uses, namespace: dict[str, Any]) -> None:
        self._attributes |= used.attributes
        self.powers |= used.powers
        self.globals.append((namespace, used))
        imported = [
            (name.rpartition(".")[2], sys.modules.get(name), where)
            for path, where in used.imports.items()
            for name in (path, path.partition(".")[0], f"{namespace.get('__package__') or ''}.{path}")
        ]
        named = [(name, namespace.get(name), where) for name, where in used.globals.items()]
        for name, value, (function, line) in named + imported:
            kind = type(value)
            if id(value) in NOTICES:
                self.notices.append(At(name, function, line))
            elif kind not in ATOMS and (kind not in (FunctionType, type) or is_of_driver(value) or is_wrapper(value)):
                self.add(value, At(name, function, line))

    def _cell(self, cell: CellType, at: At) -> None:
        self._slot(id(cell), cell, cell_state, at)
        for value in cell_state(cell):
            self.add(value, at)

    def _suspended(self, value: Any, at: At) -> None:
        """A function that has begun: what it may still name, and what lies on its stack."""
        self._slot(id(value), value, used_up, at)
        prefix = next(prefix for kind, prefix in SUSPENDED.items() if isinstance(value, kind))
        frame: FrameType | None = getattr(value, f"{prefix}_frame")
        awaited = getattr(value, "gi_yieldfrom" if prefix == "gi" else f"{prefix}_await")
        self.add(awaited, at)
        if frame is None or of_simulator(frame.f_globals):
            return
        code, snapshot = frame.f_code, frame.f_locals
        variables = dict(snapshot)
        used = uses(code, max(frame.f_lasti, 0))
        if of_driver(frame.f_globals):
            self._code(used, frame.f_globals)
        held = [one for one in gc.get_referents(value) if one is not snapshot]
        if isinstance(snapshot, dict):  # the frame would keep what its code lets go of
            snapshot.clear()
        in_cells = (*code.co_cellvars, *code.co_freevars)
        cells = dict(zip(in_cells, (one for one in held if type(one) is CellType), strict=False))
        for name, line in used.variables.items():
            if name in cells:
                self._cell(cells[name], At(name, code.co_name, line))
            elif name in variables:
                self.add(variables[name], At(name, code.co_name, line))
        for name, variable in variables.items():  # what goes with the frame, too
            if has_finalizer(type(variable)):
                self.notices.append(At(name, code.co_name, line_at(code, frame.f_lasti)))
        known = [id(variables[name]) for name in variables if name not in in_cells]
        self._stack(held, [*known, id(awaited)], frame)

    def _stack(self, held: list[Any], known: list[int], frame: FrameType) -> None:
        """Of what a suspended function holds: all but its variables and itself."""
        for one in held:
            if id(one) in known:
                known.remove(id(one))
            elif type(one) is not CellType and how(type(one)) and getattr(one, "__code__", None) is not frame.f_code:
                at = At(f"a {type(one).__name__}", frame.f_code.co_name, line_at(frame.f_code, frame.f_lasti))
                self._stacks.append((one, at))

    def _module(self, module: ModuleType, at: At) -> None:
        if of_driver(vars(module)):
            self._modules[id(module)] = module, at

    # -- objects -------------------------------------------------------------------------------------------------

    def _kernel(self, value: Any, at: At) -> None:
        """A kernel object has cells; but code that names a field reads or writes it without a call."""
        for name, field in kernel_fields(value).items():
            needs = {("names", one) for one in (name, "initialise", "__init__", "__setattr__")}
            self._slot((id(value), name), value, partial(field_state, name), at.then(f".{name}"), needs, name)
            if name not in ("WaitListHead", "Alerted"):  # a list of the kernel's own is part of the field's state
                self.add(field, at, f".{name}")
        if type(value).__dictoffset__:
            self._slot((id(value), "attributes"), value, names, at, {("stores",)})
        self._bases(type(value), at)

    def _structure(self, value: Structure, at: At) -> None:
        self._slot((id(value), "_"), value, private_state, at.then("._"), {("private",)})
        for name, field in (*values_of(value).items(), *undeclared_of(value).items()):
            if isinstance(field, HANDLE | PVOID):
                self._variables[id(value), name] = field, at.then(f".{name}")
            else:
                self.add(field, at, f".{name}")
        self._bases(type(value), at)

    def _class(self, kind: type, at: At) -> None:
        self.powers.update(("holds", id(base)) for base in bases(kind))
        self._bases(kind, at)
        self._bases(type(kind), at)

    def _bases(self, kind: type, at: At) -> None:
        for base in bases(kind):
            if (id(base), "class") in self.slots:
                continue
            where = at._replace(name=base.__name__)
            self._slot((id(base), "class"), base, dict_state, where, {("holds", id(base)), ("type",)})
            if has_finalizer(base):
                self.notices.append(where)
            if any(isinstance(value, classmethod) for value in vars(base).values()):
                self.powers.add(("holds", id(base)))
            for name, value in vars(base).items():
                if name != "_fields" and (callable(value) or not name.startswith("__")):
                    self.add(value, where, f".{name}")

    def _instance(self, value: Any, at: At) -> None:
        self._slot((id(value), "attributes"), value, attribute_state, at)
        for name, attribute in attributes(value).items():
            self.add(attribute, at, f".{name}")
        if isinstance(value, BaseException):
            self.add(value.args, at, ".args")
            self.add(value.__cause__, at, ".__cause__")
            self.add(value.__context__, at, ".__context__")
        self._bases(type(value), at)
        if has_fingerprint(value):
            self._slot((id(value), "state"), value, fingerprint, at)

    def _container(self, value: Any, at: At) -> None:
        if isinstance(value, CONTAINERS):
            self._slot(id(value), value, items, at)
        if isinstance(value, dict):
            for key in dict.keys(value):
                self.add(key, at, "[...]")
            pairs: Iterable[tuple[Any, Any]] = dict.items(value)
        else:
            pairs = enumerate(() if isinstance(value, bytearray) else value)
        for key, item in pairs:
            if how(type(item)):
                self.add(item, at, f"[{key!r}]" if type(key) in (int, str) else "[...]")
        if class_of_driver(type(value)) or type(value).__dictoffset__:
            self._slot((id(value), "attributes"), value, attribute_state, at)
            for name, attribute in attributes(value).items():
                self.add(attribute, at, f".{name}")
            self._bases(type(value), at)

    def _weak(self, value: Any, at: At) -> None:
        """A class is there for good."""
        if not (isinstance(value, ReferenceType) and isinstance(value(), type)):
            self.notices.append(at)

    def _opaque(self, value: Any, at: At) -> None:
        self._referents(value, at)
        if has_fingerprint(value):
            self._slot((id(value), "state"), value, fingerprint, at)

    def _method(self, value: MethodType, at: At) -> None:
        self.add(value.__self__, at._replace(name=at.name.removesuffix(f".{value.__name__}")))
        self.add(value.__func__, at)

    def _cached(self, value: Any, at: At) -> None:
        self._slot((id(value), "attributes"), value, dict_state, at)
        self.add(value.__wrapped__, at)

    def _iterator(self, value: Any, at: At) -> None:
        """Of a container what is still to come is within reach, and whether something is put in or taken out."""
        self._slot(id(value), value, used_up, at)
        over = walked(value)
        if over is None:
            self._parts(value, at)
            return
        if isinstance(over, CONTAINERS):
            named = at._replace(name=f"a {type(over).__name__}") if " " in at.name else at
            self._slot(id(over), over, items, named)
        try:
            still_to_come = [over] if class_of_driver(type(over)) else [*copy(value)]
        except RuntimeError:  # something was put in or taken out since
            still_to_come = [over]
        for one in still_to_come:
            self.add(one, at)

    def _parts(self, value: Any, at: At) -> None:
        """Of an iterator that asks others for what comes: all that a copy would be made of."""
        try:
            parts = value.__reduce__()[1:]
        except Exception:
            self._referents(value, at)
            return
        for part in parts:
            for one in part if type(part) is tuple else [part]:
                self.add(one, at)

    def _referents(self, value: Any, at: At) -> None:
        for one in gc.get_referents(value):
            if not isinstance(one, (ModuleType, type)) or one is getattr(value, "__self__", None):
                self.add(one, at)

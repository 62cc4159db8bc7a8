"""What a thread's Python code can still reach: the values that it names, and the values in these.

Of a suspended function only the instructions count that may still come: a name that it will not load again is out of
its reach.
"""

from __future__ import annotations

import gc
import sys
from builtins import getattr  # not what stands for them while a driver's code runs
from contextlib import suppress
from functools import lru_cache
from types import (
    CellType,
    FrameType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any

from kevent_sim.machine.lines import line_of
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.kinds import ATOMS, NOTICES, SUSPENDED, how
from kevent_sim.orders.slots import At, cell_state, dict_state, has_finalizer, kept, kept_count, kept_numbers, used_up
from kevent_sim.orders.unfollowed import judged
from kevent_sim.orders.uses import Uses, uses
from kevent_sim.orders.values import Values
from kevent_sim.orders.whose import in_c, is_of_driver, is_wrapper, of_driver, of_simulator

line_at = lru_cache(maxsize=4096)(line_of)

_MANUAL = ("__signature__", "__wrapped__", "routine")  # what a routine of the kernel's says of itself


class Reach(Values):
    """The slots that one thread's code can reach, and its powers: what it can do with them, by the code's names."""

    def resume(self, thread: KTHREAD) -> None:
        """Add what a thread can reach that stands before its next call, and open everything: what it was given to begin
        with is in its variables, as far as it may still use it."""
        routine, arguments, code, instruction = thread.call
        self.add(thread.coroutine, At(thread.name, "", 0))
        for argument in arguments:
            if how(type(argument)):
                where = code.co_name if code else ""
                self.nameless.append(
                    (argument, At(f"an argument of {routine.name}", where, line_at(code, instruction)))
                )
        self.close()

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
        self.slot((id(function), "attributes"), function, dict_state, at, needs)
        for attribute, value in vars(function).items():
            self.add(value, at, f".{attribute}")

    def _cached(self, value: Any, at: At) -> None:
        """What a cache keeps depends on who came first, where it is not computed of the arguments alone."""
        self.slot((id(value), "attributes"), value, dict_state, at)
        read = kept_numbers if _is_of_its_arguments(value) else kept_count
        self.slot((id(value), "kept"), value, read, at)
        for one in (value.__wrapped__, *kept(value)):
            self.add(one, at)

    def _wrapped(self, function: FunctionType, at: At) -> None:
        """A decorator of a library's keeps the driver's own functions: `contextmanager`, `singledispatch`, ..."""
        self.slot((id(function), "attributes"), function, dict_state, at)
        manual = _MANUAL if of_simulator(function.__globals__) else ()
        for attribute, value in vars(function).items():
            if attribute not in manual and not isinstance(value, FunctionType | MethodType):  # its own: `register`
                self.add(value, at, f".{attribute}")
        for cell in function.__closure__ or ():
            with suppress(ValueError):  # an empty one
                kept = cell.cell_contents
                for one in kept.values() if isinstance(kept, dict) else [kept]:
                    if isinstance(one, FunctionType | MethodType):
                        self.add(one, at)

    def _code(self, used: Uses, namespace: dict[str, Any]) -> None:
        if in_c(namespace):
            return
        self.attributes |= used.attributes
        self.powers |= used.powers
        self.globals.append((namespace, used))
        names = judged(used, namespace)
        self.unfollowed += names.unfollowed
        self.theirs.note_all(names.theirs)
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
            elif kind is ModuleType and not of_driver(vars(value)):
                continue  # its attributes are chains
            elif kind not in ATOMS and (kind not in (FunctionType, type) or is_of_driver(value) or is_wrapper(value)):
                self.add(value, At(name, function, line))

    def _cell(self, cell: CellType, at: At) -> None:
        self.slot(id(cell), cell, cell_state, at)
        for value in cell_state(cell):
            self.add(value, at)

    def _suspended(self, value: Any, at: At) -> None:
        """A function that has begun: what it may still name, and what lies on its stack."""
        self.slot(id(value), value, used_up, at)
        prefix = next(prefix for kind, prefix in SUSPENDED.items() if isinstance(value, kind))
        frame: FrameType | None = getattr(value, f"{prefix}_frame")
        awaited = getattr(value, "gi_yieldfrom" if prefix == "gi" else f"{prefix}_await")
        self.add(awaited, at)
        if frame is None or of_simulator(frame.f_globals) or in_c(frame.f_globals):
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
                self.nameless.append((one, at))


def _is_of_its_arguments(cache: Any) -> bool:
    """Does the function of a cache use nothing but what it is given, what keeps nothing, and itself?"""
    function = cache.__wrapped__
    if not isinstance(function, FunctionType) or function.__closure__ or not of_driver(function.__globals__):
        return False
    used, space = uses(function.__code__), function.__globals__
    named = {name for chain in used.chains for name in chain.names}
    if used.special or used.rebound or used.attributes - named or judged(used, space).unfollowed:
        return False
    ends = [one for one, _ in judged(used, space).theirs]
    return all(
        type(value) in ATOMS or value is cache or value is None or any(value is one for one in ends)
        for value in (space.get(name) for name in used.globals)
        if not isinstance(value, ModuleType)
    )

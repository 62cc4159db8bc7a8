"""Values within reach of a thread, and the values in these: each is opened by the method of its kind.

Reached values become *slots*: what Python code can change without a call of the kernel (see `sharing`).
"""

from __future__ import annotations

from builtins import getattr  # not what stands for them while a driver's code runs
from collections import defaultdict, deque
from collections.abc import Iterable
from copy import copy
from functools import partial
from types import (
    MethodType,
    ModuleType,
)
from typing import Any
from weakref import ReferenceType

from kevent_sim.machine.memory import Structure, undeclared_of, values_of
from kevent_sim.machine.structures import HANDLE, PVOID
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.orders.kinds import CONTAINERS, how
from kevent_sim.orders.slots import (
    KTHREAD_OWN,
    At,
    Slot,
    attribute_state,
    attributes,
    bases,
    built_in_state,
    dict_state,
    elements,
    field_reader,
    fingerprint,
    global_state,
    has_finalizer,
    has_fingerprint,
    items,
    kernel_fields,
    names,
    parts,
    powers_over,
    private_state,
    referents,
    used_up,
    walked,
)
from kevent_sim.orders.theirs import Theirs
from kevent_sim.orders.unfollowed import is_known
from kevent_sim.orders.uses import Uses
from kevent_sim.orders.whose import class_of_driver, is_of_driver, of_driver
from kevent_sim.runs.names import OF_EVERY_CLASS


class Values:
    """What one thread reaches, and what is in there: it claims the slots."""

    def __init__(self, claims: dict[Any, Slot], thread: int, theirs: Theirs) -> None:
        self.claims, self.thread, self.theirs = claims, thread, theirs
        self.powers: set[Any] = set()
        self.globals: list[tuple[dict[str, Any], Uses]] = []  # names of them that the code uses; slots once rebound
        self.notices: list[At] = []  # what may notice that an object goes
        self.unfollowed: list[At] = []  # what code names
        self.strange: list[tuple[str, At]] = []  # values of no known kind: whose library, and where
        self._claimed: set[Any] = set()
        self._seen: dict[int, Any] = {}
        self._pending: deque[tuple[Any, At]] = deque()
        self.nameless: deque[tuple[Any, At]] = deque()  # values without a name: opened after those that have one
        self.modules: dict[int, tuple[ModuleType, At]] = {}
        # Handles and pointers in fields, and a kernel object's thread: code comes to one where it names the field.
        self._variables: dict[tuple[int, str], tuple[Any, At]] = {}
        self._looked_up: set[tuple[int, str]] = set()
        self.attributes: set[str] = set()

    def add(self, value: Any, at: At, more: str = "") -> None:
        """Note that a value is within reach."""
        if how(type(value)):
            self._pending.append((value, at.then(more)))

    def close(self) -> None:
        """Open all that was added, and what is in there."""
        while self._pending or self.nameless or self._by_name():
            value, at = (self._pending or self.nameless).popleft()
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                if not is_known(value):
                    self.unfollowed.append(at)
                    continue
                getattr(self, how(type(value)))(value, at)
                if not class_of_driver(type(value)):
                    self.theirs.note(type(value), at)

    def _by_name(self) -> bool:
        """Add what code may name of the modules and the variables in reach; was there anything?"""
        for key, variable in [one for one in self._variables.items() if ("names", one[0][1]) in self.powers]:
            del self._variables[key]
            self.add(*variable)
        for module, at in self.modules.values():
            for name, value in list(vars(module).items()):
                if name in self.attributes and (id(module), name) not in self._looked_up:
                    self._looked_up.add((id(module), name))
                    space = vars(module)
                    self.slot(
                        (id(space), name), space, partial(global_state, name), at.then(f".{name}"), {("stores", name)}
                    )
                    self.add(value, at, f".{name}")
        return bool(self._pending)

    def slot(
        self, key: Any, owner: Any, read: Any, at: At, needs: Iterable[Any] = (), field: str = "", more: str = ""
    ) -> None:
        """Claim a slot; most were made at an earlier look."""
        if key in self._claimed:
            return
        self._claimed.add(key)
        slot = self.claims.get(key)
        if slot is None:
            slot = self.claims[key] = Slot(owner, partial(read, owner), at.then(more), needs, field)
        elif " " in slot.at.name:  # a description, for want of a name
            slot.at = at.then(more)
        slot.threads.add(self.thread)

    def _module(self, module: ModuleType, at: At) -> None:
        if of_driver(vars(module)):
            self.modules[id(module)] = module, at
        else:
            self.unfollowed.append(at)

    def _unfollowed(self, value: Any, at: At) -> None:
        """Two objects of one library may share what they keep."""
        self.strange.append((type(value).__module__.partition(".")[0], at))

    def _kernel(self, value: Any, at: At) -> None:
        """A kernel object has cells; but code that names a field reads or writes it without a call."""
        for name, field in kernel_fields(value).items():
            self.slot((id(value), name), value, field_reader(name), at, powers_over(name), name, f".{name}")
            if isinstance(field, KTHREAD):  # code that does not name the field does not come to the thread by it
                self._variables[id(value), name] = field, at.then(f".{name}")
            elif name not in ("WaitListHead", "Alerted"):  # a list of the kernel's own is part of the field's state
                self.add(field, at, f".{name}")
        for name in KTHREAD_OWN if isinstance(value, KTHREAD) else ():
            read = used_up if name == "Priority" else field_reader(name)
            self.slot((id(value), name), value, read, at, powers_over(name), name, f".{name}")
        if type(value).__dictoffset__:
            self.slot((id(value), "attributes"), value, names, at, {("stores",)})
        self._bases(type(value), at)

    def _structure(self, value: Structure, at: At) -> None:
        self.slot((id(value), "_"), value, private_state, at.then("._"), {("private",)})
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
            if (id(base), "class") in self._claimed:
                continue
            where = at._replace(name=base.__name__)
            self.slot((id(base), "class"), base, dict_state, where, {("holds", id(base)), ("type",)})
            if has_finalizer(base):
                self.notices.append(where)
            if any(isinstance(value, classmethod) for value in vars(base).values()):
                self.powers.add(("holds", id(base)))
            for name, value in vars(base).items():
                if name not in OF_EVERY_CLASS:
                    self.add(value, where, f".{name}")

    def _instance(self, value: Any, at: At) -> None:
        self.slot((id(value), "attributes"), value, attribute_state, at)
        for name, attribute in attributes(value).items():
            self.add(attribute, at, f".{name}")
        if isinstance(value, BaseException):
            self.add(value.args, at, ".args")
            self.add(value.__cause__, at, ".__cause__")
            self.add(value.__context__, at, ".__context__")
            self.slot((id(value), "built in"), value, built_in_state, at)
        self._bases(type(value), at)
        if has_fingerprint(value):
            self.slot((id(value), "state"), value, fingerprint, at)

    def _container(self, value: Any, at: At) -> None:
        if isinstance(value, CONTAINERS):
            self.slot(id(value), value, items, at)
            if isinstance(value, deque):
                self.slot((id(value), "built in"), value, built_in_state, at)
        if isinstance(value, dict):
            for key in dict.keys(value):
                self.add(key, at, "[...]")
            pairs: Iterable[tuple[Any, Any]] = dict.items(value)
            if isinstance(value, defaultdict):
                self.add(value.default_factory, at, ".default_factory")
        else:
            pairs = enumerate(() if isinstance(value, bytearray) else elements(value))
        for key, item in pairs:
            if how(type(item)):
                self.add(item, at, f"[{key!r}]" if type(key) in (int, str) else "[...]")
        if class_of_driver(type(value)) or type(value).__dictoffset__:
            self.slot((id(value), "attributes"), value, attribute_state, at)
            for name, attribute in attributes(value).items():
                self.add(attribute, at, f".{name}")
            self._bases(type(value), at)

    def _weak(self, value: Any, at: At) -> None:
        """A class is there for good."""
        if not (isinstance(value, ReferenceType) and isinstance(value(), type)):
            self.notices.append(at)

    def _computed(self, value: Any, at: At) -> None:
        """A property that keeps what it has computed in the instance."""
        self.slot((id(value), "attributes"), value, attribute_state, at)
        self.add(value.func, at)

    def _opaque(self, value: Any, at: At) -> None:
        self._referents(value, at)
        self.slot((id(value), "built in"), value, built_in_state, at)
        if has_fingerprint(value):
            self.slot((id(value), "state"), value, fingerprint, at)

    def _method(self, value: MethodType, at: At) -> None:
        self.add(value.__self__, at._replace(name=at.name.removesuffix(f".{value.__name__}")))
        if not _is_its_own(value) or is_of_driver(value.__func__):
            self.add(value.__func__, at)

    def _iterator(self, value: Any, at: At) -> None:
        """Of a container what is still to come is within reach, and whether something is put in or taken out."""
        self.slot(id(value), value, used_up, at)
        over = walked(value)
        if over is None:
            for part in parts(value):
                self.add(part, at)
            return
        if isinstance(over, CONTAINERS):
            named = at._replace(name=f"a {type(over).__name__}") if " " in at.name else at
            self.slot(id(over), over, items, named)
        try:
            still_to_come = [over] if class_of_driver(type(over)) else [*copy(value)]
        except RuntimeError:  # something was put in or taken out since
            still_to_come = [over]
        for one in still_to_come:
            self.add(one, at)

    def _wrapper(self, value: Any, at: At) -> None:
        if isinstance(getattr(value, "__self__", None), ModuleType):  # a function of a module's
            return
        self._referents(value, at)
        self.slot((id(value), "built in"), value, built_in_state, at)
        if type(value).__dictoffset__:
            self.slot((id(value), "attributes"), value, attribute_state, at)

    def _referents(self, value: Any, at: At) -> None:
        for one in referents(value):
            self.add(one, at)


def _is_its_own(method: MethodType) -> bool:
    """Is it a method of the class of what it is bound to, and so known with that?"""
    kind = method.__self__ if isinstance(method.__self__, type) else type(method.__self__)
    named = [vars(base).get(method.__func__.__name__) for base in kind.__mro__]
    return any(getattr(one, "__func__", one) is method.__func__ for one in named)

"""What a hostile reader may try to pass from thread to thread, past the explorer, by what Python and its
libraries have: never `holds`, and told by name. Ordinary Python holds."""

import abc
import builtins
import collections
import contextvars
import copy
import dataclasses
import enum
import functools
import gc
import importlib
import inspect
import itertools
import math
import operator
import pickle
import pkgutil
import queue
import random
import struct
import sys
import textwrap
import threading
import time
import types
import typing
from collections import Counter, namedtuple
from fractions import Fraction
from operator import attrgetter

import pytest
from drivers import started

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import equivalents

both_orders = pytest.mark.parametrize("order", [1, -1])


async def look():
    await KeGetCurrentIrql()


def shares(given, change, see, order=1):
    """A driver of two threads that were given one value: one changes something, the other looks at it twice, and fails
    where it sees two things."""

    async def DriverEntry(DriverObject, RegistryPath):
        value = given()

        async def Does(_):
            await look()
            change(value)
            await look()

        async def Asks(_):
            await look()
            first = see(value)
            await look()
            if see(value) != first:
                await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)

        for routine in (Does, Asks)[::order]:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
        return STATUS_SUCCESS

    return DriverEntry


def sees_one_thing(run):
    return run.exit_statuses["Asks"] == STATUS_SUCCESS


def told(driver):
    """What is named of a driver that must not hold."""
    every = ks.explore(driver, check=sees_one_thing)
    assert every.verdict != "holds"
    return [finding.text.partition(" (")[0] for finding in every.findings if finding.kind == "shared memory"]


def nothing(value=None):
    return None


class Box:
    n = 0


class Plain:
    def __init__(self):
        self.n = 0


COUNT = 0


def counts():
    global COUNT
    COUNT = 0


@pytest.fixture(autouse=True)
def undone():
    """What a driver keeps in a library outlives its runs."""
    kept = [(space, dict(space)) for space in map(vars, (math, sys, builtins, copy, KEVENT))]
    yield
    for space, before in kept:
        if isinstance(space, dict):
            for name in space.keys() - before.keys():
                del space[name]
    for name in ("x", "zz"):
        if name in vars(KEVENT):
            delattr(KEVENT, name)


# -- what is never proved ----------------------------------------------------------------------------------------------


def text(*parts):
    return "".join(parts)


BY_TEXT = {
    "globals": (lambda _: globals().update(COUNT=1), lambda _: globals()["COUNT"]),
    "getattr": (lambda box: setattr(box, text("n"), 1), lambda box: getattr(box, text("n"))),
    "vars": (lambda box: vars(box).update(n=1), lambda box: vars(box)["n"]),
    "eval": (lambda _: exec("global COUNT\nCOUNT = 1"), lambda _: eval("COUNT")),
    "import": (lambda _: nothing(), lambda _: __import__("math").__dict__.get("x")),
    "importlib": (lambda _: nothing(), lambda _: importlib.import_module("math").pi),
    "attrgetter": (lambda box: setattr(box, "n", 1), lambda box: operator.attrgetter(text("n"))(box)),
    "attrgetter by its own name": (lambda box: setattr(box, "n", 1), lambda box: attrgetter(text("n"))(box)),
    "methodcaller": (nothing, lambda box: operator.methodcaller("__sizeof__")(box)),
    "resolve_name": (nothing, lambda _: pkgutil.resolve_name(f"{__name__}:COUNT")),
    "pickle": (nothing, lambda box: pickle.dumps(box)),
    "frames": (nothing, lambda _: sys._getframe().f_globals["COUNT"]),
    "inspect": (nothing, lambda _: inspect.currentframe().f_back.f_locals.get("x")),
    "gc": (nothing, lambda _: bool(gc.get_objects())),
    "format": (lambda box: setattr(box, "n", 1), lambda box: text("{0.", "n}").format(box)),
    "a function's globals": (lambda _: nothing.__globals__.update(COUNT=1), lambda _: nothing.__globals__["COUNT"]),
    "builtins": (lambda _: setattr(builtins, "zz", 1), lambda _: hasattr(builtins, "zz")),
    "getattr by another name": (lambda box: setattr(box, "n", 1), lambda box: [one(box, "n") for one in [getattr]]),
    "subclasses": (lambda _: type("Another", (Box,), {}), lambda _: len(Box.__subclasses__())),
    "dir": (lambda box: setattr(box, "m", 1), lambda box: len(dir(box))),
}
IN_A_LIBRARY = {
    "a module's attribute": (lambda _: setattr(math, "x", 1), lambda _: getattr(math, "x", 0)),
    "sys.modules": (lambda _: sys.modules.update(zz=None), lambda _: "zz" in sys.modules),
    "time": (nothing, lambda _: time.perf_counter()),
    "random": (lambda _: random.random(), lambda _: random.getstate()[1][-1]),
    "id": (nothing, lambda box: id(box)),
    "hash": (nothing, lambda box: hash(box)),
    "a class of the simulator's": (lambda _: setattr(KEVENT, "zz", 1), lambda _: hasattr(KEVENT, "zz")),
    "the simulator itself": (nothing, lambda _: ks.Volume()),
    "trace": (nothing, lambda _: sys.gettrace()),
    "an open file": (nothing, lambda _: open),
}


def assigns_to_a_module(_):
    math.x = 1


def sees_the_modules(_):
    return math.x if math.pi < 3 else 0


def imports(_):
    import math as one

    one.x = 1


def imports_one(_):
    from pickle import dumps

    return dumps(1)


def keeps_the_module(_):
    one = math
    one.x = 1


IN_A_LIBRARY |= {
    "assigned": (assigns_to_a_module, sees_the_modules),
    "imported within": (imports, nothing),
    "a name imported within": (nothing, imports_one),
    "by a variable": (keeps_the_module, nothing),
}


class TestWhatIsReachedByANameInATextOrInALibrary:
    @both_orders
    @pytest.mark.parametrize("way", [*BY_TEXT, *IN_A_LIBRARY])
    def test_never_holds(self, way, order):
        counts()
        change, see = (BY_TEXT | IN_A_LIBRARY)[way]
        assert told(shares(Plain, change, see, order))

    @pytest.mark.parametrize(
        ("see", "name"),
        [
            (lambda _: pickle.loads(b"N."), "pickle.loads"),
            (lambda _: globals()["COUNT"], "globals"),
            (lambda box: getattr(box, text("__di", "ct__")), ".__dict__"),
            (lambda box: box.__dict__, ".__dict__"),
            (sees_the_modules, "math.x"),
            (imports_one, "pickle.dumps"),
        ],
    )
    def test_it_is_named_as_it_is_written_with_what_to_type(self, see, name):
        every = ks.explore(shares(Plain, nothing, see))
        assert (every.verdict, name) == ("inconclusive", told(shares(Plain, nothing, see))[0])
        assert "class SHARED(Structure)" in every.findings[0].text


def set_value(one):
    one.set(1)


VALUES = {
    "lock": (threading.Lock, lambda lock: lock.acquire(), lambda lock: lock.locked()),
    "context variable": (lambda: contextvars.ContextVar("x", default=0), set_value, lambda one: one.get()),
    "queue": (queue.Queue, lambda one: one.put(1), lambda one: one.empty()),
    "simple queue": (queue.SimpleQueue, lambda one: one.put(1), lambda one: one.empty()),
    "volume": (ks.Volume, lambda one: one.copy(), lambda one: one.find("C:\\Temp") is None),
    "a volume's attribute": (ks.Volume, lambda one: setattr(one, "zz", 1), lambda one: hasattr(one, "zz")),
    "thread's own": (threading.local, lambda one: setattr(one, "n", 1), lambda one: hasattr(one, "n")),
    "module": (lambda: types.ModuleType("random"), lambda one: setattr(one, "n", 1), lambda one: hasattr(one, "n")),
    "partial": (lambda: functools.partial(len), lambda one: setattr(one, "n", 1), lambda one: hasattr(one, "n")),
    "wrapper": (
        lambda: functools.update_wrapper(lambda: 0, nothing),
        lambda one: setattr(one, "n", 1),
        lambda one: hasattr(one, "n"),
    ),
    "generator": (lambda: (n for n in range(9)), next, next),
    "iterator": (lambda: itertools.count(), next, next),
    "tee": (lambda: itertools.tee(iter(range(9))), lambda one: next(one[0]), lambda one: next(one[1])),
}


def numpy_objects():
    return pytest.importorskip("numpy").array([0, None], dtype=object)


VALUES["numpy"] = (numpy_objects, lambda one: one.fill(1), lambda one: one[0])


class FIELDS(Structure):
    Ready: KEVENT
    Handle: HANDLE
    Thread: PVOID
    n: ULONG


async def ready():
    fields = FIELDS()
    await KeInitializeEvent(fields.Ready, NotificationEvent, False)
    return fields


async def started_one():
    async def Waits(_):
        await look()
        await look()

    handle, thread = HANDLE(), PVOID()
    await PsCreateSystemThread(handle, 0, None, None, None, Waits, None)
    await ObReferenceObjectByHandle(handle, SYNCHRONIZE, PsThreadType, KernelMode, thread, None)
    return thread


async def sets(fields):
    await KeSetEvent(fields.Ready, 0, False)


async def waits(fields):
    await KeWaitForSingleObject(fields.Ready, Executive, KernelMode, False, LARGE_INTEGER(-1))


async def alerts(thread):
    await KeAlertThread(thread.Object, KernelMode)


async def raises(thread):
    await KeSetPriorityThread(thread.Object, 12)


async def nothing_more(_):
    await look()


OF_THE_KERNEL = {
    "repr": (ready, sets, lambda fields: repr(fields.Ready)),
    "an f-string": (ready, sets, lambda fields: f"{fields.Ready}"),
    "str of a list": (ready, sets, lambda fields: str([fields.Ready])),
    "state": (ready, sets, lambda fields: fields.Ready.state()),
    "waiting": (ready, waits, lambda fields: fields.Ready.waiting()),
    "a handle": (ready, sets, lambda fields: str(fields.Handle)),
    "a pointer": (started_one, nothing_more, str),
    "a thread's call": (started_one, nothing_more, lambda thread: thread.Object.call[0].name),
    "since when": (started_one, nothing_more, lambda thread: thread.Object.since),
    "its alerts": (started_one, alerts, lambda thread: thread.Object.Alerted[0]),
    "its priority": (started_one, raises, lambda thread: thread.Object.Priority),
    "a header by a text": (ready, sets, lambda fields: getattr(fields.Ready.Header, text("SignalState"))),
    "a header by a format": (ready, sets, lambda fields: f"{fields.Ready.Header.SignalState}"),
    "values": (ready, sets, lambda fields: fields._values["n"]),
    "an undeclared name": (ready, sets, lambda fields: object.__setattr__(fields, "zz", 1)),
}


class TestTheKernelsObjects:
    @both_orders
    @pytest.mark.parametrize("way", OF_THE_KERNEL)
    def test_that_tell_their_state_without_a_routine_never_hold(self, way, order):
        before, change, see = OF_THE_KERNEL[way]

        async def DriverEntry(DriverObject, RegistryPath):
            one = await before()

            async def Does(_):
                await look()
                await change(one)
                await look()

            async def Asks(_):
                await look()
                first = see(one)
                await look()
                if see(one) != first:
                    await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)

            for routine in (Does, Asks)[::order]:
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        assert told(DriverEntry)

    @pytest.mark.parametrize("base", [KEVENT, KSEMAPHORE, HANDLE, PVOID])
    def test_that_have_an_equality_of_their_own_are_refused(self, base):
        with pytest.raises(ks.Misuse, match="has an == or a hash of its own"):
            type("Own", (base,), {"__eq__": lambda one, other: True})

    @pytest.mark.parametrize("hashes", [None, lambda one: 1])
    def test_structures_that_have_one_are_told_apart_all_the_same(self, hashes):
        class EQUAL(Structure):
            n: ULONG

            def __eq__(self, other):
                return True

            __hash__ = hashes

        async def DriverEntry(DriverObject, RegistryPath):
            for _ in range(2):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, Writes, EQUAL())
            return STATUS_SUCCESS

        async def Writes(own):
            await look()
            own.n = own.n + 1

        assert ks.explore(DriverEntry).verdict == "holds"


@functools.lru_cache
def made():
    return []


@functools.lru_cache
def field_of(fields):
    return fields.n


class Abstract(abc.ABC):  # noqa: B024
    pass


class Registers:
    kinds = []  # noqa: RUF012

    def __init_subclass__(cls):
        Registers.kinds.append(cls)


class Asked:
    data = {}  # noqa: RUF012

    def __getattr__(self, name):
        return Asked.data.get(name, 0)

    def __class_getitem__(cls, name):
        return cls.data.get(name, 0)


class Liar:
    __module__ = "math"
    n = 0

    @classmethod
    def count(cls):
        cls.n += 1


def writes_and_computes(fields):
    fields.n = 1
    field_of(fields)
    fields.n = 0


OF_CLASSES = {
    "a list that a cache keeps": (Plain, lambda _: made().append(1), lambda _: len(made())),
    "a field that a cache keeps": (FIELDS, writes_and_computes, field_of),
    "a register of classes": (Plain, lambda _: type("One", (Registers,), {}), lambda _: len(Registers.kinds)),
    "a registered class": (Plain, lambda _: Abstract.register(Plain), lambda one: isinstance(one, Abstract)),
    "__getattr__": (Asked, lambda _: Asked.data.update(q=1), lambda one: one.q),
    "__class_getitem__": (Asked, lambda _: Asked.data.update(q=1), lambda _: Asked["q"]),
    "a class that names another module": (Liar, lambda one: one.count(), lambda one: one.n),
    "a class's name": (Plain, lambda one: setattr(Liar, "__name__", "L"), lambda _: Liar.__name__),
    "a function's name": (Plain, lambda _: setattr(nothing, "__name__", "n"), lambda _: nothing.__name__),
    "a type's attribute": (FIELDS, lambda one: setattr(type(one.Ready), "zz", 1), nothing),
}


class TestClassesAndCaches:
    @both_orders
    @pytest.mark.parametrize("way", OF_CLASSES)
    def test_never_hold_where_they_pass_on_what_changes(self, way, order):
        made.cache_clear()
        field_of.cache_clear()
        assert told(shares(*OF_CLASSES[way], order))


class Quiet:
    """All look alike in words."""

    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return "quiet"


class Propertied:
    @property
    def p(self):
        return 1


def two(_=None):
    return 2


def keyed(*, n=0):
    return n


@types.coroutine
def waits():
    yield


def decorated():
    def inner():
        return 1

    return inner


def warned(_):
    try:
        return len(__warningregistry__)
    except NameError:
        return 0


IN_C = {
    "deque": (lambda: collections.deque([1]), lambda one: one.__init__([1], 5), lambda one: one.maxlen),
    "Struct": (lambda: struct.Struct("<I"), lambda one: one.__init__("<Q"), lambda one: one.size),
    "cmp_to_key": (
        lambda: functools.cmp_to_key(operator.sub)(5), lambda one: setattr(one, "obj", 6), lambda one: one.obj
    ),
    "property": (Propertied, lambda one: property.__init__(Propertied.p, two), lambda one: one.p),
    "super": (
        lambda: super(Derived, Derived()), lambda one: super.__init__(one, Base, Derived()),
        lambda one: hasattr(one, "n") and one.__thisclass__ is Base,
    ),
    "an error's arguments": (
        lambda: ValueError(Quiet(1)), lambda one: setattr(one, "args", (Quiet(2),)), lambda one: one.args[0].n
    ),
    "what only some errors have": (
        BlockingIOError, lambda one: setattr(one, "characters_written", 2),
        lambda one: getattr(one, "characters_written", 0),
    ),
    "defaults": (lambda: keyed, lambda one: one.__kwdefaults__.update(n=1), lambda one: one()),
    "update_wrapper": (decorated, lambda one: functools.update_wrapper(one, two), lambda one: one.__name__),
    "abstractmethod": (
        decorated, abc.abstractmethod, lambda one: getattr(one, "__isabstractmethod__", False)
    ),
    "a warning": (lambda: None, lambda _: bool(NotImplemented), warned),
    "str.format": (
        lambda: KEVENT("E"), lambda one: setattr(one.Header, "SignalState", 1),
        lambda one: str.format(text("{0.Header.", "SignalState}"), one),
    ),
}  # fmt: skip


class TestValuesOfTypesInC:
    """Though no other order of a class is run."""

    @both_orders
    @pytest.mark.parametrize("way", IN_C)
    @pytest.mark.filterwarnings("ignore:NotImplemented")
    def test_never_hold_where_they_pass_on_what_changes(self, way, order, monkeypatch):
        monkeypatch.setattr(equivalents, "ALWAYS", 0)
        assert told(shares(*IN_C[way], order))


def numbers(function):
    function.number = 1


def numbered(function):
    try:
        return function.number
    except AttributeError:
        return 0


@both_orders
@pytest.mark.parametrize("given", [lambda: KeSetEvent, lambda: [KeSetEvent]])
def test_an_attribute_of_a_routine_that_a_value_leads_to_never_holds(given, order, monkeypatch):
    """A routine on a stack is not opened, but who changes what it has is seen."""
    monkeypatch.setattr(equivalents, "ALWAYS", 0)
    of = (lambda value: value[0]) if isinstance(given(), list) else (lambda value: value)
    try:
        assert told(shares(given, lambda value: numbers(of(value)), lambda value: numbered(of(value)), order))
    finally:
        vars(KeSetEvent).pop("number", None)


class TestValuesOfOtherLibraries:
    @both_orders
    @pytest.mark.parametrize("kind", VALUES)
    def test_never_hold_where_threads_share_them(self, kind, order):
        assert told(shares(*VALUES[kind], order))

    def test_that_one_thread_alone_has_hold(self):
        lock = threading.Lock()

        async def Locks(_):
            lock.acquire()
            await look()
            lock.release()

        async def Looks(_):
            await look()

        async def DriverEntry(DriverObject, RegistryPath):
            for routine in (Locks, Looks):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"


# -- what holds --------------------------------------------------------------------------------------------------------


class Colour(enum.IntEnum):
    RED = 1


@dataclasses.dataclass
class Job:
    name: str
    size: int = 0

    def doubled(self):
        return dataclasses.replace(self, size=2 * self.size)


Pair = namedtuple("Pair", "x y")
TABLE: typing.Final = {"a": [1, 2]}
NAME = "file {}"


def imports_math(_):
    import math as maths
    from math import gcd

    return maths.sqrt(4), gcd(4, 6)


class Base:
    def __init__(self, n):
        self.n = n


class Derived(Base):
    def __init__(self):
        super().__init__(1)

    @property
    def twice(self):
        return 2 * self.n

    @functools.cached_property
    def thrice(self):
        return 3 * self.n


ORDINARY = {
    "math": lambda _: (math.sqrt(2), math.pi, math.floor(2.5)),
    "struct": lambda _: struct.unpack("<I", struct.pack("<I", 7)),
    "builtins": lambda _: (
        sum(range(3)),
        len("abc"),
        sorted([2, 1]),
        max(1, 2),
        list(map(str, range(3))),
        divmod(7, 2),
    ),
    "formats": lambda _: (f"{Colour.RED.name:>5} {1:04x}", f"{1} {2}", NAME.format(1)),
    "enum": lambda _: (Colour.RED, Colour(1), Colour["RED"], Colour.RED.value, SynchronizationEvent),
    "dataclass": lambda _: (Job("a", 2).doubled().size, dataclasses.asdict(Job("a"))),
    "named tuple": lambda _: (Pair(1, 2).x, Pair(1, 2)._replace(x=3)),
    "functools": lambda _: (functools.reduce(operator.add, [1, 2]), functools.partial(max, 1)(2)),
    "itertools": lambda _: [*itertools.chain([1], itertools.islice(itertools.count(), 2))],
    "collections": lambda _: (Counter("aab").most_common(1), collections.deque([1]).popleft(), TABLE["a"][0]),
    "its own random numbers": lambda _: random.Random(1).random(),
    "fractions": lambda _: (Fraction(1, 2) + 1, textwrap.dedent(" a")),
    "imports": imports_math,
    "a name that stands there": lambda _: (getattr(Colour.RED, "name"), hasattr(Derived, "twice")),  # noqa: B009
    "classes": lambda _: (Derived().twice, Derived().thrice, isinstance(1, int), int.__name__),
    "errors": lambda _: [str(error) for error in (ValueError("x"), KeyError(1)) if isinstance(error, ValueError)],
    "copies": lambda _: copy.copy([1]),
}


class TestOrdinaryPython:
    @pytest.mark.parametrize("what", ORDINARY)
    def test_holds(self, what):
        every = ks.explore(shares(nothing, ORDINARY[what], ORDINARY[what]), check=sees_one_thing)
        assert every.verdict == "holds", [finding.text for finding in every.findings]

    def test_what_driver_entry_does_before_there_are_threads_is_its_own(self):
        async def DriverEntry(DriverObject, RegistryPath):
            seed = len(pickle.dumps(vars(Plain())))
            for _ in range(2):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, seed)
            return STATUS_SUCCESS

        async def Worker(seed):
            await look()

        assert ks.explore(DriverEntry).verdict == "holds"

    @pytest.mark.parametrize("order", [1, -1])
    def test_a_routine_called_with_what_another_returns(self, order):
        async def Nests(Shared):
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1 - await KeReadStateEvent(Shared.N)))
            await KeSetPriorityThread(await KeGetCurrentThread(), 8)

        async def NestsToo(Shared):
            await KeSetEvent(Shared.N, await KeReadStateEvent(Shared.N), False)

        assert ks.explore(started(*(Nests, NestsToo)[::order])).verdict == "holds"

"""A thread polls, and counts its rounds where nobody is told of it: each round leads on, so none is left out.

Each of these gives up in its third round; whoever took two rounds for the same would say that it never does.
"""

from collections import deque  # noqa: F401
from fractions import Fraction
from functools import update_wrapper  # noqa: F401
from textwrap import dedent

import pytest
from drivers import started

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import race

LIST = []


class COUNTED(KEVENT):
    n = 0
    met = []  # noqa: RUF012


class COUNTED_SEMAPHORE(KSEMAPHORE):
    n = 0


class COUNTED_MUTEX(KMUTEX):
    n = 0

    @classmethod
    def more(cls):
        cls.n += 1
        return cls.n


class INNER(Structure):
    x: ULONG
    _n = 0

    def more(self):
        type(self)._n += 1


class BY_METHOD(Structure):
    x: ULONG

    def more(self):
        LIST.append(1)

    def met(self):
        return len(LIST)


class BY_PROPERTY(Structure):
    x: ULONG
    met = []  # noqa: RUF012

    @property
    def more(self):
        self.met.append(1)
        return len(self.met)


class BY_STATIC(Structure):
    x: ULONG

    @staticmethod
    def more(met=[]):  # noqa: B006
        met.append(1)
        return len(met)


class BY_CLASS(Structure):
    x: ULONG
    _n = 0

    @classmethod
    def more(cls):
        cls._n += 1
        return cls._n


class OWN(Structure):
    inner: INNER
    handle: HANDLE
    event: PVOID
    next: PVOID
    _n = 0


def linked():
    one, other = OWN(), OWN()
    one.next, other.next = other, one
    return one


def function():
    def one():
        pass

    return one


def field(value):
    """A structure that points to it."""
    own = OWN()
    own.event = value
    return own


def unused(one):
    one.n = 0
    return one


def numbered(one):
    one.region.kind = 0
    return one


def block():
    one = KWAIT_BLOCK()
    one.Object = one.Thread = 0
    return one


def with_list(one):
    one.n = []
    return one


def longer(one):
    def other():
        pass

    other.__name__ = one.__name__ + "x"
    return other


class META(type):
    n = 0


class MADE(metaclass=META):
    pass


# What it counts in; what a round does to that; what is 3 after three rounds
WAYS = {
    "an event of its own class": ("COUNTED()", "one.n += 1", "one.n"),
    "a semaphore of its own class": ("COUNTED_SEMAPHORE()", "one.n += 1", "one.n"),
    "a class method of a mutex": ("COUNTED_MUTEX()", "one.more()", "one.n"),
    "a list of an event's class": ("COUNTED()", "one.met.append(1)", "len(one.met)"),
    "an event of its own class in a field": ("field(COUNTED())", "one.event.n += 1", "one.event.n"),
    "the key of a wait block": ("KWAIT_BLOCK()", "one.WaitKey += 1", "one.WaitKey"),
    "the object of a wait block": ("block()", "one.Object += 1", "one.Object"),
    "a wait block in a field": ("field(block())", "one.event.Thread = one.event.Thread + 1", "one.event.Thread"),
    "a thread": ("await KeGetCurrentThread()", "one.handles += 1", "one.handles"),
    "a thread that is asked for each time": ("await KeGetCurrentThread()", 
        "(await KeGetCurrentThread()).handles += 1; one = None",
        "(await KeGetCurrentThread()).handles",
),
    "a list of a thread's": ("await KeGetCurrentThread()", "one.Alerted[0] += 1", "one.Alerted[0]"),
    "an event's header": ("KEVENT()", "one.Header.Size += 1", "one.Header.Size"),
    "a header": ("KEVENT().Header", "one.Size += 1", "one.Size"),
    "the region of a thread": ("numbered(await KeGetCurrentThread())", "one.region.kind += 1", "one.region.kind"),
    "a function's name": ("function()", "one.__name__ += 'x'", "len(one.__name__) - 3"),
    "a function's qualified name": ("function()", "one.__qualname__ += 'x'", "len(one.__qualname__) - 22"),
    "a name by update_wrapper": ("function()", "update_wrapper(one, longer(one))", "len(one.__name__) - 3"),
    "a class's name": ("type('three', (), {})", "one.__name__ += 'x'", "len(one.__name__) - 5"),
    "a structure's class": ("BY_CLASS()", "one.more()", "one._n"),
    "a structure's class, by type": ("BY_CLASS()", "type(one)._n += 1", "type(one)._n"),
    "a list, by a method of a structure": ("BY_METHOD()", "one.more()", "one.met()"),
    "a list, by a property of a structure": ("BY_PROPERTY()", "one.more", "len(one.met)"),
    "a default of a static method of a structure": ("BY_STATIC()", "met = one.more()", "met"),
    "a structure within": ("OWN()", "one.inner._n += 1", "one.inner._n"),
    "the class of a structure within": ("OWN()", "one.inner.more()", "type(one.inner)._n"),
    "a structure that one points to, in a circle": ("linked()", "one.next.handle.value += 1", "one.next.handle.value"),
    "a structure in a list in a field": ("field([OWN()])", "one.event[0]._n += 1", "one.event[0]._n"),
    "a handle in a structure in a list": ("[[OWN()]]", "one[0][0].handle.value += 1", "one[0][0].handle.value"),
    "a metaclass": ("MADE", "type(one).n += 1", "one.n"),
    "a member of an enum": ("unused(SynchronizationEvent)", "one.n += 1", "one.n"),
    "a member of an enum in a field": ("field(unused(SynchronizationEvent))", "one.event.n += 1", "one.event.n"),
    "a member of an enum, by its class": ("type(unused(SynchronizationEvent))", "one(1).n += 1", "one(1).n"),
    "a library's class": ("unused(Fraction)", "one.n += 1", "one.n"),
    "a library's function": ("unused(dedent)", "one.n += 1", "one.n"),
    "a list of a library's function": ("with_list(dedent)", "one.n.append(1)", "len(one.n)"),
    "a routine": ("unused(KeSetEvent)", "one.n += 1", "one.n"),
    "the class of an event, by type": ("unused(KEVENT)()", "type(one).n += 1", "one.n"),
    "the class of a handle, by type": ("unused(HANDLE)()", "type(one).n += 1", "one.n"),
    "what sizeof has returned": ("unused(sizeof(OWN))", "one.n += 1", "one.n"),
    "the length that a deque may have": ("deque(maxlen=10)", "one.__init__([], one.maxlen - 1)", "10 - one.maxlen"),
    "a module of a sample's": ("unused(race)", "one.n += 1", "one.n"),
}  # fmt: skip
LIBRARY = (SynchronizationEvent, Fraction, dedent, KeSetEvent, KEVENT, HANDLE, race)  # may outlive a run
POLLER = """
async def Poller(Shared):
    one = {}
    while not await KeReadStateEvent(Shared.N):
        {}
        if {} == 3:
            await PsTerminateSystemThread(STATUS_UNSUCCESSFUL)
"""


async def Stopper(Shared):
    await KeSetEvent(Shared.N, IO_NO_INCREMENT, False)


def never_gives_up(run):
    return run.exit_statuses["Poller"] == STATUS_SUCCESS


@pytest.fixture
def clean():
    yield
    for one in LIBRARY:
        if "n" in vars(one):
            del one.n


@pytest.mark.usefixtures("clean")
class TestARoundThatCounts:
    @pytest.mark.parametrize("way", WAYS)
    def test_is_not_left_out_wherever_it_counts(self, way):
        space = dict(globals())
        exec(POLLER.format(*WAYS[way]), space)
        every = ks.explore(started(space["Poller"], Stopper), check=never_gives_up)
        assert every.verdict == "violated"


# -- and no more than that --------------------------------------------------------------------------------------------


class SETTINGS(Structure):
    x: ULONG
    event: KEVENT
    next: PVOID
    Limit = 3

    def limit(self):
        return self.Limit + len(LIST)

    @property
    def twice(self):
        return 2 * self.limit()

    @staticmethod
    def none():
        return 0


class TestARoundInVainIsLeftOut:
    def test_where_a_structure_has_methods_a_property_and_constants(self):
        async def Poller(Shared):
            one = SETTINGS()
            one.next = SETTINGS()
            one.next.next = [one]
            while not await KeReadStateEvent(Shared.N) and one.limit() + one.twice + one.none():
                await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

        assert ks.explore(started(Poller, Stopper)).verdict == "holds"

    def test_where_enums_functions_and_classes_of_a_library_are_at_hand(self):
        async def Poller(Shared):
            at_hand = [SynchronizationEvent, Fraction, dedent, KeSetEvent, race, KWAIT_BLOCK(), sizeof(SETTINGS)]
            me = await KeGetCurrentThread()
            while not await KeReadStateEvent(Shared.N) and at_hand and me.BasePriority:
                pass

        assert ks.explore(started(Poller, Stopper)).verdict == "holds"

    def test_where_fields_are_assigned_after_the_loop(self):
        async def Poller(Shared):
            one, handle, irql = SETTINGS(), HANDLE(), KIRQL()
            while not await KeReadStateEvent(Shared.N):
                pass
            one.x = handle.value = irql.value = 1

        assert ks.explore(started(Poller, Stopper)).verdict == "holds"

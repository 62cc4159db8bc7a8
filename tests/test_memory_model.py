"""Random drivers that free memory at random moments, against a model of who may touch what: `models.Memory`.

The model follows a run's schedule, and both must stop at the same step by the same bug check, or end alike. Of small
drivers that is held of every order of steps, and `explore` must find what these come to.
"""

from contextlib import suppress
from random import Random

import models
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive import everything, orders
from readme import mutants_in
from sizes import part, size

import kevent_sim as ks
from kevent_sim.machine import dispatcher, kernel, regions, satisfying, stack, waits
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.ntifs import *
from kevent_sim.orders import executions
from kevent_sim.routines import io, ke_signals, ke_waits

# D, M: an event and a semaphore in the device; H: an event that is known by a handle, and referenced; G: a global;
# L: a local of DriverEntry; F1, F2, ...: a local of that thread; T1, T2, ...: a thread, referenced.
FIXED = ["D", "M", "H", "G", "L"]


class EXTENSION(Structure):
    D: KEVENT
    M: KSEMAPHORE


# -- drivers, made of data ---------------------------------------------------------------------------------------------


def calls(thread):
    """What a thread may do: with what everybody knows, with its own local, and with the threads created before it."""
    events = [name for name in FIXED if name != "M"] + [f"F{number}" for number in range(1, thread + 1)]
    threads = [f"T{number}" for number in range(1, thread)]
    some, waited = st.sampled_from(events), st.sampled_from([*events, "M", *threads])
    time_out = st.sampled_from([None, 50, 50, 0])
    frees = [("delete",), ("close",), ("dereference", "H"), ("leave",), ("end",)]
    return st.one_of(
        st.tuples(st.sampled_from(["set", "set", "reset", "pulse", "read", "initialise"]), some),
        st.just(("release",)),
        st.tuples(st.just("wait"), waited, time_out, st.booleans()),
        st.tuples(st.sampled_from(["any", "all"]), st.lists(waited, min_size=2, max_size=2, unique=True), time_out),
        st.sampled_from([*frees, *[("alert", one) for one in threads], *[("dereference", one) for one in threads]]),
    )


def threads_of(most_threads, most_calls):
    return st.integers(1, most_threads).flatmap(
        lambda count: st.tuples(
            *[
                st.tuples(st.sampled_from(["bare", "with"]), st.lists(calls(number), max_size=most_calls))
                for number in range(1, count + 1)
            ]
        )
    )


def named_in(threads):
    """All that the calls name, in order."""
    names = []
    for _, does in threads:
        for kind, *rest in does:
            names += {"delete": ["D"], "close": ["H"], "release": ["M"]}.get(kind, [])
            names += rest[0] if kind in ("any", "all") else rest[:1]
    return [name for name in [*FIXED, *[f"{kind}{number}" for kind in "FT" for number in range(1, 9)]] if name in names]


async def perform(known, call):
    match call:
        case [("set" | "pulse") as kind, name]:
            await (KeSetEvent if kind == "set" else KePulseEvent)(known[name], 0, False)
        case ["reset", name]:
            await KeResetEvent(known[name])
        case ["read", name]:
            await KeReadStateEvent(known[name])
        case ["initialise", name]:
            await KeInitializeEvent(known[name], SynchronizationEvent, False)
        case ["release"]:
            with suppress(EXCEPTION_RECORD):
                await KeReleaseSemaphore(known["M"], 0, 1, False)
        case ["wait", name, time_out, alertable]:
            await KeWaitForSingleObject(known[name], Executive, KernelMode, alertable, due(time_out))
        case [("any" | "all") as how, names, time_out]:
            await KeWaitForMultipleObjects(
                2, [known[name] for name in names], WaitAny if how == "any" else WaitAll, Executive, KernelMode, False,
                due(time_out), None,
            )  # fmt: skip
        case ["alert", name]:
            await KeAlertThread(known[name], KernelMode)
        case ["delete"]:
            await IoDeleteDevice(known["device"])
        case ["close"]:
            await ZwClose(known["handle"])
        case ["dereference", name]:
            await ObDereferenceObject(known[name])
        case ["end"]:
            await PsTerminateSystemThread(STATUS_SUCCESS)


def due(time_out):
    return None if time_out is None else LARGE_INTEGER(-time_out)


def driver_of(threads):
    names = named_in(threads)

    def routine_of(number, kind, does):
        inside = does.index(("leave",)) if ("leave",) in does else len(does)

        async def Bare(known):
            Event = KEVENT()
            Event.initialise(SynchronizationEvent, False)
            known[f"F{number}"] = Event
            for call in does:
                await perform(known, call)

        async def Framed(known):
            with StackFrame({"Event": KEVENT}) as frame:
                frame.Event.initialise(SynchronizationEvent, False)
                known[f"F{number}"] = frame.Event
                for call in does[:inside]:
                    await perform(known, call)
            for call in does[inside:]:
                await perform(known, call)

        return Bare if kind == "bare" else Framed

    async def DriverUnload(DriverObject):
        pass

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload, known = DriverUnload, {}
        Local = KEVENT()
        Local.initialise(SynchronizationEvent, False)
        known["L"] = Local
        if "D" in names or "M" in names:
            device = known["device"] = DEVICE_OBJECT()
            await IoCreateDevice(DriverObject, sizeof(EXTENSION), None, FILE_DEVICE_UNKNOWN, 0, False, device)
            known["D"], known["M"] = device.DeviceExtension.D, device.DeviceExtension.M
            known["D"].initialise(SynchronizationEvent, False)
            known["M"].initialise(0, 1)
        if "G" in names:
            known["G"] = KEVENT()
            await KeInitializeEvent(known["G"], SynchronizationEvent, False)
        if "H" in names:
            known["handle"], pointer = HANDLE(), PVOID()
            await ZwCreateEvent(known["handle"], EVENT_ALL_ACCESS, None, SynchronizationEvent, False)
            await ObReferenceObjectByHandle(known["handle"], SYNCHRONIZE, None, KernelMode, pointer, None)
            known["H"] = pointer.Object
        for number, (kind, does) in enumerate(threads, 1):
            hThread, pointer, known = HANDLE(), PVOID(), dict(known)
            await PsCreateSystemThread(hThread, 0, None, None, None, routine_of(number, kind, does), known)
            if f"T{number}" in names:
                await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, None, KernelMode, pointer, None)
                await ZwClose(hThread)
                known[f"T{number}"] = pointer.Object
        return STATUS_SUCCESS

    return DriverEntry


# -- what they come to, by the model -----------------------------------------------------------------------------------


class Story:
    """The same driver as the model has it, told by a schedule."""

    def __init__(self, threads, stop):
        self.threads, names = threads, named_in(threads)
        numbers = range(1, len(threads) + 1)
        frames = {f"F{number}": f"frame {number}" for number in numbers}
        places = {"D": "device", "M": "device", "H": "object H", "G": "image", "L": "frame 0", **frames}
        places |= {f"T{number}": f"object T{number}" for number in numbers if f"T{number}" in names}
        events = [name for name in places if name not in ("M", *[f"T{number}" for number in numbers])]
        self.model = models.Memory(places, [], events, {"M": 1}, {f"T{number}": 8 for number in numbers})
        self.model.handles = {"H"}
        self.at = dict.fromkeys(numbers, 0)  # which call of its own a thread stands before
        self.unloaded = False
        entry = ["load", *["device"] * ("D" in names or "M" in names), *["global"] * ("G" in names)]
        entry += ["event", "reference"] * ("H" in names)
        for number in numbers:
            entry += [number, *["reference", "close"] * (f"T{number}" in names)]
        self.system = [*entry, *["unload", "unmap"] * stop]
        self.entry = len(entry)

    def step(self, choice):
        if isinstance(choice, TimeOutOf):
            self.model.expire(f"T{choice.thread}")
        elif choice == 0:
            self.system_does(self.system.pop(0))
        elif self.unloaded:
            raise models.Stopped(0xCE)
        else:
            self.goes_on(choice)

    def system_does(self, what):
        self.entry -= 1
        if isinstance(what, int):
            self.leaves(what)
        if self.entry == 0:
            self.model.free("frame 0")
        if what == "unmap":
            self.unloaded = True
            self.model.free("image")

    def goes_on(self, number):
        thread = f"T{number}"
        if thread in self.model.woken:
            if self.model.go_on(thread) is None:
                return
        elif not self.calls(thread, self.call_of(number)):
            return
        self.at[number] += 1
        self.leaves(number)

    def call_of(self, number):
        does = self.threads[number - 1][1]
        return does[self.at[number]] if self.at[number] < len(does) else ("end",)

    def leaves(self, number):
        """The first `leave` of a thread ends its frame, as does the end of what it calls; another is nothing."""
        kind, does = self.threads[number - 1]
        while does[self.at[number] : self.at[number] + 1] == [("leave",)]:
            self.at[number] += 1
            if kind == "with":
                self.model.free(f"frame {number}")
        if kind == "with" and self.at[number] == len(does):
            self.model.free(f"frame {number}")

    def calls(self, thread, call):
        """Has the call returned?"""
        model = self.model
        match call:
            case ["wait", name, time_out, alertable]:
                model.touch(name)
                return model.wait(thread, [name], False, alertable, 0, time_out, 0) is not None
            case [("any" | "all") as how, names, time_out]:
                model.touch(*names)
                return model.wait(thread, names, how == "all", False, 0, time_out, 0) is not None
            case ["end"]:
                model.end(thread)
                model.free(f"frame {thread[1:]}")
                model.let_go(thread)
                return False
            case ["dereference", name]:
                model.dereference(name)
            case ["delete"]:
                model.delete()
            case ["close"]:
                model.close("H")
            case [kind, *named]:
                self.touches(kind, *named or ["M"])
        return True

    def touches(self, kind, name):
        model = self.model
        model.touch(name)
        match kind:
            case "set" | "pulse":
                getattr(model, kind)(name, 0)
            case "release":
                model.release(name, 0, 1)
            case "alert":
                model.alert(name, 0)
            case "reset" | "initialise":
                getattr(model, kind)(name)

    def told_by(self, schedule):
        """(verdict, code of the bug check, steps until then)"""
        for steps, choice in enumerate(schedule, 1):
            try:
                self.step(choice)
            except models.Stopped as stopped:
                return "bugcheck", stopped.code, steps
        return "deadlock" if self.model.blocked else "completed", 0, len(schedule)


def came_to(run):
    return run.verdict, run.bugcheck.code if run.bugcheck else 0, len(run.schedule.choices)


def agrees(threads, stop, run):
    return came_to(run) == Story(threads, stop).told_by(run.schedule.choices)


class TestRuns:
    @settings(max_examples=size(60, 5000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(threads_of(3, 5), st.booleans(), st.integers(0, 2**16))
    def test_a_run_stops_where_the_model_does(self, threads, stop, seed):
        driver = driver_of(threads)
        for policy in ks.Random(seed, 1), ks.Random(seed, 3), ks.PCT(3, seed):
            assert agrees(threads, stop, ks.run(driver, policy=policy, stop=stop))

    def test_they_stop_in_each_way_and_mostly_after_more_than_a_few_steps(self, without_mutant):
        """What the property above would be worth if all its runs completed."""
        ends = [came_to(run) for _, _, run in without_mutant]
        assert {code for _, code, _ in ends} == {0, 0x18, 0x93, 0xCE, 0xD5, 0x139}
        assert {verdict for verdict, *_ in ends} == {"completed", "deadlock", "bugcheck"}


LIMIT = size(300, 2000)  # orders; what has more is left to other examples


class TestOrders:
    @settings(max_examples=size(20, 1000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(threads_of(2, 2), st.booleans())
    def test_an_exploration_finds_what_every_order_comes_to(self, threads, stop):
        made = orders(driver_of(threads), stop=stop, limit=LIMIT)
        assume(made is not None)
        assert all(agrees(threads, stop, run) for run in made)
        assert explored(threads, stop) == set(map(everything, made))


def explored(threads, stop):
    return set(ks.explore(driver_of(threads), outcome=everything, stop=stop).outcomes)


# -- mutants: what the agreement rests on ------------------------------------------------------------------------------


def corpus():
    """Small drivers, always the same: one or two threads, each with its unload or without."""
    draw = Random(5)
    found = []
    for _ in range(400):
        threads = []
        for number in range(1, draw.choice([1, 2, 2]) + 1):
            own = [f"F{one}" for one in range(1, number + 1)]
            threads.append(
                (draw.choice(["bare", "with"]), [call(draw, number, own) for _ in range(draw.randint(1, 3))])
            )
        found.append((threads, draw.random() < 0.3))
    return found


def call(draw, number, own):
    event, waited = draw.choice(["D", "H", "G", "L", *own, *own]), ["D", "M", "H", "G", "L", *own]
    kind = draw.choice(["set", "read", "initialise", "wait", "wait", "two", "frees", "frees", "other", "other"])
    time_out = draw.choice([None, 50])
    if kind == "wait":
        return kind, event, time_out, draw.random() < 0.5
    if kind == "two":
        return draw.choice(["any", "all"]), draw.sample(waited, 2), time_out
    if kind == "frees":
        return draw.choice([("delete",), ("close",), ("dereference", "H"), ("leave",), ("end",)])
    if kind == "other":
        of_threads = [("alert", "T1"), ("dereference", "T1"), ("wait", "T1", 50, False)]
        return draw.choice([("release",), *of_threads * (number > 1)])
    return kind, event


# What random ones seldom come to: a wait for two that ends, or is looked at again, when the memory of one is gone.
WAITS_FOR_TWO = [
    ([("bare", [("any", ["H", "D"], None)]), ("bare", [("delete",), ("set", "H")])], False),
    ([("bare", [("all", ["D", "H"], None)]), ("bare", [("set", "D"), ("set", "H"), ("delete",)])], False),
    ([("bare", []), ("bare", [("dereference", "T1"), ("alert", "T1")])], False),
]
CORPUS = [*WAITS_FOR_TWO, *corpus()]


@pytest.fixture(scope="module")
def without_mutant():
    return [(threads, stop, run) for threads, stop in CORPUS for run in runs_of(threads, stop)]


def runs_of(threads, stop, seeds=4):
    for seed in range(seeds):
        yield ks.run(driver_of(threads), policy=ks.Random(seed, 1), stop=stop)


def asks_nothing(*_):
    """In place of what stops the machine where memory has ended."""


def only_initialised(Object):
    if Object.Header.WaitListHead is None:
        raise BugCheck(0x0A, "never initialised")


def forgets_to_ask(blocks):
    for block in blocks:
        block.Object.Header.WaitListHead.remove(block)


def asks_of_one_only(blocks):
    regions.check_alive(blocks[0].Object.region, "an object")
    forgets_to_ask(blocks)


def who_returns_asks(kernel, caller=dispatcher.Dispatcher.caller):
    thread = caller.fget(kernel)
    for Object in thread.wait.Objects if thread.call[0].returning else ():
        regions.check_alive(Object.region, "an object")
    return thread


def ends_all_but(kept):
    end = regions.Region.end

    def mutant(self, how, line):
        if self.kind != kept:
            end(self, how, line)

    return regions.Region, "end", mutant


def ends_by_threads_only(self, how, given=None, line=0, within=False, end=kernel.Kernel.end_frames):
    if given is None:
        end(self, how, given, line)


def ends_by_functions_only(self, how, given=None, line=0, within=False, end=kernel.Kernel.end_frames):
    if given is not None or "DriverEntry" in how:
        end(self, how, given, line)


def ends_a_frame_of_anybody(self, how, given=None, line=0, within=False, end=kernel.Kernel.end_frames):
    end(self, how, [frame for thread in self.threads for frame in thread.frames] if given is None else given, line)


def let_go_by_handles_only(self, Object):
    if Object not in self.handles.values():
        Object.region.end("its last handle was closed", 0)


def let_go_by_references_only(self, Object):
    if self.references.get(Object) == 0:
        Object.region.end("its last reference was given back", 0)


def let_go_only_by_a_close(self, Object, let_go=kernel.Kernel.let_go):
    if self.current.call[0].name == "ZwClose":
        let_go(self, Object)


MUTANTS = {
    "a signal does not ask": (ke_signals, "check_usable", only_initialised),
    "a wait does not ask": (ke_waits, "check_usable", only_initialised),
    "an initialisation does not ask": (ke_signals, "check_alive", asks_nothing),
    "an alert does not ask": (ke_waits, "check_alive", asks_nothing),
    "a second deletion does not ask": (io, "check_alive", asks_nothing),
    "who ends a wait does not ask": (satisfying, "unlink", forgets_to_ask),
    "who times out or is alerted does not ask": (dispatcher, "unlink", forgets_to_ask),
    "who ends a wait asks of the first object only": (satisfying, "unlink", asks_of_one_only),
    "who looks again does not ask": (waits, "check_alive", asks_nothing),
    "who returns from a satisfied wait asks": (dispatcher.Dispatcher, "caller", property(who_returns_asks)),
    "a device lives for ever": ends_all_but("device"),
    "the image lives for ever": ends_all_but("image"),
    "a counted object lives for ever": ends_all_but("object"),
    "an extension is no part of its device": (io, "place_new", asks_nothing),
    "a frame lives until its thread's end": (stack, "end_frames", asks_nothing),
    "DriverEntry's locals outlive it": (io, "end_frames", asks_nothing),
    "a thread's locals outlive it": (kernel.Kernel, "end_frames", ends_by_functions_only),
    "a function's frame outlives it": (kernel.Kernel, "end_frames", ends_by_threads_only),
    "a thread's end takes the frames of all": (kernel.Kernel, "end_frames", ends_a_frame_of_anybody),
    "an object is kept by handles alone": (kernel.Kernel, "let_go", let_go_by_handles_only),
    "an object is kept by references alone": (kernel.Kernel, "let_go", let_go_by_references_only),
    "an object ends with a close alone": (kernel.Kernel, "let_go", let_go_only_by_a_close),
}


@pytest.mark.parametrize("mutant", part(MUTANTS))
def test_a_mutant_is_caught_by_where_a_run_stops(mutant, monkeypatch):
    monkeypatch.setattr(*MUTANTS[mutant])
    assert not all(agrees(threads, stop, run) for threads, stop in CORPUS for run in runs_of(threads, stop))


def test_without_a_mutant_all_of_the_corpus_agrees(without_mutant):
    assert all(agrees(threads, stop, run) for threads, stop, run in without_mutant)


def meets_nothing(name):
    cells = executions.Execution.cells

    def mutant(self, choice):
        found = cells(self, choice)
        return [] if found is None and self.target(choice).call[0].name == name else found

    return executions.Execution, "cells", mutant


def forgets_where_memory_ends():
    begun = executions.Execution.__init__

    def mutant(self, subject, watch=None, known=0, ends=None, *given, **named):
        begun(self, subject, watch, known, None, *given, **named)

    return executions.Execution, "__init__", mutant


def meets_nothing_where_it_is(owner, end_cells=executions.end_cells):
    return executions, "end_cells", lambda region: [] if region.owner == owner else end_cells(region)


ORDER_MUTANTS = {
    "the end of a frame meets nothing": lambda: (executions, "end_cells", lambda region: []),
    "the end of a frame is only read": lambda: (
        executions,
        "end_cells",
        lambda region: [(("object", region.holds), False)],
    ),
    "where a frame ended is forgotten": forgets_where_memory_ends,
    "a frame that a function leaves meets nothing": lambda: meets_nothing_where_it_is("Framed"),
    "a frame that ends with its thread meets nothing": lambda: meets_nothing_where_it_is("Bare"),
    "a frame that ends with DriverEntry meets nothing": lambda: meets_nothing_where_it_is("DriverEntry"),
    "a deletion meets nothing": lambda: meets_nothing("IoDeleteDevice"),
    "an unload meets nothing": lambda: meets_nothing("MmUnloadSystemImage"),
}


@pytest.fixture(scope="module")
def by_brute_force():
    found = []
    for threads, stop in CORPUS[: size(75, 1000)]:
        made = orders(driver_of(threads), stop=stop, limit=size(60, 300))
        if made is not None and len(threads) > 1:
            found.append((threads, stop, set(map(everything, made))))
    return found


class TestOrderMutants:
    def test_the_explorer_itself_is_right_on_all_of_the_corpus(self, by_brute_force):
        assert len(by_brute_force) > 24
        assert all(explored(threads, stop) == expected for threads, stop, expected in by_brute_force)

    @pytest.mark.parametrize("mutant", part(ORDER_MUTANTS))
    def test_a_mutant_is_caught_by_a_wrong_answer(self, mutant, monkeypatch, by_brute_force):
        monkeypatch.setattr(*ORDER_MUTANTS[mutant]())
        assert not all(explored(threads, stop) == expected for threads, stop, expected in by_brute_force)


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(MUTANTS) + len(ORDER_MUTANTS)

"""Loops that poll: rounds in vain are assumed away, and what is said is what bounded loops say."""

import inspect
from random import Random

import pytest
from drivers import SHARED, VOLUME, named, started
from pollers import driver, ended, spec
from readme import mutants_in
from sizes import part, size

import kevent_sim as ks
from kevent_sim.machine.call import calls_made
from kevent_sim.ntifs import *
from kevent_sim.orders import executions, polling, search, standing
from kevent_sim.orders.twins import first_twin
from kevent_sim.samples import race

SOON = LARGE_INTEGER(-10_000)
BUDGET = size(250, 1_000)


def kinds(every):
    return {finding.kind for finding in every.findings}


def line_in(routine, text):
    lines, first = inspect.getsourcelines(routine)
    return first + next(at for at, line in enumerate(lines) if text in line)


# -- bounded loops as an oracle ---------------------------------------------------------------------------------------


def compared(seed):
    """(found, expected) outcomes of a random polling driver; None where the bounded one is too long."""
    pollers, others = spec(Random(seed))
    bounded = ks.explore(
        driver(pollers, others, bounded=True), outcome=ended, volume=VOLUME, budget=BUDGET, max_steps=400
    )
    if "budget" in bounded.reason:
        return None
    every = ks.explore(driver(pollers, others), outcome=ended, volume=VOLUME, budget=BUDGET, max_steps=400)
    assert "budget" not in every.reason
    assert "cut" not in every.reason
    assert ("polls for ever" in every.outcomes) == ("livelock" in kinds(every))
    return set(every.outcomes) - {"polls for ever"}, set(bounded.outcomes) - {"gives up"}


class TestAgainstBoundedLoops:
    def test_drivers_that_poll_end_as_they_do_where_each_poller_gives_up_after_some_rounds(self, monkeypatch):
        monkeypatch.setattr(search, "SWEEP_STEPS", 0)  # which bad run is the simplest is not asked
        both = [one for one in map(compared, range(0, 560, size(56, 1))) if one is not None]
        assert len(both) >= size(7, 500)
        for found, expected in both:
            assert found == expected


# -- what is said -----------------------------------------------------------------------------------------------------


class HEARTBEAT(Structure):
    Stop: KEVENT
    Beat: KEVENT


async def Heart(Shared):
    while not await KeReadStateEvent(Shared.Stop):
        await KeDelayExecutionThread(KernelMode, False, SOON)


async def WaitingHeart(Shared):
    while await KeWaitForSingleObject(Shared.Stop, Executive, KernelMode, False, SOON) == STATUS_TIMEOUT:
        pass


async def waits_for_the_end(Shared, Thread):
    await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)
    await KeWaitForSingleObject(Thread, Executive, KernelMode, False, None)


async def does_not_wait(Shared, Thread):
    await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)


async def does_not_set(Shared, Thread):
    await KeWaitForSingleObject(Thread, Executive, KernelMode, False, None)


def heartbeat(heart, unload):
    async def DriverEntry(DriverObject, RegistryPath):
        device, hThread, Thread = DEVICE_OBJECT(), HANDLE(), PVOID()
        await IoCreateDevice(DriverObject, sizeof(HEARTBEAT), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeEvent(Shared.Stop, NotificationEvent, False)
        await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, heart, Shared)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
        await ZwClose(hThread)

        async def DriverUnload(DriverObject):
            await unload(Shared, Thread)
            await ObDereferenceObject(Thread)
            await IoDeleteDevice(DriverObject.DeviceObject)

        DriverObject.DriverUnload = DriverUnload
        return STATUS_SUCCESS

    return DriverEntry


class TestAHeartbeat:
    @pytest.mark.parametrize(("heart", "classes"), [(Heart, 3), (WaitingHeart, 9)])
    def test_whose_unload_waits_for_its_end_holds(self, heart, classes):
        every = ks.explore(heartbeat(heart, waits_for_the_end), stop=True)
        assert every.verdict == "holds"
        assert every.explored == classes
        assert set(every.outcomes) == {("completed", every.counterexample or ks.Volume().contents())}

    @pytest.mark.parametrize(("heart", "classes"), [(Heart, 16), (WaitingHeart, 33)])
    def test_whose_unload_does_not_is_violated(self, heart, classes):
        every = ks.explore(heartbeat(heart, does_not_wait), stop=True)
        assert (every.verdict, every.preemptions, every.minimal) == ("violated", 0, True)
        assert {text[:14] for kind, text in ((one.kind, one.text) for one in every.findings)} == {
            "bug check 0xCE",
            "bug check 0xD5",
        }
        assert every.explored == classes

    def test_that_is_never_told_to_stop_is_a_livelock_and_names_who_waits(self):
        every = ks.explore(heartbeat(Heart, does_not_set), stop=True)
        line = line_in(Heart, "KeReadStateEvent")
        waits = line_in(does_not_set, "KeWaitForSingleObject")
        assert (every.verdict, every.reason) == (
            "violated",
            f"Heart polls for ever (line {line}); System waits for Heart (line {waits})",
        )
        assert kinds(every) == {"livelock"}


async def PollsN(Shared):
    while not await KeReadStateEvent(Shared.N):
        await KeDelayExecutionThread(KernelMode, False, SOON)
    await KeSetEvent(Shared.S, 0, False)


async def PollsS(Shared):
    while not await KeReadStateEvent(Shared.S):
        pass
    await KeSetEvent(Shared.N, 0, False)


async def SetsN(Shared):
    await KeSetEvent(Shared.N, 0, False)


class TestALivelock:
    def test_is_two_that_poll_for_each_other(self):
        every = ks.explore(started(PollsN, PollsS))
        lines = [line_in(routine, "KeReadStateEvent") for routine in (PollsN, PollsS)]
        assert (every.verdict, every.reason) == (
            "violated",
            f"PollsN polls for ever (line {lines[0]}); PollsS polls for ever (line {lines[1]})",
        )

    def test_is_none_where_a_third_ends_it(self):
        assert ks.explore(started(PollsN, PollsS, SetsN)).verdict == "holds"

    def test_replays_unfinished_and_shows_a_round_in_vain(self):
        every = ks.explore(started(PollsN))
        assert every.counterexample.verdict == "unfinished"
        again = eval(every.replay, {"ks": ks, "DriverEntry": started(PollsN)})
        assert again.outcome == every.counterexample.outcome
        looks = [call.result for call in again.calls("PollsN") if call.routine == "KeReadStateEvent"]
        assert len(looks) > 1
        assert not any(looks)

    def test_is_found_where_a_pulse_is_missed_by_who_polls(self):
        async def Pulses(Shared):
            await KePulseEvent(Shared.N, 0, False)

        every = ks.explore(started(PollsN, Pulses))
        assert (every.verdict, kinds(every)) == ("violated", {"livelock"})

    def test_is_no_thread_that_polls_beside_one_that_goes_on(self):
        """That is a matter of fair scheduling."""

        async def Works(Shared):
            for _ in range(3):
                await KeResetEvent(Shared.S)
            await KeSetEvent(Shared.N, 0, False)

        assert ks.explore(started(PollsN, Works)).verdict == "holds"

    def test_is_never_taken_for_covered_by_another_order_however_early_runs_are_cut(self):
        """Runs may be cut after somebody has polled in vain, and before that has come back to where it stood."""

        async def Resets(Shared):
            await KeResetEvent(Shared.N)

        verdicts = [ks.explore(started(SetsN, PollsN, Resets), max_steps=most).verdict for most in range(8, 24)]
        assert [*dict.fromkeys(verdicts)] == ["inconclusive", "violated"]

    def test_is_found_where_the_others_start_threads_of_their_own(self):
        """An execution that repeats the one before it looks again, from its start, at what a new thread shares."""

        async def Child(Shared):
            pass

        async def Parent(Shared):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Child, Shared)
            await KeSetEvent(Shared.S, IO_NO_INCREMENT, False)

        async def Poller(Shared):
            while not await KeReadStateEvent(Shared.N):
                await KeDelayExecutionThread(KernelMode, False, SOON)

        async def Other(Shared):
            await KeReadStateEvent(Shared.S)

        every = ks.explore(started(Parent, Poller, Other))
        assert every.verdict == "violated"
        assert kinds(every) == {"livelock"}

    def test_is_found_after_a_loop_that_was_left(self):
        async def Twice(Shared):
            for event in (Shared.N, Shared.S):
                while not await KeReadStateEvent(event):
                    await KeDelayExecutionThread(KernelMode, False, SOON)

        every = ks.explore(started(Twice, SetsN))
        assert (every.verdict, kinds(every)) == ("violated", {"livelock"})
        assert ks.explore(started(Twice, SetsN, PollsN)).verdict == "holds"


# -- rounds that only look as if they were in vain --------------------------------------------------------------------


class INNER(Structure):
    Interval: LARGE_INTEGER


class OWN(Structure):
    Interval: LARGE_INTEGER
    Handle: HANDLE
    Irql: KIRQL
    Object: PVOID
    Io: IO_STATUS_BLOCK
    Inner: INNER


def backs_off(Own):
    Own.Interval.QuadPart = 2 * Own.Interval.QuadPart - 10
    return Own.Interval.QuadPart < -60


def counts_handles(Own):
    Own.Handle.value += 1
    return Own.Handle.value > 3


def counts_levels(Own):
    Own.Irql.value += 1
    return Own.Irql.value > 3


def goes_round(Own):
    was, Own.Object.Object = Own.Object.Object, Own
    return was is Own


def counts_bytes(Own):
    Own.Io.Information += 1
    return Own.Io.Information > 3


def counts_within(Own):
    Own.Inner.Interval.QuadPart += 1
    return Own.Inner.Interval.QuadPart > 3


COUNTS = {
    one.__name__: one for one in (backs_off, counts_handles, counts_levels, goes_round, counts_bytes, counts_within)
}


class TestARoundThatChangesSomethingIsNotInVain:
    """Each of these ends after three looks: whoever took two of them for the same would not see the end."""

    def ends(self, routine):
        every = ks.explore(started(routine))
        assert (every.verdict, [run.verdict for run in every.examples.values()]) == ("holds", ["completed"]), every

    def test_by_an_iterator_on_the_stack(self):
        async def Looks(Shared):
            for _ in [7, 7, 7]:
                if await KeReadStateEvent(Shared.N):
                    return

        self.ends(Looks)

    @pytest.mark.parametrize(
        "walk",
        [lambda: range(3), lambda: (7, 7, 7), lambda: "aaa", lambda: enumerate("aaa"),
         lambda: zip("aaa", "aaa", strict=True),
         lambda: {1: 7, 2: 7, 3: 7}.values(), lambda: reversed([7, 7, 7]), lambda: (7 for _ in range(3)),
         lambda: map(len, ["a", "b", "c"])],
    )  # fmt: skip
    def test_by_any_iterator(self, walk):
        async def Looks(Shared):
            for _ in walk():
                await KeReadStateEvent(Shared.N)

        self.ends(Looks)

    def test_by_what_is_in_a_list_of_its_own(self):
        async def Looks(Shared):
            met = []
            while len(met) < 3:
                met.append(await KeReadStateEvent(Shared.N))

        self.ends(Looks)

    def test_by_a_variable_of_a_function_within(self):
        async def Looks(Shared):
            met = 0

            def more():
                nonlocal met
                met += 1
                return met < 3

            while more():
                await KeReadStateEvent(Shared.N)

        self.ends(Looks)

    def test_by_an_attribute_of_an_object_of_its_own(self):
        class Count:
            met = 0

        async def Looks(Shared):
            count = Count()
            while count.met < 3:
                await KeReadStateEvent(Shared.N)
                count.met += 1

        self.ends(Looks)

    def test_by_a_field(self):
        async def Looks(Shared):
            while Shared.x < 3:
                await KeReadStateEvent(Shared.N)
                Shared.x = Shared.x + 1

        self.ends(Looks)

    def test_by_an_attribute_of_a_structure(self):
        async def Looks(Shared):
            Shared._met = 0
            while Shared._met < 3:
                await KeReadStateEvent(Shared.N)
                Shared._met += 1

        self.ends(Looks)

    def test_by_an_attribute_of_a_class(self):
        class Count:
            met = 0

        async def Looks(Shared):
            Count.met = 0
            while Count.met < 3:
                await KeReadStateEvent(Shared.N)
                Count.met += 1

        self.ends(Looks)

    def test_by_a_default_that_grows(self):
        async def Looks(Shared, met=None):
            def more(seen=[]):  # noqa: B006
                seen.append(1)
                return len(seen) % 4

            while more():
                await KeReadStateEvent(Shared.N)

        self.ends(Looks)

    def test_by_a_global(self):
        async def Looks(Shared):
            global MET
            MET = 0
            while MET < 3:
                await KeReadStateEvent(Shared.N)
                MET += 1

        self.ends(Looks)

    def test_by_the_level_that_it_runs_at(self):
        async def Looks(Shared):
            old = KIRQL()
            while await KeGetCurrentIrql() != DISPATCH_LEVEL:
                await KeRaiseIrql(DISPATCH_LEVEL, old)
            await KeLowerIrql(PASSIVE_LEVEL)

        self.ends(Looks)

    def test_by_a_header_that_code_writes_itself(self):
        async def Looks(Shared):
            count = KSEMAPHORE()
            while count.Limit < 3:
                await KeReadStateEvent(Shared.N)
                count.Limit += 1

        every = ks.explore(started(Looks))
        assert [run.verdict for run in every.examples.values()] == ["completed"]

    def test_by_which_of_two_names_stands_for_a_list(self):
        async def Looks(Shared):
            one, other, kept = [], [], None
            while kept is not other:
                kept = other if kept is one else one
                await KeReadStateEvent(Shared.N)

        self.ends(Looks)

    def test_by_a_signal_that_it_takes(self):
        async def Takes(Shared):
            while await KeWaitForSingleObject(Shared.C, Executive, KernelMode, False, SOON) == STATUS_SUCCESS:
                pass

        async def DriverEntry(DriverObject, RegistryPath):
            Shared = SHARED()
            await KeInitializeSemaphore(Shared.C, 3, 3)
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Takes, Shared)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    @pytest.mark.parametrize("counts", COUNTS)
    def test_by_what_a_variable_in_a_structure_of_its_own_holds(self, counts):
        """No routine fills it in, and nobody is told of the assignment."""

        async def GivesUp(Shared):
            Own = OWN()
            while not await KeReadStateEvent(Shared.N):
                await KeDelayExecutionThread(KernelMode, False, SOON)
                if COUNTS[counts](Own):
                    await PsTerminateSystemThread(STATUS_TIMEOUT)

        every = ks.explore(started(GivesUp, SetsN), check=lambda run: run.exit_statuses["GivesUp"] == STATUS_SUCCESS)
        assert every.verdict == "violated"


MET = 0


class OPENED(Structure):
    Ready: KEVENT
    Thread: HANDLE


class TestWhatTellsNothingIsNotTold:
    def test_memory_in_no_structure_that_another_thread_changes_is_no_livelock(self):
        for flag, change in (([], lambda flag: flag.append(1)), ({}, lambda flag: flag.update(up=1))):

            async def Polls(Shared, flag=flag):
                while not flag:
                    await KeDelayExecutionThread(KernelMode, False, SOON)

            async def Raises(Shared, flag=flag, change=change):
                await KeSetEvent(Shared.N, 0, False)
                change(flag)

            for routines in ((Polls, Raises), (Raises, Polls)):
                every = ks.explore(started(*routines))
                assert (every.verdict, kinds(every)) == ("inconclusive", {"shared memory"})

    def test_a_flag_of_a_structure_with_no_order_to_it_is_a_data_race_and_no_livelock(self):
        async def Polls(Shared):
            while not Shared.x:
                await KeDelayExecutionThread(KernelMode, False, SOON)

        async def Raises(Shared):
            await KeSetEvent(Shared.N, 0, False)
            Shared.x = 1

        every = ks.explore(started(Polls, Raises))
        assert (every.verdict, kinds(every)) == ("inconclusive", {"data race"})
        assert ks.explore(started(Polls)).verdict == "violated"

    def test_a_variable_that_another_threads_routine_fills_in_meanwhile(self):
        """It is no step of the thread that polls; so whether that rests does not depend on it."""

        async def Polls(Opened):
            while not await KeReadStateEvent(Opened.Ready):
                await KeDelayExecutionThread(KernelMode, False, SOON)

        async def DriverEntry(DriverObject, RegistryPath):
            Opened = OPENED()
            await KeInitializeEvent(Opened.Ready, NotificationEvent, False)
            for _ in range(2):
                await PsCreateSystemThread(Opened.Thread, 0, None, None, None, Polls, Opened)
            await KeSetEvent(Opened.Ready, 0, False)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_so_with_a_variable_of_driver_entrys(self):
        async def DriverEntry(DriverObject, RegistryPath):
            Shared, handle = SHARED(), HANDLE()
            await KeInitializeEvent(Shared.N, NotificationEvent, False)

            async def Polls(_):
                while not await KeReadStateEvent(Shared.N):
                    await KeDelayExecutionThread(KernelMode, False, SOON)
                await ZwClose(handle)

            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Polls, None)
            await PsCreateSystemThread(handle, 0, None, None, None, SetsN, Shared)
            return STATUS_SUCCESS

        assert ks.explore(DriverEntry).verdict == "holds"

    def test_how_often_a_thread_polls_is_not_said_to_be_bounded(self):
        def looks_twice_at_most(run):
            return len([call for call in run.calls("PollsN") if call.routine == "KeReadStateEvent"]) <= 9

        every = ks.explore(started(PollsN, SetsN), check=looks_twice_at_most)
        assert (every.verdict, kinds(every)) == ("inconclusive", {"order"})
        assert every.reason.startswith("looks_twice_at_most asks for the calls of PollsN, which polls")
        assert ks.explore(started(PollsN, SetsN), check=lambda run: bool(run.calls("SetsN"))).verdict == "holds"

    def test_that_it_sometimes_polls_in_vain_is_seen(self):
        def waits(run):
            return any(call.waited for call in run.calls("PollsN"))

        assert set(ks.explore(started(PollsN, SetsN), outcome=waits).outcomes) == {False, True}

    def test_rounds_that_a_question_sees_are_cut(self):
        never = ks.always(lambda state: state.at("PollsN") != ("KeSetEvent", 0))
        every = ks.explore(started(PollsN, SetsN), check=never, max_steps=100)
        assert every.verdict == "inconclusive"
        assert "cut after 100 steps" in every.reason

    def test_a_question_to_other_states_holds(self):
        """PollsN sets S after it has seen N."""
        check = ks.always(lambda state: state.signaled("N") or not state.signaled("S"))
        assert ks.explore(started(PollsN, SetsN), check=check).verdict == "holds"
        never = ks.always(lambda state: not state.signaled("S"))
        assert ks.explore(started(PollsN, SetsN), check=never).verdict == "violated"

    def test_races_of_a_run_that_polls_are_told_as_they_were(self):
        run = ks.run(started(PollsN, SetsN), policy=ks.Random(3))
        assert ks.races(run) is not None


class TestALoopThatCalls:
    def test_a_sample_by_its_module_is_left(self):
        async def Moves(Shared):
            while not await KeReadStateEvent(Shared.Created):
                await KeDelayExecutionThread(KernelMode, False, SOON)
            await race.FileMoveThread(Shared)

        async def Creates(Shared):
            await race.FileCreationThread(Shared)
            await KeSetEvent(Shared.Created, 0, False)

        class SIZES(race.RACE_PARAMETERS):
            Created: KEVENT

        async def DriverEntry(DriverObject, RegistryPath):
            Shared = SIZES()
            Shared.FileCount = Shared.WriteCount = 2
            await KeInitializeEvent(Shared.Created, NotificationEvent, False)
            for routine in (Creates, Moves):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry, check=lambda run: len(run.files("C:\\Temp2")) == 2)
        assert every.verdict == "holds"
        assert every.explored <= 4

    def test_an_open_until_the_file_is_there_is_left(self):
        async def Opens(Shared):
            hFile = HANDLE()
            while await ZwOpenFile(hFile, GENERIC_READ, named("C:\\Temp\\c"), IO_STATUS_BLOCK(), 7, 0) != 0:
                pass

        async def Creates(Shared):
            await ZwCreateFile(
                HANDLE(), GENERIC_WRITE, named("C:\\Temp\\c"), IO_STATUS_BLOCK(), None, 0, 7, FILE_CREATE, 0, None, 0
            )

        assert ks.explore(started(Opens, Creates)).verdict == "holds"
        assert kinds(ks.explore(started(Opens))) == {"livelock"}


# -- places in code ---------------------------------------------------------------------------------------------------


class TestPlaces:
    """Python compiles a loop's condition twice, and what is in a `finally` more often."""

    def places(self, function, steps):
        """Where it stands before each of its first calls."""
        thread, found = function(SHARED()), []
        with calls_made.taken():
            thread.send(None)
            for _ in range(steps):
                found.append(first_twin(thread.cr_code, thread.cr_frame.f_lasti))
                thread.send(0)
        thread.close()
        return found

    def test_of_a_condition_there_is_one(self):
        async def Looks(Shared):
            while not (await KeReadStateEvent(Shared.N) or await KeReadStateEvent(Shared.S)):
                await KeDelayExecutionThread(KernelMode, False, SOON)

        found = self.places(Looks, 7)
        assert found[:3] == found[3:6]
        assert len({*found}) == 3

    def test_of_a_finally_there_are_as_many_as_ways_on(self):
        async def Looks(Shared):
            for again in (True, False):
                try:
                    if not again:
                        break
                finally:
                    await KeReadStateEvent(Shared.N)
            while True:
                await KeReadStateEvent(Shared.S)

        assert len({*self.places(Looks, 4)}) == 3


# -- mutants ----------------------------------------------------------------------------------------------------------


def nothing_on_the_stack():
    frame = standing._Walk._frame

    def mutant(self, function, at, awaited):
        code, instruction, variables, _, names = frame(self, function, at, awaited)
        return code, instruction, variables, names

    return standing._Walk, "_frame", mutant


MUTANTS = {
    "each instruction is a place of its own": lambda: (standing, "first_twin", lambda code, instruction: instruction),
    "nobody rests": lambda: (polling.Polling, "begins", lambda self, thread, cells: False),
    "all places are one": lambda: (polling, "standing", lambda thread: 1),
    "a place is a call": lambda: (polling, "standing", lambda thread: thread.call[1:]),
    "stacks are not looked at": nothing_on_the_stack,
    "what is closed over is not looked at": lambda: (
        standing._Walk,
        "_function",
        lambda self, one: standing._Same(one),
    ),
    "no list has a worth of its own": lambda: (standing, "elements", lambda one: ()),
    "each wait is in vain": lambda: (polling, "_in_vain", lambda thread, call, result: True),
    "no wait is": lambda: (polling, "_in_vain", lambda thread, call, result: False),
    "who rests is never let go": lambda: (executions.Execution, "let_go", lambda self: None),
    "who rests in the end polls for ever": lambda: (
        executions.Execution,
        "let_go",
        lambda self: setattr(self.polling, "for_ever", bool(self.polling.resting)),
    ),
    "writes to fields are not seen": lambda: (polling, "_writes_fields", lambda accesses: False),
}


def claims():
    """What the tests above say, as functions that raise."""
    small, livelock, waits = (
        TestARoundThatChangesSomethingIsNotInVain(),
        TestALivelock(),
        TestWhatTellsNothingIsNotTold(),
    )
    yield from (
        getattr(small, name) for name in sorted(vars(type(small))) if name.startswith("test_by_a") and "any" not in name
    )
    yield small.test_by_which_of_two_names_stands_for_a_list
    yield livelock.test_is_two_that_poll_for_each_other
    yield livelock.test_is_none_where_a_third_ends_it
    yield livelock.test_is_found_after_a_loop_that_was_left
    yield waits.test_that_it_sometimes_polls_in_vain_is_seen
    yield lambda: TestAHeartbeat().test_whose_unload_waits_for_its_end_holds(WaitingHeart, 9)


def fails(claim):
    try:
        claim()
    except Exception:
        return True
    return False


class TestMutants:
    @pytest.mark.parametrize("mutant", part(MUTANTS))
    def test_one_is_caught(self, mutant, monkeypatch):
        explore = ks.explore
        monkeypatch.setattr(ks, "explore", lambda *args, **given: explore(*args, **{"max_steps": 300, **given}))
        monkeypatch.setattr(*MUTANTS[mutant]())
        assert any(map(fails, claims()))


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(MUTANTS)

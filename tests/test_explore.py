"""`explore` and brute force agree; its counts are the published ones; nothing but a proof says `holds`."""

import inspect
import random
import sys
from datetime import timedelta
from functools import cache
from itertools import count

import pytest
from drivers import PATHS, SHARED, VOLUME, driver_of, programs, started
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive import everything, orders
from readme import mutants_in
from sizes import part, size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import executions, order, ordered, progress, reduction, search
from kevent_sim.orders.explore import refute
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import all_moved, notification_event, race, synchronization_event, with_movers

LIMIT = size(100, 400)  # orders; what has more is left to other examples


def until_it_stops(run):
    """All of a run; of one that ends in a bug check only that. What others had done by then is not interleaved by brief
    brute force: it takes the steps that nobody observes first, and a stopped machine takes no more."""
    return everything(run) if run.bugcheck is None else (str(run.bugcheck), run.bugcheck.line)


def same_as_brute_force(threads, signaled):
    """Whether `explore` finds what brute force finds; None where that is too much, or where there is a data race."""
    driver = driver_of(threads, signaled)
    made = orders(driver, brief=True, volume=VOLUME, limit=LIMIT)
    if made is None:
        return None
    every = ks.explore(driver, outcome=until_it_stops, volume=VOLUME)
    if any(finding.kind == "data race" for finding in every.findings):
        assert every.verdict != "holds"
        return None
    return set(every.outcomes) == set(map(until_it_stops, made))


class TestAgainstBruteForce:
    @settings(max_examples=size(20, 2000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs, st.booleans())
    def test_outcomes_and_histories_are_the_same_for_any_driver(self, threads, signaled):
        same = same_as_brute_force(threads, signaled)
        assume(same is not None)
        assert same

    @settings(max_examples=size(12, 1000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs, st.booleans())
    def test_long_executions_are_explored_as_short_ones_are(self, threads, signaled):
        """Their order is not taken over by the next one, and what they ask for is planned late."""
        driver = driver_of(threads, signaled)
        short = ks.explore(driver, volume=VOLUME, budget=size(60, 300))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "TAKEN_BACK", 0)
            patch.setattr(reduction, "TAKEN_BACK", 0)
            patch.setattr(order, "TAKEN_BACK", 0)
            long = ks.explore(driver, volume=VOLUME, budget=size(60, 300))
        assert (long.verdict, long.explored, long.outcomes) == (short.verdict, short.explored, short.outcomes)

    @pytest.mark.parametrize(
        ("uses", "stops"),
        [(("wait", "S", None, False), {0x139}), (("KeSetEvent", "S"), set()), (("initialise", "S", True), set())],
    )
    def test_so_they_are_where_an_event_is_initialised_while_its_threads_run(self, uses, stops):
        driver = driver_of([[("initialise", "S", False)], [uses]])
        made = orders(driver)
        every = ks.explore(driver, outcome=everything)
        assert set(every.outcomes) == set(map(everything, made))
        assert {run.bugcheck.code for run in made if run.bugcheck} == stops

    def test_so_they_are_where_a_driver_is_unloaded_while_its_threads_run(self):
        made = orders(race, stop=True, FileCount=1, WriteCount=0)
        every = ks.explore(race, outcome=everything, stop=True, FileCount=1, WriteCount=0)
        assert set(every.outcomes) == set(map(everything, made))
        stops = {finding.text[:14] for finding in every.findings if finding.kind == "bugcheck"}
        assert stops == {"bug check 0xCE", "bug check 0xD5"}

    @pytest.mark.parametrize(
        ("driver", "parameters", "counts"),
        [
            (race, {"FileCount": 1, "WriteCount": 1}, (588, 3)),
            (synchronization_event, {"FileCount": 1, "WriteCount": 0}, (1110, 2)),
            (notification_event, {"FileCount": 1, "WriteCount": 0}, (1435, 2)),
        ],
        ids=["race", "synchronization_event", "notification_event"],
    )
    def test_so_they_are_for_every_order_of_a_sample(self, driver, parameters, counts):
        made = orders(driver, **parameters)
        every = ks.explore(driver, outcome=everything, **parameters)
        assert set(every.outcomes) == set(map(everything, made))
        assert (len(made), every.explored) == counts  # orders, and classes of them


class TestCounts:
    """Classes of equivalent orders; the race's as Spin and Harmony count them."""

    @pytest.mark.parametrize("files", [1, 2, 3, 4, 5, 6])
    @pytest.mark.parametrize("writes", [0, 3])
    def test_each_open_of_the_race_comes_before_during_or_after_the_writing(self, files, writes):
        every = ks.explore(race, check=all_moved, FileCount=files, WriteCount=writes)
        bad = [one for one, run in every.examples.items() if not all_moved(run)]
        assert (every.explored, len(bad), every.verdict) == (3**files, 2**files - 1, "violated")

    @pytest.mark.parametrize("driver", [synchronization_event, notification_event])
    def test_both_fixes_are_proved_at_the_articles_size(self, driver):
        """Everyday at a tenth of it: notebook 07 proves both, too."""
        every = ks.explore(driver, check=all_moved, FileCount=size(100, 1000))
        assert (every.verdict, every.explored, len(every.outcomes)) == ("holds", 2, 1)
        assert every.parameters == {"FileCount": size(100, 1000), "WriteCount": 100}

    @pytest.mark.parametrize(("movers", "classes"), [(2, 6), (3, 24), (4, 120)])
    def test_movers_that_share_one_signal_always_deadlock(self, movers, classes):
        every = ks.explore(with_movers(synchronization_event, movers), FileCount=1, WriteCount=1)
        assert (every.explored, {run.verdict for run in every.examples.values()}) == (classes, {"deadlock"})

    @pytest.mark.parametrize(("movers", "classes"), [(1, 2), (2, 6), (3, 24)])
    def test_movers_that_share_a_semaphore_released_for_each_never_do(self, movers, classes):
        """On one semaphore no two of the calls commute: there are as many classes as orders, (movers + 1)!."""

        async def waits(Shared):
            await KeWaitForSingleObject(Shared.C, Executive, KernelMode, False, None)

        async def releases(Shared):
            await KeReleaseSemaphore(Shared.C, 0, movers, False)

        async def DriverEntry(DriverObject, RegistryPath):
            Shared = SHARED()
            await KeInitializeSemaphore(Shared.C, 0, movers)
            for routine in (releases, *[waits] * movers):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, every.explored) == ("holds", classes)

    def test_movers_that_reset_a_notification_event_sometimes_do(self):
        def ends(run):
            return run.verdict

        every = ks.explore(with_movers(notification_event, 2), outcome=ends, FileCount=1, WriteCount=0)
        assert (every.explored, every.outcomes) == (36, {"completed": 32, "deadlock": 4})

    @pytest.mark.parametrize("files", [1, 2, 3])
    def test_movers_that_leave_a_notification_event_signaled_never_do(self, files):
        async def DriverEntry(DriverObject, RegistryPath):
            SyncRes = synchronization_event.SYNC_RESOURCES()
            SyncRes.FileCount, SyncRes.WriteCount = files, 0
            await KeInitializeEvent(SyncRes.FileCreationEvent, NotificationEvent, False)
            mover = synchronization_event.FileMoveThread
            for routine in (synchronization_event.FileCreationThread, mover, mover):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, SyncRes)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, every.explored) == ("holds", 4 ** (files + 1))

    @pytest.mark.parametrize("files", [1, 2, 5, 8])
    def test_a_pipeline_with_an_event_for_each_file_has_two_orders_a_file(self, files):
        async def DriverEntry(DriverObject, RegistryPath):
            events = [KEVENT() for _ in range(files)]
            for event in events:
                await KeInitializeEvent(event, SynchronizationEvent, False)

            async def Creator(_):
                for event in events:
                    await KeSetEvent(event, 0, False)

            async def Mover(_):
                for event in events:
                    await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

            for routine in (Creator, Mover):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        assert (every.verdict, every.explored) == ("holds", 2**files)


class TestTheCounterexample:
    def test_is_the_simplest_and_comes_first(self):
        every = ks.explore(race, check=all_moved, budget=2, FileCount=3, WriteCount=2)
        assert (every.preemptions, every.minimal) == (0, True)

    def test_replays_by_the_line_that_every_verdict_prints(self):
        for driver in (race, synchronization_event, with_movers(synchronization_event, 2)):
            every = ks.explore(driver, check=all_moved, FileCount=2, WriteCount=1)
            assert every.replay in repr(every)
            names = {"ks": ks, getattr(every, "driver", ""): driver}
            again = eval(every.replay, names)
            assert again.outcome == (every.counterexample or next(iter(every.examples.values()))).outcome

    def test_with_one_preemption_is_found_where_none_will_do(self):
        async def Two(Shared):
            await KeSetEvent(Shared.S, 0, False)
            await KeResetEvent(Shared.S)

        async def One(Shared):
            await KeReadStateEvent(Shared.S)

        def unseen(run):
            return ("KeReadStateEvent", 1) not in zip(run_routines(run), run.columns["result"], strict=True)

        every = ks.explore(started(Two, One), check=unseen)
        assert (every.verdict, every.preemptions, every.minimal) == ("violated", 1, True)

    def test_is_the_same_where_the_search_ends_as_soon_as_it_is_known(self):
        explored = []
        met_late = CORPUS[110], 3  # a bad run with three preemptions comes before one with two
        for (threads, signaled), outcome in [met_late, *((one, -1) for one in CORPUS[:: size(60, 1)])]:
            driver = driver_of(threads, signaled)
            bad = [*ks.explore(driver, outcome=everything, volume=VOLUME).outcomes][outcome]

            def never(run, bad=bad):
                return everything(run) != bad

            every = ks.explore(driver, check=never, volume=VOLUME)
            found = refute(Subject(driver, VOLUME, 1_000, False, {}), never, 10_000)
            assert every.verdict == found.verdict == "violated"
            assert (found.replay, found.minimal) == (every.replay, every.minimal)
            explored.append((found.explored, every.explored))
        assert all(some <= classes for some, classes in explored)
        assert sum(some for some, _ in explored) < sum(classes for _, classes in explored) / 2


def run_routines(run):
    return [routine.name for routine in run.columns["routine"]]


def marked_line(module, text):
    """The number of the only line of a module that calls this."""
    (line,) = (n for n, line in enumerate(inspect.getsource(module).splitlines(), 1) if f"await {text}(" in line)
    return line


def cut(steps, routine, call, line):
    """The reason of a search that met a call of a routine, in this line of it, again and again."""
    line += inspect.getsourcelines(routine)[1]
    return f"a run was cut after {steps} steps: {routine.__name__}: {call}, line {line}, is met again and again"


def differs_at(step, call):
    return rf"^DriverEntry is not deterministic: run again .* something else at step {step} \({call}\)\. Nothing"


async def counts_up(Shared):
    await KeReadStateEvent(Shared.N)
    Shared.x = Shared.x + 1
    await KeReadStateEvent(Shared.N)


async def counts_for_ever(Shared):
    while not Shared.y:
        if await KeReadStateEvent(Shared.N):
            return
        Shared.x = Shared.x + 1


async def ends_the_count(Shared):
    await KeSetEvent(Shared.N, 0, False)


class TestNothingButAProofHolds:
    def test_a_budget_of_executions(self):
        every = ks.explore(with_movers(notification_event, 2), budget=3, FileCount=2, WriteCount=0)
        line = marked_line(notification_event, "KeWaitForSingleObject")
        assert (every.verdict, every.reason) == (
            "violated",
            f"FileMoveThread #2 waits for FileOperationEvent (line {line}); not all orders were explored: the budget "
            "of 3 executions is used up",
        )
        every = ks.explore(race, budget=3, FileCount=2, WriteCount=0)
        assert (every.verdict, every.reason) == ("inconclusive", "the budget of 3 executions is used up")

    def test_a_budget_of_time(self):
        every = ks.explore(notification_event, budget=timedelta(0), FileCount=2, WriteCount=0)
        assert (every.verdict, every.reason) == ("inconclusive", "the budget of 0:00:00 is used up")

    def test_a_data_race(self):
        every = ks.explore(started(counts_up, counts_up))
        assert (every.verdict, every.reason) == (
            "inconclusive",
            "data race: orders within steps were not explored",
        )
        line = inspect.getsourcelines(counts_up)[1] + 2
        assert [(finding.kind, finding.text) for finding in every.findings] == [
            ("data race", f"field SHARED.x: counts_up {one}, line {line} | counts_up #2 {other}, line {line}")
            for one, other in (("writes", "reads"), ("reads", "writes"), ("writes", "writes"))
        ]

    def test_a_poll_that_a_data_race_might_end(self):
        async def polls(Shared):
            while not Shared.x:
                await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
            await race.FileMoveThread(Shared)

        async def creates(Shared):
            await race.FileCreationThread(Shared)
            Shared.x = 1

        class SIZES(race.RACE_PARAMETERS):
            x: ULONG

        async def DriverEntry(DriverObject, RegistryPath):
            Shared = SIZES()
            Shared.FileCount = Shared.WriteCount = 2
            for routine in (creates, polls):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry, max_steps=300)
        assert (every.verdict, {finding.kind for finding in every.findings}) == ("inconclusive", {"data race"})

    def test_accesses_in_an_order_are_no_data_race(self):
        async def first(Shared):
            Shared.x = 1
            await KeSetEvent(Shared.S, 0, False)

        async def then(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)
            Shared.x = Shared.x + 1
            await KeReadStateEvent(Shared.S)

        assert ks.explore(started(first, then)).verdict == "holds"

    def test_an_access_after_the_signal_is_one(self):
        async def first(Shared):
            await KeSetEvent(Shared.S, 0, False)
            Shared.x = 1

        async def then(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)
            Shared.x = 2

        every = ks.explore(started(first, then))
        assert (every.verdict, every.findings[0].kind) == ("inconclusive", "data race")

    def test_rounds_that_write(self):
        every = ks.explore(started(counts_for_ever), max_steps=200)
        assert every.verdict == "inconclusive"
        assert every.reason.startswith(
            cut(200, counts_for_ever, "KeReadStateEvent", 2) + "; of the orders of its first"
        )

    def test_rounds_that_write_and_yet_what_goes_wrong_early_is_found(self):
        async def misses(Shared):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)

        async def pulses(Shared):
            await KePulseEvent(Shared.S, 0, False)

        every = ks.explore(started(counts_for_ever, misses, pulses, ends_the_count), max_steps=200)
        assert every.verdict == "violated"
        assert "not all orders were explored: a run was cut after 200 steps" in every.reason
        assert [waiting.thread for waiting in every.counterexample.waiting] == ["misses"]

    def test_a_driver_that_asks_the_clock(self):
        async def asks(Shared):
            await KeQuerySystemTime(LARGE_INTEGER(0))

        every = ks.explore(started(asks))
        line = inspect.getsourcelines(asks)[1] + 1
        assert every.verdict == "inconclusive"
        assert [(finding.kind, finding.text) for finding in every.findings] == [
            ("clock", f"KeQuerySystemTime in asks, line {line}")
        ]

    def test_a_driver_whose_code_raises_what_interrupts(self):
        async def DriverEntry(DriverObject, RegistryPath):
            await KeGetCurrentIrql()
            raise KeyboardInterrupt

        line = inspect.getsourcelines(DriverEntry)[1] + 2
        reason = f"interrupted after 0 classes: DriverEntry raises KeyboardInterrupt (line {line})"
        assert ks.explore(DriverEntry).reason == reason

    def test_a_run_that_was_cut_before_it_met_a_line_twice(self):
        every = ks.explore(race, max_steps=1, FileCount=1, WriteCount=1)
        assert every.reason.startswith("a run was cut after 1 step; of the orders of its first steps")

    def test_a_search_that_was_interrupted(self):
        def impatient(run):
            raise KeyboardInterrupt

        every = ks.explore(race, outcome=impatient, FileCount=2, WriteCount=1)
        assert (every.verdict, every.reason) == ("inconclusive", "interrupted after 1 class")

    def test_a_bug_check_is_a_violation(self):
        async def breaks(Shared):
            await KeSetEvent(KEVENT(), 0, False)

        every = ks.explore(started(breaks, counts_up))
        line = inspect.getsourcelines(breaks)[1] + 1
        assert every.verdict == "violated"
        assert [(finding.kind, finding.text) for finding in every.findings] == [
            (
                "bugcheck",
                "bug check 0xA IRQL_NOT_LESS_OR_EQUAL (0x0, 0x2, 0x0, 0x0): a KEVENT was never initialised: its wait "
                f"list points nowhere (line {line})",
            )
        ]


async def sets(Event):
    await KeSetEvent(Event, 0, False)


async def waits_for(Event):
    await KeWaitForSingleObject(Event, Executive, KernelMode, False, LARGE_INTEGER(0))


def starts_a_thread(routine, Type, in_extension, before):
    """A driver that initialises its event before it starts the thread that uses it, or after."""

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Event = (device.DeviceExtension if in_extension else SHARED()).S
        if before:
            await KeInitializeEvent(Event, Type, False)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Event)
        if not before:
            await KeInitializeEvent(Event, Type, False)
        return STATUS_SUCCESS

    return DriverEntry


def asks(request, Type, again):
    """A driver that hands over a request by S, by C or by starting a thread, and waits for the answer on N."""

    async def Answers(Shared):
        if request != "thread":
            await KeWaitForSingleObject(Shared.S if request == "S" else Shared.C, Executive, KernelMode, False, None)
        await KeSetEvent(Shared.N, 0, False)

    async def Asks(Shared):
        if request == "S":
            await KeSetEvent(Shared.S, 0, False)
        elif request == "C":
            await KeReleaseSemaphore(Shared.C, 0, 1, False)
        else:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Answers, Shared)
        if again:
            await KeInitializeEvent(Shared.N, Type, False)
        await KeWaitForSingleObject(Shared.N, Executive, KernelMode, False, None)

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = SHARED()
        await KeInitializeEvent(Shared.S, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.N, Type, False)
        await KeInitializeSemaphore(Shared.C, 0, 1)
        for routine in [Asks] if request == "thread" else [Asks, Answers]:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


each_use = pytest.mark.parametrize(
    ("routine", "Type", "in_extension"),
    [(sets, SynchronizationEvent, False), (waits_for, SynchronizationEvent, False), (sets, NotificationEvent, True)],
)
each_request = pytest.mark.parametrize(
    ("request_by", "Type"), [("S", SynchronizationEvent), ("C", NotificationEvent), ("thread", SynchronizationEvent)]
)


class TestWhenAnEventIsInitialised:
    """It is a step: who uses the event before it, and what it undoes, is found."""

    @each_use
    def test_a_thread_that_was_started_before_may_use_what_is_no_event(self, routine, Type, in_extension):
        every = ks.explore(starts_a_thread(routine, Type, in_extension, before=False))
        assert every.verdict == "violated"
        assert {finding.kind for finding in every.findings} == {"bugcheck"}
        line = inspect.getsourcelines(routine)[1] + 1
        assert (every.counterexample.bugcheck.code, every.counterexample.bugcheck.line) == (0x0A, line)

    @each_use
    def test_a_thread_that_is_started_afterwards_may_not(self, routine, Type, in_extension):
        assert ks.explore(starts_a_thread(routine, Type, in_extension, before=True)).verdict == "holds"

    @each_request
    def test_an_answer_is_lost_where_its_event_is_initialised_again_after_the_request(self, request_by, Type):
        every = ks.explore(asks(request_by, Type, again=True))
        assert every.verdict == "violated"
        assert {finding.kind for finding in every.findings} == {"deadlock"}
        assert [(who.thread, who.object) for who in every.counterexample.waiting] == [("Asks", "N")]

    @each_request
    def test_an_answer_is_never_lost_where_it_is_not(self, request_by, Type):
        assert ks.explore(asks(request_by, Type, again=False)).verdict == "holds"


class TestADriverThatIsNotDeterministic:
    def test_by_random_numbers_is_named(self):
        random.seed(0)

        async def rolls(Shared):
            for _ in range(8):
                if random.random() < 0.5:
                    await KeSetEvent(Shared.S, 0, False)
                else:
                    await KeResetEvent(Shared.S)

        line = inspect.getsourcelines(rolls)[1] + 3
        with pytest.raises(ks.Misuse, match=differs_at(4, f"rolls: KeSetEvent, line {line}")):
            ks.explore(started(rolls))

    def test_by_a_variable_that_outlives_the_run_is_named(self, monkeypatch):
        """One of a library: a driver's own does not."""
        monkeypatch.setattr(random, "seen", [], raising=False)

        async def remembers(Shared):
            random.seen.append(1)
            for _ in random.seen:
                await KeSetEvent(Shared.S, 0, False)

        line = inspect.getsourcelines(remembers)[1] + 3
        with pytest.raises(ks.Misuse, match=differs_at(5, f"remembers: KeSetEvent, line {line}")):
            ks.explore(started(remembers))


class TestTheBar:
    @pytest.mark.parametrize(("notebook", "clock"), [(False, "monotonic"), (True, "process_time")])
    def test_of_a_long_search_is_shown_to_who_watches_and_taken_away(self, monkeypatch, capsys, notebook, clock):
        seconds = count()
        modules = {name: module for name, module in sys.modules.items() if name != "ipykernel"}
        monkeypatch.setattr(progress.sys, "modules", modules | {"ipykernel": None} if notebook else modules)
        monkeypatch.delenv("KEVENT_SIM_PROGRESS")
        monkeypatch.setattr(progress, clock, lambda: next(seconds))
        monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
        ks.explore(race, FileCount=3, WriteCount=1)
        shown = capsys.readouterr().err.split("\r")
        assert any(text.startswith("exploring [####") for text in shown)
        assert shown[-1] == ""
        assert shown[-2].isspace()

    def test_of_a_short_one_is_not(self, capsys):
        ks.explore(race, FileCount=1, WriteCount=1)
        assert capsys.readouterr().err == ""


class TestArguments:
    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"check": 1}, TypeError),
            ({"outcome": "fates"}, TypeError),
            ({"budget": 0}, ValueError),
            ({"budget": "1 s"}, TypeError),
            ({"FileCout": 2}, ValueError),
            ({"max_steps": 0}, ValueError),
        ],
        ids=str,
    )
    def test_wrong_ones_are_refused(self, wrong, error):
        with pytest.raises(error):
            ks.explore(race, **wrong)


NAME = UNICODE_STRING("\\BaseNamedObjects\\Ready")


def states_read(run):
    told = zip(run_routines(run), run.columns["result"], strict=True)
    return tuple(result for routine, result in told if routine == "KeReadStateEvent")


async def closes(handle):
    await ZwClose(handle)


async def refers(handle):
    await ObReferenceObjectByHandle(handle, SYNCHRONIZE, None, KernelMode, PVOID(), None)


async def creates_an_event(handle):
    await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, NotificationEvent, True)


async def creates_a_named_event(handle):
    await IoCreateNotificationEvent(NAME, handle)


FILL = {routine.__name__: routine for routine in (creates_an_event, creates_a_named_event)}


def shares_variables(*routines):
    async def DriverEntry(DriverObject, RegistryPath):
        handle = HANDLE()
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, handle)
        return STATUS_SUCCESS

    return DriverEntry


class TestWhatACallFindsInAVariable:
    """A handle or a pointer that another thread fills in decides what a call does: both orders are explored."""

    def ends(self, *routines):
        every = ks.explore(shares_variables(*routines), outcome=lambda run: str(run.columns["result"]))
        return len({outcome.count("STATUS_INVALID_HANDLE") for outcome in every.outcomes})

    @pytest.mark.parametrize("fills", FILL)
    def test_of_a_handle(self, fills):
        assert self.ends(FILL[fills], refers) == 2

    def test_of_a_name_whose_event_may_be_gone(self):
        async def opens(handle):
            event = await IoCreateNotificationEvent(NAME, HANDLE())
            await KeReadStateEvent(event)

        async def DriverEntry(DriverObject, RegistryPath):
            handle = HANDLE()
            await KeResetEvent(await IoCreateNotificationEvent(NAME, handle))
            for routine in (closes, opens):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, handle)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry, outcome=states_read)
        assert set(every.outcomes) == {(0,), (1,)}


# -- mutants: what the agreement with brute force rests on ------------------------------------------------------------


def without_cells(kind, *routines):
    """Footprints without a kind of cell, in all routines or in some."""
    cells = executions.Execution.cells

    def mutant(self, choice):
        found = cells(self, choice)
        if found is None or (routines and self.target(choice).call[0].name not in routines):
            return found
        return [(cell, writes) for cell, writes in found if cell[0] != kind]

    return executions.Execution, "cells", mutant


def only_reading(kind, *routines):
    cells = executions.Execution.cells

    def mutant(self, choice):
        found = cells(self, choice)
        if found is None or self.target(choice).call[0].name not in routines:
            return found
        return [(cell, writes and cell[0] != kind) for cell, writes in found]

    return executions.Execution, "cells", mutant


def races_ignored():
    reverse = reduction.Reduction.reverse

    def mutant(self, execution, first, second):
        if execution.kernel.trace.column("routine")[execution.steps_of(second)].name != "KeWaitForSingleObject":
            reverse(self, execution, first, second)

    return reduction.Reduction, "reverse", mutant


def time_outs_vanish():
    enabled = executions.Execution.enabled

    def mutant(self):
        return [choice for choice in enabled(self) if self.happens(choice)]

    return executions.Execution, "enabled", mutant


MUTANTS = {
    "no cell for a name": lambda: without_cells("name"),
    "no cell for a share record": lambda: without_cells("share"),
    "no cell for a file's data": lambda: without_cells("data"),
    "a set touches nothing": lambda: without_cells("object", "KeSetEvent"),
    "a pulse touches nothing": lambda: without_cells("object", "KePulseEvent"),
    "a time-out touches nothing": lambda: without_cells("object", "time-out"),
    "an initialisation touches nothing": lambda: without_cells("object", "KeInitializeEvent"),
    "a release of a semaphore touches nothing": lambda: without_cells("object", "KeReleaseSemaphore"),
    "an alert touches nothing": lambda: without_cells("thread", "KeAlertThread"),
    "a thread's end touches nothing": lambda: without_cells("object", "PsTerminateSystemThread"),
    "two waits on a synchronization event commute": lambda: only_reading("object", "KeWaitForSingleObject"),
    "two creations of a file commute": lambda: only_reading("name", "ZwCreateFile"),
    "races with a wait are ignored": races_ignored,
    "a satisfied wait's time-out vanishes": time_outs_vanish,
    "who sleeps never wakes": lambda: (reduction, "conflict", lambda one, other: False),
    "a sequence is cut to the racing step": lambda: (order.Order, "not_after", lambda self, first: []),
    "a step is judged by what it did": lambda: (
        ordered.OrderedExecution,
        "reach",
        lambda self, event: self.order.events[event].cells,
    ),
    "clocks are not joined": lambda: (order, "joined", lambda one, other: one or other),
}


def corpus():
    """Small drivers, always the same."""
    draw = random.Random(7)

    def call():
        kind = draw.choice(
            ["KeSetEvent", "KeResetEvent", "KePulseEvent", "wait", "wait", "create", "open", "write", "close"]
        )
        if kind == "wait":
            return kind, draw.choice("SN"), draw.choice([None, None, -50]), False
        if kind in ("create", "open"):
            return kind, draw.choice(PATHS)
        return (kind, draw.choice("SN")) if kind[:2] == "Ke" else (kind,)

    return [[[call() for _ in range(draw.randint(1, 3))] for _ in range(draw.choice([2, 2, 3]))] for _ in range(150)]


TWO_WRITERS = [
    [("open", PATHS[1]), ("KeSetEvent", "S"), ("write",)],
    [("wait", "S", None, False), ("open", PATHS[1]), ("write",)],
]
# What must be seen of waits for several objects, of alerts and of threads' ends.
OBJECTS_AND_THREADS = [
    [[("all", ["S", "C"], None, False)], [("KeReleaseSemaphore", 1), ("KeSetEvent", "S")], [("wait", "S", -10, False)]],
    [
        [("any", ["S", "C"], None, False)],
        [("wait", "C", None, False)],
        [("KeSetEvent", "S"), ("KeReleaseSemaphore", 1)],
    ],
    [[("wait", "S", None, True), ("KeReadStateEvent", "N")], [("alert", 0)], [("KeSetEvent", "S")]],
    [[("KeSetEvent", "N")], [("wait", 0, 0, False)]],
    [[("wait", "C", None, False)], [("KeReleaseSemaphore", 2)], [("wait", "C", 0, False)]],
    [[("initialise", "N", False), ("KeReadStateEvent", "N")], [("KeSetEvent", "N")]],
]
CORPUS = [
    (threads, signaled) for threads in [TWO_WRITERS, *OBJECTS_AND_THREADS, *corpus()] for signaled in (False, True)
]


CATCH_MOST = 8, 13, 26, 100


@cache
def by_brute_force(number):
    """A driver of the corpus, its parameters and its outcomes; None where it has too many orders."""
    threads, signaled = CORPUS[number]
    made = orders(driver_of(threads, signaled), brief=True, volume=VOLUME, limit=200)
    return made and (driver_of(threads, signaled), {"volume": VOLUME}, set(map(everything, made)))


def cases(each=1):
    """One after the other, first those that most mutants are caught by."""
    yield from filter(None, map(by_brute_force, dict.fromkeys((*CATCH_MOST, *range(0, len(CORPUS), each)))))
    two = {"FileCount": 2, "WriteCount": 0}
    yield race, two, set(map(everything, orders(race, brief=True, **two)))


def answers_wrongly(driver, parameters, expected):
    """Does `explore` find other outcomes than there are? That it gives up, or breaks down, is no answer."""
    return set(ks.explore(driver, outcome=everything, **parameters).outcomes) != expected


def loses_its_way(driver, parameters, expected):
    """Does `explore` plan an order that cannot be run, though its threads share no memory that could decide that?"""
    every = ks.explore(driver, outcome=everything, **parameters)
    return every.verdict == "inconclusive" and every.reason.startswith("an order could not be run as planned")


LOSE_THEIR_WAY = ["a sequence is cut to the racing step"]  # and find all outcomes, nevertheless


class TestMutants:
    def test_the_explorer_itself_is_right_on_all_of_the_corpus(self):
        tried = list(cases(each=size(6, 1)))
        assert len(tried) == size(54, 294)
        for driver, parameters, expected in tried:
            every = ks.explore(driver, outcome=everything, **parameters)
            assert set(every.outcomes) == expected
            assert every.verdict != "inconclusive"

    @pytest.mark.parametrize("mutant", part(MUTANTS))
    def test_a_mutant_is_caught_by_a_wrong_answer(self, mutant, monkeypatch):
        monkeypatch.setattr(*MUTANTS[mutant]())
        wrong = loses_its_way if mutant in LOSE_THEIR_WAY else answers_wrongly
        assert any(wrong(*case) for case in cases())


def test_a_call_through_a_variable_can_reach_all_that_the_variable_has_stood_for():
    handles, pointer = (HANDLE(), HANDLE()), PVOID()

    async def DriverEntry(DriverObject, RegistryPath):
        for handle in handles:
            await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, NotificationEvent, True)
            await ObReferenceObjectByHandle(handle, SYNCHRONIZE, None, KernelMode, pointer, None)
            await KeWaitForSingleObject(pointer, Executive, KernelMode, False, None)
        return STATUS_SUCCESS

    execution = ordered.OrderedExecution(Subject(DriverEntry, None, 100, False, {}))
    with alone():
        execution.ordered(lambda enabled: enabled[0])
    routines = execution.kernel.trace.column("routine")
    waits = [event for event, routine in enumerate(routines) if routine.name == "KeWaitForSingleObject"]
    objects = [subject for subject in execution.kernel.trace.column("subject") if isinstance(subject, KEVENT)]
    first, second = dict.fromkeys(objects)
    assert {("object", first), ("object", second)} <= {
        execution.order.met[cell] for cell, _ in execution.reach(waits[-1])
    }


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(MUTANTS)


def test_an_error_in_a_drivers_code_says_whose_it_is_and_how_to_make_it_again():
    async def Sets(Shared):
        await KeSetEvent(Shared.N, 0, False)

    async def Looks(Shared):
        if await KeReadStateEvent(Shared.N):
            raise LookupError("lost")

    driver = started(Sets, Looks)
    with pytest.raises(LookupError) as caught:
        ks.explore(driver)
    whose, again = caught.value.__notes__
    line = inspect.getsourcelines(Looks)[1] + 1
    assert whose.startswith(f"The code of Looks raised this, after KeReadStateEvent in line {line} (step ")
    with pytest.raises(LookupError):
        eval(again.partition("  ")[2], {"ks": ks, "DriverEntry": driver})


@pytest.mark.parametrize(
    ("check", "note"),
    [
        (lambda run: run.no_such_thing, "This run was asked:  ks.run(race, "),
        (ks.always(lambda state: state.no_such_thing), "The state after step 0 was asked."),
    ],
)
def test_an_error_in_a_question_says_of_what_it_was_asked(check, note):
    with pytest.raises(AttributeError) as caught:
        ks.explore(race, check=check, FileCount=1, WriteCount=1)
    assert caught.value.__notes__[0].startswith(note)

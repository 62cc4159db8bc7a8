"""What each shipped policy chooses, draw by draw: its random numbers are given, and so every choice is known."""

from itertools import chain, groupby, repeat
from types import SimpleNamespace

import harness
import pytest

import kevent_sim as ks
from kevent_sim.machine.thread import Timeout
from kevent_sim.ntifs import *
from kevent_sim.runs import policies, windows
from kevent_sim.samples import race

TOP = 1 - 2**-53  # the greatest number that `random` returns


@pytest.fixture
def draws(monkeypatch):
    """Let every policy draw these numbers, and then the last of them again and again."""

    def let(*numbers):
        def generator(seed):
            return SimpleNamespace(random=chain(numbers, repeat(numbers[-1])).__next__)

        for module in (policies, windows):
            monkeypatch.setattr(module, "Generator", generator)

    return let


def choices(policy, asked, round_robin_steps=1):
    """The numbers of those chosen; `asked` is a list of (step, numbers of those ready)."""
    kernel = SimpleNamespace(steps=0, now=0)
    choose = policy.begin(kernel, policies.Setup("driver", {}, lambda: round_robin_steps))
    threads = [SimpleNamespace(number=number) for number in range(5)]
    chosen = []
    for kernel.steps, ready in asked:
        chosen.append(choose([threads[number] for number in ready]).number)
    return chosen


def steps(count, *ready):
    return [(step, ready) for step in range(count)]


def lengths(chosen):
    return [len(list(same)) for _, same in groupby(chosen)]


# -- RoundRobin --------------------------------------------------------------------------------------------------------


def test_round_robin_takes_the_next_higher_number_and_then_the_lowest_again():
    assert choices(ks.RoundRobin(), steps(7, 0, 1, 3)) == [0, 1, 3, 0, 1, 3, 0]
    asked = [(0, (1, 2)), (1, (0, 1)), (2, (1, 2)), (3, (0, 2)), (4, (2, 3)), (5, (2, 3)), (6, (3, 4))]
    assert choices(ks.RoundRobin(), asked) == [1, 0, 1, 2, 3, 2, 3]


def test_round_robin_fires_a_time_out_when_it_is_due_or_nobody_else_can_run_and_nobody_loses_a_turn():
    kernel = SimpleNamespace(steps=0, now=0)
    choose = ks.RoundRobin().begin(kernel, policies.Setup("driver", {}, lambda: 1))
    first, second = (SimpleNamespace(number=number) for number in (0, 1))
    waiter = SimpleNamespace(number=2, name="waiter")
    chosen = []
    for kernel.now, due, threads in [
        (4, 5, [first, second]), (5, 5, [first, second]), (6, 7, [first, second]), (9, 8, [first, second]),
        (9, 99, []), (9, 10, [first, second]),
    ]:  # fmt: skip
        chosen.append(choose([*threads, Timeout(waiter, due, None, ())]).number)
    assert chosen == [0, -3, 1, -3, -3, 0]


# -- Random ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_random_chooses_each_of_those_ready_by_an_equal_share_of_the_draws(draws, count):
    for one in range(count):
        for share in (0.001, 0.999):
            draws((one + share) / count)
            assert choices(ks.Random(burst=1), [(0, range(count))]) == [one]


@pytest.mark.parametrize("mean", [1, 2, 5])
def test_a_burst_is_as_probably_of_one_step_as_of_any_other_length_up_to_twice_the_mean_less_one(draws, mean):
    longest = 2 * mean - 1
    for length in range(1, longest + 1):
        for share in (0.001, 0.999):
            draws(0, (length - 1 + share) / longest, TOP, 0)  # a burst of thread 0, then thread 1
            assert choices(ks.Random(burst=mean), steps(length + 1, 0, 1)) == [0] * length + [1]


@pytest.mark.parametrize(("run", "mean"), [(1, 1), (9, 1), (10, 1), (19, 1), (20, 2), (59, 5)])
def test_the_mean_length_of_a_burst_is_a_tenth_of_the_run_where_none_is_given(draws, run, mean):
    draws(0, TOP, TOP)
    assert lengths(choices(ks.Random(), steps(2 * mean, 0, 1), round_robin_steps=run)) == [2 * mean - 1, 1]


def test_a_burst_ends_early_where_its_thread_cannot_go_on_and_the_next_is_drawn_anew(draws):
    draws(0, TOP, TOP, 0, 0, TOP)  # thread 0 for nine steps; it stops after two; thread 1 for one; thread 0 for nine
    asked = [*steps(2, 0, 1), (2, (1,)), *((step, (0, 1)) for step in range(3, 12))]
    assert choices(ks.Random(burst=5), asked) == [0, 0, 1, *[0] * 9]


def test_steps_that_nobody_was_asked_for_are_of_the_burst_too(draws):
    draws(0, 0.5, TOP, 0)  # a burst of (2 * 3 - 1) // 2 + 1 = 3 steps
    assert choices(ks.Random(burst=3), [(0, (0, 1)), (2, (0, 1)), (3, (0, 1))]) == [0, 0, 1]


# -- PCT ---------------------------------------------------------------------------------------------------------------


def test_pct_runs_the_ready_thread_of_the_highest_priority(draws):
    draws(0.3, 0.9, 0.5)
    asked = [(0, (0, 1, 2)), (1, (0, 2)), (2, (0,)), (3, (0, 1, 2))]
    assert choices(ks.PCT(depth=1, steps=9), asked) == [1, 2, 0, 1]


def test_pct_draws_a_priority_when_a_thread_is_first_ready_and_never_again(draws):
    draws(0.5, 0.4, 0.9, 0.1)
    asked = [(0, (0, 1)), (1, (1,)), (2, (0, 1, 2)), (3, (0, 1, 3)), (4, (1, 3))]
    assert choices(ks.PCT(depth=1, steps=9), asked) == [0, 1, 2, 0, 1]


def test_at_each_change_point_the_thread_that_would_run_falls_below_all_others(draws):
    draws(0.79, 0.21, 0.3, 0.9, 0.5)  # of ten steps: before steps 7 and 2
    asked = [*steps(9, 0, 1, 2), (9, (1, 2)), (10, (2,))]
    assert choices(ks.PCT(depth=3, steps=10), asked) == [1, 1, 2, 2, 2, 2, 2, 0, 0, 1, 2]


def test_whoever_falls_later_falls_lower_though_others_that_wait_stand_above(draws):
    draws(0.1, 0.3, 0.2, 0.3, 0.9)  # before steps 1 and 3
    asked = [(0, (1, 2)), (1, (1, 2)), (2, (0, 1, 2)), (3, (0, 1, 2)), (4, (0, 2)), (5, (0, 2))]
    assert choices(ks.PCT(depth=3, steps=10), asked) == [2, 1, 0, 1, 2, 2]


def test_a_change_point_may_be_the_first_step_and_two_may_be_one(draws):
    draws(0, 0.3, 0.9, 0.5)
    assert choices(ks.PCT(depth=2, steps=10), [(0, (0, 1, 2))]) == [2]
    draws(0, 0, 0.3, 0.9, 0.5)
    assert choices(ks.PCT(depth=3, steps=10), [(0, (0, 1, 2))]) == [0]


def test_a_change_point_that_was_passed_while_nobody_was_asked_is_made_up_for(draws):
    draws(0.2, 0.3, 0.9)
    assert choices(ks.PCT(depth=2, steps=10), [(0, (0, 1)), (5, (0, 1)), (6, (0, 1))]) == [1, 0, 0]


def test_the_steps_of_pct_are_those_of_a_round_robin_run_where_none_are_given(draws):
    draws(0.5, 0.3, 0.9)
    assert choices(ks.PCT(depth=2), steps(8, 0, 1), round_robin_steps=12) == [1] * 6 + [0] * 2
    draws(0.5, 0.3, 0.9)
    assert choices(ks.PCT(depth=2, steps=6), steps(8, 0, 1), round_robin_steps=12) == [1] * 3 + [0] * 5


# -- Windows -----------------------------------------------------------------------------------------------------------


def timed(driver, processors=1, durations=(), **parameters):
    """(thread or time-out, routine, processor, start, duration) of each step of a run under Windows."""
    run = ks.run(driver, ks.Windows(processors, durations=dict(durations)), **parameters)
    columns = run.columns
    names = [run.threads[choice] if isinstance(choice, int) else "time-out" for choice in columns["choice"]]
    routines = [routine.name for routine in columns["routine"]]
    return list(zip(names, routines, columns["processor"], columns["start"], columns["duration"], strict=True))


def test_on_one_processor_each_call_begins_where_the_last_one_ended_and_a_new_thread_1000_ticks_later(draws):
    draws(0.5)  # each call takes what is typical of it
    assert timed(race, FileCount=1, WriteCount=1) == [
        ("System", "ZwLoadDriver", 0, 1000, 10),
        ("System", "IoCreateDevice", 0, 1010, 300),
        ("System", "PsCreateSystemThread", 0, 1310, 300),
        ("System", "ZwClose", 0, 1610, 700),
        ("System", "PsCreateSystemThread", 0, 2310, 300),
        ("System", "ZwClose", 0, 2610, 700),
        ("FileCreationThread", "ZwCreateFile", 0, 4310, 3000),
        ("FileCreationThread", "ZwWriteFile", 0, 7310, 110),
        ("FileCreationThread", "ZwClose", 0, 7420, 700),
        ("FileCreationThread", "PsTerminateSystemThread", 0, 8120, 10),
        ("FileMoveThread", "ZwOpenFile", 0, 9130, 900),
        ("FileMoveThread", "ZwSetInformationFile", 0, 10030, 10000),
        ("FileMoveThread", "ZwClose", 0, 20030, 700),
        ("FileMoveThread", "PsTerminateSystemThread", 0, 20730, 10),
    ]


def test_on_two_a_thread_starts_1000_ticks_after_its_creation_where_a_processor_is_idle(draws):
    draws(0.5)
    assert timed(race, 2, FileCount=1, WriteCount=1) == [
        ("System", "ZwLoadDriver", 0, 1000, 10),
        ("System", "IoCreateDevice", 0, 1010, 300),
        ("System", "PsCreateSystemThread", 0, 1310, 300),  # its creation is at 1310
        ("System", "ZwClose", 0, 1610, 700),
        ("System", "PsCreateSystemThread", 0, 2310, 300),
        ("FileCreationThread", "ZwCreateFile", 1, 2310, 3000),
        ("System", "ZwClose", 0, 2610, 700),  # until 3310: only then is there a processor for the next thread
        ("FileMoveThread", "ZwOpenFile", 0, 4310, 900),
        ("FileMoveThread", "PsTerminateSystemThread", 0, 5210, 10),
        ("FileCreationThread", "ZwWriteFile", 1, 5310, 110),
        ("FileCreationThread", "ZwClose", 1, 5420, 700),
        ("FileCreationThread", "PsTerminateSystemThread", 1, 6120, 10),
    ]


@pytest.mark.parametrize(
    ("draw", "create", "other"), [(0, 1500, 5), (0.25, 2250, 7), (0.5, 3000, 10), (0.9999, 4499, 14)]
)
def test_a_call_takes_between_half_and_one_and_a_half_of_what_is_typical_of_it(draws, draw, create, other):
    draws(draw)
    took = {routine: duration for _, routine, _, _, duration in timed(race, FileCount=1, WriteCount=1)}
    assert (took["ZwCreateFile"], took["PsTerminateSystemThread"]) == (create, other)


def test_no_call_takes_no_time(draws):
    draws(0)
    took = {routine: duration for _, routine, _, _, duration in timed(race, 1, {"ZwClose": 1}, FileCount=1)}
    assert took["ZwClose"] == 1


async def polls(count):
    event = KEVENT("Polled")
    await KeInitializeEvent(event, NotificationEvent, False)
    for _ in range(count):
        await KeReadStateEvent(event)


def starts(*routines):
    """A driver of these threads, given as (routine, context)."""

    async def DriverEntry(DriverObject, RegistryPath):
        for routine, context in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, context)
        return STATUS_SUCCESS

    return DriverEntry


def turns(rows):
    """(who, how many calls, the start of the first) for each turn that a thread had."""
    return [
        (who, len(same), same[0][3])
        for who, same in ((who, list(same)) for who, same in groupby(rows, lambda row: row[0]))
    ]


def test_threads_as_urgent_as_each_other_take_turns_of_20_ms(draws):
    """Two threads as urgent as each other, with calls of 0.1 ms: 200 in a quantum, and the one that begins at its end.
    A context switch takes 2 us, and a start 0.1 ms."""
    draws(0.5)
    assert turns(timed(starts((polls, 500), (polls, 500)), 1, {"any other routine": 1000})) == [
        ("System", 3, 1000),
        ("polls", 201, 3600),
        ("polls #2", 201, 3600 + 201_000 + 1000),
        ("polls", 201, 205_600 + 201_000 + 20),
        ("polls #2", 201, 406_620 + 201_000 + 20),
        ("polls", 100, 607_640 + 201_000 + 20),
        ("polls #2", 100, 808_660 + 100_000 + 20),
    ]


@pytest.mark.parametrize(("first", "calls"), [(998, 202), (999, 201), (1000, 201)])
def test_a_call_that_begins_in_the_last_tick_of_a_quantum_or_later_is_the_last_of_it(draws, first, calls):
    """The first call takes so many ticks, and each other one 1000: the 201st begins after 199,000 ticks and those."""
    draws(0.5)

    async def opens_and_polls(count):
        await ZwOpenFile(HANDLE(), FILE_READ_DATA, harness.attributes_of("\\??\\C:\\Gone"), IO_STATUS_BLOCK(), 7, 0)
        await polls(count)

    durations = {"any other routine": 1000, "ZwOpenFile": first}
    rows = timed(starts((opens_and_polls, 500), (opens_and_polls, 500)), 1, durations)
    assert turns(rows)[1:3] == [
        ("opens_and_polls", calls, 3600),
        ("opens_and_polls #2", calls, 3600 + first + 1000 * (calls - 1) + 1000),
    ]


def stretches(rows, who):
    """[(start, end, processor)] of the calls of a thread that follow each other at once."""
    found = []
    for thread, _, processor, start, duration in rows:
        if thread == who and found and found[-1][1:] == (start, processor):
            found[-1] = (found[-1][0], start + duration, processor)
        elif thread == who:
            found.append((start, start + duration, processor))
    return found


def test_each_processor_has_its_own_quanta_and_the_earliest_to_end_is_looked_at(draws):
    """The first thread's is over at 203,000, and the call that begins then is its last. When that is over, so is the
    other's, of 200 calls from 3900 on: two processors for whoever has waited longest, the third thread and it."""
    draws(0.5)
    rows = timed(starts((polls, 450), (polls, 450), (polls, 100)), 2, {"any other routine": 1000})
    assert stretches(rows, "polls") == [(3000, 204_000, 1), (306_920, 557_920, 0)]
    assert stretches(rows, "polls #2") == [(3900, 203_900, 0), (204_020, 456_020, 1)]
    assert stretches(rows, "polls #3") == [(204_900, 306_900, 0)]


def test_a_thread_that_nobody_waits_behind_has_another_quantum(draws):
    """One that comes to wait in the midst of the second waits for the end of that one."""
    draws(0.5)

    async def comes_late(_):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-300_000))

    rows = timed(starts((comes_late, None), (polls, 650)), 1, {"any other routine": 1000})
    # The first is over at 205,600, while a call is made; the second at 206,600 + 200,000, and one call more.
    assert stretches(rows, "polls")[0] == (5600, 407_600, 0)
    assert ("time-out", 303_600) in [(row[0], row[3]) for row in rows]
    assert stretches(rows, "comes_late")[1] == (407_620, 409_620, 0)


def test_two_threads_that_one_signal_releases_go_on_at_once_where_both_have_a_processor(draws):
    draws(0.5)
    event = KEVENT("Gate")
    event.initialise(NotificationEvent, False)

    async def waits(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def sets(_):
        await KeSetEvent(event, 0, False)

    rows = timed(starts((waits, None), (waits, None), (sets, None)), 3)
    assert rows[6:] == [
        ("sets", "KeSetEvent", 0, 2910, 10),
        ("sets", "PsTerminateSystemThread", 0, 2920, 10),
        ("waits", "KeWaitForSingleObject", 1, 2930, 10),  # a context switch after 2910
        ("waits #2", "KeWaitForSingleObject", 2, 2930, 10),
        ("waits", "PsTerminateSystemThread", 1, 2940, 10),
        ("waits #2", "PsTerminateSystemThread", 2, 2940, 10),
    ]


def test_threads_take_turns_though_a_less_urgent_one_waits_too(draws):
    draws(0.5)

    async def steps_back(_):
        await KeSetPriorityThread(await KeGetCurrentThread(), 4)
        await polls(1)

    rows = timed(starts((steps_back, None), (polls, 300), (polls, 300)), 1, {"any other routine": 1000})
    told = [(who, calls) for who, calls, _ in turns(rows)]
    assert told[-5:] == [("polls", 201), ("polls #2", 201), ("polls", 101), ("polls #2", 101), ("steps_back", 3)]


@pytest.mark.parametrize(
    ("priorities", "goes_on", "gives_way"), [((8, 10), "busy #2", "busy"), ((10, 8), "busy", "busy #2")]
)
def test_of_two_busy_processors_the_one_of_the_less_urgent_thread_is_taken(draws, priorities, goes_on, gives_way):
    draws(0.5)

    async def sleeps(_):
        await KeSetPriorityThread(await KeGetCurrentThread(), 12)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-2_000))  # from 2030 on

    async def busy(priority):
        await KeSetPriorityThread(await KeGetCurrentThread(), priority)
        await polls(500)

    rows = timed(starts((sleeps, None), *((busy, priority) for priority in priorities)), 2)
    assert stretches(rows, "sleeps")[1][:2] == (4050, 4070)
    assert len(stretches(rows, goes_on)) == 1
    (_, until, place), (again, _, same) = stretches(rows, gives_way)
    assert (until, again) == (4030, 4070 + 20)
    assert place == same == stretches(rows, "sleeps")[1][2]


@pytest.mark.parametrize(("ticks", "order"), [(1000, ["time-out", "polls"]), (1001, ["polls", "time-out"])])
def test_a_time_out_comes_before_the_call_that_begins_when_it_is_due(draws, ticks, order):
    """The wait begins at 2010; `polls` makes a call each 10 ticks from 2610 on, and so at 3010."""
    draws(0.5)
    event = KEVENT("Never")
    event.initialise(SynchronizationEvent, False)

    async def waits(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-ticks))

    rows = timed(starts((waits, None), (polls, 100)), 2)
    assert ("waits", "KeWaitForSingleObject", 1, 2010, 10) in rows
    assert [who for who, _, _, start, _ in rows if 3010 <= start <= 2010 + ticks] == order
    assert ("time-out", "time-out", 0, 2010 + ticks, 0) in rows
    # It goes on where it waited, a context switch later.
    assert ("waits", "KeWaitForSingleObject", 1, 2010 + ticks + 20, 10) in rows

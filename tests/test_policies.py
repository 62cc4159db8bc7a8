"""Who runs next: what each shipped policy promises."""

import pytest

import kevent_sim as ks
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.ntifs import *
from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.run import chooser
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import all_moved, fates, notification_event, race, synchronization_event

SIZE = {"FileCount": 4, "WriteCount": 3}
SHIPPED = [
    ks.RoundRobin(),
    ks.Random(),
    ks.Random(7, 5),
    ks.PCT(),
    ks.PCT(3, 9),
    ks.Windows(),
    ks.Windows(1),
    ks.Windows(4, 3),
]


@pytest.mark.parametrize("policy", SHIPPED, ids=repr)
@pytest.mark.parametrize("sample", [race, synchronization_event, notification_event], ids=["race", "sync", "notif"])
def test_the_same_policy_gives_the_same_run_twice(policy, sample):
    first, second = (ks.run(sample, policy=policy, **SIZE) for _ in range(2))
    assert first.schedule == second.schedule
    assert first.outcome == second.outcome
    for name in ("choice", "start", "duration", "processor", "result"):
        assert first.columns[name] == second.columns[name]


@pytest.mark.parametrize(("kind", "different"), [(ks.Random, 17), (ks.PCT, 19)])
def test_another_seed_gives_nearly_always_another_run(kind, different):
    schedules = {ks.run(race, policy=kind(seed=seed), **SIZE).schedule.choices for seed in range(20)}
    assert len(schedules) == different


def test_another_seed_gives_windows_other_times():
    times = {tuple(ks.run(race, policy=ks.Windows(seed=seed), **SIZE).columns["start"]) for seed in range(20)}
    assert len(times) == 20


@pytest.mark.parametrize("policy", SHIPPED, ids=repr)
@pytest.mark.parametrize("sample", [synchronization_event, notification_event], ids=["sync", "notif"])
def test_no_policy_can_undo_what_an_event_orders(policy, sample):
    run = ks.run(sample, policy=policy, **SIZE)
    assert all_moved(run)
    assert fates(run) == "CCCC"


@pytest.mark.parametrize("policy", SHIPPED, ids=repr)
def test_the_repr_of_a_policy_makes_it_again(policy):
    names = {"RoundRobin": ks.RoundRobin, "Random": ks.Random, "PCT": ks.PCT, "Windows": ks.Windows}
    assert eval(repr(policy), names) == policy


def test_the_repr_of_a_policy_shows_its_defaults_but_not_what_depends_on_the_run():
    assert repr([ks.RoundRobin(), ks.Random(), ks.PCT(), ks.Windows()]) == (
        "[RoundRobin(), Random(seed=0), PCT(depth=2, seed=0), Windows(processors=2, seed=0)]"
    )


def test_round_robin_is_the_default_and_gives_every_thread_one_step_in_turn():
    run = ks.run(race, **SIZE)
    assert run.schedule == ks.run(race, policy=ks.RoundRobin(), **SIZE).schedule
    # System creates both, and both make calls by then; the mover's five are over long before the creator's 22.
    assert run.schedule.choices == (*[0] * 4, 1, *[0, 1, 2] * 2, *[1, 2] * 3, *[1] * 15)


def test_a_function_of_the_ready_threads_is_a_policy():
    def the_mover_last(ready):
        return min(ready, key=lambda choice: choice.name == "FileMoveThread")

    def the_mover_first(ready):
        return max(ready, key=lambda choice: (choice.name == "FileMoveThread", choice.name == "System"))

    assert fates(ks.run(race, policy=the_mover_last, **SIZE)) == "CCCC"
    assert fates(ks.run(race, policy=the_mover_first, **SIZE)) == "AAAA"


def test_a_learners_policy_may_have_the_name_of_a_shipped_one():
    def RoundRobin(ready):
        return ready[-1]

    run = ks.run(race, policy=RoundRobin, **SIZE)
    assert ks.run(race, policy=ks.Replay(str(run.schedule))).outcome == run.outcome
    assert "Replay" in run.replay


def test_a_policy_is_shown_what_each_thread_is_about_to_do():
    calls = set()

    def looks(ready):
        calls.update(choice.call[0].name for choice in ready)
        return ready[0]

    ks.run(synchronization_event, policy=looks, **SIZE)
    # Nobody is asked while System is alone; the first chosen ends before the mover stands before an open.
    assert calls == {
        "PsCreateSystemThread", "ZwCreateFile", "ZwWriteFile", "ZwClose", "KeSetEvent", "KeWaitForSingleObject",
        "PsTerminateSystemThread",
    }  # fmt: skip


async def TwoDelays(DriverObject, RegistryPath):
    async def Worker(ticks):
        for _ in range(3):
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-ticks))

    for ticks in 20, 50:
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, ticks)
    return STATUS_SUCCESS


def one_by_one(subject, policy):
    """The run as the main loop is written in a book."""
    with alone():
        machine = Machine(subject)
        kernel, choose = machine.kernel, chooser(policy, machine)
        with machine.running():
            while kernel.steps < subject.max_steps and (ready := kernel.ready()):
                asks = len(ready) > 1 or getattr(choose, "timed", False)
                kernel.step(choose(ready) if asks else ready[0])
    return machine.run("")


@pytest.mark.parametrize("sample", [race, synchronization_event, TwoDelays], ids=["race", "sync", "delays"])
@pytest.mark.parametrize("max_steps", [1, 2, 9, 20, 1000])
def test_however_many_steps_are_taken_at_once_a_policy_is_asked_as_before_each(sample, max_steps):
    asked = []

    def the_newest(ready):
        asked.append([(choice.name, choice.call[0].name) for choice in ready])
        return ready[-1]

    for policy in [*SHIPPED, the_newest]:
        subject = Subject(sample, None, max_steps, False, {} if sample is TwoDelays else SIZE)
        at_once = ks.run(sample, policy=policy, max_steps=max_steps, **subject.parameters)
        shown, asked[:] = asked[:], []
        step_by_step = one_by_one(subject, policy)
        assert at_once.columns["choice"] == step_by_step.columns["choice"]
        assert at_once.columns["start"] == step_by_step.columns["start"]
        assert shown == asked


def test_a_policy_that_has_no_more_to_say_ends_the_run():
    order = iter([])
    with pytest.raises(RuntimeError, match="StopIteration"):
        ks.run(race, policy=lambda ready: next(order), **SIZE)


def test_pct_of_depth_one_switches_only_where_a_thread_ends_or_waits():
    for seed in range(30):
        choices = ks.run(race, policy=ks.PCT(depth=1, seed=seed), **SIZE).schedule.choices
        turns = [thread for thread, before in zip(choices, (None, *choices), strict=False) if thread != before]
        # 0 is the System thread: a thread of higher priority interrupts it once, when it is created.
        assert turns.count(1) == turns.count(2) == 1


def test_pct_of_depth_two_finds_a_partly_moved_outcome_that_depth_one_cannot():
    def found(depth):
        return {fates(ks.run(race, policy=ks.PCT(depth, seed), **SIZE)) for seed in range(60)}

    assert found(1) == {"AAAA", "CCCC"}
    # One change point: the mover is overtaken once, or overtakes once, and meets one file half written at most.
    assert found(2) == {
        "AAAA", "BAAA", "CBAA", "CCBA", "CCCB", "CCAA", "CCCA", "CCCC", "AAAC", "AACC", "ACCC",
    }  # fmt: skip


# -- Windows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("processors", [1, 2, 3, 8])
def test_a_processor_makes_one_call_at_a_time_and_a_thread_too(processors):
    run = ks.run(race, policy=ks.Windows(processors=processors), FileCount=20, WriteCount=5)
    columns = run.columns
    for key in "processor", "choice":
        free = {}
        for who, start, duration in zip(columns[key], columns["start"], columns["duration"], strict=True):
            assert start >= free.get(who, 0)
            free[who] = start + duration
    assert set(columns["processor"]) == set(range(min(processors, 3)))  # there are three threads
    assert columns["start"] == sorted(columns["start"])


def test_the_time_outs_of_windows_are_fired_by_the_clock():
    event = KEVENT("E")
    event.initialise(SynchronizationEvent, False)

    async def Waits(milliseconds):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-10_000 * milliseconds))

    async def DriverEntry(DriverObject, RegistryPath):
        for milliseconds in 30, 10, 20:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Waits, milliseconds)
        return STATUS_SUCCESS

    columns = ks.run(DriverEntry, policy=ks.Windows()).columns
    fired = [
        (choice, start)
        for choice, start in zip(columns["choice"], columns["start"], strict=True)
        if isinstance(choice, TimeOutOf)
    ]
    begun = {
        TimeOutOf(choice): start
        for choice, start, routine, result in zip(
            columns["choice"], columns["start"], columns["routine"], columns["result"], strict=True
        )
        if routine.name == "KeWaitForSingleObject" and result is not STATUS_TIMEOUT
    }
    assert [choice for choice, _ in fired] == [TimeOutOf(2), TimeOutOf(3), TimeOutOf(1)]
    assert [start - begun[choice] for choice, start in fired] == [100_000, 200_000, 300_000]


def test_untimed_policies_can_let_a_time_out_win_over_a_signal_that_was_coming():
    """The expiry of a pending wait is a choice like a thread: both ends of the story are found."""

    async def Waits(event):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-10_000_000))

    async def Sets(event):
        await KeReadStateEvent(event)
        await KeSetEvent(event, IO_NO_INCREMENT, False)

    class SHARED(Structure):
        E: KEVENT

    async def DriverEntry(DriverObject, RegistryPath):
        event = SHARED().E
        await KeInitializeEvent(event, SynchronizationEvent, False)
        for routine in Waits, Sets:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, event)
        return STATUS_SUCCESS

    def wait_ended(policy):
        columns = ks.run(DriverEntry, policy=policy).columns
        routines = [routine.name for routine in columns["routine"]]
        last = max(i for i, name in enumerate(routines) if name == "KeWaitForSingleObject")
        return columns["result"][last]

    both = {STATUS_SUCCESS, STATUS_TIMEOUT}
    assert {wait_ended(ks.Random(seed, 1)) for seed in range(20)} == both
    assert {wait_ended(ks.PCT(2, seed)) for seed in range(20)} == both
    assert wait_ended(ks.RoundRobin()) == STATUS_SUCCESS
    assert wait_ended(ks.Windows()) == STATUS_SUCCESS

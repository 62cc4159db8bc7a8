"""A run is its schedule: the text of any run makes the same run again."""

import pytest

import kevent_sim as ks
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.ntifs import *
from kevent_sim.samples import notification_event, race, synchronization_event

SAMPLES = {"race": race, "sync": synchronization_event, "notif": notification_event}
SIZE = {"FileCount": 3, "WriteCount": 4}


def always_the_last(ready):
    return ready[-1]


POLICIES = [
    ks.RoundRobin(), ks.Random(), ks.Random(seed=3, burst=2), ks.PCT(), ks.PCT(depth=3, seed=5, steps=50), ks.Windows(),
    ks.Windows(processors=1, seed=4), ks.Windows(durations={"ZwClose": 5}),
    always_the_last,
]  # fmt: skip


def same(run, replayed, timed):
    """Are the two runs the same, step by step?  Handles and objects are compared by what they are called."""
    assert replayed.schedule == run.schedule
    assert str(replayed.schedule) == str(run.schedule)
    assert replayed.outcome == run.outcome
    assert replayed.waiting == run.waiting
    assert str(replayed.bugcheck) == str(run.bugcheck)
    for name in ("choice", "code", "instruction", *(("start", "duration", "processor") if timed else ())):
        assert replayed.columns[name] == run.columns[name], name
    assert [each.name for each in replayed.columns["routine"]] == [each.name for each in run.columns["routine"]]
    statuses = [[each for each in one.columns["result"] if isinstance(each, int)] for one in (run, replayed)]
    assert statuses[0] == statuses[1]


def check(driver, policy, volume=None, **options):
    run = ks.run(driver, policy=policy, volume=volume, **options)
    same(run, ks.run(driver, policy=ks.Replay(str(run.schedule)), volume=volume), isinstance(policy, ks.Windows))
    same(run, ks.run(driver, policy=ks.Replay(run.schedule), volume=volume), isinstance(policy, ks.Windows))
    return run


# -- every kind of run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_completed_run_replays(sample, policy):
    assert check(SAMPLES[sample], policy, **SIZE).verdict == "completed"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
def test_an_unfinished_run_replays(policy):
    assert check(race, policy, max_steps=17, **SIZE).verdict == "unfinished"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
def test_a_run_that_a_bug_check_stopped_replays(policy):
    # The last thread chosen first, both threads of the driver have ended when it is unloaded.
    ends_first = policy is always_the_last
    run = check(synchronization_event, policy, stop=True, **SIZE)
    assert run.verdict == ("completed" if ends_first else "bugcheck")


async def Waits(Event):
    await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)


async def WaitsAWhile(Event):
    for milliseconds in (1, 2, 0, 3):
        await KeWaitForSingleObject(Event, Executive, KernelMode, False, LARGE_INTEGER(-10_000 * milliseconds))


async def Delays(Event):
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-15_000))
    await KeSetEvent(Event, EVENT_INCREMENT, False)
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-15_000))
    await KePulseEvent(Event, EVENT_INCREMENT, False)


class SHARED(Structure):
    Event: KEVENT


def starts(*routines):
    async def DriverEntry(DriverObject, RegistryPath):
        Event = SHARED().Event
        await KeInitializeEvent(Event, SynchronizationEvent, False)
        for routine in routines:
            handle = HANDLE()
            await PsCreateSystemThread(handle, 0, None, None, None, routine, Event)
            await ZwClose(handle)
        return STATUS_SUCCESS

    return DriverEntry


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
def test_a_run_with_time_outs_replays(policy):
    run = check(starts(WaitsAWhile, Delays, WaitsAWhile), policy)
    assert run.verdict == "completed"
    fired = {choice for choice in run.schedule.choices if isinstance(choice, TimeOutOf)}
    assert fired == {TimeOutOf(1), TimeOutOf(2), TimeOutOf(3)}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
def test_a_deadlocked_run_replays(policy):
    run = check(starts(Waits, Delays, Waits, Waits), policy)
    assert run.verdict == "deadlock"
    # Two signals release two of three, where both find a waiter or are kept; a pulse that finds none is lost.
    waiting = [one.thread for one in run.waiting]
    if policy is always_the_last:
        assert waiting == ["Waits #2", "Waits #3"]
    else:
        assert waiting == ["Waits #2" if policy == ks.Random(seed=3, burst=2) else "Waits #3"]


def test_a_run_from_a_volume_of_its_own_replays_with_it():
    left_over = ks.Volume(files={"C:\\Temp\\file_0.txt": 99, "C:\\Temp2\\NewFile_1.txt": b"old"})
    for policy in POLICIES:
        run = check(race, policy, volume=left_over, **SIZE)
        assert "volume=volume" in run.replay
    assert left_over.files("C:\\Temp") == {"file_0.txt": 99}, "a run copies the volume that it is given"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: getattr(policy, "__name__", repr(policy)))
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_line_that_a_run_prints_repeats_it(sample, policy):
    run = ks.run(SAMPLES[sample], policy=policy, **SIZE)
    names = {sample.__name__.rpartition(".")[2]: sample for sample in SAMPLES.values()}
    same(run, eval(run.replay, {"ks": ks, **names}), isinstance(policy, ks.Windows))
    assert repr(run).endswith(f"replay: {run.replay}")


@pytest.mark.parametrize("options", [{"stop": True}, {"max_steps": 17}, {"max_steps": 21, "stop": True}])
@pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Windows(), always_the_last], ids=["robin", "windows", "own"])
def test_the_line_repeats_a_run_that_was_stopped_or_cut_short(policy, options):
    run = ks.run(synchronization_event, policy=policy, **options, **SIZE)
    same(run, eval(run.replay, {"ks": ks, "synchronization_event": synchronization_event}), policy == ks.Windows())


def test_a_replay_needs_no_parameters_and_accepts_the_same_ones():
    run = ks.run(race, **SIZE)
    assert ks.run(race, policy=ks.Replay(run.schedule), **SIZE).schedule == run.schedule

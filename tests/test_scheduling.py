"""The vectors on scheduling that are scenarios, as drivers on one processor of `Windows`: boost, decay, preemption.

What a step can show of "before the setter's next statement" is: before its next call. So what the scenarios keep in a
variable is kept in an object here, and each store is a call.
"""

import pytest
from vectors import SCENARIOS, ids

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.runs.windows import QUANTUM

SEEDS = range(3)


def run_on_one_processor(seed, durations, DriverEntry):
    run = ks.run(DriverEntry, ks.Windows(1, seed, durations))
    assert run.verdict == "completed"
    return run


async def create_thread(StartRoutine):
    await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, StartRoutine, None)


def wait(Object):
    return KeWaitForSingleObject(Object, Executive, KernelMode, False, None)


def either_may_run_first(recorded) -> bool:
    return all(count in (i, i + 1) for i, count in enumerate(recorded))


def the_woken_thread_runs_first(recorded) -> bool:
    return recorded == list(range(len(recorded)))


CLAIMS = {
    "for every i in 0..999: counter[i] in {i, i+1}": either_may_run_first,
    "counter[0]==0 and counter[i]==counter[i-1]+1": the_woken_thread_runs_first,
}


def ping_pong(seed, expect, iterations, setter_priority, increment):
    event, wanted, counter = KEVENT("E"), KEVENT("WE"), KSEMAPHORE("Counter")
    recorded, priorities = [], {}

    async def Setter(Context):
        assert (await KeGetCurrentThread()).Priority == setter_priority
        for _ in range(iterations):
            await wait(wanted)
            await KeSetEvent(event, increment, False)
            await KeReleaseSemaphore(counter, IO_NO_INCREMENT, 1, False)
        priorities["setter_priority_end"] = (await KeGetCurrentThread()).Priority

    async def Count(Context):
        for _ in range(iterations):
            await KeSetEvent(wanted, IO_NO_INCREMENT, True)
            await wait(event)
            recorded.append(await KeReadStateSemaphore(counter))
        priorities["counter_thread_priority_end"] = (await KeGetCurrentThread()).Priority

    async def DriverEntry(DriverObject, RegistryPath):
        for each in (event, wanted):
            await KeInitializeEvent(each, SynchronizationEvent, False)
        await KeInitializeSemaphore(counter, 0, iterations)
        await create_thread(Setter)
        await create_thread(Count)
        return STATUS_SUCCESS

    run_on_one_processor(seed, {}, DriverEntry)
    assert len(recorded) == iterations
    assert CLAIMS[expect["counter"]](recorded)
    assert priorities == {name: value for name, value in expect.items() if name != "counter"}


def decay(seed, expect, base, boosted_to):
    """The boosted thread has the processor to itself, and looks at its priority until two more quanta are over."""
    event, call = KEVENT("E"), 1_000
    seen = []  # (time since it ran first, priority)

    async def Boosted(Context):
        thread, before, now = await KeGetCurrentThread(), LARGE_INTEGER(), LARGE_INTEGER()
        assert thread.BasePriority == base
        await wait(event)
        await KeQuerySystemTime(before)
        while now.QuadPart - before.QuadPart < (len(expect["priority_after_quanta"]) + 1) * QUANTUM:
            await KeQuerySystemTime(now)
            seen.append((now.QuadPart - before.QuadPart, thread.Priority))

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await create_thread(Boosted)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000_000))
        await KeSetEvent(event, boosted_to - base, False)
        return STATUS_SUCCESS

    run_on_one_processor(seed, {"any other routine": call}, DriverEntry)
    # A quantum ends between two calls: the end of the k-th is late by k calls at most, of 1.5 times their mean length.
    levels = [boosted_to, *expect["priority_after_quanta"]]
    for quanta, level in enumerate(levels):
        begin, end = quanta * (QUANTUM + 3 * call // 2), (quanta + 1) * QUANTUM - 3 * call
        during = {priority for time, priority in seen if begin <= time < end}
        assert during == {level}, quanta


def preempt(seed, expect, running, ready):
    """`Running` makes `Ready` ready while `Other`, as urgent as `Running`, has been ready for longer."""
    event, ran = KEVENT("E"), []

    async def Ready(Context):
        await wait(event)
        ran.append(("Ready", (await KeGetCurrentThread()).Priority))

    async def Running(Context):
        assert (await KeGetCurrentThread()).Priority == running
        await KeSetEvent(event, ready - running, False)
        for _ in range(3):
            await KeReadStateEvent(event)
            ran.append(("Running", running))

    async def Other(Context):
        ran.append(("Other", (await KeGetCurrentThread()).Priority))

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await create_thread(Ready)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000_000))
        await create_thread(Running)
        await create_thread(Other)
        return STATUS_SUCCESS

    run_on_one_processor(seed, {}, DriverEntry)
    first, others, last = [("Ready", ready)], [("Running", running)] * 3, [("Other", running)]
    if expect["preempts"]:
        assert expect["preempted_goes"] == "head"
        assert ran == first + others + last
    else:
        assert expect["queue"] == "tail"
        assert ran == others + last + first


PLAYS = {"ping_pong": ping_pong, "decay": decay, "preempt": preempt}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("vector", SCENARIOS, ids=ids(SCENARIOS))
def test_the_dispatcher_does_what_the_scenario_says(vector, seed):
    for step in vector["steps"]:
        arguments = dict(step["args"])
        PLAYS[arguments.pop("name")](seed, step["expect"], **arguments)


@pytest.mark.parametrize("increment", [0, 1])
def test_without_a_boost_the_woken_thread_waits_for_the_setter_and_with_one_it_does_not(increment):
    """The two claims of the scenario are told apart: what increment 0 shows is not what increment 1 must show."""
    event, order = KEVENT("E"), []

    async def Woken(Context):
        await wait(event)
        order.append("woken")

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await create_thread(Woken)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000_000))
        await KeSetEvent(event, increment, False)
        await KeReadStateEvent(event)
        order.append("setter")
        return STATUS_SUCCESS

    run_on_one_processor(0, {}, DriverEntry)
    assert order == (["woken", "setter"] if increment else ["setter", "woken"])

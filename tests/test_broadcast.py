"""A condition variable of two events and a count, as file systems that were ported to Windows have one: who is woken
by a broadcast and finds that nobody else waits turns it off. Where it looks outside the lock, it turns off the next."""

import kevent_sim as ks
from kevent_sim.ntifs import *


class CONDITION(Structure):
    Lock: KEVENT  # signaled: nobody has it
    Broadcast: KEVENT
    Waiters: ULONG
    Stage: ULONG


async def enter(Shared):
    await KeWaitForSingleObject(Shared.Lock, Executive, KernelMode, False, None)


async def leave(Shared):
    await KeSetEvent(Shared.Lock, IO_NO_INCREMENT, False)


async def turn_off_as_the_last(Shared):
    if Shared.Waiters == 1:
        await KeClearEvent(Shared.Broadcast)
    Shared.Waiters -= 1


async def wait_and_count_outside(Shared):
    Shared.Waiters += 1
    await leave(Shared)
    await KeWaitForSingleObject(Shared.Broadcast, Executive, KernelMode, False, None)
    await turn_off_as_the_last(Shared)
    await enter(Shared)


async def wait_and_count_inside(Shared):
    Shared.Waiters += 1
    await leave(Shared)
    await KeWaitForSingleObject(Shared.Broadcast, Executive, KernelMode, False, None)
    await enter(Shared)
    await turn_off_as_the_last(Shared)


def driver(wait):
    """One thread goes to stage 1, then to 2, and tells all each time; one waits for either."""

    def waits_for(stage):
        async def Waiter(Shared):
            await enter(Shared)
            while Shared.Stage < stage:
                await wait(Shared)
            await leave(Shared)

        return Waiter

    async def Teller(Shared):
        for stage in (1, 2):
            await enter(Shared)
            Shared.Stage = stage
            if Shared.Waiters:
                await KeSetEvent(Shared.Broadcast, IO_NO_INCREMENT, False)
            await leave(Shared)

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(CONDITION), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeEvent(Shared.Lock, SynchronizationEvent, True)
        await KeInitializeEvent(Shared.Broadcast, NotificationEvent, False)
        for routine in (waits_for(1), waits_for(2), Teller):
            await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def explored(wait):
    return ks.explore(driver(wait), max_steps=100)


def test_a_broadcast_that_is_turned_off_as_it_comes_is_missed():
    every = explored(wait_and_count_outside)
    assert every.verdict == "violated"
    assert every.counterexample.verdict == "deadlock"
    assert [(each.thread, each.object) for each in every.counterexample.waiting] == [("Waiter #2", "Broadcast")]
    assert "field CONDITION.Waiters" in str(every)


def test_it_is_not_missed_where_waiters_are_counted_inside_the_lock_and_what_is_no_proof_says_why():
    every = explored(wait_and_count_inside)
    assert every.verdict == "inconclusive"  # who is let through too early looks again, as often as it may
    assert "is met again and again; of the orders of its first steps" in every.reason
    assert every.findings == ()

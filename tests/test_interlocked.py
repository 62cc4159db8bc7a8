"""Numbers that threads share and change in one step: no data race among such steps, one with any other access."""

import pytest
from naive import everything, orders

import kevent_sim as ks
from kevent_sim.ntifs import *


class SHARED(Structure):
    Ready: KEVENT
    Count: ULONG
    Other: ULONG


def starts(*routines):
    async def DriverEntry(DriverObject, RegistryPath):
        Shared = SHARED()
        await KeInitializeEvent(Shared.Ready, NotificationEvent, False)
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def result(start, call, *arguments):
    """What a call returns, and what it leaves in the field."""
    found = []

    async def Calls(Shared):
        Shared.Count = start
        found.append(await call(Shared, "Count", *arguments))
        found.append(Shared.Count)

    ks.run(starts(Calls))
    return tuple(found)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ((5, InterlockedIncrement), (6, 6)),
        ((0x7FFF_FFFF, InterlockedIncrement), (-0x8000_0000, -0x8000_0000)),
        ((0xFFFF_FFFF, InterlockedIncrement), (0, 0)),
        ((0, InterlockedDecrement), (-1, -1)),
        ((5, InterlockedExchange, 7), (5, 7)),
        ((5, InterlockedExchange, 1 << 32), (5, 0)),
        ((5, InterlockedExchangeAdd, -7), (5, -2)),
        ((5, InterlockedCompareExchange, 7, 5), (5, 7)),
        ((5, InterlockedCompareExchange, 7, 6), (5, 5)),
    ],
)
def test_what_a_call_returns_and_leaves(call, found):
    assert result(*call) == found


async def Increments(Shared):
    await InterlockedIncrement(Shared, "Count")


async def Decrements(Shared):
    await InterlockedDecrement(Shared, "Count")


async def Takes(Shared):
    if await InterlockedCompareExchange(Shared, "Count", 1, 0) == 0:
        await KeSetEvent(Shared.Ready, 0, False)


async def Reads(Shared):
    return Shared.Count


async def Writes(Shared):
    Shared.Count = 3


async def GivesBack(Shared):
    await InterlockedExchange(Shared, "Count", 0)


@pytest.mark.parametrize(
    "routines",
    [(Increments, Increments), (Increments, Decrements, Takes), (Takes, Takes), (Takes, Takes, GivesBack)],
)
def test_exploring_finds_what_brute_force_finds(routines):
    driver = starts(*routines)
    every = ks.explore(driver, outcome=everything)
    assert every.verdict == "holds"
    assert set(every.outcomes) == set(map(everything, orders(driver, brief=True)))


@pytest.mark.parametrize("steps", [Increments, Takes, GivesBack])
@pytest.mark.parametrize("plain", [Reads, Writes])
def test_beside_an_access_that_is_none_it_is_a_data_race(steps, plain):
    for routines in (steps, plain), (plain, steps):
        every = ks.explore(starts(*routines))
        assert {finding.kind for finding in every.findings} == {"data race"}


def test_a_comparison_that_fails_has_only_read():
    async def Fails(Shared):
        await InterlockedCompareExchange(Shared, "Count", 1, 7)

    assert ks.explore(starts(Fails, Reads)).verdict == "holds"
    assert ks.explore(starts(Fails, Writes)).verdict == "inconclusive"
    assert ks.explore(starts(Fails, Fails)).explored == 1


def test_what_is_written_before_it_is_seen_by_whoever_has_seen_it():
    async def Publishes(Shared):
        Shared.Other = 1
        await InterlockedExchange(Shared, "Count", 1)

    async def Looks(Shared):
        if await InterlockedCompareExchange(Shared, "Count", 2, 1) == 1:
            return Shared.Other

    assert ks.explore(starts(Publishes, Looks)).verdict == "holds"


def test_fields_beside_each_other_and_the_same_field_of_two_structures_do_not_meet():
    async def Other(Shared):
        await InterlockedIncrement(Shared, "Other")

    assert ks.explore(starts(Increments, Other)).explored == 1

    async def Own(_):
        Mine = SHARED()
        await InterlockedIncrement(Mine, "Count")

    assert ks.explore(starts(Own, Own)).explored == 1


def test_a_question_to_states_sees_it():
    every = ks.explore(
        starts(Increments, Increments), check=ks.always(lambda state: state.value("SHARED", "Count") < 2)
    )
    assert every.verdict == "violated"


def test_two_that_nothing_orders_are_a_race_of_steps():
    (race,) = ks.races(ks.run(starts(Takes, Takes), policy=lambda ready: ready[0]))
    assert (race.kind, race.what) == ("interlocked", "SHARED.Count")


def test_memory_that_is_freed_is_bug_check_0xd5():
    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        extension = device.DeviceExtension
        await IoDeleteDevice(device)
        await InterlockedIncrement(extension, "Count")
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).bugcheck.code == 0xD5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((InterlockedIncrement, None, "Count"), "C's &SyncRes->Count is"),
        ((InterlockedIncrement, SHARED(), "Nothing"), "C's &SyncRes->Count is"),
        ((InterlockedIncrement, SHARED(), 1), "C's &SyncRes->Count is"),
        ((InterlockedIncrement, SHARED(), "Ready"), "Ready is a whole number"),
        ((InterlockedExchange, SHARED(), "Count", "1"), "Value is a whole number"),
        ((InterlockedCompareExchange, SHARED(), "Count", 1, None), "Comperand is a whole number"),
    ],
)
def test_a_wrong_argument_is_a_clear_error(arguments, says):
    async def Learner(_):
        called, *rest = arguments
        await called(*rest)

    with pytest.raises(ks.Misuse, match=says):
        ks.run(starts(Learner))
    with pytest.raises(ks.Misuse, match=says):
        ks.explore(starts(Learner))

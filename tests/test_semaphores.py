"""Semaphores, one theorem a test."""

import inspect
from collections import deque

import pytest
from harness import Stage, play, results, waiting, waits
from hypothesis import given
from hypothesis import strategies as st

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.routines.ke_signals import LONG_MAX


def semaphore(count, limit=1000) -> KSEMAPHORE:
    made = KSEMAPHORE("S")
    made.initialise(count, limit)
    return made


def releases(S, adjustment=1, increment=IO_NO_INCREMENT):
    return lambda: KeReleaseSemaphore(S, increment, adjustment, False)


def count(S) -> int:
    return S.Header.SignalState


# -- count and waiters -------------------------------------------------------------------------------------------------


def test_as_many_waits_are_satisfied_as_the_count_says():
    S = semaphore(2)
    stage = play("0 1 2", *[[waits(S)]] * 3)
    assert results(stage) == [[STATUS_SUCCESS], [STATUS_SUCCESS], []]
    assert waiting(stage) == ["T2"]
    assert count(S) == 0


def test_releases_add_up_where_signals_of_an_event_do_not():
    S = semaphore(0)
    stage = play("0 0 1 2", [releases(S)] * 2, [waits(S)], [waits(S)])
    assert results(stage) == [[0, 1], [STATUS_SUCCESS], [STATUS_SUCCESS]]


def test_a_release_releases_as_many_waiters_as_it_adds_in_the_order_in_which_they_came():
    S = semaphore(0)
    stage = play("2 0 1 3", *[[waits(S)]] * 3, [releases(S, 2)])
    assert [thread.name for _, thread in stage.kernel.trace.wakes[4:]] == ["T2", "T0"]
    assert waiting(stage) == ["T1"]
    assert count(S) == 0


def test_what_no_waiter_takes_stays_in_the_count():
    S = semaphore(0)
    play("0 1", [waits(S)], [releases(S, 3)])
    assert count(S) == 2


def test_the_releaser_satisfies_the_wait_so_a_later_wait_cannot_take_the_count():
    S = semaphore(0)
    stage = play("0 1 2 0", [waits(S)], [releases(S)], [waits(S)])
    assert results(stage)[0] == [STATUS_SUCCESS]
    assert waiting(stage) == ["T2"]


def test_a_release_answers_the_previous_count_and_a_look_the_present_one():
    S = semaphore(1)
    operations = [releases(S, 2), releases(S), lambda: KeReadStateSemaphore(S)]
    assert results(play("0 0 0", operations)) == [[1, 3, 4]]


def test_a_poll_takes_one_or_times_out():
    S = semaphore(1)
    assert results(play("0 0", [waits(S, 0)] * 2)) == [[STATUS_SUCCESS, STATUS_TIMEOUT]]


def test_a_wait_that_timed_out_takes_nothing_of_the_count():
    S = semaphore(0)
    stage = play("0 t0 1", [waits(S, 50_000)], [releases(S)])
    assert count(S) == 1
    stage.perform("T0")
    assert results(stage) == [[STATUS_TIMEOUT], [0]]


@pytest.mark.parametrize(("increment", "priority"), [(IO_NO_INCREMENT, 8), (SEMAPHORE_INCREMENT, 9)])
def test_a_release_boosts_whom_it_releases(increment, priority):
    S = semaphore(0)
    stage = play("0 1", [waits(S)], [releases(S, 1, increment)])
    assert stage.puppets["T0"].thread.Priority == priority


@given(
    start=st.integers(0, 3),
    script=st.lists(st.one_of(st.just("wait"), st.just("poll"), st.integers(1, 3)), max_size=12),
)
def test_a_semaphore_does_what_a_count_and_a_queue_do(start, script):
    S, stage = semaphore(start), Stage()
    have, queue, woken = start, deque(), []
    for number, action in enumerate(script):
        operation = {"wait": waits(S), "poll": waits(S, 0)}.get(action) or releases(S, action)
        stage.kernel.step(stage.enter(f"T{number}", [operation]).thread)
        if action in ("wait", "poll"):
            if have:
                have -= 1
            elif action == "wait":
                queue.append(f"T{number}")
        else:
            have += action
            while have and queue:
                have -= 1
                woken.append(queue.popleft())
        assert count(S) == have
        assert [block.Thread.name for block in S.Header.WaitListHead] == list(queue)
    begun = {f"T{number}" for number in range(len(script))}
    released = [thread.name for _, thread in stage.kernel.trace.wakes]
    assert [name for at, name in enumerate(released) if name in begun and name in released[:at]] == woken


# -- the limit ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adjustment", [2, 1000, LONG_MAX, -1, -3])
def test_a_release_beyond_the_limit_or_below_the_count_raises_and_changes_nothing(adjustment):
    S = semaphore(2, 3)

    async def catches():
        try:
            await KeReleaseSemaphore(S, IO_NO_INCREMENT, adjustment, False)
        except EXCEPTION_RECORD as raised:
            return raised.ExceptionCode

    assert results(play("0", [catches])) == [[STATUS_SEMAPHORE_LIMIT_EXCEEDED]]
    assert count(S) == 2


def test_a_release_up_to_the_limit_raises_nothing():
    S = semaphore(2, 3)
    assert results(play("0", [releases(S)])) == [[2]]
    assert count(S) == 3


def test_a_driver_that_catches_what_a_release_raises_goes_on():
    S = semaphore(1, 1)

    async def DriverEntry(DriverObject, RegistryPath):
        try:
            await KeReleaseSemaphore(S, IO_NO_INCREMENT, 1, False)
        except EXCEPTION_RECORD:
            await KeReadStateSemaphore(S)
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).verdict == "completed"


def test_what_nobody_catches_is_bug_check_0x7e_with_the_status_at_the_line_of_the_release():
    S = semaphore(1, 1)

    async def ReleasesTooMuch(_):
        await KeReadStateSemaphore(S)
        await KeReleaseSemaphore(S, IO_NO_INCREMENT, 1, False)

    async def DriverEntry(DriverObject, RegistryPath):
        return await PsCreateSystemThread(HANDLE(), 0, None, None, None, ReleasesTooMuch, None)

    run = ks.run(DriverEntry)
    assert (run.verdict, run.bugcheck.code) == ("bugcheck", 0x7E)
    assert run.bugcheck.parameters[0] == STATUS_SEMAPHORE_LIMIT_EXCEEDED == 0xC0000047
    assert run.bugcheck.line == inspect.getsourcelines(ReleasesTooMuch)[1] + 2
    assert "ReleasesTooMuch does not handle" in run.bugcheck.reason


# -- in memory, by handle ----------------------------------------------------------------------------------------------


class RESOURCES(Structure):
    Ready: KSEMAPHORE
    Stop: KEVENT
    Count: ULONG


def test_a_semaphore_in_a_structure_takes_32_bytes_an_event_24():
    assert sizeof(RESOURCES) == 32 + 24 + 8


def test_a_semaphore_in_a_structure_is_initialised_in_place_and_never_assigned():
    resources = RESOURCES()
    with pytest.raises(ks.Misuse, match=r"await KeInitializeSemaphore\(SyncRes.Ready, 0, 1000\)"):
        resources.Ready = KSEMAPHORE()
    play("0", [lambda: KeInitializeSemaphore(resources.Ready, 1, 2)])
    assert repr(resources.Ready) == "<KSEMAPHORE Ready: count 1 of 2, nobody waits>"


def test_a_semaphore_known_by_a_handle_can_be_created_and_closed_and_looks_at_its_numbers():
    handle = HANDLE()

    def creates(initial, maximum):
        return lambda: ZwCreateSemaphore(handle, SEMAPHORE_ALL_ACCESS, None, initial, maximum)

    close = lambda: ZwClose(handle)  # noqa: E731
    bad = [creates(2, 1), creates(-1, 1), creates(0, 0)]
    assert results(play("0 " * 5, [*bad, creates(1, 1), close])) == [
        [STATUS_INVALID_PARAMETER] * 3 + [STATUS_SUCCESS, STATUS_SUCCESS]
    ]


def test_wait_true_raises_the_irql_until_the_wait_that_follows():
    S, other = semaphore(0), semaphore(1)
    stage = play("0", [lambda: KeReleaseSemaphore(S, 0, 1, True), waits(other)])
    thread = stage.puppets["T0"].thread
    assert (thread.Irql, thread.WaitNext) == (DISPATCH_LEVEL, True)
    stage.kernel.step(thread)
    assert (thread.Irql, thread.WaitNext) == (PASSIVE_LEVEL, False)

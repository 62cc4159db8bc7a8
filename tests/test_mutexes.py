"""Mutexes, one theorem a test."""

import inspect

import pytest
from harness import Stage, create, made, open_file, play, results, sets, wait_for, waiting, waits

import kevent_sim as ks
from kevent_sim.machine.satisfying import MINLONG
from kevent_sim.ntifs import *


def mutex() -> KMUTEX:
    made = KMUTEX("M")
    made.initialise()
    return made


def releases(M, announced=False):
    return lambda: KeReleaseMutex(M, announced)


def raises(operation):
    """What an operation raises."""

    async def caught():
        try:
            await operation()
        except EXCEPTION_RECORD as raised:
            return raised.ExceptionCode

    return caught


def owner(M):
    return M.OwnerThread and M.OwnerThread.name


def state(M) -> int:
    return M.Header.SignalState


# -- owner and waiters -------------------------------------------------------------------------------------------------


def test_a_satisfied_wait_makes_the_owner_and_nobody_else_has_it_until_it_is_given_back():
    M = mutex()
    stage = play("0 1", [waits(M), releases(M)], [waits(M)])
    assert (owner(M), state(M), waiting(stage)) == ("T0", 0, ["T1"])


def test_the_owner_has_it_again_and_gives_it_back_as_often():
    M = mutex()
    stage = play("0 0 0 1 0 0 0", [*[waits(M)] * 3, *[releases(M)] * 3], [waits(M)])
    assert results(stage)[0] == [STATUS_SUCCESS] * 3 + [-2, -1, 0]
    assert owner(M) == "T1"


def test_it_goes_to_whoever_has_waited_longest_at_the_moment_of_the_release():
    M = mutex()
    stage = play("0 2 1 0 3", [waits(M), releases(M)], [waits(M)], [waits(M)], [waits(M)])
    assert (owner(M), waiting(stage)) == ("T2", ["T1", "T3"])


def test_a_release_boosts_whom_it_releases_by_one():
    M = mutex()
    stage = play("0 1 0", [waits(M), releases(M)], [waits(M)])
    assert stage.puppets["T1"].thread.Priority == 8 + MUTANT_INCREMENT == 9


def test_a_look_tells_how_often_it_is_owned():
    M = mutex()
    looks = lambda: KeReadStateMutex(M)  # noqa: E731
    assert results(play("0 " * 5, [looks, waits(M), looks, waits(M), looks]))[0][::2] == [1, 0, -1]


def test_a_poll_of_a_mutex_that_another_owns_times_out_and_one_of_the_owner_does_not():
    M = mutex()
    stage = play("0 1 0", [waits(M), waits(M, 0)], [waits(M, 0)])
    assert results(stage) == [[STATUS_SUCCESS] * 2, [STATUS_TIMEOUT]]


def test_a_wait_that_timed_out_owns_nothing():
    M = mutex()
    stage = play("0 1 t1 0", [waits(M), releases(M)], [waits(M, 50_000)])
    assert (owner(M), state(M)) == (None, 1)
    stage.perform("T1")
    assert results(stage)[1] == [STATUS_TIMEOUT]


def test_a_wait_for_all_owns_nothing_until_it_has_all():
    M, E = mutex(), made(SynchronizationEvent)
    both = lambda: wait_for(WaitAll, [M, E], None)  # noqa: E731
    stage = play("0 1 1 2", [both], [waits(M), releases(M)], [sets(E)])
    assert owner(M) is None
    stage.perform("T0")
    assert (owner(M), state(E)) == ("T0", 0)


def test_a_wait_for_all_that_its_owner_makes_takes_it_once_more():
    M, E = mutex(), made(SynchronizationEvent, True)
    both = lambda: wait_for(WaitAll, [M, E], None)  # noqa: E731
    assert results(play("0 0", [waits(M), both])) == [[STATUS_SUCCESS] * 2]
    assert state(M) == -1


# -- what is raised ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owned", [False, True])
def test_a_release_by_another_thread_raises_and_changes_nothing(owned):
    M = mutex()
    stage = play("0 1" if owned else "1", [waits(M)], [raises(releases(M))])
    assert results(stage)[1] == [STATUS_MUTANT_NOT_OWNED]
    assert (owner(M), state(M)) == (("T0", 0) if owned else (None, 1))


def test_what_nobody_catches_is_bug_check_0x7e_with_the_status_at_the_line_of_the_release():
    async def Other(M):
        await KeReleaseMutex(M, False)

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeMutex(M := KMUTEX("M"), 0)
        return await PsCreateSystemThread(HANDLE(), 0, None, None, None, Other, M)

    run = ks.run(DriverEntry)
    assert (run.bugcheck.code, run.bugcheck.parameters[0]) == (0x7E, STATUS_MUTANT_NOT_OWNED)
    assert run.bugcheck.line == inspect.getsourcelines(Other)[1] + 1


@pytest.mark.parametrize(
    "how", [lambda M: waits(M), lambda M: lambda: wait_for(WaitAll, [M, made(NotificationEvent, True)], None)]
)
def test_beyond_its_limit_a_wait_of_the_owner_raises_and_takes_nothing(how):
    M = mutex()
    stage = play("0", [waits(M), waits(M), raises(how(M)), releases(M)])
    M.Header.SignalState = MINLONG + 1
    stage.perform("T0")
    assert stage.perform("T0") == STATUS_MUTANT_LIMIT_EXCEEDED
    assert state(M) == MINLONG
    assert stage.perform("T0") == MINLONG


@pytest.mark.parametrize("taken_at", [PASSIVE_LEVEL, DISPATCH_LEVEL])
def test_it_is_given_back_on_the_side_of_dispatch_level_on_which_it_was_taken(taken_at):
    M, OldIrql = mutex(), KIRQL()
    raised, lowered = lambda: KeRaiseIrql(DISPATCH_LEVEL, OldIrql), lambda: KeLowerIrql(PASSIVE_LEVEL)
    there, back = (raised, lowered) if taken_at == PASSIVE_LEVEL else (lowered, raised)
    begins = [raised] if taken_at == DISPATCH_LEVEL else []
    operations = [*begins, waits(M, 0), there, raises(releases(M)), back, releases(M)]
    stage = play("0 " * len(operations), operations)
    assert results(stage)[0][-3:] == [STATUS_MUTANT_NOT_OWNED, None, 0]


def test_wait_true_raises_the_irql_until_the_wait_that_follows():
    M, N = mutex(), mutex()
    stage = play("0 0", [waits(M), releases(M, True), waits(N)])
    thread = stage.puppets["T0"].thread
    assert (thread.Irql, thread.WaitNext) == (DISPATCH_LEVEL, True)
    stage.kernel.step(thread)
    assert (thread.Irql, owner(N)) == (PASSIVE_LEVEL, "T0")


# -- who ends with one -------------------------------------------------------------------------------------------------


async def Returns(M):
    await KeWaitForMutexObject(M, Executive, KernelMode, False, None)  # here


async def Ends(M):
    await KeWaitForMutexObject(M, Executive, KernelMode, False, None)
    await PsTerminateSystemThread(STATUS_SUCCESS)  # here


def starts(*routines):
    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeMutex(M := KMUTEX("Turn"), 0)
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, M)
        return STATUS_SUCCESS

    return DriverEntry


def here(function) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if line.endswith("# here\n"))


@pytest.mark.parametrize("routine", [Returns, Ends])
def test_a_thread_that_ends_with_one_stops_the_machine_at_its_last_line(routine):
    run = ks.run(starts(routine))
    assert (run.bugcheck.code, run.bugcheck.name) == (0x4000008A, "THREAD_TERMINATE_HELD_MUTEX")
    assert run.bugcheck.reason == f"{routine.__name__} ends while it owns Turn"
    assert run.bugcheck.line == here(routine)


def test_so_does_the_system_thread_that_loads_the_driver_by_another_code():
    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeMutex(M := KMUTEX("Turn"), 0)
        await KeWaitForMutexObject(M, Executive, KernelMode, False, None)  # here
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert (run.bugcheck.code, run.bugcheck.name) == (0x39, "SYSTEM_EXIT_OWNED_MUTEX")
    assert run.bugcheck.line == here(DriverEntry)


def test_exploring_finds_the_thread_that_ends_with_one():
    every = ks.explore(starts(Returns, Returns))
    assert every.verdict == "violated"
    assert {run.bugcheck.code for run in every.examples.values()} == {0x4000008A}


def test_a_deadlock_names_the_owner():
    async def Holds(M):
        await KeWaitForMutexObject(M, Executive, KernelMode, False, None)
        await KeWaitForSingleObject(made(SynchronizationEvent), Executive, KernelMode, False, None)

    run = ks.run(starts(Holds, Returns))
    assert [waiting.object for waiting in run.waiting] == ["E", "Turn (owned by Holds)"]


def test_initialising_one_that_is_owned_or_waited_for_is_bug_check_0x139():
    M = mutex()
    stage = Stage()
    stage.enter("Owner", [waits(M)])
    stage.enter("Other", [lambda: KeInitializeMutex(M, 0)])
    stage.perform("Owner")
    with pytest.raises(Exception, match="KeInitializeMutex on M while Owner owns it"):
        stage.perform("Other")


# -- what it is for ----------------------------------------------------------------------------------------------------


class COUNTER(Structure):
    Turn: KMUTEX
    Count: ULONG


def counts(waits, releases):
    async def Counts(Shared):
        if waits:
            await KeWaitForMutexObject(Shared.Turn, Executive, KernelMode, False, None)
        Shared.Count = Shared.Count + 1
        if releases:
            await KeReleaseMutex(Shared.Turn, False)

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = COUNTER()
        await KeInitializeMutex(Shared.Turn, 0)
        for _ in range(2):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Counts, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def test_what_threads_do_to_memory_while_they_own_it_is_in_order():
    every = ks.explore(counts(True, True))
    assert (every.verdict, every.explored) == ("holds", 4)
    assert ks.explore(counts(False, False)).findings[0].kind == "data race"


def test_who_comes_first_for_it_is_no_race():
    run = ks.run(counts(True, True))
    assert any(call.waited for call in run.calls("Counts #2"))
    assert ks.races(run) == ()


def test_a_release_that_raises_orders_nothing():
    """Who waits has found the mutex free, and not by the other thread's doing."""

    async def Looks(M):
        await open_file(HANDLE(), "\\??\\C:\\Temp\\a", DELETE, 0)
        await raises(releases(M))()

    async def Creates(M):
        await KeWaitForMutexObject(M, Executive, KernelMode, False, None)
        await create(HANDLE(), "\\??\\C:\\Temp\\a", DELETE, 0, FILE_CREATE)
        await KeReleaseMutex(M, False)

    run = ks.run(starts(Looks, Creates), policy=lambda ready: ready[0])
    assert "name" in {race.kind for race in ks.races(run)}


def test_in_a_structure_it_takes_56_bytes_and_is_initialised_in_place():
    assert sizeof(COUNTER) == 56 + 8
    with pytest.raises(ks.Misuse, match=r"await KeInitializeMutex\(SyncRes.Turn, 0\)"):
        COUNTER().Turn = KMUTEX()

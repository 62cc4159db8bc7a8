"""Fast mutexes, one theorem a test."""

import inspect
import re

import pytest
from harness import play, results, waiting

import kevent_sim as ks
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.ntifs import *


def fast_mutex() -> FAST_MUTEX:
    made = FAST_MUTEX("Lock")
    made.initialise()
    return made


def acquires(lock):
    return lambda: ExAcquireFastMutex(lock)


def tries(lock):
    return lambda: ExTryToAcquireFastMutex(lock)


def releases(lock):
    return lambda: ExReleaseFastMutex(lock)


def owner(lock):
    return lock.Owner and lock.Owner.name


def irql(stage, name):
    return stage.puppets[name].thread.Irql


# -- owner and waiters -------------------------------------------------------------------------------------------------


def test_who_finds_it_free_owns_it_and_whoever_else_wants_it_waits():
    lock = fast_mutex()
    stage = play("0 1", [acquires(lock), releases(lock)], [acquires(lock)])
    assert (owner(lock), waiting(stage), results(stage)) == ("T0", ["T1"], [[None], []])


def test_it_is_handed_to_whoever_has_waited_longest():
    lock = fast_mutex()
    three = [acquires(lock), releases(lock)]
    stage = play("0 2 1 0 2 2 1", three, three, three)
    assert (owner(lock), results(stage)) == ("T1", [[None] * 2, [None], [None] * 2])


def test_an_attempt_takes_it_where_it_is_free_and_does_not_wait_where_it_is_not():
    lock = fast_mutex()
    stage = play("0 1 0", [tries(lock), tries(lock)], [tries(lock)])
    assert (results(stage), owner(lock), waiting(stage)) == ([[True, False], [False]], "T0", [])


def test_its_owner_cannot_take_it_again_and_the_deadlock_says_so():
    async def Twice(lock):
        await ExAcquireFastMutex(lock)
        await ExAcquireFastMutex(lock)

    async def Other(lock):
        await ExAcquireFastMutex(lock)

    run = ks.run(starts(Twice, Other))
    assert run.verdict == "deadlock"
    assert [one.told for one in run.waiting] == [
        "Twice waits for Lock (owned by itself)", "Other waits for Lock (owned by Twice)"
    ]  # fmt: skip


def test_a_thread_that_is_handed_it_gets_a_boost_of_one():
    lock = fast_mutex()
    stage = play("0 1 0", [acquires(lock), releases(lock)], [acquires(lock)])
    assert stage.puppets["T1"].thread.Priority == 8 + EVENT_INCREMENT


# -- the IRQL ----------------------------------------------------------------------------------------------------------


def test_its_owner_runs_at_apc_level_and_returns_to_where_it_came_from():
    lock = fast_mutex()
    stage = play("0", [acquires(lock), releases(lock), lambda: KeGetCurrentIrql()])
    assert irql(stage, "T0") == APC_LEVEL
    stage.perform("T0")
    assert stage.perform("T0") == PASSIVE_LEVEL


def test_each_owner_returns_to_its_own():
    lock = fast_mutex()
    raised = lambda: KeRaiseIrql(APC_LEVEL, KIRQL())  # noqa: E731
    one, other = [acquires(lock), releases(lock)], [raised, acquires(lock), releases(lock)]
    stage = play("1 0 1 0 1 1", one, other)
    assert (irql(stage, "T0"), irql(stage, "T1")) == (PASSIVE_LEVEL, APC_LEVEL)


def test_a_failed_attempt_leaves_it_as_it_was():
    lock = fast_mutex()
    stage = play("0 1", [acquires(lock), releases(lock)], [tries(lock)])
    assert (irql(stage, "T0"), irql(stage, "T1")) == (APC_LEVEL, PASSIVE_LEVEL)


def test_two_are_given_up_in_the_other_order_and_a_wrong_one_is_named():
    first, second = fast_mutex(), fast_mutex()
    takes = [acquires(first), acquires(second)]
    stage = play("0 " * 4, [*takes, releases(second), releases(first), lambda: KeGetCurrentIrql()])
    assert stage.perform("T0") == PASSIVE_LEVEL
    with pytest.raises(BugCheck, match="ExReleaseFastMutex at PASSIVE_LEVEL; it is for APC_LEVEL") as stop:
        play("0 " * 4, [*takes, releases(first), releases(second)])
    assert stop.value.parameters[:2] == (0xE5, PASSIVE_LEVEL)


def test_no_file_is_opened_by_its_owner():
    async def Opens(lock):
        await ExAcquireFastMutex(lock)
        await ZwClose(HANDLE())

    assert ks.run(starts(Opens)).bugcheck.parameters[:2] == (0x2001F, APC_LEVEL)


# -- misuse ------------------------------------------------------------------------------------------------------------


def starts(*routines):
    async def DriverEntry(DriverObject, RegistryPath):
        lock = fast_mutex()
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, lock)
        return STATUS_SUCCESS

    return DriverEntry


@pytest.mark.parametrize(("owned", "code", "whose"), [(True, 0x1004, "T1 owns"), (False, 0x1007, "nobody owns")])
def test_a_release_by_whoever_does_not_own_it_is_what_deadlock_detection_finds(owned, code, whose):
    lock = fast_mutex()
    with pytest.raises(BugCheck, match=f"T0 releases Lock, which {whose}") as stop:
        play("1 0" if owned else "0", [releases(lock)], [acquires(lock), releases(lock)])
    assert (stop.value.code, stop.value.parameters[0]) == (0xC4, code)


def test_so_is_one_that_is_initialised_while_it_is_owned():
    lock = fast_mutex()
    with pytest.raises(BugCheck, match="ExInitializeFastMutex on Lock while T0 owns it") as stop:
        play("0 0", [acquires(lock), lambda: ExInitializeFastMutex(lock)])
    assert stop.value.parameters[0] == 0x1005


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ((KeWaitForSingleObject, fast_mutex(), Executive, KernelMode, False, None), "a wait is for a KEVENT"),
        ((ExAcquireFastMutex, KMUTEX()), "a fast mutex is a FAST_MUTEX, not KMUTEX"),
        ((ExTryToAcquireFastMutex, None), "type:  FAST_MUTEX()"),
        ((ExReleaseFastMutex, KEVENT()), "a fast mutex is a FAST_MUTEX, not KEVENT"),
        ((ExInitializeFastMutex, KEVENT()), "takes a FAST_MUTEX, not KEVENT"),
    ],
)
def test_a_wrong_argument_is_a_clear_error_at_the_learners_line(call, says):
    async def Learner(_):
        called, *arguments = call
        await called(*arguments)

    with pytest.raises(ks.Misuse, match=re.escape(says)) as caught:
        ks.run(starts(Learner))
    assert str(caught.value).startswith(f"Learner, line {inspect.getsourcelines(Learner)[1] + 2}: ")


def test_one_that_was_never_initialised_is_bug_check_0xa():
    with pytest.raises(BugCheck, match="Fresh was never initialised") as stop:
        play("0", [acquires(FAST_MUTEX("Fresh"))])
    assert stop.value.code == 0x0A


# -- what it is for ----------------------------------------------------------------------------------------------------


class COUNTER(Structure):
    Lock: FAST_MUTEX
    Count: ULONG


def counts(how):
    async def Counts(Shared):
        if await how(Shared.Lock) is not False:
            Shared.Count = Shared.Count + 1
            await ExReleaseFastMutex(Shared.Lock)

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = COUNTER()
        await ExInitializeFastMutex(Shared.Lock)
        for _ in range(2):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Counts, Shared)
        return STATUS_SUCCESS

    return DriverEntry


@pytest.mark.parametrize("how", [ExAcquireFastMutex, ExTryToAcquireFastMutex])
def test_what_threads_do_to_memory_while_they_own_it_is_in_order_and_no_race(how):
    assert ks.explore(counts(how)).verdict == "holds"
    assert ks.races(ks.run(counts(how))) == ()
    assert ks.races(ks.run(counts(how), policy=lambda ready: ready[0])) == ()


def test_in_a_structure_it_takes_56_bytes_and_is_initialised_in_place():
    assert sizeof(COUNTER) == 56 + 8
    with pytest.raises(ks.Misuse, match=r"await ExInitializeFastMutex\(SyncRes.Lock\)"):
        COUNTER().Lock = FAST_MUTEX()


def test_the_debugger_shows_its_owner_and_the_event_by_which_it_is_handed_on():
    async def Owner(lock):
        await ExAcquireFastMutex(lock)
        await ExAcquireFastMutex(lock)

    run = ks.run(starts(Owner))
    shown = dict(line.strip().split(" ", 1)[1].split(" : ") for line in str(ks.dt(run, "Lock")).splitlines()[1:])
    shown = {name.strip(): value for name, value in shown.items()}
    assert (shown["Count"], shown["Owner"], shown["OldIrql"]) == ("0n-1", "Owner", "0")
    assert (shown["Event"], shown["SignalState"]) == ("_KEVENT", "0n0")
    assert shown["WaitListHead"] == "_LIST_ENTRY [ Owner - Owner ]"
    assert "Lock  SynchronizationEvent" in str(ks.dt(run, "Owner"))

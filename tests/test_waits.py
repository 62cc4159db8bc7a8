"""Waits for several objects, and alerts, one theorem a test. NT 5.2 is the model of a wait for all."""

import inspect

import pytest
from harness import Stage, delays, made, play, resets, results, sets, waiting, waits

import kevent_sim as ks
from kevent_sim.machine.dispatcher import BOOT_TIME
from kevent_sim.ntifs import *


def signaled(kind=SynchronizationEvent) -> KEVENT:
    return made(kind, True)


def silent(kind=SynchronizationEvent) -> KEVENT:
    return made(kind)


def semaphore(count) -> KSEMAPHORE:
    S = KSEMAPHORE("S")
    S.initialise(count, 1000)
    return S


def waits_for(how, *objects, ticks=None, alertable=False, mode=KernelMode, blocks=None):
    timeout = None if ticks is None else LARGE_INTEGER(-ticks)
    return lambda: KeWaitForMultipleObjects(
        len(objects), list(objects), how, Executive, mode, alertable, timeout, blocks
    )


def any_of(*objects, **options):
    return waits_for(WaitAny, *objects, **options)


def all_of(*objects, **options):
    return waits_for(WaitAll, *objects, **options)


def states(*objects):
    return [each.Header.SignalState for each in objects]


def listed(Object):
    return [block.Thread.name for block in Object.Header.WaitListHead]


# -- any ---------------------------------------------------------------------------------------------------------------


def test_of_several_signaled_objects_the_lowest_index_is_taken_and_no_other():
    A, B, C = silent(), signaled(), signaled()
    assert results(play("0", [any_of(A, B, C)])) == [[STATUS_WAIT_1]]
    assert states(A, B, C) == [0, 0, 1]


@pytest.mark.parametrize("index", range(3))
def test_a_wait_for_any_answers_the_index_of_the_object_that_fired(index):
    objects = [silent(), silent(), silent()]
    stage = play("0 1 0", [any_of(*objects)], [sets(objects[index])])
    assert results(stage)[0] == [index]
    assert states(*objects) == [0, 0, 0]


def test_a_wait_for_any_that_was_satisfied_leaves_every_wait_list():
    A, B = silent(), silent()
    stage = play("0 1 1", [any_of(A, B)], [sets(B), sets(A)])
    assert (listed(A), listed(B)) == ([], [])
    assert states(A, B) == [1, 0], "the second signal is kept for another wait"
    assert waiting(stage) == []


def test_a_wait_for_any_takes_its_place_at_the_tail_of_every_list():
    A, B = silent(), silent()
    stage = play("0 1 2 3 3", [waits(A)], [any_of(A, B)], [waits(B)], [sets(B), sets(A)])
    assert waiting(stage) == ["T2"]
    assert [thread.name for _, thread in stage.kernel.trace.wakes[4:]] == ["T1", "T0"]


def test_the_same_object_twice_in_a_wait_for_any_is_taken_once():
    S = semaphore(2)
    assert results(play("0", [any_of(S, S)])) == [[STATUS_WAIT_0]]
    assert states(S) == [1]


def test_a_wait_for_any_of_one_kind_each_works_for_events_semaphores_and_threads():
    E, S = silent(NotificationEvent), semaphore(0)
    stage = play("1", [], [delays(0)])
    ended = stage.puppets["T1"].thread
    stage.kernel.references[ended] = 1
    stage.kernel.step(ended)
    stage.enter("T2", [any_of(E, S, ended)])
    assert stage.perform("T2") == STATUS_WAIT_2


def test_a_wait_for_any_that_times_out_takes_nothing_and_leaves_every_list():
    A, B = silent(), silent()
    stage = play("0 t0 1", [any_of(A, B, ticks=100)], [sets(A)])
    assert (listed(A), listed(B), states(A, B)) == ([], [], [1, 0])
    stage.perform("T0")
    assert results(stage)[0] == [STATUS_TIMEOUT]


# -- all ---------------------------------------------------------------------------------------------------------------


def test_a_wait_for_all_takes_all_in_one_step():
    A, S = signaled(), semaphore(2)
    assert results(play("0", [all_of(A, S)])) == [[STATUS_SUCCESS]]
    assert states(A, S) == [0, 1]


def test_a_wait_for_all_takes_nothing_until_every_object_is_signaled():
    A, B, S = signaled(), silent(), semaphore(1)
    stage = play("0", [all_of(A, B, S)])
    assert waiting(stage) == ["T0"]
    assert states(A, B, S) == [1, 0, 1]


def test_what_a_wait_for_all_waits_for_is_not_reserved():
    A, B = signaled(), silent()
    stage = play("0 1 2", [all_of(A, B)], [waits(A)], [sets(B)])
    assert results(stage)[1] == [STATUS_SUCCESS]
    assert states(A, B) == [0, 1], "the signal of the other stays, for whoever comes"


def test_a_signal_wakes_a_wait_for_all_to_test_its_objects_itself():
    A, B = silent(), silent()
    stage = play("0 1 1", [all_of(A, B)], [sets(A), sets(B)])
    thread = stage.puppets["T0"].thread
    assert (thread.WaitStatus, states(A, B)) == (None, [1, 1]), "not satisfied by the signaler"
    stage.kernel.step(thread)
    assert results(stage)[0] == [STATUS_SUCCESS]
    assert states(A, B) == [0, 0]


def test_one_that_is_woken_in_vain_waits_again_at_the_tail():
    A, B = silent(), silent()
    stage = play("0 1 2 0", [all_of(A, B)], [waits(B)], [sets(A)])
    assert waiting(stage) == ["T0", "T1"]
    assert (listed(A), listed(B)) == (["T0"], ["T1", "T0"])
    assert states(A, B) == [1, 0]


def test_between_the_signal_and_its_test_another_thread_may_take_the_object():
    A, B = silent(), signaled()
    stage = play("0 1 2 0", [all_of(A, B)], [sets(A)], [waits(B, 0)])
    assert results(stage)[2] == [STATUS_SUCCESS]
    assert waiting(stage) == ["T0"]
    assert states(A, B) == [1, 0]


def test_a_signal_passes_over_a_wait_for_all_to_the_first_wait_behind_it():
    A, B = silent(), signaled()
    stage = play("0 1 2", [all_of(A, B)], [waits(A)], [sets(A)])
    assert waiting(stage) == []
    assert [thread.name for _, thread in stage.kernel.trace.wakes[3:]] == ["T0", "T1"]
    stage.kernel.step(stage.puppets["T0"].thread)
    assert waiting(stage) == ["T0"]


def test_a_pulse_never_satisfies_a_wait_for_all():
    A, B = silent(), signaled()
    stage = play("0 1 0", [all_of(A, B)], [lambda: KePulseEvent(A, IO_NO_INCREMENT, False)])
    assert waiting(stage) == ["T0"]
    assert states(A, B) == [0, 1]


def test_one_that_is_woken_in_vain_keeps_its_deadline():
    A, B = silent(), silent()
    stage = play("0", [all_of(A, B, ticks=50_000)], [sets(A), resets(A)])
    begun = stage.kernel.now - 1
    stage.run_until(begun + 20_000)
    stage.perform("T1")
    assert [thread.name for _, thread in stage.kernel.trace.wakes][-1] == "T0"
    assert stage.ended == [], "woken, and back to waiting"
    assert waiting(stage) == ["T0"]
    stage.run_until(begun + 49_999)
    assert waiting(stage) == ["T0"]
    stage.run_until(begun + 50_000)
    assert results(stage)[0] == [STATUS_TIMEOUT]


def test_a_deadline_that_passes_before_its_test_still_counts():
    A, B = silent(), silent()
    stage = play("0 1", [all_of(A, B, ticks=50)], [sets(A)])
    stage.kernel.now = 10_000
    stage.kernel.step(stage.puppets["T0"].thread)
    assert waiting(stage) == ["T0"]
    stage.run_until(10_001)
    assert results(stage)[0] == [STATUS_TIMEOUT]


def test_a_wait_for_all_of_notification_events_takes_no_signal():
    A, B = signaled(NotificationEvent), signaled(NotificationEvent)
    assert results(play("0", [all_of(A, B)])) == [[STATUS_SUCCESS]]
    assert states(A, B) == [1, 1]


# -- wait blocks -------------------------------------------------------------------------------------------------------


def run_with(operation):
    """A run whose DriverEntry performs the one operation."""

    async def DriverEntry(DriverObject, RegistryPath):
        await operation()
        return STATUS_SUCCESS

    return ks.run(DriverEntry)


def blocks_for(count):
    return [KWAIT_BLOCK() for _ in range(count)]


@pytest.mark.parametrize("how", [WaitAny, WaitAll])
def test_a_thread_has_three_wait_blocks_of_its_own(how):
    objects = [signaled(NotificationEvent) for _ in range(4)]
    assert THREAD_WAIT_OBJECTS == 3
    assert run_with(waits_for(how, *objects[:3])).verdict == "completed"
    assert run_with(waits_for(how, *objects)).bugcheck.code == 0x0C
    assert run_with(waits_for(how, *objects, blocks=blocks_for(4))).verdict == "completed"


def test_a_wait_is_for_64_objects_at_most():
    objects = [silent(NotificationEvent) for _ in range(63)] + [signaled(NotificationEvent)] * 2
    assert MAXIMUM_WAIT_OBJECTS == 64
    assert results(play("0", [any_of(*objects[:64], blocks=blocks_for(64))])) == [[STATUS_WAIT_63]]
    assert run_with(any_of(*objects, blocks=blocks_for(65))).bugcheck.code == 0x0C


def test_the_callers_wait_blocks_link_thread_and_objects():
    objects, blocks = [silent() for _ in range(4)], blocks_for(5)
    stage = play("0", [any_of(*objects, blocks=blocks)])
    assert [block.Object for block in blocks] == [*objects, None]
    assert [block.WaitKey for block in blocks[:4]] == [0, 1, 2, 3]
    assert {block.Thread for block in blocks[:4]} == {stage.puppets["T0"].thread}


# -- alerts ------------------------------------------------------------------------------------------------------------


def alerts(stage, name, mode=KernelMode):
    return lambda: KeAlertThread(stage.puppets[name].thread, mode)


def alertable(event, mode=KernelMode, ticks=None):
    timeout = None if ticks is None else LARGE_INTEGER(-ticks)
    return lambda: KeWaitForSingleObject(event, Executive, mode, True, timeout)


def alerted(operation, mode=KernelMode) -> Stage:
    """A thread that has begun the operation, and has been alerted then."""
    stage = Stage()
    stage.enter("T0", [operation])
    stage.enter("T1", [alerts(stage, "T0", mode)])
    stage.perform("T0")
    stage.perform("T1")
    return stage


def test_an_alert_ends_an_alertable_wait_which_leaves_the_list():
    E = silent()
    stage = alerted(alertable(E))
    assert results(stage) == [[STATUS_ALERTED], [False]]
    assert listed(E) == []


def test_an_alert_does_not_end_a_wait_that_is_not_alertable_but_the_next_one_that_is():
    E = silent()
    stage = alerted(waits(E))
    assert waiting(stage) == ["T0"]
    assert stage.puppets["T0"].thread.Alerted == [True, False]


@pytest.mark.parametrize("mode", [KernelMode, UserMode])
@pytest.mark.parametrize("wait_mode", [KernelMode, UserMode])
def test_an_alert_for_kernel_mode_ends_any_alertable_wait_one_for_user_mode_those_of_user_mode(mode, wait_mode):
    ends = mode == KernelMode or wait_mode == UserMode
    assert results(alerted(alertable(silent(), wait_mode), mode))[0] == [STATUS_ALERTED] * ends


def test_an_alert_ends_an_alertable_delay_and_an_alertable_wait_for_several():
    delay = lambda: KeDelayExecutionThread(KernelMode, True, LARGE_INTEGER(-1_000_000))  # noqa: E731
    A, B = silent(), silent()
    for operation in delay, any_of(A, B, alertable=True), all_of(A, B, alertable=True):
        assert results(alerted(operation))[0] == [STATUS_ALERTED]
    assert (listed(A), listed(B)) == ([], [])


def test_a_pending_alert_is_taken_by_one_wait():
    E, me = silent(), []

    async def alerts_itself():
        me.append(await KeGetCurrentThread())
        return [await KeAlertThread(me[0], KernelMode) for _ in range(2)]

    stage = play("0 0 0 0 0", [alerts_itself, alertable(E, ticks=0), alertable(E, ticks=0)])
    assert results(stage) == [[[False, True], STATUS_ALERTED, STATUS_TIMEOUT]]


@pytest.mark.parametrize(
    ("state", "alert", "expected"),
    [(True, True, STATUS_SUCCESS), (False, True, STATUS_ALERTED), (False, False, STATUS_TIMEOUT)],
)
def test_the_object_comes_before_the_alert_and_the_alert_before_the_time_out(state, alert, expected):
    E = made(SynchronizationEvent, state)
    stage = Stage()
    thread = stage.enter("T0", [alertable(E, ticks=0)]).thread
    thread.Alerted[KernelMode] = alert
    assert stage.perform("T0") == expected
    assert thread.Alerted[KernelMode] == (alert and expected != STATUS_ALERTED)


def test_an_alert_that_came_too_late_is_kept():
    E = silent()
    stage = Stage()
    stage.enter("T0", [alertable(E)])
    stage.enter("T1", [sets(E), alerts(stage, "T0")])
    thread = stage.puppets["T0"].thread
    for name in "T0", "T1":
        stage.kernel.step(stage.puppets[name].thread)
    stage.kernel.step(stage.puppets["T1"].thread)
    stage.perform("T0")
    assert results(stage)[0] == [STATUS_SUCCESS]
    assert thread.Alerted[KernelMode]


def test_an_alert_boosts_by_two():
    assert alerted(alertable(silent())).puppets["T0"].thread.Priority == 8 + 2


def test_an_alerted_wait_has_no_time_out_any_more():
    stage = alerted(alertable(silent(), ticks=50_000))
    assert stage.kernel.pending() == []


# -- what the pictures and the search see ------------------------------------------------------------------------------


def test_an_absolute_time_out_of_a_wait_for_several_is_system_time():
    A, B = silent(), silent()
    due = lambda: KeWaitForMultipleObjects(  # noqa: E731
        2, [A, B], WaitAll, Executive, KernelMode, False, LARGE_INTEGER(BOOT_TIME + 5_000), None
    )
    stage = play("0", [due])
    assert stage.kernel.pending()[0].due == 5_000


async def takes_both(Shared):
    await KeWaitForMultipleObjects(2, [Shared.A, Shared.B], WaitAll, Executive, KernelMode, False, None, None)
    Shared.Done = await KeReadStateEvent(Shared.A)


async def sets_one(Shared):
    await KeSetEvent(Shared.A, IO_NO_INCREMENT, False)


async def sets_other(Shared):
    await KeSetEvent(Shared.B, IO_NO_INCREMENT, False)


class SHARED(Structure):
    A: KEVENT
    B: KEVENT
    S: KSEMAPHORE
    Done: ULONG


def driver(*start_routines):
    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeEvent(Shared.A, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.B, SynchronizationEvent, False)
        await KeInitializeSemaphore(Shared.S, 0, 10)
        for StartRoutine in start_routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def test_a_wait_for_all_is_satisfied_in_every_order_of_the_signals():
    every = ks.explore(driver(takes_both, sets_one, sets_other))
    assert every.verdict == "holds"


def test_two_waits_for_all_in_opposite_order_never_deadlock_where_two_single_waits_do():
    def takes(first, second, at_once):
        async def Takes(Shared):
            wanted = [getattr(Shared, first), getattr(Shared, second)]
            if at_once:
                await KeWaitForMultipleObjects(2, wanted, WaitAll, Executive, KernelMode, False, None, None)
            else:
                for each in wanted:
                    await KeWaitForSingleObject(each, Executive, KernelMode, False, None)
            for each in wanted:
                await KeSetEvent(each, IO_NO_INCREMENT, False)

        return Takes

    async def gives_both(Shared):
        await KeSetEvent(Shared.A, IO_NO_INCREMENT, False)
        await KeSetEvent(Shared.B, IO_NO_INCREMENT, False)

    for at_once, verdict in (True, "holds"), (False, "violated"):
        takers = takes("A", "B", at_once), takes("B", "A", at_once)
        every = ks.explore(driver(*takers, gives_both))
        assert every.verdict == verdict
    assert every.counterexample.verdict == "deadlock"


def test_the_line_of_a_wait_block_array_bug_check_is_the_learners():
    async def WaitsForFour(Shared):
        four = [Shared.A, Shared.B, Shared.S, Shared.A]
        await KeWaitForMultipleObjects(4, four, WaitAny, Executive, KernelMode, False, None, None)

    run = ks.run(driver(WaitsForFour))
    assert run.bugcheck.line == inspect.getsourcelines(WaitsForFour)[1] + 2

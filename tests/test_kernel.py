"""What the kernel's objects do, one theorem a test: waits, time-outs, priorities."""

import pytest
from harness import Stage, attributes_of, delays, made, play, pulses, reads, resets, results, sets, waiting, waits

import kevent_sim as ks
from kevent_sim.machine.dispatcher import BOOT_TIME
from kevent_sim.machine.thread import KTHREAD_STATE
from kevent_sim.ntifs import *

BOTH = pytest.mark.parametrize("kind", [NotificationEvent, SynchronizationEvent])


# -- events ------------------------------------------------------------------------------------------------------------


def test_a_synchronization_event_releases_one_waiter():
    event = made(SynchronizationEvent)
    stage = play("0 1 2", [waits(event)], [waits(event)], [sets(event)])
    assert waiting(stage) == ["T1"]
    assert event.Header.SignalState == 0


def test_a_notification_event_releases_every_waiter_and_stays_signaled():
    event = made(NotificationEvent)
    stage = play("0 1 2", [waits(event)], [waits(event)], [sets(event)])
    assert waiting(stage) == []
    assert event.Header.SignalState == 1


def test_waiters_are_released_in_the_order_in_which_they_began_to_wait():
    event = made(SynchronizationEvent)
    stage = play("2 0 1 3 3 3", *[[waits(event)]] * 3, [sets(event)] * 3)
    assert [thread.name for _, thread in stage.kernel.trace.wakes[4:]] == ["T2", "T0", "T1"]


def test_a_signal_that_nobody_waits_for_is_kept_for_one_waiter():
    event = made(SynchronizationEvent)
    stage = play("0 1 2", [sets(event)], [waits(event)], [waits(event)])
    assert results(stage) == [[0], [STATUS_SUCCESS], []]
    assert waiting(stage) == ["T2"]


def test_signals_do_not_add_up():
    event = made(SynchronizationEvent)
    stage = play("0 0 1 2", [sets(event)] * 2, [waits(event)], [waits(event)])
    assert results(stage)[0] == [0, 1]
    assert waiting(stage) == ["T2"]


def test_the_signaler_satisfies_the_wait_so_a_later_wait_cannot_take_the_signal():
    event = made(SynchronizationEvent)
    stage = play("0 1 2 0", [waits(event)], [sets(event)], [waits(event)])
    assert results(stage)[0] == [STATUS_SUCCESS]
    assert waiting(stage) == ["T2"]


def test_a_reset_does_not_undo_a_satisfied_wait():
    event = made(NotificationEvent)
    stage = play("0 1 1 0", [waits(event)], [sets(event), resets(event)])
    assert results(stage) == [[STATUS_SUCCESS], [0, 1]]
    assert event.Header.SignalState == 0


@BOTH
def test_a_pulse_releases_those_who_wait_and_leaves_the_event_not_signaled(kind):
    event = made(kind)
    stage = play("0 1 2 3", [waits(event)], [waits(event)], [pulses(event)], [waits(event)])
    assert waiting(stage) == (["T3"] if kind == NotificationEvent else ["T1", "T3"])
    assert event.Header.SignalState == 0


@BOTH
def test_a_pulse_that_nobody_waits_for_is_lost(kind):
    event = made(kind)
    stage = play("0 1", [pulses(event)], [waits(event)])
    assert waiting(stage) == ["T1"]


@BOTH
def test_set_reset_and_pulse_answer_the_previous_state_and_clear_answers_nothing(kind):
    event = made(kind)
    operations = [
        sets(event), sets(event), resets(event), resets(event), sets(event), pulses(event), pulses(event),
        lambda: KeClearEvent(event), reads(event),
    ]  # fmt: skip
    assert results(play("0 " * 9, operations)) == [[0, 1, 1, 0, 0, 1, 0, None, 0]]


def test_a_wait_takes_the_signal_of_a_synchronization_event_and_leaves_that_of_a_notification_event():
    for kind, after in (SynchronizationEvent, 0), (NotificationEvent, 1):
        event = made(kind, True)
        assert results(play("0 0", [waits(event), reads(event)])) == [[STATUS_SUCCESS, after]]


def test_an_event_known_by_a_handle_can_be_created_and_closed():
    handle = HANDLE()
    create = lambda: ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, NotificationEvent, True)  # noqa: E731
    stage = play("0 0", [create, lambda: ZwClose(handle)])
    assert results(stage) == [[STATUS_SUCCESS, STATUS_SUCCESS]]


# -- steps -------------------------------------------------------------------------------------------------------------


def test_a_wait_that_blocks_is_two_steps_and_one_that_does_not_is_one():
    event = made(SynchronizationEvent)
    blocked = play("0 1 0", [waits(event)], [sets(event)])
    assert [row.name for row in blocked.kernel.trace.rows[1::6]] == [
        "KeWaitForSingleObject", "KeSetEvent", "KeWaitForSingleObject",
    ]  # fmt: skip
    assert results(blocked)[0] == [STATUS_SUCCESS]
    assert results(play("0 1", [sets(event)], [waits(event)])) == [[0], [STATUS_SUCCESS]]


def test_a_released_thread_is_ready_but_has_not_returned():
    event = made(SynchronizationEvent)
    stage = play("0 1", [waits(event)], [sets(event)])
    assert stage.puppets["T0"].thread.State == KTHREAD_STATE.Ready
    assert results(stage)[0] == []


def test_the_return_from_the_start_routine_is_a_step_of_its_own():
    event = made(NotificationEvent)
    stage = play("0", [reads(event)])
    thread = stage.puppets["T0"].thread
    assert thread.call[0].name == "PsTerminateSystemThread"
    stage.kernel.step(thread)
    assert (thread.State, stage.kernel.ready()) == (KTHREAD_STATE.Terminated, [])


# -- time-outs ---------------------------------------------------------------------------------------------------------


@BOTH
def test_a_zero_time_out_does_not_wait(kind):
    event = made(kind)
    assert results(play("0", [waits(event, 0)])) == [[STATUS_TIMEOUT]]
    assert results(play("0 0", [sets(event), waits(event, 0)])) == [[0, STATUS_SUCCESS]]


def test_a_wait_without_time_out_leaves_nobody_to_run():
    stage = play("0", [waits(made(NotificationEvent))])
    assert stage.kernel.ready() == []


def test_a_relative_time_out_ends_the_wait_when_it_is_due():
    event = made(SynchronizationEvent)
    stage = play("0", [waits(event, 50_000)])
    begun = stage.kernel.now - 1
    stage.run_until(begun + 49_999)
    assert waiting(stage) == ["T0"]
    stage.run_until(begun + 50_000)
    assert results(stage) == [[STATUS_TIMEOUT]]
    assert event.Header.WaitListHead == []


def test_an_absolute_time_out_is_system_time():
    event, now = made(SynchronizationEvent), LARGE_INTEGER()

    async def waits_until_a_second_from_now():
        await KeQuerySystemTime(now)
        due = LARGE_INTEGER(now.QuadPart + 10_000_000)
        return await KeWaitForSingleObject(event, Executive, KernelMode, False, due)

    stage = play("0 0", [waits_until_a_second_from_now])
    assert stage.kernel.ready()[0].due == now.QuadPart - BOOT_TIME + 10_000_000
    stage.run_until(9_999_999)
    assert waiting(stage) == ["T0"]
    stage.run_until(10_000_001)
    assert results(stage) == [[STATUS_TIMEOUT]]


def test_an_absolute_time_out_in_the_past_does_not_wait():
    event = made(SynchronizationEvent)
    past = lambda: KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(BOOT_TIME - 1))  # noqa: E731
    assert results(play("0", [past])) == [[STATUS_TIMEOUT]]


def test_a_satisfiable_wait_does_not_look_at_its_time_out():
    event = made(SynchronizationEvent, True)
    assert results(play("0 0", [waits(event, 0), waits(event, 0)])) == [[STATUS_SUCCESS, STATUS_TIMEOUT]]


def test_a_wait_that_was_satisfied_has_no_time_out_any_more():
    event = made(SynchronizationEvent)
    stage = play("0 1", [waits(event, 50_000)], [sets(event)])
    stage.run_until(100_000)
    assert results(stage)[0] == []
    stage.perform("T0")
    assert results(stage)[0] == [STATUS_SUCCESS]


def test_a_wait_that_timed_out_takes_no_signal():
    event = made(SynchronizationEvent)
    stage = play("0 1 t0 2 1", [waits(event, 50_000)], [waits(event)], [sets(event)])
    assert results(stage) == [[], [STATUS_SUCCESS], [0]]
    stage.perform("T0")
    assert results(stage)[0] == [STATUS_TIMEOUT]


def test_the_earliest_time_out_comes_first_whoever_began_to_wait_first():
    event = made(NotificationEvent)
    stage = play("0 1 2", [waits(event, 30_000)], [waits(event, 10_000)], [waits(event, 20_000)])
    stage.run_until(40_000)
    assert [name for name, _ in stage.ended] == ["T1", "T2", "T0"]


def test_a_delay_lasts_as_long_as_was_asked_and_succeeds():
    stage = play("0", [delays(10_000)])
    assert waiting(stage) == ["T0"]
    stage.run_until(20_000)
    assert results(stage) == [[STATUS_SUCCESS]]


def test_a_delay_of_nothing_is_one_step():
    assert results(play("0", [delays(0)])) == [[STATUS_SUCCESS]]


@pytest.mark.parametrize("interval", [0, 1])
def test_a_delay_that_is_over_lets_nobody_else_run_on_one_processor(interval):
    order = []

    def thread(name):
        async def Thread(Context):
            for _ in range(5):
                await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(interval))
                order.append(name)

        return Thread

    async def DriverEntry(DriverObject, RegistryPath):
        for name in "AB":
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread(name), None)
        return STATUS_SUCCESS

    ks.run(DriverEntry, policy=ks.Windows(processors=1))
    assert order == [*"AAAAA", *"BBBBB"]


def test_a_deadlock_is_not_a_delay():
    async def DriverEntry(DriverObject, RegistryPath):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))
        return STATUS_SUCCESS

    for policy in ks.RoundRobin(), ks.Random(), ks.PCT(), ks.Windows():
        run = ks.run(DriverEntry, policy=policy)
        assert run.verdict == "completed"
        assert run.columns["start"][-1] >= 10_000_000


# -- Wait = TRUE, threads, handles -------------------------------------------------------------------------------------


def test_wait_true_raises_the_irql_until_the_wait_that_follows():
    event, other = made(SynchronizationEvent), made(NotificationEvent, True)
    stage = play("0", [lambda: KeSetEvent(event, 0, True), waits(other)])
    thread = stage.puppets["T0"].thread
    assert (thread.Irql, thread.WaitNext) == (2, True)
    stage.kernel.step(thread)
    assert (thread.Irql, thread.WaitNext) == (0, False)


def test_an_alert_ends_one_alertable_wait_and_a_user_mode_one_none_of_kernel_mode():
    event, statuses = made(NotificationEvent), []

    async def DriverEntry(DriverObject, RegistryPath):
        thread = await KeGetCurrentThread()

        async def poll(Mode, Alertable):
            statuses.append(await KeWaitForSingleObject(event, Executive, Mode, Alertable, LARGE_INTEGER(0)))

        await KeAlertThread(thread, KernelMode)
        for Alertable in (False, True, True):
            await poll(KernelMode, Alertable)
        await KeAlertThread(thread, UserMode)
        for Mode in (KernelMode, UserMode, UserMode):
            await poll(Mode, True)
        await KeAlertThread(thread, KernelMode)
        await poll(UserMode, True)
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).verdict == "completed"
    once = [STATUS_TIMEOUT, STATUS_ALERTED, STATUS_TIMEOUT]
    assert statuses == [*once, *once, STATUS_ALERTED]


def test_two_threads_of_one_routine_have_two_names():
    async def Waits(event):
        await KeReadStateEvent(event)

    async def DriverEntry(DriverObject, RegistryPath):
        event = made(NotificationEvent)
        for _ in range(3):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Waits, event)
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).threads == ["System", "Waits", "Waits #2", "Waits #3"]


def test_the_handles_of_two_threads_do_not_depend_on_their_order():
    def creates(name, handle):
        return lambda: ZwCreateFile(
            handle, GENERIC_WRITE, attributes_of(f"\\??\\C:\\Temp\\{name}"), IO_STATUS_BLOCK(), None, 0, 0,
            FILE_CREATE, 0, None, 0,
        )  # fmt: skip

    values = []
    for order in "0 1", "1 0":
        handles = HANDLE(), HANDLE()
        play(order, [creates("a", handles[0])], [creates("b", handles[1])])
        values.append([handle.value for handle in handles])
    assert values[0] == values[1]


# -- priority: Windows on one processor --------------------------------------------------------------------------------


def order_of(increment, processors=1):
    """Who did what, when a setter sets the event a waiter waits for and then makes one more call."""
    event, log = made(SynchronizationEvent), []

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)
        log.append("the waiter returned")

    async def Setter(_):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100_000))
        await KeSetEvent(event, increment, False)
        log.append("KeSetEvent returned")
        await KeReadStateEvent(event)
        log.append("the setter's next call")

    async def DriverEntry(DriverObject, RegistryPath):
        for routine in Waiter, Setter:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry, policy=ks.Windows(processors=processors))
    assert run.verdict == "completed"
    return log, run


@pytest.mark.parametrize("increment", range(EVENT_INCREMENT, 9))
def test_a_boosted_thread_runs_before_the_setters_next_call(increment):
    log, _ = order_of(increment)
    assert log.index("the waiter returned") < log.index("the setter's next call")


def test_without_boost_the_released_thread_waits_its_turn():
    log, _ = order_of(IO_NO_INCREMENT)
    assert log == ["KeSetEvent returned", "the setter's next call", "the waiter returned"]


def test_an_idle_second_processor_takes_the_released_thread_at_once():
    _, run = order_of(IO_NO_INCREMENT, processors=2)
    columns = run.columns
    at = {
        (run.threads[choice], routine.name): (start, processor)
        for choice, routine, start, processor in zip(
            columns["choice"], columns["routine"], columns["start"], columns["processor"], strict=True
        )
        if isinstance(choice, int)
    }
    waiter, setter = at["Waiter", "KeWaitForSingleObject"], at["Setter", "KeSetEvent"]
    assert waiter[1] != setter[1]
    assert 0 < waiter[0] - setter[0] < 100


@pytest.mark.parametrize(
    ("base", "priority", "increment", "after"),
    [(8, 8, 0, 8), (8, 8, 1, 9), (8, 8, 8, 15), (8, 11, 1, 11), (12, 12, 8, 15), (15, 15, 1, 15), (16, 16, 8, 16),
     (24, 24, 6, 24)],
)  # fmt: skip
def test_a_boost_raises_to_base_plus_increment_never_lowers_and_leaves_realtime_alone(base, priority, increment, after):
    event = made(SynchronizationEvent)
    stage = Stage()
    thread = stage.enter("T0", [waits(event)], priority).thread
    thread.BasePriority = base
    stage.enter("T1", [sets(event, increment)])
    stage.perform("T0")
    stage.perform("T1")
    assert thread.Priority == after


def test_boosts_do_not_add_up():
    event = made(SynchronizationEvent)
    stage = Stage()
    thread = stage.enter("T0", [waits(event)] * 3).thread
    stage.enter("T1", [sets(event, 1)] * 3)
    for _ in range(3):
        stage.perform("T0")
        stage.perform("T1")
    assert thread.Priority == 9


def test_equals_on_one_processor_take_turns_by_quantum():
    order = []

    def works(name):
        async def Works(event):
            for _ in range(60_000):
                order.append(name)
                await KeReadStateEvent(event)

        return Works

    async def DriverEntry(DriverObject, RegistryPath):
        event = made(NotificationEvent)
        for name in "AB":
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, works(name), event)
        return STATUS_SUCCESS

    ks.run(DriverEntry, policy=ks.Windows(processors=1))
    turns = [len(turn) for turn in "".join(order).replace("AB", "A B").replace("BA", "B A").split()]
    turns = turns[2:]  # each thread has run up to its first call when it is created
    # A call takes 5 to 14 ticks, so a quantum of 200 000 holds 21 000 calls, and each thread needs three.
    assert len(turns) == 6
    assert turns[:4] == [pytest.approx(21_000, rel=0.02)] * 4

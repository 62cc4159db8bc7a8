"""Objects known by handles and kept by references: threads and their ends, named events; what runs tell of them."""

import inspect
import re
from itertools import pairwise

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import happens_before
from kevent_sim.runs import history, timeline


class SHARED(Structure):
    Stop: KEVENT
    Ready: KSEMAPHORE
    Done: KEVENT
    Thread: PVOID
    Other: PVOID
    Count: ULONG


def wait(Object, ticks=None):
    timeout = None if ticks is None else LARGE_INTEGER(-ticks)
    return KeWaitForSingleObject(Object, Executive, KernelMode, False, timeout)


def entry_only(body):
    """A run of a DriverEntry that performs `body(log)` and returns what it has logged; and the run."""
    log = []

    async def DriverEntry(DriverObject, RegistryPath):
        await body(log)
        return STATUS_SUCCESS

    return log, ks.run(DriverEntry)


# -- a thread's end ----------------------------------------------------------------------------------------------------


async def WorkerThread(Shared):
    await wait(Shared.Stop)
    Shared.Count = Shared.Count + 1
    await KeReadStateEvent(Shared.Stop)


def service(waits_for_its_thread, waits_for="the end"):
    """A driver with one worker, whose unload stops it, and waits for its end, for an event it sets last, or not."""

    async def Worker(Shared):
        await WorkerThread(Shared)
        await KeSetEvent(Shared.Done, IO_NO_INCREMENT, False)

    async def DriverUnload(DriverObject):
        Shared = DriverObject.DeviceObject.DeviceExtension
        await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)
        if waits_for_its_thread:
            await wait(Shared.Thread if waits_for == "the end" else Shared.Done)
            await ObDereferenceObject(Shared.Thread)
        await IoDeleteDevice(DriverObject.DeviceObject)

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = DriverUnload
        device, hThread = DEVICE_OBJECT(), HANDLE()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeEvent(Shared.Stop, NotificationEvent, False)
        await KeInitializeEvent(Shared.Done, NotificationEvent, False)
        await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, Worker, Shared)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Shared.Thread, None)
        await ZwClose(hThread)
        return STATUS_SUCCESS

    return DriverEntry


@pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Windows(), ks.PCT(seed=2), ks.Random(seed=1)], ids=repr)
def test_an_unload_that_waits_for_its_threads_end_completes(policy):
    run = ks.run(service(True), policy, stop=True)
    assert (run.verdict, run.service) == ("completed", "STOPPED")


def test_an_unload_that_waits_for_its_threads_end_holds_in_every_order():
    every = ks.explore(service(True), stop=True)
    assert (every.verdict, every.findings) == ("holds", ())


def test_without_the_wait_the_search_finds_the_freed_memory_and_the_unloaded_code():
    def told(run):
        return run.bugcheck and re.split(r";| \(line", run.bugcheck.reason)[0]

    every = ks.explore(service(False), outcome=told, stop=True)
    assert every.verdict == "violated"
    assert every.counterexample.bugcheck.code == 0xCE
    goes_on, used = "goes on in a driver that has been unloaded", "is used after IoDeleteDevice freed it"
    assert every.outcomes.keys() - {None} == {
        f"Worker {goes_on}", f"SHARED.Stop {used}", f"SHARED.Count {used}", f"SHARED.Done {used}",
    }  # fmt: skip
    stops = [finding for finding in every.findings if finding.kind == "bugcheck"]
    assert len(stops) == 2, "two causes: the memory that is gone, the code that is gone"
    assert {finding.kind for finding in every.findings} == {"bugcheck", "data race"}


def test_an_event_that_the_thread_sets_last_is_too_early():
    """Between its last signal and its end the thread still runs code that the unload unmaps."""
    every = ks.explore(service(True, "an event"), stop=True)
    assert every.verdict == "violated"
    assert every.counterexample.bugcheck.code == 0xCE


def test_a_threads_object_is_signaled_by_its_end_for_ever():
    async def body(log):
        hThread, Thread = HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Sleeps, None)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
        for ticks in 0, None, 0, None:
            log.append(await wait(Thread, ticks))

    assert entry_only(body)[0] == [STATUS_TIMEOUT, STATUS_SUCCESS, STATUS_SUCCESS, STATUS_SUCCESS]


async def Sleeps(_):
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))


async def Ends(_):
    pass


USES = {
    "wait": lambda Thread: KeWaitForSingleObject(Thread, Executive, KernelMode, False, LARGE_INTEGER(0)),
    "alert": lambda Thread: KeAlertThread(Thread, KernelMode),
    "priority": lambda Thread: KeSetPriorityThread(Thread, 9),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_thread_pointer_that_nothing_keeps_is_bug_check_0xd5_once_the_thread_has_ended(use):
    async def body(log):
        hThread, Thread = HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Sleeps, None)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
        await ZwClose(hThread)
        await ObDereferenceObject(Thread)
        await use(Thread)  # it runs, and so it is there
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-20_000))
        log.append("it has ended")
        await use(Thread)

    log, run = entry_only(body)
    assert log == ["it has ended"]
    assert run.bugcheck.code == 0xD5
    given_back = "its last handle was closed and its last reference given back"
    assert run.bugcheck.reason.startswith(f"Sleeps is used after {given_back}")


@pytest.mark.parametrize("kept_by", ["handle", "reference"])
def test_a_handle_or_a_reference_keeps_a_thread_that_has_ended(kept_by):
    async def body(log):
        hThread, Thread = HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Sleeps, None)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
        await (ObDereferenceObject(Thread) if kept_by == "handle" else ZwClose(hThread))
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-20_000))
        log.append(await wait(Thread, 0))

    assert entry_only(body)[0] == [STATUS_SUCCESS]


def test_one_dereference_too_many_is_bug_check_0x18():
    async def body(log):
        hThread, Thread = HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Sleeps, None)
        for _ in range(2):
            await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, None, KernelMode, Thread, None)
        for _ in range(3):
            await ObDereferenceObject(Thread)
            log.append("given back")

    log, run = entry_only(body)
    assert len(log) == 2
    assert (run.bugcheck.code, run.bugcheck.line) == (0x18, inspect.getsourcelines(body)[1] + 6)


def test_a_reference_is_for_a_handle_of_the_type_that_was_named():
    async def body(log):
        hThread, hEvent, hSemaphore, Object = HANDLE(), HANDLE(), HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Ends, None)
        await ZwCreateEvent(hEvent, EVENT_ALL_ACCESS, None, NotificationEvent, False)
        await ZwCreateSemaphore(hSemaphore, SEMAPHORE_ALL_ACCESS, None, 0, 1)
        for handle in hThread, hEvent, hSemaphore:
            for kind in PsThreadType, ExEventObjectType, ExSemaphoreObjectType, None:
                log.append(await ObReferenceObjectByHandle(handle, SYNCHRONIZE, kind, KernelMode, Object, None))
        log.append(await ObReferenceObjectByHandle(HANDLE(), SYNCHRONIZE, None, KernelMode, Object, None))

    fits, not_it = STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH
    assert entry_only(body)[0] == [
        fits, not_it, not_it, fits, not_it, fits, not_it, fits, not_it, not_it, fits, fits, STATUS_INVALID_HANDLE,
    ]  # fmt: skip


def test_a_wait_on_a_pointer_that_nothing_has_filled_in_is_bug_check_0xa():
    async def body(log):
        await wait(PVOID())

    assert entry_only(body)[1].bugcheck.code == 0x0A


# -- named events ------------------------------------------------------------------------------------------------------

READY = UNICODE_STRING("\\BaseNamedObjects\\Ready")


@pytest.mark.parametrize(
    ("create", "kind"),
    [(IoCreateNotificationEvent, NotificationEvent), (IoCreateSynchronizationEvent, SynchronizationEvent)],
)
def test_a_named_event_starts_signaled(create, kind):
    async def body(log):
        event = await create(READY, HANDLE())
        log += [event.Header.Type, await wait(event, 0), await KeReadStateEvent(event)]

    assert entry_only(body)[0] == [kind, STATUS_SUCCESS, 1 - kind]


def test_an_event_that_is_there_keeps_its_type_and_its_state():
    async def body(log):
        first = await IoCreateSynchronizationEvent(READY, HANDLE())
        await KeClearEvent(first)
        second = await IoCreateNotificationEvent(UNICODE_STRING(READY.Buffer.lower()), HANDLE())
        log += [second is first, second.Header.Type, await KeReadStateEvent(second)]

    assert entry_only(body)[0] == [True, SynchronizationEvent, 0]


def test_a_named_event_is_gone_with_its_last_handle():
    async def body(log):
        handles = HANDLE(), HANDLE()
        for handle in handles:
            event = await IoCreateNotificationEvent(READY, handle)
        await ZwClose(handles[0])
        log.append(await KeReadStateEvent(event))
        await ZwClose(handles[1])
        log.append((await IoCreateSynchronizationEvent(READY, HANDLE())) is event)
        await KeReadStateEvent(event)

    log, run = entry_only(body)
    assert log == [1, False]
    assert (run.bugcheck.code, run.bugcheck.line) == (0xD5, inspect.getsourcelines(body)[1] + 8)


@pytest.mark.parametrize("name", ["Ready", "", "\\BaseNamedObjects\\"])
def test_a_name_that_is_not_a_full_one_makes_no_event(name):
    async def body(log):
        log.append(await IoCreateNotificationEvent(UNICODE_STRING(name), HANDLE()))

    assert entry_only(body)[0] == [None]


# -- what runs, races and pictures tell --------------------------------------------------------------------------------


async def Producer(Shared):
    for _ in range(2):
        await KeReleaseSemaphore(Shared.Ready, SEMAPHORE_INCREMENT, 1, False)
    await KeSetEvent(Shared.Stop, IO_NO_INCREMENT, False)


async def Consumer(Shared):
    for _ in range(2):
        await wait(Shared.Ready, 1_000_000)
    await KeWaitForMultipleObjects(2, [Shared.Stop, Shared.Done], WaitAll, Executive, KernelMode, True, None, None)


async def Ender(Shared):
    await KeWaitForMultipleObjects(2, [Shared.Thread, Shared.Done], WaitAny, Executive, KernelMode, False, None, None)
    await KeSetEvent(Shared.Done, IO_NO_INCREMENT, False)


async def DriverEntry(DriverObject, RegistryPath):
    """A semaphore, a wait for all, a wait for any, a thread's end."""
    device, hThread = DEVICE_OBJECT(), HANDLE()
    await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
    Shared = device.DeviceExtension
    await KeInitializeEvent(Shared.Stop, NotificationEvent, False)
    await KeInitializeEvent(Shared.Done, NotificationEvent, False)
    await KeInitializeSemaphore(Shared.Ready, 0, 2)
    await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, Producer, Shared)
    await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Shared.Thread, None)
    for StartRoutine in Consumer, Ender:
        await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, StartRoutine, Shared)
    return STATUS_SUCCESS


POLICIES = [
    ks.RoundRobin(), ks.Random(seed=4), ks.PCT(seed=4), ks.Windows(), ks.Windows(processors=1, seed=2),
]  # fmt: skip
each_policy = pytest.mark.parametrize("policy", POLICIES, ids=repr)


@each_policy
def test_every_policy_runs_them_to_their_end(policy):
    assert ks.run(DriverEntry, policy).verdict == "completed"


@each_policy
def test_their_schedules_text_replays_the_same_run(policy):
    run = ks.run(DriverEntry, policy)
    again = ks.run(DriverEntry, ks.Replay(str(run.schedule)))
    for column in "choice", "result", "start", "duration", "processor":
        assert list(map(str, again.columns[column])) == list(map(str, run.columns[column]))
    assert str(again.schedule) == str(run.schedule)


@each_policy
def test_they_are_in_an_order_of_their_own_and_leave_nothing_to_chance(policy):
    assert ks.races(ks.run(DriverEntry, policy)) == ()


def test_two_consumers_of_one_semaphore_race_for_its_count():
    async def Two(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeSemaphore(Shared.Ready, 1, 2)
        for StartRoutine in Takes, TakesToo:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, Shared)
        return STATUS_SUCCESS

    async def Takes(Shared):
        await wait(Shared.Ready, 0)

    async def TakesToo(Shared):
        await wait(Shared.Ready, 0)

    (race,) = ks.races(ks.run(Two))
    assert (race.kind, race.what) == ("semaphore", "Ready")
    assert (race.first.thread, race.second.thread) == ("Takes", "TakesToo")


def lowest_first(ready):
    return ready[0]


def waiters_first(ready):
    """Once the driver is loaded the producer runs only when both others wait."""
    return max(ready, key=lambda choice: (choice.number == 0, choice.number))


def test_a_release_says_who_released_whom_by_what():
    told = [
        (by, released, by_what) for _, by, released, by_what in history.releases(ks.run(DriverEntry, waiters_first))
    ]
    assert told == [
        ("Producer", "Consumer", "Ready"), ("Producer", "Consumer", "Ready"), ("Producer", "Consumer", "Stop"),
        ("Producer", "Ender", "its end"), ("Ender", "Consumer", "Done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "policy", [*POLICIES, lowest_first, waiters_first], ids=lambda policy: getattr(policy, "__name__", str(policy))
)
def test_both_signals_of_a_wait_for_all_lead_to_it(policy):
    run = ks.run(DriverEntry, policy)
    steps = history.step_columns(run)
    rows = list(zip(steps["thread"], steps["routine"], steps["object"], steps["start"], strict=True))
    sets = [(thread, what, start) for thread, routine, what, start in rows if routine == "KeSetEvent"]
    assert sorted(sets)[0][:2] == ("Ender", "Done")
    assert sorted(sets)[1][:2] == ("Producer", "Stop")
    signals = {(thread, start) for thread, _, start in sets}
    (wait_starts,) = [
        [start for thread, routine, _, start in rows if thread == "Consumer" and routine == "KeWaitForMultipleObjects"]
    ]
    edges = happens_before.edges(run)
    assert signals <= {(edge.by, edge.start) for edge in edges if edge.of == "Consumer" and edge.end in wait_starts}
    assert len(edges) == len(set(edges))


@each_policy
def test_the_intervals_of_every_thread_follow_each_other_without_overlap(policy):
    run = ks.run(DriverEntry, policy)
    for name in run.threads:
        mine = [one for one in timeline.thread_intervals(run) if one.what == name]
        assert all(before.end <= after.start for before, after in pairwise(mine))


def test_who_waits_is_told_to_wait():
    intervals = timeline.thread_intervals(ks.run(DriverEntry, waiters_first))
    assert {one.what for one in intervals if one.state == "waiting"} == {"Consumer", "Ender"}


def test_the_picture_tells_of_the_semaphore_and_of_the_threads_end():
    text = str(ks.picture(ks.run(DriverEntry, waiters_first)))
    # Nobody sees the semaphore signaled: whoever waits for it takes what is released at once.
    assert text.endswith(
        " Ready: not signaled from 0 to 25. At 11 Producer releases Consumer by Ready. At 14 Producer releases "
        "Consumer by Ready. At 17 Producer releases Consumer by Stop. At 19 Producer releases Ender by its end. At 21 "
        "Ender releases Consumer by Done."
    )


def test_the_rows_of_a_wait_for_all_name_all_its_objects_and_of_any_the_one_that_fired():
    steps = history.step_columns(ks.run(DriverEntry, waiters_first))
    several = [
        (thread, what, status)
        for thread, routine, what, status in zip(
            steps["thread"], steps["routine"], steps["object"], steps["status"], strict=True
        )
        if routine == "KeWaitForMultipleObjects" and status != "waits"
    ]
    assert several == [("Ender", "Producer", "STATUS_SUCCESS"), ("Consumer", "Stop, Done", "STATUS_SUCCESS")]


def test_a_deadlock_names_all_that_is_waited_for():
    async def Waits(Shared):
        await KeWaitForMultipleObjects(
            2, [Shared.Stop, Shared.Ready], WaitAny, Executive, KernelMode, False, None, None
        )

    async def Driver(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        await KeInitializeEvent(device.DeviceExtension.Stop, NotificationEvent, False)
        await KeInitializeSemaphore(device.DeviceExtension.Ready, 0, 1)
        return await PsCreateSystemThread(HANDLE(), 0, None, None, None, Waits, device.DeviceExtension)

    run = ks.run(Driver)
    assert run.verdict == "deadlock"
    line = inspect.getsourcelines(Waits)[1] + 1
    assert [str(one) for one in run.waiting] == [f"Waits waits for Stop or Ready (line {line})"]

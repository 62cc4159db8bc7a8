"""What a run meant, computed a second time: naively, from the rows of its trace, at every moment anew.

The runs are of random drivers (`states.any_driver`) under random policies, some cut short, some stopped by a bug check.
"""

from collections import namedtuple
from itertools import groupby, pairwise
from random import Random

import pytest
from drivers import SHARED, started
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import size
from states import DIRECTORIES, FILES, VOLUME, any_driver, started_with

import kevent_sim as ks
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.machine.thread import KTHREAD_STATE
from kevent_sim.machine.trace import PARKED
from kevent_sim.ntifs import *
from kevent_sim.orders import happens_before
from kevent_sim.runs import history, timeline
from kevent_sim.runs.timeline import Interval
from kevent_sim.samples import race, synchronization_event, with_movers
from kevent_sim.views import words

seeds = st.integers(0, 10**6)
untimed = st.one_of(
    st.just(ks.RoundRobin()),
    st.builds(ks.Random, seeds, st.integers(1, 5)),
    st.builds(ks.PCT, st.integers(1, 3), seeds),
)
timed = st.builds(ks.Windows, st.integers(1, 3), seeds)


def random_run(policy, seed, max_steps):
    return ks.run(started_with(*any_driver(Random(seed))), policy, volume=VOLUME, max_steps=max_steps)


def stopped_run(policy):
    """The driver is unloaded under its threads: a bug check, unless they happen to have ended."""
    return ks.run(race, policy, stop=True, FileCount=2, WriteCount=1)


lengths = st.sampled_from([1_000_000, 1_000_000, 10, 15])
untimed_runs = st.builds(random_run, untimed, seeds, lengths)
runs = st.builds(random_run, untimed | timed, seeds, lengths) | st.builds(stopped_run, untimed | timed)


class Row(namedtuple("Row", "step, choice, routine, result, subject, start, end")):
    @property
    def of_thread(self):
        """Did a thread take the step, not a time-out?"""
        return isinstance(self.choice, int)


def rows_of(run):
    columns = run.columns
    return [
        Row(step, choice, routine.name, result, subject, start, start + duration)
        for step, (choice, routine, result, subject, start, duration) in enumerate(
            zip(
                *(columns[name] for name in ("choice", "routine", "result", "subject", "start", "duration")),
                strict=True,
            )
        )
    ]


def spans(run, what, state_at, moments):
    """The states of something between neighbouring moments, equal neighbours put together; None is no state."""
    moments = sorted({0, *moments, timeline.end(run)})
    states = [(state_at(begin), begin, end) for begin, end in pairwise(moments)]
    found = []
    for state, same in groupby(states, key=lambda one: one[0]):
        parts = list(same)
        if state is not None:
            found.append(Interval(what, state, parts[0][1], parts[-1][2]))
    return found


# -- threads -----------------------------------------------------------------------------------------------------------


def wakes_of(run, rows, thread):
    """When a thread was made ready: (step, tick)."""
    return [
        (step, rows[step].start if step < len(rows) else timeline.end(run))
        for step, who in run.trace.wakes
        if who is thread
    ]


def thread_state(run, rows, thread, tick):
    wakes, mine = wakes_of(run, rows, thread), [row for row in rows if row.choice == thread.number]
    begun = [row for row in mine if row.start <= tick]
    if not begun:
        return "ready" if any(woken <= tick for _, woken in wakes) else None
    last = begun[-1]
    if tick < last.end:
        return "running"
    if thread.State == KTHREAD_STATE.Terminated and last is mine[-1]:
        return None
    if last.result is PARKED and not any(step > last.step and woken <= tick for step, woken in wakes):
        return "waiting"
    return "ready"


@settings(max_examples=size(37, 150))
@given(runs)
def test_a_thread_is_in_the_state_that_its_own_last_call_and_its_wakes_tell(run):
    rows = rows_of(run)
    moments = {moment for row in rows for moment in (row.start, row.end)}
    expected = [
        interval
        for thread in run.trace.threads
        for interval in spans(
            run, thread.name, lambda tick, thread=thread: thread_state(run, rows, thread, tick), moments
        )
    ]
    assert timeline.thread_intervals(run) == expected


@settings(max_examples=size(25, 100))
@given(runs)
def test_a_threads_intervals_cover_its_life_without_gap_or_overlap(run):
    rows = rows_of(run)
    lanes = [list(lane) for _, lane in groupby(timeline.thread_intervals(run), key=lambda interval: interval.what)]
    there = {lane[0].what: lane for lane in lanes}
    assert len(there) == len(lanes)
    for thread in run.trace.threads:
        if lane := there.get(thread.name):
            created = wakes_of(run, rows, thread)[0][1]
            ended = max((row.end for row in rows if row.choice == thread.number), default=0)
            alive = thread.State != KTHREAD_STATE.Terminated
            assert (lane[0].start, lane[-1].end) == (created, timeline.end(run) if alive else ended)
            assert [one.end for one in lane[:-1]] == [one.start for one in lane[1:]]


@settings(max_examples=size(20, 60))
@given(runs)
def test_the_history_ends_with_the_last_call_and_where_somebody_waits_for_ever_a_twentieth_later(run):
    last = max(row.end for row in rows_of(run))
    later = max(1, last // 20) if run.verdict == "deadlock" else 0
    assert (timeline.last_call(run), timeline.end(run)) == (last, last + later)


def test_the_end_of_a_deadlock_is_a_twentieth_after_its_last_call():
    run = ks.run(with_movers(synchronization_event, 2), ks.Windows(), FileCount=1, WriteCount=1)
    assert (timeline.last_call(run), timeline.end(run)) == (21_715, 21_715 + 1085)


# -- events and semaphores ---------------------------------------------------------------------------------------------


@settings(max_examples=size(25, 100))
@given(runs)
def test_an_object_is_as_the_last_change_of_its_state_left_it(run):
    rows, labels = rows_of(run), history.event_labels(run)

    def state(event, tick):
        changes = [(step, before, after) for step, one, before, after in run.trace.signals if one is event]
        state = changes[0][1]
        for step, _, after in changes:
            if rows[step].start <= tick:
                state = after
        return "signaled" if state > 0 else "not signaled"

    moments = [row.start for row in rows]
    expected = [
        interval
        for event, label in labels.items()
        for interval in spans(run, label, lambda tick, event=event: state(event, tick), moments)
    ]
    assert history.event_intervals(run) == expected
    assert len(set(labels.values())) == len(labels)


TELLS_THE_STATE_BEFORE = (
    "KeReadStateEvent", "KeSetEvent", "KeResetEvent", "KePulseEvent", "KeReadStateSemaphore", "KeReleaseSemaphore",
)  # fmt: skip


@settings(max_examples=size(25, 100))
@given(untimed_runs)
def test_what_a_call_found_an_objects_state_to_be_is_what_the_history_says(run):
    labels, intervals = history.event_labels(run), history.event_intervals(run)
    for row in rows_of(run):
        if row.routine in TELLS_THE_STATE_BEFORE and row.subject in labels and type(row.result) is int:
            (state,) = (
                one.state for one in intervals if one.what == labels[row.subject] and one.start < row.start <= one.end
            )
            assert state == ("signaled" if row.result > 0 else "not signaled"), row


# -- files -------------------------------------------------------------------------------------------------------------


def lanes_of_files(run):
    """The states of each file, one after the other: every history of a file begins at tick 0."""
    lanes = []
    for interval in history.file_intervals(run):
        if interval.start == 0:
            lanes.append([])
        lanes[-1].append(interval)
    return dict(zip(history.first_paths(run), lanes, strict=True))


@settings(max_examples=size(50, 200))
@given(runs)
def test_the_files_that_are_there_at_the_end_are_those_of_the_volume(run):
    at_the_end = {file for file, lane in lanes_of_files(run).items() if lane[-1].state not in ("absent", "deleted")}
    assert at_the_end == {file for file in run.volume if not file.directory}


def file_state(run, rows, file, tick):
    """From the calls on a file that succeeded up to a tick, each looked at alone."""
    past = [
        row
        for row in rows
        if row.start <= tick and row.routine[:2] == "Zw" and row.of_thread and type(row.result) is NTSTATUS
    ]
    done = [row for row in past if NT_SUCCESS(row.result)]
    state, opens = "complete" if file in run.trace.files_before else "absent", 0
    for row in done:
        renamed = getattr(row.subject, "file", None)
        if renamed is file:
            state = "moved" if row.subject.new else "deleted"
        elif renamed is not None and row.subject.replaced is file:
            state = "deleted"
        elif row.subject is file:
            opens += {"ZwCreateFile": 1, "ZwOpenFile": 1, "ZwClose": -1}.get(row.routine, 0)
            if row.routine == "ZwCreateFile" and opens == 1:
                state = "being written"
            if row.routine == "ZwClose" and opens == 0 and state == "being written":
                state = "complete"
    return state


@settings(max_examples=size(25, 100))
@given(runs)
def test_a_file_is_as_the_calls_on_it_have_left_it(run):
    rows, paths = rows_of(run), history.first_paths(run)
    moments = [row.start for row in rows]
    expected = {
        file: spans(run, path, lambda tick, file=file: file_state(run, rows, file, tick), moments)
        for file, path in paths.items()
    }
    found = {
        file: [interval for _, same in groupby(lane, key=lambda one: one.state) for interval in joined(list(same))]
        for file, lane in lanes_of_files(run).items()
    }
    assert found == expected


def joined(same):
    """A file that is moved twice has two intervals of one state."""
    return [same[0]._replace(end=same[-1].end)]


@settings(max_examples=size(20, 60))
@given(runs)
def test_probes_are_the_opens_that_failed(run):
    failed = [row for row in rows_of(run) if row.routine == "ZwOpenFile" and not NT_SUCCESS(row.result)]
    assert [(probe.time, probe.thread, probe.status) for probe in history.probes(run)] == [
        (row.start, run.threads[row.choice], str(row.result)) for row in failed
    ]
    named = {*FILES, *DIRECTORIES, "C:\\Temp\\file_0.txt", "C:\\Temp\\file_1.txt"}
    assert {probe.path for probe in history.probes(run)} <= named


# -- who released whom, and what puts steps in order -------------------------------------------------------------------

SIGNALS = ("KeSetEvent", "KePulseEvent", "KeReleaseSemaphore")


def made_ready(run, rows):
    """(the row of the call that made a thread ready, the thread): creations, releases and alerts."""
    return [(rows[step], who) for step, who in run.trace.wakes if step < len(rows) and rows[step].of_thread]


@settings(max_examples=size(25, 100))
@given(runs)
def test_a_release_is_of_a_waiter_by_a_call_on_an_object_or_by_a_threads_end(run):
    rows, labels = rows_of(run), history.event_labels(run)
    expected = []
    for row, who in made_ready(run, rows):
        if row.routine in SIGNALS:
            expected.append((row.start, run.threads[row.choice], who.name, labels[row.subject]))
        elif row.routine == "PsTerminateSystemThread":
            expected.append((row.start, run.threads[row.choice], who.name, "its end"))
    assert history.releases(run) == expected


def test_the_thread_that_loads_the_driver_releases_like_any_other():
    async def waits(event):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def DriverEntry(DriverObject, RegistryPath):
        event = KEVENT("Gate")
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, waits, event)
        await KeSetEvent(event, 0, False)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry, lambda ready: ready[-1])  # it loads, initialises, creates; then the wait, and the signal
    assert history.releases(run) == [(4, "System", "waits", "Gate")]
    assert happens_before.edges(run) == [(2, "System", 3, "waits"), (4, "System", 5, "waits")]


def test_a_time_out_is_no_release_and_puts_no_steps_of_different_threads_in_order():
    async def ends(_):
        pass

    async def DriverEntry(DriverObject, RegistryPath):
        event = KEVENT("Never")
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, ends, None)
        await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-50))
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert TimeOutOf(0) in run.schedule.choices
    assert history.releases(run) == []
    assert [(edge.start, edge.by, edge.of) for edge in happens_before.edges(run)] == [
        (2, "System", "ends")
    ]  # its creation
    steps = history.step_columns(run)
    (row,) = (step for step, routine in enumerate(steps["routine"]) if routine == "time-out")
    assert steps["thread"][row] == "System"


def test_a_thread_that_stops_the_machine_before_its_first_call_was_ready_and_that_is_all():
    async def reads_at_once(Shared):
        print(Shared.x)

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await IoDeleteDevice(device)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, reads_at_once, Shared)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert (run.verdict, run.bugcheck.code) == ("bugcheck", 0xD5)
    assert timeline.thread_intervals(run) == [
        Interval("System", "running", 0, 4),  # it loads, creates, deletes; and is creating the thread
        Interval("reads_at_once", "ready", 3, 4),
    ]
    assert (history.releases(run), happens_before.edges(run)) == ([], [])


def test_a_wait_that_an_alert_ends_has_taken_no_signal():
    """A signal is given and taken back, then the alert; the wait finds the alert alone."""
    pointer = PVOID()

    async def waits(events):
        await KeWaitForSingleObject(events[0], Executive, KernelMode, False, None)
        await KeWaitForSingleObject(events[1], Executive, KernelMode, True, None)

    async def alerts(events):
        await KeSetEvent(events[1], 0, False)
        await KeResetEvent(events[1])
        await KeAlertThread(pointer, KernelMode)
        await KeSetEvent(events[0], 0, False)

    async def DriverEntry(DriverObject, RegistryPath):
        events, hThread = (KEVENT("Go"), KEVENT("Signal")), HANDLE()
        for event in events:
            await KeInitializeEvent(event, SynchronizationEvent, False)
        await PsCreateSystemThread(hThread, 0, None, None, None, waits, events)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, pointer, None)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, alerts, events)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry, lambda ready: max(ready, key=lambda choice: (choice.number == 0, choice.number)))
    (alerted,) = (row for row in rows_of(run) if row.result is STATUS_ALERTED)
    assert [call.routine for call in run.calls("waits")][:2] == ["KeWaitForSingleObject"] * 2
    assert [edge for edge in happens_before.edges(run) if edge.end == alerted.start] == []


@settings(max_examples=size(25, 100))
@given(runs)
def test_a_wait_for_one_object_that_blocked_and_was_satisfied_was_released_meanwhile(run):
    rows, released = rows_of(run), history.releases(run)
    for number, name in enumerate(run.threads):
        for call, back in pairwise(row for row in rows if row.choice == number):
            if (
                call.routine == "KeWaitForSingleObject" and call.result is PARKED and back.result == STATUS_SUCCESS
                and back.routine == call.routine
            ):  # fmt: skip
                assert any(one.released == name and call.start <= one.time <= back.start for one in released)


@settings(max_examples=size(25, 100))
@given(runs)
def test_an_edge_leads_forward_from_each_creation_release_and_alert_to_the_next_step_of_whom_it_made_ready(run):
    rows, names = rows_of(run), run.threads
    edges = happens_before.edges(run)
    assert len(set(edges)) == len(edges)
    for edge in edges:
        assert edge.start < edge.end
        assert edge.by != edge.of
        assert [row for row in rows if row.of_thread and (row.start, names[row.choice]) == (edge.start, edge.by)]
        assert [row for row in rows if row.of_thread and (row.start, names[row.choice]) == (edge.end, edge.of)]
    due = [
        (row.start, names[row.choice], following[0].start, who.name)
        for row, who in made_ready(run, rows)
        if row.choice != who.number and (following := [r for r in rows if r.choice == who.number and r.step > row.step])
    ]
    assert edges[: len(due)] == list(dict.fromkeys(due))


@settings(max_examples=size(25, 100))
@given(runs)
def test_an_edge_leads_from_the_last_signal_of_each_object_to_the_wait_that_took_it(run):
    """A wait that did not block, and one for all of several objects, whether it did or not."""
    rows, names = rows_of(run), run.threads
    expected = []
    for row in rows:
        several = row.routine == "KeWaitForMultipleObjects" and isinstance(row.subject, tuple)
        blocked = [other for other in rows[: row.step] if other.choice == row.choice][-1:]
        went_on = bool(blocked) and blocked[0].result is PARKED and not several
        if row.routine not in ("KeWaitForSingleObject", "KeWaitForMultipleObjects") or went_on:
            continue
        if row.result is PARKED or not row.of_thread or row.result >= STATUS_ALERTED:
            continue
        for taken in row.subject if isinstance(row.subject, tuple) else [row.subject]:
            signals = [
                other
                for other in rows[: row.step]
                if other.subject is taken
                and other.routine in ("KeSetEvent", "KeReleaseSemaphore", "PsTerminateSystemThread")
            ]
            if signals and signals[-1].choice != row.choice:
                expected.append((signals[-1].start, names[signals[-1].choice], row.start, names[row.choice]))
    assert set(expected) <= set(happens_before.edges(run))
    by_waking = {(row.start, names[row.choice]) for row, _ in made_ready(run, rows)}
    others = [edge for edge in happens_before.edges(run) if (edge.start, edge.by) not in by_waking]
    assert set(others) <= set(expected)


# -- in words, and as people read the trace ----------------------------------------------------------------------------


async def waits_in_vain(Shared):
    await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, LARGE_INTEGER(-50))


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (
            ks.run(synchronization_event, FileCount=2, WriteCount=1),  # 0*5 1 0 1 2 0 1*6 2*8
            "synchronization_event, completed after 24 steps under RoundRobin(). "
            "System: running from 0 to 5, ready from 5 to 6, running from 6 to 7, ready from 7 to 9, running from 9 to "
            "10. FileCreationThread: ready from 3 to 5, running from 5 to 6, ready from 6 to 7, running from 7 to 8, "
            "ready from 8 to 10, running from 10 to 16. FileMoveThread: ready from 6 to 8, running from 8 to 9, "
            "waiting from 9 to 14, ready from 14 to 16, running from 16 to 24. FileCreationEvent: not signaled from 0 "
            "to 24. At 14 FileCreationThread releases FileMoveThread by FileCreationEvent. Files at the end: 2 moved.",
        ),
        (
            ks.run(race, FileCount=3, WriteCount=1),  # 0*4 1 (0 1 2)*2 (1 2)*2 1*5
            "race, completed after 20 steps under RoundRobin(). "
            "System: running from 0 to 4, ready from 4 to 5, running from 5 to 6, ready from 6 to 8, running from 8 to "
            "9. FileCreationThread: ready from 2 to 4, running from 4 to 5, ... running from 15 to 20; in 12 intervals "
            "ready 8, running 10. FileMoveThread: ready from 5 to 7, running from 7 to 8, ... running from 14 to 15; "
            "in 8 intervals ready 6, running 4. Files at the end: 3 complete. Opens that failed: 1 with "
            "STATUS_SHARING_VIOLATION, 2 with STATUS_OBJECT_NAME_NOT_FOUND.",
        ),
        (
            ks.run(started(waits_in_vain)),  # 0*4 1 t1 1*2; the wait begins at 4
            "DriverEntry, completed after 57 ticks under RoundRobin(). System: running from 0 to 4. "
            "waits_in_vain: ready from 3 to 4, running from 4 to 5, waiting from 5 to 54, ready from 54 to 55, running "
            "from 55 to 57. S: not signaled from 0 to 57. N: not signaled from 0 to 57.",
        ),
        (
            ks.run(with_movers(synchronization_event, 2), ks.Windows(), FileCount=1, WriteCount=1),
            "synchronization_event_2_movers, deadlock after 2.2 ms under Windows(processors=2, seed=0). "
            "System: running from 0.1 to 0.5. FileCreationThread: ready from 0.2 to 0.3, running from 0.3 to 0.6. "
            "FileMoveThread: ready from 0.3 to 0.6, running from 0.6 to 0.6, waiting from 0.6 to 0.6, ready from 0.6 "
            "to 0.6, running from 0.6 to 2.2. FileMoveThread #2: ready from 0.4 to 0.7, running from 0.7 to 0.7, "
            "waiting from 0.7 on. FileCreationEvent: not signaled from 0.0 on. At 0.6 FileCreationThread releases "
            "FileMoveThread by FileCreationEvent. Files at the end: 1 moved.",
        ),
    ],
    ids=["steps", "many intervals", "a jump of the clock", "ms, and a deadlock"],
)  # fmt: skip
def test_a_run_is_told_in_words(run, told):
    assert words.describe(run) == told


def test_six_intervals_are_told_one_by_one_and_seven_in_sum():
    told = words.describe(ks.run(with_movers(synchronization_event, 2), FileCount=1, WriteCount=1))
    assert (
        " FileMoveThread: ready from 6 to 8, running from 8 to 9, ... running from 17 to 21; in 7 intervals ready 6, "
        "running 6, waiting 3. FileMoveThread #2: " in told
    )
    assert "6 intervals" not in told


def test_time_is_in_milliseconds_where_the_policy_times_calls_else_in_steps_or_in_ticks_where_the_clock_jumped():
    units = [
        timeline.unit(run)
        for run in (ks.run(race, ks.Windows(), FileCount=1), ks.run(race, FileCount=1), ks.run(started(waits_in_vain)))
    ]
    assert units == [("ms", 10_000), ("steps", 1), ("ticks", 1)]


def test_no_more_than_eight_releases_are_told():
    async def takes(Shared):
        for _ in range(9):
            await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, None)

    async def gives(Shared):
        for _ in range(9):
            await KeSetEvent(Shared.S, 0, False)

    def the_waiter_first(ready):
        return min(ready, key=lambda choice: choice.number)

    run = ks.run(started(takes, gives), the_waiter_first)
    assert len(history.releases(run)) == 9
    assert words.describe(run).count("gives releases takes by S") == 8


def test_a_table_of_steps_has_each_file_by_the_name_that_it_had_then_and_a_time_out_by_its_thread():
    def the_mover_first(ready):
        return max(ready, key=lambda choice: (choice.number == 0, choice.number))

    def table(run):
        columns = history.step_columns(run)
        return list(zip(*(columns[name] for name in ("start", "end", "thread", "object", "status")), strict=True))

    old, new = "C:\\Temp\\file_0.txt", "C:\\Temp2\\NewFile_0.txt"
    assert table(ks.run(synchronization_event, the_mover_first, FileCount=1, WriteCount=1))[7:] == [
        (7, 8, "FileMoveThread", "FileCreationEvent", "waits"),
        (8, 9, "FileCreationThread", old, "STATUS_SUCCESS"),
        (9, 10, "FileCreationThread", old, "STATUS_SUCCESS"),
        (10, 11, "FileCreationThread", old, "STATUS_SUCCESS"),
        (11, 12, "FileCreationThread", "FileCreationEvent", "0"),
        (12, 13, "FileMoveThread", "FileCreationEvent", "STATUS_SUCCESS"),
        (13, 14, "FileMoveThread", old, "STATUS_SUCCESS"),
        (14, 15, "FileMoveThread", f"{old} -> {new}", "STATUS_SUCCESS"),
        (15, 16, "FileMoveThread", new, "STATUS_SUCCESS"),
        (16, 17, "FileMoveThread", "FileMoveThread", ""),
        (17, 18, "FileCreationThread", "FileCreationThread", ""),
    ]
    assert table(ks.run(started(waits_in_vain)))[4:] == [
        (4, 5, "waits_in_vain", "S", "waits"),
        (54, 55, "waits_in_vain", "S", ""),
        (55, 56, "waits_in_vain", "S", "STATUS_TIMEOUT"),
        (56, 57, "waits_in_vain", "waits_in_vain", ""),
    ]


def test_objects_without_a_name_are_numbered_by_first_use_and_namesakes_told_apart():
    async def DriverEntry(DriverObject, RegistryPath):
        for name in ("", "E", "", "E", "F", "E"):
            event = KEVENT(name)
            await KeInitializeEvent(event, NotificationEvent, True)
        semaphore = KSEMAPHORE("")
        await KeInitializeSemaphore(semaphore, 0, 1)
        return STATUS_SUCCESS

    labels = history.event_labels(ks.run(DriverEntry))
    assert list(labels.values()) == ["KEVENT 1", "E", "KEVENT 2", "E #2", "F", "E #3", "KSEMAPHORE 3"]

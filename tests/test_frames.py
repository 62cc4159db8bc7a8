"""Frames and the history behind them: what a run meant, checked against the trace itself."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import kevent_sim as ks
from kevent_sim.runs import history, timeline
from kevent_sim.samples import notification_event, race, synchronization_event, with_movers

POLICIES = (ks.RoundRobin(), ks.Random(seed=3), ks.PCT(seed=5), ks.Windows(seed=1), ks.Windows(processors=1))


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
@pytest.mark.parametrize("driver", [race, synchronization_event, notification_event], ids=lambda d: d.__name__)
class TestEveryRun:
    def run(self, driver, policy) -> ks.Run:
        return ks.run(driver, policy=policy, FileCount=6, WriteCount=4)

    def test_one_step_is_one_row(self, driver, policy):
        run = self.run(driver, policy)
        assert list(ks.steps(run).step) == list(range(len(run.schedule.choices)))

    def test_a_thread_is_in_one_state_at_a_time_without_gaps(self, driver, policy):
        for _, lane in ks.thread_states(self.run(driver, policy)).groupby("thread"):
            assert (lane.start < lane.end).all()
            assert list(lane.start[1:]) == list(lane.end[:-1])

    def test_equal_neighbours_are_coalesced(self, driver, policy):
        for _, lane in ks.thread_states(self.run(driver, policy)).groupby("thread"):
            assert (lane.state != lane.state.shift()).all()

    def test_running_is_the_time_spent_in_calls(self, driver, policy):
        run = self.run(driver, policy)
        steps, states = ks.steps(run), ks.thread_states(run)
        spent = (steps.end - steps.start).groupby(steps.thread).sum()
        running = states[states.state == "running"]
        assert (running.end - running.start).groupby(running.thread).sum().to_dict() == spent.to_dict()

    def test_each_file_has_one_state_at_every_tick(self, driver, policy):
        run = self.run(driver, policy)
        for _, lane in ks.file_states(run).groupby("file"):
            assert lane.start.iloc[0] == 0
            assert lane.end.iloc[-1] == timeline.end(run)
            assert list(lane.start[1:]) == list(lane.end[:-1])

    def test_the_last_states_of_the_files_are_those_of_the_volume(self, driver, policy):
        run = self.run(driver, policy)
        last = ks.file_states(run).groupby("file").state.last()
        assert (last == "moved").sum() == len(run.files("C:\\Temp2"))
        assert (last == "complete").sum() == len(run.files("C:\\Temp"))


def test_a_processor_is_in_one_call_at_a_time():
    steps = ks.steps(ks.run(race, policy=ks.Windows(processors=2, seed=4), FileCount=20, WriteCount=5))
    for _, calls in steps.groupby("processor"):
        assert (calls.start[1:].to_numpy() >= calls.end[:-1].to_numpy()).all()
    assert steps.start.is_monotonic_increasing


def test_the_mover_waits_until_the_moment_of_the_signal():
    run = ks.run(synchronization_event, policy=ks.Windows(seed=2), FileCount=3, WriteCount=2)
    states, steps = ks.thread_states(run), ks.steps(run)
    waiting = states[(states.thread == "FileMoveThread") & (states.state == "waiting")]
    signal = steps[steps.routine == "KeSetEvent"]
    assert list(waiting.end) == list(signal.start)
    assert history.releases(run) == [
        (signal.start.iloc[0], "FileCreationThread", "FileMoveThread", "FileCreationEvent")
    ]


def test_a_synchronization_event_whose_signal_is_taken_at_once_is_never_seen_signaled():
    run = ks.run(synchronization_event, policy=ks.Windows(), FileCount=3, WriteCount=2)
    assert list(ks.event_states(run).signaled) == [False]


def test_a_notification_event_is_signaled_from_the_set_to_the_reset():
    run = ks.run(notification_event, policy=ks.Windows(), FileCount=3, WriteCount=2)
    steps = ks.steps(run)
    set_at, reset_at = (steps[steps.routine == name].start.iloc[0] for name in ("KeSetEvent", "KeResetEvent"))
    signaled = ks.event_states(run)[lambda frame: frame.signaled]
    assert signaled[["start", "end"]].values.tolist() == [[set_at, reset_at]]


def test_the_history_of_a_file_that_is_moved_tells_its_four_states_in_order():
    run = ks.run(synchronization_event, FileCount=2, WriteCount=3)
    assert [interval.state for interval in history.file_intervals(run) if interval.what == "C:\\Temp\\file_1.txt"] == [
        "absent",
        "being written",
        "complete",
        "moved",
    ]


def test_a_leftover_file_is_complete_from_the_start():
    leftover = ks.Volume(files={"C:\\Temp\\file_0.txt": 99})
    first = history.file_intervals(ks.run(race, volume=leftover, FileCount=1, WriteCount=1))[0]
    assert (first.what, first.state, first.start) == ("C:\\Temp\\file_0.txt", "complete", 0)


def test_a_thread_that_waits_for_ever_is_seen_to_wait_even_where_that_was_the_last_step():
    run = ks.run(with_movers(synchronization_event, 2), policy=ks.Windows(), FileCount=1, WriteCount=1)
    assert run.verdict == "deadlock"
    for thread in run.waiting:
        last = ks.thread_states(run)[lambda frame, name=thread.thread: frame.thread == name].iloc[-1]
        assert (last.state, last.end) == ("waiting", timeline.end(run))
        assert last.end > timeline.last_call(run)


def test_probes_are_the_opens_that_failed():
    run = ks.run(race, FileCount=4, WriteCount=2)
    assert [probe.path for probe in history.probes(run)] == [f"C:\\Temp\\file_{i}.txt" for i in range(4)]
    assert history.probes(run)[0].status == "STATUS_SHARING_VIOLATION"


def test_lines_are_those_of_the_drivers_source():
    steps = ks.steps(ks.run(race, FileCount=1, WriteCount=1))
    source = Path(race.__file__).read_text(encoding="utf-8").splitlines()
    for routine, line in zip(steps.routine, steps.line, strict=True):
        if routine not in ("PsTerminateSystemThread", "ZwLoadDriver"):
            assert f"await {routine}(" in source[line - 1]


def test_frames_have_the_documented_columns():
    run = ks.run(race, FileCount=1, WriteCount=1)
    assert " ".join(ks.steps(run)) == "step start end thread processor routine object status line"
    assert list(ks.thread_states(run)) == ["thread", "state", "start", "end"]
    assert list(ks.file_states(run)) == ["file", "state", "start", "end"]
    assert isinstance(ks.event_states(run), pd.DataFrame)
    assert list(ks.event_states(run)) == ["event", "signaled", "start", "end"]

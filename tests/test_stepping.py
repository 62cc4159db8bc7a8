"""A run as it stands after some of its steps; and the lab that shows it, forwards, backwards, by one's own choice."""

import re
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown import page, told, widgets
from sizes import size

import kevent_sim as ks
from kevent_sim.labs import StepLab
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.ntifs import *
from kevent_sim.runs import sweeps
from kevent_sim.runs.stepping import Stepper
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import notification_event, race, synchronization_event

DRIVERS = [race, synchronization_event, notification_event]
SMALL = {"FileCount": 2, "WriteCount": 1}


def mover_first(ready):
    """System starts both threads; then the later one goes on as long as it can."""
    return min(ready, key=lambda thread: (thread.number != 0, -thread.number))


async def Waiter(event):
    await KeWaitForSingleObject(event, Executive, KernelMode, False, LARGE_INTEGER(-10_000))


class SHARED(Structure):
    Never: KEVENT


async def TimedEntry(DriverObject, RegistryPath):
    event = SHARED().Never
    await KeInitializeEvent(event, SynchronizationEvent, False)
    await PsCreateSystemThread(HANDLE(), 0, None, None, None, Waiter, event)
    return STATUS_SUCCESS


async def CrashEntry(DriverObject, RegistryPath):
    await KeLowerIrql(DISPATCH_LEVEL)
    return STATUS_SUCCESS


def stepper_of(driver, **parameters):
    return Stepper(Subject(driver, None, 1_000, False, parameters))


# -- moments ---------------------------------------------------------------------------------------------------------


@settings(max_examples=size(20, 40), deadline=None)
@given(st.sampled_from(DRIVERS), st.integers(0, 10_000), st.data())
def test_the_moment_after_some_steps_is_that_of_the_run_at_that_step(driver, seed, data):
    run = ks.run(driver, policy=ks.Random(seed=seed, burst=3), **SMALL)
    at = data.draw(st.integers(0, len(run.schedule.choices)))
    moment = Stepper(run.subject).after(run.schedule.choices[:at])
    assert moment.step == at
    assert moment.run.columns["result"] == run.columns["result"][:at]
    if at < len(run.schedule.choices):
        assert run.schedule.choices[at] in moment.able
    else:
        assert (moment.run.verdict, moment.run.outcome, moment.able) == (run.verdict, run.outcome, ())


@settings(max_examples=size(20, 40), deadline=None)
@given(st.sampled_from(DRIVERS), st.lists(st.integers(0, 99), max_size=40))
def test_whatever_is_chosen_of_what_is_able_can_be_taken_and_replayed(driver, picks):
    stepper, choices = stepper_of(driver, **SMALL), []
    for pick in picks:
        able = stepper.after(choices).able
        if not able:
            break
        choices.append(able[pick % len(able)])
    made = stepper.after(choices).run
    assert list(made.schedule.choices) == choices
    if choices:
        again = ks.run(driver, policy=ks.Replay(str(made.schedule)))
        assert (again.verdict, again.outcome) == (made.verdict, made.outcome)


def test_a_thread_stands_before_the_call_that_its_next_step_makes():
    run = ks.run(synchronization_event, **SMALL)
    stepper = Stepper(run.subject)
    for step, (choice, routine) in enumerate(zip(run.columns["choice"], run.columns["routine"], strict=True)):
        standing = stepper.after(run.schedule.choices[:step]).threads[choice]
        assert routine.name in standing.call or standing.call.startswith("to end")


def test_who_waits_is_told_for_what_and_where_in_the_list():
    run = ks.run(synchronization_event, policy=mover_first, **SMALL)
    step = next(i for i, routine in enumerate(run.columns["routine"]) if routine.name == "KeWaitForSingleObject") + 1
    moment = Stepper(run.subject).after(run.schedule.choices[:step])
    mover = next(thread for thread in moment.threads if thread.name == "FileMoveThread")
    assert mover.state == "waiting"
    assert mover.why == (
        "it waits for FileCreationEvent (SynchronizationEvent, not signaled; place 1 of 1 in its wait list)"
    )
    assert moment.objects == (("FileCreationEvent", "SynchronizationEvent, not signaled", "FileMoveThread"),)
    assert mover.source[mover.line - mover.first].lstrip().startswith("await KeWaitForSingleObject(")


def test_files_are_told_with_who_has_them_open():
    moment = stepper_of(race, **SMALL).after([0] * 4 + [1] * 2)
    assert moment.files == (("C:\\Temp\\file_0.txt", 15, "FileCreationThread"),)


def test_a_time_out_is_a_choice_of_its_own():
    stepper = stepper_of(TimedEntry)
    moment = stepper.after([0, 0, 0, 1])
    assert moment.timeouts == ((TimeOutOf(1), "Waiter"),)
    assert moment.able == (TimeOutOf(1),)
    after = stepper.after([0, 0, 0, 1, TimeOutOf(1)])
    assert after.told == "step 5, Waiter: the time is up: its wait ends; Waiter can go on"
    after = stepper.after([0, 0, 0, 1, TimeOutOf(1), 1])
    assert after.told == "step 6, Waiter: KeWaitForSingleObject Never returned STATUS_TIMEOUT"


def test_a_bug_check_ends_it_with_its_reason():
    moment = stepper_of(CrashEntry).after([0, 0])
    assert moment.able == ()
    assert "bug check 0xC4" in moment.told


def test_a_choice_that_cannot_be_taken_is_named():
    with pytest.raises(ks.Misuse, match=r"choice 1 cannot be taken at step 1; those that can: 0 \(System\)"):
        stepper_of(race, **SMALL).after([0, 1])


@pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Random(seed=3), ks.PCT(seed=5), mover_first], ids=sweeps.shown)
def test_running_on_from_the_start_is_a_run(policy):
    choices = ks.run(notification_event, policy=policy, **SMALL).schedule.choices
    assert stepper_of(notification_event, **SMALL).run_on([], policy) == list(choices)


def test_a_policy_that_times_every_step_cannot_run_on_in_the_middle():
    with pytest.raises(ks.Misuse, match="run on with RoundRobin, Random or PCT"):
        stepper_of(race, **SMALL).run_on([0], ks.Windows())


# -- the lab ---------------------------------------------------------------------------------------------------------


def scheduled(lab, *names):
    """The lab after these steps, of which it has taken the first ones, where there was no choice, itself."""
    for name in names[len(lab.choices) :]:
        lab.take(name)
    return lab


STARTED = ["System"] * 6


def test_undo_takes_a_step_back_and_shows_what_was_shown_before():
    lab = scheduled(StepLab(**SMALL), *STARTED)
    before = page(lab)
    lab.take("FileCreationThread")
    assert page(lab) != before
    lab.undo()
    assert page(lab) == before


def test_the_slider_goes_back_without_forgetting_and_a_choice_from_there_forgets():
    lab = scheduled(StepLab(**SMALL), *STARTED)
    lab.run_on()
    whole = list(lab.choices)
    lab.at.value = 8
    assert lab.moment.step == 8
    assert lab.choices == whole
    lab.take("FileMoveThread")
    assert lab.choices == [*whole[:8], 2]


def test_a_thread_that_cannot_go_on_says_why_and_nothing_is_taken():
    lab = scheduled(StepLab(synchronization_event, **SMALL), *["System"] * 6, "FileMoveThread")
    before = list(lab.choices)
    with pytest.raises(ValueError, match=r"FileMoveThread cannot go on: it waits for FileCreationEvent \("):
        lab.take("FileMoveThread")
    assert lab.choices == before


def test_a_press_by_hand_that_is_refused_is_told_in_the_status_line():
    lab = scheduled(StepLab(synchronization_event, **SMALL), *["System"] * 6, "FileMoveThread")
    button = next(child for child in widgets(lab) if getattr(child, "description", "") == "FileMoveThread")
    button.click()
    assert told(lab).startswith("Not done: FileMoveThread cannot go on: it waits for FileCreationEvent")


def test_forward_takes_the_only_choice_and_asks_where_there_are_two():
    lab = StepLab(ks.run(race, **SMALL))
    lab.at.value = 0
    lab.undo()
    lab.forward()
    assert lab.choices == [0]
    scheduled(lab, *["System"] * 3)
    with pytest.raises(ValueError, match="there is a choice: press the thread that goes on"):
        lab.forward()


def test_goals_are_judged_when_the_run_is_over_and_not_before():
    lab = scheduled(StepLab(**SMALL), *STARTED, *["FileCreationThread"] * 7)
    assert lab.reached == ()
    lab.run_on()
    assert lab.run.verdict == "completed"
    assert lab.reached == ("move every file",)


def test_it_starts_at_the_first_choice_and_goes_back_to_it_with_its_policy():
    lab = StepLab(synchronization_event, **SMALL)
    start = list(lab.choices)
    assert len(lab.moment.able) == 2
    assert all(len(lab.stepper.after(start[:at]).able) == 1 for at in range(len(start)))
    lab.policy.value, lab.seed.value = "Random", 5
    lab.run_on()
    lab.reset()
    assert (lab.choices, lab.policy.value, lab.seed.value) == (start, "RoundRobin", 0)


def test_a_goal_once_reached_stays_ticked():
    lab = StepLab(**SMALL)
    lab.run_on()
    (reached,) = lab.reached
    lab.reset()
    assert lab.reached == ()
    assert f"☑ {reached} (reached)" in page(lab)
    assert page(lab).count("☑") == 1


def test_the_current_line_of_each_thread_is_marked_with_its_number():
    lab = StepLab(**SMALL)
    marked = re.findall(r'<b class="here">→ +(\d+) (.*?)</b>', page(lab))
    ready = [thread for thread in lab.moment.threads if thread.state == "ready"]
    assert [int(number) for number, _ in marked] == [thread.line for thread in ready]
    assert len(ready) == 2


def test_buttons_say_what_they_would_do_now():
    lab = StepLab(synchronization_event, **SMALL)
    tips = {child.description: child.tooltip for child in widgets(lab) if hasattr(child, "tooltip")}
    assert tips["undo"] == "nothing: this is the start"
    assert tips["forward"] == "nothing: it is your choice"
    assert tips["FileCreationThread"] == "step 5: call ZwCreateFile(C:\\Temp\\file_0.txt)"
    lab.take("FileCreationThread")
    tips = {child.description: child.tooltip for child in widgets(lab) if hasattr(child, "tooltip")}
    assert (tips["undo"], tips["run on"]) == ("take back step 5", "let RoundRobin go on to the end")


def test_file_1_alone_can_be_lost():
    first = ["FileCreationThread"] * 3 + ["FileMoveThread"] * 4  # file 0 complete, then moved; file 1 not there yet
    lab = scheduled(StepLab(**SMALL), *STARTED, *first)
    lab.run_on()
    assert "lose file 1, and move all others" in lab.reached


def test_the_schedule_that_was_found_can_be_pasted():
    lab = scheduled(StepLab(**SMALL), *STARTED, "FileMoveThread", "FileCreationThread")
    lab.run_on()
    assert lab.replay.startswith("ks.run(race, policy=ks.Replay('kevent_sim 2; race(")
    assert eval(lab.replay, {"ks": ks, "race": race}).outcome == lab.run.outcome


def test_a_run_that_was_made_is_shown_from_its_end_with_its_own_times():
    run = ks.run(race, policy=ks.Windows(seed=3), **SMALL)
    lab = StepLab(run)
    assert lab.run is run
    assert lab.at.value == lab.at.max == len(run.schedule.choices)
    assert "under Windows(processors=2, seed=3)" in page(lab)


def test_a_time_out_has_a_button_while_it_is_pending():
    lab = scheduled(StepLab(TimedEntry), "System", "System", "System", "Waiter")
    lab.take("time-out of Waiter")
    assert lab.status.startswith("step 5, Waiter: the time is up")
    with pytest.raises(ValueError, match="there is no 'time-out of Waiter'"):
        lab.take("time-out of Waiter")


def test_a_lab_for_a_driver_without_files_has_goals_too():
    lab = StepLab(CrashEntry)
    lab.run_on()
    assert lab.reached == ("crash the machine",)


def listings(lab):
    """The code of every panel, without arrow and line number."""
    panels = re.findall(r"<pre [^>]*>(.*?)</pre>", page(lab), re.DOTALL)
    return [[line[6:] for line in re.sub(r"</?b[^>]*>", "", panel).split("\n")] for panel in panels]


def test_source_is_shown_from_the_left_edge_with_its_own_indentation():
    lab = scheduled(StepLab(**SMALL), *STARTED, "FileCreationThread")
    for listing in listings(lab):
        assert listing == textwrap.dedent("\n".join(listing)).split("\n")
    assert any("await ZwWriteFile(" in line and line.startswith(" ") for line in listings(lab)[0])


def test_who_has_ended_takes_no_room_from_those_whose_source_is_shown():
    lab = scheduled(StepLab(**SMALL), *STARTED)
    assert re.findall(r'flex: (\d) \d \w+; [^>]*><b>(\w+)</b>', page(lab)) == [
        ("0", "System"), ("1", "FileCreationThread"), ("1", "FileMoveThread"),
    ]  # fmt: skip


def test_own_goals_replace_those_of_the_samples():
    lab = StepLab(race, goals={"end": lambda run: run.verdict == "completed"}, **SMALL)
    lab.run_on()
    assert lab.reached == ("end",)

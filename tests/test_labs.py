"""The labs without a browser: what each control does, and that words, data and picture tell the same."""

from __future__ import annotations

import asyncio
import re

import pytest
import sizes
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets import HTML, Dropdown
from matplotlib.figure import Figure
from shown import button, page, seen, told, widgets
from shown import drawn as pictures_of
from sizes import size

import kevent_sim as ks
from kevent_sim import samples
from kevent_sim.labs import EventLab, RaceLab, StepLab, event_lab, explain, race_lab
from kevent_sim.views import pictures
from kevent_sim.views.pictures import Picture

TYPES = ("SynchronizationEvent", "NotificationEvent")
WAIT = "KeWaitForSingleObject"
BLANK = Picture(Figure(figsize=(0.1, 0.1)), "A run. Nothing is drawn.")


def in_words(figure, label, words, height):
    return f'<svg viewBox="0 0 1 1" role="img" aria-label="{label}">{words}</svg>'


ROUTINES = ("KeSetEvent", "KeResetEvent", "KeClearEvent", "KePulseEvent", WAIT)


@pytest.fixture
def drawn() -> None:
    """For a test that looks at a lab's pictures."""


@pytest.fixture(autouse=True)
def words_alone(request, monkeypatch) -> None:
    """Where it is not `--long` a picture is its words: what a lab says is tried without drawing it."""
    if not sizes.long and "drawn" not in request.fixturenames:
        monkeypatch.setattr(pictures, "svg", in_words)


@pytest.fixture(params=[EventLab, RaceLab, StepLab], ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


class TestEveryLab:
    def test_its_controls_all_have_a_description(self, kind):
        assert all(child.description for child in widgets(kind()) if not isinstance(child, HTML))

    def test_its_picture_has_a_label_with_which_its_words_begin(self, kind, drawn):
        text = page(kind())
        labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]{40,})"', text)
        assert len(labels) == (2 if kind is EventLab else 1)
        assert re.findall("<(?:summary|figcaption)>(.*?)</", text) == labels
        assert "<img " not in text

    def test_its_repr_is_one_short_line_without_an_address(self, kind):
        assert re.fullmatch(rf"{kind.__name__}: .{{10,110}}", repr(kind()))
        assert "0x" not in repr(kind())

    def test_made_twice_it_shows_the_same(self, kind, drawn):
        assert seen(kind()) == seen(kind())

    def test_no_control_takes_the_keys_that_jupyterlab_takes_too(self, kind):
        assert not [child for child in widgets(kind()) if isinstance(child, Dropdown)]

    def test_its_status_line_is_its_status(self, kind):
        lab = kind()
        assert told(lab) == lab.status


# -- EventLab -------------------------------------------------------------------------------------------------------


def model(event_type: str, waiters: int, presses: list[str]) -> list[tuple]:
    """The two types of event by the book, without a kernel: what EventLab.moments must be."""
    signaled, waiting, threads, moments = False, [f"W{number + 1}" for number in range(waiters)], waiters, []
    for routine in presses:
        was, returned, released = signaled, (None if routine in (WAIT, "KeClearEvent") else int(signaled)), []
        if routine == WAIT:
            threads += 1
            if signaled:
                released, signaled = [f"W{threads}"], event_type == "NotificationEvent"
            else:
                waiting = [*waiting, f"W{threads}"]
        elif routine in ("KeSetEvent", "KePulseEvent"):
            count = len(waiting) if event_type == "NotificationEvent" else 1
            released, waiting = waiting[:count], waiting[count:]
            taken = event_type == "SynchronizationEvent" and released
            signaled = routine == "KeSetEvent" and not taken
        else:
            signaled = False
        moments.append((routine, returned, was, signaled, tuple(waiting), tuple(released)))
    return moments


@settings(max_examples=size(25, 100), deadline=None)
@given(st.sampled_from(("both", *TYPES)), st.integers(1, 5), st.lists(st.sampled_from(ROUTINES), max_size=8))
def test_any_presses_do_what_the_two_types_of_event_do(event_type, waiters, presses):
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_lab, "picture", lambda run, beside: BLANK)  # drawing is most of the time; tried elsewhere
        lab = EventLab(event_type, waiters)
        for routine in presses:
            refused = routine == WAIT and any(len(model(each, waiters, [*made, WAIT])[-1][4]) == 6 for each in TYPES)
            promised = lab.buttons[routine].tooltip
            lab.buttons[routine].click()
            assert refused == lab.status.startswith("Not called: ") == promised.startswith("nothing: ")
            if not refused:
                made.append(routine)
                for each in TYPES if event_type == "both" else (event_type,):
                    words_agree(lab, each)
                assert promised.replace("would return", "returned") in (told_of_both(lab), why(lab, TYPES[0]))
    assert lab.moments == {each: model(each, waiters, made) for each in TYPES}
    states = zip(*lab.moments.values(), strict=True)
    assert lab.difference == next((at for at, (one, other) in enumerate(states, 1) if one != other), None)


def why(lab, event_type: str) -> str:
    return explain(lab.moments[event_type][-1], event_type)


def told_of_both(lab) -> str:
    return " ".join(f"{each}: {why(lab, each)}" for each in TYPES)


def words_agree(lab, event_type) -> None:
    """What is said of a type is what its last moment says: what the call returned, and nobody who was not there."""
    now, said = lab.moments[event_type][-1], why(lab, event_type)
    assert told(lab) == lab.status
    assert f"{event_type}: {said}" in lab.status
    named = set(re.findall(r"\bW\d+\b", said))
    assert named >= set(now.released)
    assert named <= {*now.released, *now.waiting}
    assert ("on waiting" in said) <= bool(now.waiting)
    if now.routine != WAIT:
        assert said.startswith(f"{now.routine} returned {'nothing' if now.returned is None else now.returned}. ")
    assert re.search("(?i)not signaled|lost|merely a reset", said) or now.signaled
    state = "signaled" if now.signaled else "not signaled"
    assert f"{event_type} {int(now.signaled)}, waiting: {' '.join(now.waiting) or 'nobody'}" in repr(lab)
    assert lamps(lab)[event_type] == state
    newest = re.findall("<td>(.*?)</td>", page(lab))[1:10]
    returned = "nothing" if now.returned is None else str(now.returned)
    cells = [returned, str(int(now.signaled)), " ".join(now.waiting) or "nobody", " ".join(now.released)]
    assert newest[0] == now.routine
    assert cells in (newest[1:5], newest[5:9])


def lamps(lab) -> dict[str, str]:
    """What the lamps say."""
    return dict(re.findall(r"<p><b>(\w+):</b></p><div [^>]*><svg .*?</svg> (signaled|not signaled)</div>", page(lab)))


class TestEventLab:
    def test_one_press_drives_both_types_and_the_first_difference_is_marked(self):
        lab = EventLab(waiters=3)
        lab.press("KeResetEvent")
        assert (lab.difference, lab.status.rpartition(". ")[2]) == (None, "So far the two types do not differ.")
        lab.press("KeSetEvent")
        one, other = (lab.moments[each][-1] for each in TYPES)
        assert one == ("KeSetEvent", 0, False, False, ("W2", "W3"), ("W1",))
        assert other == ("KeSetEvent", 0, False, True, (), ("W1", "W2", "W3"))
        assert lab.status.endswith("Here, at call 2, the two types first differ.")
        lab.press("KeClearEvent")
        assert lab.status.endswith("The two types first differed at call 2, KeSetEvent.")
        rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td>", page(lab))
        assert rows == [("3", "KeClearEvent"), ("2 ≠ first difference", "KeSetEvent"), ("1", "KeResetEvent")]

    @pytest.mark.parametrize("event_type", TYPES)
    def test_choosing_a_type_replays_the_calls(self, event_type):
        lab, other = EventLab(), EventLab(event_type)
        for routine in ("KeSetEvent", "KePulseEvent", WAIT):
            lab.press(routine)
            other.press(routine)
        was = seen(lab)
        lab.event_type.value = event_type
        assert seen(lab) == seen(other)
        assert list(lamps(lab)) == [event_type]
        lab.event_type.value = "both"
        assert seen(lab) == was

    @pytest.mark.parametrize("waiters", range(1, 6))
    def test_another_number_of_waiters_begins_anew(self, waiters):
        lab = EventLab(waiters=1 if waiters > 1 else 2)
        lab.press("KeSetEvent")
        lab.waiters.value = waiters
        assert seen(lab) == seen(EventLab(waiters=waiters))
        names = ", ".join(f"W{number}" for number in range(1, waiters + 1))
        assert lab.status == " ".join(f"{each}: Not signaled; waiting in this order: {names}." for each in TYPES)

    @pytest.mark.parametrize(("asked", "got"), [(0, 1), (-3, 1), (6, 5), (100, 5)])
    def test_the_slider_keeps_the_waiters_between_one_and_five(self, asked, got):
        lab = EventLab()
        lab.waiters.value = asked
        assert lab.waiters.value == got
        assert lab.status.count(f"W{got}.") == 2

    def test_a_sixth_wait_is_refused_in_words_by_hand_and_as_an_error_in_code(self):
        lab = EventLab(waiters=4)
        lab.press(WAIT)
        was = lab.moments
        with pytest.raises(ValueError, match="release one first"):
            lab.press(WAIT)
        lab.buttons[WAIT].click()
        assert told(lab) == lab.status
        assert lab.status == (
            "Not called: 5 threads already wait, and the lab has no room for more; release one first."
        )
        assert lab.moments is was
        assert not any(button.disabled for button in lab.buttons.values())
        lab.press("KeSetEvent")
        lab.buttons[WAIT].click()
        assert "A new wait. Not signaled, so W6 waits, at place 5 of the list." in lab.status

    @pytest.mark.parametrize("event_type", ["both", *TYPES])
    @pytest.mark.parametrize("routine", ROUTINES)
    def test_undo_reverses_each_routine_exactly(self, event_type, routine):
        lab = EventLab(event_type, waiters=2)
        for before in ("KeSetEvent", "KeResetEvent"):
            lab.press(before)
            was = seen(lab)
            lab.press(routine)
            assert seen(lab) != was
            button(lab, "undo").click()
            assert seen(lab) == was

    def test_undo_stops_at_the_threads_that_wait_at_first_and_says_so(self):
        lab = EventLab(waiters=2)
        was = repr(lab), lab.moments
        button(lab, "undo").click()
        assert (repr(lab), lab.moments) == was
        assert told(lab) == lab.status == "Not undone: none of your calls is left, and the first waiters stay."
        assert button(lab, "undo").tooltip == "nothing to take back"

    def test_reset_takes_all_back(self):
        lab = EventLab(waiters=2)
        for routine in ROUTINES:
            lab.press(routine)
        assert button(lab, "undo").tooltip == "take back call 5, KeWaitForSingleObject"
        button(lab, "reset").click()
        assert seen(lab) == seen(EventLab(waiters=2))

    @pytest.mark.parametrize("unknown", ["KeSetevent", "new wait", ""])
    def test_a_button_that_is_not_there_is_a_clear_error_and_changes_nothing(self, unknown):
        lab = EventLab()
        was = seen(lab)
        with pytest.raises(ValueError, match=r"there is no button .*; the buttons are: KeSetEvent, .*SingleObject$"):
            lab.press(unknown)
        assert seen(lab) == was

    def test_the_pictures_follow_every_press_and_have_one_axis(self, drawn):
        lab, drawings = EventLab(), []
        for routine in ("KeSetEvent", "KeSetEvent", WAIT, "KePulseEvent"):
            lab.press(routine)
            drawings.append(pictures_of(lab))
        assert {len(each) for each in drawings} == {2}
        assert len({picture for each in drawings for picture in each}) == 8
        assert len({tuple(re.findall(r">(\d+)</text>", picture)) for picture in drawings[-1]}) == 1

    def test_a_picture_tells_its_type_before_any_press(self, drawn):
        lab = EventLab("NotificationEvent")
        assert ". NotificationEvent: not signaled from 0 on.</details>" in page(lab)


# -- RaceLab --------------------------------------------------------------------------------------------------------

SMALL = {"files": 4, "writes": 2}
ANOTHER = {
    "event": "SynchronizationEvent", "files": 5, "writes": 3, "movers": 2, "processors": 1, "policy": "PCT", "seed": 1,
}  # fmt: skip


def story(run) -> tuple:
    """Who took which step when, and where it led."""
    return run.outcome, run.schedule.choices, run.columns["start"], run.columns["processor"]


class TestRaceLab:
    @pytest.mark.parametrize("control", ANOTHER)
    def test_each_control_changes_the_run(self, control):
        lab = RaceLab(**SMALL)
        before = story(lab.run)
        getattr(lab, control).value = ANOTHER[control]
        assert story(lab.run) != before

    def test_every_control_that_is_there_is_tried(self):
        controls = [child for child in widgets(RaceLab(**SMALL)) if not isinstance(child, HTML)]
        assert len(controls) == len(ANOTHER) + 1  # beside

    @pytest.mark.parametrize("policy", ["Windows", "RoundRobin", "Random", "PCT"])
    @pytest.mark.parametrize("movers", [1, 2, 3])
    @pytest.mark.parametrize("event", ["no event", *TYPES])
    def test_the_replay_line_makes_the_same_run_again(self, policy, movers, event):
        lab = RaceLab(event, **SMALL, seed=7)
        lab.movers.value, lab.policy.value = movers, policy
        again = eval(lab.replay, {"ks": ks, "samples": samples})
        assert story(again) == story(lab.run)

    def test_the_status_tells_how_it_ended(self):
        lab = RaceLab(**SMALL)
        assert lab.status == "no event: completed; 0 of 4 moved; fates BAAA."
        lab.event.value = "SynchronizationEvent"
        assert lab.status == "SynchronizationEvent: completed; 4 of 4 moved."
        lab.movers.value = 2
        assert lab.run.verdict == "deadlock"
        assert re.match(
            r"SynchronizationEvent: deadlock; 4 of 4 moved; FileMoveThread #2 waits for FileCreationEvent", lab.status
        )
        lab.event.value = "NotificationEvent"
        assert lab.status == "NotificationEvent: completed; 4 of 4 moved."

    @pytest.mark.parametrize("event", TYPES)
    def test_a_toggle_changes_status_and_picture_and_back_is_back(self, event, drawn):
        lab = RaceLab(**SMALL)
        was = seen(lab)
        lab.event.value = event
        assert told(lab) == lab.status != was[0]
        assert page(lab) != was[2]
        lab.event.value = "no event"
        assert seen(lab) == was

    def test_beside_shows_a_second_picture_and_tells_it(self):
        lab = RaceLab(**SMALL)
        alone = lab.status
        lab.beside.value = "NotificationEvent"
        assert re.findall("<h3>(.*?)</h3>", page(lab)) == ["no event", "NotificationEvent"]
        assert len(pictures_of(lab)) == 2
        assert lab.status == f"{alone} NotificationEvent: completed; 4 of 4 moved."
        assert page(lab).count("<p><b>") == 2
        lab.beside.value = "nothing"
        assert (len(pictures_of(lab)), lab.status) == (1, alone)

    def test_presses_while_a_run_is_made_are_merged_into_one_run(self, monkeypatch):
        lab, made = RaceLab(**SMALL), []
        monkeypatch.setattr(
            race_lab, "run", lambda *given, **named: made.append(named["policy"]) or ks.run(*given, **named)
        )

        async def pressed():
            for seed in range(1, 6):
                lab.seed.value = seed
            assert "running …" in page(lab)
            assert made == []
            while "running …" in page(lab):
                await asyncio.sleep(0)

        asyncio.run(pressed())
        assert [policy.seed for policy in made] == [5]

    def test_in_code_a_lab_is_asked_only_for_what_its_controls_say(self):
        lab = RaceLab(**SMALL)

        async def cell():
            lab.event.value = "SynchronizationEvent"
            lab.beside.value = "NotificationEvent"
            return lab.status, lab.run.driver

        assert asyncio.run(cell()) == (
            "SynchronizationEvent: completed; 4 of 4 moved. NotificationEvent: completed; 4 of 4 moved.",
            "synchronization_event",
        )

    def test_beside_each_other_a_moment_has_the_same_place_and_what_is_over_is_told(self, drawn):
        lab = RaceLab(**SMALL)
        lab.beside.value = "SynchronizationEvent"
        axes = [re.findall(r'<text [^>]*x="([\d.]+)"[^>]*>([\d.]+)</text>', picture) for picture in pictures_of(lab)]
        assert axes[0] == axes[1]
        assert len(axes[0]) > 3
        assert ["the run is over" in picture for picture in pictures_of(lab)].count(True) == 1

    def test_the_letters_of_fates_are_explained_where_they_are_shown(self):
        lab = RaceLab(**SMALL)
        assert "fates BAAA" in lab.status
        assert "A not yet created, B still open, C complete" in page(lab)
        lab.event.value = "SynchronizationEvent"
        assert "not yet created" not in page(lab)
        lab.beside.value = "no event"
        assert "not yet created" in page(lab)

    def test_beside_itself_it_is_shown_once(self):
        lab = RaceLab(**SMALL)
        lab.beside.value = "no event"
        assert len(pictures_of(lab)) == 1
        assert "one picture shows both" in page(lab)

    @pytest.mark.parametrize("policy", ["Windows", "RoundRobin", "Random", "PCT"])
    @pytest.mark.parametrize(("control", "named"), [("processors", "number of processors"), ("seed", "the seed")])
    def test_a_control_is_called_without_effect_exactly_where_it_changes_nothing(self, policy, control, named):
        lab = RaceLab(**SMALL)
        lab.policy.value = policy
        stories = []
        for number in range(1, 5):
            getattr(lab, control).value = number
            stories.append(story(lab.run))
        assert (stories == stories[:1] * 4) == (named in page(lab))

    def test_sizes_beyond_the_articles_are_cut_to_them(self):
        lab = RaceLab(**SMALL)
        lab.files.value, lab.writes.value = 0, -1
        assert lab.run.parameters == {"FileCount": 1, "WriteCount": 0}


# -- StepLab: what a press by hand tells; the rest is in test_stepping ---------------------------------------------


class TestStepLab:
    @pytest.mark.parametrize("description", ["undo", "begin anew"])
    def test_at_the_start_going_back_is_answered_in_words(self, description):
        lab = StepLab()
        button(lab, description).click()
        assert told(lab) == lab.status == "Not done: this is the start."

    @pytest.mark.parametrize("description", ["forward", "run on"])
    def test_at_the_end_going_on_is_answered_in_words(self, description):
        lab = StepLab()
        lab.run_on()
        steps = lab.at.value
        button(lab, description).click()
        assert told(lab) == lab.status == "Not done: nobody can go on."
        assert lab.at.value == steps

    def test_a_press_that_moves_only_the_moment_is_told_as_that_moment(self):
        lab = StepLab()
        lab.run_on()
        lab.at.value = 3
        button(lab, "forward").click()
        assert lab.status.startswith("step 4, ")
        button(lab, "run on").click()
        assert lab.status.endswith("race: completed.")

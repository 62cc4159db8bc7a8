"""The text of a schedule: any schedule comes back from it, and no other text passes for one."""

import zlib

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sizes import size

import kevent_sim as ks
from kevent_sim.machine.choice import TimeOutOf
from kevent_sim.samples import synchronization_event

# -- any schedule ------------------------------------------------------------------------------------------------------

# Names of any script; those of Hindi and Thai have marks in them that are no letters.
names = st.text(st.sampled_from("aZ_9éनम्ी"), min_size=1, max_size=6).map(lambda text: "N" + text)
policies = st.one_of(
    st.just(ks.RoundRobin()),
    st.builds(ks.Random, st.integers(0, 2**40), st.none() | st.integers(1, 999)),
    st.builds(ks.PCT, st.integers(1, 9), st.integers(0, 2**40), st.none() | st.integers(1, 999)),
    st.builds(
        ks.Windows, st.integers(1, 9), st.integers(0, 99), st.dictionaries(st.sampled_from(sorted(ks.DURATIONS)),
        st.integers(1, 99), max_size=3),
    ),
)  # fmt: skip
numbers = st.integers(0, 1200) | st.integers(0, 12).map(TimeOutOf)
choices = st.lists(numbers, max_size=20)
repeated = st.lists(st.tuples(st.lists(numbers, min_size=1, max_size=5), st.integers(1, 9)), max_size=4).map(
    lambda parts: [choice for one, times in parts for choice in one * times]
)
schedules = st.builds(
    ks.Schedule,
    names | st.just("my-driver"),
    st.dictionaries(names, st.integers(0, 2**32 - 1), max_size=3).map(lambda each: tuple(each.items())),
    policies.map(repr) | names | st.just("<lambda>"),
    (choices | repeated).map(tuple),
    st.sampled_from(["completed", "deadlock", "bugcheck", "unfinished"]),
    st.booleans(),
)


@settings(max_examples=size(50, 200))
@given(schedules)
def test_a_schedule_comes_back_from_its_text(schedule):
    assert ks.Schedule.parse(str(schedule)) == schedule
    assert ks.Schedule.parse(f"\n  {schedule}\n") == schedule


@settings(max_examples=size(25, 100))
@given(schedules)
def test_the_text_is_one_line(schedule):
    assert str(schedule).splitlines() == [str(schedule)]


def with_choices(text):
    """The choices of a schedule text with these words for them; its checksum fits."""
    body = f"race(); RoundRobin(); {text}; completed"
    return ks.Schedule.parse(f"kevent_sim 2; {body}; {zlib.crc32(body.encode()):08x}").choices


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ()),
        ("0*7 1 0 t2", (0, 0, 0, 0, 0, 0, 0, 1, 0, TimeOutOf(2))),
        ("(1 2)*3 t0*2", (1, 2, 1, 2, 1, 2, TimeOutOf(0), TimeOutOf(0))),
        ("(0 1 2 t3)*2 10", (0, 1, 2, TimeOutOf(3), 0, 1, 2, TimeOutOf(3), 10)),
    ],
)
def test_repeats_of_up_to_four_choices_are_folded(text, meant):
    assert with_choices(text) == meant


def test_the_text_of_a_long_run_is_short():
    run = ks.run(synchronization_event, policy=ks.Windows(), FileCount=200, WriteCount=100)
    # 200 files of a creation, 100 writes and a closing, then a signal and an end; 200 of three calls, after a wait.
    assert 1 + 4 + 20_397 == 200 * 102 + 2
    assert 1 + 602 == 2 + 200 * 3 + 1
    assert "; 0*5 1 0*2 1*4 2 1*20397 2*602; completed" in str(run.schedule)


# -- any other text ----------------------------------------------------------------------------------------------------


def refused(text):
    with pytest.raises(ValueError, match="schedule text"):
        ks.Schedule.parse(text)


ALPHABET = "0123456789abct() ,;=*Z\n٣é"


def broken(text, at, what, other):
    """A text with one character changed, preceded by another, lost, doubled or swapped with the next; or cut there."""
    at %= max(len(text), 1)
    before, one, after = text[:at], text[at : at + 1], text[at + 1 :]
    return {
        "changed": before + other + after,
        "preceded": before + other + one + after,
        "lost": before + after,
        "doubled": before + one * 2 + after,
        "swapped": before + after[:1] + one + after[1:],
        "cut": before,
        "begun late": after,
    }[what]


WAYS = ["changed", "preceded", "lost", "doubled", "swapped", "cut", "begun late"]
breaks = st.lists(
    st.tuples(st.integers(0, 10**4), st.sampled_from(WAYS), st.sampled_from(ALPHABET)), min_size=1, max_size=3
)


def damaged(schedule, breaks):
    text = str(schedule)
    for how in breaks:
        text = broken(text, *how)
    assume(text.strip() != str(schedule))
    return text


damaged_texts = st.builds(damaged, schedules, breaks)


@settings(max_examples=size(75, 300))
@given(damaged_texts)
def test_a_damaged_text_is_refused(text):
    refused(text)


@settings(max_examples=size(50, 200))
@given(st.text() | st.text(ALPHABET))
@example("\ud800")
def test_a_random_text_is_refused(text):
    refused(text)
    refused(f"kevent_sim 2; {text}")
    refused(f"kevent_sim 2; race(); RoundRobin(); {text}; completed; 00000000")


@settings(max_examples=size(50, 200))
@given(schedules, schedules, st.data())
def test_the_parts_of_two_texts_make_no_third(one, other, data):
    first, second = str(one).split("; "), str(other).split("; ")
    mixed = "; ".join(data.draw(st.sampled_from(pair)) for pair in zip(first, second, strict=True))
    assume(mixed not in (str(one), str(other)))
    refused(mixed)


@settings(max_examples=size(75, 300))
@given(damaged_texts)
@example("kevent_sim 2; race(FileCount=-1); RoundRobin(); 0; completed; 0")
@example("kevent_sim 2; race(); RoundRobin(); 0 x 1; completed; 0")
@example("kevent_sim 02; race(); RoundRobin(); 0; completed; 0")
@example("kevent_sim 2; race(); RoundRobin(); 0 0; completed; 0")
def test_a_text_whose_checksum_was_made_to_fit_stands_for_itself_or_is_refused(text):
    """What the checksum cannot see: every text that passes is the very text of the schedule that it gives."""
    start, _, rest = text.partition("; ")
    body = rest.rpartition("; ")[0]
    text = f"{start}; {body}; {zlib.crc32(body.encode()):08x}"
    try:
        schedule = ks.Schedule.parse(text)
    except ValueError:
        return
    assert str(schedule) == text.strip()

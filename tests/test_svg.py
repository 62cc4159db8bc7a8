"""Pictures as a page shows them: every step can be pointed at, and the same picture is the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import escape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import size

import kevent_sim as ks
from kevent_sim import ntifs
from kevent_sim.runs import history
from kevent_sim.samples import all_moved, notification_event, race, semaphore, synchronization_event, with_movers
from kevent_sim.views import marks, sheet
from kevent_sim.views.pictures import Picture

DRIVERS = [race, synchronization_event, notification_event, with_movers(semaphore, 2)]
POLICIES = [ks.RoundRobin(), ks.Windows(seed=3), ks.Random(seed=1), ks.PCT(seed=2)]


def drawn(picture: Picture) -> ET.Element:
    """The picture's SVG, of which any parser of XML can make sense."""
    (text,) = re.findall(r'<svg [^>]*role="img".*?</svg>(?=<div)', picture.html(live=True), re.DOTALL)
    return ET.fromstring(text.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))


def titles(picture: Picture) -> list[str]:
    return [title.text for title in drawn(picture).iter("title")]


def told(step) -> str:
    """What the tooltip of a step must say behind its number, by `ks.steps`."""
    status = f" → {step.status}" if step.status else ""
    line = f", line {step.line}" if step.line else ""
    return f"{step.thread} {step.routine}({step.object}){status}{line}"


@settings(max_examples=size(25, 300))
@given(st.sampled_from(DRIVERS), st.sampled_from(POLICIES), st.integers(1, 6), st.integers(0, 40), st.integers(0, 200))
def test_every_step_says_step_thread_routine_object_result_and_line_where_it_is_pointed_at(
    driver, policy, files, writes, longer
):
    run = ks.run(driver, policy=policy, FileCount=files, WriteCount=writes)
    said: dict[int, set[str]] = {}
    for title in titles(ks.picture(run, longer)):
        if found := re.match(r"steps? (\d+)(?: to (\d+), (\d+) of them)?: (.*?)(?:, at [\d.]+ (?:ms|ticks))?$", title):
            first, last = int(found[1]), int(found[2] or found[1])
            mine = [n for n in range(first, last + 1) if run.columns["choice"][n] == run.columns["choice"][first]]
            assert len(mine) == int(found[3] or 1)
            for number in mine:
                said.setdefault(number, set()).add(found[4])
    assert said == {step.step: {told(step)} for step in ks.steps(run).itertuples()}


def test_the_pulse_that_nobody_hears_and_a_second_set_are_seen_on_the_event():
    async def Setter(Event):
        await ntifs.KeSetEvent(Event, 0, False)
        await ntifs.KeSetEvent(Event, 0, False)
        await ntifs.KeResetEvent(Event)
        await ntifs.KePulseEvent(Event, 0, False)

    Event = ntifs.KEVENT("Event")

    async def DriverEntry(DriverObject, RegistryPath):
        await ntifs.KeInitializeEvent(Event, ntifs.NotificationEvent, False)
        await ntifs.PsCreateSystemThread(ntifs.HANDLE(), 0, None, None, None, Setter, Event)
        return ntifs.STATUS_SUCCESS

    picture = ks.picture(ks.run(DriverEntry))
    threads, events = picture.figure.axes
    letters = [text.get_text() for text in events.texts if text.get_ha() == "center" and len(text.get_text()) == 1]
    assert letters == ["S", "S", "R", "P"]
    assert [s for s in "".join(text.get_text() for text in threads.texts) if s in "SRP"].count("S") >= 2
    assert {sign.mark: sign.means for sign in picture.signs}["P"] == "KePulseEvent"


def test_a_kind_of_call_is_lettered_on_a_lane_wholly_or_not_at_all():
    run = ks.run(race, policy=ks.Random(seed=2), FileCount=5, WriteCount=2)
    picture = ks.picture(run)
    for at, thread in enumerate(run.threads):
        here = [
            t.get_text() for t in picture.figure.axes[0].texts if t.get_ha() == "center" and t.get_position()[1] == at
        ]
        made = [call.letter for call in marks.calls(run) if call.thread == thread]
        for letter in set(here) - set(marks.RANKS[0]):
            missing = made.count(letter) - here.count(letter)
            assert missing == 0 or (letter == marks.ENDS and missing == 1)


def test_no_two_letters_of_a_lane_touch():
    for policy in POLICIES:
        run = ks.run(with_movers(semaphore, 2), policy=policy, FileCount=4, WriteCount=2)
        made = ks.picture(run)
        letters = [text for text in made.figure.axes[0].texts if text.get_ha() == "center"]
        places = sorted(tuple(t.get_transform().transform(t.get_position())[::-1]) for t in letters)
        points = 72 / made.figure.dpi
        for (y, x), (its_y, its_x) in pairwise(places):
            assert y != its_y or (its_x - x) * points > marks.APART - 0.01


def test_a_signals_letter_lies_on_one_state_and_has_ink_where_that_state_is_too_narrow():
    narrow = ks.run(with_movers(notification_event, 2), policy=ks.Windows(), FileCount=4, WriteCount=20)
    wide = ks.run(synchronization_event, policy=ks.Windows(processors=1), FileCount=3, WriteCount=4)
    for run, colour in ((narrow, marks.INK), (wide, marks.DARK)):
        made = ks.picture(run)
        ax = made.figure.axes[1]
        (letter,) = [text for text in ax.texts if text.get_text() == "S"]
        assert letter.get_color() == colour
        if colour == marks.DARK:
            (signaled,) = [i for i in history.event_intervals(run) if i.state == "signaled"]
            half = marks.LETTER / 2 * made.figure.dpi / 72
            at, *ends = (
                ax.transData.transform((x, 0))[0]
                for x in (letter.get_position()[0], signaled.start / 10_000, signaled.end / 10_000)
            )
            assert ends[0] + half - 0.01 <= at <= ends[1] - half + 0.01


def test_a_lanes_name_has_room_when_most_of_its_letters_are_wide():
    async def GiveRoomAndMove(Context):
        await ntifs.KeGetCurrentIrql()

    async def GivesTheRoomBck(Context):  # as many letters, but narrow ones
        await ntifs.KeGetCurrentIrql()

    def left(StartRoutine):
        async def DriverEntry(DriverObject, RegistryPath):
            await ntifs.PsCreateSystemThread(ntifs.HANDLE(), 0, None, None, None, StartRoutine, None)
            return ntifs.STATUS_SUCCESS

        return ks.picture(ks.run(DriverEntry)).figure.axes[0].get_position().x0

    assert left(GiveRoomAndMove) > left(GivesTheRoomBck) + 0.005


MARKED = ("signals", "waits", "creates a thread", "creates a file", "opens a file", "closes a handle")


def test_every_routine_whose_role_a_picture_is_about_has_a_letter():
    routines = [getattr(ntifs, name).routine for name in dir(ntifs) if hasattr(getattr(ntifs, name), "routine")]
    marked = {routine.name for routine in routines if routine.role in MARKED}
    assert len(marked) == 15
    assert marked <= set(marks.LETTERS) <= {routine.name for routine in routines}
    assert set(marks.LETTERS.values()) | {marks.FAILED, marks.OTHER} == set("".join(marks.RANKS))


@pytest.mark.parametrize(
    "name", ["$\\bad$", "a$b$c", 'id="q" url(#z)', "font: bold 9px x;", "1.23456", "#000000", "<b> & é"]
)
def test_a_name_is_no_formula_no_markup_and_stays_as_it_is(name):
    async def DriverEntry(DriverObject, RegistryPath):
        await ntifs.KeInitializeEvent(event, ntifs.NotificationEvent, False)
        await ntifs.KeSetEvent(event, 0, False)
        return ntifs.STATUS_SUCCESS

    event = ntifs.KEVENT(name)
    picture = ks.picture(ks.run(DriverEntry))
    assert picture.png().startswith(b"\x89PNG")
    assert name in [text.text for text in drawn(picture).iter("text")]
    assert f"{name} is signaled, 2 to 3" in titles(picture)


def test_a_semaphores_count_is_shown_as_steps_with_what_is_left():
    run = ks.run(semaphore, policy=ks.Random(seed=4), FileCount=3, WriteCount=1)
    told = titles(ks.picture(run))
    for interval in history.counts(run):
        if int(interval.state) > 0:
            assert f"{interval.what}: {interval.state} left, {interval.start} to {interval.end}" in told


def test_the_counts_of_a_semaphore_are_those_of_its_calls():
    run = ks.run(semaphore, policy=ks.Random(seed=4), FileCount=3, WriteCount=1)
    counts = history.counts(run)
    assert counts[0].start == 0
    assert all(one.end == then.start and one.state != then.state for one, then in pairwise(counts))
    steps = ks.steps(run)
    released = steps[steps.routine == "KeReleaseSemaphore"]
    assert [int(status) for status in released.status] == [
        next(int(i.state) for i in counts if i.start < start <= i.end or (start == 0 and i.start == 0))
        for start in released.start
    ]


def test_where_the_run_is_over_it_is_said():
    run = ks.run(race, FileCount=2, WriteCount=1)
    (over, *others) = [title for title in titles(ks.picture(run, 60)) if "the run is over" in title]
    assert over == "the run is over: completed at 16"
    assert len(others) == 1  # threads, files
    assert not any("over" in title for title in titles(ks.picture(run)))


def test_who_waits_for_ever_has_an_arrow_and_who_has_ended_a_bar():
    run = ks.run(with_movers(synchronization_event, 2), policy=ks.RoundRobin(), FileCount=1, WriteCount=1)
    assert run.verdict == "deadlock"
    made = ks.picture(run)
    arrows = [text for text in made.figure.axes[0].texts if text.get_text() == "→"]
    assert len(arrows) == len(run.waiting) == 1
    assert {"|", "→"} <= {sign.mark for sign in made.signs}


def test_of_very_many_steps_there_are_no_cells_and_of_many_files_pixels_inside():
    run = ks.run(race, policy=ks.Windows(seed=0), FileCount=60, WriteCount=50)
    assert len(run.columns["start"]) > sheet.MANY_STEPS
    picture = ks.picture(run)
    assert not [title for title in titles(picture) if title.startswith("step ")]
    assert len(list(drawn(picture).iter("image"))) >= 1
    assert len(picture.html(live=True)) < 60_000


def test_pages_that_take_styles_and_svg_out_show_pixels_that_are_named_and_words_folded():
    picture = ks.picture(ks.run(race, FileCount=2, WriteCount=1))
    page = picture._repr_html_()
    left = re.sub(r"<(style|svg)[ >].*?</\1>", "", page, flags=re.DOTALL)
    assert re.search(r'<img alt="race, completed after 16 steps under RoundRobin\(\)\."', left)
    assert '<div hidden="hidden" style="display: none">' in left
    assert left.count("<details>") == 1


def test_two_pictures_of_a_page_share_no_id():
    one, other = (ks.picture(ks.run(race, FileCount=n, WriteCount=1)).html(live=True) for n in (2, 3))
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in (one, other)]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]
    for page, its in zip((one, other), ids, strict=True):
        assert set(re.findall(r'url\(#([^)]+)|href="#([^"]+)', page)) <= {(name, "") for name in its} | {
            ("", name) for name in its
        }


def test_nothing_is_asked_of_any_network_and_nothing_has_a_colour_of_the_page():
    page = ks.picture(ks.run(synchronization_event, FileCount=2, WriteCount=1)).html(live=True)
    assert not re.search(r"https?:|@import|<script|#000000", page)
    assert "currentColor" in page


CODE = """
import sys, kevent_sim as ks
from kevent_sim.samples import *
for run in (ks.run(race, FileCount=3, WriteCount=2), ks.run(semaphore, policy=ks.Windows(seed=1), FileCount=3)):
    print(ks.picture(run).html(live=True))
every = ks.explore(race, check=all_moved, FileCount=1, WriteCount=1)
print(ks.outcomes(every).html(live=True), ks.compare(every.counterexample, every.counterexample).html(live=True))
"""


def test_the_same_picture_is_the_same_bytes_whatever_the_hash_seed():
    def bytes_under(seed: str) -> bytes:
        return subprocess.run(
            [sys.executable, "-c", CODE],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout

    one, other = bytes_under("1"), bytes_under("2")
    assert one == other
    assert len(one) > 40_000


@pytest.mark.parametrize("until", [0, 40])
def test_a_cursor_stands_where_it_is_asked_for(until):
    picture = ks.picture(ks.run(race, FileCount=2, WriteCount=1), until)
    (line,) = re.findall(r'<line x1="([\d.]+)" x2="\1"', picture.html(live=True, cursor=8))
    ax = picture.figure.axes[0]
    left, right = (ax.transData.transform((x, 0))[0] * 72 / picture.figure.dpi for x in ax.get_xlim())
    assert float(line) == pytest.approx(left + 8 / ax.get_xlim()[1] * (right - left), abs=0.02)
    assert "<line x1" not in picture.html(live=True)


def test_names_that_are_too_long_are_cut_and_markup_stays_text():
    async def A_start_routine_with_a_name_of_very_many_letters_and_no_end(Context):
        await ntifs.KeGetCurrentIrql()

    async def DriverEntry(DriverObject, RegistryPath):
        start = A_start_routine_with_a_name_of_very_many_letters_and_no_end
        await ntifs.PsCreateSystemThread(ntifs.HANDLE(), 0, None, None, None, start, None)
        return ntifs.STATUS_SUCCESS

    picture = ks.picture(ks.run(DriverEntry, policy=lambda ready: ready[-1]))
    assert "A_start_routine_with_a_name…" in picture.html(live=True)
    assert escape("under <lambda>") in picture.html(live=True)
    assert [title for title in titles(picture) if "many_letters_and_no_end KeGetCurrentIrql" in title]


def test_an_exploration_that_holds_and_one_that_does_not_have_one_picture_each():
    every = ks.explore(race, check=all_moved, FileCount=1, WriteCount=1)
    assert (
        drawn(ks.outcomes(every)).get("aria-label")
        == "race(FileCount=1, WriteCount=1), 3 classes of equivalent orders."
    )
    assert "in no order" in ks.compare(every.counterexample, every.counterexample).html(live=True)

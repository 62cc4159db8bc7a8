"""Every plotting function draws into the axes it is given, and only there; a picture says in words what it shows."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Annotation

import kevent_sim as ks
from kevent_sim.runs import history, timeline
from kevent_sim.samples import all_moved, fates, notification_event, race, synchronization_event
from kevent_sim.views import lanes, plots, strips

SMALL = ks.run(notification_event, policy=ks.Windows(), FileCount=5, WriteCount=3)


EVERY = ks.explore(race, check=all_moved, outcome=fates, FileCount=2, WriteCount=1)

# Each plot: what it draws, and how its time axis and its lanes are called then.
TIME = "virtual time (ms)"
PLOTS = {
    "plot_timeline": (SMALL, TIME, SMALL.threads),
    "plot_happens_before": (SMALL, TIME, SMALL.threads),
    "plot_event_state": (SMALL, TIME, ["FileOperationEvent"]),
    "plot_file_history": (SMALL, TIME, [f"file_{i}.txt" for i in range(5)]),
    "plot_outcomes": (EVERY, "classes of equivalent orders", [a + b for a in "ABC" for b in "ABC"]),
}


def draws(function):
    return inspect.isfunction(function) and inspect.get_annotations(function).get("return") == "Axes"


def test_every_plot_is_covered_here_and_known_to_users():
    mine = {name for name, plot in inspect.getmembers(plots, draws) if plot.__module__ == plots.__name__}
    assert set(PLOTS) == mine == {name for name in ks.__all__ if name.startswith("plot_")}


@pytest.mark.parametrize("name", PLOTS)
class TestEveryPlot:
    def plot(self, name, ax=None):
        drawn = PLOTS[name][0]
        more = [ks.races(drawn)] if name == "plot_happens_before" else []
        return getattr(ks, name)(drawn, *more, ax=ax)

    def test_it_answers_the_axes_it_was_given_and_draws_nowhere_else(self, name):
        mine, other = Figure().subplots(1, 2)
        before = len(other.get_children()), len(mine.figure.get_children())
        assert self.plot(name, mine) is mine
        assert (len(other.get_children()), len(mine.figure.get_children())) == before

    def test_without_axes_it_makes_a_figure_of_its_own(self, name):
        first, second = self.plot(name), self.plot(name)
        assert isinstance(first.figure, Figure)
        assert first.figure.axes == [first]
        assert first.figure is not second.figure

    def test_the_axis_is_labelled_and_every_lane_named(self, name):
        ax = self.plot(name)
        _, label, lanes = PLOTS[name]
        assert ax.get_xlabel() == label
        assert [text.get_text() for text in ax.texts if text.get_ha() == "right"] == lanes

    def test_colours_are_those_the_colour_blind_can_tell_apart(self, name):
        known = {colour.lower() for colour, _ in lanes.STYLES.values() if colour != lanes.EMPTY}
        ax = self.plot(name)
        bars = [*(bar for bar in ax.patches), *ax.collections]
        faces = [face for bar in bars for face in to_rgba_array(bar.get_facecolor())]
        assert len(faces) > 2
        assert {to_hex(face) for face in faces if face[3]} <= known

    def test_twice_the_same(self, name):
        def corners(ax):
            return [path.vertices.tolist() for bars in ax.collections for path in bars.get_paths()]

        first, second = self.plot(name), self.plot(name)
        assert corners(first) == corners(second)
        assert [bar.get_bbox().bounds for bar in first.patches] == [bar.get_bbox().bounds for bar in second.patches]
        assert first.collections or first.patches


def test_an_arrow_leads_from_the_signal_to_the_thread_it_released():
    ax = ks.plot_timeline(SMALL)
    (arrow,) = (text for text in ax.texts if isinstance(text, Annotation))
    lanes = SMALL.threads
    assert arrow.xy[1] == lanes.index("FileMoveThread")
    assert arrow.xyann[1] == lanes.index("FileCreationThread")


def test_more_than_thirty_files_are_drawn_as_an_image():
    few = ks.plot_file_history(ks.run(race, FileCount=30, WriteCount=1))
    many = ks.plot_file_history(ks.run(race, FileCount=31, WriteCount=1))
    assert (len(few.images), len(many.images)) == (0, 1)


@pytest.mark.parametrize(
    ("driver", "named"),
    [(race, ["absent", "complete"]), (synchronization_event, ["absent", "complete", "moved"])],
    ids=["race", "synchronization_event"],
)
def test_in_an_image_each_wide_state_is_named_where_a_file_is_in_it(driver, named):
    run = ks.run(driver, policy=ks.Windows(), FileCount=100, WriteCount=10)
    ax = ks.plot_file_history(run)
    intervals, files = history.file_intervals(run), list(history.first_paths(run).values())
    names = [text for text in ax.texts if text.get_text() in strips.FILE_STATES and text.get_ha() == "center"]
    assert [name.get_text() for name in names] == named
    for name in names:
        time, lane = name.get_position()
        its = [i for i in intervals if i.what == files[lane] and i.start <= time * timeline.unit(run)[1] <= i.end]
        assert [interval.state for interval in its] == [name.get_text()]


def test_a_picture_is_named_by_its_first_sentence_and_tells_the_rest_folded():
    picture = ks.picture(ks.run(synchronization_event, FileCount=2, WriteCount=2))
    assert "FileMoveThread: ready from 6 to 8, running from 8 to 9, waiting from 9 to" in repr(picture)
    page = picture._repr_html_()
    (summary, rest) = re.findall("<details><summary>(.*?)</summary>(.*?)</details>", page)[0]
    assert f"{summary} {rest}" == repr(picture).replace("&", "&amp;")
    assert (
        summary
        == picture.label.replace("&", "&amp;")
        == "synchronization_event, completed after 26 steps under RoundRobin()."
    )
    assert re.findall('<img alt="(.*?)"', page) == re.findall('aria-label="(.*?)"', page) == [summary]


def test_a_picture_is_saved_as_png(tmp_path):
    path = tmp_path / "race.png"
    ks.picture(ks.run(race, FileCount=2, WriteCount=1)).save(path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_run_without_events_and_files_still_has_a_picture():
    assert "race, completed" in repr(ks.picture(ks.run(race, FileCount=0)))


def test_plotting_never_touches_pyplot():
    code = (
        "import sys, kevent_sim as ks; from kevent_sim.samples import race; "
        "ks.picture(ks.run(race, FileCount=2)).png(); print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


class TestWhatExploringShows:
    def test_the_histogram_has_a_bar_an_outcome_and_says_so(self):
        ax = ks.plot_outcomes(ks.explore(race, FileCount=3, WriteCount=1))
        assert sorted(bar.get_width() for bar in ax.patches) == [1, 2, 2, 2, 4, 4, 4, 8]
        assert str(ks.outcomes(EVERY)).endswith("CA in 1, CB in 1, CC in 1.")

    def test_arrows_are_what_orders_and_dashes_what_nothing_orders(self):
        for driver, dashes in ((race, 1), (synchronization_event, 0)):
            run = ks.run(driver, policy=lambda ready: ready[0], FileCount=1, WriteCount=1)
            ax = ks.plot_happens_before(run, ks.races(run))
            arrows = [text for text in ax.texts if isinstance(text, Annotation)]
            drawn = [line for line in ax.lines if line.get_label() == "in no order"]
            keys = dashes  # what is drawn has its key beside it
            assert (len(arrows), len(drawn)) == (3 - dashes, dashes + keys)

    def test_a_counterexample_stands_above_a_run_that_passes_on_the_same_axis(self):
        shown = ks.compare(EVERY.counterexample, EVERY.examples["CC"])
        above, below = shown.figure.axes
        assert above.get_xlim() == below.get_xlim()
        assert "Files at the end: 2 complete" in str(shown)
        assert "Files at the end: 2 moved" in str(shown)

    @pytest.mark.parametrize("shown", ["picture", "outcomes", "compare"])
    def test_every_label_lies_inside_the_picture(self, shown):
        bad, good = EVERY.counterexample, EVERY.examples["CC"]
        figure = {"picture": ks.picture(bad), "outcomes": ks.outcomes(EVERY), "compare": ks.compare(bad, good)}[
            shown
        ].figure
        figure.canvas.draw()
        labels = [text for ax in figure.axes for text in ax.texts]
        assert len(labels) >= len(figure.axes)
        for label in labels:
            extent = label.get_window_extent()
            assert 0 <= extent.x0 <= extent.x1 <= figure.bbox.x1, label.get_text()

    def test_where_two_schedules_part_is_told(self):
        one, other = EVERY.counterexample, EVERY.examples["CC"]
        pairs = zip(one.schedule.choices, other.schedule.choices, strict=False)
        step = next(step for step, pair in enumerate(pairs) if len(set(pair)) == 2)
        assert str(ks.compare(one, other)).startswith(f"The schedules part at step {step}: ")
        assert str(ks.compare(one, one)).startswith("The schedules are the same.")

    def test_two_clocks_are_not_compared(self):
        with pytest.raises(ValueError, match="same clock"):
            ks.compare(SMALL, EVERY.counterexample)

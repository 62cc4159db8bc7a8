"""What `timeline` and `history` find, drawn: axes-level functions on matplotlib.

Nothing here uses pyplot, makes a figure unasked, runs a driver, or computes what a run meant: what is drawn is handed
in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.happens_before import edges
from kevent_sim.orders.races import Races
from kevent_sim.runs import history, timeline
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval
from kevent_sim.views.lanes import (
    BLACK,
    EDGE,
    SKY,
    STYLES,
    VERMILLION,
    Label,
    axes_or_new,
    draw_bars,
    legend,
    name_lanes,
    time_axis,
)  # fmt: skip
from kevent_sim.views.words import ranked_outcomes

FILE_STATES = ("absent", "being written", "complete", "moved", "deleted")
LABELLED_FILES = 40  # more than that are drawn as an image
_BINS = 900
_NAME_BINS = 60  # half of what the name of a state needs


def plot_timeline(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each thread: running, ready or waiting; arrows from a signal to the thread it released.

    Draws into `ax` and returns it; without one, into the axes of a new figure (`ax.figure`).
    """
    ax = axes_or_new(ax, 0.9 + 0.45 * len(run.threads))
    ticks, lanes = time_axis(run, ax), run.threads
    states = draw_bars(ax, timeline.thread_intervals(run), lanes, ticks)
    legend(ax, states)
    for release in history.releases(run)[:40]:
        at = release.time / ticks
        ax.annotate(
            "", xy=(at, lanes.index(release.released)), xytext=(at, lanes.index(release.by)),
            arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    return ax


def plot_happens_before(run: Run, races: Races, ax: Axes | None = None) -> Axes:
    """The timeline with what orders its threads, and what does not.

    A solid arrow leads from a creation or a signal to the step that it had to precede; a dashed line joins two
    conflicting steps that nothing orders: `races`, the run's own, as `ks.races` finds them. Draws into `ax` and returns
    it; without one, into the axes of a new figure.
    """
    ax = axes_or_new(ax, 0.9 + 0.45 * len(run.threads))
    ticks, lanes, starts = time_axis(run, ax), run.threads, run.columns["start"]
    states = draw_bars(ax, timeline.thread_intervals(run), lanes, ticks)
    for edge in edges(run)[:40]:
        ax.annotate(
            "", xy=(edge.end / ticks, lanes.index(edge.of)), xytext=(edge.start / ticks, lanes.index(edge.by)),
            arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    lines = []
    for race in races[:40]:
        sides = zip(race.steps, (race.first, race.second), strict=True)
        places = [(starts[step] / ticks, lanes.index(side.thread)) for step, side in sides]
        lines = ax.plot(
            *zip(*places, strict=True), color=VERMILLION, linestyle=(0, (3, 1.5)), linewidth=2.2, marker="o",
            markersize=5, label="in no order",
        )  # fmt: skip
    legend(ax, states, lines)
    return ax


def plot_outcomes(every: Exploration, ax: Axes | None = None) -> Axes:
    """One bar for each outcome: in how many classes of equivalent orders a driver ends so; the most frequent first.

    Draws into `ax` and returns it; without one, into the axes of a new figure (`ax.figure`).
    """
    ranked = ranked_outcomes(every)
    ax = axes_or_new(ax, 0.9 + min(0.3 * len(ranked), 8))
    bars = ax.barh(range(len(ranked)), list(ranked.values()), color=SKY, edgecolor=EDGE)
    ax.bar_label(bars, padding=3)
    name_lanes(ax, list(ranked))
    ax.set_ylim(len(ranked) - 0.4, -0.6)
    ax.set_xlabel("classes of equivalent orders")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def plot_event_state(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each event: signaled or not. Draws into `ax` and returns it; without one, into a new figure's
    axes."""
    intervals = history.event_intervals(run)
    lanes = list(history.event_labels(run).values())
    ax = axes_or_new(ax, 0.9 + 0.4 * max(len(lanes), 1))
    ticks = time_axis(run, ax)
    if not lanes:
        name_lanes(ax, ["no event"])
        ax.set_ylim(0.5, -0.5)
        return ax
    legend(ax, draw_bars(ax, intervals, lanes, ticks, 0.5))
    for release in history.releases(run)[:40]:  # a signal that is taken in the same step leaves no bar
        if release.object in lanes:
            ax.plot([release.time / ticks], [lanes.index(release.object)], marker="v", color=VERMILLION, markersize=8)
    return ax


def plot_file_history(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each file, by creation: absent, being written, complete, moved, deleted; a cross is an open that
    failed.

    Up to 40 files are labelled bars; more are an image, one row for each. Draws into `ax` and returns it; without one,
    into a new figure's axes.
    """
    intervals = history.file_intervals(run)
    files = list(dict.fromkeys(interval.what for interval in intervals))
    ax = axes_or_new(ax, 0.9 + min(0.25 * len(files), 4))
    ticks = time_axis(run, ax)
    if len(files) <= LABELLED_FILES:
        names = [path.rpartition("\\")[2] for path in files]
        renamed = [Interval(names[files.index(i.what)], *i[1:]) for i in intervals]
        states = draw_bars(ax, renamed, names, ticks)
    else:
        states = _image(ax, intervals, files, ticks)
    legend(ax, states, _crosses(run, ax, files, ticks))
    return ax


def _image(ax: Axes, intervals: Sequence[Interval], files: Sequence[str], ticks: float) -> list[str]:
    last = ax.get_xlim()[1] * ticks
    place = {name: at for at, name in enumerate(files)}
    image = np.zeros((len(files), _BINS), dtype=np.uint8)
    for name, state, start, end in sorted(intervals, key=lambda interval: interval.state == "being written"):
        image[place[name], int(start / last * _BINS) : int(end / last * _BINS) + 1] = FILE_STATES.index(state)
    ax.imshow(
        image, aspect="auto", interpolation="nearest", vmin=-0.5, vmax=len(FILE_STATES) - 0.5,
        cmap=ListedColormap([STYLES[state][0] for state in FILE_STATES]),
        extent=(0, last / ticks, len(files) - 0.5, -0.5),
    )  # fmt: skip
    ax.set_ylabel("file")
    _name_areas(ax, image, last / ticks / _BINS)
    return [state for state in FILE_STATES if any(interval.state == state for interval in intervals)]


def _name_areas(ax: Axes, image: np.ndarray[Any, Any], bin_width: float) -> None:
    """Name each state of an image in its midst, where there is room, so that none is told by its colour alone."""
    for number, state in enumerate(FILE_STATES):
        lanes, bins = np.nonzero(image == number)
        if lanes.size:
            lane, middle = round(lanes.mean()), round(bins.mean())
            tall = len(image) // 50  # half as many lanes as a name is high
            around = image[max(lane - tall, 0) : lane + tall + 1, max(middle - _NAME_BINS, 0) : middle + _NAME_BINS]
            if around.shape[1] == 2 * _NAME_BINS and (around == number).all():
                Label(ax, (middle + 0.5) * bin_width, lane, state, ax.transData, ha="center")


def _crosses(run: Run, ax: Axes, files: Sequence[str], ticks: float) -> list[Any]:
    place = {path: at for at, path in enumerate(files)}
    failed = [probe for probe in history.probes(run) if probe.path in place]
    if not failed:
        return []
    size = 6 if len(files) <= LABELLED_FILES else 2
    return ax.plot(
        [probe.time / ticks for probe in failed], [place[probe.path] for probe in failed],
        linestyle="", marker="x", color=BLACK, markersize=size, label="open failed",
    )  # fmt: skip

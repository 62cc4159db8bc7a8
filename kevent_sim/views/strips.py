"""The strips of a run's picture, one axes each: threads, events, files; all on one time axis.

Each draws what `timeline` and `history` tell into the axes it is given, and returns the states that it has drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from kevent_sim.machine.objects import KMUTEX, KSEMAPHORE
from kevent_sim.machine.thread import KTHREAD_STATE
from kevent_sim.orders.happens_before import edges
from kevent_sim.orders.races import Races
from kevent_sim.runs import history, timeline
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval
from kevent_sim.views.lanes import (
    DARK,
    EMPTY,
    GREY,
    INK,
    STYLES,
    VERMILLION,
    Label,
    add_bars,
    box,
    draw_bars,
    name_lanes,
    time_axis,
)
from kevent_sim.views.titles import add_cell

FILE_STATES = ("absent", "being written", "complete", "moved", "deleted")
LABELLED_FILES = 30  # more than that are drawn as an image
UNORDERED = "in no order"
ARROWS = 40
_BINS = 900
_NAME_BINS = 60  # half of what the name of a state needs
_TALL = 1.8  # a lane of numbers, in lanes of states
_VERBS = {"running": "runs", "ready": "is ready, another runs", "waiting": "waits"}


def threads(run: Run, ax: Axes) -> list[str]:
    """One lane a thread: running, ready or waiting."""
    blocking = history.step_columns(run, history.blocking_steps(run))
    begun = zip(blocking["thread"], blocking["end"], blocking["object"], blocking["routine"], strict=True)
    waits = {(thread, end): what or routine for thread, end, what, routine in begun}
    when, last = timeline.clock(run), timeline.end(run)

    def tell(interval: Interval) -> str:
        what, state, start, end = interval
        on = f" for {waits[what, start]}" if state == "waiting" and (what, start) in waits else ""
        endless = run.verdict == "deadlock" and end == last and state == "waiting"
        return f"{what} {_VERBS[state]}{on}, {when(start)} {'on, for ever' if endless else f'to {when(end)}'}"

    ticks = time_axis(run, ax)
    return draw_bars(ax, timeline.thread_intervals(run), run.threads, ticks, tell, 0.62)


def thread_ends(run: Run, ax: Axes) -> dict[str, float]:
    """A bar where a thread ends, an arrow where it waits for ever; returns the ends, in units of the axis."""
    ticks, last = timeline.unit(run)[1], {i.what: i for i in timeline.thread_intervals(run)}
    ends = {}
    for at, thread in enumerate(run.trace.threads):
        if thread.name not in last:
            continue
        if thread.State == KTHREAD_STATE.Terminated:
            ends[thread.name] = last[thread.name].end / ticks
            ax.plot(2 * [ends[thread.name]], [at - 0.42, at + 0.42], color=INK, linewidth=2.2, clip_on=False)
        elif run.verdict == "deadlock":
            Label(ax, last[thread.name].end / ticks, at, "→", ax.transData, ha="left", fontsize=11, color=INK)
    return ends


def releases(run: Run, ax: Axes) -> bool:
    """An arrow from each signal to the thread that it released, of the first ones; returns whether there is any."""
    ticks, lanes = timeline.unit(run)[1], run.threads
    found = history.releases(run)[:ARROWS]
    for release in found:
        _arrow(ax, release.time / ticks, lanes.index(release.by), release.time / ticks, lanes.index(release.released))
    return bool(found)


def orders(run: Run, races: Races, ax: Axes) -> None:
    """An arrow from a creation or a signal to the step that it had to precede; a dashed line between two conflicting
    steps that nothing orders."""
    ticks, lanes, starts = timeline.unit(run)[1], run.threads, run.columns["start"]
    for edge in edges(run)[:ARROWS]:
        _arrow(ax, edge.start / ticks, lanes.index(edge.by), edge.end / ticks, lanes.index(edge.of))
    for race in races[:ARROWS]:
        sides = zip(race.steps, (race.first, race.second), strict=True)
        places = [(starts[step] / ticks, lanes.index(side.thread)) for step, side in sides]
        ax.plot(
            *zip(*places, strict=True), color=VERMILLION, linestyle=(0, (3, 1.5)), linewidth=2.2, marker="o",
            markersize=5, label=UNORDERED,
        )  # fmt: skip


def _arrow(ax: Axes, x: float, y: float, to_x: float, to_y: float) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=(to_x, to_y), xytext=(x, y), arrowprops=style)


def object_places(run: Run) -> tuple[dict[str, float], float]:
    """Event, semaphore or mutex -> the middle of its lane; and how high all are. Numbers have a higher lane."""
    places, top = {}, -0.5
    for labelled, name in history.event_labels(run).items():
        tall = _TALL if isinstance(labelled, (KMUTEX, KSEMAPHORE)) else 1.0
        places[name] = top + tall / 2
        top += tall
    return places, top


def objects(run: Run, ax: Axes, points: float = 0.0) -> list[str]:
    """One lane for each event: signaled or not; of a semaphore or mutex how many units are left, as steps.

    `points`, how wide a unit of the axis is: numbers stand on steps that are wide enough.
    """
    ticks, (places, bottom) = time_axis(run, ax), object_places(run)
    when, counted = timeline.clock(run), {interval.what for interval in history.counts(run)}
    drawn = []
    for state in ("signaled", "not signaled"):
        mine = [i for i in history.event_intervals(run) if i.state == state and i.what not in counted]
        if mine:
            drawn.append(state)
            boxes = [box(i.start / ticks, i.end / ticks, places[i.what], 0.62) for i in mine]
            add_bars(ax, state, boxes, [f"{i.what} is {state}, {when(i.start)} to {when(i.end)}" for i in mine])
    for name in dict.fromkeys(i.what for i in history.counts(run)):
        drawn = [*drawn, *([] if "units left" in drawn else ["units left"])]
        _steps(ax, [i for i in history.counts(run) if i.what == name], places[name], ticks, points, when)
    name_lanes(ax, list(places), list(places.values()))
    ax.set_ylim(bottom, -0.5)
    return drawn


def _steps(ax: Axes, counts: Sequence[Interval], lane: float, ticks: float, points: float, when: object) -> None:
    """The number of units left, as high as it is, with the number on it where it has room."""
    assert callable(when)
    most, floor = max(1, *(int(i.state) for i in counts)), lane + 0.7
    high = 1.3 / most
    some = [i for i in counts if int(i.state) > 0]
    boxes = [
        [(i.start / ticks, floor), (i.start / ticks, floor - int(i.state) * high),
         (i.end / ticks, floor - int(i.state) * high), (i.end / ticks, floor)]
        for i in some
    ]  # fmt: skip
    add_bars(ax, "units left", boxes, [f"{i.what}: {i.state} left, {when(i.start)} to {when(i.end)}" for i in some])
    ax.plot([0, counts[-1].end / ticks], [floor, floor], color=INK, linewidth=0.6)
    last = float("-inf")
    for interval in counts:
        middle = (interval.start + interval.end) / 2 / ticks
        if (interval.end - interval.start) / ticks * points >= 6 and (middle - last) * points > 9:
            tall = int(interval.state) * high > 0.5
            y = floor - (int(interval.state) * high / 2 if tall else max(int(interval.state), 0) * high + 0.3)
            Label(
                ax, middle, y, interval.state, ax.transData, ha="center", fontsize=8, fontweight="bold",
                color=DARK if tall else INK,
            )  # fmt: skip
            last = middle


def file_places(run: Run) -> dict[str, int]:
    """File, by its first path -> its lane."""
    return {path: at for at, path in enumerate(dict.fromkeys(i.what for i in history.file_intervals(run)))}


def files(run: Run, ax: Axes) -> list[str]:
    """A lane for each file, by creation: absent, being written, complete, moved, deleted; an image if more than 30."""
    intervals, ticks, when = history.file_intervals(run), time_axis(run, ax), timeline.clock(run)
    places = file_places(run)
    paths = list(places)
    if len(paths) > LABELLED_FILES:
        return _image(ax, intervals, places, ticks)
    names = [path.rpartition("\\")[2] for path in paths]
    lanes = [interval._replace(what=str(places[interval.what])) for interval in intervals]  # names may be the same

    def tell(interval: Interval) -> str:
        lane, state, start, end = interval
        return f"{paths[int(lane)]}: {state}, {when(start)} to {when(end)}"

    return draw_bars(ax, lanes, [str(at) for at in places.values()], ticks, tell, 0.66, names)


def _image(ax: Axes, intervals: Sequence[Interval], place: Mapping[str, int], ticks: float) -> list[str]:
    last = ax.get_xlim()[1] * ticks
    image = np.zeros((len(place), _BINS), dtype=np.uint8)
    for name, state, start, end in sorted(intervals, key=lambda interval: interval.state == "being written"):
        image[place[name], int(start / last * _BINS) : int(end / last * _BINS) + 1] = FILE_STATES.index(state)
    colours = np.array([to_rgba(STYLES[state][0]) for state in FILE_STATES])
    ax.imshow(
        (colours[image] * 255).astype(np.uint8), aspect="auto", interpolation="nearest",
        extent=(0, last / ticks, len(place) - 0.5, -0.5),
    )  # fmt: skip
    ax.yaxis.set_visible(False)
    Label(ax, -0.008, len(place) / 2, f"{len(place)} files", ax.get_yaxis_transform(), ha="right")
    _name_areas(ax, image, last / ticks / _BINS)
    return [state for state in FILE_STATES if any(interval.state == state for interval in intervals)]


def _name_areas(ax: Axes, image: np.ndarray, bin_width: float) -> None:
    """Name each state of an image in its midst, where there is room, so that none is told by its colour alone."""
    for number, state in enumerate(FILE_STATES):
        lanes, bins = np.nonzero(image == number)
        if lanes.size:
            lane, middle = round(lanes.mean()), round(bins.mean())
            tall = len(image) // 50  # half as many lanes as a name is high
            around = image[max(lane - tall, 0) : lane + tall + 1, max(middle - _NAME_BINS, 0) : middle + _NAME_BINS]
            if around.shape[1] == 2 * _NAME_BINS and (around == number).all():
                colour = INK if STYLES[state][0] == EMPTY else DARK
                Label(ax, (middle + 0.5) * bin_width, lane, state, ax.transData, ha="center", color=colour)


def failed_opens(run: Run, ax: Axes, points: float = 0.0) -> bool:
    """A cross at each open that failed, on its file's lane; returns whether there is any."""
    place = file_places(run)
    failed = [probe for probe in history.probes(run) if probe.path in place]
    ticks, few = timeline.unit(run)[1], len(place) <= LABELLED_FILES
    until = {i.what: i.end for i in history.file_intervals(run) if i.state == "absent"}
    for colour in (INK, DARK):  # on the page, on a bar
        its = [probe for probe in failed if (probe.time < until.get(probe.path, 0)) == (colour == INK)]
        if its:
            (crosses,) = ax.plot([probe.time / ticks for probe in its], [place[probe.path] for probe in its], "x")
            crosses.set(label="open failed", clip_on=False, color=colour, markersize=5)
            if not few:
                crosses.set(rasterized=True, color=GREY if colour == INK else DARK, markersize=2)
    if few and points:
        when = timeline.clock(run)
        for probe in failed:
            x, title = (
                probe.time / ticks,
                f"{probe.thread} ZwOpenFile({probe.path}) → {probe.status}, at {when(probe.time)}",
            )
            add_cell(ax, x - 4 / points, x + 4 / points, place[probe.path], 0.9, title)
    return bool(failed)


def run_over(run: Run, until: int, axes: Iterable[Axes]) -> None:
    """A faint hatch from the run's end to where the axis ends."""
    ticks, end = timeline.unit(run)[1], timeline.end(run)
    for ax in axes:
        low, high = ax.get_ylim()
        corners = [(end / ticks, low), (until / ticks, low), (until / ticks, high), (end / ticks, high)]
        title = f"the run is over: {run.verdict} at {timeline.clock(run)(end)}"
        add_bars(ax, "the run is over", [corners], [title])

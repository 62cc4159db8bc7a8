"""What `history` tells, drawn: axes-level functions on matplotlib.

Nothing here uses pyplot, makes a figure unasked, or computes what a run meant. States are told apart by colour and by
hatch or label; the colours are those of Okabe and Ito, which the colour-blind can tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.happens_before import edges
from kevent_sim.orders.races import races
from kevent_sim.runs import history
from kevent_sim.runs.history import Interval
from kevent_sim.runs.result import Run

ORANGE, SKY, GREEN, BLUE, VERMILLION, BLACK = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#000000"

EMPTY, EDGE = "#FFFFFF", "#444444"

# state -> (colour, hatch): no two states of a lane differ by colour alone
STYLES = {
    "running": (BLUE, ""),
    "ready": (EMPTY, "////"),
    "waiting": (ORANGE, "..."),
    "signaled": (GREEN, ""),
    "not signaled": (EMPTY, ""),
    "absent": (EMPTY, ""),
    "being written": (ORANGE, "////"),
    "complete": (SKY, ""),
    "moved": (GREEN, "..."),
    "deleted": ("#BBBBBB", "xxxx"),
}
_MANY = 400
FILE_STATES = ("absent", "being written", "complete", "moved", "deleted")
LABELLED_FILES = 40  # more than that are drawn as an image
NAMED_LANES = 22  # what a picture of the usual height has room for
_BINS = 900
_NAME_BINS = 60  # half of what the name of a state needs
_HALF_A_DIGIT = 0.36  # of the font's size: what a label is lower than its place, to be level with it


def _axes(ax: Axes | None, height: float) -> Axes:
    if ax is not None:
        return ax
    figure = Figure(figsize=(10, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _time(run: Run, ax: Axes) -> float:
    """Label the time axis and set its limits; answer how many ticks its unit is."""
    name, ticks = history.unit(run)
    ax.set_xlabel({"ms": "virtual time (ms)", "steps": "step", "ticks": "virtual time (ticks of 100 ns)"}[name])
    ax.set_xlim(0, max(history.end(run), 1) / ticks)
    if name != "ms":
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ticks


def _bars(
    ax: Axes, intervals: Sequence[Interval], lanes: Sequence[str], ticks: float, height: float = 0.7
) -> list[str]:
    """Draw intervals as bars, one collection a state; answer the states drawn."""
    place = {name: at for at, name in enumerate(lanes)}
    drawn = []
    for state, (colour, hatch) in STYLES.items():
        boxes = [
            _box(interval.start / ticks, interval.end / ticks, place[interval.what], height)
            for interval in intervals
            if interval.state == state
        ]
        if boxes:
            drawn.append(state)
            # One path for all: a hatch is drawn once a path, and costs more than the bars.
            bars = PathPatch(_path(boxes), facecolor=colour, edgecolor="none")
            if len(boxes) > _MANY:
                bars.set_snap(False)  # slivers thinner than a pixel must add up to a tint, not to stripes
            elif colour != EMPTY or hatch:
                bars.set(edgecolor=EDGE, linewidth=0.4, hatch=hatch)
            ax.add_artist(bars)
    _lane_names(ax, lanes)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    return drawn


class _Label(Text):
    """A text of one line, level with its place: right of it, left of it, or in its middle.

    It is drawn by its outlines, which are kept from picture to picture: to lay text out and draw its glyphs anew takes
    half the time of a small picture.
    """

    def __init__(self, ax: Axes, x: float, y: float, text: str, transform: Transform, **style: Any) -> None:
        super().__init__(x, y, text, va="center", **style)
        ax.add_artist(self)
        self.set(transform=transform, clip_on=False)

    def draw(self, renderer: Any) -> None:
        font = self.get_fontproperties()
        outlines, width = _outlines(self.get_text(), font)
        left = {"left": 0.0, "center": -width / 2, "right": -width}[self.get_horizontalalignment()]
        points = Affine2D().translate(left, -_HALF_A_DIGIT * font.get_size_in_points())
        x, y = self.get_transform().transform(self.get_position())
        gc = renderer.new_gc()
        gc.set_linewidth(0)
        in_pixels = points.scale(renderer.points_to_pixels(1)).translate(x, y)
        renderer.draw_path(gc, outlines, in_pixels, to_rgb(self.get_color()))
        gc.restore()


@lru_cache(maxsize=4096)
def _outlines(text: str, font: FontProperties) -> tuple[Path, float]:
    """The letters as one path, and how wide it is, in points."""
    outlines = TextPath((0, 0), text, prop=font)
    return outlines, outlines.get_extents().x1


def _lane_names(ax: Axes, lanes: Sequence[str]) -> None:
    """Name the lanes at the left; where there is no room for all, every second one is left out, or two of three."""
    ax.yaxis.set_visible(False)
    for at, name in list(enumerate(lanes))[:: 1 + len(lanes) // NAMED_LANES]:
        _Label(ax, -0.006, at, name, ax.get_yaxis_transform(), ha="right")


def _box(start: float, end: float, lane: float, height: float) -> list[tuple[float, float]]:
    top, bottom = lane - height / 2, lane + height / 2
    return [(start, top), (end, top), (end, bottom), (start, bottom), (start, top)]


def _path(boxes: Sequence[Sequence[tuple[float, float]]]) -> Path:
    one_box = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
    return Path([corner for box in boxes for corner in box], one_box * len(boxes))


def _legend(ax: Axes, states: Sequence[str], extra: Sequence[Line2D] = ()) -> None:
    """Name the states at the right, in inches from the upper corner: matplotlib's own legend takes a fifth of the time
    of a small picture."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    inches = figure.dpi_scale_trans + ScaledTranslation(1, 1, ax.transAxes)  # type: ignore[arg-type]
    for row, label in enumerate([*states, *(str(line.get_label()) for line in extra)]):
        middle = -0.125 - 0.21 * row
        key: Any
        if row < len(states):
            colour, hatch = STYLES[label]
            key = Rectangle((0.17, middle - 0.045), 0.28, 0.09)
            key.set(facecolor=colour, hatch=hatch, edgecolor=EDGE, linewidth=0.4)
        else:
            line = extra[row - len(states)]
            ends = [0.31] if line.get_linestyle() == "None" else [0.19, 0.43]
            key = Line2D(ends, [middle] * len(ends))
            key.update_from(line)
        key.set_transform(inches)
        ax.add_artist(key)
        key.set_clip_on(False)
        _Label(ax, 0.54, middle, label, inches, fontsize=9)


def plot_timeline(run: Run, ax: Axes | None = None) -> Axes:
    """One lane a thread: running, ready or waiting; arrows from a signal to the thread it released.

    Draws into `ax` and answers it; without one, into the axes of a new figure (`ax.figure`).
    """
    ax = _axes(ax, 0.9 + 0.45 * len(run.threads))
    ticks, lanes = _time(run, ax), run.threads
    states = _bars(ax, history.thread_intervals(run), lanes, ticks)
    _legend(ax, states)
    for release in history.releases(run)[:40]:
        at = release.time / ticks
        ax.annotate(
            "", xy=(at, lanes.index(release.released)), xytext=(at, lanes.index(release.by)),
            arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    return ax


def plot_happens_before(run: Run, ax: Axes | None = None) -> Axes:
    """The timeline with what orders its threads, and what does not.

    A full arrow leads from a creation or a signal to the step it had to precede; a dashed line joins two conflicting
    steps that nothing orders (`races`). Draws into `ax` and answers it; without one, into the axes of a new figure.
    """
    ax = _axes(ax, 0.9 + 0.45 * len(run.threads))
    ticks, lanes, starts = _time(run, ax), run.threads, run.columns["start"]
    states = _bars(ax, history.thread_intervals(run), lanes, ticks)
    for edge in edges(run)[:40]:
        ax.annotate(
            "", xy=(edge.end / ticks, lanes.index(edge.of)), xytext=(edge.start / ticks, lanes.index(edge.by)),
            arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    lines = []
    for race in races(run)[:40]:
        sides = zip(race.steps, (race.first, race.second), strict=True)
        places = [(starts[step] / ticks, lanes.index(side.thread)) for step, side in sides]
        lines = ax.plot(
            *zip(*places, strict=True), color=VERMILLION, linestyle=(0, (3, 1.5)), linewidth=2.2, marker="o",
            markersize=5, label="in no order",
        )  # fmt: skip
    _legend(ax, states, lines)
    return ax


def held(run: Run) -> str:
    """How many files each directory holds at the end."""
    held = [(name, len(run.volume.files(name))) for name in run.volume.directories() if name != "C:"]
    return ", ".join(f"{name}: {count} file{'s' * (count != 1)}" for name, count in held)


def ranked_outcomes(every: Exploration) -> dict[str, int]:
    """Outcome, in words -> its classes, the most frequent first. In words: itself where it is a word or a number, else
    the verdict and how many files each directory holds."""
    labels: dict[str, int] = {}
    for outcome, count in every.outcomes.items():
        run = every.examples[outcome]
        label = f"{run.verdict}; {held(run)}" if isinstance(outcome, tuple) else str(outcome)
        same = sum(known.partition(" #")[0] == label for known in labels)
        labels[f"{label} #{same + 1}" if same else label] = count
    return dict(sorted(labels.items(), key=lambda item: (-item[1], item[0])))


def plot_outcomes(every: Exploration, ax: Axes | None = None) -> Axes:
    """One bar an outcome: in how many classes of equivalent orders a driver ends so; the most frequent first.

    Draws into `ax` and answers it; without one, into the axes of a new figure (`ax.figure`).
    """
    ranked = ranked_outcomes(every)
    ax = _axes(ax, 0.9 + min(0.3 * len(ranked), 8))
    bars = ax.barh(range(len(ranked)), list(ranked.values()), color=SKY, edgecolor=EDGE)
    ax.bar_label(bars, padding=3)
    _lane_names(ax, list(ranked))
    ax.set_ylim(len(ranked) - 0.4, -0.6)
    ax.set_xlabel("classes of equivalent orders")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def plot_event_state(run: Run, ax: Axes | None = None) -> Axes:
    """One lane an event: signaled or not. Draws into `ax` and answers it; without one, into a new figure's axes."""
    intervals = history.event_intervals(run)
    lanes = list(history.event_labels(run).values())
    ax = _axes(ax, 0.9 + 0.4 * max(len(lanes), 1))
    ticks = _time(run, ax)
    if not lanes:
        _lane_names(ax, ["no event"])
        ax.set_ylim(0.5, -0.5)
        return ax
    _legend(ax, _bars(ax, intervals, lanes, ticks, 0.5))
    for release in history.releases(run)[:40]:  # a signal that is taken at once leaves no bar
        if release.object in lanes:
            ax.plot([release.time / ticks], [lanes.index(release.object)], marker="v", color=VERMILLION, markersize=8)
    return ax


def plot_file_history(run: Run, ax: Axes | None = None) -> Axes:
    """One lane a file, by creation: absent, being written, complete, moved, deleted; a cross is an open that failed.

    Up to 40 files are labelled bars; more are an image, a row a file. Draws into `ax` and answers it; without one, into
    a new figure's axes.
    """
    intervals = history.file_intervals(run)
    files = list(dict.fromkeys(interval.what for interval in intervals))
    ax = _axes(ax, 0.9 + min(0.25 * len(files), 4))
    ticks = _time(run, ax)
    if len(files) <= LABELLED_FILES:
        names = [path.rpartition("\\")[2] for path in files]
        renamed = [Interval(names[files.index(i.what)], *i[1:]) for i in intervals]
        states = _bars(ax, renamed, names, ticks)
    else:
        states = _image(ax, intervals, files, ticks)
    _legend(ax, states, _crosses(run, ax, files, ticks))
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
                _Label(ax, (middle + 0.5) * bin_width, lane, state, ax.transData, ha="center")


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

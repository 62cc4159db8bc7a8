"""Lanes on a time axis: bars of states, their names at the left, their key at the right.

States are told apart by colour and by hatch or label; the colours are those of Okabe and Ito, which the colour-blind
can tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from kevent_sim.runs import timeline
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval

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
NAMED_LANES = 22  # what a picture of the usual height has room for
_HALF_A_DIGIT = 0.36  # of the font's size: what a label is lower than its place, to be level with it


def axes_or_new(ax: Axes | None, height: float) -> Axes:
    if ax is not None:
        return ax
    figure = Figure(figsize=(10, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def time_axis(run: Run, ax: Axes) -> float:
    """Label the time axis and set its limits; returns how many ticks its unit is."""
    name, ticks = timeline.unit(run)
    ax.set_xlabel({"ms": "virtual time (ms)", "steps": "step", "ticks": "virtual time (ticks of 100 ns)"}[name])
    ax.set_xlim(0, max(timeline.end(run), 1) / ticks)
    if name != "ms":
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ticks


def draw_bars(
    ax: Axes, intervals: Sequence[Interval], lanes: Sequence[str], ticks: float, height: float = 0.7
) -> list[str]:
    """Draw intervals as bars, one collection for each state; returns the states drawn."""
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
    name_lanes(ax, lanes)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    return drawn


class Label(Text):
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


def name_lanes(ax: Axes, lanes: Sequence[str]) -> None:
    """Name the lanes at the left; where there is no room for all, every second one is left out, or two of three."""
    ax.yaxis.set_visible(False)
    for at, name in list(enumerate(lanes))[:: 1 + len(lanes) // NAMED_LANES]:
        Label(ax, -0.006, at, name, ax.get_yaxis_transform(), ha="right")


def _box(start: float, end: float, lane: float, height: float) -> list[tuple[float, float]]:
    top, bottom = lane - height / 2, lane + height / 2
    return [(start, top), (end, top), (end, bottom), (start, bottom), (start, top)]


def _path(boxes: Sequence[Sequence[tuple[float, float]]]) -> Path:
    one_box = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
    return Path([corner for box in boxes for corner in box], one_box * len(boxes))


def legend(ax: Axes, states: Sequence[str], extra: Sequence[Line2D] = ()) -> None:
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
        Label(ax, 0.54, middle, label, inches, fontsize=9)

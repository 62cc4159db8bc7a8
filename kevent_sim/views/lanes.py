"""Lanes on a time axis: bars of states, their names at the left, their key.

States are told apart by colour and by hatch or label; the colours are those of Okabe and Ito, which the colour-blind
can tell apart. What is drawn in INK stands on the page itself and takes its colour; what stands on a bar is DARK or
WHITE on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from kevent_sim.runs import timeline
from kevent_sim.runs.result import Run
from kevent_sim.runs.timeline import Interval
from kevent_sim.views.titles import Corners, entitle

ORANGE, SKY, GREEN, BLUE, VERMILLION = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00"
INK, DARK, WHITE, EMPTY = "#000000", "#111111", "#FFFFFF", "none"
GREY = "#808080"  # in pixels inside SVG, which take no colour of the page: seen on a light page and on a dark one

# state -> (colour, hatch): no two states of a lane differ by colour alone. Hatches are of lines: dots take much room.
STYLES = {
    "running": (BLUE, ""),
    "ready": (EMPTY, "////"),
    "waiting": (ORANGE, "---"),
    "signaled": (GREEN, ""),
    "not signaled": (EMPTY, ""),
    "absent": (EMPTY, ""),
    "being written": (ORANGE, "////"),
    "complete": (SKY, ""),
    "moved": (GREEN, "\\\\\\\\"),
    "deleted": ("#BBBBBB", "xxxx"),
    "units left": (GREEN, ""),
    "the run is over": (EMPTY, "xx"),
}
MANY = 400
NAMED_LANES = 30  # more have no room for all their names
LONGEST_NAME = 28
_HALF_A_DIGIT = 0.36  # of the font's size: what a label is lower than its place, to be level with it


def edge_of(state: str) -> str:
    """The colour of a bar's edge and hatch: seen on the bar, or on the page where the bar is empty."""
    return INK if STYLES[state][0] == EMPTY else DARK


def axes_or_new(ax: Axes | None, height: float) -> Axes:
    if ax is not None:
        return ax
    figure = Figure(figsize=(10, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


TIME_AXES = {"ms": "virtual time (ms)", "steps": "step", "ticks": "virtual time (ticks of 100 ns)"}


def time_axis(run: Run, ax: Axes) -> float:
    """Label the time axis and set its limits; returns how many ticks its unit is."""
    name, ticks = timeline.unit(run)
    ax.set_xlabel(TIME_AXES[name])
    ax.set_xlim(0, max(timeline.end(run), 1) / ticks)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=name != "ms"))
    return ticks


def draw_bars(
    ax: Axes,
    intervals: Sequence[Interval],
    lanes: Sequence[str],
    ticks: float,
    tell: Callable[[Interval], str],
    height: float = 0.7,
    names: Sequence[str] | None = None,
) -> list[str]:
    """Draw intervals as bars, one collection for each state, each bar with its title; returns the states drawn.

    `names` are the lanes' names if they are not those of what is in them.
    """
    place = {name: at for at, name in enumerate(lanes)}
    drawn = []
    for state in STYLES:
        mine = [interval for interval in intervals if interval.state == state]
        if mine:
            drawn.append(state)
            boxes = [box(i.start / ticks, i.end / ticks, place[i.what], height) for i in mine]
            add_bars(ax, state, boxes, [tell(interval) for interval in mine])
    name_lanes(ax, lanes if names is None else names)
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    return drawn


def add_bars(ax: Axes, state: str, boxes: Sequence[Corners], titles: Sequence[str]) -> None:
    """Add bars of one state. Of very many edges and hatches are left out: slivers thinner than a pixel must add up to
    a tint, not to stripes."""
    colour, hatch = STYLES[state]
    bars = PolyCollection(boxes, facecolors=colour, clip_on=False)
    if len(boxes) > MANY:
        bars.set(edgecolor=INK if colour == EMPTY else "none", linewidth=0.1 if colour == EMPTY else 0, snap=False)
    else:
        bars.set(edgecolor=edge_of(state), linewidth=0.4, hatch=hatch)
    bars.set_alpha(0.3 if state == "the run is over" else None)
    ax.add_artist(bars)
    entitle(bars, titles)


def box(start: float, end: float, lane: float, height: float) -> Corners:
    top, bottom = lane - height / 2, lane + height / 2
    return [(start, top), (end, top), (end, bottom), (start, bottom)]


class Label(Text):
    """A text of one line, level with its place: right of it, left of it, or in its middle.

    In SVG the page sets it. In pixels it is drawn by its outlines, which are kept from picture to picture: to lay text
    out and draw its glyphs anew takes half the time of a small picture.
    """

    def __init__(self, ax: Axes, x: float, y: float, text: str, transform: Transform, **style: Any) -> None:
        super().__init__(x, y, text, va="baseline", **style)
        ax.add_artist(self)
        self.set(transform=transform, clip_on=False)

    def draw(self, renderer: Any) -> None:
        if not self.get_visible():
            return
        font = self.get_fontproperties()
        lower = _HALF_A_DIGIT * font.get_size_in_points()
        x, y = self.get_transform().transform(self.get_position())
        gc = renderer.new_gc()
        if hasattr(renderer, "writer"):  # SVG's
            gc.set_foreground(self.get_color())
            level = renderer.height - y + renderer.points_to_pixels(lower)
            renderer.draw_text(gc, x, level, self.get_text(), font, 0, mtext=self)
        else:
            outlines, width = _outlines(self.get_text(), font)
            left = {"left": 0.0, "center": -width / 2, "right": -width}[self.get_horizontalalignment()]
            in_pixels = Affine2D().translate(left, -lower).scale(renderer.points_to_pixels(1)).translate(x, y)
            gc.set_linewidth(0)
            renderer.draw_path(gc, outlines, in_pixels, to_rgb(self.get_color()))
        gc.restore()


@lru_cache(maxsize=4096)
def _outlines(text: str, font: FontProperties) -> tuple[Path, float]:
    """The letters as one path, and how wide it is, in points."""
    outlines = TextPath((0, 0), text.replace("$", r"\$"), prop=font)  # a name is no formula
    return outlines, outlines.get_extents().x1


def width_of(text: str, size: float) -> float:
    """How wide a text is in pixels' pictures, in points."""
    return _outlines(text, FontProperties(size=size))[1]


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def name_lanes(ax: Axes, lanes: Sequence[str], places: Sequence[float] = ()) -> None:
    """Name the lanes at the left; where there is no room for all, every second one is left out, or two of three."""
    ax.yaxis.set_visible(False)
    named = list(zip(places or range(len(lanes)), lanes, strict=True))
    for at, name in named[:: 1 + len(lanes) // NAMED_LANES]:
        Label(ax, -0.008, at, shortened(name), ax.get_yaxis_transform(), ha="right")


def legend(ax: Axes, states: Sequence[str], extra: Sequence[Line2D] = ()) -> None:
    """Name the states at the right, in inches from the upper corner: matplotlib's own legend takes a fifth of the time
    of a small picture."""
    for row, label in enumerate([*states, *(str(line.get_label()) for line in extra)]):
        add_key(ax, 0.17, -0.125 - 0.21 * row, label, extra[row - len(states)] if row >= len(states) else None)


def add_key(ax: Axes, left: float, middle: float, label: str, line: Line2D | None = None) -> list[Any]:
    """A sign and its text, in inches from the upper right corner; returns what was added."""
    inches = ax.figure.dpi_scale_trans + ScaledTranslation(1, 1, ax.transAxes)  # type: ignore[arg-type]
    key: Any
    if line is None:
        colour, hatch = STYLES[label]
        key = Rectangle((left, middle - 0.045), 0.28, 0.09)
        key.set(facecolor=colour, hatch=hatch, edgecolor=edge_of(label), linewidth=0.4)
    else:
        ends = [left + 0.14] if line.get_linestyle() == "None" else [left + 0.02, left + 0.26]
        key = Line2D(ends, [middle] * len(ends))
        key.update_from(line)
    key.set_transform(inches)
    ax.add_artist(key)
    key.set_clip_on(False)
    return [key, Label(ax, left + 0.37, middle, label, inches, fontsize=9)]

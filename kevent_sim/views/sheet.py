"""A figure of strips, one below the other on one axis; places are fixed in inches.

To measure them again for each picture takes half its time, and what is measured changes with matplotlib's version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from kevent_sim.runs import history, timeline
from kevent_sim.runs.result import Run
from kevent_sim.views import keys, strips
from kevent_sim.views.keys import Sign
from kevent_sim.views.lanes import INK, LONGEST_NAME, STYLES, TIME_AXES, Label
from kevent_sim.views.marks import FAILED, FAILED_TOLD, Lettering, calls, mark_objects, mark_threads

WIDTH = 6.6  # with letters of 10 points: on a page of 1024 pixels, with the file browser open, they become 12 pixels
LANE, EVENT_LANE, FILE_LANE, MOST_FILES = 0.3, 0.27, 0.22, 4.0
_LEFT, _PER_LETTER, _RIGHT, _TOP, _BOTTOM, _GAP, _TITLE = 0.2, 0.078, 0.16, 0.08, 0.42, 0.1, 0.24
_WIDE, _PER_WIDE, _PER_OTHER, _EDGE = "ADGHMNOQRUWmw", 0.115, 0.073, 0.11
MANY_STEPS = 2500  # of more only signals have letters and cells, on their objects


class Sheet:
    """`runs` are shown on an axis that ends at tick `until`; or there are lanes of other names.

    `signs`, the key to what was drawn; `height`, what the strips and their axis take, in inches, without it.
    """

    def __init__(self, runs: Sequence[Run], until: int, names: Sequence[str] = ()) -> None:
        every = [*names, *(name for run in runs for name in _names(run))]
        self.left = max((_room(name[:LONGEST_NAME]) for name in every), default=_LEFT)
        self.until, self.runs = until, runs
        self.unit, self.ticks = timeline.unit(runs[0]) if runs else ("", 1.0)
        self.points = (WIDTH - self.left - _RIGHT) * 72 / (max(until, 1) / self.ticks)
        self.signs: list[Sign] = []
        self.height = 0.0
        self._strips: list[tuple[Axes, float, float]] = []  # with how high it is, and what is free above it
        self._figure = Figure(figsize=(WIDTH, 1))
        FigureCanvasAgg(self._figure)
        self._lettering, self._states, self._lines = Lettering(), dict[str, None](), dict[Sign, None]()

    def add_strip(self, tall: float, drawn: Callable[[Axes], object], title: str = "") -> Axes:
        """Add a strip, `tall` inches, below those that are there; what it draws may be a list of states."""
        first = self._strips[0][0] if self._strips else None
        ax = self._figure.add_axes((0, 0, 1, 1), sharex=first, label=f"strip {len(self._strips)}")
        self._strips.append((ax, tall, _TITLE if title else 0.0))
        for side, spine in ax.spines.items():
            spine.set(color=INK, linewidth=0.6)
            spine.set_visible(side in ("left", "bottom"))
        ax.patch.set_visible(False)
        states = drawn(ax)
        if isinstance(states, list):
            self._states |= dict.fromkeys(states)
        ax.set_xlabel("")
        if title:
            above = ax.transAxes + ScaledTranslation(0, 0.12, self._figure.dpi_scale_trans)
            Label(ax, 0, 1, title, above, ha="left", fontsize=10)
        return ax

    def add_run(self, run: Run) -> None:
        """Add a run's strips: threads, and where it has some, events and files."""
        axes = [self.add_threads(run)]
        if strips.releases(run, axes[0]):
            self._lines[Sign("↑", "releases")] = None
        places, bottom = strips.object_places(run)
        if places:
            axes.append(self.add_strip(EVENT_LANE * (bottom + 0.5), lambda ax: strips.objects(run, ax, self.points)))
            marked = calls(run) if self._few_steps(run) else calls(run, {step for step, *_ in run.trace.signals})
            mark_objects(axes[-1], run, marked, self.points, places, self._lettering)
        if files := len(strips.file_places(run)):
            tall = max(LANE, min(FILE_LANE * files, MOST_FILES))
            axes.append(self.add_strip(tall, lambda ax: strips.files(run, ax)))
            if strips.failed_opens(run, axes[-1], self.points):
                self._lines[Sign(FAILED, FAILED_TOLD)] = None
        if timeline.end(run) < self.until:
            strips.run_over(run, self.until, axes)
            self._states["the run is over"] = None

    def add_threads(self, run: Run, title: str = "") -> Axes:
        """Add a run's threads, with their ends, and letters on them where there are not too many steps."""
        ax = self.add_strip(LANE * len(run.threads), lambda ax: strips.threads(run, ax), title)
        ends = strips.thread_ends(run, ax)
        if ends:
            self._lines[Sign("|", "ends")] = None
        if run.verdict == "deadlock":
            self._lines[Sign("→", "for ever")] = None
        if self._few_steps(run):
            mark_threads(ax, run, self.points, self._lettering, ends)
        return ax

    @staticmethod
    def _few_steps(run: Run) -> bool:
        return len(run.columns["start"]) <= MANY_STEPS

    def finished(self, axis: str = "") -> Figure:
        """The figure, laid out, with its axis labelled and its key below."""
        self.signs = [Sign("", state) for state in STYLES if state in self._states]
        self.signs += [Sign(*sign) for sign in self._lettering.signs()]
        self.signs += [sign for sign in self._lines if sign not in self.signs]
        if any(line.get_label() == strips.UNORDERED for ax, _, _ in self._strips for line in ax.lines):
            self.signs.append(Sign("- - -", strips.UNORDERED))
        if self._lettering.left_out:
            self.signs.append(Sign("…", f"no room for the letters of: {', '.join(self._lettering.left_out)}"))
        self.height = _TOP + sum(tall + above for _, tall, above in self._strips) + _BOTTOM
        self.height += _GAP * (len(self._strips) - 1)
        whole = self.height + keys.ROW * len(keys.rows(self.signs, WIDTH - 0.2)) + (0.1 if self.signs else 0)
        self._figure.set_size_inches(WIDTH, whole)
        at = whole - _TOP
        for ax, tall, above in self._strips:
            at -= tall + above
            ax.set_position((self.left / WIDTH, at / whole, (WIDTH - self.left - _RIGHT) / WIDTH, tall / whole))
            at -= _GAP
            ax.xaxis.set_visible(ax is self._strips[-1][0])
        last = self._strips[-1][0]
        if self.runs:
            last.set_xlim(0, max(self.until, 1) / self.ticks)
        last.tick_params(axis="x", colors=INK, labelsize=9, width=0.6)
        low = last.transAxes + ScaledTranslation(0, -25 / 72, self._figure.dpi_scale_trans)
        Label(last, 0.5, 0, axis or TIME_AXES[self.unit], low, ha="center", fontsize=9)
        below = -(self._strips[-1][1] + _BOTTOM)
        keys.draw_rows(last, self.signs, _RIGHT + 0.1 - WIDTH, below, WIDTH - 0.2)
        return self._figure


def _room(name: str) -> float:
    """The room that a lane's name takes at the left, in inches; more than usual if many of its letters are wide."""
    wide = sum(letter in _WIDE for letter in name)
    return max(_LEFT + _PER_LETTER * len(name), _EDGE + _PER_WIDE * wide + _PER_OTHER * (len(name) - wide))


def _names(run: Run) -> list[str]:
    files = [path.rpartition("\\")[2] for path in history.first_paths(run).values()]
    return [*run.threads, *history.event_labels(run).values(), *(files if len(files) <= strips.LABELLED_FILES else ())]

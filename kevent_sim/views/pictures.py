"""Whole figures that show themselves in a page, can be pointed at, and describe themselves in words."""

from __future__ import annotations

import base64
import io
import pathlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from kevent_sim.machine.choice import thread_of
from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.races import races
from kevent_sim.runs import timeline
from kevent_sim.runs.result import Run
from kevent_sim.views import keys, strips
from kevent_sim.views.keys import Sign
from kevent_sim.views.lanes import INK
from kevent_sim.views.plots import plot_outcomes
from kevent_sim.views.sheet import Sheet
from kevent_sim.views.svg import svg
from kevent_sim.views.words import describe, ended, outcomes_in_words, ranked_outcomes

STYLE = """\
.kevent{margin:0;max-width:64em;line-height:1.4;color:var(--jp-content-font-color1,currentColor)}
.kevent>div[hidden]{display:block!important;overflow-x:auto}
.kevent>img{display:none}
.kevent>div>svg{width:100%;min-width:36em;height:auto;display:block;overflow:visible;\
font-family:var(--jp-ui-font-family,system-ui,sans-serif)}
.kevent svg text{pointer-events:none}
.kevent .cells{fill:transparent;stroke:none}
.kevent .cells :hover{stroke:currentColor;stroke-width:1.2}
.kevent .key{display:flex;flex-wrap:wrap;gap:.2em 1em;font-size:.85em;margin:.3em 0}
.kevent .key svg{width:2em;height:.9em;vertical-align:-.1em;margin-right:.3em}
"""


class Picture:
    """A figure that shows itself in a notebook and describes itself in words; the first sentence names it.

    `signs`, its key; `height`, how many inches of the figure are shown where the key stands below it, as in a page.
    """

    def __init__(
        self, figure: Figure, words: str, signs: Sequence[Sign] | None = None, height: float | None = None
    ) -> None:
        self.figure, self.words, self.signs, self.height = figure, words, signs, height

    def __repr__(self) -> str:
        return self.words

    @property
    def label(self) -> str:
        """The first sentence of the words."""
        first, stop, _ = self.words.partition(". ")
        return first + stop.strip()

    def told(self, words: str) -> Picture:
        """The same picture with other words."""
        return Picture(self.figure, words, self.signs, self.height)

    def png(self, dpi: float = 100) -> bytes:
        """Its pixels, on white, with the key below."""
        buffer = io.BytesIO()
        key = self.figure.findobj(lambda artist: artist.get_gid() == "key")
        for artist in key:
            artist.set_visible(True)
        self.figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
        for artist in key:
            artist.set_visible(False)
        return buffer.getvalue()

    def save(self, path: str | pathlib.Path) -> None:
        """Write the picture as a PNG file."""
        pathlib.Path(path).write_bytes(self.png())

    def html(self, live: bool = False, cursor: float | None = None) -> str:
        """The picture for a page: SVG and its key, and the words folded.

        Pages that are not trusted leave SVG and styles out: for them there are pixels, too, but not where a kernel is
        `live`. `cursor`, where a dashed line stands, in units of the axis.
        """
        label, rest = escape(self.label), escape(self.words[len(self.label) :].strip())
        told = f"<details><summary>{label}</summary>{rest}</details>" if rest else f"<figcaption>{label}</figcaption>"
        data = "" if live and self.signs is not None else base64.b64encode(_smaller(self.png())).decode("ascii")
        image = f'<img alt="{label}" style="max-width: 100%" src="data:image/png;base64,{data}">' if data else ""
        if self.signs is None:  # somebody's own drawing: what it needs of matplotlib is not known
            return f'<figure style="margin: 0; line-height: 1.4">{image}{told}</figure>'
        drawn = svg(self.figure, self.label, self.words, self.height)
        if cursor is not None:
            drawn = drawn.replace("</svg>", self._cursor(cursor) + "</svg>")
        shown = f'<div hidden="hidden" style="display: none">{drawn}{keys.in_html(self.signs)}</div>'
        return f'<figure class="kevent"><style>{STYLE}</style>{image}{shown}{told}</figure>'

    def _cursor(self, at: float) -> str:
        wide, tall = self.figure.get_size_inches() * 72
        ax = self.figure.axes[0]
        (left, right), box = ax.get_xlim(), ax.get_position()
        share = min(max((at - left) / (right - left), 0.0), 1.0)
        x, bottom = (box.x0 + share * box.width) * wide, tall * (1 - self.figure.axes[-1].get_position().y0)
        line = f'x1="{x:.2f}" x2="{x:.2f}" y1="0" y2="{bottom:.2f}"'
        return f'<line {line} stroke="#D55E00" stroke-width="2" stroke-dasharray="4 3"/>'

    def _repr_html_(self) -> str:
        return self.html()


def _smaller(png: bytes) -> bytes:
    """A PNG in a third of its bytes: a picture of ours has few colours."""
    written = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(48).save(written, "png", optimize=True)
    return written.getvalue()


def draw(words: str, size: tuple[float, float], plot: Callable[[Axes], Any]) -> Picture:
    """A picture, `size` inches wide and high, of what `plot` draws into the axes it is given; `words` describe it.

    >>> draw("A diagonal.", (4, 3), lambda ax: ax.plot([0, 1]))
    A diagonal.
    """
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    plot(figure.add_subplot())
    return Picture(figure, words)


def picture(run: Run, until: int = 0, beside: Sequence[Run] = ()) -> Picture:
    """The whole run in one figure: threads, events and files on one time axis; `repr` describes it in words.

    The axis ends with the run, or at tick `until`, or with the longest of those that are shown `beside` it: so that a
    tick has the same place in all. Every call says what it is when it is pointed at; letters mark calls where there is
    room.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import race
    >>> str(picture(run(race, FileCount=2, WriteCount=1)))[:43]
    'race, completed after 16 steps under RoundR'
    """
    shown = (run, *beside)
    sheet = Sheet(shown, max(until, *map(timeline.end, shown)))
    sheet.add_run(run)
    return Picture(sheet.finished(), describe(run), sheet.signs, sheet.height)


def outcomes(every: Exploration) -> Picture:
    """The histogram of an exploration's outcomes as a picture that describes itself in words.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import fates, race
    >>> outcomes(explore(race, outcome=fates, FileCount=1, WriteCount=1))
    race(FileCount=1, WriteCount=1), 3 classes of equivalent orders. A in 1, B in 1, C in 1.
    """
    sheet = Sheet([], 1, list(ranked_outcomes(every)))
    sheet.add_strip(min(0.3 * max(len(every.outcomes), 1), 8), lambda ax: plot_outcomes(every, ax))
    return Picture(sheet.finished("classes of equivalent orders"), outcomes_in_words(every), sheet.signs, sheet.height)


def compare(run: Run, other: Run) -> Picture:
    """Two runs, such as a counterexample and a run that passes, above each other on one time axis.

    A vertical line marks where their schedules part. Raises ValueError for runs on different clocks.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import race
    >>> one, other = (run(race, policy=policy, FileCount=1, WriteCount=1) for policy in (None, lambda ready: ready[0]))
    >>> str(compare(one, other))[:75]
    'The schedules part at step 4: there FileCreationThread goes on above, Syste'
    """
    if timeline.unit(run) != timeline.unit(other):
        raise ValueError("compare takes two runs on the same clock: both under Windows(), or neither")
    pairs = zip(run.schedule.choices, other.schedule.choices, strict=False)
    parts = next((step for step, (one, its) in enumerate(pairs) if one != its), None)
    shown = (run, other)
    sheet = Sheet(shown, max(map(timeline.end, shown)))
    for made in shown:
        ax = sheet.add_threads(made, ended(made))
        strips.orders(made, races(made), ax)
        if parts is not None:
            at = made.columns["start"][parts] / timeline.unit(made)[1]
            ax.axvline(at, color=INK, linestyle=":", linewidth=1.5)
    if parts is None:
        words = "The schedules are the same."
    else:
        first, second = (made.threads[thread_of(made.schedule.choices[parts])] for made in shown)
        words = f"The schedules part at step {parts}: there {first} goes on above, {second} below."
    told = f"{words} Above: {describe(run)} Below: {describe(other)}"
    return Picture(sheet.finished(), told, sheet.signs, sheet.height)

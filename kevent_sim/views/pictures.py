"""Whole figures that show themselves in a notebook and describe themselves in words, which are also their alt text."""

from __future__ import annotations

import base64
import io
import pathlib
from collections.abc import Callable
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kevent_sim.machine.choice import thread_of
from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.races import races
from kevent_sim.runs import history, timeline
from kevent_sim.runs.result import Run
from kevent_sim.views.lanes import BLACK
from kevent_sim.views.plots import (
    plot_event_state,
    plot_file_history,
    plot_happens_before,
    plot_outcomes,
    plot_timeline,
)  # fmt: skip
from kevent_sim.views.words import describe, ended, outcomes_in_words


class Picture:
    """A figure that shows itself in a notebook and describes itself in words: the same words are its alt text."""

    def __init__(self, figure: Figure, words: str) -> None:
        self.figure, self.words = figure, words

    def __repr__(self) -> str:
        return self.words

    def png(self, dpi: float = 100) -> bytes:
        buffer = io.BytesIO()
        self.figure.savefig(
            buffer, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1}
        )
        return buffer.getvalue()

    def save(self, path: str | pathlib.Path) -> None:
        """Write the picture as a PNG file."""
        pathlib.Path(path).write_bytes(self.png())

    def _repr_html_(self) -> str:
        words = escape(self.words)
        data = base64.b64encode(self.png()).decode("ascii")
        image = f'<img alt="{words}" style="max-width: 100%" src="data:image/png;base64,{data}">'
        return f'<figure style="margin: 0; line-height: 1.4">{image}<figcaption>{words}</figcaption></figure>'


def draw(words: str, size: tuple[float, float], plot: Callable[[Axes], Any]) -> Picture:
    """A picture, `size` inches wide and high, of what `plot` draws into the axes it is given; `words` describe it.

    >>> draw("A diagonal.", (4, 3), lambda ax: ax.plot([0, 1]))
    A diagonal.
    """
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    plot(figure.add_subplot())
    return Picture(figure, words)


# inches: what surrounds the lanes of a picture, fixed, since to measure it again for each picture takes half its time
_LEFT_PER_LETTER, _RIGHT, _TOP, _BOTTOM, _GAP = 0.083, 1.55, 0.1, 0.5, 0.12


def picture(run: Run, until: int | None = None) -> Picture:
    """The whole run in one figure: threads, events and files on one time axis; `repr` describes it in words.

    The axis ends with the run, or at tick `until`: so that two runs can be compared side by side.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import race
    >>> str(picture(run(race, FileCount=2, WriteCount=1)))[:43]
    'race, completed after 16 steps under RoundR'
    """
    events = list(history.event_labels(run).values())
    files = [path.rpartition("\\")[2] for path in history.first_paths(run).values()]
    parts: list[tuple[Callable[[Run, Axes], Any], float]] = [(plot_timeline, 0.42 * len(run.threads))]
    if events:
        parts.append((plot_event_state, 0.4 * len(events)))
    if files:
        parts.append((plot_file_history, max(0.7, min(0.25 * len(files), 3.4))))
    left = 0.25 + _LEFT_PER_LETTER * max(map(len, [*run.threads, *events, *files]))
    width, height = 10.0, _BOTTOM + _TOP + sum(part[1] for part in parts) + _GAP * (len(parts) - 1)
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    first, at = None, height - _TOP
    for plot, tall in parts:
        at -= tall
        box = (left / width, at / height, (width - left - _RIGHT) / width, tall / height)
        ax = figure.add_axes(box, sharex=first)
        plot(run, ax)
        if plot is not parts[-1][0]:
            ax.xaxis.set_visible(False)
        first, at = first or ax, at - _GAP
    if first is not None and until is not None:
        first.set_xlim(0, until / timeline.unit(run)[1])
    return Picture(figure, describe(run))


def outcomes(every: Exploration) -> Picture:
    """The histogram of an exploration's outcomes as a picture that describes itself in words.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import fates, race
    >>> outcomes(explore(race, outcome=fates, FileCount=1, WriteCount=1))
    race(FileCount=1, WriteCount=1), 3 classes of equivalent orders: A in 1, B in 1, C in 1.
    """
    height = 0.9 + min(0.3 * len(every.outcomes), 8)
    return draw(outcomes_in_words(every), (10, height), lambda ax: plot_outcomes(every, ax))


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
    shown, lanes = (run, other), max(len(run.threads), len(other.threads))
    figure = Figure(figsize=(10, 1.4 + 0.95 * lanes), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    for made, ax in zip(shown, (above, below), strict=True):
        plot_happens_before(made, races(made), ax)
        ax.set_title(ended(made), loc="left", fontsize=10)
        if parts is not None:
            ax.axvline(made.columns["start"][parts] / timeline.unit(made)[1], color=BLACK, linestyle=":", linewidth=1.5)
    above.set_xlabel("")
    above.set_xlim(0, max(map(timeline.end, shown)) / timeline.unit(run)[1])
    if parts is None:
        words = "The schedules are the same."
    else:
        first, second = (made.threads[thread_of(made.schedule.choices[parts])] for made in shown)
        words = f"The schedules part at step {parts}: there {first} goes on above, {second} below."
    return Picture(figure, f"{words} Above: {describe(run)} Below: {describe(other)}")

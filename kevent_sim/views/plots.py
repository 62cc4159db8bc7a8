"""A run's strips, and an exploration's outcomes, each on axes of its own: for a learner's own figures.

Nothing here uses pyplot, makes a figure unasked, runs a driver, or computes what a run meant: what is drawn is handed
in.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.races import Races
from kevent_sim.runs import history
from kevent_sim.runs.result import Run
from kevent_sim.views import strips
from kevent_sim.views.lanes import DARK, SKY, Label, axes_or_new, legend, name_lanes, time_axis
from kevent_sim.views.words import ranked_outcomes


def plot_timeline(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each thread: running, ready or waiting; arrows from a signal to the thread it released.

    Draws into `ax` and returns it; without one, into the axes of a new figure (`ax.figure`).
    """
    ax = axes_or_new(ax, 0.9 + 0.45 * len(run.threads))
    legend(ax, strips.threads(run, ax))
    strips.thread_ends(run, ax)
    strips.releases(run, ax)
    return ax


def plot_happens_before(run: Run, races: Races, ax: Axes | None = None) -> Axes:
    """The timeline with what orders its threads, and what does not.

    A solid arrow leads from a creation or a signal to the step that it had to precede; a dashed line joins two
    conflicting steps that nothing orders: `races`, the run's own, as `ks.races` finds them. Draws into `ax` and returns
    it; without one, into the axes of a new figure.
    """
    ax = axes_or_new(ax, 0.9 + 0.45 * len(run.threads))
    states = strips.threads(run, ax)
    strips.thread_ends(run, ax)
    strips.orders(run, races, ax)
    legend(ax, states, [line for line in ax.lines if line.get_label() == strips.UNORDERED][:1])
    return ax


def plot_outcomes(every: Exploration, ax: Axes | None = None) -> Axes:
    """One bar for each outcome: in how many classes of equivalent orders a driver ends so; the most frequent first.

    Draws into `ax` and returns it; without one, into the axes of a new figure (`ax.figure`).
    """
    ranked = ranked_outcomes(every)
    ax = axes_or_new(ax, 0.9 + min(0.3 * len(ranked), 8))
    ax.barh(range(len(ranked)), list(ranked.values()), color=SKY, edgecolor=DARK)
    beside = ax.transData + ScaledTranslation(4 / 72, 0, ax.figure.dpi_scale_trans)
    for at, count in enumerate(ranked.values()):
        Label(ax, count, at, str(count), beside, ha="left")
    name_lanes(ax, list(ranked))
    ax.set_ylim(len(ranked) - 0.4, -0.6)
    ax.set_xlim(0, 1.1 * max(ranked.values(), default=1))
    ax.set_xlabel("classes of equivalent orders")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def plot_event_state(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each event: signaled or not; for a semaphore or mutex how many units are left. Draws into `ax` and
    returns it; without one, into a new figure's axes."""
    lanes = history.event_labels(run)
    ax = axes_or_new(ax, 0.9 + 0.4 * max(len(lanes), 1))
    if not lanes:
        time_axis(run, ax)
        name_lanes(ax, ["no event"])
        ax.set_ylim(0.5, -0.5)
        return ax
    legend(ax, strips.objects(run, ax))
    return ax


def plot_file_history(run: Run, ax: Axes | None = None) -> Axes:
    """One lane for each file, by creation: absent, being written, complete, moved, deleted; a cross is an open that
    failed.

    Up to 30 files are labelled bars; more are an image, one row for each. Draws into `ax` and returns it; without one,
    into a new figure's axes.
    """
    ax = axes_or_new(ax, 0.9 + min(0.25 * len(history.first_paths(run)), 4))
    states = strips.files(run, ax)
    strips.failed_opens(run, ax)
    crosses: list[Line2D] = [line for line in ax.lines if line.get_label() == "open failed"]
    legend(ax, states, crosses[:1])
    return ax

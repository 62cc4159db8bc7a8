"""All public names, for type checkers: `__init__.py` imports some of them only when they are first asked for."""

from kevent_sim import c as c
from kevent_sim import samples as samples
from kevent_sim.course import answers as check
from kevent_sim.course.progress import progress
from kevent_sim.labs import EventLab, RaceLab, StepLab, predict
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.explore import explore
from kevent_sim.orders.questions import along, always
from kevent_sim.orders.races import races
from kevent_sim.runs.debugger import dt
from kevent_sim.runs.policies import PCT, Random, RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run
from kevent_sim.runs.schedule import Replay, Schedule
from kevent_sim.runs.windows import DURATIONS, Windows
from kevent_sim.version import __version__ as __version__
from kevent_sim.views.frames import event_states, file_states, steps, sweep, thread_states
from kevent_sim.views.pictures import compare, draw, outcomes, picture
from kevent_sim.views.plots import (
    plot_event_state,
    plot_file_history,
    plot_happens_before,
    plot_outcomes,
    plot_timeline,
)

__all__ = [
    "BugCheck", "DURATIONS", "EventLab", "Exploration", "Misuse", "PCT", "RaceLab", "Random", "Replay", "RoundRobin",
    "Run", "Schedule", "StepLab", "Volume", "Windows", "along", "always", "c", "check", "compare", "draw", "dt",
    "event_states", "explore", "file_states", "outcomes", "picture", "plot_event_state", "plot_file_history",
    "plot_happens_before", "plot_outcomes", "plot_timeline", "predict", "progress", "races", "run", "samples", "steps",
    "sweep", "thread_states",
]  # fmt: skip

def load_ipython_extension(shell: object) -> None: ...

"""NT event objects with a scheduler you control: drivers as coroutines, every run a schedule."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here, since what is imported below would fail less clearly
    raise SystemExit("kevent_sim needs Python 3.11 or newer; this is " + sys.version.split()[0])

from pkgutil import resolve_name
from typing import Any

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

# What needs pandas or matplotlib is imported when it is first asked for (PEP 562): `import kevent_sim` stays quick,
# and works where neither is installed. `__init__.pyi` tells type checkers of all names.
_LAZY = {
    name: f"kevent_sim.{module}:{name}"
    for module, names in {
        "views.frames": ("event_states", "file_states", "steps", "sweep", "thread_states"),
        "views.pictures": ("compare", "draw", "outcomes", "picture"),
        "views.plots": (
            "plot_event_state", "plot_file_history", "plot_happens_before", "plot_outcomes", "plot_timeline",
        ),
        "labs": ("EventLab", "RaceLab", "StepLab", "predict"),
        "course.progress": ("progress",),
    }.items()
    for name in names
}  # fmt: skip
_LAZY |= {"c": "kevent_sim.c", "check": "kevent_sim.course.answers", "samples": "kevent_sim.samples"}

__all__ = [
    "BugCheck", "DURATIONS", "Exploration", "Misuse", "PCT", "Random", "Replay", "RoundRobin", "Run", "Schedule",
    "Volume", "Windows", "along", "always", "dt", "explore", "races", "run",
    *_LAZY,
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'kevent_sim' has no attribute {name!r}")
    return resolve_name(_LAZY[name])


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext kevent_sim` calls: from then on a cell that begins with `%%c` is a driver in C."""
    resolve_name("kevent_sim.course.magic:register")(shell)


def __dir__() -> list[str]:
    return sorted(__all__)

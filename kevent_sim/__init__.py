"""NT event objects with a scheduler you control: drivers as coroutines, every run a schedule."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here, since what is imported below would fail less clearly
    raise SystemExit("kevent_sim needs Python 3.11 or newer; this is " + sys.version.split()[0])

from importlib import import_module
from typing import Any

from kevent_sim.call import Misuse
from kevent_sim.debugger import dt
from kevent_sim.explore import Exploration, explore
from kevent_sim.filesystem import Volume
from kevent_sim.ntstatus import BugCheck
from kevent_sim.policies import PCT, Random, RoundRobin, Windows
from kevent_sim.questions import along, always
from kevent_sim.races import races
from kevent_sim.run import Run, run
from kevent_sim.schedule import Replay, Schedule

__version__ = "0.3.0"

# What needs pandas or matplotlib is imported when it is first asked for (PEP 562): `import kevent_sim` stays quick,
# and works where neither is installed.
_LAZY = {
    "steps": "frames",
    "thread_states": "frames",
    "event_states": "frames",
    "file_states": "frames",
    "sweep": "frames",
    "plot_timeline": "plots",
    "plot_event_state": "plots",
    "plot_file_history": "plots",
    "plot_happens_before": "plots",
    "plot_outcomes": "plots",
    "picture": "pictures",
    "outcomes": "pictures",
    "compare": "pictures",
    "EventLab": "labs",
    "RaceLab": "labs",
    "StepLab": "labs",
    "samples": "",
}

__all__ = [
    "BugCheck", "Exploration", "Misuse", "PCT", "Random", "Replay", "RoundRobin", "Run", "Schedule", "Volume",
    "Windows", "along", "always", "dt", "explore", "races", "run",
    *_LAZY,
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'kevent_sim' has no attribute {name!r}")
    if not _LAZY[name]:
        return import_module(f"kevent_sim.{name}")
    return getattr(import_module(f"kevent_sim.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

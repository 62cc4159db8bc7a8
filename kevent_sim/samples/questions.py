"""What to ask of a run of the samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent_sim.machine.ntstatus import (
    NT_SUCCESS,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_SHARING_VIOLATION,
    STATUS_SUCCESS,
)

_FATE = {STATUS_OBJECT_NAME_NOT_FOUND: "A", STATUS_SHARING_VIOLATION: "B", STATUS_SUCCESS: "C"}


def fates(run: Any) -> str:
    """One letter for each file, from the mover's ZwOpenFile: A not yet created, B still open, C complete, and so
    moved.

    Another status, or a file that no mover reached, is `?`. With several movers, their letters follow one another.

        >>> from kevent_sim.runs.run import run
        >>> from kevent_sim.samples import race, synchronization_event
        >>> fates(run(race, FileCount=3, WriteCount=2)), fates(run(synchronization_event, FileCount=3, WriteCount=2))
        ('BAA', 'CCC')
    """
    opened = [
        _FATE.get(call.result, "?")
        for thread in run.threads
        for call in run.calls(thread)
        if call.routine == "ZwOpenFile"
    ]
    return "".join(opened).ljust(run.parameters.get("FileCount", 0), "?")


def all_moved(run: Any) -> bool:
    r"""Did every file end in C:\Temp2, complete, and none stay in C:\Temp?

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> all_moved(run(synchronization_event, FileCount=3, WriteCount=2))
    True
    """
    size = 15 * run.parameters["WriteCount"]
    moved = {f"NewFile_{i}.txt": size for i in range(run.parameters["FileCount"])}
    return run.verdict == "completed" and _files(run, "C:\\Temp2") == moved and not _files(run, "C:\\Temp")


def _files(run: Any, directory: str) -> dict[str, int]:
    """The files of a directory; none where there is no such directory."""
    return run.files(directory) if directory in run.volume.directories() else {}


def all_moved_or_told(run: Any) -> bool:
    r"""Did every file move, or did DriverEntry or a thread end with a status that says that something failed?

    >>> from kevent_sim.machine.volume import Volume
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import careful, synchronization_event
    >>> no_target = Volume(directories=["C:\\Temp"])
    >>> [all_moved_or_told(run(driver, volume=no_target, FileCount=3)) for driver in (synchronization_event, careful)]
    [False, True]
    """
    told = [run.status, *run.exit_statuses.values()]
    return all_moved(run) or (run.verdict == "completed" and not all(NT_SUCCESS(status) for status in told))


def _stays_alone(run: Any) -> bool:
    return run.verdict == "completed" and [i for i, fate in enumerate(fates(run)) if fate != "C"] == [1]


# What one may want of an order of a sample's steps: in words, and the question to its run.
GOALS: dict[str, Callable[[Any], bool]] = {
    "lose file 1, and move all others": _stays_alone,
    "lose every file": lambda run: run.verdict == "completed" and "C" not in fates(run),
    "move every file": all_moved,
    "make a thread wait for ever": lambda run: run.verdict == "deadlock",
}

"""`run`: start a driver, and let its threads run until nobody can go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.policies import Chooser, RoundRobin, Setup
from kevent_sim.runs.result import Run
from kevent_sim.runs.schedule import SHIPPED, Replay, Schedule
from kevent_sim.runs.subject import Subject


def run(
    driver: Any,
    policy: Any = None,
    volume: Volume | None = None,
    max_steps: int = 1_000_000,
    stop: bool = False,
    memory: str = "strict",
    **parameters: int,
) -> Run:
    """Start a driver as `sc.exe start` would, and let its threads run until nobody can go on.

    Every run is a fresh load: what the driver's code keeps at module level is what it was before the first, or what
    you have assigned since. What this run leaves there can be read until the driver's next run.

    Parameters: `driver`, a sample module, an `async def DriverEntry(DriverObject, RegistryPath)`, what `ks.c.load` has
    loaded, or the path of a .c file; `policy`, who runs next, asked where there is a choice (default RoundRobin());
    `volume`, the disk before the run (default: C:\\Temp and C:\\Temp2, empty; it is copied, never changed);
    `max_steps`, after which the run is `unfinished`; `stop`, whether `sc.exe stop` follows once DriverEntry has
    returned; `memory`, for a driver in C: "strict", a memory error stops the machine, or "machine", the bytes do what
    they do, and `run.findings` reports it; `parameters`, instead of the driver's own (whole numbers, a REG_DWORD each).
    Raises ValueError or TypeError for a parameter that cannot be, Misuse for a driver that cannot work, or that keeps
    what cannot be put back, such as an iterator.
    A step takes up to 100 bytes of memory, under Windows 130; 48 more, once it is read, for a column of `run.columns`.

    >>> from kevent_sim.samples import race
    >>> run(race, FileCount=2, WriteCount=1)
    race: completed after 16 steps
      C:\\Temp: 2 files
      C:\\Temp2: 0 files
      replay: ks.run(race, policy=ks.RoundRobin(), FileCount=2, WriteCount=1)
    """
    subject = Subject(driver, volume, max_steps, stop, parameters, memory)
    return run_under(RoundRobin() if policy is None else policy, subject)


def run_under(policy: Any, subject: Subject) -> Run:
    """The run of a subject under a policy; of a replay, in the way in which the schedule was made."""
    if not isinstance(policy, Replay):
        return _run(policy, subject)
    schedule = policy.schedule
    made = _run(policy, _as_recorded(schedule, subject))
    if made.verdict != schedule.verdict:
        raise ValueError(f"the schedule ended {schedule.verdict}, but this driver: {made.verdict}")
    if len(made.schedule.choices) != len(schedule.choices):
        steps = len(made.schedule.choices)
        raise ValueError(f"the schedule has {len(schedule.choices)} steps, but this driver: {steps}")
    return made


def _as_recorded(schedule: Schedule, subject: Subject) -> Subject:
    """A subject stopped where it was when the schedule was made; with those parameters, where none is given."""
    return replace(
        subject,
        parameters=subject.parameters or dict(schedule.parameters),
        stop=schedule.stop,
        memory="machine" if schedule.machine else "strict",
        max_steps=len(schedule.choices) if schedule.verdict == "unfinished" else subject.max_steps,
    )


def _run(policy: Any, subject: Subject) -> Run:
    with alone():
        machine = Machine(subject)
        return machine.drive(chooser(policy, machine), _header(policy))


def chooser(policy: Any, machine: Machine) -> Chooser:
    """The callable that a policy is on one machine. Raises TypeError for anything else."""
    subject = machine.subject

    def round_robin_steps() -> int:
        return len(_run(RoundRobin(), subject).schedule.choices)

    if hasattr(policy, "begin") and not isinstance(policy, type):
        return policy.begin(machine.kernel, Setup(subject.name, subject.values, round_robin_steps))  # type: ignore[no-any-return]
    if not callable(policy) or isinstance(policy, type):
        raise TypeError(f"a policy is ks.RoundRobin() or the like, or a function of the ready threads, not {policy!r}")

    def choose(ready: list[Any]) -> Any:
        chosen = policy(list(ready))
        if not any(chosen is choice for choice in ready):
            able = ", ".join(choice.name for choice in ready)
            raise Misuse(f"the policy returned {chosen!r}, which is not ready; it must return one of: {able}")
        return chosen

    return choose


def _header(policy: Any) -> str:
    """What a schedule's header says of the policy: itself, for a shipped one; else the function's name."""
    if isinstance(policy, Replay):
        return policy.schedule.policy
    return repr(policy) if type(policy) in SHIPPED else getattr(policy, "__name__", "policy")

"""One run of a driver: parameters, schedule, trace, final volume, verdict."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import RLock
from typing import Any, NamedTuple

from kevent_sim.call import Misuse, made
from kevent_sim.driver import Service, _check_routine
from kevent_sim.filesystem import Volume
from kevent_sim.kernel import Kernel, discard
from kevent_sim.lines import line_of, line_of_error
from kevent_sim.memory import recorded_by
from kevent_sim.ntstatus import NTSTATUS, BugCheck
from kevent_sim.policies import Chooser, RoundRobin, Setup
from kevent_sim.schedule import Replay, Schedule, policy_of
from kevent_sim.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.trace import Called, Trace, calls_of

REG_DWORD_MAX = 0xFFFF_FFFF


class Waiting(NamedTuple):
    """A thread that waits when the run ends: for what, where."""

    thread: str
    object: str
    line: int

    def __str__(self) -> str:
        return f"{self.thread} waits for {self.object} (line {self.line})"


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """What happened. Immutable.

    `verdict`: `completed` (every thread has ended), `deadlock` (nobody can run; `waiting` says who waits for what),
    `bugcheck` (the machine stopped; `bugcheck` says why) or `unfinished` (`max_steps` were taken).

    Two doors lead to the rest. What all equivalent orders of steps share: verdict, volume, statuses, who waits, and
    each thread's own `calls`. And the one order in which the steps came: `trace`, and with it `schedule`, `columns`,
    `replay` and every picture and frame; a question that `explore` asks in every order must do without these.
    """

    verdict: str
    volume: Volume
    service: str  # its state, as sc.exe query shows it
    status: NTSTATUS | None  # what DriverEntry returned
    waiting: tuple[Waiting, ...]
    bugcheck: BugCheck | None
    subject: Subject
    _schedule: Schedule
    _trace: Trace
    _asked: list[str] = field(default_factory=list)  # what was asked for at the second door, in that order

    # -- what all equivalent orders share --------------------------------------------------------------------------

    @property
    def driver(self) -> str:
        return self.subject.name

    @property
    def parameters(self) -> dict[str, int]:
        return dict(self.subject.values)

    @property
    def threads(self) -> list[str]:
        """Thread names by number; thread 0 is the System thread that loads the driver."""
        return [thread.name for thread in self._trace.threads]

    @property
    def exit_statuses(self) -> dict[str, NTSTATUS]:
        """Thread -> the status it ended with, which PsTerminateSystemThread was told; of those of the driver that have
        ended. One that returns from its start routine ends with STATUS_SUCCESS."""
        ended = (thread for thread in self._trace.threads if thread.exits and thread.State == KTHREAD_STATE.Terminated)
        return {thread.name: thread.ExitStatus for thread in ended}

    def files(self, directory: str) -> dict[str, int]:
        r"""Name -> size in bytes of the files in a directory such as `C:\Temp2` at the end, by name."""
        return self.volume.files(directory)

    @cached_property
    def outcome(self) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        """(verdict, final file system as sorted (path, contents) pairs): a value to compare and count."""
        return self.verdict, self.volume.contents()

    def calls(self, thread: str) -> list[Called]:
        r"""What a thread called, in its own order: routine, object, result, line, and whether it had to wait.

        A wait that blocked is one call; a file goes by the first path that it had. Raises ValueError for a thread that
        the run does not have.

        >>> from kevent_sim.samples import race
        >>> for call in run(race, FileCount=1, WriteCount=1).calls("FileMoveThread"):
        ...     print(call.routine, call.object, call.result, call.line)
        ZwOpenFile C:\Temp\file_0.txt STATUS_SHARING_VIOLATION 55
        PsTerminateSystemThread FileMoveThread None 0
        """
        if thread not in self._calls:
            raise ValueError(f"the run has no thread {thread}; it has: {', '.join(self._calls)}")
        return list(self._calls[thread])

    @cached_property
    def _calls(self) -> dict[str, list[Called]]:
        return calls_of(self._trace)

    # -- what they do not share ------------------------------------------------------------------------------------

    def _note(self, what: str) -> None:
        self._asked.append(what)

    @property
    def trace(self) -> Trace:
        """Every step in the order in which it came."""
        self._note("the order of the steps of different threads")
        return self._trace

    @property
    def schedule(self) -> Schedule:
        """The choices in order: it alone says how to make the run again."""
        self._note("run.schedule")
        return self._schedule

    @property
    def columns(self) -> dict[str, list[Any]]:
        """The trace by column, one entry a step: `trace.COLUMNS`, and start, duration (ticks) and processor."""
        self._note("run.columns, the order of the steps of different threads")
        return self._columns

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        return self._trace.columns()

    @property
    def replay(self) -> str:
        """The line that repeats this run."""
        schedule = self.schedule
        if policy_of(schedule.policy) is None:
            how, parameters = f"ks.Replay({str(schedule)!r})", ""
        else:
            how = f"ks.{schedule.policy}"
            parameters = "".join(f", {name}={value}" for name, value in schedule.parameters)
        volume = ", volume=volume" if self.subject.volume is not None else ""
        stop = ", stop=True" if schedule.stop else ""
        steps = f", max_steps={len(schedule.choices)}" if self.verdict == "unfinished" else ""
        return f"ks.run({self.driver}, policy={how}{volume}{steps}{stop}{parameters})"

    def __repr__(self) -> str:
        steps = len(self.schedule.choices)
        text = f"{self.driver}: {self.verdict} after {steps} step{'s' * (steps != 1)}"
        if self.bugcheck is not None:
            text += f"\n  {self.bugcheck} (line {self.bugcheck.line})"
        elif self.verdict == "unfinished":
            text += ": it polls, or max_steps is too small"
        elif self.status is not None and self.status >= 0x8000_0000:
            text += f"; DriverEntry returned {self.status}"
        text += "".join(f"\n  {waiting}" for waiting in self.waiting)
        for directory in self.volume.directories():
            if directory != "C:":
                count = len(self.volume.files(directory))
                text += f"\n  {directory}: {count} file{'s' * (count != 1)}"
        return f"{text}\n  replay: {self.replay}"


def asked(question: Callable[[Run], Any], made: Run) -> tuple[Any, str]:
    """What a question says of a run, and what it asked for at the second door first; "" where it did without."""
    made._asked.clear()
    answer = question(made)
    return answer, made._asked[0] if made._asked else ""


def _driver_entry(driver: Any) -> tuple[str, Callable[..., Any]]:
    """Name and DriverEntry of what `run` was given: a sample module, or a DriverEntry of the learner's own."""
    if isinstance(driver, types.ModuleType):
        name, entry = driver.__name__.rpartition(".")[2], getattr(driver, "DriverEntry", None)
        if entry is None:
            raise Misuse(f"module {name} has no DriverEntry")
    else:
        name, entry = getattr(driver, "__name__", type(driver).__name__), driver
    if isinstance(entry, types.CoroutineType):
        entry.close()
        raise Misuse("run takes DriverEntry itself, not a call of it; type:  ks.run(DriverEntry)")
    _check_routine("DriverEntry", entry, 2)
    return name, entry


def _parameters(name: str, entry: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, int]:
    """The driver's declared parameters with those given in place of their defaults."""
    while isinstance(entry, partial):
        entry = entry.func
    declared: Mapping[str, int] = entry.__globals__.get("PARAMETERS", {})
    for parameter, value in given.items():
        if parameter not in declared:
            known = ", ".join(declared) or "none; write  PARAMETERS = {...}  beside DriverEntry"
            raise ValueError(f"{name} has no parameter {parameter}; it declares: {known}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{parameter} is a whole number, not {value!r}")
        if not 0 <= value <= REG_DWORD_MAX:
            raise ValueError(f"{parameter} is a REG_DWORD, 0 to {REG_DWORD_MAX}, not {value}")
    return {**declared, **given}


def _chooser(policy: Any, kernel: Kernel, setup: Setup) -> Chooser:
    if hasattr(policy, "begin") and not isinstance(policy, type):
        return policy.begin(kernel, setup)  # type: ignore[no-any-return]
    if not callable(policy) or isinstance(policy, type):
        raise TypeError(f"a policy is ks.RoundRobin() or the like, or a function of the ready threads, not {policy!r}")

    def choose(ready: list[Any]) -> Any:
        chosen = policy(list(ready))
        if not any(chosen is choice for choice in ready):
            able = ", ".join(choice.name for choice in ready)
            raise Misuse(f"the policy answered {chosen!r}, which is not ready; it must answer one of: {able}")
        return chosen

    return choose


def run(
    driver: Any,
    policy: Any = None,
    volume: Volume | None = None,
    max_steps: int = 1_000_000,
    stop: bool = False,
    **parameters: int,
) -> Run:
    """Start a driver as `sc.exe start` would, and let its threads run until nobody can go on.

    Parameters: `driver`, a sample module or an `async def DriverEntry(DriverObject, RegistryPath)`; `policy`, who runs
    next, asked where there is a choice (default RoundRobin()); `volume`, the disk before the run (default: C:\\Temp and
    C:\\Temp2, empty; it is copied, never changed); `max_steps`, after which the run is `unfinished`; `stop`, whether
    `sc.exe stop` follows once DriverEntry has returned; `parameters`, in place of the driver's own (whole numbers, a
    REG_DWORD each).
    Raises ValueError or TypeError for a parameter that cannot be, Misuse for a driver that cannot work.

    >>> from kevent_sim.samples import race
    >>> run(race, FileCount=2, WriteCount=1)
    race: completed after 16 steps
      C:\\Temp: 2 files
      C:\\Temp2: 0 files
      replay: ks.run(race, policy=ks.RoundRobin(), FileCount=2, WriteCount=1)
    """
    policy = RoundRobin() if policy is None else policy
    if isinstance(policy, Replay):
        parameters = parameters or dict(policy.schedule.parameters)
        stop = policy.schedule.stop
        if policy.schedule.verdict == "unfinished":
            max_steps = len(policy.schedule.choices)
    subject = Subject(driver, volume, max_steps, stop, parameters)

    def round_robin_steps() -> int:
        return len(run(driver, RoundRobin(), volume, max_steps, stop, **parameters).schedule.choices)

    with _alone():
        machine = Machine(subject)
        choose = _chooser(policy, machine.kernel, Setup(subject.name, subject.values, round_robin_steps))
        made = machine.drive(choose, _header(policy))
    if isinstance(policy, Replay):
        if made.verdict != policy.schedule.verdict:
            raise ValueError(f"the schedule ended {policy.schedule.verdict}, but this driver: {made.verdict}")
        if len(made.schedule.choices) != len(policy.schedule.choices):
            steps = len(made.schedule.choices)
            raise ValueError(f"the schedule has {len(policy.schedule.choices)} steps, but this driver: {steps}")
    return made


class Subject:
    """What is run, checked: a driver with its parameters, volume and limits. It can be booted again and again."""

    def __init__(
        self, driver: Any, volume: Volume | None, max_steps: int, stop: bool, parameters: Mapping[str, Any]
    ) -> None:
        if isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < 1:
            raise ValueError(f"max_steps is a whole number, 1 or more, not {max_steps!r}")
        if not isinstance(stop, bool):
            raise TypeError(f"stop is True or False, not {stop!r}")
        if volume is not None and not isinstance(volume, Volume):
            raise TypeError(
                f"volume is a Volume, not {volume!r}; type:  volume=ks.Volume(directories=[...], files={{...}})"
            )
        self.name, self.entry = _driver_entry(driver)
        self.values = _parameters(self.name, self.entry, parameters)
        self.volume, self.max_steps, self.stop = volume, max_steps, stop


class Machine:
    """One boot of a subject, with nothing run yet. To be used inside `_alone`."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.kernel = Kernel((subject.volume or Volume()).copy())
        self.service = Service(subject.name, subject.entry, subject.values)
        self.bugcheck: BugCheck | None = None

    def drive(self, choose: Chooser, header: str) -> Run:
        """Let it run until nobody can go on; the policy is asked where there is a choice."""
        kernel, always = self.kernel, getattr(choose, "timed", False)
        with self.running():
            for _ in range(self.subject.max_steps):
                ready = kernel.ready()
                if not ready:
                    break
                kernel.step(ready[0] if len(ready) == 1 and not always else choose(ready))
        return self.run(header)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the System thread; take note of a bug check; leave nothing behind."""
        collects = gc.isenabled()
        gc.disable()  # a trace only grows: walking it again and again would take a third of the time
        try:
            with recorded_by(self.kernel.record_access):
                self.kernel.create_thread("System", self.service.control(self.subject.stop), exits=False)
                yield
        except BugCheck as stopped:
            stopped.line = stopped.line or line_of_error(stopped)
            self.bugcheck, self.kernel.trace.stopped = stopped, self.kernel.current
        finally:
            for thread in self.kernel.threads:
                discard(thread.coroutine)
            if collects:
                gc.enable()

    def run(self, header: str) -> Run:
        """What has happened."""
        kernel, subject = self.kernel, self.subject
        if self.bugcheck is not None:
            verdict = "bugcheck"
        elif kernel.ready():
            verdict = "unfinished"
        else:
            waits = any(thread.State == KTHREAD_STATE.Waiting for thread in kernel.threads)
            verdict = "deadlock" if waits else "completed"
        choices = tuple(kernel.trace.column("choice"))
        schedule = Schedule(subject.name, tuple(subject.values.items()), header, choices, verdict, subject.stop)
        return Run(
            verdict, kernel.volume, self.service.state, self.service.status, _waiting(kernel), self.bugcheck,
            subject, schedule, kernel.trace,
        )  # fmt: skip


def _header(policy: Any) -> str:
    """What a schedule's header says of the policy: itself, for a shipped one; else the function's name."""
    if isinstance(policy, Replay):
        return policy.schedule.policy
    return repr(policy) if policy_of(repr(policy)) is not None else getattr(policy, "__name__", "policy")


_one_at_a_time = RLock()


@contextmanager
def _alone() -> Iterator[None]:
    """One machine runs at a time in a process, whatever thread asks: the slot `made` is one, and so is Python's
    garbage collector."""
    with _one_at_a_time, made.taken():
        yield


def _waiting(kernel: Kernel) -> tuple[Waiting, ...]:
    def waiting(thread: KTHREAD) -> Waiting:
        assert thread.wait is not None
        names = [Object.name or f"a {type(Object).__name__}" for Object in thread.wait.Objects]
        what = (" or " if thread.wait.WaitType else " and ").join(names) or "its delay"
        return Waiting(thread.name, what, line_of(*thread.call[2:]))

    return tuple(waiting(thread) for thread in kernel.threads if thread.State == KTHREAD_STATE.Waiting)

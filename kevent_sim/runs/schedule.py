"""A run as text: its schedule, with all that is needed to repeat it; and the policy that does."""

from __future__ import annotations

import ast
import re
import zlib
from dataclasses import dataclass
from typing import Any

from kevent_sim.machine.choice import Choice, parse
from kevent_sim.machine.kernel import Kernel
from kevent_sim.runs.policies import PCT, Chooser, Random, RoundRobin, Setup
from kevent_sim.runs.windows import Windows

SHIPPED = (RoundRobin, Random, PCT, Windows)
VERSION = 2
EARLIER = {1: "KeInitializeEvent was not a step"}  # version -> what was different when it was written


@dataclass(frozen=True)
class Schedule:
    """The choices of a run, with all that is needed to repeat it; `str` gives the text that `Replay` takes.

    A choice is a thread's number, or the time-out of a thread's wait (`choice.TimeOutOf`).
    """

    driver: str
    parameters: tuple[tuple[str, int], ...]
    policy: str
    choices: tuple[Choice, ...]
    verdict: str
    stop: bool = False
    machine: bool = False  # what is wrong with memory did not stop it

    def __str__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters)
        driver = f"{self.driver}({parameters}){' stop' * self.stop}{' machine' * self.machine}"
        body = f"{driver}; {self.policy}; {_pack(self.choices)}; {self.verdict}"
        return f"kevent_sim {VERSION}; {body}; {_checksum(body)}"

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule of which this text is the `str`. Raises a ValueError that says what is wrong with the text."""
        text = text.strip()
        match = re.fullmatch(
            r"kevent_sim (\d+); (([^();]+)\(([^()]*)\)( stop)?( machine)?; ([^;]*); ([^;]*); (\w+)); ([0-9a-f]{8})",
            text,
        )
        if match is None:
            raise ValueError(f"this is not a schedule text; one starts with 'kevent_sim {VERSION}; race(FileCount=...'")
        version, body, driver, parameters, stop, machine, policy, choices, verdict, checksum = match.groups()
        if int(version) != VERSION:
            when = f", when {EARLIER[int(version)]}" if int(version) in EARLIER else ""
            raise ValueError(
                f"schedule text of version {version}{when}; this kevent_sim reads version {VERSION}: run the driver "
                "again, and use the line that it prints now"
            )
        if checksum != _checksum(body):
            raise ValueError("the schedule text is damaged: its checksum does not match; copy it again, all of it")
        pairs = tuple((name, int(value)) for name, value in re.findall(r"([^ ,=]+)=(\d+)", parameters))
        schedule = cls(driver, pairs, policy, tuple(_unpack(choices)), verdict, bool(stop), bool(machine))
        if str(schedule) != text:  # something in it was passed over
            raise ValueError("the schedule text is damaged: kevent_sim writes it otherwise; copy it again, all of it")
        return schedule


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode(errors='surrogatepass')):08x}"


def _pack(choices: tuple[Choice, ...]) -> str:
    """Choices as text, repeats folded: `0*7 (1 2)*40 1*3 t2`; `t2` is the time-out of thread 2's wait."""
    words, at = [], 0
    while at < len(choices):
        best, length = 1, 1
        for period in range(1, 5):
            repeats = 1
            one = choices[at : at + period]
            while choices[at + repeats * period : at + (repeats + 1) * period] == one:
                repeats += 1
            if repeats > 1 and repeats * period > best * length:
                best, length = repeats, period
        word = " ".join(map(str, choices[at : at + length]))
        words.append(word if best == 1 else f"{word}*{best}" if length == 1 else f"({word})*{best}")
        at += best * length
    return " ".join(words)


def _unpack(text: str) -> list[Choice]:
    choices: list[Choice] = []
    for group, word, repeats in re.findall(r"(?:\(([^()]*)\)|(t?\d+))(?:\*(\d+))?", text):
        one = [parse(each) for each in (group or word).split()]
        choices += one * int(repeats or 1)
    return choices


class Replay:
    """The policy that repeats a run: same steps, statuses and outcome, and the same times where they were timed.

    Takes `run.schedule` or its text. A text that is damaged, or that belongs to another driver or other parameters,
    is refused. A run that began from a volume of its own needs that volume again.
    """

    def __init__(self, schedule: Schedule | str) -> None:
        if not isinstance(schedule, (Schedule, str)):
            raise TypeError(f"Replay takes run.schedule or its text, not {type(schedule).__name__}")
        self.schedule = Schedule.parse(schedule) if isinstance(schedule, str) else schedule

    def __repr__(self) -> str:
        return f"Replay({str(self.schedule)!r})"

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        given, mine = dict(setup.parameters), dict(self.schedule.parameters)
        if (setup.driver, given) != (self.schedule.driver, mine):
            raise ValueError(
                f"this schedule is for {self.schedule.driver} with {mine}; it does not fit {setup.driver} with {given}"
            )
        policy = policy_of(self.schedule.policy)
        if isinstance(policy, Windows):
            return _Retimed(kernel, self.schedule.choices, policy.begin(kernel, setup))
        return _Retimed(kernel, self.schedule.choices, None)


class _Retimed:
    """Follow recorded choices; where the run was timed, the policy that timed it does so again."""

    def __init__(self, kernel: Kernel, choices: tuple[Choice, ...], clock: Chooser | None) -> None:
        self.kernel, self.choices, self.clock = kernel, choices, clock
        self.timed = True  # to be asked at every step

    def __call__(self, ready: list[Any]) -> Any:
        step = self.kernel.steps
        if step >= len(self.choices):
            raise ValueError(f"the schedule ends after {step} steps, but this driver goes on: it is another driver's")
        named = self.choices[step]
        # Any pending time-out, as exploring fires them: a schedule needs no deadlines.
        chosen = next((one for one in [*ready, *self.kernel.pending()] if one.id == named), None)
        if chosen is None or (self.clock is not None and self.clock(ready) is not chosen):
            able = ", ".join(one.name for one in ready)
            raise ValueError(
                f"the schedule does not fit at step {step}: it names choice {named}; these can run: {able}"
            )
        return chosen


def policy_of(text: str) -> Any:
    """The shipped policy that a schedule's header names, e.g. `PCT(depth=2, seed=7)`; None for a learner's own."""
    name, arguments, _ = text.partition("(")
    shipped = next((policy for policy in SHIPPED if policy.__name__ == name), None)
    if not arguments or shipped is None:
        return None
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return shipped(**{str(word.arg): ast.literal_eval(word.value) for word in call.keywords})

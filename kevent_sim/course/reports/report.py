"""What is found out about a file of C: one run of it, the races along that run, and every order where that is asked."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from kevent_sim.c import CDriver, CError, load
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import IncludedLine, line_of_error
from kevent_sim.orders.exploration import Exploration
from kevent_sim.orders.explore import explore
from kevent_sim.orders.findings import DOUBTS, Finding
from kevent_sim.orders.races import Race, races
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run
from kevent_sim.runs.windows import Windows

POLICY = Windows(processors=2, seed=0)
FINE, BAD, UNKNOWN = 0, 1, 2  # exit statuses; of several files the highest counts

# Steps and executions after which a search gives up where no budget is given: minutes, on any machine.
SEARCH_STEPS, SEARCH_EXECUTIONS, LEAST_EXECUTIONS = 1_000_000, 10_000, 8

MAX_STEPS = 250_000  # of a run; the article's drivers take 105,000

# Races on what lies on the disk: an error, unless every order is known to end alike. One on memory always is one; and
# who comes first to an event, a mutex or an interlocked field is left to chance by intent.
ON_DISK = ("file", "name")

_LINE = r"line (\d+)(?: of ([^\s,;()]+))?"


class Message(NamedTuple):
    """`line` is 0 where it is about the whole file; `severity` is error, warning or note, as compilers have it."""

    line: int
    severity: str
    text: str
    kind: str = ""

    def told(self, file: str) -> str:
        """The message as editors and CI find it.

        >>> Message(7, "error", "Worker waits for Done", "deadlock").told("a.c")
        'a.c:7: error: Worker waits for Done [deadlock]'
        """
        if isinstance(self.line, IncludedLine):
            file = (Path(file).parent / self.line.file).as_posix()
        where = f"{file}:{int(self.line)}" if self.line else file
        return f"{where}: {self.severity}: {self.text}" + f" [{self.kind}]" * bool(self.kind)


@dataclass(frozen=True)
class Options:
    """How a driver is run, and whether every order of it is."""

    explore: bool = False
    stop: bool = False
    memory: str = "strict"
    budget: int | None = None


@dataclass(frozen=True)
class Report:
    """What is known of a file. `failed`: why it cannot be loaded, as it is told; `made`: the run, and `every` order;
    `refused`: at what that came to an end, where it did."""

    file: str
    driver: CDriver | None = None
    failed: str = ""
    said: str = ""  # what was warned of when the file was loaded
    made: Run | None = None
    every: Exploration | None = None
    messages: tuple[Message, ...] = ()
    refused: Message | None = None

    @property
    def status(self) -> int:
        if any(message.severity == "error" for message in self.messages):
            return BAD
        fine = self.made is not None and self.made.verdict == "completed" and self.refused is None
        return FINE if fine and (self.every is None or self.every.verdict == "holds") else UNKNOWN

    @property
    def verdict(self) -> str:
        if self.every is not None:
            return self.every.verdict
        return "cannot be said" if self.made is None else self.made.verdict

    @property
    def shown(self) -> Run | None:
        """The simplest bad run that is known; where none is, the one that was made."""
        bad = self.every.counterexample if self.every is not None else None
        return bad or self.made

    def counts(self) -> tuple[int, int]:
        """How many errors there are, but for the races; and how many races on data."""
        errors = [message for message in self.messages if message.severity == "error"]
        on_data = sum(message.kind == "race" for message in errors)
        return len(errors) - on_data, on_data


def loaded(path: Path) -> Report:
    """The report of a file before it is run."""
    file = path.as_posix()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            driver = load(path, name=file)
        except CError as error:
            included = Message(0, "error", "it includes what cannot be loaded:").told(file) + "\n"
            return Report(file, failed=included * (error.place.file != file) + str(error))
        except OSError as error:
            return Report(file, failed=Message(0, "error", _reason(path, error)).told(file))
        except Exception as error:
            return Report(file, failed=_refused(error).told(file))
    return Report(file, driver, said="\n".join(str(warning.message) for warning in caught))


def judged(report: Report, options: Options, parameters: Mapping[str, int]) -> Report:
    """The report of a loaded file after it was run; `parameters` are those of its own that are given."""
    driver = report.driver
    how: dict[str, Any] = {"stop": options.stop, "memory": options.memory, **parameters}
    made, every, refused = None, None, None
    found: tuple[Race, ...] = ()
    try:
        made = run(driver, policy=POLICY, max_steps=MAX_STEPS, **how)
        found = races(made)
        if options.explore:
            budget = options.budget or budget_for(len(made.schedule.choices))
            every = explore(driver, budget=budget, max_steps=MAX_STEPS, **how)
    except Exception as error:  # of one file; the others are run, and what was found so far is shown
        refused = _refused(error)
    messages = () if made is None else tuple(dict.fromkeys(_messages(made, every, found, options)))
    return replace(report, made=made, every=every, messages=messages, refused=refused)


def budget_for(steps: int) -> int:
    """How many executions a search may take where a run takes so many steps.

    >>> budget_for(16), budget_for(1_000), budget_for(105_000)
    (10000, 1000, 9)
    """
    return min(SEARCH_EXECUTIONS, max(LEAST_EXECUTIONS, SEARCH_STEPS // max(steps, 1)))


def _refused(error: Exception) -> Message:
    ours = isinstance(error, (Misuse, ValueError, TypeError))
    text = str(error) if ours else f"{type(error).__name__}: {error}"
    return Message(line_of_error(error), "error", text)


def _reason(path: Path, error: OSError) -> str:
    """Why a file cannot be read; where it is not there, in words that are the same on all systems."""
    return str(error.strerror) if path.exists() else "there is no such file"


def _messages(made: Run, every: Exploration | None, found: tuple[Race, ...], options: Options) -> Iterator[Message]:
    findings = () if every is None else every.findings
    along = {str(race) for race in found}
    for finding in findings:
        if finding.text not in along:
            yield from _of_finding(finding)
    if every is None or every.counterexample is None:
        yield from _of_run(made)
    hangs = made.verdict == "deadlock" or any(finding.kind == "deadlock" for finding in findings)
    if hangs and not options.stop:
        yield Message(0, "note", "if DriverUnload should end these waits, type  --stop  and it is called")
    alike = every is not None and every.verdict == "holds" and len(every.outcomes) == 1
    for race in found:
        yield from _of_race(race, race.kind == "field" or (race.kind in ON_DISK and not alike))
    if every is None and any(race.kind in ON_DISK for race in found):
        yield Message(0, "note", "type  --explore  to know whether it matters who comes first to a file")


def _of_finding(finding: Finding) -> Iterator[Message]:
    if finding.kind == "deadlock":
        yield from _hanging(finding.run)
    elif finding.kind == "data race":
        yield _lined("error", f"race on {finding.text}", "race")
    else:
        yield _lined("warning" if finding.kind in DOUBTS else "error", finding.text, finding.kind)


def _lined(severity: str, text: str, kind: str) -> Message:
    """A message at the line that its text ends with, which is left out there, or else at the first that it names."""
    if (last := re.fullmatch(rf"(.*) \({_LINE}\)", text, re.DOTALL)) and kind != "livelock":
        return Message(_line(*last.groups()[1:]), severity, last[1], kind)
    first = re.search(_LINE, text)
    return Message(_line(*first.groups()) if first else 0, severity, text, kind)


def _line(number: str, file: str | None) -> int:
    return IncludedLine(int(number), file) if file else int(number)


def _of_run(made: Run) -> Iterator[Message]:
    stop = made.bugcheck
    if stop is not None:
        yield Message(stop.line, "error", str(stop), stop.finding or made.verdict)
    elif made.verdict == "unfinished":
        yield Message(0, "warning", "no end of the run was reached: it polls, or is very long", "unfinished")
    for one in made.findings:
        if stop is None or one.text not in stop.reason:
            yield Message(one.line, "error", f"{one.text} ({one.thread})", one.kind)
    if made.verdict == "deadlock":
        yield from _hanging(made)
    if made.status is not None and made.status >= 0x8000_0000:
        yield Message(0, "error", f"DriverEntry returned {made.status}", "not started")


def _hanging(made: Run) -> Iterator[Message]:
    for waiting in made.waiting:
        yield Message(waiting.line, "error", f"{waiting.told}, for ever", "deadlock")


def _of_race(race: Race, is_wrong: bool) -> Iterator[Message]:
    if is_wrong:
        yield Message(race.first.line, "error", f"race on {race}", "race")
        yield Message(race.second.line, "note", f"the other side: {race.second.thread} {race.second.does}", "race")
    else:
        yield Message(race.first.line, "note", f"left to chance: {race}", "order")

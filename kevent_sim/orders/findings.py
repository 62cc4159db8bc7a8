"""What a search finds: what is wrong with a run, and what denies a proof."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kevent_sim.runs.result import Run

# Kinds of finding that deny a proof, but are no violation, with the reason ("": the finding's own text).
DOUBTS = {
    "data race": "data race: orders within steps were not explored",
    "shared memory": "shared memory: who reads and writes what is in no Structure is not seen",
    "clock": "the driver reads the clock, whose values are not explored",
    "priority": "the driver is told a priority that is not its base, and goes there with time: that is not explored",
    "order": "",
}
ORDER = (
    "{} depends on {}, which equivalent orders do not share. Ask each thread for its own calls, run.calls("
    '"..."), or every state: check=ks.always(lambda state: ...)'
)
PARTED = (
    "two orders that should go alike do not: {}. Something passes between threads that no routine and no Structure "
    "holds: put it into fields of a Structure, such as  class SHARED(Structure): Count: ULONG"
)
FICKLE = (
    "what is asked is answered otherwise of equivalent orders, which share all that a question may ask of a run: it "
    "depends on something else, such as what it was asked before, or which object it is"
)
POLLS = (
    "{} asks for the calls of {}, which polls: how often it polls in vain, no order of classes tells. Ask how the run "
    "ends, or every state: check=ks.always(lambda state: ...)"
)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run, or doubtful: `kind` is `check`, `deadlock`, `livelock` (all that can go on poll, and
    nothing will end their polling), `bugcheck` or `memory` (what a driver in C does wrong with memory); or it denies a
    proof: `data race`, `shared memory` (in no Structure, so that nobody sees who uses it), `clock` (the driver reads
    it), `priority` (it is told one that is not the base) or `order` (a question depends on what equivalent orders do
    not share). `text` says who, what and in which lines; `early`, whether a time-out fired in the run that a deadline
    might exclude."""

    kind: str
    text: str
    run: Run = field(repr=False, compare=False)
    early: bool = field(default=False, repr=False, compare=False)


class Wrong(NamedTuple):
    """What is wrong with a run, in values that need none; `cause` is the same for all that go wrong by one mistake."""

    kind: str
    text: str
    early: bool
    cause: Hashable
    preemptions: int

    def finding(self, run: Run) -> Finding:
        return Finding(self.kind, self.text, run, self.early)


def cause(kind: str, text: str, run: Run) -> Hashable:
    """What is waited for, and where; what has stopped the machine, and where; memory that was given up, whoever uses
    it."""
    if kind == "deadlock":
        return _hangs(run)
    stop = run.bugcheck
    return text if stop is None or stop.cause == stop.reason else stop.cause


def told_by(others: Iterable[Finding], found: Wrong) -> bool:
    """Do others tell, together, of each wait that hangs in it?"""
    known = {wait for other in others if other.kind == "deadlock" for wait in _hangs(other.run)}
    return isinstance(found.cause, frozenset) and known >= found.cause  # of a deadlock alone it is a set


def _hangs(run: Run) -> frozenset[tuple[str, int]]:
    """What is waited for, and in which lines; in what memory it lies is no part of that."""
    return frozenset((waiting.object.partition(" (in memory")[0], waiting.line) for waiting in run.waiting)

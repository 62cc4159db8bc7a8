"""What a search through every order came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kevent_sim.machine.thread import KTHREAD_STATE
from kevent_sim.machine.trace import PARKED
from kevent_sim.orders.findings import Finding
from kevent_sim.runs.result import Run


class Examples(Mapping[Any, Run]):
    """Outcome -> the first run that ended so. One that another process made is made again here when it is asked for."""

    def __init__(self) -> None:
        self._made: dict[Any, Run] = {}
        self._make: dict[Any, Callable[[], Run]] = {}

    def add(self, outcome: Any, make: Callable[[], Run]) -> None:
        self._make.setdefault(outcome, make)

    def __getitem__(self, outcome: Any) -> Run:
        if outcome not in self._made:
            self._made[outcome] = self._make[outcome]()
        return self._made[outcome]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._make)

    def __len__(self) -> int:
        return len(self._make)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True, repr=False)
class Exploration:
    """What `explore` returns.

    `verdict`: `holds` (the search was exhausted, no run was bad, there was no data race, and no thread changed memory
    that others share outside of structures), `violated` (there is a `counterexample`) or `inconclusive`; `reason` says
    why. `explored` classes of equivalent orders were run to their end. `outcomes`: outcome -> how many of the classes
    end so; `examples`: outcome -> a Run that does. `minimal`: no bad run has fewer preemptions than the counterexample;
    True only where the search proved it. `findings`: all that was wrong, each cause once; first what stops the machine,
    hangs or is false, then what denies a proof.
    """

    driver: str
    parameters: dict[str, int]
    verdict: str
    reason: str
    explored: int
    outcomes: dict[Any, int]
    examples: Mapping[Any, Run]
    counterexample: Run | None
    minimal: bool
    findings: tuple[Finding, ...]
    order: str = ""  # where memory is misused: what the orders alone come to, were nothing wrong with it

    @property
    def preemptions(self) -> int | None:
        """How often the counterexample takes the processor from a thread that could go on; None without one."""
        return None if self.counterexample is None else preemptions(self.counterexample)

    @property
    def rests_on_time_out(self) -> bool:
        """Whether a time-out fires in the counterexample while others could go on, or before one that is due earlier:
        how long calls take is not explored, and a deadline might exclude it."""
        return any(finding.early for finding in self.findings if finding.run is self.counterexample)

    @property
    def replay(self) -> str:
        """The line that repeats the counterexample; without one, the first run explored."""
        shown = self.counterexample or next(iter(self.examples.values()), None)
        return "" if shown is None else shown.replay

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        text = f"{self.driver}({given}): {self.verdict}; {self.reason}"
        text += f"\n  order: {self.order}" * bool(self.order)
        text += f"\n  explored: {counted(self.explored, 'class', 'classes')} of equivalent orders"
        text += f", {counted(len(self.outcomes), 'outcome')}"
        for finding in self.findings[:5]:
            text += f"\n  {finding.kind}: {finding.text}"
        if more := Counter(finding.kind for finding in self.findings[5:]):
            kinds = ", ".join(f"{kind} ({number})" for kind, number in more.items())
            text += f"\n  ... and {more.total()} more: {kinds}"
        if self.counterexample is not None:
            least = ", and no bad run has fewer" if self.minimal else ""
            text += f"\n  counterexample: {counted(self.preemptions or 0, 'preemption')}{least}"
            if self.rests_on_time_out:
                text += "; it rests on a time-out that a deadline might exclude"
        return f"{text}\n  replay: {self.replay}"


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def preemptions(run: Run) -> int:
    """How often the processor was taken from a thread that could go on: by another thread, or by a time-out."""
    trace, choices, results = run.trace, run.columns["choice"], run.columns["result"]
    ends = {choice: step for step, choice in enumerate(choices)}  # a thread's last step, kept where it ended by it
    for thread in trace.threads:
        if thread.State != KTHREAD_STATE.Terminated:
            ends.pop(thread.number, None)
    count, last, wakes, goes_on = 0, 0, 0, True
    for step, choice in enumerate(choices):
        while wakes < len(trace.wakes) and trace.wakes[wakes][0] < step:
            if trace.wakes[wakes][1].number == last:
                goes_on = True
            wakes += 1
        if step and choice != last and goes_on:
            count += 1
        if isinstance(choice, int):
            last, goes_on = choice, results[step] is not PARKED and ends.get(choice) != step
    return count

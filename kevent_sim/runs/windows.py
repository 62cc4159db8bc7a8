"""The policy that takes the time of calls into account: threads on processors, under stated assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random as Generator
from typing import Any

from kevent_sim.machine.irql import DISPATCH_LEVEL
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.stalls import stalled
from kevent_sim.machine.thread import KTHREAD, Timeout
from kevent_sim.runs.policies import Chooser, Setup
from kevent_sim.runs.subject import check_count

# The stated assumptions of `Windows`: typical durations in ticks of 100 ns. They are fitted to the course's measured
# runs, in which both threads were busy at the same time: a file created, written 100 times and closed took 1.5 ms, one
# opened, renamed and closed 1.2 ms, an open that failed 0.09 ms.
DURATIONS: Mapping[str, int] = {
    "thread start": 1_000,  # from PsCreateSystemThread until the new thread first runs
    "context switch": 20,  # from being released until running on an idle processor
    "ZwCreateFile": 3_000,
    "ZwOpenFile": 900,
    "ZwWriteFile": 110,
    "ZwReadFile": 110,
    "ZwSetInformationFile": 10_000,
    "ZwQueryInformationFile": 300,
    "ZwClose": 700,
    "PsCreateSystemThread": 300,
    "IoCreateDevice": 300,
    "IoDeleteDevice": 300,
    "any other routine": 10,
}
QUANTUM = 200_000  # 20 ms


@dataclass(frozen=True)
class Windows:
    """Threads on processors, as the Windows dispatcher places them; the clock fires time-outs.

    A processor runs the ready thread of the highest priority, first come first served; a strictly higher one preempts
    (here: between two calls), the preempted goes to the head of its queue; at the end of its quantum a boosted thread
    falls one level and, where an equal waits, goes to the tail. From DISPATCH_LEVEL on a thread keeps its processor
    whatever comes. Each call takes its duration from `DURATIONS`, with `durations` instead of some of them, times a
    factor between 1/2 and 3/2 drawn by `seed`. Sources: Win32, "Priority Boosts" and "Multitasking" (a quantum of about
    20 ms); head and tail of the queue as NT 5.2 does it, undocumented.
    """

    processors: int = 2
    seed: int = 0
    durations: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_count("processors", self.processors, 1)
        check_count("seed", self.seed, 0)
        if not isinstance(self.durations, Mapping):
            raise TypeError(f"durations is like {{'ZwWriteFile': 500}}, not {self.durations!r}")
        for name, ticks in self.durations.items():
            if name not in DURATIONS:
                raise ValueError(f"{name!r} has no duration of its own; these have: {', '.join(DURATIONS)}")
            check_count(f"the duration of {name}", ticks, 1)

    def __repr__(self) -> str:
        own = f", durations={dict(sorted(self.durations.items()))!r}" if self.durations else ""
        return f"Windows(processors={self.processors}, seed={self.seed}{own})"

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        return _Processors(kernel, self)


class _Ticks(dict[str, int]):
    def __missing__(self, name: str) -> int:
        return self["any other routine"]


_is_free = attrgetter("free")  # from when on


class _Processor:
    """`free`: the tick at which its last call ends. `thread` is the one placed here, until it cannot go on."""

    def __init__(self, number: int) -> None:
        self.number, self.free, self.quantum_end = number, 0, 0
        self.thread: KTHREAD | None = None

    def may_switch(self) -> bool:
        """Is there a thread here that another could take the place of?"""
        return self.thread is not None and self.thread.Irql < DISPATCH_LEVEL


class _Processors:
    timed = True  # to be asked at every step: it sets the kernel's clock

    def __init__(self, kernel: Kernel, policy: Windows) -> None:
        self.kernel = kernel
        self.draw = Generator(policy.seed).random
        self.ticks = _Ticks({**DURATIONS, **policy.durations})
        self.processors = [_Processor(number) for number in range(policy.processors)]
        self.busy: list[_Processor] = []  # those with a thread
        self.changes = -1  # the kernel's, when threads were last placed
        self.quantum_end = 0  # the earliest of the processors'
        self.started: set[int] = set()  # threads that have run

    def __call__(self, ready: list[Any]) -> Any:
        kernel = self.kernel
        if kernel.changes != self.changes or kernel.now >= self.quantum_end:
            self.place(ready)
        busy = self.busy
        first = busy[0] if len(busy) == 1 else min(busy, key=_is_free, default=None)
        last = ready[-1]
        if type(last) is Timeout and (first is None or last.due <= first.free):
            kernel.now = max(last.due, kernel.now)
            kernel.trace.times.extend((kernel.now, 0, kernel.trace.times[-1]))
            return last
        assert first is not None
        thread = first.thread
        assert thread is not None
        routine, now = thread.call[0], first.free
        duration = int(self.ticks[routine.name] * (0.5 + self.draw())) or 1  # as `duration`, without its call
        if routine.role == "stalls":
            duration += stalled(thread.call)
        kernel.now = now
        kernel.trace.times.extend((now, duration, first.number))
        first.free += duration
        return thread

    def duration(self, name: str) -> int:
        return int(self.ticks[name] * (0.5 + self.draw())) or 1

    def place(self, ready: list[Any]) -> None:
        """Give processors to the ready threads that should have them."""
        placed = []
        for processor in self.processors:
            if processor.thread is not None and processor.thread not in ready:
                processor.thread = None
            placed.append(processor.thread)
        queue = [choice for choice in ready if choice not in placed and isinstance(choice, KTHREAD)]
        queue.sort(key=lambda thread: (-thread.Priority, thread.queued))
        for processor in self.processors:
            if processor.may_switch() and processor.free >= processor.quantum_end:
                self.end_quantum(processor, queue)
        for thread in queue:
            if not self.give_processor(thread):
                break
        self.busy = [processor for processor in self.processors if processor.thread is not None]
        self.quantum_end = min((processor.quantum_end for processor in self.busy), default=0)
        self.changes = self.kernel.changes

    def end_quantum(self, processor: _Processor, queue: list[KTHREAD]) -> None:
        thread = processor.thread
        assert thread is not None
        thread.decay()
        processor.quantum_end = processor.free + QUANTUM
        if queue and queue[0].Priority >= thread.Priority:
            self.kernel.to_tail(thread)
            processor.thread = None
            queue.append(thread)
            queue.sort(key=lambda other: (-other.Priority, other.queued))

    def give_processor(self, thread: KTHREAD) -> bool:
        idle = [processor for processor in self.processors if processor.thread is None]
        if idle:
            processor = min(idle, key=lambda processor: (max(processor.free, thread.since), processor.number))
        else:
            able = [processor for processor in self.processors if processor.may_switch()]
            if not able:
                return False
            processor = min(able, key=lambda processor: processor.thread.Priority)  # type: ignore[union-attr]
            victim = processor.thread
            if victim is None or victim.Priority >= thread.Priority:
                return False
            self.kernel.to_head(victim)
            victim.since = processor.free
        delay = "context switch" if thread.number in self.started else "thread start"
        self.started.add(thread.number)
        processor.thread = thread
        processor.free = max(processor.free, thread.since) + self.duration(delay)
        processor.quantum_end = processor.free + QUANTUM
        return True

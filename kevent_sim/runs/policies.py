"""Who runs next? Any callable `policy(ready) -> choice` is a policy; these are the ones we ship.

A shipped policy is a value that describes itself; `begin(kernel, setup)` answers the callable for one run, so that the
same policy gives the same run twice. Randomness is one `random.Random(seed)`, drawn by `.random()` only, whose
sequence is the same on every Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from random import Random as Generator
from typing import Any, NamedTuple

from kevent_sim.machine.irql import DISPATCH_LEVEL
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.thread import KTHREAD, Timeout
from kevent_sim.runs.subject import check_count

Chooser = Callable[[list[Any]], Any]


class Setup(NamedTuple):
    """What a policy may know of the run it is asked for."""

    driver: str
    parameters: Mapping[str, int]
    round_robin_steps: Callable[[], int]  # the steps of one RoundRobin run of the same driver and parameters


def _shown(policy: Any) -> str:
    """A policy as one types it: its name and the fields that were given or have a default of their own."""
    given = [(each.name, getattr(policy, each.name)) for each in fields(policy)]
    words = ", ".join(f"{name}={value!r}" for name, value in given if value is not None)
    return f"{type(policy).__name__}({words})"


def _fires(ready: list[Any], now: int) -> Timeout | None:
    """The time-out among the choices, where it is due or nobody else can run."""
    last = ready[-1]
    return last if isinstance(last, Timeout) and (last.due <= now or len(ready) == 1) else None


@dataclass(frozen=True)
class RoundRobin:
    """Every ready thread one step in turn, by number; a time-out when it is due, or when nobody else can run.

    Only steps that were chosen count as a turn: a thread that ran because nobody else could is not put last for it.
    """

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        last = -1

        def choose(ready: list[Any]) -> Any:
            nonlocal last
            chosen = _fires(ready, kernel.now)
            if chosen is None:
                threads = ready[:-1] if isinstance(ready[-1], Timeout) else ready
                chosen = next((thread for thread in threads if thread.number > last), threads[0])
                last = chosen.number
            return chosen

        return choose


@dataclass(frozen=True, repr=False)
class Random:
    """A random choice, kept for a burst of steps whose mean length is `burst` (default: a tenth of the run).

    Choosing anew at every step would show one outcome of the course's race for ever: the creator needs 102 steps for
    what the mover passes in one. A burst ends early when its thread cannot go on.
    """

    seed: int = 0
    burst: int | None = None

    __repr__ = _shown

    def __post_init__(self) -> None:
        check_count("seed", self.seed, 0)
        if self.burst is not None:
            check_count("burst", self.burst, 1)

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        draw = Generator(self.seed).random
        mean = self.burst or max(1, setup.round_robin_steps() // 10)
        chosen, until = None, 0

        def choose(ready: list[Any]) -> Any:
            nonlocal chosen, until
            if kernel.steps >= until or chosen not in ready:
                chosen = ready[int(draw() * len(ready))]
                until = kernel.steps + 1 + int(draw() * (2 * mean - 1))
            return chosen

        return choose


@dataclass(frozen=True, repr=False)
class PCT:
    """Probabilistic concurrency testing: random priorities, lowered at depth - 1 random steps.

    The ready thread of the highest priority runs; at each change point the one that would run falls below all others.
    A bug of depth d among n threads and k steps is met with probability 1/(n k^(d-1)) at least. `steps` is k (default:
    the steps of a RoundRobin run). Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with
    Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. Ours draws a thread's priority when it is first ready.
    """

    depth: int = 2
    seed: int = 0
    steps: int | None = None

    __repr__ = _shown

    def __post_init__(self) -> None:
        check_count("depth", self.depth, 1)
        check_count("seed", self.seed, 0)
        if self.steps is not None:
            check_count("steps", self.steps, 1)

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        draw = Generator(self.seed).random
        steps = self.steps or setup.round_robin_steps()
        changes = sorted(int(draw() * steps) for _ in range(self.depth - 1))
        priority: dict[int, float] = {}  # drawn ones lie in [0, 1); the i-th change point lowers to -i

        def choose(ready: list[Any]) -> Any:
            for choice in ready:
                if choice.number not in priority:
                    priority[choice.number] = draw()
            chosen = max(ready, key=lambda choice: priority[choice.number])
            while changes and changes[0] <= kernel.steps:
                changes.pop(0)
                priority[chosen.number] = min(0.0, *priority.values()) - 1
                chosen = max(ready, key=lambda choice: priority[choice.number])
            return chosen

        return choose


# The stated assumptions of `Windows`: typical durations in ticks of 100 ns. They are fitted to the course's measured
# runs, in which both threads were busy at once: a file created, written 100 times and closed took 1.5 ms, one opened,
# renamed and closed 1.2 ms, an open that failed 0.09 ms.
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
    whatever comes. Each call takes its duration from `DURATIONS`,
    with `durations` in place of some, times a factor between 1/2 and 3/2 drawn by `seed`. Sources: Win32, "Priority
    Boosts" and "Multitasking" (a quantum of about 20 ms); head and tail of the queue as NT 5.2 does it, undocumented.
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
                raise ValueError(f"{name!r} has no duration of its own; those that have: {', '.join(DURATIONS)}")
            check_count(f"the duration of {name}", ticks, 1)

    def __repr__(self) -> str:
        own = f", durations={dict(sorted(self.durations.items()))!r}" if self.durations else ""
        return f"Windows(processors={self.processors}, seed={self.seed}{own})"

    def begin(self, kernel: Kernel, setup: Setup) -> Chooser:
        return _Processors(kernel, self)


class _Ticks(dict[str, int]):
    def __missing__(self, name: str) -> int:
        return self["any other routine"]


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
        first = None
        for processor in self.busy:
            if first is None or processor.free < first.free:
                first = processor
        last = ready[-1]
        if type(last) is Timeout and (first is None or last.due <= first.free):
            kernel.now = max(last.due, kernel.now)
            kernel.trace.times += kernel.now, 0, kernel.trace.times[-1]
            return last
        assert first is not None
        thread = first.thread
        assert thread is not None
        kernel.now, duration = first.free, self.duration(thread.call[0].name)
        kernel.trace.times += kernel.now, duration, first.number
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

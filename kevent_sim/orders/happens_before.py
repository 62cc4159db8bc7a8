"""What the threads of an execution themselves put in order; and of a run's steps, for a picture."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from kevent_sim.machine.call import Routine
from kevent_sim.machine.choice import Choice
from kevent_sim.machine.memory import Atomic, Span, Structure, Within
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, NTSTATUS, STATUS_ALERTED
from kevent_sim.machine.objects import FAST_MUTEX, KMUTEX, KSEMAPHORE
from kevent_sim.machine.trace import ROW, Access, Trace
from kevent_sim.orders.order import Clock, Order, joined
from kevent_sim.runs.result import Run

# -- accesses to memory ----------------------------------------------------------------------------------------------


def unordered_accesses(order: Order, trace: Trace, event_of_step: Sequence[int]) -> list[tuple[Access, Access]]:
    """Accesses to a field of a shared structure that conflict and are in no order: one pair of each two lines."""
    latest: dict[Any, dict[Any, Access]] = {}
    found: dict[Any, tuple[Access, Access]] = {}

    def around(access: Access) -> tuple[int | None, int | None]:
        """The events between which its thread made an access, or in which; the first is its creator's, where it had not
        run."""
        step, thread = access[:2]
        if isinstance(access[4], Within):
            return event_of_step[step - 1], event_of_step[step - 1]
        mine = order.events_of(thread)
        if step and trace.rows[(step - 1) * ROW] == thread:
            before: int | None = event_of_step[step - 1]
            at = bisect_right(mine, event_of_step[step - 1])
        else:
            before, at = event_of_step[step] if step < len(event_of_step) else None, 0
        return before, mine[at] if at < len(mine) else None

    def is_before(one: Access, other: Access) -> bool:
        """An access lies between two steps of its thread, or in one. It is before another when the second of them
        happens before the step that the other one follows, or is in."""
        following, preceding = around(one)[1], around(other)[0]
        if preceding is None or following is None:
            return False
        return following == preceding or order.before(following, preceding)

    accesses = trace.all_accesses()
    pieces = _pieces(accesses)
    for access in accesses:
        if access[0] > len(event_of_step):  # of steps that are not in the order
            break
        _, thread, structure, name, writes, *site = access
        for piece in pieces(structure, name):
            others = latest.setdefault((id(structure), piece), {})  # its own == is not asked
            for (other, wrote, *_), earlier in others.items():
                in_steps = isinstance(writes, Atomic) and isinstance(wrote, Atomic)
                if other != thread and (writes or wrote) and not in_steps and not is_before(earlier, access):
                    found.setdefault((id(structure), name, *earlier[4:], *access[4:]), (earlier, access))
            others[thread, writes, *site] = access
    return list(found.values())


def _pieces(accesses: Iterable[Access]) -> Callable[[Structure, str], Iterable[Any]]:
    """What an access is of: a field is one piece; of bytes those that some access begins or ends between."""
    cuts: dict[int, set[int]] = {}
    for _, _, structure, name, *_ in accesses:
        if isinstance(name, Span):
            cuts.setdefault(id(structure), set()).update((name.start, name.end))
    ordered = {structure: sorted(ends) for structure, ends in cuts.items()}

    def pieces(structure: Structure, name: str) -> Iterable[Any]:
        if not isinstance(name, Span):
            return (name,)
        ends = ordered[id(structure)]
        return ends[bisect_left(ends, name.start) : bisect_left(ends, name.end)]

    return pieces


# -- what the threads themselves order -------------------------------------------------------------------------------


def signals_found(routine: Routine, subject: Any, result: Any) -> tuple[Any, ...]:
    """The objects whose signal a wait found when it came. One that blocked joins whoever released it, and one for all
    of several objects each one's signal, too."""
    if routine.role != "waits" or not _satisfied(result):
        return ()
    if isinstance(subject, tuple):
        return subject
    return () if routine.returning else (subject,)


def _satisfied(result: Any) -> bool:
    """That a routine which waits has got what it was for: None and True are what those of a fast mutex return."""
    return result is None or result is True or (isinstance(result, NTSTATUS) and result < STATUS_ALERTED)


def unordered_events(order: Order, steps: Sequence[tuple[Routine, Any, Any]]) -> list[tuple[int, int]]:
    """Conflicting events in no order but that of the run; once told, a pair counts as ordered. Of each event `steps`
    has routine, subject and result.

    What orders: a thread's own steps, its creation, the signal that released it, the signal it found when it came.
    """
    found: list[tuple[int, int]] = []
    clocks: list[Clock] = []
    last: dict[int, Clock] = {}  # chain -> the clock of its last event
    touched: dict[Any, dict[tuple[int, bool], int]] = {}  # cell -> (chain, writes) -> the last event
    signal: dict[Any, Clock] = {}  # object -> the clock of its last signal; of a semaphore, of all of them
    for number, (_, chain, place, cells, _, causes) in enumerate(order.events):
        routine, subject, result = steps[number]
        clock = last.get(chain, ())
        for cause in causes:
            clock = joined(clock, clocks[cause])
        for taken in signals_found(routine, subject, result):
            clock = joined(clock, signal.get(taken, ()))
        candidates = set()
        for cell, writes in cells or ():
            others = touched.setdefault(cell, {})
            candidates |= {
                at
                for (other, wrote), at in others.items()
                if other != chain and (writes or wrote) and not _for_a_turn(order.met[cell], routine, steps[at][0])
            }
            others[chain, writes] = number
        clock = joined(clock, (0,) * chain + (place,))
        for other in sorted(candidates, reverse=True):
            event = order.events[other]
            ordered = event.chain < len(clock) and clock[event.chain] >= event.place
            if not ordered and not _signal_and_wait(routine, steps[other][0]):
                found.append((other, number))
                clock = joined(clock, clocks[other])
        clocks.append(clock)
        if routine.role in ("signals", "alerts") and not isinstance(result, EXCEPTION_RECORD):
            signal[subject] = joined(signal.get(subject, ()), clock) if isinstance(subject, KSEMAPHORE) else clock
        last[chain] = clock
    return found


def _signal_and_wait(one: Routine, other: Routine) -> bool:
    """That they may come in either order is what events are for."""
    roles = {one.role, other.role}
    return bool(roles & {"waits", "ends a wait"}) and bool(roles & {"signals", "alerts"})


def _for_a_turn(cell: Any, one: Routine, other: Routine) -> bool:
    """Do two threads come for a mutex? That they have it in either order, and never at once, is what it is for."""
    return cell[0] == "object" and isinstance(cell[1], KMUTEX | FAST_MUTEX) and one.role == other.role == "waits"


# -- for a picture ---------------------------------------------------------------------------------------------------


class Edge(NamedTuple):
    """A step of one thread that had to come before a step of another: it created it, or gave the signal it took."""

    start: int
    by: str
    end: int
    of: str


def edges(run: Run) -> list[Edge]:
    """What puts steps of different threads in order: creations, releases, and signals that a wait found."""
    columns = run.columns
    choices, starts = columns["choice"], columns["start"]
    steps_of: dict[Choice, list[int]] = {}
    for step, choice in enumerate(choices):
        steps_of.setdefault(choice, []).append(step)

    def edge(one: int, other: int) -> Edge:
        return Edge(starts[one], run.threads[choices[one]], starts[other], run.threads[choices[other]])

    found = []
    for step, thread in run.trace.wakes:
        mine = steps_of.get(thread.number, [])
        after = bisect_right(mine, step)
        if step < len(choices) and isinstance(choices[step], int) and after < len(mine):
            found.append(edge(step, mine[after]))
    signals: dict[Any, int] = {}  # object -> the last step that signaled it
    for step, (routine, subject, result) in enumerate(
        zip(columns["routine"], columns["subject"], columns["result"], strict=True)
    ):
        if routine.role == "signals":
            signals[subject] = step
        if isinstance(choices[step], int):
            # One that was signaled from the start has no step that did it.
            found += [edge(signals[one], step) for one in signals_found(routine, subject, result) if one in signals]
    return [edge for edge in dict.fromkeys(found) if edge.by != edge.of]

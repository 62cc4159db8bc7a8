"""What had to come before what in an execution, by vector clocks.

Events are steps, numbered as they were taken. An event happens before another when a path of these leads from it: the
next step of the same thread; the first step of a thread it created; the return of a wait it released; the end of the
time-out whose wait it began; a later event that conflicts with it (they share a cell that one of them writes).

A clock counts the events of chains, in each of which one happens before the next: a thread's steps are one, and so are
its time-outs, as far as each knew the one before. So a clock is as long as there are threads, however long they poll.

Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978; Mattern, "Virtual Time and Global
States of Distributed Systems", 1989.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

from kevent_sim.machine.choice import Choice, TimeOutOf

Cells = list[tuple[Any, bool]] | None  # (cell, writes); None: it conflicts with everything
Numbered = list[tuple[int, bool]] | None  # the same, of cells by their numbers in an order
Clock = tuple[int, ...]  # chain -> how many of its events are known

_UNMET: tuple[int, dict[int, int]] = (-1, {})


def conflict(one: Cells | Numbered, other: Cells | Numbered) -> bool:
    """Do two calls touch a cell that one of them writes?"""
    if one is None or other is None:
        return True
    return any(cell == its and (writes or it_writes) for cell, writes in one for its, it_writes in other)


def joined(one: Clock, other: Clock) -> Clock:
    """What both know together."""
    if len(one) < len(other):
        one, other = other, one
    return (*map(max, one, other), *one[len(other) :])


class Event(NamedTuple):
    choice: Choice
    chain: int  # index of its chain
    place: int  # among the events of its chain, from 1
    cells: Numbered
    clock: Clock  # what happened before it, itself included
    causes: tuple[int, ...]  # the events that created its thread or released its wait


TAKEN_BACK = 1_000  # events: a longer order is not taken back, and keeps no journal
EVERYTHING = -1  # the cell of the last event that conflicts with everything
_ABSENT: Any = object()
_NOTHING: tuple[Cells, Numbered] = (None, None)


class Order:
    """The events of an execution in their partial order, while they come.

    A cell names a thing, and each execution has things of its own. So cells are numbered as they are met first: by its
    number a cell is the same in all executions that begin alike, and one can take over the order of another.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.races: list[tuple[int, int]] = []
        self.met: list[Any] = []  # cells, by number
        self.meeting: list[int] = []  # events in which cells were met first
        self._numbers: dict[Any, int] = {}
        self._chains: list[list[int]] = []
        self._whose: dict[Choice, tuple[int, ...]] = {}  # a thread -> its chain; TimeOutOf(thread) -> its time-outs'
        self._known: dict[Choice, Clock] = {}  # what a choice's next event knows by then
        self._causes: dict[Choice, tuple[int, ...]] = {}  # the same as events
        # Number of a cell -> its last write; of each chain that has read it since, the last read.
        self._cells: dict[int, tuple[int, dict[int, int]]] = {}
        self._touched: dict[int, tuple[Cells, Numbered]] = {}  # chain -> cells of its last event
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []  # what was written: table, key, value before
        self._marks: list[int] = []  # of each event, how long the journal was before it

    def number(self, cell: Any) -> int:
        found = self._numbers.get(cell)
        if found is None:
            found = self._numbers[cell] = len(self.met)
            self.met.append(cell)
            if self._marks and self.meeting[-1:] != [len(self._marks) - 1]:
                self.meeting.append(len(self._marks) - 1)
        return found

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Write what goes when the order is taken back to before the current event."""
        if len(self.events) <= TAKEN_BACK:
            self._journal.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def add(self, choice: Choice, cells: Cells) -> bool:
        """The next event, with its clock and the races in which it is the second. Does it touch what the last one of
        its chain touched?"""
        number = len(self.events)
        self._marks.append(len(self._journal))
        clock = self._known.get(choice, ())
        chain = self._chain(choice, clock)
        mine = self._chains[chain]
        mine.append(number)
        same = cells is not None and self._touched.get(chain, _NOTHING)[0] == cells
        if same:
            numbered = self._touched[chain][1]
        else:
            numbered = None if cells is None else [(self.number(cell), writes) for cell, writes in cells]
            self._touched[chain] = cells, numbered
        for other in sorted(self._conflicting(number, chain, numbered), reverse=True):
            event = self.events[other]
            if event.chain < len(clock) and clock[event.chain] >= event.place:
                continue
            self.races.append((other, number))
            clock = joined(clock, event.clock)
        if len(clock) <= chain:
            clock = clock + (0,) * (chain + 1 - len(clock))
        clock = (*clock[:chain], len(mine), *clock[chain + 1 :])
        causes = self._causes.get(choice, ())
        if causes:
            self.put(self._causes, choice, ())
        self.events.append(Event(choice, chain, len(mine), numbered, clock, causes))
        self.put(self._known, choice, clock)
        return same

    def _chain(self, choice: Choice, clock: Clock) -> int:
        """The chain that the next event of a choice, which knows so much, belongs to."""
        whose = choice if isinstance(choice, int) else TimeOutOf(choice.thread)
        known = self._whose.get(whose, ())
        for chain in known:
            if len(self._chains[chain]) == (clock[chain] if chain < len(clock) else 0):
                return chain
        self.put(self._whose, whose, (*known, len(self._chains)))
        self._chains.append([])
        return len(self._chains) - 1

    def _conflicting(self, number: int, chain: int, cells: Numbered) -> set[int]:
        """The last events of other chains that this one conflicts with."""
        found: set[int] = set()
        if cells is None:
            self.put(self._cells, EVERYTHING, (number, {}))
            return {others[-1] for at, others in enumerate(self._chains) if at != chain and others}
        if EVERYTHING in self._cells:
            found.add(self._cells[EVERYTHING][0])
        for cell, writes in cells:
            last, reads = self._cells.get(cell, _UNMET)
            if last >= 0:
                found.add(last)
            if writes:
                found.update(reads.values())
                self.put(self._cells, cell, (number, {}))
            elif reads:
                self.put(reads, chain, number)
            else:
                self.put(self._cells, cell, (last, {chain: number}))
        found.discard(number)  # it may name a cell twice
        return {other for other in found if self.events[other].chain != chain}

    def releases(self, choice: Choice) -> None:
        """The last event made a thread ready, or began the wait of a time-out: what comes of it comes after."""
        last = len(self.events) - 1
        self.put(self._causes, choice, (*self._causes.get(choice, ()), last))
        self.put(self._known, choice, joined(self._known.get(choice, ()), self.events[last].clock))

    def back_to(self, event: int) -> None:
        """Take back this event and all later ones. Who repeats the others meets their cells anew."""
        while len(self._journal) > self._marks[event]:
            table, key, before = self._journal.pop()
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before
        for chain in self._chains:
            del chain[bisect_left(chain, event) :]
        while self._chains and not self._chains[-1]:
            self._chains.pop()
        del self.events[event:], self._marks[event:], self.meeting[bisect_left(self.meeting, event) :]
        while self.races and self.races[-1][1] >= event:
            self.races.pop()
        self._numbers, self.met, self._touched = {}, [], {}

    def cells_of(self, event: int) -> Cells:
        """What an event touched."""
        cells = self.events[event].cells
        return None if cells is None else [(self.met[cell], writes) for cell, writes in cells]

    def knows(self, choice: Choice) -> bool:
        """Did the choice have an event, or is there one that it comes after?"""
        return choice in self._known

    def before(self, one: int, other: int, program_only: bool = False) -> bool:
        """Does event `one` happen before event `other`?"""
        first, second = self.events[one], self.events[other]
        if program_only:
            return first.choice == second.choice and one < other
        return first.chain < len(second.clock) and second.clock[first.chain] >= first.place

    def not_after(self, first: int) -> list[int]:
        """The events later than `first` that do not happen after it, in order."""
        event = self.events[first]
        found: list[int] = []
        for chain, mine in enumerate(self._chains):
            if chain != event.chain:
                start = bisect_right(mine, first)
                end = bisect_left(mine, True, lo=start, key=lambda other: self.before(first, other))
                found += mine[start:end]
        return sorted(found)

    def chains(self) -> list[list[int]]:
        """All events, by chains."""
        return self._chains

    def events_of(self, thread: int) -> list[int]:
        """The steps of a thread, in order."""
        return self._chains[self._whose[thread][0]] if thread in self._whose else []

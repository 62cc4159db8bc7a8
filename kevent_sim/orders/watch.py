"""What the questions of a search read of the states of its runs, and so which steps their answers depend on.

`explore` runs one order of each class of equivalent orders, and equivalent orders go through different states. So it
is noted which cells a question reads, and a step that writes one of them counts as conflicting with every other such
step: each order of them is explored. The sequence of values that a view takes is then the same for a whole class.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ref

from kevent_sim.machine.call import Footprint
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.memory import Structure, parts_of, recorded_by, values_of
from kevent_sim.machine.objects import KEVENT, DispatcherObject
from kevent_sim.machine.paths import parent_of
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.machine.trace import Access
from kevent_sim.orders.questions import Along, settled
from kevent_sim.orders.state import Cell, Listing, State

Site = tuple[Any, ...]  # code object and instruction of a call

SEEN: tuple[Cell, bool] = (("seen",), True)  # what every step writes that a question can see


def _refuse(structure: Structure, field: str, *_: Any) -> None:
    """What a question reads past its state is not seen."""
    name = type(structure).__name__
    raise TypeError(
        f'a question that reads {name}.{field} itself is not seen to; type:  state.value("{name}", "{field}")'
    )


class Watch:
    """What the questions of a search read, in terms that hold for all its runs."""

    def __init__(self, asked: list[Along]) -> None:
        self.asked = asked
        self.cells: set[Cell] = set()
        self.sites: set[Site] = set()  # calls after which a field that is read has been written
        self.found: set[Cell] = set()  # of what is read by name, what there was in some state
        self.grown = False  # something was added: what was taken for independent so far may not be
        self.last: View | None = None  # of the last run

    def add(self, known: set[Any], new: Any) -> None:
        if new not in known:
            known.add(new)
            self.grown = True

    def shows(self, cell: Cell) -> bool:
        """Could a write of this cell be seen?"""
        match cell:
            case "name", path:
                return ("directory", parent_of(path)) in self.cells
            case "data", _:
                return ("data",) in self.cells
            case "object", DispatcherObject() as one:
                return ("object", one.name) in self.cells
            case "object name", str() as name:
                last = name.upper().rpartition("\\")[2]
                return any(kind == "object" and called.upper() == last for kind, called, *_ in self._named())
            case "threads", _:  # a new one stands somewhere
                return any(kind == "place" for kind, *_ in self.cells)
        return False

    def _named(self) -> list[Cell]:
        return [cell for cell in self.cells if len(cell) > 1]

    def unknown(self) -> str:
        """What a question reads that there was in no state of any run, in words; "" where there is no such thing."""
        view = self.last
        assert view is not None
        known: dict[str, Iterable[str]] = {
            "object": view.objects,
            "field": view.structures,
            "place": [thread.name for thread in view.kernel.threads],
            "directory": view.kernel.volume.directories(),
        }
        words = {"object": "event, semaphore, mutex or thread", "field": "structure", "place": "thread"}
        for kind, name, *_ in sorted(self._named(), key=str):
            if kind in known and (kind, name) not in self.found:
                there = ", ".join(filter(None, known[kind])) or "none"
                return (
                    f"a question asks of the {words.get(kind, kind)} {name}, and no state has one; there are: {there}"
                )
        return ""


class View:
    """What the questions of a search see of one run, while it is made."""

    def __init__(self, watch: Watch, kernel: Kernel) -> None:
        self.watch, self.kernel, watch.last = watch, kernel, self
        self.objects: dict[str, list[DispatcherObject]] = {}
        self.structures: dict[str, list[Structure]] = {}
        self.values: list[list[Any]] = [[] for _ in watch.asked]  # of each, equal neighbours once
        self.broken: dict[int, int] = {}  # number of an `always` -> steps taken when it was false for the first time
        self._given: list[ref[Listing]] = []
        self._accesses = self._shared = 0  # how many of the trace's were looked at
        # Structures in which something may have been before their first use, by id -> threads that have used them.
        self._had_before: dict[int, set[int]] = {}
        self._met: set[DispatcherObject] = set()  # objects that a step has touched, and those that one has written
        self._written: set[DispatcherObject] = set()
        self._named: dict[str, KEVENT] = {}  # path -> the event that had it last

    def reads(self, cell: Cell) -> None:
        self.watch.add(self.watch.cells, cell)

    def finds(self, kind: str, name: str) -> None:
        self.watch.found.add((kind, name))

    def gives(self, listing: Listing) -> None:
        self._given.append(ref(listing))

    def _answered(self) -> None:
        """A view has answered. A listing that is part of the answer may be asked for sizes later."""
        if any(listing() is not None for listing in self._given):
            self.reads(("data",))
        self._given.clear()

    def sees(self, target: Any, cells: list[tuple[Cell, bool]]) -> bool:
        """Could the step change what a question reads? `target`, the thread or time-out that takes it."""
        watch = self.watch
        if isinstance(target, KTHREAD) and (
            ("place", target.name) in watch.cells or target.call[2:] in watch.sites
        ):  # fmt: skip
            return True
        return any((writes or self._makes_known(cell)) and watch.shows(cell) for cell, writes in cells)

    def _makes_known(self, cell: Cell) -> bool:
        """Could the use of an object be what makes it known by its name? Of one that no step has initialised each use
        could be the first: in which order they come, a class does not say."""
        if cell[0] != "object" or isinstance(cell[1], KTHREAD):
            return False
        return isinstance(cell[1], DispatcherObject) and cell[1] not in self._written

    def look(self, steps: int, cells: Footprint | None, site: Site | None) -> None:
        """Ask the questions of the state that a step has led to, unless it cannot be told from the one before.

        `steps` taken by then, `cells` that the last of them touched, `site` of its call.
        """
        self._meet_objects(cells or ())
        more = self._meet_fields(site)
        if steps and cells is not None and SEEN not in cells and not more:
            return
        state = State(self.kernel, self)
        for at, (one, values) in enumerate(zip(self.watch.asked, self.values, strict=True)):
            try:
                with recorded_by(_refuse):
                    value = settled(one.view(state), one.view)
            except Exception as error:
                error.add_note(f"The state after step {steps} was asked.")
                raise
            self._answered()
            if not values or values[-1] != value:
                values.append(value)
                if one.always and not value:
                    self.broken.setdefault(at, steps)
        state.end()

    def _meet_objects(self, cells: Footprint) -> None:
        for cell, writes in cells:
            kind, one = cell[0], cell[-1]
            if kind == "object name":
                one = self._event_named(one)
            elif kind != "object":
                continue
            if isinstance(one, DispatcherObject):
                if writes:
                    self._written.add(one)
                if one not in self._met:
                    self._met.add(one)
                    self.objects.setdefault(one.name, []).append(one)
                    self.finds("object", one.name)

    def _event_named(self, path: str) -> KEVENT | None:
        """The event that has a name now. One that had it before, and is gone, is not known by it any more."""
        now, before = self.kernel.named.get(path), self._named.get(path)
        if before is not None and before is not now:
            self.objects[before.name].remove(before)
        if now is not None:
            self._named[path] = now
        return now

    def _meet_fields(self, site: Site | None) -> bool:
        """Take note of what the driver's code has done to shared structures since: may a question see more than
        before?"""
        trace = self.kernel.trace
        accesses: list[Access] = trace.accesses[self._accesses :]
        shared: list[Structure] = trace.shared[self._shared :]
        self._accesses, self._shared = len(trace.accesses), len(trace.shared)
        more = False
        for structure in shared:
            more |= self._meets(structure, site)
        for _, thread, structure, field, writes, *_ in accesses:
            name = type(structure).__name__
            if self._meets(structure, site):
                more = True
                if self._could_be_met_by_others(structure, accesses):
                    self._had_before[id(structure)] = set()
            used_by = self._had_before.get(id(structure))
            if used_by is not None and thread not in used_by:  # in another order its first use is the first of all
                used_by.add(thread)
                self._learn(site)
            if writes and any(("field", name, part) in self.watch.cells for part in parts_of(structure, field)):
                more = True
                self._learn(site)
        return more

    def _meets(self, structure: Structure, site: Site | None) -> bool:
        """Is it known from now on?"""
        name = type(structure).__name__
        known = self.structures.setdefault(name, [])
        if any(each is structure for each in known):
            return False
        known.append(structure)
        self.finds("field", name)
        if any(map(values_of(structure).get, self._asked_of(name))):
            self._learn(site)  # of a field that is no 0 any more, 0 was said until now
        return True

    def _could_be_met_by_others(self, structure: Structure, accesses: list[Access]) -> bool:
        """Could others have met something in it that is asked for, had they come first? What a field held before it was
        written is not known."""
        if len(self.kernel.threads) == 1:
            return False
        written = {field for _, _, one, field, writes, *_ in accesses if writes and one is structure}
        asked = self._asked_of(type(structure).__name__)
        return any(field in written or values_of(structure).get(field) for field in asked)

    def _asked_of(self, name: str) -> list[str]:
        """The fields that questions read of the structures of this name."""
        return [cell[2] for cell in self.watch.cells if cell[:2] == ("field", name)]

    def _learn(self, site: Site | None) -> None:
        """After this call there was something new to be seen."""
        if site is not None:
            self.watch.add(self.watch.sites, site)

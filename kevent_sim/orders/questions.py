"""Questions to the states that a driver goes through, and which steps their answers depend on.

`explore` runs one order of each class of equivalent orders, and equivalent orders go through different states. So it
is noted which cells a question reads, and a step that writes one of them counts as conflicting with every other such
step: each order of them is explored. The sequence of values that a view takes is then the same for a whole class.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from types import CoroutineType
from typing import Any
from weakref import ref

from kevent_sim.machine.call import Footprint
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Structure, values_of
from kevent_sim.machine.objects import KEVENT, KSEMAPHORE, DispatcherObject
from kevent_sim.machine.paths import checked_path, parent_of
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import Access

Cell = tuple[Any, ...]
Site = tuple[Any, ...]  # code object and instruction of a call

SEEN: tuple[Cell, bool] = (("seen",), True)  # what every step writes that a question can see


class Listing(Mapping[str, int]):
    """Name -> size in bytes of the files in a directory, by name. Who asks for names alone does not depend on sizes."""

    __slots__ = ("__weakref__", "_reads", "_sizes")

    def __init__(self, sizes: dict[str, int], reads: Callable[[Cell], None]) -> None:
        self._sizes, self._reads = sizes, reads

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def __getitem__(self, name: str) -> int:
        self._reads(("data",))
        return self._sizes[name]

    def __repr__(self) -> str:
        return repr(dict(self))


class State:
    """The machine between two steps, as a question sees it."""

    def __init__(self, kernel: Kernel, view: View) -> None:
        self._kernel, self._view = kernel, view
        self._given: list[ref[Listing]] = []

    def files(self, directory: str) -> Mapping[str, int]:
        r"""Name -> size in bytes of the files in a directory such as `C:\Temp`; none where there is no such directory.

        Raises ValueError for what is no path.
        """
        path = checked_path(directory)
        self._view.reads(("directory", path.upper()))
        there = self._kernel.volume.find(path)
        if there is None or not there.directory:
            return {}
        self._view.finds("directory", path.upper())
        listing = Listing(self._kernel.volume.files(path), self._view.reads)
        self._given.append(ref(listing))
        return listing

    def _answered(self) -> None:
        """A view has answered. A listing that is part of the answer may be asked for sizes later."""
        if any(listing() is not None for listing in self._given):
            self._view.reads(("data",))
        self._given.clear()

    def signaled(self, name: str) -> bool:
        """Is the event, semaphore or thread of this name signaled? Not before it is initialised."""
        return self.count(name) > 0

    def count(self, name: str) -> int:
        """The SignalState of the event, semaphore or thread of this name: a semaphore's count; 0 before it is
        initialised. Raises ValueError where two go by the name."""
        self._view.reads(("object", name))
        found = self._view.objects.get(name, ())
        if any(thread.name == name for thread in self._kernel.threads):
            self._view.finds("object", name)
        if len(found) > 1:
            raise ValueError(f'there are {len(found)} objects {name}; name each of them:  KEVENT("...")')
        return sum(each.Header.SignalState for each in found)

    def value(self, structure: str, field: str) -> Any:
        """The number in a field of the shared structure of this class; 0, as in all new memory, before a thread has
        used the structure.

        Raises ValueError where it has no such field or there are two such structures, TypeError for a field that holds
        no number.
        """
        self._view.reads(("field", structure, field))
        found = self._view.structures.get(structure, ())
        if not found:
            return 0
        if len(found) > 1:
            raise ValueError(f"there are {len(found)} structures {structure}: ask of one that there is once")
        if field not in values_of(found[0]):
            raise ValueError(f"{structure} has no field {field}; it declares: {', '.join(values_of(found[0]))}")
        value = values_of(found[0])[field]
        if isinstance(value, DispatcherObject):
            raise TypeError(f'{field} is an object that one waits for; ask:  state.signaled("{field}")')
        if not isinstance(value, (int, float)):
            raise TypeError(f"{structure}.{field} holds a {type(value).__name__}; ask for a number")
        return value

    def at(self, thread: str) -> tuple[str, int] | None:
        """(routine, line) of the call that a thread stands before, or waits in; None before it is created and after
        its end."""
        self._view.reads(("place", thread))
        found = next((each for each in self._kernel.threads if each.name == thread), None)
        if found is None:
            return None
        self._view.finds("place", thread)
        if found.State == KTHREAD_STATE.Terminated:
            return None
        return found.call[0].name, line_of(*found.call[2:])


class Along:
    """A check of the values that a view takes in a run; made by `along` and `always`."""

    def __init__(
        self, view: Callable[[State], Any], question: Callable[[tuple[Any, ...]], object], name: str, always: bool
    ) -> None:
        self.view, self.question, self.always, self.__name__ = view, question, always, name

    def __repr__(self) -> str:
        return f"<{'always' if self.always else 'along'}: {told(self)}>"


def along(view: Callable[[State], Any], question: Callable[[tuple[Any, ...]], object]) -> Along:
    r"""A check, for `explore`, of the values that `view(state)` takes in a run: in order, equal neighbours told once.

    `question` is asked of their tuple, for each run that completes. Both must be functions of their argument alone.
    Raises TypeError for what is no function.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import synchronization_event
    >>> def counts(state):
    ...     return len(state.files("C:\\Temp")), len(state.files("C:\\Temp2"))
    >>> def first_all_written_then_moved(seen):
    ...     return seen == ((0, 0), (1, 0), (2, 0), (1, 1), (0, 2))
    >>> check = along(counts, first_all_written_then_moved)
    >>> explore(synchronization_event, check=check, FileCount=2, WriteCount=1).verdict
    'holds'
    """
    for name, given in (("view", view), ("question", question)):
        if not callable(given):
            raise TypeError(f"{name} is a function, not {given!r}")
    return Along(view, question, getattr(question, "__name__", "along"), always=False)


def always(question: Callable[[State], object]) -> Along:
    r"""A check, for `explore`, that must be true of every state of every run: of the runs that end badly, too.

    `question` takes a `State` and must be a function of it alone. Raises TypeError for what is no function.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import race
    >>> def one_at_most(state):
    ...     return len(state.files("C:\\Temp")) <= 1
    >>> every = explore(race, check=always(one_at_most), FileCount=2, WriteCount=1)
    >>> every.verdict, every.findings[0].text
    ('violated', 'one_at_most is not true after step 10 (FileCreationThread: ZwCreateFile, line 28)')
    """
    if not callable(question):
        raise TypeError(f"always takes a function of a state, not {question!r}")
    name = getattr(question, "__name__", "always")
    return Along(lambda state: truth(question(state), question), all, name, always=True)


def told(question: Any) -> str:
    """What is asked, in words: its name, where it has one."""
    name = getattr(question, "__name__", "<lambda>")
    return "what is asked" if name == "<lambda>" else str(name)


def truth(answer: Any, question: Any) -> bool:
    """What a question has returned, as True or False. Raises TypeError for what is true whatever the question meant."""
    if callable(answer) or isinstance(answer, (Along, Awaitable, Generator)):
        if isinstance(answer, CoroutineType):
            answer.close()
        raise TypeError(
            f"{told(question)} returned a {type(answer).__name__}, not True or False: use neither "
            "async nor yield, and call what is to be called, as in  state.signaled(...)"
        )
    return bool(answer)


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
        words = {"object": "event, semaphore or thread", "field": "structure", "place": "thread"}
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
        self._accesses = 0
        self._met: set[DispatcherObject] = set()  # objects that a step has touched, and those that one has written
        self._written: set[DispatcherObject] = set()
        self._named: dict[str, KEVENT] = {}  # path -> the event that had it last

    def reads(self, cell: Cell) -> None:
        self.watch.add(self.watch.cells, cell)

    def finds(self, kind: str, name: str) -> None:
        self.watch.found.add((kind, name))

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
        return cell[0] == "object" and isinstance(cell[1], (KEVENT, KSEMAPHORE)) and cell[1] not in self._written

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
            value = one.view(state)
            state._answered()
            if not values or values[-1] != value:
                values.append(value)
                if one.always and not value:
                    self.broken.setdefault(at, steps)

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
        accesses: list[Access] = self.kernel.trace.accesses[self._accesses :]
        self._accesses += len(accesses)
        more = False
        for _, _, structure, field, writes, *_ in accesses:
            name = type(structure).__name__
            known = self.structures.setdefault(name, [])
            if not any(each is structure for each in known):  # a new one holds what was said of it before
                known.append(structure)
                self.finds("field", name)
                more = True
            if writes and ("field", name, field) in self.watch.cells:
                more = True
                if site is not None:
                    self.watch.add(self.watch.sites, site)
        return more

"""The machine between two steps, as a question sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import Structure, values_of
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.paths import checked_path
from kevent_sim.machine.thread import KTHREAD_STATE

Cell = tuple[Any, ...]


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


class Reader(Protocol):
    """Who asks a state: it knows objects and structures by their names, and takes note of what is read."""

    objects: dict[str, list[DispatcherObject]]
    structures: dict[str, list[Structure]]

    def reads(self, cell: Cell) -> None: ...

    def finds(self, kind: str, name: str) -> None: ...

    def gives(self, listing: Listing) -> None: ...


class _Past:
    """Who asks a state that has gone by: the machine has gone on."""

    objects: dict[str, list[DispatcherObject]]
    structures: dict[str, list[Structure]]

    def reads(self, cell: Cell) -> None:
        raise TypeError(
            "a state can be read only while its question is asked; return what you read, such as  "
            'lambda state: state.signaled("...")'
        )

    def finds(self, kind: str, name: str) -> None: ...

    def gives(self, listing: Listing) -> None: ...


class State:
    """The machine between two steps, as a question sees it. Asked later it raises TypeError."""

    def __init__(self, kernel: Kernel, view: Reader) -> None:
        self._kernel, self._view = kernel, view

    def end(self) -> None:
        """The questions of this state have been asked."""
        self._view = _Past()

    def files(self, directory: str) -> Mapping[str, int]:
        r"""Name -> size in bytes of the files in a directory such as `C:\Temp`; none where there is no such directory.

        Raises ValueError for what is not a path.
        """
        path = checked_path(directory)
        self._view.reads(("directory", path.upper()))
        there = self._kernel.volume.find(path)
        if there is None or not there.directory:
            return {}
        self._view.finds("directory", path.upper())
        listing = Listing(self._kernel.volume.files(path), self._view.reads)
        self._view.gives(listing)
        return listing

    def signaled(self, name: str) -> bool:
        """Is the event, semaphore, mutex or thread of this name signaled? Not before it is initialised."""
        return self.count(name) > 0

    def count(self, name: str) -> int:
        """The SignalState of the event, semaphore, mutex or thread of this name: a semaphore's count; 0 before it
        is initialised. Raises ValueError where two go by the name."""
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

"""Memory that driver threads share: structures whose field reads and writes are recorded."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from copy import copy, deepcopy
from sys import _getframe
from typing import Any, ClassVar, TypeAlias, get_type_hints

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.current import Current
from kevent_sim.machine.lines import learners_frame
from kevent_sim.machine.objects import FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE
from kevent_sim.machine.regions import Region, check_alive
from kevent_sim.machine.structures import Variable

ULONG: TypeAlias = int
BOOLEAN: TypeAlias = bool

# What lives in a structure is the object itself, not a pointer: this many bytes.
EMBEDDED: dict[type, int] = {KEVENT: 24, KSEMAPHORE: 32, KMUTEX: 56, FAST_MUTEX: 56}
# How each begins, in place.
_INITIALISED: dict[type, str] = {
    KEVENT: "KeInitializeEvent(SyncRes.{}, SynchronizationEvent, False)",
    KSEMAPHORE: "KeInitializeSemaphore(SyncRes.{}, 0, 1000)",
    KMUTEX: "KeInitializeMutex(SyncRes.{}, 0)",
    FAST_MUTEX: "ExInitializeFastMutex(SyncRes.{})",
}

# (structure, field, writes, code object, instruction): what the kernel is told of each access
Recorder = Callable[["Structure", str, bool, types.CodeType, int], None]
_recorder: Current[Recorder] = Current()
recorded_by = _recorder.set_to  # of every access to a plain field, whoever knows the structure
_handing_on: types.CodeType | None = None


def hands_on(code: types.CodeType) -> None:
    """An access that comes by this code is that of its caller."""
    global _handing_on
    _handing_on = code


class Structure:
    """A C structure. Fields are declared by annotation and start zeroed, as in a device extension.

    >>> class SYNC_RESOURCES(Structure):
    ...     FileCreationEvent: KEVENT
    ...     FileCount: ULONG
    >>> SyncRes = SYNC_RESOURCES()
    >>> SyncRes.FileCount = 1000
    >>> SyncRes.FileCount, SyncRes.FileCreationEvent
    (1000, <KEVENT FileCreationEvent: not initialised>)

    A field that was not declared is an AttributeError; an event, a semaphore or a mutex can be initialised but not
    assigned.
    Every read and write of a plain field belongs to the step that it happens in. After IoDeleteDevice any access is bug
    check 0xD5.
    """

    _fields: ClassVar[dict[str, type]] = {}

    def __init_subclass__(cls) -> None:
        hints = get_type_hints(cls)
        cls._fields = {name: kind for name, kind in hints.items() if not name.startswith("_")}
        for name, kind in cls._fields.items():
            setattr(cls, name, _Field(name, kind))

    def __init__(self) -> None:
        if "_values" in vars(self):
            raise Misuse(
                f"{type(self).__name__}.__init__ makes a structure and does not zero one; assign each field, such as  "
                f"SyncRes.{next(iter(self._fields), 'FileCount')} = 0"
            )
        self._values: dict[str, Any] = {
            name: kind(name) if kind in EMBEDDED else kind() for name, kind in self._fields.items()
        }
        self._region: Region | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields and not name.startswith("_"):
            declared = ", ".join(self._fields) or "none"
            raise AttributeError(f"{type(self).__name__} has no field {name}; it declares: {declared}")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self._fields)}>"

    def _plain_fields(self) -> Iterator[tuple[Structure, str]]:
        for name, value in self._values.items():
            if isinstance(value, Structure):
                yield from value._plain_fields()
            elif type(value) not in EMBEDDED:
                yield self, name

    def _parts_of(self, field: str) -> Iterable[str]:
        return (field,)

    def __copy__(self) -> Structure:
        return self._copied(lambda value: copy(value) if isinstance(value, Structure) else value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Structure:
        return self._copied(lambda value: deepcopy(value, memo))

    def __getstate__(self) -> Any:
        if _recorder.now is not None:
            self._read()
        return super().__getstate__()

    def _copied(self, of: Callable[[Any], Any]) -> Structure:
        copied = type(self)()
        for name, value in self._read():
            copied._values[name] = of(value)
        return copied

    def _read(self) -> list[tuple[str, Any]]:
        """As C's assignment copies: plain fields are read, and each read is recorded where the copy was asked for."""
        frame = learners_frame()
        for name, value in self._values.items():
            if _recorder.now is not None:
                check_alive(self._region, name, type(self).__name__)
            if type(value) in EMBEDDED:
                raise Misuse(f"{type(self).__name__}.{name} is an object that threads wait for: it cannot be copied")
            if _recorder.now is not None:
                _recorder.now(self, name, False, frame.f_code, frame.f_lasti)
        return list(self._values.items())


class _Field:
    def __init__(self, name: str, kind: type) -> None:
        self.name, self.kind, self.embedded = name, kind, kind in EMBEDDED

    def __get__(self, structure: Structure | None, owner: type) -> Any:
        if structure is None:
            return self
        if not self.embedded:  # the address of an embedded object is not a read of memory
            self._access(structure, False)
        return structure._values[self.name]

    def __set__(self, structure: Structure, value: Any) -> None:
        if self.embedded:
            how, where = _INITIALISED[self.kind].format(self.name), type(structure).__name__
            raise Misuse(f"{self.name} lives inside {where}; initialise it in place:  await {how}")
        self._access(structure, True)
        if isinstance(value, Structure) and isinstance(structure._values[self.name], Structure):  # C copies it in there
            value = copy(value)
            if structure._region is not None:
                place(value, structure._region)
        structure._values[self.name] = value

    def _access(self, structure: Structure, writes: bool) -> None:
        """Where no machine runs, whoever looks is a debugger."""
        if _recorder.now is not None:
            check_alive(structure._region, self.name, type(structure).__name__)
            frame: Any = _getframe(3 if writes else 2)  # a write comes by Structure.__setattr__
            if frame.f_code is _handing_on:
                frame = frame.f_back
            _recorder.now(structure, self.name, writes, frame.f_code, frame.f_lasti)


class Span(str):
    """Some bytes of a structure, by the name of what lies there; two of one name are equal, wherever they begin."""

    __slots__ = ("end", "start")

    start: int
    end: int


def span(name: str, start: int, end: int) -> Span:
    """The bytes from `start` on, before `end`.

    >>> span("Count", 8, 12) == "Count", span("Count", 8, 12).end
    (True, 12)
    """
    made = Span(name)
    made.start, made.end = start, end
    return made


def field_name(structure: Structure, field: str) -> str:
    """A field with the structure that it is of, as C would write it.

    >>> class SHARED(Structure):
    ...     Count: ULONG
    >>> field_name(SHARED(), "Count"), field_name(SHARED(), "[2]"), field_name(SHARED(), "")
    ('SHARED.Count', 'SHARED[2]', 'SHARED')
    """
    return f"{type(structure).__name__}{'.' * (field[:1] not in ('', '[', '+'))}{field}"


def values_of(structure: Structure) -> dict[str, Any]:
    """Declared field -> its value now. It is the simulator that looks, not a thread: nobody is told."""
    return structure._values


class Within(int):
    """Whether an access has written that a routine made in its step, and not the thread's code after it."""


class Freed(Within):
    """A routine has ended the life of the memory: it writes all that is in it."""


class Atomic(Within):
    """The same of one that is atomic: with another such access it is not a data race."""


def read_atomically(structure: Structure, field: str) -> Any:
    """The value of a field, for a routine that will say itself what it has done with it."""
    check_alive(structure._region, field_name(structure, field))
    return structure._values[field]


def write_atomically(structure: Structure, field: str, value: int) -> int:
    structure._values[field] = value
    return value


def plain_fields(Object: Any) -> Iterable[tuple[Structure, str]]:
    """The fields of a structure, and of those in it, that code reads and writes itself; of what is none nothing."""
    return Object._plain_fields() if isinstance(Object, Structure) else ()


def parts_of(structure: Structure, field: str) -> Iterable[str]:
    """The names of what a field is made of: two fields that share bytes have one in common."""
    return structure._parts_of(field)


def undeclared_of(structure: Structure) -> dict[str, Any]:
    """What code has stored in a structure beside its declared fields."""
    return {name: value for name, value in vars(structure).items() if name not in ("_values", "_region")}


def place(structure: Structure, region: Region) -> None:
    """Its memory, and that of the objects in it, is part of a region from now on."""
    structure._region = region
    for value in structure._values.values():
        if type(value) in EMBEDDED:
            value.region = region
        elif isinstance(value, Structure):
            place(value, region)


def place_new(structure: Structure, region: Region) -> None:
    """The same of one whose fields nothing has been assigned to: the variables in them lie there, too."""
    place(structure, region)
    for name, value in structure._values.items():
        if isinstance(value, Variable):
            value.name, value.region = name, region
        elif isinstance(value, Structure):
            place_new(value, region)


def end_cells(region: Region) -> list[tuple[tuple[str, Any], bool]] | None:
    """The footprint of the end of what lies on a stack: it writes its objects. None where it meets everything, as of
    plain fields no footprint tells who uses them."""
    lies = region.holds
    objects = list(lies._values.values()) if isinstance(lies, Structure) else [lies]
    return [(("object", each), True) for each in objects] if all(type(each) in EMBEDDED for each in objects) else None


class StructureSize(int):
    """What `sizeof` returns: a number of bytes that remembers its structure."""

    structure: type[Structure]


def sizeof(structure: Any) -> int:
    """The size in bytes, as C's sizeof (x64). Of a Structure: 24 for a KEVENT, 32 for a KSEMAPHORE, 56 for a
    mutex, 8 for other fields.

    >>> class PAIR(Structure):
    ...     Event: KEVENT
    ...     Count: ULONG
    >>> sizeof(PAIR)
    32
    """
    if hasattr(structure, "SIZE"):
        return int(structure.SIZE)
    if not (isinstance(structure, type) and issubclass(structure, Structure)):
        raise TypeError(f"sizeof takes a Structure class, not {structure!r}")
    size = StructureSize(sum(EMBEDDED.get(kind, 8) for kind in structure._fields.values()))
    size.structure = structure
    return size

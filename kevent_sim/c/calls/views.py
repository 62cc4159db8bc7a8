"""What the routines take, over C's bytes: a variable, a name, a request is looked up in memory when the step is taken.

There is one view of each kind at an address, so two calls that are given the same address meet on it.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, ClassVar, TypeVar

from kevent_sim.c.memory.access import SIZE, WRITTEN
from kevent_sim.c.memory.blocks import Part, Pointer
from kevent_sim.c.runtime import int64, pointer, uint8, uint16, uint32, uint64
from kevent_sim.machine.call import Footprint
from kevent_sim.machine.ntstatus import NTSTATUS
from kevent_sim.machine.objects import KWAIT_BLOCK
from kevent_sim.machine.regions import Region
from kevent_sim.machine.structures import (
    FILE_DISPOSITION_INFORMATION,
    FILE_RENAME_INFORMATION,
    HANDLE,
    IO_STATUS_BLOCK,
    KIRQL,
    LARGE_INTEGER,
    OBJECT_ATTRIBUTES,
    PVOID,
    UNICODE_STRING,
)


class View:
    """Memory at a pointer. It is read as `memory.seen` sees it: a routine in its step, or who asks what that would
    touch; only steps write."""

    written: ClassVar[bool] = False  # routines fill it in
    region: Region | None = None  # its memory is looked at byte by byte

    def __init__(self, memory: Any, at: Any) -> None:
        self.memory, self.at = memory, at

    def _told(self) -> str:
        return str(self.at.part.told(self.at.offset)) if self.at.__class__ is Pointer else ""

    name: Any = property(_told)

    def contents(self) -> tuple[Any, ...]:
        return type(self).__name__, self.at

    def cells(self) -> Footprint:
        """The memory that it is, where others know that."""
        part = self.at.part if self.at.__class__ is Pointer else None
        if part is not None and part.shared:
            yield ("memory", part), self.written


V = TypeVar("V", bound=View)
_STATUS_BLOCK = Struct("<I4xQ")


def view(kind: type[V], memory: Any, at: Any) -> V:
    """The view of this kind at an address."""
    if at.__class__ is not Pointer:
        return kind(memory, at)
    part: Part = at.part
    found = part.views.get((kind, at.offset))
    if found is None:
        found = part.views[kind, at.offset] = kind(memory, at)
    return found


def _number(offset: int, type: Callable[[Any], Any], made: Callable[[int], Any] = int) -> Any:
    size = SIZE[type]
    written, most = WRITTEN[size], (1 << 8 * size) - 1

    def get(self: Any) -> Any:
        return made(self.memory.seen.load(self.at, offset, type))

    def put(self: Any, value: Any) -> None:
        at = self.at
        if (
            at.__class__ is Pointer
            and (part := at.part).quick
            and not part.held
            and 0 <= at.offset + offset <= part.size - size
        ):
            block, first = part.block, part.start + at.offset + offset  # as `store`, without its calls
            block.bytes[first : first + size] = ((value or 0) & most).to_bytes(size, "little")
            block.written[first : first + size] = written
        else:
            self.memory.in_step.store(self.at, offset, type, int(value or 0))

    return property(get, put)


def handle_at(of: View, offset: int) -> HANDLE | None:
    """A handle in memory; None for NULL."""
    held = of.memory.seen.load(of.at, offset, pointer)
    return None if held is None else of.memory.handle(of.memory.address_of(held))


class HandleView(View, HANDLE):
    written = True

    def _get(self) -> int:
        return int(self.memory.address_of(self.memory.seen.load(self.at, 0, pointer)))

    def _put(self, value: int) -> None:
        self.memory.in_step.store(self.at, 0, pointer, value or None)

    value: Any = property(_get, _put)


class IrqlView(View, KIRQL):
    written = True
    value = _number(0, uint8)


class StatusBlockView(View, IO_STATUS_BLOCK):
    written = True
    Status, Information = _number(0, uint32, NTSTATUS), _number(8, uint64)

    def done(self, status: int, information: int) -> None:
        """Both are filled in."""
        at = self.at
        if at.__class__ is Pointer and (part := at.part).quick and 0 <= at.offset <= part.size - 16 and not part.held:
            first = part.start + at.offset
            _STATUS_BLOCK.pack_into(part.block.bytes, first, status, information)
            part.block.written[first : first + 16] = WRITTEN[16]
        else:
            self.Status, self.Information = status, information


class TimeView(View, LARGE_INTEGER):
    QuadPart = _number(0, int64)


class ClockView(View, LARGE_INTEGER):
    """A LARGE_INTEGER that is filled in."""

    written = True
    QuadPart = _number(0, int64)


class NameView(View, UNICODE_STRING):
    Length = _number(0, uint16)

    def _text(self) -> str:
        seen = self.memory.seen
        length = seen.load(self.at, 0, uint16)
        data = seen.read(seen.load(self.at, 8, pointer), length) if length else b""
        return str(data.decode("utf-16-le", "surrogatepass" if length % 2 == 0 else "replace"))

    Buffer: Any = property(_text)

    def cells(self) -> Footprint:
        yield from super().cells()
        buffer = self.memory.seen.load(self.at, 8, pointer)
        if buffer.__class__ is Pointer and buffer.part.shared:
            yield ("memory", buffer.part), False


class AttributesView(View, OBJECT_ATTRIBUTES):
    LENGTH: ClassVar = 48  # what its Length is, as InitializeObjectAttributes has it
    Length = _number(0, uint32)
    Attributes = _number(24, uint32)

    def _name(self) -> NameView | None:
        name = self.memory.seen.load(self.at, 16, pointer)
        return None if name is None else view(NameView, self.memory, name)

    ObjectName: Any = property(_name)
    RootDirectory: Any = property(lambda self: handle_at(self, 8))
    SecurityDescriptor: Any = property(lambda self: self.memory.seen.load(self.at, 32, pointer))

    def cells(self) -> Footprint:
        yield from super().cells()
        if self.ObjectName is not None:
            yield from self.ObjectName.cells()


class VariableView(View, PVOID):
    """A variable for a pointer to an object of the kernel's."""

    written = True

    def _get(self) -> Any:
        return self.memory.thing(self.memory.seen.load(self.at, 0, pointer))

    def _put(self, value: Any) -> None:
        self.memory.in_step.store(self.at, 0, pointer, self.memory.result(value))

    Object: Any = property(_get, _put)


class RenameView(View, FILE_RENAME_INFORMATION):
    """The kernel believes the length that it is told, and reads on past the end of what is there."""

    ReplaceIfExists, FileNameLength = _number(0, uint8, bool), _number(16, uint32)

    RootDirectory: Any = property(lambda self: handle_at(self, 8))

    def _room(self) -> int:
        part, block = self.at.part, self.at.part.block
        room = len(block.bytes) - part.start if block.kind == "stack" else part.size
        return int(room - self.at.offset)

    def _text(self) -> str:
        seen = self.memory.seen
        data = seen.read(seen.field(self.at, 20), self.FileNameLength)
        return str(data.decode("utf-16-le", "replace"))

    NumberOfBytes: Any = property(_room)
    FileName: Any = property(_text)


class DispositionView(View, FILE_DISPOSITION_INFORMATION):
    DeleteFile = _number(0, uint8, bool)


class BufferView(View):
    """Bytes that a routine takes."""

    def bytes(self, size: int) -> bytes:
        return bytes(self.memory.in_step.read(self.at, size))


class RoomView(View):
    """Room for bytes that a routine gives."""

    written = True

    def fill(self, data: bytes) -> None:
        self.memory.in_step.write(self.at, data)


class ObjectsView(View):
    """An array of pointers to what one waits for."""

    def objects(self, count: int) -> list[Any]:
        """Who only asks what a call would touch makes none, and checks none."""
        memory, seen = self.memory, self.memory.seen
        pointers = [seen.load(self.at, 8 * at, pointer) for at in range(count)]
        if seen is memory.in_step:
            return [memory.dispatcher(p) for p in pointers]
        return [known for p in pointers if (known := memory.known_object(p)) is not None]


class WaitBlocksView(View):
    """An array of wait blocks, 48 bytes each."""

    written = True

    def blocks(self, count: int) -> list[KWAIT_BLOCK]:
        self.memory.seen.reach(self.at, 0, 48 * count, True)
        views, first = self.at.part.views, self.at.offset
        return [views.setdefault((KWAIT_BLOCK, first + 48 * at), KWAIT_BLOCK()) for at in range(count)]


class PoolView(View):
    """An allocation that is to be freed."""

    written = True

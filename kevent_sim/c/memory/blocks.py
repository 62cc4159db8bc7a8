"""What memory is made of.

block    bytes that begin and end together: a stack frame, a pool block, a device extension, a global, a literal
part     a block's piece that has a name and bounds of its own: a local variable; of other blocks the whole
pointer  (part, offset in bytes). There is one of each, so two are equal where they are the same; NULL is None, a
         handle a number, a function itself
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal

from kevent_sim.c.memory.leaves import WAITED_FOR, label, leaf, spans
from kevent_sim.c.types import Integer, Record, Type
from kevent_sim.machine.memory import Span, Structure, span
from kevent_sim.machine.regions import Region, ended

BlockKind = Literal["stack", "pool", "extension", "global", "literal", "kernel"]


class Block:
    """Bytes; `written`, of each whether anything was; `slots`, offset -> the pointer or handle that was stored there,
    mostly at multiples of 8 (`aligned`); `objects`, offset -> what one waits for there; `numbers`, where Interlocked
    routines have read and written since anything else did; `given_back`, whether its address may be another's by now.
    Its bytes are rounded up to 16, as the pool does."""

    __slots__ = (
        "address", "aligned", "bytes", "given_back", "kind", "numbers", "objects", "owner", "parts", "slots", "tag",
        "written",
    )  # fmt: skip

    def __init__(self, kind: BlockKind, size: int, address: int, written: bool) -> None:
        size = -(-size // 16) * 16
        self.kind, self.address = kind, address
        self.bytes, self.written = bytearray(size), bytearray(b"\1" * size if written else size)
        self.slots: dict[int, Any] = {}
        self.aligned, self.given_back = True, False
        self.objects: dict[int, Any] = {}
        self.numbers: set[tuple[int, int]] = set()  # start, end
        self.parts: list[Part] = []
        self.owner = ""  # the function whose frame it is
        self.tag = 0  # with which it was allocated

    def part_at(self, offset: int) -> Part | None:
        """The part that an offset lies in, or ends."""
        within = [part for part in self.parts if part.start <= offset <= part.start + part.size]
        return next((part for part in within if offset < part.start + part.size), within[0] if within else None)

    def pieces(self, start: int, end: int) -> Iterator[tuple[Part, int, int]]:
        """Of these bytes: part, offset in it, size. What lies between two parts belongs to the first of them."""
        parts = sorted(self.parts, key=lambda part: part.start)
        for part, behind in zip(parts, [*(part.start for part in parts[1:]), end], strict=True):
            first, last = max(start, part.start), min(end, behind)
            if first < last:
                yield part, first - part.start, last - first

    def numbers_in(self, start: int, end: int) -> list[tuple[int, int]]:
        return [number for number in self.numbers if number[0] < end and start < number[1]]

    def replace(self, start: int, data: bytes | bytearray, written: bytes | bytearray) -> None:
        """Write bytes, and what is known of them; the pointers that were there are none any more."""
        end = start + len(data)
        self.bytes[start:end], self.written[start:end] = data, written
        if self.slots:
            self.unslot(start, end)

    def hold(self, start: int, value: Any) -> None:
        """A pointer is stored, as its bytes are."""
        self.slots[start] = value
        if start & 7:
            self.aligned = False

    def slots_in(self, start: int, end: int) -> list[int]:
        """Where the pointers begin of which bytes lie in these."""
        slots = self.slots
        if end - start > 64:
            return [at for at in slots if start - 8 < at < end]
        return [at for at in (range(start & -8, end, 8) if self.aligned else range(start - 7, end)) if at in slots]

    def halves(self, start: int, end: int) -> list[int]:
        """Where those of them begin that do not lie in these as a whole."""
        return [at for at in self.slots_in(start, end) if not start <= at <= end - 8]

    def unslot(self, start: int, end: int) -> None:
        """The pointers that were in these bytes are none any more."""
        for at in self.slots_in(start, end):
            del self.slots[at]


class Part:
    """A piece of a block, from `start` on.

    `quick`: it lives, one thread alone can reach it, and nothing in it is waited for, so that within its bounds there
    is nothing to check. `shared`: others can reach it. `thing`: the kernel's own object that it stands for.
    """

    __slots__ = (
        "block", "held", "name", "pointers", "quick", "region", "shared", "size", "start", "structure",
        "thing", "type", "views",
    )  # fmt: skip

    def __init__(self, block: Block, start: int, size: int, name: str, type: Type | None = None) -> None:
        self.block, self.start, self.size, self.name, self.type = block, start, size, name, type
        self.region: Region | None = None  # its life, where anybody asks
        self.shared, self.quick = False, block.kind != "literal"
        self.held = False  # was a pointer ever stored in its bounds?
        self.thing: Any = None
        self.structure: Shared | None = None
        self.pointers: dict[int, Pointer] = {}
        self.views: dict[Any, Any] = {}
        block.parts.append(self)

    def at(self, offset: int) -> Pointer:
        found = self.pointers.get(offset)
        if found is None:
            found = self.pointers[offset] = Pointer(self, offset)
        return found

    def told(self, offset: int = 0) -> str:
        """What lies at an offset, as C would name it."""
        inner = label(self.type, offset) if self.type is not None else f"+{offset}" * (offset != 0)
        return f"{self.name}{'' if not inner or inner[0] in '[+' else '.'}{inner}"

    def is_padding(self, offset: int) -> bool:
        """Does an offset lie between two members of the part's type?"""
        return self.type is not None and 0 <= offset < self.type.size and leaf(self.type, offset) is None

    def has_type(self, type: Type, name: str) -> None:
        """Memory without a type takes on the one by which it is used."""
        self.type, self.name = type, name
        if self.structure is not None:
            self.structure.__class__ = _structure_class(name)
        if self.region is not None and self.region.kind == "device":
            self.region.owner = name

    def spans_of(self, offset: int, size: int) -> tuple[Span, ...]:
        """What an access touches, leaf by leaf."""
        return spans(self.type, offset, size)

    def as_structure(self) -> Shared:
        """What others are told that the memory belongs to."""
        if self.structure is None:
            self.structure = _structure_class(self.name)(self)
        return self.structure

    def objects(self) -> Iterator[Any]:
        """What is waited for in it."""
        for at, one in self.block.objects.items():
            if self.start <= at < self.start + self.size:
                yield one

    def contents(self) -> tuple[Any, ...]:
        """Where it lies, and what is in it, where one thread alone can reach that; what others can reach is known by
        what it is."""
        block = self.block
        if self.shared or block.kind in ("literal", "kernel"):
            return (id(self),)
        end = self.start + self.size
        held = sorted(at for at in block.slots if self.start <= at < end)
        between = slice(self.start, end)
        return (
            block.address,
            block.tag,
            self.start,
            self.name,
            ended(self.region),
            bytes(block.bytes[between]),
            bytes(block.written[between]),
            *((at - self.start, block.slots[at]) for at in held),
            *self.objects(),
        )

    def __repr__(self) -> str:
        return f"<{self.name}: {self.size} bytes of the {self.block.kind}>"


class Pointer:
    """An address that knows what it points into. There is one of each: `Part.at` makes it."""

    __slots__ = ("offset", "part")

    def __init__(self, part: Part, offset: int) -> None:
        self.part, self.offset = part, offset

    @property
    def address(self) -> int:
        return self.part.block.address + self.part.start + self.offset

    def contents(self) -> tuple[Any, ...]:
        return self.offset, self.part

    def __repr__(self) -> str:
        return f"&{self.part.told(self.offset)}"


class Shared(Structure):
    """Memory of C's that threads share, as the package knows such memory: a structure, and its fields.

    A field is named by a text, `Sync.Count`; one that is a `Span` knows its bytes as well.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._values = _Values(part)

    def _plain_fields(self) -> Iterator[tuple[Structure, str]]:
        type = self._part.type
        if not (isinstance(type, Record) and type.name in WAITED_FOR):
            yield self, span("", 0, self._part.size)

    def _parts_of(self, field: str) -> Iterable[str]:
        assert isinstance(field, Span)
        """Bytes without a name have one in common: two fields among them may share some and begin elsewhere."""
        found = () if self._part.type is None else self._part.spans_of(field.start, field.end - field.start)
        return [one if one[:1] != "+" else "" for one in found] or ("",)

    @property
    def _region(self) -> Region | None:
        return self._part.region

    @_region.setter
    def _region(self, region: Region | None) -> None:
        self._part.region = region


def part_of(structure: Shared) -> Part:
    return structure._part


class _Values(dict[str, Any]):
    """Field -> its value now. It is looked up in the bytes each time, so nothing is kept in the dict."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def _fields(self) -> dict[str, int]:
        part = self.part
        return {} if part.type is None else {str(one): one.start for one in part.spans_of(0, part.size)}

    def __contains__(self, field: object) -> bool:
        return isinstance(field, Span) or field in self._fields()

    def __getitem__(self, field: str) -> Any:
        block = self.part.block
        if isinstance(field, Span):  # as a routine reads it that knows the bytes, a LONG or a LONG64
            start = self.part.start
            return int.from_bytes(block.bytes[start + field.start : start + field.end], "little", signed=True)
        start = self._fields()[field]
        at = self.part.start + start
        if at in block.objects:
            return block.objects[at]
        if at in block.slots:
            return block.slots[at]
        found = leaf(self.part.type, start) if self.part.type is not None else None
        if found is not None and isinstance(found.type, Integer):
            return int.from_bytes(block.bytes[at : at + found.type.size], "little", signed=found.type.signed)
        return bytes(block.bytes[at : at + found.last - found.first] if found is not None else b"")  # it is no number

    def __setitem__(self, field: str, value: int) -> None:
        """What a routine writes in one step, a LONG or a LONG64."""
        assert isinstance(field, Span)
        size = field.end - field.start
        self.part.block.replace(
            self.part.start + field.start, value.to_bytes(size, "little", signed=True), b"\1" * size
        )

    def get(self, field: str, default: Any = None) -> Any:
        return self[field] if field in self else default  # noqa: SIM401, the dict itself is empty

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields())

    def __len__(self) -> int:
        return len(self._fields())

    def keys(self) -> Any:
        return self._fields().keys()

    def values(self) -> Any:
        return [self[field] for field in self._fields()]

    def items(self) -> Any:
        return [(field, self[field]) for field in self._fields()]


@cache
def _structure_class(name: str) -> type[Shared]:
    """What is told of an access names the structure by its class."""
    return type(name, (Shared,), {"__module__": __name__})

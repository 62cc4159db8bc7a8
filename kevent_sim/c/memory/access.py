"""What is read and written at a pointer: scalars, bit-fields, records by value, rows of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kevent_sim.c.memory.blocks import Block, Part, Pointer
from kevent_sim.c.memory.checks import Checks
from kevent_sim.c.runtime import (
    boolean,
    int8,
    int16,
    int32,
    int64,
    pointer,
    uint8,
    uint16,
    uint32,
    uint64,
)

SIZE: dict[Callable[[Any], Any], int] = {
    int8: 1, uint8: 1, boolean: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8, pointer: 8,
}  # fmt: skip
SIGNED = frozenset((int8, int16, int32, int64))
WRITTEN = {size: b"\1" * size for size in range(65)}


class Value(NamedTuple):
    """A struct or union by value: its bytes, which of them were written, and the pointers among them."""

    data: bytes
    written: bytes
    slots: dict[int, Any]


class Access(Checks):
    """Loads and stores."""

    # -- scalars -----------------------------------------------------------------------------------------------------

    def load(self, p: Any, offset: int, type: Callable[[Any], Any]) -> Any:
        size = SIZE[type]
        if p.__class__ is Pointer and (part := p.part).quick and 0 <= (at := p.offset + offset) <= part.size - size:
            block, start = part.block, part.start + at  # as `reach` answers, without a call
        else:
            block, start = self.reach(p, offset, size, False)
        if type is pointer and (held := block.slots.get(start)) is not None:
            return held
        end = start + size
        if 0 in block.written[start:end]:
            self.unwritten(p, offset, size, block, start)
        if block.slots:
            self.let_out(block, block.slots_in(start, end))
        number = int.from_bytes(block.bytes[start:end], "little", signed=type in SIGNED)
        return self.pointer(number) if type is pointer else number

    def let_out(self, block: Block, slots: Iterable[int]) -> None:
        """The pointers that begin there are read as bytes, or cut in two: where these go nobody follows."""
        for at in slots:
            self.share(block.slots[at])

    def store(self, p: Any, offset: int, type: Callable[[Any], Any], value: Any) -> Any:
        size = SIZE[type]
        if p.__class__ is Pointer and (part := p.part).quick and 0 <= (at := p.offset + offset) <= part.size - size:
            block, start = part.block, part.start + at
        else:
            block, start = self.reach(p, offset, size, True)
        end = start + size
        if block.slots:
            self.let_out(block, block.halves(start, end))
            block.unslot(start, end)
        if type is pointer:
            block.bytes[start:end] = self.address_of(value).to_bytes(8, "little")
            if value is not None:
                block.hold(start, value)
                p.part.held = True
                if p.part.shared:
                    self.share(value)
        else:
            block.bytes[start:end] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        block.written[start:end] = WRITTEN[size]
        return value

    def load_bits(self, p: Any, offset: int, type: Callable[[Any], Any], bit: int, width: int) -> int:
        value = int(self.load(p, offset, type)) >> bit & (1 << width) - 1
        return value - (1 << width) if type in SIGNED and value >> width - 1 else value

    def store_bits(self, p: Any, offset: int, type: Callable[[Any], Any], bit: int, width: int, value: int) -> int:
        """The unit's other bits are kept, whether or not anything was written there."""
        size = SIZE[type]
        block, start = self.reach(p, offset, size, True)
        self.let_out(block, block.slots_in(start, start + size))
        mask = (1 << width) - 1 << bit
        unit = int.from_bytes(block.bytes[start : start + size], "little")
        unit = unit & ~mask | value << bit & mask
        block.replace(start, unit.to_bytes(size, "little"), WRITTEN[size])
        return self.load_bits(p, offset, type, bit, width)

    # -- bytes -------------------------------------------------------------------------------------------------------

    def load_record(self, p: Any, offset: int, size: int) -> Value:
        block, start = self.reach(p, offset, size, False)
        end = start + size
        self.let_out(block, block.halves(start, end))
        slots = {at - start: one for at, one in block.slots.items() if start <= at <= end - 8} if block.slots else {}
        return Value(bytes(block.bytes[start:end]), bytes(block.written[start:end]), slots)

    def store_record(self, p: Any, offset: int, size: int, record: Value) -> Value:
        block, start = self.reach(p, offset, size, True)
        self.let_out(block, block.halves(start, start + len(record.data)))
        block.replace(start, record.data, record.written)
        for at, one in record.slots.items():
            block.hold(start + at, one)
            p.part.held = True
            if p.part.shared:
                self.share(one)
        return record

    def copy(self, to: Any, source: Any, size: int) -> None:
        """As memmove: what was not written stays so, and pointers stay pointers."""
        if size:
            self.store_record(to, 0, size, self.load_record(source, 0, size))

    def zero(self, p: Any, offset: int, size: int) -> None:
        if size:
            block, start = self.reach(p, offset, size, True)
            self.let_out(block, block.halves(start, start + size))
            block.replace(start, bytes(size), b"\1" * size)

    def read(self, p: Any, size: int) -> bytes:
        if not size:
            return b""
        block, start = self.reach(p, 0, size, False)
        if 0 in block.written[start : start + size]:
            self.unwritten(p, 0, size, block, start)
        self.let_out(block, block.slots_in(start, start + size))
        return bytes(block.bytes[start : start + size])

    def write(self, p: Any, data: bytes) -> None:
        if data:
            block, start = self.reach(p, 0, len(data), True)
            self.let_out(block, block.halves(start, start + len(data)))
            block.replace(start, data, b"\1" * len(data))

    def terminated(self, p: Any, unit: int, limit: int | None = None) -> bytes:
        """The bytes before the first zero unit; at most `limit` units are looked at."""
        if p.__class__ is not Pointer:
            self.unmapped(p)
        part: Part = p.part
        zero, most = bytes(unit), None if limit is None else limit * unit
        there = max(part.size - p.offset, 0)
        seen = there if most is None else min(there, most)
        start = part.start + p.offset
        found, at = -1, 0
        while found < 0 and at + unit <= seen:
            if part.block.bytes[start + at : start + at + unit] == zero:
                found = at
            at += unit
        if found >= 0:
            return self.read(p, found + unit)[:found]
        if most is not None and seen == most:
            return self.read(p, most)
        return self.read(p, there - there % unit + unit)  # no end: it is read on

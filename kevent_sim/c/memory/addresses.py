"""What is computed with pointers, and with the numbers that stand for them.

Equivalent orders share them: each thread has addresses of its own, so that those of its blocks do not depend on what
others allocate meanwhile; those of code and of literals follow from what they are, that of a thread from its number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from operator import itemgetter
from typing import Any
from zlib import crc32

from kevent_sim.c.memory.blocks import Block, BlockKind, Pointer
from kevent_sim.c.memory.checks import Checks
from kevent_sim.machine.call import not_simulated
from kevent_sim.machine.ntstatus import UndefinedBehaviour
from kevent_sim.machine.regions import stop_machine

_KERNEL, _THREAD = 0xFFFF_8000_0000_0000, 1 << 36
_CODE, LITERALS = 0xFFFF_F800_0000_0000, 0xFFFF_F900_0000_0000
_GUARD = 0x1000  # between two blocks
_MOST = 1 << 26  # bytes in one of them


def of_thread(number: int) -> int:
    """Where a thread's object lies, and behind it all that the thread makes."""
    return _KERNEL + number * _THREAD


def by_contents(base: int, contents: bytes) -> int:
    """An address that no other contents have, but for a chance of one in four thousand millions."""
    return base + crc32(contents) * 16


_address = itemgetter(0)


class Addresses(Checks):
    """Pointers, and numbers."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, Block]] = []  # by address
        self._functions: dict[Any, int] = {}
        self._taken: dict[int, int] = {}  # thread -> where the last address ends that it gave back, and that is known

    def new_block(self, kind: BlockKind, size: int, thread: int, written: bool, address: int = 0) -> Block:
        """Memory at an address of its own; where the thread's next lies, unless one is given."""
        if size > _MOST:
            raise not_simulated(f"{size} bytes of memory at once", f"make do with {_MOST}")
        block = Block(kind, size, address or self.next_address(thread), written)
        insort(self._blocks, (block.address, block), key=_address)
        return block

    def next_address(self, thread: int) -> int:
        """Behind all that the thread has made, but for what is gone (`no_block`): who comes back to where it was, with
        what it had, gets the same again."""
        at = bisect_left(self._blocks, of_thread(thread + 1), key=_address) - 1
        behind = self._taken.get(thread, of_thread(thread))
        if at >= 0 and self._blocks[at][0] >= of_thread(thread):
            address, last = self._blocks[at]
            behind = max(behind, address + len(last.bytes))
        return behind + _GUARD

    def no_block(self, block: Block) -> None:
        """Nobody can ask any more what lies there: its address was never a number, and no other thread knows it."""
        self._blocks.pop(bisect_right(self._blocks, block.address, key=_address) - 1)
        block.given_back = True

    def take_back(self, block: Block) -> None:
        """Somebody asks nevertheless: what lies there by now others can reach, and nothing else will lie there."""
        block.given_back = False
        thread, end = (block.address - _KERNEL) // _THREAD, block.address + len(block.bytes)
        self._taken[thread] = max(self._taken.get(thread, 0), end)
        at = max(bisect_right(self._blocks, block.address, key=_address) - 1, 0)
        for start, other in self._blocks[at:]:
            if start >= end:
                break
            for part in other.parts if block.address < start + len(other.bytes) else ():
                self.share(part.at(0))

    # -- the numbers -------------------------------------------------------------------------------------------------

    def address_of(self, value: Any) -> int:
        if value is None:
            return 0
        if value.__class__ is Pointer:
            return value.address
        if isinstance(value, int):
            return value & (1 << 64) - 1
        if value not in self._functions:
            self._functions[value] = by_contents(_CODE, value.__name__.encode())
        return self._functions[value]

    def address(self, p: Any) -> int:
        """A pointer as a number. Where that goes nobody follows, so others can reach what it points at."""
        self.share(p)
        return self.address_of(p)

    def pointer(self, address: int) -> Any:
        """What a number stands for. No pointer into what one thread alone can reach has become one: who has guessed it
        has a number."""
        if address == 0:
            return None
        at = bisect_right(self._blocks, address, key=_address) - 1
        if at >= 0:
            start, block = self._blocks[at]
            part = block.part_at(address - start)
            if part is not None and (part.shared or block.kind in ("literal", "kernel")):
                return part.at(address - start - part.start)
        return next((one for one, where in self._functions.items() if where == address), address)

    # -- arithmetic --------------------------------------------------------------------------------------------------

    def field(self, p: Any, offset: int) -> Any:
        if p.__class__ is Pointer:
            return p.part.at(p.offset + offset)
        return self.pointer(self.address_of(p) + offset & (1 << 64) - 1)

    def index(self, p: Any, count: int, size: int) -> Any:
        if p.__class__ is Pointer:
            return p.part.at(p.offset + count * size)
        return self.pointer(self.address_of(p) + count * size & (1 << 64) - 1)

    def difference(self, p: Any, q: Any, size: int) -> int:
        if p.__class__ is Pointer and q.__class__ is Pointer and p.part is not q.part:
            stop_machine(UndefinedBehaviour(f"{p!r} and {q!r} point into two objects, and are subtracted"))
        return (self.address_of(p) - self.address_of(q)) // size

    def order(self, p: Any, q: Any) -> int:
        return self.address_of(p) - self.address_of(q)

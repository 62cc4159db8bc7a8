"""What is checked of an access: that what is there lives, that it lies inside, that something was written there.

Three look at memory: a thread's own code (`Memory`), a routine of the kernel in its step (`InStep`), and whoever asks
what a call would touch (`Peek`), who is told no finding. They differ in who is told of what they do.
"""

from __future__ import annotations

from typing import Any, NoReturn

from kevent_sim.c.memory.blocks import Block, Part, Pointer
from kevent_sim.machine.call import not_simulated
from kevent_sim.machine.memory import EMBEDDED
from kevent_sim.machine.regions import ended

_STOPS = {"stack": 0xF7, "pool": 0x19}  # a write past the end; elsewhere it is a page fault


def bytes_are(count: int) -> str:
    return f"{count} byte{'s are' if count != 1 else ' is'}"


class Checks:
    """`reach` looks at what is not plain to see; of a part that is `quick` at its bounds alone."""

    strict: bool  # what is wrong stops the machine

    # -- who is told -------------------------------------------------------------------------------------------------

    def told(self, part: Part, offset: int, size: int, writes: bool) -> None:
        """Shared memory is read or written."""
        raise NotImplementedError

    def wrong(self, kind: str, code: int | None, text: str) -> None:
        """Something is wrong with an access: the machine stops, or it goes on and that is noted."""
        raise NotImplementedError

    def unmapped(self, p: Any) -> NoReturn:
        """What is no pointer into memory is read or written."""
        raise NotImplementedError

    def pointer(self, address: int) -> Any:
        raise NotImplementedError

    def address_of(self, value: Any) -> int:
        raise NotImplementedError

    def share(self, value: Any) -> None:
        """What a pointer points at can be reached by others from now on."""
        raise NotImplementedError

    # -- checks ------------------------------------------------------------------------------------------------------

    def reach(self, p: Any, offset: int, size: int, writes: bool) -> tuple[Block, int]:
        """Where an access takes place: the block, and the offset in it."""
        if p.__class__ is not Pointer:
            self.unmapped(p)
        part: Part = p.part
        block, at = part.block, p.offset + offset
        if part.quick and at >= 0 and at + size <= part.size:
            return block, part.start + at
        inside = self.check(part, at, size, writes)
        start = part.start + at
        if block.objects or block.numbers:
            self.meet_objects(block, start, size, writes)
        for each, first, many in ((part, at, size),) if inside else block.pieces(start, start + size):
            if each.shared and many:
                self.told(each, first, many, writes)
        return block, start

    def check(self, part: Part, at: int, size: int, writes: bool) -> bool:
        """Whether an access lies inside; what is wrong with it is told."""
        block, does = part.block, "written" if writes else "read"
        if how := ended(part.region):
            kind = "dead stack" if block.kind == "stack" else "use after free"
            self.wrong(kind, 0xD5, f"{part.told(at)} is {does} after {how}")
        if part.thing is not None and part.size == 0:
            raise not_simulated(f"the fields of {part.name}", "use the routines that take it")
        if 0 <= at <= part.size - size:
            if block.kind == "literal" and writes:
                self.wrong("read-only", 0xBE, f"{bytes_are(size)} written in a string literal")
            return True
        self._outside(part, at, size, writes)
        for each in block.parts:  # what is written there may be a pointer
            each.held = True
        if part.start + at < 0 or part.start + at + size > len(block.bytes):
            self.beyond(part)
        return False

    def home(self, p: Pointer, size: int) -> Pointer:
        """A place of so many bytes, of the part that it lies in, whichever the pointer was made of."""
        part, block = p.part, p.part.block
        if 0 <= p.offset <= part.size - size:
            return p
        self.check(part, p.offset, size, True)
        start = part.start + p.offset
        part, offset, many = next(block.pieces(start, start + size))
        if many < size:
            raise not_simulated(f"one object in {part.name} and in what lies behind it", "give it memory of its own")
        return part.at(offset)

    def _outside(self, part: Part, at: int, size: int, writes: bool) -> None:
        does = "written" if writes else "read"
        past = min(at + size - part.size, size)
        many = f"{bytes_are(size)} {does}"
        if at < 0:
            where = f"{-at} byte{'s' * (at != -1)} before {part.name}"
        elif at < part.size:
            first = part.told(at).removesuffix("[0]") if at else part.name
            where = f"at {first}, {past} of them past the end of {part.name} ({part.size} bytes)"
        else:
            behind = at - part.size
            far = f"{behind} byte{'s' * (behind != 1)} behind" if behind else "at"
            where = f"{far} the end of {part.name} ({part.size} bytes)"
        code = _STOPS.get(part.block.kind, 0x50) if writes else 0x50
        self.wrong("out of bounds", code, f"{many} {where}")

    def beyond(self, part: Part) -> NoReturn:
        """Bytes that nobody knows: what lies behind a block is not simulated."""
        raise not_simulated(f"what lies beside {part.name}", "stay inside it, or run it with  memory='strict'")

    def meet_objects(self, block: Block, start: int, size: int, writes: bool) -> None:
        for at, one in list(block.objects.items()):
            if at < start + size and start < at + EMBEDDED[type(one)]:
                if not writes:
                    raise not_simulated(f"the fields of {one.name}", "use the routines that take it")
                if one.Header.WaitListHead:
                    waiting = ", ".join(sorted(each.Thread.name for each in one.Header.WaitListHead))
                    self.wrong("overwritten", 0x139, f"{one.name} is written over while {waiting} waits on it")
                self.forget(block, at)
        if writes and block.numbers:
            block.numbers.difference_update(block.numbers_in(start, start + size))

    def forget(self, block: Block, at: int) -> None:
        """What one waits for is no more, as bytes were written over it."""
        raise NotImplementedError

    def unwritten(self, p: Pointer, offset: int, size: int, block: Block, start: int) -> None:
        """Some of these bytes nobody has written. What lies between two members has no value, and is no matter."""
        for at in range(start, start + size):
            within = at - p.part.start
            if not block.written[at] and not p.part.is_padding(within):
                what = p.part.told(within)
                self.wrong("uninitialised", None, f"{what} is read, but nothing was written there before")
                return

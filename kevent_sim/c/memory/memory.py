"""The memory of one load of a driver: what `interface` asks for, but the calls; and how routines see it."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, NoReturn

from kevent_sim.c.memory.access import Access
from kevent_sim.c.memory.blocks import Block, Part, Pointer
from kevent_sim.c.memory.homes import Homes
from kevent_sim.c.runtime import STATUS_ACCESS_VIOLATION, Raised, pointer
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import learners_frame, line_of
from kevent_sim.machine.memory import Within
from kevent_sim.machine.ntstatus import BugCheck, UndefinedBehaviour
from kevent_sim.machine.regions import stop_machine

_USER = 1 << 47  # below it lie the addresses of programs


class _Looked(Access, Homes):
    """What all have in common who look at a driver's memory."""

    made: type = bool  # how it is recorded whether an access has written

    def site(self) -> tuple[int, CodeType, int]:
        """Whose doing it is: steps taken by then, the one that it belongs to among them; code object, instruction."""
        raise NotImplementedError

    def told(self, part: Part, offset: int, size: int, writes: bool) -> None:
        kernel = self.kernel
        structure, number, trace = part.structure or part.as_structure(), kernel.caller.number, kernel.trace
        step, code, instruction = self.site()
        if writes:
            trace.wrote(structure)
        made = self.made(writes)
        for span in part.spans_of(offset, size):
            access = step, number, structure, span, made, code, instruction
            if writes:
                trace.accesses.append(access)
            else:
                reads = trace.reads.get(id(structure))
                if reads is None:
                    reads = trace.reads[id(structure)] = {}
                site = number, id(code), instruction, span.start, span.end
                reads[site] = (*reads.get(site, ())[:1], access)

    def wrong(self, kind: str, code: int | None, text: str) -> None:
        if not self.strict:
            self.kernel.record_finding(kind, text, line_of(*self.site()[1:]))
            return
        stop = UndefinedBehaviour(text) if code is None else BugCheck(code, text, *(3,) * (code == 0x139))
        stop.finding = kind
        stop_machine(stop)


class Memory(_Looked):
    """As a thread's own code sees it."""

    def __init__(self, kernel: Kernel, lowered: Any, strict: bool, orders: Any) -> None:
        super().__init__()
        self.kernel, self.strict, self.orders = kernel, strict, orders
        self.types, self.frames = lowered.types, lowered.frames
        self.variables, self.names, self.locals = lowered.variables, lowered.names, lowered.locals
        self.in_step: Access = InStep(self)

    def site(self) -> tuple[int, CodeType, int]:
        frame = learners_frame()
        return self.kernel.trace.steps, frame.f_code, frame.f_lasti

    def unmapped(self, p: Any, used: str = "dereferenced") -> NoReturn:
        address = self.address_of(p)
        what = "NULL" if p is None else f"0x{address:X}" if isinstance(p, int) else self.named(p)
        text = f"{what} is {used}{', and nothing lies there' * isinstance(p, int)}"
        if address < _USER:
            raise Raised(STATUS_ACCESS_VIOLATION, text, "null")
        stop = BugCheck(0x50, text, address)
        stop.finding = "null"
        stop_machine(stop)

    @staticmethod
    def named(p: Any) -> str:
        return str(p.part.told(p.offset)) if isinstance(p, Pointer) else f"the code of {p.__name__}"

    def fresh(self, p: Any) -> None:
        part = p.part
        block, end = part.block, part.start + part.size
        block.replace(part.start, bytes(part.size), bytes(part.size))
        for at in [at for at in block.objects if part.start <= at < end]:
            self.meet_objects(block, at, 1, True)


class InStep(_Looked):
    """As a routine of the kernel sees it, while it takes its step: what it does there belongs to that step."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.kernel, self.strict = memory.kernel, memory.strict
        self.pointer, self.address_of, self.share = memory.pointer, memory.address_of, memory.share  # type: ignore[method-assign]
        self.forget = memory.forget  # type: ignore[method-assign]

    made = Within

    def site(self) -> tuple[int, CodeType, int]:
        _, _, code, instruction = self.kernel.caller.call
        assert code is not None
        return self.kernel.trace.steps + 1, code, instruction

    def unmapped(self, p: Any) -> NoReturn:
        address = self.address_of(p)
        what = "NULL" if p is None else f"0x{address:X}"
        text = f"{what} is no address of memory, and {self.kernel.caller.call[0].name} uses it as one"
        stop = BugCheck(0x50 if address >= _USER else 0x7E, text, *((address,) if address >= _USER else (0xC0000005,)))
        stop.finding = "null"
        stop_machine(stop)


class _Unreadable(Exception):
    """There is nothing to be read."""


class Peek(Access):
    """As it is seen by who asks what a call would touch, or what it is given: nobody is told, nothing stops. Where
    there is nothing to be read it reads as 0: the call itself will stop the machine."""

    def __init__(self, memory: Memory) -> None:
        self.pointer, self.address_of = memory.pointer, memory.address_of  # type: ignore[method-assign]
        self.field = memory.field

    def told(self, part: Part, offset: int, size: int, writes: bool) -> None:
        pass

    def wrong(self, kind: str, code: int | None, text: str) -> None:
        pass

    def unmapped(self, p: Any) -> NoReturn:
        raise _Unreadable

    def share(self, value: Any) -> None:
        pass

    def meet_objects(self, block: Block, start: int, size: int, writes: bool) -> None:
        pass

    def beyond(self, part: Part) -> NoReturn:
        raise _Unreadable

    def load(self, p: Any, offset: int, type: Callable[[Any], Any]) -> Any:
        try:
            return super().load(p, offset, type)
        except _Unreadable:
            return None if type is pointer else 0

    def read(self, p: Any, size: int) -> bytes:
        try:
            return super().read(p, size)
        except _Unreadable:
            return bytes(size)

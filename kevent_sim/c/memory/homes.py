"""Where what has an address lives: globals, the stack, literals, the kernel's own objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from kevent_sim.c.layout import rounded
from kevent_sim.c.memory.addresses import LITERALS, Addresses, by_contents, of_thread
from kevent_sim.c.memory.blocks import BlockKind, Part, Pointer
from kevent_sim.c.memory.shown import dump
from kevent_sim.c.types import Array, Record, Type
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import learners_frame, line_of
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.regions import Region, stop_machine
from kevent_sim.machine.stack import SECURITY_COOKIE
from kevent_sim.machine.thread import KTHREAD

_COOKIE = SECURITY_COOKIE.to_bytes(8, "little")
_CALLER = 136  # the return address, and what of the caller's frame is known

Layout = tuple[list[tuple[str, Type, int]], int, bool]  # name, type, start of each; the cookie's start; is it looked at


class Homes(Addresses):
    """Where things live. Parts begin as their thread's own, and are shared once others can reach them."""

    kernel: Kernel
    types: Mapping[str, Record]
    frames: Mapping[str, Sequence[tuple[str, Type]]]
    variables: Mapping[str, Type]
    names: Mapping[str, str]
    orders: Mapping[str, Sequence[str]]

    def __init__(self) -> None:
        super().__init__()
        self._layouts: dict[str, Layout] = {}
        self._literals: dict[bytes, Pointer] = {}
        self._lines: dict[tuple[int, int], int] = {}
        self._kernels: dict[int, tuple[Any, Part]] = {}

    def new(
        self, kind: BlockKind, size: int, name: str, type: Type | None = None, written: bool = True, address: int = 0
    ) -> Part:
        """A block that is one part; the thread's that runs, unless it has an address."""
        current = self.kernel.current
        number = current.number if current is not None else 0
        return Part(self.new_block(kind, size, number, written, address), 0, size, name, type)

    def variable(self, name: str) -> Pointer:
        """Others can reach it by its name."""
        type = self.variables[name]
        part = self.new("global", type.size, name.rpartition(".")[2], type)
        part.region = self.kernel.image
        self.share(part.at(0))
        self.kernel.trace.variables[name] = partial(dump, part)
        return part.at(0)

    def string(self, text: bytes) -> Pointer:
        return self._literal(text + b"\0")

    def wide(self, text: str) -> Pointer:
        return self._literal(text.encode("utf-16-le", "surrogatepass") + b"\0\0")

    def _literal(self, data: bytes) -> Pointer:
        found = self._literals.get(data)
        if found is None:
            part = self.new("literal", len(data), "a string literal", address=by_contents(LITERALS, data))
            part.block.bytes[: len(data)] = data
            part.shared = not self.strict
            found = self._literals[data] = part.at(0)
        return found

    def of_kernel(self, thing: Any, name: str, size: int = 0, type: Type | None = None) -> Pointer:
        """A pointer to an object of the kernel's own, the same one each time."""
        known = self._kernels.get(id(thing))
        if known is None:
            address = of_thread(thing.number) if isinstance(thing, KTHREAD) else 0
            part = self.new("kernel", size, name, type, address=address)
            part.thing = thing
            self.share(part.at(0))
            known = self._kernels[id(thing)] = thing, part
        return known[1].at(0)

    def share(self, value: Any) -> None:
        if value.__class__ is not Pointer:
            return
        part: Part = value.part
        if part.shared or part.block.kind == "literal":
            return
        part.shared, part.quick = True, False
        self._tell_shared(part)
        if part.block.given_back:
            self.take_back(part.block)
        if part.block.kind == "stack":
            self.region_of(part)
        if not self.strict:  # who has one of them can go on to its neighbours
            for each in part.block.parts:
                self.share(each.at(0))
        for at, one in part.block.slots.items():
            if part.start <= at < part.start + part.size:
                self.share(one)

    def _tell_shared(self, part: Part) -> None:
        if part.block.kind != "kernel":
            self.kernel.trace.shared.append(part.as_structure())

    def typed(self, p: Any, name: str) -> Any:
        """A pointer that is cast. Memory without a type takes on the one that its own thread gives it: of those of two
        threads the first would be a matter of chance."""
        if p.__class__ is Pointer and p.part.type is None and p.offset == 0:
            part: Part = p.part
            alone = not part.shared or len(self.kernel.trace.threads) == 1
            if alone and part.block.kind in ("pool", "extension"):
                part.has_type(self.types[name], name)
                if part.shared:
                    self._tell_shared(part)
        return p

    def region_of(self, part: Part) -> Region:
        """The life of a part that others know."""
        if part.region is None:
            if part.block.kind == "stack":
                part.region = self.kernel.new_frame(part.block.owner)
                part.region.holds = part.as_structure()
            else:
                part.region = Region("pool", part.name, self.kernel.steps)
        return part.region

    def line(self) -> int:
        """The line of the driver's that runs."""
        frame = learners_frame()
        site = id(frame.f_code), frame.f_lasti
        if site not in self._lines:
            self._lines[site] = line_of(frame.f_code, frame.f_lasti)
        return self._lines[site]

    # -- the stack ---------------------------------------------------------------------------------------------------

    def frame(self, function: str) -> Frame:
        return Frame(self, function, self._layout(function))

    def _layout(self, function: str) -> Layout:
        layout = self._layouts.get(function)
        if layout is None:
            layout = self._layouts[function] = laid_out(self.frames[function], self.orders.get(function, ()))
        return layout


def laid_out(variables: Sequence[tuple[str, Type]], order: Sequence[str]) -> Layout:
    """As /GS lays locals out, from the lowest address up: what holds no array, records that hold one, arrays; then the
    cookie. Those named in `order` come after the others, in that order."""

    def rank(each: tuple[str, Type]) -> tuple[int, int]:
        name, type = each
        if name in order:
            return 3, order.index(name)
        return (2 if isinstance(type, Array) else int(_holds_array(type))), 0

    places: dict[str, int] = {}
    end = 0
    for name, type in sorted(variables, key=rank):
        places[name] = start = rounded(end, max(8, type.align))
        end = start + type.size
    guarded = any(isinstance(type, Array) or _holds_array(type) for _, type in variables)
    return [(name, type, places[name]) for name, type in variables], rounded(end, 8), guarded


def _holds_array(type: Type) -> bool:
    return isinstance(type, Record) and any(
        isinstance(field.type, Array) or _holds_array(field.type) for field in type.fields
    )


class Frame:
    """The locals of one call that live in memory."""

    __slots__ = ("block", "cookie", "function", "guarded", "home", "pointers")

    def __init__(self, home: Homes, function: str, layout: Layout) -> None:
        places, self.cookie, self.guarded = layout
        current = home.kernel.current
        number = current.number if current is not None else 0
        self.home, self.function = home, function
        self.block = block = home.new_block("stack", self.cookie + 8 + _CALLER, number, False)
        block.owner = function
        self.pointers = [
            Part(block, start, type.size, home.names.get(name, name), type).at(0) for name, type, start in places
        ]
        end = self.cookie + 8
        Part(block, self.cookie, 8, "the /GS cookie")
        block.bytes[self.cookie : end] = _COOKIE
        block.written[self.cookie :] = b"\1" * (len(block.written) - self.cookie)

    def contents(self) -> tuple[Any, ...]:
        """Its locals are met where code names them."""
        return (self.function,)

    def __enter__(self) -> Sequence[Pointer]:
        return self.pointers

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """The function returns. Where the simulator itself gives up a coroutine, nobody returns."""
        if kind is GeneratorExit:
            return
        block, kernel = self.block, self.home.kernel
        cookie = block.parts[-1]
        if self.guarded and cookie.shared:
            self.home.told(cookie, 0, cookie.size, False)
        how, line = f"{self.function} has returned", self.home.line()
        known = [part.region for part in block.parts if part.region is not None]
        if known:
            kernel.end_frames(how, known, line)
        gone = Region("stack frame", self.function)
        gone.end(how, line)
        for part in block.parts:
            part.quick, part.region = False, part.region or gone
        if not any(part.shared for part in block.parts):
            self.home.no_block(block)
        if kind is None and self.guarded and block.bytes[self.cookie : self.cookie + 8] != _COOKIE:
            found = int.from_bytes(block.bytes[self.cookie : self.cookie + 8], "little")
            reason = f"{self.function} returns, and its /GS cookie was written over"
            stop_machine(BugCheck(0xF7, reason, found, SECURITY_COOKIE, SECURITY_COOKIE ^ (1 << 64) - 1))

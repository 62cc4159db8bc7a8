"""The memory of a load, with what the calls need of it: the kernel's objects behind pointers, and C's values as the
routines take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import CO_VARARGS, iscoroutine
from types import FrameType, FunctionType
from typing import Any, NoReturn

from kevent_sim import ntifs
from kevent_sim.c.calls.views import View
from kevent_sim.c.memory.blocks import Block, Part, Pointer
from kevent_sim.c.memory.leaves import waited_for
from kevent_sim.c.memory.memory import Memory, Peek
from kevent_sim.c.memory.shown import variables
from kevent_sim.machine.absent import refusal
from kevent_sim.machine.call import not_simulated
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.memory import EMBEDDED, span
from kevent_sim.machine.ntstatus import UndefinedBehaviour
from kevent_sim.machine.objects import KEVENT, DispatcherObject
from kevent_sim.machine.regions import Region, stop_machine
from kevent_sim.machine.structures import HANDLE, PVOID

_ROUNDS = 1_000_000
_MOST = 1024  # calls whose arguments are known; they are few in a driver, and met again and again


class DriverMemory(Memory):
    """The `m` of a loaded driver."""

    def __init__(self, kernel: Kernel, lowered: Any, strict: bool, orders: Any) -> None:
        super().__init__(kernel, lowered, strict, orders)
        kernel.next_address = self.next_address
        self.peek = Peek(self)
        self.seen: Any = self.peek  # how views read: as a routine in its step, or as who asks what that would touch
        self._known: dict[Any, Sequence[Any]] = {}
        self._handles: dict[int, HANDLE] = {}
        self._rounds, self._at = 0, -1  # since it was looked whether steps were taken; how many there were then

    # -- calls -------------------------------------------------------------------------------------------------------

    def arguments(self, routine: Callable[..., Any], *values: Any) -> Sequence[Any]:
        known = self._known.get((routine, values))
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            given: list[Any] = []
            for take, value in zip(routine.takes, values, strict=True):  # type: ignore[attr-defined]
                taken = take(self, value)
                given.extend(taken) if type(taken) is tuple else given.append(taken)
            known = tuple(given)
            if routine.kept:  # type: ignore[attr-defined]
                self._known[routine, values] = known
        return known

    def result(self, value: Any) -> Any:
        if value is None or isinstance(value, int | Pointer | FunctionType):
            return value
        return self.of_kernel(value, getattr(value, "name", "") or type(value).__name__)

    async def call(self, function: Any, *values: Any) -> Any:
        if not isinstance(function, FunctionType):
            self.unmapped(function, "called")
        if hasattr(function, "takes"):
            return await function(*self.arguments(function, *values))
        takes = function.__code__.co_argcount
        if takes != len(values) and not function.__code__.co_flags & CO_VARARGS:
            text = f"{function.__name__} takes {takes} argument{'s' * (takes != 1)}, but is called with {len(values)}"
            stop_machine(UndefinedBehaviour(text))
        result = function(*values)
        return await result if iscoroutine(result) else result

    def locals_of(self, frame: FrameType) -> Iterator[tuple[str, str]]:
        """What a debugger shows of a function of the driver's that is running: its variables, in words."""
        return variables(self, frame)

    def round(self) -> None:
        """A thread that goes on for ever without a step would keep the simulator, too."""
        self._rounds += 1
        if self._rounds >= _ROUNDS:
            if self._at == self.kernel.trace.steps:
                raise not_simulated(
                    "a loop of a million rounds in which no routine is called, so that no other thread runs",
                    "wait in it, for example with KeDelayExecutionThread",
                )
            self._at, self._rounds = self.kernel.trace.steps, 0

    def missing(self, name: str, *values: Any) -> NoReturn:
        raise refusal(name) or not_simulated(name, "leave it out, or do without it")

    def external(self, name: str) -> Pointer:
        """`extern POBJECT_TYPE *PsThreadType;`: a pointer to a pointer to the type."""
        if not hasattr(ntifs, name):
            raise not_simulated(f"{name}, which is declared here and defined elsewhere", "define it in this file")
        kind, cell, variable = getattr(ntifs, name), self.new("kernel", 8, f"*{name}"), self.new("kernel", 8, name)
        cell.block.slots[0], variable.block.slots[0] = self.of_kernel(kind, kind.__name__), cell.at(0)
        return variable.at(0)

    # -- what is behind a pointer ------------------------------------------------------------------------------------

    def handle(self, value: int) -> HANDLE:
        """A handle by value: one for each number, as it is never filled in."""
        if value not in self._handles:
            made = self._handles[value] = HANDLE()
            made.value = value
        return self._handles[value]

    def thing(self, p: Any) -> Any:
        """The kernel's own object that a pointer stands for; what it is else."""
        return p.part.thing if p.__class__ is Pointer and p.part.thing is not None else p

    def known_object(self, p: Any) -> Any:
        """What one waits for at an address, where it is known by now."""
        if p.__class__ is not Pointer:
            return None
        part: Part = p.part
        return part.thing if part.thing is not None else part.block.objects.get(part.start + p.offset)

    def dispatcher(self, p: Any, kind: type | None = None) -> Any:
        """What one waits for at an address; NULL as the routines know it."""
        if p is None:
            return PVOID()
        if p.__class__ is not Pointer:
            self.unmapped(p)
        if p.part.thing is not None:
            return p.part.thing
        part: Part = p.part
        objects, at = part.block.objects, part.start + p.offset
        found = objects.get(at)
        if found is not None and kind in (None, type(found)):
            return found
        kind = kind or waited_for(part.type, p.offset) or KEVENT
        p = self.home(p, EMBEDDED[kind])
        part = p.part
        self._check_unused(part, p.offset, kind)
        made = objects[at] = kind(part.told(p.offset).rpartition(".")[2], self.region_of(part))
        part.quick = False
        self.kernel.homes[made] = part.as_structure(), span(made.name, p.offset, p.offset + EMBEDDED[kind])
        return made

    @staticmethod
    def _check_unused(part: Part, offset: int, kind: type) -> None:
        """One place is one thing: else who came first would decide what it is."""
        block, start = part.block, part.start + offset
        end = start + EMBEDDED[kind]
        used = [
            f"{other.name}, which is a {type(other).__name__}"
            for at, other in block.objects.items()
            if start < at + EMBEDDED[type(other)] and at < end
        ]
        used += [
            f"{part.told(at - part.start)}, which is a number of the Interlocked routines"
            for at, _ in block.numbers_in(start, end)
        ]
        if used:
            raise not_simulated(f"{used[0]}, as a {kind.__name__}", "give each memory of its own")

    def forget(self, block: Block, at: int) -> None:
        self._known.clear()
        gone = block.objects.pop(at)
        gone.region = Region("bytes", "", gone.region.since)  # its own end, not that of what it lies in
        gone.region.end("bytes were written over it", self.line())


def cells_of(argument: Any) -> Any:
    """The memory that an argument is, or lies in, where others know that."""
    if isinstance(argument, View):
        yield from argument.cells()
    elif isinstance(argument, DispatcherObject) and argument.region is not None and argument.region.kind == "pool":
        yield ("memory", argument.region.holds), False

"""The pool: memory that a driver asks for, and gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from sys import _getframe
from typing import Any

from kevent_sim.c.calls.objects import DriverMemory
from kevent_sim.c.calls.views import PoolView
from kevent_sim.c.memory.blocks import Pointer
from kevent_sim.machine.call import Footprint, Routine, make_call, not_simulated, routine
from kevent_sim.machine.irql import DISPATCH
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.regions import stop_machine

POOL_FLAG_UNINITIALIZED = 0x2
_POOLS = 0x40 | 0x80 | 0x100  # non-paged, non-paged for code, paged
_NEVER_FAILS = 0x1 | 0x8 | 0x20  # quota, alignment, raise: what they ask for is a matter of what fails or where it lies


def _allocate(memory: DriverMemory, size: int, tag: int, zeroed: bool) -> Pointer:
    kernel, line = memory.kernel, memory.line()
    if size == 0:
        stop_machine(BugCheck(0xC4, "an allocation of 0 bytes", 0, 0, 0, tag))
    part = memory.new("pool", size, "the pool block", written=zeroed)
    part.block.tag = tag
    region = memory.region_of(part)
    region.holds, region.owner = part, f"the {size} bytes allocated in line {line}"
    kernel.pool[region] = line
    return part.at(0)


def ExAllocatePool2(memory: DriverMemory, Flags: int, NumberOfBytes: int, Tag: int) -> Pointer:
    if unknown := Flags & ~(_POOLS | _NEVER_FAILS | POOL_FLAG_UNINITIALIZED):
        raise not_simulated(f"the pool flags 0x{unknown:x}", "type:  POOL_FLAG_NON_PAGED")
    if (Flags & _POOLS).bit_count() != 1:
        raise not_simulated("an allocation that does not name one pool", "type:  POOL_FLAG_NON_PAGED")
    return _allocate(memory, NumberOfBytes, Tag, not Flags & POOL_FLAG_UNINITIALIZED)


def ExAllocatePoolWithTag(memory: DriverMemory, PoolType: int, NumberOfBytes: int, Tag: int) -> Pointer:
    return _allocate(memory, NumberOfBytes, Tag, False)


def ExAllocatePoolZero(memory: DriverMemory, PoolType: int, NumberOfBytes: int, Tag: int) -> Pointer:
    return _allocate(memory, NumberOfBytes, Tag, True)


def ExAllocatePool(memory: DriverMemory, PoolType: int, NumberOfBytes: int) -> Pointer:
    return _allocate(memory, NumberOfBytes, 0, False)


ALLOCATE: dict[str, Callable[..., Any]] = {
    "ExAllocatePool": ExAllocatePool,
    "ExAllocatePool2": ExAllocatePool2,
    "ExAllocatePoolUninitialized": ExAllocatePoolWithTag,
    "ExAllocatePoolWithTag": ExAllocatePoolWithTag,
    "ExAllocatePoolZero": ExAllocatePoolZero,
}


# -- freeing: a step where others know the block, for they can tell whether it was done --------------------------------


def _freed_cells(kernel: Kernel, P: PoolView, *_: Any) -> Footprint:
    yield ("memory", P.at.part), True
    for one in P.at.part.objects():
        yield ("object", one), True


@routine(_freed_cells, DISPATCH)
def ExFreePoolWithTag(kernel: Kernel, P: PoolView, Tag: int) -> None:
    """Give back what was allocated with this tag; 0 is that of none."""
    _free(P.memory.in_step, P, Tag, "ExFreePoolWithTag", line_of(*kernel.caller.call[2:]))


@routine(_freed_cells, DISPATCH)
def ExFreePool2(kernel: Kernel, P: PoolView, Tag: int, ExtendedParameters: Any, ExtendedParametersCount: int) -> None:
    """Give back what was allocated with this tag; there are no other parameters of it here."""
    _free(P.memory.in_step, P, Tag, "ExFreePool2", line_of(*kernel.caller.call[2:]))


def _free(seen: Any, P: PoolView, tag: int, by: str, line: int) -> None:
    p = P.at
    part = p.part if p.__class__ is Pointer else None
    region = None if part is None else part.region
    if part is None or region is None or part.block.kind != "pool" or p.offset:
        what = "NULL" if p is None else told(p) if part is not None else f"0x{P.memory.address_of(p):X}"
        stop = BugCheck(0xC2, f"{by} is given {what}, which is not an allocation", 0x46 if p is None else 7)
        stop.finding = "bad free"
        stop_machine(stop)
    if region.ended:
        seen.wrong("bad free", 0xC2, f"{part.name} is freed again, after {region.ended}")
        return
    if tag and part.block.tag not in (0, tag):
        seen.wrong("bad free", 0xC2, f"{part.name} was allocated with another tag than it is freed with")
    for one in part.objects():
        if one.Header.WaitListHead:
            waiting = ", ".join(sorted(each.Thread.name for each in one.Header.WaitListHead))
            seen.wrong("overwritten", 0x139, f"{one.name} is freed while {waiting} waits on it")
    if part.shared:
        seen.told(part, 0, part.size, True)
    else:
        P.memory.no_block(part.block)
    part.quick = False
    region.end(f"{by} freed it", line)


def told(p: Pointer) -> str:
    part = p.part
    return (
        f"a pointer {p.offset} bytes into {part.name}" if part.block.kind == "pool" else f"the address of {part.name}"
    )


async def _done() -> None:
    """What was done at once."""


def _of_c(given: Any) -> Callable[..., Awaitable[None]]:
    step: Routine = given.routine

    def call(P: PoolView, Tag: int, *more: Any) -> Awaitable[None]:
        frame = _getframe(1)
        if any(more):
            raise not_simulated(f"the extended parameters of {step.name}", "use NULL and 0")
        if P.at.__class__ is Pointer and P.at.part.shared:
            return make_call((step, (P, Tag, *more), frame.f_code, frame.f_lasti))
        step.irql.enforce(step.name, (), P.memory.kernel.caller.Irql)
        _free(P.memory, P, Tag, step.name, P.memory.line())
        return _done()

    call.__name__ = call.__qualname__ = step.name
    call.routine = step  # type: ignore[attr-defined]
    return call


FREE = {each.__name__: _of_c(each) for each in (ExFreePoolWithTag, ExFreePool2)}

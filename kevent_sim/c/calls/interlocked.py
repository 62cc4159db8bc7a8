"""The Interlocked routines that C alone has: of bits, of 64 bits, of pointers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kevent_sim import ntifs
from kevent_sim.c.calls.takes import (
    LONGS,
    WIDE,
    Take,
    context,
    number,
    pointer_field,
    written_field,
    written_pointer_field,
)
from kevent_sim.c.calls.views import VariableView
from kevent_sim.c.runtime import pointer
from kevent_sim.machine.call import Footprint, Routine
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.memory import Structure, parts_of, read_atomically
from kevent_sim.routines.interlocked import FieldCell, cells_of, read, write


def _of_bits(name: str, of: Callable[[int, int], int]) -> Routine:
    def effect(kernel: Kernel, structure: Structure, field: str, Value: int) -> int:
        before = read(kernel, structure, field, Value=Value)
        write(kernel, structure, field, of(before, Value), of(before, Value) != before)
        return before

    return Routine(name, effect, cells_of(of))


def _pointer_cells(kernel: Kernel, structure: Structure, field: str, *_: Any) -> Footprint:
    for part in parts_of(structure, field):
        yield ("interlocked", FieldCell(structure, part)), True


def _exchange(kernel: Kernel, structure: Structure, field: str, Target: VariableView, Value: Any) -> Any:
    kernel.subject = FieldCell(structure, field).name
    read_atomically(structure, field)
    kernel.record_atomic(structure, field, True)
    before = Target.memory.peek.load(Target.at, 0, pointer)
    Target.memory.peek.store(Target.at, 0, pointer, Value)
    return before


def _compare_exchange(
    kernel: Kernel, structure: Structure, field: str, Destination: VariableView, Exchange: Any, Comperand: Any
) -> Any:
    there = Destination.memory.peek.load(Destination.at, 0, pointer)
    return _exchange(kernel, structure, field, Destination, Exchange if there == Comperand else there)


def _as_it_is(memory: Any, value: Any) -> Any:
    return value


def _routines() -> dict[str, tuple[Routine, Sequence[Take]]]:
    """Name -> the routine, and what each argument becomes."""
    of_bits = {"And": operator.and_, "Or": operator.or_, "Xor": operator.xor}
    bits = {f"Interlocked{name}": _of_bits(f"Interlocked{name}", of) for name, of in of_bits.items()}
    longs = {name: getattr(ntifs, name).routine for name in LONGS} | bits
    takes = {**LONGS, **dict.fromkeys(bits, (written_field, number))}
    return {
        **{name: (each, takes[name]) for name, each in bits.items()},
        **{
            f"{name}64": (replace(each, name=f"{name}64"), [WIDE.get(take, take) for take in takes[name]])
            for name, each in longs.items()
        },
        "InterlockedExchangePointer": (
            Routine("InterlockedExchangePointer", _exchange, _pointer_cells),
            (pointer_field, context),
        ),
        "InterlockedCompareExchangePointer": (
            Routine("InterlockedCompareExchangePointer", _compare_exchange, _pointer_cells),
            (written_pointer_field, context, _as_it_is),
        ),
    }


INTERLOCKED = _routines()

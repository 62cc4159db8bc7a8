"""The Interlocked routines: a number in a shared structure is read and written in one step."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from kevent_sim.machine.call import Footprint, routine
from kevent_sim.machine.irql import ANY_IRQL
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.memory import (
    Span,
    Structure,
    field_name,
    parts_of,
    read_atomically,
    values_of,
    write_atomically,
)
from kevent_sim.machine.numbers import signed, whole_number


class FieldCell:
    """A field of one structure, whatever its class says of equality."""

    __slots__ = ("field", "structure")

    def __init__(self, structure: Structure, field: str) -> None:
        self.structure, self.field = structure, field

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldCell) and other.structure is self.structure and other.field == self.field

    def __hash__(self) -> int:
        return hash((id(self.structure), self.field))

    @property
    def name(self) -> str:
        return field_name(self.structure, self.field)


def cells_of(of: Callable[..., int]) -> Callable[..., Footprint]:
    """The footprint of a routine that makes `of(there, *values)` of the number that is there: it writes where that is
    another one. To exchange 0 for 0 is how drivers read a number in one step."""

    def cells(kernel: Kernel, structure: Structure, field: str, *values: int) -> Footprint:
        all_of = values_of(structure)[field], *values
        writes = not all(map(whole_number, all_of)) or changes(field, *all_of)
        for part in parts_of(structure, field):
            yield ("interlocked", FieldCell(structure, part)), writes

    def changes(field: str, *all_of: int) -> bool:
        there, *given = (_held(field, each) for each in all_of)
        return _held(field, of(there, *given)) != there

    return cells


def _exchanged(there: int, ExChange: int, Comperand: int) -> int:
    return ExChange if there == Comperand else there


def _held(field: str, value: int) -> int:
    """A number as the field holds it: a LONG, or as many bytes as it is said to have."""
    return signed(value, 8 * (field.end - field.start) if isinstance(field, Span) else 32)


def read(kernel: Kernel, structure: Any, field: Any, **numbers: Any) -> int:
    """The number in a field, where all that is needed is there."""
    if not isinstance(structure, Structure) or not isinstance(field, str) or field not in values_of(structure):
        raise TypeError(f'C\'s &SyncRes->Count is  SyncRes, "Count"  and not {structure!r}, {field!r}')
    kernel.subject = FieldCell(structure, field).name
    numbers[field] = read_atomically(structure, field)
    for name, number in numbers.items():
        if not whole_number(number):
            raise TypeError(f"{name} is a whole number (LONG), not {number!r}")
    return _held(field, numbers[field])


def write(kernel: Kernel, structure: Structure, field: str, value: int, writes: bool = True) -> int:
    kernel.record_atomic(structure, field, writes)
    return write_atomically(structure, field, _held(field, value))


@routine(cells_of(lambda there: there + 1), ANY_IRQL)
def InterlockedIncrement(kernel: Kernel, structure: Structure, field: str) -> int:
    """Add 1 to a number that threads share, in one step.

    Parameters: `structure`, `field`: what C calls &structure->field, a LONG.
    Returns the number after it. Raises TypeError for what is not a field of a structure, or holds no whole number.
    Bug checks: 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "InterlockedIncrement function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SHARED(Structure):
    ...     Count: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     Shared = SHARED()
    ...     print([await InterlockedIncrement(Shared, "Count") for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [1, 2]
    'completed'
    """
    return write(kernel, structure, field, read(kernel, structure, field) + 1)


@routine(cells_of(lambda there: there - 1), ANY_IRQL)
def InterlockedDecrement(kernel: Kernel, structure: Structure, field: str) -> int:
    """Take 1 from a number that threads share, in one step.

    Parameters: `structure`, `field`: what C calls &structure->field, a LONG.
    Returns the number after it. Raises TypeError for what is not a field of a structure, or holds no whole number.
    Bug checks: 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "InterlockedDecrement function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SHARED(Structure):
    ...     Count: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     Shared = SHARED()
    ...     print(await InterlockedDecrement(Shared, "Count"))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    -1
    'completed'
    """
    return write(kernel, structure, field, read(kernel, structure, field) - 1)


@routine(cells_of(lambda there, Value: Value), ANY_IRQL)
def InterlockedExchange(kernel: Kernel, structure: Structure, field: str, Value: int) -> int:
    """Replace a number that threads share, in one step.

    Parameters: `structure`, `field`: what C calls &structure->field, a LONG; `Value`, the new number.
    Returns the number before it. Raises TypeError for what is not a field of a structure, or not a whole number.
    Bug checks: 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "InterlockedExchange function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SHARED(Structure):
    ...     Stop: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     Shared = SHARED()
    ...     print([await InterlockedExchange(Shared, "Stop", 1) for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [0, 1]
    'completed'
    """
    before = read(kernel, structure, field, Value=Value)
    write(kernel, structure, field, Value)
    return before


@routine(cells_of(operator.add), ANY_IRQL)
def InterlockedExchangeAdd(kernel: Kernel, structure: Structure, field: str, Value: int) -> int:
    """Add to a number that threads share, in one step.

    Parameters: `structure`, `field`: what C calls &structure->field, a LONG; `Value`, what to add.
    Returns the number before it. Raises TypeError for what is not a field of a structure, or not a whole number.
    Bug checks: 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "InterlockedExchangeAdd function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SHARED(Structure):
    ...     Bytes: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     Shared = SHARED()
    ...     print([await InterlockedExchangeAdd(Shared, "Bytes", 10) for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [0, 10]
    'completed'
    """
    before = read(kernel, structure, field, Value=Value)
    write(kernel, structure, field, before + Value, Value != 0)
    return before


@routine(cells_of(_exchanged), ANY_IRQL)
def InterlockedCompareExchange(kernel: Kernel, structure: Structure, field: str, ExChange: int, Comperand: int) -> int:
    """Replace a number that threads share, if it is the expected one, in one step.

    Parameters: `structure`, `field`: what C calls &structure->field, a LONG; `ExChange`, the new number; `Comperand`,
    the expected number.
    Returns the number that was there: Comperand if it was replaced. Raises TypeError for what is not a field of a
    structure, or not a whole number.
    Bug checks: 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "InterlockedCompareExchange function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SHARED(Structure):
    ...     Taken: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     Shared = SHARED()
    ...     print([await InterlockedCompareExchange(Shared, "Taken", 1, 0) for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [0, 1]
    'completed'
    """
    before = read(kernel, structure, field, ExChange=ExChange, Comperand=Comperand)
    after = _exchanged(before, _held(field, ExChange), _held(field, Comperand))
    write(kernel, structure, field, after, after != before)
    return before

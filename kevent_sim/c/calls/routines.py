"""Each step of the package, as C calls it: its effect on the driver's memory, and its footprint there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, update_wrapper
from typing import Any

from kevent_sim import ntifs
from kevent_sim.c.calls import devices
from kevent_sim.c.calls.interlocked import INTERLOCKED
from kevent_sim.c.calls.objects import cells_of
from kevent_sim.c.calls.pool import FREE
from kevent_sim.c.calls.takes import CHECKED, FREES, TAKES, DeviceWithMemory, Take
from kevent_sim.c.calls.views import AttributesView, DispositionView, RenameView, View, view
from kevent_sim.c.memory.blocks import Shared, part_of
from kevent_sim.c.runtime import uint8, uint32, uint64
from kevent_sim.machine.call import Routine, calling
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import NT_SUCCESS, NTSTATUS, STATUS_INVALID_PARAMETER, STATUS_SUCCESS
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.structures import (
    FILE_STANDARD_INFORMATION,
    IO_STATUS_BLOCK,
    FileDispositionInformation,
    FileRenameInformation,
    FileStandardInformation,
)
from kevent_sim.routines.ke_waits import MAXIMUM_WAIT_OBJECTS


def opened(given: Routine, arguments: Sequence[Any]) -> Sequence[Any]:
    """What C's arguments are for the routine itself, as memory is now: the arrays, and the requests by their class."""
    match given.name, arguments:
        case "IoDeleteDevice", (DeviceWithMemory() as device,):
            return (device.device,)
        case "KeWaitForMultipleObjects", (count, objects, kind, *wait, blocks):
            most = count if 0 < count <= MAXIMUM_WAIT_OBJECTS else 0  # else it stops the machine before it looks
            return count, objects.objects(most), kind, *wait, blocks and blocks.blocks(most)
        case "ZwSetInformationFile", (*before, buffer, length, kind) if kind in _REQUESTS:
            return *before, view(_REQUESTS[kind], buffer.memory, buffer.at), length, kind
    return arguments


_REQUESTS = {FileRenameInformation: RenameView, FileDispositionInformation: DispositionView}


def used(kernel: Kernel, arguments: Iterable[Any]) -> None:
    """A step uses what lies in memory that others may write over, unseen by its routine."""
    for each in arguments:
        if isinstance(each, list):
            used(kernel, each)
        elif isinstance(each, DispatcherObject) and each in kernel.homes:
            structure, bytes_of_it = kernel.homes[each]
            if isinstance(structure, Shared) and part_of(structure).shared:
                kernel.record_atomic(structure, bytes_of_it, False)


# -- what a routine gives back in C's memory ---------------------------------------------------------------------------


def _read(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    *before, buffer, length, offset, key = arguments
    room = bytearray(length)
    made = given.effect(kernel, *before, room, length, offset, key)
    if isinstance(made, NTSTATUS) and NT_SUCCESS(made):
        buffer.fill(bytes(room[: before[-1].Information]))
    return made


def _write(
    given: Routine, slowly: Callable[..., Any], kernel: Kernel, file: Any, event: Any, apc: Any, with_it: Any, io: Any,
    buffer: Any, length: int, offset: Any, key: Any,
) -> Any:  # fmt: skip
    """Most steps of most runs are writes where the file stands: these read no memory but the buffer."""
    data = buffer.bytes(length)
    if offset is not None:
        return slowly(kernel, file, event, apc, with_it, io, data, length, offset, key)
    made = given.effect(kernel, file, event, apc, with_it, _IGNORED, data, length, None, key)
    if made is STATUS_SUCCESS:
        io.done(made, length)
    return made


_IGNORED = IO_STATUS_BLOCK()  # what a write that fails leaves as it was


def _query(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    *before, room, length, kind = arguments
    found = FILE_STANDARD_INFORMATION()
    made = given.effect(kernel, *before, found, length, kind)
    if NT_SUCCESS(made) and kind == FileStandardInformation:
        seen, to = room.memory.seen, room.at
        seen.zero(to, 0, FILE_STANDARD_INFORMATION.SIZE)
        seen.store(to, 0, uint64, found.AllocationSize)
        seen.store(to, 8, uint64, found.EndOfFile)
        seen.store(to, 16, uint32, found.NumberOfLinks)
        seen.store(to, 20, uint8, found.DeletePending)
        seen.store(to, 21, uint8, found.Directory)
    return made


def _as_it_is(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    taken = opened(given, arguments)
    used(kernel, taken)
    return given.effect(kernel, *taken)


_EFFECTS: dict[str, Callable[..., Any]] = {
    "IoCreateDevice": devices.create_device,
    "IoDeleteDevice": devices.delete_device,
    "ZwQueryInformationFile": _query,
    "ZwReadFile": _read,
}


@contextmanager
def in_step(arguments: Iterable[Any]) -> Iterator[None]:
    """What a routine reads meanwhile belongs to its step."""
    memory = next((each.memory for each in arguments if isinstance(each, View)), None)
    if memory is None:
        yield
        return
    memory.seen = memory.in_step
    try:
        yield
    finally:
        memory.seen = memory.peek


# -- routines ----------------------------------------------------------------------------------------------------------


class _OfC(Routine):
    """A routine that C calls, and that speaks of C where it is called wrongly."""

    def wrong(self, arguments: tuple[Any, ...], error: Exception) -> str:
        text = super().wrong(arguments, error)
        for python, c in _SPELLINGS.items():
            text = text.replace(python, c)
        return text


_SPELLINGS = {"None": "NULL", "await ": "", "LARGE_INTEGER(-10_000)": "Interval.QuadPart = -10000"}


def of_c(given: Routine, takes: Sequence[Take]) -> Callable[..., Awaitable[Any]]:
    """A routine as C calls it: its arguments are what `takes` makes of C's values."""
    taken: Callable[..., Any] = _EFFECTS.get(given.name, _as_it_is)

    def effect(kernel: Kernel, *arguments: Any) -> Any:
        with in_step(arguments):
            if any(isinstance(each, AttributesView) and each.Length != AttributesView.LENGTH for each in arguments):
                return STATUS_INVALID_PARAMETER
            return taken(given, kernel, *arguments)

    def footprint(kernel: Kernel, *arguments: Any) -> Iterator[Any]:
        for each in arguments:
            yield from cells_of(each)
        yield from given.footprint(kernel, *opened(given, arguments))

    quick = partial(_write, given, effect) if given.name == "ZwWriteFile" else effect
    update_wrapper(quick, given.effect)  # so that its manual says what it takes
    this = _OfC(given.name, quick, footprint, given.irql, given.role, given.returning)

    call = calling(this)
    call.__name__ = call.__qualname__ = given.name
    call.routine, call.takes, call.kept = this, takes, CHECKED.isdisjoint(takes)  # type: ignore[attr-defined]
    return call


ROUTINES: dict[str, Callable[..., Awaitable[Any]]] = {
    name: of_c(getattr(ntifs, name).routine, takes) for name, takes in TAKES.items()
}
ROUTINES |= {name: of_c(given, takes) for name, (given, takes) in INTERLOCKED.items()}
for name, takes in FREES.items():
    FREE[name].takes, FREE[name].kept = takes, True  # type: ignore[attr-defined]
    ROUTINES[name] = FREE[name]

"""Each step of the package, as C calls it: what its arguments become, and its footprint in the driver's memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, update_wrapper
from types import FunctionType
from typing import Any, TypeVar

from kevent_sim import ntifs
from kevent_sim.c.calls import devices
from kevent_sim.c.calls.objects import DriverMemory, cells_of
from kevent_sim.c.calls.pool import FREE
from kevent_sim.c.calls.views import (
    AttributesView,
    BufferView,
    DispositionView,
    HandleView,
    IrqlView,
    NameView,
    ObjectsView,
    PoolView,
    RenameView,
    RoomView,
    StatusBlockView,
    TimeOutView,
    TimeView,
    VariableView,
    View,
    WaitBlocksView,
    number_of,
    view,
)
from kevent_sim.c.memory.blocks import Pointer, Shared, part_of
from kevent_sim.c.runtime import uint8, uint32, uint64, uninitialised
from kevent_sim.machine.call import Footprint, Routine, calling
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import NT_SUCCESS, NTSTATUS
from kevent_sim.machine.objects import FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE, DispatcherObject
from kevent_sim.machine.regions import ended
from kevent_sim.machine.structures import (
    FILE_STANDARD_INFORMATION,
    FileDispositionInformation,
    FileRenameInformation,
    FileStandardInformation,
)

Take = Callable[[DriverMemory, Any], Any]
V = TypeVar("V", bound=View)

# -- what an argument becomes ------------------------------------------------------------------------------------------


def number(memory: DriverMemory, value: Any) -> Any:
    return value


def boolean(memory: DriverMemory, value: Any) -> bool:
    return bool(value)


def status(memory: DriverMemory, value: Any) -> NTSTATUS:
    return NTSTATUS(value & 0xFFFF_FFFF)


def null(memory: DriverMemory, value: Any) -> Any:
    """What is None in all that is simulated; the routine refuses another."""
    return value


def handle(memory: DriverMemory, value: Any) -> Any:
    return memory.handle(number_of(value))


def handle_or_null(memory: DriverMemory, value: Any) -> Any:
    return None if value is None else handle(memory, value)


def thing(memory: DriverMemory, value: Any) -> Any:
    return memory.thing(value)


def at(kind: type[V]) -> Take:
    return lambda memory, value: view(kind, memory, value)


def at_or_null(kind: type[V]) -> Take:
    return lambda memory, value: None if value is None else view(kind, memory, value)


def dispatcher(kind: type | None = None) -> Take:
    return lambda memory, value: memory.dispatcher(value, kind)


def start(memory: DriverMemory, routine: Any) -> Any:
    """A start routine; a variable of C's without a value is found out in it."""
    if not isinstance(routine, FunctionType):
        memory.unmapped(routine)

    async def started(StartContext: Any) -> Any:
        return await guarded(memory, routine(StartContext))

    started.__name__ = started.__qualname__ = routine.__name__
    return started


async def guarded(memory: DriverMemory, code: Awaitable[Any]) -> Any:
    try:
        return await code
    except UnboundLocalError as error:
        raise uninitialised(error, memory.names, memory.file) from None


def context(memory: DriverMemory, value: Any) -> Any:
    """What a thread is given others can reach from now on."""
    memory.share(value)
    return value


def extension_size(memory: DriverMemory, size: int) -> int:
    return devices.extension_size(memory, size)


def device(memory: DriverMemory, value: Any) -> Any:
    return [memory, memory.thing(value)]


def field(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    """C's &SyncRes->Count: a structure, and which field of it."""
    if p.__class__ is not Pointer:
        memory.unmapped(p)
    part = p.part
    if p.offset < 0 or p.offset + 4 > part.size or ended(part.region):
        memory.reach(p, 0, 4, True)
    memory.share(p)
    return part.as_structure(), part.spans_of(p.offset, 4)[0]


def written_field(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    """The same, of what is read: something was written there."""
    found = field(memory, p)
    block, first = p.part.block, p.part.start + p.offset
    if 0 in block.written[first : first + 4]:
        memory.unwritten(p, 0, 4, block, first)
    return found


EVENT, SEMAPHORE, MUTEX, FAST = map(dispatcher, (KEVENT, KSEMAPHORE, KMUTEX, FAST_MUTEX))
ANY_OBJECT = dispatcher()
OUT_HANDLE, STATUS_BLOCK, NAME = at(HandleView), at(StatusBlockView), at(NameView)
ATTRIBUTES, TIME = at_or_null(AttributesView), at_or_null(TimeView)
WAIT = (number, number, boolean, TIME)
CREATE_THREAD = (OUT_HANDLE, number, ATTRIBUTES, handle_or_null, null, start, context)
FREES: dict[str, Sequence[Take]] = {
    "ExFreePool2": (at(PoolView), number, null, number),
    "ExFreePoolWithTag": (at(PoolView), number),
}

TAKES: dict[str, Sequence[Take]] = {
    "ExAcquireFastMutex": (FAST,),
    "ExInitializeFastMutex": (FAST,),
    "ExReleaseFastMutex": (FAST,),
    "ExTryToAcquireFastMutex": (FAST,),
    "InterlockedCompareExchange": (written_field, number, number),
    "InterlockedDecrement": (written_field,),
    "InterlockedExchange": (field, number),
    "InterlockedExchangeAdd": (written_field, number),
    "InterlockedIncrement": (written_field,),
    "IoCreateDevice": (thing, extension_size, at_or_null(NameView), number, number, boolean, at(VariableView)),
    "IoCreateNotificationEvent": (NAME, OUT_HANDLE),
    "IoCreateSynchronizationEvent": (NAME, OUT_HANDLE),
    "IoCreateSystemThread": (thing, *CREATE_THREAD),
    "IoDeleteDevice": (device,),
    "KeAlertThread": (thing, number),
    "KeClearEvent": (EVENT,),
    "KeDelayExecutionThread": (number, boolean, TIME),
    "KeGetCurrentIrql": (),
    "KeGetCurrentThread": (),
    "KeInitializeEvent": (EVENT, number, boolean),
    "KeInitializeMutex": (MUTEX, number),
    "KeInitializeSemaphore": (SEMAPHORE, number, number),
    "KeLowerIrql": (number,),
    "KePulseEvent": (EVENT, number, boolean),
    "KeQuerySystemTime": (at(TimeOutView),),
    "KeRaiseIrql": (number, at(IrqlView)),
    "KeReadStateEvent": (EVENT,),
    "KeReadStateMutex": (MUTEX,),
    "KeReadStateSemaphore": (SEMAPHORE,),
    "KeReleaseMutex": (MUTEX, boolean),
    "KeReleaseSemaphore": (SEMAPHORE, number, number, boolean),
    "KeResetEvent": (EVENT,),
    "KeSetEvent": (EVENT, number, boolean),
    "KeSetPriorityThread": (thing, number),
    "KeStallExecutionProcessor": (number,),
    "KeWaitForMultipleObjects": (number, at(ObjectsView), number, *WAIT, at_or_null(WaitBlocksView)),
    "KeWaitForMutexObject": (ANY_OBJECT, *WAIT),
    "KeWaitForSingleObject": (ANY_OBJECT, *WAIT),
    "ObDereferenceObject": (thing,),
    "ObReferenceObjectByHandle": (handle, number, thing, number, at(VariableView), null),
    "PsCreateSystemThread": CREATE_THREAD,
    "PsTerminateSystemThread": (status,),
    "ZwClose": (handle,),
    "ZwCreateEvent": (OUT_HANDLE, number, ATTRIBUTES, number, boolean),
    "ZwCreateFile": (
        OUT_HANDLE, number, ATTRIBUTES, STATUS_BLOCK, TIME, number, number, number, number, null, number,
    ),
    "ZwCreateSemaphore": (OUT_HANDLE, number, ATTRIBUTES, number, number),
    "ZwOpenFile": (OUT_HANDLE, number, ATTRIBUTES, STATUS_BLOCK, number, number),
    "ZwQueryInformationFile": (handle, STATUS_BLOCK, at(RoomView), number, number),
    "ZwReadFile": (handle, null, null, null, STATUS_BLOCK, at(RoomView), number, TIME, null),
    "ZwSetInformationFile": (handle, STATUS_BLOCK, at(BufferView), number, number),
    "ZwWriteFile": (handle, null, null, null, STATUS_BLOCK, at(BufferView), number, TIME, null),
}  # fmt: skip

_OBJECTS = (EVENT, SEMAPHORE, MUTEX, FAST, ANY_OBJECT)


def used(kernel: Kernel, arguments: Iterable[Any]) -> None:
    """A step uses what lies in memory that others may write over, unseen by its routine."""
    for each in arguments:
        if isinstance(each, DispatcherObject) and each in kernel.homes:
            structure, bytes_of_it = kernel.homes[each]
            if isinstance(structure, Shared) and part_of(structure).shared:
                kernel.record_atomic(structure, bytes_of_it, False)


# -- what becomes of a buffer when the step is taken -------------------------------------------------------------------


def _wait_for_several(given: Routine, kernel: Kernel, Count: int, Object: Any, Type: int, *rest: Any) -> Any:
    *wait, blocks = rest
    most = Count if 0 < Count <= 64 else 0  # else the routine stops the machine before it looks
    array, targets = blocks and blocks.blocks(most), Object.objects(most)
    used(kernel, targets)
    return given.effect(kernel, Count, targets, Type, *wait, array)


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
    taken = given.effect if offset is None else slowly
    return taken(kernel, file, event, apc, with_it, io, data, length, offset, key)


_REQUESTS = {FileRenameInformation: RenameView, FileDispositionInformation: DispositionView}


def _set(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    *before, buffer, length, kind = arguments
    request = view(_REQUESTS[kind], buffer.memory, buffer.at) if kind in _REQUESTS else buffer
    return given.effect(kernel, *before, request, length, kind)


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


def _plain(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    return given.effect(kernel, *arguments)


def _used(given: Routine, kernel: Kernel, *arguments: Any) -> Any:
    used(kernel, arguments)
    return given.effect(kernel, *arguments)


_EFFECTS: dict[str, Callable[..., Any]] = {
    "IoCreateDevice": devices.create_device,
    "IoDeleteDevice": devices.delete_device,
    "KeWaitForMultipleObjects": _wait_for_several,
    "ZwQueryInformationFile": _query,
    "ZwReadFile": _read,
    "ZwSetInformationFile": _set,
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


def _opened_cells(given: Routine, kernel: Kernel, arguments: Sequence[Any]) -> Footprint:
    """The footprint of the routine, given what it would be given."""
    if given.name == "KeWaitForMultipleObjects":
        count, objects, kind, *wait, blocks = arguments
        most = count if 0 < count <= 64 else 0
        return given.footprint(kernel, count, objects.objects(most), kind, *wait, blocks and blocks.blocks(most))
    if given.name == "ZwSetInformationFile":
        *before, buffer, length, kind = arguments
        request = view(_REQUESTS[kind], buffer.memory, buffer.at) if kind in _REQUESTS else buffer
        return given.footprint(kernel, *before, request, length, kind)
    if given.name == "IoDeleteDevice":
        return given.footprint(kernel, arguments[0][1])
    return given.footprint(kernel, *arguments)


# -- routines ----------------------------------------------------------------------------------------------------------


def of_c(given: Routine, takes: Sequence[Take]) -> Callable[..., Awaitable[Any]]:
    """A routine as C calls it: its arguments are what `takes` makes of C's values."""
    taken = _EFFECTS.get(given.name) or (_used if any(take in _OBJECTS for take in takes) else _plain)

    def effect(kernel: Kernel, *arguments: Any) -> Any:
        with in_step(arguments):
            return taken(given, kernel, *arguments)

    def footprint(kernel: Kernel, *arguments: Any) -> Iterator[Any]:
        for each in arguments:
            yield from cells_of(each)
        yield from _opened_cells(given, kernel, arguments)

    quick = partial(_write, given, effect) if given.name == "ZwWriteFile" else effect
    update_wrapper(quick, given.effect)  # so that its manual says what it takes
    this = replace(given, effect=quick, footprint=footprint)

    call = calling(this)
    call.__name__ = call.__qualname__ = given.name
    call.routine, call.takes = this, takes  # type: ignore[attr-defined]
    return call


ROUTINES: dict[str, Callable[..., Awaitable[Any]]] = {
    name: of_c(getattr(ntifs, name).routine, takes) for name, takes in TAKES.items()
}
for name, takes in FREES.items():
    FREE[name].takes = takes  # type: ignore[attr-defined]
    ROUTINES[name] = FREE[name]

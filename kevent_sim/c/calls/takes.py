"""What each argument of a routine becomes: C's value here, what the package's routine takes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

from kevent_sim.c.calls import devices
from kevent_sim.c.calls.objects import DriverMemory
from kevent_sim.c.calls.views import (
    AttributesView,
    BufferView,
    ClockView,
    HandleView,
    IrqlView,
    NameView,
    ObjectsView,
    PoolView,
    RoomView,
    StatusBlockView,
    TimeView,
    VariableView,
    View,
    WaitBlocksView,
    view,
)
from kevent_sim.c.memory.blocks import Pointer
from kevent_sim.c.runtime import uninitialised
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import line_of_error
from kevent_sim.machine.memory import span
from kevent_sim.machine.ntstatus import NTSTATUS
from kevent_sim.machine.objects import FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE

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
    return memory.handle(memory.address_of(value))


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
        return await guarded(memory, memory.call(routine, StartContext))

    started.__name__ = started.__qualname__ = routine.__name__
    return started


async def guarded(memory: DriverMemory, code: Awaitable[Any]) -> Any:
    """What a thread does; what goes wrong in its own code is told with the line."""
    thread = memory.kernel.caller
    try:
        return await code
    except Misuse as error:
        if str(error).startswith(f"{thread.name}, line"):
            raise
        where = f"{thread.name}, line {line_of_error(error)}"
        raise Misuse(f"{where}: {error}").with_traceback(error.__traceback__) from None
    except UnboundLocalError as error:
        raise uninitialised(error, memory.names) from None
    except TypeError as error:
        if "NoneType" not in str(error):
            raise
        where = f"{thread.name}, line {line_of_error(error)}"
        raise Misuse(f"{where}: not simulated: what {thread.call[0].name} returns; do without it") from None
    except RecursionError:
        raise Misuse(f"{thread.name} calls too deep: a kernel stack has 24 KB, and so it ends") from None


def context(memory: DriverMemory, value: Any) -> Any:
    """What a thread is given others can reach from now on."""
    memory.share(value)
    return value


def extension_size(memory: DriverMemory, size: int) -> int:
    return devices.extension_size(memory, size)


class DeviceWithMemory(NamedTuple):
    """A device, whose pointers others have in the driver's memory."""

    memory: DriverMemory
    device: Any


def device(memory: DriverMemory, value: Any) -> DeviceWithMemory:
    return DeviceWithMemory(memory, memory.thing(value))


def _leaf(memory: DriverMemory, p: Any, size: int) -> tuple[Any, Any]:
    """C's &SyncRes->Count: a structure, and which bytes of it."""
    if p.__class__ is not Pointer:
        memory.unmapped(p)
    p = memory.home(p, size)
    part = p.part
    memory.check(part, p.offset, size, True)
    first = part.start + p.offset
    memory.meet_objects(part.block, first, size, False)
    part.block.numbers.add((first, first + size))
    memory.share(p)
    return part.as_structure(), span(part.spans_of(p.offset, size)[0], p.offset, p.offset + size)


def _written(memory: DriverMemory, p: Any, size: int) -> tuple[Any, Any]:
    """The same, of what is read: something was written there."""
    found = _leaf(memory, p, size)
    block, first = p.part.block, p.part.start + p.offset
    if 0 in block.written[first : first + size]:
        memory.unwritten(p, 0, size, block, first)
    return found


def field(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    return _leaf(memory, p, 4)


def field64(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    return _leaf(memory, p, 8)


def written_field(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    return _written(memory, p, 4)


def written_field64(memory: DriverMemory, p: Any) -> tuple[Any, Any]:
    return _written(memory, p, 8)


def pointer_field(memory: DriverMemory, p: Any) -> tuple[Any, Any, Any]:
    """A variable for a pointer, as a field and as a view."""
    return *field64(memory, p), view(VariableView, memory, p)


def written_pointer_field(memory: DriverMemory, p: Any) -> tuple[Any, Any, Any]:
    return *written_field64(memory, p), view(VariableView, memory, p)


WIDE: dict[Take, Take] = {field: field64, written_field: written_field64}
CHECKED = frozenset((*WIDE, *WIDE.values(), pointer_field, written_pointer_field))  # each time that a call is made
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
LONGS: dict[str, Sequence[Take]] = {
    "InterlockedCompareExchange": (written_field, number, number),
    "InterlockedDecrement": (written_field,),
    "InterlockedExchange": (field, number),
    "InterlockedExchangeAdd": (written_field, number),
    "InterlockedIncrement": (written_field,),
}

TAKES: dict[str, Sequence[Take]] = {
    "ExAcquireFastMutex": (FAST,),
    "ExInitializeFastMutex": (FAST,),
    "ExReleaseFastMutex": (FAST,),
    "ExTryToAcquireFastMutex": (FAST,),
    **LONGS,
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
    "KeQuerySystemTime": (at(ClockView),),
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

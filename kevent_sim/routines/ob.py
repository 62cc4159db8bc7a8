"""Objects that are known by handles and kept alive by references: threads, named events."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from kevent_sim.machine.call import Footprint, not_simulated, routine
from kevent_sim.machine.files import Open
from kevent_sim.machine.irql import DISPATCH, DISPATCH_LEVEL, PASSIVE, PASSIVE_LEVEL, ZW_PASSIVE, at_most
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import (
    NTSTATUS,
    STATUS_INVALID_HANDLE,
    STATUS_INVALID_PARAMETER,
    STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_SUCCESS,
    BugCheck,
)
from kevent_sim.machine.objects import (
    EVENT_TYPE,
    KEVENT,
    KSEMAPHORE,
    NotificationEvent,
    SynchronizationEvent,
)
from kevent_sim.machine.paths import ROOT_NAMES
from kevent_sim.machine.regions import Region
from kevent_sim.machine.structures import (
    HANDLE,
    OBJECT_ATTRIBUTES,
    PVOID,
    UNICODE_STRING,
    Variable,
    check_attributes,
    check_variable,
    is_null,
)
from kevent_sim.machine.thread import KTHREAD, KernelMode
from kevent_sim.machine.waits import reference_cells

# The object manager's directories that named events may be in; the root is one, too.
_EVENT_DIRECTORIES = "", "\\BASENAMEDOBJECTS", "\\KERNELOBJECTS"

PsThreadType, ExEventObjectType, ExSemaphoreObjectType = KTHREAD, KEVENT, KSEMAPHORE


def pointed_at(variable: Any) -> Any:
    """The object itself, where a variable that points at it was given."""
    return variable.Object if isinstance(variable, PVOID) else variable


def target_of(variable: Any) -> Any:
    """The same of an argument; the machine stops where the memory of the variable has ended."""
    if isinstance(variable, PVOID):
        check_variable(variable)
    return pointed_at(variable)


def dispatcher_object(what: str, variable: Any) -> Any:
    """The same, where it has to be an object with a header: `what` is done with it, which NULL does not survive."""
    target = target_of(variable)
    if target is None and isinstance(variable, PVOID):
        raise BugCheck(0x0A, f"{what} NULL: nothing has filled the pointer in", 0, DISPATCH_LEVEL)
    return target


def through_pointer(cells: Callable[..., Footprint]) -> Callable[..., Footprint]:
    """The footprint of a routine on an object, which may be given a pointer to it."""

    def footprint(kernel: Kernel, Object: Any, *arguments: Any) -> Footprint:
        own = cells(kernel, pointed_at(Object), *arguments)
        return chain(pointer_cells(kernel, Object), own) if isinstance(Object, PVOID) else own

    return footprint


def pointer_cells(kernel: Kernel, variable: Any) -> Footprint:
    """Behind a pointer there is what somebody has filled in, for as long as a handle keeps it."""
    if isinstance(variable, PVOID):
        yield ("variable", variable), False
    yield from reference_cells(kernel, pointed_at(variable))


def filled_in(name: str, variable: Any, kind: type[Variable]) -> None:
    """Refuse an out-parameter that cannot be filled; the machine stops where its memory has ended."""
    if not isinstance(variable, kind):
        raise TypeError(f"{name} is filled in, so it is a {kind.__name__}, not {variable!r}; type:  {kind.__name__}()")
    check_variable(variable)


# -- footprints -------------------------------------------------------------------------------------------------------


def _by_handle_cells(
    kernel: Kernel, Handle: HANDLE, access: Any, kind: Any, mode: Any, Object: PVOID, *_: Any
) -> Footprint:
    yield ("variable", Handle), False
    yield ("handle", Handle.value), False
    yield ("variable", Object), True
    if Handle.value in kernel.handles:
        yield ("references", kernel.handles[Handle.value]), True


def _dereference_cells(kernel: Kernel, Object: Any) -> Footprint:
    target = pointed_at(Object)
    yield ("variable", Object), False
    yield ("references", target), True
    yield ("object", target), True
    yield from reference_cells(kernel, target)


def _named_cells(kernel: Kernel, EventName: UNICODE_STRING, EventHandle: HANDLE) -> Footprint:
    """The name; and the event that has it, which may be gone by now."""
    yield ("object name", EventName.Buffer.upper()), True
    yield from filled_cells(kernel, EventHandle)
    if EventName.Buffer.upper() in kernel.named:
        yield ("object", kernel.named[EventName.Buffer.upper()]), False


def filled_cells(kernel: Kernel, Handle: HANDLE, *_: Any) -> Footprint:
    """A routine that makes something new touches the variable for its handle, and the handle, which may be guessed."""
    yield ("variable", Handle), True
    yield ("handle", kernel.caller.next_handle()), True


# -- references -------------------------------------------------------------------------------------------------------


@routine(_by_handle_cells, at_most(PASSIVE_LEVEL, 0x2001B, "IrqlObPassive"), role="gives an object")
def ObReferenceObjectByHandle(
    kernel: Kernel,
    Handle: HANDLE,
    DesiredAccess: int,
    ObjectType: type | None,
    AccessMode: int,
    Object: PVOID,
    HandleInformation: None,
) -> NTSTATUS:
    """Get a pointer to the object behind a handle, and a reference that keeps the object alive.

    That is how DriverEntry keeps what its DriverUnload will wait for: a thread's object is signaled when it has ended.
    Parameters: `Handle`; `DesiredAccess`, e.g. SYNCHRONIZE, which KernelMode does not check; `ObjectType`,
    PsThreadType, ExEventObjectType, ExSemaphoreObjectType or None; `AccessMode`, KernelMode; `Object`, a PVOID that is
    filled in; `HandleInformation`, None.
    Returns STATUS_SUCCESS; STATUS_INVALID_HANDLE where it is none; STATUS_OBJECT_TYPE_MISMATCH where it is of another
    type. Raises TypeError for what is not a HANDLE, or not a PVOID, Misuse for a file's handle, for UserMode and for a
    HandleInformation, which are not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlObPassive, 0x2001B).
    Source: WDK, "ObReferenceObjectByHandle function (wdm.h)"; "IrqlObPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def Worker(Context):
    ...     await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     hThread, Thread = HANDLE(), PVOID()
    ...     await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, Worker, None)
    ...     print(await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None))
    ...     await ZwClose(hThread)
    ...     print(await KeWaitForSingleObject(Thread, Executive, KernelMode, False, None))
    ...     await ObDereferenceObject(Thread)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    STATUS_SUCCESS
    STATUS_SUCCESS
    'completed'
    """
    filled_in("Object", Object, PVOID)
    if not isinstance(Handle, HANDLE):
        raise TypeError(f"a handle is a HANDLE, not {type(Handle).__name__}; type:  hThread = HANDLE()")
    check_variable(Handle)
    if AccessMode != KernelMode:
        raise not_simulated("handles of user mode", "use KernelMode for AccessMode")
    if not is_null(HandleInformation):
        raise not_simulated("HandleInformation", "use None")
    found = kernel.handles.get(Handle.value)
    if found is None:
        return STATUS_INVALID_HANDLE
    if ObjectType is not None and not isinstance(found, ObjectType):
        return STATUS_OBJECT_TYPE_MISMATCH
    if isinstance(found, Open):
        raise not_simulated("a pointer to a file object", "use the file's handle")
    if found in kernel.references:
        kernel.references[found] += 1
    kernel.subject = Object.Object = found
    return STATUS_SUCCESS


@routine(_dereference_cells, DISPATCH)
def ObDereferenceObject(kernel: Kernel, Object: PVOID) -> None:
    """Give back a reference; an object that has none left, and no handle, is gone when it has ended.

    Parameters: `Object`, a PVOID that ObReferenceObjectByHandle filled in.
    Returns nothing. Raises TypeError for what is not a pointer.
    Bug checks: 0x18 where there is no reference to give back, 0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (0xE5).
    Source: WDK, "ObDereferenceObject macro (wdm.h)"; "Bug Check 0x18: REFERENCE_BY_POINTER".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     hEvent, Event = HANDLE(), PVOID()
    ...     await ZwCreateEvent(hEvent, EVENT_ALL_ACCESS, None, NotificationEvent, True)
    ...     await ObReferenceObjectByHandle(hEvent, SYNCHRONIZE, ExEventObjectType, KernelMode, Event, None)
    ...     await ObDereferenceObject(Event)
    ...     await ObDereferenceObject(Event)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).bugcheck.name
    'REFERENCE_BY_POINTER'
    """
    target = target_of(Object)
    if target not in kernel.references:
        raise TypeError(f"Object is a pointer that ObReferenceObjectByHandle filled in, not {Object!r}")
    kernel.subject = target
    if kernel.references[target] == 0:
        raise BugCheck(0x18, f"{target.name or 'an object'} has no reference to give back")
    kernel.references[target] -= 1
    kernel.let_go(target)


# -- events and semaphores by handle ----------------------------------------------------------------------------------


def _known_by_handle(kernel: Kernel, Object: Any, Handle: HANDLE) -> None:
    kernel.references.setdefault(Object, 0)
    kernel.subject = Object
    Handle.value = kernel.new_handle(Object)


def _holds_events(directory: str, name: str) -> bool:
    """Is there such a directory of the object manager, in which an event may be made by this name?"""
    first = f"{directory}\\{name}".split("\\")[1]
    if directory.upper() in _EVENT_DIRECTORIES and (directory or first.upper() not in ROOT_NAMES):
        return True
    if first.upper() in ROOT_NAMES:
        raise not_simulated(f"an event named {directory}\\{name}", r"name it such as  \BaseNamedObjects\Ready")
    return False


def _named_event(kernel: Kernel, EventName: UNICODE_STRING, EventHandle: HANDLE, kind: EVENT_TYPE) -> KEVENT | None:
    if not isinstance(EventName, UNICODE_STRING):
        raise TypeError(f"EventName is a UNICODE_STRING, not {EventName!r}; use RtlInitUnicodeString")
    filled_in("EventHandle", EventHandle, HANDLE)
    name = EventName.Buffer
    directory, backslash, name_alone = name.rpartition("\\")
    if not backslash or not name_alone or not _holds_events(directory, name_alone):
        return None
    event = kernel.named.get(name.upper())
    if event is None or event.region.ended:
        event = kernel.named[name.upper()] = KEVENT(name_alone, Region("object", name_alone, kernel.steps))
        event.initialise(kind, True)
    _known_by_handle(kernel, event, EventHandle)
    return event


@routine(_named_cells, PASSIVE, role="gives an object")
def IoCreateNotificationEvent(kernel: Kernel, EventName: UNICODE_STRING, EventHandle: HANDLE) -> KEVENT | None:
    r"""Create a named notification event, signaled, or open the event that already has the name, of either type.

    Parameters: `EventName`, a UNICODE_STRING such as `\BaseNamedObjects\Ready`; `EventHandle`, a HANDLE that is filled
    in: the event is there until it is closed.
    Returns the event; None where the name is not a full one, or names a directory that does not exist. Raises TypeError
    for what is not a UNICODE_STRING or HANDLE, Misuse for a directory in which no events are simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "IoCreateNotificationEvent function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await IoCreateNotificationEvent(UNICODE_STRING("\\BaseNamedObjects\\Ready"), HANDLE()))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    <KEVENT Ready: NotificationEvent, signaled, nobody waits>
    'completed'
    """
    return _named_event(kernel, EventName, EventHandle, NotificationEvent)


@routine(_named_cells, PASSIVE, role="gives an object")
def IoCreateSynchronizationEvent(kernel: Kernel, EventName: UNICODE_STRING, EventHandle: HANDLE) -> KEVENT | None:
    r"""Create a named synchronization event, signaled, or open the event that already has the name, of either type.

    Parameters: `EventName`, a UNICODE_STRING such as `\BaseNamedObjects\Ready`; `EventHandle`, a HANDLE that is filled
    in: the event is there until it is closed.
    Returns the event; None where the name is not a full one, or names a directory that does not exist. Raises TypeError
    for what is not a UNICODE_STRING or HANDLE, Misuse for a directory in which no events are simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "IoCreateSynchronizationEvent function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await IoCreateSynchronizationEvent(UNICODE_STRING("\\BaseNamedObjects\\Ready"), HANDLE()))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    <KEVENT Ready: SynchronizationEvent, signaled, nobody waits>
    'completed'
    """
    return _named_event(kernel, EventName, EventHandle, SynchronizationEvent)


@routine(filled_cells, ZW_PASSIVE)
def ZwCreateEvent(
    kernel: Kernel,
    EventHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES | None,
    EventType: EVENT_TYPE,
    InitialState: bool,
) -> NTSTATUS:
    """Create an event object that is known by a handle.

    Parameters: `EventHandle`, a HANDLE that is filled in; `DesiredAccess`, e.g. EVENT_ALL_ACCESS, which decides nothing
    in kernel mode; `ObjectAttributes`, None, or some without a name (IoCreateNotificationEvent gives one); `EventType`;
    `InitialState`, True to start signaled.
    Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER for a type that is neither NotificationEvent nor
    SynchronizationEvent (as Wine's tests of Windows have it; the page says INVALID_PARAMETER_4). Raises TypeError for
    what is not a HANDLE.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwCreateEvent function (ntifs.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, 2, False))
    ...     return await ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, NotificationEvent, False)
    >>> run(DriverEntry).status
    STATUS_INVALID_PARAMETER
    STATUS_SUCCESS
    """
    filled_in("EventHandle", EventHandle, HANDLE)
    check_attributes(ObjectAttributes)
    if EventType not in (0, 1):
        return STATUS_INVALID_PARAMETER
    event = KEVENT("", Region("object", "an event", kernel.steps))
    event.initialise(EventType, InitialState)
    _known_by_handle(kernel, event, EventHandle)
    return STATUS_SUCCESS


@routine(filled_cells, ZW_PASSIVE)
def ZwCreateSemaphore(
    kernel: Kernel,
    SemaphoreHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES | None,
    InitialCount: int,
    MaximumCount: int,
) -> NTSTATUS:
    """Create a semaphore object that is known by a handle: unlike KeInitializeSemaphore it checks the numbers.

    Parameters: `SemaphoreHandle`, a HANDLE that is filled in; `DesiredAccess`, e.g. SEMAPHORE_ALL_ACCESS, which decides
    nothing in kernel mode; `ObjectAttributes`, None, or some without a name; `InitialCount`; `MaximumCount`.
    Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER where the count is below 0 or above the maximum, or that below 1.
    Raises TypeError for what is not a HANDLE.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "Using Nt and Zw Versions of the Native System Services Routines" (it has no page of its own);
    "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await ZwCreateSemaphore(HANDLE(), SEMAPHORE_ALL_ACCESS, None, 2, 1))
    ...     return await ZwCreateSemaphore(HANDLE(), SEMAPHORE_ALL_ACCESS, None, 1, 2)
    >>> run(DriverEntry).status
    STATUS_INVALID_PARAMETER
    STATUS_SUCCESS
    """
    filled_in("SemaphoreHandle", SemaphoreHandle, HANDLE)
    check_attributes(ObjectAttributes)
    if not 0 <= InitialCount <= MaximumCount or MaximumCount < 1:
        return STATUS_INVALID_PARAMETER
    semaphore = KSEMAPHORE("", Region("object", "a semaphore", kernel.steps))
    semaphore.initialise(InitialCount, MaximumCount)
    _known_by_handle(kernel, semaphore, SemaphoreHandle)
    return STATUS_SUCCESS

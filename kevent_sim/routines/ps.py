"""The Ps routines: a thread begins, a thread ends."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, not_simulated, routine
from kevent_sim.machine.irql import PASSIVE
from kevent_sim.machine.kernel import TERMINATION, Kernel
from kevent_sim.machine.ntstatus import NTSTATUS, STATUS_SUCCESS
from kevent_sim.machine.structures import HANDLE, OBJECT_ATTRIBUTES, check_attributes, is_null
from kevent_sim.machine.thread import KTHREAD
from kevent_sim.routines.io import DEVICE_OBJECT, DRIVER_OBJECT, StartRoutine, check_routine, name_of
from kevent_sim.routines.ob import filled_cells, filled_in

CURRENT = -1, 2**64 - 1  # (HANDLE)-1, signed or not: the current process, which is System


def _creation_cells(kernel: Kernel, ThreadHandle: HANDLE, *_: Any) -> Footprint:
    yield from filled_cells(kernel, ThreadHandle)
    yield ("threads", None), True  # they are numbered in the order of their creation


@routine(_creation_cells, TERMINATION.irql, role="creates a thread")
def PsCreateSystemThread(
    kernel: Kernel,
    ThreadHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES | None,
    ProcessHandle: HANDLE | None,
    ClientId: None,
    StartRoutine: StartRoutine,
    StartContext: Any,
) -> NTSTATUS:
    """Create a thread of the System process at priority 8; it is ready immediately.

    Parameters: `ThreadHandle`, a HANDLE that is filled in; `DesiredAccess`, e.g. THREAD_ALL_ACCESS, which decides
    nothing, as a handle used in kernel mode is not checked for access; `ObjectAttributes`, None, or some without a
    name; `ProcessHandle`, None = the System process, as is the current one ((HANDLE)-1) here; `ClientId`, None;
    `StartRoutine`, an `async def` of one argument; `StartContext`, its argument.
    Returns STATUS_SUCCESS. Raises TypeError for what is not a HANDLE, Misuse for what cannot run as a thread, for
    another process and for a ClientId: they are not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlPsPassive, 0x2001C).
    Source: WDK, "PsCreateSystemThread function (wdm.h)"; "IrqlPsPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def Worker(Context):
    ...     print(Context, await KeGetCurrentIrql() == PASSIVE_LEVEL)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     hThread = HANDLE()
    ...     await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, Worker, "context")
    ...     return await ZwClose(hThread)  # the thread runs on
    >>> run(DriverEntry).threads
    context True
    ['System', 'Worker']
    """
    _create(kernel, ThreadHandle, ObjectAttributes, ProcessHandle, ClientId, StartRoutine, StartContext)
    return STATUS_SUCCESS


def _create(
    kernel: Kernel, ThreadHandle: HANDLE, ObjectAttributes: Any, ProcessHandle: Any, ClientId: Any,
    StartRoutine: StartRoutine, StartContext: Any,
) -> KTHREAD:  # fmt: skip
    filled_in("ThreadHandle", ThreadHandle, HANDLE)
    check_routine("start routine", StartRoutine)
    check_attributes(ObjectAttributes)
    if not is_null(ProcessHandle) and (not isinstance(ProcessHandle, HANDLE) or ProcessHandle.value not in CURRENT):
        raise not_simulated("threads of another process", "use None for ProcessHandle")
    if not is_null(ClientId):
        raise not_simulated("a ClientId", "use None")
    thread = kernel.create_thread(name_of(StartRoutine), StartRoutine(StartContext))
    kernel.subject = thread
    ThreadHandle.value = kernel.new_handle(thread)
    return thread


def _io_creation_cells(kernel: Kernel, IoObject: Any, ThreadHandle: HANDLE, *_: Any) -> Footprint:
    return _creation_cells(kernel, ThreadHandle)


@routine(_io_creation_cells, PASSIVE, role="creates a thread")
def IoCreateSystemThread(
    kernel: Kernel,
    IoObject: DRIVER_OBJECT | DEVICE_OBJECT,
    ThreadHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES | None,
    ProcessHandle: HANDLE | None,
    ClientId: None,
    StartRoutine: StartRoutine,
    StartContext: Any,
) -> NTSTATUS:
    """Create a thread as PsCreateSystemThread does, whose driver is not unmapped before it has ended.

    Parameters: `IoObject`, the driver's DRIVER_OBJECT or one of its devices; `ThreadHandle`, `DesiredAccess`,
    `ObjectAttributes`, `ProcessHandle`, `ClientId`, `StartRoutine`, `StartContext` as of PsCreateSystemThread.
    Returns STATUS_SUCCESS. Raises TypeError for what is not a driver or device, and what PsCreateSystemThread does.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "IoCreateSystemThread function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def Worker(Context):
    ...     await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))
    >>> async def DriverUnload(DriverObject):
    ...     pass  # it need not wait for Worker
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     DriverObject.DriverUnload = DriverUnload
    ...     return await IoCreateSystemThread(
    ...         DriverObject, HANDLE(), THREAD_ALL_ACCESS, None, None, None, Worker, None)
    >>> run(DriverEntry, stop=True).verdict
    'completed'
    """
    driver = IoObject.DriverObject if isinstance(IoObject, DEVICE_OBJECT) else IoObject
    if not isinstance(driver, DRIVER_OBJECT):
        raise TypeError(f"IoObject is the driver's DriverObject or a device that IoCreateDevice made, not {IoObject!r}")
    thread = _create(kernel, ThreadHandle, ObjectAttributes, ProcessHandle, ClientId, StartRoutine, StartContext)
    thread.keeps_driver = True
    return STATUS_SUCCESS


@routine(TERMINATION.footprint, TERMINATION.irql, TERMINATION.role)
def PsTerminateSystemThread(kernel: Kernel, ExitStatus: NTSTATUS) -> NTSTATUS:
    """End the calling thread, whose object is signaled from then on; returning from the start routine is the same call.

    No source says what it does in DriverEntry: here the driver stays loaded, and the thread that loads drivers has
    ended.
    Parameters: `ExitStatus`, an NTSTATUS, which the thread's object keeps; of a return it is STATUS_SUCCESS.
    Returns never. Raises Misuse inside a `try` that has a `finally`, which Python would run and Windows would not.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlPsPassive, 0x2001C).
    Source: WDK, "PsTerminateSystemThread function (wdm.h)"; "IrqlPsPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def Worker(Context):
    ...     await PsTerminateSystemThread(STATUS_CANCELLED)
    ...     print("never printed")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     return await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, Worker, None)
    >>> run(DriverEntry).exit_statuses
    {'Worker': STATUS_CANCELLED}
    """
    return TERMINATION.effect(kernel, ExitStatus)  # type: ignore[no-any-return]

"""The Ke routines for mutexes."""

from __future__ import annotations

from kevent_sim.machine.call import Footprint, routine
from kevent_sim.machine.dispatcher import releasing_cells
from kevent_sim.machine.irql import ANY_IRQL, DISPATCH_LEVEL
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, STATUS_MUTANT_NOT_OWNED, BugCheck
from kevent_sim.machine.objects import KMUTEX, told
from kevent_sim.machine.waits import wait_next
from kevent_sim.routines.ke_signals import (
    DISPATCH_LTE,
    changed,
    initialise,
    initialise_cells,
    read_cells,
    usable,
)
from kevent_sim.routines.ob import dispatcher_object, through_pointer

MUTANT_INCREMENT = 1


@through_pointer
def _release_cells(kernel: Kernel, Mutex: KMUTEX, *_: object) -> Footprint:
    if Mutex.OwnerThread is not kernel.current:
        return [(("object", Mutex), False)]
    return releasing_cells(Mutex) if Mutex.Header.SignalState == 0 else [(("object", Mutex), True)]


@routine(initialise_cells, ANY_IRQL)
def KeInitializeMutex(kernel: Kernel, Mutex: KMUTEX, Level: int) -> None:
    """Make a mutex that nobody owns.

    A thread that waits for it in KernelMode becomes its owner, and may wait for it again; no other has it until the
    owner has released it as many times. On Windows normal kernel APCs are off while a thread owns one; there are none
    here.
    Parameters: `Mutex`; `Level`, reserved: 0.
    Returns nothing. Raises TypeError for what is not a KMUTEX, ValueError for another level (Windows ignores it).
    Bug checks: 0x139 (3) where threads wait for it, or one owns it, whose list of mutexes it breaks (on Windows later,
    when that list is used), 0xD5 where its memory is freed.
    IRQL: any.
    Source: WDK, "KeInitializeMutex function (wdm.h)"; "Mutex Objects".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> turn = KMUTEX("Turn")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeMutex(turn, 0)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict, turn
    ('completed', <KMUTEX Turn: free, nobody waits>)
    """
    Mutex = dispatcher_object("KeInitializeMutex on", Mutex)
    if type(Mutex) is not KMUTEX:
        raise TypeError(f"KeInitializeMutex takes a KMUTEX first, not {type(Mutex).__name__}")
    if Level != 0:
        raise ValueError(f"Level is reserved, and does not set the first state, which is free; it is 0, not {Level!r}")
    owner = Mutex.OwnerThread
    initialise(kernel, "KeInitializeMutex", Mutex)
    if owner is not None:
        raise BugCheck(0x139, f"KeInitializeMutex on {told(Mutex)} while {owner.name} owns it", 3)


@routine(_release_cells, DISPATCH_LTE, role="signals")
def KeReleaseMutex(kernel: Kernel, Mutex: KMUTEX, Wait: bool) -> int:
    """Give a mutex back as often as it was taken: the last time it becomes free, and its first waiter owns it.

    Parameters: `Mutex`; `Wait`, True if a wait follows immediately (as of KeSetEvent). A released thread gets a boost
    of MUTANT_INCREMENT (1).
    Returns the previous SignalState: 0 where the mutex is free now, below 0 where its owner has still to release it.
    Raises STATUS_MUTANT_NOT_OWNED (the page says MUTEX for MUTANT), the mutex as it was, where another thread owns it
    or none does, and where it was taken at DISPATCH_LEVEL and is given back below, or the other way round: unhandled in
    a thread that is bug check 0x7E. Raises TypeError for what is not a KMUTEX.
    Bug checks: 0xA where it was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL; 0x4000008A
    where a thread ends and still owns a mutex, 0x39 where that is the system thread that loads drivers.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KeReleaseMutex function (wdm.h)"; "IrqlKeDispatchLte rule (wdm)"; "Bug Check 0x4000008A:
    THREAD_TERMINATE_HELD_MUTEX"; "Bug Check 0x39: SYSTEM_EXIT_OWNED_MUTEX".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> turn = KMUTEX("Turn")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeMutex(turn, 0)
    ...     for _ in range(2):
    ...         await KeWaitForSingleObject(turn, Executive, KernelMode, False, None)
    ...     print([await KeReleaseMutex(turn, False) for _ in range(2)])
    ...     try:
    ...         await KeReleaseMutex(turn, False)
    ...     except EXCEPTION_RECORD as raised:
    ...         print(raised)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [-1, 0]
    raises STATUS_MUTANT_NOT_OWNED
    'completed'
    """
    thread = kernel.caller
    Mutex = usable(Mutex, KMUTEX)
    header = Mutex.Header
    taken_at_dispatch, before = bool(header.Reserved1), header.SignalState
    if Mutex.OwnerThread is not thread or taken_at_dispatch != (thread.Irql >= DISPATCH_LEVEL):
        kernel.subject = Mutex
        raise EXCEPTION_RECORD(STATUS_MUTANT_NOT_OWNED)
    header.SignalState += 1
    if before == 0:
        thread.MutantListHead.remove(Mutex)
        Mutex.OwnerThread = None
        kernel.release(Mutex, MUTANT_INCREMENT)
    wait_next(kernel, Wait)
    return changed(kernel, Mutex, before)


@routine(read_cells, DISPATCH_LTE)
def KeReadStateMutex(kernel: Kernel, Mutex: KMUTEX) -> int:
    """The current SignalState: a hint, out of date as soon as it is read.

    Parameters: `Mutex`.
    Returns 1 where the mutex is free, which is signaled; 0 where it is owned, and one less for each time that its owner
    has it more than once. Raises TypeError for what is not a KMUTEX.
    Bug checks: 0xA where it was never initialised (Windows would not notice it here), 0xD5 where its memory is freed,
    0xC4 at too high an IRQL.
    IRQL: <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011).
    Source: WDK, "KeReadStateMutex function (wdm.h)"; "IrqlKeDispatchLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> turn = KMUTEX("Turn")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeInitializeMutex(turn, 0)
    ...     print(await KeReadStateMutex(turn))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    1
    'completed'
    """
    kernel.subject = Mutex = usable(Mutex, KMUTEX)
    return Mutex.Header.SignalState

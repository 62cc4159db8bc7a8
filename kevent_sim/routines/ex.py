"""The Ex routines: fast mutexes."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, routine
from kevent_sim.machine.dispatcher import releasing_cells
from kevent_sim.machine.irql import APC_LEVEL, DISPATCH, IrqlRule, Limit, at_most
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.objects import FAST_MUTEX, KWAIT_BLOCK, WaitAny, told
from kevent_sim.machine.thread import KernelMode, Wait, WrFastMutex
from kevent_sim.machine.waits import begin, wait_cells
from kevent_sim.routines.ke_signals import EVENT_INCREMENT, changed, initialise, initialise_cells, usable
from kevent_sim.routines.ob import dispatcher_object, through_pointer

ACQUIRES = at_most(APC_LEVEL, 0x20005, "IrqlExApcLte1")
RELEASES = IrqlRule((Limit(APC_LEVEL, 0xE5, lowest=APC_LEVEL),))


@through_pointer
def _acquire_cells(kernel: Kernel, FastMutex: FAST_MUTEX) -> Footprint:
    return wait_cells(kernel.current, (FastMutex,), Alertable=False, polls=False)


@through_pointer
def _try_cells(kernel: Kernel, FastMutex: FAST_MUTEX) -> Footprint:
    return wait_cells(kernel.current, (FastMutex,), Alertable=False, polls=True)


@through_pointer
def _release_cells(kernel: Kernel, FastMutex: FAST_MUTEX) -> Footprint:
    return releasing_cells(FastMutex)


def _acquire(kernel: Kernel, FastMutex: FAST_MUTEX, due: int | None) -> Any:
    """The wait for it, at APC_LEVEL. A thread that finds it free owns it now; one that waits owns it when it is handed
    on."""
    FastMutex = usable(FastMutex, FAST_MUTEX)
    thread, free = kernel.caller, FastMutex.Header.SignalState > 0
    wait = Wait((FastMutex,), WaitAny, WrFastMutex, KernelMode, False, due)
    wait.OldIrql = thread.Irql
    result = begin(kernel, wait, (KWAIT_BLOCK(),))
    if free:
        FastMutex.Owner, FastMutex.OldIrql = thread, thread.Irql
    if free or due is None:
        kernel.set_irql(thread, APC_LEVEL)
    return result


@routine(initialise_cells, DISPATCH)
def ExInitializeFastMutex(kernel: Kernel, FastMutex: FAST_MUTEX) -> None:
    """Make a fast mutex that nobody owns.

    It is quicker than a mutex, and can do less: its owner cannot take it again, and no KeWait routine takes it.
    Parameters: `FastMutex`.
    Returns nothing. Raises TypeError for what is not a FAST_MUTEX.
    Bug checks: 0x139 (3) where threads wait for it (on Windows later, when the broken list is used), 0xC4 (0x1005)
    where a thread owns it (as Driver Verifier's Deadlock Detection), 0xD5 where its memory is freed, 0xC4 at too high
    an IRQL.
    IRQL: <= DISPATCH_LEVEL (0xE5).
    Source: WDK, "ExInitializeFastMutex function (wdm.h)"; "Fast Mutexes and Guarded Mutexes"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> lock = FAST_MUTEX("Lock")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ExInitializeFastMutex(lock)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict, lock
    ('completed', <FAST_MUTEX Lock: free, nobody waits>)
    """
    FastMutex = dispatcher_object("ExInitializeFastMutex on", FastMutex)
    if type(FastMutex) is not FAST_MUTEX:
        raise TypeError(f"ExInitializeFastMutex takes a FAST_MUTEX, not {type(FastMutex).__name__}")
    owner = FastMutex.Owner
    initialise(kernel, "ExInitializeFastMutex", FastMutex)
    if owner is not None:
        raise BugCheck(0xC4, f"ExInitializeFastMutex on {told(FastMutex)} while {owner.name} owns it", 0x1005)


@routine(_acquire_cells, ACQUIRES, role="waits")
def ExAcquireFastMutex(kernel: Kernel, FastMutex: FAST_MUTEX) -> None:
    """Acquire a fast mutex: immediately if it is free, else when it is handed on, in the order of arrival.

    From then on the thread runs at APC_LEVEL, where no file can be opened or written, until it releases it. A thread
    that already owns it waits for itself: a deadlock, which names the owner (with Deadlock Detection Driver Verifier
    would stop at this call, with 0x1000).
    Parameters: `FastMutex`.
    Returns nothing. Raises TypeError for what is not a FAST_MUTEX.
    Bug checks: 0xA where it was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= APC_LEVEL (IrqlExApcLte1, 0x20005).
    Source: WDK, "ExAcquireFastMutex function (wdm.h)"; "IrqlExApcLte1 rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> lock = FAST_MUTEX("Lock")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ExInitializeFastMutex(lock)
    ...     await ExAcquireFastMutex(lock)
    ...     print(await KeGetCurrentIrql() == APC_LEVEL)
    ...     await ExAcquireFastMutex(lock)
    >>> run(DriverEntry).waiting[0].told
    True
    'System waits for Lock (owned by itself)'
    """
    return _acquire(kernel, FastMutex, None)  # type: ignore[no-any-return]


@routine(_try_cells, ACQUIRES, role="waits")
def ExTryToAcquireFastMutex(kernel: Kernel, FastMutex: FAST_MUTEX) -> bool:
    """Acquire a fast mutex if it is free, without waiting for it.

    Parameters: `FastMutex`.
    Returns True if the thread owns it now, at APC_LEVEL; False if another one owns it, or the thread itself already
    did. Raises TypeError for what is not a FAST_MUTEX.
    Bug checks: 0xA where it was never initialised, 0xD5 where its memory is freed, 0xC4 at too high an IRQL.
    IRQL: <= APC_LEVEL (IrqlExApcLte1, 0x20005).
    Source: WDK, "ExTryToAcquireFastMutex function (wdm.h)"; "IrqlExApcLte1 rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> lock = FAST_MUTEX("Lock")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ExInitializeFastMutex(lock)
    ...     print([await ExTryToAcquireFastMutex(lock) for _ in range(2)])
    ...     await ExReleaseFastMutex(lock)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [True, False]
    'completed'
    """
    return _acquire(kernel, FastMutex, kernel.now) is None


@routine(_release_cells, RELEASES, role="signals")
def ExReleaseFastMutex(kernel: Kernel, FastMutex: FAST_MUTEX) -> None:
    """Give up a fast mutex, and return to the IRQL at which it was taken.

    Its first waiter owns it from then on (newer kernels may let a thread that comes in between have it), and gets a
    boost of EVENT_INCREMENT (undocumented).
    Parameters: `FastMutex`.
    Returns nothing. Raises TypeError for what is not a FAST_MUTEX.
    Bug checks: 0xC4 where another thread owns it (0x1004) or none does (0x1007), as Driver Verifier's Deadlock
    Detection, and at another IRQL; 0xA where it was never initialised, 0xD5 where its memory is freed.
    IRQL: = APC_LEVEL (0xE5).
    Source: WDK, "ExReleaseFastMutex function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> lock = FAST_MUTEX("Lock")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ExInitializeFastMutex(lock)
    ...     await ExAcquireFastMutex(lock)
    ...     await ExReleaseFastMutex(lock)
    ...     return STATUS_SUCCESS if await KeGetCurrentIrql() == PASSIVE_LEVEL else STATUS_UNSUCCESSFUL
    >>> run(DriverEntry).status
    STATUS_SUCCESS
    """
    FastMutex = usable(FastMutex, FAST_MUTEX)
    header: Any = FastMutex.Header
    thread, owner = kernel.caller, FastMutex.Owner
    kernel.subject = FastMutex
    if owner is not thread:
        whose, code = ("nobody owns", 0x1007) if owner is None else (f"{owner.name} owns", 0x1004)
        raise BugCheck(0xC4, f"{thread.name} releases {told(FastMutex)}, which {whose}", code)
    if kernel.verifier:
        RELEASES.enforce("ExReleaseFastMutex", (), thread.Irql)
    irql, before, next_one = FastMutex.OldIrql, header.SignalState, header.WaitListHead[:1]
    FastMutex.Owner = None
    for block in next_one:
        FastMutex.Owner, FastMutex.OldIrql = block.Thread, block.Thread.wait.OldIrql
    header.SignalState = 1
    kernel.release(FastMutex, EVENT_INCREMENT)
    kernel.set_irql(thread, irql)
    changed(kernel, FastMutex, before)

"""The Ke routines about the calling thread: its IRQL, its priority, the clock."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, routine
from kevent_sim.machine.dispatcher import BOOT_TIME
from kevent_sim.machine.irql import HIGH_LEVEL, PASSIVE, irql_name
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.objects import told
from kevent_sim.machine.regions import check_alive
from kevent_sim.machine.stalls import stalled
from kevent_sim.machine.structures import KIRQL, LARGE_INTEGER, PVOID, check_variable
from kevent_sim.machine.thread import KTHREAD, LOW_REALTIME_PRIORITY, touches_nothing
from kevent_sim.machine.waits import reference_cells
from kevent_sim.routines.ob import filled_in, pointed_at, target_of

LOW_PRIORITY, HIGH_PRIORITY = 0, 31


def _priority_cells(kernel: Kernel, Thread: Any, Priority: int) -> Footprint:
    thread = pointed_at(Thread)
    if type(Thread) is PVOID:
        yield ("variable", Thread), False
    yield ("object", thread), False  # whether it is still there
    yield from reference_cells(kernel, thread)


def _level(name: str, irql: Any) -> int:
    if type(irql) is KIRQL:
        check_variable(irql)
        irql = irql.value
    if not whole_number(irql) or not 0 <= irql <= HIGH_LEVEL:
        raise ValueError(f"{name} is an IRQL, PASSIVE_LEVEL (0) to HIGH_LEVEL ({HIGH_LEVEL}), not {irql!r}")
    return int(irql)


@routine(touches_nothing)
def KeRaiseIrql(kernel: Kernel, NewIrql: int, OldIrql: KIRQL) -> None:
    """Raise the IRQL of the processor that the thread runs on: from DISPATCH_LEVEL on no other thread runs there.

    Parameters: `NewIrql`, not below the current one; `OldIrql`, a KIRQL that is filled in, for KeLowerIrql.
    Returns nothing. Raises ValueError for what is not an IRQL, TypeError for what is not a KIRQL.
    Bug checks: 0xC4 (0x30) where the new IRQL is below the current one.
    IRQL: any.
    Source: WDK, "KeRaiseIrql macro (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     OldIrql = KIRQL()
    ...     await KeRaiseIrql(DISPATCH_LEVEL, OldIrql)
    ...     print(OldIrql, await KeGetCurrentIrql())
    ...     await KeLowerIrql(OldIrql)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    KIRQL(PASSIVE_LEVEL) 2
    'completed'
    """
    thread, level = kernel.caller, _level("NewIrql", NewIrql)
    filled_in("OldIrql", OldIrql, KIRQL)
    if level < thread.Irql:
        _illegal("KeRaiseIrql", "raises to", thread.Irql, level, 0x30)
    OldIrql.value = thread.Irql
    kernel.subject = irql_name(level)
    kernel.set_irql(thread, level)


def _illegal(routine: str, how: str, irql: int, level: int, code: int) -> None:
    raise BugCheck(0xC4, f"{routine} {how} {irql_name(level)} at {irql_name(irql)}", code, irql, level)


@routine(touches_nothing)
def KeLowerIrql(kernel: Kernel, NewIrql: Any) -> None:
    """Restore the IRQL that KeRaiseIrql found.

    Parameters: `NewIrql`, the KIRQL that KeRaiseIrql filled in, or a number; not above the current IRQL.
    Returns nothing. Raises ValueError for what is not an IRQL.
    Bug checks: 0xC4 (0x31) where the new IRQL is above the current one.
    IRQL: any.
    Source: WDK, "KeLowerIrql function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeLowerIrql(DISPATCH_LEVEL)
    ...     return STATUS_SUCCESS
    >>> print(run(DriverEntry).bugcheck.reason)
    KeLowerIrql lowers to DISPATCH_LEVEL at PASSIVE_LEVEL
    """
    thread, level = kernel.caller, _level("NewIrql", NewIrql)
    if level > thread.Irql:
        _illegal("KeLowerIrql", "lowers to", thread.Irql, level, 0x31)
    kernel.subject = irql_name(level)
    kernel.set_irql(thread, level)


@routine(touches_nothing)
def KeGetCurrentIrql(kernel: Kernel) -> int:
    """The IRQL of the processor that the thread runs on.

    Returns the level: PASSIVE_LEVEL (0), APC_LEVEL (1), DISPATCH_LEVEL (2), or a device's level up to HIGH_LEVEL (15).
    Bug checks: none.
    IRQL: any.
    Source: WDK, "KeGetCurrentIrql function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await KeGetCurrentIrql() == PASSIVE_LEVEL)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    True
    'completed'
    """
    return kernel.caller.Irql


@routine(touches_nothing, role="gives an object")
def KeGetCurrentThread(kernel: Kernel) -> KTHREAD:
    """The calling thread.

    Returns the thread, for KeSetPriorityThread or a wait of another thread.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "KeGetCurrentThread function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     print(await KeGetCurrentThread())
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    <KTHREAD 0 System: Ready, stands before KeGetCurrentThread>
    'completed'
    """
    kernel.subject = kernel.caller
    return kernel.caller


@routine(_priority_cells, PASSIVE, role="meets everything")
def KeSetPriorityThread(kernel: Kernel, Thread: Any, Priority: int) -> int:
    """Set a thread's run-time priority; a thread that is no longer the most urgent may lose its processor.

    A dynamic priority falls back to the thread's base, a level at each end of a quantum, and one below the base is the
    base again; one of LOW_REALTIME_PRIORITY (16) or more stays, and no boost moves it. This counts under `Windows`.
    Parameters: `Thread`, from KeGetCurrentThread or ObReferenceObjectByHandle; `Priority`, 1 to HIGH_PRIORITY (31).
    Returns the old priority. Raises TypeError for what is not a thread, ValueError for what is not a priority.
    Bug checks: 0xD5 where the thread's memory is freed, 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "KeSetPriorityThread function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     thread = await KeGetCurrentThread()
    ...     print([await KeSetPriorityThread(thread, LOW_REALTIME_PRIORITY) for _ in range(2)])
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    [8, 16]
    'completed'
    """
    thread = target_of(Thread)
    if type(thread) is not KTHREAD:
        raise TypeError(f"Thread is a thread, not {Thread!r}; type:  await KeGetCurrentThread()")
    if not whole_number(Priority) or not LOW_PRIORITY < Priority <= HIGH_PRIORITY:
        raise ValueError(
            f"Priority is 1 to {HIGH_PRIORITY}, {LOW_REALTIME_PRIORITY} and more real time, not {Priority!r}"
        )
    check_alive(thread.region, told(thread))
    kernel.subject = thread
    return kernel.set_priority(thread, Priority)


@routine(touches_nothing, role="stalls")
def KeStallExecutionProcessor(kernel: Kernel, MicroSeconds: int) -> None:
    """Keep the processor busy for a time: its thread does not wait, and nobody else gets the processor meanwhile.

    Its page asks for no more than 50 microseconds. Under `Windows`, threads on other processors go on; under a
    policy without a clock the time passes for all.
    Parameters: `MicroSeconds`, 0 or more.
    Returns nothing. Raises ValueError for what is not a number of microseconds.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "KeStallExecutionProcessor function (ntddk.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await KeStallExecutionProcessor(50)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    'completed'
    """
    if not whole_number(MicroSeconds) or MicroSeconds < 0:
        raise ValueError(f"MicroSeconds is a whole number, 0 or more, not {MicroSeconds!r}")
    kernel.pass_time(stalled(kernel.caller.call))


@routine(touches_nothing, role="reads the clock")
def KeQuerySystemTime(kernel: Kernel, CurrentTime: LARGE_INTEGER) -> None:
    """Write the system time to a variable.

    Here it moves on with every call; on Windows only with the clock interrupt, about every 10 to 16 ms.
    Parameters: `CurrentTime`, a LARGE_INTEGER that is filled in: ticks of 100 ns since 1601.
    Returns nothing. Raises TypeError for what is not a LARGE_INTEGER.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "KeQuerySystemTime function (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     before, after = LARGE_INTEGER(), LARGE_INTEGER()
    ...     await KeQuerySystemTime(before)
    ...     await KeQuerySystemTime(after)
    ...     print(after.QuadPart - before.QuadPart)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    1
    'completed'
    """
    filled_in("CurrentTime", CurrentTime, LARGE_INTEGER)
    CurrentTime.QuadPart = BOOT_TIME + kernel.now

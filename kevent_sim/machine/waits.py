"""How a wait goes: satisfied at once, ended by an alert or a time-out, or begun, and returned from later.

A wait that blocks is two steps. The second one returns the status that whoever ended the wait left; only a wait for
all of several objects, which a signal merely wakes, tests its objects itself, and may begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kevent_sim.machine.call import Footprint, Routine
from kevent_sim.machine.dispatcher import subject_of
from kevent_sim.machine.irql import DISPATCH_LEVEL
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import NTSTATUS, STATUS_ALERTED, STATUS_SUCCESS, STATUS_TIMEOUT
from kevent_sim.machine.objects import (
    KWAIT_BLOCK,
    THREAD_OBJECT,
    NotificationEvent,
    told,
)
from kevent_sim.machine.regions import check_alive
from kevent_sim.machine.satisfying import satisfiable, satisfy_wait, unlink
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, KernelMode, Wait

THREAD_ALERT_INCREMENT = 2


def wait_next(kernel: Kernel, announced: bool) -> None:
    """Wait = TRUE: return at DISPATCH_LEVEL; the wait that follows restores the IRQL."""
    if announced:
        thread = kernel.caller
        thread.WaitNext, thread.WaitIrql, thread.announcer = True, thread.Irql, thread.call
        kernel.set_irql(thread, DISPATCH_LEVEL)


def begin(kernel: Kernel, wait: Wait, blocks: Sequence[KWAIT_BLOCK]) -> Any:
    """Object, alert, time-out: what comes first in this order decides. Else the thread begins to wait."""
    thread = kernel.caller
    if thread.WaitNext:
        thread.WaitNext = False
        kernel.set_irql(thread, thread.WaitIrql)
    status = _test(kernel, thread, wait)
    if status is not None:
        return wait.returned(status)
    if wait.due is not None and wait.due <= kernel.now:
        return STATUS_TIMEOUT if wait.Objects else STATUS_SUCCESS
    begun, arguments, code, instruction = thread.call
    thread.call = (_returning(begun), arguments, code, instruction)
    return _block(kernel, thread, wait, blocks)


def alert(kernel: Kernel, thread: KTHREAD, mode: int) -> bool:
    """End a thread's alertable wait, or leave the alert pending for the next one. Returns whether one was pending."""
    before = thread.Alerted[mode]
    wait = thread.wait
    if thread.State == KTHREAD_STATE.Waiting and wait is not None and wait.Alertable and mode <= wait.Mode:
        unlink(thread.WaitBlocks)
        kernel.end_wait(thread, STATUS_ALERTED, THREAD_ALERT_INCREMENT)
    else:
        thread.Alerted[mode] = True
    return before


def _test(kernel: Kernel, thread: KTHREAD, wait: Wait) -> NTSTATUS | None:
    """What the wait returns as things are; None where it has to go on."""
    kernel.subject = subject_of(wait)
    before = [Object.Header.SignalState for Object in wait.Objects]
    index = satisfy_wait(wait.Objects, wait.WaitType, thread)
    for Object, state in zip(wait.Objects, before, strict=True):
        if type(Object) is not KTHREAD:
            kernel.trace.signals.append((kernel.steps, Object, state, Object.Header.SignalState))
    if index is not None:
        if wait.WaitType:
            kernel.subject = wait.Objects[index]
        return NTSTATUS(index) if index else STATUS_SUCCESS
    for mode in (wait.Mode, KernelMode) if wait.Alertable else ():
        if thread.Alerted[mode]:
            thread.Alerted[mode] = False
            return STATUS_ALERTED
    return None


def _block(kernel: Kernel, thread: KTHREAD, wait: Wait, blocks: Sequence[KWAIT_BLOCK]) -> Any:
    cells = [("object", Object) for Object in wait.Objects]
    if wait.Alertable:
        cells.append(("thread", thread))
    cells += [("wait block", block) for block in wait.blocks]
    return kernel.wait(thread, wait, cells, blocks)


def _returns(kernel: Kernel, *arguments: Any) -> Any:
    """The second step of a wait that blocked: its thread runs again and gets the status that was left for it."""
    thread = kernel.caller
    wait = thread.wait
    assert wait is not None
    status = thread.WaitStatus
    if status is not None:
        satisfied = wait.WaitType and status < len(wait.Objects)
        kernel.subject = wait.Objects[status] if satisfied else subject_of(wait)
        return wait.returned(status)
    for Object in wait.Objects:
        check_alive(Object.region, told(Object))
    status = _test(kernel, thread, wait)
    # A time-out that came due in the meantime is pending again, and fires next.
    return status if status is not None else _block(kernel, thread, wait, [KWAIT_BLOCK() for _ in wait.Objects])


def reference_cells(kernel: Kernel, Object: Any) -> Footprint:
    """Whether an unreferenced object is still there depends on who closes its handles."""
    if kernel.references.get(Object, 1) == 0:
        for value, other in kernel.handles.items():
            if other is Object:
                yield ("handle", value), False


def _return_cells(kernel: Kernel, *arguments: Any) -> Footprint:
    """A satisfied wait only joins what the signaler did; one that was woken to test its objects again reads them."""
    thread = kernel.caller
    if thread.WaitStatus is None and thread.wait is not None:
        yield from wait_cells(thread, thread.wait.Objects, thread.wait.Alertable, polls=False)
        for Object in thread.wait.Objects:
            yield from reference_cells(kernel, Object)


_RETURNING: dict[Routine, Routine] = {}


def _returning(begun: Routine) -> Routine:
    if begun not in _RETURNING:
        _RETURNING[begun] = Routine(begun.name, _returns, _return_cells, role=begun.role, returning=True)
    return _RETURNING[begun]


def wait_cells(thread: Any, Objects: Sequence[Any], Alertable: bool, polls: bool) -> Footprint:
    """Two arrivals at a synchronization event, a semaphore or a mutex never commute (first come, first served); at a
    notification event or a thread they do. A poll that finds nothing is a look. Of several objects each is judged by
    its own state alone, also those that the wait would not come to."""
    for Object in Objects:
        takes = Object.Header.Type not in (NotificationEvent, THREAD_OBJECT)
        yield ("object", Object), takes and (not polls or satisfiable(Object, thread))
    if Alertable:
        yield ("thread", thread), True

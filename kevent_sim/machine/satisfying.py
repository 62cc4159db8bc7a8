"""Can this wait be satisfied, satisfy it, whom does this signal release?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kevent_sim.machine.irql import DISPATCH_LEVEL
from kevent_sim.machine.ntstatus import EXCEPTION_RECORD, STATUS_MUTANT_LIMIT_EXCEEDED
from kevent_sim.machine.objects import (
    KWAIT_BLOCK,
    MUTANT_OBJECT,
    SEMAPHORE_OBJECT,
    WAIT_TYPE,
    SynchronizationEvent,
    WaitAll,
    WaitAny,
    told,
)
from kevent_sim.machine.regions import check_alive

MINLONG = -0x8000_0000  # the SignalState of a mutex that its owner cannot have once more


def satisfiable(Object: Any, thread: Any) -> bool:
    """Would a wait of the thread on the object, begun now, be satisfied at once?"""
    return bool(Object.Header.SignalState > 0) or (Object.Header.Type == MUTANT_OBJECT and Object.OwnerThread is thread)


def satisfy(Object: Any, thread: Any) -> None:
    """Apply the side effect of one satisfied wait: a synchronization event loses its signal, a semaphore one count; a
    mutex is owned, or once more. The header's fourth byte notes whether its owner took it at DISPATCH_LEVEL."""
    if Object.Header.Type == SynchronizationEvent:
        Object.Header.SignalState = 0
    elif Object.Header.Type == SEMAPHORE_OBJECT:
        Object.Header.SignalState -= 1
    elif Object.Header.Type == MUTANT_OBJECT:
        Object.Header.SignalState -= 1
        if Object.Header.SignalState == 0:
            Object.OwnerThread = thread
            Object.Header.Reserved1 = int(thread.Irql >= DISPATCH_LEVEL)
            thread.MutantListHead.append(Object)


def satisfy_wait(Objects: Sequence[Any], WaitType: WAIT_TYPE, thread: Any) -> int | None:
    """Satisfy a thread's wait where the state of its objects allows it: the only place where that is done.

    Returns the index of the object that satisfied it (for all: 0), None if the wait must go on. Of any the first
    that is signaled satisfies it, and no other is touched; of all, none is touched unless every one is signaled. Raises
    where an owner cannot have a mutex once more; nothing is touched then.
    """
    if WaitType == WaitAll:
        index, taken = 0, Objects
        for Object in Objects:
            if not satisfiable(Object, thread):
                return None
    else:
        for index, Object in enumerate(Objects):  # noqa: B007
            if satisfiable(Object, thread):
                taken = (Object,)
                break
        else:
            return None
    for Object in taken:
        if Object.Header.SignalState == MINLONG:
            raise EXCEPTION_RECORD(STATUS_MUTANT_LIMIT_EXCEEDED)
    for Object in taken:
        satisfy(Object, thread)
    return index


def unlink(blocks: Sequence[KWAIT_BLOCK]) -> None:
    """Take a thread's wait blocks off their objects' wait lists, which are written where they lie."""
    for block in blocks:
        check_alive(block.Object.region, told(block.Object))
        block.Object.Header.WaitListHead.remove(block)


def release(Object: Any) -> list[KWAIT_BLOCK]:
    """Satisfy the waits that the object's state allows, first come first served; return their wait blocks.

    A notification event releases everybody; a synchronization event the first, whose wait takes the signal; a
    semaphore as many as its count; a mutex the first, who owns it then. A wait for all of several objects is not
    satisfied here: its thread leaves all the lists, to test them again itself, and is passed over (as NT 5.2 does it;
    undocumented).
    """
    waits: list[KWAIT_BLOCK] = Object.Header.WaitListHead
    released = []
    while waits and satisfiable(Object, waits[0].Thread):
        block = waits[0]
        if block.WaitType == WaitAny:
            satisfy_wait((Object,), WaitAny, block.Thread)
        unlink(block.Thread.WaitBlocks)
        released.append(block)
    return released

"""What a debugger shows of an object: `dt nt!_KEVENT` and `!thread`, with names where WinDbg prints addresses."""

from __future__ import annotations

from typing import Any

from kevent_sim.call import line_of
from kevent_sim.history import event_labels
from kevent_sim.objects import EVENT_TYPE, KEVENT, KSEMAPHORE, DispatcherObject
from kevent_sim.run import Run
from kevent_sim.thread import KPROCESSOR_MODE, KTHREAD, KTHREAD_STATE, KWAIT_REASON

CLOCK_TICK = 156_250  # 15.625 ms in ticks of 100 ns: the unit of Wait Start TickCount
_OUTER_FRAMES = ("nt!PspSystemThreadStartup", "nt!KiStartSystemThread")
_WAITING_FRAMES = ("nt!KiSwapContext", "nt!KiSwapThread", "nt!KiCommitThreadWait")


class Dump(str):
    """Text that prints itself as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def dt(shown: Any, name: str = "") -> Dump:
    """What WinDbg would show of an event or a semaphore (`dt nt!_KEVENT`) or of a thread (`!thread`).

    Parameters: `shown`, a KEVENT, a KSEMAPHORE or a thread; or a run, and `name`, which of its threads, events and
    semaphores to show as the run has left it.
    Where WinDbg prints addresses, which a simulator does not have, there are names; fields of a thread that the
    simulator does not model are left out. Raises TypeError for what is none of these, ValueError for an unknown name.
    Source: WinDbg, "!thread" and "dt (Display Type)".

    >>> from kevent_sim.objects import KeInitializeEvent, SynchronizationEvent
    >>> event = KEVENT("FileCreationEvent")
    >>> KeInitializeEvent(event, SynchronizationEvent, False)
    >>> dt(event)
    nt!_KEVENT FileCreationEvent
       +0x000 Header           : _DISPATCHER_HEADER
          +0x000 Lock             : 0n393217
          +0x000 LockNV           : 0n393217
          +0x000 Type             : 0x1 ''
          +0x001 Signalling       : 0 ''
          +0x002 Size             : 0x6 ''
          +0x003 Reserved1        : 0 ''
          +0x004 SignalState      : 0n0
          +0x008 WaitListHead     : _LIST_ENTRY [ empty: points to itself ]
    """
    if isinstance(shown, Run):
        shown, labels = _named(shown, name)
    elif name:
        raise TypeError(f"dt takes a name with a run only, not with {shown!r}")
    else:
        labels = {}
    if isinstance(shown, KTHREAD):
        return Dump("\n".join(_thread(shown, labels)))
    if isinstance(shown, KEVENT | KSEMAPHORE):
        return Dump("\n".join(_object(shown, labels.get(shown, shown.name))))
    raise TypeError(f"dt shows a KEVENT, a KSEMAPHORE or a thread, not {shown!r}; of a run:  ks.dt(run, 'name')")


def _named(run: Run, name: str) -> tuple[DispatcherObject, dict[Any, str]]:
    labels = event_labels(run)
    known: dict[str, Any] = {label: each for each, label in labels.items()}
    known.update({thread.name: thread for thread in run._kernel.threads})
    if name not in known:
        raise ValueError(f"this run has no {name!r}; it has: {', '.join(known)}")
    return known[name], labels


def _hex(value: int) -> str:
    return f"0x{value:x} ''" if value else "0 ''"


def _object(shown: KEVENT | KSEMAPHORE, label: str) -> list[str]:
    header, kind = shown.Header, type(shown).__name__
    lock = header.Type | header.Signalling << 8 | header.Size << 16 | header.Reserved1 << 24
    if header.WaitListHead is None:
        waits = "[ NULL - NULL ]"
    elif header.WaitListHead:
        waits = f"[ {header.WaitListHead[0].Thread.name} - {header.WaitListHead[-1].Thread.name} ]"
    else:
        waits = "[ empty: points to itself ]"
    fields = [
        (0, "Lock", f"0n{lock}"), (0, "LockNV", f"0n{lock}"), (0, "Type", _hex(header.Type)),
        (1, "Signalling", _hex(header.Signalling)), (2, "Size", _hex(header.Size)),
        (3, "Reserved1", _hex(header.Reserved1)), (4, "SignalState", f"0n{header.SignalState}"),
        (8, "WaitListHead", f"_LIST_ENTRY {waits}"),
    ]  # fmt: skip
    lines = [f"nt!_{kind} {label}".rstrip(), "   +0x000 Header           : _DISPATCHER_HEADER"]
    lines += [f"      +0x{offset:03x} {name:<16} : {value}" for offset, name, value in fields]
    if isinstance(shown, KSEMAPHORE):
        lines.append(f"   +0x018 Limit            : 0n{shown.Limit}")
    return lines


def _thread(thread: KTHREAD, labels: dict[Any, str]) -> list[str]:
    head = f"THREAD {thread.name}  Cid 0004.{4 * (thread.number + 1):04x}  Teb: 0000000000000000"
    routine, _, code, instruction = thread.call
    where = f"{code.co_name} [line {line_of(code, instruction)}]" if code is not None else ""
    frames = [f"driver!{where}"] * bool(where)
    if thread.State == KTHREAD_STATE.Waiting:
        lines, frames = _waiting(thread, head, labels), [*_WAITING_FRAMES, f"nt!{routine.name}", *frames]
    elif thread.State == KTHREAD_STATE.Terminated:
        lines, frames = [f"{head} TERMINATED"], []
    else:
        lines = [f"{head} READY"]
    lines += [
        "Not impersonating",
        "Owning Process            System",
        f"Win32 Start Address       driver!{thread.name.partition(' #')[0]}",
        f"Priority {thread.Priority}  BasePriority {thread.BasePriority}  IoPriority 2  PagePriority 5",
    ]
    return [*lines, "Call Site", *frames, *_OUTER_FRAMES] if frames else lines


def _waiting(thread: KTHREAD, head: str, labels: dict[Any, str]) -> list[str]:
    wait = thread.wait
    assert wait is not None
    reason = KWAIT_REASON(wait.Reason).name if wait.Objects else "DelayExecution"
    alertable = "Alertable" if wait.Alertable else "Non-Alertable"
    lines = [f"{head} WAIT: ({reason}) {KPROCESSOR_MODE(wait.Mode).name} {alertable}"]
    for each in wait.Objects:
        kind = EVENT_TYPE(each.Header.Type).name if isinstance(each, KEVENT) else "Thread"
        if isinstance(each, KSEMAPHORE):
            kind = f"Semaphore Limit 0x{each.Limit:x}"
        lines.append(f"    {labels.get(each, each.name) or 'an object without a name'}  {kind}")
    return [*lines, f"Wait Start TickCount      {thread.since // CLOCK_TICK}"]

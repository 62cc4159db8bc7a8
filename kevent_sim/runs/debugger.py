"""What a debugger shows of an object: `dt nt!_KEVENT` and `!thread`, with names where WinDbg prints addresses."""

from __future__ import annotations

from inspect import CORO_RUNNING, getcoroutinestate
from typing import Any

from kevent_sim.machine.lines import learners_frames, line_of
from kevent_sim.machine.names import common
from kevent_sim.machine.objects import EVENT_TYPE, FAST_MUTEX, KEVENT, KMUTEX, KSEMAPHORE, DispatcherObject
from kevent_sim.machine.thread import KPROCESSOR_MODE, KTHREAD, KTHREAD_STATE, KWAIT_REASON, UNMAPPED, Wait
from kevent_sim.runs.entries import loaded
from kevent_sim.runs.history import event_labels
from kevent_sim.runs.result import Run

CLOCK_TICK = 156_250  # 15.625 ms in ticks of 100 ns: the unit of Wait Start TickCount
_OUTER_FRAMES = ("nt!PspSystemThreadStartup", "nt!KiStartSystemThread")
_WAITING_FRAMES = ("nt!KiSwapContext", "nt!KiSwapThread", "nt!KiCommitThreadWait")


class Dump(str):
    """Text that prints itself as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def dt(shown: Any, name: str = "") -> Dump:
    """What WinDbg would show of an event, semaphore or mutex (`dt nt!_KEVENT`) or of a thread (`!thread`).

    Parameters: `shown`, a KEVENT, KSEMAPHORE, KMUTEX, FAST_MUTEX or thread; or a run, and `name`, which of its
    threads, events, semaphores and mutexes to show as the run has left it. Of a driver in C also: a run, and the name
    of a global or of a static local (`Function.name`); or the driver, or its path, and the name of a structure.
    Where WinDbg prints addresses, which a simulator does not have, there are names; fields of a thread and frames of
    its call stack that the simulator does not model are left out. Raises TypeError for what is none of these,
    ValueError for an unknown name.
    Source: WinDbg, "!thread" and "dt (Display Type)".

    >>> from kevent_sim.machine.objects import SynchronizationEvent
    >>> event = KEVENT("FileCreationEvent")
    >>> event.initialise(SynchronizationEvent, False)
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
    run: Run | None = None
    labels: dict[Any, str] = {}
    if isinstance(shown, Run):
        run = shown
        if name in run.trace.variables:
            return Dump("\n".join(run.trace.variables[name]()))
        shown, labels = _named(run, name)
    elif name and hasattr(driver := loaded(shown), "layout_of"):
        return Dump("\n".join(driver.layout_of(name)))
    elif name:
        raise TypeError(f"dt takes a name with a run only, not with {shown!r}")
    if isinstance(shown, KTHREAD):
        return Dump("\n".join(_thread(shown, labels, run)))
    if isinstance(shown, DispatcherObject):
        return Dump("\n".join(_object(shown, labels.get(shown, shown.name))))
    raise TypeError(
        f"dt shows a KEVENT, KSEMAPHORE, KMUTEX, FAST_MUTEX or thread, not {shown!r}; of a run:  ks.dt(run, 'name')"
    )


def _named(run: Run, name: str) -> tuple[DispatcherObject, dict[Any, str]]:
    labels = event_labels(run)
    known: dict[str, Any] = {label: each for each, label in labels.items()}
    known.update({thread.name: thread for thread in run.trace.threads})
    if name not in known:
        raise ValueError(f"this run has no {name!r}; it has: {', '.join([*known, *run.trace.variables])}")
    return known[name], labels


def _hex(value: int) -> str:
    return f"0x{value:x} ''" if value else "0 ''"


def _list(first: Any, last: Any) -> str:
    return f"_LIST_ENTRY [ {first} - {last} ]"


def _field(offset: int, name: str, value: str, inner: int = 0) -> str:
    return f"{'   ' * (inner + 1)}+0x{offset:03x} {name:<16} : {value}"


def _name(thread: KTHREAD | None) -> str:
    return thread.name if thread is not None else "(null)"


def _object(shown: DispatcherObject, label: str) -> list[str]:
    if isinstance(shown, FAST_MUTEX):
        return [f"nt!_FAST_MUTEX {label}".rstrip(), *_fast_mutex(shown)]
    kind = "KMUTANT" if isinstance(shown, KMUTEX) else type(shown).__name__
    lines = [f"nt!_{kind} {label}".rstrip(), *_header(shown)]
    if isinstance(shown, KSEMAPHORE):
        lines.append(_field(0x18, "Limit", f"0n{shown.Limit}"))
    if isinstance(shown, KMUTEX):
        lines += [
            _field(0x18, "MutantListEntry", _list(*_neighbours(shown))),
            _field(0x28, "OwnerThread", _name(shown.OwnerThread)),
            _field(0x30, "Abandoned", "0 ''"),
            _field(0x31, "ApcDisable", "0x1 ''"),
        ]
    return lines


def _header(shown: DispatcherObject, inner: int = 0) -> list[str]:
    header = shown.Header
    lock = header.Type | header.Signalling << 8 | header.Size << 16 | header.Reserved1 << 24
    if header.WaitListHead is None:
        waits = _list("NULL", "NULL")
    elif header.WaitListHead:
        waits = _list(header.WaitListHead[0].Thread.name, header.WaitListHead[-1].Thread.name)
    else:
        waits = "_LIST_ENTRY [ empty: points to itself ]"
    fields = [
        (0, "Lock", f"0n{lock}"), (0, "LockNV", f"0n{lock}"), (0, "Type", _hex(header.Type)),
        (1, "Signalling", _hex(header.Signalling)), (2, "Size", _hex(header.Size)),
        (3, "Reserved1", _hex(header.Reserved1)), (4, "SignalState", f"0n{header.SignalState}"),
        (8, "WaitListHead", waits),
    ]  # fmt: skip
    return [_field(0, "Header", "_DISPATCHER_HEADER", inner), *(_field(*each, inner + 1) for each in fields)]


def _neighbours(mutex: KMUTEX) -> tuple[str, str]:
    """What lies after and before a mutex in the ring of those that its owner has, and of the head in the thread."""
    if mutex.OwnerThread is None:
        return "NULL", "NULL"
    held = mutex.OwnerThread.MutantListHead
    ring = [mutex.OwnerThread.name, *(each.name or "a KMUTEX" for each in held)]
    at = held.index(mutex)
    return ring[(at + 2) % len(ring)], ring[at]


def _fast_mutex(shown: FAST_MUTEX) -> list[str]:
    """The event in it is not signaled: it is set to hand the mutex on, and whoever it releases resets it."""
    event, waiters = KEVENT(), shown.Header.WaitListHead
    event.Header.Type, event.Header.Size, event.Header.WaitListHead = shown.Header.Type, shown.Header.Size, waiters
    waiting = len(waiters or ())
    return [
        _field(0x00, "Count", f"0n{shown.Header.SignalState - waiting}"),
        _field(0x08, "Owner", _name(shown.Owner)),
        _field(0x10, "Contention", f"{waiting}"),
        _field(0x18, "Event", "_KEVENT"),
        *_header(event, 1),
        _field(0x30, "OldIrql", f"{shown.OldIrql}"),
    ]


def _thread(thread: KTHREAD, labels: dict[Any, str], run: Run | None) -> list[str]:
    # A process and its threads take their numbers from one table: 4 is the System process itself.
    head = f"THREAD {thread.name}  Cid 0004.{4 * (thread.number + 2):04x}  Teb: 0000000000000000"
    state, objects = _state(thread, run), []
    if thread.State == KTHREAD_STATE.Waiting:
        objects = [f"    {_label(each, labels)}  {_kind(each)}" for each in _wait(thread).Objects]
    since = [f"Wait Start TickCount      {thread.since // CLOCK_TICK}"] if objects or state.startswith("WAIT") else []
    frames = _frames(thread, run)
    return [
        f"{head} {state}",
        *objects,
        "Not impersonating",
        "Owning Process            System",
        *since,
        f"Win32 Start Address       {f'driver!{_start(thread)}' if thread.exits else 'nt!ExpWorkerThread'}",
        f"Priority {thread.Priority}  BasePriority {thread.BasePriority}  IoPriority 2  PagePriority 5",
        *["Call Site"] * bool(frames),
        *frames,
    ]


def _wait(thread: KTHREAD) -> Wait:
    assert thread.wait is not None
    return thread.wait


def _start(thread: KTHREAD) -> str:
    """The start routine's name."""
    return common(thread.name)


def _runs(thread: KTHREAD) -> bool:
    """Is it the thread that asks?"""
    return getcoroutinestate(thread.coroutine) == CORO_RUNNING


def _stops(thread: KTHREAD, run: Run | None) -> bool:
    """Is it the thread in which the machine stopped?"""
    return run is not None and run.trace.stopped is thread


def _state(thread: KTHREAD, run: Run | None) -> str:
    if _stops(thread, run):
        assert run is not None
        return f"RUNNING on processor {(run.columns['processor'] or [0])[-1]}"
    if thread.State == KTHREAD_STATE.Waiting:
        wait = _wait(thread)
        reason = KWAIT_REASON(wait.Reason).name if wait.Objects else "DelayExecution"
        return f"WAIT: ({reason}) {KPROCESSOR_MODE(wait.Mode).name} {'' if wait.Alertable else 'Non-'}Alertable"
    if thread.State == KTHREAD_STATE.Terminated:
        return "TERMINATED" if thread.exits else "idle: a system worker thread, whose work is done"
    return "RUNNING" if _runs(thread) else "READY"


def _label(waited: DispatcherObject, labels: dict[Any, str]) -> str:
    return labels.get(waited, waited.name) or "an object without a name"


def _kind(waited: DispatcherObject) -> str:
    if isinstance(waited, KSEMAPHORE):
        return f"Semaphore Limit 0x{waited.Limit:x}"
    if isinstance(waited, KMUTEX):
        return f"Mutant - {'owning thread ' + waited.OwnerThread.name if waited.OwnerThread else 'not owned'}"
    return EVENT_TYPE(waited.Header.Type).name if isinstance(waited, KEVENT | FAST_MUTEX) else "Thread"


def _frames(thread: KTHREAD, run: Run | None) -> list[str]:
    """The call stack, the innermost frame first: those of the driver, and the ones around them that matter."""
    if thread.State == KTHREAD_STATE.Terminated or _runs(thread):
        return []
    routine, _, code, instruction = thread.call
    function, line = code.co_name if code is not None else "", line_of(code, instruction)
    inner: list[str] = []
    if _stops(thread, run):
        assert run is not None
        assert run.bugcheck is not None
        inner = ["nt!KeBugCheckEx"]
        if run.bugcheck.line != line:  # not in the call that it stood before, but in the driver's own code
            function = "".join(at.tb_frame.f_code.co_name for at in learners_frames(run.bugcheck)[-1:])
            line = run.bugcheck.line
        elif routine is not UNMAPPED:
            inner.append(f"nt!{routine.name}")
    elif thread.State == KTHREAD_STATE.Waiting:
        inner = [*_WAITING_FRAMES, f"nt!{_waits_in(thread)}"]
    elif routine.returning:  # released, and not yet back from its wait
        inner = [*_WAITING_FRAMES, f"nt!{routine.name}"]
    return [*inner, *_driver_frames(thread, function, line), *_outer_frames(thread)]


def _waits_in(thread: KTHREAD) -> str:
    routine, count = thread.call[0], len(_wait(thread).Objects)
    if routine is not UNMAPPED:
        return routine.name
    names = ("KeDelayExecutionThread", "KeWaitForSingleObject")
    return names[count] if count < len(names) else "KeWaitForMultipleObjects"


def _driver_frames(thread: KTHREAD, function: str, line: int) -> list[str]:
    if thread.call[0] is UNMAPPED:
        return ["<Unloaded_driver.sys>"]
    if not line:  # it has returned from its start routine
        return []
    return [
        f"driver!{function} [line {line}]",
        *[f"driver!{_start(thread)}"] * (thread.exits and function != _start(thread)),
    ]


def _outer_frames(thread: KTHREAD) -> tuple[str, ...]:
    return _OUTER_FRAMES if thread.exits else ("nt!IopLoadUnloadDriver", "nt!ExpWorkerThread", *_OUTER_FRAMES)

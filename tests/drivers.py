"""Small drivers for tests of the explorer: made of data, or of the routines given."""

from hypothesis import strategies as st

import kevent_sim as ks
from kevent_sim.ntifs import *

EVENTS, OBJECTS = ["S", "N"], ["S", "N", "C"]  # C: a semaphore; beside them there are a mutex, M, and a fast one, F
PATHS = ["C:\\Temp\\a", "C:\\Temp\\b"]
thread = st.integers(0, 2)  # one of those created earlier than the one that names it
timeout = st.sampled_from([None, None, -50, -10, 0])
alertable = st.sampled_from([False, False, True])
on_events = st.one_of(
    st.tuples(
        st.sampled_from(["KeSetEvent", "KeResetEvent", "KePulseEvent", "KeReadStateEvent"]), st.sampled_from(EVENTS)
    ),
    st.tuples(st.just("initialise"), st.sampled_from(EVENTS), st.booleans()),
)
waits = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([*OBJECTS, "M"]), timeout, alertable),
    st.tuples(st.just("wait"), thread, timeout, st.just(False)),
    st.tuples(
        st.sampled_from(["any", "all"]),
        st.lists(st.sampled_from([*OBJECTS, "M"]) | thread, min_size=2, max_size=3, unique=True),
        timeout,
        alertable,
    ),
)
others = st.one_of(
    st.tuples(st.just("KeReleaseSemaphore"), st.integers(1, 2)),
    st.tuples(st.just("alert"), thread),
    st.tuples(st.just("delay"), alertable),
    st.tuples(st.sampled_from(["KeReleaseMutex", "keep"])),
)
in_turn = st.tuples(st.sampled_from(["own", "lock", "try to lock"]), on_events | waits | others)
on_objects = on_events | waits | others | in_turn
on_files = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(PATHS)),
    st.tuples(st.just("open"), st.sampled_from(PATHS)),
    st.tuples(st.sampled_from(["write", "close"])),
    st.tuples(st.just("rename"), st.sampled_from(PATHS)),
)
on_memory = st.one_of(
    st.tuples(st.just("assign"), st.sampled_from("xy"), st.integers(0, 1)),
    st.tuples(st.sampled_from(["increment", "take"]), st.sampled_from("xy")),
    st.tuples(st.just("where"), st.sampled_from("xy"), on_objects),
)
programs = st.lists(st.lists(on_objects | on_files | on_memory, max_size=3), min_size=2, max_size=4).filter(
    lambda threads: sum(map(len, threads)) <= 6
)


VOLUME = ks.Volume(files={PATHS[1]: b"there"})


class SHARED(Structure):
    S: KEVENT
    N: KEVENT
    C: KSEMAPHORE
    M: KMUTEX
    F: FAST_MUTEX
    x: ULONG
    y: ULONG


def event_of(Shared, name):
    match name:
        case "S":
            return Shared.S
        case "N":
            return Shared.N
        case "C":
            return Shared.C
        case "M":
            return Shared.M


class Known:
    """What a thread works with: shared memory, a file of its own, and the threads created earlier. How often it has the
    mutex, which it gives back as it ends, unless it is to keep it."""

    def __init__(self, Shared, threads):
        self.taken, self.keeps = 0, False
        self.Shared, self.threads, self.hFile, self.isb = Shared, threads, HANDLE(), IO_STATUS_BLOCK()

    def objects(self, names):
        return [event_of(self.Shared, name) if isinstance(name, str) else self.threads[name] for name in names]


def bound(threads):
    """The same programs, but that each thread names only threads created earlier; calls that name none are left out."""

    def bind(number, call):
        match call:
            case ["where", field, then]:
                then = bind(number, then)
                return then and ("where", field, then)
            case [("own" | "lock" | "try to lock") as kind, then]:
                then = bind(number, then)
                return then and (kind, then)
            case ["wait" | "alert" as kind, int(other), *rest]:
                return (kind, other % number, *rest) if number else None
            case ["any" | "all" as kind, objects, *rest]:
                left = [one if isinstance(one, str) else one % number for one in objects if number or type(one) is str]
                return (kind, left, *rest) if left else None
        return call

    return [[then for call in calls if (then := bind(number, call))] for number, calls in enumerate(threads)]


def threads_named(call):
    match call:
        case ["where", _, then] | ["own" | "lock" | "try to lock", then]:
            return threads_named(then)
        case ["wait" | "alert", int(other), *_]:
            return [other]
        case ["any" | "all", objects, *_]:
            return [one for one in objects if type(one) is int]
    return []


def driver_of(threads, signaled=False):
    threads = bound(threads)
    referred = {one for calls in threads for call in calls for one in threads_named(call)}

    def routine_of(calls, earlier):
        async def Thread(Shared):
            known = Known(Shared, earlier)
            for call in calls:
                await perform(known, call)
            await give_back(known)

        return Thread

    async def DriverEntry(DriverObject, RegistryPath):
        Shared, earlier = SHARED(), []
        await KeInitializeEvent(Shared.S, SynchronizationEvent, signaled)
        await KeInitializeEvent(Shared.N, NotificationEvent, signaled)
        await KeInitializeSemaphore(Shared.C, int(signaled), 2)
        await initialise_mutexes(Shared, threads)
        for calls in threads:
            hThread, Thread = HANDLE(), PVOID()
            await PsCreateSystemThread(hThread, 0, None, None, None, routine_of(calls, earlier), Shared)
            if len(earlier) in referred:
                await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
            earlier = [*earlier, Thread]
        return STATUS_SUCCESS

    return DriverEntry


async def initialise_mutexes(Shared, threads):
    """Where a thread uses them: each call is one step more to be ordered."""
    told = str(threads)
    if any(word in told for word in ("'M'", "'own'", "'KeReleaseMutex'")):
        await KeInitializeMutex(Shared.M, 0)
    if "lock'" in told:
        await ExInitializeFastMutex(Shared.F)


def named(path):
    name, attributes = UNICODE_STRING(), OBJECT_ATTRIBUTES()
    RtlInitUnicodeString(name, "\\??\\" + path)
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE, None, None)
    return attributes


def due(timeout):
    return None if timeout is None else LARGE_INTEGER(timeout)


async def perform(known, call):
    match call:
        case ["own" | "lock" | "try to lock" | "keep" | "KeReleaseMutex", *_]:
            await in_turn_or_out(known, call)
        case ["wait" | "any" | "all" | "alert" | "delay" | "KeReleaseSemaphore", *_]:
            await wait_or_release(known, call)
        case [("KeSetEvent" | "KePulseEvent") as name, event]:
            routine = KeSetEvent if name == "KeSetEvent" else KePulseEvent
            await routine(event_of(known.Shared, event), 0, False)
        case [("KeResetEvent" | "KeReadStateEvent") as name, event]:
            routine = KeResetEvent if name == "KeResetEvent" else KeReadStateEvent
            await routine(event_of(known.Shared, event))
        case ["initialise", event, signaled]:
            kind = SynchronizationEvent if event == "S" else NotificationEvent
            await KeInitializeEvent(event_of(known.Shared, event), kind, signaled)
        case ["increment", field]:
            await InterlockedIncrement(known.Shared, field)
        case ["take", field]:
            if await InterlockedCompareExchange(known.Shared, field, 2, 0) == 0:
                await KeSetEvent(known.Shared.S, 0, False)
        case ["assign", "x", value]:
            known.Shared.x = value
        case ["assign", "y", value]:
            known.Shared.y = value
        case ["where", field, then]:
            if known.Shared.x if field == "x" else known.Shared.y:
                await perform(known, then)
        case _:
            await on_file(known.hFile, known.isb, call)


async def wait_or_release(known, call):
    match call:
        case ["wait", name, timeout, alertable]:
            (Object,) = known.objects([name])
            status = await KeWaitForSingleObject(Object, Executive, KernelMode, alertable, due(timeout))
            note_taken(known, [name], False, status)
        case [("any" | "all") as how, names, timeout, alertable]:
            status = await KeWaitForMultipleObjects(
                len(names), known.objects(names), WaitAll if how == "all" else WaitAny, Executive, KernelMode,
                alertable, due(timeout), None,
            )  # fmt: skip
            note_taken(known, names, how == "all", status)
        case ["alert", number]:
            await KeAlertThread(*known.objects([number]), KernelMode)
        case ["delay", alertable]:
            await KeDelayExecutionThread(KernelMode, alertable, LARGE_INTEGER(-20))
        case ["KeReleaseSemaphore", adjustment]:
            try:
                await KeReleaseSemaphore(known.Shared.C, 0, adjustment, False)
            except EXCEPTION_RECORD:
                await KeReadStateSemaphore(known.Shared.C)


async def in_turn_or_out(known, call):
    match call:
        case ["own", then]:
            await wait_or_release(known, ("wait", "M", None, False))
            await perform(known, then)
            await release_mutex(known)
        case ["lock", then]:
            await ExAcquireFastMutex(known.Shared.F)
            await perform(known, then)
            await ExReleaseFastMutex(known.Shared.F)
        case ["try to lock", then]:
            if await ExTryToAcquireFastMutex(known.Shared.F):
                await perform(known, then)
                await ExReleaseFastMutex(known.Shared.F)
        case ["KeReleaseMutex"]:
            await release_mutex(known)
        case ["keep"]:
            known.keeps = True


def note_taken(known, names, for_all, status):
    if status < len(names):
        known.taken += "M" in (names if for_all else [names[status]])


async def release_mutex(known):
    try:
        await KeReleaseMutex(known.Shared.M, False)
        known.taken -= 1
    except EXCEPTION_RECORD:
        await KeReadStateMutex(known.Shared.M)


async def give_back(known):
    while known.taken and not known.keeps:
        await release_mutex(known)


async def on_file(hFile, isb, call):
    match call:
        case ["create", path]:
            await ZwCreateFile(
                hFile,
                GENERIC_WRITE | DELETE,
                named(path),
                isb,
                None,
                0,
                0,
                FILE_OVERWRITE_IF,
                FILE_SYNCHRONOUS_IO_NONALERT,
                None,
                0,
            )
        case ["open", path]:
            await ZwOpenFile(hFile, FILE_ALL_ACCESS, named(path), isb, 7, FILE_SYNCHRONOUS_IO_NONALERT)
        case ["write"]:
            await ZwWriteFile(hFile, None, None, None, isb, bytes([hFile.value >> 32 & 7]), 1, None, None)
        case ["close"]:
            await ZwClose(hFile)
        case ["rename", path]:
            name = "\\??\\" + path + "2"
            length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(name)
            info = FILE_RENAME_INFORMATION(length)
            info.ReplaceIfExists, info.FileNameLength, info.FileName = True, 2 * len(name), name
            await ZwSetInformationFile(hFile, isb, info, length, FileRenameInformation)


def started(*routines):
    """A driver that starts these as threads, with one SHARED structure."""

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = SHARED()
        await KeInitializeEvent(Shared.S, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.N, NotificationEvent, False)
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
        return STATUS_SUCCESS

    return DriverEntry

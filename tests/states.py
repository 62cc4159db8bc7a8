"""Random drivers and random questions to their states; and every state of every order, by brute force.

The oracle shares nothing with `kevent_sim.questions`: it steps the kernel itself, and `Seen` reads the kernel's own
tables. What an object or structure is known from is what a thread stood before, not what a footprint says.
"""

from collections import namedtuple
from functools import partial

from drivers import (
    PATHS,
    SHARED,
    Known,
    bound,
    due,
    give_back,
    initialise_mutexes,
    named,
    perform,
    threads_named,
)
from naive import depth_first

import kevent_sim as ks
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.objects import DispatcherObject
from kevent_sim.machine.structures import PVOID
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.ntifs import *
from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.subject import Subject

TEMP, OTHER, SUB = "C:\\Temp", "C:\\Temp2", "C:\\Temp\\Sub"
FILES = [*PATHS, OTHER + "\\a", OTHER + "\\c", SUB + "\\d"]
DIRECTORIES = [OTHER, SUB, "C:\\New"]
VOLUME = ks.Volume(directories=[TEMP, OTHER, SUB], files={PATHS[1]: b"there", OTHER + "\\c": b"c"})
READY = UNICODE_STRING("\\BaseNamedObjects\\Ready")

# -- drivers: threads of calls, some of them on what the drivers of `test_explore` do not use --------------------------


def started_with(threads, signaled=False, slow=False):
    """A driver of these threads, which share a handle. Loose is an event in no structure, initialised by no step: known
    when it is used.

    With `slow`, DriverEntry goes on while its threads run.
    """
    threads = bound(threads)
    referred = {one for calls in threads for call in calls for one in threads_named(call)}

    def routine_of(calls, earlier, loose, shared):
        async def Thread(Shared):
            known = Known(Shared, earlier)
            known.loose, known.shared, known.hEvent, known.event = loose, shared, HANDLE(), None
            for call in calls:
                await performed(known, call)
            await give_back(known)

        return Thread

    async def DriverEntry(DriverObject, RegistryPath):
        Shared, earlier, loose, shared = SHARED(), [], [KEVENT("Loose")][0], HANDLE()  # a plain local would end here
        loose.initialise(NotificationEvent, True)
        await KeInitializeEvent(Shared.S, SynchronizationEvent, signaled)
        await KeInitializeEvent(Shared.N, NotificationEvent, signaled)
        await KeInitializeSemaphore(Shared.C, int(signaled), 2)
        await initialise_mutexes(Shared, threads)
        for calls in threads:
            hThread, Thread = HANDLE(), PVOID()
            await PsCreateSystemThread(hThread, 0, None, None, None, routine_of(calls, earlier, loose, shared), Shared)
            if len(earlier) in referred:
                await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
            earlier = [*earlier, Thread]
        if slow:
            await KeSetEvent(Shared.N, 0, False)
        return STATUS_SUCCESS

    return DriverEntry


async def performed(known, call):
    """One call of a thread; a few more kinds of them than `perform` knows."""
    hFile, isb = known.hFile, known.isb
    match call:
        case ["shared", *then]:
            known.hFile = known.shared
            await performed(known, then)
            known.hFile = hFile
        case ["priority", priority]:
            await KeSetPriorityThread(await KeGetCurrentThread(), priority)
        case ["loose", "wait", timeout]:
            await KeWaitForSingleObject(known.loose, Executive, KernelMode, False, due(timeout))
        case ["loose", "set" | "reset" | "read" as what]:
            await on_event(what, known.loose)
        case ["named", "create", kind]:
            routine = IoCreateSynchronizationEvent if kind == "S" else IoCreateNotificationEvent
            known.event = await routine(READY, known.hEvent)
        case ["named", "close"]:
            known.event = None
            await ZwClose(known.hEvent)
        case ["named", what]:
            if known.event is not None:
                await on_event(what, known.event)
        case ["directory", path, how]:
            disposition = {"open": FILE_OPEN, "create": FILE_CREATE}[how]
            await ZwCreateFile(
                hFile, FILE_ALL_ACCESS, named(path), isb, None, 0, 7, disposition, FILE_DIRECTORY_FILE, None, 0
            )
        case ["share", path]:
            await ZwCreateFile(
                hFile,
                FILE_ALL_ACCESS,
                named(path),
                isb,
                None,
                0,
                7,
                FILE_OPEN_IF,
                FILE_SYNCHRONOUS_IO_NONALERT,
                None,
                0,
            )
        case ["move", path]:
            name = "\\??\\" + path
            length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(name)
            info = FILE_RENAME_INFORMATION(length)
            info.ReplaceIfExists, info.FileNameLength, info.FileName = True, 2 * len(name), name
            await ZwSetInformationFile(hFile, isb, info, length, FileRenameInformation)
        case ["dispose", delete]:
            info = FILE_DISPOSITION_INFORMATION(delete)
            await ZwSetInformationFile(hFile, isb, info, 1, FileDispositionInformation)
        case _:
            await perform(known, call)


async def on_event(what, event):
    match what:
        case "set":
            await KeSetEvent(event, 0, False)
        case "reset":
            await KeResetEvent(event)
        case "read":
            await KeReadStateEvent(event)


ON_FILES = ["create", "open", "write", "close", "rename", "move", "share", "dispose", "directory"]


def any_call(draw):
    """One call, or a few that go together."""
    on_files = [
        *[lambda: [("create", draw.choice(FILES)), ("write",)]] * 2,
        *[lambda: [("create", draw.choice(FILES))]] * 3,
        lambda: [("open", draw.choice(FILES)), ("move", draw.choice(FILES))],
        *[lambda: [("share", draw.choice(FILES)), ("move", draw.choice(FILES))]] * 2,
        *[lambda: [("share", draw.choice(FILES)), ("dispose", draw.random() < 0.8), ("close",)]] * 2,
        lambda: [("directory", draw.choice(DIRECTORIES), draw.choice(["open", "create"]))],
        lambda: [("directory", draw.choice([OTHER, SUB]), "open"), ("move", draw.choice([*DIRECTORIES, TEMP + "\\a"]))],
        lambda: [("directory", SUB, "open"), ("dispose", True), ("close",)],
        *[lambda: [("directory", TEMP, "open"), ("move", "C:\\New")]] * 2,
        lambda: [("write",)],
        lambda: [("close",)],
        lambda: [("move", draw.choice(FILES))],
        lambda: [("rename", draw.choice(PATHS))],
    ]
    timeout = partial(draw.choice, [None, None, -50, 0])
    on_objects = [
        lambda: [(draw.choice(["KeSetEvent", "KeResetEvent", "KePulseEvent", "KeReadStateEvent"]), draw.choice("SN"))],
        *[lambda: [(draw.choice(["KeSetEvent", "KeSetEvent", "KeResetEvent"]), draw.choice("SN"))]] * 3,
        lambda: [("initialise", draw.choice("SN"), draw.random() < 0.5)],
        lambda: [("wait", draw.choice(["S", "N", "C", 0, 1]), timeout(), draw.random() < 0.2)],
        lambda: [(draw.choice(["any", "all"]), draw.sample(["S", "N", "C", 0], 2), timeout(), draw.random() < 0.2)],
        lambda: [("KeReleaseSemaphore", draw.randint(1, 2))],
        lambda: [("wait", "M", timeout(), draw.random() < 0.2), (draw.choice(["KeReleaseMutex", "close"]),)],
        lambda: [(draw.choice(["own", "lock", "try to lock"]), ("KeSetEvent", draw.choice("SN")))],
        lambda: [("alert", draw.randint(0, 2))],
        lambda: [("delay", draw.random() < 0.3)],
        lambda: [("loose", draw.choice(["set", "reset", "reset", "read"]))],
        lambda: [("loose", "wait", timeout())],
        lambda: [("named", "create", draw.choice("SN")), ("named", draw.choice(["set", "reset", "reset", "close"]))],
        lambda: [("named", "create", draw.choice("SN"))],
        lambda: [("named", draw.choice(["set", "reset", "close"]))],
    ]
    on_memory = [
        lambda: [("assign", draw.choice("xy"), draw.randint(0, 1)), (draw.choice(["KeSetEvent"]), draw.choice("SN"))],
        lambda: [("where", draw.choice("xy"), ("KeSetEvent", draw.choice("SN")))],
        lambda: [("wait", draw.choice("SN"), None, False), ("assign", draw.choice("xy"), draw.randint(0, 1))],
    ]
    calls = draw.choice(draw.choices([on_files, on_objects, on_memory], [10, 8, 2])[0])()
    if draw.random() < 0.1:
        return [("priority", 9), *calls]
    if draw.random() < 0.2:
        return [("shared", *call) if call[0] in ON_FILES else call for call in calls]
    return calls


def any_driver(draw):
    """Threads, whether S, N and C begin signaled, whether DriverEntry goes on while they run."""
    threads = [
        [call for _ in range(draw.randint(1, 2)) for call in any_call(draw)] for _ in range(draw.choice([2, 2, 2, 3]))
    ]
    while sum(map(len, threads)) > 5:
        max(threads, key=len).pop(draw.choice([0, -1]))
    return threads, draw.random() < 0.5, draw.random() < 0.2


# -- questions --------------------------------------------------------------------------------------------------------

# What a state can be asked, as data: `view_of` asks a ks.State, or what the oracle has in its place.
Asked = namedtuple("Asked", "kind, of", defaults=[None])


def look(state, asked):
    match asked:
        case ("names" | "length" | "sizes" | "listing" | "size of b" | "has a", directory):
            files = state.files(directory)
            match asked.kind:
                case "names":
                    return tuple(files)
                case "length":
                    return len(files)
                case "sizes":
                    return tuple(files.items())
                case "size of b":
                    return files.get("b")
            return "a" in files
        case ("signaled" | "count", name):
            return getattr(state, asked.kind)(name)
        case ("value", field):
            return state.value("SHARED", field)
        case ("at", thread):
            return state.at(thread)
        case ("both", (one, other)):
            return look(state, one), look(state, other)
        case ("where", (one, other)):
            return look(state, other) if look(state, one) else None
    raise AssertionError(asked)


def about(draw, number, call):
    """What a call of a thread could change."""
    me = "Thread" if number == 0 else f"Thread #{number + 1}"
    if call[0] == "shared":
        return about(draw, number, call[1:])
    where = call[1].rpartition("\\")[0] if str(call[-1]).startswith("C:") else TEMP
    match call:
        case [kind, *_] if kind in ON_FILES:
            where = draw.choice([where if where in (OTHER, SUB) else TEMP, TEMP])
            return Asked(draw.choice(["names", "length", "sizes", "size of b", "has a"]), where)
        case ["KeSetEvent" | "KeResetEvent" | "KePulseEvent" | "initialise" | "wait", str(name), *_]:
            return Asked(draw.choice(["signaled", "count"]), name)
        case ["any" | "all", [*names], *_]:
            name = next(name for name in names if type(name) is str)
            return Asked(draw.choice(["signaled", "count"]), name)
        case ["KeReleaseSemaphore", *_]:
            return Asked("count", "C")
        case ["KeReleaseMutex" | "own", *_]:
            return Asked(draw.choice(["signaled", "count"]), "M")
        case ["lock" | "try to lock", *_]:
            return Asked(draw.choice(["signaled", "count"]), "F")
        case ["loose", *_]:
            return Asked("signaled", "Loose")
        case ["named", *_]:
            return Asked("count", "Ready")
        case ["assign" | "where", field, *_]:
            return Asked("value", field)
    return Asked("signaled", me)


def any_question(draw, threads):
    """A question to states: mostly of what two threads change."""
    numbers = draw.sample(range(len(threads)), 2)
    one, other = (about(draw, number, draw.choice(threads[number] or [("none",)])) for number in numbers)
    if draw.random() < 0.25:
        other = Asked("at", draw.choice(["Thread", "Thread #2", "Thread #2", "System"]))
    if draw.random() < 0.1:
        other = Asked("signaled", draw.choice(["Thread", "Thread #2"]))
    kind = draw.random()
    if kind < 0.15:
        return one
    if kind < 0.3:
        return Asked("both", (Asked("where", (one, other)), other))
    return Asked("both" if kind < 0.65 else "where", (one, other))


class Seen:
    """What the oracle has in place of a ks.State: the kernel's own tables, and what was used so far."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.used = []  # objects that a thread has stood before a call on, and has made it

    def uses(self, call):
        """A call is about to be made: what it is given is known from then on."""
        for each in call[1]:
            for one in each if isinstance(each, (list, tuple)) else [each]:
                one = one.Object if isinstance(one, PVOID) else one
                if isinstance(one, DispatcherObject) and not any(one is other for other in self.used):
                    self.used.append(one)

    def files(self, directory):
        names = self.kernel.volume._names
        there = names.get(directory.upper())
        if there is None or not there.directory:
            return {}
        own = [file for file in names.values() if file.path.upper().rpartition("\\")[0] == directory.upper()]
        return {
            file.path.rpartition("\\")[2]: len(file.contents())
            for file in sorted(own, key=by_name)
            if not file.directory
        }

    def count(self, name):
        known = [one for one in self.used if one.name == name and type(one) is not KTHREAD]
        known = [one for one in known if one.name != "Ready"] + [
            event for path, event in self.kernel.named.items() if path.endswith("\\" + name.upper())
        ]
        ended = [one for one in self.kernel.threads if one.name == name and one.State == KTHREAD_STATE.Terminated]
        return sum(one.Header.SignalState for one in known + ended)

    def signaled(self, name):
        return self.count(name) > 0

    def value(self, structure, field):
        used = [access[2] for access in self.kernel.trace.accesses if type(access[2]).__name__ == structure]
        return used[0]._values[field] if used else 0

    def at(self, name):
        for one in self.kernel.threads:
            if one.name == name and one.State != KTHREAD_STATE.Terminated:
                routine, _, code, instruction = one.call
                return routine.name, line_of(code, instruction)
        return None


def by_name(file):
    return file.path.upper()


def every_state(driver, views, volume=VOLUME, limit=1000, stop=False, **parameters):
    """Of every order: (run, for each view what it takes in each state, from before the first step to after the last);
    None where there are more than `limit`."""
    subject = Subject(driver, volume, 100_000, stop, parameters)

    def execute(branches):
        widths, taken = [], [[] for _ in views]
        with alone():
            machine = Machine(subject)
            with machine.running():
                kernel, seen = machine.kernel, Seen(machine.kernel)
                ask(views, seen, taken)
                while choices := [*kernel.runnable(), *kernel.pending()]:
                    at = len(widths)
                    widths.append(len(choices))
                    chosen = choices[branches[at] if at < len(branches) else 0]
                    seen.uses(chosen.call)
                    kernel.step(chosen)
                    ask(views, seen, taken)
        return (machine.run("brute force"), taken), widths

    return depth_first(execute, limit)


def ask(views, seen, taken):
    for view, values in zip(views, taken, strict=True):
        values.append(view(seen))


def distinct(values):
    """Equal neighbours once."""
    return tuple(value for at, value in enumerate(values) if not at or values[at - 1] != value)

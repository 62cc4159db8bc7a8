"""A vector of data/conformance_vectors.json on dispatcher objects and files, played on the real routines.

A step claims only the keys it lists.
"""

from harness import BLOCKED, ENDED, Puppet, Stage, close, create, rename, wait, wait_for, write

from kevent_sim.machine import irql as levels
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.satisfying import satisfy
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

TYPES = {"notification": NotificationEvent, "synchronization": SynchronizationEvent}


class Play:
    """One vector on a stage of its own, all its threads at one IRQL."""

    def __init__(self, vector, irql):
        fs = vector.get("fs", {"dirs": [], "files": {}})
        self.stage = Stage(Volume([plain(path) for path in fs["dirs"]], {plain(p): n for p, n in fs["files"].items()}))
        self.kernel, self.irql = self.stage.kernel, irql
        # Some are repeated where Driver Verifier forbids them, and ran without it.
        sets_and_waits = any(step.get("args", {}).get("wait") for step in vector["steps"])
        self.kernel.verifier = not (sets_and_waits and irql == levels.DISPATCH_LEVEL)
        self.objects = {
            name: MAKERS[claim["kind"]](self.kernel, name, claim) for name, claim in vector["objects"].items()
        }
        self.kinds = {name: claim["kind"] for name, claim in vector["objects"].items()}
        self.handles = {}
        threads = vector.get("threads", {})
        names = list(dict.fromkeys([*(step["t"] for step in vector["steps"]), *threads]))
        self.pointers = {f"thread:{name}": PVOID() for name in names}
        for name in names:
            own = [self.operation(step) for step in vector["steps"] if step["t"] == name and acts(step)]
            self.pointers[f"thread:{name}"].Object = self.enter(name, own, **threads.get(name, {})).thread
        for name, claim in vector["objects"].items():
            self.own(self.objects[name], **claim)

    def own(self, mutex, owner=None, depth=0, state_override=None, **_):
        """The vector begins with a mutex that somebody has."""
        for _ in range(depth):
            satisfy(mutex, self.stage.puppets[owner].thread)
        if state_override is not None:
            mutex.Header.SignalState = state_override

    def enter(self, name, operations, priority=8, base_priority=None, disable_boost=False) -> Puppet:
        puppet = self.stage.enter(name, operations, priority)
        thread = puppet.thread
        thread.BasePriority = priority if base_priority is None else base_priority
        thread.DisableBoost, thread.Irql = disable_boost, self.irql
        self.kernel.references[thread] += 1  # whoever waits for it has one
        return puppet

    def operation(self, step):
        return lambda: getattr(self, step["op"])(**step.get("args", {}))

    def __getitem__(self, name):
        """An object of the vector, or a pointer to one of its threads."""
        return self.pointers[name] if name in self.pointers else self.objects[name]

    # -- the operations, by the vectors' names

    def read(self, object):
        return READS[type(self[object])](self[object])

    def set(self, object, increment=0, wait=False):
        return KeSetEvent(self[object], increment, wait)

    def reset(self, object):
        return KeResetEvent(self[object])

    def clear(self, object):
        return KeClearEvent(self[object])

    def pulse(self, object, increment=0, wait=False):
        return KePulseEvent(self[object], increment, wait)

    def release_semaphore(self, object, adjustment):
        return KeReleaseSemaphore(self[object], IO_NO_INCREMENT, adjustment, False)

    def release_mutex(self, object):
        return KeReleaseMutex(self[object], False)

    def wait_one(self, object, timeout, alertable=False):
        return wait(self[object], ticks(timeout), alertable)

    def wait_any(self, objects, timeout, wait_block_array=()):
        return wait_for(WaitAny, [self[name] for name in objects], ticks(timeout), wait_block_array is not None)

    def wait_all(self, objects, timeout):
        return wait_for(WaitAll, [self[name] for name in objects], ticks(timeout))

    def delay(self, interval, alertable):
        return KeDelayExecutionThread(KernelMode, alertable, LARGE_INTEGER(-ticks(interval)))

    def alert(self, target):
        return KeAlertThread(self[f"thread:{target}"], KernelMode)

    async def exit(self):
        """The vectors raise the IRQL for the calls that they are about; a thread ends at PASSIVE_LEVEL."""
        await KeLowerIrql(PASSIVE_LEVEL)
        await PsTerminateSystemThread(STATUS_SUCCESS)

    def create_event(self, type, state):
        return ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, type, state)

    def create_semaphore(self, count, limit):
        return ZwCreateSemaphore(HANDLE(), SEMAPHORE_ALL_ACCESS, None, count, limit)

    async def zw_pulse(self, object):
        """What every system call on events does first: it looks behind the handle for an event."""
        handle, semaphore = HANDLE(), self[object]
        await ZwCreateSemaphore(handle, SEMAPHORE_ALL_ACCESS, None, semaphore.Header.SignalState, semaphore.Limit)
        return await ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, ExEventObjectType, KernelMode, PVOID(), None)

    def fs_create(self, handle, path, access, share, disposition):
        opened = self.handles[handle] = HANDLE()
        return create(opened, path, access, share, disposition)

    def fs_write(self, handle, length, repeat=1):
        return write(self.handles[handle], length, repeat)

    def fs_close(self, handle):
        return close(self.handles[handle])

    def fs_rename(self, handle, target, replace):
        return rename(self.handles[handle], target, replace)

    def fs_rename_raw(self, handle, name_bytes, buffer_bytes):
        request = FILE_RENAME_INFORMATION(max(buffer_bytes, FILE_RENAME_INFORMATION.SIZE))
        room = (request.NumberOfBytes - FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName")) // 2
        request.FileName, request.FileNameLength = ("\\??\\C:\\Temp2\\" + 22 * "b")[:room], name_bytes
        io = IO_STATUS_BLOCK()
        return ZwSetInformationFile(self.handles[handle], io, request, buffer_bytes, FileRenameInformation)

    # -- one step, and what it claims

    def step(self, step):
        name, result, file, stop = step["t"], None, None, None
        if step["op"] == "advance":
            self.stage.run_until(self.kernel.now + step["args"]["ms"] * 10_000)
        elif step["op"] == "fs_stat":
            file = self.kernel.volume.find(plain(step["args"]["path"]))
        else:
            try:
                result = self.stage.perform(name)
            except BugCheck as stopped:
                stop = stopped
        status, information = result if isinstance(result, tuple) else (result, None)
        thread = self.stage.puppets[name].thread
        found = {
            "returns": lambda: status,
            "status": lambda: str(status),
            "blocks": lambda: result is BLOCKED,
            "raises": lambda: str(result.ExceptionCode),
            "bugcheck": lambda: stop.name,
            "bugcheck_code": lambda: stop.code,
            "information": lambda: information,
            "exists": lambda: file is not None,
            "size": lambda: file.size,
            "owner": lambda: {name: each.owner and each.owner.name for name, each in self.objects.items()},
            # A KMUTEX never is.
            "abandoned": lambda: dict.fromkeys(self.objects, False),
            # What a KMUTEX does to its owner; a mutant, which is played on one, does not.
            "kernel_apc_disable": lambda: {
                name: -sum(self.kinds[one.name] == "mutex" for one in puppet.thread.MutantListHead)
                for name, puppet in self.stage.puppets.items()
            },
            "wakes": lambda: [{"thread": woken, "returns": int(status)} for woken, status in self.stage.ended],
            "state": lambda: {name: an_object.Header.SignalState for name, an_object in self.objects.items()},
            "waiters": lambda: {name: waiters(an_object) for name, an_object in self.objects.items()},
            "priority": lambda: {name: puppet.thread.Priority for name, puppet in self.stage.puppets.items()},
            "header": lambda: {name: header(an_object) for name, an_object in self.objects.items()},
            "irql": lambda: level(thread.Irql, self.irql),
            "wait_irql": lambda: "ORIGINAL" if thread.WaitIrql == self.irql else thread.WaitIrql,
            "wait_next": lambda: thread.WaitNext,
        }
        assert (result is ENDED) == (step["op"] == "exit" and stop is None)
        assert (stop is not None) == ("bugcheck" in step["expect"]), stop
        assert isinstance(result, EXCEPTION_RECORD) == ("raises" in step["expect"]), result
        for key, claimed in step["expect"].items():
            assert claims(claimed, found[key]()), (key, claimed, found[key]())


def acts(step) -> bool:
    return step["op"] not in ("advance", "fs_stat")


def plain(path: str) -> str:
    return path.removeprefix("\\??\\")


def ticks(timeout) -> int | None:
    return timeout["relative_ms"] * 10_000 if timeout else timeout


def event(kernel, name, claim):
    made = KEVENT(name)
    made.Header.Signalling = made.Header.Reserved1 = 0x55
    KeInitializeEvent.routine.effect(kernel, made, TYPES[claim["type"]], claim["state"] == 1)
    made.Header.SignalState = claim["state"]  # the kernel keeps any LONG that it finds there
    return made


def semaphore(kernel, name, claim):
    made = KSEMAPHORE(name)
    KeInitializeSemaphore.routine.effect(kernel, made, claim["count"], claim["limit"])
    return made


def mutex(kernel, name, claim):
    made = KMUTEX(name)
    KeInitializeMutex.routine.effect(kernel, made, 0)
    return made


MAKERS = {"event": event, "semaphore": semaphore, "mutant": mutex, "mutex": mutex}
READS = {KEVENT: KeReadStateEvent, KMUTEX: KeReadStateMutex}


def waiters(an_object):
    return [block.Thread.name for block in an_object.Header.WaitListHead]


def header(an_object):
    raw = an_object.Header
    return {"type": raw.Type, "byte1": raw.Signalling, "byte3": raw.Reserved1, "size_dwords": {"x64": raw.Size}}


def level(irql, original):
    return "DISPATCH_LEVEL" if irql == levels.DISPATCH_LEVEL else "ORIGINAL" if irql == original else irql


def claims(claimed, found) -> bool:
    """Does what was found fulfil the claim?  A claim on some objects or threads says nothing of the others."""
    if isinstance(claimed, dict) and isinstance(found, dict):
        return all(claims(claimed[key], found[key]) for key in claimed if key != "x86")
    return claimed == found


def play(vector):
    """At each IRQL that the vector names; an assertion that fails says at which step."""
    for irql in vector.get("irqls", ["PASSIVE_LEVEL"]):
        staged = Play(vector, getattr(levels, irql))
        for number, step in enumerate(vector["steps"]):
            try:
                staged.step(step)
            except AssertionError as failed:
                raise AssertionError(f"step {number} at {irql}, {step['op']}: {failed}") from failed

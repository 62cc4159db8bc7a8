"""The hand-written vectors of data/handwritten.jsonl on events, semaphores, mutexes and files: what Wine 8.0 answered.

Wine is not Windows: of each vector the steps before `suspect_from_step` are compared, where the two are expected to
agree. Step i happens at time i; time then runs to i + 1. Waits end halfway between.
"""

import json
from pathlib import Path

from harness import (
    BLOCKED,
    Stage,
    close,
    create,
    open_file,
    read,
    rename,
    standard_information,
    wait,
    wait_for,
    write,
)

from kevent_sim import ntifs
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

LINES = (Path(__file__).parent / "data" / "handwritten.jsonl").read_text(encoding="utf-8").splitlines()
VECTORS = [json.loads(line) for line in LINES]
TICK = 10_000  # ticks of ours to one of theirs

NO_HANDLES = "a Ke routine takes no handle that could be closed"
MISUSE = "the Ke routine takes no count of 0: that is an error of the simulator's, and no status"
ONLY_AT_THE_NT_LAYER = {"hw-invalid-handle": NO_HANDLES, "hw-wait-count-0": MISUSE}
# The rest of a vector that exists only at the Nt layer: from this step on, why.
FROM_STEP = {
    "hw-wait-count-64": (2, "the Nt call refuses 65 objects, at the Ke layer they are bug check 0xC"),
    "hw-type-mismatch": (3, "the Nt call finds the type of what is behind a handle, a Ke routine is told it"),
}
# A mutant is played on a KMUTEX, until a thread ends with it.
ABANDONED = "a mutant is abandoned, a KMUTEX is bug check 0x4000008A"


def left_out(vector) -> str:
    """Why an event vector is not ours to play; "" where it is."""
    return ONLY_AT_THE_NT_LAYER.get(vector["id"], "")


def not_compared(vector) -> tuple[int, str]:
    """From which step on a vector is not compared, and why."""
    if vector["id"].startswith("hw-mutant-abandon"):
        return next(step["i"] for step in vector["steps"] if step["op"] == "exit"), ABANDONED
    return FROM_STEP.get(vector["id"]) or (vector.get("suspect_from_step"), vector.get("suspect", ""))


def compared(vector):
    """The steps before those on which Windows is expected to differ, without those that were not issued."""
    steps = vector["steps"][: not_compared(vector)[0]]
    return [step for step in steps if "skipped" not in step]


EVENTS = [vector for vector in VECTORS if "workers" in vector and not left_out(vector)]
FILES = [vector for vector in VECTORS if "dirs" in vector and compared(vector)]


def bits(names) -> int:
    return sum(getattr(ntifs, name) for name in set(names))


def status_of(result) -> NTSTATUS:
    """What the Nt call would answer: a status, for a Ke routine that raised it too; else the call has succeeded."""
    if isinstance(result, EXCEPTION_RECORD):
        return result.ExceptionCode
    return result if isinstance(result, NTSTATUS) else STATUS_SUCCESS


EVENT_KINDS = {"SynchronizationEvent", "NotificationEvent"}
OBJECTS = {"Semaphore": KSEMAPHORE, "Mutant": KMUTEX}  # else a KEVENT
READS = {KEVENT: KeReadStateEvent, KSEMAPHORE: KeReadStateSemaphore, KMUTEX: KeReadStateMutex}


class EventPlay:
    def __init__(self, vector):
        self.stage, steps = Stage(), compared(vector)
        creations = [step for step in steps if step["op"] == "create"]
        self.objects = {step["obj"]: OBJECTS.get(step["kind"], KEVENT)(step["obj"]) for step in creations}
        for actor in ["D", *(f"W{i + 1}" for i in range(vector["workers"]))]:
            own = [step for step in steps if step.get("actor", "D") == actor and step["op"] != "idle"]
            self.stage.enter(actor, [self.operation(step) for step in own])

    def operation(self, step):
        return lambda: getattr(self, step["op"])(step)

    def create(self, step):
        """A Ke routine cannot refuse what it is given, so what is refused is asked of the Zw routine."""
        if step["kind"] == "BadEventType":
            return ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, 2, step["initial"] == 1)
        if step["kind"] in EVENT_KINDS:
            return KeInitializeEvent(self.objects[step["obj"]], getattr(ntifs, step["kind"]), step["initial"] == 1)
        if step["kind"] == "Mutant":
            return self.create_mutex(self.objects[step["obj"]], step["owned"])
        count, limit = step["initial"], step["limit"]
        if step["hex"] != "0x00000000":
            return ZwCreateSemaphore(HANDLE(), SEMAPHORE_ALL_ACCESS, None, count, limit)
        return KeInitializeSemaphore(self.objects[step["obj"]], count, limit)

    async def create_mutex(self, mutex, owned):
        await KeInitializeMutex(mutex, 0)
        if owned:
            await wait(mutex, 0)

    def release_mutant(self, step):
        return KeReleaseMutex(self.objects[step["obj"]], False)

    def set(self, step):
        return KeSetEvent(self.objects[step["obj"]], IO_NO_INCREMENT, False)

    def reset(self, step):
        return KeResetEvent(self.objects[step["obj"]])

    def pulse(self, step):
        return KePulseEvent(self.objects[step["obj"]], IO_NO_INCREMENT, False)

    def clear(self, step):
        return KeClearEvent(self.objects[step["obj"]])

    def query(self, step):
        asked = self.objects[step["obj"]]
        return READS[type(asked)](asked)

    def release(self, step):
        return KeReleaseSemaphore(self.objects[step["obj"]], IO_NO_INCREMENT, step["count"], False)

    def wait(self, step):
        ticks = None if step["timeout"] is None else int(step["timeout"] * TICK)
        objects = [self.objects[name] for name in step["objs"]]
        if step["type"] == "single":
            return wait(objects[0], ticks)
        return wait_for(WaitAll if step["type"] == "all" else WaitAny, objects, ticks)

    def step(self, step):
        stage, kernel, result, ended = self.stage, self.stage.kernel, None, []
        kernel.now = step["i"] * TICK
        if step["op"] != "idle":
            result, ended = stage.perform(step.get("actor", "D")), stage.ended
        stage.run_until((step["i"] + 1) * TICK)
        ended = dict(ended + stage.ended)
        if result is BLOCKED and step["actor"] in ended:  # a wait that ends in the step in which it began
            result = ended.pop(step["actor"])

        assert (None if result is BLOCKED else f"0x{status_of(result):08x}") == step["hex"]
        for key in ("prev", "value"):
            if step.get(key) is not None:
                assert result == step[key]
        released = [(name, f"0x{status:08x}") for name, status in sorted(ended.items())]
        assert released == [(one["worker"], one["hex"]) for one in step["released"]]
        assert [name for name, puppet in stage.puppets.items() if puppet.waits] == step["waiting"]
        assert {name: self.objects[name].Header.SignalState for name in step["state"]} == step["state"]


class FilePlay:
    """`actor` is decoration there, so one puppet makes all the calls."""

    def __init__(self, vector):
        self.stage, self.handles = Stage(Volume([f"C:\\{name}" for name in vector["dirs"]])), {}
        self.stage.enter("P", [self.operation(step) for step in compared(vector) if step["op"] != "setro"])

    def operation(self, step):
        return lambda: getattr(self, step["op"])(step)

    def create(self, step):
        opened = self.handles[step["handle"]] = HANDLE()
        disposition = getattr(ntifs, step["disposition"], 6)  # BAD_DISPOSITION: the first that is none
        access, share, options = bits(step["access"]), bits(step["share"]), bits(step.get("options", []))
        return create(opened, nt(step["path"]), access, share, disposition, options & ~FILE_SYNCHRONOUS_IO_NONALERT)

    def open(self, step):
        opened = self.handles[step["handle"]] = HANDLE()
        options = bits(step.get("options", [])) & ~FILE_SYNCHRONOUS_IO_NONALERT
        return open_file(opened, nt(step["path"]), bits(step["access"]), bits(step["share"]), options)

    def write(self, step):
        return write(self.handles[step["handle"]], step["bytes"])

    def read(self, step):
        return read(self.handles[step["handle"]], step["bytes"])

    def rename(self, step):
        return rename(self.handles[step["handle"]], nt(step["to"]), step["replace"])

    def close(self, step):
        return close(self.handles[step["handle"]])

    def hsize(self, step):
        return standard_information(self.handles[step["handle"]])

    async def query(self, step):
        """NtQueryFullAttributesFile: an open for attributes only, which no share access is in the way of."""
        handle = HANDLE()
        status, _ = await open_file(handle, nt(step["path"]), FILE_READ_ATTRIBUTES, 7)
        if not NT_SUCCESS(status):
            return status, None, None
        found = await standard_information(handle)
        await close(handle)
        return found

    def step(self, step):
        if step["op"] == "setro":
            result = STATUS_SUCCESS, None
            self.stage.kernel.volume.find(plain(step["path"])).read_only = step["readonly"]
        else:
            result = self.stage.perform("P")
        assert f"0x{result[0]:08x}" == step["hex"], result[0]
        if NT_SUCCESS(result[0]):
            for key, found in zip(("info", "size", "directory"), (result[1], *result[1:]), strict=False):
                if key in step:
                    assert found == step[key], key
        assert self.stage.files() == {plain(path): size for path, size in step["files"].items()}


def plain(path: str) -> str:
    return "C:\\" + path.replace("/", "\\")


def nt(path: str) -> str:
    return "\\??\\" + plain(path)


def play(vector, staged):
    for step in compared(vector):
        try:
            staged.step(step)
        except AssertionError as failed:
            raise AssertionError(f"step {step['i']}, {step['op']}: {failed}") from failed

"""Every executable vector on events and files of data/conformance_vectors.json, against the real routines.

The vectors come from public test suites that run on Windows, from Microsoft's pages, and for the course's race from the
rules of both; each names its source. A step claims only the keys it lists.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from harness import BLOCKED, Puppet, Stage, close, create, rename, wait, write

from kevent_sim import irql as levels
from kevent_sim import ntstatus
from kevent_sim.ntifs import *

VECTORS = json.loads((Path(__file__).parent / "data" / "conformance_vectors.json").read_text(encoding="utf-8"))[
    "vectors"
]
EVENT_OPERATIONS = {"read", "set", "reset", "clear", "pulse", "wait_one", "advance", "create_event"}
FILE_OPERATIONS = {"fs_create", "fs_write", "fs_close", "fs_rename", "fs_stat"}
OURS = [
    vector
    for vector in VECTORS
    if vector["executable"]
    and all(an_object["kind"] == "event" for an_object in vector["objects"].values())
    and all(step["op"] in EVENT_OPERATIONS | FILE_OPERATIONS for step in vector["steps"])
]
TYPES = {"notification": NotificationEvent, "synchronization": SynchronizationEvent}


class Play:
    """One vector on a stage of its own, all its threads at one IRQL."""

    def __init__(self, vector, irql):
        fs = vector.get("fs", {"dirs": [], "files": {}})
        self.stage = Stage(Volume([plain(path) for path in fs["dirs"]], {plain(p): n for p, n in fs["files"].items()}))
        self.kernel, self.irql = self.stage.kernel, irql
        self.events = {name: event(name, **claim) for name, claim in vector["objects"].items()}
        self.handles = {}
        threads = vector.get("threads", {})
        for name in dict.fromkeys(step["t"] for step in vector["steps"]):
            own = [self.operation(step) for step in vector["steps"] if step["t"] == name and acts(step)]
            self.enter(name, own, **threads.get(name, {}))

    def enter(self, name, operations, priority=8, base_priority=None, disable_boost=False) -> Puppet:
        puppet = self.stage.enter(name, operations, priority)
        thread = puppet.thread
        thread.BasePriority = priority if base_priority is None else base_priority
        thread.DisableBoost, thread.Irql = disable_boost, self.irql
        return puppet

    def operation(self, step):
        return lambda: getattr(self, step["op"])(**step["args"])

    # -- the operations, by the vectors' names

    def read(self, object):
        return KeReadStateEvent(self.events[object])

    def set(self, object, increment=0, wait=False):
        return KeSetEvent(self.events[object], increment, wait)

    def reset(self, object):
        return KeResetEvent(self.events[object])

    def clear(self, object):
        return KeClearEvent(self.events[object])

    def pulse(self, object, increment=0, wait=False):
        return KePulseEvent(self.events[object], increment, wait)

    def wait_one(self, object, timeout):
        ticks = timeout["relative_ms"] * 10_000 if timeout else timeout
        return wait(self.events[object], ticks)

    def create_event(self, type, state):
        return ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, type, state)

    def fs_create(self, handle, path, access, share, disposition):
        opened = self.handles[handle] = HANDLE()
        return create(opened, path, access, share, disposition)

    def fs_write(self, handle, length, repeat=1):
        return write(self.handles[handle], length, repeat)

    def fs_close(self, handle):
        return close(self.handles[handle])

    def fs_rename(self, handle, target, replace):
        return rename(self.handles[handle], target, replace)

    # -- one step, and what it claims

    def step(self, step):
        name, result, file = step["t"], None, None
        if step["op"] == "advance":
            self.stage.run_until(self.kernel.now + step["args"]["ms"] * 10_000)
        elif step["op"] == "fs_stat":
            file = self.kernel.volume.find(plain(step["args"]["path"]))
        else:
            result = self.stage.perform(name)
        status, information = result if isinstance(result, tuple) else (result, None)
        thread = self.stage.puppets[name].thread
        found = {
            "returns": lambda: status,
            "status": lambda: str(status),
            "blocks": lambda: result is BLOCKED,
            "information": lambda: information,
            "exists": lambda: file is not None,
            "size": lambda: file.size,
            "wakes": lambda: [{"thread": woken, "returns": int(status)} for woken, status in self.stage.ended],
            "state": lambda: {name: event.Header.SignalState for name, event in self.events.items()},
            "waiters": lambda: {name: waiters(event) for name, event in self.events.items()},
            "priority": lambda: {name: puppet.thread.Priority for name, puppet in self.stage.puppets.items()},
            "header": lambda: {name: header(event) for name, event in self.events.items()},
            "irql": lambda: level(thread.Irql, self.irql),
            "wait_irql": lambda: "ORIGINAL" if thread.WaitIrql == self.irql else thread.WaitIrql,
            "wait_next": lambda: thread.WaitNext,
        }
        for key, claimed in step["expect"].items():
            assert claims(claimed, found[key]()), (key, claimed, found[key]())


def acts(step) -> bool:
    return step["op"] not in ("advance", "fs_stat")


def plain(path: str) -> str:
    return path.removeprefix("\\??\\")


def event(name, kind, type, state):
    made = KEVENT(name)
    made.Header.Signalling = made.Header.Reserved1 = 0x55
    KeInitializeEvent(made, TYPES[type], state == 1)
    made.Header.SignalState = state  # the kernel keeps any LONG that it finds there
    return made


def waiters(event):
    return [block.Thread.name for block in event.Header.WaitListHead]


def header(event):
    raw = event.Header
    return {"type": raw.Type, "byte1": raw.Signalling, "byte3": raw.Reserved1, "size_dwords": {"x64": raw.Size}}


def level(irql, original):
    return "DISPATCH_LEVEL" if irql == levels.DISPATCH_LEVEL else "ORIGINAL" if irql == original else irql


def claims(claimed, found) -> bool:
    """Does what was found fulfil the claim?  A claim on some objects or threads says nothing of the others."""
    if isinstance(claimed, dict) and isinstance(found, dict):
        return all(claims(claimed[key], found[key]) for key in claimed if key != "x86")
    return claimed == found


@pytest.mark.parametrize("vector", OURS, ids=[vector["id"] for vector in OURS])
def test_the_routines_do_what_the_vector_says(vector):
    for irql in vector.get("irqls", ["PASSIVE_LEVEL"]):
        play = Play(vector, getattr(levels, irql))
        for number, step in enumerate(vector["steps"]):
            try:
                play.step(step)
            except AssertionError as failed:
                raise AssertionError(f"step {number} at {irql}, {step['op']}: {failed}") from failed


def test_the_vectors_on_events_and_files_are_113():
    counts = Counter(vector["category"] for vector in OURS)
    print(f"\nconformance: {counts.total()} of {len(VECTORS)} vectors:", dict(sorted(counts.items())))
    assert counts == {"core": 32, "file": 54, "race": 16, "scheduling": 11}


def test_the_statuses_have_the_values_that_the_vectors_give_them():
    data = json.loads((Path(__file__).parent / "data" / "conformance_vectors.json").read_text(encoding="utf-8"))
    for name, value in data["statuses"].items():
        if hasattr(ntstatus, name):
            assert getattr(ntstatus, name) == int(value, 16)

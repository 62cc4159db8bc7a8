"""The hand-written vectors of data/handwritten.jsonl on events and files: what Wine 8.0 answered, call by call.

Wine is not Windows: of each vector the steps before `suspect_from_step` are compared, where the two are expected to
agree. Step i happens at time i; time then runs to i + 1. Waits end halfway between.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
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
    write,
)

from kevent_sim import ntifs
from kevent_sim.ntifs import *

LINES = (Path(__file__).parent / "data" / "handwritten.jsonl").read_text(encoding="utf-8").splitlines()
VECTORS = [json.loads(line) for line in LINES]
TICK = 10_000  # ticks of ours to one of theirs

EVENT_KINDS = {"SynchronizationEvent", "NotificationEvent"}
# A Ke routine takes the event itself: there is no handle that could be closed, or be wrong.
ONLY_AT_THE_NT_LAYER = {"hw-invalid-handle": "operations on a closed handle; a Ke routine takes no handle"}


def left_out(vector) -> str:
    """Why an event vector is not ours to play; "" where it is."""
    kinds = {step["kind"] for step in vector["steps"] if step["op"] == "create"}
    if kinds - EVENT_KINDS:
        return f"has a {min(kinds - EVENT_KINDS)}"
    if any(step.get("type", "single") != "single" for step in vector["steps"]):
        return "waits for several objects"
    return ONLY_AT_THE_NT_LAYER.get(vector["id"], "")


EVENTS = [vector for vector in VECTORS if "workers" in vector and not left_out(vector)]
FILES = [vector for vector in VECTORS if "dirs" in vector]


def compared(vector):
    """The steps before those on which Windows is expected to differ, without those that were not issued."""
    steps = vector["steps"][: vector.get("suspect_from_step")]
    return [step for step in steps if "skipped" not in step]


def bits(names) -> int:
    return sum(getattr(ntifs, name) for name in set(names))


def status_of(result):
    return result[0] if isinstance(result, tuple) else result


class EventPlay:
    def __init__(self, vector):
        self.stage, steps = Stage(), compared(vector)
        self.events = {step["obj"]: KEVENT(step["obj"]) for step in steps if step["op"] == "create"}
        for actor in ["D", *(f"W{i + 1}" for i in range(vector["workers"]))]:
            own = [step for step in steps if step.get("actor", "D") == actor and step["op"] not in ("create", "idle")]
            self.stage.enter(actor, [self.operation(step) for step in own])

    def operation(self, step):
        return lambda: getattr(self, step["op"])(step)

    def set(self, step):
        return KeSetEvent(self.events[step["obj"]], IO_NO_INCREMENT, False)

    def reset(self, step):
        return KeResetEvent(self.events[step["obj"]])

    def pulse(self, step):
        return KePulseEvent(self.events[step["obj"]], IO_NO_INCREMENT, False)

    def clear(self, step):
        return KeClearEvent(self.events[step["obj"]])

    def query(self, step):
        return KeReadStateEvent(self.events[step["obj"]])

    def wait(self, step):
        timeout = step["timeout"]
        return wait(self.events[step["objs"][0]], None if timeout is None else int(timeout * TICK))

    def create(self, step):
        KeInitializeEvent(self.events[step["obj"]], getattr(ntifs, step["kind"]), step["initial"] == 1)

    def step(self, step):
        stage, kernel, result, ended = self.stage, self.stage.kernel, None, []
        kernel.now = step["i"] * TICK
        if step["op"] == "create":
            self.create(step)
        elif step["op"] != "idle":
            result, ended = stage.perform(step.get("actor", "D")), stage.ended
        stage.run_until((step["i"] + 1) * TICK)
        ended = dict(ended + stage.ended)
        if result is BLOCKED and step["actor"] in ended:  # a wait that ends in the step in which it began
            result = ended.pop(step["actor"])

        if step["op"] == "wait":
            assert (None if result is BLOCKED else f"0x{result:08x}") == step["hex"]
        else:  # a Ke routine cannot fail, and has no status to give
            assert step["hex"] in ("0x00000000", None)
        if step["op"] in ("set", "reset", "pulse"):
            assert result == step["prev"]
        if step["op"] == "query":
            assert result == step["value"]
        released = [(name, f"0x{status:08x}") for name, status in sorted(ended.items())]
        assert released == [(one["worker"], one["hex"]) for one in step["released"]]
        assert [name for name, puppet in stage.puppets.items() if puppet.waits] == step["waiting"]
        assert {name: self.events[name].Header.SignalState for name in step["state"]} == step["state"]


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


@pytest.mark.parametrize("vector", EVENTS, ids=[vector["id"] for vector in EVENTS])
def test_the_event_routines_answer_as_wine_did(vector):
    play(vector, EventPlay(vector))


@pytest.mark.parametrize("vector", FILES, ids=[vector["id"] for vector in FILES])
def test_the_file_routines_answer_as_wine_did(vector):
    play(vector, FilePlay(vector))


def test_what_is_compared_and_what_is_left_out():
    reasons = Counter(left_out(vector) for vector in VECTORS if "workers" in vector)
    played = reasons.pop("")
    steps = sum(len(compared(vector)) for vector in EVENTS + FILES)
    print(f"\nwine: {played} event vectors, {len(FILES)} file vectors, {steps} steps compared; left out:")
    for reason, count in sorted(reasons.items()):
        print(f"  {count:2} event vectors: {reason}")
    for vector in FILES:
        if "suspect_from_step" in vector:
            print(f"  {vector['id']} from step {vector['suspect_from_step']} on: {vector['suspect']}")
    assert (played, len(FILES)) == (31, 46)
    assert sum(reasons.values()) == 72 - 31

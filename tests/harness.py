"""Puppets: threads that make the calls a vector lists, each when the vector says so.

A vector's thread is a coroutine that awaits its operations one after the other; the vector's order is the schedule.
A call takes one tick; all other time passes in `Stage.run_until`.
"""

from collections.abc import Callable
from typing import Any

from kevent_sim.machine.choice import parse
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE, Timeout
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

BLOCKED, ENDED = object(), object()
Operation = Callable[[], Any]  # makes an awaitable


class Puppet:
    """A thread of the kernel, and the results of its operations so far."""

    def __init__(self, kernel: Kernel, name: str, operations: list[Operation], priority: int = 8) -> None:
        self.kernel, self.name = kernel, name
        self.operations, self.results = operations, []
        self.thread: KTHREAD = kernel.create_thread(name, self.play(), priority)

    async def play(self) -> None:
        for operation in self.operations:
            try:
                self.results.append(await operation())
            except EXCEPTION_RECORD as raised:
                self.results.append(raised)

    def perform(self) -> Any:
        """Take steps until the next operation is done; its result or what it raised, BLOCKED where it waits, ENDED
        where it was the thread's last."""
        done = len(self.results)
        while len(self.results) == done:
            self.kernel.step(self.thread)
            if self.waits:
                return BLOCKED
            if self.thread.State == KTHREAD_STATE.Terminated:
                return ENDED
        return self.results[-1]

    @property
    def waits(self) -> bool:
        return self.thread.State == KTHREAD_STATE.Waiting


class Stage:
    """A kernel and its puppets. `results` are of the waits that ended during the last `perform` or `run_until`."""

    def __init__(self, volume: Volume | None = None) -> None:
        self.kernel = Kernel(volume or Volume())
        self.puppets: dict[str, Puppet] = {}
        self.ended: list[tuple[str, Any]] = []  # (puppet, result of its wait), in the order they were released

    def enter(self, name: str, operations: list[Operation], priority: int = 8) -> Puppet:
        puppet = self.puppets[name] = Puppet(self.kernel, name, operations, priority)
        return puppet

    def perform(self, name: str) -> Any:
        """The puppet's next operation; whoever it releases then runs until its wait has returned."""
        woken = len(self.kernel.trace.wakes)
        result = self.puppets[name].perform()
        self.ended = self._return_waits(woken)
        return result

    def run_until(self, tick: int) -> None:
        """Let time pass: the time-outs due by then expire, earliest first."""
        woken = len(self.kernel.trace.wakes)
        while (pending := self.kernel.ready()) and isinstance(pending[-1], Timeout) and pending[-1].due <= tick:
            self.kernel.step(pending[-1])
        self.kernel.now = tick
        self.ended = self._return_waits(woken)

    def _return_waits(self, woken: int) -> list[tuple[str, Any]]:
        """A wait for all that was woken to test its objects again, and goes on, has not ended."""
        released = [thread.name for _, thread in self.kernel.trace.wakes[woken:]]
        results = [(name, self.puppets[name].perform()) for name in released]
        return [(name, result) for name, result in results if result is not BLOCKED]

    def files(self) -> dict[str, int]:
        """Path -> size of every file."""
        return {file.path: file.size for file in self.kernel.volume if not file.directory}


# -- operations: real routines, with the arguments that vectors leave out ----------------------------------------------


def attributes_of(path: str) -> OBJECT_ATTRIBUTES:
    name, attributes = UNICODE_STRING(), OBJECT_ATTRIBUTES()
    RtlInitUnicodeString(name, path)
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    return attributes


def time_out(ticks: int | None) -> LARGE_INTEGER | None:
    return None if ticks is None else LARGE_INTEGER(-ticks)


def wait(Object: Any, ticks: int | None, alertable: bool = False) -> Any:
    return KeWaitForSingleObject(Object, Executive, KernelMode, alertable, time_out(ticks))


def wait_for(how: WAIT_TYPE, Objects: list[Any], ticks: int | None, own_blocks: bool = True) -> Any:
    """KeWaitForMultipleObjects, with wait blocks of its own or the thread's three."""
    count = len(Objects)
    blocks = [KWAIT_BLOCK() for _ in Objects] if own_blocks else None
    return KeWaitForMultipleObjects(count, Objects, how, Executive, KernelMode, False, time_out(ticks), blocks)


async def create(handle: HANDLE, path: str, access: int, share: int, disposition: int, options: int = 0) -> Any:
    """ZwCreateFile: (status, Information)."""
    io = IO_STATUS_BLOCK()
    status = await ZwCreateFile(
        handle, access, attributes_of(path), io, None, FILE_ATTRIBUTE_NORMAL, share, disposition,
        FILE_SYNCHRONOUS_IO_NONALERT | options, None, 0,
    )  # fmt: skip
    return status, io.Information


async def open_file(handle: HANDLE, path: str, access: int, share: int, options: int = 0) -> Any:
    """ZwOpenFile: (status, Information)."""
    io = IO_STATUS_BLOCK()
    options |= FILE_SYNCHRONOUS_IO_NONALERT
    status = await ZwOpenFile(handle, access, attributes_of(path), io, share, options)
    return status, io.Information


async def write(handle: HANDLE, length: int, repeat: int = 1) -> Any:
    """ZwWriteFile, `repeat` times: the last (status, Information)."""
    io = IO_STATUS_BLOCK()
    for _ in range(repeat):
        status = await ZwWriteFile(handle, None, None, None, io, bytes(length), length, None, None)
    return status, io.Information


async def read(handle: HANDLE, length: int) -> Any:
    """ZwReadFile: (status, Information)."""
    io = IO_STATUS_BLOCK()
    status = await ZwReadFile(handle, None, None, None, io, bytearray(length), length, None, None)
    return status, io.Information


def rename_request(path: str, replace: bool) -> tuple[FILE_RENAME_INFORMATION, int]:
    """A rename request that is long enough, and its length in bytes."""
    length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(path)
    request = FILE_RENAME_INFORMATION(max(length, 24))
    request.ReplaceIfExists, request.FileName, request.FileNameLength = replace, path, 2 * len(path)
    return request, request.NumberOfBytes


async def rename(handle: HANDLE, target: str, replace: bool) -> Any:
    """FileRenameInformation: (status, Information)."""
    io = IO_STATUS_BLOCK()
    status = await ZwSetInformationFile(handle, io, *rename_request(target, replace), FileRenameInformation)
    return status, io.Information


async def close(handle: HANDLE) -> Any:
    """ZwClose: (status, 0)."""
    return await ZwClose(handle), 0


async def standard_information(handle: HANDLE) -> Any:
    """FileStandardInformation: (status, size, directory?)."""
    io, information = IO_STATUS_BLOCK(), FILE_STANDARD_INFORMATION()
    status = await ZwQueryInformationFile(handle, io, information, 24, FileStandardInformation)
    return status, information.EndOfFile, information.Directory


# -- a play: threads T0, T1, ..., whose every step the test chooses ----------------------------------------------------


def made(kind, state=False) -> KEVENT:
    event = KEVENT("E")
    event.initialise(kind, state)
    return event


def sets(event, increment=IO_NO_INCREMENT):
    return lambda: KeSetEvent(event, increment, False)


def pulses(event):
    return lambda: KePulseEvent(event, IO_NO_INCREMENT, False)


def waits(event, ticks=None):
    return lambda: wait(event, ticks)


def resets(event):
    return lambda: KeResetEvent(event)


def reads(event):
    return lambda: KeReadStateEvent(event)


def delays(ticks):
    return lambda: KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-ticks))


def play(schedule: str, *threads) -> Stage:
    """Each thread is a list of operations; each word of the schedule is one step of a thread by its number, or `t0` for
    the time-out of thread 0's wait."""
    stage = Stage()
    for number, operations in enumerate(threads):
        stage.enter(f"T{number}", operations)
    for word in schedule.split():
        stage.kernel.step(next(one for one in stage.kernel.ready() if one.id == parse(word)))
    return stage


def results(stage):
    return [puppet.results for puppet in stage.puppets.values()]


def waiting(stage):
    return [name for name, puppet in stage.puppets.items() if puppet.waits]

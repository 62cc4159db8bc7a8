"""The samples otherwise: with more movers than one, and on a machine that refuses."""

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

from kevent_sim.machine.call import routine
from kevent_sim.ntifs import HANDLE, NTSTATUS, PsCreateSystemThread, ZwClose


def with_movers(driver: ModuleType, movers: int) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The driver of a sample module, started with so many threads that move; its name tells how many.

    What a second waiter makes of each kind of event. Parameters are the sample's own; `semaphore` starts `MoverCount`
    movers itself, and here `movers - 1` more.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> run(with_movers(synchronization_event, 2), FileCount=1, WriteCount=1)
    synchronization_event_2_movers: deadlock after 21 steps
      FileMoveThread #2 waits for FileCreationEvent (line 53)
      C:\\Temp: 0 files
      C:\\Temp2: 1 file
      replay: ks.run(synchronization_event_2_movers, policy=ks.RoundRobin(), FileCount=1, WriteCount=1)
    """

    @wraps(driver.DriverEntry)
    async def DriverEntry(DriverObject, RegistryPath):
        status = await driver.DriverEntry(DriverObject, RegistryPath)
        for _ in range(movers - 1):
            threadHandle = HANDLE()
            await PsCreateSystemThread(
                threadHandle, 0, None, None, None, driver.FileMoveThread, DriverObject.DeviceObject.DeviceExtension
            )
            await ZwClose(threadHandle)
        return status

    DriverEntry.__name__ = f"{driver.__name__.rpartition('.')[2]}_{movers}_movers"
    return DriverEntry


def with_fault(
    driver: ModuleType, name: str, status: NTSTATUS, **arguments: str
) -> Callable[..., Coroutine[Any, Any, Any]]:
    r"""The driver of a sample module, where a routine returns `status` and does nothing; its name tells which one.

    On any machine a call may fail one day. `arguments` choose the calls by name or text; without them it is every
    call. A call that fails is a step like any other.

    >>> from kevent_sim.machine.ntstatus import STATUS_INSUFFICIENT_RESOURCES
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> no_creator = with_fault(
    ...     synchronization_event, "PsCreateSystemThread", STATUS_INSUFFICIENT_RESOURCES,
    ...     StartRoutine="FileCreationThread")
    >>> print(*run(no_creator, FileCount=1, WriteCount=1).waiting)
    FileMoveThread waits for FileCreationEvent (line 53)
    """
    original = getattr(driver, name).routine
    names = list(inspect.signature(original.effect).parameters)[1:]

    def effect(kernel: Any, *given: Any) -> Any:
        values = dict(zip(names, given, strict=False))
        chosen = all(getattr(values[at], "__name__", str(values[at])) == wanted for at, wanted in arguments.items())
        return status if chosen else original.effect(kernel, *given)

    unknown = [at for at in arguments if at not in names]
    if unknown:
        raise ValueError(f"{name} has no argument {unknown[0]}; it has: {', '.join(names)}")
    effect.__name__, effect.__signature__ = name, inspect.signature(original.effect)  # type: ignore[attr-defined]
    space = {**vars(driver), name: routine(original.footprint, original.irql)(effect)}
    for key, value in vars(driver).items():
        if isinstance(value, FunctionType) and value.__module__ == driver.__name__:
            space[key] = FunctionType(value.__code__, space, value.__name__)
    DriverEntry: Callable[..., Coroutine[Any, Any, Any]] = space["DriverEntry"]
    DriverEntry.__name__ = f"{driver.__name__.rpartition('.')[2]}_with_failing_{name}"
    return DriverEntry

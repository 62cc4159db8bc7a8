"""Variants of the samples: with more movers than one, and on a machine where calls fail."""

import inspect
from functools import cache, partial, wraps
from types import FunctionType
from typing import Any

from kevent_sim.machine.call import routine
from kevent_sim.ntifs import HANDLE, NTSTATUS, PsCreateSystemThread, ZwClose
from kevent_sim.runs.entries import module_of
from kevent_sim.runs.subject import check_count, from_c

_INNER = "DriverEntryOfOneMover"
_ENTRY = """
#undef DriverEntry
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE ThreadHandle = NULL;
    NTSTATUS Status = DriverEntryOfOneMover(DriverObject, RegistryPath);
    PDEVICE_OBJECT DeviceObject = DriverObject->DeviceObject;"""
_MOVER = """
    PsCreateSystemThread(&ThreadHandle, 0, NULL, NULL, NULL, FileMoveThread,
        DeviceObject ? DeviceObject->DeviceExtension : NULL);
    ZwClose(ThreadHandle);"""
_RETURN = """
    return Status;
}"""


def with_movers(driver: Any, movers: int) -> Any:
    """The driver of a sample module, or one in C, loaded or by its path, started with this many movers; its name says
    how many.

    It shows what a second waiter does to each kind of event. Parameters are the sample's own; `semaphore` starts
    `MoverCount` movers itself, and here `movers - 1` more. A driver in C gets another DriverEntry, below its text; its
    own start routine `FileMoveThread` gets the device's extension.
    Raises CError if a driver in C has no such routine, ValueError if it already has more movers, or for a number of
    movers below 1.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> run(with_movers(synchronization_event, 2), FileCount=1, WriteCount=1)
    synchronization_event_2_movers: deadlock after 21 steps
      FileMoveThread #2 waits for FileCreationEvent (line 53)
      C:\\Temp: 0 files
      C:\\Temp2: 1 file
      replay: ks.run(synchronization_event_2_movers, policy=ks.RoundRobin(), FileCount=1, WriteCount=1)
    """

    driver = module_of(driver)
    check_count("movers", movers, 1)
    name = f"{driver.__name__.rpartition('.')[2]}_{movers}_movers"
    if from_c(driver.DriverEntry):
        if _INNER in driver.text:
            raise ValueError(f"{driver.__name__} already has more movers; say only once how many there are")
        more = _ENTRY + _MOVER * (movers - 1) + _RETURN
        return driver.with_entry(name, _INNER, more)

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

    DriverEntry.__name__ = name
    return DriverEntry


@cache  # one routine, load after load: steps are told from each other by it
def _failing(status: NTSTATUS, arguments: tuple[tuple[str, str], ...], call: Any) -> Any:
    """A routine that returns `status` and does nothing where it is called with these arguments, else is `call`."""
    original = call.routine
    if original.effect.__annotations__["return"] != "NTSTATUS":
        raise ValueError(f"{original.name} returns no status; name a routine that does, such as ZwCreateFile")
    names = list(inspect.signature(original.effect).parameters)[1:]
    if unknown := [at for at, _ in arguments if at not in names]:
        raise ValueError(f"{original.name} has no argument {unknown[0]}; it has: {', '.join(names)}")

    def effect(kernel: Any, *given: Any) -> Any:
        values = dict(zip(names, given, strict=False))
        chosen = all(getattr(values[at], "__name__", str(values[at])) == wanted for at, wanted in arguments)
        return status if chosen else original.effect(kernel, *given)

    effect.__name__, effect.__annotations__ = original.name, original.effect.__annotations__
    effect.__signature__ = inspect.signature(original.effect)  # type: ignore[attr-defined]
    failing: Any = routine(original.footprint, original.irql)(effect)
    vars(failing).update({**vars(call), **vars(failing)})  # what C's calls keep there, too
    return failing


def with_fault(driver: Any, name: str, status: NTSTATUS, **arguments: str) -> Any:
    r"""The driver of a sample module, or one in C, loaded or by its path, where a routine returns `status` and does
    nothing; its name says which one.

    On any machine a call may fail one day. `arguments` choose the calls by name or text; without them it is every
    call. A call that fails is a step like any other.
    Raises ValueError for a routine that the driver does not call or that returns no status, for an argument that it
    does not have, and for what is not a status.

    >>> from kevent_sim.machine.ntstatus import STATUS_INSUFFICIENT_RESOURCES
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> no_creator = with_fault(
    ...     synchronization_event, "PsCreateSystemThread", STATUS_INSUFFICIENT_RESOURCES,
    ...     StartRoutine="FileCreationThread")
    >>> print(*run(no_creator, FileCount=1, WriteCount=1).waiting)
    FileMoveThread waits for FileCreationEvent (line 53)
    """
    driver = module_of(driver)
    if not isinstance(status, NTSTATUS):
        raise ValueError(f"a status is one of ntifs, such as STATUS_INSUFFICIENT_RESOURCES, not {status!r}")
    failing = partial(_failing, status, tuple(arguments.items()))
    called = f"{driver.__name__.rpartition('.')[2]}_with_failing_{name}"
    if from_c(driver.DriverEntry):
        return driver.with_routine(called, name, failing)
    if not hasattr(getattr(driver, name, None), "routine"):
        raise ValueError(f"{driver.__name__.rpartition('.')[2]} calls no routine {name}")
    space = {**vars(driver), name: failing(getattr(driver, name))}
    for key, value in vars(driver).items():
        if isinstance(value, FunctionType) and value.__module__ == driver.__name__:
            space[key] = FunctionType(value.__code__, space, value.__name__)
    DriverEntry = space["DriverEntry"]
    DriverEntry.__name__ = called
    return DriverEntry

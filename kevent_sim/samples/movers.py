"""A sample with more movers than one: what a second waiter makes of each kind of event."""

from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

from kevent_sim.ntifs import *

PARAMETERS = {"FileCount": 1000, "WriteCount": 100}


def with_movers(driver: ModuleType, movers: int) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The driver of a sample module, started with so many threads that move; its name tells how many.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> run(with_movers(synchronization_event, 2), FileCount=1, WriteCount=1)
    synchronization_event_2_movers: deadlock after 21 steps
      FileMoveThread #2 waits for FileCreationEvent (line 53)
      C:\\Temp: 0 files
      C:\\Temp2: 1 file
      replay: ks.run(synchronization_event_2_movers, policy=ks.RoundRobin(), FileCount=1, WriteCount=1)
    """

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

"""A load of a driver that was written in C: its functions over memory of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

from kevent_sim import ntifs
from kevent_sim.c.calls import devices
from kevent_sim.c.calls.objects import DriverMemory
from kevent_sim.c.calls.pool import ALLOCATE
from kevent_sim.c.calls.routines import ROUTINES
from kevent_sim.c.calls.takes import guarded
from kevent_sim.c.library import LIBRARY
from kevent_sim.c.lower import Lowered
from kevent_sim.c.runtime import RUNTIME, pointer
from kevent_sim.machine.ntstatus import NTSTATUS
from kevent_sim.machine.regions import machine_now

Change = tuple[str, Callable[..., Any]]  # a routine's name, and what makes another of it
OF_MEMORY = {**ALLOCATE, **LIBRARY}  # no steps: called with the memory


async def boot(
    compiled: tuple[Lowered, CodeType],
    module: str,
    orders: Mapping[str, Sequence[str]],
    changes: Sequence[Change],
    driver: Any,
    path: Any,
) -> NTSTATUS:
    """Load the image, and run DriverEntry. Each of `changes` makes another of a routine."""
    lowered, code = compiled
    kernel = machine_now()
    memory = DriverMemory(kernel, lowered, kernel.memory == "strict", orders)
    space: dict[str, Any] = {"__name__": module, "__c__": memory, **RUNTIME, "m": memory}
    space |= {name: _named(name, memory) for name in lowered.used}
    for name, change in changes:
        space[name] = change(space[name])
    exec(code, space)
    DriverObject = devices.driver_pointer(memory, driver)
    RegistryPath = devices.path_pointer(memory, path.Buffer)
    status = await guarded(memory, space["DriverEntry"](DriverObject, RegistryPath))
    unload = memory.in_step.load(DriverObject, devices.UNLOAD, pointer)
    if unload is not None:

        async def DriverUnload(_: Any) -> None:
            await guarded(memory, memory.call(unload, DriverObject))

        driver.DriverUnload = DriverUnload
    return NTSTATUS(status & 0xFFFF_FFFF)


def _with(memory: DriverMemory, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return function(memory, *values)

    return call


def _named(name: str, memory: DriverMemory) -> Any:
    """What a name of a routine stands for in the text."""
    if name in ROUTINES:
        return ROUTINES[name]
    if name in OF_MEMORY:
        return _with(memory, OF_MEMORY[name])
    return getattr(ntifs, name)

"""A sample on a machine that refuses: chosen calls of a routine fail, as they may on any machine one day."""

import inspect
from collections.abc import Callable, Coroutine
from types import FunctionType, ModuleType
from typing import Any

from kevent_sim.machine.call import routine
from kevent_sim.machine.ntstatus import NTSTATUS


def with_fault(
    driver: ModuleType, name: str, status: NTSTATUS, **arguments: str
) -> Callable[..., Coroutine[Any, Any, Any]]:
    r"""The driver of a sample module, where a routine returns `status` and does nothing; its name tells which one.

    `arguments` choose the calls by name or text; without them it is every call. A call that fails is a step like any
    other.

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

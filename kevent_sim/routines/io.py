"""A driver's life: the service that loads it, its device, its unloading."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from kevent_sim.machine.call import Footprint, Misuse, not_simulated, routine
from kevent_sim.machine.irql import APC_LEVEL, PASSIVE, PASSIVE_LEVEL, ZW_PASSIVE, at_most
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import StructureSize, place_new
from kevent_sim.machine.ntstatus import (
    NT_SUCCESS,
    NTSTATUS,
    STATUS_OBJECT_NAME_COLLISION,
    STATUS_SUCCESS,
    BugCheck,
)
from kevent_sim.machine.regions import Region, check_alive, end_frames
from kevent_sim.machine.structures import UNICODE_STRING, is_null
from kevent_sim.machine.thread import KTHREAD_STATE, UNMAPPED

FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN = 0x22, 0x100
_DEVICES = "\\DEVICE\\"

_KINDS = inspect.CO_COROUTINE | inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
StartRoutine = Callable[[Any], Coroutine[Any, Any, Any]]


class DRIVER_OBJECT:
    """A loaded driver. `DriverUnload` is for DriverEntry to set: an async function, or None (it cannot be stopped).
    `DeviceObject` is the newest of its devices; each leads to the one before it by `NextDevice`."""

    def __init__(self) -> None:
        self.DriverUnload: StartRoutine | None = None
        self.DeviceObject: DEVICE_OBJECT | None = None


class DEVICE_OBJECT:
    """A device; `DeviceExtension` is the driver's own zeroed memory, once IoCreateDevice has filled it in."""

    def __init__(self) -> None:
        self.DriverObject: DRIVER_OBJECT | None = None
        self.NextDevice: DEVICE_OBJECT | None = None  # of the same driver
        self.DeviceExtension: Any = None
        self.region: Region | None = None  # the device's own memory, and its extension's
        self.name = ""  # in capitals; "": it has none


class RegistryPath(UNICODE_STRING):
    r"""The driver's key in the registry, with the values under its Parameters.

    >>> path = RegistryPath("race", {"FileCount": 1000})
    >>> path.Buffer
    '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\race'
    >>> registry_parameter(path, "FileCount")
    1000
    """

    __slots__ = ("parameters",)

    def __init__(self, service: str, parameters: Mapping[str, int]) -> None:
        super().__init__(f"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\{service}")
        self.parameters = dict(parameters)


def registry_parameter(path: RegistryPath, name: str) -> int:
    """A REG_DWORD of the driver's Parameters key. Raises Misuse for one that the driver does not declare."""
    if name not in path.parameters:
        declared = ", ".join(path.parameters) or "none"
        raise Misuse(f"this driver declares no parameter {name} (declared: {declared}); add it to PARAMETERS")
    return path.parameters[name]


class Service:
    """A kernel service, from `sc.exe create` to `sc.exe stop`; `state` is what `sc.exe query` would show."""

    def __init__(self, name: str, DriverEntry: Any, parameters: Mapping[str, int]) -> None:
        self.name, self.DriverEntry = name, DriverEntry
        self.registry = RegistryPath(name, parameters)
        self.driver = DRIVER_OBJECT()
        self.state = "STOPPED"
        self.status: NTSTATUS | None = None  # what DriverEntry returned

    async def control(self, stop: bool) -> None:
        """What the System thread does for `sc.exe start`, and for `sc.exe stop` where that is wanted."""
        await ZwLoadDriver(self)
        self.status = await self.DriverEntry(self.driver, self.registry)
        end_frames("DriverEntry has returned")
        if not isinstance(self.status, NTSTATUS):
            raise Misuse(f"DriverEntry returned {self.status!r}; it must end with:  return STATUS_SUCCESS")
        if not NT_SUCCESS(self.status):
            await MmUnloadSystemImage(self)
            return
        self.state = "RUNNING"
        if stop:
            unload = self.driver.DriverUnload
            if unload is None:
                raise Misuse(f"{self.name} cannot be stopped: DriverEntry sets no DriverObject.DriverUnload")
            check_routine("DriverUnload", unload)
            await ZwUnloadDriver(self)
            await unload(self.driver)
            end_frames("DriverUnload has returned")
            await MmUnloadSystemImage(self)


def name_of(routine: Any) -> str:
    """A function's name; that of the function behind it, of a partial."""
    while isinstance(routine, partial):
        routine = routine.func
    return str(getattr(routine, "__name__", repr(routine)))


def _takes(code: CodeType, arguments: int) -> bool:
    """Is it the code of an async function of this many arguments, and nothing else?"""
    plain = code.co_flags & _KINDS == inspect.CO_COROUTINE and not code.co_kwonlyargcount
    return plain and code.co_argcount == arguments


def check_routine(what: str, routine: Any, arguments: int = 1) -> None:
    """Refuse what cannot run as a thread: it must be `async def` and take this many arguments."""
    if type(routine) is FunctionType and _takes(routine.__code__, arguments):  # a signature costs much more
        return
    name = name_of(routine)
    if not inspect.iscoroutinefunction(routine):
        raise Misuse(f"{what} {name} is not an async function; write:  async def {name}(...)")
    try:
        inspect.signature(routine).bind(*[None] * arguments)
    except TypeError:
        expected = "(DriverObject, RegistryPath)" if arguments == 2 else "one argument"
        raise Misuse(f"{what} {name} must take {expected}, not {inspect.signature(routine)}") from None


# -- footprints -----------------------------------------------------------------------------------------------------


def _driver_cells(kernel: Kernel, *_: Any) -> Footprint:
    yield ("driver", None), True


def _all_thread_cells(kernel: Kernel, *_: Any) -> Footprint:
    for thread in kernel.threads:
        yield ("object", thread), True


# -- routines -------------------------------------------------------------------------------------------------------


@routine(_driver_cells, ZW_PASSIVE)
def ZwLoadDriver(kernel: Kernel, service: Service) -> NTSTATUS:
    """Map a driver's image, as `sc.exe start` asks for; its DriverEntry runs next.

    Parameters: `service`, instead of the name of its registry key; not for drivers to call here.
    Returns STATUS_SUCCESS.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwLoadDriver function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     return STATUS_SUCCESS
    >>> [routine.name for routine in run(DriverEntry).columns["routine"]]
    ['ZwLoadDriver']
    """
    kernel.subject, service.state = service.name, "START_PENDING"
    return STATUS_SUCCESS


@routine(_driver_cells, ZW_PASSIVE)
def ZwUnloadDriver(kernel: Kernel, service: Service) -> NTSTATUS:
    """Begin to unload a driver, as `sc.exe stop` asks for; its DriverUnload runs next.

    Parameters: `service`, instead of the name of its registry key; not for drivers to call here.
    Returns STATUS_SUCCESS.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwUnloadDriver function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverUnload(DriverObject):
    ...     print("unloading")
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     DriverObject.DriverUnload = DriverUnload
    ...     return STATUS_SUCCESS
    >>> [routine.name for routine in run(DriverEntry, stop=True).columns["routine"]]
    unloading
    ['ZwLoadDriver', 'ZwUnloadDriver', 'MmUnloadSystemImage']
    """
    kernel.subject, service.state = service.name, "STOP_PENDING"
    return STATUS_SUCCESS


@routine(_all_thread_cells, PASSIVE, role="meets everything")
def MmUnloadSystemImage(kernel: Kernel, service: Service) -> NTSTATUS:
    """Unmap a driver's image; a thread of it that runs from now on has no code any more.

    Internal to Windows, and the last step of an unload here, so that you can see what comes before it. No source says
    what happens to a device that is left then; here nothing does. While a thread that IoCreateSystemThread created
    runs, the image stays; here it then stays for good.
    Parameters: `service`, instead of the image; not for drivers to call.
    Returns STATUS_SUCCESS.
    Bug checks: 0xCE when a thread of the driver next runs (on Windows, when it next runs the driver's code); 0xC4 at
    too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE5).
    Source: WDK, "Bug Check 0xCE: DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def Worker(Context):
    ...     await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))
    >>> async def DriverUnload(DriverObject):
    ...     pass  # it should wait for Worker
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     DriverObject.DriverUnload = DriverUnload
    ...     return await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, Worker, None)
    >>> run(DriverEntry, stop=True).bugcheck.name
    'DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS'
    """
    kernel.subject, service.state = service.name, "STOPPED"
    if any(thread.keeps_driver and thread.State != KTHREAD_STATE.Terminated for thread in kernel.threads):
        return STATUS_SUCCESS
    if leaked := [region for region in kernel.pool if not region.ended]:
        owners = ", ".join(region.owner for region in leaked)
        stop = BugCheck(0xC4, f"the driver is unloaded, but has not freed {owners}", 0x62, 0, 0, len(leaked))
        stop.finding, stop.line = "leak", kernel.pool[leaked[0]]
        raise stop
    for thread in kernel.threads:
        if thread.exits and thread.State != KTHREAD_STATE.Terminated:
            thread.call = (UNMAPPED, (thread.name,), *thread.call[2:])
    kernel.image.end("its driver was unloaded", 0)
    return STATUS_SUCCESS


@routine(_driver_cells, at_most(PASSIVE_LEVEL, 0x2000A, "IrqlIoPassive1"))
def IoCreateDevice(
    kernel: Kernel,
    DriverObject: DRIVER_OBJECT,
    DeviceExtensionSize: int,
    DeviceName: UNICODE_STRING | None,
    DeviceType: int,
    DeviceCharacteristics: int,
    Exclusive: bool,
    DeviceObject: DEVICE_OBJECT,
) -> NTSTATUS:
    r"""Create a device, with a zeroed device extension for the driver's own use.

    Parameters: `DriverObject`, whose DeviceObject becomes the device, NextDevice of which is the one before it;
    `DeviceExtensionSize`, sizeof(A_STRUCTURE), or 0 = none; `DeviceName`, None or one such as `\Device\TestDriver`;
    `DeviceType`, `DeviceCharacteristics`, `Exclusive`: for programs that open the device; there are none here;
    `DeviceObject`, a DEVICE_OBJECT that is filled in.
    Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_COLLISION where another device of the driver has the name. Raises
    TypeError for what is not a DEVICE_OBJECT, or not a size, Misuse for one that is a device, or a name elsewhere.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlIoPassive1, 0x2000A). The page's header says <= APC_LEVEL, the verifier's rule that it
    names says PASSIVE_LEVEL; the rule is what stops the machine.
    Source: WDK, "IoCreateDevice function (wdm.h)"; "IrqlIoPassive1 rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SYNC_RESOURCES(Structure):
    ...     FileCount: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     device, size = DEVICE_OBJECT(), sizeof(SYNC_RESOURCES)
    ...     print(await IoCreateDevice(DriverObject, size, None, FILE_DEVICE_UNKNOWN, 0, False, device))
    ...     print(device.DeviceExtension.FileCount)
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).verdict
    STATUS_SUCCESS
    0
    'completed'
    """
    if not isinstance(DeviceObject, DEVICE_OBJECT):
        raise TypeError(f"DeviceObject is filled in; type:  DeviceObject = DEVICE_OBJECT()  (not {DeviceObject!r})")
    if DeviceObject.region is not None and not DeviceObject.region.ended:
        raise Misuse(
            "DeviceObject is already a device, not a variable for another one; type:  Another = DEVICE_OBJECT()"
        )
    name = _device_name(DeviceName)
    if name and name in _names(DriverObject):
        return STATUS_OBJECT_NAME_COLLISION
    region = Region("device", "", kernel.steps)
    if isinstance(DeviceExtensionSize, StructureSize):
        region.owner = DeviceExtensionSize.structure.__name__
        DeviceObject.DeviceExtension = DeviceExtensionSize.structure()
        place_new(DeviceObject.DeviceExtension, region)
    elif DeviceExtensionSize != 0:
        raise TypeError(f"DeviceExtensionSize is sizeof(SYNC_RESOURCES) or 0, not {DeviceExtensionSize!r}")
    DeviceObject.DriverObject, DeviceObject.NextDevice, DeviceObject.region = (
        DriverObject,
        DriverObject.DeviceObject,
        region,
    )
    DriverObject.DeviceObject, DeviceObject.name = DeviceObject, name
    kernel.subject = "device"
    return STATUS_SUCCESS


def _device_name(DeviceName: Any) -> str:
    if is_null(DeviceName):
        return ""
    if not isinstance(DeviceName, UNICODE_STRING):
        raise TypeError(f"DeviceName is a UNICODE_STRING or None, not {DeviceName!r}")
    name = DeviceName.Buffer.upper()
    if name and (not name.startswith(_DEVICES) or "\\" in name[len(_DEVICES) :] or name == _DEVICES):
        raise not_simulated(f"a device named {DeviceName.Buffer}", r"name it such as  \Device\TestDriver")
    return name


def _names(DriverObject: DRIVER_OBJECT) -> Iterator[str]:
    device = DriverObject.DeviceObject
    while device is not None:
        yield device.name
        device = device.NextDevice


@routine(_driver_cells, at_most(APC_LEVEL, 0x20009, "IrqlIoApcLte"), role="meets everything")
def IoDeleteDevice(kernel: Kernel, DeviceObject: DEVICE_OBJECT) -> None:
    """Delete a device and free its extension, with the objects that live there.

    Parameters: `DeviceObject`, a device that IoCreateDevice made.
    Returns nothing. Raises TypeError for anything but such a device.
    Bug checks: 0xD5 when a thread uses the extension afterwards (Windows notices that only in special pool); 0xC4 at
    too high an IRQL.
    IRQL: <= APC_LEVEL (IrqlIoApcLte, 0x20009).
    Source: WDK, "IoDeleteDevice function (wdm.h)"; "IrqlIoApcLte rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> class SYNC_RESOURCES(Structure):
    ...     FileCount: int
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     device, size = DEVICE_OBJECT(), sizeof(SYNC_RESOURCES)
    ...     await IoCreateDevice(DriverObject, size, None, FILE_DEVICE_UNKNOWN, 0, False, device)
    ...     await IoDeleteDevice(device)
    ...     device.DeviceExtension.FileCount = 1000
    ...     return STATUS_SUCCESS
    >>> print(run(DriverEntry).bugcheck.reason)
    SYNC_RESOURCES.FileCount is used after IoDeleteDevice freed it (line 4)
    """
    if not isinstance(DeviceObject, DEVICE_OBJECT) or DeviceObject.DriverObject is None:
        raise TypeError(f"DeviceObject is a device made by IoCreateDevice, not {DeviceObject!r}")
    check_alive(DeviceObject.region, "DeviceObject", "DRIVER_OBJECT")
    assert DeviceObject.region is not None
    DeviceObject.region.end("IoDeleteDevice freed it", line_of(*kernel.caller.call[2:]))
    kernel.record_end(DeviceObject.DeviceExtension)
    kernel.subject = "device"
    driver, before = DeviceObject.DriverObject, DeviceObject.DriverObject.DeviceObject
    if before is DeviceObject:
        driver.DeviceObject = DeviceObject.NextDevice
    while before is not None and before is not DeviceObject:
        if before.NextDevice is DeviceObject:
            before.NextDevice = DeviceObject.NextDevice
        before = before.NextDevice

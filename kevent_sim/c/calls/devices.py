"""The driver object and its devices, as C sees them: bytes that hold pointers to each other."""

from __future__ import annotations

from typing import Any

from kevent_sim.c.calls.objects import DriverMemory
from kevent_sim.c.calls.views import VariableView
from kevent_sim.c.layout import Member, lay_out
from kevent_sim.c.memory.blocks import Pointer, Shared, part_of
from kevent_sim.c.runtime import pointer, uint16
from kevent_sim.c.types import UCHAR, USHORT, VOID, Array, Record
from kevent_sim.c.types import Pointer as PointerType
from kevent_sim.machine.call import Routine
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.memory import StructureSize
from kevent_sim.machine.ntstatus import NT_SUCCESS, NTSTATUS
from kevent_sim.routines.io import DEVICE_OBJECT, DRIVER_OBJECT

_ANY = PointerType(VOID)


def _record(name: str, size: int, **offsets: int) -> Record:
    """A record of pointers at these offsets, and of bytes between them."""
    record, members, end = Record(name), [], 0
    record.name = name
    for field, offset in offsets.items():
        if offset > end:
            members.append(Member(f"Reserved{end}", Array(UCHAR, offset - end)))
        members.append(Member(field, _ANY))
        end = offset + 8
    if size > end:
        members.append(Member(f"Reserved{end}", Array(UCHAR, size - end)))
    lay_out(record, members)
    return record


_DRIVER = _record("DRIVER_OBJECT", 336, DeviceObject=8, DriverExtension=48, DriverInit=88, DriverUnload=104)
_DEVICE = _record("DEVICE_OBJECT", 336, DriverObject=8, NextDevice=16, DeviceExtension=64)
_NAME = Record("UNICODE_STRING")
lay_out(_NAME, [Member("Length", USHORT), Member("MaximumLength", USHORT), Member("Buffer", _ANY)])
_DRIVER_EXTENSION = _record("DRIVER_EXTENSION", 48, DriverObject=0, AddDevice=8)
_EXTENSION = _DRIVER.members["DriverExtension"].offset
UNLOAD = _DRIVER.members["DriverUnload"].offset


def driver_pointer(memory: DriverMemory, driver: DRIVER_OBJECT) -> Pointer:
    made = memory.of_kernel(driver, "DRIVER_OBJECT", 336, _DRIVER)
    if _EXTENSION not in made.part.block.slots:
        made.part.block.slots[_EXTENSION] = memory.new("kernel", 48, "DRIVER_EXTENSION", _DRIVER_EXTENSION).at(0)
    return made


def path_pointer(memory: DriverMemory, path: str) -> Pointer:
    """RegistryPath, a UNICODE_STRING in the kernel's memory."""
    data = path.encode("utf-16-le")
    buffer = memory.new("kernel", len(data) + 2, "RegistryPath->Buffer")
    memory.write(buffer.at(0), data)
    made = memory.new("kernel", 16, "*RegistryPath", _NAME).at(0)
    memory.store(made, 0, uint16, len(data))
    memory.store(made, 2, uint16, len(data) + 2)
    memory.store(made, 8, pointer, buffer.at(0))
    return made


def extension_size(memory: DriverMemory, size: int) -> int:
    """A size that remembers, as sizeof does in Python, what is to be made: zeroed bytes."""
    if not size:
        return 0
    known = StructureSize(size)

    def made() -> Shared:
        part = memory.new("extension", size, "the device extension")
        memory.share(part.at(0))
        return part.as_structure()

    made.__name__ = "the device extension"
    known.structure = made  # type: ignore[assignment]
    return known


def create_device(
    given: Routine, kernel: Kernel, DriverObject: Any, DeviceExtensionSize: int, DeviceName: Any, DeviceType: int,
    DeviceCharacteristics: int, Exclusive: bool, DeviceObject: VariableView,
) -> NTSTATUS:  # fmt: skip
    device, memory = DEVICE_OBJECT(), DeviceObject.memory
    status = given.effect(
        kernel, DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics, Exclusive, device
    )
    if NT_SUCCESS(status):
        made, seen = memory.of_kernel(device, "DEVICE_OBJECT", 336, _DEVICE), memory.in_step
        extension = device.DeviceExtension
        if extension is not None:
            seen.store(made, 64, pointer, part_of(extension).at(0))
        seen.store(made, 8, pointer, driver_pointer(memory, DriverObject))
        made.part.region = device.region
        _chain(memory, DriverObject)
        seen.store(DeviceObject.at, 0, pointer, made)
    return status  # type: ignore[no-any-return]


def delete_device(given: Routine, kernel: Kernel, DeviceObject: Any) -> None:
    memory, device = DeviceObject.memory, DeviceObject.device
    given.effect(kernel, device)
    made = memory.of_kernel(device, "DEVICE_OBJECT")
    memory.in_step.told(made.part, 0, made.part.size, True)
    _chain(memory, device.DriverObject)


def _chain(memory: DriverMemory, driver: DRIVER_OBJECT) -> None:
    """The devices of a driver, the newest first."""
    at, offset, device = driver_pointer(memory, driver), 8, driver.DeviceObject
    while True:
        there = None if device is None else memory.of_kernel(device, "DEVICE_OBJECT")
        if memory.peek.load(at, offset, pointer) is not there:
            memory.in_step.store(at, offset, pointer, there)
        if device is None or there is None:
            return
        at, offset, device = there, 16, device.NextDevice

"""No routine ignores what it is told: each argument decides something, or is refused by its name, or is named here as
one that decides nothing, and why."""

import ast
import inspect
from textwrap import dedent

import pytest
from harness import Stage, attributes_of, open_file
from manuals import ROUTINES

import kevent_sim as ks
from kevent_sim import ntifs
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

PATH = "C:\\Temp\\there"
NOBODY_OPENS_IT = "it is for those who open the device, and nobody can here"
NOT_CHECKED = "a handle that is used in kernel mode is not checked for access"
DECIDES_NOTHING = {
    "IoCreateDevice DeviceType": NOBODY_OPENS_IT,
    "IoCreateDevice DeviceCharacteristics": NOBODY_OPENS_IT,
    "IoCreateDevice Exclusive": NOBODY_OPENS_IT,
    "IoCreateSystemThread DesiredAccess": NOT_CHECKED,
    "ObReferenceObjectByHandle DesiredAccess": NOT_CHECKED,
    "PsCreateSystemThread DesiredAccess": NOT_CHECKED,
    "ZwCreateEvent DesiredAccess": NOT_CHECKED,
    "ZwCreateSemaphore DesiredAccess": NOT_CHECKED,
}


def effect_of(name):
    return ROUTINES[name].routine.effect


def parameters():
    for name in ROUTINES:
        for parameter in list(inspect.signature(effect_of(name)).parameters.values())[1:]:
            yield name, parameter


def read_in(name) -> set[str]:
    """The names that a routine's effect reads."""
    tree = ast.parse(dedent(inspect.getsource(effect_of(name))))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def test_a_routine_looks_at_each_of_its_arguments_but_those_that_decide_nothing():
    ignored = {f"{name} {parameter.name}" for name, parameter in parameters() if parameter.name not in read_in(name)}
    assert ignored == set(DECIDES_NOTHING)


# -- a call with one argument of one's own -----------------------------------------------------------------------------


async def nothing(Context):
    pass


def usual(name) -> dict:
    """Arguments with which the call succeeds; None for the first where that is a handle of the file that is there."""
    attributes, io = attributes_of(f"\\??\\{PATH}"), IO_STATUS_BLOCK()
    match name:
        case "ZwCreateFile":
            values = (
                HANDLE(), GENERIC_READ, attributes, io, None, FILE_ATTRIBUTE_NORMAL, 7, FILE_OPEN_IF, 0, None, 0,
            )  # fmt: skip
        case "ZwOpenFile":
            values = HANDLE(), GENERIC_READ, attributes, io, 7, 0
        case "ZwReadFile":
            values = None, None, None, None, io, bytearray(1), 1, None, None
        case "ZwWriteFile":
            values = None, None, None, None, io, b"x", 1, None, None
        case "ZwSetInformationFile":
            values = None, io, FILE_DISPOSITION_INFORMATION(), 1, FileDispositionInformation
        case "ZwQueryInformationFile":
            values = None, io, FILE_STANDARD_INFORMATION(), 24, FileStandardInformation
        case "ObReferenceObjectByHandle":
            values = None, SYNCHRONIZE, None, KernelMode, PVOID(), None
        case "PsCreateSystemThread":
            values = HANDLE(), THREAD_ALL_ACCESS, None, None, None, nothing, None
        case "IoCreateSystemThread":
            values = DRIVER_OBJECT(), HANDLE(), THREAD_ALL_ACCESS, None, None, None, nothing, None
        case "ZwCreateEvent":
            values = HANDLE(), EVENT_ALL_ACCESS, None, NotificationEvent, False
        case "ZwCreateSemaphore":
            values = HANDLE(), SEMAPHORE_ALL_ACCESS, None, 0, 1
        case "IoCreateDevice":
            values = DRIVER_OBJECT(), 0, None, FILE_DEVICE_UNKNOWN, 0, False, DEVICE_OBJECT()
    names = list(inspect.signature(effect_of(name)).parameters)[1:]
    return dict(zip(names, values, strict=True))


def returned(name, **own):
    """What the routine returns with these arguments beside the usual ones; what the error says where it is a misuse."""
    stage, (first, *others) = Stage(Volume(files={PATH: b"12345"})), (usual(name) | own).values()
    handle = HANDLE() if first is None else first
    calls = [lambda: ROUTINES[name](handle, *others)]
    if first is None:
        calls = [lambda: open_file(handle, f"\\??\\{PATH}", FILE_ALL_ACCESS, 7), *calls]
    thread = stage.enter("T", calls)
    try:
        return [thread.perform() for _ in calls][-1]
    except ks.Misuse as refusal:
        return str(refusal)


def refused(result) -> bool:
    return isinstance(result, str) and ": not simulated: " in result


# -- what is to be NULL ------------------------------------------------------------------------------------------------

NULL = {
    "IoCreateSystemThread ClientId": object(),
    "ObReferenceObjectByHandle HandleInformation": object(),
    "PsCreateSystemThread ClientId": object(),
    "ZwCreateFile EaBuffer": b"ea",
    "ZwReadFile Event": object(),
    "ZwReadFile ApcRoutine": nothing,
    "ZwReadFile ApcContext": object(),
    "ZwReadFile Key": 1,
    "ZwWriteFile Event": object(),
    "ZwWriteFile ApcRoutine": nothing,
    "ZwWriteFile ApcContext": object(),
    "ZwWriteFile Key": 1,
}
ALSO_NULL = {"ZwCreateFile AllocationSize": LARGE_INTEGER(4096), "ZwCreateFile EaLength": 2}


def another_process():
    process = HANDLE()
    process.value = 1 << 40
    return process


def named():
    attributes = OBJECT_ATTRIBUTES()
    attributes.ObjectName = UNICODE_STRING("\\BaseNamedObjects\\Ready")
    return attributes


OTHERS = {
    "IoCreateSystemThread ProcessHandle": another_process(),
    "IoCreateSystemThread ObjectAttributes": named(),
    "PsCreateSystemThread ProcessHandle": another_process(),
    "PsCreateSystemThread ObjectAttributes": named(),
    "ZwCreateEvent ObjectAttributes": named(),
    "ZwCreateSemaphore ObjectAttributes": named(),
    "ObReferenceObjectByHandle AccessMode": UserMode,
    "IoCreateDevice DeviceName": UNICODE_STRING("\\DosDevices\\Test"),
}


def test_the_table_has_every_argument_that_can_only_be_null():
    assert {f"{name} {one.name}" for name, one in parameters() if one.annotation == "None"} == set(NULL)


@pytest.mark.parametrize(("which", "value"), [*NULL.items(), *ALSO_NULL.items(), *OTHERS.items()])
def test_what_is_not_simulated_is_refused_and_null_is_not(which, value):
    name, parameter = which.split()
    assert refused(returned(name, **{parameter: value}))
    if which in NULL and name != "ObReferenceObjectByHandle":
        assert returned(name, **{parameter: 0}) is returned(name) is STATUS_SUCCESS


# -- flags, one by one -------------------------------------------------------------------------------------------------

GENERIC = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL
FLAGS = {  # which flags are simulated; of which the status is STATUS_INVALID_PARAMETER
    "ZwCreateFile DesiredAccess": (FILE_ALL_ACCESS | GENERIC, 0),
    "ZwOpenFile DesiredAccess": (FILE_ALL_ACCESS | GENERIC, 0),
    "ZwCreateFile FileAttributes": (FILE_ATTRIBUTE_NORMAL | FILE_ATTRIBUTE_READONLY, 0),
    "ZwCreateFile ShareAccess": (7, ~7),
    "ZwOpenFile ShareAccess": (7, ~7),
    "ZwCreateFile CreateOptions": (0x877, ~0xFF_FFFF),
    "ZwOpenFile OpenOptions": (0x877, ~0xFF_FFFF),
}


@pytest.mark.parametrize("bit", range(32))
@pytest.mark.parametrize("which", FLAGS)
def test_a_flag_is_simulated_or_invalid_or_refused_by_its_name(which, bit):
    (simulated, invalid), flag, (name, parameter) = FLAGS[which], 1 << bit, which.split()
    result = returned(name, **{parameter: flag})
    if flag & simulated:
        assert result in (STATUS_SUCCESS, STATUS_NOT_A_DIRECTORY)
    elif flag & invalid:
        assert result is STATUS_INVALID_PARAMETER
    else:
        prefix = {"DesiredAccess": ("MAXIMUM", "ACCESS_"), "FileAttributes": ("FILE_ATTRIBUTE_",)}
        names = [
            known
            for known in ntifs.__all__
            if getattr(ntifs, known) is not True and getattr(ntifs, known) == flag
            if known.startswith(prefix.get(parameter, ("FILE_",)))
        ]
        what = "CreateOptions" if parameter == "OpenOptions" else parameter
        assert any(f": not simulated: {what} with {told};" in result for told in [*names, f"{flag:#x}"])


@pytest.mark.parametrize("bit", range(32))
def test_an_attribute_of_a_name_is_known_or_refused(bit):
    attributes, flag = attributes_of(f"\\??\\{PATH}"), 1 << bit
    attributes.Attributes = flag
    result = returned("ZwOpenFile", ObjectAttributes=attributes)
    assert refused(result) != bool(flag & (OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE))


# -- classes and dispositions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disposition", range(-1, 10))
def test_a_disposition_is_one_of_six_or_an_invalid_parameter(disposition):
    result = returned("ZwCreateFile", CreateDisposition=disposition, DesiredAccess=FILE_ALL_ACCESS)
    assert (result is STATUS_INVALID_PARAMETER) == (disposition not in range(6))


DOCUMENTED = {  # by the pages of the two routines
    "ZwSetInformationFile": {4, 10, 11, 13, 14, 19, 20, 39, 41, 43, 64, 65},
    "ZwQueryInformationFile": {4, 5, 6, 7, 8, 9, 14, 16, 17, 18, 34, 35, 43, 51, 59},
}


@pytest.mark.parametrize("number", range(80))
@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_class_of_information_is_simulated_or_refused_or_no_class_of_the_routine(name, number):
    known = {"ZwSetInformationFile": (10, 13), "ZwQueryInformationFile": (5,)}[name]
    if number in known:
        return
    result = returned(name, FileInformationClass=number)
    assert refused(result) or (result is STATUS_INVALID_INFO_CLASS and number not in DOCUMENTED[name])


# -- names of objects --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("create", [IoCreateNotificationEvent, IoCreateSynchronizationEvent])
def test_a_named_event_is_in_a_directory_that_there_is_or_refused(create):
    def made(name):
        stage = Stage()
        stage.enter("T", [lambda: create(UNICODE_STRING(name), HANDLE())])
        return stage.perform("T")

    for name in ("\\BaseNamedObjects\\Ready", "\\kernelobjects\\Ready", "\\Ready"):
        assert made(name).name == "Ready"
    for name in ("\\NoSuchDirectory\\Ready", "Ready", "\\BaseNamedObjects\\"):
        assert made(name) is None
    for name in ("\\Device\\Ready", "\\BaseNamedObjects\\Global\\Ready", "\\KernelObjects"):
        with pytest.raises(ks.Misuse, match=r"not simulated: an event named .*; name it such as"):
            made(name)


def test_a_device_has_a_name_to_itself():
    async def DriverEntry(DriverObject, RegistryPath):
        devices = [DEVICE_OBJECT() for _ in range(3)]

        def makes(device, name="\\Device\\Test"):
            return IoCreateDevice(
                DriverObject, 0, UNICODE_STRING(name), FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, False, device
            )

        assert await makes(devices[0]) is STATUS_SUCCESS
        assert await makes(devices[1], "\\device\\TEST") is STATUS_OBJECT_NAME_COLLISION
        assert await makes(devices[1], "\\Device\\Other") is STATUS_SUCCESS
        await IoDeleteDevice(devices[0])
        assert await makes(devices[2]) is STATUS_SUCCESS
        await IoDeleteDevice(devices[2])
        assert DriverObject.DeviceObject is devices[1]
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).verdict == "completed"

"""Where no source that was read says what Windows does: what is done here, so that it is not done by chance."""

import pytest
from harness import Stage, attributes_of, create, open_file, rename

import kevent_sim as ks
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

PATH = "\\??\\C:\\Temp\\there"


def results(*operations):
    stage = Stage(Volume(files={"C:\\Temp\\there": b"12345"}))
    stage.enter("T", operations)
    return [stage.perform("T") for _ in operations], stage.files()


def test_a_file_that_is_to_be_deleted_can_be_renamed_and_goes_under_its_new_name():
    file, doomed = HANDLE(), FILE_DISPOSITION_INFORMATION(True)
    found, files = results(
        lambda: open_file(file, PATH, DELETE, 7),
        lambda: ZwSetInformationFile(file, IO_STATUS_BLOCK(), doomed, 1, FileDispositionInformation),
        lambda: rename(file, "moved", False),
        lambda: ZwClose(file),
    )
    assert (found[2][0], files) == (STATUS_SUCCESS, {})


def test_a_read_only_directory_is_refused_to_who_would_write_as_a_file_is():
    def directory(access):
        return lambda: ZwCreateFile(
            HANDLE(), access, attributes_of("\\??\\C:\\Temp\\directory"), IO_STATUS_BLOCK(), None,
            FILE_ATTRIBUTE_READONLY, 7, FILE_OPEN_IF, FILE_DIRECTORY_FILE, None, 0,
        )  # fmt: skip

    found, _ = results(directory(FILE_ALL_ACCESS), directory(FILE_ALL_ACCESS), directory(FILE_READ_DATA))
    assert found == [STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_SUCCESS]


def test_a_new_name_that_ends_in_a_backslash_is_refused():
    file = HANDLE()
    with pytest.raises(ks.Misuse, match="not simulated: a new name that ends in a backslash; type"):
        results(lambda: create(file, PATH, DELETE, 7, FILE_OPEN), lambda: rename(file, f"{PATH}\\", False))


def test_a_device_that_an_unload_leaves_behind_is_no_error():
    async def DriverUnload(DriverObject):
        await KeGetCurrentIrql()

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = DriverUnload
        return await IoCreateDevice(DriverObject, 0, None, FILE_DEVICE_UNKNOWN, 0, False, DEVICE_OBJECT())

    assert ks.run(DriverEntry, stop=True).verdict == "completed"


def test_driver_entry_that_ends_its_thread_has_loaded_its_driver():
    async def Worker(Context):
        pass

    async def DriverEntry(DriverObject, RegistryPath):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Worker, None)
        await PsTerminateSystemThread(STATUS_CANCELLED)

    run = ks.run(DriverEntry)
    assert (run.verdict, run.exit_statuses) == ("completed", {"Worker": STATUS_SUCCESS})


def test_a_call_between_wait_true_and_its_wait_is_made_at_dispatch_level():
    levels = []

    async def DriverEntry(DriverObject, RegistryPath):
        event = KEVENT()
        await KeInitializeEvent(event, NotificationEvent, False)
        await KeSetEvent(event, IO_NO_INCREMENT, True)
        levels.append(await KeGetCurrentIrql())
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)
        levels.append(await KeGetCurrentIrql())
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).verdict == "completed"
    assert levels == [DISPATCH_LEVEL, PASSIVE_LEVEL]

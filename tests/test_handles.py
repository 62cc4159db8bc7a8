"""What a handle is good for: closed once, of the System process, never the same twice."""

import pytest
from harness import Stage, create

import kevent_sim as ks
from kevent_sim.ntifs import *

PATH = "\\??\\C:\\Temp\\f.txt"


def closing_again(debugger, beside):
    """A stage on which a thread closes a handle twice, the second time `beside` it."""
    stage, handle = Stage(), HANDLE()
    stage.kernel.debugger = debugger

    async def closes():
        await ZwClose(handle)
        handle.value += beside

    stage.enter("T", [lambda: create(handle, PATH, GENERIC_WRITE, 0, FILE_CREATE), closes, lambda: ZwClose(handle)])
    stage.perform("T")
    stage.perform("T")
    return stage


@pytest.mark.parametrize(("beside", "says"), [(0, "is closed already"), (4, "never was a handle")])
def test_what_is_no_handle_closed_is_bug_check_0x93_where_a_debugger_is_on_and_else_a_status(beside, says):
    with pytest.raises(ks.BugCheck, match=f"INVALID_KERNEL_HANDLE.*{says}") as stopped:
        closing_again(True, beside).perform("T")
    assert stopped.value.parameters[1] == 1
    assert closing_again(False, beside).perform("T") is STATUS_INVALID_HANDLE


def test_null_is_an_invalid_handle_whether_or_not_a_debugger_is_on():
    for debugger in (True, False):
        stage = Stage()
        stage.kernel.debugger = debugger
        stage.enter("T", [lambda: ZwClose(HANDLE())])
        assert stage.perform("T") is STATUS_INVALID_HANDLE


def test_a_handle_is_never_used_again():
    stage, handles = Stage(), [HANDLE() for _ in range(3)]
    calls = []
    for handle in handles:
        calls += [lambda h=handle: create(h, PATH, GENERIC_WRITE, 0, FILE_OVERWRITE_IF), lambda h=handle: ZwClose(h)]
    stage.enter("T", calls)
    for _ in calls:
        stage.perform("T")
    assert len({handle.value for handle in handles}) == 3


@pytest.mark.parametrize("value", [-1, 2**64 - 1])
def test_the_current_process_is_the_system_process(value):
    async def Worker(Context):
        await PsTerminateSystemThread(STATUS_CANCELLED)

    async def DriverEntry(DriverObject, RegistryPath):
        process, attributes = HANDLE(), OBJECT_ATTRIBUTES()
        process.value = value
        InitializeObjectAttributes(attributes, None, OBJ_KERNEL_HANDLE, None, None)
        return await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, attributes, process, None, Worker, None)

    assert ks.run(DriverEntry).exit_statuses == {"Worker": STATUS_CANCELLED}

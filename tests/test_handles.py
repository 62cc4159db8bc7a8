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


# -- pointers to what is behind a handle -------------------------------------------------------------------------------

ON_EVENTS = {
    "KeSetEvent": lambda Event: KeSetEvent(Event, IO_NO_INCREMENT, False),
    "KeResetEvent": lambda Event: KeResetEvent(Event),
    "KeClearEvent": lambda Event: KeClearEvent(Event),
    "KePulseEvent": lambda Event: KePulseEvent(Event, IO_NO_INCREMENT, False),
    "KeReadStateEvent": lambda Event: KeReadStateEvent(Event),
    "KeInitializeEvent": lambda Event: KeInitializeEvent(Event, NotificationEvent, False),
}
ON_SEMAPHORES = {
    "KeReleaseSemaphore": lambda Semaphore: KeReleaseSemaphore(Semaphore, IO_NO_INCREMENT, 1, False),
    "KeReadStateSemaphore": lambda Semaphore: KeReadStateSemaphore(Semaphore),
    "KeInitializeSemaphore": lambda Semaphore: KeInitializeSemaphore(Semaphore, 1, 2),
}
ON_MUTEXES = {
    "KeInitializeMutex": lambda Mutex: KeInitializeMutex(Mutex, 0),
    "KeReleaseMutex": lambda Mutex: KeReleaseMutex(Mutex, False),
    "KeReadStateMutex": lambda Mutex: KeReadStateMutex(Mutex),
}
ON_FAST_MUTEXES = {
    "ExInitializeFastMutex": lambda FastMutex: ExInitializeFastMutex(FastMutex),
    "ExAcquireFastMutex": lambda FastMutex: ExAcquireFastMutex(FastMutex),
    "ExTryToAcquireFastMutex": lambda FastMutex: ExTryToAcquireFastMutex(FastMutex),
    "ExReleaseFastMutex": lambda FastMutex: ExReleaseFastMutex(FastMutex),
}
CALLS = ON_EVENTS | ON_SEMAPHORES | ON_MUTEXES | ON_FAST_MUTEXES
each_routine = pytest.mark.parametrize("name", CALLS)


async def behind_a_pointer(name) -> PVOID:
    """An object that the routine can be called on."""
    handle, pointer = HANDLE(), PVOID()
    if name in ON_MUTEXES:
        pointer.Object = KMUTEX()
        await KeInitializeMutex(pointer.Object, 0)
        if name == "KeReleaseMutex":
            await KeWaitForSingleObject(pointer, Executive, KernelMode, False, None)
    elif name in ON_FAST_MUTEXES:
        pointer.Object = FAST_MUTEX()
        await ExInitializeFastMutex(pointer.Object)
        if name == "ExReleaseFastMutex":
            await ExAcquireFastMutex(pointer)
    else:
        if name in ON_EVENTS:
            await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, SynchronizationEvent, True)
        else:
            await ZwCreateSemaphore(handle, SEMAPHORE_ALL_ACCESS, None, 1, 2)
        await ObReferenceObjectByHandle(handle, SYNCHRONIZE, None, KernelMode, pointer, None)
    return pointer


@each_routine
def test_a_routine_takes_a_pointer_to_an_object_as_it_takes_the_object(name):
    async def through_the_pointer():
        pointer = await behind_a_pointer(name)
        return await CALLS[name](pointer), str(pointer.Object)

    async def on_the_object():
        pointer = await behind_a_pointer(name)
        return await CALLS[name](pointer.Object), str(pointer.Object)

    told = []
    for calls in (through_the_pointer, on_the_object):
        stage = Stage()
        stage.enter("T", [calls])
        told.append((stage.perform("T"), stage.puppets["T"].thread.Irql))
    assert told[0] == told[1]


@each_routine
def test_on_a_pointer_that_nothing_has_filled_in_it_is_bug_check_0xa(name):
    stage = Stage()
    stage.enter("T", [lambda: CALLS[name](PVOID())])
    with pytest.raises(ks.BugCheck, match=r"IRQL_NOT_LESS_OR_EQUAL.* NULL: nothing has filled the pointer in"):
        stage.perform("T")


def test_who_uses_a_pointer_meets_who_fills_it_in_and_who_closes_its_handle():
    def ends(fills):
        async def Sets(Shared):
            if Shared[1].Object is not None:
                await KeSetEvent(Shared[1], IO_NO_INCREMENT, False)

        async def DriverEntry(DriverObject, RegistryPath):
            handle, pointer = HANDLE(), PVOID()
            await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, NotificationEvent, False)
            await ObReferenceObjectByHandle(handle, SYNCHRONIZE, ExEventObjectType, KernelMode, pointer, None)
            for routine in (fills, Sets):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, (handle, pointer))
            return STATUS_SUCCESS

        return {outcome[0] for outcome in ks.explore(DriverEntry).outcomes}

    async def GivesBack(Shared):
        await ZwClose(Shared[0])
        await ObDereferenceObject(Shared[1])

    async def Reads(Shared):
        await KeReadStateEvent(Shared[1])

    assert ends(GivesBack) == {"completed", "bugcheck"}
    assert ends(Reads) == {"completed"}


def test_a_pointer_to_a_file_object_is_refused_where_it_is_asked_for():
    stage, handle = Stage(), HANDLE()
    by_handle = lambda kind: ObReferenceObjectByHandle(handle, DELETE, kind, KernelMode, PVOID(), None)  # noqa: E731
    stage.enter("T", [
        lambda: create(handle, PATH, DELETE, 0, FILE_CREATE), lambda: by_handle(PsThreadType), lambda: by_handle(None)
    ])  # fmt: skip
    stage.perform("T")
    assert stage.perform("T") is STATUS_OBJECT_TYPE_MISMATCH
    with pytest.raises(ks.Misuse, match="not simulated: a pointer to a file object; use the file's handle"):
        stage.perform("T")

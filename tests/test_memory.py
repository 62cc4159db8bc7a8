"""Memory has a life: whoever uses it after its end stops the machine, in a run and in every order of an exploration.

Each driver here is a pair. The wrong one uses memory at the line marked `# used` that has ended at the one marked
`# ended`; both lines are told. The right one differs in what makes it wait, and holds.
"""

import asyncio
import copy
import inspect
import re
from contextlib import suppress
from types import SimpleNamespace

import pytest
from sizes import size

import kevent_sim as ks
from kevent_sim import ntifs as nt
from kevent_sim.ntifs import *

FOR_EVER = (Executive, KernelMode, False, None)
ALERTABLE = (Executive, KernelMode, True, None)
SHORT = (Executive, KernelMode, False, LARGE_INTEGER(-50))
POOL, STACK, IMAGE = 0xD5, 0x139, 0xCE
CASES = {}


def case(code, stop=False):
    """A function of `right` that makes a driver; the wrong one stops with this bug check."""

    def decorate(make):
        CASES[make.__name__] = make, code, stop
        return make

    return decorate


def lines_marked(make, mark):
    lines, first = inspect.getsourcelines(make)
    return {first + at for at, line in enumerate(lines) if line.rstrip().endswith(f"# {mark}")}


class EXTENSION(Structure):
    Event: KEVENT
    Other: KEVENT
    Semaphore: KSEMAPHORE
    Mutex: KMUTEX
    Count: ULONG


class OUTER(Structure):
    Count: ULONG
    Inner: EXTENSION


async def start(routine, context=None):
    """Its object, with a reference that nobody gives back."""
    hThread, Thread = HANDLE(), PVOID()
    await PsCreateSystemThread(hThread, THREAD_ALL_ACCESS, None, None, None, routine, context)
    await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
    await ZwClose(hThread)
    return Thread


async def create_device(DriverObject):
    device = DEVICE_OBJECT()
    await IoCreateDevice(DriverObject, sizeof(EXTENSION), None, FILE_DEVICE_UNKNOWN, 0, False, device)
    await KeInitializeEvent(device.DeviceExtension.Event, SynchronizationEvent, False)
    await KeInitializeEvent(device.DeviceExtension.Other, SynchronizationEvent, False)
    await KeInitializeSemaphore(device.DeviceExtension.Semaphore, 0, 1)
    await KeInitializeMutex(device.DeviceExtension.Mutex, 0)
    return device


def single(*routines):
    """A driver that starts these, and does nothing else."""

    async def DriverEntry(DriverObject, RegistryPath):
        for routine in routines:
            await start(routine)
        return STATUS_SUCCESS

    return DriverEntry


# -- a local event: its function has returned --------------------------------------------------------------------------


@case(STACK)
def a_bare_local_whose_start_routine_has_timed_out(right):
    async def Setter(Done):
        await KeSetEvent(Done, 0, False)  # used

    async def Waiter(_):
        Done = KEVENT()
        await KeInitializeEvent(Done, SynchronizationEvent, False)
        await start(Setter, Done)
        await KeWaitForSingleObject(Done, *(FOR_EVER if right else SHORT))  # ended

    return single(Waiter)


@case(STACK)
def a_bare_local_of_two_whose_start_routine_returns_early(right):
    async def Setter(Done):
        await KeSetEvent(Done, 0, False)  # used

    async def Waiter(_):
        Stop, Done = KEVENT("Stop"), KEVENT("Done")
        await KeInitializeEvent(Stop, NotificationEvent, not right)
        await KeInitializeEvent(Done, NotificationEvent, False)
        await start(Setter, Done)
        if await KeReadStateEvent(Stop):  # ended
            return
        await KeWaitForSingleObject(Done, *FOR_EVER)

    return single(Waiter)


@case(STACK)
def a_bare_local_of_a_thread_that_ends_itself(right):
    async def Reader(Done):
        await KeReadStateEvent(Done)  # used

    async def Waiter(_):
        Done = KEVENT()
        await KeInitializeEvent(Done, SynchronizationEvent, False)
        reader = await start(Reader, Done)
        if right:
            await KeWaitForSingleObject(reader, *FOR_EVER)
        await PsTerminateSystemThread(STATUS_SUCCESS)  # ended

    return single(Waiter)


@case(STACK)
def a_bare_local_of_driver_entry(right):
    async def Setter(Done):
        await KeSetEvent(Done, 0, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        Done = KEVENT()
        await KeInitializeEvent(Done, NotificationEvent, False)
        await start(Setter, Done)
        await KeWaitForSingleObject(Done, *(FOR_EVER if right else SHORT))  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_bare_semaphore_of_driver_entry_that_finds_no_file(right):
    async def Releaser(Done):
        await KeReleaseSemaphore(Done, 0, 1, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        Done = KSEMAPHORE()
        await KeInitializeSemaphore(Done, 0, 1)
        await start(Releaser, Done)
        attributes = OBJECT_ATTRIBUTES()
        InitializeObjectAttributes(attributes, UNICODE_STRING("\\??\\C:\\none"), OBJ_CASE_INSENSITIVE, None, None)
        status = await ZwOpenFile(HANDLE(), DELETE, attributes, IO_STATUS_BLOCK(), 0, 0)  # ended
        if not NT_SUCCESS(status) and not right:
            return STATUS_SUCCESS
        await KeWaitForSingleObject(Done, *FOR_EVER)
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK, stop=True)
def a_bare_local_of_driver_entry_that_its_unload_uses(right):
    known = {}

    async def DriverUnload(DriverObject):
        await KeSetEvent(known["Stop"], 0, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = DriverUnload
        Stop = KEVENT()
        known["Stop"] = KEVENT() if right else Stop
        await KeInitializeEvent(known["Stop"], NotificationEvent, False)  # ended
        return STATUS_SUCCESS

    return DriverEntry


# -- what lies in a StackFrame -----------------------------------------------------------------------------------------


@case(STACK)
def an_event_in_a_frame_whose_function_has_timed_out(right):
    async def Setter(Done):
        await KeSetEvent(Done, 0, False)  # used

    async def asks():
        with StackFrame({"Done": KEVENT}) as frame:
            await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
            await start(Setter, frame.Done)
            await KeWaitForSingleObject(frame.Done, *(FOR_EVER if right else SHORT))  # ended

    async def Waiter(_):
        await asks()
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    return single(Waiter)


@case(STACK)
def an_event_in_a_frame_for_which_a_thread_begins_to_wait(right):
    async def Waits(Go):
        await KeWaitForSingleObject(Go, *FOR_EVER)  # used

    async def Worker(_):
        with StackFrame({"Go": KEVENT}) as frame:
            await KeInitializeEvent(frame.Go, NotificationEvent, True)
            waits = await start(Waits, frame.Go)
            if right:
                await KeWaitForSingleObject(waits, *FOR_EVER)
            await KeReadStateEvent(frame.Go)  # ended

    return single(Worker)


@case(STACK)
def an_event_in_a_frame_that_its_function_leaves_by_an_exception(right):
    async def Setter(Done):
        await KeSetEvent(Done, 0, False)  # used

    async def asks(Shared):
        with StackFrame({"Done": KEVENT, "Room": 8}) as frame:
            await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
            await start(Setter, frame.Done)
            await KeReleaseSemaphore(Shared.Semaphore, 0, 1 if right else 2, False)  # ended
            await KeWaitForSingleObject(frame.Done, *FOR_EVER)

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        with suppress(EXCEPTION_RECORD):
            await asks(device.DeviceExtension)
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def an_event_in_a_frame_whose_thread_ends_itself_there(right):
    async def Setter(Done):
        await KeResetEvent(Done)  # used

    async def Waiter(_):
        with StackFrame({"Done": KEVENT}) as frame:
            await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
            setter = await start(Setter, frame.Done)
            if right:
                await KeWaitForSingleObject(setter, *FOR_EVER)
            await PsTerminateSystemThread(STATUS_SUCCESS)  # ended

    return single(Waiter)


@case(STACK)
def an_event_in_a_frame_that_nobody_leaves(right):
    async def Setter(Done):
        await KePulseEvent(Done, 0, False)  # used

    async def Waiter(_):
        frame = StackFrame({"Done": KEVENT})
        await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
        setter = await start(Setter, frame.Done)
        await KeWaitForSingleObject(setter, *(FOR_EVER if right else SHORT))  # ended

    return single(Waiter)


@case(STACK)
def an_event_in_a_frame_that_another_thread_leaves(right):
    async def Leaves(frame):
        if not right:
            with frame:
                await KeReadStateEvent(frame.Done)  # ended

    async def Waiter(_):
        frame = StackFrame({"Done": KEVENT})
        await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
        leaves = await start(Leaves, frame)
        await KeSetEvent(frame.Done, 0, False)  # used
        await KeWaitForSingleObject(leaves, *FOR_EVER)

    return single(Waiter)


@case(STACK)
def an_event_in_a_frame_that_is_written_over(right):
    async def Setter(known):
        Go, Done = known
        await KeSetEvent(Go, 0, False)
        await KeSetEvent(Done, 0, False)  # used

    async def Waiter(_):
        with StackFrame({"renameInfo": FILE_RENAME_INFORMATION, "Done": KEVENT, "Go": KEVENT, "path": 30}) as frame:
            await KeInitializeEvent(frame.Go, SynchronizationEvent, False)
            await KeInitializeEvent(frame.Done, SynchronizationEvent, False)
            setter = await start(Setter, (frame.Go, frame.Done))
            await KeWaitForSingleObject(frame.Go, *FOR_EVER)
            if right:
                await KeWaitForSingleObject(frame.Done, *FOR_EVER)
            frame.renameInfo.FileName = "C:\\file"  # ended
            await KeWaitForSingleObject(setter, *FOR_EVER)

    return single(Waiter)


@case(STACK)
def a_semaphore_in_a_frame_whose_function_has_timed_out(right):
    async def Releaser(Done):
        await KeReleaseSemaphore(Done, 0, 1, False)  # used

    async def Waiter(_):
        with StackFrame({"hFile": HANDLE, "Done": KSEMAPHORE}) as frame:
            await KeInitializeSemaphore(frame.Done, 0, 1)
            await start(Releaser, frame.Done)
            await KeWaitForSingleObject(frame.Done, *(FOR_EVER if right else SHORT))  # ended
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    return single(Waiter)


@case(STACK)
def a_semaphore_in_a_frame_that_is_read_late(right):
    async def Reader(Done):
        await KeReadStateSemaphore(Done)  # used

    async def Waiter(_):
        with StackFrame({"Done": KSEMAPHORE}) as frame:
            await KeInitializeSemaphore(frame.Done, 1, 1)
            reader = await start(Reader, frame.Done)
            if right:
                await KeWaitForSingleObject(reader, *FOR_EVER)
            await KeReadStateSemaphore(frame.Done)  # ended

    return single(Waiter)


@case(STACK)
def a_semaphore_in_a_frame_of_driver_entry(right):
    async def Waits(Free):
        await KeWaitForSingleObject(Free, *FOR_EVER)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        with StackFrame({"Free": KSEMAPHORE}) as frame:
            await KeInitializeSemaphore(frame.Free, 1, 1)
            waits = await start(Waits, frame.Free)
            await KeWaitForSingleObject(waits, *(FOR_EVER if right else SHORT))  # ended
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_field_of_a_structure_in_a_frame_that_is_written_late(right):
    async def Answers(known):
        Answer, Go = known
        await KeWaitForSingleObject(Go, *FOR_EVER)  # used
        Answer.Count = 1  # used
        await KeSetEvent(Answer.Event, 0, False)  # used

    async def Asks(_):
        with StackFrame({"Answer": EXTENSION, "Go": KEVENT}) as frame:
            await KeInitializeEvent(frame.Answer.Event, SynchronizationEvent, False)
            await KeInitializeEvent(frame.Go, SynchronizationEvent, False)
            await start(Answers, (frame.Answer, frame.Go))
            await KeSetEvent(frame.Go, 0, False)
            await KeWaitForSingleObject(frame.Answer.Event, *(FOR_EVER if right else SHORT))  # ended

    return single(Asks)


@case(STACK)
def an_event_of_a_structure_in_a_frame_that_is_set_late(right):
    async def Answers(Answer):
        await KeSetEvent(Answer.Event, 0, False)  # used

    async def asks():
        with StackFrame({"Answer": EXTENSION}) as frame:
            await KeInitializeEvent(frame.Answer.Event, SynchronizationEvent, False)
            await start(Answers, frame.Answer)
            await KeWaitForSingleObject(frame.Answer.Event, *(FOR_EVER if right else SHORT))  # ended

    async def DriverEntry(DriverObject, RegistryPath):
        await asks()
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_semaphore_of_a_structure_in_a_frame_that_is_initialised_late(right):
    async def Initialises(Answer):
        await KeInitializeSemaphore(Answer.Semaphore, 0, 1)  # used

    async def Asks(_):
        with StackFrame({"Answer": EXTENSION}) as frame:
            initialises = await start(Initialises, frame.Answer)
            await KeWaitForSingleObject(initialises, *(FOR_EVER if right else SHORT))  # ended
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    return single(Asks)


# -- a device ----------------------------------------------------------------------------------------------------------


@case(POOL)
def a_device_deleted_twice_in_a_row(right):
    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        await IoDeleteDevice(device)  # ended
        if not right:
            await IoDeleteDevice(device)  # used
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL, stop=True)
def a_device_deleted_by_an_entry_that_fails_half_way_and_by_its_unload(right):
    known = {}

    async def DriverUnload(DriverObject):
        await IoDeleteDevice(known["device"])  # used

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = DriverUnload
        known["device"] = await create_device(DriverObject)
        if not right:
            await IoDeleteDevice(known["device"])  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_device_without_an_extension_deleted_by_a_thread_and_by_driver_entry(right):
    async def Deletes(device):
        await IoDeleteDevice(device)  # ended

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, 0, None, FILE_DEVICE_UNKNOWN, 0, False, device)
        deletes = await start(Deletes, device)
        await KeWaitForSingleObject(deletes, *FOR_EVER)
        if not right:
            await IoDeleteDevice(device)  # used
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def an_event_of_a_structure_within_a_deleted_extension(right):
    async def Setter(Inner):
        await KeSetEvent(Inner.Event, 0, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(OUTER), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Inner = device.DeviceExtension.Inner
        await KeInitializeEvent(Inner.Event, NotificationEvent, False)
        setter = await start(Setter, Inner)
        if right:
            await KeWaitForSingleObject(setter, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


# -- a variable in an extension: who was told where it lies uses it late -----------------------------------------------


class VARIABLES(Structure):
    Handle: HANDLE
    Pointer: PVOID
    Level: KIRQL
    Interval: LARGE_INTEGER


def late(use):
    """A driver whose thread uses a variable of an extension that is deleted meanwhile."""

    def make(right):
        async def Worker(extension):
            variables = extension.Handle, extension.Pointer, extension.Level, extension.Interval
            await KeReadStateEvent(known["Event"])
            await use(*variables)

        known = {}

        async def DriverEntry(DriverObject, RegistryPath):
            known["Event"], device = KEVENT("Event"), DEVICE_OBJECT()
            await KeInitializeEvent(known["Event"], NotificationEvent, True)
            await IoCreateDevice(DriverObject, sizeof(VARIABLES), None, FILE_DEVICE_UNKNOWN, 0, False, device)
            device.DeviceExtension.Interval.QuadPart = -10
            worker = await start(Worker, device.DeviceExtension)
            if right:
                await KeWaitForSingleObject(worker, *FOR_EVER)
            await IoDeleteDevice(device)  # ended
            return STATUS_SUCCESS

        return DriverEntry

    make.__name__ = use.__name__
    return make, use


async def fills_in_a_handle(Handle, Pointer, Level, Interval):
    await ZwCreateEvent(Handle, EVENT_ALL_ACCESS, None, NotificationEvent, False)  # used


async def closes_a_handle(Handle, Pointer, Level, Interval):
    await ZwClose(Handle)  # used


async def looks_a_handle_up(Handle, Pointer, Level, Interval):
    await ObReferenceObjectByHandle(Handle, SYNCHRONIZE, PsThreadType, KernelMode, PVOID(), None)  # used


async def fills_in_a_pointer(Handle, Pointer, Level, Interval):
    hEvent = HANDLE()
    await ZwCreateEvent(hEvent, EVENT_ALL_ACCESS, None, NotificationEvent, False)
    await ObReferenceObjectByHandle(hEvent, SYNCHRONIZE, ExEventObjectType, KernelMode, Pointer, None)  # used


async def fills_in_an_irql(Handle, Pointer, Level, Interval):
    await KeRaiseIrql(APC_LEVEL, Level)  # used
    await KeLowerIrql(PASSIVE_LEVEL)


async def waits_for_an_interval(Handle, Pointer, Level, Interval):
    await KeDelayExecutionThread(KernelMode, False, Interval)  # used


async def fills_in_a_time(Handle, Pointer, Level, Interval):
    await KeQuerySystemTime(Interval)  # used


LATE = (
    fills_in_a_handle, closes_a_handle, looks_a_handle_up, fills_in_a_pointer, fills_in_an_irql, waits_for_an_interval,
    fills_in_a_time,
)  # fmt: skip


@pytest.mark.parametrize("use", LATE, ids=lambda use: use.__name__)
def test_a_variable_of_a_deleted_extension_is_used_no_more(use):
    make, _ = late(use)
    verdict = ks.explore(make(right=False))
    assert verdict.verdict == "violated"
    bugcheck = verdict.counterexample.bugcheck
    assert bugcheck.code == POOL
    assert bugcheck.line in lines_marked(use, "used")
    assert re.fullmatch(r"VARIABLES\.\w+ is used after IoDeleteDevice freed it \(line \d+\)", bugcheck.reason)
    reads_the_clock = use is fills_in_a_time
    assert ks.explore(make(right=True)).verdict == ("inconclusive" if reads_the_clock else "holds")


def test_a_variable_that_is_assigned_to_a_field_stays_where_it_is():
    async def DriverEntry(DriverObject, RegistryPath):
        hEvent, device = HANDLE(), DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(VARIABLES), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        device.DeviceExtension.Handle = hEvent
        await ZwCreateEvent(device.DeviceExtension.Handle, EVENT_ALL_ACCESS, None, NotificationEvent, False)
        await IoDeleteDevice(device)
        return await ZwClose(hEvent)

    assert ks.run(DriverEntry).status == STATUS_SUCCESS


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("make", [HANDLE, PVOID, KIRQL, LARGE_INTEGER, KEVENT, KSEMAPHORE])
def test_what_routines_fill_in_or_wait_for_is_not_copied(make, copied):
    """A copy would be another object, of which no routine knows."""
    with pytest.raises(ks.Misuse, match="copied"):
        copied(make())


# -- somebody waits in memory that ends --------------------------------------------------------------------------------


@case(POOL)
def a_time_out_of_a_wait_for_an_event_of_a_deleted_device(right):
    async def Waits(Event):
        await KeWaitForSingleObject(Event, *SHORT)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        waits = await start(Waits, device.DeviceExtension.Event)
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_time_out_of_a_wait_for_two_semaphores_one_in_a_deleted_device(right):
    async def Waits(known):
        Free, Semaphore = known
        await KeWaitForMultipleObjects(2, [Free, Semaphore], WaitAny, *SHORT, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device, Free = await create_device(DriverObject), [KSEMAPHORE()]
        await KeInitializeSemaphore(Free[0], 0, 1)
        waits = await start(Waits, (Free[0], device.DeviceExtension.Semaphore))
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_mutex_of_a_deleted_device_that_its_owner_gives_back(right):
    async def Owns(Mutex):
        await KeWaitForSingleObject(Mutex, *FOR_EVER)  # used
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100))
        await KeReleaseMutex(Mutex, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        owns = await start(Owns, device.DeviceExtension.Mutex)
        if right:
            await KeWaitForSingleObject(owns, *FOR_EVER)
        else:
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_time_out_of_a_wait_for_all_that_lie_in_a_frame_that_was_left(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAll, *SHORT, None)  # used

    async def Worker(_):
        with StackFrame({"Here": KEVENT, "There": KEVENT}) as frame:
            await KeInitializeEvent(frame.Here, SynchronizationEvent, False)
            await KeInitializeEvent(frame.There, SynchronizationEvent, False)
            waits = await start(Waits, [frame.Here, frame.There])
            if right:
                await KeWaitForSingleObject(waits, *FOR_EVER)
            await KeReadStateEvent(frame.Here)  # ended
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    return single(Worker)


@case(POOL)
def an_alert_of_a_wait_for_an_event_of_a_deleted_device(right):
    async def Waits(Event):
        await KeWaitForSingleObject(Event, *ALERTABLE)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        waits = await start(Waits, device.DeviceExtension.Event)
        if right:
            await KeAlertThread(waits, KernelMode)
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        await IoDeleteDevice(device)  # ended
        await KeAlertThread(waits, KernelMode)  # used
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def an_alert_of_a_wait_for_a_semaphore_of_a_deleted_device(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAny, *ALERTABLE, None)  # used

    async def Alerts(waits):
        await KeAlertThread(waits, KernelMode)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        Extension = device.DeviceExtension
        waits = await start(Waits, [Extension.Semaphore, Extension.Event])
        if right:
            await KeReleaseSemaphore(Extension.Semaphore, 0, 1, False)
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await KeReadStateEvent(Extension.Event)
        await IoDeleteDevice(device)  # ended
        await start(Alerts, waits)
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def an_alert_of_a_wait_for_an_event_in_a_frame_that_was_left(right):
    async def Waits(Go):
        await KeWaitForSingleObject(Go, *ALERTABLE)  # used

    async def Worker(_):
        with StackFrame({"Go": KEVENT}) as frame:
            await KeInitializeEvent(frame.Go, SynchronizationEvent, False)
            waits = await start(Waits, frame.Go)
            if right:
                await KeAlertThread(waits, KernelMode)
                await KeWaitForSingleObject(waits, *FOR_EVER)
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))  # ended
        await KeAlertThread(waits, KernelMode)  # used

    return single(Worker)


@case(POOL)
def the_other_event_of_a_wait_for_any_one_in_a_deleted_device(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAny, *FOR_EVER, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device, Stop = await create_device(DriverObject), [KEVENT()]
        await KeInitializeEvent(Stop[0], NotificationEvent, False)
        waits = await start(Waits, [device.DeviceExtension.Event, Stop[0]])
        if right:
            await KeSetEvent(Stop[0], 0, False)
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        await IoDeleteDevice(device)  # ended
        await KeSetEvent(Stop[0], 0, False)  # used
        await KeReadStateEvent(Stop[0])
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def the_end_of_a_thread_that_is_waited_for_beside_a_semaphore_of_a_deleted_device(right):
    async def Worker(Go):
        await KeWaitForSingleObject(Go, *FOR_EVER)
        await PsTerminateSystemThread(STATUS_SUCCESS)  # used

    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAny, *FOR_EVER, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device, Go = await create_device(DriverObject), [KEVENT()]
        await KeInitializeEvent(Go[0], NotificationEvent, right)
        worker = await start(Worker, Go[0])
        waits = await start(Waits, [device.DeviceExtension.Semaphore, worker])
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        await IoDeleteDevice(device)  # ended
        await KeSetEvent(Go[0], 0, False)
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_semaphore_that_is_waited_for_beside_an_event_in_a_frame_that_was_left(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAny, *FOR_EVER, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        Free = [KSEMAPHORE()]
        await KeInitializeSemaphore(Free[0], 0, 2)
        with StackFrame({"Go": KEVENT}) as frame:
            await KeInitializeEvent(frame.Go, NotificationEvent, False)
            waits = await start(Waits, [Free[0], frame.Go])
            if right:
                await KeReleaseSemaphore(Free[0], 0, 1, False)
                await KeWaitForSingleObject(waits, *FOR_EVER)
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))  # ended
        await KeReleaseSemaphore(Free[0], 0, 1, False)  # used
        await KeReadStateSemaphore(Free[0])
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_wait_for_all_that_is_woken_and_looks_again_at_a_deleted_device(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAll, *FOR_EVER, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device, Go = await create_device(DriverObject), [KEVENT()]
        await KeInitializeEvent(Go[0], NotificationEvent, False)
        await KeSetEvent(device.DeviceExtension.Event, 0, False)
        waits = await start(Waits, [Go[0], device.DeviceExtension.Event])
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        await KeSetEvent(Go[0], 0, False)
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def a_wait_for_all_that_is_woken_and_looks_again_at_a_frame_that_was_left(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAll, *FOR_EVER, None)  # used

    async def Worker(_):
        with StackFrame({"Free": KSEMAPHORE, "Go": KEVENT}) as frame:
            await KeInitializeSemaphore(frame.Free, 1, 1)
            await KeInitializeEvent(frame.Go, SynchronizationEvent, False)
            waits = await start(Waits, [frame.Free, frame.Go])
            await KeSetEvent(frame.Go, 0, False)  # ended
            if right:
                await KeWaitForSingleObject(waits, *FOR_EVER)

    return single(Worker)


@case(STACK)
def a_wait_for_all_that_is_woken_and_looks_again_at_a_bare_local(right):
    async def Waits(known):
        await KeWaitForMultipleObjects(2, known, WaitAll, *FOR_EVER, None)  # used

    async def Worker(_):
        Here, There = KEVENT(), KEVENT()
        await KeInitializeEvent(Here, NotificationEvent, True)
        await KeInitializeEvent(There, NotificationEvent, False)
        waits = await start(Waits, [Here, There])
        await KeSetEvent(There, 0, False)  # ended
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)

    return single(Worker)


# -- an object is initialised in memory that has ended -----------------------------------------------------------------


@case(POOL)
def an_event_initialised_in_a_deleted_device(right):
    async def Initialises(Event):
        await KeInitializeEvent(Event, NotificationEvent, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        initialises = await start(Initialises, device.DeviceExtension.Event)
        if right:
            await KeWaitForSingleObject(initialises, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_semaphore_initialised_in_a_deleted_device(right):
    async def Initialises(Semaphore):
        await KeInitializeSemaphore(Semaphore, 0, 2)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        initialises = await start(Initialises, device.DeviceExtension.Semaphore)
        if right:
            await KeWaitForSingleObject(initialises, *FOR_EVER)
        await IoDeleteDevice(device)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(STACK)
def an_event_initialised_in_a_frame_that_was_left(right):
    async def Initialises(Event):
        await KeInitializeEvent(Event, NotificationEvent, False)  # used

    async def Worker(_):
        with StackFrame({"Event": KEVENT}) as frame:
            initialises = await start(Initialises, frame.Event)
            await KeWaitForSingleObject(initialises, *(FOR_EVER if right else SHORT))  # ended
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    return single(Worker)


# -- an object that is counted -----------------------------------------------------------------------------------------


@case(POOL)
def a_thread_that_is_waited_for_after_its_last_reference(right):
    async def Ends(_):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))

    async def DriverEntry(DriverObject, RegistryPath):
        Thread = await start(Ends)
        await KeWaitForSingleObject(Thread, *FOR_EVER)
        await ObDereferenceObject(Thread)  # ended
        if not right:
            await KeWaitForSingleObject(Thread, *FOR_EVER)  # used
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def a_named_event_that_is_set_after_its_handle_was_closed(right):
    async def Setter(Event):
        await KeSetEvent(Event, 0, False)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        handle = HANDLE()
        Event = await IoCreateNotificationEvent(UNICODE_STRING("\\BaseNamedObjects\\Ready"), handle)
        setter = await start(Setter, Event)
        if right:
            await KeWaitForSingleObject(setter, *FOR_EVER)
        await ZwClose(handle)  # ended
        return STATUS_SUCCESS

    return DriverEntry


@case(POOL)
def an_event_known_by_a_handle_that_somebody_waits_for_when_its_last_reference_goes(right):
    async def Waits(Event):
        await KeWaitForSingleObject(Event, *SHORT)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        handle, Event = HANDLE(), PVOID()
        await ZwCreateEvent(handle, EVENT_ALL_ACCESS, None, SynchronizationEvent, False)
        await ObReferenceObjectByHandle(handle, SYNCHRONIZE, ExEventObjectType, KernelMode, Event, None)
        waits = await start(Waits, Event.Object)
        if right:
            await KeWaitForSingleObject(waits, *FOR_EVER)
        await ZwClose(handle)
        await ObDereferenceObject(Event)  # ended
        return STATUS_SUCCESS

    return DriverEntry


# -- the driver's image ------------------------------------------------------------------------------------------------


def globals_of_the_image():
    """As a module has them, but made anew by each DriverEntry."""
    return SimpleNamespace(Stop=KEVENT(), Free=KSEMAPHORE())


@case(IMAGE, stop=True)
def a_time_out_of_a_wait_for_a_global_of_an_unloaded_driver(right):
    async def Waits(Stop):
        await KeWaitForSingleObject(Stop, *SHORT)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        async def DriverUnload(DriverObject):
            if right:
                await KeWaitForSingleObject(waits, *FOR_EVER)

        DriverObject.DriverUnload, image = DriverUnload, globals_of_the_image()
        await KeInitializeEvent(image.Stop, NotificationEvent, False)
        waits = await start(Waits, image.Stop)
        return STATUS_SUCCESS

    return DriverEntry


@case(IMAGE, stop=True)
def a_time_out_of_a_wait_for_a_semaphore_of_an_unloaded_driver(right):
    async def Waits(Free):
        await KeWaitForMultipleObjects(1, [Free], WaitAll, *SHORT, None)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        async def DriverUnload(DriverObject):
            if right:
                await KeReleaseSemaphore(image.Free, 0, 1, False)
                await KeWaitForSingleObject(waits, *FOR_EVER)

        DriverObject.DriverUnload, image = DriverUnload, globals_of_the_image()
        await KeInitializeSemaphore(image.Free, 0, 1)
        waits = await start(Waits, image.Free)
        return STATUS_SUCCESS

    return DriverEntry


@case(IMAGE, stop=True)
def a_thread_that_its_driver_has_unloaded_goes_on_after_its_wait(right):
    async def Waits(Event):
        await KeWaitForSingleObject(Event, *SHORT)  # used

    async def DriverEntry(DriverObject, RegistryPath):
        async def DriverUnload(DriverObject):
            if right:
                await KeWaitForSingleObject(waits, *FOR_EVER)

        DriverObject.DriverUnload, handle = DriverUnload, HANDLE()
        Event = await IoCreateNotificationEvent(UNICODE_STRING("\\BaseNamedObjects\\Ready"), handle)
        await KeClearEvent(Event)
        waits = await start(Waits, Event)
        return STATUS_SUCCESS

    return DriverEntry


# -- what is held of all of them ---------------------------------------------------------------------------------------


def how_it_stops(run):
    """Bug check, line, and what is said of where the memory ended."""
    return run.bugcheck.code, run.bugcheck.line, *re.findall(r"\(line (\d+)\)", run.bugcheck.reason)


def how_it_may_stop(name):
    make, code, _ = CASES[name]
    ended = [str(line) for line in lines_marked(make, "ended")]
    return {(code, line, *ended) for line in lines_marked(make, "used")}


def random_runs(driver, stop):
    for seed in range(size(600, 3000)):
        yield ks.run(driver, policy=ks.Random(seed, 1) if seed % 2 else ks.PCT(3, seed), stop=stop)


PAIRS = [name for name in CASES if CASES[name][1] != IMAGE]


@pytest.mark.parametrize("name", PAIRS)
def test_a_run_of_the_wrong_one_stops_at_a_line_that_uses_it_and_tells_where_it_ended(name):
    make, _, stop = CASES[name]
    stopped = next(run for run in random_runs(make(False), stop) if run.bugcheck is not None)
    assert how_it_stops(stopped) in how_it_may_stop(name)


@pytest.mark.parametrize("name", PAIRS)
def test_an_exploration_of_the_wrong_one_finds_each_line_that_uses_it_and_nothing_else(name):
    make, _, stop = CASES[name]
    every = ks.explore(make(False), outcome=lambda run: run.bugcheck and how_it_stops(run), stop=stop)
    assert every.verdict == "violated"
    assert every.outcomes.keys() - {None} == how_it_may_stop(name)
    assert {finding.kind for finding in every.findings} <= {"bugcheck", "deadlock", "data race"}, (
        "who waits in lost memory hangs, and who writes there does so beside its end"
    )
    stopped = [finding.run for finding in every.findings if finding.kind == "bugcheck"]
    assert len(stopped) == len({run.bugcheck.reason.partition(" is used after ")[2] for run in stopped}), "once a cause"


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][1] == IMAGE])
class TestUnloaded:
    """Who times out is found where it waits; where its thread goes on, that is the same bug check."""

    def test_a_run_finds_who_waits(self, name):
        make, _, stop = CASES[name]
        stops = (how_it_stops(run) for run in random_runs(make(False), stop) if run.bugcheck is not None)
        assert next(how for how in stops if how in how_it_may_stop(name))

    def test_an_exploration_finds_who_waits(self, name):
        make, code, stop = CASES[name]
        every = ks.explore(make(False), stop=stop)
        stopped = {how_it_stops(finding.run) for finding in every.findings}
        assert how_it_may_stop(name) <= stopped
        assert {how[0] for how in stopped} == {code}


@pytest.mark.parametrize("name", CASES)
def test_each_order_and_each_run_of_the_right_one_completes(name):
    make, _, stop = CASES[name]
    every = ks.explore(make(True), stop=stop)
    assert (every.verdict, every.findings) == ("holds", ())
    assert {run.verdict for run, _ in zip(random_runs(make(True), stop), range(20), strict=False)} == {"completed"}


def test_a_wait_for_ever_for_a_global_of_an_unloaded_driver_is_a_deadlock_that_says_so():
    async def Waits(Stop):
        await KeWaitForSingleObject(Stop, *FOR_EVER)

    async def DriverUnload(DriverObject):
        pass

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload, image = DriverUnload, globals_of_the_image()
        await KeInitializeEvent(image.Stop, NotificationEvent, False)
        await start(Waits, image.Stop)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10))
        return STATUS_SUCCESS

    run, every = ks.run(DriverEntry, stop=True), ks.explore(DriverEntry, stop=True)
    assert run.verdict == "deadlock"
    told = "a KEVENT (in memory that is gone: its driver was unloaded)"
    assert told in str(run.waiting[0])
    assert any(finding.kind == "deadlock" and told in finding.text for finding in every.findings)


# -- what nobody tells the life of -------------------------------------------------------------------------------------


class Device:
    """A Python object of the driver's own."""

    def __init__(self, kind=None):
        self.Event = kind and kind()


def made_by_a_function():
    return KEVENT()


MODULE_LEVEL = KEVENT()


def by_statement(text):
    """A driver whose DriverEntry makes the event by these words, that a thread then sets."""
    names = {**globals(), "device": Device(), "events": [], "known": {}}
    source = "async def DriverEntry(DriverObject, RegistryPath):\n"
    source += "".join(f"    {line}\n" for line in text.splitlines())
    source += "    await KeInitializeEvent(Event, NotificationEvent, False)\n    await start(sets, Event)\n"
    exec(source + "    return STATUS_SUCCESS\n", names)
    return names["DriverEntry"]


async def sets(Event):
    await KeSetEvent(Event, 0, False)


NOT_LOCAL = {
    "in a list": "events.append(KEVENT())\nEvent = events[-1]",
    "in a list that is written out": "Event, *_ = [KEVENT(), KEVENT()]",
    "in a dictionary": "known['Stop'] = KEVENT()\nEvent = known['Stop']",
    "in an attribute": "device.Stop = KEVENT()\nEvent = device.Stop",
    "in an attribute beside a local": "Done, device.Stop = KEVENT(), KEVENT()\nEvent = device.Stop",
    "in an attribute and a local": "Event = device.Stop = KEVENT()",
    "in an attribute first, and a local": "device.Stop = Event = KEVENT()",
    "made by a function": "Event = made_by_a_function()",
    "made by a comprehension": "Event = [KEVENT() for _ in range(2)][1]",
    "made by a generator": "Event = next(KEVENT() for _ in range(2))",
    "made by map": "Event, _ = map(KEVENT, ('Stop', 'Go'))",
    "one of a list made by map": "made = list(map(KEVENT, ('Stop', 'Go')))\nEvent = made[0]",
    "made by a class": "made = Device(KEVENT)\nEvent = made.Event",
    "of the module": "Event = MODULE_LEVEL",
    "of the module, made now": "global Global\nGlobal = KEVENT()\nEvent = Global",
    "in a structure made by hand": "Shared = EXTENSION()\nEvent = Shared.Event",
    "in two structures made by hand": "Here, There = EXTENSION(), EXTENSION()\nEvent = There.Event",
    "handed on at once": "Event = (lambda given: given)(KEVENT())",
}
LOCAL = {
    "alone": "Event = KEVENT()",
    "with a name": "Event = KEVENT('Done')",
    "annotated": "Event: KEVENT = KEVENT()",
    "the first of two": "Event, Other = KEVENT(), KEVENT()",
    "the second of two": "Other, Event = KEVENT('Other'), KEVENT('Done')",
    "the second of three": "One, Event, Other = KEVENT(), KEVENT(), KEVENT()",
    "beside a handle": "handle, Event = HANDLE(), KEVENT()",
    "that an inner function uses": "Event = KEVENT()\nused = lambda: Event",
    "that an inner function uses, of two": "Event, Other = KEVENT(), KEVENT()\nused = lambda: (Event, Other)",
    "in a loop": "for _ in range(2):\n    Event = KEVENT()",
    "put into a list afterwards": "Event = KEVENT()\nevents.append(Event)",
}


@pytest.mark.parametrize("how", NOT_LOCAL)
def test_an_event_that_may_be_anywhere_outlives_the_function_that_made_it(how):
    every = ks.explore(by_statement(NOT_LOCAL[how]))
    assert (every.verdict, every.findings) == ("holds", ())
    assert ks.run(by_statement(NOT_LOCAL[how])).verdict == "completed"


@pytest.mark.parametrize("how", LOCAL)
def test_a_plain_local_of_driver_entry_ends_with_it(how):
    every = ks.explore(by_statement(LOCAL[how]))
    assert (every.verdict, every.counterexample.bugcheck.code) == ("violated", STACK)


def test_a_local_of_a_function_that_a_start_routine_awaits_is_not_known_to_end():
    """SEMANTICS says so: there a StackFrame tells it."""

    async def makes():
        Done = KEVENT()
        await KeInitializeEvent(Done, SynchronizationEvent, False)
        await start(sets, Done)

    async def Worker(_):
        await makes()

    assert ks.explore(single(Worker)).verdict == "holds"


async def by_module(start):
    E = nt.KEVENT()
    await start(E)


async def by_keyword(start):
    E = KEVENT(name="E")
    await start(E)


async def by_another_name(start):
    name = "E"
    E = KEVENT(name)
    await start(E)


async def by_two_names(start):
    E = F = KEVENT()
    await start(E or F)


async def by_four_at_once(start):
    E, A, B, C = KEVENT(), KEVENT(), nt.KEVENT("B"), KEVENT(name="C")
    await start(E or (A, B, C))


async def beside_a_variable(start):
    E, same = KEVENT(), start
    await same(E)


async def in_a_tuple(start):
    both = (KEVENT(), 1)
    other = 2
    await start(both[0] if other else None)


async def in_a_list(start):
    E = [KEVENT()][0]
    await start(E)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        *((each, True) for each in (by_module, by_keyword, by_another_name, by_two_names, by_four_at_once)),
        *((beside_a_variable, True), (in_a_tuple, False), (in_a_list, False)),
    ],
)
def test_what_a_plain_assignment_makes_a_local_ends_with_its_routine(made, ends):
    async def sets(Done):
        await KeSetEvent(Done, 0, False)

    async def use(Done):
        await KeInitializeEvent(Done, SynchronizationEvent, False)
        await start(sets, Done)
        await KeWaitForSingleObject(Done, *SHORT)

    async def DriverEntry(DriverObject, RegistryPath):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, made, use)
        return STATUS_SUCCESS

    assert ks.explore(DriverEntry).verdict == ("violated" if ends else "holds")


def test_a_driver_deletes_its_devices_one_after_the_other_newest_first():
    made = []

    async def DriverEntry(DriverObject, RegistryPath):
        for _ in range(3):
            made.append(DEVICE_OBJECT())
            await IoCreateDevice(DriverObject, 0, None, FILE_DEVICE_UNKNOWN, 0, False, made[-1])
        assert [DriverObject.DeviceObject, made[2].NextDevice, made[1].NextDevice] == [made[2], made[1], made[0]]
        await IoDeleteDevice(made[1])
        assert [DriverObject.DeviceObject, made[2].NextDevice, made[0].NextDevice] == [made[2], made[0], None]
        while DriverObject.DeviceObject is not None:
            await IoDeleteDevice(DriverObject.DeviceObject)
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).status == STATUS_SUCCESS


class PLAIN(Structure):
    n: ULONG


class HOLDS_PLAIN(Structure):
    P: PLAIN
    m: ULONG


def test_a_structure_that_is_assigned_lies_where_it_was_put_and_a_copy_elsewhere():
    async def DriverEntry(DriverObject, RegistryPath):
        device, given = DEVICE_OBJECT(), PLAIN()
        await IoCreateDevice(DriverObject, sizeof(HOLDS_PLAIN), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        given.n = 1
        device.DeviceExtension.P = given
        within, aside = device.DeviceExtension.P, copy.copy(device.DeviceExtension)
        within.n += 1
        assert (given.n, device.DeviceExtension.P.n) == (1, 2)
        await IoDeleteDevice(device)
        assert aside.P.n == 1
        within.n = 3
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).bugcheck.reason.startswith("PLAIN.n is used after IoDeleteDevice")


def test_who_asks_for_the_run_changes_nothing():
    """A notebook's cell that awaits something is a coroutine, too."""

    async def cell():
        return ks.explore(by_statement(LOCAL["alone"])).verdict

    assert asyncio.run(cell()) == "violated"


# -- what a search costs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_the_end_of_an_event_that_nobody_else_knows_meets_nothing(workers):
    async def Bare(_):
        Done = KEVENT()
        await KeInitializeEvent(Done, SynchronizationEvent, True)
        await KeWaitForSingleObject(Done, *FOR_EVER)

    async def Framed(_):
        for _ in range(3):
            with StackFrame({"Done": KEVENT}) as frame:
                await KeInitializeEvent(frame.Done, SynchronizationEvent, True)
                await KeWaitForSingleObject(frame.Done, *FOR_EVER)

    for routine in Bare, Framed:
        every = ks.explore(single(*[routine] * workers))
        assert (every.verdict, every.explored) == ("holds", 1)


def test_what_was_freed_can_be_looked_at_after_the_run_by_a_cell_and_by_a_question():
    known = {}

    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        known["extension"] = device.DeviceExtension
        device.DeviceExtension.Count = 7
        await IoDeleteDevice(device)
        return STATUS_SUCCESS

    ks.run(DriverEntry)
    assert known["extension"].Count == 7
    assert ks.explore(DriverEntry, check=lambda run: known["extension"].Count == 7).verdict == "holds"


def test_a_frame_is_that_of_one_call():
    async def DriverEntry(DriverObject, RegistryPath):
        frame = StackFrame({"Done": KEVENT})
        for _ in range(2):
            with frame:
                await KeInitializeEvent(frame.Done, NotificationEvent, False)
        return STATUS_SUCCESS

    with pytest.raises(ks.Misuse, match=r"^a StackFrame is that of one call, which has returned; make one where"):
        ks.run(DriverEntry)


@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_nobody_catches_a_bug_check(caught):
    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        await IoDeleteDevice(device)
        with suppress(caught):
            device.DeviceExtension.Count = 1
        return STATUS_SUCCESS

    line = inspect.getsourcelines(DriverEntry)[1] + 4
    run, every = ks.run(DriverEntry), ks.explore(DriverEntry)
    assert (run.bugcheck.code, run.bugcheck.line) == (POOL, line)
    assert (every.verdict, every.counterexample.bugcheck.line) == ("violated", line)


def test_a_device_is_no_variable_for_another():
    async def DriverEntry(DriverObject, RegistryPath):
        device = await create_device(DriverObject)
        await IoDeleteDevice(device)
        for _ in range(2):
            await IoCreateDevice(DriverObject, 0, None, FILE_DEVICE_UNKNOWN, 0, False, device)
        return STATUS_SUCCESS

    with pytest.raises(ks.Misuse, match=r"line \d+: IoCreateDevice: DeviceObject is a device already"):
        ks.run(DriverEntry)

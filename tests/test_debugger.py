"""`ks.dt`: what WinDbg would show, against the course's published dumps.

The event of the article's driver there: Lock 0x00060001, Type 1, Size 6, SignalState 0; its waiter:
`WAIT: (Executive) KernelMode Non-Alertable` under KiSwapContext, KiSwapThread, KiCommitThreadWait,
KeWaitForSingleObject, TestDriver!FileMoveThread, PspSystemThreadStartup, KiStartSystemThread.
"""

import re

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import synchronization_event

SMALL = {"FileCount": 1, "WriteCount": 1}


def fields(dump) -> dict[str, str]:
    """Field -> value as printed."""
    return dict(re.findall(r"^ +\+0x\w+ (\w+) +: (.*)$", str(dump), re.MULTILINE))


def offsets(dump) -> dict[str, int]:
    return {name: int(at, 16) for at, name in re.findall(r"^ +\+0x(\w+) (\w+)", str(dump), re.MULTILINE)}


def call_stack(dump) -> list[str]:
    lines = str(dump).splitlines()
    return [line.partition(" [line")[0] for line in lines[lines.index("Call Site") + 1 :]]


def head(dump) -> str:
    """What the first line says of the thread's state."""
    return str(dump).splitlines()[0].partition("Teb: 0000000000000000 ")[2]


def objects(dump) -> list[str]:
    return [line.strip() for line in str(dump).splitlines() if line.startswith("    ")]


def driven(*start_routines):
    """A DriverEntry that starts a thread for each routine."""

    async def DriverEntry(DriverObject, RegistryPath):
        for StartRoutine in start_routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, None)
        return STATUS_SUCCESS

    return DriverEntry


def made(kind=SynchronizationEvent, state=False, name="E"):
    event = KEVENT(name)
    event.initialise(kind, state)
    return event


def semaphore(count, limit, name="S"):
    made_one = KSEMAPHORE(name)
    made_one.initialise(count, limit)
    return made_one


def mutex(name="M"):
    made_one = KMUTEX(name)
    made_one.initialise()
    return made_one


# -- objects -----------------------------------------------------------------------------------------------------------


def test_a_synchronization_event_has_the_fields_of_the_published_dump():
    shown = fields(ks.dt(made()))
    assert int(shown["Lock"].removeprefix("0n")) == 0x00060001
    assert (shown["Type"], shown["Size"], shown["SignalState"]) == ("0x1 ''", "0x6 ''", "0n0")
    assert shown["LockNV"] == shown["Lock"]


def test_the_lock_is_the_first_four_bytes_of_the_header_in_the_machines_order():
    for shown in made(), made(NotificationEvent, True), semaphore(2, 3), mutex():
        header = shown.Header
        first = bytes([header.Type, header.Signalling, header.Size, header.Reserved1])
        assert int(fields(ks.dt(shown))["Lock"].removeprefix("0n")) == int.from_bytes(first, "little", signed=True)


def test_the_offsets_are_those_of_x64():
    assert offsets(ks.dt(semaphore(0, 1))) == {
        "Header": 0, "Lock": 0, "LockNV": 0, "Type": 0, "Signalling": 1, "Size": 2, "Reserved1": 3, "SignalState": 4,
        "WaitListHead": 8, "Limit": 24,
    }  # fmt: skip
    shown = offsets(ks.dt(mutex()))
    own = {"MutantListEntry": 0x18, "OwnerThread": 0x28, "Abandoned": 0x30, "ApcDisable": 0x31}
    assert {name: shown[name] for name in own} == own


def test_a_notification_event_is_of_type_0():
    shown = fields(ks.dt(made(NotificationEvent, True)))
    assert (shown["Type"], shown["SignalState"]) == ("0 ''", "0n1")


def test_a_semaphore_shows_its_count_its_limit_and_a_size_of_8():
    dump = ks.dt(semaphore(2, 1000))
    shown = fields(dump)
    assert str(dump).startswith("nt!_KSEMAPHORE S\n")
    assert (shown["Type"], shown["Size"], shown["SignalState"], shown["Limit"]) == ("0x5 ''", "0x8 ''", "0n2", "0n1000")


def test_a_mutex_shows_its_owner_and_the_ring_of_those_that_it_owns():
    first, second = mutex("First"), mutex("Second")

    async def Owner(_):
        for each in first, second:
            await KeWaitForMutexObject(each, Executive, KernelMode, False, None)
        await KeWaitForMutexObject(second, Executive, KernelMode, False, None)
        await KeWaitForSingleObject(made(), Executive, KernelMode, False, None)

    async def Waiter(_):
        await KeWaitForMutexObject(second, Executive, KernelMode, False, None)

    run = ks.run(driven(Owner, Waiter), policy=lambda ready: ready[0])
    shown = fields(ks.dt(run, "Second"))
    assert str(ks.dt(run, "Second")).startswith("nt!_KMUTANT Second\n")
    assert (shown["SignalState"], shown["OwnerThread"]) == ("0n-1", "Owner")
    assert shown["MutantListEntry"] == "_LIST_ENTRY [ Owner - First ]"
    assert fields(ks.dt(run, "First"))["MutantListEntry"] == "_LIST_ENTRY [ Second - Owner ]"
    assert objects(ks.dt(run, "Waiter")) == ["Second  Mutant - owning thread Owner"]
    free = fields(ks.dt(mutex()))
    assert (free["SignalState"], free["OwnerThread"], free["ApcDisable"]) == ("0n1", "(null)", "0x1 ''")


@pytest.mark.parametrize("kind", [KEVENT, KSEMAPHORE, KMUTEX])
def test_the_size_is_that_of_the_structure_in_words_of_32_bits(kind):
    class HOLDER(Structure):
        Object: kind

    shown = {KEVENT: made(), KSEMAPHORE: semaphore(0, 1), KMUTEX: mutex()}[kind]
    assert 4 * shown.Header.Size == sizeof(HOLDER)


def test_the_wait_list_names_its_first_and_its_last_waiter():
    event = made()

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    run = ks.run(driven(Waiter, Waiter, Waiter))
    assert fields(ks.dt(run, "E"))["WaitListHead"] == "_LIST_ENTRY [ Waiter - Waiter #3 ]"
    assert "points to itself" in fields(ks.dt(made()))["WaitListHead"]


def test_memory_that_was_never_initialised_is_all_zeros():
    shown = fields(ks.dt(KEVENT()))
    assert (shown["Lock"], shown["WaitListHead"]) == ("0n0", "_LIST_ENTRY [ NULL - NULL ]")


# -- threads -----------------------------------------------------------------------------------------------------------


def test_the_articles_waiter_looks_as_in_the_published_dump():
    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(synchronization_event.SYNC_RESOURCES), None, 0, 0, False, device)
        await KeInitializeEvent(device.DeviceExtension.FileCreationEvent, SynchronizationEvent, False)
        move = synchronization_event.FileMoveThread
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, move, device.DeviceExtension)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    dump = ks.dt(run, "FileMoveThread")
    assert head(dump) == "WAIT: (Executive) KernelMode Non-Alertable"
    assert objects(dump) == ["FileCreationEvent  SynchronizationEvent"]
    assert call_stack(dump) == [
        "nt!KiSwapContext", "nt!KiSwapThread", "nt!KiCommitThreadWait", "nt!KeWaitForSingleObject",
        "driver!FileMoveThread", "nt!PspSystemThreadStartup", "nt!KiStartSystemThread",
    ]  # fmt: skip
    assert f"driver!FileMoveThread [line {run.waiting[0].line}]" in str(dump)
    assert "Win32 Start Address       driver!FileMoveThread" in str(dump)
    assert "Priority 8  BasePriority 8  " in str(dump)
    assert int(fields(ks.dt(run, "FileCreationEvent"))["Lock"].removeprefix("0n")) == 0x00060001


def test_the_lines_of_a_thread_stand_in_the_order_of_the_debugger():
    event = made()

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    text = str(ks.dt(ks.run(driven(Waiter)), "Waiter"))
    order = [
        "THREAD Waiter  Cid 0004.", "E  SynchronizationEvent", "Not impersonating", "Owning Process", "Wait Start",
        "Win32 Start", "Priority", "Call Site",
    ]  # fmt: skip
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_every_client_id_is_of_the_system_process_and_its_own():
    event = made()

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    run = ks.run(driven(Waiter, Waiter))
    ids = [re.search(r"Cid (\w+)\.(\w+) ", str(ks.dt(run, name))).groups() for name in run.threads]
    assert {process for process, _ in ids} == {"0004"}
    numbers = [int(thread, 16) for _, thread in ids]
    assert len({4, *numbers}) == 4, "threads and processes are numbered from one table"
    assert all(number % 4 == 0 for number in numbers)


def test_a_wait_for_several_objects_shows_each_of_them_with_its_kind():
    event, other, count = made(), made(NotificationEvent, name="Stop"), semaphore(0, 16)

    async def Waiter(_):
        objects = [event, count, other]
        await KeWaitForMultipleObjects(3, objects, WaitAny, UserRequest, UserMode, True, LARGE_INTEGER(-100), None)

    def stops_before_the_time_out(ready):
        return ready[0]

    dump = ks.dt(ks.run(driven(Waiter), policy=stops_before_the_time_out, max_steps=3), "Waiter")
    assert head(dump) == "WAIT: (UserRequest) UserMode Alertable"
    assert objects(dump) == ["E  SynchronizationEvent", "S  Semaphore Limit 0x10", "Stop  NotificationEvent"]
    assert call_stack(dump)[3] == "nt!KeWaitForMultipleObjects"


def test_a_wait_for_a_threads_end_names_the_thread():
    event = made()

    async def Works(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def DriverEntry(DriverObject, RegistryPath):
        hThread, Thread = HANDLE(), PVOID()
        await PsCreateSystemThread(hThread, 0, None, None, None, Works, None)
        await ObReferenceObjectByHandle(hThread, SYNCHRONIZE, PsThreadType, KernelMode, Thread, None)
        await KeWaitForSingleObject(Thread, Executive, KernelMode, False, None)
        return STATUS_SUCCESS

    assert objects(ks.dt(ks.run(DriverEntry), "System")) == ["Works  Thread"]


def test_a_delay_is_a_wait_for_no_object():
    async def Sleeps(_):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))

    dump = ks.dt(ks.run(driven(Sleeps), max_steps=3), "Sleeps")
    assert (head(dump), objects(dump)) == ("WAIT: (DelayExecution) KernelMode Non-Alertable", [])
    assert call_stack(dump)[3] == "nt!KeDelayExecutionThread"


def test_when_a_wait_began_is_told_in_ticks_of_the_clock():
    async def Sleeps(_):
        for _ in range(2):
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10 * 156_250))

    run = ks.run(driven(Sleeps), max_steps=6)
    assert head(ks.dt(run, "Sleeps")).startswith("WAIT")
    assert "Wait Start TickCount      10\n" in str(ks.dt(run, "Sleeps"))


def test_a_wait_in_a_helper_shows_the_helper_above_the_start_routine():
    event = made()

    async def helper():
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def Waiter(_):
        await helper()

    assert call_stack(ks.dt(ks.run(driven(Waiter)), "Waiter"))[3:] == [
        "nt!KeWaitForSingleObject", "driver!helper", "driver!Waiter", "nt!PspSystemThreadStartup",
        "nt!KiStartSystemThread",
    ]  # fmt: skip


def test_a_thread_that_was_released_is_ready_in_its_wait_and_one_that_was_not_in_the_driver():
    event = made()

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def Setter(_):
        await KeSetEvent(event, IO_NO_INCREMENT, False)
        await KeReadStateEvent(event)

    run = ks.run(driven(Waiter, Setter), policy=lambda ready: ready[0], max_steps=5)
    released, setter = ks.dt(run, "Waiter"), ks.dt(run, "Setter")
    assert (head(released), head(setter)) == ("READY", "READY")
    assert call_stack(released)[:5] == [
        "nt!KiSwapContext", "nt!KiSwapThread", "nt!KiCommitThreadWait", "nt!KeWaitForSingleObject", "driver!Waiter",
    ]  # fmt: skip
    assert call_stack(setter)[0] == "driver!Setter"


def test_a_thread_that_has_ended_has_no_call_stack():
    async def Ends(_):
        pass

    dump = ks.dt(ks.run(driven(Ends)), "Ends")
    assert head(dump) == "TERMINATED"
    assert "Call Site" not in str(dump)


def test_the_thread_that_loads_drivers_is_a_system_worker_thread_and_does_not_end():
    dump = str(ks.dt(ks.run(synchronization_event, **SMALL), "System"))
    assert "TERMINATED" not in dump
    assert "Win32 Start Address       nt!ExpWorkerThread" in dump


def test_a_thread_that_asks_for_itself_runs():
    seen = []

    async def Asks(_):
        seen.append(ks.dt(await KeGetCurrentThread()))

    ks.run(driven(Asks))
    assert head(seen[0]) == "RUNNING"


def test_the_thread_in_which_the_machine_stopped_runs():
    count = semaphore(0, 1)

    async def ReleasesTooMuch(_):
        await KeReleaseSemaphore(count, IO_NO_INCREMENT, 2, False)

    async def Waits(_):
        await KeWaitForSingleObject(count, Executive, KernelMode, False, None)

    run = ks.run(driven(Waits, ReleasesTooMuch), policy=ks.Windows())
    assert run.bugcheck.code == 0x7E
    dump = ks.dt(run, "ReleasesTooMuch")
    assert re.fullmatch(r"RUNNING on processor \d", head(dump))
    assert call_stack(dump)[:3] == ["nt!KeBugCheckEx", "nt!KeReleaseSemaphore", "driver!ReleasesTooMuch"]
    assert f"[line {run.bugcheck.line}]" in str(dump)
    assert head(ks.dt(run, "Waits")).startswith(("WAIT", "READY"))


def test_a_machine_that_stopped_in_the_drivers_own_code_stopped_in_no_routine():
    class RESOURCES(Structure):
        Count: ULONG

    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(RESOURCES), None, 0, 0, False, device)
        await IoDeleteDevice(device)
        device.DeviceExtension.Count = 1
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert run.bugcheck.code == 0xD5
    assert call_stack(ks.dt(run, "System"))[:2] == ["nt!KeBugCheckEx", "driver!DriverEntry"]
    assert f"driver!DriverEntry [line {run.bugcheck.line}]" in str(ks.dt(run, "System"))


def test_a_thread_of_an_unloaded_driver_stands_in_no_code():
    event = made()

    async def Waiter(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def DriverUnload(DriverObject):
        pass

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = DriverUnload
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Waiter, None)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100))
        return STATUS_SUCCESS

    run = ks.run(DriverEntry, stop=True)
    assert call_stack(ks.dt(run, "Waiter"))[3:5] == ["nt!KeWaitForSingleObject", "<Unloaded_driver.sys>"]


# -- what is asked for -------------------------------------------------------------------------------------------------


def test_an_unknown_name_is_answered_with_those_that_there_are():
    run = ks.run(synchronization_event, **SMALL)
    with pytest.raises(ValueError, match="no 'Event'; it has: FileCreationEvent, System, FileCreationThread"):
        ks.dt(run, "Event")
    with pytest.raises(ValueError, match="no ''"):
        ks.dt(run)


@pytest.mark.parametrize("shown", [None, 7, "FileMoveThread", KEVENT, HANDLE()])
def test_what_has_no_dump_is_refused_with_what_to_type(shown):
    with pytest.raises(TypeError, match=re.escape("ks.dt(run, 'name')")):
        ks.dt(shown)


def test_a_name_goes_with_a_run_only():
    with pytest.raises(TypeError, match="with a run only"):
        ks.dt(made(), "E")


def test_a_dump_prints_itself_and_is_the_same_for_the_same_run():
    first, second = (ks.run(synchronization_event, ks.Random(seed=3), **SMALL) for _ in range(2))
    for name in [*first.threads, "FileCreationEvent"]:
        assert repr(ks.dt(first, name)) == str(ks.dt(second, name))


# -- a published kernel dump -------------------------------------------------------------------------------------------


def test_two_threads_that_wait_for_what_nobody_sets_look_as_in_the_published_dump():
    """InsightEngineering, "Event Structure" (Windows 22621): the mover began to wait before the creator did."""
    event = KEVENT("FileCreationEvent")

    async def waits(Context):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def FileMoveThread(Context):
        await waits(Context)

    async def FileCreationThread(Context):
        await KeGetCurrentIrql()
        await waits(Context)

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, SynchronizationEvent, False)
        for routine in (FileCreationThread, FileMoveThread):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    shown = fields(ks.dt(run, "FileCreationEvent"))
    assert run.verdict == "deadlock"
    assert [int(shown[name].split()[0].removeprefix("0n"), 0) for name in ("Lock", "Type", "Size", "SignalState")] == [
        0x00060001, 1, 6, 0,
    ]  # fmt: skip
    assert re.findall(r"File\w+Thread", shown["WaitListHead"]) == ["FileMoveThread", "FileCreationThread"]
    for name in ("FileMoveThread", "FileCreationThread"):
        assert head(ks.dt(run, name)).startswith("WAIT: (Executive) KernelMode Non-Alertable")

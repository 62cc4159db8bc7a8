"""What a search says it has found: first what would be seen, each cause once."""

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *


class SHARED(Structure):
    Work: KEVENT
    Done: KEVENT
    Stop: KEVENT
    Thread: PVOID
    Count: ULONG
    Full: BOOLEAN


def driver(threads, unload=None, fails=False):
    """A driver of these threads, which all know one extension; `fails`: its DriverEntry does, in the end."""

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = unload
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        for event in (Shared.Work, Shared.Done, Shared.Stop):
            await KeInitializeEvent(event, NotificationEvent, False)
        for thread in threads:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, thread, Shared)
        if fails:
            await IoDeleteDevice(device)
        return STATUS_INSUFFICIENT_RESOURCES if fails else STATUS_SUCCESS

    return DriverEntry


async def waits_on(Event):
    return await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)


async def UsesAll(Shared):
    await KeReadStateEvent(Shared.Work)
    await KeSetEvent(Shared.Done, 0, False)
    Shared.Count += 1
    await KeReadStateEvent(Shared.Stop)


async def UsesOne(Shared):
    for _ in range(4):
        await KeSetEvent(Shared.Done, 0, False)


async def UsesFields(Shared):
    await KeReadStateEvent(Shared.Work)
    Shared.Count = 1
    await KeReadStateEvent(Shared.Work)
    Shared.Full = True
    await KeReadStateEvent(Shared.Work)


async def deletes_the_device(DriverObject):
    await IoDeleteDevice(DriverObject.DeviceObject)


class TestOneCauseOnce:
    """Memory that goes too early is one mistake, however many lines use it; so is code that is unmapped."""

    @pytest.mark.parametrize("thread", [UsesAll, UsesOne, UsesFields])
    def test_a_device_that_is_deleted_before_its_threads_end(self, thread):
        every = ks.explore(driver([thread], deletes_the_device), stop=True)
        codes = [finding.run.bugcheck.code for finding in every.findings if finding.kind == "bugcheck"]
        assert (every.verdict, sorted(codes)) == ("violated", [0xCE, 0xD5])
        assert {finding.kind for finding in every.findings} <= {"bugcheck", "data race"}

    @pytest.mark.parametrize("threads", [[UsesAll], [UsesAll, UsesOne], [UsesFields, UsesFields]])
    def test_a_driver_entry_that_fails_while_its_threads_run_on(self, threads):
        every = ks.explore(driver(threads, fails=True), budget=300)
        wrong = [finding for finding in every.findings if finding.kind == "bugcheck"]
        assert every.verdict == "violated"
        assert sorted(finding.run.bugcheck.code for finding in wrong) == [0xCE, 0xD5]
        assert all("line 0" not in finding.text for finding in wrong if finding.run.bugcheck.code == 0xD5)

    @pytest.mark.parametrize("threads", [1, 2, 3])
    def test_threads_that_hang_in_one_line(self, threads):
        async def Hangs(Shared):
            await waits_on(Shared.Done)

        every = ks.explore(driver([Hangs] * threads))
        assert [finding.kind for finding in every.findings] == ["deadlock"]

    def test_two_mistakes_are_two(self):
        async def Hangs(Shared):
            await waits_on(Shared.Done if await KeReadStateEvent(Shared.Work) else Shared.Stop)

        async def Sets(Shared):
            await KeSetEvent(Shared.Work, 0, False)

        every = ks.explore(driver([Hangs, Sets]))
        assert sorted(finding.text.partition(" (line")[0] for finding in every.findings) == [
            "Hangs waits for Done", "Hangs waits for Stop",
        ]  # fmt: skip


def lost_wakeup(clears_last):
    """A consumer that clears its event when it has found nothing: after it has looked, or before."""

    async def Consumes(Shared):
        for _ in range(2):
            if clears_last:
                full = Shared.Full
                await KeClearEvent(Shared.Work)
            else:
                await KeClearEvent(Shared.Work)
                full = Shared.Full
            if full:
                return
            await waits_on(Shared.Work)

    async def Produces(Shared):
        Shared.Full = True
        await KeSetEvent(Shared.Work, 0, False)

    return driver([Consumes, Produces])


class TestWhatWouldBeSeenComesFirst:
    """A hang and a bug check come before what merely denies a proof."""

    def test_a_lost_signal_hangs_whatever_else_is_said_of_the_flag(self):
        every = ks.explore(lost_wakeup(clears_last=True))
        assert "data race" in {finding.kind for finding in every.findings}
        assert every.findings[0].kind == "deadlock"
        assert every.reason.startswith("Consumes waits for Work")
        assert str(every).splitlines()[0].endswith(every.reason)

    def test_without_the_hang_the_race_on_the_flag_is_the_reason(self):
        every = ks.explore(lost_wakeup(clears_last=False))
        assert (every.verdict, every.findings[0].kind) == ("inconclusive", "data race")

    @pytest.mark.parametrize("fields", [3, 6, 9])
    def test_the_hang_is_not_hidden_behind_many_races(self, fields):
        class MANY(Structure):
            Go: KEVENT

        MANY.__annotations__.update({f"Field{number}": int for number in range(fields)})
        MANY.__init_subclass__.__func__(MANY)

        async def Writes(Shared):
            await KeReadStateEvent(Shared.Go)
            for number in range(fields):
                setattr(Shared, f"Field{number}", 1)

        async def WritesAndHangs(Shared):
            for number in range(fields):
                setattr(Shared, f"Field{number}", 2)
            await waits_on(Shared.Go)

        async def DriverEntry(DriverObject, RegistryPath):
            Shared = MANY()
            await KeInitializeEvent(Shared.Go, NotificationEvent, False)
            for routine in (Writes, WritesAndHangs):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, Shared)
            return STATUS_SUCCESS

        every = ks.explore(DriverEntry)
        races = [finding for finding in every.findings if finding.kind == "data race"]
        assert len(races) == fields
        assert every.findings[0].kind == "deadlock"
        shown = str(every).splitlines()
        assert shown[2].startswith("  deadlock: WritesAndHangs waits for Go")
        if fields > 4:
            assert f"  ... and {fields - 4} more: data race ({fields - 4})" in shown

    def test_the_reason_is_that_of_the_counterexample(self):
        every = ks.explore(driver([UsesAll], deletes_the_device), stop=True)
        assert str(every.counterexample.bugcheck) in every.reason


class TestAForgottenWait:
    """After Wait = TRUE nothing but the wait may come; who forgets it is told which call announced it."""

    @pytest.mark.parametrize(
        ("name", "announce"),
        [
            ("KeSetEvent", lambda Shared: KeSetEvent(Shared.Done, 0, True)),
            ("KePulseEvent", lambda Shared: KePulseEvent(Shared.Done, 0, True)),
            ("KeSetEvent", lambda Shared: KeSetEvent(Shared.Work, 1, True)),
        ],
    )
    @pytest.mark.parametrize("explored", [False, True])
    def test_by_driver_entry_by_a_thread_and_by_another_call(self, name, announce, explored):
        async def Ends(Shared):
            await announce(Shared)

        async def GoesOn(Shared):
            await announce(Shared)
            await ZwClose(HANDLE())

        def first(start):
            async def DriverEntry(DriverObject, RegistryPath):
                Shared = SHARED()
                for event in (Shared.Work, Shared.Done):
                    await KeInitializeEvent(event, NotificationEvent, False)
                await start(Shared)
                return STATUS_SUCCESS

            return DriverEntry

        line = announce.__code__.co_firstlineno
        for entry in (first(announce), driver([Ends]), driver([GoesOn])):
            run = ks.explore(entry).counterexample if explored else ks.run(entry)
            assert f"{name} with Wait = TRUE (line {line}) announced a wait that has not come" in run.bugcheck.reason
        assert ks.run(first(announce)).bugcheck.line == line


def test_threads_that_hang_each_for_itself_are_told_once_each():
    async def Waiter(Event):
        await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)

    async def Pulser(Event):
        await KePulseEvent(Event, IO_NO_INCREMENT, False)

    events = [KEVENT(f"E{number}") for number in range(3)]

    async def DriverEntry(DriverObject, RegistryPath):
        for event in events:
            await KeInitializeEvent(event, NotificationEvent, False)
            for routine in (Waiter, Pulser):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, event)
        return STATUS_SUCCESS

    every = ks.explore(DriverEntry)
    assert {finding.kind for finding in every.findings} == {"deadlock"}
    assert len(every.findings) <= 3
    assert {waiting.object for finding in every.findings for waiting in finding.run.waiting} == {"E0", "E1", "E2"}


def test_a_question_that_reads_a_structure_past_its_state_is_refused():
    class SHARED(Structure):
        n: ULONG

    shared = SHARED()

    async def DriverEntry(DriverObject, RegistryPath):
        shared.n = 1
        await KeGetCurrentIrql()
        return STATUS_SUCCESS

    with pytest.raises(TypeError, match=r'type:  state.value\("SHARED", "n"\)'):
        ks.explore(DriverEntry, check=ks.always(lambda state: shared.n < 2))

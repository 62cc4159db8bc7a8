"""IRQL: which routine may be called where, what stops the machine, and who runs while the IRQL is raised.

The table is written from Microsoft's pages on the routines, on the DDI compliance rules and on bug check 0xC4, not from
the code that it tests.
"""

import re

import pytest
from manuals import ROUTINES
from vectors import CALLS, ids

import kevent_sim as ks
from kevent_sim import ntifs
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.ntifs import *
from kevent_sim.runs.windows import QUANTUM

DIRQL = 3
LEVELS = (PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, DIRQL, HIGH_LEVEL)
# The first parameter of bug check 0xC4 for each rule.
CODES = {
    "IrqlExApcLte1": 0x20005,
    "IrqlIoApcLte": 0x20009,
    "IrqlIoPassive1": 0x2000A,
    "IrqlKeApcLte1": 0x2000F,
    "IrqlKeDispatchLte": 0x20011,
    "IrqlKeSetEvent": 0x20016,
    "IrqlObPassive": 0x2001B,
    "IrqlPsPassive": 0x2001C,
    "IrqlZwPassive": 0x2001F,
    "IrqlIoRtlZwPassive": 0x20023,
    "IrqlNtifsApcPassive": 0x20024,
}
NO_RULE, NO_RULE_ZW = 0xE5, 0xE6  # the verifier's tests where no rule names the routine
FOR_EVER = (0x121, 0x120)  # at DISPATCH_LEVEL, above
FOR_A_TIME = (0x122, 0x120)


class COUNTER(Structure):
    Count: ULONG


class Things:
    """What the calls need, made at PASSIVE_LEVEL."""

    def __init__(self):
        self.event, self.semaphore, self.mutex = KEVENT("Event"), KSEMAPHORE("Semaphore"), KMUTEX("Mutex")
        self.lock, self.counter = FAST_MUTEX("Lock"), COUNTER()
        self.device, self.driver = DEVICE_OBJECT(), DRIVER_OBJECT()
        self.file, self.handle, self.reference, self.thread = HANDLE(), HANDLE(), PVOID(), None
        self.attributes, self.io = OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()

    async def make(self):
        await KeInitializeEvent(self.event, NotificationEvent, True)
        await KeInitializeSemaphore(self.semaphore, 1, 9)
        await KeInitializeMutex(self.mutex, 0)
        await ExInitializeFastMutex(self.lock)
        name = UNICODE_STRING("\\??\\C:\\Temp\\file")
        InitializeObjectAttributes(self.attributes, name, OBJ_CASE_INSENSITIVE, None, None)
        assert NT_SUCCESS(await create(self, self.file))
        await ZwCreateEvent(self.handle, EVENT_ALL_ACCESS, None, NotificationEvent, True)
        await refer(self, self.reference)
        await IoCreateDevice(self.driver, 0, None, FILE_DEVICE_UNKNOWN, 0, False, self.device)
        self.thread = await KeGetCurrentThread()
        return self


async def nothing(Context):
    pass


async def initialise_event(at):
    await KeInitializeEvent(KEVENT(), NotificationEvent, True)


async def set_and_wait(at):
    await KeSetEvent(at.event, IO_NO_INCREMENT, True)
    await poll(at)


async def release_and_wait(at):
    await KeReleaseSemaphore(at.semaphore, IO_NO_INCREMENT, 1, True)
    await poll(at)


async def take_and_release(at):
    """It has to be taken and given back on the same side of DISPATCH_LEVEL, above which nobody takes it."""
    if at.thread.Irql <= DISPATCH_LEVEL:
        await KeWaitForMutexObject(at.mutex, Executive, KernelMode, False, LARGE_INTEGER(0))
    await KeReleaseMutex(at.mutex, False)


async def acquire_and_release(at):
    await ExAcquireFastMutex(at.lock)
    await ExReleaseFastMutex(at.lock)


async def try_and_release(at):
    await ExTryToAcquireFastMutex(at.lock)
    await ExReleaseFastMutex(at.lock)


async def release(at):
    """Who owns it is at APC_LEVEL."""
    if at.thread.Irql <= APC_LEVEL:
        await ExAcquireFastMutex(at.lock)
    await ExReleaseFastMutex(at.lock)


def wait(at, Timeout):
    return KeWaitForSingleObject(at.event, Executive, KernelMode, False, Timeout)


def wait_for_any(at, Timeout):
    return KeWaitForMultipleObjects(1, [at.event], WaitAny, Executive, KernelMode, False, Timeout, None)


def poll(at):
    return wait(at, LARGE_INTEGER(0))


def create(at, handle):
    return ZwCreateFile(
        handle, FILE_ALL_ACCESS, at.attributes, at.io, None, FILE_ATTRIBUTE_NORMAL, 7, FILE_OPEN_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
    )  # fmt: skip


def refer(at, pointer):
    return ObReferenceObjectByHandle(at.handle, SYNCHRONIZE, ExEventObjectType, KernelMode, pointer, None)


def delete(at):
    return ZwSetInformationFile(at.file, at.io, FILE_DISPOSITION_INFORMATION(True), 1, FileDispositionInformation)


def query(at):
    return ZwQueryInformationFile(at.file, at.io, FILE_STANDARD_INFORMATION(), 24, FileStandardInformation)


def create_thread(at):
    return PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, nothing, None)


def create_io_thread(at):
    return IoCreateSystemThread(at.driver, HANDLE(), THREAD_ALL_ACCESS, None, None, None, nothing, None)


def create_device(at):
    return IoCreateDevice(DRIVER_OBJECT(), 0, None, FILE_DEVICE_UNKNOWN, 0, False, DEVICE_OBJECT())


NAME = UNICODE_STRING("\\BaseNamedObjects\\Ready")
SOON = LARGE_INTEGER(-1)

# Routine and condition: the highest IRQL, what is violated above it, a call (None: only the System thread makes it).
TABLE = {
    "KeInitializeEvent": (HIGH_LEVEL, 0, initialise_event),
    "KeSetEvent Wait=FALSE": (DISPATCH_LEVEL, "IrqlKeSetEvent", lambda at: KeSetEvent(at.event, 0, False)),
    "KeSetEvent Wait=TRUE": (APC_LEVEL, "IrqlKeSetEvent", set_and_wait),
    "KeResetEvent": (DISPATCH_LEVEL, "IrqlKeDispatchLte", lambda at: KeResetEvent(at.event)),
    "KeClearEvent": (DISPATCH_LEVEL, "IrqlKeDispatchLte", lambda at: KeClearEvent(at.event)),
    "KeReadStateEvent": (DISPATCH_LEVEL, "IrqlKeDispatchLte", lambda at: KeReadStateEvent(at.event)),
    "KePulseEvent": (DISPATCH_LEVEL, "IrqlKeDispatchLte", lambda at: KePulseEvent(at.event, 0, False)),
    "KeWaitForSingleObject *Timeout=0": (DISPATCH_LEVEL, 0x120, poll),
    "KeWaitForSingleObject Timeout=NULL": (APC_LEVEL, FOR_EVER, lambda at: wait(at, None)),
    "KeWaitForSingleObject Timeout!=0": (APC_LEVEL, FOR_A_TIME, lambda at: wait(at, SOON)),
    "KeWaitForMultipleObjects *Timeout=0": (DISPATCH_LEVEL, 0x120, lambda at: wait_for_any(at, LARGE_INTEGER(0))),
    "KeWaitForMultipleObjects Timeout=NULL": (APC_LEVEL, FOR_EVER, lambda at: wait_for_any(at, None)),
    "KeWaitForMultipleObjects Timeout!=0": (APC_LEVEL, FOR_A_TIME, lambda at: wait_for_any(at, SOON)),
    "KeDelayExecutionThread": (
        APC_LEVEL, "IrqlKeApcLte1", lambda at: KeDelayExecutionThread(KernelMode, False, SOON),
    ),
    "KeInitializeSemaphore": (PASSIVE_LEVEL, NO_RULE, lambda at: KeInitializeSemaphore(KSEMAPHORE(), 0, 1)),
    "KeReleaseSemaphore Wait=FALSE": (
        DISPATCH_LEVEL, NO_RULE, lambda at: KeReleaseSemaphore(at.semaphore, 0, 1, False),
    ),
    "KeReleaseSemaphore Wait=TRUE": (PASSIVE_LEVEL, NO_RULE, release_and_wait),
    "KeReadStateSemaphore": (HIGH_LEVEL, 0, lambda at: KeReadStateSemaphore(at.semaphore)),
    "KeInitializeMutex": (HIGH_LEVEL, 0, lambda at: KeInitializeMutex(KMUTEX(), 0)),
    "KeReleaseMutex Wait=FALSE": (DISPATCH_LEVEL, "IrqlKeDispatchLte", take_and_release),
    "KeReadStateMutex": (DISPATCH_LEVEL, "IrqlKeDispatchLte", lambda at: KeReadStateMutex(at.mutex)),
    "ExInitializeFastMutex": (DISPATCH_LEVEL, NO_RULE, lambda at: ExInitializeFastMutex(FAST_MUTEX())),
    "ExAcquireFastMutex": (APC_LEVEL, "IrqlExApcLte1", acquire_and_release),
    "ExTryToAcquireFastMutex": (APC_LEVEL, "IrqlExApcLte1", try_and_release),
    "ExReleaseFastMutex": (APC_LEVEL, NO_RULE, release),
    "InterlockedIncrement": (HIGH_LEVEL, 0, lambda at: InterlockedIncrement(at.counter, "Count")),
    "InterlockedDecrement": (HIGH_LEVEL, 0, lambda at: InterlockedDecrement(at.counter, "Count")),
    "InterlockedExchange": (HIGH_LEVEL, 0, lambda at: InterlockedExchange(at.counter, "Count", 1)),
    "InterlockedExchangeAdd": (HIGH_LEVEL, 0, lambda at: InterlockedExchangeAdd(at.counter, "Count", 1)),
    "InterlockedCompareExchange": (HIGH_LEVEL, 0, lambda at: InterlockedCompareExchange(at.counter, "Count", 1, 0)),
    "KeStallExecutionProcessor": (HIGH_LEVEL, 0, lambda at: KeStallExecutionProcessor(1)),
    "IoCreateSystemThread": (PASSIVE_LEVEL, NO_RULE, create_io_thread),
    "KeAlertThread": (DISPATCH_LEVEL, NO_RULE, lambda at: KeAlertThread(at.thread, KernelMode)),
    "KeRaiseIrql": (HIGH_LEVEL, 0, lambda at: KeRaiseIrql(at.thread.Irql, KIRQL())),
    "KeLowerIrql": (HIGH_LEVEL, 0, lambda at: KeLowerIrql(at.thread.Irql)),
    "KeGetCurrentIrql": (HIGH_LEVEL, 0, lambda at: KeGetCurrentIrql()),
    "KeGetCurrentThread": (HIGH_LEVEL, 0, lambda at: KeGetCurrentThread()),
    "KeQuerySystemTime": (HIGH_LEVEL, 0, lambda at: KeQuerySystemTime(LARGE_INTEGER())),
    "KeSetPriorityThread": (PASSIVE_LEVEL, NO_RULE, lambda at: KeSetPriorityThread(at.thread, 9)),
    "PsCreateSystemThread": (PASSIVE_LEVEL, "IrqlPsPassive", create_thread),
    "PsTerminateSystemThread": (PASSIVE_LEVEL, "IrqlPsPassive", lambda at: PsTerminateSystemThread(STATUS_SUCCESS)),
    "ObReferenceObjectByHandle": (PASSIVE_LEVEL, "IrqlObPassive", lambda at: refer(at, PVOID())),
    "ObDereferenceObject": (DISPATCH_LEVEL, NO_RULE, lambda at: ObDereferenceObject(at.reference)),
    "IoCreateNotificationEvent": (PASSIVE_LEVEL, NO_RULE, lambda at: IoCreateNotificationEvent(NAME, HANDLE())),
    "IoCreateSynchronizationEvent": (PASSIVE_LEVEL, NO_RULE, lambda at: IoCreateSynchronizationEvent(NAME, HANDLE())),
    "IoCreateDevice": (PASSIVE_LEVEL, "IrqlIoPassive1", create_device),
    "IoDeleteDevice": (APC_LEVEL, "IrqlIoApcLte", lambda at: IoDeleteDevice(at.device)),
    "ZwCreateEvent": (PASSIVE_LEVEL, NO_RULE_ZW, lambda at: ZwCreateEvent(HANDLE(), 0, None, 0, False)),
    "ZwCreateSemaphore": (PASSIVE_LEVEL, NO_RULE_ZW, lambda at: ZwCreateSemaphore(HANDLE(), 0, None, 0, 1)),
    "ZwClose": (PASSIVE_LEVEL, "IrqlZwPassive", lambda at: ZwClose(at.file)),
    "ZwCreateFile": (PASSIVE_LEVEL, "IrqlIoRtlZwPassive", lambda at: create(at, HANDLE())),
    "ZwOpenFile": (
        PASSIVE_LEVEL, NO_RULE_ZW, lambda at: ZwOpenFile(HANDLE(), GENERIC_READ, at.attributes, at.io, 7, 0),
    ),
    "ZwReadFile": (
        PASSIVE_LEVEL, NO_RULE_ZW,
        lambda at: ZwReadFile(at.file, None, None, None, at.io, bytearray(1), 1, None, None),
    ),
    "ZwWriteFile": (
        PASSIVE_LEVEL, "IrqlNtifsApcPassive",
        lambda at: ZwWriteFile(at.file, None, None, None, at.io, b"1", 1, None, None),
    ),
    "ZwSetInformationFile": (PASSIVE_LEVEL, "IrqlIoRtlZwPassive", delete),
    "ZwQueryInformationFile": (PASSIVE_LEVEL, NO_RULE_ZW, query),
    "ZwLoadDriver": (PASSIVE_LEVEL, NO_RULE_ZW, None),
    "ZwUnloadDriver": (PASSIVE_LEVEL, NO_RULE_ZW, None),
    "MmUnloadSystemImage": (PASSIVE_LEVEL, NO_RULE, None),
}  # fmt: skip


def run_thread(StartRoutine, policy=None):
    async def DriverEntry(DriverObject, RegistryPath):
        return await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, StartRoutine, None)

    return ks.run(DriverEntry, policy)


def stop_of(routine, call, level):
    """The bug check of a call that a thread makes at an IRQL; None where it is allowed."""
    if call is None:
        try:
            return ROUTINES[routine].routine.irql.enforce(routine, (None,), level)
        except BugCheck as stop:
            return stop

    async def Caller(Context):
        at = await Things().make()
        await KeRaiseIrql(level, OldIrql := KIRQL())
        await call(at)
        await KeLowerIrql(OldIrql)

    run = run_thread(Caller)
    assert run.verdict == ("completed" if run.bugcheck is None else "bugcheck")
    return run.bugcheck


@pytest.mark.parametrize("level", LEVELS, ids=["PASSIVE", "APC", "DISPATCH", "DIRQL", "HIGH"])
@pytest.mark.parametrize("which", TABLE)
def test_a_routine_may_be_called_up_to_its_irql_and_above_it_the_verifier_stops_the_machine(which, level):
    highest, violated, call = TABLE[which]
    stop = stop_of(which.partition(" ")[0], call, level)
    if level <= highest:
        assert stop is None
        return
    if isinstance(violated, tuple):
        violated = violated[level > DISPATCH_LEVEL]
    assert (stop.code, stop.parameters) == (0xC4, (CODES.get(violated, violated), level, 0, 0))
    assert stop.reason.startswith(which.partition(" ")[0])
    assert violated not in CODES or f"rule {violated}" in stop.reason


def test_the_table_is_of_every_awaited_routine():
    assert {which.partition(" ")[0] for which in TABLE} == set(ROUTINES)


@pytest.mark.parametrize("vector", CALLS, ids=ids(CALLS))
def test_a_call_is_allowed_or_a_violation_as_the_vector_says(vector):
    for step in vector["steps"]:
        routine, condition = step["args"]["routine"], step["args"]["condition"]
        _, _, call = TABLE.get(f"{routine} {condition}") or TABLE[routine]
        level = {"DIRQL": DIRQL, **vars(ntifs)}[step["args"]["irql"]]
        expected, stop = step["expect"], stop_of(routine, call, level)
        assert (stop is None) == expected["allowed"]
        if stop is not None:
            rules = [rule for rule in re.findall(r"\w+", expected.get("verifier_rule", "")) if rule in CODES]
            codes = [CODES[rule] for rule in rules]
            codes += [int(code, 16) for code in re.findall(r"0xC4 (0x\w+)", expected.get("bugcheck", ""))]
            assert stop.code == 0xC4
            assert stop.parameters[0] in (codes or [NO_RULE])
            assert all(rule in stop.reason for rule in rules)


# -- raising and lowering ---------------------------------------------------------------------------------------------


def test_an_irql_is_not_raised_to_a_lower_one_nor_lowered_to_a_higher_one():
    async def Raises(Context):
        await KeRaiseIrql(DISPATCH_LEVEL, KIRQL())
        await KeRaiseIrql(APC_LEVEL, KIRQL())

    async def Lowers(Context):
        await KeRaiseIrql(APC_LEVEL, KIRQL())
        await KeLowerIrql(DIRQL)

    assert run_thread(Raises).bugcheck.parameters == (0x30, DISPATCH_LEVEL, APC_LEVEL, 0)
    assert run_thread(Lowers).bugcheck.parameters == (0x31, APC_LEVEL, DIRQL, 0)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_thread_that_ends_at_raised_irql_breaks_the_rule_of_its_termination(level):
    async def Ends(Context):
        await KeRaiseIrql(level, KIRQL())

    stop = run_thread(Ends).bugcheck
    assert (stop.code, stop.parameters) == (0xC4, (0x2001C, level, 0, 0))


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_driver_entry_that_returns_at_raised_irql_is_bug_check_0xc8(level):
    async def DriverEntry(DriverObject, RegistryPath):
        await KeRaiseIrql(level, KIRQL())
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert (run.verdict, run.bugcheck.code, run.bugcheck.name) == ("bugcheck", 0xC8, "IRQL_UNEXPECTED_VALUE")


# -- Wait = TRUE ------------------------------------------------------------------------------------------------------

SIGNALS = {
    "KeSetEvent": lambda at: KeSetEvent(at.event, IO_NO_INCREMENT, True),
    "KePulseEvent": lambda at: KePulseEvent(at.event, IO_NO_INCREMENT, True),
    "KeReleaseSemaphore": lambda at: KeReleaseSemaphore(at.semaphore, IO_NO_INCREMENT, 1, True),
}
# Each ends at once or blocks for a while: the IRQL that it returns at is the same.
WAITS = {
    "poll": poll,
    "wait for a time": lambda at: wait(at, LARGE_INTEGER(-1_000)),
    "wait for any": lambda at: wait_for_any(at, LARGE_INTEGER(-1_000)),
    "delay": lambda at: KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000)),
}


@pytest.mark.parametrize("wait_after", WAITS)
@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_with_wait_true_returns_at_dispatch_level_and_the_wait_that_follows_restores_the_irql(
    signal, wait_after
):
    levels = {}

    async def Caller(Context):
        at = await Things().make()
        for before in (PASSIVE_LEVEL, APC_LEVEL)[: 1 if signal == "KeReleaseSemaphore" else 2]:
            await KeRaiseIrql(before, KIRQL())
            await SIGNALS[signal](at)
            between = await KeGetCurrentIrql()
            await WAITS[wait_after](at)
            levels[before] = between, await KeGetCurrentIrql()
        await KeLowerIrql(PASSIVE_LEVEL)

    assert run_thread(Caller).verdict == "completed"
    assert levels[PASSIVE_LEVEL] == (DISPATCH_LEVEL, PASSIVE_LEVEL)
    assert levels.get(APC_LEVEL, (DISPATCH_LEVEL, APC_LEVEL)) == (DISPATCH_LEVEL, APC_LEVEL)


@pytest.mark.parametrize("which", TABLE)
def test_between_wait_true_and_its_wait_a_routine_is_judged_at_dispatch_level_and_a_wait_at_the_irql_before(which):
    highest, violated, call = TABLE[which]
    if call is None:
        return
    waits = which.startswith(("KeWait", "KeDelay"))

    async def Caller(Context):
        at = await Things().make()
        await KeSetEvent(at.event, IO_NO_INCREMENT, True)
        await call(at)
        await KeLowerIrql(PASSIVE_LEVEL)

    stop = run_thread(Caller).bugcheck
    if waits or highest >= DISPATCH_LEVEL:
        assert stop is None
    else:
        assert (stop.code, stop.parameters) == (0xC4, (CODES.get(violated, violated), DISPATCH_LEVEL, 0, 0))


def test_a_pulse_with_wait_true_at_dispatch_level_must_be_followed_by_a_poll():
    async def Caller(Context):
        at = await Things().make()
        await KeRaiseIrql(DISPATCH_LEVEL, KIRQL())
        for Timeout in (LARGE_INTEGER(0), None):
            await KePulseEvent(at.event, IO_NO_INCREMENT, True)
            await wait(at, Timeout)

    stop = run_thread(Caller).bugcheck
    assert (stop.code, stop.parameters) == (0xC4, (0x121, DISPATCH_LEVEL, 0, 0))


# -- who runs meanwhile -----------------------------------------------------------------------------------------------


def hold_processor(level, processors, seed=0):
    """(thread, routine, processor) of each step, from the holder's raising of the IRQL to the step after it lowers it.

    While it holds the IRQL for some quanta, a more urgent thread is made ready by it, and an equal one has been ready.
    """
    event = KEVENT("Urgent")

    async def Urgent(Context):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)
        await KeGetCurrentIrql()

    async def Equal(Context):
        await KeGetCurrentIrql()

    async def Holder(Context):
        await KeRaiseIrql(min(level, DISPATCH_LEVEL), OldIrql := KIRQL())
        await KeSetEvent(event, 6, False)
        await KeRaiseIrql(level, KIRQL())
        for _ in range(20):
            await KeGetCurrentIrql()
        await KeLowerIrql(OldIrql)
        await KeReadStateEvent(event)

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, SynchronizationEvent, False)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Urgent, None)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000_000))
        for StartRoutine in (Holder, Equal):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, None)
        return STATUS_SUCCESS

    return held(ks.run(DriverEntry, ks.Windows(processors, seed, {"any other routine": 50_000})))


def held(run):
    assert run.verdict == "completed"
    columns = run.columns
    names = [run.threads[number] if isinstance(number, int) else "clock" for number in columns["choice"]]
    routines = [each.name for each in columns["routine"]]
    calls = list(zip(names, routines, strict=True))
    first, last = calls.index(("Holder", "KeRaiseIrql")), calls.index(("Holder", "KeLowerIrql"))
    assert columns["start"][last] - columns["start"][first] > 3 * QUANTUM
    return list(zip(names, routines, columns["processor"], strict=True))[first : last + 2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("level", [DISPATCH_LEVEL, DIRQL, HIGH_LEVEL])
def test_from_dispatch_level_on_nobody_else_runs_on_the_processor_and_the_most_urgent_does_right_after(level, seed):
    *steps, after = hold_processor(level, processors=1, seed=seed)
    assert {name for name, _, _ in steps} == {"Holder"}
    assert after[0] == "Urgent"


@pytest.mark.parametrize("level", [PASSIVE_LEVEL, APC_LEVEL])
def test_below_dispatch_level_a_more_urgent_thread_preempts_at_once_and_an_equal_one_at_the_end_of_the_quantum(level):
    steps = hold_processor(level, processors=1)
    assert [name for name, _, _ in steps[:3]] == ["Holder", "Holder", "Urgent"]
    assert "Equal" in {name for name, _, _ in steps}


@pytest.mark.parametrize("seed", range(5))
def test_at_dispatch_level_others_run_on_another_processor(seed):
    *steps, _ = hold_processor(DISPATCH_LEVEL, processors=2, seed=seed)
    (own,) = {processor for name, _, processor in steps if name == "Holder"}
    others = {(name, processor) for name, _, processor in steps if name != "Holder"}
    assert {("Urgent", 1 - own), ("Equal", 1 - own)} == {pair for pair in others if pair[0] in ("Urgent", "Equal")}

"""Semaphores, mutexes, waits for several objects, threads and alerts used in a way that cannot work: each a clear error
at the learner's line, which is marked `# here`."""

import inspect
import re
import traceback

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *


class SHARED(Structure):
    Event: KEVENT
    Other: KEVENT
    Ready: KSEMAPHORE
    Turn: KMUTEX


def driver(StartRoutine):
    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await KeInitializeEvent(Shared.Event, SynchronizationEvent, False)
        await KeInitializeEvent(Shared.Other, SynchronizationEvent, False)
        await KeInitializeSemaphore(Shared.Ready, 0, 10)
        await KeInitializeMutex(Shared.Turn, 0)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, Shared)
        return STATUS_SUCCESS

    return DriverEntry


def marked(function) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if line.rstrip().endswith("# here"))


def several(Count, Object, WaitType=WaitAny, WaitBlockArray=None, Mode=KernelMode, Timeout=None):
    """The arguments of KeWaitForMultipleObjects."""
    return Count, Object, WaitType, Executive, Mode, False, Timeout, WaitBlockArray


def single(Object, Reason=Executive, Mode=KernelMode, Timeout=None):
    return Object, Reason, Mode, False, Timeout


# (routine, its arguments, what the error says): `s` is the SHARED that the thread was given
WRONG = {
    "an event where a semaphore goes": (KeReleaseSemaphore, lambda s: (s.Event, 0, 1, False), "KSEMAPHORE()"),
    "a semaphore where an event goes": (KeSetEvent, lambda s: (s.Ready, 0, False), "an event is a KEVENT"),
    "None for a semaphore": (KeReleaseSemaphore, lambda s: (None, 0, 1, False), "a semaphore is a KSEMAPHORE"),
    "None to look at": (KeReadStateSemaphore, lambda s: (None,), "a semaphore is a KSEMAPHORE"),
    "a word for an adjustment": (KeReleaseSemaphore, lambda s: (s.Ready, 0, "1", False), "Adjustment is the number"),
    "True for an adjustment": (KeReleaseSemaphore, lambda s: (s.Ready, 0, True, False), "Adjustment is the number"),
    "None for an increment": (KeReleaseSemaphore, lambda s: (s.Ready, None, 1, False), "IO_NO_INCREMENT"),
    "an event to initialise": (KeInitializeSemaphore, lambda s: (s.Event, 0, 1), "takes a KSEMAPHORE first"),
    "a negative count": (KeInitializeSemaphore, lambda s: (s.Ready, -1, 1), "Count is a whole number, 0 to"),
    "a limit of 0": (KeInitializeSemaphore, lambda s: (s.Ready, 0, 0), "Limit is a whole number, 1 to"),
    "a limit beyond LONG": (KeInitializeSemaphore, lambda s: (s.Ready, 0, 2**31), "Limit is a whole number"),
    "a count above the limit": (KeInitializeSemaphore, lambda s: (s.Ready, 2, 1), "Count is 2, but Limit is 1"),
    "half a count": (KeInitializeSemaphore, lambda s: (s.Ready, 0.5, 1), "Count is a whole number"),
    "a semaphore where a mutex goes": (KeReleaseMutex, lambda s: (s.Ready, False), "a mutex is a KMUTEX"),
    "a mutex where an event goes": (KeSetEvent, lambda s: (s.Turn, 0, False), "an event is a KEVENT"),
    "None for a mutex to look at": (KeReadStateMutex, lambda s: (None,), "type:  KMUTEX()"),
    "an event to initialise as a mutex": (KeInitializeMutex, lambda s: (s.Event, 0), "takes a KMUTEX first"),
    "a level": (KeInitializeMutex, lambda s: (s.Turn, 1), "does not set the first state, which is free"),
    "UserMode for a mutex": (
        KeWaitForSingleObject,
        lambda s: single(s.Turn, Mode=UserMode),
        "WaitMode must be KernelMode",
    ),
    "UserMode for a mutex among others": (
        KeWaitForMultipleObjects,
        lambda s: several(2, [s.Event, s.Turn], Mode=UserMode),
        "WaitMode must be KernelMode if one",
    ),
    "None to wait for": (KeWaitForSingleObject, lambda s: single(None), "a wait is for a KEVENT"),
    "a handle to wait for": (KeWaitForSingleObject, lambda s: single(HANDLE()), "a wait is for a KEVENT"),
    "another mode": (KeWaitForSingleObject, lambda s: single(s.Event, Mode=2), "KernelMode or UserMode, not 2"),
    "another reason": (KeWaitForSingleObject, lambda s: single(s.Event, Reason=None), "WaitReason is Executive"),
    "milliseconds": (KeWaitForSingleObject, lambda s: single(s.Event, Timeout=-1), "LARGE_INTEGER(-10_000)"),
    "no objects": (KeWaitForMultipleObjects, lambda s: several(0, []), "Count is the number of objects, 1 to 64"),
    "a negative number of objects": (KeWaitForMultipleObjects, lambda s: several(-1, []), "not -1"),
    "a list for Count": (KeWaitForMultipleObjects, lambda s: several([s.Event], 1), "Count is the number of objects"),
    "more objects than there are": (KeWaitForMultipleObjects, lambda s: several(2, [s.Event]), "at least Count = 2"),
    "one object that is no list": (KeWaitForMultipleObjects, lambda s: several(1, s.Event), "Object is a list of at"),
    "None among the objects": (KeWaitForMultipleObjects, lambda s: several(2, [s.Event, None]), "not None"),
    "another wait type": (KeWaitForMultipleObjects, lambda s: several(1, [s.Event], 2), "WaitAny or WaitAll, not 2"),
    "None for a wait type": (KeWaitForMultipleObjects, lambda s: several(1, [s.Event], None), "WaitAny or WaitAll"),
    "another mode for several": (KeWaitForMultipleObjects, lambda s: several(1, [s.Event], Mode=7), "not 7"),
    "a number for a time-out": (KeWaitForMultipleObjects, lambda s: several(1, [s.Event], Timeout=5), "not 5"),
    "too few wait blocks": (
        KeWaitForMultipleObjects,
        lambda s: several(2, [s.Event, s.Other], WaitBlockArray=[KWAIT_BLOCK()]),
        "WaitBlockArray is a list of at least Count = 2",
    ),
    "wait blocks that are none": (
        KeWaitForMultipleObjects,
        lambda s: several(2, [s.Event, s.Other], WaitBlockArray=[None, None]),
        "[KWAIT_BLOCK() for _ in range(Count)]",
    ),
    "an event to alert": (KeAlertThread, lambda s: (s.Event, KernelMode), "get it with ObReferenceObjectByHandle"),
    "NULL to alert": (KeAlertThread, lambda s: (PVOID(), KernelMode), "Thread is a thread"),
    "a priority for None": (KeSetPriorityThread, lambda s: (None, 8), "await KeGetCurrentThread()"),
    "None for a handle": (
        ObReferenceObjectByHandle,
        lambda s: (None, SYNCHRONIZE, PsThreadType, KernelMode, PVOID(), None),
        "a handle is a HANDLE",
    ),
    "None for a pointer": (
        ObReferenceObjectByHandle,
        lambda s: (HANDLE(), SYNCHRONIZE, PsThreadType, KernelMode, None, None),
        "PVOID()",
    ),
    "an event of a structure to give back": (ObDereferenceObject, lambda s: (s.Event,), "ObReferenceObjectByHandle"),
    "None to give back": (ObDereferenceObject, lambda s: (None,), "ObReferenceObjectByHandle"),
    "a str for a name": (IoCreateNotificationEvent, lambda s: ("Ready", HANDLE()), "RtlInitUnicodeString"),
    "None for a name's handle": (IoCreateSynchronizationEvent, lambda s: (UNICODE_STRING("\\A"), None), "HANDLE()"),
    "None for a semaphore's handle": (ZwCreateSemaphore, lambda s: (None, 0, None, 0, 1), "HANDLE()"),
    "a word for a semaphore's count": (ZwCreateSemaphore, lambda s: (HANDLE(), 0, None, "0", 1), "ZwCreateSemaphore"),
    "None for an IRQL": (KeRaiseIrql, lambda s: (DISPATCH_LEVEL, None), "KIRQL()"),
    "a word for an IRQL": (KeLowerIrql, lambda s: ("PASSIVE_LEVEL",), "NewIrql is an IRQL"),
    "too few arguments": (KeReleaseSemaphore, lambda s: (s.Ready, 1), "takes 4 arguments"),
    "too many arguments": (KeWaitForMultipleObjects, lambda s: (*several(1, [s.Event]), 0), "takes 8 arguments"),
}
each_wrong = pytest.mark.parametrize(("called", "arguments", "says"), WRONG.values(), ids=WRONG)


def learner(called, arguments):
    async def Learner(Shared):
        await KeReadStateEvent(Shared.Event)
        await called(*arguments(Shared))  # here

    return Learner


@each_wrong
def test_a_wrong_argument_is_a_clear_error_at_the_learners_line(called, arguments, says):
    start_routine = learner(called, arguments)
    with pytest.raises(ks.Misuse, match=re.escape(says)) as caught:
        ks.run(driver(start_routine))
    line = marked(start_routine)
    assert str(caught.value).startswith(f"Learner, line {line}: {called.routine.name}")
    assert [frame.lineno for frame in traceback.extract_tb(caught.tb) if frame.filename == __file__][-1] == line


@each_wrong
def test_an_exploration_says_the_same_as_a_run(called, arguments, says):
    start_routine = learner(called, arguments)
    with pytest.raises(ks.Misuse, match=re.escape(says)):
        ks.explore(driver(start_routine))


@pytest.mark.parametrize("priority", [0, -1, 32, 8.0, None, True, "8"])
def test_a_priority_is_1_to_31(priority):
    async def Learner(Shared):
        await KeSetPriorityThread(await KeGetCurrentThread(), priority)  # here

    with pytest.raises(ks.Misuse, match="Priority is 1 to 31") as caught:
        ks.run(driver(Learner))
    assert f"line {marked(Learner)}:" in str(caught.value)


@pytest.mark.parametrize("mode", [2, -1, None, "KernelMode"])
def test_an_alert_is_for_a_mode(mode):
    async def Learner(Shared):
        await KeAlertThread(await KeGetCurrentThread(), mode)  # here

    with pytest.raises(ks.Misuse, match="AlertMode is KernelMode or UserMode") as caught:
        ks.run(driver(Learner))
    assert f"line {marked(Learner)}:" in str(caught.value)


FORGOTTEN = {
    "KeInitializeSemaphore": lambda s: KeInitializeSemaphore(s.Ready, 0, 1),
    "KeReleaseSemaphore": lambda s: KeReleaseSemaphore(s.Ready, 0, 1, False),
    "KeReadStateSemaphore": lambda s: KeReadStateSemaphore(s.Ready),
    "KeInitializeMutex": lambda s: KeInitializeMutex(s.Turn, 0),
    "KeReleaseMutex": lambda s: KeReleaseMutex(s.Turn, False),
    "KeWaitForMultipleObjects": lambda s: KeWaitForMultipleObjects(*several(1, [s.Event])),
    "KeAlertThread": lambda s: KeAlertThread(None, KernelMode),
    "KeGetCurrentThread": lambda s: KeGetCurrentThread(),
    "KeSetPriorityThread": lambda s: KeSetPriorityThread(None, 8),
    "KeRaiseIrql": lambda s: KeRaiseIrql(DISPATCH_LEVEL, KIRQL()),
    "ObReferenceObjectByHandle": lambda s: ObReferenceObjectByHandle(HANDLE(), 0, None, KernelMode, PVOID(), None),
    "ObDereferenceObject": lambda s: ObDereferenceObject(PVOID()),
    "IoCreateNotificationEvent": lambda s: IoCreateNotificationEvent(UNICODE_STRING("\\A"), HANDLE()),
    "ZwCreateSemaphore": lambda s: ZwCreateSemaphore(HANDLE(), 0, None, 0, 1),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_await_names_the_thread_and_the_routine(name):
    async def Learner(Shared):
        await KeReadStateEvent(Shared.Event)
        FORGOTTEN[name](Shared)
        await KeReadStateEvent(Shared.Event)

    with pytest.raises(ks.Misuse, match=rf"Learner, line \d+: {name} was called but not awaited") as caught:
        ks.run(driver(Learner))
    assert f"await {name}(" in str(caught.value)


async def ForgetsToAwait(Shared):
    await KeReadStateEvent(Shared.Event)
    KeReleaseSemaphore(Shared.Ready, SEMAPHORE_INCREMENT, 1, False)  # here


@pytest.mark.parametrize(("variable", "asks"), [(HANDLE(), r"hFile\.value"), (PVOID(), r"P\.Object is None")])
def test_a_variable_is_no_truth_value(variable, asks):
    """C's `if (hFile)` asks what a variable holds, Python's would ask whether there is one."""
    with pytest.raises(ks.Misuse, match=asks):
        bool(variable)


def test_a_forgotten_await_names_the_line():
    with pytest.raises(ks.Misuse, match=f"line {marked(ForgetsToAwait)}: KeReleaseSemaphore was called"):
        ks.run(driver(ForgetsToAwait))


async def UsesASemaphoreThatWasNeverInitialised(Shared):
    await KeReleaseSemaphore(KSEMAPHORE("Fresh"), IO_NO_INCREMENT, 1, False)  # here


async def ReleasesAMutexThatWasNeverInitialised(Shared):
    await KeReleaseMutex(KMUTEX("Fresh"), False)  # here


async def WaitsForOneThatWasNeverInitialised(Shared):
    await KeWaitForMultipleObjects(*several(2, [Shared.Event, KSEMAPHORE("Fresh")]))  # here


NEVER_INITIALISED = [
    UsesASemaphoreThatWasNeverInitialised, ReleasesAMutexThatWasNeverInitialised, WaitsForOneThatWasNeverInitialised,
]  # fmt: skip


@pytest.mark.parametrize("start_routine", NEVER_INITIALISED)
def test_an_object_that_was_never_initialised_is_bug_check_0xa(start_routine):
    run = ks.run(driver(start_routine))
    assert (run.bugcheck.code, run.bugcheck.line) == (0x0A, marked(start_routine))
    assert "Fresh was never initialised" in run.bugcheck.reason


def test_initialising_a_semaphore_that_has_waiters_is_bug_check_0x139():
    async def Learner(Shared):
        await KeWaitForSingleObject(*single(Shared.Ready))

    async def DriverEntry(DriverObject, RegistryPath):
        Ready = KSEMAPHORE("Ready")
        await KeInitializeSemaphore(Ready, 0, 1)
        shared = type("Shared", (), {"Ready": Ready})
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, Learner, shared)
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))
        await KeInitializeSemaphore(Ready, 0, 1)  # here
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert (run.bugcheck.code, run.bugcheck.parameters[0]) == (0x139, 3)
    assert run.bugcheck.line == marked(DriverEntry)


# -- the end of a thread inside a `try` --------------------------------------------------------------------------------


async def ends():
    await PsTerminateSystemThread(STATUS_CANCELLED)


async def EndsInside(Shared):
    try:
        await PsTerminateSystemThread(STATUS_CANCELLED)
    finally:
        print("never printed")


async def EndsInAHelper(Shared):
    try:
        await ends()
    finally:
        print("never printed")


async def EndsBehind(Shared):
    try:
        await KeReadStateEvent(Shared.Event)
    except EXCEPTION_RECORD:
        return
    finally:
        await KeReadStateEvent(Shared.Event)
    try:
        await PsTerminateSystemThread(STATUS_CANCELLED)
    except EXCEPTION_RECORD:
        return


async def EndsInAFunctionOfItsOwn(Shared):
    try:

        async def inner():
            await PsTerminateSystemThread(STATUS_CANCELLED)

    finally:
        await KeReadStateEvent(Shared.Event)
    await inner()


@pytest.mark.parametrize("start_routine", [EndsInside, EndsInAHelper])
def test_a_thread_does_not_end_inside_a_try_with_a_finally_which_windows_would_not_run(start_routine):
    final = inspect.getsourcelines(start_routine)[1] + 4
    says = rf"PsTerminateSystemThread: not simulated: the end of a thread inside a `try` .* \(line {final}\)"
    with pytest.raises(ks.Misuse, match=says):
        ks.run(driver(start_routine))


@pytest.mark.parametrize("start_routine", [EndsBehind, EndsInAFunctionOfItsOwn])
def test_a_thread_may_end_where_no_finally_would_run(start_routine):
    assert ks.run(driver(start_routine)).exit_statuses == {start_routine.__name__: STATUS_CANCELLED}

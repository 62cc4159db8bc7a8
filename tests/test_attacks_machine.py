"""What a hostile reader once had `explore` say falsely of a machine: of priorities, wait blocks, chance, late names."""

import functools
import itertools
import random

import pytest
from drivers import started
from naive import everything, orders
from sizes import size

import kevent_sim as ks
from kevent_sim.ntifs import *


def kinds(every):
    return {finding.kind for finding in every.findings}


async def create(routine, context=None):
    await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, context)


# -- priorities --------------------------------------------------------------------------------------------------------


def is_told_its_priority(raised):
    async def Worker(Shared):
        thread = await KeGetCurrentThread()
        await KeSetPriorityThread(thread, raised)
        for _ in range(400):
            await ZwOpenFile(HANDLE(), DELETE, named("C:\\Temp\\none"), IO_STATUS_BLOCK(), 0, 0)
        if await KeSetPriorityThread(thread, 8) != raised:
            await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)

    return started(Worker)


def named(path):
    attributes = OBJECT_ATTRIBUTES()
    InitializeObjectAttributes(attributes, UNICODE_STRING("\\??\\" + path), OBJ_CASE_INSENSITIVE, None, None)
    return attributes


def all_succeed(run):
    return all(status == STATUS_SUCCESS for status in run.exit_statuses.values())


@pytest.mark.parametrize("raised", [9, 12, 15, 7, 1])
def test_a_priority_other_than_the_base_that_a_driver_is_told_denies_a_proof(raised):
    driver = is_told_its_priority(raised)
    every = ks.explore(driver, check=all_succeed)
    assert (every.verdict, kinds(every)) == ("inconclusive", {"priority"})
    assert "a priority that is not its base" in every.reason
    assert not all_succeed(ks.run(driver, policy=ks.Windows(1, 0))), "its quanta end"


@pytest.mark.parametrize("raised", [8, 16, 31])
def test_a_priority_that_no_quantum_lowers_denies_none(raised):
    assert ks.explore(is_told_its_priority(raised), check=all_succeed).verdict == "holds"


# -- wait blocks -------------------------------------------------------------------------------------------------------


def wait_with(blocks, objects):
    return KeWaitForMultipleObjects(
        len(objects), objects, WaitAny, Executive, KernelMode, False, None, blocks
    )  # fmt: skip


def two_waits(first, second):
    """Two threads wait, each for an event of its own, with these wait blocks; then both events are set."""

    async def DriverEntry(DriverObject, RegistryPath):
        events = KEVENT("E"), KEVENT("F")
        for event in events:
            await KeInitializeEvent(event, NotificationEvent, False)

        async def A(_):
            await wait_with(first, [events[0]])

        async def B(_):
            await wait_with(second, [events[1]])

        await create(A)
        await create(B)
        for event in reversed(events):
            await KeSetEvent(event, 0, False)
        return STATUS_SUCCESS

    return DriverEntry


def test_a_wait_block_in_which_another_thread_waits_stops_the_machine():
    blocks = [KWAIT_BLOCK()]
    driver = two_waits(blocks, blocks)
    every = ks.explore(driver)
    assert (every.verdict, kinds(every)) == ("violated", {"bugcheck"})
    assert every.counterexample.bugcheck.code == 0x139
    found = {ks.run(driver, policy=ks.Random(seed)).verdict for seed in range(40)}
    assert found == {"completed", "bugcheck"}
    assert ks.explore(two_waits([KWAIT_BLOCK()], [KWAIT_BLOCK()])).verdict == "holds"


def test_wait_blocks_may_be_used_again_once_the_wait_is_over():
    async def Worker(Shared):
        blocks = [KWAIT_BLOCK() for _ in range(2)]
        for _ in range(2):
            await wait_with(blocks, [Shared.S, Shared.N])

    async def Sets(Shared):
        await KeSetEvent(Shared.N, 0, False)

    assert ks.explore(started(Worker, Sets)).verdict == "holds"


def programs(dice):
    """For each thread, what it does: ("set", event) or ("wait", events, how, time-out, wait blocks), by names."""
    found = []
    for _ in range(dice.choice([2, 3])):
        calls = []
        for _ in range(dice.choice([1, 2])):
            events = dice.sample("SN", dice.choice([1, 2]))
            how, timeout = dice.choice([WaitAny, WaitAll]), dice.choice([None, None, -50])
            wait = ("wait", events, how, timeout, dice.sample(range(2), len(events)))
            calls.append(wait if dice.random() < 0.6 else ("set", dice.choice("SN")))
        found.append(calls)
    return found


def plays(programs):
    """The driver whose threads do that, all with the same two wait blocks."""
    blocks = [KWAIT_BLOCK() for _ in range(2)]

    def thread(calls):
        async def Plays(Shared):
            for kind, events, *wait in calls:
                objects = [getattr(Shared, name) for name in events]
                if kind == "set":
                    await KeSetEvent(*objects, 0, False)
                else:
                    how, timeout, given = wait
                    until = None if timeout is None else LARGE_INTEGER(timeout)
                    await KeWaitForMultipleObjects(
                        len(objects), objects, how, Executive, KernelMode, False, until, [blocks[at] for at in given]
                    )

        return Plays

    return started(*map(thread, programs))


def comes_to(run):
    return everything(run) if run.bugcheck is None else str(run.bugcheck)


def test_threads_that_share_wait_blocks_come_to_what_brute_force_finds():
    stopped = 0
    for seed in range(size(30, 300)):
        driver = plays(programs(random.Random(seed)))
        made = orders(driver, brief=True, limit=1_500)
        if made is not None:
            every = ks.explore(driver, outcome=comes_to)
            assert set(every.outcomes) == {comes_to(run) for run in made}, seed
            stopped += every.verdict == "violated" and "bugcheck" in kinds(every)
    assert stopped > size(30, 300) // 10


def test_one_wait_block_twice_in_a_wait_is_refused_with_what_to_type():
    async def Worker(Shared):
        await wait_with([KWAIT_BLOCK()] * 2, [Shared.S, Shared.N])

    with pytest.raises(ks.Misuse, match=r"one wait block twice; type:  \[KWAIT_BLOCK\(\) for _ in range\(Count\)\]"):
        ks.run(started(Worker))


# -- chance ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def chance(monkeypatch):
    """What neither a load nor the explorer can see: a library's own."""
    monkeypatch.setattr(random, "draws", itertools.count(), raising=False)


BY_CHANCE = {
    "the object": lambda Shared: KeSetEvent((Shared.S, Shared.N)[next(random.draws) % 2], 0, False),
    "the result": lambda Shared: KeReleaseSemaphore(Shared.C, 0, 1 + next(random.draws) % 2, False),
    "the exit status": lambda Shared: PsTerminateSystemThread(next(random.draws) % 2),
}


@pytest.mark.parametrize("what", BY_CHANCE)
def test_a_driver_whose_calls_come_to_something_else_by_chance_is_named(what, chance):
    """The calls are always the same."""

    async def Worker(Shared):
        await KeInitializeSemaphore(Shared.C, 0, 10)
        await BY_CHANCE[what](Shared)
        await KeReadStateSemaphore(Shared.C)

    with pytest.raises(ks.Misuse, match=r"not deterministic: run again .* at step \d \(Worker: "):
        ks.explore(started(Worker))


def test_a_run_that_does_not_come_again_is_no_counterexample(chance):
    """The two runs of the search fail alike."""

    async def Worker(Shared):
        await PsTerminateSystemThread(STATUS_INVALID_PARAMETER if next(random.draws) < 2 else STATUS_SUCCESS)

    with pytest.raises(ks.Misuse, match="not deterministic: a run that was found does not come again"):
        ks.explore(started(Worker), check=all_succeed)


# -- questions ---------------------------------------------------------------------------------------------------------


class FIELDS(Structure):
    n: ULONG


def test_a_field_that_was_filled_before_any_thread_used_it_is_seen_when_that_comes():
    fields = FIELDS()
    fields.n = 5

    async def Uses(Shared):
        await KeGetCurrentIrql()
        assert fields.n == 5
        await KeGetCurrentIrql()

    async def Sets(Shared):
        await KeSetEvent(Shared.N, 0, False)
        await KeClearEvent(Shared.N)

    def both(state):
        return state.signaled("N"), state.value("FIELDS", "n")

    every = ks.explore(started(Uses, Sets), outcome=ks.along(both, lambda values: values))
    # Used before the set, between set and clear, and afterwards.
    assert {
        ((False, 0), (False, 5), (True, 5), (False, 5)),
        ((False, 0), (True, 0), (True, 5), (False, 5)),
        ((False, 0), (True, 0), (False, 0), (False, 5)),
    } <= set(every.outcomes)


@pytest.mark.parametrize(
    "answer",
    [map(bool, [0]), filter(None, [0]), zip([0]), iter([0]), (False, "why"), NotImplemented],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_that_is_true_whatever_it_means_is_refused(answer):
    for check in (lambda run: answer, ks.always(lambda state: answer)):
        with pytest.raises(TypeError, match=rf"returned a {type(answer).__name__}, not True or False"):
            ks.explore(started(), check=check)


def test_an_async_generator_is_no_check():
    async def check(run):
        yield False

    with pytest.raises(TypeError, match="returned a async_generator, not True or False"):
        ks.explore(started(), check=check)


def test_a_view_that_is_worked_out_later_is_refused():
    check = ks.along(lambda state: (state.signaled(name) for name in "SN"), lambda values: True)
    with pytest.raises(TypeError, match=r"returned a generator, not a value; type:  tuple"):
        ks.explore(started(), check=check)


def test_a_bug_check_comes_before_a_name_that_there_is_not_yet():
    async def DriverEntry(DriverObject, RegistryPath):
        await KeSetEvent(KEVENT("never initialised"), 0, False)
        await create(lambda _: None)
        return STATUS_SUCCESS

    every = ks.explore(DriverEntry, check=ks.always(lambda state: state.at("W") is None))
    assert (every.verdict, kinds(every)) == ("violated", {"bugcheck"})


# -- handles and names -------------------------------------------------------------------------------------------------


def test_a_handle_that_is_guessed_before_it_is_given_out_is_met():
    async def Creates(Shared):
        await KeGetCurrentIrql()
        await ZwCreateEvent(HANDLE(), EVENT_ALL_ACCESS, None, NotificationEvent, False)

    async def Guesses(Shared):
        handle = HANDLE()
        handle.value = (2 << 32) + 4
        status = await ObReferenceObjectByHandle(handle, 0, None, KernelMode, PVOID(), None)
        await PsTerminateSystemThread(status)

    every = ks.explore(started(Creates, Guesses), outcome=lambda run: run.exit_statuses["Guesses"])
    assert set(every.outcomes) == {STATUS_SUCCESS, STATUS_INVALID_HANDLE}


def test_a_partial_starts_a_thread_by_the_name_of_its_function():
    async def Worker(number, Context):
        await KeGetCurrentIrql()

    async def DriverEntry(DriverObject, RegistryPath):
        for number in range(2):
            await create(functools.partial(Worker, number))
        return STATUS_SUCCESS

    assert ks.run(DriverEntry).threads == ["System", "Worker", "Worker #2"]


# -- names -------------------------------------------------------------------------------------------------------------


class EqualsAll(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


class Unhashable(str):
    __slots__ = ()
    __hash__ = None


@pytest.mark.parametrize("kind", [str, EqualsAll, Unhashable])
def test_a_file_has_the_name_that_its_text_says_whatever_its_class_makes_of_equality(kind):
    async def DriverEntry(DriverObject, RegistryPath):
        for name in "ab":
            attributes = named(f"C:\\Temp\\{name}")
            RtlInitUnicodeString(attributes.ObjectName, kind(attributes.ObjectName.Buffer))
            await ZwCreateFile(
                HANDLE(), GENERIC_WRITE, attributes, IO_STATUS_BLOCK(), None, 0, 0, FILE_CREATE, 0, None, 0
            )
        return STATUS_SUCCESS

    for _ in range(2):
        assert list(ks.run(DriverEntry).files("C:\\Temp")) == ["a", "b"]


# -- what equivalent orders do not share -------------------------------------------------------------------------------


def outcomes_of_random_runs(driver, outcome):
    return {outcome(ks.run(driver, policy=ks.Random(seed, 1))) for seed in range(size(100, 1500))}


def test_an_event_that_is_initialised_anew_names_who_waits_in_no_order_of_arrival():
    event = KEVENT("E")

    async def A(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def B(_):
        await KeWaitForSingleObject(event, Executive, KernelMode, False, None)

    async def Initialises(_):
        await KeInitializeEvent(event, NotificationEvent, True)

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, NotificationEvent, False)
        for routine in (A, B, Initialises):
            await create(routine)
        return STATUS_SUCCESS

    def reason(run):
        return str(run.bugcheck)

    assert outcomes_of_random_runs(DriverEntry, reason) <= ks.explore(DriverEntry, outcome=reason).outcomes.keys()


def test_a_wait_for_all_that_tests_a_thread_again_meets_who_closes_its_handle():
    event = KEVENT("E")

    async def Ends(_):
        await KeGetCurrentIrql()

    async def DriverEntry(DriverObject, RegistryPath):
        hThread, Thread = HANDLE(), PVOID()

        async def Waits(_):
            both = [Thread, event]
            await KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, False, None, None)

        async def Closes(_):
            await KeWaitForSingleObject(Thread, Executive, KernelMode, False, None)
            await ZwClose(hThread)

        await KeInitializeEvent(event, NotificationEvent, True)
        await PsCreateSystemThread(hThread, 0, None, None, None, Ends, None)
        await ObReferenceObjectByHandle(hThread, 0, PsThreadType, KernelMode, Thread, None)
        await ObDereferenceObject(Thread)
        for routine in (Waits, Closes):
            await create(routine)
        return STATUS_SUCCESS

    def came_to(run):
        return run.verdict, str(run.bugcheck), str([(str(call.result), call.waited) for call in run.calls("Waits")])

    assert outcomes_of_random_runs(DriverEntry, came_to) <= ks.explore(DriverEntry, outcome=came_to).outcomes.keys()


@pytest.mark.parametrize(
    "view",
    [
        lambda state: state,
        lambda state: state.signaled,
        lambda state: functools.partial(state.signaled, "E"),
        lambda state: {"later": lambda: state.signaled("E")},
        lambda state: [map(state.signaled, "E")],
    ],
    ids=["state", "method", "partial", "lambda", "iterator"],
)
def test_a_state_answers_only_while_it_is_asked(view):
    event = KEVENT("E")

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(event, NotificationEvent, False)
        await KeSetEvent(event, 0, False)
        await KeClearEvent(event)
        return STATUS_SUCCESS

    def is_signaled(value):
        match value:
            case {"later": later}:
                return later()
            case [later]:
                return any(later)
            case _ if callable(value):
                return value() if isinstance(value, functools.partial) else value("E")
        return value.signaled("E")

    with pytest.raises(TypeError, match="a state can be read only while its question is asked"):
        ks.explore(DriverEntry, check=ks.along(view, lambda values: not any(map(is_signaled, values))))


class ANSWER(Structure):
    Done: KEVENT
    Value: ULONG


async def AnswersLate(Answer):
    await KeSetEvent(Answer.Done, 0, False)
    Answer.Value = 4  # behind its last call but one: whoever waits may have gone on, and the memory with it


async def InAnExtension(DriverObject, RegistryPath):
    device, handle = DEVICE_OBJECT(), HANDLE()
    await IoCreateDevice(DriverObject, sizeof(ANSWER), None, FILE_DEVICE_UNKNOWN, 0, False, device)
    Answer = device.DeviceExtension
    await KeInitializeEvent(Answer.Done, NotificationEvent, False)
    await PsCreateSystemThread(handle, 0, None, None, None, AnswersLate, Answer)
    await KeWaitForSingleObject(Answer.Done, Executive, KernelMode, False, None)
    await IoDeleteDevice(device)
    return STATUS_SUCCESS


async def OnAStack(DriverObject, RegistryPath):
    with StackFrame({"Answer": ANSWER}) as frame:
        handle = HANDLE()
        await KeInitializeEvent(frame.Answer.Done, NotificationEvent, False)
        await PsCreateSystemThread(handle, 0, None, None, None, AnswersLate, frame.Answer)
        await KeWaitForSingleObject(frame.Answer.Done, Executive, KernelMode, False, None)
    return STATUS_SUCCESS


@pytest.mark.parametrize("driver", [InAnExtension, OnAStack])
def test_who_writes_beside_the_end_of_memory_races_with_it(driver):
    every = ks.explore(driver)
    assert every.verdict == "inconclusive"
    assert [finding.text.partition(":")[0] for finding in every.findings] == ["field ANSWER.Value"]

"""Bad input: each a clear error that says what to type, or the NTSTATUS or bug check that NT gives.

The drivers here are a learner's: their mistakes are marked `# here`, and the error must lead to that line.
"""

import asyncio
import inspect
import re
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

import kevent_sim as ks
from kevent_sim.machine.call import calls_made
from kevent_sim.ntifs import *
from kevent_sim.samples import notification_event, race, synchronization_event

PARAMETERS = {"FileCount": 2, "WriteCount": 1}
SIZE = {"FileCount": 2, "WriteCount": 1}


# -- a learner's driver, given its start routines ---------------------------------------------------------------------


class SHARED(Structure):
    Event: KEVENT
    Count: ULONG


def driver(*start_routines, initialised=True, unload=None):
    """A DriverEntry that starts one thread for each routine, on one SHARED."""

    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = unload
        DeviceObject = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, DeviceObject)
        Shared = DeviceObject.DeviceExtension
        if initialised:
            await KeInitializeEvent(Shared.Event, SynchronizationEvent, False)
        for StartRoutine in start_routines:
            handle = HANDLE()
            await PsCreateSystemThread(handle, 0, None, None, None, StartRoutine, Shared)  # refused here
            await ZwClose(handle)
        return STATUS_SUCCESS

    return DriverEntry


def marked(function, mark="here") -> int:
    """The number of the line of `function` that ends in `# here`."""
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if line.rstrip().endswith(f"# {mark}"))


def fails(start_routine, kind=ks.Misuse, **options):
    """The error of a driver with this start routine; the next run must not notice it."""
    with pytest.raises(kind) as caught:
        ks.run(driver(start_routine, **options))
    works()
    return caught


def works():
    assert ks.run(synchronization_event, **SIZE).verdict == "completed"


def innermost_driver_line(caught) -> int:
    """The last line of this file that the exception passed through: where a traceback leads its reader."""
    return [frame.lineno for frame in traceback.extract_tb(caught.tb) if frame.filename == __file__][-1]


def attributes_of(path):
    name, attributes = UNICODE_STRING(), OBJECT_ATTRIBUTES()
    RtlInitUnicodeString(name, path)
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE, None, None)
    return attributes


def create(handle, path, disposition=FILE_OVERWRITE_IF):
    return ZwCreateFile(
        handle, GENERIC_WRITE | DELETE, attributes_of(path), IO_STATUS_BLOCK(), None, FILE_ATTRIBUTE_NORMAL, 0,
        disposition, FILE_SYNCHRONOUS_IO_NONALERT, None, 0,
    )  # fmt: skip


async def returns(SHARED):
    pass


# -- a forgotten await -------------------------------------------------------------------------------------------------


async def DropsACall(Shared):
    await KeReadStateEvent(Shared.Event)
    KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)  # here
    await KeReadStateEvent(Shared.Event)


async def DropsItsLastCall(Shared):
    KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)  # here


async def UsesACallAsCondition(Shared):
    if KeSetEvent(Shared.Event, IO_NO_INCREMENT, False):  # here
        await KeReadStateEvent(Shared.Event)


async def DropsACallInAHelper(Shared):
    async def helper():
        await KeReadStateEvent(Shared.Event)
        KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)  # here

    await helper()


async def DropsACallOfSeveralLines(Shared):
    await KeReadStateEvent(Shared.Event)
    KeSetEvent(  # here
        Shared.Event,
        IO_NO_INCREMENT,
        False,
    )
    await KeReadStateEvent(Shared.Event)


async def DropsACallBeforeABlockingWait(Shared):
    KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)  # here
    await KeWaitForSingleObject(Shared.Event, Executive, KernelMode, False, None)


@pytest.mark.parametrize(
    "start_routine",
    [
        DropsACall, DropsItsLastCall, UsesACallAsCondition, DropsACallInAHelper, DropsACallOfSeveralLines,
        DropsACallBeforeABlockingWait,
    ],
)  # fmt: skip
def test_a_forgotten_await_names_the_thread_the_line_and_the_routine(start_routine):
    text = str(fails(start_routine).value)
    line = marked(start_routine)
    assert text.startswith(f"{start_routine.__name__}, line {line}: KeSetEvent was called but not awaited")
    assert "await KeSetEvent(" in text


async def TestsAStatusItNeverGot(Shared):
    status = create(HANDLE(), "\\??\\C:\\Temp\\f.txt")
    if NT_SUCCESS(status):  # here
        await KeReadStateEvent(Shared.Event)


def test_nt_success_refuses_the_result_of_a_call_that_was_not_awaited():
    caught = fails(TestsAStatusItNeverGot, TypeError)
    assert "await" in str(caught.value)
    assert innermost_driver_line(caught) == marked(TestsAStatusItNeverGot)


async def Helper(Shared):
    await KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)


async def DropsAHelper(Shared):
    Helper(Shared)  # here
    await KeReadStateEvent(Shared.Event)


async def DropsAHelperAtItsEnd(Shared):
    await KeReadStateEvent(Shared.Event)
    Helper(Shared)  # here


async def DropsAHelperInAHelper(Shared):
    await DropsAHelper(Shared)


@pytest.mark.parametrize("start_routine", [DropsAHelper, DropsAHelperAtItsEnd, DropsAHelperInAHelper])
@pytest.mark.parametrize("made", [ks.run, ks.explore])
def test_so_does_a_start_routine_of_ones_own_that_is_not_awaited(start_routine, made):
    line = marked(DropsAHelper if start_routine is DropsAHelperInAHelper else start_routine)
    told = f"{start_routine.__name__}, line {line}: Helper was called but not awaited, so it did nothing. Type:  await "
    with pytest.raises(ks.Misuse, match=re.escape(told + "Helper(...)")):
        made(driver(start_routine))
    works()


def test_a_samples_start_routine_that_is_not_awaited_goes_by_its_name():
    async def Forgets(Shared):
        race.FileMoveThread(Shared)

    with pytest.raises(ks.Misuse, match=r"Type:  await FileMoveThread\(\.\.\.\)"):
        ks.run(driver(Forgets))


def test_another_warning_of_a_driver_goes_where_it_went():
    async def Warns(Shared):
        warnings.warn("mind the gap", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning, match="mind the gap"):
        ks.run(driver(Warns))


def test_what_is_dropped_when_no_thread_runs_is_warned_of_as_ever():
    async def Keeps(Shared):
        dropped = Helper(Shared)  # noqa: F841
        await KeWaitForSingleObject(Shared.Event, Executive, KernelMode, False, None)

    with pytest.warns(RuntimeWarning, match="Helper' was never awaited"):
        assert ks.run(driver(Keeps)).verdict == "deadlock"


def test_an_event_initialised_without_await_is_told_what_to_type():
    async def DriverEntry(DriverObject, RegistryPath):
        KeInitializeEvent(KEVENT(), NotificationEvent, False)  # here
        return STATUS_SUCCESS

    line = marked(test_an_event_initialised_without_await_is_told_what_to_type)
    with pytest.raises(ks.Misuse, match=rf"line {line}: .* Type:  await KeInitializeEvent\(\.\.\.\)"):
        ks.run(DriverEntry)
    works()


OUTSIDE = {"KeInitializeEvent": (NotificationEvent, False), "KeSetEvent": (IO_NO_INCREMENT, False), "KeClearEvent": ()}
each_outside = pytest.mark.parametrize(("name", "arguments"), OUTSIDE.items(), ids=OUTSIDE)


@each_outside
def test_a_call_outside_a_machine_says_what_to_type_and_leaves_the_session_alive(no_machine, name, arguments):
    with pytest.raises(ks.Misuse, match=re.escape(f"put  await {name}(...)  into a start routine")) as caught:
        globals()[name](KEVENT(), *arguments)
    assert str(caught.value).endswith("and type:  ks.run(DriverEntry)")
    assert not calls_made
    works()


@each_outside
def test_so_does_an_await_outside_a_machine(no_machine, name, arguments):
    async def cell():
        await globals()[name](KEVENT(), *arguments)

    with pytest.raises(ks.Misuse, match=f"^{name} is called by a thread of a driver, and no driver runs here"):
        asyncio.run(cell())
    works()


@pytest.mark.parametrize("driver", [race, lambda DriverObject, RegistryPath: None])
def test_calls_outside_a_machine_are_refused_after_a_run_whether_it_went_well_or_not(no_machine, driver):
    with suppress(ks.Misuse):
        ks.run(driver)
    with pytest.raises(ks.Misuse, match="no driver runs here"):
        KeGetCurrentThread()


def test_a_thread_that_awaits_something_else_is_told_so():
    async def Sleeps(Shared):
        await asyncio.sleep(0)

    assert "not a kernel routine" in str(fails(Sleeps).value)


def test_a_run_within_a_run_is_none_of_its_business():
    async def RunsAnother(Shared):
        await KeReadStateEvent(Shared.Event)
        works()
        await KeReadStateEvent(Shared.Event)

    assert ks.run(driver(RunsAnother)).verdict == "completed"


def test_runs_asked_for_by_several_python_threads_do_not_disturb_each_other():
    def schedule(seed):
        return ks.run(race, ks.Windows(seed=seed), FileCount=20, WriteCount=50).schedule

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(3) as pool:
            schedules = list(pool.map(schedule, range(9)))
    finally:
        sys.setswitchinterval(interval)
    assert schedules == list(map(schedule, range(9)))


# -- start routines, DriverEntry, DriverUnload -------------------------------------------------------------------------


def not_async(Shared):
    return None


async def too_many(Shared, Other):
    await KeReadStateEvent(Shared.Event)


async def too_few():
    pass


@pytest.mark.parametrize(
    ("start_routine", "remedy"),
    [(not_async, "async def not_async"), (too_many, "one argument"), (too_few, "one argument"), (42, "async def")],
)
def test_what_cannot_run_as_a_thread_is_refused_where_the_thread_is_created(start_routine, remedy):
    caught = fails(start_routine)
    assert remedy in str(caught.value)
    line = marked(driver, "refused here")
    assert innermost_driver_line(caught) == line
    assert f"line {line}" in str(caught.value)


async def ReturnsNothing(DriverObject, RegistryPath):
    pass


async def ReturnsANumber(DriverObject, RegistryPath):
    return 0


@pytest.mark.parametrize("entry", [ReturnsNothing, ReturnsANumber])
def test_a_driver_entry_must_return_a_status(entry):
    with pytest.raises(ks.Misuse, match="return STATUS_SUCCESS"):
        ks.run(entry)
    works()


def test_a_driver_entry_that_fails_leaves_the_driver_stopped():
    async def DriverEntry(DriverObject, RegistryPath):
        return STATUS_UNSUCCESSFUL

    run = ks.run(DriverEntry)
    assert (run.verdict, run.status, run.service) == ("completed", STATUS_UNSUCCESSFUL, "STOPPED")
    assert "DriverEntry returned STATUS_UNSUCCESSFUL" in repr(run)


def test_a_driver_entry_that_fails_after_it_made_a_thread_is_bug_check_0xce():
    async def DriverEntry(DriverObject, RegistryPath):
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, race.FileCreationThread, race.RACE_PARAMETERS())
        return STATUS_UNSUCCESSFUL

    run = ks.run(DriverEntry, policy=lambda ready: ready[0])
    assert (run.verdict, run.bugcheck.code) == ("bugcheck", 0xCE)


def test_the_errors_of_a_driver_that_is_none_say_what_a_driver_is():
    async def one_argument(DriverObject):
        return STATUS_SUCCESS

    def plain(DriverObject, RegistryPath):
        return STATUS_SUCCESS

    for wrong, remedy in [
        (plain, "async def plain"),
        (one_argument, r"\(DriverObject, RegistryPath\)"),
        (inspect, "no DriverEntry"),
        (None, "async def"),
        ("race", "async def"),
    ]:
        with pytest.raises(ks.Misuse, match=remedy):
            ks.run(wrong)
    works()


def test_a_call_of_driver_entry_is_not_the_driver():
    with pytest.raises(ks.Misuse, match=re.escape("ks.run(DriverEntry)")):
        ks.run(race.DriverEntry(None, None))
    works()


# -- parameters, max_steps, volume -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind"),
    [(-1, ValueError), (2**32, ValueError), (10**30, ValueError), (1.5, TypeError), (2.0, TypeError), (True, TypeError),
     ("2", TypeError), (None, TypeError)],
)  # fmt: skip
def test_a_count_is_a_whole_number_that_fits_the_registry(value, kind):
    with pytest.raises(kind, match="FileCount"):
        ks.run(race, FileCount=value)


def test_a_count_of_zero_is_a_count():
    assert ks.run(race, FileCount=0).verdict == "completed"


def test_an_absurd_count_does_not_hang():
    run = ks.run(race, FileCount=2**32 - 1, WriteCount=1, max_steps=2_000)
    assert run.verdict == "unfinished"


def test_an_unknown_parameter_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no parameter Files.*FileCount, WriteCount"):
        ks.run(race, Files=3)


def test_a_parameter_that_the_driver_does_not_declare_cannot_be_read():
    async def DriverEntry(DriverObject, RegistryPath):
        registry_parameter(RegistryPath, "Files")  # here
        return STATUS_SUCCESS

    with pytest.raises(ks.Misuse, match=r"declares no parameter Files.*PARAMETERS") as caught:
        ks.run(DriverEntry)
    assert innermost_driver_line(caught) == marked(test_a_parameter_that_the_driver_does_not_declare_cannot_be_read)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "10"])
def test_max_steps_is_a_whole_number_of_one_or_more(value):
    with pytest.raises(ValueError, match="max_steps"):
        ks.run(race, max_steps=value, **SIZE)


def test_a_volume_is_a_volume():
    with pytest.raises(TypeError, match=r"ks\.Volume"):
        ks.run(race, volume=["C:\\Temp"], **SIZE)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ({"directories": "C:\\Temp"}, "directories is a list of paths; type:  Volume(directories=['C:\\\\Temp'])"),
        ({"directories": ["Temp"]}, "'Temp' is not a path like C:\\Temp; in Python write it as  'C:\\\\Temp'"),
        ({"directories": [7]}, "7 is not a path like C:\\Temp; in Python write it as  'C:\\\\Temp'"),
        ({"directories": ["C:\\A\\B"]}, "C:\\A\\B has no directory C:\\A; name it first:  Volume(directories="),
        ({"files": {"C:\\Nowhere\\f.txt": 1}}, "C:\\Nowhere\\f.txt has no directory C:\\Nowhere; name it first:"),
        ({"files": {"C:\\Temp\\f.txt": -1}}, "C:\\Temp\\f.txt holds bytes, or as many zeros as a size says, not -1"),
        (
            {"files": {"C:\\Temp\\f.txt": "text"}},
            "C:\\Temp\\f.txt holds bytes, or as many zeros as a size says, not 'text",
        ),
    ],
)
def test_a_volume_that_cannot_be_is_refused(arguments, remedy):
    with pytest.raises(ValueError, match=f"^{re.escape(remedy)}"):
        ks.Volume(**arguments)


def test_files_of_a_directory_that_is_not_there_says_which_are():
    run = ks.run(race, **SIZE)
    with pytest.raises(ValueError, match="not a path like C:"):
        run.files("Temp")
    with pytest.raises(ValueError, match=r"no directory C:\\Nowhere; it has: .*C:\\Temp2"):
        run.files("C:\\Nowhere")
    with pytest.raises(ValueError, match="not a path"):
        run.files(7)
    with pytest.raises(ValueError, match="no directory"):
        run.files("C:\\Temp\\file_0.txt")


# -- missing folders, relative paths: NT's own statuses ----------------------------------------------------------------


def statuses(run, routine):
    columns = run.columns
    return [r for name, r in zip(columns["routine"], columns["result"], strict=True) if name.name == routine]


def test_without_temp2_the_rename_finds_no_path_and_the_files_stay():
    run = ks.run(synchronization_event, volume=ks.Volume(["C:\\Temp"]), **SIZE)
    assert statuses(run, "ZwSetInformationFile") == [STATUS_OBJECT_PATH_NOT_FOUND] * 2
    assert run.files("C:\\Temp") == {"file_0.txt": 15, "file_1.txt": 15}


def test_without_temp_neither_thread_finds_its_path():
    run = ks.run(synchronization_event, volume=ks.Volume(["C:\\Temp2"]), **SIZE)
    assert statuses(run, "ZwCreateFile") == statuses(run, "ZwOpenFile") == [STATUS_OBJECT_PATH_NOT_FOUND] * 2
    assert run.outcome == ("completed", ())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Temp\\f.txt", STATUS_OBJECT_PATH_SYNTAX_BAD),
        ("C:\\Temp\\f.txt", STATUS_OBJECT_PATH_SYNTAX_BAD),
        ("", STATUS_OBJECT_PATH_SYNTAX_BAD),
        ("\\??\\E:\\f.txt", STATUS_OBJECT_PATH_NOT_FOUND),
        ("\\NoSuchDirectory\\f.txt", STATUS_OBJECT_PATH_NOT_FOUND),
        ("\\??\\C:\\Temp\\f?.txt", STATUS_OBJECT_NAME_INVALID),
        ("\\??\\C:\\Temp\\\\f.txt", STATUS_OBJECT_NAME_INVALID),
    ],
)
def test_a_name_that_is_none_gets_its_status(path, status):
    async def Creates(Shared):
        await create(HANDLE(), path)

    run = ks.run(driver(Creates))
    assert (run.verdict, statuses(run, "ZwCreateFile")) == ("completed", [status])


# -- schedule texts ----------------------------------------------------------------------------------------------------

TEXT = str(ks.run(race, **SIZE).schedule)


def test_a_schedule_text_of_another_driver_or_other_parameters_does_not_fit():
    with pytest.raises(ValueError, match="this schedule is of race"):
        ks.run(synchronization_event, policy=ks.Replay(TEXT))
    with pytest.raises(ValueError, match=r"FileCount.*does not fit"):
        ks.run(race, policy=ks.Replay(TEXT), FileCount=3, WriteCount=1)
    works()


def test_a_damaged_schedule_text_is_refused():
    assert "FileCount=2" in TEXT
    with pytest.raises(ValueError, match="damaged"):
        ks.Replay(TEXT.replace("FileCount=2", "FileCount=3"))
    at = TEXT.index("completed") - 3
    for damaged in (TEXT[:at] + "9" + TEXT[at + 1 :], TEXT[:-1] + ("0" if TEXT[-1] != "0" else "1")):
        with pytest.raises(ValueError, match="damaged"):
            ks.Replay(damaged)


@pytest.mark.parametrize("text", ["", "0 1 2", "hello", TEXT[:40], TEXT[:-1], TEXT[10:], TEXT + TEXT])
def test_what_is_no_schedule_text_is_refused(text):
    with pytest.raises(ValueError, match=r"^this is not a schedule text; one starts with 'kevent_sim 2; race\("):
        ks.Replay(text)


@pytest.mark.parametrize("text", [None, 7, [0, 1], b"kevent_sim 2"])
def test_replay_takes_a_schedule_or_its_text(text):
    with pytest.raises(TypeError, match=r"run\.schedule or its text"):
        ks.Replay(text)


def test_a_schedule_text_of_another_version_says_so():
    with pytest.raises(ValueError, match="version 3; this kevent_sim reads version 2: run the driver again"):
        ks.Replay(TEXT.replace("kevent_sim 2;", "kevent_sim 3;"))


def test_an_earlier_version_says_what_was_otherwise_then():
    with pytest.raises(ValueError, match="version 1, when KeInitializeEvent was not a step; this kevent_sim reads"):
        ks.Replay(TEXT.replace("kevent_sim 2;", "kevent_sim 1;"))


def shorter(schedule, steps):
    return ks.Schedule(schedule.driver, schedule.parameters, schedule.policy, schedule.choices[:steps], "completed")


def test_a_schedule_that_is_too_short_says_after_which_step_it_ends():
    schedule = shorter(ks.run(race, **SIZE).schedule, 9)
    with pytest.raises(ValueError, match="ends after 9 steps"):
        ks.run(race, policy=ks.Replay(schedule))
    works()


def test_a_schedule_that_names_a_thread_that_cannot_run_says_who_can():
    schedule = ks.run(race, **SIZE).schedule
    wrong = ks.Schedule(
        schedule.driver, schedule.parameters, schedule.policy, (0, 7, *schedule.choices[2:]), "completed"
    )
    with pytest.raises(ValueError, match=r"does not fit at step 1.*choice 7.*System"):
        ks.run(race, policy=ks.Replay(wrong))


def test_a_schedule_with_steps_left_over_is_refused():
    schedule = ks.run(race, **SIZE).schedule
    longer = ks.Schedule(schedule.driver, schedule.parameters, schedule.policy, (*schedule.choices, 1, 1), "completed")
    with pytest.raises(ValueError, match=r"^the schedule has 18 steps, but this driver: 16$"):
        ks.run(race, policy=ks.Replay(longer))


# -- policies ----------------------------------------------------------------------------------------------------------


def test_a_policy_that_answers_a_thread_that_is_not_ready_is_told_who_is():
    first = []

    def sticks_to_the_first(ready):
        first.extend(ready[:1])
        return first[0]

    with pytest.raises(ks.Misuse, match="not ready; it must return one of: FileCreationThread, FileMoveThread"):
        ks.run(race, policy=sticks_to_the_first, **SIZE)
    with pytest.raises(ks.Misuse, match="answered None"):
        ks.run(race, policy=lambda ready: None, **SIZE)
    works()


@pytest.mark.parametrize("policy", [7, "RoundRobin", [1, 2]])
def test_what_is_no_policy_is_refused(policy):
    with pytest.raises(TypeError, match=re.escape("ks.RoundRobin()")):
        ks.run(race, policy=policy, **SIZE)


def test_a_policy_class_is_not_a_policy():
    with pytest.raises(TypeError, match=re.escape("ks.RoundRobin()")):
        ks.run(race, policy=ks.RoundRobin, **SIZE)


@pytest.mark.parametrize(
    ("kind", "given", "least"),
    [
        (ks.Windows, {"processors": 0}, 1),
        (ks.Windows, {"processors": True}, 1),
        (ks.Windows, {"processors": 1.5}, 1),
        (ks.Windows, {"seed": -1}, 0),
        (ks.Random, {"burst": 0}, 1),
        (ks.Random, {"seed": "7"}, 0),
        (ks.Random, {"seed": -1}, 0),
        (ks.PCT, {"depth": 0}, 1),
        (ks.PCT, {"steps": 0}, 1),
        (ks.PCT, {"seed": -1}, 0),
    ],
    ids=str,
)
def test_a_policy_refuses_numbers_that_cannot_be_and_takes_the_least_that_can(kind, given, least):
    ((name, value),) = given.items()
    with pytest.raises(ValueError, match=f"^{name} is a whole number, {least} or more, not {re.escape(repr(value))}$"):
        kind(**given)
    assert getattr(kind(**{name: least}), name) == least


def test_a_duration_is_a_whole_number_of_ticks_one_or_more_of_what_has_one():
    with pytest.raises(ValueError, match=r"^the duration of ZwClose is a whole number, 1 or more, not 0$"):
        ks.Windows(durations={"ZwClose": 0})
    with pytest.raises(ValueError, match=r"^'KeSetEvnt' has no duration of its own; these have: thread start, "):
        ks.Windows(durations={"KeSetEvnt": 5})
    assert ks.Windows(durations={"ZwClose": 1}).durations == {"ZwClose": 1}


# -- runs that do not end by themselves --------------------------------------------------------------------------------


async def PollsForEver(Shared):
    while not await KeReadStateEvent(Shared.Event):
        pass


def test_a_driver_that_polls_for_ever_is_unfinished():
    run = ks.run(driver(PollsForEver), max_steps=500)
    assert (run.verdict, len(run.schedule.choices)) == ("unfinished", 500)
    assert repr(run).startswith("DriverEntry: unfinished after 500 steps: it polls, or max_steps is too small\n")
    works()


async def WaitsForEver(Shared):
    await KeReadStateEvent(Shared.Event)
    await KeWaitForSingleObject(  # here
        Shared.Event, Executive, KernelMode, False, None
    )


def test_a_wait_that_nobody_ends_is_a_deadlock_that_says_who_waits_for_what_and_where():
    run = ks.run(driver(WaitsForEver))
    assert run.verdict == "deadlock"
    assert run.waiting == (("WaitsForEver", "Event", marked(WaitsForEver)),)
    assert f"WaitsForEver waits for Event (line {marked(WaitsForEver)})" in repr(run)
    works()


async def CleansUp(Shared):
    try:
        await KeWaitForSingleObject(Shared.Event, Executive, KernelMode, False, None)
    finally:
        await KeReadStateEvent(Shared.Event)
        await KeReadStateEvent(Shared.Event)


def test_what_a_thread_would_do_after_the_run_is_not_done():
    run = ks.run(driver(CleansUp))
    assert run.verdict == "deadlock"
    assert statuses(run, "KeReadStateEvent") == []
    works()


# -- bug checks --------------------------------------------------------------------------------------------------------


async def SetsTheEvent(Shared):
    await KeReadStateEvent(Shared.Event)
    await KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)


async def UsesTheEvent(Shared):
    await KeSetEvent(Shared.Event, IO_NO_INCREMENT, False)  # here


async def WaitsOnTheEvent(Shared):
    await KeWaitForSingleObject(Shared.Event, Executive, KernelMode, False, LARGE_INTEGER(0))  # here


@pytest.mark.parametrize("start_routine", [UsesTheEvent, WaitsOnTheEvent])
def test_an_event_that_was_never_initialised_is_bug_check_0xa(start_routine):
    run = ks.run(driver(start_routine, initialised=False))
    assert (run.verdict, run.bugcheck.code, run.bugcheck.line) == ("bugcheck", 0x0A, marked(start_routine))
    assert "never initialised" in str(run.bugcheck)
    assert "IRQL_NOT_LESS_OR_EQUAL" in repr(run)
    works()


async def InitialisesAgain(Shared):
    await KeReadStateEvent(Shared.Event)
    await KeReadStateEvent(Shared.Event)
    await KeInitializeEvent(Shared.Event, SynchronizationEvent, False)  # here


def test_initialising_an_event_that_has_waiters_is_bug_check_0x139():
    run = ks.run(driver(WaitsForEver, InitialisesAgain))
    assert (run.verdict, run.bugcheck.code, run.bugcheck.parameters) == ("bugcheck", 0x139, (3, 0, 0, 0))
    assert run.bugcheck.line == marked(InitialisesAgain)
    works()


async def unload_deletes_the_device(DriverObject):
    await IoDeleteDevice(DriverObject.DeviceObject)


@pytest.mark.parametrize("sample", [race, synchronization_event, notification_event])
def test_stopping_a_sample_under_its_running_threads_is_a_bug_check(sample):
    run = ks.run(sample, stop=True, **SIZE)
    goes_on = "goes on in a driver that has been unloaded; DriverUnload must wait for its threads"
    assert (run.verdict, run.bugcheck.code) == ("bugcheck", 0xCE)
    assert run.bugcheck.reason == f"FileCreationThread {goes_on}"
    lines = inspect.getsource(sample).splitlines()
    assert lines[run.bugcheck.line - 1].strip() == "await ZwClose(hFile)"
    works()


async def UsesTheExtensionLate(Shared):
    for _ in range(20):
        await KeReadStateEvent(Shared.Event)  # here


def test_using_a_freed_device_extension_is_bug_check_0xd5_at_the_line_that_uses_it():
    run = ks.run(driver(UsesTheExtensionLate, unload=unload_deletes_the_device), stop=True)
    assert (run.bugcheck.code, run.bugcheck.line) == (0xD5, marked(UsesTheExtensionLate))


async def InitialisesInTheExtensionLate(Shared):
    Event = Shared.Event
    for _ in range(20):
        await KeInitializeEvent(Event, SynchronizationEvent, False)  # here


def test_initialising_an_event_in_a_freed_device_extension_is_bug_check_0xd5_by_the_routine():
    run = ks.run(driver(InitialisesInTheExtensionLate, unload=unload_deletes_the_device), stop=True)
    assert (run.bugcheck.code, run.bugcheck.line) == (0xD5, marked(InitialisesInTheExtensionLate))
    assert run.columns["routine"][-1].name == "KeInitializeEvent"


async def ReadsAFieldLate(Shared):
    local = KEVENT()
    await KeInitializeEvent(local, NotificationEvent, False)
    for _ in range(9):
        await KeReadStateEvent(local)
        Shared.Count  # here  # noqa: B018


def test_reading_a_freed_field_is_bug_check_0xd5():
    run = ks.run(driver(ReadsAFieldLate, unload=unload_deletes_the_device), stop=True)
    assert run.bugcheck.code == 0xD5
    assert run.bugcheck.line == marked(ReadsAFieldLate, "here  # noqa: B018")


async def RunsOn(Shared):
    local = KEVENT()
    await KeInitializeEvent(local, NotificationEvent, False)
    for _ in range(20):
        await KeReadStateEvent(local)  # here


async def unload_does_nothing(DriverObject):
    pass


def test_a_thread_that_runs_on_in_unloaded_code_is_bug_check_0xce_at_its_line():
    run = ks.run(driver(RunsOn, unload=unload_does_nothing), stop=True)
    assert (run.bugcheck.code, run.bugcheck.line) == (0xCE, marked(RunsOn))
    assert "DriverUnload must wait for its threads" in str(run.bugcheck)


def test_a_driver_without_unload_cannot_be_stopped():
    with pytest.raises(ks.Misuse, match=r"cannot be stopped.*DriverUnload"):
        ks.run(driver(returns), stop=True)


async def RenamesThroughAShortBuffer(Shared):
    handle, io = HANDLE(), IO_STATUS_BLOCK()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    request = FILE_RENAME_INFORMATION()  # 24 bytes, as the article's
    request.FileName = "\\??\\C:\\Temp2\\NewFile_0.txt"
    request.FileNameLength = 2 * len(request.FileName)
    length = 24 + request.FileNameLength
    await ZwSetInformationFile(handle, io, request, length, FileRenameInformation)  # here


def test_a_rename_buffer_that_is_too_short_is_bug_check_0xf7():
    run = ks.run(driver(RenamesThroughAShortBuffer))
    assert (run.verdict, run.bugcheck.code) == ("bugcheck", 0xF7)
    assert run.bugcheck.line == marked(RenamesThroughAShortBuffer)
    works()


async def ReadsAFieldAtOnce(Shared):
    print(Shared.Count)  # here
    await KeReadStateEvent(Shared.Event)


async def InitialisesAtOnce(Shared):
    await KeInitializeEvent(Shared.Event, SynchronizationEvent, False)  # here


@pytest.mark.parametrize("start_routine", [ReadsAFieldAtOnce, InitialisesAtOnce])
def test_a_bug_check_before_a_threads_first_step_is_at_that_threads_line(start_routine):
    async def DriverEntry(DriverObject, RegistryPath):
        device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(SHARED), None, FILE_DEVICE_UNKNOWN, 0, False, device)
        Shared = device.DeviceExtension
        await IoDeleteDevice(device)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, start_routine, Shared)
        return STATUS_SUCCESS

    run = ks.run(DriverEntry)
    assert (run.bugcheck.code, run.bugcheck.line) == (0xD5, marked(start_routine))
    works()


# -- wrong arguments raise at the learner's own line -------------------------------------------------------------------


async def SetsNoEvent(Shared):
    await KeSetEvent("Event", IO_NO_INCREMENT, False)  # here


async def SetsWithTooFewArguments(Shared):
    await KeSetEvent(Shared.Event)  # here


async def SetsWithTooManyArguments(Shared):
    await KeSetEvent(Shared.Event, IO_NO_INCREMENT, False, None)  # here


async def SetsByKeyword(Shared):
    await KeSetEvent(Shared.Event, Increment=0, Wait=False)  # here


async def SetsWithAWordForIncrement(Shared):
    await KeSetEvent(Shared.Event, "EVENT_INCREMENT", False)  # here


async def WaitsForANumber(Shared):
    await KeWaitForSingleObject(Shared.Event, Executive, KernelMode, False, -10_000)  # here


async def DelaysByANumber(Shared):
    await KeDelayExecutionThread(KernelMode, False, -10_000)  # here


async def DelaysByNothing(Shared):
    await KeDelayExecutionThread(KernelMode, False, None)  # here


async def AsksTimeIntoNothing(Shared):
    await KeQuerySystemTime(None)  # here


async def CreatesIntoANumber(Shared):
    attributes = attributes_of("\\??\\C:\\Temp\\f.txt")
    await ZwCreateFile(0, GENERIC_WRITE, attributes, IO_STATUS_BLOCK(), None, 0, 0, FILE_CREATE, 0, None, 0)  # here


async def CreatesWithoutStatusBlock(Shared):
    attributes = attributes_of("\\??\\C:\\Temp\\f.txt")
    await ZwCreateFile(HANDLE(), GENERIC_WRITE, attributes, None, None, 0, 0, FILE_CREATE, 0, None, 0)  # here


async def CreatesAPlainName(Shared):
    await ZwCreateFile(  # here
        HANDLE(), GENERIC_WRITE, "\\??\\C:\\Temp\\f.txt", IO_STATUS_BLOCK(), None, 0, 0, FILE_CREATE, 0, None, 0
    )


async def CreatesWithAWordForAccess(Shared):
    attributes = attributes_of("\\??\\C:\\Temp\\f.txt")
    await ZwCreateFile(HANDLE(), "w", attributes, IO_STATUS_BLOCK(), None, 0, 0, FILE_CREATE, 0, None, 0)  # here


async def WritesText(Shared):
    handle = HANDLE()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    await ZwWriteFile(handle, None, None, None, IO_STATUS_BLOCK(), "text", 4, None, None)  # here


async def WritesMoreThanThereIs(Shared):
    handle = HANDLE()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    await ZwWriteFile(handle, None, None, None, IO_STATUS_BLOCK(), b"text", 5, None, None)  # here


async def WritesWithoutStatusBlock(Shared):
    handle = HANDLE()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    await ZwWriteFile(handle, None, None, None, None, b"text", 4, None, None)  # here


async def ClosesANumber(Shared):
    await ZwClose(4)  # here


async def RenamesWithText(Shared):
    handle = HANDLE()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    await ZwSetInformationFile(handle, IO_STATUS_BLOCK(), "NewFile_0.txt", 30, FileRenameInformation)  # here


async def QueriesIntoNothing(Shared):
    handle = HANDLE()
    await create(handle, "\\??\\C:\\Temp\\f.txt")
    await ZwQueryInformationFile(handle, IO_STATUS_BLOCK(), None, 24, FileStandardInformation)  # here


async def MakesAnEventIntoNothing(Shared):
    await ZwCreateEvent(None, EVENT_ALL_ACCESS, None, NotificationEvent, False)  # here


async def DeletesNoDevice(Shared):
    await IoDeleteDevice(None)  # here


async def CreatesAThreadIntoNothing(Shared):
    await PsCreateSystemThread(None, 0, None, None, None, returns, None)  # here


async def SetsAFieldThatIsNone(Shared):
    await KeReadStateEvent(Shared.Event)
    Shared.FileCount = 1  # here


async def AssignsTheEvent(Shared):
    await KeReadStateEvent(Shared.Event)
    Shared.Event = KEVENT()  # here


async def InitialisesNoEvent(Shared):
    await KeReadStateEvent(Shared.Event)
    await KeInitializeEvent(Shared, NotificationEvent, False)  # here


async def InitialisesAnUnknownType(Shared):
    await KeReadStateEvent(Shared.Event)
    await KeInitializeEvent(KEVENT(), 2, False)  # here


async def DividesByZero(Shared):
    await KeReadStateEvent(Shared.Event)
    print(1 // 0)  # here


# What each raises, and what it says; a Misuse of a call begins with thread and line.
WRONG = [
    (SetsNoEvent, ks.Misuse, "KeSetEvent: an event is a KEVENT, not str; type:  KEVENT()"),
    (SetsWithTooFewArguments, ks.Misuse, "KeSetEvent takes 3 arguments, (Event, Increment, Wait), not 1"),
    (SetsWithTooManyArguments, ks.Misuse, "KeSetEvent takes 3 arguments, (Event, Increment, Wait), not 4"),
    (SetsByKeyword, TypeError, "KeSetEvent() got an unexpected keyword argument 'Increment'"),
    (
        SetsWithAWordForIncrement,
        ks.Misuse,
        "KeSetEvent: Increment is a number such as IO_NO_INCREMENT or EVENT_INCREMENT, not 'EVENT_INCREMENT'",
    ),
    (
        WaitsForANumber,
        ks.Misuse,
        "KeWaitForSingleObject: a time-out is None or LARGE_INTEGER(-10_000) (1 ms), not -10000",
    ),
    (
        DelaysByANumber,
        ks.Misuse,
        "KeDelayExecutionThread: a time-out is None or LARGE_INTEGER(-10_000) (1 ms), not -10000",
    ),
    (
        DelaysByNothing,
        ks.Misuse,
        "KeDelayExecutionThread: Interval cannot be None; type:  LARGE_INTEGER(-10_000)  for 1 ms",
    ),
    (
        AsksTimeIntoNothing,
        ks.Misuse,
        "KeQuerySystemTime: CurrentTime is filled in, so it is a LARGE_INTEGER, not None; type:  LARGE_INTEGER()",
    ),
    (CreatesIntoANumber, ks.Misuse, "ZwCreateFile: FileHandle is filled in, so it is a HANDLE, not 0; type:  HANDLE()"),
    (
        CreatesWithoutStatusBlock,
        ks.Misuse,
        "ZwCreateFile: 'NoneType' object has no attribute 'Status'; an argument is of the wrong type",
    ),
    (
        CreatesAPlainName,
        ks.Misuse,
        "ZwCreateFile: ObjectAttributes names the file: InitializeObjectAttributes(objAttributes, name, ...) first",
    ),
    (CreatesWithAWordForAccess, ks.Misuse, "ZwCreateFile: DesiredAccess is a number, flags joined by |, not 'w'"),
    (WritesText, ks.Misuse, 'ZwWriteFile: Buffer is bytes, not str; type:  b"Hello"'),
    (WritesMoreThanThereIs, ks.Misuse, "ZwWriteFile: Length is 5, but Buffer holds 4 bytes"),
    (
        WritesWithoutStatusBlock,
        ks.Misuse,
        "ZwWriteFile: 'NoneType' object has no attribute 'Status'; an argument is of the wrong type",
    ),
    (ClosesANumber, ks.Misuse, "ZwClose: a handle is a HANDLE, not int; type:  hFile = HANDLE()"),
    (
        RenamesWithText,
        ks.Misuse,
        "ZwSetInformationFile: FileRenameInformation takes a FILE_RENAME_INFORMATION, not 'NewFile_0.txt'",
    ),
    (
        QueriesIntoNothing,
        ks.Misuse,
        "ZwQueryInformationFile: FileStandardInformation fills a FILE_STANDARD_INFORMATION, not None",
    ),
    (
        MakesAnEventIntoNothing,
        ks.Misuse,
        "ZwCreateEvent: EventHandle is filled in, so it is a HANDLE, not None; type:  HANDLE()",
    ),
    (DeletesNoDevice, ks.Misuse, "IoDeleteDevice: DeviceObject is a device made by IoCreateDevice, not None"),
    (
        CreatesAThreadIntoNothing,
        ks.Misuse,
        "PsCreateSystemThread: ThreadHandle is filled in, so it is a HANDLE, not None; type:  HANDLE()",
    ),
    (SetsAFieldThatIsNone, AttributeError, "SHARED has no field FileCount; it declares: Event, Count"),
    (
        AssignsTheEvent,
        ks.Misuse,
        "Event lives inside SHARED; initialise it in place:  "
        "await KeInitializeEvent(SyncRes.Event, SynchronizationEvent, False)",
    ),
    (InitialisesNoEvent, ks.Misuse, "KeInitializeEvent: KeInitializeEvent takes a KEVENT first, not SHARED"),
    (
        InitialisesAnUnknownType,
        ks.Misuse,
        "KeInitializeEvent: KeInitializeEvent knows NotificationEvent and SynchronizationEvent, not 2",
    ),
    (DividesByZero, ZeroDivisionError, "integer division or modulo by zero"),
]


@pytest.mark.parametrize(("start_routine", "kind", "says"), WRONG)
def test_a_wrong_argument_raises_at_the_learners_own_line(start_routine, kind, says):
    caught = fails(start_routine, kind)
    assert caught.type is kind
    assert innermost_driver_line(caught) == marked(start_routine)
    where = f"{start_routine.__name__}, line {marked(start_routine)}: "
    by_a_call = kind is ks.Misuse and start_routine is not AssignsTheEvent
    assert str(caught.value) == (where + says if by_a_call else says)


# -- statuses that NT gives for wrong handles --------------------------------------------------------------------------


def test_a_handle_that_stands_for_nothing_is_an_invalid_handle():
    async def Closes(Shared):
        handle = HANDLE()
        await ZwClose(handle)
        await create(handle, "\\??\\C:\\Temp\\f.txt")
        await ZwClose(handle)
        await ZwWriteFile(handle, None, None, None, IO_STATUS_BLOCK(), b"x", 1, None, None)

    run = ks.run(driver(Closes))
    assert statuses(run, "ZwClose")[1:] == [STATUS_INVALID_HANDLE, STATUS_SUCCESS]
    assert statuses(run, "ZwWriteFile") == [STATUS_INVALID_HANDLE]


def test_an_offset_before_the_start_of_a_file_is_an_invalid_parameter():
    async def Writes(Shared):
        handle, io = HANDLE(), IO_STATUS_BLOCK()
        await create(handle, "\\??\\C:\\Temp\\f.txt")
        await ZwWriteFile(handle, None, None, None, io, b"text", 4, LARGE_INTEGER(-5), None)

    run = ks.run(driver(Writes))
    assert statuses(run, "ZwWriteFile") == [STATUS_INVALID_PARAMETER]
    assert run.files("C:\\Temp") == {"f.txt": 0}


def test_a_threads_handle_is_no_file():
    async def Writes(Shared):
        handle = HANDLE()
        await PsCreateSystemThread(handle, 0, None, None, None, returns, Shared)
        await ZwWriteFile(handle, None, None, None, IO_STATUS_BLOCK(), b"x", 1, None, None)

    assert statuses(ks.run(driver(Writes)), "ZwWriteFile") == [STATUS_OBJECT_TYPE_MISMATCH]


@pytest.mark.parametrize("declared", ["5", "None", "['FileCount']"])
def test_parameters_that_are_no_dict_are_refused(declared):
    space = {"STATUS_SUCCESS": STATUS_SUCCESS}
    exec(f"PARAMETERS = {declared}\nasync def DriverEntry(D, R):\n    return STATUS_SUCCESS", space)
    with pytest.raises(ks.Misuse, match=r"^PARAMETERS is a dict of whole numbers"):
        ks.run(space["DriverEntry"])

"""Whatever a learner answers, the check says how far it is, and nothing that a learner does ends in a traceback."""

import pytest

import kevent_sim as ks
from kevent_sim import check, samples
from kevent_sim.ntifs import *
from kevent_sim.orders import explore
from kevent_sim.orders.search import Search
from kevent_sim.samples import notification_event, race, synchronization_event

SMALL = {"FileCount": 2, "WriteCount": 1}
PARAMETERS = {"FileCount": 2, "WriteCount": 1}


def driver_of(*routines):
    """The race with other threads than its own."""

    async def DriverEntry(DriverObject, RegistryPath):
        Device = DEVICE_OBJECT()
        await IoCreateDevice(DriverObject, sizeof(race.RACE_PARAMETERS), None, 0, 0, False, Device)
        for name in PARAMETERS:
            setattr(Device.DeviceExtension, name, registry_parameter(RegistryPath, name))
        for routine in routines:
            handle = HANDLE()
            await PsCreateSystemThread(handle, 0, None, None, None, routine, Device.DeviceExtension)
            await ZwClose(handle)
        DriverObject.DriverUnload = race.DriverUnload
        return STATUS_SUCCESS

    return DriverEntry


async def InTurn(Parameters):
    await race.FileCreationThread(Parameters)
    await race.FileMoveThread(Parameters)


async def ForEver(Parameters):
    Event = KEVENT("Event")
    await KeInitializeEvent(Event, NotificationEvent, False)
    await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)


async def Stops(Parameters):
    await KeSetEvent(KEVENT("Event"), IO_NO_INCREMENT, False)


async def Polls(Parameters):
    Event = KEVENT("Event")
    await KeInitializeEvent(Event, NotificationEvent, False)
    while not await KeReadStateEvent(Event):
        pass


async def Raises(Parameters):
    await race.FileCreationThread(Parameters)
    undefined_name  # noqa: B018


async def Exits(Parameters):
    raise SystemExit("enough")


def not_async(Parameters):
    pass


async def ForgetsAwait(Parameters):
    ZwClose(HANDLE())


# -- a driver, judged by a question of its own ----------------------------------------------------------------------


def files_kept(run):
    return len(run.files("C:\\Temp")) + len(run.files("C:\\Temp2")) == run.parameters["FileCount"]


def test_a_fix_that_holds_is_correct_and_says_in_how_many_classes_of_orders():
    every = ks.explore(race, files_kept, **SMALL)
    verdict = check.holds(race, files_kept, "no file is lost", **SMALL)
    assert verdict.grade == "correct"
    assert verdict.text == (
        f"no file is lost in every order of routine calls ({every.explored} classes of equivalent orders)"
    )


def test_a_right_answer_shows_the_learners_own_run():
    assert repr(check.mended(synchronization_event, **SMALL).shown) == repr(
        ks.picture(ks.run(synchronization_event, **SMALL))
    )
    chosen = check.schedule(first, "CC")
    assert repr(chosen.shown) == repr(ks.picture(ks.run(race, policy=first, FileCount=2, WriteCount=2)))


def test_a_verdict_hands_back_what_its_line_behind_replay_names():
    volume = ks.Volume(files={"C:\\Temp\\file_0.txt": b"old"})
    verdict = check.mended(driver_of(race.FileMoveThread), volume=volume, **SMALL)
    line = verdict.text.partition("replay: ")[2]
    assert line.startswith("ks.run(verdict.driver, ")
    assert line.endswith(", volume=verdict.volume)")
    assert repr(ks.picture(eval(line, {"ks": ks, "verdict": verdict}))) == repr(verdict.shown)
    moved = verdict.where("here")
    assert (moved.text, moved.driver, moved.volume) == (f"here: {verdict.text}", verdict.driver, volume)


def test_a_sample_goes_by_its_own_name_in_that_line():
    assert "replay: ks.run(race, " in check.mended(race, **SMALL).text


def test_a_judge_that_an_answer_breaks_says_so_in_a_verdict():
    @check.judge
    def judge_first(answer):
        return check.Verdict("correct", answer["first"])

    assert repr(judge_first({"first": "yes"})) == "correct: yes"
    assert repr(judge_first({})) == "almost: KeyError: 'first'"
    assert judge_first.__name__ == "judge_first"


def test_one_class_is_not_called_classes():
    assert check.mended(driver_of(InTurn), 1, 1).text.endswith("(1 class of equivalent orders)")


def test_a_fix_that_does_not_hold_is_almost_and_shows_the_simplest_order_that_breaks_it():
    every = ks.explore(race, samples.all_moved, **SMALL)
    verdict = check.holds(race, samples.all_moved, "every file moves", **SMALL)
    assert verdict.grade == "almost"
    assert verdict.text == (
        "there is an order in which it is false: every file moves, "
        f"with {every.preemptions} preemptions; replay: {every.replay}"
    )
    assert repr(verdict.shown) == repr(ks.picture(every.counterexample))


def test_what_a_bad_run_came_to_can_be_told_in_words():
    verdict = check.holds(race, samples.all_moved, told=lambda run: f"fates {samples.fates(run)}", **SMALL)
    assert verdict.text.startswith("fates AA, with 0 preemptions; replay: ")


def test_mended_is_the_question_whether_all_files_move():
    for driver in (race, synchronization_event, samples.with_movers(notification_event, 2)):
        asked = check.holds(driver, samples.all_moved, "every file moves", FileCount=1, WriteCount=1)
        assert check.mended(driver, 1, 1).grade == asked.grade
    assert check.mended(synchronization_event, 1, 1).text == (
        "every file moves in every order of routine calls (2 classes of equivalent orders)"
    )


def test_mended_asks_who_creates_and_whether_each_mover_waits():
    by = {"by": "FileMoveThread", "creates": "FileCreationThread", **SMALL}
    assert check.mended(synchronization_event, each=1, **by).grade == "correct"
    assert check.mended(notification_event, each=1, **by).grade == "correct"
    assert check.mended(samples.semaphore, each=2, MoverCount=2, **by).grade == "correct"
    fewer = check.mended(samples.semaphore, each=2, MoverCount=1, **by)
    assert fewer.text.startswith("of the 2 threads that are to move files 1 were started, ")
    in_turn = check.mended(driver_of(InTurn), by="InTurn", creates="FileCreationThread", **SMALL)
    assert in_turn.text.startswith("InTurn creates files, and not FileCreationThread, ")
    own = check.mended(driver_of(InTurn), by="InTurn", creates="InTurn", each=1, **SMALL)
    assert own.text.startswith("InTurn looks for files before it has waited for a signal of InTurn, ")


@pytest.mark.parametrize("lacking", [{}, {"creates": "FileCreationThread"}, {"by": "FileMoveThread"}])
def test_how_many_movers_wait_is_not_asked_without_who_moves_and_who_signals(lacking):
    with pytest.raises(ValueError, match=r"type  by=\.\.\., creates="):
        check.mended(synchronization_event, each=1, **lacking)


def test_what_a_driver_prints_is_explored_once(monkeypatch):
    async def Says(Parameters):
        DbgPrint("here\n" if await KeReadStateEvent(SAID) else "early\n")

    async def Sets(Parameters):
        await KeSetEvent(SAID, IO_NO_INCREMENT, False)

    async def DriverEntry(DriverObject, RegistryPath):
        await KeInitializeEvent(SAID, NotificationEvent, False)
        for routine in (Says, Sets):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
        return STATUS_SUCCESS

    searches = []
    monkeypatch.setattr(explore, "Search", lambda *given, **named: searches.append(given) or Search(*given, **named))
    verdict = check.prints(DriverEntry, "early", "here")
    assert (verdict.grade, len(searches)) == ("correct", 1)
    assert check.prints(DriverEntry, "early", "here", "late").text == "no order prints 'late'"
    assert check.prints(DriverEntry, "here").text.startswith("an order prints 'early', not 'here', ")


SAID = KEVENT("Said")


def test_an_unload_between_the_last_signal_and_the_end_of_a_thread_is_found_where_it_is_asked_for():
    assert check.mended(synchronization_event, **SMALL).grade == "correct"
    verdict = check.mended(synchronization_event, stop=True, **SMALL)
    assert verdict.grade == "almost"
    assert "stop=True" in verdict.text
    assert verdict.shown is not None


def test_another_disk_can_be_asked_for():
    left = ks.Volume(files={"C:\\Temp\\file_0.txt": b"old"})
    assert check.holds(race, files_kept, **SMALL).grade == "correct"
    assert check.holds(race, files_kept, volume=left, **SMALL).grade == "almost"


@pytest.mark.parametrize(
    ("routines", "words"),
    [
        ([InTurn, ForEver], "ForEver waits for Event (line "),
        ([InTurn, Stops], "(line "),
        ([InTurn, Polls], "Polls polls for ever (line "),
        ([Raises], "NameError: name 'undefined_name' is not defined (line "),
        ([Exits], "SystemExit: enough (line "),
        ([not_async], "start routine not_async is not an async function; write:  async def not_async(...)"),
        ([ForgetsAwait], "await"),
        ([None], "not an async function"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "_".join(getattr(each, "__name__", "None") for each in value),
)
def test_a_driver_that_cannot_work_is_almost_and_says_why(routines, words):
    verdict = check.mended(driver_of(*routines), **SMALL)
    assert verdict.grade == "almost"
    assert words in verdict.text


def test_a_line_is_the_learners_own():
    def empty_choice(run):
        return max([])

    verdict = check.mended(driver_of(Raises), **SMALL)
    assert f"(line {Raises.__code__.co_firstlineno + 2})" in verdict.text
    verdict = check.holds(race, empty_choice, **SMALL)
    assert verdict.text.endswith(f"(line {empty_choice.__code__.co_firstlineno + 1})")


def test_a_budget_that_is_used_up_proves_nothing():
    verdict = check.mended(synchronization_event, budget=1, **SMALL)
    assert verdict.grade == "almost"
    assert "not a proof: the budget of 1 execution is used up" in verdict.text


async def NoStatus(DriverObject, RegistryPath):
    pass


async def NoArguments():
    return STATUS_SUCCESS


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (42, "is not an async function"),
        ("race", "a text is not a driver"),
        (not_async, "is not an async function"),
        (NoArguments, "must take (DriverObject, RegistryPath)"),
        (NoStatus, "it must end with:  return STATUS_SUCCESS"),
        (check, "module answers has no DriverEntry"),
    ],
)
def test_what_is_no_driver_is_almost_and_says_what_one_is(answer, words):
    verdict = check.holds(answer, samples.all_moved)
    assert verdict.grade == "almost"
    assert words in verdict.text


def test_a_driver_that_was_not_written_is_missing():
    assert check.holds(None, samples.all_moved).grade == check.mended(None).grade == "still missing"


def test_no_address_gets_into_a_text():
    verdict = check.mended(driver_of(object()), **SMALL)
    assert verdict.grade == "almost"
    assert "0x" not in verdict.text


# -- a schedule that reaches a goal ---------------------------------------------------------------------------------


def first(ready):
    return ready[0]


def last(ready):
    return ready[-1]


def waits_for_ever(run):
    return [each.thread for each in run.waiting] == ["FileMoveThread #2"]


TWO = samples.with_movers(synchronization_event, 2)


def test_a_policy_that_reaches_the_goal_is_correct_and_comes_with_its_replay():
    verdict = check.schedule(first, waits_for_ever, TWO, "the second mover waits for ever", **SMALL)
    assert verdict.grade == "correct"
    again = verdict.text.partition("the second mover waits for ever; replay: ")[2]
    assert waits_for_ever(eval(again, {"ks": ks, "verdict": verdict}))


def test_a_policy_that_does_not_is_almost_and_shows_its_run():
    verdict = check.schedule(first, "BC")
    assert (verdict.grade, verdict.text) == ("almost", "your schedule gives CC, not BC")
    assert repr(verdict.shown) == repr(ks.picture(ks.run(race, first, FileCount=2, WriteCount=2)))


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        (TWO, "a run in which FileMoveThread #2 waits for FileCreationEvent"),
        (driver_of(InTurn), "a run that completes"),
        (driver_of(Stops), "a bug check: "),
        (driver_of(Polls), "a run without end"),
    ],
)
def test_how_the_run_ended_is_told(driver, words):
    verdict = check.schedule(first, lambda run: False, driver, max_steps=200, **SMALL)
    assert verdict.text.startswith(f"your schedule gives {words}")
    assert verdict.text.endswith(", not what is asked")


FOUND = ks.run(race, first, FileCount=2, WriteCount=2)


@pytest.mark.parametrize(
    "answer",
    [
        str(FOUND.schedule),
        f"\n  {FOUND.schedule}  ",
        FOUND.replay,
        str(FOUND.schedule).replace("; ", ";\n"),
        FOUND.schedule,
        FOUND,
        ks.Replay(FOUND.schedule),
    ],
    ids=["text", "spaces", "line", "wrapped", "schedule", "run", "replay"],
)
def test_a_schedule_that_was_found_elsewhere_is_as_good_as_a_policy(answer):
    assert check.schedule(answer, "CC").grade == "correct"
    assert check.schedule(answer, lambda run: samples.fates(run) == "AA", **FOUND.parameters).grade == "almost"


@pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Windows(seed=1), ks.Random(3), ks.PCT(2, 1)])
def test_a_shipped_policy_is_judged_as_any_other(policy):
    got = samples.fates(ks.run(race, policy, FileCount=2, WriteCount=2))
    assert check.schedule(policy, got).grade == "correct"


def no_argument():
    return None


async def not_plain(ready):
    return ready[0]


def stranger(ready):
    return "FileMoveThread"


def raises(ready):
    return {}[ready[0].name]


def answers_nothing(ready):
    ready[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (42, "a policy is ks.RoundRobin() or the like, or a function of the ready threads, not 42"),
        ([1, 2], "a policy is"),
        (ks.Windows, "a policy is"),
        (no_argument, "no_argument() takes 0 positional arguments"),
        (not_plain, "a policy is a plain function; write  def not_plain(ready):  without async"),
        (stranger, "which is not ready; it must return one of: "),
        (answers_nothing, "the policy returned None"),
        (raises, f"KeyError: 'System' (line {raises.__code__.co_firstlineno + 1})"),
        ("first the creator, then the mover", "this is not a schedule text"),
        (str(FOUND.schedule)[:-1], "this is not a schedule text"),
        (str(FOUND.schedule).replace("1*9", "1*8"), "is damaged"),
        (str(FOUND.schedule).replace("kevent_sim 2", "kevent_sim 9"), "version 9"),
        (str(ks.run(race, first, FileCount=3, WriteCount=2).schedule), "it does not fit race with"),
        (str(ks.run(synchronization_event, first, FileCount=2, WriteCount=2).schedule), "is for synchronization_event"),
        (str(ks.run(race, first, stop=True, FileCount=2, WriteCount=2).schedule), "is from a run with stop=True"),
        (driver_of(InTurn), "a policy is a plain function"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_almost_and_says_what_is_wrong(answer, words):
    verdict = check.schedule(answer, "CC")
    assert verdict.grade == "almost"
    assert words in verdict.text


def test_a_schedule_of_another_driver_of_the_same_name_is_refused():
    verdict = check.schedule(str(ks.run(TWO, first, **SMALL).schedule), waits_for_ever, TWO, **SMALL)
    assert verdict.grade == "correct"

    async def DriverEntry(DriverObject, RegistryPath):
        return await driver_of(InTurn)(DriverObject, RegistryPath)

    DriverEntry.__name__ = TWO.__name__
    verdict = check.schedule(str(ks.run(TWO, first, **SMALL).schedule), waits_for_ever, DriverEntry, **SMALL)
    assert verdict.grade == "almost"
    assert "schedule" in verdict.text


def test_a_schedule_with_an_unload_is_asked_for_as_such():
    stopped = ks.run(race, first, stop=True, **SMALL)
    text = str(stopped.schedule)
    assert check.schedule(text, lambda run: run.service == stopped.service, stop=True, **SMALL).grade == "correct"
    text = str(ks.run(race, first, **SMALL).schedule)
    assert "without stop=True" in check.schedule(text, "CC", stop=True, **SMALL).text


@pytest.mark.parametrize("answer", [None, ""])
def test_no_schedule_is_missing(answer):
    assert check.schedule(answer, "CC").grade == "still missing"


# -- a prediction, and a number that was read off --------------------------------------------------------------------


def test_a_prediction_is_compared_once_it_is_committed_and_nothing_is_told_before():
    predicted = ks.predict("none", "some", "all")
    verdict = check.prediction(predicted, "some")
    assert (verdict.grade, verdict.text) == ("still missing", "commit to a choice above; it then shows what happened")
    predicted.commit("some")
    assert check.prediction(predicted, "some").grade == "correct"


def test_a_wrong_prediction_is_told_as_that_and_not_as_almost_right():
    predicted = ks.predict(0, 1, 2)
    predicted.commit(2)
    assert check.prediction(predicted, 0).grade == "not so"


class Vague(list):
    def __eq__(self, other):
        raise ValueError("the truth value of an array is ambiguous")

    __hash__ = None


@pytest.mark.parametrize("answer", [None, "3", 7, -1, True, 1.5, [], {}, ..., first, Vague([1])])
def test_what_is_no_such_number_is_missing(answer):
    verdict = check.number(answer, range(4), 3)
    assert (verdict.grade, verdict.text) == (
        "still missing",
        "give a number from 0 to 3, then run this cell again",
    )


def test_a_wrong_number_is_told_as_that_and_the_right_one_is_not_told():
    verdict = check.number(2, range(4), 3)
    assert verdict.grade == "not so"
    assert "3" not in verdict.text
    assert check.number(3, range(4), 3).grade == "correct"


# -- a verdict ------------------------------------------------------------------------------------------------------


def test_a_text_is_no_markup():
    page = check.Verdict("almost", "the policy returned <lambda> & 'x'")._repr_html_()
    assert page == "<p role=\"status\">◐ <b>almost</b>: the policy returned &lt;lambda&gt; &amp; 'x'</p>"

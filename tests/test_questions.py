"""Questions to states and to runs: `explore` answers what all orders answer, and `holds` is said of nothing else."""

import itertools
import random
import re
from collections import Counter
from functools import partial

import pytest
import sizes
from drivers import SHARED
from readme import mutants_in
from sizes import part, size
from states import (
    OTHER,
    SUB,
    TEMP,
    VOLUME,
    Asked,
    Seen,
    any_driver,
    any_question,
    distinct,
    every_state,
    look,
    started_with,
)

import kevent_sim as ks
from kevent_sim.machine import trace
from kevent_sim.machine.choice import TimeOutOf, thread_of
from kevent_sim.machine.files import File
from kevent_sim.machine.lines import line_of
from kevent_sim.ntifs import *
from kevent_sim.orders import (
    equivalents,
    executions,
    exploration,
    findings,
    happens_before,
    judge,
    reduction,
    search,
    watch,
)
from kevent_sim.runs import history, result, timeline
from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import all_moved, race, synchronization_event
from kevent_sim.views import words

# Of 2,000 drivers with questions to states, and of 1,000 with questions to runs, each 100th; with --long each.
EACH = size(100, 1)


def found(every, kind):
    return [finding for finding in every.findings if finding.kind == kind]


def explored(driver, **question):
    """What explore answers; None where it refuses a question to what no state has."""
    try:
        return ks.explore(driver, volume=VOLUME, **question)
    except ValueError as error:
        if "no state has" not in str(error):
            raise
        return None


# -- questions to states ----------------------------------------------------------------------------------------------


def question_to_values(draw, taken):
    """A random question to the values that a view takes, of those that it takes in some order."""
    one, value = draw.choice(taken), draw.choice(draw.choice(taken))
    return draw.choice(
        [
            lambda values: values != one,
            lambda values: value in values,
            lambda values: values[-1] == value,
            lambda values: len(values) <= len(one),
        ]
    )


def agrees(every, wrong, orders):
    """Is the verdict what brute force says, where `wrong` are the runs for which a check is false?"""
    bad = wrong or any(run.verdict in ("deadlock", "bugcheck") for run, _ in orders)
    return (every.verdict, bool(found(every, "check"))) == ("violated" if bad else "holds", bool(wrong))


def compare(draw, driver, view, at, orders):
    """Where `explore` and brute force differ about a view, in words; whether it takes several sequences of values."""
    values = [distinct(taken[at]) for _, taken in orders]
    sequences = sorted(set(values), key=repr)
    every = explored(driver, outcome=ks.along(view, tuple))
    if every is None or found(every, "data race") or found(every, "shared memory"):
        assert every is None or every.verdict != "holds"
        return None, False
    differ = [] if set(every.outcomes) == set(sequences) else [f"sequences {set(sequences) ^ set(every.outcomes)}"]
    value = draw.choice([*sorted({one for seen in sequences for one in seen}, key=repr), "taken never"])
    every = ks.explore(driver, check=ks.always(lambda state: view(state) != value), volume=VOLUME)
    if not agrees(every, [seen for seen in values if value in seen], orders):
        differ.append(f"always: {value!r} is taken, {every!r}")
    question = question_to_values(draw, sequences)
    every = ks.explore(driver, check=ks.along(view, question), volume=VOLUME)
    ended = zip((made for made, _ in orders), values, strict=True)
    if not agrees(every, [1 for made, seen in ended if made.verdict == "completed" and not question(seen)], orders):
        differ.append(f"along: {every!r}")
    return differ, len(sequences) > 1


UNLOADED = {"FileCount": 1, "WriteCount": 0, "stop": True}
ASKED_OF_UNLOADED = [Asked("at", "FileMoveThread"), Asked("at", "System"), Asked("names", TEMP)]


def look_at(asked, state):
    return look(state, asked)


@pytest.fixture(scope="module")
def unloaded():
    """Every order of a driver that is unloaded while its threads run, and what each state of it has that is asked."""
    views = [partial(look_at, asked) for asked in ASKED_OF_UNLOADED]
    return every_state(race, views, volume=None, limit=10_000, **UNLOADED)


class TestStates:
    def test_of_any_driver_answer_any_question_as_all_orders_do(self, account):
        wrong, compared, several, classes = [], 0, 0, 0
        for seed in itertools.count(0, EACH):
            draw = random.Random(seed)
            given = any_driver(draw)
            driver, asked = started_with(*given), [any_question(draw, given[0]) for _ in range(7)]
            views = [lambda state, one=one: look(state, one) for one in asked]
            orders = every_state(driver, views, limit=size(100, 400))
            if orders is None:
                continue
            # Of the questions, the first that has several answers.
            at = next((at for at in range(7) if len({distinct(taken[at]) for _, taken in orders}) > 1), 0)
            differ, many = compare(draw, driver, views[at], at, orders)
            if differ is None:
                continue
            compared, several, classes = compared + 1, several + many, classes + len(orders)
            if differ:
                wrong.append((seed, given, asked[at], differ))
            if compared == 2000 // EACH:
                break
        account.append(f"{compared} drivers in {classes} orders, {several} of them with several sequences of values")
        assert not wrong
        assert 3 * several >= compared

    @pytest.mark.parametrize("at", range(3), ids=map(str, ASKED_OF_UNLOADED))
    def test_of_a_driver_that_is_unloaded_while_its_threads_run_do_too(self, at, unloaded):
        view = partial(look_at, ASKED_OF_UNLOADED[at])
        every = ks.explore(race, outcome=ks.along(view, tuple), **UNLOADED)
        assert set(every.outcomes) == {distinct(taken[at]) for _, taken in unloaded}
        assert len(every.outcomes) > 1


# -- questions to runs ------------------------------------------------------------------------------------------------


def first_door(made):
    """All that there is behind it."""
    stopped = made.bugcheck
    return (
        (made.verdict, made.driver, tuple(made.parameters), tuple(made.threads), made.service, made.status),
        (made.waiting, tuple(map(str, made.waiting)), str(made.exit_statuses), made.outcome),
        tuple(str(made.files(directory)) for directory in made.volume.directories()),
        tuple((file.path, file.size, file.directory, file.delete_pending, len(file.opens)) for file in made.volume),
        stopped and (str(stopped), stopped.parameters, stopped.line),
        tuple((name, tuple(map(str, made.calls(name)))) for name in made.threads),
    )


BY_ORDER = {
    "schedule": lambda run: run.schedule.choices,
    "replay": lambda run: run.replay,
    "repr": repr,
    "columns": lambda run: tuple(run.columns["choice"]),
    "trace": lambda run: tuple(number for number in run.trace.column("choice")),
    "signals": lambda run: str(run.trace.signals),
    "wakes": lambda run: str(run.trace.wakes),
    "races": lambda run: str(ks.races(run)),
    "thread_intervals": lambda run: tuple(timeline.thread_intervals(run)),
    "releases": lambda run: tuple(history.releases(run)),
    "edges": lambda run: tuple(happens_before.edges(run)),
    "file_intervals": lambda run: tuple(history.file_intervals(run)),
    "probes": lambda run: tuple(history.probes(run)),
    "describe": words.describe,
    "steps": lambda run: tuple(history.step_columns(run)["thread"]),
}


def few_orders(number, limit=150):
    """Random drivers with at least two orders and no more than the limit, each `EACH`th; with a run of each order."""
    seeds = itertools.count(7, EACH)
    drawn = ((draw, started_with(*any_driver(draw))) for draw in map(random.Random, seeds))
    ran = ((draw, driver, every_state(driver, [], limit=limit)) for draw, driver in drawn)
    several = ((draw, driver, [made for made, _ in orders]) for draw, driver, orders in ran if orders and orders[1:])
    return itertools.islice(several, number // EACH)


class TestRuns:
    def test_whatever_is_behind_the_first_door_is_the_same_for_all_orders_of_a_class(self):
        compared = 0
        for _, driver, orders in few_orders(1000):
            every = ks.explore(driver, outcome=first_door, volume=VOLUME)
            if found(every, "data race"):
                continue
            compared += 1
            assert set(every.outcomes) == set(map(first_door, orders))
            assert not found(every, "order")
        assert compared > 900 // EACH

    def test_a_question_that_depends_on_the_order_of_steps_never_holds(self):
        differed = 0
        for draw, driver, orders in few_orders(1000):
            question = BY_ORDER[draw.choice([*BY_ORDER])]
            one = question(orders[0])
            every = ks.explore(
                driver, check=lambda run, one=one, question=question: question(run) == one, volume=VOLUME
            )
            assert every.verdict != "holds"
            differed += any(question(other) != one for other in orders)
            assert found(every, "order") or found(every, "deadlock") or found(every, "bugcheck")
        assert 2 * differed > 1000 // EACH

    @pytest.mark.parametrize("by_order", BY_ORDER)
    def test_each_way_to_ask_for_the_order_is_noted(self, by_order):
        every = ks.explore(
            synchronization_event, check=lambda run: (BY_ORDER[by_order](run), True)[1], FileCount=1, WriteCount=1
        )
        assert (every.verdict, [finding.kind for finding in every.findings]) == ("inconclusive", ["order"])
        assert every.reason.startswith("what is asked depends on ")
        assert "run.calls(" in every.reason
        assert "ks.always(" in every.reason


# -- mutants: what the agreement rests on -----------------------------------------------------------------------------


def both(one, other):
    return Asked("both", (one, other))


def where(one, other):
    return Asked("where", (one, other))


CREATE, SET = ("create", TEMP + "\\a"), ("KeSetEvent", "N")
S, N, LOOSE = Asked("signaled", "S"), Asked("signaled", "N"), Asked("signaled", "Loose")
LENGTH = Asked("length", TEMP)
MOVED = [("directory", OTHER, "open"), ("move", "C:\\New")]

# (threads, whether the events begin signaled, whether DriverEntry goes on, what is asked)
CORPUS = [
    ([[CREATE], [SET]], False, False, both(LENGTH, N)),
    ([[("share", TEMP + "\\b"), ("move", OTHER + "\\b")], [SET]], False, False, both(LENGTH, N)),
    ([[("KeSetEvent", "S")], [SET]], False, False, both(S, N)),
    ([[("KeReleaseSemaphore", 1)], [SET]], False, False, both(Asked("count", "C"), N)),
    ([MOVED, [SET]], False, False, both(Asked("length", OTHER), N)),
    ([[("create", SUB + "\\d"), ("close",), ("directory", TEMP, "open"), ("move", "C:\\New")], [SET]], False, False,
     both(N, Asked("length", "C:\\New\\Sub"))),
    ([[("create", TEMP + "\\b"), ("write",)], [SET]], False, False, both(Asked("sizes", TEMP), N)),
    ([[("create", TEMP + "\\b")], [SET]], False, False, both(Asked("size of b", TEMP), N)),
    ([[("loose", "read")], [SET]], False, False, both(LOOSE, N)),
    ([[("KeSetEvent", "S"), ("loose", "wait", None)], [("loose", "wait", 0)]], False, False, where(S, LOOSE)),
    ([[("named", "create", "N")], [SET]], False, False, both(Asked("signaled", "Ready"), N)),
    ([[("named", "create", "N"), ("named", "reset"), ("named", "close")], [("named", "create", "S")]], False, False,
     Asked("count", "Ready")),
    ([[("KeReadStateEvent", "S"), ("assign", "x", 1), ("KeReadStateEvent", "S")], [SET]], False, False,
     both(Asked("value", "x"), N)),
    ([[("KeReadStateEvent", "S")], [SET]], False, False, both(Asked("at", "Thread"), N)),
    ([[SET], [("KeReadStateEvent", "S")]], False, True, both(N, Asked("at", "Thread #2"))),
    ([[("delay", False), SET], [CREATE]], False, False, both(LENGTH, N)),
    ([[SET, ("KeResetEvent", "N")], [("KeSetEvent", "S"), ("KeResetEvent", "S")], [CREATE]], False, False,
     where(N, where(S, LENGTH))),
    ([[("wait", "S", -50, False), SET], [("KeSetEvent", "S")], [CREATE]], False, False, both(N, LENGTH)),
    # S is seen signaled in the last class alone, after the creation: only then is the directory read.
    ([[CREATE], [("wait", "S", None, False)] * 2, [("KeSetEvent", "S")]], False, False, where(S, LENGTH)),
    ([[("share", TEMP + "\\b"), ("dispose", True), ("close",)], [("share", TEMP + "\\b"), ("close",), SET]],
     False, False, both(LENGTH, N)),
]  # fmt: skip


def of_any_drivers(number):
    """A few random ones more, with several answers in few orders."""
    for seed in itertools.count():
        draw = random.Random(seed)
        threads, signaled, slow = any_driver(draw)
        asked = any_question(draw, threads)
        orders = every_state(
            started_with(threads, signaled, slow), [lambda state, one=asked: look(state, one)], limit=60
        )
        if orders is not None and len({distinct(taken) for _, (taken,) in orders}) > 1:
            yield threads, signaled, slow, asked
            number -= 1
            if not number:
                return


@pytest.fixture(scope="module")
def by_brute_force():
    """(driver, how it is run, view, the sequences of values that it takes) of each case of the corpus."""

    def place(state):
        return look(state, Asked("at", "System"))

    cases = []
    if sizes.long:
        stopped = {"volume": None, "stop": True, "FileCount": 1, "WriteCount": 0}
        orders = every_state(race, [place], limit=10_000, **stopped)
        cases = [(race, stopped, place, {distinct(taken) for _, (taken,) in orders})]
    for *given, asked in [*CORPUS, *of_any_drivers(size(10, 20))]:
        driver = started_with(*given)
        orders = every_state(driver, [lambda state, asked=asked: look(state, asked)], limit=size(400, 5000))
        if orders is None and not sizes.long:
            continue
        assert orders is not None, asked
        sequences = {distinct(taken) for _, (taken,) in orders}
        cases.append((driver, {"volume": VOLUME}, lambda state, asked=asked: look(state, asked), sequences))
    return cases


def wrong_answers(cases):
    """The cases that are answered wrongly. That explore refuses a question is no answer."""
    wrong, refused = [], []
    for at, (driver, how, view, sequences) in enumerate(cases):
        try:
            every = ks.explore(driver, outcome=ks.along(view, tuple), **how)
        except ValueError as error:
            refused.append((at, error))
        else:
            if set(every.outcomes) != sequences:
                wrong.append(at)
    return wrong, refused


SHOWS = watch.Watch.shows


def unseen(kind):
    """A write of this kind of cell is seen by nobody."""

    def mutant(self, cell):
        return cell[0] != kind and SHOWS(self, cell)

    return watch.Watch, "shows", mutant


def no_name_through_its_directory(self, cell):
    return cell in self.cells if cell[0] == "name" else SHOWS(self, cell)


def grows_unnoticed(self, known, new):
    known.add(new)


def no_sites(self, known, new):
    if known is not self.sites and new not in known:
        known.add(new)
        self.grown = True


def no_places():
    sees = watch.View.sees

    def mutant(self, target, cells):
        places = {cell for cell in self.watch.cells if cell[0] == "place"}
        self.watch.cells -= places
        seen = sees(self, target, cells)
        self.watch.cells |= places
        return seen

    return watch.View, "sees", mutant


def not_after_what_meets_all():
    look = watch.View.look

    def mutant(self, steps, cells, site):
        look(self, steps, () if cells is None else cells, site)

    return watch.View, "look", mutant


def at_the_end_only():
    look = watch.View.look

    def mutant(self, steps, cells, site):
        if not steps or not self.kernel.ready():
            look(self, steps, None, site)

    return watch.View, "look", mutant


def sleeps_on():
    conflict = reduction.conflict

    def mutant(one, other):
        return conflict(one and [cell for cell in one if cell != watch.SEEN], other)

    return reduction, "conflict", mutant


STATE_MUTANTS = {
    "what is seen conflicts with nothing": lambda: (executions, "SEEN", (("seen",), False)),
    "what is read later is not noticed": lambda: (watch.Watch, "add", grows_unnoticed),
    "a name is not seen through its directory": lambda: (watch.Watch, "shows", no_name_through_its_directory),
    "no write of a name is seen": lambda: unseen("name"),
    "no write of data is seen": lambda: unseen("data"),
    "no write of an object is seen": lambda: unseen("object"),
    "no creation of a named event is seen": lambda: unseen("object name"),
    "no creation of a thread is seen": lambda: unseen("threads"),
    "the use of an object does not make it known": lambda: (
        watch.View, "_makes_known", lambda self, cell: False
    ),
    "only the first use of an object does": lambda: (
        watch.View, "_makes_known", lambda self, cell: cell[0] == "object" and cell[1] not in self._met
    ),
    "the lines that write a field are not learned": lambda: (watch.Watch, "add", no_sites),
    "no place is seen": no_places,
    "asked at the end only": at_the_end_only,
    "not asked after what meets all": not_after_what_meets_all,
    "who sleeps is not woken by what is seen": sleeps_on,
}  # fmt: skip


class TestMutantsOfWhatIsSeen:
    def test_the_questions_themselves_are_answered_rightly_on_all_of_the_corpus(self, by_brute_force):
        assert wrong_answers(by_brute_force) == ([], [])
        assert all(len(sequences) > 1 for *_, sequences in by_brute_force)

    @pytest.mark.parametrize("mutant", part(STATE_MUTANTS))
    def test_one_is_caught_by_a_wrong_answer(self, mutant, monkeypatch, by_brute_force):
        monkeypatch.setattr(*STATE_MUTANTS[mutant]())
        assert any(wrong_answers([case])[0] for case in by_brute_force)


# -- a thread's calls -------------------------------------------------------------------------------------------------


def last_first(ready):
    """The System thread, then the threads created last."""
    return max(ready, key=lambda choice: (choice.number == 0, choice.number))


def calls(threads, name, policy=last_first):
    made = ks.run(started_with(threads), policy=policy, volume=VOLUME)
    return [(call.routine, call.object, str(call.result), call.waited) for call in made.calls(name)]


WAITS = [("wait", "S", None, False), ("wait", "S", -50, False), ("wait", "C", None, False)]
SHARED_MOVE = [("share", TEMP + "\\b"), ("move", OTHER + "\\b"), ("write",), ("KeSetEvent", "S")]


class TestCallsOfAThread:
    def test_a_wait_that_blocked_is_one_call_and_one_that_goes_on_has_no_result(self):
        assert calls([SHARED_MOVE, WAITS], "Thread #2") == [
            ("KeWaitForSingleObject", "S", "STATUS_SUCCESS", True),
            ("KeWaitForSingleObject", "S", "STATUS_TIMEOUT", True),
            ("KeWaitForSingleObject", "C", "None", True),
        ]

    def test_a_moved_file_goes_by_its_first_path_and_the_end_is_a_call(self):
        assert calls([SHARED_MOVE, WAITS], "Thread") == [
            ("ZwCreateFile", "C:\\Temp\\b", "STATUS_SUCCESS", False),
            ("ZwSetInformationFile", "C:\\Temp\\b -> C:\\Temp2\\b", "STATUS_SUCCESS", False),
            ("ZwWriteFile", "C:\\Temp\\b", "STATUS_SUCCESS", False),
            ("KeSetEvent", "S", "0", False),
            ("PsTerminateSystemThread", "Thread", "None", False),
        ]

    def test_so_does_one_that_was_moved_with_its_directory(self):
        moved = [("create", SUB + "\\d"), ("close",), ("directory", SUB, "open"), ("move", "C:\\New"), ("close",)]
        paths = [path for _, path, *_ in calls([[*moved, ("open", "C:\\New\\d"), ("write",)], []], "Thread")]
        assert paths == [SUB + "\\d"] * 2 + [SUB, SUB + " -> C:\\New", SUB] + [SUB + "\\d"] * 2 + ["Thread"]

    def test_one_that_stopped_the_machine_has_the_bug_check_for_a_result(self):
        crash = [[("initialise", "S", True)], [("wait", "S", None, False)]]
        (call,) = calls(crash, "Thread")
        assert call[0] == "KeInitializeEvent"
        assert call[2].startswith("bug check 0x139 KERNEL_SECURITY_CHECK_FAILURE")
        assert calls(crash, "Thread #2") == [("KeWaitForSingleObject", "S", "None", True)]

    def test_are_told_of_threads_that_there_are(self):
        made = ks.run(race, FileCount=1, WriteCount=1)
        with pytest.raises(ValueError, match="no thread Mover; it has: System, FileCreationThread, FileMoveThread"):
            made.calls("Mover")

    def test_say_in_which_line_they_were_made(self):
        made = ks.run(race, FileCount=1, WriteCount=1)
        lines = [call.line for call in made.calls("FileMoveThread")]
        columns = made.columns
        of_mover = [step for step, choice in enumerate(columns["choice"]) if choice == 2]
        assert lines == [line_of(columns["code"][step], columns["instruction"][step]) for step in of_mover]


class TestTheNote:
    def test_is_made_by_what_is_behind_the_second_door_alone(self):
        made = ks.run(race, FileCount=1, WriteCount=1)
        first_door(made)
        assert made._asked == []
        made.columns, made.schedule, made.trace  # noqa: B018
        assert [what.partition(",")[0] for what in made._asked] == [
            "run.columns", "run.schedule", "the order of the steps of different threads"
        ]  # fmt: skip

    def test_is_of_one_question_not_of_the_one_before(self):
        def by_order(run):
            return run.trace is not None

        def innocent(run):
            return run.verdict == "completed"

        every = ks.explore(race, check=[by_order, innocent], outcome=innocent, FileCount=1, WriteCount=1)
        assert [finding.text.split()[0] for finding in found(every, "order")] == ["by_order"]
        every = ks.explore(race, check=innocent, outcome=by_order, FileCount=1, WriteCount=1)
        assert [finding.text.split()[0] for finding in found(every, "order")] == ["by_order"]
        assert every.verdict == "inconclusive"

    def test_of_a_violated_check_does_not_blame_what_is_counted(self):
        every = ks.explore(race, check=lambda run: False, outcome=lambda run: run.verdict, FileCount=1, WriteCount=1)
        assert not found(every, "order")


# -- counterexamples --------------------------------------------------------------------------------------------------


def by_hand(driver, view, choices, volume=VOLUME):
    """What the view takes after 0, 1, 2, ... steps of these choices, and the first step at which a time-out fires that
    a deadline might exclude; None where there is none."""
    values, early = [], None
    with alone():
        machine = Machine(Subject(driver, volume, 100_000, False, {}))
        with machine.running():
            kernel, seen = machine.kernel, Seen(machine.kernel)
            values.append(view(seen))
            for step, choice in enumerate(choices):
                chosen = next(one for one in [*kernel.runnable(), *kernel.pending()] if one.id == choice)
                excluded = kernel.runnable() or chosen is not kernel.pending()[0]
                if isinstance(choice, TimeOutOf) and early is None and excluded:
                    early = step
                seen.uses(chosen.call)
                kernel.step(chosen)
                values.append(view(seen))
    return values, early


def told_and_done(driver, finding, view):
    """What a finding says of an `always` (after how many steps, which thread, which routine), and what was done by the
    run that it shows; and whether that run rests on a time-out by then."""
    columns, threads = finding.run.columns, finding.run.threads
    taken, early = by_hand(driver, view, finding.run.schedule.choices)
    steps = next((at for at, value in enumerate(taken) if not value), None)
    if steps is None:
        return None, None, early is not None
    told = re.search(r"is not true (at the start|after step (\d+) \((.*): ([\w-]+), line \d+\))$", finding.text)
    done = (None, None, None)
    if steps:
        choice = columns["choice"][steps - 1]
        done = str(steps), threads[thread_of(choice)], columns["routine"][steps - 1].name
    return told and told.groups()[1:], done, early is not None and early < steps


class TestCounterexamples:
    def test_replay_and_are_false_first_in_the_step_that_they_name(self):
        """And rest on a time-out exactly where one fires before that step that a deadline might exclude."""
        violated = rested = 0
        for seed in itertools.count(3, EACH):
            draw = random.Random(seed)
            given = any_driver(draw)
            given[0][draw.choice([0, 1])].insert(0, ("wait", "C", -50, False))  # so that some have to time out
            driver, asked = started_with(given[0]), any_question(draw, given[0])
            orders = every_state(driver, [lambda state, asked=asked: look(state, asked)], limit=200)
            values = Counter(value for _, (taken,) in orders or () for value in set(taken[1:]))
            if len(values) < 2:
                continue
            rare = min(values, key=lambda value: (values[value], repr(value)))
            view = partial(differs_from, asked, rare)
            every = explored(driver, check=ks.always(view))
            if every is None or every.verdict != "violated":
                assert every is None or found(every, "data race")
                continue
            violated += 1
            rested += every.rests_on_time_out
            again = eval(every.replay, {"ks": ks, every.driver: driver, "volume": VOLUME})
            assert (again.verdict, again.outcome) == (every.counterexample.verdict, every.counterexample.outcome)
            assert any(finding.run is every.counterexample for finding in every.findings)
            for finding in every.findings:
                if finding.kind in ("check", "deadlock", "bugcheck"):
                    told, done, early = told_and_done(driver, finding, view)
                    assert (told, finding.early) == (done, early)
                    if finding.run is every.counterexample:
                        assert every.rests_on_time_out == early == ("rests on a time-out" in repr(every))
            if violated == 1000 // EACH:
                break
        assert rested >= 100 // EACH, rested


def differs_from(asked, value, state):
    return look(state, asked) != value


# -- errors and texts -------------------------------------------------------------------------------------------------


def asked(question, driver=None, **given):
    return ks.explore(driver or started_with([[SET], [("assign", "x", 1)]]), check=ks.always(question), **given)


class TestErrors:
    @pytest.mark.parametrize(
        ("question", "told"),
        [
            (
                lambda state: state.signaled("Z"),
                "of the event, semaphore, mutex or thread Z, and no state has one; there are: ",
            ),
            (lambda state: state.count("Mm"), "there are: .*N"),
            (lambda state: state.at("Mover"), "of the thread Mover, .*: System, Thread, Thread #2"),
            (lambda state: state.value("SHARE", "x"), "of the structure SHARE, .*: SHARED"),
            (lambda state: state.files("C:\\Tmp"), r"of the directory C:\\TMP, .*: C:, C:\\Temp, C:\\Temp2"),
            (lambda state: state.value("SHARED", "z"), "SHARED has no field z; it declares: S, N, C, M, F, x, y"),
            (lambda state: state.files("Temp"), "'Temp' is not a path like"),
        ],
    )
    def test_an_unknown_name_is_told_with_those_that_there_are(self, question, told):
        with pytest.raises(ValueError, match=told):
            asked(lambda state: question(state) or True)

    def test_an_embedded_object_is_not_asked_by_value(self):
        with pytest.raises(TypeError, match=r'S is an object that one waits for; ask:  state.signaled\("S"\)'):
            asked(lambda state: state.value("SHARED", "S") or True)

    def test_two_objects_of_one_name_are_told_apart_first(self):
        async def DriverEntry(DriverObject, RegistryPath):
            for _ in range(2):
                await KeInitializeEvent(KEVENT("Twice"), NotificationEvent, False)
            return STATUS_SUCCESS

        with pytest.raises(ValueError, match=r'there are 2 objects Twice; name each of them:  KEVENT\("..."\)'):
            asked(lambda state: not state.signaled("Twice"), DriverEntry)

    def test_two_structures_of_one_class_are_told_apart_first(self):
        async def DriverEntry(DriverObject, RegistryPath):
            await KeInitializeEvent(KEVENT("E"), NotificationEvent, False)
            for shared in SHARED(), SHARED():
                shared.x = 1
            return STATUS_SUCCESS

        with pytest.raises(ValueError, match="there are 2 structures SHARED"):
            asked(lambda state: state.value("SHARED", "x") < 2, DriverEntry)

    @pytest.mark.parametrize("wrong", [1, "files", None, [len]])
    def test_a_question_is_a_function(self, wrong):
        with pytest.raises(TypeError, match="takes a function"):
            ks.always(wrong)
        with pytest.raises(TypeError, match="view is a function"):
            ks.along(wrong, tuple)
        with pytest.raises(TypeError, match="question is a function"):
            ks.along(len, wrong)

    @pytest.mark.parametrize("outcome", [lambda run: [1], ks.along(lambda state: 1, list)])
    def test_an_outcome_can_be_counted(self, outcome):
        with pytest.raises(TypeError, match=r"returned what cannot be counted, unhashable .*; type:  tuple\(\.\.\.\)"):
            ks.explore(race, outcome=outcome, FileCount=1, WriteCount=1)

    @pytest.mark.parametrize("nan", [float("nan"), (1, float("nan"))])
    def test_nothing_is_compared_with_nan(self, nan):
        for given in (
            {"outcome": lambda run: nan},
            {"outcome": ks.along(lambda state: 1, lambda seen: nan)},
            {"check": ks.along(lambda state: nan, bool)},
        ):
            with pytest.raises(ValueError, match="returned NaN, which equals nothing; return None in its place"):
                ks.explore(race, FileCount=1, WriteCount=1, **given)

    @pytest.mark.parametrize("wrong", ["all", 1, ["all"], [all_moved, 1], b"x"])
    def test_a_check_is_a_function_or_several(self, wrong):
        with pytest.raises(TypeError, match=r"check is a function"):
            ks.explore(race, check=wrong, FileCount=1, WriteCount=1)

    @pytest.mark.parametrize("several", [list, tuple, iter])
    def test_several_checks_come_in_whatever_order_holds_them(self, several):
        def nothing_moved(state):
            return not state.files(OTHER)

        every = ks.explore(race, check=several([all_moved, ks.always(nothing_moved)]), FileCount=1, WriteCount=1)
        texts = {finding.text.partition(" after")[0] for finding in every.findings}
        assert texts == {"all_moved is not true of the run", "nothing_moved is not true"}

    def test_an_error_in_a_view_reaches_who_asked_and_the_next_search_is_not_harmed(self):
        with pytest.raises(ZeroDivisionError):
            asked(lambda state: 1 / 0)
        assert ks.explore(race, FileCount=1, WriteCount=1).explored == 3


class TestTexts:
    def test_a_finding_names_the_question_the_step_the_thread_and_the_line(self):
        def one_at_most(state):
            return len(state.files(TEMP)) <= 1

        every = ks.explore(race, check=ks.always(one_at_most), FileCount=2, WriteCount=1)
        assert re.fullmatch(
            r"one_at_most is not true after step \d+ \(FileCreationThread: ZwCreateFile, line \d+\)",
            every.findings[0].text,
        )
        assert every.reason == "a run fails the check"

    def test_a_question_without_a_name_is_what_is_asked(self):
        every = ks.explore(race, check=ks.along(lambda state: 0, lambda values: False), FileCount=1, WriteCount=1)
        assert every.findings[0].text == "what is asked is not true of the states of the run"
        assert asked(lambda state: False).findings[0].text == "what is asked is not true at the start"
        assert (repr(ks.always(all_moved)), repr(ks.along(len, all_moved))) == (
            "<always: all_moved>",
            "<along: all_moved>",
        )

    def test_what_was_not_always_true_is_told_before_the_deadlock_that_follows(self):
        every = asked(lambda state: not state.signaled("N"), started_with([[SET], [("wait", "S", None, False)]]))
        assert {finding.kind for finding in every.findings} == {"check"}


class TestWhatSearchesOnceGotWrong:
    @pytest.mark.parametrize(
        "in_it",
        [
            [("share", SUB + "\\d"), ("dispose", True), ("close",)],
            [("share", SUB + "\\d"), ("move", OTHER + "\\a")],
        ],
        ids=["deleted", "moved away"],
    )
    def test_a_directory_is_moved_before_while_and_after_an_open_file_is_in_it(self, in_it):
        driver = started_with([[("directory", TEMP, "open"), ("move", "C:\\New")], in_it])
        every = ks.explore(driver, outcome=first_door, volume=VOLUME)
        assert set(every.outcomes) == {first_door(made) for made, _ in every_state(driver, [])}
        moves = {str(made.calls("Thread")[1].result) for made in every.examples.values()}
        assert moves == {"STATUS_SUCCESS", "STATUS_ACCESS_DENIED"}

    def test_sizes_that_the_question_alone_asks_for_are_all_seen(self):
        """The view answers with the listing itself; its sizes are read when the run is over."""

        def grows_by_steps(listings):
            return [listing["b"] for listing in listings] == [5, 0, 1]

        driver = started_with([[("create", TEMP + "\\b"), ("write",)]])
        view = ks.along(lambda state: state.files(TEMP), grows_by_steps)
        assert ks.explore(driver, check=view, volume=VOLUME).verdict == "holds"

    def test_a_named_event_that_is_gone_is_not_a_second_one(self):
        driver = started_with([[("named", "create", "N"), ("named", "close"), ("named", "create", "S")]])
        assert ks.explore(driver, check=ks.always(lambda state: state.count("Ready") <= 1)).verdict == "holds"

    def test_a_search_that_begins_anew_is_no_driver_that_is_not_deterministic(self):
        driver = started_with([[CREATE], [("wait", "S", None, False)] * 2, [("KeSetEvent", "S")]])
        view = ks.along(lambda state: state.signaled("S") and len(state.files(TEMP)), tuple)
        assert len(ks.explore(driver, outcome=view, volume=VOLUME).outcomes) == 4

    def test_a_field_is_0_until_its_structure_is_used_whoever_uses_it_first(self):
        driver = started_with([[("delay", False), ("where", "x", SET)], [("assign", "y", 1), SET]])
        view = ks.along(lambda state: (state.value("SHARED", "x"), state.value("SHARED", "y")), tuple)
        assert set(ks.explore(driver, outcome=view).outcomes) == {((0, 0), (0, 1))}

    @pytest.mark.parametrize("before", [0, 5])
    @pytest.mark.parametrize("last", [None, 5])
    def test_what_a_field_holds_before_the_run_is_told_from_any_first_use_on(self, before, last, monkeypatch):
        """Two that only read, or use different fields, conflict with nothing; and no other run meets it by chance."""
        monkeypatch.setattr(search, "SWEEP_STEPS", 0)
        monkeypatch.setattr(search, "SWEEP_RUNS", 0)
        monkeypatch.setattr(equivalents.Aside, "look", lambda self, *_: None)
        Shared = SHARED()
        Shared.x = before

        async def Sets(_):
            await KeGetCurrentIrql()
            await KeSetEvent(Shared.N, 0, False)
            if last is None:
                Shared.x  # noqa: B018
            else:
                Shared.x = last

        async def Looks(_):
            await KeGetCurrentIrql()
            Shared.y  # noqa: B018

        async def DriverEntry(DriverObject, RegistryPath):
            await KeInitializeEvent(Shared.N, NotificationEvent, False)
            for routine in (Sets, Looks):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)
            return STATUS_SUCCESS

        view = ks.along(lambda state: (state.signaled("N"), state.value("SHARED", "x")), tuple)
        expected = {distinct(values) for _, (values,) in every_state(DriverEntry, [view.view])}
        assert set(ks.explore(DriverEntry, outcome=view).outcomes) == expected

    @pytest.mark.parametrize("files", [1, 2, 3, 4])
    def test_the_classes_of_the_race_are_those_of_its_listing(self, files):
        every = ks.explore(
            race, check=ks.always(lambda state: len(state.files(TEMP)) <= files), FileCount=files, WriteCount=1
        )
        assert (every.verdict, every.explored) == ("holds", [3, 11, 43, 173][files - 1])


# -- mutants of what a run is asked -----------------------------------------------------------------------------------


def never_cleared(self, question, made):
    answer = question(made)
    if made._asked:
        self.doubt("order", findings.ORDER.format(judge.told(question), made._asked[0]), made)
    return answer


def every_row_a_call(made):
    paths = made.first_paths()
    rows = [iter(made.rows)] * trace.ROW
    found = {thread.name: [] for thread in made.threads}
    for choice, routine, code, instruction, told, subject in zip(*rows, strict=True):
        if isinstance(choice, int):
            name, one = made.threads[choice].name, trace.object_name(subject, paths)
            found[name].append(trace.Called(routine.name, one, told, line_of(code, instruction), False))
    return found


def unsorted(self, directory):
    below = [file for file in self._names.values() if not file.directory and file.path.startswith(directory + "\\")]
    return {file.path.rpartition("\\")[2]: file.size for file in below}


def last_paths(self):
    files = [*self.files_before, *(one for one in self.column("subject") if type(one) is File)]
    return {file: file.path for file in files}


def told_by_choices(self, step):
    return SITE_OF_STEP(self, self.steps_of(step + 1) - 1)


SITE_OF_STEP = executions.Execution.site_of_step


RUN_MUTANTS = {
    "the note is not cleared": lambda: (judge.Judge, "ask", never_cleared),
    "the note is not looked at": lambda: (judge.Judge, "ask", lambda self, question, made: question(made)),
    "a wait that blocked counts twice": lambda: (result, "calls_of", every_row_a_call),
    "files are not sorted": lambda: (ks.Volume, "files", unsorted),
    "a file goes by its last path": lambda: (trace.Trace, "first_paths", last_paths),
    "a step's number counts time-outs that do nothing": lambda: (
        executions.Execution, "site_of_step", told_by_choices
    ),
    "a counterexample never rests on a time-out": lambda: (
        exploration.Exploration, "rests_on_time_out", property(lambda self: False)
    ),
}  # fmt: skip


def answers_to_runs():
    """Of small drivers and questions to their runs: what is answered, beside what it should be."""

    def by_order(run):
        return run.trace is not None

    def innocent(run):
        return True

    def texts(**given):
        every = ks.explore(race, FileCount=1, WriteCount=1, **given)
        return every.verdict, [finding.text.split()[0] for finding in every.findings]

    yield texts(check=by_order), ("inconclusive", ["by_order"])
    yield texts(check=[by_order, innocent]), ("inconclusive", ["by_order"])
    yield texts(check=innocent), ("holds", [])

    writers = started_with([[CREATE], [("create", TEMP + "\\c")]])
    orders = every_state(writers, [], limit=1000)
    every = ks.explore(writers, outcome=lambda run: tuple(run.files(TEMP)), volume=VOLUME)
    yield set(every.outcomes), {tuple(made.files(TEMP)) for made, _ in orders}

    yield [call[3] for call in calls([SHARED_MOVE, WAITS], "Thread #2")], [True] * 3
    yield calls([SHARED_MOVE, WAITS], "Thread")[2][1], TEMP + "\\b"

    # A wait that was satisfied, its time-out, and then a state that only a preemption leads to.
    satisfied = started_with(
        [
            [("wait", "S", -50, False)],
            [("KeSetEvent", "S"), ("KeResetEvent", "S"), SET, ("KeResetEvent", "N")],
            [CREATE, ("move", OTHER + "\\a")],
        ]
    )

    def never_both(state):
        return not (state.signaled("N") and "a" in state.files(TEMP))

    every = ks.explore(satisfied, check=ks.always(never_both), volume=VOLUME)
    judged = [told_and_done(satisfied, finding, never_both) for finding in every.findings]
    yield [told for told, _, _ in judged], [done for _, done, _ in judged]

    times_out = started_with([[("wait", "S", -50, False), SET], [("KeSetEvent", "S")]])
    every = ks.explore(
        times_out, check=lambda run: str(run.calls("Thread")[0].result) == "STATUS_SUCCESS", volume=VOLUME
    )
    yield (every.verdict, every.rests_on_time_out), ("violated", True)


class TestMutantsOfWhatARunIsAsked:
    def test_the_answers_themselves_are_right(self):
        for answer, right in answers_to_runs():
            assert answer == right

    @pytest.mark.parametrize("mutant", part(RUN_MUTANTS))
    def test_one_is_caught_by_a_wrong_answer(self, mutant, monkeypatch):
        monkeypatch.setattr(*RUN_MUTANTS[mutant]())
        assert any(answer != right for answer, right in answers_to_runs())


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(STATE_MUTANTS) + len(RUN_MUTANTS)

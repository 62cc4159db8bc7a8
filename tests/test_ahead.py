"""`explore` on an executor finds what it finds alone: the same classes, outcomes, findings and runs, whoever helps."""

import multiprocessing
import os
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from datetime import timedelta

import pytest
from drivers import VOLUME, driver_of, programs, started
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sizes import part, size

import kevent_sim as ks
from kevent_sim.machine.trace import COLUMNS
from kevent_sim.ntifs import *
from kevent_sim.orders import ahead, parts, worker
from kevent_sim.orders.ahead import HelpedSearch
from kevent_sim.runs.machine import alone
from kevent_sim.samples import all_moved, fates, notification_event, race, semaphore, with_movers


class Helper(Executor):
    """Answers in this process, at once or when it is asked; keeps what it was handed."""

    def __init__(self, late=lambda: False):
        self.late, self.submitted, self.withdrawn = late, [], []

    def submit(self, function, /, *given):
        self.submitted.append(given)
        future = Answering(lambda: function(*given), self.withdrawn)
        if not self.late():
            future.result()
        return future


class Answering(Future):
    def __init__(self, make, withdrawn):
        super().__init__()
        self.make, self.withdrawn = make, withdrawn

    def result(self, timeout=None):
        if not self.done():
            self.set_result(self.make())
        return super().result(timeout)

    def cancel(self):
        self.withdrawn.append(self)
        return super().cancel()


def all_of(every):
    """All that an exploration says, in values."""
    runs = {kind: str(run.schedule) for kind, run in every.examples.items()}
    found = [(one.kind, one.text, one.early, str(one.run.schedule)) for one in every.findings]
    return (
        repr(every),
        repr(every.examples),
        every.outcomes,
        list(every.outcomes),
        runs,
        list(runs),
        found,
        every.minimal,
        every.replay,
    )


def count_seen(state):
    return len(state.files("C:\\Temp"))


def three_at_most(seen):
    return max(seen) <= 3


async def Poller(Shared):
    while not await KeReadStateEvent(Shared.N):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))


async def Sets(Shared):
    await KeSetEvent(Shared.S, 0, False)
    await KeSetEvent(Shared.N, 0, False)


async def Waits(Shared):
    await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, LARGE_INTEGER(-10_000))
    await KeSetEvent(Shared.S, 0, False)


MOVED = {"check": all_moved, "outcome": fates}
SEARCHES = {
    "bad runs": (race, {"FileCount": 5, "WriteCount": 1, **MOVED}),
    "deadlocks": (with_movers(notification_event, 2), {"FileCount": 2, "WriteCount": 1}),
    "a question to each state": (
        race,
        {"FileCount": 5, "WriteCount": 1, "check": ks.along(count_seen, three_at_most)},
    ),
    "pollers and time-outs": (started(Poller, Sets, Waits), {}),
    "it holds": (semaphore, {"FileCount": 2, "WriteCount": 0, "MoverCount": 2, **MOVED}),
}


@pytest.mark.parametrize("search", part(SEARCHES))
def test_all_that_is_found_is_what_is_found_alone(search, elsewhere, monkeypatch):
    driver, given = SEARCHES[search]
    monkeypatch.setattr(ahead, "LONG", 5)
    assert all_of(ks.explore(driver, executor=elsewhere, **given)) == all_of(ks.explore(driver, **given))


def test_most_of_a_long_search_is_made_by_others(monkeypatch):
    took_over = []
    take_over = HelpedSearch.take_over

    def noting(self, part, answer):
        took_over.append(len(answer.told))
        return take_over(self, part, answer)

    monkeypatch.setattr(HelpedSearch, "take_over", noting)
    helper = Helper()
    every = ks.explore(race, executor=helper, FileCount=5, WriteCount=1)
    assert every.explored == 243
    assert sum(took_over) == 243 - ahead.LONG
    assert len(helper.submitted) < 2 * len(took_over), "what is handed out is nearly always of use"


@settings(max_examples=size(10, 1500), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, st.booleans(), st.integers(1, 300), st.integers(1, 20), st.randoms(use_true_random=False))
def test_so_it_is_for_any_driver_however_the_work_is_parted(threads, signaled, steps, number, dice):
    driver, budget = driver_of(threads, signaled), size(30, 100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "LONG", 0)
        patch.setattr("kevent_sim.orders.search.LONG", 0)
        patch.setattr("kevent_sim.orders.search.SWEEP_STEPS", size(200, 20_000))  # nobody helps to sweep
        alone = ks.explore(driver, volume=VOLUME, budget=budget)
        patch.setattr(ahead, "AHEAD", number)
        patch.setattr(worker, "SLICE", steps)
        helper = Helper(late=lambda: dice.random() < 0.5)
        helped = ks.explore(driver, volume=VOLUME, budget=budget, executor=helper)
    assume(helper.submitted)
    assert all_of(helped) == all_of(alone)


@pytest.mark.parametrize("budget", [150, timedelta(0)])
def test_a_budget_ends_it_where_it_ends_it_alone(budget):
    given = {"budget": budget, "FileCount": 5, "WriteCount": 1}
    helper = Helper(late=lambda: True)
    assert all_of(ks.explore(race, executor=helper, **given)) == all_of(ks.explore(race, **given))
    if budget == 150:
        assert helper.withdrawn, "what nobody will ask for is not begun"


def test_a_budget_that_is_just_enough_is_not_used_up(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 10)
    given = {"FileCount": 4, "WriteCount": 1}
    enough = next(n for n in range(81, 200) if "budget" not in ks.explore(race, budget=n, **given).reason)
    assert ks.explore(race, budget=enough, executor=Helper(), **given).verdict == "holds"


class Idle(Executor):
    """Never answers."""

    def __init__(self):
        self.pending = []

    def submit(self, function, /, *given):
        self.pending.append(Future())
        return self.pending[-1]


def test_a_budget_of_time_ends_the_wait_for_an_answer_and_leaves_nothing_to_be_done(monkeypatch):
    monkeypatch.setattr(ahead, "WAIT", 0.01)
    monkeypatch.setattr(ahead, "LONG", 1)  # so that all is handed out at once, however slow the machine is
    idle = Idle()
    found = ks.explore(race, budget=timedelta(seconds=1), executor=idle, FileCount=5, WriteCount=1)
    assert found.reason == "the budget of 0:00:01 is used up"
    assert idle.pending
    assert all(future.cancelled() for future in idle.pending)


def test_a_doubt_comes_up_in_the_run_in_which_it_comes_up_alone(monkeypatch):
    """In a bad one, after which schedules with one preemption are swept: the doubt comes up there again."""
    monkeypatch.setattr(ahead, "LONG", 1)

    def looks_late(run):
        return len(run.files("C:\\Temp2")) != 3 or run.trace.steps == 0

    given = {"check": looks_late, "FileCount": 4, "WriteCount": 1}
    alone = ks.explore(race, **given)
    assert [one.kind for one in alone.findings] == ["check", "order"]
    assert all_of(ks.explore(race, executor=Helper(), **given)) == all_of(alone)


async def SetsAndResetsS(Shared):
    await KeSetEvent(Shared.S, 0, False)
    await KeResetEvent(Shared.S)


async def SetsAndResetsN(Shared):
    await KeSetEvent(Shared.N, 0, False)
    await KeResetEvent(Shared.N)


async def Increments(Shared):
    await InterlockedIncrement(Shared, "x")


async def Exchanges(Shared):
    await InterlockedCompareExchange(Shared, "x", 5, 0)


def x_while_both_are_set(state):
    return state.value("SHARED", "x") if state.signaled("S") and state.signaled("N") else None


def test_where_a_question_reads_more_in_a_sweep_all_is_explored_anew(monkeypatch):
    """x is first read in an order with a preemption, when others have explored what did not depend on it."""
    monkeypatch.setattr(ahead, "LONG", 1)
    monkeypatch.setattr("kevent_sim.orders.search.LONG", 1)
    driver = started(SetsAndResetsS, SetsAndResetsN, Increments, Exchanges)
    given = {"outcome": ks.along(x_while_both_are_set, lambda seen: seen)}
    helper = Helper()
    assert all_of(ks.explore(driver, executor=helper, **given)) == all_of(ks.explore(driver, **given))
    assert helper.submitted


async def WaitsAgainAndAgain(Shared):
    while await KeWaitForSingleObject(Shared.S, Executive, KernelMode, False, LARGE_INTEGER(-10)) == STATUS_TIMEOUT:
        pass


def never_set(state):
    return not state.signaled("S")


def test_a_bad_run_of_a_poller_that_a_question_sees_is_made_again_here(monkeypatch):
    """A wait that a question sees is no round in vain."""
    monkeypatch.setattr(ahead, "LONG", 1)
    monkeypatch.setattr("kevent_sim.orders.search.LONG", 1)
    given = {"check": ks.always(never_set), "budget": 40}
    driver = started(WaitsAgainAndAgain, Sets, Sets)
    assert all_of(ks.explore(driver, executor=Helper(), **given)) == all_of(ks.explore(driver, **given))


def test_an_error_is_the_one_that_is_raised_alone(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 10)

    def odd(run):
        if len(run.files("C:\\Temp2")) == 3:
            raise KeyError("three")
        return True

    told = []
    for executor in (None, Helper()):
        with pytest.raises(KeyError, match="three") as raised:
            ks.explore(race, odd, executor=executor, FileCount=5, WriteCount=1)
        told.append(raised.value.__notes__)
    assert told[0] == told[1]


def test_a_driver_that_does_something_else_elsewhere_is_refused(processes, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 2)
    here = os.getpid()

    async def Thread(Shared):
        if os.getpid() == here:
            await KeSetEvent(Shared.S, 0, False)
        await KeSetEvent(Shared.N, 0, False)

    with pytest.raises(ks.Misuse, match=r"does something else in another process: .* sort the set, or leave executor"):
        ks.explore(started(Thread, Sets, Sets), executor=processes)


def test_a_question_that_is_answered_otherwise_elsewhere_is_refused(processes, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 2)
    here = os.getpid()
    with pytest.raises(ks.Misuse, match=r"what is asked of a run is answered otherwise in another process: .* sort"):
        ks.explore(race, outcome=lambda run: os.getpid() == here, executor=processes, FileCount=4, WriteCount=1)


def test_a_driver_that_seldom_does_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 10)
    runs = []
    plain = worker.OrderedExecution.ordered

    def at_times_otherwise(self, choose, *given):
        runs.append(self)
        made = plain(self, choose, *given)
        if len(runs) == 50:
            self.kernel.trace.rows[COLUMNS.index("result")] = 4711  # of the first step
        return made

    monkeypatch.setattr(worker.OrderedExecution, "ordered", at_times_otherwise)
    with pytest.raises(ks.Misuse, match=r"race is not deterministic: run again with the same schedule"):
        ks.explore(race, executor=Helper(), FileCount=5, WriteCount=1)


def test_an_executor_that_is_shut_down_is_refused_with_what_to_type(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 2)
    with ProcessPoolExecutor(1) as executor:
        pass
    with pytest.raises(ks.Misuse, match=r"the executor can no longer be used: .*shutdown; make another one, .*leave"):
        ks.explore(race, executor=executor, FileCount=4, WriteCount=1)


def machine_is_free():
    with alone():
        return True


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_worker_that_was_forked_while_another_thread_explores_is_of_use(threads):
    begun, over = threading.Event(), threading.Event()

    def explores():
        with alone():
            begun.set()
            over.wait()

    exploring = threads.submit(explores)
    begun.wait()
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
            free = executor.submit(machine_is_free)
            try:
                assert free.result(timeout=60)
            finally:
                for process in [] if free.done() else executor._processes.values():
                    process.kill()
    finally:
        over.set()
        exploring.result()


def test_what_cannot_be_sent_is_refused_before_anything_is_run():
    lock = threading.Lock()
    with pytest.raises(ks.Misuse, match=r"^check cannot be sent to another process: .*or leave executor out"):
        ks.explore(race, lambda run: lock is not None, executor=Helper())


def test_an_outcome_that_cannot_come_back_is_refused_with_what_to_do():
    with pytest.raises(ks.Misuse, match=r"outcome returned a generator, .* let it return a number, a text, or a tuple"):
        ks.explore(race, outcome=lambda run: (each for each in ()), executor=Helper(), FileCount=5, WriteCount=1)


def test_the_one_that_cannot_come_back_is_named(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 2)

    def seldom(run):
        return (each for each in ()) if len(run.files("C:\\Temp2")) == 2 else "other"

    with pytest.raises(ks.Misuse, match=r"outcome returned a generator, "):
        ks.explore(race, outcome=seldom, executor=Helper(), FileCount=4, WriteCount=1)


def test_what_is_no_executor_is_refused():
    with pytest.raises(TypeError, match=r"executor is a concurrent\.futures\.Executor, not 4"):
        ks.explore(race, executor=4)


def test_threads_of_this_process_are_no_help_and_do_no_harm(threads):
    given = {"FileCount": 5, "WriteCount": 1}
    assert all_of(ks.explore(race, executor=threads, **given)) == all_of(ks.explore(race, **given))


# -- the answers matter ------------------------------------------------------------------------------------------------


def without_sleep(opened):
    node = NODE(opened)
    node.asleep = []
    return node


NODE = parts.Open.node
MUTANTS = {
    "what sleeps is not told": (parts.Open, "node", without_sleep),
    "what others are to explore is not told": (ahead, "plant", lambda grown, reversal: False),
    "what is left of a part is left": (worker, "rest_of", lambda reduction, floor: None),
}


@pytest.mark.parametrize("mutant", part(MUTANTS))
def test_a_mutant_is_caught(mutant, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 10)
    monkeypatch.setattr(worker, "SLICE", 100)
    given = {"FileCount": 1, "WriteCount": 0, "MoverCount": 2, "budget": 300}
    alone = all_of(ks.explore(semaphore, **given))
    monkeypatch.setattr(*MUTANTS[mutant])
    try:
        helped = all_of(ks.explore(semaphore, executor=Helper(), **given))
    except Exception:
        return
    assert helped != alone

"""Equivalent orders are run before it is said that all go alike: memory that passes between threads unseen is found."""

from collections import Counter as Tally
from random import Random

import pytest
from counting import drawn, told
from drivers import VOLUME, driver_of, programs, started
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import orders
from readme import mutants_in
from sizes import size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import equivalents, sharing
from kevent_sim.orders.doings import doings
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import all_moved, semaphore, synchronization_event

GO_ALIKE = "two orders that should go alike do not: "


def explored(driver, **parameters):
    """An execution as a search makes it: the first of all."""
    execution = OrderedExecution(Subject(driver, VOLUME, 1_000, False, parameters))
    with alone():
        execution.ordered(lambda enabled: execution.default(enabled, []))
    return execution


class TestAThreadKeptBack:
    @settings(max_examples=size(30, 1000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs, st.booleans(), st.randoms(use_true_random=False))
    def test_parts_each_pair_of_its_steps_by_all_that_may_come_between(self, threads, signaled, dice):
        execution = explored(driver_of(threads, signaled))
        order = execution.order
        thread = dice.choice([choice for choice in set(execution.choices) if isinstance(choice, int)])
        mine = order.events_of(thread)
        since = dice.randrange(len(mine))
        place = {event: at for at, event in enumerate(equivalents.kept_back(order, thread, since))}
        assert sorted(place) == list(range(len(order.events)))
        for other in place:
            assert all(place[one] < place[other] for one in place if one != other and order.before(one, other))
            if other not in mine and since:
                assert (place[other] < place[mine[since - 1]]) == order.before(other, mine[since - 1])
            if other not in mine:
                assert (place[other] > place[mine[since]]) == order.before(mine[since], other)


def parts(threads, signaled):
    """Is it said of a driver that equivalent orders do not go alike?"""
    every = ks.explore(driver_of(threads, signaled), volume=VOLUME, budget=30)
    return any(GO_ALIKE in finding.text for finding in every.findings)


class TestRightDrivers:
    @settings(max_examples=size(60, 2000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs, st.booleans())
    def test_go_alike_in_all_orders_of_a_class(self, threads, signaled):
        assert not parts(threads, signaled)

    @pytest.mark.parametrize("driver", [synchronization_event, semaphore])
    def test_are_run_once_more_as_far_as_that_costs_little(self, driver, monkeypatch):
        made = []
        monkeypatch.setattr(
            equivalents.Aside, "look", lambda self, *given: made.append(self) or LOOK(self, *given), raising=True
        )
        every = ks.explore(driver, check=all_moved, FileCount=2, WriteCount=2)
        assert every.verdict == "holds"
        aside = made[0]
        assert aside.classes == every.explored
        assert 0 < aside.aside <= max(equivalents.ALWAYS, aside.steps // equivalents.SHARE)


LOOK = equivalents.Aside.look


# -- memory that nobody sees -------------------------------------------------------------------------------------------


@pytest.fixture
def blind(monkeypatch):
    """Nobody looks for shared Python memory."""
    monkeypatch.setattr(sharing.Sharing, "told", lambda self: {})


SEEDS = size(80, 3000)


def missed():
    """Of small drivers that share memory unseen, those that have outcomes which the search has not met: how many, by
    what is said of them."""
    found = Tally()
    for seed in range(SEEDS):
        DriverEntry, together, calls = drawn(Random(seed))
        if not together or not any("when" in one for one in calls):
            continue
        made = orders(DriverEntry, brief=True, limit=400)
        every = ks.explore(DriverEntry, outcome=told)
        if made is not None and set(every.outcomes) != set(map(told, made)):
            found[every.verdict] += 1
    return found


def test_what_holds_has_the_outcomes_of_brute_force_though_nobody_looks(blind, account):
    found = missed()
    account.append(f"equivalent orders: {found.total()} drivers with outcomes that unseen memory decides")
    assert found["inconclusive"] == found.total() > SEEDS // 40


def test_a_bad_order_is_a_violation_and_replays(blind):
    """Who is late finds the work done twice: not in the order that is explored."""
    done = []

    async def First(_):
        await KeGetCurrentIrql()
        done.append(1)
        await KeGetCurrentIrql()

    async def Second(_):
        await KeGetCurrentIrql()
        before = len(done)
        await KeGetCurrentIrql()
        if len(done) != before:
            await PsTerminateSystemThread(STATUS_INVALID_PARAMETER)

    def second_succeeds(run):
        return run.exit_statuses["Second"] == STATUS_SUCCESS

    driver = started(First, Second)
    every = ks.explore(driver, check=second_succeeds)
    assert (every.verdict, every.explored) == ("violated", 1)
    assert any(GO_ALIKE in finding.text for finding in every.findings)
    assert eval(every.replay, {"ks": ks, "DriverEntry": driver}).exit_statuses["Second"] == STATUS_INVALID_PARAMETER


# -- mutants -----------------------------------------------------------------------------------------------------------


def anyhow(order, thread, since):
    mine = order.events_of(thread)[since:]
    return [event for event in range(len(order.events)) if event not in mine] + mine


def one_by_one(one, other):
    return "" if doings(one.kernel.trace) == doings(other.kernel.trace) else "another step"


MUTANTS = {
    "no thread is kept back": (equivalents, "kept_back", lambda order, *_: list(range(len(order.events)))),
    "a thread is kept back before its first step alone": (
        equivalents, "kept_back", lambda order, thread, since: KEPT_BACK(order, thread, 0)
    ),
    "a thread is kept back whoever needs its steps": (equivalents, "kept_back", anyhow),
    "a step is compared with whatever the order has there": (equivalents, "_differ", one_by_one),
    "nothing is run": (equivalents, "ALWAYS", 0),
}  # fmt: skip
KEPT_BACK = equivalents.kept_back


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_mutant_is_caught(mutant, blind, monkeypatch):
    monkeypatch.setattr(*MUTANTS[mutant])
    waits = [[("wait", "S", None, False)], [("KeSetEvent", "S")]]
    assert parts(waits, False) or set(missed()) != {"inconclusive"}


def test_the_readme_counts_the_mutants():
    assert mutants_in(__file__) == len(MUTANTS)

"""The partial order of an execution, against its definition: program order, conflicts, and what follows from them."""

from random import Random

import pytest
from drivers import VOLUME, driver_of, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sizes import size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import ordered, races
from kevent_sim.orders.order import Order, conflict
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject

CELLS = "ab"
touches = st.lists(st.tuples(st.sampled_from(CELLS), st.booleans()), min_size=1, max_size=2)
cells = st.integers(0, 11).flatmap(lambda one: st.none() if one == 11 else touches)  # few meet everything
events = st.lists(st.tuples(st.integers(0, 3), cells), min_size=3, max_size=10)


def closure(made):
    """Each event -> all that happen before it."""
    before = []
    for number, (process, touched) in enumerate(made):
        direct = {other for other in range(number) if made[other][0] == process or conflict(made[other][1], touched)}
        before.append(direct.union(*(before[other] for other in direct)))
    return before


@settings(max_examples=size(300, 3_000), deadline=None)
@given(events)
def test_clocks_and_races_are_those_of_the_definition(made):
    order, before = Order(), closure(made)
    for process, touched in made:
        order.add(process, touched)
    for second, known in enumerate(before):
        assert {first for first in range(second) if order.before(first, second)} == known
    assert set(order.races) == {
        (first, second)
        for second, known in enumerate(before)
        for first in known
        if made[first][0] != made[second][0] and not any(first in before[between] for between in known)
    }
    assert len(set(order.races)) == len(order.races)


@settings(max_examples=size(200, 2_000), deadline=None)
@given(events, events, st.integers(0, 9))
def test_an_order_that_was_taken_back_goes_on_as_one_that_never_went_further(made, more, back):
    """Its cells are named anew, as another execution has things of its own."""
    back = min(back, len(made) - 1)
    order, fresh = Order(), Order()
    for process, touched in made:
        order.add(process, touched)
    order.back_to(back)
    for event in range(back):
        for cell, _ in made[event][1] or () if event in order.meeting else ():
            order.number(cell)
    for process, touched in more:
        order.add(process, touched)
    for process, touched in [*made[:back], *more]:
        fresh.add(process, touched)
    assert (order.events, order.races) == (fresh.events, fresh.races)
    assert [order.cells_of(event) for event in range(len(order.events))] == [
        fresh.cells_of(event) for event in range(len(order.events))
    ]


# -- time-outs --------------------------------------------------------------------------------------------------------


class Apart(Order):
    """Each time-out is a chain of its own: clocks as they are defined, and as long as threads poll."""

    def _chain(self, choice, clock):
        if choice not in self._whose:
            self.put(self._whose, choice, (len(self._chains),))
            self._chains.append([])
        return self._whose[choice][0]


def drawn(driver, order, dice):
    """An execution whose choices are drawn; time-outs whose wait was satisfied are taken, too."""
    execution = OrderedExecution(Subject(driver, VOLUME, 1_000, False, {}), rests=False)
    execution.order = order
    with alone():
        execution.ordered(lambda enabled: dice.choice(enabled))
    return execution.order


def told(order):
    events = range(len(order.events))
    return order.races, [(one, other) for one in events for other in events if order.before(one, other)]


@settings(max_examples=size(150, 3_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, st.booleans(), st.integers(0, 99))
def test_time_outs_on_one_chain_are_ordered_as_each_on_its_own(threads, signaled, seed):
    order, apart = (drawn(driver_of(threads, signaled), kind(), Random(seed)) for kind in (Order, Apart))
    assert told(order) == told(apart)
    assert len(order.chains()) <= len(apart.chains())
    for event in range(len(order.events)):
        assert order.not_after(event) == apart.not_after(event)


DONE, NEVER = KEVENT("Done"), KEVENT("Never")


async def polls(DriverObject, RegistryPath):
    """Two threads that look now and then: at an event that is set between, and at one that never is."""
    await KeInitializeEvent(DONE, SynchronizationEvent, False)
    await KeInitializeEvent(NEVER, NotificationEvent, False)

    async def Looks(_):
        for _ in range(100):
            await KeWaitForSingleObject(DONE, Executive, KernelMode, False, LARGE_INTEGER(-1_000))
            await KeWaitForSingleObject(NEVER, Executive, KernelMode, False, LARGE_INTEGER(-1_000))

    async def Sets(_):
        for _ in range(50):
            await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-1_000))
            await KeSetEvent(DONE, IO_NO_INCREMENT, False)

    for routine in (Looks, Looks, Sets):
        await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, routine, None)
    return STATUS_SUCCESS


@pytest.mark.parametrize("seed", range(size(3, 30)))
def test_the_races_of_a_run_that_polls_are_those_with_each_time_out_apart(seed, monkeypatch):
    made = ks.run(polls, policy=[ks.Windows(processors=2, seed=seed), ks.Random(seed)][seed % 2])
    found = ks.races(made)
    monkeypatch.setattr(ordered, "Order", Apart)
    assert found
    assert "line 0" not in repr(found)
    assert found == ks.races(made)


class Measured(OrderedExecution):
    """An execution that knows how many choices there were at most."""

    most = 0

    def enabled(self):
        found = super().enabled()
        self.most = max(self.most, len(found))
        return found


def test_neither_clocks_nor_choices_grow_with_the_rounds_of_threads_that_poll(monkeypatch):
    made = ks.run(polls, policy=ks.Windows(processors=2, seed=0))
    measured, threads = [], len(made.threads)
    monkeypatch.setattr(
        races, "OrderedExecution", lambda *given, **named: measured.append(Measured(*given, **named)) or measured[0]
    )
    ks.races(made)
    (execution,) = measured
    assert len(execution.order.events) > 1_000
    assert max(len(event.clock) for event in execution.order.events) <= 2 * threads
    assert execution.most <= 2 * threads

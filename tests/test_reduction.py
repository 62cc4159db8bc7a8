"""What is explored does not depend on what is explored first: one order of each class, and all classes, either way."""

from collections import Counter as Tally
from itertools import chain as chained
from random import Random

import pytest
from drivers import VOLUME, driver_of, programs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive import everything, orders
from sizes import size

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.orders import search
from kevent_sim.orders.order import Order
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.reduction import Reduction
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import notification_event, race, semaphore, with_movers

N, M = KEVENT("N"), KMUTEX("M")


async def start(routine):
    await PsCreateSystemThread(HANDLE(), THREAD_ALL_ACCESS, None, None, None, routine, None)


async def TakesTheMutex(_):
    await KeWaitForSingleObject(M, Executive, KernelMode, False, None)
    await KeReleaseMutex(M, False)


async def SetsTwice(_):
    await KeSetEvent(N, 0, False)
    await KeSetEvent(N, 0, False)
    await TakesTheMutex(_)


async def pulses(DriverObject, RegistryPath):
    """The pulse comes before, between or after two sets, and a mutex passes between two threads in four ways, since one
    that comes for it may have to wait; nothing ties the one to the other. The second set changes nothing, so what a set
    touches depends on the state: as long as a thread was taken to cover all that it is independent of, a quarter of
    these classes was never run."""
    await KeInitializeEvent(N, NotificationEvent, True)
    await KeInitializeMutex(M, 0)
    await start(TakesTheMutex)
    await start(SetsTwice)
    await KePulseEvent(N, 0, False)
    return STATUS_SUCCESS


def partial_order(order: Order):
    """What is the same for all orders of a class, and for them alone: of each event, how much of whom comes before."""
    chains = order.chains()

    def known(event):
        """How many events of each choice there were by then."""
        whole = (chain[:seen] for chain, seen in zip(chains, event.clock, strict=False))
        return frozenset(Tally(order.events[other].choice for other in chained.from_iterable(whole)).items())

    return frozenset((event.choice, known(event)) for event in order.events)


def explored(monkeypatch, driver, first=None, **given):
    """An exploration that takes the branches of a node in an order drawn by `first`; the partial orders it has run."""
    found = []

    class AnyBranchFirst(Reduction):
        def __init__(self, *given):
            super().__init__(*given)
            found.clear()  # the last search of all is whole

        def branch(self, depth, enabled):
            if first is not None and depth in self.nodes:
                first.shuffle(self.nodes[depth].tree)
            return super().branch(depth, enabled)

        def learn(self, execution):
            if not execution.redundant:
                found.append(partial_order(execution.order))
            return super().learn(execution)

    with monkeypatch.context() as patch:
        patch.setattr(search, "Reduction", AnyBranchFirst)
        return ks.explore(driver, **given), found


def of_run(subject, run):
    execution = OrderedExecution(subject)
    choices = iter(run.schedule.choices)
    with alone():
        execution.ordered(lambda enabled: execution.choice_of(next(choices)))
    return partial_order(execution.order)


@pytest.mark.parametrize(
    ("driver", "parameters", "classes"),
    [
        (semaphore, {"FileCount": 1, "WriteCount": 0, "MoverCount": 2}, 48),
        (race, {"FileCount": 4, "WriteCount": 1}, 81),
        (with_movers(notification_event, 2), {"FileCount": 2, "WriteCount": 1}, 132),
        (pulses, {}, 3 * 4),
        (semaphore, {"FileCount": 2, "WriteCount": 0, "MoverCount": 2}, 664),
    ][: size(4, 5)],
)
def test_the_same_classes_are_explored_and_each_once(monkeypatch, driver, parameters, classes):
    for seed in (None, 0, 1)[: size(2, 3)]:
        first = None if seed is None else Random(seed)
        every, found = explored(monkeypatch, driver, first, **parameters)
        assert (every.explored, len(found), len(set(found))) == (classes, classes, classes)


@settings(max_examples=size(12, 1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, st.booleans(), st.randoms(use_true_random=False))
def test_of_any_driver_the_same_classes_are_explored_and_each_once(monkeypatch, threads, signaled, dice):
    driver = driver_of(threads, signaled)
    every, found = explored(monkeypatch, driver, volume=VOLUME, budget=size(60, 300))
    assume("budget" not in every.reason)
    again, also = explored(monkeypatch, driver, dice, volume=VOLUME)
    assert (again.verdict, again.explored, again.outcomes) == (every.verdict, every.explored, every.outcomes)
    assert len(set(found)) == len(found)
    assert set(also) == set(found)


def test_there_are_as_many_classes_as_partial_orders_among_all_orders():
    made = orders(pulses)
    subject = Subject(pulses, None, 1_000, False, {})
    every = ks.explore(pulses, outcome=everything)
    assert every.explored == len({of_run(subject, run) for run in made}) == 3 * 4
    assert set(every.outcomes) == set(map(everything, made))

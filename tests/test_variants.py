"""The samples with more movers than one: each with the parameters that it declares itself."""

from functools import partial, wraps

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import (
    careful,
    notification_event,
    race,
    rename_on_stack,
    semaphore,
    synchronization_event,
    with_movers,
)

SAMPLES = (careful, notification_event, race, rename_on_stack, semaphore, synchronization_event)
SMALL = {"FileCount": 2, "WriteCount": 1}

each_sample = pytest.mark.parametrize("driver", SAMPLES, ids=lambda driver: driver.__name__.rpartition(".")[2])


def movers(run):
    return [thread for thread in run.threads if thread.startswith("FileMoveThread")]


@each_sample
def test_every_sample_runs_with_one_mover_more(driver):
    assert len(movers(ks.run(with_movers(driver, 2), **SMALL))) == len(movers(ks.run(driver, **SMALL))) + 1


@each_sample
def test_its_parameters_are_those_of_the_sample(driver):
    two = with_movers(driver, 2)
    assert ks.run(two, **SMALL).parameters == {**driver.PARAMETERS, **SMALL}
    with pytest.raises(
        ValueError, match=f"2_movers has no parameter Movers; it declares: {', '.join(driver.PARAMETERS)}"
    ):
        ks.run(two, Movers=2)


@each_sample
def test_its_replay_line_makes_the_same_run(driver):
    two = with_movers(driver, 2)
    run = ks.run(two, ks.Random(seed=2), **SMALL)
    again = ks.run(two, ks.Replay(run.schedule))
    assert (again.outcome, again.schedule.choices) == (run.outcome, run.schedule.choices)


def test_what_semaphore_alone_declares_can_be_given():
    run = ks.run(with_movers(semaphore, 2), MoverCount=1, **SMALL)
    assert len(movers(run)) == 2
    assert run.parameters["MoverCount"] == 1


def test_a_layout_of_the_stack_can_be_given():
    run = ks.run(with_movers(rename_on_stack, 2), Layout=rename_on_stack.COOKIE_ABOVE, **SMALL)
    assert run.bugcheck.code == 0xF7


def test_parameters_are_found_behind_wrappers_in_any_order():
    def traced(entry):
        @wraps(entry)
        async def traced_entry(*arguments):
            return await entry(*arguments)

        return traced_entry

    entry = semaphore.DriverEntry
    for driver in (traced(entry), partial(traced(entry)), traced(partial(entry)), traced(with_movers(semaphore, 2))):
        assert ks.run(driver, **SMALL).parameters == {**semaphore.PARAMETERS, **SMALL}

"""The partial order of an execution, against its definition: program order, conflicts, and what follows from them."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import size

from kevent_sim.orders.order import Order, conflict

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

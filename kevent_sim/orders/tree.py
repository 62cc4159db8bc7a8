"""The tree of executions as a search holds it: states on a path, and sequences of choices still to be explored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.order import conflict
from kevent_sim.orders.ordered import OrderedExecution

Paths = tuple[tuple[Choice, ...], ...]  # a tree by its leaves, in their order


class Branch:
    """A sequence of choices still to be explored, as a path in the tree of a node."""

    __slots__ = ("choice", "next")

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.next: list[Branch] = []


class Node:
    """A state on the current path: branches of its tree to be explored, and the choices that have been."""

    __slots__ = ("asleep", "done", "races", "tree")

    def __init__(self, tree: list[Branch]) -> None:
        self.tree = tree
        self.done: list[Choice] = []
        self.asleep: list[Choice] = []  # those of them that sleep: a step that stopped the machine does not
        self.races: list[tuple[OrderedExecution, int]] = []  # those of its step that wait to be reversed, with whose


class Reversal:
    """What reverses a race: the events that lead to its second one without the first, and then the second one."""

    __slots__ = ("after", "choices")

    def __init__(self, choices: Sequence[Choice], after: Callable[[int, int], bool]) -> None:
        self.choices = choices
        self.after = after  # must the event at the one place come after the one at the other, earlier, place?

    @staticmethod
    def of(execution: OrderedExecution, first: int, second: int) -> Reversal:
        order, reach = execution.order, execution.reach(second)
        events = [*order.not_after(first), second]

        def after(one: int, other: int) -> bool:
            """The second event is not judged by what it did, but by what it could reach: it will run in a state that it
            has not seen."""
            late, early = events[one], events[other]
            if late == second:
                return order.before(early, late, program_only=True) or conflict(order.events[early].cells, reach)
            return order.before(early, late)

        return Reversal([execution.choices[event] for event in events], after)

    def begins(self, choice: Choice, left: list[int]) -> int | None:
        """Where among the places that are left the event is by which the choice could begin; None where it could not.

        >>> signal_wait = Reversal([1, 2], lambda one, other: True)
        >>> signal_wait.begins(1, [0, 1]), signal_wait.begins(2, [0, 1]), signal_wait.begins(2, [1])
        (0, None, 0)
        """
        for at, one in enumerate(left):
            if self.choices[one] == choice:
                return None if any(self.after(one, other) for other in left[:at]) else at
        return None

    def packed(self) -> tuple[tuple[Choice, ...], tuple[int, ...]]:
        """The same in plain values: the choices; of each event a bit for each place that it must come after."""
        places = range(len(self.choices))
        return tuple(self.choices), tuple(
            sum(1 << other for other in range(one) if self.after(one, other)) for one in places
        )

    @staticmethod
    def unpacked(choices: tuple[Choice, ...], needs: tuple[int, ...]) -> Reversal:
        """
        >>> Reversal.unpacked(*Reversal([1, 2], lambda one, other: True).packed()).begins(2, [0, 1]) is None
        True
        """
        return Reversal(choices, lambda one, other: bool(needs[one] >> other & 1))


def plant(tree: list[Branch], reversal: Reversal) -> bool:
    """Put a sequence into a tree, along the branches that begin what is left of it; is it one more?

    >>> tree = []
    >>> commuting = Reversal([1, 2], lambda one, other: False)
    >>> plant(tree, commuting), plant(tree, Reversal([2], lambda one, other: False)), paths_of(tree)
    (True, True, ((1, 2), (2,)))
    >>> plant(tree, commuting)
    False
    """
    left = list(range(len(reversal.choices)))
    while left:
        for branch in tree:
            place = reversal.begins(branch.choice, left)
            if place is not None:
                break
        else:
            break
        if not branch.next:
            return False
        del left[place]
        tree = branch.next
    for place in left:
        tree.append(Branch(reversal.choices[place]))
        tree = tree[-1].next
    return bool(left)


def paths_of(tree: list[Branch]) -> Paths:
    found: list[tuple[Choice, ...]] = []
    open_branches: list[tuple[tuple[Choice, ...], Branch]] = [((), branch) for branch in reversed(tree)]
    while open_branches:
        path, branch = open_branches.pop()
        path = (*path, branch.choice)
        if not branch.next:
            found.append(path)
        open_branches += [(path, each) for each in reversed(branch.next)]
    return tuple(found)


def tree_of(paths: Paths) -> list[Branch]:
    """
    >>> paths = (1, 2, 3), (1, 3), (2,)
    >>> paths_of(tree_of(paths)) == paths
    True
    """
    whole: list[Branch] = []
    for path in paths:
        tree = whole
        for choice in path:
            if not tree or tree[-1].choice != choice:
                tree.append(Branch(choice))
            tree = tree[-1].next
    return whole

"""Which orders are still to be explored: dynamic partial-order reduction.

Abdulla, Aronis, Jonsson, Sagonas, "Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction", JACM 2017:
sleep sets say what need not be tried in a state, source sets what must be. It fits since NT waits *enqueue*: a pending
call is never disabled, so every race can be reversed; the edge from a signal to the released thread's return is a join.

Of their wakeup trees the sequences are kept, as hints that lead past orders that are explored elsewhere. What the trees
themselves claim, that whoever is independent of a sequence covers it, holds only where no thread still sleeps when a
sequence ends, and what a call touches depends on the state here: it may sleep on. So a race is taken for reversed only
where a thread that begins the reversing sequence sleeps, has been explored, or is to be.
"""

from __future__ import annotations

from collections.abc import Callable

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.executions import Astray
from kevent_sim.orders.order import TAKEN_BACK, Numbered, conflict
from kevent_sim.orders.ordered import OrderedExecution


class _Branch:
    """A sequence of choices still to be explored, as a path in the wakeup tree of a node."""

    __slots__ = ("choice", "next")

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.next: list[_Branch] = []


class _Node:
    """A state on the current path: branches of its wakeup tree to be explored, and the choices that have been."""

    __slots__ = ("asleep", "done", "races", "tree")

    def __init__(self, tree: list[_Branch]) -> None:
        self.tree = tree
        self.done: list[Choice] = []
        self.asleep: list[Choice] = []  # those of them that sleep: a step that stopped the machine does not
        self.races: list[tuple[OrderedExecution, int]] = []  # those of its step that wait to be reversed, with whose


class Reduction:
    """The tree of executions, as far as it is open: nodes on the path of the last one, by depth."""

    def __init__(self) -> None:
        self.nodes: dict[int, _Node] = {}
        self.out_of_reach = False  # an order that was planned could not be run
        self.prefix: list[Choice] = []  # choices of the last execution that the next one repeats

    def chooser(
        self, execution: OrderedExecution, before: OrderedExecution | None = None
    ) -> Callable[[list[Choice]], Choice | None]:
        """Follow the prefix, then the branch to be explored, then run on; choices in a sleep set are not taken. Where
        the execution takes over the order of one `before`, it has followed the prefix by itself.

        Raises Astray where the prefix cannot be followed.
        """
        nodes, prefix = self.nodes, self.prefix
        asleep: list[Choice] = []
        if before is not None:
            execution.asleep = {at: those for at, those in before.asleep.items() if at < len(prefix)}
            asleep = before.asleep.get(len(prefix), [])

        def choose(enabled: list[Choice]) -> Choice | None:
            nonlocal asleep
            depth = len(execution.choices)
            node = nodes.get(depth)
            if node is not None:
                asleep = [*asleep, *(other for other in node.asleep if other not in asleep)]
                node.tree = [branch for branch in node.tree if branch.choice not in asleep]
            if asleep:
                execution.asleep[depth] = asleep
            if depth < len(prefix):
                chosen: Choice | None = prefix[depth]
                if chosen not in enabled:
                    raise Astray
            else:
                branch = self.branch(depth, enabled)
                chosen = branch.choice if branch else execution.default(enabled, asleep)
                if branch and branch.next:
                    nodes[depth + 1] = _Node(branch.next)
            if asleep and chosen is not None:
                cells = execution.cells(chosen)
                asleep = [other for other in asleep if other != chosen and not conflict(execution.cells(other), cells)]
            return chosen

        return choose

    def branch(self, depth: int, enabled: list[Choice]) -> _Branch | None:
        """The next branch of the wakeup tree. One whose thread cannot go on was planned from a run in which shared
        memory had other values: it is dropped, and nothing is proved."""
        node = self.nodes.get(depth)
        while node is not None and node.tree:
            branch = node.tree.pop(0)
            if branch.choice in enabled:
                return branch
            self.out_of_reach = True
        return None

    def learn(self, execution: OrderedExecution) -> bool:
        """Plan what an execution's races ask for, and step back to where something is left to explore; is there?"""
        nodes = self.nodes
        for beyond in [at for at in nodes if at >= len(execution.order.events)]:
            self.out_of_reach |= bool(nodes[beyond].tree)  # a run that was planned to go on has ended
            del nodes[beyond]
        self.before_the_crash(execution)
        for first, second in execution.order.races:
            nodes.setdefault(first, _Node([])).races.append((execution, second))
        depth = -1
        for at in sorted(nodes, reverse=True):
            self.plan(at, at_once=depth < 0)
            if depth < 0 and nodes[at].tree:
                depth = at
        if depth < 0:
            return False
        for deeper in [other for other in nodes if other > depth]:
            del nodes[deeper]
        nodes[depth].done.append(execution.choices[depth])
        if execution.crash is None or execution.crash[0] != depth:
            nodes[depth].asleep.append(execution.choices[depth])
        self.prefix = execution.choices[:depth]
        return True

    def plan(self, at: int, at_once: bool) -> None:
        """Reverse the races of a node. Where there is more to explore below it, those of long executions wait: what
        becomes of each is as long."""
        node = self.nodes[at]
        races, node.races = node.races, []
        for execution, second in races:
            if at_once or len(execution.choices) <= TAKEN_BACK:
                self.reverse(execution, at, second)
            else:
                node.races.append((execution, second))

    def before_the_crash(self, execution: OrderedExecution) -> None:
        """A step that stops the machine races with whatever the others were about to do."""
        if execution.crash is not None:
            at, others = execution.crash
            node = self.nodes.setdefault(at, _Node([]))
            known = {branch.choice for branch in node.tree} | {*node.done, *execution.asleep.get(at, ())}
            node.tree += [_Branch(other) for other in others if other not in known]

    def reverse(self, execution: OrderedExecution, first: int, second: int) -> None:
        """See to it that the second event of a race is explored before the first, from the state before the first:
        something that begins a sequence of what leads to it sleeps there, has been explored, or is in the tree."""
        sequence = execution.order.not_after(first)
        sequence.append(second)
        reach = execution.reach(second)
        node = self.nodes[first]
        # What has been explored and does not sleep stops the machine: there is nothing after it.
        known = dict.fromkeys((*execution.asleep.get(first, ()), *node.done))
        if any(_initial(execution, choice, sequence, second, reach) is not None for choice in known):
            return
        tree = node.tree
        while sequence:
            for branch in tree:
                place = _initial(execution, branch.choice, sequence, second, reach)
                if place is not None:
                    break
            else:
                break
            if not branch.next:
                return
            del sequence[place]
            tree = branch.next
        for event in sequence:
            tree.append(_Branch(execution.choices[event]))
            tree = tree[-1].next

    def fraction(self) -> float:
        """About how much of the tree of executions has been seen, from how far each open node is done."""
        seen, share = 0.0, 1.0
        for depth in sorted(self.nodes):
            node = self.nodes[depth]
            width = len(node.done) + len(node.tree)
            if width:
                seen += share * len(node.done) / width
                share /= width
        return seen


def _initial(
    execution: OrderedExecution, choice: Choice, sequence: list[int], second: int, reach: Numbered
) -> int | None:
    """Where in the sequence the event is by which the choice could begin it; None where it could not. The second event
    of the race is not judged by what it did, but by what it could reach: it will run in a state that it has not seen.
    """
    order, choices = execution.order, execution.choices
    for at, event in enumerate(sequence):
        if choices[event] == choice:
            late = any(
                order.before(other, event, program_only=True) or conflict(order.events[other].cells, reach)
                if event == second
                else order.before(other, event)
                for other in sequence[:at]
            )
            return None if late else at
    return None

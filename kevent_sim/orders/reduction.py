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

from collections.abc import Callable, Sequence

from kevent_sim.machine.choice import Choice
from kevent_sim.orders.executions import Astray
from kevent_sim.orders.order import TAKEN_BACK, conflict
from kevent_sim.orders.ordered import OrderedExecution
from kevent_sim.orders.tree import Branch, Node, Reversal, plant

Planted = tuple[int, tuple[Choice, ...], tuple[int, ...]]  # depth, and a reversal in plain values


class Reduction:
    """The tree of executions, as far as it is open: nodes on the path of the last one, by depth."""

    def __init__(self, floor: int = -1) -> None:
        self.nodes: dict[int, Node] = {}
        # Nodes down to this depth are explored by somebody else, who is told what is planted there.
        self.floor = floor
        self.planted: list[Planted] = []
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
                    nodes[depth + 1] = Node(branch.next)
            if asleep and chosen is not None:
                cells = execution.cells(chosen)
                asleep = [other for other in asleep if other != chosen and not conflict(execution.cells(other), cells)]
            return chosen

        return choose

    def branch(self, depth: int, enabled: list[Choice]) -> Branch | None:
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
            nodes.setdefault(first, Node([])).races.append((execution, second))
        open_below = False
        for at in sorted(nodes, reverse=True):
            self.plan(at, at_once=not open_below or at <= self.floor)
            open_below = open_below or bool(nodes[at].tree)
        return self.step_back(execution.choices, -1 if execution.crash is None else execution.crash[0])

    def step_back(self, choices: Sequence[Choice], crash: int = -1) -> bool:
        """Go from the end of an execution to the deepest state where something is left to explore; is there one? With
        its choice number `crash` the machine stopped."""
        nodes = self.nodes
        depth = max((at for at, node in nodes.items() if node.tree and at > self.floor), default=-1)
        if depth < 0:
            return False
        for deeper in [other for other in nodes if other > depth]:
            del nodes[deeper]
        nodes[depth].done.append(choices[depth])
        if crash != depth:
            nodes[depth].asleep.append(choices[depth])
        self.prefix = [*choices[:depth]]
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
            node = self.nodes.setdefault(at, Node([]))
            known = {branch.choice for branch in node.tree} | {*node.done, *execution.asleep.get(at, ())}
            node.tree += [Branch(other) for other in others if other not in known]

    def reverse(self, execution: OrderedExecution, first: int, second: int) -> None:
        """See to it that the second event of a race is explored before the first, from the state before the first:
        something that begins a sequence of what leads to it sleeps there, has been explored, or is in the tree."""
        node, reversal = self.nodes[first], Reversal.of(execution, first, second)
        everything = [*range(len(reversal.choices))]
        # What has been explored and does not sleep stops the machine: there is nothing after it.
        for choice in dict.fromkeys((*execution.asleep.get(first, ()), *node.done)):
            if reversal.begins(choice, everything) is not None:
                return
        if plant(node.tree, reversal) and first <= self.floor:
            self.planted.append((first, *reversal.packed()))

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

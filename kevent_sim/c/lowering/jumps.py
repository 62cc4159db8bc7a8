"""Where control goes that does not go on: the targets of break, continue, __leave and goto.

Python has one way out of a loop, `break`, and one back to its head, `continue`; both belong to the innermost loop. So a
jump that goes further sets `leave` to its target's name and breaks; behind each loop that is left so, the jump goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Target:
    """A point of the C text; its name is what `leave` is set to."""

    name: str


@dataclass(eq=False, slots=True)
class Loop:
    """A loop of the Python text that is being written. `breaks` and `continues`: the targets that these words reach;
    `before`: what is written before `continue`. `entries`: the pieces of a region, by their targets. `left`: the
    targets that jumps inside are on their way to, beyond it."""

    breaks: Target | None = None
    continues: Target | None = None
    before: Callable[[], None] | None = None
    entries: dict[Target, int] = field(default_factory=dict)
    at: str = ""
    left: list[Target] = field(default_factory=list)

    def mark(self, target: Target) -> str:
        """What stands in the text for the number of a target's piece until all are known."""
        return f"\0{self.at}:{self.entries[target]}\0"


@dataclass(eq=False, slots=True)
class Finally:
    """The block of a `__finally`: nothing leaves it."""


@dataclass
class Jumps:
    """The loops that are open in one function, outermost first, and what break, continue and __leave mean now."""

    open: list[Loop | Finally] = field(default_factory=list)
    breaks: list[Target | None] = field(default_factory=lambda: [None])
    continues: list[Target | None] = field(default_factory=lambda: [None])
    leaves: list[Target | None] = field(default_factory=lambda: [None])
    labels: dict[str, Target] = field(default_factory=dict)
    count: int = 0

    def target(self, what: str) -> Target:
        """A target of our own."""
        self.count += 1
        return Target(f"{what} {self.count}")

    @property
    def in_finally(self) -> bool:
        return any(isinstance(each, Finally) for each in self.open)

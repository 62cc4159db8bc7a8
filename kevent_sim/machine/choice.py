"""A choice of a schedule: a thread, by its number, or the time-out of a thread's wait."""

from __future__ import annotations

from typing import NamedTuple


class TimeOutOf(NamedTuple):
    """The time-out of the wait that a thread is in; or of the `nth` timed wait it began, where that matters, from 1.

    >>> str(TimeOutOf(2)), TimeOutOf(2) == TimeOutOf(2, nth=3)
    ('t2', False)
    """

    thread: int
    nth: int = 0

    def __str__(self) -> str:
        return f"t{self.thread}"


Choice = int | TimeOutOf


def thread_of(choice: Choice) -> int:
    """The number of the thread that takes the step, or whose wait ends by it."""
    return choice if isinstance(choice, int) else choice.thread


def parse(word: str) -> Choice:
    """The choice that a word of a schedule's text stands for: `2`, or `t2` for a time-out."""
    return TimeOutOf(int(word[1:])) if word.startswith("t") else int(word)

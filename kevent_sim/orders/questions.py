"""Questions to the states that a driver goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import CoroutineType, NotImplementedType
from typing import Any

from kevent_sim.orders.state import State


class Along:
    """A check of the values that a view takes in a run; made by `along` and `always`."""

    def __init__(
        self, view: Callable[[State], Any], question: Callable[[tuple[Any, ...]], object], name: str, always: bool
    ) -> None:
        self.view, self.question, self.always, self.__name__ = view, question, always, name

    def __repr__(self) -> str:
        return f"<{'always' if self.always else 'along'}: {told(self)}>"


def along(view: Callable[[State], Any], question: Callable[[tuple[Any, ...]], object]) -> Along:
    r"""A check, for `explore`, of the values that `view(state)` takes in a run: in order, equal neighbours told once.

    `question` is asked of their tuple, for each run that completes. Both must be functions of their argument alone.
    Raises TypeError for what is not a function.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import synchronization_event
    >>> def counts(state):
    ...     return len(state.files("C:\\Temp")), len(state.files("C:\\Temp2"))
    >>> def first_all_written_then_moved(seen):
    ...     return seen == ((0, 0), (1, 0), (2, 0), (1, 1), (0, 2))
    >>> check = along(counts, first_all_written_then_moved)
    >>> explore(synchronization_event, check=check, FileCount=2, WriteCount=1).verdict
    'holds'
    """
    for name, given in (("view", view), ("question", question)):
        if not callable(given):
            raise TypeError(f"{name} is a function, not {given!r}")
    return Along(view, question, getattr(question, "__name__", "along"), always=False)


def always(question: Callable[[State], object]) -> Along:
    r"""A check, for `explore`, that must be true of every state of every run: of the runs that end badly, too.

    `question` takes a `State` and must be a function of it alone. Raises TypeError for what is not a function.

    >>> from kevent_sim.orders.explore import explore
    >>> from kevent_sim.samples import race
    >>> def one_at_most(state):
    ...     return len(state.files("C:\\Temp")) <= 1
    >>> every = explore(race, check=always(one_at_most), FileCount=2, WriteCount=1)
    >>> every.verdict, every.findings[0].text
    ('violated', 'one_at_most is not true after step 10 (FileCreationThread: ZwCreateFile, line 28)')
    """
    if not callable(question):
        raise TypeError(f"always takes a function of a state, not {question!r}")
    name = getattr(question, "__name__", "always")
    return Along(lambda state: truth(question(state), question), all, name, always=True)


def told(question: Any) -> str:
    """What is asked, in words: its name, where it has one."""
    name = getattr(question, "__name__", "<lambda>")
    return "what is asked" if name == "<lambda>" else str(name)


# True whatever the question meant, as [False] and "no" are.
_NO_ANSWERS = (Along, Awaitable, Iterator, AsyncIterator, tuple, list, str, bytes, NotImplementedType)


def truth(answer: Any, question: Any) -> bool:
    """What a question has returned, as True or False. Raises TypeError for what is true whatever the question meant."""
    if callable(answer) or isinstance(answer, _NO_ANSWERS):
        if isinstance(answer, CoroutineType):
            answer.close()
        raise TypeError(
            f"{told(question)} returned a {type(answer).__name__}, not True or False: use neither async nor yield, "
            "call what is to be called, as in  state.signaled(...), and put what is to be tested into  all(...)"
        )
    return bool(answer)


def settled(value: Any, view: Any) -> Any:
    """What a view has returned. Raises TypeError for what says later, of another state, what it is."""
    if isinstance(value, (Awaitable, Iterator, AsyncIterator)):
        if isinstance(value, CoroutineType):
            value.close()
        raise TypeError(f"{told(view)} returned a {type(value).__name__}, not a value; type:  tuple(...)")
    return compared(value, view)


def compared(value: Any, question: Any) -> Any:
    """What will be compared with what is returned of others. Raises ValueError for what is not equal to itself."""
    if _has_nan(value):
        raise ValueError(f"{told(question)} returned NaN, which equals nothing; return None in its place")
    return value


def _has_nan(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    return isinstance(value, (tuple, list, frozenset)) and any(map(_has_nan, value))


def counted(value: Any, outcome: Any) -> Any:
    """What an outcome has returned. Raises TypeError for what cannot be counted."""
    try:
        hash(value)
    except TypeError as error:
        raise TypeError(f"{told(outcome)} returned what cannot be counted, {error}; type:  tuple(...)") from error
    return compared(value, outcome)

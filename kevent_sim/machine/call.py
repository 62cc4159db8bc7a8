"""The one door between a driver's thread and the kernel.

A routine is awaited; awaiting it hands a *call* to whoever resumes the thread:

    (routine, arguments, code object and instruction of the line that made it)

The call is plain data, so that the kernel, the explorer and the pictures know what a thread is about to do before it
does it. `_door` holds the only `yield` of the package.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import update_wrapper
from sys import _getframe
from typing import Any, Concatenate, Literal, NoReturn, ParamSpec, TypeVar

from kevent_sim.machine.irql import ANY_IRQL, IrqlRule

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")

# A cell is anything two calls can meet on: ("object", event), ("name", path), ...; True: this call writes it.
Footprint = Iterable[tuple[tuple[str, Any], bool]]
# What others must know of a routine beside what it touches; it says so itself, and nobody keeps lists of names.
Role = Literal[
    "",
    "alerts",
    "closes a handle",
    "creates a file",
    "creates a thread",
    "ends a wait",  # by its time-out
    "gives an object",  # that its caller could not reach before
    "moves on",  # in a file, whatever it reads or writes there: it never comes to nothing
    "meets everything",  # a driver's image or memory goes, or a priority is what all boosts have made of it
    "opens a file",
    "reads the clock",
    "signals",
    "stalls",  # its processor, for as many microseconds as its argument says
    "waits",
]
Call = tuple["Routine", tuple[Any, ...], types.CodeType | None, int]


class Misuse(Exception):
    """The simulator was used in a way that cannot work; the text says what to type instead."""


def not_simulated(what: str, instead: str) -> Misuse:
    """What Windows has and the simulator does not is refused by its name: never ignored, never given a made-up status.

    >>> not_simulated("named streams", "name the file alone")
    Misuse('not simulated: named streams; name the file alone')
    """
    return Misuse(f"not simulated: {what}; {instead}")


@dataclass(frozen=True, slots=True, repr=False)
class Routine:
    """A kernel routine: its effect on the machine and, declared beside it, its footprint and its rule on IRQL.

    Two calls conflict when they share a cell that one of them writes; calls that do not conflict commute.
    """

    name: str
    effect: Callable[..., Any]
    footprint: Callable[..., Footprint]
    irql: IrqlRule = ANY_IRQL
    role: Role = ""
    returning: bool = False  # the second step of a wait that blocked

    def wrong(self, arguments: tuple[Any, ...], error: Exception) -> str:
        """What an error of the effect means to whoever made the call."""
        names = list(inspect.signature(self.effect).parameters)[1:]
        if len(arguments) != len(names):
            return f"{self.name} takes {len(names)} arguments, ({', '.join(names)}), not {len(arguments)}"
        hint = "; an argument is of the wrong type" if isinstance(error, AttributeError) else ""
        return f"{self.name}: {error}{hint}"

    def __repr__(self) -> str:
        # asyncio prints this when a notebook cell awaits a routine itself: "Task got bad yield: (...)".
        return (
            f"{self.name} can only be awaited inside a driver's thread: put the call into an `async def` "
            "start routine and type  ks.run(DriverEntry)  (without await)"
        )


class CallsMade(list[Call]):
    """Calls made and not yet handed over. One slot for the whole package, and only the kernel empties it: after every
    resumption it must hold exactly the call the thread now stands before; anything else was made without `await`.

    `put` puts a call there while a machine runs. Where none does, nothing takes the call: making one is refused,
    since it would do nothing.
    """

    __slots__ = ("put",)  # a slot, not a method that is replaced: calls are frequent, and this is found quickly

    def __init__(self) -> None:
        self.put: Callable[[Call], None] = refuse

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A machine runs; the slot is left as it was found, after an error, too."""
        kept, put = self[:], self.put
        self.put = self.append
        try:
            yield
        finally:
            self[:], self.put = kept, put


def refuse(call: Call) -> NoReturn:
    name = call[0].name
    raise Misuse(
        f"{name} is called by a thread of a driver, but no driver runs here; put  await {name}(...)  into a start "
        "routine or DriverEntry, and type:  ks.run(DriverEntry)"
    )


calls_made = CallsMade()


@types.coroutine
def _door(call: Call) -> Generator[Call, Any, Any]:
    return (yield call)


def make_call(call: Call) -> Awaitable[Any]:
    """A call that is made, to be awaited."""
    calls_made.put(call)
    return _door(call)


def calling(this: Routine) -> Callable[..., Awaitable[Any]]:
    """What code calls: it makes the call, and awaiting that hands it to whoever resumes the thread."""

    def call(*args: Any) -> Awaitable[Any]:  # by position, as in C
        frame = _getframe(1)
        one = (this, args, frame.f_code, frame.f_lasti)
        calls_made.put(one)
        return _door(one)

    return call


def routine(
    footprint: Callable[..., Footprint],
    irql: IrqlRule = ANY_IRQL,
    role: Role = "",
) -> Callable[[Callable[Concatenate[K, P], R]], Callable[P, Awaitable[R]]]:
    """Make a plain function `f(kernel, *arguments)` an awaited kernel routine `f(*arguments)`.

    `footprint(kernel, *arguments)` yields the (cell, writes) pairs that the call would touch now; `irql` is the rule
    on the IRQL of its callers, `role` what others must know of it.

    >>> @routine(lambda kernel, Number: [])
    ... def KeDouble(kernel, Number):
    ...     return 2 * Number
    >>> async def start_routine():
    ...     return await KeDouble(21)
    >>> thread = start_routine()
    >>> with calls_made.taken():
    ...     called, arguments, code, instruction = thread.send(None)  # the thread now stands before its call
    >>> called.name, arguments
    ('KeDouble', (21,))
    >>> try:
    ...     thread.send(called.effect(None, *arguments))
    ... except StopIteration as end:
    ...     end.value
    42
    """

    def decorate(effect: Callable[Concatenate[K, P], R]) -> Callable[P, Awaitable[R]]:
        this = Routine(effect.__name__, effect, footprint, irql, role)

        call = calling(this)
        update_wrapper(call, effect)
        signature = inspect.signature(effect)
        call.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
        call.routine = this  # type: ignore[attr-defined]
        return call

    return decorate

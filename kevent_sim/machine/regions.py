"""The life of memory: a region begins and ends as one, and whoever uses what lies in it is judged here.

A kernel object, a structure and a device know their region. Where it has ended the use stops the machine, whoever it
is: a routine, a thread that reads a field, a signal, a time-out or an alert that takes a wait off its lists, a wait
for all that tests its objects again.
"""

from __future__ import annotations

import dis
from collections.abc import Iterable
from functools import lru_cache
from inspect import CO_COROUTINE
from sys import _getframe
from types import CodeType, FrameType
from typing import Any, Literal, NoReturn, Protocol

from kevent_sim.machine.current import Current
from kevent_sim.machine.lines import is_learners_frame, is_simulators_frame
from kevent_sim.machine.ntstatus import BugCheck

Kind = Literal["device", "stack frame", "object", "image", "pool", "bytes"]

# What a use of dead memory comes to. Of a stack frame's kernel objects: bug check 0x139's page names an event that
# leaves its scope; of an image: the page of 0xCE; of the pool: what the verifier's special pool finds.
_STOPS: dict[Kind, tuple[int, ...]] = {
    "device": (0xD5,),
    "object": (0xD5,),
    "pool": (0xD5,),
    "bytes": (0x139, 3),
    "stack frame": (0x139, 3),
    "image": (0xCE,),
}


class Region:
    """Memory that begins and ends together: what kind, whose, since which step, and how it has ended ("": it lives).

    A stack frame's region is one local, and knows which: its end is a write to it.
    """

    __slots__ = ("ended", "holds", "kind", "owner", "since")

    def __init__(self, kind: Kind, owner: str, since: int = 0) -> None:
        self.kind, self.owner, self.since = kind, owner, since
        self.ended = ""
        self.holds: Any = None

    def end(self, how: str, line: int) -> None:
        """`how` says who ended it, in `line`; what has ended does not end again."""
        self.ended = self.ended or (f"{how} (line {line})" if line else how)

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.owner}, since step {self.since}: {self.ended or 'lives'}>"


def ended(region: Region | None) -> str:
    """How it has ended, in words; "" while it lives, as what nobody has told the life of does."""
    return region.ended if region is not None else ""


def check_alive(region: Region | None, what: str, of: str = "") -> None:
    """Stop the machine where memory is used that has ended. `what` is used: a field `of` a structure, or an object."""
    if region is not None and region.ended:
        code, *parameters = _STOPS[region.kind]
        of = of or (region.owner if region.kind == "device" else "")
        local = f", a local of {region.owner}," if region.kind == "stack frame" else ""
        stop = BugCheck(code, f"{of}{'.' if of else ''}{what}{local} is used after {region.ended}", *parameters)
        stop.cause = region.kind, region.owner, region.ended
        stop_machine(stop)


# -- what lies on a thread's stack -------------------------------------------------------------------------------------


class Stacks(Protocol):
    """The machine, to which the frames of its threads belong."""

    stopping: BugCheck | None  # raised by what a thread's own code did: it stops for that, whoever catches it

    def new_frame(self, owner: str) -> Region:
        """Memory on the stack of the thread that runs; it ends with the thread's start routine at the latest."""

    def end_frames(self, how: str, regions: Iterable[Region] | None = None, line: int = 0) -> None:
        """These regions of a stack end, or all of those of the thread that runs; in its last call's line, where no
        other is known."""


_running: Current[Stacks] = Current()
stacks_of = _running.set_to  # what code makes among its locals lies on the stack of its thread


def machine_now() -> Any:
    """The machine that runs; None where none does."""
    return _running.now


def stop_machine(stop: BugCheck) -> NoReturn:
    """Nobody on Windows catches a bug check; where a thread's code does so here, the machine stops nevertheless."""
    if _running.now is not None:
        _running.now.stopping = stop
    raise stop


def new_frame(owner: str) -> Region | None:
    """Memory on the stack of whoever runs; None where no machine runs."""
    return _running.now.new_frame(owner) if _running.now is not None else None


def end_frames(how: str, regions: Iterable[Region] | None = None, line: int = 0) -> None:
    if _running.now is not None:
        _running.now.end_frames(how, regions, line)


def region_of_local(Object: Any) -> Region | None:
    """Where an object lies that a thread has just made by  `Event = KEVENT()`: among the locals of its start routine,
    where that is the function that has made it.

    Only a plain assignment to a local variable is known for that. What another function returns, what is put into a
    container or an attribute, made by a comprehension or handed on at once, may be anywhere, and nobody tells when it
    ends.
    """
    if _running.now is None:
        return None
    made = frame = _getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == made.f_code.co_filename:
        frame = frame.f_back  # out of the constructors
    routine = frame.f_code.co_flags & CO_COROUTINE and is_learners_frame(frame)
    if not routine or _learners_await(frame.f_back):
        return None
    called: Any = frame.f_globals
    for name in _made_for_a_local(frame.f_code, frame.f_lasti):
        called = called.get(name) if isinstance(called, dict) else getattr(called, name, None)
    if called is not type(Object):
        return None
    region = _running.now.new_frame(frame.f_code.co_name)
    region.holds = Object
    return region


def _learners_await(frame: FrameType | None) -> bool:
    """Does a coroutine of the learner's own wait for what goes on, in the same thread of the driver?"""
    while frame is not None and not is_simulators_frame(frame):
        if frame.f_code.co_flags & CO_COROUTINE and is_learners_frame(frame):
            return True
        frame = frame.f_back
    return False


# Each puts one thing on the stack.
_ONE_VALUE = (
    "LOAD_CONST", "LOAD_SMALL_INT", "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_DEREF", "PUSH_NULL",
)  # fmt: skip


_CALLS = {"CALL": 2, "CALL_KW": 3}  # what each takes off the stack beside the arguments
_NOTHING = ("CACHE", "PRECALL", "NOP", "EXTENDED_ARG", "KW_NAMES")


@lru_cache(maxsize=1024)
def _made_for_a_local(code: CodeType, call: int) -> tuple[str, ...]:
    """The class that the call at this instruction calls, by its global name, or by its module's and its own, where what
    it returns becomes local variables and nothing else, alone or as one of several that all do; () where it calls or
    does anything else."""
    made = [one for one in dis.get_instructions(code) if one.opname not in _NOTHING]
    before = [one for one in made if one.offset < call and one.opname not in _ONE_VALUE]
    names: list[str] = []
    while before and before[-1].opname in ("LOAD_ATTR", "LOAD_METHOD") and not names:
        names.append(before.pop().argval)
    calls = any(one.offset == call and one.opname in _CALLS for one in made)
    if not calls or not before or before[-1].opname != "LOAD_GLOBAL":
        return ()
    stored = _stores_locals(code, [one for one in made if one.offset > call])
    return (before[-1].argval, *names) if stored else ()


def _stores_locals(code: CodeType, after: Iterable[dis.Instruction]) -> bool:
    """Does the value on top of the stack become a local variable, with all that is stored together with it?"""
    above = stored = 0  # values on the stack above it; those that became locals
    swapped = 1  # values, that one among them
    packed = False
    for one in after:
        name, argument = one.opname, one.arg or 0
        if packed:  # as many are unpacked again
            packed = False
            if name != "UNPACK_SEQUENCE" or argument != swapped:
                return False
        elif name == "LOAD_GLOBAL":
            above += 1 + ("NULL" in one.argrepr)
        elif name in ("LOAD_ATTR", "LOAD_METHOD"):
            above += name == "LOAD_METHOD" or "NULL" in one.argrepr
        elif name in _ONE_VALUE or (name == "COPY" and above == 0):
            above += 1
        elif name in _CALLS and above >= argument + _CALLS[name]:
            above -= argument + _CALLS[name] - 1
        elif name == "BUILD_TUPLE":
            swapped, packed = argument, True
        elif name == "SWAP":
            swapped = argument
        elif name.startswith("STORE_FAST") or (name == "STORE_DEREF" and one.argval in code.co_cellvars):
            stored += name.count("STORE_FAST") or 1
            if stored >= max(swapped, above + 1):
                return True
        else:
            return False
    return False

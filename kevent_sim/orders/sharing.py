"""Memory that threads share outside of structures: the explorer cannot see who reads it, so it must not change.

A *slot* is whatever Python code can change without a call of the kernel: a closure's variable, a global, what is in a
list or dict, an attribute. A thread *claims* the slots that its code can reach, and a slot that two threads have
claimed is compared after every step with what it was when they came to share it.

That one looks for changes, not for uses, is enough. Suppose that some order of steps changes a shared slot; take the
first step that does. Until then every step was a function of what the explorer tracks, so an equivalent order was
explored, and there the same step made the same change. Where no explored order changes a shared slot, none does.

A kernel object is changed by routines, too. Steps are ordered by what their routines write, so such a change is seen by
none but code that reads the field itself; what code writes there is seen by routines, though these name no field.

Equivalent orders must therefore agree on what is shared. A claim is never taken back because a thread has gone on or
ended, for in an equivalent order it may not have. It is where the thread has created another since: all that the new
one does comes after. Since whoever creates threads can reach what it will give them, they share it from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import is_
from types import CodeType
from typing import Any, NamedTuple

from kevent_sim.machine.call import Call
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.memory import values_of
from kevent_sim.machine.objects import DISPATCHER_HEADER, FIELDS, shown_to
from kevent_sim.machine.structures import HANDLE, PVOID
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.trace import ROW
from kevent_sim.orders import unfollowed
from kevent_sim.orders.by_text import texts_told_to
from kevent_sim.orders.kinds import ATOMS, how
from kevent_sim.orders.order import Cells
from kevent_sim.orders.reach import Reach
from kevent_sim.orders.slots import At, Slot, global_state
from kevent_sim.orders.theirs import Theirs
from kevent_sim.orders.uses import Uses
from kevent_sim.orders.whose import is_run
from kevent_sim.runs.entries import layers
from kevent_sim.runs.machine import Machine


class Change(NamedTuple):
    """A slot that threads share was changed: by whom, after which line. Who creates a thread also runs its first
    lines."""

    slot: Slot
    by: tuple[int, ...]
    line: int


class Sharing:
    """What the threads of one execution share, and what of it has changed."""

    def __init__(self, machine: Machine, theirs: Theirs) -> None:
        is_run(layers(machine.subject.entry)[-1])
        self.kernel: Kernel = machine.kernel
        self.theirs = theirs
        self.service = machine.service if machine.subject.stop else None
        self.claims: dict[Any, Slot] = {}
        self.powers: dict[int, set[Any]] = {}
        self.globals: dict[int, list[tuple[dict[str, Any], Uses]]] = {}
        self.watched: list[Slot] = []
        self.changes: list[Change] = []
        self.notices: list[At] = []  # what may notice that an object goes
        self.unfollowed: list[At] = []  # what code names and nobody follows
        self.strange: dict[str, tuple[At, set[int]]] = {}  # library -> where an object of its is, and who reaches one
        self.shown: list[At] = []  # whose state code was told in words
        self.skipped = self.missed = False  # looks that an earlier execution made unnecessary; one that was not
        self._threads, self._recorded = self.kernel.trace.threads, self.kernel.trace.accesses
        self._created = 1
        self._accesses = self._rows = 0  # how many of the kernel's were looked at

    @property
    def clean(self) -> bool:
        """Is nothing shared in which something can change?"""
        return not (self.watched or self.changes or self.notices or self._passed_over())

    @property
    def changed(self) -> bool:
        """Is there memory whose change may decide what comes next, or an object that goes?"""
        return bool(self.changes or self.notices)

    def after(self, target: Any, call: Call, cells: Cells, repeated: bool) -> None:
        """A step has been taken: `target` made the call, which was to touch the cells (asked for where something is
        watched), and ran up to its next one. `repeated`: it was in an earlier execution, which was clean, and so were
        all before it."""
        gives = call[0].role == "gives an object"  # that the thread could not reach before
        if gives or self.watched or len(self._threads) != self._created or len(self._recorded) != self._accesses:
            if repeated or self.skipped:
                self._skip(repeated, gives)
            else:
                self._look_after(target, call, cells, gives)

    @contextmanager
    def told_of_code(self) -> Iterator[None]:
        """The execution runs: code says, as it does so, what it puts into words, and what it names by a text."""
        with shown_to(self._note_shown), texts_told_to(self._note_text):
            yield

    def _note_text(self, name: str, code: CodeType, instruction: int) -> None:
        if len(self._threads) > 1:
            self.unfollowed.append(At(f".{name}", code.co_name, line_of(code, instruction)))

    def _note_shown(self, value: Any, code: CodeType, instruction: int) -> None:
        """Code was told the state of an object, or of a variable for one, in words."""
        if len(self._threads) > 1:
            name = getattr(value, "name", "") or f"a {type(value).__name__}"
            self.shown.append(At(name, code.co_name, line_of(code, instruction)))

    def _skip(self, repeated: bool, gives: bool) -> None:
        """What threads share by now is known. Where they come to share more, it is not any longer."""
        created = len(self._threads) != self._created
        self._created, self.skipped = len(self._threads), True
        if (self._stored() or created or gives) and not repeated:
            self.missed = True

    def _look_after(self, target: Any, call: Call, cells: Cells, gives: bool) -> None:
        created = self._threads[self._created :]
        if self.watched:
            self._compare((target.number, *(thread.number for thread in created)), call, cells)
        stored = self._stored() or gives
        if created:
            self._born(target, created)
        if (created or stored) and not self.notices:
            self._look(target, everybody=stored)
        if self.notices:
            self._let_go()

    def _compare(self, by: tuple[int, ...], call: Call, cells: Cells) -> None:
        changed, met = [], _met(cells)
        for slot in self.watched:
            assert slot.before is not None
            now = slot.read()
            if len(now) != len(slot.before) or not (all(map(is_, now, slot.before)) or _equal(now, slot.before)):
                # A step that is ordered with every other one may change what it likes: no order was left out.
                if cells is not None and (_written_by_code(slot, by, met) or self._is_read_by_others(slot, by)):
                    changed.append(slot)
                else:
                    slot.before = now
        if changed:
            self.changes += [Change(slot, by, line_of(*call[2:])) for slot in changed]
            self.watched = [slot for slot in self.watched if slot not in changed]

    def _stored(self) -> bool:
        """Was a value in which something can change stored in a field? Whoever reaches the structure reaches it."""
        written = self._recorded[self._accesses :]
        self._accesses = len(self._recorded)
        return any(writes and how(type(values_of(one)[field])) for _, _, one, field, writes, *_ in written)

    def _born(self, creator: KTHREAD, created: list[KTHREAD]) -> None:
        """What the creator alone could reach, and cannot any more, it has done with before the new thread began. (What
        the new one has done with by its first call, the creator could reach.)"""
        for key in [key for key, slot in self.claims.items() if slot.threads == {creator.number}]:
            del self.claims[key]
        for library in [one for one, (_, threads) in self.strange.items() if threads == {creator.number}]:
            del self.strange[library]
        self.globals.pop(creator.number, None)
        self._created += len(created)
        for thread in created:
            self._claim(thread)

    def _look(self, target: KTHREAD, everybody: bool) -> None:
        """Claim what is within reach of those that have run since, and watch what two have claimed."""
        kernel = self.kernel
        ran = {target.number, *kernel.trace.rows[self._rows * ROW :: ROW]}
        self._rows = kernel.steps
        for thread in kernel.threads:
            if thread.State != KTHREAD_STATE.Terminated and (everybody or thread.number in ran):
                self._claim(thread)
        self._claim_globals()
        for slot in self.claims.values():
            if (len(slot.threads) > 1 or slot.field) and slot.before is None and self._counts(slot):
                slot.before = slot.read()
                self.watched.append(slot)

    def _let_go(self) -> None:
        """What is kept here lives longer than in a run: keep nothing where that may be noticed."""
        self.claims.clear()
        self.globals.clear()
        self.watched.clear()

    def _claim(self, thread: KTHREAD) -> None:
        reach = Reach(self.claims, thread.number, self.theirs)
        if thread.number == 0 and self.service is not None:
            reach.add(self.service.driver, At("DriverObject", "DriverUnload", 0))
            reach.powers.add(("names", "DriverUnload"))  # the service asks for it when the driver is to be stopped
        reach.resume(thread)
        self.notices += reach.notices
        self.unfollowed += reach.unfollowed
        for library, at in reach.strange:
            self.strange.setdefault(library, (at, set()))[1].add(thread.number)
        self.powers.setdefault(thread.number, set()).update(reach.powers)
        self.theirs.stores({power[1] for power in reach.powers if power[0] == "stores" and len(power) > 1})
        self.globals.setdefault(thread.number, []).extend(reach.globals)

    def _claim_globals(self) -> None:
        """A global that some code rebinds is a slot of all whose code names it."""
        named = [(number, *one) for number, spaces in self.globals.items() for one in spaces]
        rebound = {id(space): set[str]() for _, space, used in named if used.rebound}
        for _, space, used in named:
            if used.rebound:
                rebound[id(space)] |= used.rebound
        for number, space, used in named if rebound else ():
            for name in sorted(rebound.get(id(space), set()) & used.globals.keys()):
                slot = Slot(space, partial(global_state, name, space), At(name, *used.globals[name]), ())
                self.claims.setdefault((id(space), name), slot).threads.add(number)

    def _is_read_by_others(self, slot: Slot, by: tuple[int, ...]) -> bool:
        """Of what is read only where code names it: does another one's code name it than of those who changed it?"""
        return not slot.field or any(
            ("names", slot.field) in self.powers[number] for number in slot.threads.difference(by)
        )

    def _counts(self, slot: Slot) -> bool:
        return not slot.needs or any(not slot.needs.isdisjoint(self.powers[number]) for number in slot.threads)

    def _passed_over(self) -> list[At]:
        """What is not followed: of code, whoever runs it; of values, what two threads reach."""
        return self.unfollowed + [at for at, threads in self.strange.values() if len(threads) > 1]

    def told(self) -> dict[str, str]:
        """What has changed -> the finding's text."""
        found: dict[str, str] = {}
        names = [thread.name for thread in self.kernel.threads]
        for at in self.notices:
            found.setdefault(
                at.told(),
                f"{at.told()} notices that an object goes, by a weak reference or by __del__: when one goes is not "
                "explored",
            )
        for at in (*self._passed_over(), *self.theirs.found()):
            found.setdefault(at.told(), unfollowed.told(at))
        for at in self.shown:
            found.setdefault(
                at.told(),
                f"{at.told()} is put into words: these tell a state that others change unseen. Ask a routine, such as  "
                "await KeReadStateEvent(...)",
            )
        for slot, by, line in self.changes:
            what = slot.at.told()
            who = " or ".join(names[number] for number in by)
            others = _listed([names[number] for number in sorted(slot.threads - {*by})] or ["both"])
            found.setdefault(
                what,
                f"{what} is memory that {who} changes after line {line} and {others} can use, unseen: "
                "put it into fields of a Structure, such as  class SHARED(Structure): Count: ULONG",
            )
        return found


def _met(cells: Cells) -> dict[int, bool]:
    """What a step was to touch of objects and variables, by id -> was it to change it?"""
    met: dict[int, bool] = {}
    for (kind, *names), writes in cells or ():
        if kind in ("object", "variable"):
            for one in (names[0], getattr(names[0], "Header", None)):
                met[id(one)] = met.get(id(one), False) or writes
    return met


def _written_by_code(slot: Slot, by: tuple[int, ...], met: dict[int, bool]) -> bool:
    """Has code changed what routines read? A step is ordered with those that meet what its routine writes, no others.
    Any thread, or a question, may ask of an object; a variable is read for who reaches it."""
    if met.get(id(slot.owner), False) or (slot.field == "WaitListHead" and id(slot.owner) in met):  # waits may commute
        return False
    if isinstance(slot.owner, HANDLE | PVOID):
        return bool(slot.threads.difference(by))
    return isinstance(slot.owner, DISPATCHER_HEADER) or slot.field in FIELDS


def _equal(now: list[Any], before: list[Any]) -> bool:
    """Are the values the same, or numbers and texts that nobody can tell from each other?"""
    return all(
        one is other or (type(one) is type(other) and type(one) in ATOMS and one == other and repr(one) == repr(other))
        for one, other in zip(now, before, strict=True)
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

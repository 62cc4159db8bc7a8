"""One event, its waiters, and the routines as buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ipywidgets import HTML, Button, HBox, IntSlider, ToggleButtons, VBox

from kevent_sim.ntifs import (
    HANDLE,
    IO_NO_INCREMENT,
    KEVENT,
    STATUS_SUCCESS,
    Executive,
    KeClearEvent,
    KeInitializeEvent,
    KePulseEvent,
    KeReadStateEvent,
    KeResetEvent,
    KernelMode,
    KeSetEvent,
    KeWaitForSingleObject,
    NotificationEvent,
    PsCreateSystemThread,
    SynchronizationEvent,
)
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run
from kevent_sim.views.html import status, table
from kevent_sim.views.pictures import picture

EVENT_TYPES = {"SynchronizationEvent": SynchronizationEvent, "NotificationEvent": NotificationEvent}
WIDE = {"button_width": "13em"}  # the names of the types in full
WAIT = "KeWaitForSingleObject"
MAX_WAITERS = 5


class Pressed(NamedTuple):
    """After one of the learner's calls: what it was, what it returned, the event's state, who waits, who went on."""

    routine: str
    returned: int | None
    signaled: bool
    waiting: tuple[str, ...]
    released: tuple[str, ...]


def _driver(event_type: str, moves: list[str], moments: list[Pressed]) -> Any:
    """A driver that makes the learner's calls in order, each from the thread `You`, and notes what they did."""
    event = KEVENT(event_type)  # so that its lane in the picture tells the type
    ended: list[str] = []

    def waiter(number: int) -> Any:
        async def waits(event: KEVENT) -> None:
            await KeWaitForSingleObject(event, Executive, KernelMode, False, None)
            ended.append(waits.__name__)

        waits.__name__ = f"W{number}"
        return waits

    calls: dict[str, Callable[[], Any]] = {
        "KeSetEvent": lambda: KeSetEvent(event, IO_NO_INCREMENT, False),
        "KeResetEvent": lambda: KeResetEvent(event),
        "KeClearEvent": lambda: KeClearEvent(event),
        "KePulseEvent": lambda: KePulseEvent(event, IO_NO_INCREMENT, False),
    }

    async def You(event: KEVENT) -> None:
        waits = 0
        for move in moves:
            before, returned = len(ended), None
            if move == WAIT:
                waits += 1
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, waiter(waits), event)
            else:
                returned = await calls[move]()
            state = await KeReadStateEvent(event)  # the policy lets everybody else go first
            waiting = tuple(block.Thread.name for block in event.Header.WaitListHead or [])
            moments.append(Pressed(move, returned, state > 0, waiting, tuple(ended[before:])))

    async def DriverEntry(DriverObject: Any, RegistryPath: Any) -> Any:
        await KeInitializeEvent(event, EVENT_TYPES[event_type], False)
        await PsCreateSystemThread(HANDLE(), 0, None, None, None, You, event)
        return STATUS_SUCCESS

    return DriverEntry


def _others_first(ready: list[Any]) -> Any:
    """Every thread that can go on does so before `You` makes the next call."""
    return min(ready, key=lambda thread: (thread.name == "You", thread.number))


def _named(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _why_set(now: Pressed, synchronization: bool) -> str:
    if now.returned:
        return "It was already signaled: setting it again changes nothing; signals do not add up."
    if not now.released:
        keeps = "the next wait will take the signal" if synchronization else "every wait goes through until a reset"
        return f"Nobody waits, so the event stays signaled: {keeps}."
    if synchronization:
        left = len(now.waiting)
        rest = f" {left} still wait{'s' if left == 1 else ''}." if left else ""
        return f"{now.released[0]}, first in the list, is released. Its wait took the signal: not signaled again.{rest}"
    return f"All who waited are released: {_named(now.released)}. The event stays signaled."


def _why_pulse(now: Pressed, synchronization: bool) -> str:
    if now.returned:
        return "On a signaled event a pulse is merely a reset: nobody is released."
    if not now.released:
        return "Nobody waits at this moment: the pulse is lost."
    who = (
        f"{now.released[0]}, first in the list, is released" if synchronization else f"{_named(now.released)}: released"
    )
    return f"{who}, and the event is not signaled again."


def _why_wait(now: Pressed, synchronization: bool) -> str:
    if not now.released:
        return f"Not signaled, so {now.waiting[-1]} waits, at place {len(now.waiting)} of the list."
    took = "takes the signal: no longer signaled" if synchronization else "goes through and leaves it signaled"
    return f"Signaled, so {now.released[0]} does not block: it {took}."


def explain(now: Pressed, event_type: str) -> str:
    """What a call did, and why, in words."""
    synchronization = event_type == "SynchronizationEvent"
    if now.routine == WAIT:
        return f"A new wait. {_why_wait(now, synchronization)}"
    if now.routine == "KeSetEvent":
        why = _why_set(now, synchronization)
    elif now.routine == "KePulseEvent":
        why = _why_pulse(now, synchronization)
    else:
        why = "Not signaled now, for either type; waiting threads go on waiting."
    gave = "returned nothing" if now.returned is None else f"returned {now.returned}"
    return f"{now.routine} {gave}. {why}"


class EventLab(VBox):  # type: ignore[misc]
    """One event, one to five waiters, the routines as buttons.

    `event_type.value` toggles the type and `waiters.value` the number of threads that wait at first; both start afresh.
    `press("KeSetEvent")` (or KeResetEvent, KeClearEvent, KePulseEvent, KeWaitForSingleObject) makes a call; `undo()`
    takes the last one back, `reset()` all of them. `status` says what happened and why; `moments` is all of it as data.

    >>> lab = EventLab(waiters=2)
    >>> lab.press("KePulseEvent")
    >>> lab.status
    'KePulseEvent returned 0. W1, first in the list, is released, and the event is not signaled again.'
    """

    def __init__(self, event_type: str = "SynchronizationEvent", waiters: int = 3) -> None:
        self.event_type = ToggleButtons(
            options=list(EVENT_TYPES), value=event_type, description="Event type", style=WIDE, button_style="info"
        )
        self.waiters = IntSlider(waiters, min=1, max=MAX_WAITERS, description="Waiters", continuous_update=False)
        self.buttons = {
            name: Button(description="new wait" if name == WAIT else name, tooltip=f"call {name}")
            for name in ("KeSetEvent", "KeResetEvent", "KeClearEvent", "KePulseEvent", WAIT)
        }
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: self._click(name))
        undo, reset = Button(description="undo", icon="undo"), Button(description="reset", icon="refresh")
        undo.on_click(lambda _: self.undo())
        reset.on_click(lambda _: self.reset())
        self.event_type.observe(lambda _: self.reset(), "value")
        self.waiters.observe(lambda _: self.reset(), "value")
        self._words, self._history, self._picture = HTML(), HTML(), HTML()
        super().__init__(
            [
                self.event_type,
                self.waiters,
                HBox([*self.buttons.values()]),
                HBox([undo, reset]),
                self._words,
                self._history,
                self._picture,
            ]
        )
        self.reset()

    def press(self, routine: str) -> None:
        """Make a call. Raises ValueError for a routine that has no button, and for a sixth thread that would wait."""
        if routine not in self.buttons:
            raise ValueError(f"there is no button {routine!r}; the buttons are: {', '.join(self.buttons)}")
        if routine == WAIT and len(self.moments[-1].waiting) == MAX_WAITERS:
            raise ValueError(f"{MAX_WAITERS} threads already wait, and the lab has no room for more; release one first")
        self._moves.append(routine)
        self.update()

    def _click(self, routine: str) -> None:
        """A press by hand. A refusal is shown, and no button is ever disabled: a disabled one loses the focus."""
        try:
            self.press(routine)
        except ValueError as error:
            self._tell(f"Not called: {error}.")

    def undo(self) -> None:
        """Take the last call back, down to the threads that wait at first; say so if none is left."""
        if len(self._moves) == self.waiters.value:
            self._tell("Not undone: none of your calls is left, and the first waiters stay.")
            return
        self._moves.pop()
        self.update()

    def reset(self) -> None:
        """Start afresh: an event that is not signaled, and its first waiters."""
        self._moves = [WAIT] * self.waiters.value
        self.update()

    def _tell(self, sentence: str) -> None:
        self.status = sentence
        self._words.value = status([sentence])

    def __repr__(self) -> str:
        now = self.moments[-1]
        state = "signaled" if now.signaled else "not signaled"
        return f"EventLab: {self.event_type.value}, {state}, waiting: {', '.join(now.waiting) or 'nobody'}"

    def update(self) -> None:
        """Make all calls again, and show where they lead."""
        self.moments: list[Pressed] = []
        made: Run = run(_driver(self.event_type.value, self._moves, self.moments), policy=_others_first)
        if len(self._moves) > self.waiters.value:
            self._tell(explain(self.moments[-1], self.event_type.value))
        else:
            waiting = ", ".join(self.moments[-1].waiting)
            self._tell(f"A {self.event_type.value}, not signaled; waiting in this order: {waiting}.")
        rows = [
            [
                moment.routine,
                "" if moment.returned is None else str(moment.returned),
                "1 signaled" if moment.signaled else "0 not signaled",
                ", ".join(moment.waiting) or "nobody",
                ", ".join(moment.released),
            ]
            for moment in reversed(self.moments[-8:])
        ]
        headings = ["last calls, newest first", "returned", "SignalState", "wait list", "went on"]
        self._history.value = table(headings, rows)
        shown = picture(made)  # its first sentence tells how the run ended; here that is only the learner's last call
        self._picture.value = shown.told(f"{self.status} {shown.words.partition('. ')[2]}").html(live=True)

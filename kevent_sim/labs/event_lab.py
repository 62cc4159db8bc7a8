"""An event of either type, its waiters, and the routines as buttons: each press is made with both types."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Button, HBox, IntSlider, ToggleButtons

from kevent_sim.labs.lab import TOGGLES, Lab
from kevent_sim.labs.presses import EVENT_TYPES, WAIT, Pressed, explain, pressed
from kevent_sim.runs.result import Run
from kevent_sim.views.html import lamp, queue, region, side_by_side, status, table
from kevent_sim.views.pictures import picture

BOTH = "both"
MAX_WAITERS = 5
ROUTINES = ("KeSetEvent", "KeResetEvent", "KeClearEvent", "KePulseEvent", WAIT)


class EventLab(Lab):
    """One event, one to five waiters, the routines as buttons; every press is made with both types of event.

    `event_type.value` says what is shown: "both", side by side, or one type; the presses stay. `waiters.value` is the
    number of threads that wait at first; another number starts afresh. `press("KeSetEvent")` (or KeResetEvent,
    KeClearEvent, KePulseEvent, KeWaitForSingleObject) makes a call; `undo()` takes the last one back, `reset()` all of
    them. `told` says what happened with each type, and why, `status` in one line; `moments[event_type]` is all of it as
    data. `difference` is the number of the first call after which the two types differ, None while there is none.

    >>> lab = EventLab(waiters=2)
    >>> lab.press("KePulseEvent")
    >>> print(*lab.told, sep="\\n")
    SynchronizationEvent: KePulseEvent returned 0. W1, first in the list, is released, and the event is not signaled. \
W2 goes on waiting.
    NotificationEvent: KePulseEvent returned 0. All who waited are released: W1 and W2. The event is not signaled.
    Here, at call 1, the two types first differ.
    """

    def __init__(self, event_type: str = BOTH, waiters: int = 3) -> None:
        self.event_type = ToggleButtons(
            options=[BOTH, *EVENT_TYPES],
            value=event_type,
            description="Event type",
            tooltips=["show both types side by side; your calls stay"]
            + [f"show the {name} alone; your calls stay" for name in EVENT_TYPES],
            **TOGGLES,
        )
        self.waiters = IntSlider(
            waiters, min=1, max=MAX_WAITERS, description="Waiters", continuous_update=False,
            tooltip="how many threads wait at first; another number starts afresh",
        )  # fmt: skip
        self.buttons = {name: Button(description="new wait" if name == WAIT else name) for name in ROUTINES}
        for name, button in self.buttons.items():
            button.layout.width = "auto"
            button.on_click(lambda _, name=name: self._click(name))
        self._undo, self._reset = Button(description="undo", icon="undo"), Button(description="reset", icon="refresh")
        self._undo.on_click(lambda _: self.undo())
        self._reset.on_click(lambda _: self.reset())
        self.event_type.observe(lambda _: self.update(), "value")
        self.waiters.observe(lambda _: self.reset(), "value")
        self._history, self._picture = HTML(), HTML()
        calls = HBox([*self.buttons.values(), self._undo, self._reset])
        calls.layout.flex_flow = "row wrap"
        super().__init__([self.event_type, self.waiters, calls], [self._history, self._picture])
        self.reset()

    def press(self, routine: str) -> None:
        """Make a call. Raises ValueError for a routine that has no button, and for a sixth thread that would wait."""
        if routine not in self.buttons:
            raise ValueError(f"there is no button {routine!r}; the buttons are: {', '.join(self.buttons)}")
        if routine == WAIT and self._full:
            raise ValueError(f"{MAX_WAITERS} threads already wait, and the lab has no room for more; release one first")
        self._moves.append(routine)
        self._run()

    @property
    def _full(self) -> bool:
        return any(len(now.waiting) == MAX_WAITERS and not now.signaled for now in self._now.values())

    def _click(self, routine: str) -> None:
        """A press by hand. A refusal is shown, and no button is ever disabled: a disabled one loses the focus."""
        try:
            self.press(routine)
        except ValueError as error:
            self.tell(f"Not called: {error}.")

    def undo(self) -> None:
        """Take the last call back; say so if none is left."""
        if not self._moves:
            self.tell("Not undone: none of your calls is left, and the first waiters stay.")
            return
        self._moves.pop()
        self._run()

    def reset(self) -> None:
        """Start afresh: an event that is not signaled, and its first waiters."""
        self._moves: list[str] = []
        self._run()

    @property
    def difference(self) -> int | None:
        """The number of the first call after which the two types differ; the first call is 1."""
        pairs = zip(*self.moments.values(), strict=True)
        return next((at for at, (one, other) in enumerate(pairs, 1) if one != other), None)

    @property
    def _first(self) -> Pressed:
        """Before any call."""
        names = tuple(f"W{number}" for number in range(1, self.waiters.value + 1))
        return Pressed("", None, False, False, names, ())

    @property
    def _now(self) -> dict[str, Pressed]:
        return {name: moments[-1] if moments else self._first for name, moments in self.moments.items()}

    @property
    def _shown(self) -> list[str]:
        return list(EVENT_TYPES) if self.event_type.value == BOTH else [self.event_type.value]

    def __repr__(self) -> str:
        told = []
        for name in self._shown:
            now = self._now[name]
            told.append(f"{name} {int(now.signaled)}, waiting: {' '.join(now.waiting) or 'nobody'}")
        return f"EventLab: {'; '.join(told)}"

    def _run(self) -> None:
        """Make all calls again, with both types."""
        self.moments: dict[str, list[Pressed]] = {}
        self._runs: dict[str, Run] = {}
        for name in EVENT_TYPES:
            self._runs[name], self.moments[name] = pressed(name, self._first, self._moves, self.waiters.value)
        self.update()
        self._show_tooltips()

    def update(self) -> None:
        """Show where the calls lead, with the types chosen."""
        now, shown = self._now, self._shown
        said = {name: explain(now[name], name) for name in shown}
        notes = self._notes()
        panels = [
            f"{lamp(name, moment.signaled)}{queue(moment.waiting, moment.released)}<p><b>{said[name]}</b></p>"
            for name, moment in now.items()
            if name in shown
        ]
        told = [f"{name}: {said[name]}" for name in shown]
        self.tell(*told, *notes, shown=status(notes, before=side_by_side(panels, "1em", "18em")))
        self._history.value = self._table()
        runs = [self._runs[name] for name in shown]
        drawn = [
            # its own first sentence would say how the run ended, which is only the learner's last call
            made.told(f"{name}: {said[name]} {made.words.partition('. ')[2]}").html(live=True)
            for name in shown
            for made in (picture(self._runs[name], beside=runs),)
        ]
        self._picture.value = side_by_side(drawn, "1em", "26em")

    def _notes(self) -> list[str]:
        """Where the two types part, if both are shown."""
        at, calls = self.difference, len(self._moves)
        if self.event_type.value != BOTH or not calls:
            return []
        if at is None:
            return ["So far the two types do not differ."]
        return [
            f"Here, at call {at}, the two types first differ."
            if at == calls
            else f"The two types first differed at call {at}, {self._moves[at - 1]}."
        ]

    def _table(self) -> str:
        """The calls, newest first, with what the shown types did."""
        if not self._moves:
            return ""
        shown = self._shown
        headings = ["", "call"]
        for name in shown:
            headings += [f"{name}: returned", "SignalState", "wait list", "went on"]
        rows = [self._row(at, [self.moments[name][at] for name in shown]) for at in range(len(self._moves))]
        return region("your calls, newest first", table(headings, rows[::-1]), "11em")

    def _row(self, at: int, each: Sequence[Pressed]) -> list[str]:
        parts = len(each) > 1 and self.difference == at + 1
        row = [f"{at + 1}{' ≠ first difference' if parts else ''}", self._moves[at]]
        for moment in each:
            returned = "nothing" if moment.returned is None else str(moment.returned)
            row += [
                returned,
                str(int(moment.signaled)),
                " ".join(moment.waiting) or "nobody",
                " ".join(moment.released),
            ]
        return row

    def _show_tooltips(self) -> None:
        """Each button says what it would do now: the call is tried, on an event in this state."""
        threads = self.waiters.value + self._moves.count(WAIT)
        for routine, button in self.buttons.items():
            if routine == WAIT and self._full:
                button.tooltip = f"nothing: {MAX_WAITERS} threads already wait"
                continue
            told = []
            for name in EVENT_TYPES:
                _, (then,) = pressed(name, self._now[name], [routine], threads)
                told.append(explain(then, name, "would return"))
            same = told[0] == told[1]
            button.tooltip = told[0] if same else " ".join(map("{}: {}".format, EVENT_TYPES, told))
        last = f"take back call {len(self._moves)}, {self._moves[-1]}" if self._moves else "nothing to take back"
        self._undo.tooltip = last
        self._reset.tooltip = f"take back all calls ({len(self._moves)})" if self._moves else "nothing to take back"

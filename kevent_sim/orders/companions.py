"""What a call may come to touch beside its own cells, in a state that it has not seen."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.files import File
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.order import Cells, Order

_FELLOWS = ("object", "thread", "wait block")  # kinds of cells that whoever ends a wait touches together


class Companions:
    """Of each cell those that were met with it: a name's files; what a handle's or pointer's variable has stood for; an
    object's fellows in waits for several, the alert state of who waits for it, the wait blocks given for that."""

    def __init__(self) -> None:
        self._of: dict[int, dict[int, None]] = {}  # all by their numbers in the order

    def begin(self, order: Order, files: list[File]) -> None:
        """The files that there are before the first step."""
        for file in files:
            self._add(order, ("name", file.path.upper()), [("share", file), ("data", file)])

    def note(self, order: Order, volume: Volume, cells: Cells) -> None:
        """The last step has touched these cells."""
        cells = cells or []
        for cell, _ in cells:
            kind = cell[0]
            if kind == "name":
                files = [other[1] for other, _ in cells if other[0] == "share"]
                now = volume.find(cell[1])
                companions = [(what, file) for file in (*files, now) if file is not None for what in ("share", "data")]
            elif kind == "variable":
                companions = [other for other, _ in cells if other != cell]
            elif kind in _FELLOWS:
                fellows = [other for other, _ in cells if other[0] in _FELLOWS]
                companions = fellows if len(fellows) > 1 else []
            else:
                continue
            if companions:
                self._add(order, cell, companions)

    def _add(self, order: Order, cell: Any, companions: list[Any]) -> None:
        known = self._of.setdefault(order.number(cell), {})
        for companion in companions:
            number = order.number(companion)
            if number not in known:
                order.put(known, number, None)

    def reached(self, cells: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
        """The cells and their companions, each as if it were written."""
        found = [(cell, True) for cell, _ in cells]
        for cell, _ in cells:
            found += [(companion, True) for companion in self._of.get(cell, ())]
        return found

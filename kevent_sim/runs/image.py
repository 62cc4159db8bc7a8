"""A driver's image: all that its code keeps from one run to the next, made for each run what a load finds there.

Globals, closures, classes, and the objects in them outlive a run. On Windows a load maps the image anew; here each
*place* that the driver's code can reach is put back, unless somebody else than a run has changed it since: what a
notebook's cell assigns is the new start.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.runs.imported import Imported
from kevent_sim.runs.names import MISSING, Steady
from kevent_sim.runs.places import UNKNOWN, Global, NotFresh, Pairs, Place, pairs_of
from kevent_sim.runs.reached import Walk, globals_known, known_place, place_of

_KEPT = 100  # drivers whose images are known; what earlier ones have left is put back

_images: OrderedDict[int, Image] = OrderedDict()
_running: list[Image] = []  # each in the midst of the run of the one before it


def image_of(entry: Any) -> Image:
    """That of the driver with this DriverEntry."""
    image = _images.get(id(entry))
    if image is None:
        image = _images[id(entry)] = Image(entry)
        if len(_images) > _KEPT and not _running:
            _let_go_of_the_oldest()
    _images.move_to_end(id(entry))
    return image


def _let_go_of_the_oldest() -> None:
    """Unless it keeps what cannot be put back, which its next load has to say."""
    oldest = next(iter(_images))
    with suppress(NotFresh):
        for place in _images[oldest].places + _images[oldest].definitions:
            place.load()
        del _images[oldest]


def as_loaded(space: dict[str, Any], name: str) -> dict[Any, Any]:
    """The dict that a name of a module stands for at the next load, whatever a run has made of it; an empty one where
    there is no such name. Raises Misuse where it stands for something else."""

    def start(place: Place | None, otherwise: list[Any]) -> list[Any]:
        return place.start if place is not None and (_running or place.is_left(place.read())) else otherwise

    found = start(known_place(Global, space, name), [space.get(name, MISSING)])[0]
    if found is MISSING:
        return {}
    if not isinstance(found, dict):
        raise Misuse(f'{name} is a dict of whole numbers, such as  {name} = {{"FileCount": 1000}}, not {found!r}')
    return pairs_of(start(known_place(Pairs, found), [*found.keys(), *found.values()]))


class Image:
    """What one driver's code reaches: found by a walk, and by another one where somebody else than a run has changed
    something in it. `with` it there is a run."""

    def __init__(self, entry: Any) -> None:
        self.entry = entry  # kept: its id must stay its own
        self.places: list[Place] = []
        self.definitions: list[Place] = []  # functions and classes
        self._steady = Steady([], [])  # these are as they were
        self._imported = Imported([])
        self._globals = -1  # how many names that runs rebind were known by the last walk; -1: walk again
        self._noted = True  # what the last run has left
        self._aside: list[list[tuple[Place, list[Any]]]] = []  # what a run has made of it, while another is made

    def load(self) -> None:
        """Make it what a load finds there. Raises NotFresh where that cannot be done."""
        if not self._noted:  # that was interrupted
            self.leave()
            for place in self.places + self.definitions:
                place.left = UNKNOWN
        self._imported.forget()
        known = True
        for place in self.places:
            try:
                known &= place.load()
            except NotFresh:  # the walk says so, if it is still within reach
                known = False
        if not known or self._globals != globals_known() or not self._steady.holds():
            walk = Walk(self.entry)
            self.places, self.definitions = walk.places, walk.definitions
            self._steady, self._globals = walk.steady(), globals_known()
            self._imported = Imported(walk.not_imported)
        self._noted = True

    def leave(self) -> None:
        """A run has ended: note what it leaves. A name that it has rebound is a place from now on."""
        self._imported.end()
        for place in self.places:
            place.leave()
        if not self._steady.holds():
            self._globals = -1
            for place in self.definitions + self._newly_rebound():
                place.leave()
        self._noted = True

    def _newly_rebound(self) -> list[Place]:
        """Names that were taken for steady: places from now on."""
        known = {id(place) for place in self.places}
        new: list[Place] = []
        for space, name, value in self._steady.rebound():
            place = place_of(Global, space, name)
            if id(place) not in known:
                place.begin([value])
                new.append(place)
        self.places += new
        return new

    def __enter__(self) -> None:
        try:
            if _running:
                _running[-1].set_aside()
            self.load()
        except BaseException:
            _go_on()
            raise
        self._noted = False
        self._imported.begin()
        _running.append(self)

    def __exit__(self, *_: object) -> None:
        _running.pop()
        try:
            self.leave()
        finally:
            _go_on()

    def set_aside(self) -> None:
        """Another run is made in the midst of this one: it finds what a load finds."""
        self.leave()
        self._aside.append([(place, place.read()) for place in self.places + self.definitions])
        for place, _ in self._aside[-1]:
            place.put_back(place.start)

    def resume(self) -> None:
        """It has ended, and this one goes on as it stood."""
        saved = self._aside.pop()
        aside = {id(place) for place, _ in saved}
        for place, values in saved:
            place.put_back(values)
            place.left = None
        if not self._steady.holds():
            self._newly_rebound()
        for place in self.places:
            if id(place) not in aside:  # the other run was the first to rebind it
                place.put_back(place.start)
                place.left = None
        self._noted = False


def _go_on() -> None:
    """Back to the run that another was made in the midst of, if it was."""
    if _running:
        _running[-1].resume()

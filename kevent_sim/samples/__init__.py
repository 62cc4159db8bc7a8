"""The article's three drivers, and what to ask of their runs."""

from kevent_sim.samples import notification_event, race, synchronization_event
from kevent_sim.samples.listing import beside
from kevent_sim.samples.movers import with_movers
from kevent_sim.samples.questions import GOALS, all_moved, fates

__all__ = [
    "GOALS",
    "all_moved",
    "beside",
    "fates",
    "notification_event",
    "race",
    "synchronization_event",
    "with_movers",
]

"""The article's three drivers, one of ours that shares the work, and what to ask of their runs."""

from kevent_sim.samples import notification_event, race, semaphore, synchronization_event
from kevent_sim.samples.listing import beside
from kevent_sim.samples.movers import with_movers
from kevent_sim.samples.questions import GOALS, all_moved, fates

__all__ = [
    "GOALS", "all_moved", "beside", "fates", "notification_event", "race", "semaphore", "synchronization_event",
    "with_movers",
]  # fmt: skip

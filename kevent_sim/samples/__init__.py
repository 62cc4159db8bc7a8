"""The article's three drivers, a fourth that hands over file by file, and what to ask of their runs."""

from kevent_sim.samples import notification_event, race, semaphore, synchronization_event
from kevent_sim.samples.listing import beside
from kevent_sim.samples.movers import with_movers
from kevent_sim.samples.questions import all_moved, fates

__all__ = [
    "all_moved", "beside", "fates", "notification_event", "race", "semaphore", "synchronization_event", "with_movers",
]  # fmt: skip

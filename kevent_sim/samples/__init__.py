"""The article's three drivers, three of our own about what it leaves open, and questions to their runs."""

from kevent_sim.samples.drivers import (
    careful,
    notification_event,
    race,
    rename_on_stack,
    semaphore,
    synchronization_event,
)
from kevent_sim.samples.listing import beside, in_c
from kevent_sim.samples.questions import GOALS, all_moved, all_moved_or_told, fates
from kevent_sim.samples.variants import with_fault, with_movers

__all__ = [
    "GOALS", "all_moved", "all_moved_or_told", "beside", "careful", "fates", "in_c", "notification_event", "race",
    "rename_on_stack", "semaphore", "synchronization_event", "with_fault", "with_movers",
]  # fmt: skip

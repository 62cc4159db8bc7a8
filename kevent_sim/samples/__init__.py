"""The article's three drivers, two of our own about the bugs that remain, and what to ask of their runs."""

from kevent_sim.samples import careful, notification_event, race, rename_on_stack, synchronization_event
from kevent_sim.samples.faults import with_fault
from kevent_sim.samples.listing import beside
from kevent_sim.samples.movers import with_movers
from kevent_sim.samples.questions import all_moved, all_moved_or_told, fates

__all__ = [
    "all_moved", "all_moved_or_told", "beside", "careful", "fates", "notification_event", "race", "rename_on_stack",
    "synchronization_event", "with_fault", "with_movers",
]  # fmt: skip

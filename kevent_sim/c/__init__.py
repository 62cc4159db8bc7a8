"""C drivers: the reader's own code, run as it is. `ks.c.load(text_or_path)` makes a driver of it."""

from kevent_sim.c.driver import CDriver
from kevent_sim.c.errors import CError, CWarning
from kevent_sim.c.load import load

__all__ = ["CDriver", "CError", "CWarning", "load"]

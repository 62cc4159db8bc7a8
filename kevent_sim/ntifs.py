"""`from kevent_sim.ntifs import *` is to a driver what `#include <ntifs.h>` is to its C file."""

from kevent_sim.driver import *  # noqa: F403
from kevent_sim.files import *  # noqa: F403
from kevent_sim.filesystem import *  # noqa: F403
from kevent_sim.irql import *  # noqa: F403
from kevent_sim.ke_signals import *  # noqa: F403
from kevent_sim.ke_threads import *  # noqa: F403
from kevent_sim.ke_waits import *  # noqa: F403
from kevent_sim.memory import *  # noqa: F403
from kevent_sim.ntstatus import *  # noqa: F403
from kevent_sim.ob import *  # noqa: F403
from kevent_sim.objects import *  # noqa: F403
from kevent_sim.ps import *  # noqa: F403
from kevent_sim.stack import *  # noqa: F403
from kevent_sim.structures import *  # noqa: F403
from kevent_sim.thread import *  # noqa: F403
from kevent_sim.zw_data import *  # noqa: F403
from kevent_sim.zw_open import *  # noqa: F403

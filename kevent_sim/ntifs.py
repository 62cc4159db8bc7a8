"""`from kevent_sim.ntifs import *` is to a driver what `#include <ntifs.h>` is to its C file."""

from kevent_sim.machine.files import *  # noqa: F403
from kevent_sim.machine.irql import *  # noqa: F403
from kevent_sim.machine.memory import *  # noqa: F403
from kevent_sim.machine.ntstatus import *  # noqa: F403
from kevent_sim.machine.objects import *  # noqa: F403
from kevent_sim.machine.stack import *  # noqa: F403
from kevent_sim.machine.structures import *  # noqa: F403
from kevent_sim.machine.thread import *  # noqa: F403
from kevent_sim.machine.volume import *  # noqa: F403
from kevent_sim.routines.io import *  # noqa: F403
from kevent_sim.routines.ke_signals import *  # noqa: F403
from kevent_sim.routines.ke_threads import *  # noqa: F403
from kevent_sim.routines.ke_waits import *  # noqa: F403
from kevent_sim.routines.ob import *  # noqa: F403
from kevent_sim.routines.ps import *  # noqa: F403
from kevent_sim.routines.zw_data import *  # noqa: F403
from kevent_sim.routines.zw_open import *  # noqa: F403

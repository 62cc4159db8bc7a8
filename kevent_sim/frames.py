"""Runs as pandas frames: what `history` tells, one row an interval or a step."""

from __future__ import annotations

import pandas as pd

from kevent_sim import history
from kevent_sim.run import Run


def steps(run: Run) -> pd.DataFrame:
    """The trace, one row a step: step, start, end (ticks of 100 ns), thread, processor, routine, object, status, line.

    `status` is what the call returned (`waits` where it began a wait: that call returns in a later row of the same
    routine); `line` is the first line of the driver's statement that made it, 0 where no line of the driver did.

    >>> from kevent_sim.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> frame = steps(run(synchronization_event, FileCount=1, WriteCount=1))
    >>> frame[frame.thread == "FileMoveThread"][["routine", "status"]].head(3).to_string(index=False, header=False)
    'KeWaitForSingleObject          waits\\nKeWaitForSingleObject STATUS_SUCCESS\\n           ZwOpenFile STATUS_SUCCESS'
    """
    return pd.DataFrame(history.step_columns(run))


def thread_states(run: Run) -> pd.DataFrame:
    """One row an interval: thread, state (running, ready, waiting), start, end (ticks of 100 ns)."""
    return pd.DataFrame(history.thread_intervals(run), columns=["thread", "state", "start", "end"])


def event_states(run: Run) -> pd.DataFrame:
    """One row an interval: event, signaled (True, False), start, end (ticks of 100 ns)."""
    rows = [(event, state == "signaled", start, end) for event, state, start, end in history.event_intervals(run)]
    return pd.DataFrame(rows, columns=["event", "signaled", "start", "end"])


def file_states(run: Run) -> pd.DataFrame:
    """One row an interval: file (its first path), state (absent, being written, complete, moved, ...), start, end."""
    return pd.DataFrame(history.file_intervals(run), columns=["file", "state", "start", "end"])

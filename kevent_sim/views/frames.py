"""Runs as pandas frames: what `history` finds, one row for each interval or step; and many runs, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

import pandas as pd

from kevent_sim.machine.volume import Volume
from kevent_sim.runs import history, sweeps, timeline
from kevent_sim.runs.result import Run
from kevent_sim.runs.subject import Subject


def steps(run: Run) -> pd.DataFrame:
    """The trace, one row for each step: step, start, end (ticks of 100 ns), thread, processor, routine, object, status,
    line.

    `status` is what the call returned (`waits` where it began a wait: that call returns in a later row of the same
    routine); `line` is the first line of the driver's statement that made it, 0 where no line of the driver did.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import synchronization_event
    >>> frame = steps(run(synchronization_event, FileCount=1, WriteCount=1))
    >>> frame[frame.thread == "FileMoveThread"][["routine", "status"]].head(3).to_string(index=False, header=False)
    'KeWaitForSingleObject          waits\\nKeWaitForSingleObject STATUS_SUCCESS\\n           ZwOpenFile STATUS_SUCCESS'
    """
    columns = history.step_columns(run)
    lines = columns["line"]  # those of a file that is included are told with its name, which a column of numbers loses
    is_number = all(type(line) is int for line in lines)
    return pd.DataFrame(columns | {"line": pd.Series(lines, dtype=int if is_number else object)})


def thread_states(run: Run) -> pd.DataFrame:
    """One row for each interval: thread, state (running, ready, waiting), start, end (ticks of 100 ns)."""
    return pd.DataFrame(timeline.thread_intervals(run), columns=["thread", "state", "start", "end"])


def event_states(run: Run) -> pd.DataFrame:
    """One row for each interval: event, signaled (True, False), start, end (ticks of 100 ns)."""
    rows = [(event, state == "signaled", start, end) for event, state, start, end in history.event_intervals(run)]
    return pd.DataFrame(rows, columns=["event", "signaled", "start", "end"])


def file_states(run: Run) -> pd.DataFrame:
    """One row for each interval: file (its first path), state (absent, being written, complete, moved, ...), start,
    end."""
    return pd.DataFrame(history.file_intervals(run), columns=["file", "state", "start", "end"])


def sweep(
    driver: Any,
    policies: Iterable[Any],
    executor: Executor | None = None,
    outcome: Callable[[Run], Any] | None = None,
    volume: Volume | None = None,
    max_steps: int = 1_000_000,
    stop: bool = False,
    memory: str = "strict",
    **parameters: int,
) -> pd.DataFrame:
    r"""Run a driver once under each policy. One row for each run, in the order of `policies`: policy, verdict,
    outcome, steps, replay (the line that repeats the run).

    Parameters: `driver`, `volume`, `max_steps`, `stop`, `memory`, `parameters` as for `run`; `policies`, e.g.
    [ks.Random(seed=s) for s in range(50)]; `executor`, to make the runs: any concurrent.futures.Executor, such as
    ProcessPoolExecutor() or a Dask client's client.get_executor() (default: this process, one after the other; threads
    are no faster); `outcome`, a function of a run (default: how many files each directory holds at the end).

    The frame is the same wherever the runs are made, as long as neither driver nor policy remembers anything from run
    to run. Other processes need cloudpickle here and kevent_sim there; a driver written in a notebook goes to them with
    its variables, a sample by its name.
    Raises TypeError or ValueError for an argument that cannot be, Misuse for a driver that cannot work or, with other
    processes, cannot be sent; and what a run raises, in the order of the policies.

    >>> from kevent_sim.runs.policies import Random
    >>> from kevent_sim.samples import race
    >>> frame = sweep(race, [Random(seed=seed) for seed in range(4)], FileCount=2, WriteCount=1)
    >>> print(frame[["policy", "verdict", "outcome", "steps"]].to_string(index=False))
            policy   verdict                 outcome  steps
    Random(seed=0) completed C:\Temp: 1, C:\Temp2: 1     18
    Random(seed=1) completed C:\Temp: 2, C:\Temp2: 0     16
    Random(seed=2) completed C:\Temp: 0, C:\Temp2: 2     20
    Random(seed=3) completed C:\Temp: 2, C:\Temp2: 0     16
    """
    subject = Subject(driver, volume, max_steps, stop, parameters, memory)
    rows = sweeps.rows(subject, policies, executor, outcome)
    return pd.DataFrame(rows, columns=list(sweeps.Row._fields))

"""Many runs of one driver, here or on an executor; of each only a plain row comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from kevent_sim.machine.volume import Volume
from kevent_sim.runs import workers
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run, file_counts
from kevent_sim.runs.run import run_under
from kevent_sim.runs.subject import Subject

Outcome = Callable[[Run], Any] | None


class Row(NamedTuple):
    """One run of a sweep."""

    policy: str
    verdict: str
    outcome: Any
    steps: int
    replay: str


def rows(subject: Subject, policies: Iterable[Any], executor: Executor | None, outcome: Outcome) -> list[Row]:
    """One row for each run, in the order of the policies. Whatever can be refused is refused before the first run."""
    policies = _checked(policies)
    if outcome is not None and not callable(outcome):
        raise TypeError(f"outcome is a function of a run, not {outcome!r}")
    workers.check_executor(executor)
    if executor is None:
        return [row(subject, policy, outcome) for policy in policies]
    if workers.is_here(executor):
        return _in_order([executor.submit(row, subject, policy, outcome) for policy in policies])
    shared = workers.packed(subject, [*policies, outcome])
    parts = {subject.name: subject.driver}
    owns = [workers.pickled({**parts, f"policy {shown(policy)}": policy, "outcome": outcome}) for policy in policies]
    with workers.told_of_executor():
        futures = [executor.submit(work, shared, own) for own in owns]
    return _in_order(futures, workers.answer_of)


def _checked(policies: Any) -> list[Any]:
    if isinstance(policies, str) or not isinstance(policies, Iterable):
        raise TypeError(
            f"policies is a list of policies, not {policies!r}; type:  [ks.Random(seed=s) for s in range(9)]"
        )
    listed = list(policies)
    for policy in listed:
        if isinstance(policy, type) or not (callable(policy) or hasattr(policy, "begin")):
            raise TypeError(
                f"each policy is ks.RoundRobin() or the like, or a function of ready threads, not {policy!r}"
            )
    return listed


def row(subject: Subject, policy: Any, outcome: Outcome) -> Row:
    """One run. An error says in which run it arose."""
    try:
        with alone():  # among threads, too, an outcome sees the driver's variables as its own run left them
            made = run_under(policy, subject)
            ended = counts_told(made.volume) if outcome is None else outcome(made)
    except Exception as error:
        error.add_note(f"This was the run with policy {shown(policy)}.")
        raise
    return Row(shown(policy), made.verdict, ended, len(made.schedule.choices), made.replay)


def shown(policy: Any) -> str:
    """A policy in a word: one of ours as it is typed, a function by its name; no addresses, which differ each time.

    >>> from kevent_sim.runs.policies import Random
    >>> shown(Random(seed=3)), shown(max)
    ('Random(seed=3)', 'max')
    """
    return str(getattr(policy, "__name__", "")) or re.sub(" at 0x[0-9A-Fa-f]+", "", repr(policy))


def counts_told(volume: Volume) -> str:
    r"""How many files each directory holds; the root of a drive only if it holds some.

    >>> print(counts_told(Volume(files={"C:\\Temp\\a.txt": 1})))
    C:\Temp: 1, C:\Temp2: 0
    """
    named = [(path if len(path) > len("C:") else f"{path}\\", count) for path, count in file_counts(volume).items()]
    return ", ".join(f"{path}: {count}" for path, count in named if count or not path.endswith("\\"))


def _in_order(futures: list[Future[Any]], answer_of: Callable[[Future[Any]], Any] = Future.result) -> list[Any]:
    """The results; after an error or Ctrl+C nothing new is begun."""
    try:
        return [answer_of(future) for future in futures]
    finally:
        for future in futures:
            future.cancel()


def work(shared: bytes, own: bytes) -> bytes:
    """One run, in a worker: its row, or the error that it ended in, pickled."""
    try:
        made = row(*workers.unpacked(shared, own))
    except Exception as error:
        return workers.told(error)
    return workers.answer(made, "outcome", [made.outcome])

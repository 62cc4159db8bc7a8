"""Every order of a driver's steps, but one of each class of equivalent orders.

Two orders are equivalent when one becomes the other by swapping neighbours that do not conflict: they end alike. The
search is dynamic partial-order reduction by re-execution (`reduction`).

Schedules with no preemption are tried before it, and those with one as soon as a run is bad or the search turns out to
be long, so that the simplest bad run is known (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic Testing
of Multithreaded Programs", PLDI 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta
from dis import opname
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.ahead import HelpedSearch
from kevent_sim.orders.exploration import Exploration, counted
from kevent_sim.orders.questions import Along
from kevent_sim.orders.search import Search
from kevent_sim.runs import workers
from kevent_sim.runs.machine import alone
from kevent_sim.runs.places import NotFresh
from kevent_sim.runs.result import Run
from kevent_sim.runs.subject import Subject

Check = Callable[[Run], object] | Along


def explore(
    driver: Any,
    check: Check | Iterable[Check] | None = None,
    outcome: Callable[[Run], Hashable] | Along | None = None,
    volume: Volume | None = None,
    budget: int | timedelta | None = None,
    max_steps: int = 250_000,
    stop: bool = False,
    memory: str = "strict",
    executor: Executor | None = None,
    **parameters: int,
) -> Exploration:
    """Run a driver in every order of its threads' routine calls, one order of each class of equivalent ones.

    Parameters: `driver`, `volume`, `stop`, `memory`, `parameters` as for `run`; `check`, what must be true, one or
    several: a question to each run that completes, `always(question)` to every state, or `along(view, question)` (so a
    deadlock and a bug check are violations, whatever is asked); `outcome`, what of a run is counted (default:
    `run.outcome`), a function of a run or an `along`; `budget`, a number of executions or a timedelta after which the
    search gives up; `max_steps`, after which a run is cut: then only the orders of first steps are explored;
    `executor`, for help in a search of more than a hundred classes: any concurrent.futures.Executor, such as
    ProcessPoolExecutor() or a Dask client's client.get_executor(). The results are the same whatever helps, and however
    many; threads of this process are no help, and nothing helps if a run takes more than a thousand steps. `sweep` says
    what other processes need. Ctrl+C ends the search, and returns what was found so far.

    A loop that only asks is explored to its end: a round that finds nothing and changes nothing is left out. If every
    thread that can go on polls in vain, that is a livelock, and so `violated`. A loop whose rounds write is cut.
    A pending time-out may fire at any moment, in any order with others: any time may pass before a thread begins its
    wait, so deadlines order nothing. A bound that is hit, a data race on a shared structure, a change of other
    memory that threads share, a driver that reads the clock, or a question to a run that depends on the order of its
    steps (`run.trace` and what is made of it) never `holds`.
    A driver in C that does something wrong with memory in any order is `violated`; `order` says what the verdict on the
    orders alone is.
    Raises Misuse for a driver whose runs differ though their schedules do not; ValueError for a question that names
    what no state has; TypeError for what is not an executor, Misuse for what cannot be sent to other processes.

    >>> from kevent_sim.samples import all_moved, race, synchronization_event
    >>> explore(synchronization_event, check=all_moved, FileCount=3, WriteCount=2)
    synchronization_event(FileCount=3, WriteCount=2): holds; in every order of routine calls
      explored: 2 classes of equivalent orders, 1 outcome
      replay: ks.run(synchronization_event, policy=ks.Replay('kevent_sim 2; synchronization_event(FileCount=3, \
WriteCount=2); explore; 0*7 1*14 2*11; completed; 3c0af886'))
    >>> explore(race, check=all_moved, FileCount=3, WriteCount=2).explored
    27
    """
    if outcome is not None and not callable(outcome) and not isinstance(outcome, Along):
        raise TypeError(f"outcome is a function of a run, not {outcome!r}")
    subject = Subject(driver, volume, max_steps, stop, parameters, memory)
    found = _searched(subject, check, outcome, budget, to_the_end=True, executor=executor)
    if found.order or not any(finding.kind == "memory" for finding in found.findings):
        return found
    try:
        order = _searched(replace(subject, memory="machine"), check, outcome, budget, True, executor).order
    except Misuse as error:
        order = f"not known, {error}"
    return replace(found, order=order)


def refute(subject: Subject, check: Check | Iterable[Check], budget: int) -> Exploration:
    """As `explore`, with the same counterexample, but over as soon as it is known that no bad run is simpler.

    >>> from kevent_sim.samples import all_moved, race
    >>> found = refute(Subject(race, None, 500, False, {"FileCount": 3, "WriteCount": 2}), all_moved, 3_000)
    >>> print(found.reason)
    a run fails the check; not all orders were explored: no bad run is simpler than the one that was found
    >>> found.counterexample.schedule == explore(race, all_moved, FileCount=3, WriteCount=2).counterexample.schedule
    True
    """
    return _searched(subject, check, None, budget, to_the_end=False)


def _searched(
    subject: Subject, check: Any, outcome: Any, budget: Any, to_the_end: bool, executor: Executor | None = None
) -> Exploration:
    checks = _checks(check)
    if not (budget is None or whole_number(budget) or isinstance(budget, timedelta)):
        raise TypeError(f"budget is a number of executions or a datetime.timedelta, not {budget!r}")
    if isinstance(budget, int) and budget < 1:
        raise ValueError(f"budget is 1 execution or more, not {budget}")
    workers.check_executor(executor)
    given = subject, checks, outcome, budget, to_the_end
    search = Search(*given) if executor is None or workers.is_here(executor) else HelpedSearch(executor, *given)
    with alone():
        try:
            search.sweep(0)
            search.reduce()
            search.look_around()
        except KeyboardInterrupt as error:
            search.gave_up = f"interrupted after {counted(search.explored, 'class', 'classes')}{_by_code(error)}"
        except NotFresh as error:
            if not search.shared:  # else the memory that it is about has been found, and is named
                raise
            search.gave_up = str(error)
        finally:
            search.close()
    if search.watch is not None and search.bad is None and not search.gave_up and (unknown := search.watch.unknown()):
        raise ValueError(unknown)
    return search.answer()


def _by_code(error: KeyboardInterrupt) -> str:
    """That a thread's own code has raised it, in words; "" where somebody has interrupted what goes on."""
    at, within = error.__traceback__, False
    while at is not None and at.tb_next is not None:
        within = within or at.tb_frame.f_code is Kernel.resume.__code__
        at = at.tb_next
    if at is None or not within or opname[at.tb_frame.f_code.co_code[at.tb_lasti]] != "RAISE_VARARGS":
        return ""
    return f": {at.tb_frame.f_code.co_name} raises KeyboardInterrupt (line {at.tb_lineno})"


def _checks(check: Any) -> list[Any]:
    checks = [] if check is None else [check] if callable(check) or isinstance(check, Along) else check
    if isinstance(checks, str) or not isinstance(checks, Iterable):
        raise TypeError(f"check is a function of a run, ks.always(...) or a list of such, not {check!r}")
    for one in (checks := list(checks)):
        if not callable(one) and not isinstance(one, Along):
            raise TypeError(f"each check is a function of a run, or ks.always(...), not {one!r}")
    return checks

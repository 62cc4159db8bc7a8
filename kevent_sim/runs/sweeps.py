"""Many runs of one driver, here or on an executor, each told by a plain row. What a worker process imports, no more.

To other processes go the driver, the outcome function and the policy, pickled together, so that what they share they
share there, too; back comes the row alone. A function goes by name where its module can be imported, else with its
code and the variables that the code names: `dumps` does that, a pickler that the floor above hands down.
"""

from __future__ import annotations

import linecache
import os
import pickle
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import is_learners
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.entries import driver_entry, layers
from kevent_sim.runs.image import image_of
from kevent_sim.runs.machine import alone
from kevent_sim.runs.result import Run, file_counts
from kevent_sim.runs.run import run_under
from kevent_sim.runs.subject import Subject, declare_parameters, declared_parameters

Outcome = Callable[[Run], Any] | None
Dumps = Callable[[Any], bytes]


class Row(NamedTuple):
    """One run of a sweep."""

    policy: str
    verdict: str
    outcome: Any
    steps: int
    replay: str


def rows(
    subject: Subject, policies: Iterable[Any], executor: Executor | None, outcome: Outcome, dumps: Dumps | None
) -> list[Row]:
    """One row a run, in the order of the policies. All that can be refused is refused before the first run."""
    policies = _checked(policies)
    if outcome is not None and not callable(outcome):
        raise TypeError(f"outcome is a function of a run, not {outcome!r}")
    _check_executor(executor)
    if executor is None:
        return [row(subject, policy, outcome) for policy in policies]
    if type(executor) is ThreadPoolExecutor:  # in this process; a subclass may not be (InterpreterPoolExecutor is not)
        return _in_order([executor.submit(row, subject, policy, outcome) for policy in policies])
    if dumps is None:
        raise Misuse(
            "a sweep over other processes needs cloudpickle; type:  %pip install cloudpickle  in a cell and restart "
            "the kernel; or leave executor out, and the runs are made here"
        )
    shared, owns = _packed(subject, policies, outcome, dumps)
    return _in_order([executor.submit(work, shared, own, dumps) for own in owns], pickle.loads)


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


def _check_executor(executor: Any) -> None:
    if executor is None or isinstance(executor, Executor):
        return
    remedy = "concurrent.futures.ProcessPoolExecutor()"
    if hasattr(executor, "get_executor"):
        remedy = "executor=client.get_executor()"
    elif isinstance(executor, type) and issubclass(executor, Executor):
        remedy = f"executor={executor.__name__}()"
    raise TypeError(f"executor is a concurrent.futures.Executor, not {executor!r}; type:  {remedy}")


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
    r"""How many files each directory holds; the root of a drive is told only where it holds some.

    >>> print(counts_told(Volume(files={"C:\\Temp\\a.txt": 1})))
    C:\Temp: 1, C:\Temp2: 0
    """
    named = [(path if len(path) > len("C:") else f"{path}\\", count) for path, count in file_counts(volume).items()]
    return ", ".join(f"{path}: {count}" for path, count in named if count or not path.endswith("\\"))


def _in_order(futures: list[Future[Any]], read: Callable[[Any], Any] = lambda answer: answer) -> list[Any]:
    """The answers; after an error or Ctrl+C nothing that has not begun is begun."""
    answers = []
    try:
        for future in futures:
            answer = read(future.result())
            if isinstance(answer, Exception):
                raise answer
            answers.append(answer)
        return answers
    finally:
        for future in futures:
            future.cancel()


# -- to other processes and back --------------------------------------------------------------------------------------


def _packed(subject: Subject, policies: list[Any], outcome: Outcome, dumps: Dumps) -> tuple[bytes, list[bytes]]:
    """What all runs share (it may hold a large volume: one object, however many runs), and what each has of its own."""
    with alone():
        image_of(subject.entry).load()  # the workers find what a load finds, not what the last run here has left
    limits = subject.volume, subject.max_steps, subject.stop, subject.parameters
    shared = dumps((limits, declared_parameters(subject.entry), _sources(subject.entry)))
    parts = {subject.name: subject.driver, "outcome": outcome}
    return shared, [_pickled({**parts, f"policy {shown(policy)}": policy}, dumps) for policy in policies]


def _pickled(parts: Mapping[str, Any], dumps: Dumps) -> bytes:
    try:
        return dumps(tuple(parts.values()))
    except Exception as error:
        culprit = next((name for name, part in parts.items() if not _goes(part, dumps)), "the driver")
        raise Misuse(
            f"{culprit} cannot be sent to another process: {error}. What a function uses goes with it: make that one "
            "inside the function; or leave executor out, and the runs are made here"
        ) from error


def _goes(part: Any, dumps: Dumps) -> bool:
    try:
        dumps(part)
    except Exception:
        return False
    return True


def _sources(entry: Any) -> dict[str, list[str]]:
    """The text of the notebook cells behind a driver: without it no other process knows where a statement begins."""
    functions = layers(entry)
    spaces = [function.__globals__.values() for function in functions]
    functions += [value for space in spaces for value in space if isinstance(value, FunctionType)]
    names = sorted({function.__code__.co_filename for function in functions})
    return {name: lines for name in names if not os.path.exists(name) and (lines := linecache.getlines(name))}


def named_code(make: Callable[..., CodeType], arguments: tuple[Any, ...], filename: str) -> CodeType:
    """A code object that comes out of a pickle, from the cell or file that it was made in."""
    return make(*arguments).replace(co_filename=filename)


def work(shared: bytes, own: bytes, dumps: Dumps) -> bytes:
    """One run, in a worker: its row, or the error that it ended in, pickled."""
    try:
        made = row(*_unpacked(shared, own))
    except Exception as error:
        return _told(error, dumps)
    try:
        return dumps(made)
    except Exception as error:
        wrong = f"outcome answered a {type(made.outcome).__name__}, which cannot be sent back to this process: {error}"
        return dumps(Misuse(f"{wrong}; let it answer a number, a text, or a tuple of such"))


def _unpacked(shared: bytes, own: bytes) -> tuple[Subject, Any, Outcome]:
    """What `row` takes."""
    try:
        limits, declared, sources = pickle.loads(shared)
        driver, outcome, policy = pickle.loads(own)
    except Exception as error:
        raise Misuse(
            f"a worker cannot read what was sent to it: {error}. A function from a file of your own goes by name: "
            "define it in a notebook cell, or give the workers the file (Dask: client.upload_file('file.py')); all "
            "else must be installed there as it is here"
        ) from error
    for name, lines in sources.items():
        if linecache.getlines(name) != lines:
            linecache.cache[name] = sum(map(len, lines)), None, lines, name
    declare_parameters(driver_entry(driver)[1], declared)
    return Subject(driver, *limits), policy, outcome


def _told(error: Exception, dumps: Dumps) -> bytes:
    """An error with its lines of driver, policy or outcome; where it cannot be sent as it is, its words are."""
    lines = [at for at in traceback.extract_tb(error.__traceback__) if is_learners(at.filename)]
    if lines:
        error.add_note("In the worker:\n" + "".join(traceback.format_list(lines)).rstrip())
    try:
        told = dumps(error)
        pickle.loads(told)
    except Exception:
        words = Misuse(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            words.add_note(note)
        told = dumps(words)
    return told

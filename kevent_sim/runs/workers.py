"""To other processes and back: a driver with what is asked of its runs.

They are pickled together, so that what they share they share there, too. A function goes by name where its module can
be imported, else with its code and the variables that the code names. What a worker process imports, no more.
"""

from __future__ import annotations

import linecache
import os
import pickle
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import is_learners
from kevent_sim.runs.entries import driver_entry, layers
from kevent_sim.runs.image import image_of
from kevent_sim.runs.machine import alone
from kevent_sim.runs.subject import Subject, declare_parameters, declared_parameters


def check_executor(executor: Any) -> None:
    """Raises TypeError for what is not an executor."""
    if executor is None or isinstance(executor, Executor):
        return
    remedy = "concurrent.futures.ProcessPoolExecutor()"
    if hasattr(executor, "get_executor"):
        remedy = "executor=client.get_executor()"
    elif isinstance(executor, type) and issubclass(executor, Executor):
        remedy = f"executor={executor.__name__}()"
    raise TypeError(f"executor is a concurrent.futures.Executor, not {executor!r}; type:  {remedy}")


def is_here(executor: Executor) -> bool:
    """Does it run what it is given in this process? A subclass may not (InterpreterPoolExecutor does not)."""
    return type(executor) is ThreadPoolExecutor


@contextmanager
def told_of_executor() -> Iterator[None]:
    """Raises Misuse where an executor does not do any more what it is given."""
    try:
        yield
    except (BrokenExecutor, CancelledError, RuntimeError) as error:
        words = str(error).rstrip(".") or type(error).__name__
        raise Misuse(
            f"the executor can no longer be used: {words}; make another one, in a script under  "
            'if __name__ == "__main__":  or leave executor out, and the runs are made here'
        ) from error


def dumps(thing: Any) -> bytes:
    """A pickle of it. Raises Misuse where cloudpickle is not installed."""
    try:
        from kevent_sim.runs.pickling import dumps  # a door, so that what sends nothing needs no cloudpickle
    except ImportError:
        raise Misuse(
            "other processes need cloudpickle; type:  %pip install cloudpickle  in a cell and restart the kernel; or "
            "leave executor out, and the runs are made here"
        ) from None
    return dumps(thing)


def packed(subject: Subject, asked: Iterable[Any]) -> bytes:
    """All of what is run but the driver. It may hold a large volume, and is one object however often it is sent.
    `asked`: what goes with the driver each time, whose text goes here."""
    with alone():
        image_of(subject.entry).load()  # the workers find what a load finds, not what the last run here has left
    limits = subject.volume, subject.max_steps, subject.stop, subject.parameters, subject.memory
    sources = _sources(subject.entry)
    for function in asked:
        if isinstance(function, FunctionType):
            sources |= _sources(function)
    return dumps((limits, declared_parameters(subject.entry), sources))


def pickled(parts: Mapping[str, Any]) -> bytes:
    """Of the driver, which comes first, and of what goes with it, by what it is called. Raises Misuse for what cannot
    be sent."""
    try:
        return dumps(tuple(parts.values()))
    except Misuse:
        raise
    except Exception as error:
        culprit = next((name for name, part in parts.items() if not _goes(part)), "the driver")
        raise Misuse(
            f"{culprit} cannot be sent to another process: {error}. What a function uses goes with it: make that one "
            "inside the function; or leave executor out, and the runs are made here"
        ) from error


def _goes(part: Any) -> bool:
    try:
        dumps(part)
    except Exception:
        return False
    return True


def _sources(function: Any) -> dict[str, list[str]]:
    """The text of the notebook cells behind a function: without it no other process knows where a statement begins."""
    functions = layers(function)
    spaces = [function.__globals__.values() for function in functions]
    functions += [value for space in spaces for value in space if isinstance(value, FunctionType)]
    names = sorted({function.__code__.co_filename for function in functions})
    return {name: lines for name in names if not os.path.exists(name) and (lines := linecache.getlines(name))}


# -- there ------------------------------------------------------------------------------------------------------------


def unpacked(shared: bytes, own: bytes) -> tuple[Any, ...]:
    """The subject, and what goes with it: `shared` is what `packed` returned, `own` what `pickled` did."""
    try:
        limits, declared, sources = pickle.loads(shared)
        driver, *parts = pickle.loads(own)
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
    return Subject(driver, *limits), *parts


def answer(answered: Any, of: str, values: Sequence[Any]) -> bytes:
    """What a worker returns, pickled. If that is impossible, it names the one of `values` that cannot be: they were
    `of` the learner."""
    try:
        return dumps(answered)
    except Exception as error:
        culprit = next((value for value in values if not _goes(value)), values[-1])
        wrong = f"{of} returned a {type(culprit).__name__}, which cannot be sent back to this process: {error}"
        return dumps(Misuse(f"{wrong}; let it return a number, a text, or a tuple of these"))


def told(error: Exception) -> bytes:
    """An error with its lines of driver, policy or question; where it cannot be sent as it is, its words are."""
    lines = [at for at in traceback.extract_tb(error.__traceback__) if is_learners(at.filename)]
    if lines:
        error.add_note("In the worker:\n" + "".join(traceback.format_list(lines)).rstrip())
    try:
        sent = dumps(error)
        pickle.loads(sent)
    except Exception:
        words = Misuse(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            words.add_note(note)
        sent = dumps(words)
    return sent


def answer_of(future: Future[bytes], seconds: float | None = None) -> Any:
    """What a worker has returned, if it does within this many seconds. Raises its error, if it returned one;
    TimeoutError; Misuse where the executor is of no use any more."""
    with told_of_executor():
        answered = future.result(seconds)
    found = pickle.loads(answered)
    if isinstance(found, Exception):
        raise found
    return found

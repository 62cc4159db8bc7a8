"""What cannot be put back as it was, but shows whether a run has used it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import IOBase
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from kevent_sim.runs.places import Place, same

SUSPENDED = {CoroutineType: "cr", GeneratorType: "gi", AsyncGeneratorType: "ag"}


class Used(Place):
    """An iterator, a generator, a lock, a file that is read, an object of a library in C."""

    __slots__ = ()

    def read(self) -> list[Any]:
        return _state(self.owner)

    def put(self, values: list[Any]) -> None:
        raise TypeError("it goes one way only")


def shows(value: Any) -> bool:
    """Can one see whether it was used?"""
    with suppress(Exception):
        return same(_state(value), _state(value))
    return False


def _state(value: Any) -> list[Any]:
    for kind, prefix in SUSPENDED.items():
        if isinstance(value, kind):
            return _standing(getattr(value, f"{prefix}_frame"))
    if isinstance(value, IOBase):
        return [value.closed or (value.readable() and value.tell())]
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")  # what Python 3.14 does without
        return [*_flat(value.__reduce_ex__(4))]
    return [repr(value)]


def _standing(frame: Any) -> list[Any]:
    """Where a suspended function stands, with its variables."""
    if frame is None:
        return []
    snapshot = frame.f_locals
    found = [frame.f_lasti, *snapshot.values()]
    if isinstance(snapshot, dict):  # the frame would keep what its code lets go of
        snapshot.clear()
    return found


def _flat(value: Any) -> Iterator[Any]:
    if type(value) is tuple:
        for one in value:
            yield from _flat(one)
    else:
        yield value

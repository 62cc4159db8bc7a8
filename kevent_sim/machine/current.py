"""What is current while a machine runs: who is told of what code does, for code that nobody hands it to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Current(Generic[T]):
    """`now` is what is current, None where no machine runs; afterwards it is what it was before, after an error, too.

    >>> printer = Current()
    >>> with printer.set_to(print):
    ...     printer.now("a field was read")
    a field was read
    >>> printer.now is None
    True
    """

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now: T | None = None

    @contextmanager
    def set_to(self, one: T) -> Iterator[None]:
        kept, self.now = self.now, one
        try:
            yield
        finally:
            self.now = kept

"""The memory that lowered text works on: the one object `m` of its namespace.

A *pointer* is whatever `m` makes of one: the text only hands it back, compares it by `==` and asks for its truth. NULL
is None, a function is itself, a handle is a number; all but NULL are true. An *offset* is in bytes. `type` is a
function of `runtime`: int8 to uint64, boolean, or `pointer`; an integer that is loaded or stored is in its range. A
*record* is what `load_record` returns of a struct or union by value: the text only hands it back. Names of variables,
functions and types are the keys of the tables that `lower` returns beside the text.

    m.load(DriverObject, 104, pointer)                    DriverObject->DriverUnload
    m.store(m.index(values, i, 4), 0, int32, 5)           values[i] = 5
    with m.frame("FileMoveThread") as (hFile, name):      the locals of a function that live in memory
    await KeSetEvent(*m.arguments(KeSetEvent, p, 0, 0))   a routine of the kernel, given C's values
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NoReturn, Protocol

Pointer = Any
IntegerType = Callable[[Any], Any]


class Access(Protocol):
    """What is read and written at a pointer."""

    def load(self, p: Pointer, offset: int, type: IntegerType) -> Any: ...

    def store(self, p: Pointer, offset: int, type: IntegerType, value: Any) -> Any:
        """Write, and return the value."""

    def load_bits(self, p: Pointer, offset: int, type: IntegerType, bit: int, width: int) -> int:
        """The bit-field of `width` bits that begins at `bit` of the unit at `offset`; signed as `type` is."""

    def store_bits(self, p: Pointer, offset: int, type: IntegerType, bit: int, width: int, value: int) -> int:
        """Write a bit-field, and return the value that it has then."""

    def load_record(self, p: Pointer, offset: int, size: int) -> Any: ...

    def store_record(self, p: Pointer, offset: int, size: int, record: Any) -> Any:
        """Write all of it, and return it."""

    def zero(self, p: Pointer, offset: int, size: int) -> None:
        """What an initialiser does not name is 0."""

    def fresh(self, p: Pointer) -> None:
        """A local is declared again, as in each round of a loop: nothing is written there yet."""


class Addresses(Protocol):
    """What is computed with pointers."""

    def field(self, p: Pointer, offset: int) -> Pointer:
        """The address of a member."""

    def index(self, p: Pointer, count: int, size: int) -> Pointer:
        """`p + count`, each element of `size` bytes."""

    def difference(self, p: Pointer, q: Pointer, size: int) -> int:
        """`p - q`, in elements."""

    def order(self, p: Pointer, q: Pointer) -> int:
        """Less than 0, 0, or more, as p is below q, equal or above."""

    def address(self, p: Pointer) -> int:
        """As an unsigned number of 64 bits."""

    def pointer(self, address: int) -> Pointer:
        """What a number stands for that is cast to a pointer; None for 0."""

    def typed(self, p: Pointer, name: str) -> Pointer:
        """A `void *` that is cast to a pointer to a record: the memory has that type from now on."""


class Homes(Protocol):
    """Where what has an address lives."""

    def variable(self, name: str) -> Pointer:
        """A global, or a static local as "Function.name": zeroed, made once in a run."""

    def external(self, name: str) -> Pointer:
        """A variable that the kernel exports."""

    def frame(self, function: str) -> AbstractContextManager[Sequence[Pointer]]:
        """The locals of one call of a function, in the order of the table; they end with the block."""

    def string(self, text: bytes) -> Pointer:
        """A literal: these bytes and a 0. Equal ones may be one."""

    def wide(self, text: str) -> Pointer:
        """A literal of 16-bit units, and a 0."""


class Calls(Protocol):
    """What is called, and is not in the text."""

    def arguments(self, routine: Callable[..., Any], *values: Any) -> Sequence[Any]:
        """C's values as the routine takes them: views of the memory that pointers point at."""

    def result(self, value: Any) -> Pointer:
        """What a routine returns, where C has a pointer."""

    def call(self, function: Pointer, *values: Any) -> Awaitable[Any]:
        """A call through a pointer. It is always awaited; it is a step only where what is called makes one."""

    def round(self) -> None:
        """Another round of a loop that may take no step in it."""

    def missing(self, name: str, *values: Any) -> NoReturn:
        """A routine that is declared, and that the simulator has not."""


class Spans(Protocol):
    """What C's own library works on: many bytes at once."""

    def read(self, p: Pointer, size: int) -> bytes:
        """The bytes at a pointer: alive, inside its object, and each of them written before."""

    def write(self, p: Pointer, data: bytes) -> None: ...

    def copy(self, to: Pointer, source: Pointer, size: int) -> None:
        """As memmove: what was never written stays so, and pointers stay pointers."""

    def terminated(self, p: Pointer, unit: int, limit: int | None = None) -> bytes:
        """The bytes before the first zero unit of `unit` bytes; no more than `limit` units are looked at."""


class Memory(Access, Addresses, Homes, Calls, Spans, Protocol):
    """All of it."""

"""Where the members of a record lie, as MSVC lays them out on x64.

Each member begins at the next multiple of its alignment, which `#pragma pack` may lower. Bit-fields share a unit of
their declared type with the ones before while its size is the same and they fit; MSVC starts another unit otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kevent_sim.c.types import Field, Integer, Record, Type


@dataclass(frozen=True, slots=True)
class Member:
    """A member as it is declared; `width` of a bit-field alone, `align` where `_Alignas` asks for more."""

    name: str
    type: Type
    width: int | None = None
    constant: bool = False
    align: int = 0


def rounded(offset: int, align: int) -> int:
    """The next multiple of an alignment."""
    return -(-offset // align) * align


def lay_out(record: Record, members: Iterable[Member], pack: int = 0) -> None:
    """Define a record by its members. `pack`: the greatest alignment of one, 0 where there is no limit.

    >>> from kevent_sim.c.types import CHAR, INT, LLONG
    >>> record = Record("_S")
    >>> lay_out(record, [Member("a", CHAR), Member("b", LLONG), Member("c", INT, 3), Member("d", INT, 30)])
    >>> [(field.name, field.offset, field.bit) for field in record.fields], record.size
    ([('a', 0, 0), ('b', 8, 0), ('c', 16, 0), ('d', 20, 0)], 24)
    """
    fields: list[Field] = []
    end, align = 0, 1
    unit, used = 0, 0  # the size in bytes of the open unit of bit-fields, 0 where none is open; its bits taken
    for member in members:
        own = max(min(member.type.align, pack or member.type.align), member.align)
        size = member.type.size
        if member.width is None or record.union:
            start = 0 if record.union else rounded(end, own)
            unit = 0
            if member.width == 0:
                continue
            fields.append(Field(member.name, member.type, start, member.constant, 0, member.width or 0))
            end = max(end, start + size)
        elif member.width == 0:
            if not unit:
                continue  # after anything but a bit-field it means nothing
            unit, end = 0, rounded(end, own)
        elif unit == size and used + member.width <= 8 * size:
            fields.append(Field(member.name, member.type, end - size, member.constant, used, member.width))
            used += member.width
        else:
            start = rounded(end, own)
            fields.append(Field(member.name, member.type, start, member.constant, 0, member.width))
            unit, used, end = size, member.width, start + size
        align = max(align, own)
    # an unnamed bit-field takes its place, and is not a member
    record.define((each for each in fields if each.name or not each.width), rounded(end, align), align)


def fits(type: Type, width: int) -> bool:
    """May a bit-field of this type have so many bits?"""
    return isinstance(type, Integer) and 0 <= width <= type.bits

"""A value as another type: as assignment does it by itself, and as a cast asks for it."""

from __future__ import annotations

from dataclasses import replace

from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import ATOM, Value, address, as_integer, compared, computed, promote, settled, truth
from kevent_sim.c.nodes import Node
from kevent_sim.c.types import ULLONG, VOID, Function, Integer, Pointer, Record, Type, Void, same


def is_null(value: Value) -> bool:
    """A null pointer constant: 0, or 0 cast to a pointer."""
    return value.constant == 0


def converted(unit: Unit, value: Value, type: Type, node: Node) -> Value:
    """A value that is assigned, passed or returned as a type, ready to be stored.

    A number for a pointer, or the other way round, is an error here: a compiler that only warns of it builds a driver
    that does something else. Pointers of two types get a warning.
    """
    have = value.type
    match have, type:
        case Void(), _:
            raise unit.wrong(node, f"this has no value, but {article(type)} is wanted")
        case Integer(), Integer():
            return settled(as_integer(value, type))
        case Pointer(), Integer(boolean=True):
            return replace(settled(is_true(value)), type=type)
        case Integer(), Pointer() if is_null(value):
            return address(0, type)
        case Pointer(), Pointer():
            if not is_null(value):
                _compare_pointers(unit, have, type, node)
            return as_pointer(unit, value, type)
        case Record(), Record() if have is type:
            return value
        case (Integer(), Pointer()) | (Pointer(), Integer()):
            raise unit.wrong(node, f"{article(have)} where {article(type)} is wanted; if that is meant, write a cast")
    raise unit.wrong(node, f"{article(have)} where {article(type)} is wanted")


def article(type: Type) -> str:
    """The type as a message names it.

    >>> article(ULLONG)
    'an unsigned long long'
    """
    return f"{'an' if type.name[0] in 'aeiouAEIO' else 'a'} {type.name}"


def _compare_pointers(unit: Unit, have: Pointer, type: Pointer, node: Node) -> None:
    if have.constant and not type.constant and not isinstance(type.to, Function):
        unit.warn(node, f"{have.name} becomes {type.name}: what is const can be written to through it")
    if not compatible(have, type):
        unit.warn(node, f"{have.name} where {type.name} is wanted; if that is meant, write a cast")


def compatible(a: Pointer, b: Pointer) -> bool:
    """May one stand for the other without a cast? `void *` for each, and numbers of one size for each other."""
    if isinstance(a.to, Void) or isinstance(b.to, Void) or same(a.to, b.to):
        return True
    return isinstance(a.to, Integer) and isinstance(b.to, Integer) and a.to.size == b.to.size


def as_pointer(unit: Unit, value: Value, type: Pointer) -> Value:
    """A pointer as another; memory of no type yet takes that of a record."""
    have = value.type
    assert isinstance(have, Pointer)
    untyped = isinstance(have.to, Void) and value.constant is None
    if untyped and isinstance(type.to, Record) and type.to.complete:
        return Value(f'm.typed({value.text}, "{unit.type_name(type.to)}")', type)
    return replace(value, type=type)


def cast(unit: Unit, value: Value, type: Type, node: Node) -> Value:
    have = value.type
    if isinstance(type, Void):
        return replace(value, type=VOID, constant=None)
    match have, type:
        case Integer(), Integer():
            return as_integer(value, type)
        case Integer(), Pointer():
            number = settled(as_integer(value, ULLONG))
            if number.constant is not None:
                return address(number.constant, type)
            return Value(f"m.pointer({number.text})", type)
        case Pointer(), Integer(boolean=True):
            return replace(is_true(value), type=type)
        case Pointer(), Integer():
            return as_integer(as_address(value), type)
        case Pointer(), Pointer():
            return as_pointer(unit, value, type)
        case Record(), Record() if have is type:
            return value
    raise unit.wrong(node, f"{article(have)} cannot be cast to {article(type)}")


def as_address(value: Value) -> Value:
    if value.constant is not None:
        return Value(str(value.constant), ULLONG, ATOM, value.constant, value.constant, value.constant, pure=True)
    return computed(f"m.address({value.text})", ULLONG)


def is_true(value: Value) -> Value:
    """Is the pointer no NULL?"""
    if value.constant is not None:
        return truth(str(value.constant != 0), ATOM)
    return compared(value, "is not", address(0, Pointer(VOID)))


def scalar(unit: Unit, value: Value, node: Node) -> Value:
    """A value that can be true or false, or an error."""
    if not isinstance(value.type, (Integer, Pointer)):
        raise unit.wrong(node, f"{article(value.type)} is neither true nor false: a number or a pointer is wanted")
    return value


def integer(unit: Unit, value: Value, node: Node, what: str = "") -> Value:
    if not isinstance(value.type, Integer):
        raise unit.wrong(node, f"{article(value.type)} where {what or 'a whole number'} is wanted")
    return value


def passed(unit: Unit, value: Value, node: Node) -> Value:
    """An argument for `...`: promoted, as no parameter says more."""
    if isinstance(value.type, Integer):
        return settled(promote(value))
    if isinstance(value.type, Pointer):
        return value
    raise unit.wrong(node, f"{article(value.type)} cannot be passed for '...'")

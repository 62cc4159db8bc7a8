"""Where values lie: variables, members, elements, what a pointer points at. Loads, stores and addresses of these."""

from __future__ import annotations

from dataclasses import replace

from kevent_sim.c.errors import nearest
from kevent_sim.c.lowering.conversions import article, integer
from kevent_sim.c.lowering.dispatch import PLACES, Place, lowers, place, value
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import ATOM, PRODUCT, Value, address, as_integer, computed, settled
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.scopes import Variable
from kevent_sim.c.types import INT, PTRDIFF_T, Array, Function, Integer, Pointer, Record, Void

# -- what is done with a place -----------------------------------------------------------------------------------------


def based(where: Place) -> tuple[str, int]:
    """The pointer and the offset to access memory by."""
    base = where.base
    assert base is not None
    return base.text, where.offset


def load(unit: Unit, where: Place, node: Node) -> Value:
    """What lies there; of an array the address of its first element."""
    type = where.type
    if where.name:
        if isinstance(type, Integer):
            return replace(computed(where.name, type), pure=True)
        return Value(where.name, type, pure=True)
    if isinstance(type, Array):
        return replace(address_of(where), type=Pointer(type.of, where.constant or type.constant))
    p, offset = based(where)
    match type:
        case Function():
            assert where.base is not None
            return replace(where.base, type=Pointer(type))
        case Record():
            if not type.complete:
                raise unit.wrong(node, f"{type.name} is declared but not defined: its members are not known")
            return Value(f"m.load_record({p}, {offset}, {type.size})", type)
        case Integer() if where.width:
            text = f"m.load_bits({p}, {offset}, {type.kind}, {where.bit}, {where.width})"
            high = (1 << (where.width - type.signed)) - 1
            # what an int holds becomes one, whatever type the bit-field is declared with
            return computed(text, INT if high <= INT.high else type, ATOM, (-high - 1 if type.signed else 0, high))
        case Integer():
            return computed(f"m.load({p}, {offset}, {type.kind})", type)
        case Pointer():
            return Value(f"m.load({p}, {offset}, pointer)", type)
    raise unit.wrong(node, f"what a {Pointer(type).name} points at has no type: cast the pointer first")


def store(unit: Unit, where: Place, new: Value) -> Value:
    """Store a value of the place's type; the assignment's own value."""
    type = where.type
    if where.name:
        return replace(new, text=f"({where.name} := {new.text})", level=ATOM, constant=None, pure=False)
    p, offset = based(where)
    match type:
        case Record():
            text = f"m.store_record({p}, {offset}, {type.size}, {new.text})"
            return Value(text, type)
        case Integer() if where.width:
            text = f"m.store_bits({p}, {offset}, {type.kind}, {where.bit}, {where.width}, {new.text})"
            return replace(load(unit, where, None), text=text)
        case Integer():
            return replace(
                new, text=f"m.store({p}, {offset}, {type.kind}, {new.text})", level=ATOM, constant=None, pure=False
            )
    return Value(f"m.store({p}, {offset}, pointer, {new.text})", type)


def address_of(where: Place) -> Value:
    base = where.base
    assert base is not None
    type = Pointer(where.type, where.constant)
    if base.constant is not None:
        return address(base.constant + where.offset, type)
    if where.offset == 0:
        return replace(base, type=type)
    return Value(f"m.field({base.text}, {where.offset})", type, pure=base.pure)


def assignable(unit: Unit, where: Place, node: Node) -> Place:
    """The place, if something can be assigned to it."""
    if where.temporary:
        raise unit.wrong(node, "nothing can be assigned to the value of an expression")
    if where.constant:
        raise unit.wrong(node, f"{where.what or 'this'} is const: nothing can be assigned to it")
    if isinstance(where.type, (Array, Function, Void)) or not where.type.complete:
        raise unit.wrong(node, f"nothing can be assigned to {article(where.type)}")
    return where


def pinned(unit: Unit, where: Place) -> tuple[Place, Place]:
    """A place to be used twice, whose pointer is computed once: as it is used first, and from then on."""
    if where.name:
        return where, where
    assert where.base is not None
    first, again = unit.once(where.base)
    return replace(where, base=first), replace(where, base=again)


def displaced(p: Value, count: Value, size: int, backwards: bool = False) -> Value:
    """`p + count`, or `p - count`"""
    if p.constant is not None and count.constant is not None:
        assert isinstance(p.type, Pointer)
        return address(p.constant + (-count.constant if backwards else count.constant) * size, p.type)
    count = settled(as_integer(settled(count), PTRDIFF_T) if count.integer.size == 8 else count)
    steps = f"-{count.at(PRODUCT + 1)}" if backwards else count.text
    return Value(f"m.index({p.text}, {steps}, {size})", p.type, pure=p.pure and count.pure)


# -- places by their nodes ---------------------------------------------------------------------------------------------


@lowers(PLACES, "ID")
def named(unit: Unit, node: Node) -> Place:
    found = unit.scopes.find(node.name)
    if not isinstance(found, Variable):
        if found is None:
            raise unit.wrong(node, unit.scopes.unknown(node.name))
        raise unit.wrong(node, f"{node.name} is not a variable: it lies nowhere")
    if found.storage == "extern":
        unit.externals[found.python] = found
    if found.memory:
        base = Value(found.python, Pointer(found.type), pure=True)
        return Place(found.type, base=base, constant=found.constant, what=found.name)
    return Place(found.type, found.python, constant=found.constant, what=found.name)


@lowers(PLACES, "StructRef")
def member(unit: Unit, node: Node) -> Place:
    """`record.field` and `pointer->field`"""
    if node.type == "->":
        of = value(unit, node.name)
        if not isinstance(of.type, Pointer):
            instead = "; write ." if isinstance(of.type, Record) else ""
            raise unit.wrong(node.field, f"-> needs a pointer on its left, not {article(of.type)}{instead}")
        outer = Place(of.type.to, base=of, constant=of.type.constant)
    else:
        outer = record_place(unit, node.name)
    record = outer.type
    if not isinstance(record, Record):
        instead = "; write ->" if node.type == "." and isinstance(record, Pointer) else ""
        raise unit.wrong(node.field, f"{article(record)} has no members{instead}")
    if not record.complete:
        raise unit.wrong(node.field, f"{record.name} is declared but not defined: its members are not known")
    return inside(unit, outer, node.field)


def inside(unit: Unit, outer: Place, node: Node) -> Place:
    """The member of a record's place that a node names."""
    record = outer.type
    assert isinstance(record, Record)
    field = record.members.get(node.name)
    if field is None:
        near = nearest(node.name, record.members)
        known = f"did you mean {near}?" if near and len(record.members) > 8 else f"it has: {', '.join(record.members)}"
        raise unit.wrong(node, f"{record.name} has no field {node.name}; {known}")
    constant = outer.constant or field.constant
    return replace(
        outer, type=field.type, name="", offset=outer.offset + field.offset, constant=constant, bit=field.bit,
        width=field.width, what=node.name,
    )  # fmt: skip


def record_place(unit: Unit, node: Node) -> Place:
    """Where the record before a dot lies; the value of an expression is put somewhere first."""
    if kind(node) in PLACES:
        return place(unit, node)
    of = value(unit, node)
    if not isinstance(of.type, Record):
        return Place(of.type)
    name = unit.hidden(of.type)
    text = f"(m.store_record({name}, 0, {of.type.size}, {of.text}), {name})[-1]"
    return Place(of.type, base=Value(text, Pointer(of.type)), temporary=True)


@lowers(PLACES, "ArrayRef")
def element(unit: Unit, node: Node) -> Place:
    p, count = value(unit, node.name), value(unit, node.subscript)
    if not isinstance(p.type, Pointer):
        p, count = count, p  # C lets them stand either way round
    if not isinstance(p.type, Pointer):
        raise unit.wrong(node, "[] needs an array or a pointer before it")
    integer(unit, count, node.subscript)
    to = sized(unit, p.type, node)
    if count.constant is not None:
        return offset_place(p, count.constant * to, node)
    moved = displaced(p, count, to)
    return Place(p.type.to, base=moved, constant=p.type.constant)


def offset_place(p: Value, offset: int, node: Node) -> Place:
    """The place so many bytes behind a pointer, itself perhaps a member's address."""
    assert isinstance(p.type, Pointer)
    return Place(p.type.to, base=p, offset=offset, constant=p.type.constant)


def sized(unit: Unit, type: Pointer, node: Node) -> int:
    """The size of what a pointer points at."""
    if not type.to.complete:
        raise unit.wrong(node, f"{type.name}: what it points at has no size, so it cannot be counted with")
    return type.to.size


@lowers(PLACES, "UnaryOp")
def pointed(unit: Unit, node: Node) -> Place:
    if node.op != "*":
        raise unit.wrong(
            node, "this is a value: it lies nowhere, so it has no address and nothing can be assigned to it"
        )
    of = value(unit, node.expr)
    if not isinstance(of.type, Pointer):
        raise unit.wrong(node, f"only a pointer can be dereferenced, not {article(of.type)}")
    return Place(of.type.to, base=of, constant=of.type.constant)

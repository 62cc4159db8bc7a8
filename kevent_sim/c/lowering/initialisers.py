"""What variables begin with: braces in braces or left out, designators, strings in arrays, compound literals.

An initialiser becomes stores in the order of the text, after one `m.zero` where it does not name all of an aggregate;
where it names a part twice, the later one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kevent_sim.c.constants import string
from kevent_sim.c.lowering.conversions import converted
from kevent_sim.c.lowering.dispatch import PLACES, Place, lowers, value
from kevent_sim.c.lowering.places import based, inside, store
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.types import Array, Integer, Pointer, Record, Type


def completed(unit: Unit, type: Type, init: Node) -> Type:
    """An array without a count has as many elements as its initialiser."""
    if not isinstance(type, Array) or type.count is not None or init is None:
        return type
    text = _string_for(type, init)
    if text is not None:
        return Array(type.of, len(text) + 1, type.constant)
    if kind(init) != "InitList":
        raise unit.wrong(init, "an array is initialised by { ... }, or by a string")
    filling = Filling(unit, Place(type))
    filling.braced(Place(type), init)
    return Array(type.of, filling.count, type.constant)


def texts(unit: Unit, where: Place, init: Node) -> list[str]:
    """The Python that fills in a place in memory, a store each."""
    type = where.type
    if isinstance(type, Array):
        filling = Filling(unit, where)
        if _string_for(type, init) is None and kind(init) != "InitList":
            raise unit.wrong(init, "an array is initialised by { ... }, or by a string")
        filling.any(where, init)
    elif isinstance(type, Record) and kind(init) == "InitList":
        filling = Filling(unit, where)
        filling.any(where, init)
    else:
        while kind(init) == "InitList":
            if len(init.exprs) != 1:
                raise unit.wrong(init, f"{type.name} is initialised by one value")
            init = init.exprs[0]
        return [store(unit, where, initial(unit, where, init)).text]
    stores = filling.stores()
    if len(filling.done) == 1 and filling.done[0].where.type.size == type.size:
        return stores  # a string that fills it
    p, offset = based(where)
    return [f"m.zero({p}, {offset}, {type.size})", *stores]


def initial(unit: Unit, where: Place, node: Node) -> Value:
    """The value a place begins with; before any function runs, a constant."""
    if kind(node) == "NamedInitializer":
        raise unit.wrong(node, f"{where.type.name} has no members to name")
    if kind(node) == "InitList":
        raise unit.wrong(node, f"there are more braces than {where.type.name} has parts")
    new = converted(unit, value(unit, node), where.type, node)
    if unit.function is None and new.constant is None and not new.pure:
        raise unit.wrong(node, "this is computed before any function runs, so it must be a constant")
    return new


def _string_for(type: Array, init: Node) -> bytes | str | None:
    """The text of a string that initialises an array of characters; braces may stand around it."""
    if kind(init) == "InitList" and len(init.exprs) == 1:
        init = init.exprs[0]
    if kind(init) != "Constant" or not isinstance(type.of, Integer):
        return None
    text = string(init)
    if text is None or type.of.size != (1 if isinstance(text, bytes) else 2):
        return None
    return text


@dataclass(frozen=True, slots=True)
class Store:
    where: Place
    new: Value


class Filling:
    """The stores of one initialiser. `count`: as many elements of the outermost array as it reaches."""

    def __init__(self, unit: Unit, outer: Place) -> None:
        self.unit, self.outer, self.count = unit, outer, 0
        self.done: list[Store] = []

    def stores(self) -> list[str]:
        return [store(self.unit, each.where, each.new).text for each in self.done]

    def any(self, where: Place, init: Node) -> None:
        """What one initialiser gives to a place."""
        type = where.type
        if isinstance(type, Array) and (text := _string_for(type, init)) is not None:
            return self.string(where, text, init)
        if kind(init) == "InitList":
            if isinstance(type, (Array, Record)):
                return self.braced(where, init)
            if len(init.exprs) != 1:
                raise self.unit.wrong(init, f"{type.name} is initialised by one value")
            return self.any(where, init.exprs[0])
        if where.base is None:
            return  # the elements of an array are being counted
        self.done.append(Store(where, initial(self.unit, where, init)))

    def string(self, where: Place, text: bytes | str, init: Node) -> None:
        assert isinstance(where.type, Array)
        count = where.type.count or 0
        if len(text) > count:
            raise self.unit.wrong(init, f"{len(text)} characters do not fit {where.type.name}")
        if where.base is not None:
            size = min(len(text) + 1, count) * where.type.of.size
            copied = Record(where.type.name)
            copied.define((), size, 1)
            literal = f"m.{'string' if isinstance(text, bytes) else 'wide'}({text!r})"
            self.done.append(Store(replace(where, type=copied), Value(f"m.load_record({literal}, 0, {size})", copied)))

    def braced(self, where: Place, init: Node) -> None:
        """`{ ... }` around the parts of an aggregate."""
        self.parts(where, list(init.exprs), braced=True)

    def parts(self, where: Place, left: list[Node], braced: bool, at: int = 0) -> None:
        """Take initialisers for the parts of an aggregate, in order, from the front of what is left.

        Without braces of its own an aggregate takes as many as it has parts, and stops before a designator.
        """
        while left:
            init = left[0]
            if kind(init) == "NamedInitializer":
                if not braced:
                    return
                del left[0]
                at = self.designated(where, list(init.name), init.expr, left) + 1
                self.reached(where, at)
                continue
            if at >= self.limit(where):
                if braced:
                    raise self.unit.wrong(init, f"there are more initialisers than {where.type.name} has parts")
                return
            self.next(self.part(where, at), left)
            at += 1
            self.reached(where, at)

    def next(self, part: Place, left: list[Node]) -> None:
        """One part takes its initialiser, or several where it is an aggregate without braces."""
        init = left[0]
        aggregate = isinstance(part.type, (Array, Record))
        whole = kind(init) == "InitList" or not aggregate
        if isinstance(part.type, Array) and _string_for(part.type, init) is not None:
            whole = True
        if isinstance(part.type, Record) and not whole and self.is_record(init, part.type):
            whole = True
        if whole:
            del left[0]
            self.any(part, init)
        else:
            self.parts(part, left, braced=False)

    def is_record(self, init: Node, type: Record) -> bool:
        """Is this an expression that gives the whole record?"""
        with self.unit.aside():
            return kind(init) not in ("NamedInitializer", "Constant") and value(self.unit, init).type is type

    def reached(self, where: Place, count: int) -> None:
        if where.type is self.outer.type:
            self.count = max(self.count, count)

    def limit(self, where: Place) -> int:
        """How many parts can be initialised in order; of a union the first alone."""
        if isinstance(where.type, Array):
            return 1 << 60 if where.type.count is None and where.type is self.outer.type else where.type.count or 0
        assert isinstance(where.type, Record)
        fields = [each for each in where.type.fields if each.name or not each.width]
        return min(len(fields), 1) if where.type.union else len(fields)

    def part(self, where: Place, at: int) -> Place:
        if isinstance(where.type, Array):
            of = where.type.of
            return replace(where, type=of, offset=where.offset + at * of.size, what="")
        assert isinstance(where.type, Record)
        field = where.type.fields[at]
        return replace(
            where,
            type=field.type,
            offset=where.offset + field.offset,
            bit=field.bit,
            width=field.width,
            what=field.name,
        )

    def designated(self, where: Place, names: list[Node], init: Node, left: list[Node]) -> int:
        """`.field[2].inner = value`; what is left goes on behind that part. The index of the outermost part named."""
        name, *inner = names
        at, part = self.named(where, name)
        if isinstance(where.type, Record) and not where.type.fields[at].name:  # a member of an anonymous one
            inner, part = names, self.part(where, at)
        if not inner:
            self.any(part, init)
        elif isinstance(part.type, (Array, Record)):
            reached = self.designated(part, inner, init, left)
            self.parts(part, left, braced=False, at=reached + 1)
        else:
            raise self.unit.wrong(inner[0], f"{part.type.name} has no parts to name")
        return at

    def named(self, where: Place, name: Node) -> tuple[int, Place]:
        """The part that one designator names, and its index."""
        if kind(name) == "ID":
            if not isinstance(where.type, Record):
                raise self.unit.wrong(name, f"{where.type.name} has no members to name")
            return self.index_of(where.type, name), inside(self.unit, where, name)
        index = self.unit.constant(getattr(name, "expr", name))
        if not isinstance(where.type, Array):
            raise self.unit.wrong(name, f"{where.type.name} has no elements to number")
        if not 0 <= index < self.limit(where):
            raise self.unit.wrong(name, f"{where.type.name} has no element {index}")
        return index, self.part(where, index)

    def index_of(self, record: Record, designator: Node) -> int:
        """Which field a name belongs to: its own, or the anonymous member's that has it."""
        for at, field in enumerate(record.fields):
            if field.name == designator.name:
                return at
            if not field.name and isinstance(field.type, Record) and designator.name in field.type.members:
                return at
        inside(self.unit, Place(record), designator)  # raises: there is none
        return 0


@lowers(PLACES, "CompoundLiteral")
def literal(unit: Unit, node: Node) -> Place:
    """`(T){...}`: an object without a name, made where the expression is computed."""
    type = completed(unit, unit.declarations.type(node.type), node.init)
    name = unit.hidden(type)
    base = Value(name, Pointer(type), pure=True)
    filled = texts(unit, Place(type, base=base), node.init)
    if unit.function is None:
        for text in filled:
            unit.emit(text)
        return Place(type, base=base)
    return Place(type, base=Value(f"({', '.join([*filled, name])})[-1]", Pointer(type)))

"""Expressions: constants, names, operators, casts. Operands are computed from left to right, awaits among them: one of
the orders that C allows, and always the same."""

from __future__ import annotations

from dataclasses import replace

from kevent_sim.c.constants import number as number_of
from kevent_sim.c.constants import string
from kevent_sim.c.integers import common
from kevent_sim.c.lowering import operators
from kevent_sim.c.lowering.conversions import article, cast, converted, integer, scalar
from kevent_sim.c.lowering.dispatch import PLACES, VALUES, Place, lowers, place, value
from kevent_sim.c.lowering.places import (
    address_of,
    assignable,
    load,
    pinned,
    store,
)
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import (
    AND,
    ATOM,
    OR,
    TERNARY,
    Value,
    condition,
    inverted,
    negated,
    number,
    opposite,
    promote,
    settled,
    truth,
)
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.scopes import Enumerator, Function, TypeName, Variable
from kevent_sim.c.types import CHAR, SIZE_T, WCHAR, Array, Integer, Pointer, Record, Type, Void
from kevent_sim.c.types import Function as FunctionType


@lowers(VALUES, "Constant")
def constant(unit: Unit, node: Node) -> Value:
    text = string(node)
    if isinstance(text, bytes):
        return Value(f"m.string({text!r})", Pointer(CHAR), pure=True)
    if isinstance(text, str):
        return Value(f"m.wide({text!r})", Pointer(WCHAR), pure=True)
    return number(*number_of(node))


@lowers(VALUES, "ID")
def name(unit: Unit, node: Node) -> Value:
    match unit.scopes.find(node.name):
        case Variable():
            return load(unit, place(unit, node), node)
        case Enumerator(constant):
            return number(constant)
        case Function() as found:
            return operators.designated(unit, found, node)
        case TypeName():
            raise unit.wrong(node, f"{node.name} is a type, but a value is wanted")
    raise unit.wrong(node, unit.scopes.unknown(node.name))


@lowers(VALUES, "ArrayRef", "StructRef", "CompoundLiteral")
def lies(unit: Unit, node: Node) -> Value:
    return load(unit, place(unit, node), node)


@lowers(VALUES, "Cast")
def casted(unit: Unit, node: Node) -> Value:
    return cast(unit, value(unit, node.expr), unit.declarations.type(node.to_type), node)


@lowers(VALUES, "ExprList")
def comma(unit: Unit, node: Node) -> Value:
    """`a, b`: both are computed, and the second is the value."""
    values = [value(unit, each) for each in node.exprs]
    *before, last = [settled(each) for each in values]
    texts = [each.text for each in before if not each.pure]
    if not texts:
        return last
    return replace(last, text=f"({', '.join([*texts, last.text])})[-1]", level=ATOM, constant=None, pure=False)


@lowers(VALUES, "TernaryOp")
def ternary(unit: Unit, node: Node) -> Value:
    test = condition(scalar(unit, value(unit, node.cond), node.cond))
    yes, no = value(unit, node.iftrue), value(unit, node.iffalse)
    type = _meeting(unit, yes, no, node)
    if not isinstance(type, Void):
        yes, no = (settled(converted(unit, each, type, node)) for each in (yes, no))
    if test.constant is None and test.text in ("True", "False"):
        chosen = yes if test.text == "True" else no
        if chosen.constant is not None:
            return chosen
    text = f"{yes.at(TERNARY + 1)} if {test.at(TERNARY + 1)} else {no.at(TERNARY)}"
    pure = test.pure and yes.pure and no.pure
    return Value(text, type, TERNARY, None, min(yes.low, no.low), max(yes.high, no.high), pure=pure)


def _meeting(unit: Unit, yes: Value, no: Value, node: Node) -> Type:
    """The type of `? :` over two values."""
    match yes.type, no.type:
        case (Integer(), Integer()):
            return common(yes.integer, no.integer)
        case (Void(), _) | (_, Void()):
            return yes.type if isinstance(yes.type, Void) else no.type
        case (Pointer() as a, Pointer() as b):
            if no.constant == 0 or isinstance(b.to, Void):
                return b if isinstance(b.to, Void) and no.constant != 0 else a
            return b
        case (Pointer() as a, Integer()) if no.constant == 0:
            return a
        case (Integer(), Pointer() as b) if yes.constant == 0:
            return b
        case (Record() as a, Record() as b) if a is b:
            return a
    raise unit.wrong(node, f"? : cannot be {article(yes.type)} or {article(no.type)}")


@lowers(VALUES, "BinaryOp")
def binary(unit: Unit, node: Node) -> Value:
    if node.op in ("&&", "||"):
        return _shortcut(unit, node)
    left, right = value(unit, node.left), value(unit, node.right)
    return operators.applied(unit, node.op, left, right, node)


def _shortcut(unit: Unit, node: Node) -> Value:
    """`&&` and `||`: what stands on the right is computed, and awaited, where the left leaves it open."""
    operands = [condition(scalar(unit, value(unit, each), each)) for each in (node.left, node.right)]
    left, right = operands
    word, level = ("and", AND) if node.op == "&&" else ("or", OR)
    decided = "False" if node.op == "&&" else "True"
    if left.text == decided:
        return number(int(decided == "True"))
    if left.text in ("True", "False"):
        return right if right.text not in ("True", "False") else number(int(right.text == "True"))
    kinds = {each.truth for each in operands}
    return truth(f"{left.at(level)} {word} {right.at(level + 1)}", level, "bool" if kinds == {"bool"} else "truthy")


@lowers(VALUES, "UnaryOp")
def unary(unit: Unit, node: Node) -> Value:
    match node.op:
        case "sizeof" | "_Alignof" | "alignof":
            return _measured(unit, node)
        case "&":
            return _address(unit, node)
        case "*":
            return _pointed(unit, node)
        case "++" | "--" | "p++" | "p--":
            return stepped(unit, node)
        case "!":
            return opposite(scalar(unit, value(unit, node.expr), node.expr))
    operand = integer(unit, value(unit, node.expr), node.expr)
    match node.op:
        case "-":
            return negated(operand)
        case "~":
            return inverted(operand)
        case "+":
            return promote(operand)
    raise unit.wrong(node, f"{node.op} is not an operator of C")


def _pointed(unit: Unit, node: Node) -> Value:
    of = value(unit, node.expr)
    if isinstance(of.type, Pointer) and isinstance(of.type.to, FunctionType):
        return of  # what a pointer to a function points at is that pointer again
    return load(unit, place(unit, node), node)


def _address(unit: Unit, node: Node) -> Value:
    of = node.expr
    if kind(of) == "ID" and isinstance(found := unit.scopes.find(of.name), Function):
        return operators.designated(unit, found, of)
    if kind(of) == "Constant" and (text := string(of)) is not None:
        unit_type = CHAR if isinstance(text, bytes) else WCHAR
        return replace(value(unit, of), type=Pointer(Array(unit_type, len(text) + 1)))
    where = place(unit, of)
    if where.temporary:
        raise unit.wrong(node, "the value of an expression has no address")
    if where.width:
        raise unit.wrong(node, f"{where.what} is a bit-field: it has no address")
    return address_of(where)


def _measured(unit: Unit, node: Node) -> Value:
    """`sizeof` and `_Alignof`; what stands there is not computed."""
    type = type_of(unit, node.expr)
    if isinstance(type, FunctionType) or not type.complete:
        raise unit.wrong(node, f"{type.name} has no size" + ("" if isinstance(type, (Void, FunctionType)) else " here"))
    return number(type.size if node.op == "sizeof" else type.align, SIZE_T)


def type_of(unit: Unit, node: Node) -> Type:
    """The type of an expression or a type name, where an array is still one."""
    if kind(node) == "Typename":
        return unit.declarations.type(node)
    if kind(node) == "Constant" and (text := string(node)) is not None:
        return Array(CHAR if isinstance(text, bytes) else WCHAR, len(text) + 1)
    if kind(node) in PLACES and not (kind(node) == "UnaryOp" and node.op != "*"):
        found = unit.scopes.find(node.name) if kind(node) == "ID" else None
        if kind(node) != "ID" or isinstance(found, Variable):
            where = place(unit, node)
            if where.width:
                raise unit.wrong(node, f"{where.what} is a bit-field: it has no size")
            return where.type
    return value(unit, node).type


# -- assignments -------------------------------------------------------------------------------------------------------


def assignment(unit: Unit, node: Node) -> tuple[Place, Value]:
    """The place that is assigned to, and the value that it gets."""
    where = assignable(unit, place(unit, node.lvalue), node.lvalue)
    if node.op == "=":
        return where, converted(unit, value(unit, node.rvalue), where.type, node.rvalue)
    first, again = pinned(unit, where)
    old = load(unit, again, node)
    result = operators.applied(unit, node.op[:-1], old, value(unit, node.rvalue), node)
    return first, converted(unit, result, where.type, node)


@lowers(VALUES, "Assignment")
def assigned(unit: Unit, node: Node) -> Value:
    return store(unit, *assignment(unit, node))


def stepped(unit: Unit, node: Node) -> Value:
    """`++` and `--`, before and behind."""
    if not node.op.startswith("p"):
        return store(unit, *step(unit, node))
    where = assignable(unit, place(unit, node.expr), node.expr)
    first, again = pinned(unit, where)
    old = load(unit, first, node)
    kept, old = (old, old) if where.name else unit.once(replace(old, pure=False))
    new = store(unit, again, _moved(unit, node, old, where))
    return replace(old, text=f"({kept.text}, {new.text})[0]", level=ATOM, pure=False)


def step(unit: Unit, node: Node) -> tuple[Place, Value]:
    """The place that `++` or `--` steps, and its new value."""
    where = assignable(unit, place(unit, node.expr), node.expr)
    first, again = pinned(unit, where)
    return first, _moved(unit, node, load(unit, again, node), where)


def _moved(unit: Unit, node: Node, old: Value, where: Place) -> Value:
    if not isinstance(old.type, (Integer, Pointer)):
        raise unit.wrong(node, f"{node.op.strip('p')} does not take {article(old.type)}")
    new = operators.applied(unit, node.op[-1], old, number(1), node)
    return converted(unit, new, where.type, node)


def constant_value(unit: Unit, node: Node) -> int:
    """The value of an integer constant expression.

    Raises:
        CError: it is none.
    """
    with unit.aside():
        found = value(unit, node)
    if found.constant is None and found.truth and found.text in ("True", "False"):
        found = number(int(found.text == "True"))
    if found.constant is None or not isinstance(found.type, Integer):
        raise unit.wrong(node, "this must be a constant whole number: the compiler has to know it")
    return found.constant

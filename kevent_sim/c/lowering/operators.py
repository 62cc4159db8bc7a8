"""What C's binary operators do with integers and pointers, and what a function's name is."""

from __future__ import annotations

from kevent_sim.c.integers import COMPARISONS, Undefined
from kevent_sim.c.lowering.conversions import article, compatible, is_null
from kevent_sim.c.lowering.places import displaced, sized
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import Value, address, binary, compared, computed, number
from kevent_sim.c.nodes import Node
from kevent_sim.c.scopes import Function
from kevent_sim.c.types import INT, PTRDIFF_T, Integer, Pointer


def designated(unit: Unit, function: Function, node: Node) -> Value:
    """A function's name, where it is not called: a pointer to it."""
    if not function.defined and not unit.routine(function.name, node):
        return Value(f'm.external("{function.name}")', Pointer(function.type))
    return Value(function.python, Pointer(function.type), pure=True)


def applied(unit: Unit, operator: str, left: Value, right: Value, node: Node) -> Value:
    """`left operator right`, of two operands that are both computed."""
    match left.type, right.type:
        case (Integer(), Integer()):
            try:
                return binary(operator, left, right)
            except Undefined as error:
                raise unit.wrong(node, str(error)) from None
        case (Pointer(), Integer()) if operator in ("+", "-"):
            return displaced(left, right, sized(unit, left.type, node), operator == "-")
        case (Integer(), Pointer()) if operator == "+":
            return displaced(right, left, sized(unit, right.type, node))
        case (Pointer(), Pointer()) if operator == "-":
            return _difference(unit, left, right, node)
        case (Pointer(), Pointer()) if operator in COMPARISONS:
            return _compared(unit, operator, left, right, node)
        case (Pointer(), Integer()) if operator in COMPARISONS and is_null(right):
            return _compared(unit, operator, left, address(0, left.type), node)
        case (Integer(), Pointer()) if operator in COMPARISONS and is_null(left):
            return _compared(unit, operator, address(0, right.type), right, node)
        case (Pointer(), Integer()) | (Integer(), Pointer()) if operator in COMPARISONS:
            both = f"{article(left.type)} and {article(right.type)}"
            raise unit.wrong(node, f"{both} are compared; if that is meant, write a cast")
    raise unit.wrong(node, f"{operator} does not take {article(left.type)} and {article(right.type)}")


def _difference(unit: Unit, left: Value, right: Value, node: Node) -> Value:
    assert isinstance(left.type, Pointer)
    assert isinstance(right.type, Pointer)
    size = sized(unit, left.type, node)
    if not compatible(left.type, right.type):
        raise unit.wrong(node, f"{left.type.name} and {right.type.name} have no difference")
    if left.constant is not None and right.constant is not None:
        return number((left.constant - right.constant) // size, PTRDIFF_T)
    return computed(f"m.difference({left.text}, {right.text}, {size})", PTRDIFF_T)


def _compared(unit: Unit, operator: str, left: Value, right: Value, node: Node) -> Value:
    assert isinstance(left.type, Pointer)
    assert isinstance(right.type, Pointer)
    if not (is_null(left) or is_null(right) or compatible(left.type, right.type)):
        unit.warn(node, f"{left.type.name} and {right.type.name} are compared; if that is meant, write a cast")
    if left.constant is not None and right.constant is not None:
        return number(int(COMPARISONS[operator](left.constant, right.constant)))
    if operator in ("==", "!="):
        null = is_null(right) or is_null(left)
        if is_null(left):
            left, right = right, left
        sign = {"==": "is", "!=": "is not"}[operator] if null else operator
        return compared(left, sign, right)
    return compared(computed(f"m.order({left.text}, {right.text})", INT), operator, number(0))

"""Calls: of functions of this text, of the kernel's routines, through pointers, and of what the compiler itself knows.

Arguments are computed from left to right, then the call is made. A function of the text that makes a step, however deep
below it, is a coroutine function, and every call of it is awaited; so is one whose address is taken, for whoever calls
through a pointer awaits.
"""

from __future__ import annotations

from dataclasses import replace

from kevent_sim.c.lowering.conversions import article, converted, integer, passed
from kevent_sim.c.lowering.dispatch import VALUES, Place, lowers, value
from kevent_sim.c.lowering.places import inside
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.lowering.values import ATOM, AWAITED, Value, binary, computed, number
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.scopes import Function
from kevent_sim.c.types import SIZE_T, UINT, ULONG, VOID, Array, Integer, Pointer, Type, Void
from kevent_sim.c.types import Function as FunctionType

OFFSETS = {"offsetof", "__builtin_offsetof"}
CODES = {"GetExceptionCode", "_exception_code", "exception_code"}
ABNORMAL = {"AbnormalTermination", "_abnormal_termination", "abnormal_termination"}
INFORMATION = {"GetExceptionInformation", "_exception_info", "exception_info"}
VARIADIC = {"__va_start", "__va_arg", "__va_end", "__va_copy"}
INTRINSICS = OFFSETS | CODES | ABNORMAL | INFORMATION | VARIADIC


@lowers(VALUES, "FuncCall")
def called(unit: Unit, node: Node) -> Value:
    return call(unit, node, used=True)


def call(unit: Unit, node: Node, used: bool) -> Value:
    """A call; `used`: something is done with what it returns."""
    name = node.name.name if kind(node.name) == "ID" else ""
    found = unit.scopes.find(name) if name else None
    if name in INTRINSICS and not (isinstance(found, Function) and found.defined):
        return _intrinsic(unit, name, node)
    if name and found is None:
        raise unit.wrong(node, unit.scopes.unknown(name))
    if isinstance(found, Function):
        arguments = _arguments(unit, found.type, node, name, found.defined)
        if found.defined:
            return _result(found.type, f"{found.python}({', '.join(arguments)})", found.name in unit.coroutines)
        return _routine(unit, found, arguments, node, used)
    of = value(unit, node.name)
    function = of.type.to if isinstance(of.type, Pointer) else None
    if not isinstance(function, FunctionType):
        raise unit.wrong(node, f"{name or 'this'} is {article(of.type)}, which cannot be called")
    arguments = _arguments(unit, function, node, name or "the function", False)
    return _result(function, f"m.call({', '.join([of.text, *arguments])})", awaited=True)


def _result(function: FunctionType, text: str, awaited: bool) -> Value:
    level = AWAITED if awaited else ATOM
    text = f"await {text}" if awaited else text
    if isinstance(function.returns, Integer):
        return computed(text, function.returns, level)
    return Value(text, VOID if isinstance(function.returns, Void) else function.returns, level)


def _routine(unit: Unit, function: Function, arguments: list[str], node: Node, used: bool) -> Value:
    """A routine of the kernel: a step, or plain; a missing one raises when it is called."""
    name, returns = function.name, function.type.returns
    given = "".join(f", {each}" for each in arguments)
    if not unit.routine(name, node):
        return _result(function.type, f'm.missing("{name}"{given})', awaited=False)
    if name in unit.plain:
        return _result(function.type, f"{name}({', '.join(arguments)})", awaited=False)
    text = f"{name}(*m.arguments({name}{given}))" if arguments else f"{name}()"
    if used and isinstance(returns, Integer):
        return computed(f"{returns.kind}(await {text})", returns)
    if used and isinstance(returns, Pointer):
        return Value(f"m.result(await {text})", returns)
    return _result(function.type, text, awaited=True)


def _arguments(unit: Unit, function: FunctionType, node: Node, name: str, defined: bool) -> list[str]:
    given = list(node.args.exprs) if node.args is not None else []
    wanted = len(function.parameters)
    if function.unspecified and not defined:
        return [passed(unit, value(unit, each), each).text for each in given]
    if len(given) < wanted or (len(given) > wanted and not function.variadic):
        takes = f"{'at least ' * function.variadic}{wanted or 'no'} argument{'s' * (wanted != 1)}"
        spelled = ", ".join(filter(None, function.names))
        raise unit.wrong(node, f"{name} takes {takes}{f' ({spelled})' * bool(spelled)}, not {len(given) or 'none'}")
    texts = []
    for at, each in enumerate(given):
        argument = value(unit, each)
        if at < wanted:
            texts.append(converted(unit, argument, function.parameters[at], each).text)
        else:
            texts.append(passed(unit, argument, each).text)
    return texts


# -- what the compiler knows -------------------------------------------------------------------------------------------


def _intrinsic(unit: Unit, name: str, node: Node) -> Value:
    if name in OFFSETS:
        type, designator = node.args.exprs
        return offset(unit, unit.declarations.type(type), designator)
    if name in INFORMATION:
        raise unit.wrong(node, f"not simulated: {name}; GetExceptionCode() says what was raised")
    if name in VARIADIC:
        raise unit.wrong(node, f"not simulated: {name.strip('_')}, what is passed for '...'; name each parameter")
    assert unit.function is not None
    state = unit.function.handlers if name in CODES else unit.function.endings
    if not state:
        where = "the filter or the block of an __except" if name in CODES else "the block of a __finally"
        raise unit.wrong(node, f"{name} belongs only in {where}")
    if name in CODES:
        return computed(f"{state[-1]}.ExceptionCode", ULONG)
    return replace(computed(state[-1], UINT, ATOM, (0, 1)), pure=True)


def offset(unit: Unit, type: Type, designator: Node) -> Value:
    """`offsetof(type, a.b[2])`; as MSVC has it, a subscript may be one that only a run knows."""
    moved: list[Value] = []
    found = number(_part(unit, Place(type), designator, moved).offset, SIZE_T)
    for each in moved:
        found = binary("+", found, each)
    return found


def _part(unit: Unit, whole: Place, node: Node, moved: list[Value]) -> Place:
    match kind(node):
        case "ID":
            found = whole
            field = node
        case "StructRef":
            found, field = _part(unit, whole, node.name, moved), node.field
        case "ArrayRef":
            found = _part(unit, whole, node.name, moved)
            if not isinstance(found.type, Array):
                raise unit.wrong(node, f"{article(found.type)} has no elements")
            index, size = integer(unit, value(unit, node.subscript), node.subscript), found.type.of.size
            if index.constant is None:
                moved.append(binary("*", index, number(size, SIZE_T)))
            return replace(found, type=found.type.of, offset=found.offset + (index.constant or 0) * size)
        case _:
            raise unit.wrong(node, "a member is named here: a.b[2]")
    if not hasattr(found.type, "members"):
        raise unit.wrong(field, f"{article(found.type)} has no members")
    part = inside(unit, found, field)
    if part.width:
        raise unit.wrong(field, f"{field.name} is a bit-field: it has no offset")
    return part

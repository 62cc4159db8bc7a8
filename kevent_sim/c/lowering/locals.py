"""Declarations inside functions. A scalar whose address is never taken is a Python variable; all else lives in memory.

A variable has no value where it is declared without one, each time anew: reading it then raises Python's
UnboundLocalError at its line, which `runtime.uninitialised` puts into C's words.
"""

from __future__ import annotations

from kevent_sim.c.lowering.dispatch import Place
from kevent_sim.c.lowering.initialisers import completed, initial, texts
from kevent_sim.c.lowering.unit import Line, Unit
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import Node, kind, place_of
from kevent_sim.c.scopes import Function, Variable
from kevent_sim.c.types import Function as FunctionType
from kevent_sim.c.types import Integer, Pointer, Type, Void, same, spelled


def declared(unit: Unit, node: Node) -> None:
    """Write what a declaration does, and give its names their meanings."""
    unit.at(node)
    match kind(node):
        case "DeclList":
            for each in node.decls:
                declared(unit, each)
        case "Typedef":
            unit.declarations.typedef(node)
        case "StaticAssert":
            asserted(unit, node)
        case "Decl":
            _variable(unit, node)


def asserted(unit: Unit, node: Node) -> None:
    if unit.constant(node.cond) == 0:
        text = f": {node.message.value}" if node.message is not None else ""
        raise unit.wrong(node, f"_Static_assert fails{text}")


def _variable(unit: Unit, node: Node) -> None:
    type, constant = unit.declarations.qualified(node)
    if not node.name:
        return  # a struct or an enum alone
    if isinstance(type, FunctionType):
        known = unit.scopes.find(node.name)
        if isinstance(known, Function) and not same(known.type, type):
            before, here = spelled(known.type, node.name), spelled(type, node.name)
            raise unit.wrong(node, f"{node.name} is declared in two ways: {before}, and {here} here")
        if not isinstance(known, Function):
            defined = node.name in unit.facts
            unit.scopes.add(node.name, Function(node.name, node.name, type, place_of(node), defined), node)
        return
    if "extern" in node.storage:
        found = unit.scopes.file.names.get(node.name)
        if not isinstance(found, Variable):
            raise unit.wrong(node, unit.scopes.unknown(node.name, "is not a variable of this file"))
        unit.scopes.add(node.name, found, node)
        return
    type = checked(unit, node, type)
    if "static" in node.storage:
        return _static(unit, node, type, constant)
    function = unit.function
    assert function is not None
    memory = in_memory(type, node.name, function.facts.addressed)
    python = unit.python_name(node.name, anew=memory)
    again = function.depth > 0 or python in function.used
    function.used.add(python)
    variable = Variable(node.name, python, type, constant, memory, place_of(node))
    if memory:
        function.memory.append((python, type))
    unit.scopes.add(node.name, variable, node)
    if node.init is not None:
        return begin(unit, variable, node.init)
    if memory and function.depth:
        unit.emit(f"m.fresh({python})")
    elif again and not memory:
        unit.emit(f"{python} = None; del {python}")
    elif not memory:  # a name for Python to know that it is a local
        unit.emit(f"{python}: {type.name if type.name.isidentifier() else repr(type.name)}")


def checked(unit: Unit, node: Node, type: Type) -> Type:
    """The type of a variable, complete by its initialiser if by nothing else."""
    if isinstance(type, Void):
        raise unit.wrong(node, f"{node.name} is void: a variable has a value")
    type = completed(unit, type, node.init)
    if not type.complete:
        raise unit.wrong(node, f"{node.name} is of a type without a size: {type.name}")
    if unit.declarations.alignment(node) > type.align:
        raise unit.wrong(node, "a variable's alignment is not simulated; declare it in a struct")
    return type


def in_memory(type: Type, name: str, addressed: object) -> bool:
    return not isinstance(type, (Integer, Pointer)) or name in addressed  # type: ignore[operator]


def begin(unit: Unit, variable: Variable, init: Node) -> None:
    """Give a variable the value that it begins with."""
    if variable.memory:
        for text in texts(
            unit, Place(variable.type, base=Value(variable.python, Pointer(variable.type), pure=True)), init
        ):
            unit.emit(text)
        return
    while kind(init) == "InitList":
        if len(init.exprs) != 1:
            raise unit.wrong(init, f"{variable.name} is initialised by one value")
        init = init.exprs[0]
    where = Place(variable.type, variable.python)
    unit.emit(f"{variable.python} = {initial(unit, where, init).text}")


def _static(unit: Unit, node: Node, type: Type, constant: bool) -> None:
    """A static local is a variable of the module, which the function alone can name."""
    function = unit.function
    assert function is not None
    unit.function = None
    python = unit.python_name(f"{function.name}_{node.name}")
    key = f"{function.name}.{node.name}"
    count = 1
    while key in unit.variables:
        count += 1
        key = f"{function.name}.{node.name} {count}"
    variable = Variable(node.name, python, type, constant, True, place_of(node))
    unit.names[python] = node.name
    unit.scopes.add(node.name, variable, node)
    make(unit, variable, key)
    if node.init is not None:
        outside(unit, variable, node.init)
    unit.function = function


def make(unit: Unit, variable: Variable, key: str) -> None:
    """A variable of the module: made before any function runs."""
    unit.variables[key] = variable.type
    unit.globals.append(Line(0, f'{variable.python} = m.variable("{key}")', variable.place.line))


def outside(unit: Unit, variable: Variable, init: Node) -> None:
    """The stores of an initialiser that runs before any function does."""
    indent, unit.indent = unit.indent, 0
    with unit.aside() as lines:
        begin(unit, variable, init)
    zeroed = f"m.zero({variable.python}, "  # a global is zero before
    unit.initialisers += [line for line in lines if not line.text.startswith(zeroed)]
    unit.indent = indent

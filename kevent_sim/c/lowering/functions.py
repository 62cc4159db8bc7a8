"""Functions and file-scope declarations: what the module of lowered text is made of."""

from __future__ import annotations

from dataclasses import replace

from kevent_sim.c.lowering import blocks, flow, labels
from kevent_sim.c.lowering.dispatch import Place
from kevent_sim.c.lowering.locals import asserted, checked, in_memory, make, outside
from kevent_sim.c.lowering.places import store
from kevent_sim.c.lowering.unit import FunctionState, Line, Unit
from kevent_sim.c.lowering.values import Value
from kevent_sim.c.nodes import Node, is_guarded, is_ours, kind, place_of
from kevent_sim.c.scopes import Function, Scope, Variable
from kevent_sim.c.types import Array, Pointer, Type, Void, same, spelled
from kevent_sim.c.types import Function as FunctionType

# What each declaration of our own headers adds to the scope of a file.
_KNOWN: dict[Node, Scope] = {}


def outer(unit: Unit, node: Node) -> None:
    """One declaration of the file."""
    if kind(node) not in ("Typedef", "Decl") or not is_ours(node):
        return _outer(unit, node)
    scope = unit.scopes.file
    if node not in _KNOWN:
        names, tags = len(scope.names), len(scope.tags)
        _outer(unit, node)
        _KNOWN[node] = Scope(dict([*scope.names.items()][names:]), dict([*scope.tags.items()][tags:]))
    for name, symbol in _KNOWN[node].names.items():
        if isinstance(symbol, Function):
            symbol = replace(symbol, defined=name in unit.facts)
            unit.global_names.add(symbol.python)
        elif isinstance(symbol, Variable):
            symbol = replace(symbol)
            unit.global_names.add(symbol.python)
        scope.names[name] = symbol
    scope.tags.update(_KNOWN[node].tags)


def _outer(unit: Unit, node: Node) -> None:
    unit.at(node)
    match kind(node):
        case "Typedef":
            unit.declarations.typedef(node)
        case "Pragma":
            unit.declarations.pragma(node)
        case "StaticAssert":
            asserted(unit, node)
        case "FuncDef":
            if kind(node.decl.type) != "FuncDecl":
                raise unit.wrong(node.decl, f"{node.decl.name} has a body, so it is a function: write its parameters")
            if node.param_decls:
                raise unit.wrong(node, "parameters declared as before 1989 are not read; write each with its type")
            _function(unit, node.decl, defined=True)
            define(unit, node)
        case "Decl":
            type, constant = unit.declarations.qualified(node)
            if isinstance(type, FunctionType):
                _function(unit, node, defined=False)
            elif node.name:
                _variable(unit, node, type, constant)
        case _:
            raise unit.wrong(node, f"{kind(node)} is outside every function")


def _function(unit: Unit, node: Node, defined: bool) -> None:
    type = unit.declarations.type(node)
    assert isinstance(type, FunctionType)
    known = unit.scopes.file.names.get(node.name)
    if known is None:
        name = unit.python_name(node.name) if node.name in unit.facts else node.name
        unit.global_names.add(name)
        unit.scopes.add(node.name, Function(node.name, name, type, place_of(node), node.name in unit.facts), node)
        return
    if not isinstance(known, Function):
        raise unit.wrong(node, f"{node.name} is declared twice{unit.scopes.earlier(node.name)}")
    if not same(known.type, type):
        before, here = spelled(known.type, node.name), spelled(type, node.name)
        raise unit.wrong(node, f"{node.name} is declared in two ways: {before}, and {here} here")
    if defined and known.body:
        raise unit.wrong(node, f"{node.name} is defined twice{unit.scopes.earlier(node.name)}")
    if known.type.unspecified or defined:
        known.type = type


def _variable(unit: Unit, node: Node, type: Type, constant: bool) -> None:
    known = unit.scopes.file.names.get(node.name)
    external = "extern" in node.storage and node.init is None
    if not external:
        type = checked(unit, node, type)
    if isinstance(known, Variable) and same(known.type, type):
        if known.initialised and node.init is not None:
            raise unit.wrong(node, f"{node.name} has two initialisers{unit.scopes.earlier(node.name)}")
        if known.storage == "extern" and not external:
            known.storage, known.type = "", type
            make(unit, known, node.name)
    else:
        variable = Variable(node.name, node.name, type, constant, True, place_of(node), "extern" * external)
        unit.scopes.add(node.name, variable, node)
        variable.python = unit.python_name(node.name)
        known = variable
        if not external:
            make(unit, variable, node.name)
    if node.init is not None:
        known.initialised = True
        outside(unit, known, node.init)


# -- functions ---------------------------------------------------------------------------------------------------------


def define(unit: Unit, node: Node) -> None:
    """Write a function."""
    name = node.decl.name
    known = unit.scopes.file.names[name]
    assert isinstance(known, Function)
    known.body = True
    type = known.type
    if isinstance(type.returns, Array) or not (type.returns.complete or isinstance(type.returns, Void)):
        raise unit.wrong(node, f"{name} returns {type.returns.name}, which has no size")
    function = unit.function = FunctionState(name, type, name in unit.coroutines, unit.facts[name])
    if function.facts.jumps:
        labels.owned(unit, function, node.body)
    head = unit.place
    with unit.scoped():
        given, moved = _parameters(unit, node, function)
        with unit.aside() as body, unit.indented():
            for variable in moved:
                base = Value(variable.python, Pointer(variable.type), pure=True)
                unit.emit(
                    store(unit, Place(variable.type, base=base), Value(f"{variable.python}_given", variable.type)).text
                )
            blocks.items(unit, node.body)
            _end(unit, node, function)
    unit.place, unit.homes[known.python] = head, head.text
    unit.locals[name] = tuple(sorted(function.seen, key=lambda each: each.variable.place[1:]))
    _written(unit, function, known.python, given, body)
    unit.function = None


def _parameters(unit: Unit, node: Node, function: FunctionState) -> tuple[list[str], list[Variable]]:
    """The names that the function takes, and the parameters that live in memory."""
    given: list[str] = []
    moved: list[Variable] = []
    declarator = node.decl.type
    declared = declarator.args.params if declarator.args is not None else []
    for at, type in enumerate(function.type.parameters):
        one = declared[at]
        name = getattr(one, "name", None)
        if not name:
            given.append(f"_unnamed_{at + 1}")
            continue
        constant = unit.declarations.qualified(one).constant and not isinstance(unit.declarations.type(one), Array)
        memory = in_memory(type, name, function.facts.addressed)
        python = unit.python_name(name, anew=True)
        function.used.add(python)
        variable = Variable(name, python, type, constant, memory, place_of(one))
        unit.scopes.add(name, variable, one)
        given.append(f"{python}_given" if memory else python)
        if memory:
            function.memory.append((python, type))
            moved.append(variable)
    if function.type.variadic:
        given.append("*_more")
    return given, moved


def _end(unit: Unit, node: Node, function: FunctionState) -> None:
    """What happens where control comes to the end of the function."""
    if isinstance(function.type.returns, Void) or flow.ends(unit.lines) or not _falls(node.body):
        return
    if not (function.facts.returns or function.facts.loops or function.facts.jumps):  # a loop may well never end
        raise unit.wrong(node, f"{function.name} must return a value, but has no return")
    unit.emit(f'no_value("{function.name}")')


def _falls(node: Node) -> bool:
    """May control come behind it, so far as its form says?"""
    match kind(node):
        case "Return" | "Goto":
            return False
        case "Compound":
            return not node.block_items or _falls(node.block_items[-1])
        case "Label":
            return _falls(node.stmt)
        case "If" if is_guarded(node):
            return _falls(node.iftrue) or _falls(node.iffalse.iftrue)
        case "If":
            return node.iffalse is None or _falls(node.iftrue) or _falls(node.iffalse)
    return True


def _written(unit: Unit, function: FunctionState, python: str, given: list[str], body: list[Line]) -> None:
    if unit.lines or unit.globals:
        unit.lines += [Line(0, "", 0), Line(0, "", 0)]
    unit.emit(f"{'async ' * function.coroutine}def {python}({', '.join(given)}):")
    with unit.indented():
        if not function.memory:
            unit.lines += body
            return
        unit.frames[function.name] = tuple(function.memory)
        names = ", ".join(name for name, _ in function.memory)
        # Python tells the end of a `with` by the line of its beginning; C's frame ends where the function does.
        last = max((line.of for line in body), default=unit.place.line)
        text = f'with m.frame("{function.name}") as ({names}{"," * (len(function.memory) == 1)}):'
        unit.lines.append(Line(unit.indent, text, last))
        unit.lines += [Line(line.indent + 1, line.text, line.of) for line in body] or [Line(unit.indent + 1, "pass", 1)]

"""Statements: a line of Python each, or the head of a block."""

from __future__ import annotations

from kevent_sim.c.lowering import blocks, flow, guarded
from kevent_sim.c.lowering.calls import call
from kevent_sim.c.lowering.conversions import article, converted, scalar
from kevent_sim.c.lowering.dispatch import STATEMENTS, lowers, statement, value
from kevent_sim.c.lowering.expressions import assignment, step
from kevent_sim.c.lowering.jumps import Loop, Target
from kevent_sim.c.lowering.locals import declared
from kevent_sim.c.lowering.places import store
from kevent_sim.c.lowering.unit import Line, Unit
from kevent_sim.c.lowering.values import condition, opposite
from kevent_sim.c.nodes import Node, is_guarded, kind, walk
from kevent_sim.c.types import Void

EXPRESSIONS = (
    "Assignment", "UnaryOp", "FuncCall", "ExprList", "BinaryOp", "TernaryOp", "Cast", "ID", "Constant", "StructRef",
    "ArrayRef", "CompoundLiteral",
)  # fmt: skip


@lowers(STATEMENTS, *EXPRESSIONS)
def expression(unit: Unit, node: Node) -> None:
    """An expression whose value nobody wants."""
    match kind(node):
        case "ExprList":
            for each in node.exprs:
                unit.at(each)
                expression(unit, each)
            return
        case "Cast" if isinstance(unit.declarations.type(node.to_type), Void):
            return expression(unit, node.expr)
        case "Assignment":
            where, new = assignment(unit, node)
        case "UnaryOp" if node.op in ("++", "--", "p++", "p--"):
            where, new = step(unit, node)
        case _:
            found = call(unit, node, used=False) if kind(node) == "FuncCall" else value(unit, node)
            if not found.pure and found.constant is None:
                unit.emit(found.text)
            return
    unit.emit(f"{where.name} = {new.text}" if where.name else store(unit, where, new).text)


@lowers(STATEMENTS, "EmptyStatement", "Pragma")
def nothing(unit: Unit, node: Node) -> None:
    pass


@lowers(STATEMENTS, "Compound")
def compound(unit: Unit, node: Node) -> None:
    with unit.scoped():
        blocks.items(unit, node)


@lowers(STATEMENTS, "Decl", "DeclList", "Typedef", "StaticAssert")
def declaration(unit: Unit, node: Node) -> None:
    declared(unit, node)


@lowers(STATEMENTS, "If")
def choice(unit: Unit, node: Node, word: str = "if") -> None:
    if is_guarded(node):
        return guarded.block(unit, node)
    unit.at(node)
    unit.emit(f"{word} {flow.tested(unit, node.cond).text}:")
    with unit.indented():
        body(unit, node.iftrue)
    if node.iffalse is None:
        return
    if kind(node.iffalse) == "If" and not is_guarded(node.iffalse):
        return choice(unit, node.iffalse, "elif")
    unit.emit("else:")
    with unit.indented():
        body(unit, node.iffalse)


def body(unit: Unit, node: Node) -> None:
    """What stands under a condition or a loop: a block, though it be one statement."""
    if node is not None:
        with unit.scoped():
            statement(unit, node)


# -- loops -------------------------------------------------------------------------------------------------------------


@lowers(STATEMENTS, "While")
def while_loop(unit: Unit, node: Node) -> None:
    jumps = flow.jumps(unit)
    end, again = jumps.target("break"), jumps.target("continue")
    head = f"while {flow.tested(unit, node.cond).text}:"
    with flow.loop(unit, head, Loop(end, again)), flow.meaning(jumps.breaks, end):
        with flow.meaning(jumps.continues, again):
            body(unit, node.stmt)
        unit.at(node)


@lowers(STATEMENTS, "DoWhile")
def do_loop(unit: Unit, node: Node) -> None:
    jumps = flow.jumps(unit)
    end, again = jumps.target("break"), jumps.target("continue")
    once = kind(node.cond) == "Constant" and flow.tested(unit, node.cond).text == "False"
    with flow.loop(unit, "while True:", Loop(end), again=not once), flow.meaning(jumps.breaks, end):
        rounds(unit, node, again)
        unit.at(node.cond)
        if not once:
            stop = opposite(scalar(unit, value(unit, node.cond), node.cond))
            if stop.constant is None:
                unit.emit(f"if {condition(stop).text}:")
                with unit.indented():
                    unit.emit("break")
            elif stop.constant:
                unit.emit("break")


def rounds(unit: Unit, node: Node, again: Target) -> None:
    """The block of a loop in which `continue` goes to what is behind the block."""
    jumps = flow.jumps(unit)
    if not any(kind(each) == "Continue" for each in walk(node.stmt)):
        return body(unit, node.stmt)
    with flow.block(unit, again), flow.meaning(jumps.continues, again):
        body(unit, node.stmt)


@lowers(STATEMENTS, "For")
def for_loop(unit: Unit, node: Node) -> None:
    """`for`: what steps it is written at the end of its block, and before each `continue`."""
    jumps = flow.jumps(unit)
    end, again = jumps.target("break"), jumps.target("continue")
    with unit.scoped():
        if node.init is not None:
            statement(unit, node.init)
        unit.at(node)
        head = f"while {flow.tested(unit, node.cond).text if node.cond is not None else 'True'}:"
        with unit.aside() as stepping:
            if node.next is not None:
                expression(unit, node.next)

        def steps() -> None:
            unit.lines += [Line(unit.indent, each.text, each.of) for each in stepping]

        simple = not (flow.state(unit).facts.guarded and any(map(is_guarded, walk(node.stmt))))
        one = Loop(end, again if simple else None, steps)
        with flow.loop(unit, head, one), flow.meaning(jumps.breaks, end):
            if simple:
                with flow.meaning(jumps.continues, again):
                    body(unit, node.stmt)
            else:  # a `continue` may have to run a __finally first, and the step behind it
                rounds(unit, node, again)
            if not flow.ends(unit.lines):
                steps()
        unit.at(node)


# -- jumps -------------------------------------------------------------------------------------------------------------


@lowers(STATEMENTS, "Break")
def break_(unit: Unit, node: Node) -> None:
    if node in flow.state(unit).silent:
        return
    target = flow.jumps(unit).breaks[-1]
    if target is None:
        raise unit.wrong(node, "break is in no loop and no switch")
    flow.jump(unit, target, node)


@lowers(STATEMENTS, "Continue")
def continue_(unit: Unit, node: Node) -> None:
    target = flow.jumps(unit).continues[-1]
    if target is None:
        raise unit.wrong(node, "continue is in no loop")
    flow.jump(unit, target, node)


@lowers(STATEMENTS, "Goto")
def goto(unit: Unit, node: Node) -> None:
    jumps = flow.jumps(unit)
    if node.name == "__leave":
        target = jumps.leaves[-1]
        if target is None:
            raise unit.wrong(node, "__leave is in no __try")
    else:
        target = jumps.labels[node.name]
    flow.jump(unit, target, node)


@lowers(STATEMENTS, "Return")
def return_(unit: Unit, node: Node) -> None:
    function = flow.state(unit)
    returns = function.type.returns
    if function.jumps.in_finally:
        raise unit.wrong(node, "a __finally block runs to its end: nothing may return out of it")
    if node.expr is None:
        if not isinstance(returns, Void):
            raise unit.wrong(node, f"{function.name} must return {article(returns)}")
        return unit.emit("return")
    found = value(unit, node.expr)
    if isinstance(returns, Void):
        if not isinstance(found.type, Void):
            raise unit.wrong(node, f"{function.name} is void: it returns no value")
        expression(unit, node.expr)
        return unit.emit("return")
    unit.emit(f"return {converted(unit, found, returns, node.expr).text}")


@lowers(STATEMENTS, "Case", "Default")
def stray(unit: Unit, node: Node) -> None:
    raise unit.wrong(node, "case and default belong in a switch")


@lowers(STATEMENTS, "Label")
def label(unit: Unit, node: Node) -> None:
    """A label that nothing here jumps to by itself: whoever owns its target has written what it needs."""
    if node.stmt is not None:
        statement(unit, node.stmt)

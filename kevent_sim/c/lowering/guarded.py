"""`__try` with `__except` or `__finally`.

A filter is asked when the exception arrives at its `__except`: the `__finally` blocks between have run by then, where
Windows asks all filters first. So where there are any, a filter may ask for the code of what was raised, and for
nothing that such a block could have changed. A `__finally` runs however its `__try` is left, except where the machine
has stopped, or the coroutine is closed: what passes then is not an exception of C's.
"""

from __future__ import annotations

from kevent_sim.c.lowering import flow
from kevent_sim.c.lowering.calls import ABNORMAL, CODES
from kevent_sim.c.lowering.conversions import converted
from kevent_sim.c.lowering.dispatch import statement, value
from kevent_sim.c.lowering.facts import facts
from kevent_sim.c.lowering.jumps import Finally
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.nodes import Node, is_guarded, kind, walk
from kevent_sim.c.scopes import Enumerator
from kevent_sim.c.types import INT

TOO_LATE = (
    "not simulated: a filter that asks for {} in a driver that has a __finally, which would have run by then; let it "
    "ask for GetExceptionCode() alone"
)


def block(unit: Unit, node: Node) -> None:
    clause = node.iffalse
    if clause is None:
        raise unit.wrong(node, "__try is alone; it needs an __except or a __finally")
    if kind(clause.cond) == "FuncCall":
        _handled(unit, node.iftrue, clause)
    else:
        _finished(unit, node.iftrue, clause.iftrue)


def _handled(unit: Unit, body: Node, clause: Node) -> None:
    unit.emit("try:")
    with unit.indented():
        _body(unit, body)
    function = flow.state(unit)
    name = function.numbered("raised")
    unit.at(clause)
    unit.emit(f"except Raised as {name}:")
    function.handlers.append(name)
    with unit.indented():
        asked = clause.cond.args.exprs[-1]
        if any(one.finishes for one in unit.facts.values()) and (more := _asks_for(unit, asked)):
            raise unit.wrong(asked, TOO_LATE.format(more))
        found = converted(unit, value(unit, asked), INT, asked)
        if found.constant is None or found.constant <= 0:
            unit.emit(f"if not handles({name}, {found.text}):")
            with unit.indented():
                unit.emit("raise")
        statement(unit, clause.iftrue)
    function.handlers.pop()


def _asks_for(unit: Unit, filter: Node) -> str:
    """What a filter asks for but the code of what was raised, by its name."""
    named = facts(filter)
    found = sorted((named.named | named.called) - CODES)
    return next((each for each in found if not isinstance(unit.scopes.find(each), Enumerator)), "")


def _finished(unit: Unit, body: Node, final: Node) -> None:
    function = flow.state(unit)
    asked = any(kind(each) == "ID" and each.name in ABNORMAL for each in walk(final))
    name = function.numbered("abnormal") if asked else ""
    stopped = function.numbered("stopped")
    if asked:
        unit.emit(f"{name} = 1")
    unit.emit(f"{stopped} = False")
    unit.emit("try:")
    with unit.indented():
        _body(unit, body)
        if asked and not flow.ends(unit.lines):
            unit.emit(f"{name} = 0")
    unit.emit("except Raised:")
    unit.emit("    raise")
    unit.emit("except BaseException:")
    unit.emit(f"    {stopped} = True")
    unit.emit("    raise")
    unit.at(final)
    unit.emit("finally:")
    with unit.indented():
        unit.emit(f"if not {stopped}:")
        function.jumps.open.append(Finally())
        function.endings.append(name)
        with unit.indented():
            statement(unit, final)
        function.endings.pop()
        function.jumps.open.pop()


def _body(unit: Unit, body: Node) -> None:
    """What is guarded; `__leave` goes to its end."""
    jumps = flow.jumps(unit)
    end = jumps.target("leave")
    if not any(map(_leaves, _own(body))):
        with flow.meaning(jumps.leaves, end):
            return statement(unit, body)
    with flow.block(unit, end), flow.meaning(jumps.leaves, end):
        statement(unit, body)


def _leaves(node: Node) -> bool:
    return kind(node) == "Goto" and bool(node.name == "__leave")


def _own(node: Node) -> list[Node]:
    """A block and what is below it, but not what a `__try` inside it guards."""
    if is_guarded(node):
        return [] if node.iffalse is None else _own(node.iffalse)
    return [node, *(each for child in node for each in _own(child))]

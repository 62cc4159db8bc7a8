"""Loops of the Python text, and jumps out of them and within them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kevent_sim.c.lowering.conversions import scalar
from kevent_sim.c.lowering.dispatch import value
from kevent_sim.c.lowering.jumps import Finally, Jumps, Loop, Target
from kevent_sim.c.lowering.unit import FunctionState, Line, Unit
from kevent_sim.c.lowering.values import Value, condition
from kevent_sim.c.nodes import Node


def state(unit: Unit) -> FunctionState:
    assert unit.function is not None
    return unit.function


def jumps(unit: Unit) -> Jumps:
    return state(unit).jumps


def tested(unit: Unit, node: Node) -> Value:
    """What is asked of `if` and of loops."""
    return condition(scalar(unit, value(unit, node), node))


def ends(lines: list[Line]) -> bool:
    """Does control never come behind these lines?"""
    if not lines:
        return False
    word = lines[-1].text.partition(" ")[0]
    return lines[-1].indent == lines[0].indent and word in ("return", "break", "continue", "raise")


def _always(block: list[Line]) -> Iterator[str]:
    """The lines of a block that are met in each of its rounds, unless it is left."""
    for line in block:
        if line.indent == block[0].indent:
            yield line.text


@contextmanager
def loop(unit: Unit, head: str, one: Loop, again: bool = True) -> Iterator[None]:
    """Write a loop; its block is what is written meanwhile. `again`: the block may run more than once."""
    function, place = state(unit), unit.place
    function.jumps.open.append(one)
    function.depth += again
    with unit.aside() as block, unit.indented():
        yield
    function.depth -= again
    function.jumps.open.pop()
    if not again and not ends(block):
        block.append(Line(unit.indent + 1, "break", unit.place.line))
    unit.place = place
    if one.left:
        unit.emit('leave = ""')
    unit.emit(head)
    if again and not any("await " in text for text in (head, *_always(block))):
        unit.lines.append(Line(unit.indent + 1, "m.round()", unit.place.line))
    unit.lines += block
    for target in one.left:
        unit.emit(f'if leave == "{target.name}":')
        with unit.indented():
            jump(unit, target, None, leaving=True)


@contextmanager
def block(unit: Unit, end: Target) -> Iterator[None]:
    """Write a block that is left by `break`: a loop that runs once."""
    with loop(unit, f"while True:  # until {end.name}", Loop(breaks=end), again=False):
        yield


def jump(unit: Unit, target: Target, node: Node, leaving: bool = False) -> None:
    """Go to a target from here. `leaving`: `leave` has its name already.

    Raises:
        CError: that would leave a `__finally`.
    """
    loops: list[Loop] = []
    for each in reversed(jumps(unit).open):
        if isinstance(each, Finally):
            raise unit.wrong(node, "a __finally block runs to its end: nothing may jump out of it")
        loops.append(each)
        if target in (each.breaks, each.continues) or target in each.entries:
            break
    else:
        raise unit.wrong(node, f"there is no way to {target.name} from here")
    innermost = loops[0]
    if len(loops) > 1:
        for each in loops[:-1]:
            if target not in each.left:
                each.left.append(target)
        if not leaving:
            unit.emit(f'leave = "{target.name}"')
        unit.emit("break")
    elif target is innermost.breaks:
        unit.emit("break")
    elif target is innermost.continues:
        if innermost.before is not None:
            innermost.before()
        unit.emit("continue")
    else:
        unit.emit(f"{innermost.at} = {innermost.mark(target)}")
        unit.emit("continue")


@contextmanager
def meaning(meanings: list[Target | None], target: Target | None) -> Iterator[None]:
    """What break, continue or __leave means while this is open."""
    meanings.append(target)
    yield
    meanings.pop()

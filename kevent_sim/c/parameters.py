"""A driver's parameters: its #defines that are numbers, and the bounds of its loops that are written as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kevent_sim.c.conditions import integer
from kevent_sim.c.errors import Place, nearest
from kevent_sim.c.tokens import Token
from kevent_sim.machine.numbers import whole_number

_LOOPS = ("For", "While", "DoWhile")
_COMPARISONS = ("<", "<=", ">", ">=", "!=")


def camel(macro: str) -> str:
    """The parameter that a macro is.

    >>> camel("FILE_COUNT"), camel("FileCount"), camel("N")
    ('FileCount', 'FileCount', 'N')
    """
    return "".join(word[:1].upper() + (word[1:].lower() if word.isupper() else word[1:]) for word in macro.split("_"))


@dataclass(frozen=True)
class Bound:
    """A number that the reader wrote as the bound of a loop: its node in a tree, and its value."""

    node: Any
    value: int

    @property
    def place(self) -> Place:
        return self.node.coord  # type: ignore[no-any-return]


def bounds(tree: Any) -> list[Bound]:
    """The bounds of a tree's loops, in the order of the text; those that came out of a macro are none."""
    found: list[Bound] = []
    waiting = [node for node in tree.ext if type(node).__name__ == "FuncDef" and not node.decl.coord.text.ours]
    while waiting:
        node = waiting.pop()
        if type(node).__name__ in _LOOPS and node.cond is not None:
            found += _compared(node.cond)
        waiting += node
    return sorted(found, key=lambda bound: bound.place[1:])


def _compared(condition: Any) -> Iterator[Bound]:
    if type(condition).__name__ != "BinaryOp":
        return
    for side in (condition.left, condition.right):
        if condition.op in ("&&", "||"):
            yield from _compared(side)
        elif condition.op in _COMPARISONS and type(side).__name__ == "Constant" and "int" in side.type:
            place: Place = side.coord
            value = integer(Token("number", side.value, place))
            written = place.text.lines[place.line - 1].startswith(side.value, place.column - 1)
            if written and value is not None and value.number > 0:
                yield Bound(side, value.number)


def literal(value: int) -> str:
    """A parameter's value as C has it: one that no LONG holds is a ULONG, as the registry has it.

    >>> literal(3), literal(3_000_000_000)
    ('3', '3000000000u')
    """
    return f"{value}u" if 0x7FFF_FFFF < value <= 0xFFFF_FFFF else str(value)


def put(tree: Any, values: Mapping[int, int]) -> None:
    """Give the bounds that have one of these values another, in a tree that nobody has lowered yet."""
    for bound in bounds(tree):
        if bound.value in values:
            suffix = bound.node.value.lstrip("0123456789abcdefABCDEFxX")
            bound.node.value = f"{values[bound.value]}{suffix}" if suffix else literal(values[bound.value])


def check_given(name: str, given: Mapping[str, object], macros: Iterable[str], tree: Any) -> None:
    """Raise for a parameter that is neither a macro of the text nor the bound of one of its loops."""
    declared, taken = [*macros], {}  # type: list[str], dict[object, str]
    found = bounds(tree) if {*given} - {*declared} else []
    for parameter, value in given.items():
        if not whole_number(value):
            raise TypeError(f"{parameter} is a whole number, not {value!r}")
        if parameter in declared:
            continue
        if not any(bound.value == value for bound in found):
            near = nearest(parameter, declared)
            others = f"; its #defines are: {', '.join(declared)}" if declared else ""
            hint = f"; did you mean {near}?" if near else others
            if found and not hint:
                hint = f"; load it with  {parameter}={found[0].value}  and run it with  {parameter}={value}"
            raise ValueError(f"{name} has no loop that ends at {value}, for {parameter}; {_told(found)}{hint}")
        if value in taken:
            raise ValueError(
                f"{taken[value]} and {parameter} are both {value}, so a loop that ends there may be either's; "
                "type a #define for each in the text"
            )
        taken[value] = parameter


def _told(found: list[Bound]) -> str:
    if not found:
        return "none of its loops ends at a number"
    lines: dict[int, list[str]] = {}
    for bound in found:
        lines.setdefault(bound.value, []).append(str(bound.place.line))
    ends = (f"{value} (line{'s' * (len(at) > 1)} {', '.join(at)})" for value, at in lines.items())
    return f"its loops end at {', '.join(ends)}"

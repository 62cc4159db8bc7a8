"""What must be known of a function before its first line is written; its tree is walked once for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kevent_sim.c.nodes import Node, is_guarded, kind, walk


@dataclass(slots=True)
class Facts:
    """`called`: the names that are called, "" through a pointer; `named`: those that stand where no call is made of
    them; `addressed`: those whose address is taken; `declared`: those of its own variables."""

    called: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    addressed: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    jumps: bool = False  # there is a goto or a label
    guarded: bool = False  # there is a __try
    finishes: bool = False  # there is a __finally
    loops: bool = False
    returns: bool = False


def facts(node: Node) -> Facts:
    found = Facts()
    callees: set[Node] = set()
    for each in walk(node):
        match kind(each):
            case "ID" if each not in callees:
                found.named.add(each.name)
            case "FuncCall":
                found.called.add(each.name.name if kind(each.name) == "ID" else "")
                if kind(each.name) == "ID":
                    callees.add(each.name)
            case "UnaryOp" if each.op == "&" and kind(each.expr) == "ID":
                found.addressed.add(each.expr.name)  # what has members or elements is in memory anyway
            case "Decl" if each.name and kind(each.type) != "FuncDecl":
                found.declared.add(each.name)
            case "Goto" | "Label":
                found.jumps = True
            case "While" | "DoWhile" | "For":
                found.loops = True
            case "Return":
                found.returns = True
            case "If" if is_guarded(each):
                found.guarded = True
                found.finishes |= each.iffalse is not None and kind(each.iffalse.cond) == "ID"
    return found


def function_facts(definition: Node) -> Facts:
    """The facts of a FuncDef."""
    found = facts(definition.body)
    arguments = getattr(definition.decl.type, "args", None)
    parameters = arguments.params if arguments is not None else []
    found.declared.update(each.name for each in parameters if getattr(each, "name", None))
    return found


def coroutines(
    functions: Mapping[str, Facts], others: Iterable[Facts], known: set[str], steps: set[str], entries: set[str]
) -> set[str]:
    """The functions of a text that are awaited: those that make a step, or call through a pointer, which may; those
    whose name is handed on, as whoever calls through a pointer awaits; and what calls one of these.

    `others`: of the initialisers of globals; `known`: all functions that are declared; `entries`: awaited anyway.
    """
    called = {
        name: {"" if each in one.declared or each not in known else each for each in one.called}
        for name, one in functions.items()
    }
    found = {name for name in functions if name in entries or "" in called[name] or called[name] & steps}
    for one in (*functions.values(), *others):
        found.update(one.named & functions.keys())
    while more := {name for name in functions if name not in found and called[name] & found}:
        found |= more
    return found

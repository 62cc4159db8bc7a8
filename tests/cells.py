"""A notebook's cells: whose answer each check judges, which cells it needs, and one run as a notebook runs it."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable
from typing import Any

from kevent_sim.course.exercises import bound, python


def tagged(cell) -> set[str]:
    return set(cell["metadata"].get("tags", ()))


def solutions(notebook) -> dict[int, str]:
    """Number of a stub's cell -> the code of the solution that follows it."""
    found, stub = {}, -1
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if "stub" in tagged(cell):
            stub = number
        elif "solution" in tagged(cell):
            code = re.search(r"```(?:python|c)\n(.*?)```", source, re.DOTALL)
            assert code is not None
            found[stub] = code[1]
    return found


def checks(notebook) -> dict[int, int]:
    """Number of a check's cell -> number of its stub's, or of its prediction's."""
    found, stub = {}, -1
    for number, cell in enumerate(notebook["cells"]):
        if tagged(cell) & {"stub", "prediction"}:
            stub = number
        elif "check" in tagged(cell):
            found[number] = stub
    return found


def taken(code: str) -> set[str]:
    """The names that a cell, or a function in it, takes from the cells before it."""

    def used(table: symtable.SymbolTable) -> set[str]:
        whole = table.get_type() == "module"
        names = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (whole or one.is_global())}
        return names.union(*map(used, table.get_children()))

    return used(symtable.symtable(python(code), "cell", "exec")).difference(bound(code))


def what_they_need(code: dict[int, str], wanted: Iterable[int]) -> dict[int, str]:
    """Of the cells these, and each one that binds a name which a later one of them takes."""
    needed, names = set(wanted), {"PARAMETERS"}  # which a driver declares beside its DriverEntry, and does not name
    for number in sorted(code, reverse=True):
        if number in needed or names.intersection(bound(code[number])):
            needed.add(number)
            names |= taken(code[number])
    return {number: code[number] for number in sorted(needed)}


def evaluate(source: str, space: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: answer the value of its last expression."""
    tree = ast.parse(python(source))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec", dont_inherit=True), space)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval", dont_inherit=True), space) if last else None

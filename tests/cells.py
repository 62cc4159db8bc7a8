"""A notebook's cells: whose answer each check judges, and one run as a notebook runs it."""

from __future__ import annotations

import ast
import re
from typing import Any

from kevent_sim.course.exercises import python


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


def evaluate(source: str, space: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: answer the value of its last expression."""
    tree = ast.parse(python(source))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec", dont_inherit=True), space)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval", dont_inherit=True), space) if last else None

"""A driver's C beside its Python, function by function."""

from __future__ import annotations

import ast
import html
import inspect
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType
from typing import Any, NamedTuple

from kevent_sim.runs.entries import module_of
from kevent_sim.runs.subject import from_c

SAME = "Both run: they take the same steps in the same order, whatever the schedule."
BECAME = "Both are one driver: each line of C is a line of Python, and the simulator runs that."


class Code(NamedTuple):
    """Lines of code, and the number of the first of them in its file or cell; 0 where nothing names them by number."""

    text: str
    first: int = 0

    def numbered(self) -> str:
        """Its markup; a number is not selected, so that the code alone is copied.

        >>> print(Code("if a < b:\\n    c()", 9).numbered())
        <span style="user-select: none"> 9  </span>if a &lt; b:
        <span style="user-select: none">10  </span>    c()
        """
        text = html.escape(self.text)
        if not self.first:
            return text
        lines = list(enumerate(text.splitlines(), self.first))
        width = len(str(lines[-1][0]))
        return "\n".join(f'<span style="user-select: none">{at:>{width}}  </span>{line}' for at, line in lines)


class Listing:
    """Two listings side by side in a notebook, and what makes them one; its `repr` is the Python alone."""

    def __init__(self, c: Code, python: Code, remark: str) -> None:
        self.c, self.python, self.remark = c, python, remark

    def __repr__(self) -> str:
        return self.python.text

    def _repr_html_(self) -> str:
        def column(title: str, code: Code) -> str:
            style = "white-space: pre; overflow-x: auto; font-size: 78%; padding: 0.6em; border: 1px solid #8888"
            shown = f'<pre style="{style}">{code.numbered()}</pre>'
            return f'<div style="flex: 1 1 30em; min-width: 0"><b>{title}</b>{shown}</div>'

        columns = column("C, as a WDK driver", self.c) + column("Python, as this course runs it", self.python)
        return f'<div style="display: flex; flex-wrap: wrap; gap: 1em">{columns}</div><div>{self.remark}</div>'


def beside(driver: Any, function: str) -> Listing:
    """One function of a driver in C and in Python: of a sample, whose C and Python take the same steps; or of one in C,
    loaded or by its path, and what its C became. In a notebook its lines have the numbers by which runs name them.

    Raises ValueError for a function that the driver does not have.

    >>> from kevent_sim.samples import race
    >>> beside(race, "DriverUnload")
    async def DriverUnload(DriverObject):
        await IoDeleteDevice(DriverObject.DeviceObject)
    """
    driver = module_of(driver)
    if loaded := from_c(driver.DriverEntry):
        text, python = driver.text_of(function), Code(_in_python(driver.python, function))
    else:
        text, python = _file_of_c(driver).read_text(encoding="utf-8"), Code("")
        if hasattr(driver, function):
            lines, first = inspect.getsourcelines(getattr(driver, function))
            python = Code("".join(lines).rstrip(), first)
    c = _in_c(text, function)
    if not c.text or not python.text:
        raise ValueError(f"{driver.__name__} has no function {function}")
    return Listing(c, python, BECAME if loaded else SAME)


def in_c(driver: ModuleType) -> ModuleType:
    """A sample's C, loaded: a driver that takes the steps of the sample, each in a line of C.

    >>> from kevent_sim.samples import race
    >>> in_c(race)
    <C driver race: FileCount=1000, WriteCount=100>
    """
    load = resolve_name("kevent_sim.c:load")  # only now, so that the samples need no compiler
    return load(_file_of_c(driver))  # type: ignore[no-any-return]


def _file_of_c(driver: ModuleType) -> Path:
    return Path(inspect.getfile(driver)).with_suffix(".c")


def _in_c(text: str, function: str) -> Code:
    """The lines of one function of a text; none where there is no such function."""
    tokenize, source = resolve_name("kevent_sim.c.tokens:tokenize"), resolve_name("kevent_sim.c.tokens:source")
    depth, first, named = 0, 0, False  # the line that a declaration begins in; is it this function's?
    for line in tokenize(source("", text)):
        if line[0].text == "#":
            continue
        for at, token in enumerate(line):
            if depth == 0:
                first = first or token.place.line
                named |= token.text == function and [each.text for each in line[at + 1 : at + 2]] == ["("]
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0 and token.text in ("}", ";"):
                if named and token.text == "}":
                    return Code("\n".join(text.splitlines()[first - 1 : token.place.line]), first)
                first, named = 0, False
    return Code("")


def _in_python(text: str, function: str) -> str:
    """The text of one function of a module; "" where there is none."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            return ast.get_source_segment(text, node) or ""
    return ""

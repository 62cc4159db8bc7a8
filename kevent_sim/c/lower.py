"""A syntax tree of C to the text of Python: `lower`. Text to text: it knows no kernel.

A C statement is a line of Python where one can be, and each line's code carries the number of its line of C. A
function that makes a step is a coroutine function; a routine that is a step is awaited where C calls it. Integers are
Python ints within the ranges of their types; what has an address lives in the memory `m` (`interface`).

Operands and arguments are computed from left to right, awaits among them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from kevent_sim import ntifs
from kevent_sim.c.errors import CError, Place, Text
from kevent_sim.c.library import LIBRARY
from kevent_sim.c.lowering import functions, statements, switches
from kevent_sim.c.lowering.calls import INTRINSICS
from kevent_sim.c.lowering.expressions import constant_value
from kevent_sim.c.lowering.facts import coroutines, facts, function_facts
from kevent_sim.c.lowering.unit import Line, Unit
from kevent_sim.c.nodes import Node, kind
from kevent_sim.c.runtime import RUNTIME
from kevent_sim.c.scopes import Seen
from kevent_sim.c.types import Record, Type

ENTERED = (statements, switches)  # once imported, they stand in the tables by which nodes are lowered
TOO_DEEP = "this is nested too deep; make a function of what lies inside"
HEADERS = Path(__file__).parent / "headers"
FREES = frozenset(("ExFreePool2", "ExFreePoolWithTag"))
ALLOCATES = frozenset(
    ("ExAllocatePool", "ExAllocatePool2", "ExAllocatePoolUninitialized", "ExAllocatePoolWithTag", "ExAllocatePoolZero")
)
INTERLOCKED = frozenset(  # but those of a LONG that Python drivers have, too
    f"Interlocked{name}"
    for name in (
        "And", "Or", "Xor", "And64", "Or64", "Xor64", "Increment64", "Decrement64", "Exchange64", "ExchangeAdd64",
        "CompareExchange64", "ExchangePointer", "CompareExchangePointer",
    )
)  # fmt: skip
STEPS = FREES | INTERLOCKED | {name for name in ntifs.__all__ if hasattr(getattr(ntifs, name), "routine")}
PLAIN = (
    ALLOCATES
    | frozenset(LIBRARY)
    | frozenset(
        name
        for name in ntifs.__all__
        if name not in STEPS and callable(getattr(ntifs, name)) and not isinstance(getattr(ntifs, name), type)
    )
)


@dataclass(frozen=True)
class Lowered:
    """Python text, and what belongs to it.

    `lines`: of each line of the text its line of C, 0 where it has none. `functions`: those that the text defines, and
    those of our headers that it uses. `used`: the routines that the text calls by name; `missing`: those that are
    called and not simulated, each with its first place. `frames`: what each function keeps in memory; `variables`: the
    globals; `externals`: those of the kernel; `types`: the records that `m.typed` names. `names`: what C calls a Python
    variable whose name differs. Of each function `locals`: its variables, in the order in which they are declared;
    `homes`: the text that it stands in, by its Python name.
    """

    python: str
    lines: tuple[int, ...]
    functions: tuple[str, ...]
    used: tuple[str, ...]
    missing: Mapping[str, Place]
    warnings: tuple[tuple[Place, str], ...]
    frames: Mapping[str, tuple[tuple[str, Type], ...]] = field(repr=False)
    variables: Mapping[str, Type] = field(repr=False)
    externals: Mapping[str, Type] = field(repr=False)
    types: Mapping[str, Record] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    homes: Mapping[str, Text] = field(repr=False)
    locals: Mapping[str, tuple[Seen, ...]] = field(repr=False)

    def code(self, name: str, listed: Callable[[Text], str] = lambda text: text.name) -> CodeType:
        """The text compiled, as if it were the C file of this name; execute it in a new namespace for each run.

        `listed`: under which name the lines of a text of the reader's are found. The namespace holds `RUNTIME`, the
        memory `m` and the routines in `used`. A function of a header is that file's, and each goes by its name in C.

        Raises:
            CError: loops and blocks lie deeper in each other than Python's may.
        """
        tree = ast.parse(self.python, name)
        for node in ast.walk(tree):
            if (line := getattr(node, "lineno", None)) is not None:
                node.lineno = node.end_lineno = self.lines[line - 1] or 1  # type: ignore[attr-defined]
                node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
        try:
            whole = compile(tree, name, "exec")
        except SyntaxError as error:  # Python's own limit; all else of the text is right
            text = next((text for text in self.homes.values() if listed(text) == name), Text(name, ()))
            raise CError(Place(text, error.lineno or 1, 1), f"{TOO_DEEP}: {error.msg}") from None
        files = {each: str(HEADERS / text.name) if text.ours else listed(text) for each, text in self.homes.items()}

        def moved(code: CodeType, file: str) -> CodeType:
            consts = tuple(
                moved(each, files.get(each.co_name, file)) if isinstance(each, CodeType) else each
                for each in code.co_consts
            )
            called = self.names.get(code.co_name, "") if code.co_name in files else ""
            return code.replace(co_filename=file, co_name=called or code.co_name, co_consts=consts)

        return moved(whole, name)


def lower(tree: Node, steps: Collection[str] = STEPS, plain: Collection[str] = PLAIN) -> Lowered:
    """The Python of a file of C, as pycparser has parsed it.

    Parameters:
        tree: a FileAST. A `__try` is an `if` whose condition is the name `__try`, with its `__except(filter)` or
            `__finally` in the else.
        steps: the routines that are awaited.
        plain: the routines that are called as they are. Any other that is declared and not defined is missing.

    Raises:
        CError: the text is not C, or uses what is not simulated.

    >>> from kevent_sim.c.parse import unit
    >>> print(lower(unit("long KeReadStateEvent(void *); int f(void *e) { return !KeReadStateEvent(e); }")).python)
    async def f(e):
        return int(not int32(await KeReadStateEvent(*m.arguments(KeReadStateEvent, e))))
    <BLANKLINE>
    """
    unit = _surveyed(tree, Unit(steps, plain, constant_value))
    try:
        for node in tree.ext:
            functions.outer(unit, node)
    except RecursionError:
        raise CError(unit.place, TOO_DEEP) from None
    externals = {name: each for name, each in unit.externals.items() if each.storage == "extern"}
    lines = _joined(unit, [Line(0, f'{name} = m.external("{each.name}")', 0) for name, each in externals.items()])
    return Lowered(
        "".join(f"{'    ' * line.indent}{line.text}\n" if line.text else "\n" for line in lines),
        tuple(line.of for line in lines),
        tuple(unit.facts),
        tuple(unit.used),
        unit.missing,
        tuple(unit.warnings),
        unit.frames,
        unit.variables,
        {each.name: each.type for each in externals.values()},
        unit.types,
        unit.names,
        unit.homes,
        unit.locals,
    )


def _surveyed(tree: Node, unit: Unit) -> Unit:
    """What must be known of the whole text before its first line is written."""
    for node in tree.ext:
        if kind(node) == "FuncDef":  # one that is defined twice is refused where it is for the second time
            unit.facts.setdefault(node.decl.name, function_facts(node))
    declared = [node for node in tree.ext if kind(node) == "Decl"]
    prototypes = {node.name for node in declared if kind(node.type) == "FuncDecl"}
    known = {*unit.facts, *unit.steps, *unit.plain, *prototypes, *INTRINSICS}
    initialisers = [facts(node.init) for node in declared if node.init is not None]
    unit.coroutines = coroutines(unit.facts, initialisers, known, set(unit.steps), {"DriverEntry"})
    return unit


def _joined(unit: Unit, externals: list[Line]) -> list[Line]:
    """The module: its variables, its functions, and the values that the variables begin with."""
    between = [Line(0, "", 0)] * bool(unit.initialisers)
    lines = [*unit.globals, *externals, *unit.lines, *between, *unit.initialisers]
    while lines and not lines[0].text:
        del lines[0]
    return lines


__all__ = ["PLAIN", "RUNTIME", "STEPS", "Lowered", "lower"]

"""Whose line is it, and which line is it? A line belongs to the learner unless Python or the simulator wrote it."""

from __future__ import annotations

import ast
import linecache
import os
import sys
import types
from functools import lru_cache
from pathlib import PurePath
from sys import _getframe
from typing import Any

PACKAGE = PurePath(__file__).parents[1]
SAMPLES = PACKAGE / "samples"
# Two where Python has its library in a zip file, as it has in a browser: `os` is built in, and told to lie elsewhere.
STANDARD_LIBRARY = frozenset(PurePath(file).parent for file in (os.__file__, ast.__file__))
_INSTALLED = frozenset(("site-packages", "dist-packages"))

included: dict[str, str] = {}  # by which Python finds a file that a driver's own text includes -> the file's name


class IncludedLine(int):
    """A line of a file that a driver's text includes: a number that is told with the file's name.

    >>> line = IncludedLine(7, "files.h")
    >>> f"line {line}", line + 1, line == IncludedLine(7, "files.h"), line == 7
    ('line 7 of files.h', 8, True, False)
    """

    file: str

    def __new__(cls, number: int, file: str) -> IncludedLine:
        made = super().__new__(cls, number)
        made.file = file
        return made

    def __reduce__(self) -> Any:
        return IncludedLine, (int(self), self.file)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IncludedLine) and (int(self), self.file) == (int(other), other.file)

    def __hash__(self) -> int:
        return hash((int(self), self.file))

    def __repr__(self) -> str:
        return f"{int(self)} of {self.file}"

    __str__ = __repr__

    def __format__(self, how: str) -> str:
        return format(str(self), how)


@lru_cache(maxsize=1024)
def is_learners(file: str, module: str = "") -> bool:
    """Is code in this file, or of this module, a driver's: not Python's own, and of the simulator a sample?

    Code that was made from text has a file such as `<string>`; there the module alone tells.
    """
    path, (package, _, rest) = PurePath(file), module.partition(".")
    if package == PACKAGE.name or PACKAGE in path.parents:
        return rest.startswith("samples.") or SAMPLES in path.parents
    if path.is_absolute():
        return STANDARD_LIBRARY.isdisjoint(path.parents) or "site-packages" in path.parts
    return package not in sys.stdlib_module_names and not file.startswith("<frozen ")


def is_drivers(file: str, module: str = "") -> bool:
    """The same, and not a library's that is installed. The samples are drivers wherever the simulator lies."""
    path = PurePath(file)
    own = module.partition(".")[0] == PACKAGE.name or PACKAGE in path.parents
    return is_learners(file, module) and (own or _INSTALLED.isdisjoint(path.parts))


def learners_frame() -> types.FrameType:
    """The frame of the learner's own code that has called the simulator; the outermost one where none has."""
    frame = _getframe(1)
    while frame.f_back is not None and not is_learners_frame(frame):
        frame = frame.f_back
    return frame


def is_learners_frame(frame: types.FrameType) -> bool:
    return is_learners(frame.f_code.co_filename, frame.f_globals.get("__name__", ""))


def is_simulators_frame(frame: types.FrameType) -> bool:
    """Is it the simulator's own code? A sample is a learner's."""
    module = frame.f_globals.get("__name__", "")
    return bool(module.partition(".")[0] == PACKAGE.name) and not is_learners_frame(frame)


def learners_frames(error: BaseException) -> list[types.TracebackType]:
    """What an error passed through of the learner's own code, innermost last."""
    frames, at = [], error.__traceback__
    while at is not None:
        if is_learners_frame(at.tb_frame):
            frames.append(at)
        at = at.tb_next
    return frames


def line_of_error(error: BaseException) -> int:
    """The innermost line of the learner's own that an error passed through; 0 where there is none."""
    return next((line_of(at.tb_frame.f_code, at.tb_lasti) for at in reversed(learners_frames(error))), 0)


def line_of(code: types.CodeType | None, instruction: int) -> int:
    """The first line of the driver's statement that holds an instruction; 0 where no driver's line made the call."""
    if code is None or not is_learners(code.co_filename):
        return 0
    line = next(line or 0 for start, end, line in code.co_lines() if start <= instruction < end)
    if code.co_filename in included:
        return IncludedLine(line, included[code.co_filename])
    return _statement_starts(code.co_filename).get(line, line)


def final_line(coroutine: Any) -> int:
    """The line of a `finally` that would run where a suspended coroutine is closed; 0 where there is none."""
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        code = frame.f_code
        if is_learners_frame(frame):
            for first, lines, final in _finals(code.co_filename):
                if first == code.co_firstlineno and frame.f_lineno in lines:
                    return final
        coroutine = coroutine.cr_await
    return 0


def forget_edited(filename: str) -> None:
    """Read a file again, where it has been written since it was read."""
    known = filename in linecache.cache
    linecache.checkcache(filename)
    if known and filename not in linecache.cache:
        _statement_starts.cache_clear()
        _finals.cache_clear()


@lru_cache(maxsize=256)
def _statement_starts(filename: str) -> dict[int, int]:
    """Each source line -> the first line of the innermost statement (or statement head) that it belongs to."""
    starts: dict[int, int] = {}
    for node in ast.walk(_parsed(filename)):  # parents come before their children, so the innermost statement wins
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            starts.update((line, node.lineno) for line in range(node.lineno, last + 1))
    return starts


@lru_cache(maxsize=256)
def _finals(filename: str) -> list[tuple[int, range, int]]:
    """Of each `try` that has a `finally`: where the function begins that it is in, its own lines, the first of that."""
    finals: list[tuple[int, range, int]] = []

    def look(node: ast.AST, first: int) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min(each.lineno for each in (node, *node.decorator_list))
        if isinstance(node, ast.Try | ast.TryStar) and node.finalbody:
            final = node.finalbody[0].lineno
            finals.append((first, range(node.lineno, final), final))
        for child in ast.iter_child_nodes(node):
            look(child, first)

    look(_parsed(filename), 0)
    return finals


def _parsed(filename: str) -> ast.Module:
    """Empty where it cannot be parsed, as a notebook cell with a magic in it: the line of the call itself will do."""
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return ast.Module([], [])

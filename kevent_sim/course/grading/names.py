"""What an answer must not name: ways to reach from it for the judge that it shares a process with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kevent_sim.course.exercises import python

REACHING = {"builtins", "ctypes", "gc", "importlib", "inspect", "sys"}  # as an attribute, too: `random._os.sys`
MODULES = REACHING | {
    "IPython", "_thread", "ast", "asyncio", "atexit", "bdb", "cffi", "code", "codeop", "concurrent", "copyreg", "dis",
    "faulthandler", "ipykernel", "marshal", "mock", "multiprocessing", "pdb", "pickle", "pkgutil", "runpy", "signal",
    "subprocess", "threading", "traceback", "types", "unittest", "weakref",
}  # fmt: skip
FUNCTIONS = {
    "breakpoint", "compile", "delattr", "eval", "exec", "get_ipython", "globals", "locals", "setattr", "vars",
}  # fmt: skip
ATTRIBUTES = {
    "ag_frame", "cr_code", "cr_frame", "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "gi_code", "gi_frame",
    "mro", "tb_frame", "tb_next", "_getframe", "dup", "dup2", "fdopen",
}  # fmt: skip
DESCRIPTORS = {"read", "write", "pread", "pwrite", "readv", "writev", "sendfile"}  # of os: they take a file's number
PLAIN = {
    "__annotations__", "__await__", "__call__", "__doc__", "__enter__", "__exit__", "__future__", "__init__",
    "__iter__", "__len__", "__main__", "__name__", "__next__", "__post_init__", "__qualname__", "__repr__",
    "__slots__", "__str__",
}  # fmt: skip
WHY = "an answer must not reach for its judge; leave it out"


def refused(cell: str) -> str:
    """What in a cell reaches for the judge, and where; "" if nothing does, or if it is no Python.

    >>> refused("from os import path, sys")
    'sys (line 1): an answer must not reach for its judge; leave it out'
    >>> refused("x = 1\\nx.__class__")
    '__class__ (line 2): an answer must not reach for its judge; leave it out'
    >>> refused("class Policy:\\n    def __call__(self, ready):\\n        return ready[0]")
    ''
    """
    try:
        tree = ast.parse(python(cell))
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if cell.startswith("%%c"):  # whose Python is ours
        return ""
    found = (f"{name} (line {getattr(node, 'lineno', 1)}): {WHY}" for node in ast.walk(tree) for name in _names(node))
    return next(found, "")


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            for each in names:
                yield from _imported(each.name)
        case ast.ImportFrom(module=module, names=names):
            yield from _imported(module or "")
            for each in names:
                yield from _imported(f"{module}.{each.name}")
                if module == "os" and each.name in ATTRIBUTES | DESCRIPTORS:
                    yield f"os.{each.name}"
        case ast.Name(id=name):
            yield from [name] if name in FUNCTIONS or _is_hidden(name) else []
        case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in DESCRIPTORS:
            yield f"os.{name}"
        case ast.Attribute(attr=name):
            yield from [name] if name in REACHING | ATTRIBUTES or _is_hidden(name) else []
        case ast.Constant(value=str(text)):
            yield from [text] if text in REACHING | ATTRIBUTES or _is_hidden(text) else []
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield from [name] if _is_hidden(name) else []
        case ast.MatchClass(kwd_attrs=names):
            yield from (name for name in names if name in ATTRIBUTES or _is_hidden(name))
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from filter(_is_hidden, names)


def _imported(dotted: str) -> Iterator[str]:
    """Of an imported name what is refused."""
    if dotted in ("__main__", "kevent_sim.course") or dotted.startswith("kevent_sim.course."):
        yield dotted
    yield from (part for part in dotted.split(".") if part in MODULES or _is_hidden(part))


def _is_hidden(name: str) -> bool:
    return re.fullmatch(r"__\w+__", name) is not None and name not in PLAIN

"""The process that an answer and its judge share. It does what it is asked to, a line of JSON each way.

The answer has the course's names in a space of its own, so that what it binds is its own, too: the check finds what
the course made, and of the answer the names of the stub. Nothing but a reply knows the word that makes it one.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import re
from collections.abc import Callable
from os import _exit
from typing import Any, TextIO

from kevent_sim.course.exercises import python
from kevent_sim.course.grading.names import refused
from kevent_sim.course.grading.seal import Seal
from kevent_sim.course.verdicts import Verdict
from kevent_sim.machine.lines import line_of_error


class Tampered(Exception):
    """The judge is not what it was, or what it would be given is not what it looks like."""


def as_python(cell: str) -> str:
    """A cell as Python: without the lines that only a notebook understands.

    >>> as_python("%matplotlib inline\\nx = 7")
    'pass\\nx = 7'
    """
    code = python(cell)
    try:
        ast.parse(code)
    except SyntaxError:
        plain = re.sub(r"^(?:[%!?].*|.*\?)$", "pass", code, flags=re.MULTILINE)
        try:
            ast.parse(plain)
        except (SyntaxError, ValueError):
            return code
        return plain
    except ValueError:
        pass
    return code


def evaluate(cell: str, name: str, space: dict[str, Any]) -> Any:
    """Run a cell; the value of its last expression. Its lines are found under its name, as a file's are."""
    code = as_python(cell)
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    tree, asked = ast.parse(code, name), ast.Constant(None)  # type: ast.Module, ast.expr
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        tree.body.pop()
        asked = last.value
    exec(compile(tree, name, "exec", dont_inherit=True), space)
    return eval(compile(ast.fix_missing_locations(ast.Expression(asked)), name, "eval", dont_inherit=True), space)


def told(error: BaseException) -> str:
    """An error in words, with the learner's line."""
    said, line = (
        (error.msg, error.lineno or 0) if isinstance(error, SyntaxError) else (str(error), line_of_error(error))
    )
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", f"{type(error).__name__}: {said}".rstrip(": "))
    return text if not line or re.search(rf"line {line}\b", text) else f"{text} (line {line})"


def disguised(value: Any) -> str:
    """The name of a learner's class whose values say themselves what they are equal to; "" where there is none.

    >>> class Yes(int):
    ...     def __eq__(self, other):
    ...         return True
    >>> disguised([0, Yes()]), disguised([0, {"a": 1}]), disguised(len)
    ('Yes', '', '')
    """
    if type(value) in (list, tuple, set, frozenset):
        return next(filter(None, map(disguised, value)), "")
    if type(value) is dict:
        return next(filter(None, map(disguised, [*value, *value.values()])), "")
    kind: type = type(value)
    own = [each for each in kind.__mro__ if each.__module__ in ("__main__", __name__)]
    return kind.__name__ if any("__eq__" in vars(each) for each in own) and not callable(value) else ""


class Room:
    """The course's names, and beside them those of the answer that is judged."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {"__name__": "__main__", "display": print}
        self.mine: dict[str, Any] = {}
        self.made: dict[str, Any] = {}  # by earlier answers, which a later one may build on
        self.stub: list[str] = []
        self.bound: set[str] = set()
        self.seal = Seal({})

    def course(self, code: str, name: str) -> dict[str, str]:
        """Run a cell of the course's own. An answer sees it, except for the names that it has bound itself."""
        before = dict(self.space)
        evaluate(code, name, self.space)
        new = {key: value for key, value in self.space.items() if before.get(key) is not value}
        self.mine |= {key: value for key, value in new.items() if key not in self.bound} if self.mine else {}
        return {}

    def answer(self, cells: list[str], stub: list[str]) -> dict[str, str]:
        """Run an answer, in place of a stub that binds these names."""
        for cell in cells:
            if why := refused(cell):
                return {"word": "refused", "text": why}
        self.stub = stub
        for name in stub:
            self.space.pop(name, None)
        self.mine = {**self.made, **self.space}
        before, error, self.seal = dict(self.mine), "", Seal(self.space)
        for number, cell in enumerate(cells, 1):
            try:
                evaluate(cell, f"<answer> {number}", self.mine)
            except BaseException as raised:
                error = error or told(raised)
        self.is_as_it_was()
        self.bound = {name for name, value in self.mine.items() if before.get(name) is not value}
        self.made |= {name: self.mine[name] for name in self.bound if name not in self.space}
        for name in stub:
            if name in self.mine:
                self.space[name] = self.mine[name]
                if kind := disguised(self.mine[name]):
                    raise Tampered(f"{name} holds a {kind}, which says itself what it is equal to")
        return {"text": error}

    def check(self, code: str, page: bool) -> dict[str, str]:
        """Run a check: its verdict, and the picture of the run that decided it."""
        self.seal = Seal({name: value for name, value in self.space.items() if name not in self.stub})
        try:
            verdict = evaluate(code, "<check>", self.space)
        except BaseException as error:
            self.is_as_it_was()
            return {"word": "raises", "text": told(error)}
        self.is_as_it_was()
        if type(verdict) is not Verdict:
            return {"word": "raises", "text": "the check came to no verdict"}
        shown = verdict.shown.html(live=True) if page and verdict.shown is not None else ""
        return {"word": verdict.grade, "text": verdict.text, "page": shown}

    def is_as_it_was(self) -> None:
        """Raise Tampered where it is not."""
        if broken := self.seal.broken():
            raise Tampered(broken)


def serve(secret: str, requests: TextIO, reply: Callable[[str], None]) -> None:
    """Do what each line asks, until there is none."""
    room, write, load = Room(), json.dumps, json.loads
    does: dict[str, Callable[..., dict[str, str]]] = {"course": room.course, "answer": room.answer, "check": room.check}
    for line in requests:
        asked = load(line)
        try:
            said = does[asked.pop("do")](**asked)
        except Tampered as tampered:
            said = {"word": "tampered", "text": str(tampered)}
        except BaseException as error:
            said = {"word": "raises", "text": told(error)}
        reply(write({**said, "secret": secret}) + "\n")


def main() -> None:
    """Take the process's input and output for the judge; what an answer prints is nobody's."""
    channels = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _exit(1))  # two processes would speak with one voice
    with open(channels[0], encoding="utf-8") as requests, open(channels[1], "w", encoding="utf-8") as replies:

        def reply(line: str) -> None:
            replies.write(line)
            replies.flush()

        serve(requests.readline().strip(), requests, reply)


if __name__ == "__main__":
    main()

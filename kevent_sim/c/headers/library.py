"""Our headers: found by name, read once, and each declaration read when it is first used.

In these files every declaration and every directive begins in the first column, and the lines that it goes on in do
not; and no annotation stands before the name of a routine. So a few patterns find what a file declares, and only what
a driver uses is ever tokenized, expanded and parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import kevent_sim.ntifs as ntifs
from kevent_sim.c.errors import Text, nearest
from kevent_sim.c.macros import Macro, definition, expand
from kevent_sim.c.tokens import Token, source, tokenize

HERE = Path(__file__).parent
PREDEFINED = "predefined.h"
_BLOCK = re.compile(
    r"""
    ^(?: \#define[ ](?P<macro>\w+) | \#include[ ]<(?P<include>[^>]+)> | (?P<typedef>typedef\b) | (?P<extern>extern\b)
       | struct[ ](?P<record>\w+);
       | [A-Za-z_][\w *]*[ *](?P<routine>\w+)\( )
    .* (?: \n+ [ \t{}].* )*
    """,
    re.MULTILINE | re.VERBOSE,
)
_TAG = re.compile(r"\b(?:struct|union|enum)\s+(\w+)\s*\{")
_ENUM = re.compile(r"\benum\b\s*\w*\s*\{([^}]*)\}")
_POINTER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
_CALLED = re.compile(r"(\w+)\s*\(")
_LAST = re.compile(r"(\w+)\s*(?:\[[^]]*\]\s*)*[,;]")


@dataclass(eq=False)
class Declaration:
    """One declaration of a header: the lines where it stands, and the names that it gives a meaning."""

    text: Text
    first: int
    last: int
    names: tuple[str, ...]
    types: tuple[str, ...]  # those of them that are types without struct, union or enum before them

    @cached_property
    def tokens(self) -> list[Token]:
        lines = tokenize(self.text, self.first, self.last)
        return list(expand(EVERYTHING, (token for line in lines for token in line)))

    @cached_property
    def needs(self) -> frozenset[str]:
        """The names without whose meaning it has none."""
        return frozenset(name for name, pointed_to in self.uses if not pointed_to)

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The records that it points to, and says no more of."""
        return frozenset(name for name, pointed_to in self.uses if pointed_to)

    @cached_property
    def uses(self) -> list[tuple[str, bool]]:
        """Each name, and whether it is that of a record which is only pointed to there."""
        tokens = self.tokens
        around = zip([None, *tokens], tokens, [*tokens[1:], None], strict=False)
        return [
            (
                token.text,
                before is not None and before.text in ("struct", "union") and after is not None and after.text in "*;",
            )
            for before, token, after in around
            if token.kind == "name"
        ]

    @cached_property
    def reached(self) -> frozenset[str]:
        return members(self.tokens)


class Header:
    """One file: what it includes, its macros, its declarations."""

    def __init__(self, name: str) -> None:
        self.name = name
        content = (HERE / name).read_text(encoding="utf-8") + numbers(name)
        self.text = source(name, content, ours=True)
        self.includes: list[str] = []
        self.declarations: list[Declaration] = []
        self.definitions: dict[str, tuple[int, int]] = {}
        line, at, whole = 1, 0, "\n".join(self.text.lines)
        for block in _BLOCK.finditer(whole):
            line, at = line + whole.count("\n", at, block.start()), block.start()
            last = line + whole.count("\n", at, block.end())
            kind = block.lastgroup
            if kind == "macro":
                self.definitions[block["macro"]] = line, last
            elif kind == "include":
                self.includes.append(block["include"])
            elif kind == "record":
                self.declarations.append(Declaration(self.text, line, last, (f"struct {block['record']}",), ()))
            elif kind == "routine":
                self.declarations.append(Declaration(self.text, line, last, (block["routine"],), ()))
            else:
                self.declarations.append(Declaration(self.text, line, last, *declared(block[0])))
        self.table: dict[str, Header] = dict.fromkeys(self.definitions, self)
        self.expanded: dict[str, Macro] = {}

    def macro(self, name: str) -> Macro:
        if name not in self.expanded:
            (line,) = tokenize(self.text, *self.definitions[name])
            self.expanded[name] = definition(line[2:], line[1].place)
        return self.expanded[name]

    @cached_property
    def declares(self) -> dict[str, Declaration]:
        return {name: each for each in self.declarations for name in each.names}

    def __repr__(self) -> str:
        return f"<{self.name}>"


def declared(block: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a typedef or a variable's declaration gives a meaning, and those that are types by themselves.

    >>> declared("typedef enum _MODE { KernelMode, UserMode } MODE;")
    (('_MODE', 'KernelMode', 'UserMode', 'MODE'), ('MODE',))
    >>> declared("typedef VOID KSTART_ROUTINE(PVOID StartContext);"), declared("extern POBJECT_TYPE *PsThreadType;")
    ((('KSTART_ROUTINE',), ('KSTART_ROUTINE',)), (('PsThreadType',), ()))
    """
    if not block.startswith("typedef"):
        return tuple(_LAST.findall(block)), ()
    inside, tail = (), block
    if "{" in block:
        tail = block[block.rfind("}") + 1 :]
        constants = [each.partition("=")[0].strip() for found in _ENUM.findall(block) for each in found.split(",")]
        inside = (*_TAG.findall(block), *filter(None, constants))
    called = "(" in tail and (_POINTER.search(tail) or _CALLED.search(tail))
    types = (called[1],) if called else tuple(_LAST.findall(tail))
    return (*inside, *types), types


@cache
def header(name: str) -> Header:
    return Header(name)


@cache
def known() -> tuple[str, ...]:
    """The names of our headers, as a driver may include them."""
    return tuple(sorted(each.name for each in HERE.glob("*.h") if each.name != PREDEFINED))


def unknown(name: str, own: Mapping[str, str]) -> str:
    """What is said of an #include of what is not there."""
    for pattern, what in _REFUSED.items():
        if re.fullmatch(pattern, name.lower()):
            return what
    if near := nearest(name.lower(), [*known(), *own]):
        return f"there is no header {name}; did you mean {near}?"
    there = ", ".join([*own, *known()])
    return f'there is no header {name}; pass its text, with  headers={{"{name}": text}},  or take one of these: {there}'


_REFUSED = {
    r"wdf\w*\.h|wdfldr\.h": "not simulated: KMDF; write a WDM driver, with DriverEntry and #include <ntifs.h>",
    r"setjmp\w*\.h": "not simulated: setjmp and longjmp; use return, goto, or __try and __except",
    r"windows\.h|winbase\.h|winuser\.h": "windows.h is for programs, not for drivers; type  #include <ntifs.h>",
    r"math\.h|float\.h": "not simulated: floating point; count in whole numbers",
    r"(iostream|vector|string|memory|new|map|cstd\w+)": "not simulated: C++; write it in C, with #include <ntifs.h>",
}


def numbers(name: str) -> str:
    """The #defines of a header that Python's side knows: each number is written once, there."""
    if name == "ntstatus.h":
        return "".join(f"#define {each} ((NTSTATUS)0x{value:08X}L)\n" for each, value in _numbers() if _status(each))
    if name == "wdm.h":
        return "".join(f"#define {each} {_literal(value)}\n" for each, value in _numbers() if not _status(each))
    return ""


def _status(name: str) -> bool:
    return name.startswith("STATUS_")


def _literal(value: int) -> str:
    return str(value) if 0 <= value < 10 else f"({value})" if value < 0 else f"0x{value:x}"


@cache
def _numbers() -> tuple[tuple[str, int], ...]:
    """What has a number, and whose name is in capitals: enumerators are named otherwise, and the headers list them."""
    return tuple(
        (name, int(value))
        for name in ntifs.__all__
        if isinstance(value := getattr(ntifs, name), int)
        if not isinstance(value, bool) and re.fullmatch(r"[A-Z][A-Z0-9_]+", name)
    )


class Everything:
    """All our headers, each after those that it includes, and their macros: by these their own lines are expanded."""

    @cached_property
    def headers(self) -> tuple[Header, ...]:
        found: dict[Header, None] = {}

        def add(name: str) -> None:
            for included in header(name).includes:
                add(included)
            found[header(name)] = None

        for name in (PREDEFINED, *known()):
            add(name)
        return tuple(found)

    @cached_property
    def macros(self) -> dict[str, Header]:
        return {name: each for each in self.headers for name in each.definitions}

    def get(self, name: str) -> Macro | None:
        where = self.macros.get(name)
        return where.macro(name) if where is not None else None


EVERYTHING = Everything()


@cache
def declared_in(headers: tuple[Header, ...]) -> dict[str, Declaration]:
    """What these headers declare, by name."""
    return {name: declaration for each in headers for name, declaration in each.declares.items()}


def named(record: str) -> Declaration:
    """Where the name of a record that others point to is said to be one."""
    return header(PREDEFINED).declares[f"struct {record}"]


def members(tokens: Iterable[Token]) -> frozenset[str]:
    """The names of members that are reached: what stands behind a dot or an arrow."""
    return frozenset(name.text for dot, name in pairwise(tokens) if dot.text in (".", "->"))


def used(tokens: Sequence[Token], headers: Iterable[Header]) -> list[Declaration]:
    """The declarations that give the names among these tokens their meaning, and those that they need, in order.

    A record that is only pointed to is declared where one of its members is reached: most drivers name a PIRP, and few
    look into one.
    """
    headers = tuple(headers)
    known = declared_in(headers)
    found: dict[Declaration, None] = {}
    asked = {token.text for token in tokens if token.kind == "name"}
    waiting, mentioned, reached = sorted(asked), set[str](), members(tokens)
    while waiting:
        name = waiting.pop()
        declaration = known.get(name)
        if declaration is not None and declaration not in found:
            found[declaration] = None
            waiting += sorted(declaration.needs - asked)
            asked |= declaration.needs
            mentioned |= declaration.mentions
            found |= {named(record): None for record in declaration.mentions}
            reached |= declaration.reached
        if not waiting:
            for name in sorted(mentioned - asked):
                record = known.get(name)
                if record is not None and not reached.isdisjoint(record.needs):
                    asked.add(name)
                    waiting.append(name)
    order = {header.text: index for index, header in enumerate(headers)}
    return sorted(found, key=lambda each: (order[each.text], each.first))


def home(name: str) -> str | None:
    """The header that declares a name or defines it as a macro.

    >>> home("ZwQueryInformationProcess"), home("KeSetEvent"), home("SYNC_RESOURCES")
    ('ntifs.h', 'wdm.h', None)
    """
    return next((each.name for each in EVERYTHING.headers if name in each.declares or name in each.definitions), None)

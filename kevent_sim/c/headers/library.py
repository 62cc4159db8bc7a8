"""Our headers: found by name, read once, and each declaration read when it is first used.

In these files every declaration and every directive begins in the first column, and the lines that it goes on in do
not; and no annotation stands before the name of a routine. So a few patterns find what a file declares, and only what
a driver uses is ever tokenized, expanded and parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files

import kevent_sim.ntifs as ntifs
from kevent_sim.c.errors import Text, nearest
from kevent_sim.c.macros import Macro, Macros, definition, expand
from kevent_sim.c.tokens import Token, source, tokenize

PREDEFINED = "predefined.h"
_BLOCK = re.compile(r"^(?![ \t{}/\n]).*(?:\n(?:[ \t{}].*|(?=\n)))*", re.MULTILINE)
_TAG = re.compile(r"\b(?:struct|union|enum)\s+(\w+)\s*\{")
_ENUM = re.compile(r"\benum\b\s*\w*\s*\{([^}]*)\}")
_POINTER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
_CALLED = re.compile(r"(\w+)\s*\(")
_LAST = re.compile(r"(\w+)\s*(?:\[[^]]*\]\s*)*[,;]")


@dataclass(eq=False, slots=True)
class Declaration:
    """One declaration of a header: the lines where it stands, and the names that it gives a meaning."""

    text: Text
    first: int
    last: int
    names: tuple[str, ...]
    types: tuple[str, ...]  # those of them that are types without struct, union or enum before them
    read: list[Token] = field(default_factory=list)

    def tokens(self, macros: Macros) -> list[Token]:
        if not self.read:
            lines = tokenize(self.text, self.first, self.last)
            self.read = list(expand(macros, (token for line in lines for token in line)))
        return self.read


class Header:
    """One file: what it includes, its macros, its declarations."""

    def __init__(self, name: str) -> None:
        self.name = name
        content = files(__package__).joinpath(name).read_text(encoding="utf-8") + numbers(name)
        self.text = source(name, content, ours=True)
        self.includes: list[str] = []
        self.declarations: list[Declaration] = []
        self.definitions: dict[str, tuple[int, int]] = {}
        line, at = 1, 0
        for block in _BLOCK.finditer("\n".join(self.text.lines)):
            line, at = line + block.string.count("\n", at, block.start()), block.start()
            lines = (line, line + block.group().rstrip().count("\n"))
            directive, _, rest = block.group().partition(" ")
            if directive == "#define":
                self.definitions[re.match(r"\w+", rest)[0]] = lines  # type: ignore[index]
            elif directive == "#include":
                self.includes.append(rest.strip(' <>"\n'))
            elif not directive.startswith("#"):
                self.declarations.append(Declaration(self.text, *lines, *declared(block.group())))
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
    """The names that a declaration gives a meaning, and those of them that are types by themselves.

    >>> declared("typedef enum _MODE { KernelMode, UserMode } MODE;")
    (('_MODE', 'KernelMode', 'UserMode', 'MODE'), ('MODE',))
    >>> declared("typedef VOID KSTART_ROUTINE(PVOID StartContext);"), declared("NTSTATUS ZwClose(HANDLE Handle);")
    ((('KSTART_ROUTINE',), ('KSTART_ROUTINE',)), (('ZwClose',), ()))
    """
    if block.startswith("typedef"):
        tags = _TAG.findall(block) if "{" in block else []
        constants = [each.partition("=")[0].strip() for inside in _ENUM.findall(block) for each in inside.split(",")]
        tail = block[block.rfind("}") + 1 :]
        called = "(" in tail and (_POINTER.search(tail) or _CALLED.search(tail))
        types = (called[1],) if called else tuple(_LAST.findall(tail))
        return (*tags, *filter(None, constants), *types), types
    if called := _CALLED.search(block):
        return (called[1],), ()
    return tuple(_LAST.findall(block)), ()


@cache
def header(name: str) -> Header:
    return Header(name)


@cache
def known() -> tuple[str, ...]:
    """The names of our headers, as a driver may include them."""
    found = sorted(each.name for each in files(__package__).iterdir() if each.name.endswith(".h"))
    return tuple(name for name in found if name != PREDEFINED)


def unknown(name: str, own: Mapping[str, str]) -> str:
    """What is said of an #include of what is not there."""
    for pattern, what in _REFUSED.items():
        if re.fullmatch(pattern, name.lower()):
            return what
    near = nearest(name.lower(), [*known(), *own])
    there = f"did you mean {near}?" if near else f"there are: {', '.join([*own, *known()])}"
    return f'there is no header {name}; {there} One of your own is handed in as  headers={{"{name}": text}}'


_REFUSED = {
    r"wdf\w*\.h|wdfldr\.h": "not simulated: KMDF; write a WDM driver, with DriverEntry and #include <ntifs.h>",
    r"setjmp\w*\.h": "not simulated: setjmp and longjmp; leave by return or goto, or raise and use __try and __except",
    r"windows\.h|winbase\.h|winuser\.h": "a driver does not include windows.h, which is for programs; type  #include <ntifs.h>",
    r"math\.h|float\.h": "not simulated: floating point; count in whole numbers",
    r"(psh|pop)pack\w*\.h": "not simulated: packed records; leave it out: records are laid out as MSVC does without it",
    r"(iostream|vector|string|memory|new|map|cstd\w+)(\.h)?": "not simulated: C++; write the driver in C, and include <ntifs.h>",
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
    """The macros of all our headers: by these their own declarations are expanded."""

    def get(self, name: str) -> Macro | None:
        return next((each.macro(name) for each in self.headers if name in each.definitions), None)

    @cached_property
    def headers(self) -> tuple[Header, ...]:
        return tuple(header(name) for name in (PREDEFINED, *known()))


EVERYTHING = Everything()


def used(names: Iterable[str], headers: Iterable[Header]) -> list[Declaration]:
    """The declarations that give these names their meaning, and those that they need themselves, in order."""
    headers = tuple(headers)
    found: dict[Declaration, None] = {}
    asked = set(names)
    waiting = sorted(asked)
    while waiting:
        name = waiting.pop()
        declaration = next((each.declares[name] for each in headers if name in each.declares), None)
        if declaration is not None and declaration not in found:
            found[declaration] = None
            new = {each.text for each in declaration.tokens(EVERYTHING) if each.kind == "name"} - asked
            asked |= new
            waiting += sorted(new)
    order = {header.text: index for index, header in enumerate(headers)}
    return sorted(found, key=lambda each: (order[each.text], each.first))


def home(name: str) -> str | None:
    """The header that declares a name or defines it as a macro.

    >>> home("ZwQueryInformationProcess"), home("KeSetEvent"), home("SYNC_RESOURCES")
    ('ntifs.h', 'wdm.h', None)
    """
    return next((each.name for each in EVERYTHING.headers if name in each.declares or name in each.definitions), None)

"""Preprocessing: directives are obeyed, macros expanded, headers included; every token keeps its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kevent_sim.c.conditions import holds, integer
from kevent_sim.c.errors import CError, Place, Text, nearest
from kevent_sim.c.headers.library import Header, header, known, unknown
from kevent_sim.c.macros import Macro, definition, expand
from kevent_sim.c.tokens import Token, source, tokenize

DIRECTIVES = (
    "define", "elif", "else", "endif", "error", "if", "ifdef", "ifndef", "include", "line", "pragma", "undef",
)  # fmt: skip
_CONDITIONALS = ("if", "ifdef", "ifndef", "elif", "else", "endif")
_PACKING = re.compile(r"pshpack(\d+)\.h|poppack\.h")
_DEEPEST = 100  # files that may include one another; more must include themselves


@dataclass(frozen=True)
class Preprocessed:
    """What is left of a text: its tokens, and what its directives said."""

    text: Text
    tokens: list[Token]
    numbers: dict[str, int]  # what the reader's files #define as a number
    headers: tuple[Header, ...]  # those of ours that are included, each after those it includes


def preprocess(
    text: Text, headers: Mapping[str, str] | None = None, defines: Mapping[str, str | int] | None = None
) -> Preprocessed:
    """The tokens of a text.

    `headers`: the reader's own, by the name by which they are included. `defines`: macros that are defined before the
    first line; a number that the text itself gives to such a name gives way.

    Raises `CError` where a directive or the use of a macro is wrong.

    >>> done = preprocess(source("a.c", "#define TWICE(x) (2 * (x))\\n#define COUNT 5\\nTWICE(COUNT)"))
    >>> " ".join(token.text for token in done.tokens), done.tokens[1].place, done.tokens[4].place, done.numbers
    ('( 2 * ( 5 ) )', a.c:3:1, a.c:3:7, {'COUNT': 5})
    """
    reading = _Reading({} if headers is None else headers, defines or {})  # a folder's are read as they are included
    try:
        tokens = list(expand(reading, reading.file(text, 0)))
    except RecursionError:
        raise CError(reading.place, "this is nested too deeply to be read") from None
    return Preprocessed(text, tokens, reading.numbers, tuple(reading.included))


@dataclass(slots=True)
class _Group:
    """What stands between an #if and its #endif. `taken`: one of its parts was, or must not be."""

    opened: Place
    name: str
    active: bool
    taken: bool
    last: bool = False  # after its #else


class _Reading:
    """The state of one preprocessing: the macros, the headers, and the lines as #line counts them."""

    def __init__(self, headers: Mapping[str, str], defines: Mapping[str, str | int]) -> None:
        self.headers, self.defines = headers, defines
        self.texts: dict[str, Text] = {}
        self.once: set[str] = set()
        self.included: list[Header] = []
        self.numbers: dict[str, int] = {}
        self.shifted: dict[Text, tuple[int, str]] = {}  # by #line: what is added to a line's number, the file's name
        self.counted = 0
        self.place = Place(Text("", ()), 1, 1)  # of the line that is read
        self.macros: dict[str, Macro | Header | Callable[[Place], Token]] = {
            "__LINE__": lambda place: Token("number", str(place.line + self.presumed(place)[0]), place),
            "__FILE__": lambda place: Token("string", '"' + self.presumed(place)[1].replace("\\", "\\\\") + '"', place),
            "__COUNTER__": self.counter,
            **dict.fromkeys(("__DATE__", "__TIME__", "__TIMESTAMP__"), self.of_the_day),
        }
        self.take(header("predefined.h"))
        for name, value in defines.items():
            self.macros[name] = Macro(name, None, tuple(tokenize(source("defines", f"{value}"))[0]))

    def get(self, name: str) -> Macro | Callable[[Place], Token] | None:
        found = self.macros.get(name)
        if isinstance(found, Header):
            self.macros[name] = found = found.macro(name)
        return found

    def presumed(self, place: Place) -> tuple[int, str]:
        return self.shifted.get(place.text, (0, place.file))

    def counter(self, place: Place) -> Token:
        self.counted += 1
        return Token("number", str(self.counted - 1), place)

    def of_the_day(self, place: Place) -> Token:
        raise CError(place, "a run does not depend on the day of its text; leave out __DATE__, __TIME__, __TIMESTAMP__")

    def file(self, text: Text, depth: int) -> Iterator[Token]:
        """The tokens of the lines that are taken; directives are obeyed as they are met."""
        groups: list[_Group] = []
        for line in tokenize(text):
            self.place = line[0].place
            if line[0].text != "#":
                if not groups or groups[-1].active:
                    yield from line
            elif len(line) > 1:
                name, rest = line[1], line[2:]
                if name.text in _CONDITIONALS:
                    self.conditional(groups, name, rest)
                elif groups and not groups[-1].active:
                    pass
                elif name.text == "include":
                    yield from self.include(name, rest, depth)
                elif name.text == "pragma":
                    yield from self.pragma(line[0].place, rest)
                elif name.text in DIRECTIVES:
                    getattr(self, f"obey_{name.text}")(name, rest)
                else:
                    near = nearest(name.text, DIRECTIVES)
                    hint = f"did you mean #{near}?" if near else f"there are: {', '.join(DIRECTIVES)}"
                    raise CError(name.place, f"C has no directive #{name.text}; {hint}")
        if groups:
            raise CError(groups[-1].opened, f"this #{groups[-1].name} has no #endif")

    def conditional(self, groups: list[_Group], name: Token, rest: list[Token]) -> None:
        if name.text.startswith("if"):
            skipped = bool(groups) and not groups[-1].active
            active = not skipped and self.condition(name, rest)
            groups.append(_Group(name.place, name.text, active, active or skipped))
            return
        if not groups:
            raise CError(name.place, f"this #{name.text} has no #if before it")
        group = groups[-1]
        if name.text == "endif":
            groups.pop()
        elif group.last:
            raise CError(name.place, f"#{name.text} comes after the #else of its #if")
        else:
            group.active = not group.taken and (name.text == "else" or self.condition(name, rest))
            group.taken |= group.active
            group.last = name.text == "else"

    def condition(self, name: Token, rest: list[Token]) -> bool:
        if name.text in ("if", "elif"):
            return holds(list(expand(self, rest, condition=True)), name.place)
        if len(rest) != 1 or rest[0].kind != "name":
            raise CError((rest[0] if rest else name).place, f"#{name.text} is followed by the name of one macro")
        return (rest[0].text in self.macros) == (name.text == "ifdef")

    def include(self, name: Token, rest: list[Token], depth: int) -> Iterator[Token]:
        if rest and rest[0].kind == "name":
            rest = list(expand(self, rest))
        if rest and rest[0].text == "<" and rest[-1].text == ">":
            wanted = "".join(" " * (each.spaced and index > 0) + each.text for index, each in enumerate(rest[1:-1]))
        elif len(rest) == 1 and rest[0].kind == "string":
            wanted = rest[0].text[1:-1]
        else:
            raise CError((rest[0] if rest else name).place, '#include is followed by <a header> or "a header"')
        wanted = wanted.replace("\\\\", "/").replace("\\", "/")
        own = next((each for each in (wanted, wanted.rpartition("/")[2]) if each in self.headers), None)
        if own is None and (pack := _PACKING.fullmatch(wanted.lower())):
            yield _pragma(f"pack(push, {pack[1]})" if pack[1] else "pack(pop)", name.place)
        elif own is None:
            if wanted.lower() not in known():
                raise CError(rest[0].place, unknown(wanted, self.headers))
            self.take(header(wanted.lower()))
        elif own not in self.once:
            if depth == _DEEPEST:
                raise CError(rest[0].place, f"{own} includes itself without end; type  #pragma once  in its first line")
            self.texts.setdefault(own, source(own, self.headers[own]))
            yield from self.file(self.texts[own], depth + 1)

    def take(self, taken: Header) -> None:
        """One of our headers, after those that it includes."""
        if taken not in self.included:
            for name in taken.includes:
                self.take(header(name))
            self.included.append(taken)
            self.macros.update(taken.table)

    def obey_define(self, name: Token, rest: list[Token]) -> None:
        macro = definition(rest, name.place)
        before = self.macros.get(macro.name)
        if isinstance(before, Macro) and before.body and not before.same(macro) and macro.name not in self.defines:
            where = before.body[0].place
            if not where.text.ours:
                raise CError(rest[0].place, f"{macro.name} is defined differently in line {where.line} of {where.file}")
        number = None if macro.parameters is not None else _number(macro.body)
        if number is not None:
            self.numbers[macro.name] = number
            if macro.name in self.defines:
                return
        self.macros[macro.name] = macro

    def obey_undef(self, name: Token, rest: list[Token]) -> None:
        if len(rest) != 1 or rest[0].kind != "name":
            raise CError((rest[0] if rest else name).place, "#undef is followed by the name of one macro")
        self.macros.pop(rest[0].text, None)

    def obey_error(self, name: Token, rest: list[Token]) -> None:
        line = name.place.text.lines[name.place.line - 1]
        said = line[rest[0].place.column - 1 :] if rest else ""
        raise CError(name.place, f"#error {said}".rstrip())

    def obey_line(self, name: Token, rest: list[Token]) -> None:
        rest = list(expand(self, rest))
        number = integer(rest[0]) if rest and rest[0].text.isdigit() else None
        if number is None or len(rest) > 2 or (len(rest) == 2 and rest[1].kind != "string"):
            raise CError((rest[0] if rest else name).place, '#line is followed by a number, and perhaps by "a file"')
        text = name.place.text
        _, file = self.presumed(name.place)
        self.shifted[text] = (int(rest[0].text) - name.place.line - 1, rest[1].text[1:-1] if rest[1:] else file)

    def pragma(self, place: Place, rest: list[Token]) -> Iterator[Token]:
        """`once` is honoured, `pack` is handed on; those that change the text are refused, and no other changes what is
        simulated."""
        if rest and (refused := refused_pragma(rest[0].text)):
            raise CError(rest[0].place, refused)
        if rest and rest[0].text == "once":
            self.once.add(place.file)
        elif rest and rest[0].text == "pack":
            yield _pragma("".join(token.text + " " * (token.text == ",") for token in rest), place)


def refused_pragma(text: str) -> str:
    """Why a pragma is refused, "" where it is not: it would change what the lines after it mean."""
    found = next((name for name in ("push_macro", "pop_macro", "include_alias") if text.startswith(name)), "")
    return found and f"not simulated: #pragma {found}; define the macro, or name the header, the way you want it"


def _pragma(text: str, place: Place) -> Token:
    return Token("pragma", f"#pragma {text}", place, True)


def _number(body: tuple[Token, ...]) -> int | None:
    """The value of a macro that is one whole number, perhaps negative, perhaps in parentheses."""
    while len(body) > 2 and body[0].text == "(" and body[-1].text == ")":
        body = body[1:-1]
    sign, body = (-1, body[1:]) if len(body) == 2 and body[0].text == "-" else (1, body)
    found = integer(body[0]) if len(body) == 1 and body[0].kind == "number" else None
    return None if found is None else sign * found.number

"""Macros: how they are defined, and how a stream of tokens is expanded.

Tokens of a macro's body stand, after its expansion, where the reader used the macro; those of its arguments stay where
the reader wrote them. A macro is not expanded inside its own expansion, and its name there never again (C17 6.10.3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kevent_sim.c.errors import CError, Place
from kevent_sim.c.tokens import Token, source, tokenize

VARIADIC = "__VA_ARGS__"


@dataclass(frozen=True, slots=True)
class Macro:
    """`parameters` is None for an object macro; the last of them is `__VA_ARGS__` where it is variadic."""

    name: str
    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]

    @property
    def variadic(self) -> bool:
        return bool(self.parameters) and self.parameters[-1] == VARIADIC  # type: ignore[index]

    def same(self, other: Macro) -> bool:
        """May this definition stand beside the other? White space counts only as far as there is some."""

        def shape(macro: Macro) -> list[tuple[str, bool]]:
            return [(each.text, each.spaced and index > 0) for index, each in enumerate(macro.body)]

        return self.parameters == other.parameters and shape(self) == shape(other)


class Macros(Protocol):
    """The macros that are defined where a token stands. Some are made as they are used: `__LINE__` is one."""

    def get(self, name: str, /) -> Macro | Callable[[Place], Token] | None: ...


def definition(tokens: Sequence[Token], define: Place) -> Macro:
    """The macro that is defined by what follows `#define`.

    Raises `CError` at what is wrong there.
    """
    if not tokens:
        raise CError(define, "#define names no macro; type  #define NAME text")
    name, *rest = tokens
    if name.kind != "name" or name.text == "defined":
        raise CError(name.place, f"{name.text} cannot be the name of a macro")
    parameters = None
    if rest and rest[0].text == "(" and not rest[0].spaced:
        parameters, rest = _parameters(name, rest)
    body = tuple(rest)
    if body and (wrong := next((each for each in (body[0], body[-1]) if each.text == "##"), None)):
        raise CError(wrong.place, "## joins what stands on both its sides; here one side is empty")
    if parameters is not None:
        for hash_, operand in zip(body, [*body[1:], None], strict=False):
            if hash_.text == "#" and (operand is None or operand.text not in parameters):
                raise CError(hash_.place, "# makes a string of a parameter of the macro; none follows it here")
    return Macro(name.text, parameters, body)


def _parameters(name: Token, tokens: list[Token]) -> tuple[tuple[str, ...], list[Token]]:
    """The parameters in parentheses, and what follows them."""
    names: list[str] = []
    end = next((index for index, each in enumerate(tokens) if each.text == ")"), None)
    if end is None:
        raise CError(tokens[0].place, f"the parameters of {name.text} have no end; ')' is missing")
    inside = tokens[1:end]
    for index, token in enumerate(inside):
        if index % 2:
            if token.text != ",":
                raise CError(token.place, f"a comma is missing between the parameters of {name.text}")
        elif token.text == "..." and index == len(inside) - 1:
            names.append(VARIADIC)
        elif token.kind != "name" or token.text in names:
            raise CError(token.place, f"{token.text} cannot be a parameter of {name.text}")
        else:
            names.append(token.text)
    if inside and len(inside) % 2 == 0:
        raise CError(tokens[end].place, f"a parameter of {name.text} is missing before ')'")
    return tuple(names), tokens[end + 1 :]


def expand(macros: Macros, tokens: Iterable[Token], condition: bool = False) -> Iterator[Token]:
    """The tokens, with every macro among them expanded. In the condition of an #if, `defined X` becomes 1 or 0."""
    return iter(_Expansion(macros, iter(tokens), set(), condition))


class _Expansion:
    """One stream of tokens, and the bodies of macros that are being read in front of it."""

    def __init__(self, macros: Macros, stream: Iterator[Token], inside: set[str], condition: bool = False) -> None:
        self.macros, self.stream, self.inside, self.condition = macros, stream, inside, condition
        self.bodies: list[tuple[Iterator[Token], str]] = []  # the innermost is the last; `inside`: their macros' names

    def __iter__(self) -> Iterator[Token]:
        get, inside = self.macros.get, self.inside
        while (token := self.read()) is not None:
            if token.kind == "name" and not token.painted:
                if self.condition and token.text == "defined":
                    yield self.defined(token)
                    continue
                macro = get(token.text)
                if macro is None:
                    pass
                elif token.text in inside:
                    token = token.paint()
                elif callable(macro):
                    token = macro(token.place).at(token.place, token.spaced)
                elif self.enter(token, macro):
                    continue
            yield token

    def read(self) -> Token | None:
        while self.bodies:
            body, name = self.bodies[-1]
            if (token := next(body, None)) is not None:
                return token
            self.bodies.pop()
            self.inside.discard(name)
        return next(self.stream, None)

    def enter(self, use: Token, macro: Macro) -> bool:
        """Read the macro's body next. False where it is one with parameters, and is used without."""
        arguments: list[list[Token]] = []
        if macro.parameters is not None:
            follows = self.read()
            if follows is None or follows.text != "(":
                if follows is not None:
                    self.bodies.append((iter((follows,)), ""))
                return False
            arguments = self.arguments(use, macro)
        body = _Substitution(self, use, macro, arguments).tokens()
        self.inside.add(macro.name)
        self.bodies.append((iter(body), macro.name))
        return True

    def arguments(self, use: Token, macro: Macro) -> list[list[Token]]:
        assert macro.parameters is not None
        count, depth = len(macro.parameters), 0
        found: list[list[Token]] = [[]]
        while (token := self.read()) is not None:
            if token.text == ")" and depth == 0:
                break
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0 and not (macro.variadic and len(found) == count):
                found.append([])
            else:
                found[-1].append(token)
        else:
            raise CError(use.place, f"the arguments of {macro.name} have no end; ')' is missing")
        if count == 0 and found == [[]]:
            return []
        if macro.variadic and len(found) == count - 1:
            found.append([])
        if len(found) != count:
            given = f"{len(found)} argument" + "s" * (len(found) != 1)
            raise CError(use.place, f"{macro.name}({', '.join(macro.parameters)}) is given {given}")
        return found

    def expanded(self, tokens: list[Token]) -> list[Token]:
        return list(_Expansion(self.macros, iter(tokens), self.inside, self.condition))

    def defined(self, operator: Token) -> Token:
        name = self.read()
        if enclosed := name is not None and name.text == "(":
            name = self.read()
        if name is None or name.kind != "name":
            raise CError((name or operator).place, "defined is followed by the name of a macro")
        if enclosed:
            end = self.read()
            if end is None or end.text != ")":
                raise CError((end or name).place, f"')' is missing after {name.text}")
        return Token("number", str(int(self.macros.get(name.text) is not None)), operator.place, operator.spaced)


class _Substitution:
    """The body of a macro, in which arguments stand for parameters, and # and ## have done their work."""

    def __init__(self, expansion: _Expansion, use: Token, macro: Macro, arguments: list[list[Token]]) -> None:
        self.expansion, self.use, self.macro = expansion, use, macro
        self.arguments = dict(zip(macro.parameters or (), arguments, strict=True))
        self.expanded: dict[str, list[Token]] = {}

    def tokens(self) -> list[Token]:
        body, place, made = self.macro.body, self.use.place, []  # type: tuple[Token, ...], Place, list[Token]
        empty = False  # is the piece on the left empty?
        index = 0
        while index < len(body):
            token = body[index]
            joined = token.text == "##"
            if joined:
                index += 1
                token = body[index]
            before_joint = index + 1 < len(body) and body[index + 1].text == "##"
            if token.text == "#" and self.macro.parameters is not None:
                index += 1
                piece = [stringized(self.arguments[body[index].text], place, token.spaced)]
            elif token.kind == "name" and token.text in self.arguments:
                if token.text == VARIADIC and index > joined and body[index - 1 - joined].text == "," and made:
                    joined = before_joint = False  # a comma is never joined, and before nothing it goes, as MSVC has it
                    if not self.argument(token, raw=False):
                        made.pop()
                piece = self.argument(token, raw=joined or before_joint)
            else:
                piece = [token.at(place, token.spaced)]
            if joined and piece and made and not empty:
                made[-1:] = pasted(made[-1], piece[0])
                made += piece[1:]
            else:
                made += piece
            empty = not piece and (empty or not joined)
            index += 1
        if made:
            made[0] = made[0].at(made[0].place, self.use.spaced)
        return made

    def argument(self, parameter: Token, raw: bool) -> list[Token]:
        tokens = self.arguments[parameter.text]
        if not raw:
            if parameter.text not in self.expanded:
                self.expanded[parameter.text] = self.expansion.expanded(tokens)
            tokens = self.expanded[parameter.text]
        if not tokens:
            return []
        return [tokens[0].at(tokens[0].place, parameter.spaced), *tokens[1:]]


def stringized(tokens: Sequence[Token], place: Place, spaced: bool) -> Token:
    """The string that # makes of an argument: its text, each white space in it one blank."""
    parts = []
    for index, token in enumerate(tokens):
        text = token.text
        if token.kind in ("string", "character"):
            text = text.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(" " * (token.spaced and index > 0) + text)
    return Token("string", '"' + "".join(parts) + '"', place, spaced)


def pasted(left: Token, right: Token) -> list[Token]:
    """What ## makes of two tokens: one, or, as MSVC has it, both as they were where they make none."""
    lines = tokenize(source("", left.text + right.text))
    if (
        [len(line) for line in lines] == [1]
        and "\n" not in left.text + right.text
        and "//" not in left.text + right.text
    ):
        return [Token(lines[0][0].kind, lines[0][0].text, left.place, left.spaced)]
    return [left, right.at(right.place, False)]

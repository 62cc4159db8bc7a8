"""The token at which a parser gave up, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kevent_sim.c.errors import CError, Place
from kevent_sim.c.tokens import Token

BASIC = frozenset(
    {
        "char",
        "short",
        "int",
        "long",
        "signed",
        "unsigned",
        "void",
        "_Bool",
        "struct",
        "union",
        "enum",
        "const",
        "volatile",
    }
)
KEYWORDS = BASIC | {
    "auto", "break", "case", "continue", "default", "do", "else", "extern", "for", "goto", "if", "inline", "register",
    "restrict", "return", "sizeof", "static", "switch", "typedef", "while", "_Alignas", "_Alignof", "_Static_assert",
    "_Noreturn", "offsetof",
}  # fmt: skip
WORDS = ("name", "number", "string", "character")


class Complaint:
    """What a parser says of the token at `index`; the statement or declaration around it begins at `start`.

    `types`: the names that are types there; `own`: those of them that the text itself makes types.
    """

    def __init__(self, tokens: Sequence[Token], index: int, message: str, types: set[str]) -> None:
        self.tokens, self.message = tokens, message
        self.index = min(max(index, 0), len(tokens) - 1)
        self.own = own_types(tokens)
        self.types = types | self.own
        last = index >= len(tokens) - 1
        self.at_the_end = index >= len(tokens) or (last and self.here.text not in (";", "}", ")", "]"))
        self.start = self.index
        while self.start > 0 and tokens[self.start - 1].text not in (";", "{", "}"):
            self.start -= 1

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    @property
    def before(self) -> Token | None:
        return self.tokens[self.index - 1] if self.index else None

    @property
    def after(self) -> Token | None:
        return self.tokens[self.index + 1] if self.index + 1 < len(self.tokens) else None

    def unclosed(self, start: int, end: int) -> int | None:
        """The index of the innermost bracket that is open before a token."""
        opened: list[int] = []
        for index in range(start, end):
            if self.tokens[index].text in ("(", "[", "{"):
                opened.append(index)
            elif self.tokens[index].text in (")", "]", "}") and opened:
                opened.pop()
        return opened[-1] if opened else None

    def opens(self, closed: int) -> int | None:
        """The index of the bracket that a closing one closes."""
        close = self.tokens[closed].text
        open_ = {")": "(", "]": "[", "}": "{"}[close]
        depth = 0
        for index in range(closed, -1, -1):
            depth += (self.tokens[index].text == close) - (self.tokens[index].text == open_)
            if depth == 0:
                return index
        return None

    def in_record(self) -> bool:
        """Does the statement stand in the braces of a struct or a union?"""
        return self.is_record(self.unclosed(0, self.start))

    def is_record(self, opened: int | None) -> bool:
        words = () if opened is None else (token.text for token in self.tokens[max(0, opened - 2) : opened])
        return not {"struct", "union", "enum"}.isdisjoint(words)

    def is_type(self, token: Token | None) -> bool:
        return token is not None and (token.text in self.types or token.text in BASIC)

    def told(self, token: Token) -> str:
        """The token as the reader sees it: where it came from a macro, that."""
        seen = seen_at(token.place)
        macro = re.match(r"[^\W\d]\w*", seen)
        if macro is not None and not seen.startswith(token.text):
            return macro[0]
        return token.text if token.kind in WORDS else f"'{token.text}'"

    def at(self, token: Token, message: str) -> CError:
        return CError(token.place, message)

    def behind(self, token: Token, message: str) -> CError:
        """At the place behind a token, where what is missing should stand; behind a macro where it came from one."""
        seen = seen_at(token.place)
        word = re.match(r"\w*", seen)
        length = len(token.text) if seen.startswith(token.text) or word is None else len(word[0])
        return CError(token.place._replace(column=token.place.column + length), message)


def seen_at(place: Place) -> str:
    """What the reader sees from a place on."""
    lines = place.text.lines
    return lines[place.line - 1][place.column - 1 :] if place.line <= len(lines) else ""


def own_types(tokens: Sequence[Token]) -> set[str]:
    """Names that a text itself makes types, as far as one can tell without parsing it."""
    found: set[str] = set()
    depth, typedef = 0, False
    for token, after in pairwise(tokens):
        depth += (token.text == "{") - (token.text == "}")
        typedef = token.text == "typedef" or (typedef and not (token.text == ";" and depth == 0))
        if typedef and depth == 0 and token.kind == "name" and after.text in (";", ",", "[", "(", ")"):
            found.add(token.text)
    return found

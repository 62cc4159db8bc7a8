"""What a parser could not read, said as a compiler says it: what is missing, where, or whose language it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kevent_sim.c.errors import CError, Place
from kevent_sim.c.names import CPP, unknown
from kevent_sim.c.tokens import Token

KEYWORDS = frozenset(
    [
        "auto",
        "break",
        "case",
        "char",
        "const",
        "continue",
        "default",
        "do",
        "else",
        "enum",
        "extern",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
        "_Bool",
        "_Alignas",
        "_Alignof",
        "_Static_assert",
        "_Noreturn",
        "offsetof",
    ]
)
_BASIC = frozenset(
    [
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
    ]
)
_BEFORE_A_TYPE = frozenset(
    [";", "{", "}", "(", ",", "const", "volatile", "static", "extern", "inline", "typedef", "register"]
)
_ENDS_AN_OPERAND = ("name", "number", "string", "character")


def explained(tokens: Sequence[Token], index: int, message: str, types: Sequence[str]) -> CError:
    """The error for a parser's complaint at one of these tokens.

    `types`: the names of the headers' types.
    """
    return _Complaint(tokens, min(max(index, 0), len(tokens)), {*types, *_own_types(tokens)}).error(message)


def _own_types(tokens: Sequence[Token]) -> set[str]:
    """Names that the text itself makes types, as far as one can tell without parsing it."""
    found, depth, typedef = set(), 0, False
    for token, after in pairwise(tokens):
        depth += (token.text == "{") - (token.text == "}")
        typedef = token.text == "typedef" or (typedef and not (token.text == ";" and depth == 0))
        if typedef and depth == 0 and token.kind == "name" and after.text in (";", ",", "[", "(", ")"):
            found.add(token.text)
    return found


class _Complaint:
    """The token at which a parser gave up, and what stands around it."""

    def __init__(self, tokens: Sequence[Token], index: int, types: set[str]) -> None:
        self.tokens, self.index, self.types = tokens, index, types
        self.start = index  # of the statement or declaration
        while self.start > 0 and tokens[self.start - 1].text not in (";", "{", "}"):
            self.start -= 1

    def error(self, message: str) -> CError:
        for explanation in (
            self.of_the_end, self.of_another_language, self.of_a_name_that_is_taken, self.of_a_record,
            self.of_an_unknown_type,
            self.of_parentheses, self.of_a_lonely_word, self.of_a_missing_operand, self.of_a_missing_semicolon,
        ):  # fmt: skip
            if (error := explanation(message)) is not None:
                return error
        return CError(self.here.place, f"this cannot be read as C, from {self.told(self.here)} on")

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    @property
    def before(self) -> Token | None:
        return self.tokens[self.index - 1] if self.index else None

    def told(self, token: Token) -> str:
        """The token, and the macro that it came from where the reader sees another text there."""
        lines, place = token.place.text.lines, token.place
        seen = lines[place.line - 1][place.column - 1 :] if place.line <= len(lines) else ""
        quoted = token.text if token.kind in _ENDS_AN_OPERAND else f"'{token.text}'"
        if (seen.startswith(token.text[:1]) and (seen + "\\").startswith(token.text)) or token.kind != "name":
            return quoted
        used = re.match(r"\w+", seen)
        return f"{quoted}, which comes from {used[0]}," if used else quoted

    def of_the_end(self, message: str) -> CError | None:
        if self.index < len(self.tokens):
            return None
        opened = self.unclosed(0)
        if opened is not None:
            return CError(opened.place, f"this '{opened.text}' is not closed where the file ends")
        last = self.tokens[-1]
        return CError(_end(last), f"';' is missing after {self.told(last)}")

    def unclosed(self, start: int) -> Token | None:
        """The innermost bracket that is open at the token."""
        opened: list[Token] = []
        for token in self.tokens[start : self.index]:
            if token.text in ("(", "[", "{"):
                opened.append(token)
            elif token.text in (")", "]", "}") and opened:
                opened.pop()
        return opened[-1] if opened else None

    def of_another_language(self, message: str) -> CError | None:
        around = [*self.tokens[self.start : self.index], *self.tokens[self.index : self.index + 2]]
        for token in around:
            if token.text in CPP and token.text not in self.types:
                return CError(token.place, f"not simulated: C++, to which {token.text} belongs; write it in C")
            if token.text == "::":
                return CError(token.place, "not simulated: C++, to which '::' belongs; write it in C")
        for type_, mark in pairwise(around):
            if mark.text == "&" and type_.text in {*self.types, *_BASIC}:
                return CError(mark.place, "not simulated: C++, to which references belong; pass a pointer, by  *")
        words = [token.text for token in around]
        if words[:2] == ["extern", "C"] or ("auto" in words and "=" in words):
            return CError(around[0].place, "not simulated: C++; write it in C")
        return None

    def of_a_name_that_is_taken(self, message: str) -> CError | None:
        found = re.match(r"(Typedef|Non-typedef) '(\w+)' previously declared", message)
        if found is None:
            return None
        index = self.index
        while index > 0 and self.tokens[index].text != found[2]:
            index -= 1
        was = "a variable or a function" if found[1] == "Typedef" else "a type"
        return CError(self.tokens[index].place, f"{found[2]} is already {was}, and cannot be something else beside it")

    def of_an_unknown_type(self, message: str) -> CError | None:
        """A name where a type must stand: it is followed by another, or by a star."""
        for index in range(self.index, max(self.start - 1, self.index - 4), -1):
            token = self.tokens[index]
            follows = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
            before = self.tokens[index - 1].text if index else ";"
            if token.kind != "name" or token.text in KEYWORDS or token.text in self.types:
                continue
            if before in ("struct", "union", "enum", "goto") or before not in _BEFORE_A_TYPE:
                continue
            if follows is not None and (
                (follows.kind == "name" and follows.text not in KEYWORDS) or follows.text == "*"
            ):
                return CError(token.place, unknown(token.text, self.types, "is no type that is known here"))
            if follows is not None and before == "(" and follows.text == ")" and self.index == index + 2:
                return CError(token.place, unknown(token.text, self.types, "is no type that is known here"))
        return None

    def of_parentheses(self, message: str) -> CError | None:
        opened = self.unclosed(self.start)
        if self.here.text in (")", "]") and (opened is None or opened.text not in ("(", "[")):
            return CError(self.here.place, f"this '{self.here.text}' closes nothing")
        if (
            self.here.text in ("{", ";", "}", "]")
            and opened is not None
            and opened.text == "("
            and not self.in_for(opened)
        ):
            return CError(_end(self.tokens[self.index - 1]), f"')' is missing before '{self.here.text}'")
        if self.here.text in (";", "}", ")") and opened is not None and opened.text == "[":
            return CError(_end(self.tokens[self.index - 1]), f"']' is missing before '{self.here.text}'")
        if self.here.text == "}" and self.unclosed(0) is None:
            return CError(self.here.place, "this '}' closes nothing")
        return None

    def in_for(self, opened: Token) -> bool:
        index = self.tokens.index(opened)
        return index > 0 and self.tokens[index - 1].text == "for"

    def of_a_lonely_word(self, message: str) -> CError | None:
        if self.here.text == "else" and self.before is not None and self.before.text in (";", "}"):
            return CError(self.here.place, "this else has no if before it")
        if self.here.text in ("(", "{") or self.before is None:
            return None
        if self.before.text in ("if", "while", "for", "switch"):
            return CError(self.here.place, f"'(' is missing after {self.before.text}")
        return None

    def of_a_missing_operand(self, message: str) -> CError | None:
        before = self.before
        if before is None or before.kind != "punctuation" or before.text in (")", "]", "}", "{", ";", "++", "--"):
            return None
        if self.here.kind == "punctuation" and self.here.text not in ("(", "{", "[", "-", "+", "!", "~", "*", "&"):
            return CError(
                self.here.place, f"something is missing between {self.told(before)} and {self.told(self.here)}"
            )
        return None

    def of_a_missing_semicolon(self, message: str) -> CError | None:
        before = self.before
        if before is None or not (before.kind in _ENDS_AN_OPERAND or before.text in (")", "]", "}", "++", "--")):
            return None
        if before.text in KEYWORDS - {"break", "continue", "return"}:
            return None
        if self.here.place.line > before.place.line or self.here.text == "}":
            return CError(_end(before), f"';' is missing after {self.told(before)}")
        if self.here.kind in _ENDS_AN_OPERAND or self.here.text == "{":
            return CError(self.here.place, f"{self.missing()} is missing before {self.told(self.here)}")
        return None

    def missing(self) -> str:
        opened = self.unclosed(self.start)
        if opened is None:
            return "';', ',' or an operator"
        before = self.tokens[self.tokens.index(opened) - 1].text
        return "')' or an operator" if before in ("if", "while", "switch") else "',' or an operator"

    def of_a_record(self, message: str) -> CError | None:
        """What stands behind the braces of a struct goes on in the next line, as if it were a name of its type."""
        start = self.start
        if start == 0 or self.tokens[start - 1].text != "}" or not self.is_record(start - 1):
            return None
        for token, after in pairwise(self.tokens[start - 1 : self.index + 1]):
            if token.text == ",":
                return None
            if after.place.line > token.place.line:
                return CError(_end(token), f"';' is missing after {self.told(token)}")
        return None

    def is_record(self, closed: int) -> bool:
        depth = 0
        for index in range(closed, -1, -1):
            depth += (self.tokens[index].text == "}") - (self.tokens[index].text == "{")
            if depth == 0:
                words = [token.text for token in self.tokens[max(0, index - 2) : index]]
                return bool({"struct", "union", "enum"}.intersection(words))
        return False


def _end(token: Token) -> Place:
    """The place behind a token, where what is missing should stand; behind a macro's name where it came from one."""
    place = token.place
    line = place.text.lines[place.line - 1] if place.line <= len(place.text.lines) else ""
    seen = line[place.column - 1 :]
    word = re.match(r"\w*", seen)
    length = len(token.text) if seen.startswith(token.text) or word is None else len(word[0])
    return place._replace(column=place.column + length)

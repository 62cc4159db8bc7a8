"""The condition of an #if: an integer constant expression, counted in 64 bits, signed or not (C17 6.10.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from kevent_sim.c.errors import CError, Place
from kevent_sim.c.tokens import Token
from kevent_sim.machine.numbers import signed

_MASK = (1 << 64) - 1
_LEVELS = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip
_BINDING = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uU]?(?:ll?|LL?|i64)?[uU]?|[uU]?[iI]64)")
_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class _Value(NamedTuple):
    number: int
    unsigned: bool


def holds(tokens: Sequence[Token], directive: Place) -> bool:
    """Is the condition true? Its macros are expanded, and names that are left count as 0.

    Raises `CError` at what is not part of such an expression.
    """
    return _Condition(tokens, directive).value() != 0


class _Condition:
    """A precedence climber over the tokens. `skipped` > 0: what is read there is not evaluated (0 && 1 / 0)."""

    def __init__(self, tokens: Sequence[Token], directive: Place) -> None:
        self.tokens, self.next, self.directive, self.skipped = tokens, 0, directive, 0

    def value(self) -> int:
        found = self.choice()
        if self.next < len(self.tokens):
            raise self.wrong("an operator is missing before {}")
        return found.number

    def wrong(self, message: str) -> CError:
        if self.next < len(self.tokens):
            token = self.tokens[self.next]
            return CError(token.place, message.format(token.text))
        place = self.tokens[-1].place if self.tokens else self.directive
        return CError(place, "a number is missing at the end of this condition")

    def at(self, *texts: str) -> bool:
        return self.next < len(self.tokens) and self.tokens[self.next].text in texts

    def choice(self) -> _Value:
        condition = self.binary(0)
        if not self.at("?"):
            return condition
        self.next += 1
        first = self.unless(not condition.number, self.choice)
        if not self.at(":"):
            raise self.wrong("':' of ?: is missing before {}")
        self.next += 1
        second = self.unless(bool(condition.number), self.choice)
        unsigned = first.unsigned or second.unsigned
        return _wrapped(first.number if condition.number else second.number, unsigned)

    def unless(self, skipped: bool, read: Callable[[], _Value]) -> _Value:
        self.skipped += skipped
        try:
            return read()
        finally:
            self.skipped -= skipped

    def binary(self, level: int) -> _Value:
        left = self.unary()
        while self.next < len(self.tokens) and _BINDING.get(self.tokens[self.next].text, -1) >= level:
            operator = self.tokens[self.next]
            above = _BINDING[operator.text] + 1
            self.next += 1
            if operator.text in ("&&", "||"):
                known = bool(left.number) == (operator.text == "||")
                right = self.unless(known, lambda above=above: self.binary(above))  # type: ignore[misc]
                left = _Value(int(bool(left.number) if known else bool(right.number)), False)
            else:
                left = self.applied(operator, left, self.binary(above))
        return left

    def applied(self, operator: Token, left: _Value, right: _Value) -> _Value:
        a, b, unsigned = left.number, right.number, left.unsigned or right.unsigned
        match operator.text:
            case "<<" | ">>":
                by = min(max(b if operator.text == "<<" else -b, -64), 64)
                return _wrapped(a << by if by >= 0 else a >> -by, left.unsigned)
            case "/" | "%":
                if b == 0:
                    if not self.skipped:
                        raise CError(operator.place, "this condition divides by zero")
                    return _Value(0, unsigned)
                a, b = (a & _MASK, b & _MASK) if unsigned else (a, b)
                quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
                return _wrapped(quotient if operator.text == "/" else a - b * quotient, unsigned)
            case "+" | "-" | "*" | "&" | "|" | "^":
                return _wrapped(_ARITHMETIC[operator.text](a, b), unsigned)
            case _:
                a, b = (a & _MASK, b & _MASK) if unsigned else (a, b)
                return _Value(int(_COMPARISONS[operator.text](a, b)), False)

    def unary(self) -> _Value:
        if not self.next < len(self.tokens):
            raise self.wrong("")
        token = self.tokens[self.next]
        self.next += 1
        if token.text in ("-", "+", "~", "!"):
            value = self.unary()
            if token.text == "!":
                return _Value(int(not value.number), False)
            return _wrapped({"-": -value.number, "+": value.number, "~": ~value.number}[token.text], value.unsigned)
        if token.text == "(":
            value = self.choice()
            if not self.at(")"):
                if self.next < len(self.tokens):
                    raise self.wrong("an operator or ')' is missing before {}")
                raise CError(token.place, "this '(' has no ')'")
            self.next += 1
            return value
        if token.kind == "name":
            return _Value(0, False)
        if token.kind == "number" and (found := integer(token)):
            return found
        if token.kind == "character":
            return _Value(character(token), False)
        self.next -= 1
        raise self.wrong("{} cannot stand in the condition of an #if")


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": int.__add__, "-": int.__sub__, "*": int.__mul__, "&": int.__and__, "|": int.__or__, "^": int.__xor__,
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, ">": int.__gt__, "<=": int.__le__, ">=": int.__ge__,
}  # fmt: skip


def _wrapped(number: int, unsigned: bool) -> _Value:
    return _Value(number & _MASK if unsigned else signed(number, 64), unsigned)


def integer(token: Token) -> _Value | None:
    """The value of a number, and whether it is unsigned; None for one that is not an integer."""
    found = _NUMBER.fullmatch(token.text)
    if found is None:
        return None
    digits = found[1]
    octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
    number = int(digits, 8 if octal else 0)
    return _wrapped(number, "u" in found[2].lower() or number >= 1 << 63)


def character(token: Token) -> int:
    """The value of a character constant, as MSVC has it: the last of several characters is the lowest byte.

    Raises `CError` for an escape that C does not know, and for more than four characters.
    """
    wide = token.text[0] != "'"
    inside = token.text[token.text.index("'") + 1 : -1]
    value, count = 0, 0
    for escape in re.finditer(r"\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|(.))|([\s\S])", inside):
        hexadecimal, octal, letter, plain = escape.groups()
        if letter is not None and letter not in _ESCAPES and letter not in "\\'\"?":
            raise CError(token.place, f"C has no escape \\{letter}")
        one = (
            int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else ord(plain) if plain
            else _ESCAPES.get(letter, ord(letter))
        )  # fmt: skip
        count += 1
        value = one if wide else value << 8 | one & 0xFF
    if count > (1 if wide else 4):
        raise CError(
            token.place, f"{token.text} has {count} characters; a character constant has at most {1 if wide else 4}"
        )
    if wide:
        return value & 0xFFFF
    return signed(value, 8) if count == 1 else signed(value, 32)

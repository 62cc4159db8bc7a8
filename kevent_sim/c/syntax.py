"""What a parser could not read, said as a compiler says it: what is missing, where, or whose language it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kevent_sim.c.complaint import KEYWORDS, Complaint
from kevent_sim.c.errors import CError
from kevent_sim.c.missing import (
    brace,
    bracket,
    hash_,
    name,
    operand,
    record_s_semicolon,
    semicolon,
    the_end,
    type_,
    value,
    word,
)
from kevent_sim.c.names import CPP, unknown
from kevent_sim.c.tokens import Token

_BEFORE_A_TYPE = frozenset(
    {";", "{", "}", "(", ",", "const", "volatile", "static", "extern", "inline", "typedef", "register"}
)


def explained(tokens: Sequence[Token], index: int, message: str, types: Sequence[str]) -> CError:
    """The error for a parser's complaint at one of these tokens; `types` are those of the headers."""
    complaint = Complaint(tokens, index, message, {*types})
    for explanation in (
        the_end, hash_, another_language, record_s_semicolon, taken_name, unknown_type,
        bracket, word, brace, value, name, operand, semicolon, type_,
    ):  # fmt: skip
        if (error := explanation(complaint)) is not None:
            return error
    return complaint.at(complaint.here, f"this cannot be read as C, from {complaint.told(complaint.here)} on")


def another_language(c: Complaint) -> CError | None:
    around = c.tokens[c.start : c.index + 2]
    for token in around:
        if token.text in CPP and token.text not in c.types:
            return c.at(token, f"not simulated: C++, to which {token.text} belongs; write it in C")
        if token.text == "::":
            return c.at(token, "not simulated: C++, to which '::' belongs; write it in C")
    for before, mark in pairwise(around):
        if mark.text == "&" and c.is_type(before):
            return c.at(mark, "not simulated: C++, to which references belong; pass a pointer, by  *")
    return None


def taken_name(c: Complaint) -> CError | None:
    """A name that is to be a type and something else: parsers of some versions say so, others stumble over it."""
    found = re.match(r"(Typedef|Non-typedef) '(\w+)' previously declared", c.message)
    index = c.index
    if found is not None:
        while index > 0 and c.tokens[index].text != found[2]:
            index -= 1
    else:
        while index > c.start and not (c.tokens[index].text in c.own and c.is_type(c.tokens[index - 1])):
            index -= 1
        if index == c.start:
            return None
    was = "a variable or a function" if found is not None and found[1] == "Typedef" else "a type"
    return c.at(c.tokens[index], f"{c.tokens[index].text} is already {was}, and cannot also be something else")


def unknown_type(c: Complaint) -> CError | None:
    """A name where a type must stand: another follows it, or a star, or the parenthesis of a cast."""
    for index in range(c.index, max(c.start - 1, c.index - 4), -1):
        token = c.tokens[index]
        before = c.tokens[index - 1].text if index else ";"
        after = c.tokens[index + 1] if index + 1 < len(c.tokens) else None
        if token.kind != "name" or token.text in KEYWORDS or token.text in c.types or before not in _BEFORE_A_TYPE:
            continue
        if after is None or (after.kind == "name" and after.text in KEYWORDS):
            continue
        cast = before == "(" and after.text == ")" and c.index == index + 2
        if after.kind == "name" or after.text == "*" or cast:
            return c.at(token, unknown(token.text, c.types, "is not a type that is known here"))
    return None

"""What a text lacks where a parser gave up: a bracket, a semicolon, a name, a type, an operand."""

from __future__ import annotations

from itertools import pairwise

from kevent_sim.c.complaint import KEYWORDS, WORDS, Complaint, seen_at
from kevent_sim.c.errors import CError
from kevent_sim.c.tokens import Token

DIRECTIVES = ("include", "define", "undef", "ifdef", "ifndef", "endif", "elif", "pragma")
_OPERATORS = (
    "+",
    "-",
    "/",
    "%",
    "<",
    ">",
    "<=",
    ">=",
    "==",
    "!=",
    "&&",
    "||",
    "|",
    "^",
    "<<",
    ">>",
    "?",
    ":",
    "!",
    "~",
)
_PREFIXES = ("(", "{", "[", "-", "+", "!", "~", "*", "&", "++", "--")  # with which an operand may begin


def the_end(c: Complaint) -> CError | None:
    if not c.at_the_end:
        return None
    last = c.tokens[-1]
    opened = c.unclosed(0, len(c.tokens))
    if opened is not None:
        return c.at(c.tokens[opened], f"this '{c.tokens[opened].text}' is not closed where the file ends")
    return c.behind(last, f"';' is missing after {c.told(last)}")


def hash_(c: Complaint) -> CError | None:
    """A directive without its #: it stands first in its line."""
    for token in c.tokens[c.start : c.index + 1]:
        if (
            token.text in DIRECTIVES
            and not token.place.text.lines[token.place.line - 1][: token.place.column - 1].strip()
        ):
            return c.at(token, f"'#' is missing before {token.text}")
    return None


def bracket(c: Complaint) -> CError | None:
    here, last = c.here, c.tokens[c.index - 1]
    index = c.unclosed(c.start, c.index)
    opened = "" if index is None else c.tokens[index].text
    around = c.unclosed(0, c.index)
    of_for = around is not None and c.tokens[around].text == "(" and c.tokens[around - 1].text == "for"
    if here.text == "{" and of_for:
        return c.behind(last, "')' is missing before '{'")
    if (
        here.text == ")"
        and of_for
        and c.before is not None
        and c.before.text == ";"
        and c.tokens[c.start - 2].text == "("
    ):
        return c.at(here, "a ';' of this for is missing before ')'")
    if here.text in (")", "]") and opened not in ("(", "[") and not of_for:
        return c.at(here, f"this '{here.text}' closes nothing")
    if here.text in ("{", ";", "}", "]") and opened == "(" and not of_for:
        return c.behind(last, f"')' is missing before '{here.text}'")
    if here.text in (";", "}", ")") and opened == "[":
        return c.behind(last, f"']' is missing before '{here.text}'")
    if here.text == "}" and around is None:
        return c.at(here, "this '}' closes nothing")
    return None


def word(c: Complaint) -> CError | None:
    """An `if` without its parenthesis, an `else` without its `if`, a `case` without its value."""
    here, before = c.here, c.before
    if before is None:
        return None
    if here.text == "else" and before.text in (";", "}"):
        return c.at(here, "this else has no if before it")
    if before.text in ("if", "while", "for", "switch") and here.text not in ("(", "{"):
        return c.at(here, f"'(' is missing after {before.text}")
    if before.text in ("case", "goto") and here.kind == "punctuation":
        return c.at(here, f"something is missing after {before.text}")
    if before.text == "typedef" and here.kind == "name" and c.after is not None and c.after.text == "{":
        return c.at(here, f"struct, union or enum is missing before {here.text}")
    if here.text == "{" and before.text in (";", "{") and c.in_record():
        return c.at(here, "struct or union is missing before '{'")
    return colon(c)


def colon(c: Complaint) -> CError | None:
    inside = [token.text for token in c.tokens[c.start : c.index]]
    unanswered = inside.count("?") - inside.count(":")
    if c.here.text == ":" and unanswered <= 0 and c.unclosed(c.start, c.index) is None:
        return c.at(c.here, "this ':' follows no case, no label and no ?")
    if c.here.text == ";" and unanswered > 0:
        return c.at(c.here, "the ':' of this ?: is missing before ';'")
    return None


def record_s_semicolon(c: Complaint) -> CError | None:
    """What stands behind the braces of a struct goes on in the next line, as if it were a name of its type."""
    start = c.start
    if start == 0 or c.tokens[start - 1].text != "}":
        return None
    if not c.is_record(c.opens(start - 1)):
        return None
    for token, after in pairwise(c.tokens[start - 1 : c.index + 1]):
        if token.text == ",":
            return None
        if after.place.line > token.place.line:
            return c.behind(token, f"';' is missing after {c.told(token)}")
    return None


def name(c: Complaint) -> CError | None:
    """A type, and nothing that it is the type of; an arrow or a dot, and no member."""
    if c.before is not None and c.before.text in ("->", "."):
        return c.at(c.here, f"the name of a member is missing after '{c.before.text}'")
    inside = c.unclosed(c.start, c.index) is not None
    for type_, after in ((c.before, c.here), (c.here, c.after)):
        follows = after is not None and after.text in (("=",) if inside else (";", "=", "[", ","))
        if type_ is not None and after is not None and follows and c.is_type(type_):
            return c.at(after, f"a name is missing after {c.told(type_)}")
    return None


def type_(c: Complaint) -> CError | None:
    """A declaration or a parameter without a type."""
    start = c.start
    while start < c.index and c.tokens[start].text in ("static", "extern", "const", "volatile", "inline", "register"):
        start += 1
    first, outside = c.tokens[start], c.unclosed(0, start) is None or c.in_record()
    if named(c, first) and (outside or "eclaration" in c.message):
        return c.at(first, f"{c.told(first)} has no type before it")
    for index in (c.index, c.index - 2):
        if outside and named(c, c.tokens[index]) and c.tokens[index - 1].text in ("(", ","):
            return c.at(c.tokens[index], f"{c.told(c.tokens[index])} has no type before it")
    return None


def value(c: Complaint) -> CError | None:
    """A type, or a cast with nothing behind it, where a value must stand."""
    for index in (c.index, c.index - 1):
        token, before = c.tokens[index], c.tokens[index - 1].text if index else ";"
        inside = before in ("(", ",", "=", "return") or before in _OPERATORS
        if c.is_type(token) and inside and (index < c.index or before != "("):
            return c.at(token, f"{c.told(token)} is a type, but a value must be here")
    close = c.index - 1
    if c.here.kind == "punctuation" and c.here.text not in _PREFIXES and c.tokens[close].text == ")":
        opened = c.opens(close)
        if opened is not None and opened < close - 1 and c.is_type(c.tokens[opened + 1]):
            return c.at(c.here, f"a value is missing after the cast to {c.tokens[opened + 1].text}")
    return None


def named(c: Complaint, token: Token) -> bool:
    return token.kind == "name" and token.text not in KEYWORDS and not c.is_type(token)


def brace(c: Complaint) -> CError | None:
    """A function's body that does not begin."""
    if not c.message.startswith("Invalid function definition"):
        return None
    depth = 0
    for index in range(c.index, len(c.tokens) - 1):
        depth += (c.tokens[index].text == "(") - (c.tokens[index].text == ")")
        if c.tokens[index].text == ")" and depth == 0:
            return c.at(c.tokens[index + 1], f"'{{' is missing before {c.told(c.tokens[index + 1])}")
    return None


def operand(c: Complaint) -> CError | None:
    here, before = c.here, c.before
    if here.kind != "punctuation" or here.text in _PREFIXES or before is None or before.kind != "punctuation":
        return None
    if before.text in (";", "{", "}") and here.text not in (";", "}", ")", "]"):
        return c.at(here, f"something is missing before {c.told(here)}")
    if before.text in ("++", "--") and c.tokens[c.index - 2].text in (";", ",", "(", "{", "}"):
        return c.at(here, f"something is missing after '{before.text}'")
    if before.text in (")", "]", "}", "{", ";", "++", "--"):
        return None
    return c.at(here, f"something is missing between {c.told(before)} and {c.told(here)}")


def semicolon(c: Complaint) -> CError | None:
    """Two operands beside each other: in two lines, a semicolon between them; in one, that or an operator."""
    index = c.index
    while index > c.start and c.tokens[index - 1].place == c.here.place:  # all of it comes from one macro
        index -= 1
    here, before = c.tokens[index], c.tokens[index - 1] if index else None
    if before is None or not (before.kind in WORDS or before.text in (")", "]", "}", "++", "--")):
        return None
    if before.text in KEYWORDS - {"break", "continue", "return"}:
        return None
    if here.place.line > before.place.line or here.text == "}":
        outside = before.text == ")" and c.unclosed(0, index) is None
        mark = "'{' or ';'" if outside else "';'"
        return c.behind(before, f"{mark} is missing after {c.told(before)}")
    if here.kind not in WORDS and here.text != "{" and seen_at(here.place).startswith(here.text):
        return None
    opened = c.unclosed(c.start, index)
    missing = "';', ',' or an operator" if opened is None else "',' or an operator"
    if opened and c.tokens[opened - 1].text in ("if", "while", "switch"):
        missing = "')' or an operator"
    return c.at(here, f"{missing} is missing before {c.told(here)}")

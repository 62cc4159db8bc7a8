"""A text's tokens, line by line, each with the place where the reader wrote it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from kevent_sim.c.errors import CError, Place, Text

Kind = Literal["name", "number", "string", "character", "punctuation", "pragma", "other"]

_TOKEN = re.compile(
    r"""
      (?P<space>   [ \t\f\v]+ )
    | (?P<newline> \n )
    | (?P<string>  (?:L|u8|u|U)?"(?:[^"\\\n]|\\.)*" )
    | (?P<character> (?:L|u|U)?'(?:[^'\\\n]|\\.)+' )
    | (?P<name>    [^\W\d][\w$]* | \$[\w$]* )
    | (?P<number>  \.?\d(?:[eEpP][+-]|[\w.])* )
    | (?P<comment> //[^\n]* | /\*[\s\S]*?\*/ )
    | (?P<open>    /\* )
    | (?P<punctuation>
        \.\.\. | <<= | >>= | -> | \+\+ | -- | << | >> | [-<>=!+*/%&^|]= | && | \|\| | \#\# | ::
        | [-\[\](){}.&*+~!/%<>^|?:;=,#]
      )
    | (?P<other>   . )
    """,
    re.VERBOSE,
)  # fmt: skip


class Token(NamedTuple):
    """One token. `spaced`: white space stands before it. `painted`: it came out of the macro of its own name, and is
    never expanded again."""

    kind: Kind
    text: str
    place: Place
    spaced: bool = False
    painted: bool = False

    def at(self, place: Place, spaced: bool) -> Token:
        """The same token, used at another place."""
        return Token(self.kind, self.text, place, spaced, self.painted)

    def paint(self) -> Token:
        return self._replace(painted=True)


def source(name: str, text: str, ours: bool = False) -> Text:
    """A file's text with its lines, whatever ends them, and without the mark that some editors put first."""
    return Text(name, tuple(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))), ours)


def tokenize(text: Text, first: int = 1, last: int | None = None) -> list[list[Token]]:
    """The tokens of each line that has some; a line that ends in a backslash goes on in the next.

    `first`, `last`: only these lines.

    Raises `CError` where a comment does not end. A quote that is not closed becomes a token of kind `other`: it is
    wrong only where it is not skipped.

    >>> [[token.text for token in line] for line in tokenize(source("a.c", "x = 'a'; // so" + chr(10) + "y++"))]
    [['x', '=', "'a'", ';'], ['y', '++']]
    """
    content, joints = _joined("\n".join(text.lines[first - 1 : last]) + "\n")
    lines: list[list[Token]] = []
    tokens: list[Token] = []
    line, start, spaced = first, 0, True  # `start`: where in `content` the line begins that we stand in
    for match in _TOKEN.finditer(content):
        kind, at = match.lastgroup, match.start()
        while joints and joints[-1] <= at:
            line, start = line + 1, max(start, joints.pop())
        if kind == "space":
            spaced = True
        elif kind == "newline":
            if tokens:
                lines.append(tokens)
            tokens, line, start, spaced = [], line + 1, match.end(), True
        elif kind == "comment":
            if inside := match.group().count("\n"):
                line, start = line + inside, content.rindex("\n", 0, match.end()) + 1
            spaced = True
        elif kind == "open":
            raise CError(Place(text, line, at - start + 1), "this comment has no end; put  */  where it ends")
        else:
            tokens.append(Token(kind, match.group(), Place(text, line, at - start + 1), spaced))  # type: ignore[arg-type]
            spaced = False
    return lines


def _joined(content: str) -> tuple[str, list[int]]:
    """The text without its line continuations, and the places in it where one was; the first of them is the last."""
    if "\\\n" not in content:
        return content, []
    joints, parts, length = [], content.split("\\\n"), 0
    for part in parts[:-1]:
        length += len(part)
        joints.append(length)
    return "".join(parts), joints[::-1]

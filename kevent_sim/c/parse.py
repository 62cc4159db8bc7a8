"""A text to its syntax tree. The one door to pycparser, which is imported when the first text is parsed.

The parser is given one token a line: so the line of a coordinate is the number of a token, and a node stands where
that token does in the reader's text, whatever macros it came through. The headers' declarations are parsed once for
the process; a text begins with the names of their types known, and its tree with those that it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from threading import RLock
from typing import Any

from kevent_sim.c.errors import CError, Place
from kevent_sim.c.headers.library import EVERYTHING, Declaration, used
from kevent_sim.c.preprocess import Preprocessed, preprocess
from kevent_sim.c.spellings import respelt
from kevent_sim.c.syntax import explained
from kevent_sim.c.tokens import Token, source
from kevent_sim.machine.call import Misuse

Tree = Any  # a c_ast.FileAST: named here, not imported
_ERROR = re.compile(r"tokens:(\d+)(?::\d+)?: (.*)", re.DOTALL)
_lock = RLock()


def unit(
    text: str,
    name: str = "driver.c",
    headers: Mapping[str, str] | None = None,
    defines: Mapping[str, str | int] | None = None,
) -> Tree:
    """The tree of a text: what it uses of our headers, then its own.

    Every node that has a coordinate has it as a `Place` in the text where the reader wrote it, or in a header's. The
    nodes of the headers are the same in every tree, and nobody may change them.

    `headers`: the reader's own, by name. `defines`: macros that are defined before the first line, and that replace a
    number which the text itself defines.

    Raises `CError` where the text is not C, or is C that is not simulated.

    >>> tree = unit("#include <ntifs.h>\\nBOOLEAN Met(NTSTATUS Status) {\\n    return NT_SUCCESS(Status);\\n}")
    >>> tree.ext[-1].decl.name, tree.ext[-1].body.block_items[0].expr.coord
    ('Met', driver.c:3:12)
    """
    return parsed(preprocess(source(name, text), headers, defines))


def parsed(done: Preprocessed) -> Tree:
    """The tree of a text that is preprocessed."""
    with _lock:
        tokens = respelt(done.tokens)
        needed = used(tokens, done.headers)
        own = _tree(tokens, _types(needed))
        own.ext = [node for declaration in _prepared(needed) for node in declaration] + own.ext
        return own


def declarations(names: Iterable[str]) -> list[Any]:
    """The nodes of our headers that give these names their meaning, in order.

    >>> [node.name for node in declarations(["KSPIN_LOCK"])]
    ['ULONG_PTR', 'KSPIN_LOCK', 'PKSPIN_LOCK']
    """
    nowhere = Place(source("names", ""), 1, 1)
    with _lock:
        needed = used([Token("name", name, nowhere) for name in names], EVERYTHING.headers)
        return [node for declaration in _prepared(needed) for node in declaration]


@cache
def _pycparser() -> tuple[Any, Any, type[Exception]]:
    """The parser's class, a lexer that remembers the last token it gave, and what the parser raises."""
    try:
        from pycparser import CParser
        from pycparser.c_lexer import CLexer
        from pycparser.c_parser import ParseError
    except ImportError:
        raise Misuse("C is parsed by pycparser, which is not installed; type  pip install 'pycparser>=3.0'") from None

    class WatchedLexer(CLexer):  # type: ignore[misc]
        last: Any = None

        def token(self) -> Any:
            given = super().token()
            self.last = given or self.last
            return given

    return CParser, WatchedLexer, ParseError


_nodes: dict[Declaration, list[Any]] = {}


def _prepared(declarations: Sequence[Declaration]) -> list[list[Any]]:
    """The nodes of declarations of our headers; those that are met first are parsed together."""
    new = [each for each in declarations if each not in _nodes]
    if new:
        tokens = [token for each in new for token in respelt(each.tokens)]
        known = _types(used(tokens, EVERYTHING.headers))
        declared = {name for each in new for name in each.names}
        made = _tree(tokens, [each for each in known if each not in declared])
        for declaration in new:
            _nodes[declaration] = []
        for node in made.ext:
            _nodes[new[_owner(new, node.coord or node.decl.coord)]].append(node)
    return [_nodes[each] for each in declarations]


def _owner(declarations: Sequence[Declaration], place: Place) -> int:
    return next(
        index
        for index, each in enumerate(declarations)
        if each.text is place.text and each.first <= place.line <= each.last
    )


def _types(declarations: Iterable[Declaration]) -> list[str]:
    return [name for each in declarations for name in each.types]


def _tree(tokens: list[Token], types: Sequence[str]) -> Tree:
    """The tree of these tokens, before which the names of these types are known."""
    parser_type, lexer, error_type = _pycparser()
    met = sorted({token.text for token in tokens}.intersection(types))
    first = f"typedef int {', '.join(met)};" if met else ""
    parser = parser_type(lexer=lexer)
    try:
        made = parser.parse("\n".join([first, *(token.text for token in tokens)]), "tokens")
    except (error_type, AssertionError) as error:  # 3.0 asserts that braces match
        at = _ERROR.match(str(error))
        line = int(at[1]) if at else parser.clex.last.lineno if parser.clex.last else 2
        index = len(tokens) if "At end of input" in str(error) else line - 2
        message = at[2] if at else str(error).partition(": ")[2]
        raise explained(tokens, index, message, types) from None
    except RecursionError:
        raise CError(tokens[parser.clex.last.lineno - 2].place, "this is nested too deeply to be read") from None
    made.ext = made.ext[len(met) :]
    _placed(made, [token.place for token in tokens])
    return made


def _placed(made: Tree, places: Sequence[Place]) -> None:
    """Give every node the place of its token."""
    waiting = list(made.ext)
    while waiting:
        node = waiting.pop()
        if (coord := node.coord) is not None and not isinstance(coord, Place):
            node.coord = places[coord.line - 2]
        waiting += node

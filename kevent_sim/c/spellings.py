"""What MSVC spells otherwise than C17 is respelt; what is not simulated is refused at its place, by its name."""

from __future__ import annotations

import re
from collections.abc import Callable

from kevent_sim.c.conditions import character, integer
from kevent_sim.c.errors import CError, Place
from kevent_sim.c.preprocess import refused_pragma
from kevent_sim.c.tokens import Kind, Token

TRY, EXCEPT, FINALLY, LEAVE = "__try", "__except", "__finally", "__leave"
_MEANINGLESS = frozenset(
    f"{dashes}{word}"
    for dashes in ("_", "__")
    for word in ("cdecl", "stdcall", "fastcall", "vectorcall", "thiscall", "ptr64", "unaligned", "w64")
) | {"__restrict", "__sptr", "__uptr", "__extension__"}
_RESPELT = {
    "__int8": "char", "__int16": "short", "__int32": "int", "__int64": "long long", "_int64": "long long",
    "__inline": "inline", "_inline": "inline", "__forceinline": "inline", "_forceinline": "inline",
    "__volatile": "volatile", "__const": "const", "__signed": "signed", "__alignof": "_Alignof",
    "__builtin_offsetof": "offsetof",
}  # fmt: skip
_NOT_SIMULATED = {
    **dict.fromkeys(("float", "double", "_Complex"), "floating point; count in whole numbers"),
    **dict.fromkeys(("__asm", "_asm", "__asm__"), "assembly; write it in C, or call the routine that does it"),
    **dict.fromkeys(("setjmp", "longjmp", "jmp_buf"), "setjmp and longjmp; use return, goto, or __try and __except"),
    "__attribute__": "__attribute__, which is not MSVC; leave it out, or use __declspec",
    **dict.fromkeys(("__ptr32", "_ptr32"), "pointers of 32 bits; leave __ptr32 out"),
    "_Atomic": "_Atomic; use the Interlocked routines",
    "_Thread_local": "thread-local variables; pass a context to the thread",
    "_Generic": "_Generic; name the function that you mean",
}  # fmt: skip
_DECLSPECS = {
    "allocate", "code_seg", "deprecated", "dllexport", "dllimport", "guard", "noalias", "noinline", "noreturn",
    "nothrow", "novtable", "restrict", "safebuffers", "selectany", "spectre", "uuid",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|[abfnrtv\\'\"?]|.)")
_FLOATING = re.compile(r"(\d+\.\d*|\.\d+)([eE][+-]?\d+)?[fFlL]?|\d+([eE][+-]?\d+[fFlL]?|[fF])|0[xX][\da-fA-F.]*[pP].*")
_SUFFIX = re.compile(r"([uU]?)[iI](8|16|32|64)$")


def respelt(tokens: list[Token]) -> list[Token]:
    """The same program in C17, as far as a parser is concerned.

    `__try {A} __except (F) {B}` becomes `{ if (__try) {A} else if (__except (F)) {B} }`, `__finally {B}` there
    `else if (__finally) {B}`, and `__leave` becomes `goto __leave`: names that no program can have otherwise.

    Raises `CError` for what is not simulated, and for characters that begin no token.
    """
    return _Respelling(tokens).all()


class _Respelling:
    """One pass over the tokens. `tries`: for each `__try` that is open, whether its handler is, and the depth of its
    braces."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.next, self.made = tokens, 0, []  # type: list[Token], int, list[Token]
        self.depth, self.tries, self.linkage = 0, [], []  # type: int, list[tuple[bool, int]], list[int]
        self.body = 0  # where, in what is made, the function's body begins
        self.special: dict[str, Callable[[Token], None]] = {
            "{": self.opened, "}": self.closed, "extern": self.extern,
            TRY: self.tried, EXCEPT: self.handler, FINALLY: self.handler, LEAVE: self.left,
            "__declspec": self.declspec, "_declspec": self.declspec, "__pragma": self.pragma, "_Pragma": self.pragma,
            **dict.fromkeys(("__FUNCTION__", "__func__", "__FUNCSIG__", "__FUNCDNAME__"), self.function),
        }  # fmt: skip
        self.checked: dict[Kind, Callable[[Token], None]] = {
            "number": self.number, "string": self.string, "character": self.character, "other": self.other,
        }  # fmt: skip

    def all(self) -> list[Token]:
        tokens, made, special, checked = self.tokens, self.made, self.special, self.checked
        while self.next < len(tokens):
            token = tokens[self.next]
            self.next += 1
            if handler := special.get(token.text) or checked.get(token.kind):
                handler(token)
            elif token.text in _RESPELT:
                for word in _RESPELT[token.text].split():
                    self.put("name", word, token.place)
            elif token.text in _NOT_SIMULATED:
                raise CError(token.place, f"not simulated: {_NOT_SIMULATED[token.text]}")
            elif token.text in ("#", "##"):
                raise CError(token.place, f"{token.text} is in no directive here")
            elif token.text not in _MEANINGLESS:
                made.append(token)
        return made

    def put(self, kind: Kind, text: str, place: Place) -> None:
        self.made.append(Token(kind, text, place, True))

    def write(self, text: str, place: Place) -> None:
        for word in text.split():
            self.put("name" if word[0].isalpha() or word[0] == "_" else "punctuation", word, place)

    def sees(self, text: str) -> bool:
        return self.next < len(self.tokens) and self.tokens[self.next].text == text

    def enclosed(self, word: Token) -> list[Token]:
        """What stands in the parentheses that follow."""
        if not self.sees("("):
            raise CError(word.place, f"'(' is missing after {word.text}")
        length = _parenthesized(self.tokens[self.next :])
        if length == 0:
            raise CError(self.tokens[self.next].place, "this '(' has no ')'")
        start, self.next = self.next + 1, self.next + length
        return self.tokens[start : self.next - 1]

    def opened(self, brace: Token) -> None:
        if self.depth == 0:
            self.body = len(self.made)
        self.depth += 1
        self.made.append(brace)

    def closed(self, brace: Token) -> None:
        if self.linkage and self.linkage[-1] == self.depth:
            self.linkage.pop()
            return
        self.depth -= 1
        self.made.append(brace)
        if self.tries and self.tries[-1][1] == self.depth:
            handled, _ = self.tries.pop()
            if handled:
                self.write("}", brace.place)
            elif self.sees(EXCEPT) or self.sees(FINALLY):
                self.tries.append((True, self.depth))
            else:
                raise CError(brace.place, "this __try has neither __except (...) nor __finally after its block")

    def extern(self, word: Token) -> None:
        if not (self.next < len(self.tokens) and self.tokens[self.next].kind == "string"):
            self.made.append(word)
            return
        language = self.tokens[self.next]
        self.next += 1
        if language.text != '"C"':
            raise CError(language.place, f"not simulated: extern {language.text}; write the driver in C")
        if self.sees("{"):
            self.next += 1
            self.linkage.append(self.depth)

    def tried(self, word: Token) -> None:
        if not self.sees("{"):
            raise CError(word.place, "'{' is missing after __try")
        self.write("{ if ( __try )", word.place)
        self.tries.append((False, self.depth))

    def handler(self, word: Token) -> None:
        after = self.made and self.made[-1].text == "}" and self.tries and self.tries[-1] == (True, self.depth)
        if not after or self.tokens[self.next - 2].text != "}":
            raise CError(word.place, f"this {word.text} follows no block of a __try")
        self.write("else if (", word.place)
        self.put("name", word.text, word.place)
        if word.text == EXCEPT:
            filter_, here = self.enclosed(word), self.next
            if not filter_:
                raise CError(word.place, "__except has no filter; type  __except (EXCEPTION_EXECUTE_HANDLER)")
            self.write("(", word.place)
            self.made += _Respelling(filter_).all()
            self.write(")", word.place)
            self.next = here
        self.write(")", word.place)
        if not self.sees("{"):
            raise CError(word.place, f"'{{' is missing after {word.text}")

    def left(self, word: Token) -> None:
        if not any(not handled for handled, _ in self.tries):
            raise CError(word.place, "this __leave is in no __try")
        self.write(f"goto {LEAVE}", word.place)

    def declspec(self, word: Token) -> None:
        """Only an alignment says something of what is simulated."""
        inside, index = self.enclosed(word), 0
        while index < len(inside):
            token, start = inside[index], index + 1
            index = start + _parenthesized(inside[start:])
            if token.text == "align" and index > start:
                if self.made and self.made[-1].text in ("struct", "union", "enum"):
                    raise CError(token.place, f"not simulated: {word.text}(align) here; put it before the first member")
                self.put("name", "_Alignas", token.place)
                self.made += inside[start:index]
            elif token.text not in _DECLSPECS and token.text != ",":
                raise CError(token.place, f"not simulated: {word.text}({token.text}); leave it out")

    def pragma(self, word: Token) -> None:
        text = "".join(token.text + " " * (token.text == ",") for token in self.enclosed(word))
        text = text.strip('"')  # of _Pragma("...")
        if refused := refused_pragma(text):
            raise CError(word.place, refused)
        if text.startswith("pack"):
            self.made.append(Token("pragma", f"#pragma {text}", word.place, True))

    def function(self, word: Token) -> None:
        """The name of the function around it; a string, so that it joins its neighbours."""
        index, depth = self.body - 1, 0
        while index > 0:
            depth += (self.made[index].text == ")") - (self.made[index].text == "(")
            if depth == 0:
                break
            index -= 1
        if self.depth == 0 or index < 1:
            raise CError(word.place, f"{word.text} is in no function")
        self.string(Token("string", f'"{self.made[index - 1].text}"', word.place, word.spaced))

    def number(self, token: Token) -> None:
        text = token.text
        if suffix := _SUFFIX.search(text):
            text = text[: suffix.start()] + suffix[1] + ("LL" if suffix[2] == "64" else "")
        number = Token("number", text, token.place, token.spaced)
        if integer(number) is None:
            if _FLOATING.fullmatch(text):
                raise CError(token.place, f"not simulated: {_NOT_SIMULATED['float']}")
            raise CError(token.place, f"{token.text} is not a number")
        self.made.append(number)

    def string(self, token: Token) -> None:
        if token.text[0] in "uU":
            raise CError(token.place, 'not simulated: Unicode strings of other sizes; type  "..."  or  L"..."')
        for escape in _ESCAPE.finditer(token.text):
            if escape.group(1)[0] not in "xabfnrtv\\'\"?01234567" or escape.group(1) == "x":
                place = token.place._replace(column=token.place.column + escape.start())
                raise CError(place, f"C has no escape {escape.group()}; a backslash is written  \\\\")
        wide = token.text[0] == "L"
        index = len(self.made) - 1
        while index >= 0 and self.made[index].kind == "string":  # of neighbours that are joined, one L is enough
            before = self.made[index]
            if before.text[0] == "L":
                wide = True
            elif wide:
                self.made[index] = Token("string", "L" + before.text, before.place, before.spaced)
            index -= 1
        text = token.text if token.text[0] == "L" or not wide else "L" + token.text
        self.made.append(Token("string", text, token.place, token.spaced))

    def character(self, token: Token) -> None:
        character(token)
        self.made.append(token)

    def other(self, token: Token) -> None:
        if token.text in "'\"":
            raise CError(token.place, f"this {token.text} is not closed in its line")
        raise CError(token.place, f"no token of C begins with {token.text}")


def _parenthesized(tokens: list[Token]) -> int:
    """How many tokens the parentheses take with which they begin; 0 where they do not, or where these do not end."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return index + 1 if index else 0
    return 0

"""C that calls the library, over the plain memory of `c_flat`; and random calls of it, for a compiler and for us."""

import random
import re

from c_flat import SIZES, FlatMemory, Program

from kevent_sim.c.headers.library import header, home
from kevent_sim.c.library import LIBRARY

HEAD = "#include <ntifs.h>\n#include <ntstrsafe.h>\n#include <ntintsafe.h>\n#include <stdio.h>\n"
BUFFERS = "char out[600]; wchar_t wide[600]; ULONG number; size_t size;\n"
RANGES = {
    "NTSTATUS": (-(2**31), 2**31 - 1), "int": (-(2**31), 2**31 - 1), "LONG": (-(2**31), 2**31 - 1),
    "long": (-(2**31), 2**31 - 1), "ULONG": (0, 2**32 - 1), "size_t": (0, 2**64 - 1), "SIZE_T": (0, 2**64 - 1),
    "BOOLEAN": (0, 1), "WCHAR": (0, 0xFFFF),
}  # fmt: skip


def returns(name: str) -> str:
    """The type that a routine is declared to return."""
    one = header(home(name)).declares[name]
    return one.text.lines[one.first - 1].partition(name)[0].replace("const", "").strip()


def bound(name: str, memory):
    """A routine of the library over this memory. What it returns is in the range of its type."""

    def routine(*values):
        result = LIBRARY[name](memory, *values)
        if (type := returns(name)) in RANGES:
            lowest, highest = RANGES[type]
            assert lowest <= result <= highest
            assert isinstance(result, int)
        elif type == "VOID":
            assert result is None
        else:
            assert "*" in type or type == "LARGE_INTEGER"
        return result

    return routine


class Unwritten(Exception):
    """Something is read where nothing was written."""


class Careful(FlatMemory):
    """Memory that knows which of its bytes were written. What the library alone does is checked."""

    def __init__(self, of):
        super().__init__(of)
        self.written = set()

    def write(self, p, data):
        super().write(p, data)
        self.written.update(range(p, p + len(data)))

    def store(self, p, offset, type, value):
        self.written.update(range(p + offset, p + offset + SIZES.get(type.__name__, 8)))
        return super().store(p, offset, type, value)

    def literal(self, data):
        at = super().literal(data)
        self.written.update(range(at, at + len(data)))
        return at

    def read(self, p, size):
        if not self.written.issuperset(range(p, p + size)):
            raise Unwritten(f"{p}, {size}")
        return super().read(p, size)

    def terminated(self, p, unit, limit=None):
        found = super().terminated(p, unit, limit)
        self.read(p, len(found) + unit * (limit is None or len(found) < limit * unit))
        return found

    def copy(self, to, source, size):
        known = {to + at for at in range(size) if source + at in self.written}
        FlatMemory.write(self, to, FlatMemory.read(self, source, size))
        self.written -= set(range(to, to + size))
        self.written |= known


class Calls(Program):
    """A text that calls the library. `out` and `wide` are its buffers, filled with `#` to begin with."""

    def __init__(self, text: str, memory=FlatMemory):
        super().__init__(f"{HEAD}{BUFFERS}{text}", memory, **dict.fromkeys(LIBRARY, lambda: None))
        self.space |= {name: bound(name, self.memory) for name in self.lowered.used}
        self.clear()

    def clear(self):
        if "out" in self.space:
            self.memory.write(self.space["out"], b"#" * 600)
        if "wide" in self.space:
            self.memory.write(self.space["wide"], b"#\0" * 600)

    @property
    def out(self) -> str:
        return self.memory.terminated(self.space["out"], 1).decode("latin-1")

    @property
    def wide(self) -> str:
        return self.memory.terminated(self.space["wide"], 2).decode("utf-16-le")


def run(body: str, returns: str = "int"):
    """What a function with this body returns."""
    return Calls(f"{returns} f(void) {{ {body} }}").run("f")


def filled(call: str) -> str:
    """What is in `out`, or in `wide`, after a call."""
    program = Calls(f"void f(void) {{ {call}; }}")
    program.run("f")
    return program.wide if "wide" in call else program.out


def widened(body: str) -> str:
    """The same of wide characters."""
    body = re.sub(r"\b(_?)str(\w+)\(a", r"\1wcs\2(a", body).replace(' "', ' L"')
    return re.sub(r"\bchar (?=\*|a|b)", "wchar_t ", body).replace("(unsigned char)", "(unsigned short)")


# -- what a compiler of this machine knows too -------------------------------------------------------------------------

THEIRS = "#include <string.h>\n#include <strings.h>\n#include <stdlib.h>\n" + "".join(
    f"#define {ours} {theirs}\n" for ours, theirs in (("_stricmp", "strcasecmp"), ("_strnicmp", "strncasecmp"))
)
SIGN = "return (r > 0) - (r < 0);"
WHERE = "return p ? (int)(p - a) : -1;"
SUM = "unsigned h = 0; for (int i = 0; i < 24; i++) h = h * 31 + (unsigned char)a[i]; return (int)h;"
OPERATIONS = (
    "return (int)strlen(a);", "return (int)strnlen(a, N);", f"int r = strcmp(a, b); {SIGN}",
    f"int r = strncmp(a, b, N); {SIGN}", f"int r = _stricmp(a, b); {SIGN}", f"int r = _strnicmp(a, b, N); {SIGN}",
    f"strcpy(a, b); {SUM}", f"strncpy(a, b, N); {SUM}", f"strcat(a, b); {SUM}", f"strncat(a, b, N); {SUM}",
    f"char *p = strchr(a, C); {WHERE}", f"char *p = strrchr(a, C); {WHERE}", f"char *p = strstr(a, b); {WHERE}",
)  # fmt: skip
BYTES = (
    f"int r = memcmp(a, b, N); {SIGN}", f"char *p = memchr(a, C, N); {WHERE}", f"memset(a, C, N); {SUM}",
    f"memcpy(a, b, N); {SUM}", f"memmove(a + 2, a, N); {SUM}", f"memmove(a, a + 3, N); {SUM}",
)  # fmt: skip


def operations(seed: int, count: int) -> list[str]:
    """Bodies of functions that call what works on strings and on bytes."""
    one = random.Random(seed)

    def word(letters):
        return "".join(one.choice(letters) for _ in range(one.randint(0, 7)))

    made = []
    for at in range(count):
        letters = one.choice(["ab", "abAB", "aZ_z{", "a\\351"]) if at % 4 else "ab"
        letters = ["a", "\\351"] if "\\" in letters else letters
        body = one.choice((*OPERATIONS, *BYTES))
        body = body.replace("N", str(one.randint(0, 8))).replace(" C)", f" {one.choice([97, 98, 0, 66])})")
        body = body.replace(", C,", f", {one.choice([97, 0, 98, 355])},")
        made.append(f'char a[24] = "{word(letters)}"; char b[24] = "{word(letters)}"; {body}')
    return made


def formats(seed: int, count: int) -> list[str]:
    """Arguments of printf, whose meaning C defines and both sides know."""
    one, made = random.Random(seed), []
    for _ in range(count):
        format, arguments = "", []
        for _ in range(one.randint(1, 3)):
            piece, given = directive(one)
            format, arguments = format + one.choice(["", "a", "%%", " - "]) + piece, arguments + given
        made.append(", ".join([f'"[{format}]"', *arguments]))
    return made


def directive(one: random.Random) -> tuple[str, list[str]]:
    kind = one.choice("diuxXocs")
    flags = "-" * (one.random() < 0.3)
    if kind in "diuxXo":
        flags += "".join(each for each in "+ 0" if one.random() < 0.3)
        flags += "#" * (kind in "xXo" and one.random() < 0.4)
    given = []
    width = one.choice(["", "", "1", "5", "12", "*"])
    if width == "*":
        given.append(str(one.randint(-9, 9)))
    precision = one.choice(["", "", ".", ".0", ".1", ".6", ".*"]) if kind != "c" else ""
    if precision == ".*":
        given.append(str(one.randint(-2, 7)))
    size = one.choice(["", "", "hh", "h", "ll", "z"]) if kind in "diuxXo" else ""
    if kind == "s":
        given.append(one.choice(['"abc"', '""', '"a longer one"', '"\\303\\251"']))
    elif kind == "c":
        given.append(one.choice(["'a'", "0x141", "'\\351'"]))
    else:
        number = one.choice(["0", "1", "-1", "255", "-32769", "2147483647", "123456789"])
        given.append(number if size not in ("ll", "z") else f"{number}LL")
    return f"%{flags}{width}{precision}{size}{kind}", given

"""Random C, the same text for a compiler of this machine and for us: functions over integers, and records.

Each function is defined in all it does: no operand reads what another writes, divisors and counts of shifts are in
range, loops and jumps run on `fuel`. `long` is a name that each side gives its own type: LONG.
"""

import random
import shutil
import subprocess
import sys
from pathlib import Path

COMPILER = next(filter(None, map(shutil.which, ("gcc", "cc"))), None) if sys.maxsize > 2**32 else None
FLAGS = ("-w", "-O0", "-std=gnu17", "-fwrapv", "-fno-strict-aliasing", "-mms-bitfields", "-fsigned-char")
TYPES = (
    "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "LONG", "ULONG",
    "long long", "unsigned long long", "_Bool",
)  # fmt: skip
OURS = "typedef long LONG; typedef unsigned long ULONG;\n"
THEIRS = "#include <stdio.h>\n#include <stddef.h>\ntypedef int LONG; typedef unsigned int ULONG;\n"
NUMBERS = (
    "0", "1", "2", "7", "31", "100", "255", "256", "65535", "0x7F", "0x80", "0x8000", "0x7fffffff", "0x80000000",
    "0xFFFFFFFF", "3u", "5LL", "4294967296", "0x7fffffffffffffff", "0x8000000000000000ULL", "'A'", "'\\xFF'",
)  # fmt: skip


def compiler_works() -> bool:
    """Is there a compiler whose records are laid out as MSVC's?"""
    if COMPILER is None:
        return False
    asked = subprocess.run([COMPILER, *FLAGS, "-x", "c", "-E", "-"], input="", capture_output=True, text=True)
    machine = subprocess.run([COMPILER, "-dumpmachine"], capture_output=True, text=True).stdout
    return asked.returncode == 0 and machine.startswith(("x86_64", "amd64"))


def compiled(text: str, folder: Path) -> list[str]:
    """What the program prints, a line each."""
    source, program = folder / "random.c", folder / "random.exe"
    source.write_text(THEIRS + text, encoding="utf-8")
    subprocess.run([COMPILER, *FLAGS, "-o", str(program), str(source)], check=True)
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.splitlines()


class Function:
    """One function: its name is `f` and its number; it calls those of lower numbers."""

    def __init__(self, seed: int, number: int, called: list["Function"]):
        self.random = random.Random(seed)
        self.number, self.called = number, called
        self.labels = 0
        one = self.random.random
        self.parameters = [(self.random.choice(TYPES), f"p{at}") for at in range(self.random.randint(0, 3))]
        self.returns = self.random.choice(TYPES)
        self.locals = [f"v{at}" for at in range(self.random.randint(2, 5))]
        self.in_memory = one() < 0.5
        self.variables = [*self.locals, *(name for _, name in self.parameters)]
        self.places = list(self.variables)
        self.jumps = self.random.randint(1, 4) if one() < 0.4 else 0
        self.text = self.whole()
        self.arguments = [[self.random.randint(-300, 70000) for _ in self.parameters] for _ in range(3)]

    def whole(self) -> str:
        r = self.random
        head = [f"{r.choice(TYPES)} {name} = {r.randint(-300, 70000)};" for name in self.locals]
        head.append("int fuel = 40, i1 = 0, i2 = 0, i3 = 0;")
        if self.in_memory:
            head += self.memory()
        body = [self.statement(3) for _ in range(r.randint(3, 6))]
        # each label stands before some statement, however deep: a mark in the text that one label takes
        text = "\n".join(head + body)
        marks = text.count("@")
        chosen = set(r.sample(range(marks), min(self.jumps, marks)))
        self.labels = len(chosen)
        parts = text.split("@")
        text = parts[0]
        for at, part in enumerate(parts[1:]):
            text += (f"L{sorted(chosen).index(at)}: ;" if at in chosen else "") + part
        while "#" in text:
            jump = f"if (fuel-- > 0 && {self.expression(1)}) goto L{r.randrange(self.labels)};" if self.labels else ";"
            text = text.replace("#", jump, 1)
        given = ", ".join(f"{type} {name}" for type, name in self.parameters) or "void"
        result = " ^ ".join(f"(unsigned long long){name}" for name in self.places)
        return f"static {self.returns} f{self.number}({given})\n{{\n{text}\nreturn {result};\n}}\n"

    def memory(self) -> list[str]:
        """What lives in memory: a record with bit-fields, a static, a pointer to one's own local, a table."""
        r = self.random
        fields = " ".join(f"{r.choice(TYPES)} m{at};" for at in range(3))
        narrow = [("unsigned", 3), ("unsigned", 9), ("int", 7), ("signed char", 5), ("short", 11)]
        bits = " ".join(f"{type} b{at} : {width};" for at, (type, width) in enumerate(r.sample(narrow, 3)))
        inner = f"struct {{ {r.choice(TYPES)} x; {r.choice(TYPES)} a[3]; }} inner"
        begin = r.choice(["{0}", "{1, 2, 3}", "{.m1 = 5, .inner.a[1] = 7}", "{.inner = {4, {5, 6}}, .b1 = 3}"])
        self.places += ["s.m0", "s.m1", "s.b0", "s.b1", "s.b2", "s.inner.x", "s.inner.a[1]", "p->m2", "t[1]", "(*q)"]
        self.places += [f"t[{r.choice(self.locals)} & 3]", "kept"]
        kept, of, table = r.choice(TYPES), r.choice(TYPES), r.choice(TYPES)
        return [
            f"struct S {{ {fields} {bits} {inner}; }} s = {begin}, *p = &s;",
            f"static {kept} kept = {r.randint(0, 99)};",
            f"{of} o = {r.randint(0, 999)}, *q = &o;",
            f"{table} t[4] = {{ {r.randint(0, 99)}, [2] = {r.randint(0, 99)} }};",
            "struct S copy; copy = s; copy.m0 += 1; s = copy;",
        ]

    def expression(self, depth: int, names: list[str] | None = None) -> str:
        """An expression that changes nothing."""
        r = self.random
        if depth <= 0 or r.random() < 0.12:
            return r.choice(names or self.places) if r.random() < 0.7 else r.choice(NUMBERS)

        def more() -> str:
            return self.expression(depth - 1, names)

        kind = r.random()
        if kind < 0.36:
            return f"({more()} {r.choice(['+', '-', '*', '&', '|', '^'])} {more()})"
        if kind < 0.48:
            return f"({more()} {r.choice(['<', '>', '<=', '>=', '==', '!='])} {more()})"
        if kind < 0.56:
            sign = r.choice(["", "", "-"])
            return f"({more()} {r.choice('/%')} ({r.choice(TYPES[3:11])}){sign}(({more()} & 63) + 2))"
        if kind < 0.66:
            wide = r.random() < 0.5
            of = r.choice(["(long long)", "(unsigned long long)"]) if wide else r.choice(["", "(unsigned)", "(int)"])
            count = r.choice([str(r.randint(0, 31)), f"({more()} & {63 if wide else 31})"])
            left = f"({of}{more()})" if of else more()
            return f"({left} {r.choice(['<<', '>>'])} {count})"
        if kind < 0.76:
            return f"(({r.choice(TYPES)}){more()})"
        if kind < 0.83:
            return f"({r.choice(['-', '~', '!', '+'])}{more()})"
        if kind < 0.90:
            return f"({more()} {r.choice(['&&', '||'])} {more()})"
        if kind < 0.95:
            return f"({more()} ? {more()} : {more()})"
        if kind < 0.97 or not self.called:
            return f"(int)sizeof({more()} + 0)"
        callee = r.choice(self.called)
        arguments = ", ".join(more() for _ in callee.parameters)
        return f"f{callee.number}({arguments})"

    def change(self) -> str:
        """An expression that changes one place and reads others."""
        r = self.random
        place = r.choice(self.places)
        others = [
            each for each in self.places if each.partition("[")[0] != place.partition("[")[0] and each not in place
        ]
        others = [each for each in others if place not in each] or ["3"]
        kind = r.random()
        if kind < 0.65:
            operator = r.choice(["=", "+=", "-=", "*=", "^=", "|=", "&="])
            return f"{place} {operator} {self.expression(3, others)}"
        if kind < 0.75:
            return f"{place} {r.choice(['<<=', '>>='])} {r.randint(0, 7)}"
        if kind < 0.85:
            return f"{place} {r.choice(['/=', '%='])} (({self.expression(1, others)}) & 15) + 2"
        return r.choice(["{}++", "{}--", "++{}", "--{}"]).format(place)

    def statement(self, depth: int) -> str:
        r = self.random
        kind = r.random()
        if depth <= 0 or kind < 0.35:
            mark = "@" if r.random() < 0.4 else ""
            jump = "#" if r.random() < 0.25 and self.jumps else ""
            return f"{mark}{self.simple()}{jump}"
        inner = [self.statement(depth - 1) for _ in range(r.randint(1, 3))]
        block = "\n".join(inner)
        if kind < 0.55:
            other = f"else {{ {self.statement(depth - 1)} }}" if r.random() < 0.5 else ""
            return f"if ({self.expression(2)}) {{ {block} }} {other}"
        leave = r.choice(["break;", "continue;"])
        early = f"if ({self.expression(1)}) {leave}" if r.random() < 0.5 else ""
        if kind < 0.65:
            return f"while (fuel-- > 0 && {self.expression(2)}) {{ {block} {early} {self.simple()} }}"
        if kind < 0.72:
            return f"do {{ {block} {early} {self.simple()} }} while (fuel-- > 0 && {self.expression(2)});"
        if kind < 0.82:
            name = f"i{depth}"
            own = "" if self.jumps else "int "  # a goto may come in behind its initialiser
            return f"for ({own}{name} = 0; {name} < {r.randint(1, 5)} && fuel-- > 0; {name}++) {{ {early} {block} }}"
        return self.switch(depth)

    def switch(self, depth: int) -> str:
        r = self.random
        numbers = r.sample(range(-2, 6), r.randint(1, 4))
        falls = r.random() < 0.5
        parts = []
        for number in numbers:
            end = (
                ""
                if falls and r.random() < 0.6
                else r.choice(["break;", "break;", f"if ({self.expression(1)}) break; break;"])
            )
            more = f"case {number + 20}: " if r.random() < 0.3 else ""
            parts.append(f"case {number}: {more}{self.statement(depth - 1)} {end}")
        if r.random() < 0.6:
            end = "break;" if r.random() < 0.7 else ""
            parts.insert(
                r.randint(0, len(parts)) if falls else len(parts), f"default: {self.statement(depth - 1)} {end}"
            )
        return f"switch (({self.expression(1)}) % 8) {{ {' '.join(parts)} }}"

    def simple(self) -> str:
        """One or two changes, with a point between where C has them in order."""
        r = self.random
        kind = r.random()
        if kind < 0.7:
            return f"{self.change()};"
        if kind < 0.8:
            return f"{self.change()}, {self.change()};"
        if kind < 0.9:
            return f"if (({self.change()}) {r.choice(['&&', '||'])} ({self.change()})) {self.change()};"
        return f"({self.expression(1)}) ? ({self.change()}) : ({self.change()});"


class Expression(Function):
    """A function that returns one expression of its parameters, called with what lies at the ends of their types."""

    def whole(self) -> str:
        r = self.random
        self.parameters = [(r.choice(TYPES), name) for name in ("a", "b", "c")]
        given = ", ".join(f"{type} {name}" for type, name in self.parameters)
        text = self.expression(3, ["a", "b", "c"])
        return f"static {self.returns} f{self.number}({given}) {{ return {text}; }}\n"


def expressions(seed: int, count: int) -> list[Function]:
    ends = (0, 1, 2, 3, 31, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
    made: list[Function] = []
    for number in range(count):
        one = Expression(seed * 1000 + number, number, [])
        one.arguments = [[one.random.choice((1, -1)) * one.random.choice(ends) for _ in "abc"] for _ in range(12)]
        made.append(one)
    return made


def functions(seed: int, count: int) -> list[Function]:
    made: list[Function] = []
    for number in range(count):
        called = made[:3] if number > 2 else []  # these call none: else time would grow with each that calls another
        made.append(Function(seed * 1000 + number, number, called))
    return made


def their_main(made: list[Function]) -> str:
    """A program that prints what each function returns, for each of its lists of arguments."""
    lines = [
        f'printf("%lld\\n", (long long)f{each.number}({", ".join(map(str, arguments))}));'
        for each in made
        for arguments in each.arguments
    ]
    return "int main(void)\n{\n" + "\n".join(lines) + "\nreturn 0;\n}\n"


# -- records -----------------------------------------------------------------------------------------------------------


def record(seed: int) -> str:
    """A random struct S."""
    r = random.Random(seed)
    names = (f"n{at}" for at in range(1000))

    def members(depth: int) -> str:
        found = []
        for _ in range(r.randint(1, 6)):
            kind = r.random()
            if kind < 0.35:
                of = r.choice(TYPES[:11])
                width = r.randint(
                    1, {"c": 8, "s": 8, "u": 8}.get(of[0], 16) if "char" in of else 16 if "short" in of else 32
                )
                found.append(f"{of} {next(names)} : {width};")
                if r.random() < 0.15:
                    found.append(f"{r.choice(['int', 'char', 'long long', 'short'])} : {r.choice([0, 0, 3])};")
            elif kind < 0.65 or depth == 0:
                array = r.choice(["", "", "[3]", "[2][2]"])
                found.append(f"{r.choice((*TYPES, 'void *', 'int (*)(void)'))} {next(names)}{array};")
                if r.random() < 0.1:
                    found.append(f"{r.choice(['int', 'long long'])} : 0;")
            else:
                word = r.choice(["struct", "union"])
                found.append(f"{word} {{ {members(depth - 1)} }} {r.choice([next(names), ''])};")
        return " ".join(found).replace("int (*)(void) ", "void (*")

    text = f"struct S {{ {members(2)} }};"
    return _function_pointers(text)


def _function_pointers(text: str) -> str:
    """`void (*n1[3];` to `void (*n1[3])(void);`"""
    parts = text.split("void (*")
    return parts[0] + "".join("void (*" + part.replace(";", ")(void);", 1) for part in parts[1:])

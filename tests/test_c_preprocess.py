"""The preprocessor: what C17 says of macros and conditions, MSVC's own ways, and places that are the reader's."""

import random
import shutil
import subprocess

import pytest

from kevent_sim.c.errors import CError
from kevent_sim.c.preprocess import preprocess
from kevent_sim.c.tokens import source, tokenize

COMPILER = shutil.which("gcc") or shutil.which("clang")
needs_a_compiler = pytest.mark.skipif(COMPILER is None, reason="neither gcc nor clang is here to compare with")


def done(text, headers=None, defines=None):
    return preprocess(source("a.c", text), headers, defines)


def texts(text, headers=None, defines=None):
    return " ".join(token.text for token in done(text, headers, defines).tokens)


def error_of(text, headers=None):
    with pytest.raises(CError) as raised:
        done(text, headers)
    return str(raised.value)


# Examples of C17 6.10.3.


def test_the_standard_s_examples_of_rescanning():
    text = """
#define x 3
#define f(a) f(x * (a))
#undef x
#define x 2
#define g f
#define z z[0]
#define h g(~
#define m(a) a(w)
#define w 0,1
#define t(a) a
#define p() int
#define q(x) x
#define r(x,y) x ## y
#define str(x) # x
f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);
g(x+(3,4)-w) | h 5) & m
  (f)^m(m);
p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };
char c[2][6] = { str(hello), str() };
"""
    expected = (
        "f(2 * (y+1)) + f(2 * (f(2 * (z[0])))) % f(2 * (0)) + t(1);"
        "f(2 * (2+(3,4)-0,1)) | f(2 * (~ 5)) & f(2 * (0,1))^m(0,1);"
        "int i[] = { 1, 23, 4, 5, };"
        'char c[2][6] = { "hello", "" };'
    )
    assert texts(text) == texts(expected)


def test_the_standard_s_examples_of_strings_and_joints():
    text = r"""
#define xstr(s) str(s)
#define str(s) # s
#define debug(s, t) printf("x" # s "= %d, x" # t "= %s", x ## s, x ## t)
#define INCFILE(n) vers ## n
#define glue(a, b) a ## b
#define xglue(a, b) glue(a, b)
#define HIGHLOW "hello"
#define LOW LOW ", world"
debug(1, 2);
fputs(str(strncmp("abc\0d", "abc", '\4') == 0) str(: @\n), s);
xstr(INCFILE(2).h)
glue(HIGH, LOW);
xglue(HIGH, LOW)
#define hash_hash # ## #
#define mkstr(a) # a
#define in_between(a) mkstr(a)
#define join(c, d) in_between(c hash_hash d)
char p[] = join(x, y);
#define t(x,y,z) x ## y ## z
int j[] = { t(1,2,3), t(,4,5), t(6,,7), t(8,9,), t(10,,), t(,11,), t(,,12), t(,,) };
"""
    assert texts(text) == texts(
        r"""printf("x" "1" "= %d, x" "2" "= %s", x1, x2);
fputs("strncmp(\"abc\\0d\", \"abc\", '\\4') == 0" ": @\n", s);
"vers2.h"
"hello";
"hello" ", world"
char p[] = "x ## y";
int j[] = { 123, 45, 67, 89, 10, 11, 12, };"""
    )


def test_an_argument_is_joined_as_it_is_written_and_expanded_elsewhere():
    text = "#define X y\n#define BOTH(a) a ## 1 2 a\n"
    assert texts(text + "BOTH(X)") == "X1 2 y"
    assert texts("#define PART(a) L ## #a\nPART(b c)") == 'L"b c"'


def test_the_same_definition_may_stand_twice():
    same = "#define A  (1 + 2)  /* so */\n#define A (1 + 2)\n#define F(a) a\n#define F(a) a\nA F(3)"
    assert texts(same) == "( 1 + 2 ) 3"
    for other in ("#define A (1+2)", "#define A (1 + 3)", "#define A(x) (1 + 2)"):
        assert "A is defined differently in line 1 of a.c" in error_of(f"#define A (1 + 2)\n{other}")
    assert texts("#define NULL 0\n#include <ntdef.h>\n#define NULL 0\nNULL") == "0"


def test_nothing_joined_to_nothing_is_nothing_and_joins_no_neighbour():
    text = "#define AFTER(a, b, c) 1 a ## b ## c\n#define OBJECT 1 ## 2\n"
    assert texts(text + "AFTER(,,2) AFTER(3,,) AFTER(,,) AFTER(,4,) OBJECT") == "1 2 1 3 1 1 4 12"


@pytest.mark.parametrize("joint", ["##", ""])
def test_a_comma_before_no_variable_arguments_goes_as_msvc_has_it(joint):
    text = f"#define SAY(format, ...) DbgPrint(format, {joint} __VA_ARGS__)\n"
    assert texts(text + 'SAY("a"); SAY("a", 1, (2, 3));') == 'DbgPrint ( "a" ) ; DbgPrint ( "a" , 1 , ( 2 , 3 ) ) ;'
    assert texts(text + '#define NONE\nSAY("a", ); SAY("a", NONE);') == 'DbgPrint ( "a" ) ; DbgPrint ( "a" ) ;'


def test_what_makes_no_token_when_it_is_joined_stays_two_as_msvc_has_it():
    assert texts('#define SAY(f, ...) DbgPrint("a: " ## f, __VA_ARGS__)\nSAY("b", 1)') == 'DbgPrint ( "a: " "b" , 1 )'
    assert texts('#define WIDE(s) L ## s\nWIDE("b")') == 'L"b"'


# Conditions.


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("defined(A) && !defined B", True),
        ("A == 1 ? 0 : 1", False),
        ("-1 > 0u", True),
        ("-1 >> 1 == -1", True),
        ("(1 || 1 / 0) && !(0 && 1 / 0)", True),
        ("0x7fffffffffffffff + 1 < 0", True),
        ("18446744073709551615u == -1", True),
        ("-7 / 2 == -3 && -7 % 2 == -1", True),
        ("'A' == 65 && 'AB' == 0x4142", True),
        (r"'\'' == 39 && '\?' == 63 && '\n' == 10 && '\x41' == 65 && '\101' == 65 && L'a' == 97", True),
        (r"'\a\b\t\n' == 0x0708090A && '\v\f\r' == 0x0B0C0D", True),
        ("'abcd' == 0x61626364 && '\\xff' == -1", True),
        ("1 << 64 == 0 && -1 >> 70 == -1 && 4 >> -1 == 8", True),
        ("(1 ? 1 : 1 / 0) && (0 ? 1 / 0 : 1)", True),
        ("unknown", False),
        ("F(3) == 9", True),
        ("_WIN64 && _MSC_VER >= 1900 && DBG", True),
        ("NTDDI_VERSION >= 0x0A000000", True),
        ("1 ? 2 ? 0 : 5 : 6", False),
        ("2 - 1 - 1 || 1 << 2 + 1 == 8", True),
        ("~0 == -1 && ~0u == 0xffffffffffffffff", True),
        ("0b101 == 5 && 010 == 8", True),
        ("10i64 == 10 && 10ui64 > -1", False),
    ],
)
def test_conditions_are_counted_in_64_bits(condition, holds):
    text = f"#define A 1\n#define F(x) ((x) * (x))\n#if {condition}\nyes\n#else\nno\n#endif"
    assert texts(text) == ("yes" if holds else "no")


def test_of_a_chain_of_conditions_the_first_that_holds_is_taken():
    text = "#if {}\na\n#elif {}\nb\n#elif 1 / 0\n#else\nc\n#endif"
    assert [texts(text.format(*pair)) for pair in ("10", "11", "01")] == ["a", "a", "b"]
    assert texts("#ifdef A\n#if 1\n#error\n#elif )(\n#else\n#endif\nit's\n#bad\n#endif\nb") == "b"


# What else directives do.


def test_a_header_that_is_handed_in_is_included_as_often_as_it_is_asked_for():
    headers = {"race.h": "int a;\n#include <inner.h>\n", "inner.h": "#pragma once\nint b;"}
    twice = '#include "race.h"\n#include "race.h"'
    assert texts(twice, headers) == "int a ; int b ; int a ;"
    assert texts('#define WHERE "..\\\\inc\\\\inner.h"\n#include WHERE', headers) == "int b ;"


def test_lines_and_files_are_counted_as_line_says_and_places_stay():
    text = '__LINE__ __FILE__\n#line 40 "b.c"\n__LINE__ __FILE__\n__COUNTER__ __COUNTER__ __LINE__'
    assert texts(text) == '1 "a.c" 40 "b.c" 0 1 41'
    assert [token.place.line for token in done(text).tokens] == [1, 1, 3, 3, 4, 4, 4]


def test_pragmas_that_change_nothing_here_are_accepted():
    assert texts("#pragma warning(disable: 4100)\n#pragma alloc_text(INIT, DriverEntry)\n#\nint a;") == "int a ;"


def test_numbers_that_a_text_defines_are_told_and_can_be_replaced():
    text = (
        "#define COUNT 1000\n#define DELAY (-10000)\n#define MASK 0x10u\n#define TAG 'a'\n#define F(x) 1\nCOUNT DELAY"
    )
    assert done(text).numbers == {"COUNT": 1000, "DELAY": -10000, "MASK": 16}
    assert texts(text, defines={"COUNT": 3}) == "3 ( - 10000 )"
    assert texts("#ifndef N\n#define N 5\n#endif\nN", defines={"N": 2}) == "2"


# Places.


def places(text):
    return [(token.text, *token.place[1:]) for token in done(text).tokens]


def test_what_comes_out_of_a_macro_stands_where_it_is_used_and_arguments_where_they_are_written():
    assert places("#define ADD(a, b) ((a) + b)\nx = ADD(p,\n  ADD(q, r));") == [
        ("x", 2, 1), ("=", 2, 3), ("(", 2, 5), ("(", 2, 5), ("p", 2, 9), (")", 2, 5), ("+", 2, 5),
        ("(", 3, 3), ("(", 3, 3), ("q", 3, 7), (")", 3, 3), ("+", 3, 3), ("r", 3, 10), (")", 3, 3),
        (")", 2, 5), (";", 3, 13),
    ]  # fmt: skip


def test_columns_are_right_behind_comments_tabs_and_continued_lines():
    assert places("\tint /* a\n b */ x = 1 + \\\n  y; // c \\\n d\nco\\\nunt") == [
        ("int", 1, 2), ("x", 2, 7), ("=", 2, 9), ("1", 2, 11), ("+", 2, 13), ("y", 3, 3), (";", 3, 4), ("count", 5, 1),
    ]  # fmt: skip
    assert places("int a;\r\nint b;\rint c;")[-2:] == [("c", 3, 5), (";", 3, 6)]


# Errors.


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("#if 1", "this #if has no #endif", 2),
        ("#else", "this #else has no #if before it", 2),
        ("#if 1\n#else\n#elif 1\n#endif", "#elif comes after the #else of its #if", 2),
        ("#if 1 +\n#endif", "a number is missing at the end of this condition", 7),
        ("#if 1 2\n#endif", "an operator is missing before 2", 7),
        ("#if (1\n#endif", "this '(' has no ')'", 5),
        ("#if 1.5\n#endif", "1.5 cannot stand in the condition of an #if", 5),
        ("#if 1 / 0\n#endif", "this condition divides by zero", 7),
        ("#ifdef\n#endif", "#ifdef is followed by the name of one macro", 2),
        ("#error not  this", "#error not  this", 2),
        ("#defin A 1", "C has no directive #defin; did you mean #define?", 2),
        ("#define", "#define names no macro; type  #define NAME text", 2),
        ("#define 1 2", "1 cannot be the name of a macro", 9),
        ("#define F(a b) a", "a comma is missing between the parameters of F", 13),
        ("#define F(a, a) a", "a cannot be a parameter of F", 14),
        ("#define F(a, ) a", "a parameter of F is missing before ')'", 14),
        ("#define F(a a", "the parameters of F have no end; ')' is missing", 10),
        ("#define F(a) #b", "# makes a string of a parameter of the macro; none follows it here", 14),
        ("#define A ## b", "## joins what stands on both its sides; here one side is empty", 11),
        ("#define A 1\n#define A 2", "A is defined differently in line 1 of a.c", 9),
        ("#define F(a, b) a\nx F(1)", "F(a, b) is given 1 argument", 3),
        ("#define F(a) a\nF(1", "the arguments of F have no end; ')' is missing", 1),
        ("#include", '#include is followed by <a header> or "a header"', 2),
        ("int a; /* b", "this comment has no end; put  */  where it ends", 8),
        ("x __DATE__", "a run does not depend on the day of its text; leave out __DATE__, __TIME__, __TIMESTAMP__", 3),
        ("#line x", '#line is followed by a number, and perhaps by "a file"', 7),
        ("#undef A B", "#undef is followed by the name of one macro", 8),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text, message, caret):
    said, line, below = error_of(text).split("\n")
    assert said.partition(": ")[2] == message
    assert below.index("^") - 4 == caret - 1
    assert line[4:] in text.split("\n")


def test_a_header_that_includes_itself_without_end_is_refused():
    headers = {"a.h": '#include "a.h"'}
    assert "a.h includes itself without end; type  #pragma once  in its first line" in error_of(
        "#include <a.h>", headers
    )


def test_errors_in_a_header_of_the_reader_show_its_line():
    assert (
        error_of('#include "race.h"', {"race.h": "int a;\n#error no"}) == "race.h:2: #error no\n    #error no\n     ^"
    )


# Another preprocessor as the oracle.


OPERATORS = ("+", "-", "*", "/", "%", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||")


class Programs:
    """Random texts of directives and uses of macros."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.defined = {}

    def text(self):
        return "\n".join(self.part(0) for _ in range(self.random.randint(4, 14))) + "\n"

    def part(self, depth):
        choice = self.random.random()
        if choice < 0.45:
            return self.define()
        if choice < 0.6 and depth < 3:
            condition = self.random.choice(
                [f"#if {self.expression(3)}", f"#ifdef {self.name()}", f"#ifndef {self.name()}"]
            )
            middle = f"\n#elif {self.expression(2)}\n{self.use()}" if self.random.random() < 0.4 else ""
            return f"{condition}\n{self.part(depth + 1)}{middle}\n#else\n{self.use()}\n#endif"
        return self.use()

    def name(self):
        return self.random.choice("ABCDFGH")

    def define(self):
        name = self.name()
        parameters = {"F": ["a"], "G": ["a", "b"], "H": ["a", "..."]}.get(name)
        if parameters is None:
            return f"#undef {name}\n#define {name} {self.body([])}"
        usable = ["__VA_ARGS__" if each == "..." else each for each in parameters]
        return f"#undef {name}\n#define {name}({', '.join(parameters)}) {self.body(usable)}"

    def body(self, parameters):
        return " ".join(self.piece(parameters) for _ in range(self.random.randint(0, 5)))

    def piece(self, parameters):
        choice = self.random.random()
        if parameters and choice < 0.3:
            return self.random.choice(parameters)
        if parameters and choice < 0.4:
            return f"#{self.random.choice(parameters)}"
        if parameters and choice < 0.5:
            return f"x ## {self.random.choice(parameters)}"
        if "__VA_ARGS__" in parameters and choice < 0.6:
            return f"{self.call()} , ## __VA_ARGS__"
        return self.call() if choice < 0.8 else self.random.choice(["1", "x", "+", "'c'", '"s"', "->", "y2", "F"])

    def call(self):
        name = self.name()
        count = {"F": 1, "G": 2, "H": self.random.randint(1, 3)}.get(name, 0)
        usual = ["", "x", "1 + y", "(p, q)", "A", "F", "F(1)", "G (x , 2)", '"a\\n"']
        # Variable arguments that become nothing take the comma before them along in MSVC, and do not in gcc.
        some = ["x", "1 + y", "(p, q)", "F", '"a\\n"']
        arguments = [self.random.choice(some if name == "H" and index else usual) for index in range(count)]
        gap = self.random.choice(["", " "])
        return f"{name}{gap}({', '.join(arguments)})" if count and self.random.random() < 0.9 else name

    def use(self):
        return self.random.choice(["", "  "]) + " ".join(self.call() for _ in range(self.random.randint(1, 4))) + " ;"

    def expression(self, depth):
        if depth == 0 or self.random.random() < 0.25:
            return self.random.choice(
                ["0", "1", "7", "0x10u", "-3", "2147483648", "A", "defined(B)", "defined F", "'a'", "~5", "!C"]
            )
        if self.random.random() < 0.1:
            return f"({self.expression(depth - 1)} ? {self.expression(depth - 1)} : {self.expression(depth - 1)})"
        operator = self.random.choice(OPERATORS)
        left, right = self.expression(depth - 1), self.expression(depth - 1)
        return f"({left} {operator} {right})" if self.random.random() < 0.5 else f"{left} {operator} {right}"


def compilers_tokens(text):
    """The tokens that a compiler's preprocessor leaves; None where it refuses the text."""
    run = subprocess.run(
        [COMPILER, "-E", "-P", "-undef", "-w", "-x", "c", "-"], input=text, capture_output=True, text=True, check=False
    )
    if run.returncode:
        return None
    return [token.text for line in tokenize(source("", run.stdout)) for token in line]


@needs_a_compiler
def test_random_programs_leave_the_tokens_that_a_compiler_leaves():
    compared = 0
    for seed in range(250):
        text = Programs(seed).text()
        expected = compilers_tokens(text)
        if expected is not None:
            compared += 1
            assert [token.text for token in done(text).tokens] == expected, f"seed {seed}:\n{text}"
    assert compared > 100

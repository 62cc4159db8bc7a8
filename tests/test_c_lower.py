"""C lowered to Python computes what a compiled program computes; each construct of C runs, and wrong C is refused."""

import inspect
import subprocess
import sys
import traceback
from textwrap import dedent

import c_random
import pytest
from c_flat import Program, lowered
from sizes import size

from kevent_sim.c import types
from kevent_sim.c.errors import CError
from kevent_sim.c.runtime import Raised, Undefined, uninitialised

with_compiler = pytest.mark.skipif(
    not c_random.compiler_works(), reason="there is no gcc for x86-64, which knows -mms-bitfields, to compare with"
)
PARAMETERS = {
    "char": types.CHAR, "signed char": types.SCHAR, "unsigned char": types.UCHAR, "short": types.SHORT,
    "unsigned short": types.USHORT, "int": types.INT, "unsigned int": types.UINT, "LONG": types.LONG,
    "ULONG": types.ULONG, "long long": types.LLONG, "unsigned long long": types.ULLONG, "_Bool": types.BOOL,
}  # fmt: skip


# -- against a compiler ------------------------------------------------------------------------------------------------


def differing(made, folder) -> list[str]:
    """Those of the functions that return something else than when they are compiled."""
    text = "\n".join(each.text for each in made)
    theirs = map(int, c_random.compiled(text + c_random.their_main(made), folder))
    ours = Program(c_random.OURS + text)
    wrong = []
    for each in made:
        for arguments in each.arguments:
            given = [PARAMETERS[type].wrap(one) for (type, _), one in zip(each.parameters, arguments, strict=True)]
            result, wanted = ours.run(f"f{each.number}", *given), next(theirs)
            if types.LLONG.wrap(result) != wanted:
                wrong.append(f"f{each.number}({arguments}) is {wanted}, not {result}:\n{each.text}")
    return wrong


@with_compiler
@pytest.mark.parametrize("seed", range(size(2, 40)))
def test_random_functions_return_what_a_compiler_has_them_return(seed, tmp_path):
    assert differing(c_random.functions(seed, 50), tmp_path) == []


# -- expressions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return (1, 2, x);", 5),
        ("int y = x++; return 10 * y + x;", 56),
        ("int y = --x; return 10 * y + x;", 44),
        ("int y; y = x = 3; return y + x;", 6),
        ("return x > 3 && x < 9 || x == 100;", 1),
        ("return x ? x > 7 ? 1 : 2 : 3;", 2),
        ("return !x + !!x + (x == 5);", 2),
        ("unsigned char c = 250; c += 10; return c;", 4),
        ("signed char c = 127; c++; return c;", -128),
        ("short s = (short)40000; return s;", -25536),
        ("return (-1 < 0u) + (-1 < 0LL) * 2;", 2),
        ("return 2147483647 + 1 < 0;", 1),
        ("return 0x7FFFFFFF + x;", -2147483644),
        ("return -x / 2 * 100 + -x % 2;", -201),
        ("return -20 >> 2;", -5),
        ("return (1u << 31) >> 31;", 1),
        ("return ~x & 0xFF ^ 3;", 249),
        ("_Bool b = 256; return b + 1;", 2),
        ("return sizeof x + sizeof(char) + sizeof(x + 1LL);", 13),
        ("return (x > 3) + (x > 4) * 2;", 3),
        ("(void)x; x; return 1;", 1),
        ("const int y = x; return y;", 5),
        ("typedef unsigned short W; W w = -1; return w == 65535;", 1),
        ("enum { A, B = 7, C }; return A + B * C;", 56),
        ("return 'A' + L'B' + '\\n';", 141),
        ("long long big = 0x100000000; return (int)(big >> 16);", 65536),
        ("int a = 1, b = a + 1, c = b + 1; return a * 100 + b * 10 + c;", 123),
        ("unsigned u = 7; return -u > 5;", 1),
        ("int is = 1, None = 2, m = 3, lambda = 4, int32 = 5, at = 6, _1 = 7; return is + None * m + lambda * int32 + at * _1;", 69),
        ("{ int x = 1; { int x = 2; x++; } return x; }", 1),
    ],
)  # fmt: skip
def test_an_expression_has_the_value_that_c_gives_it(body, result):
    assert Program(f"int f(int x) {{ {body} }}").run("f", 5) == result


def test_a_value_is_wrapped_where_it_is_used_and_not_before():
    text = lowered("int f(int a, int b, int c) { unsigned char d = a + b; return a * b + c & 0xFF; }").python
    assert "d = uint8(a + b)" in text
    assert "return a * b + c & 255" in text


@pytest.mark.parametrize("body", ["return x / y;", "return x % y;", "x /= y; return x;"])
def test_a_division_by_zero_is_an_exception_at_its_line(body):
    with pytest.raises(Raised) as error:
        Program(f"int f(int x, int y)\n{{\n    {body}\n}}").run("f", 1, 0)
    assert error.value.code == 0xC0000094
    assert [at.lineno for at in traceback.extract_tb(error.value.__traceback__) if at.filename == "test.c"] == [3]


def test_the_one_quotient_that_does_not_fit_is_an_exception():
    with pytest.raises(Raised) as error:
        Program("int f(int x, int y) { return x / y; }").run("f", -(2**31), -1)
    assert error.value.code == 0xC0000095
    assert Program("long long f(long long x, int y) { return x / y; }").run("f", -(2**31), -1) == 2**31


# -- statements --------------------------------------------------------------------------------------------------------

STATEMENTS = {
    "if, else if, else": ("if (x < 3) return 1; else if (x < 6) return 2; else return 3;", 2),
    "while with break and continue": ("int n = 0; while (1) { if (++n == 3) continue; if (n > x) break; } return n;", 6),
    "do": ("int n = 0; do n += 2; while (n < x); return n;", 6),
    "do with continue": ("int n = 0; do { n++; if (n < 3) continue; n += 10; } while (n < x); return n;", 13),
    "do once, left by break": ("do { if (x) break; x = 100; } while (0); return x;", 5),
    "for with continue": ("int n = 0; for (int i = 0; i < x; i++) { if (i == 2) continue; n += i; } return n;", 8),
    "for without parts": ("for (;;) if (x-- == 0) break; return x;", -1),
    "two loops with one name": ("int n = 0; for (int i = 0; i < 2; i++) n++; for (int i = 0; i < 3; i++) n++; return n;", 5),
    "switch": ("switch (x) { case 1: case 5: return 7; case 2: return 8; default: return 9; }", 7),
    "switch that falls through": ("int n = 0; switch (x) { case 5: n++; case 6: n++; break; default: n = 9; } return n;", 2),
    "switch with default first": ("int n = 0; switch (x) { default: n = 4; case 1: n++; break; case 2: n = 9; } return n;", 5),
    "switch without a match": ("int n = 3; switch (x) { case 1: n = 1; case 2: n = 2; } return n;", 3),
    "switch left early": ("int n = 0; switch (x) { case 5: if (x) break; n = 8; break; default: n = 9; } return n;", 0),
    "switch in a loop": (
        "int n = 0; for (int i = 0; i < x; i++) { switch (i) { case 1: continue; case 3: n += 100; break; } n++; } return n;", 104,
    ),
    "switch that continues and falls": (
        "int n = 0; for (int i = 0; i < x; i++) { switch (i) { case 1: n += 10; case 2: continue; } n++; } return n;", 13,
    ),
    "switch of negative numbers": ("switch (-x) { case -5: return 1; case 5: return 2; } return 3;", 1),
    "switch of a char": ("unsigned char c = 200; switch (c) { case 200: return 1; } return 2;", 1),
    "switch into a loop": (
        "int n = 0, c = x; switch (c % 4) { case 0: do { n++; case 3: n++; case 2: n++; case 1: n++; } while ((c -= 4) > 0); } return n;", 5,
    ),
    "break inside switch inside while": ("while (1) { switch (x) { case 5: x = 6; break; case 6: return 9; } }", 9),
    "goto on": ("if (x) goto Exit; x = 100; Exit: return x;", 5),
    "goto on from a loop": ("for (;;) { while (1) { if (x++ > 7) goto Exit; } } Exit: return x;", 9),
    "two exits": ("int n = 0; if (x == 5) goto One; if (x == 6) goto Two; n = 1; Two: n += 10; One: n += 100; return n;", 100),
    "goto back": ("int n = 0; Again: n++; if (n < x) goto Again; return n;", 5),
    "goto back from a loop": ("int n = 0; Again: for (;;) { if (n++ < x) goto Again; break; } return n;", 6),
    "goto into a loop": ("int n = 0; goto In; while (n < x) { n += 10; In: n++; } return n;", 12),
    "goto into an if": ("int n = 0; if (x) goto In; if (n) { n = 7; In: n++; } else n = 50; return n;", 1),
    "goto between branches": ("int n = 0; if (x) { n = 1; goto Other; } else { Other: n += 5; } return n;", 6),
    "goto both ways": ("int n = 0; B: if (n > 6) goto C; n += 3; goto B; A: return n; C: n++; goto A;", 10),
    "goto into a switch": ("int n = 0; if (x) goto In; switch (n) { case 0: n = 9; In: n++; break; default: n = 50; } return n;", 1),
    "goto out of a switch": ("switch (x) { case 5: goto Out; default: x = 1; } x = 2; Out: return x;", 5),
    "goto into a for": ("int i = 3, n = 0; goto In; for (i = 0; i < x; i++) { n += 100; In: n++; } return n;", 102),
    "goto into a do": ("int n = 0; goto In; do { n += 100; In: n++; } while (n < x); return n;", 102),
    "goto over a block": ("int n = 1; { if (x) goto Out; n = 2; } n = 3; Out:; return n;", 1),
    "labels at one place": ("int n = 0; A: B: n++; if (n == 1) goto A; if (n == 2) goto B; return n;", 3),
    "an empty statement": (";;; for (int i = 0; i < 3; i++); while (0); return x;", 5),
    "an assertion": ("_Static_assert(sizeof(int) == 4, \"int\"); return 1;", 1),
    "a try that leaves": ("__try { if (x) __leave; x = 100; } __finally { x++; } return x;", 6),
    "a try in a for that continues": (
        "int n = 0; for (int i = 0; i < x; i++) { __try { if (i == 1) continue; n += 10; } __finally { n++; } } return n;", 45,
    ),
    "an exception handled": ("int n = 0; __try { n = x / n; } __except (1) { n = 7; } return n;", 7),
    "an exception by its code": (
        "int n = 0; __try { n = x / n; } __except (GetExceptionCode() == 0xC0000094 ? 1 : 0) { return GetExceptionCode() & 0xFF; } return n;", 0x94,
    ),
    "an exception passed on": (
        "int n = 0; __try { __try { n = x / n; } __except (0) { n = 1; } } __except (1) { n += 10; } return n;", 10,
    ),
    "a finally before its handler": (
        "int n = 0, z = 0; __try { __try { n = x / z; } __finally { n = 3; } } __except (1) { n *= 10; } return n;", 30,
    ),
    "whether a try ended by itself": (
        "int n = 0; __try { n = 1; } __finally { n += AbnormalTermination() * 10; }"
        "__try { goto Out; } __finally { n += AbnormalTermination() * 100; } Out: return n;", 101,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "result"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_does_what_c_says(body, result):
    declared = "unsigned long GetExceptionCode(void); int AbnormalTermination(void);\n"
    assert Program(f"{declared}int f(int x) {{ {body} }}").run("f", 5) == result


def test_a_function_calls_itself_and_one_below_it():
    text = "int odd(int n); int even(int n) { return n == 0 ? 1 : odd(n - 1); } int odd(int n) { return n && even(n - 1); }"
    assert [Program(text).run("even", n) for n in (7, 8)] == [0, 1]


def test_a_cleanup_by_goto_reads_as_one():
    text = lowered("int f(int x) { if (x) goto Exit; x = 1; Exit: return x; }").python
    assert text == dedent("""\
        def f(x):
            while True:  # until Exit
                if x:
                    break
                x = 1
                break
            return x
        """)


def test_a_switch_whose_cases_end_reads_as_a_match():
    text = lowered("int f(int x) { switch (x) { case 1: case 2: x = 5; break; default: x = 6; } return x; }").python
    assert text == dedent("""\
        def f(x):
            match x:
                case 1 | 2:
                    x = 5
                case _:
                    x = 6
            return x
        """)


# -- variables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("int y;\nreturn y;", 2),
        ("int y;\nif (x > 9)\ny = 1;\nreturn y;", 4),
        ("for (int i = 0; i < 2; i++) {\nint y;\nif (i == 0) y = 1;\nx += y;\n}\nreturn x;", 4),
        ("int n = 0;\nAgain:;\nint y;\nif (n == 1) return y;\ny = 1;\nn++;\ngoto Again;", 4),
        ("{ int y = 1; x = y; }\n{ int y;\nx = y; }\nreturn x;", 3),
        ("int y;\ny++;\nreturn y;", 2),
    ],
)
def test_a_variable_without_a_value_is_not_read(body, line):
    program = Program(f"int f(int x) {{ {body} }}")
    with pytest.raises(UnboundLocalError) as error:
        program.run("f", 5)
    assert [at.lineno for at in traceback.extract_tb(error.value.__traceback__) if at.filename == "test.c"] == [line]
    said = uninitialised(error.value, program.lowered.names)
    assert isinstance(said, Undefined)
    assert str(said) == "y is read, and nothing was written there before"


def test_a_function_that_ends_without_its_value_is_undefined():
    program = Program("int f(int x)\n{\n    if (x) return 1;\n}")
    assert program.run("f", 1) == 1
    with pytest.raises(Undefined, match="f ends without a return"):
        program.run("f", 0)


def test_each_line_of_python_knows_its_line_of_c():
    text = "int f(int x)\n{\n    int y = 0;\n\n    while (x)\n        x--,\n        y++;\n    return y;\n}\n"
    found = lowered(text)
    lines = {line.strip(): of for line, of in zip(found.python.splitlines(), found.lines, strict=True)}
    assert lines == {
        "def f(x):": 1, "y = 0": 3, "while x:": 5, "x = int32(x - 1)": 6, "y = int32(y + 1)": 7, "return y": 8,
    }  # fmt: skip


def test_the_python_of_a_text_is_always_the_same():
    text = "int g, h = 3; int a(int x) { A: if (x--) goto B; goto A; B: C: if (x == 7) goto C; static int s; return s + g; }"
    script = f"import sys; sys.path.insert(0, 'tests'); from c_flat import lowered; print(lowered({text!r}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(printed) == 1


# -- what lives in memory ----------------------------------------------------------------------------------------------

MEMORY = {
    "an address": ("int x = 1; int *p = &x; *p += 4; return x;", 5),
    "an array": ("int a[3] = {1, 2}; a[2] = a[0] + a[1]; int n = 0; for (int i = 0; i < 3; i++) n = n * 10 + a[i]; return n;", 123),
    "pointer arithmetic": ("int a[4] = {1, 2, 3, 4}; int *p = a + 3, *q = &a[1]; return *--p * 10 + (int)(p - q) + (p > q) + *(1 + q);", 35),
    "p++ through memory": ("char s[] = \"abc\", *p = s; int n = 0; while (*p) n = n * 2 + *p++ - 'a'; return n;", 4),
    "an array of arrays": ("int a[2][3] = {{1, 2, 3}, {4, 5, 6}}; a[1][2]++; return a[1][2] * 10 + a[0][1] + sizeof a[0];", 84),
    "a string": ("const char *s = \"a\\x41\\n\" \"b\"; return s[0] + s[1] + s[2] + s[3] + s[4] + sizeof(\"abc\");", 274),
    "a wide string": ("unsigned short s[] = L\"ab\"; return s[1] + sizeof s;", 104),
    "a record": ("struct S { char a; int b; struct { short c; } d; } s; s.a = 1; s.b = 2; s.d.c = 3; return s.a + s.b + s.d.c;", 6),
    "records are copied": ("struct S { int a[2]; } s = {{1, 2}}, t = s; s.a[0] = 9; t.a[1] = 5; s = t; return s.a[0] * 10 + s.a[1];", 15),
    "a record through a pointer": ("struct S { int a; struct S *next; } s = {1}, t = {2, &s}; t.next->a = 7; return (&t)->next->a + t.a;", 9),
    "a union": ("union { unsigned u; unsigned char b[4]; } v; v.u = 0x01020304; return v.b[0] * 10 + v.b[3];", 41),
    "bit-fields": ("struct { unsigned a : 3; int b : 4; } s = {9, 9}; s.a += 7; return s.a * 100 + s.b + (s.b = 20);", -3),
    "designators": ("struct { int a[3], b; struct { int x, y; } c; } s = {.c.y = 1, .a[1] = 2, 3, .b = 4}; return s.a[1] * 1000 + s.a[2] * 100 + s.b * 10 + s.c.y + s.c.x;", 2341),
    "a designator inside an anonymous member": ("struct { int a; struct { int b, c; }; int d; } s = {.b = 1, 2, 3}; return s.b * 100 + s.c * 10 + s.d;", 123),
    "a designator that comes back": ("int a[] = {[3] = 1, [1] = 2, 3, [1] = 7}; return a[1] * 100 + a[2] * 10 + a[3] + sizeof a;", 747),
    "braces left out": ("struct { int a[2]; struct { int b, c; } d; int e; } s = {1, 2, 3, 4, 5}; return s.a[1] * 100 + s.d.c * 10 + s.e;", 245),
    "a compound literal": ("struct S { int a, b; }; struct S *p = &(struct S){3, 4}; int n = ((struct S){.b = 5}).b; return p->a * 100 + p->b * 10 + n;", 345),
    "a function pointer": ("int (*p)(int, int) = add; int (*table[2])(int, int) = {add, &sub}; return (*p)(1, 2) * 10 + table[1](9, 4) + (p == add);", 36),
    "a static local": ("return count() * 100 + count() * 10 + count();", 123),
    "a global": ("global = 4; table[1].b += global; return table[1].b + *where;", 13),
    "a record by value": ("struct P p = swapped((struct P){1, 2}); return p.a * 10 + swapped(p).a;", 21),
    "a cast of a pointer": ("int x = 0x01020304; unsigned char *p = (unsigned char *)&x; return p[1] + (p == (void *)&x) + ((unsigned long long)p & 3);", 4),
    "null": ("int *p = 0; void *q = (void *)0; return !p && q == 0 && p == q ? p ? 1 : 2 : 3;", 2),
    "a parameter whose address is taken": ("return twice(21);", 42),
    "compound assignment, computed once": ("int a[3] = {1, 2, 3}, i = 0; a[i++] += 10; *(a + i++) <<= 2; return a[0] * 100 + a[1] * 10 + i;", 1182),
    "a value behind a comma": ("int a[2] = {1, 2}; int *p = (a[0] = 5, a); return *p;", 5),
    "a choice of pointers": ("int a = 1, b = 2; *(a > b ? &a : &b) = 7; return b;", 7),
    "an offset": ("struct S { char a; long long b[2]; }; return offsetof(struct S, b[1]);", 16),
    "a volatile variable": ("volatile int v = 3; volatile int *p = &v; *p = 4; return v;", 4),
}  # fmt: skip
AROUND = """
int add(int a, int b) { return a + b; }
int sub(int a, int b) { return a - b; }
int count(void) { static int calls = 0; return ++calls; }
int global, other = 7; int *where = &other;
struct P { int a, b; } table[] = { {1}, {.b = 2} };
struct P swapped(struct P p) { int a = p.a; p.a = p.b; p.b = a; return p; }
int twice(int x) { int *p = &x; *p *= 2; return x; }
"""


@pytest.mark.parametrize(("body", "result"), MEMORY.values(), ids=MEMORY)
def test_what_lives_in_memory_is_reached_as_c_says(body, result):
    assert Program(f"{AROUND}\nint f(void) {{ {body} }}").run("f") == result


@with_compiler
def test_what_is_expected_of_memory_is_what_a_compiler_does(tmp_path):
    functions = "\n".join(f"int f{at}(void) {{ {body} }}" for at, (body, _) in enumerate(MEMORY.values()))
    main = "".join(f'printf("%d\\n", f{at}());' for at in range(len(MEMORY)))
    text = f"#define L\n{AROUND}\n{functions}\nint main(void) {{ {main} }}".replace('L"ab"', "{'a', 'b', 0}")
    theirs = [int(each) for each in c_random.compiled(text.replace("#define L\n", ""), tmp_path)]
    assert dict(zip(MEMORY, theirs, strict=True)) == {name: result for name, (_, result) in MEMORY.items()}


def test_a_local_in_memory_is_fresh_in_each_round():
    program = Program(
        "int f(void) { int n = 0; for (int i = 0; i < 3; i++) { int a[2]; a[0] = i; n += a[0]; } return n; }"
    )
    assert program.run("f") == 3
    assert len(program.memory.fresh_at) == 3


def test_a_context_gives_memory_its_type():
    text = lowered("typedef struct _R { int Done; } R; int f(void *Context) { R *r = Context; return r->Done; }").python
    assert 'r = m.typed(Context, "R")' in text


# -- steps -------------------------------------------------------------------------------------------------------------


def steps(*names):
    """Routines that are awaited, and the list of calls they note; each returns its last argument."""
    calls = []

    def made(name):
        async def routine(*arguments):
            calls.append((name, *arguments))
            return arguments[-1] if arguments else 0

        return routine

    return calls, {name: made(name) for name in names}


def test_a_function_that_makes_a_step_is_awaited_and_no_other():
    _, routines = steps("Step")
    program = Program(
        "int Step(int); int below(int x) { return Step(x); } int above(int x) { return below(x) + 1; }"
        "int plain(int x) { return x; } int main(int x) { return above(plain(x)); }",
        **routines,
    )
    kinds = {name: inspect.iscoroutinefunction(program.space[name]) for name in program.lowered.functions}
    assert kinds == {"below": True, "above": True, "plain": False, "main": True}
    assert program.run("main", 4) == 5


def test_operands_and_arguments_are_computed_from_left_to_right():
    calls, routines = steps("A", "B", "C")
    text = "int A(int), B(int), C(int, int); int f(void) { return C(A(1) * 10 + B(2), A(3)) + B(4); }"
    assert Program(text, **routines).run("f") == 7
    assert calls == [("A", 1), ("B", 2), ("A", 3), ("C", 12, 3), ("B", 4)]


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ("return A(0) && B(1);", "A"),
        ("return A(1) && B(0);", "AB"),
        ("return A(1) || B(1);", "A"),
        ("return A(0) || B(0) || A(2);", "ABA"),
        ("return A(1) ? B(1) : A(0);", "AB"),
        ("if (!(A(0) || B(1) && A(0))) B(5); return 0;", "ABAB"),
        ("while (A(1)) if (B(1)) break; return 0;", "AB"),
        ("for (int i = A(0); i < B(2); i += A(1)); return 0;", "ABABAB"),
        ("int x = 1; x += A(3); x = (A(1), B(2)); return x;", "AAB"),
        ("switch (A(3)) { case 3: B(1); } return 0;", "AB"),
    ],
)
def test_what_decides_comes_first_and_what_is_decided_is_not_awaited_in_vain(body, made):
    calls, routines = steps("A", "B")
    Program(f"int A(int), B(int); int f(void) {{ {body} }}", **routines).run("f")
    assert "".join(name for name, *_ in calls) == made


def test_a_call_through_a_pointer_is_awaited_whatever_is_called():
    calls, routines = steps("A")
    text = "int A(int); int plain(int x) { return x; } int f(void) { int (*p)(int) = A; int n = p(3); p = plain; return n * 10 + p(4); }"
    assert Program(text, **routines).run("f") == 34
    assert calls == [("A", 3)]


def test_a_finally_does_not_run_when_the_machine_has_stopped():
    async def Step(x):
        raise RuntimeError("stopped")

    calls, routines = steps("Note")
    program = Program(
        "int Step(int), Note(int); int f(void) { __try { Step(1); } __finally { Note(2); } return 0; }",
        Step=Step,
        **routines,
    )
    with pytest.raises(RuntimeError):
        program.run("f")
    assert calls == []


def test_a_routine_that_is_missing_is_named_with_its_first_place():
    found = lowered(
        "void KeThere(int); void KeAway(int);\nvoid f(void) {\n    KeThere(1);\n    KeAway(2);\n    KeAway(3);\n}",
        ["KeThere"],
    )
    assert {name: place.line for name, place in found.missing.items()} == {"KeAway": 4}
    assert (found.used, 'm.missing("KeAway", 2)' in found.python) == (("KeThere",), True)


# -- what is refused ---------------------------------------------------------------------------------------------------

WRONG = {
    "int f(void) { return Cuont; } int Count;": "Cuont is not declared",
    "int Count; int f(void) { return Cuont; }": "Cuont is not declared; did you mean Count?",
    "typedef struct { int Done; } R; int f(R *r) { return r->Dome; }": "R has no field Dome; it has: Done",
    "typedef struct { int a; } R; int f(R *r) { return r.a; }": "a R * has no members; write ->",
    "typedef struct { int a; } R; int f(R r) { return r->a; }": "-> needs a pointer on its left, not a R; write .",
    "int f(int x) { return x.a; }": "an int has no members",
    "int f(int x) { return *x; }": "only a pointer can be dereferenced, not an int",
    "int f(int x) { return x[1]; }": "[] needs an array or a pointer before it",
    "int g(int a, int b); int f(void) { return g(1); }": "g takes 2 arguments (a, b), not 1",
    "int g(void); int f(void) { return g(1); }": "g takes no arguments, not 1",
    "int f(int x) { return x(1); }": "x is an int, which cannot be called",
    "int f(void) { return g(1); }": "g is not declared",
    "int f(void) { 3 = 4; return 0; }": "this is a value: it lies nowhere, so it has no address and nothing can be assigned to it",
    "int f(void) { const int x = 1; x = 2; return x; }": "x is const: nothing can be assigned to it",
    "int f(const int *p) { *p = 2; return 0; }": "this is const: nothing can be assigned to it",
    "typedef struct { const int a; } R; void f(R *r) { r->a++; }": "a is const: nothing can be assigned to it",
    "int f(void) { int a[2]; a = 0; return 0; }": "nothing can be assigned to an int[2]",
    "int *f(void) { return 5; }": "an int where an int * is wanted; if that is meant, write a cast",
    "int f(int *p) { return p; }": "an int * where an int is wanted; if that is meant, write a cast",
    "int f(int *p) { return p == 5; }": "an int * and an int are compared; if that is meant, write a cast",
    "typedef struct { int a; } R; int f(R r) { if (r) return 1; return 0; }": "a R is neither true nor false: a number or a pointer is wanted",
    "void g(void); int f(void) { return g(); }": "this has no value, and an int is wanted",
    "int f(void) { return; }": "f must return an int",
    "int f(void) { }": "f must return a value, and has no return",
    "void f(void) { return 1; }": "f is void: it returns no value",
    "void f(void) { break; }": "break stands in no loop and in no switch",
    "void f(int x) { switch (x) { case 1: continue; } }": "continue stands in no loop",
    "void f(void) { goto Exot; Exit:; }": "there is no label Exot; did you mean Exit?",
    "void f(void) { A:; A:; }": "the label A stands here twice",
    "void f(int x) { switch (x) { case 1: case 1:; } }": "case 1 stands here twice",
    "void f(int x) { switch (x) { default:; default:; } }": "there are two defaults",
    "void f(int x, int y) { switch (x) { case y:; } }": "this must be a constant whole number: the compiler has to know it",
    "void f(int *p) { switch (p) { case 1:; } }": "an int * where a whole number to switch on is wanted",
    "int f(void) { int x; int x; return 0; }": "x is declared twice; first in line 1",
    "int f(void) { return 1; } int f(void) { return 2; }": "f is defined twice; first in line 1",
    "int f(int); long f(int x) { return 1; }": "f is declared in two ways: int f(int), and long f(int) here",
    "int f(void) { void x; return 0; }": "x is void: a variable has a value",
    "int f(void) { struct S s; return 0; }": "s is of a type without a size: struct S",
    "int f(int n) { int a[n]; return 0; }": "this must be a constant whole number: the compiler has to know it",
    "int f(void) { int a[2] = {1, 2, 3}; return 0; }": "there are more initialisers than int[2] has parts",
    "int f(void) { char a[2] = \"abc\"; return 0; }": "3 characters do not fit char[2]",
    "int f(void) { struct { int a; } s = {.b = 1}; return 0; }": "struct has no field b; it has: a",
    "int f(void) { int a[2] = {[5] = 1}; return 0; }": "int[2] has no element 5",
    "int g(void); int x = g();": "this is computed before any function runs, so it must be a constant",
    "int f(void) { return 1 / 0; }": "a division by zero",
    "int f(void *p) { return *p; }": "what a void * points at has no type: cast the pointer first",
    "int f(void *p) { p++; return 0; }": "void *: what it points at has no size, so it cannot be counted with",
    "int f(void) { struct { int a : 3; } s; int *p = &s.a; return 0; }": "a is a bit-field: it has no address",
    "int f(void) { __leave; }": "this __leave stands in no __try",
    "int f(void) { __try { goto In; } __finally { } __try { In:; } __finally { } return 0; }": "In stands in a __try: nothing jumps into one",
    "int f(void) { __try { } __finally { return 1; } return 0; }": "a __finally block runs to its end: nothing may return out of it",
    "int f(void) { for (;;) { __try { } __finally { break; } } }": "a __finally block runs to its end: nothing may jump out of it",
    "int f(void) { return GetExceptionCode(); }": "GetExceptionCode stands in the filter or the block of an __except only",
    "_Static_assert(sizeof(long) == 8, \"LP64\");": "_Static_assert fails: \"LP64\"",
    "int f(int x) { return x ? x : \"a\"; }": "? : cannot be an int or a char *",
    "int f(int *p) { return p * 2; }": "* does not take an int * and an int",
    "int f(int *p) { return ~p; }": "an int * where a whole number is wanted",
    "int x; char x;": "x is declared twice; first in line 1",
    "enum { A, A };": "A is declared twice",
    "int f(void) { return f->a; }": "an int (void) has no members",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG.items(), ids=range(len(WRONG)))
def test_wrong_c_is_refused_with_what_is_wrong(text, message):
    with pytest.raises(CError) as error:
        lowered(text)
    assert error.value.message == message
    assert error.value.place.file == "test.c"


def test_an_error_stands_under_what_is_wrong():
    with pytest.raises(CError) as error:
        lowered("typedef struct { int Done; } R;\nint f(R *r)\n{\n    return 1 + r->Dome;\n}")
    assert (
        str(error.value)
        == "test.c:4: R has no field Dome; it has: Done\n        return 1 + r->Dome;\n                      ^"
    )


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("int *q = p;", "char * where int * is wanted; if that is meant, write a cast"),
        ("char *q = c;", "const char * becomes char *: what is const can be written to through it"),
        ("int *q = 0; p == q;", "char * and int * are compared; if that is meant, write a cast"),
    ],
)
def test_pointers_of_two_types_get_a_warning(body, warning):
    assert [text for _, text in lowered(f"void f(char *p, const char *c) {{ {body} }}").warnings] == [warning]

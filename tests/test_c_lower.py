"""C lowered to Python computes what a compiled program computes; each construct of C runs, and wrong C is refused."""

import inspect
import re
import subprocess
import sys
import traceback
from textwrap import dedent

import c_random
import pytest
from c_cases import AROUND, cases, results
from c_flat import FlatMemory, Program, lowered
from sizes import size

from kevent_sim.c import types
from kevent_sim.c.errors import CError
from kevent_sim.c.interface import Memory
from kevent_sim.c.lower import lower
from kevent_sim.c.parse import unit
from kevent_sim.c.runtime import RUNTIME, Raised, Undefined, uninitialised

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


@with_compiler
@pytest.mark.parametrize("seed", range(size(2, 20)))
def test_random_expressions_have_the_values_that_a_compiler_gives_them(seed, tmp_path):
    assert differing(c_random.expressions(seed, 200), tmp_path) == []


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
        ("int is = 1, None = 2, m = 3, lambda = 4; return is + None * m + lambda;", 11),
        ("int int32 = 2, at = 3, leave = 4, _1 = 5, x_2 = 6; return int32 * at + leave * _1 + x_2 + x;", 37),
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

HANDLED = (
    "unsigned long GetExceptionCode(void); int AbnormalTermination(void); int more(int x, ...) { return x + 1; }\n"
)
STATEMENTS = results(cases("statements"))


@pytest.mark.parametrize(("body", "result"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_does_what_c_says(body, result):
    assert Program(f"{HANDLED}int f(int x) {{ {body} }}").run("f", 5) == result


def test_a_function_calls_itself_and_one_below_it():
    text = "int odd(int); int even(int n) { return n ? odd(n - 1) : 1; } int odd(int n) { return n && even(n - 1); }"
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


def test_a_status_is_read_by_its_digits():
    text = lowered("int f(int x) { return x == (int)0xC0000034L ? 1 : -5; }").python
    assert "return 1 if x == 0xC0000034 - (1 << 32) else -5" in text


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
    assert said.reason == "y is read, but nothing was written there before"


def test_a_function_that_ends_without_its_value_is_undefined():
    program = Program("int f(int x)\n{\n    if (x) return 1;\n}\nint g(int x) { while (x) x--; }")
    assert program.run("f", 1) == 1
    for name in "fg":
        with pytest.raises(Undefined, match=f"{name} ends without a return"):
            program.run(name, 0)


def test_each_line_of_python_knows_its_line_of_c():
    text = "int f(int x)\n{\n    int y = 0;\n\n    while (x)\n        x--,\n        y++;\n    return y;\n}\n"
    found = lowered(text)
    lines = {line.strip(): of for line, of in zip(found.python.splitlines(), found.lines, strict=True)}
    assert lines == {
        "def f(x):": 1, "y = 0": 3, "while x:": 5, "m.round()": 5, "x = int32(x - 1)": 6, "y = int32(y + 1)": 7,
        "return y": 8,
    }  # fmt: skip


def test_a_function_of_a_header_stands_in_its_file():
    header = "\nint half(int x, int y) { return x / y; }"
    found = lower(unit('#include "low.h"\nint f(int x)\n{\n    return half(x, 0);\n}', "a.c", {"low.h": header}))
    space = dict(RUNTIME)
    exec(found.code("a.c"), space)
    with pytest.raises(Raised) as error:
        space["f"](4)
    at = [(each.filename, each.lineno) for each in traceback.extract_tb(error.value.__traceback__)]
    assert at[1:3] == [("a.c", 4), ("low.h", 2)]


def test_the_python_of_a_text_is_always_the_same():
    text = "int g; int a(int x) { A: if (x--) goto B; goto A; B: C: if (x == 7) goto C; static int s; return s + g; }"
    script = f"import sys; sys.path.insert(0, 'tests'); from c_flat import lowered; print(lowered({text!r}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(printed) == 1


# -- what lives in memory ----------------------------------------------------------------------------------------------

MEMORY = results(cases("memory"))


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


def test_a_place_that_is_changed_is_computed_and_read_once():
    for change in ("p()->x++", "++p()->x", "p()->x += 2", "p()->bits--", "return p()->x++"):
        text = lowered(
            f"struct S {{ int x, bits : 3; }} *p(void); int f(void) {{ {change}; return 0; }}", [], ["p"]
        ).python
        assert (text.count("p()"), text.count("m.load"), text.count("m.store")) == (1, 1, 1)


def test_nothing_is_asked_of_memory_but_what_its_interface_says():
    offered = {name for name in dir(Memory) if not name.startswith("_")}
    heads = [(MEMORY, "int f(void)"), (STATEMENTS, "int f(int x)")]
    bodies = [f"{head} {{ {body} }}" for table, head in heads for body, _ in table.values()]
    texts = [lowered(f"{HANDLED}{AROUND}{body}").python for body in bodies]
    asked = {name for text in texts for name in re.findall(r"\bm\.(\w+)\(", text)}
    assert asked <= offered
    of_library = {"read", "write", "copy", "terminated"}  # what tests/test_c_library.py asks
    assert offered - asked <= of_library | {"external", "typed", "fresh", "arguments", "result", "missing", "pointer"}
    assert offered <= {*dir(FlatMemory)}


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


def test_a_function_that_is_handed_on_is_a_coroutine_function():
    program = Program(
        "void Start(void (*)(int), int); void plain(int x) { } void thread(int x) { } void other(int x) { }"
        "void (*table)(int) = other; void f(void) { plain(1); Start(thread, 1); }",
        Start=lambda *_: None,
    )
    kinds = {name: inspect.iscoroutinefunction(program.space[name]) for name in program.lowered.functions}
    assert kinds == {"plain": False, "thread": True, "other": True, "f": False}


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
    text = (
        "int A(int); int plain(int x) { return x; }"
        "int f(void) { int (*p)(int) = A; int n = p(3); p = plain; return n * 10 + p(4); }"
    )
    assert Program(text, **routines).run("f") == 34
    assert calls == [("A", 3)]


def test_a_parameter_that_is_called_hides_the_function_of_its_name():
    calls, routines = steps("A")
    text = "int A(int); int g(int x) { return x; } int f(int (*g)(int)) { return g(3); } int h(void) { return f(A); }"
    assert Program(text, **routines).run("h") == 3
    assert calls == [("A", 3)]


def test_what_is_passed_for_dots_is_promoted():
    given = []
    text = "int Note(int, ...); int f(int x) { return Note(1, x + 0x7FFFFFFF, (unsigned char)300, x < 9, 'a', 5LL); }"
    Program(text, Note=lambda *arguments: given.extend(arguments)).run("f", 5)
    assert given == [1, -(2**31) + 4, 44, 1, 97, 5]
    assert [type(each) for each in given] == [int] * 6


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

WRONG = cases("wrong")


@pytest.mark.parametrize(("message", "text"), WRONG, ids=range(len(WRONG)))
def test_wrong_c_is_refused_with_what_is_wrong_and_where(message, text):
    with pytest.raises(CError) as error:
        lowered(text)
    assert f"{error.value.place.line}:{error.value.place.column}: {error.value.message}" == message


def test_loops_that_lie_deeper_than_pythons_may_are_refused():
    text = f"int f(int x)\n{{\n    int n = 0;\n{'while (n < x) { ' * 25} n++; {'}' * 25}\n    return n;\n}}"
    with pytest.raises(CError, match="nested too deep") as error:
        lowered(text).code("test.c")
    assert error.value.place.line == 4


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

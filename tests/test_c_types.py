"""C's types on x64: records as a compiler lays them out, conversions, constant expressions."""

import c_random
import pytest
from c_flat import Program, lowered
from sizes import size

from kevent_sim.c.declarations import Declarations
from kevent_sim.c.errors import CError
from kevent_sim.c.integers import common, promoted
from kevent_sim.c.memory.leaves import label
from kevent_sim.c.parse import unit
from kevent_sim.c.scopes import Scopes
from kevent_sim.c.types import (
    BOOL,
    CHAR,
    INT,
    LLONG,
    LONG,
    SCHAR,
    SHORT,
    SIZE_T,
    UCHAR,
    UINT,
    ULLONG,
    ULONG,
    USHORT,
    VOID,
    Array,
    Function,
    Integer,
    Pointer,
    same,
    spelled,
)  # fmt: skip

with_compiler = pytest.mark.skipif(
    not c_random.compiler_works(), reason="there is no gcc for x86-64, which knows -mms-bitfields, to compare with"
)
INTEGERS = (BOOL, CHAR, SCHAR, UCHAR, SHORT, USHORT, INT, UINT, LONG, ULONG, LLONG, ULLONG)


def declared(text: str):
    """The record S of a text."""
    declarations = Declarations(Scopes(), lambda node: int(node.value, 0))
    for node in unit(text).ext:
        if type(node).__name__ == "Pragma":
            declarations.pragma(node)
        elif type(node).__name__ == "Typedef":
            declarations.typedef(node)
        else:
            declarations.qualified(node)
    return declarations.scopes.find_tag("S")


# -- records -----------------------------------------------------------------------------------------------------------


def layout_program(records: list[str]) -> str:
    """A program that prints each record's size, alignment, and each member's offset or the bytes that its bits fill."""
    text = [f"#define S S{at}\n{record}\n#undef S" for at, record in enumerate(records)]
    body = []
    for at, record in enumerate(records):
        found = declared(c_random.OURS + record)
        body.append(f'printf("%d %d\\n", (int)sizeof(struct S{at}), (int)_Alignof(struct S{at}));')
        for name, field in found.members.items():
            if field.width:
                body.append(
                    f"{{ static union {{ struct S{at} s; unsigned char b[sizeof(struct S{at})]; }} u; u.s.{name} = -1; "
                    f'for (int i = 0; i < (int)sizeof u; i++) printf("%02x", u.b[i]); printf("\\n"); }}'
                )
            else:
                body.append(f'printf("%d\\n", (int)offsetof(struct S{at}, {name}));')
    return "\n".join(text) + "\nint main(void)\n{\n" + "\n".join(body) + "\nreturn 0;\n}\n"


def our_layout(text: str) -> list[str]:
    found = declared(c_random.OURS + text)
    lines = [f"{found.size} {found.align}"]
    for field in found.members.values():
        if field.width:
            bits = (1 << field.width) - 1 << field.bit
            lines.append((bits << 8 * field.offset).to_bytes(found.size, "little").hex())
        else:
            lines.append(str(field.offset))
    return lines


def differing(records: list[str], folder) -> list[str]:
    theirs = iter(c_random.compiled(layout_program(records), folder))
    return [text for text in records if [next(theirs) for _ in our_layout(text)] != our_layout(text)]


@with_compiler
@pytest.mark.parametrize("first", range(0, size(100, 300), 100))
def test_random_records_are_laid_out_as_the_compiler_lays_them_out(first, tmp_path):
    assert differing([c_random.record(seed) for seed in range(first, first + 100)], tmp_path) == []


@with_compiler
def test_records_that_once_differed_are_laid_out_as_the_compiler_lays_them_out(tmp_path):
    packed = [
        f"#pragma pack(push, {pack})\nstruct S {{ char a; long long b; int c : 5; short d : 3; char e[3]; void *f; }};"
        "\n#pragma pack(pop)"
        for pack in (1, 2, 4, 8)
    ]
    assert differing(packed, tmp_path) == []


def test_a_bit_field_of_another_size_begins_another_unit():
    found = declared("struct S { int a : 3; unsigned b : 4; char c : 2; int d : 1; };")
    assert [(each.name, each.offset, each.bit) for each in found.fields] == [
        ("a", 0, 0), ("b", 0, 3), ("c", 4, 0), ("d", 8, 0),
    ]  # fmt: skip


def test_a_flexible_array_takes_no_place():
    found = declared("struct S { long long a; char b; short c[]; };")
    assert (found.size, found.members["c"].offset, label(found, 14)) == (16, 10, "c[2]")


def test_members_of_anonymous_records_are_the_outer_ones():
    found = declared("struct S { int a; union { struct { int low, high; }; long long whole; }; };")
    assert {name: field.offset for name, field in found.members.items()} == {"a": 0, "low": 8, "high": 12, "whole": 8}
    assert label(found, 12) == "high"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("struct S { int a; int a; };", "there are two members a"),
        ("struct S { int a : 33; };", "a cannot have 33 bits of int"),
        ("struct S { int a : 0; };", "a cannot have 0 bits of int"),
        ("struct S { struct T t; };", "t is of a type without a size: struct T"),
        ("struct S { int a[]; int b; };", "a is of a type without a size: int[]"),
        ("struct S { float a; };", "not simulated: floating point"),
        ("struct S { int a; }; struct S { int b; };", "struct S is defined twice"),
    ],
)
def test_a_record_that_no_compiler_takes_is_refused(text, message):
    with pytest.raises(CError) as error:
        declared(text)
    assert error.value.message.startswith(message)


# -- integers ----------------------------------------------------------------------------------------------------------


def test_promotions_and_conversions_are_those_of_the_standard():
    assert {promoted(each) for each in INTEGERS[:7]} == {INT}
    for a in INTEGERS:
        for b in INTEGERS:
            assert common(a, b) is common(b, a)
            assert common(a, b).size == max(4, a.size, b.size)
    assert common(INT, ULONG) is ULONG
    assert common(UINT, LONG) is ULONG
    assert common(LLONG, ULONG) is LLONG
    assert common(LLONG, ULLONG) is ULLONG


def test_a_number_wraps_to_each_type():
    for each in INTEGERS:
        if each is not BOOL:
            assert each.wrap(each.high + 1) == each.low
            assert each.wrap(each.low - 1) == each.high
    assert [BOOL.wrap(value) for value in (0, 1, 256, -1)] == [0, 1, 1, 1]


def test_a_typedef_makes_no_other_type():
    assert same(ULONG.named("DWORD"), ULONG)
    assert not same(LONG, INT)
    assert not same(CHAR, SCHAR)
    assert same(Pointer(ULONG.named("DWORD")), Pointer(ULONG))


def test_types_are_spelt_as_c_spells_them():
    assert spelled(Pointer(Pointer(CHAR, True))) == "const char **"
    assert spelled(Array(Pointer(Function(VOID, [INT], [""], True)), 3), "table") == "void (*table[3])(int, ...)"
    assert spelled(Function(Pointer(VOID), ()), "f") == "void *f(void)"


# -- constant expressions ----------------------------------------------------------------------------------------------

RECORDS = """
typedef unsigned long long ULONG_PTR; typedef long long LONG_PTR; typedef long LONG; typedef char *PCHAR;
typedef struct _LIST { struct _LIST *Flink, *Blink; } LIST;
typedef struct _ITEM { int number; LIST entry; struct { short x[3]; } more[2]; } ITEM, *PITEM;
enum { ONE = 1, TWO, TEN = TWO * 5 };
"""


@pytest.mark.parametrize(
    ("expression", "constant"),
    [
        ("sizeof(ITEM)", 40),
        ("(LONG)(LONG_PTR)&(((ITEM *)0)->entry)", 8),
        ("(ULONG_PTR)&((PITEM)0)->more[1].x[2]", 34),
        ("offsetof(ITEM, more[1].x)", 30),
        ("sizeof(((ITEM *)0)->more)", 12),
        ("sizeof(ITEM *) + sizeof \"abc\" + sizeof L\"abc\"", 20),
        ("_Alignof(ITEM)", 8),
        ("TEN + TWO", 12),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("(unsigned char)300 + 'A'", 109),
        ("-1 < 0u", 0),
        ("(char)0xFF < 0", 1),
        ("1 ? 2 : 1 / 1", 2),
        ("0 && 1", 0),
        ("!5 || 3", 1),
        ("~0u >> 31", 1),
        ("sizeof(0x80000000) == 4 && 0x80000000 > 0", 1),
        ("sizeof(4294967296) == 8", 1),
        ("(PCHAR)16 - (PCHAR)4 == 12", 1),
        ("0x7FFFFFFF + 1 < 0", 1),
        ("'\\x41' + '\\101' + '\\n'", 140),
    ],
)  # fmt: skip
def test_a_constant_expression_has_its_value_at_once(expression, constant):
    text = f"{RECORDS}\nenum {{ HERE = {expression} }};\nint f(void) {{ return HERE; }}"
    assert f"return {constant}\n" in lowered(text).python


@pytest.mark.parametrize("expression", ["x", "f()", "x = 1", "1 / 0", "5 % 0", '"a"', "(&x == 0) + x"])
def test_what_is_no_constant_is_refused_where_one_must_be(expression):
    with pytest.raises(CError):
        lowered(f"int x; int f(void);\nint a[{expression}];")


def test_a_record_is_found_from_its_member():
    program = Program(
        RECORDS + "int f(void) { ITEM item; LIST *entry = &item.entry; item.number = 7;"
        "return ((ITEM *)((PCHAR)(entry) - (ULONG_PTR)(&((ITEM *)0)->entry)))->number; }"
    )
    assert program.run("f") == 7


def test_names_of_offsets_are_those_of_members():
    found = lowered(RECORDS + "ITEM items[2];").variables["items"]
    assert [label(found, at) for at in (0, 8, 16, 24, 40 + 34)] == [
        "[0].number", "[0].entry.Flink", "[0].entry.Blink", "[0].more[0].x[0]", "[1].more[1].x[2]",
    ]  # fmt: skip


def test_sizes_are_those_of_windows():
    assert [each.size for each in INTEGERS] == [1, 1, 1, 1, 2, 2, 4, 4, 4, 4, 8, 8]
    assert (SIZE_T.size, Pointer(VOID).size, isinstance(SIZE_T, Integer)) == (8, 8, True)

"""The routines of C that work on memory do what the WDK, or C, says; and what a compiler's own library does."""

import re
from functools import partial
from pathlib import Path

import c_random
import pytest
from c_library import BYTES, OPERATIONS, THEIRS, Calls, Careful, Unwritten, filled, formats, operations, run, widened
from sizes import size

from kevent_sim.c import library
from kevent_sim.c.headers.library import home
from kevent_sim.c.interface import Memory, Spans
from kevent_sim.c.library import LIBRARY
from kevent_sim.c.lower import PLAIN
from kevent_sim.c.runtime import Raised, Undefined
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import line_of
from kevent_sim.machine.ntstatus import BugCheck
from kevent_sim.machine.output import DbgPrint, printed_by

with_compiler = pytest.mark.skipif(
    not c_random.compiler_works(), reason="there is no gcc for x86-64, whose library there is to compare with"
)
KINDS = ("CchA", "CbA", "CchW", "CbW")
SUCCESS, OVERFLOW, INVALID, TOO_SMALL = 0, 0x80000005 - 2**32, 0xC000000D - 2**32, 0xC0000023 - 2**32


# -- what there is -----------------------------------------------------------------------------------------------------


def test_each_routine_is_declared_in_a_header():
    assert [name for name in LIBRARY if home(name) is None] == []
    assert set(LIBRARY) <= PLAIN


def test_each_routine_is_called_by_some_test():
    called = "".join((*OPERATIONS, *BYTES, Path(__file__).read_text(encoding="utf-8")))
    called += "".join(map(widened, OPERATIONS)) + "".join(of_kind(kind, called, 0, "")[0] for kind in KINDS)
    assert [name for name in LIBRARY if not re.search(rf"\b{name}\b", called)] == []


def test_the_library_asks_nothing_of_memory_but_what_its_interface_says():
    texts = [path.read_text(encoding="utf-8") for path in Path(library.__file__).parent.glob("*.py")]
    asked = {name for text in texts for name in re.findall(r"\bm\.(\w+)\(", text)}
    assert asked <= {name for name in dir(Memory) if not name.startswith("_")}
    assert {name for name in dir(Spans) if not name.startswith("_")} <= asked


# -- against a compiler ------------------------------------------------------------------------------------------------


@with_compiler
@pytest.mark.parametrize("seed", range(size(1, 10)))
def test_strings_and_bytes_are_worked_on_as_a_compiler_s_library_does(seed, tmp_path):
    bodies = operations(seed, 200)
    functions = "\n".join(f"int f{at}(void) {{ {body} }}" for at, body in enumerate(bodies))
    main = "".join(f'printf("%d\\n", f{at}());' for at in range(len(bodies)))
    theirs = [int(each) for each in c_random.compiled(f"{THEIRS}{functions}\nint main(void) {{ {main} }}", tmp_path)]
    ours = Calls(functions)
    assert {body: ours.run(f"f{at}") for at, body in enumerate(bodies)} == dict(zip(bodies, theirs, strict=True))


@with_compiler
@pytest.mark.parametrize("seed", range(size(1, 10)))
def test_formats_become_what_a_compiler_s_library_makes_of_them(seed, tmp_path):
    given = formats(seed, 400)
    main = "".join(f"show({each});" for each in given)
    show = """#include <stdarg.h>
    void show(const char *format, ...) {
        char text[200]; va_list all; va_start(all, format); int n = vsnprintf(text, 200, format, all);
        for (int i = 0; i < n; i++) printf("%02x", (unsigned char)text[i]);
        printf("\\n");
    }"""
    theirs = c_random.compiled(f"{show}\nint main(void) {{ {main} }}", tmp_path)
    ours = Calls("\n".join(f"int f{at}(void) {{ return sprintf(out, {each}); }}" for at, each in enumerate(given)))
    for at, each in enumerate(given):
        count = ours.run(f"f{at}")
        made = ours.memory.read(ours.space["out"], count + 1)
        assert (made.hex(), made[-1]) == (f"{theirs[at]}00", 0), each


@pytest.mark.parametrize("seed", range(size(1, 10)))
def test_wide_strings_are_worked_on_as_narrow_ones(seed):
    bodies = [body for body in operations(seed, 200) if "mem" not in body]
    narrow = Calls("\n".join(f"int f{at}(void) {{ {body} }}" for at, body in enumerate(bodies)))
    wide = Calls("\n".join(f"int f{at}(void) {{ {widened(body)} }}" for at, body in enumerate(bodies)))
    for at, body in enumerate(bodies):
        assert wide.run(f"f{at}") == narrow.run(f"f{at}"), body


def test_the_random_calls_are_of_all_that_works_on_strings():
    made = " ".join(operations(0, 300))
    names = set(re.findall(r"(\w+)\(a", " ".join((*OPERATIONS, *BYTES))))
    assert names <= set(re.findall(r"(\w+)\(a", made))
    assert len(names) == 18


@pytest.mark.parametrize("seed", range(size(1, 10)))
def test_nothing_is_read_that_was_not_written(seed):
    """Behind the zero that ends a string nothing was."""
    bodies = [body for body in operations(seed, 200) if "mem" not in body and "h * 31" not in body]
    bodies = [re.sub(r'char (\w)\[24\] = (".*?")', r"char \1[24]; memcpy(\1, \2, sizeof \2)", each) for each in bodies]
    bodies += [f'char a[24]; memcpy(a, "xyz", 4); {call}; return 0;' for call in UNWRITTEN]
    program = Calls("\n".join(f"int f{at}(void) {{ {body} }}" for at, body in enumerate(bodies)), Careful)
    for at, body in enumerate(bodies):
        try:
            program.run(f"f{at}")
        except Unwritten:
            pytest.fail(body)
    with pytest.raises(Unwritten):
        Calls("int f(void) { char a[4]; return strlen(a); }", Careful).run("f")


UNWRITTEN = (
    'sprintf(out, "%s%5.2s%.*s", a, a, 3, a)', "RtlStringCbCopyA(out, 24, a)",
    "RtlStringCchCatA(a, 24, \"b\")", "RtlStringCbCopyNA(out, 24, a, 20)", 'RtlStringCbPrintfA(a, 24, "%d", 7)',
    "RtlStringCbLengthA(a, 24, NULL)", 'strcat(a, "b")', 'strncpy(a, "b", 9); strcat(a, "b")', "memmove(out, a, 24)",
    "UNICODE_STRING u = {0, 8, wide}; RtlUnicodeStringPrintf(&u, L\"%S\", a); RtlUnicodeStringCatString(&u, L\"b\")",
    "ANSI_STRING s; RtlInitAnsiString(&s, a); UNICODE_STRING u = {0, 8, wide}; RtlAnsiStringToUnicodeString(&u, &s, 0)",
)  # fmt: skip


# -- blocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('char a[4] = "abc"; char b[4]; RtlCopyMemory(b, a, 4); return b[2];', 99),
        ('char a[4] = "abc"; RtlMoveMemory(a + 1, a, 2); return a[1] * 1000 + a[2];', 97098),
        ("int x = 5; RtlZeroMemory(&x, sizeof x); return x;", 0),
        ("int x = 5; RtlFillMemory(&x, 2, 0x101); return x;", 0x101),
        ("int x = 5; RtlSecureZeroMemory(&x, 4); return x;", 0),
        ("int x = 5, y = 5; return RtlEqualMemory(&x, &y, 4);", 1),
        ("int x = 5, y = 6; return RtlEqualMemory(&x, &y, 4);", 0),
        ("int x = 0x30005, y = 0x40005; return (int)RtlCompareMemory(&x, &y, 4);", 2),
        ("int x = 5, y = 5; return (int)RtlCompareMemory(&x, &y, 4);", 4),
        ("memcpy(NULL, NULL, 0); memmove(NULL, NULL, 0); memset(NULL, 0, 0); return memcmp(NULL, NULL, 0);", 0),
        ("return (int)RtlCompareMemory(NULL, NULL, 0);", 0),
        ("char a[3], *p = memset(a, 'x', 3); return p == a && p[2] == 'x';", 1),
        ("char a[3], b[3] = {1, 2, 3}; return memcpy(a, b, 3) == a && memmove(a, b, 3) == a;", 1),
    ],
)
def test_a_block_is_copied_filled_and_compared(body, result):
    assert run(body) == result


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("memcpy(a + 4, a, 5)", "memcpy reads 5 bytes and writes 5, which begin 4 bytes behind them: they overlap"),
        ("memcpy(a, a + 4, 5)", "memcpy reads 5 bytes and writes 5, which begin 4 bytes before them: they overlap"),
        ("RtlCopyMemory(a, a, 1)", "which begin where they do: they overlap.*memmove and RtlMoveMemory allow that"),
        ("strcpy(a + 1, a)", "strcpy reads 4 bytes"),
        ("strcat(a, a)", "strcat reads 4 bytes and writes 4, which begin 3 bytes behind them"),
        ("strncpy(a, a + 1, 4)", "strncpy reads"),
        ("strncat(a, a + 1, 4)", "strncat reads"),
        ('sprintf(a, "%s!", a)', "sprintf reads 3 bytes and writes 5, which begin where they do"),
        ('RtlStringCbPrintfA(a, 16, "%d%s", 1, a)', "RtlStringCbPrintfA reads"),
        ("RtlStringCbCopyA(a, 16, a)", "RtlStringCbCopyA reads"),
        ("RtlStringCchCatA(a, 16, a)", "RtlStringCchCatA reads"),
    ],
)
def test_ranges_that_overlap_are_undefined(call, says):
    with pytest.raises(Undefined, match=says):
        run(f'char a[16] = "abc"; {call}; return 0;')


@pytest.mark.parametrize("call", ["memcpy(a + 4, a, 4)", "memcpy(a, a + 4, 4)", 'sprintf(a + 4, "%s", a)'])
def test_ranges_that_touch_do_not_overlap(call):
    assert run(f'char a[16] = "abc"; {call}; return a[5] == a[1];') in (0, 1)


def test_a_length_that_was_negative_is_written_piece_by_piece():
    class Small:
        """Memory of 16 bytes, which says where it ends."""

        def write(self, p, data):
            if p + len(data) > 16:
                raise IndexError

        def index(self, p, count, size):
            return p + count * size

    with pytest.raises(IndexError):
        LIBRARY["memset"](Small(), 0, 0, 2**64 - 1)


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('const char *a = "banana"; return (int)(strchr(a, 0x161) - a);', 1),
        ('const char *a = "banana"; return (int)(strrchr(a, -0x9F) - a);', 5),
        ('const char *a = "banana"; return (int)(strchr(a, 0) - a);', 6),
        ('const wchar_t *a = L"banana"; return (int)(wcsrchr(a, 0) - a);', 6),
        ('return wcschr(L"b", 0x161) == NULL;', 1),
        ("char a[2] = {1, 2}; return strnlen(a, 2) == 2 && strnlen(NULL, 0) == 0;", 1),
        ('char a[2] = {1, 2}; return strncmp(a, "\\1\\2x", 2) == 0;', 1),
        ('char a[1] = {2}; return strcmp("\\1", a) < 0;', 1),
    ],
)
def test_a_string_is_read_no_further_than_it_must(body, result):
    assert run(body) == result


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return abs(-5) + abs(6);", 11),
        ("return labs(-2147483647 - 1) == -2147483647 - 1;", 1),
        ('return atoi(" \\t-12ab");', -12),
        ('return atoi("+7") + atoi("x") + atoi("") + atoi("- 5");', 7),
        ("return RtlConvertLongToLargeInteger(-5).QuadPart == -5;", 1),
        ("return RtlConvertUlongToLargeInteger(-5).QuadPart == 4294967291LL;", 1),
        ("return RtlULongAdd(5, 6, &number) + number;", 11),
        ("return RtlULongAdd(0xFFFFFFFF, 1, &number) == STATUS_INTEGER_OVERFLOW && number == 0xFFFFFFFF;", 1),
        ("return RtlULongSub(5, 6, &number) == STATUS_INTEGER_OVERFLOW;", 1),
        ("return RtlULongMult(0x10000, 0x10000, &number) == STATUS_INTEGER_OVERFLOW;", 1),
        ("USHORT u; return RtlUShortAdd(0xFFFF, 1, &u) == STATUS_INTEGER_OVERFLOW && u == 0xFFFF;", 1),
        ("ULONGLONG u; return RtlULongLongAdd(-1, 1, &u) == STATUS_INTEGER_OVERFLOW && u == -1;", 1),
        ("ULONGLONG u; return RtlULongLongMult(1LL << 40, 1 << 20, &u) == 0 && u == 1LL << 60;", 1),
        ("return RtlSIZETAdd(1, 2, &size) + RtlSizeTAdd(size, 2, &size) + size;", 5),
        ("return RtlSIZETMult(3, 2, &size) + RtlSizeTMult(size, 2, &size) + size;", 12),
        ("return RtlSizeTToULong(1LL << 32, &number) == STATUS_INTEGER_OVERFLOW;", 1),
        ("return RtlSizeTToULong(7, &number) + number;", 7),
    ],
)
def test_numbers_are_those_of_their_types(body, result):
    assert run(body) == result


def test_a_number_that_atoi_cannot_return_is_undefined():
    with pytest.raises(Undefined, match="atoi of 2147483648, which does not fit in an int"):
        run('return atoi("2147483648");')


# -- formats -----------------------------------------------------------------------------------------------------------

STRING = 'UNICODE_STRING u = RTL_CONSTANT_STRING(L"C:\\\\x"); ANSI_STRING s = RTL_CONSTANT_STRING("any"); '


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('"%d %i %u", -1, 2, -1', "-1 2 4294967295"),
        ('"%I64d %I64u %lld %Id", -1LL, -1LL, -1LL, -1LL', "-1 18446744073709551615 -1 -1"),
        ('"%zu %ju %tu %Iu", -1LL, -1LL, -1LL, -1LL', " ".join(4 * [str(2**64 - 1)])),
        ('"%llx %I64x %wx %Lx", -1LL, -1LL, -1LL, -1LL', f"{16 * 'f'} {16 * 'f'} {8 * 'f'} {8 * 'f'}"),
        ('"%I32d %ld %lu %lx", -1, -1, -1, 255', "-1 -1 4294967295 ff"),
        ('"%d", 0x123456789LL', str(0x23456789)),
        ('"%p", NULL', 16 * "0"),
        ('"%p|%20p|%-18p|", (void *)0xAB, (void *)1, (void *)2', f"{0xAB:016X}|{1:020X}|{2:016X}  |".replace(
            f"{1:020X}", f"    {1:016X}")),
        ('"%x", (void *)0x1234', "1234"),
        ('"%c%C%hc%lc%wc", 65, 66, 67, 68, 69', "ABCDE"),
        ('"%s|%ws|%ls|%S|%hs", "a", L"b", L"c", L"d", "e"', "a|b|c|d|e"),
        ('"%.2s|%.2S|%5ws|%-5s|", "abc", L"abc", L"ab", "ab"', "ab|ab|   ab|ab   |"),
        ('"%s|%S|%wZ|%.3s", NULL, NULL, NULL, NULL', "(null)|(null)|(null)|(nu"),
        ('"%wZ|%Z|%hZ|%6Z|%-7wZ|", &u, &s, &s, &s, &u', "C:\\x|any|any|   any|C:\\x   |"),
        ('"%.*d|%*d|%-*d|%*d|", 3, 7, 4, 7, 4, 7, -4, 7', "007|   7|7   |7   |"),
        ('"100%%", 1, 2', "100%"),
        ('"%S|%3S|%c", L"\\xe9", L"\\xe9", 0xE9', "Ã©|  Ã©|é"),
        ('"%05s", "ab"', "000ab"),
    ],
)  # fmt: skip
def test_a_format_is_the_kernel_s(arguments, text):
    assert filled(f"{STRING} sprintf(out, {arguments})") == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('L"%s|%S|%ws|%hs|%ls", L"a", "b", L"c", "d", L"e"', "a|b|c|d|e"),
        ('L"%c%C%hc%wc", 65, 66, 67, 0x3B1', "ABC\u03b1"),
        ('L"%wZ|%Z|%hZ", &u, &s, &s', "C:\\x|any|any"),
        ('L"%4d|%-4x|%04X", 7, 10, 11', "   7|a   |000B"),
        ('L"%S|%2s|", "\\303\\251", L"\\xe9"', "é| é|"),
    ],
)
def test_a_wide_format_means_wide_strings(arguments, text):
    assert filled(f"{STRING} swprintf(wide, 600, {arguments})") == text


def test_no_more_of_a_string_is_read_than_its_precision_says():
    body = 'char a[3] = {97, 98, 99}; a[2] = 7; sprintf(out, "%.2s", a)'
    assert filled(body) == "ab"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('"%f", 1', "sprintf: '%f' is not simulated; there is no floating point"),
        ('"%d %-5.2g", 1, 1', "sprintf: '%-5.2g' is not simulated; there is no floating point"),
        ('"%n", &number', "sprintf: '%n' is not simulated; it writes into memory"),
        ('"%y", 1', "sprintf: '%y' is not simulated$"),
        ('"100%"', "sprintf: '%' is not simulated$"),
    ],
)
def test_what_the_kernel_s_formats_lack_is_refused_by_name(arguments, says):
    with pytest.raises(Misuse, match=says):
        filled(f"sprintf(out, {arguments})")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('"%d %d", 1', r"sprintf: nothing is left for %d in '%d %d': an argument is missing$"),
        ('"%*d", 1', r"nothing is left for %\*d"),
        ('"%s"', "nothing is left for %s"),
    ],
)
def test_more_conversions_than_arguments_are_undefined(arguments, says):
    with pytest.raises(Undefined, match=says):
        filled(f"sprintf(out, {arguments})")


@pytest.mark.parametrize(
    ("call", "result", "text"),
    [
        ('_snprintf(out, 4, "%s", "abc")', 3, "abc\0#"),
        ('_snprintf(out, 3, "%s", "abc")', 3, "abc##"),
        ('_snprintf(out, 2, "%s", "abc")', -1, "ab###"),
        ('_snprintf(out, 0, "%s", "abc")', -1, "#####"),
        ('_snprintf(NULL, 0, "%s", "abc")', 3, ""),
        ('_snwprintf(wide, 3, L"%s", L"abc")', 3, "abc##"),
        ('_snwprintf(wide, 2, L"%s", L"abc")', -1, "ab###"),
        ('swprintf(wide, 4, L"%s", L"abc")', 3, "abc\0#"),
        ('swprintf(wide, 3, L"%s", L"abc")', -1, "ab\0##"),
        ('swprintf(wide, 0, L"%s", L"abc")', -1, "#####"),
        ('sprintf(out, "%s", "")', 0, "\0####"),
    ],
)
def test_a_format_is_written_as_far_as_there_is_room(call, result, text):
    check([(call, result, text)])


def check(rows):
    """(a call, what it returns, what stands at the beginning of the buffer then)"""
    program = Calls("\n".join(f"int f{at}(void) {{ return {call}; }}" for at, (call, _, _) in enumerate(rows)))
    for at, (call, result, text) in enumerate(rows):
        program.clear()
        assert program.run(f"f{at}") == result, call
        if text and "wide" in call:
            assert program.memory.read(program.space["wide"], 2 * len(text)).decode("utf-16-le") == text, call
        elif text:
            assert program.memory.read(program.space["out"], len(text)).decode("latin-1") == text, call


# -- what is printed ---------------------------------------------------------------------------------------------------


def printed(text):
    """(text, does it need PASSIVE_LEVEL, line) of all that `void f(void)` prints."""
    found = []
    with printed_by(lambda said, passive, code, at: found.append((said, passive, line_of(code, at)))):
        program = Calls(text)
        program.space |= {name: partial(LIBRARY[name], program.memory) for name in program.lowered.used}
        program.run("f")
    return found


def test_what_is_printed_is_kept_with_its_line():
    text = 'void f(void)\n{\n    DbgPrint("%d\\n", 5);\n    KdPrint(("x"));\n    g();\n}'
    text = f'void g(void) {{ DbgPrintEx(77, 0, "%s", "y"); }}\n{text}'
    lines = [line for _, _, line in printed(text)]
    assert [said for said, *_ in printed(text)] == ["5\n", "x", "y"]
    assert [line - lines[2] for line in lines] == [3, 4, 0]


def test_kdprintex_is_dbgprintex():
    (line,) = printed('void f(void) { KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "%x", 255)); }')
    assert line[0] == "ff"


@pytest.mark.parametrize(
    ("directive", "argument", "passive"),
    [
        ("%S", 'L"a"', True), ("%ws", 'L"a"', True), ("%ls", 'L"a"', True), ("%wZ", "&u", True), ("%C", "65", True),
        ("%lc", "65", True), ("%wc", "65", True), ("%s", '"a"', False), ("%hs", '"a"', False), ("%c", "65", False),
        ("%Z", "&s", False), ("%hZ", "&s", False), ("%hS", '"a"', False), ("%ld", "1", False),
    ],
)  # fmt: skip
def test_formats_for_unicode_are_for_passive_level(directive, argument, passive):
    (line,) = printed(f'void f(void) {{ {STRING} DbgPrint("{directive}", {argument}); }}')
    assert line[1] == passive


@pytest.mark.parametrize(
    "arguments",
    ['"%08X|%-4d|%+d|%5d", 171, 7, 7, 7', '"%s|%5s|%.2s", "abc", "abc", "abc"', '"%hd %x %o", 0x18000, -1, 8', '"%%"'],
)
def test_a_c_driver_prints_what_its_python_twin_does(arguments):
    (ours,) = printed(f"void f(void) {{ DbgPrint({arguments}); }}")
    twin = []
    with printed_by(lambda said, *_: twin.append(said)):
        DbgPrint(*eval(f"({arguments},)"))
    assert twin == [ours[0]]


def test_no_more_is_printed_than_a_buffer_holds():
    (line,) = printed('void f(void) { DbgPrint("%600d", 1); }')
    assert line[0] == 512 * " "


def test_text_beyond_ascii_is_printed_as_it_is_written():
    (line,) = printed('void f(void) { DbgPrint("\\303\\251 %ws", L"\\xe9\\x3b1"); }')
    assert line[0] == "é é\u03b1"


def test_nothing_is_printed_where_no_driver_runs():
    with pytest.raises(Misuse, match="DbgPrint is called by a thread of a driver, and no driver runs here"):
        run('DbgPrint("x"); return 0;')


# -- ntstrsafe.h -------------------------------------------------------------------------------------------------------

MOST, LONG = "0x7FFFFFFF", "0x80000000"  # NTSTRSAFE_MAX_CCH, and one more


@pytest.mark.parametrize(
    ("call", "result", "text"),
    [
        ('CopyX(out, [4], "abc")', SUCCESS, "abc\0#"),
        ('CopyX(out, [3], "abc")', OVERFLOW, "ab\0##"),
        ('CopyX(out, [1], "abc")', OVERFLOW, "\0####"),
        ('CopyX(out, [0], "abc")', INVALID, "#####"),
        (f'CopyX(out, [{LONG}], "abc")', INVALID, "\0####"),
        (f'CopyX(out, [{MOST}], "abc")', SUCCESS, "abc\0#"),
        (f'CopyNX(out, [4], "abc", [{MOST}])', INVALID, "\0####"),
        ('CopyNX(out, [4], "abc", [0x7FFFFFFE])', SUCCESS, "abc\0#"),
        (f'CopyX(out, [9], "x"), CatX(out, [{MOST}], "abc")', SUCCESS, "xabc\0"),
        (f'CopyX(out, [9], "x"), CatNX(out, [9], "abc", [{MOST}])', INVALID, "x\0###"),
        ('CopyX(out, [9], "x"), CatNX(out, [9], "abc", [0x7FFFFFFE])', SUCCESS, "xabc\0"),
        (f'PrintfX(out, [{MOST}], "%d", 100)', SUCCESS, "100\0#"),
        (f'LengthX("abc", [{MOST}], NULL)', SUCCESS, ""),
        ('CopyNX(out, [4], "abc", [2])', SUCCESS, "ab\0##"),
        ('CopyNX(out, [4], "abc", [9])', SUCCESS, "abc\0#"),
        ('CopyNX(out, [3], "abc", [2])', SUCCESS, "ab\0##"),
        ('CopyNX(out, [2], "abc", [2])', OVERFLOW, "a\0###"),
        ('CopyNX(out, [4], "abc", [0])', SUCCESS, "\0####"),
        (f'CopyNX(out, [4], "abc", [{LONG}])', INVALID, "\0####"),
        ('CopyX(out, [9], "x") || CatX(out, [9], "abc")', SUCCESS, "xabc\0"),
        ('CopyX(out, [9], "x"), CatX(out, [4], "abc")', OVERFLOW, "xab\0#"),
        ('CopyX(out, [9], "x"), CatX(out, [2], "abc")', OVERFLOW, "x\0###"),
        ('CopyX(out, [9], "x"), CatX(out, [1], "abc")', INVALID, "x\0###"),
        ('CatX(out, [0], "abc")', INVALID, "#####"),
        (f'CatX(out, [{LONG}], "abc")', INVALID, "#####"),
        ('CopyX(out, [9], "x"), CatNX(out, [9], "abc", [2])', SUCCESS, "xab\0#"),
        ('CopyX(out, [9], "x"), CatNX(out, [2], "abc", [0])', SUCCESS, "x\0###"),
        (f'CopyX(out, [9], "x"), CatNX(out, [9], "abc", [{LONG}])', INVALID, "x\0###"),
        ('PrintfX(out, [5], "%d%c", 100, 65)', SUCCESS, "100A\0"),
        ('PrintfX(out, [4], "%d%c", 100, 65)', OVERFLOW, "100\0#"),
        ('PrintfX(out, [1], "%d", 100)', OVERFLOW, "\0####"),
        ('PrintfX(out, [0], "%d", 100)', INVALID, "#####"),
        (f'PrintfX(out, [{LONG}], "%d", 100)', INVALID, "\0####"),
        ('LengthX("abc", [4], &size) || size != 3 * UNIT', SUCCESS, ""),
        ('LengthX("abc", [3], &size) == STATUS_INVALID_PARAMETER && size == 0', 1, ""),
        ('LengthX("abc", [0], &size) == STATUS_INVALID_PARAMETER && size == 0', 1, ""),
        ("LengthX(NULL, [4], &size) == STATUS_INVALID_PARAMETER && size == 0", 1, ""),
        ('LengthX("abc", [4], NULL)', SUCCESS, ""),
        (f'LengthX("abc", [{LONG}], NULL)', INVALID, ""),
    ],
)
def test_what_does_not_fit_is_cut_off_and_ended(call, result, text):
    check([of_kind(kind, call, result, text) for kind in KINDS])


def of_kind(kind, call, result, text):
    """A call of the routines whose sizes are in characters or in bytes, and whose strings are narrow or wide.

    A size stands in brackets. Where a character has two bytes one more is of no use.
    """
    wide, in_bytes = kind.endswith("W"), kind == "CbW"
    call = re.sub(r"\b(\w+)X\(", rf"RtlString{kind[:-1]}\1{kind[-1]}(", call)
    call = re.sub(r"\[(\w+)\]", r"\1ULL * 2 + 1" if in_bytes else r"\1", call).replace("UNIT", "2" if in_bytes else "1")
    if wide:
        call = re.sub(r'"(?=\w|%)([^"]*)"', r'L"\1"', call).replace("out", "wide")
    return call, result, text


# -- counted strings ---------------------------------------------------------------------------------------------------

DESTINATION = "wide[3] = L'#'; UNICODE_STRING d = {0, 8, wide}; NTSTATUS s; "


def counted(body):
    """(status, Length / 2, the five units of the buffer) after a body that works on `d`, which holds 4 units."""
    text = f"int f(void) {{ {DESTINATION} {body} number = d.Length; return s; }}"
    program = Calls(text)
    status = program.run("f")
    length = program.memory.load(program.space["number"], 0, lambda value: value) & 0xFFFFFFFF
    return status, length / 2, program.memory.read(program.space["wide"], 10).decode("utf-16-le")


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('s = RtlAppendUnicodeToString(&d, L"ab");', (0, 2, "ab\0##")),
        ('s = RtlAppendUnicodeToString(&d, L"abcd");', (0, 4, "abcd#")),
        ('s = RtlAppendUnicodeToString(&d, L"abcde");', (TOO_SMALL, 0, "#####")),
        ("s = RtlAppendUnicodeToString(&d, NULL);", (0, 0, "#####")),
        ('s = RtlAppendUnicodeToString(&d, L"");', (0, 0, "#####")),
        ('RtlAppendUnicodeToString(&d, L"a"); s = RtlAppendUnicodeToString(&d, L"bc");', (0, 3, "abc\0#")),
        ('RtlAppendUnicodeToString(&d, L"ab"); s = RtlAppendUnicodeStringToString(&d, &d);', (0, 4, "abab#")),
        ("UNICODE_STRING e = {0, 0, NULL}; s = RtlAppendUnicodeStringToString(&d, &e);", (0, 0, "#####")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"ab"); RtlCopyUnicodeString(&d, &e); s = 0;', (0, 2, "ab\0##")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abcd"); RtlCopyUnicodeString(&d, &e); s = 0;', (0, 4, "abcd#")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abcde"); RtlCopyUnicodeString(&d, &e); s = 0;', (0, 4, "abcd#")),
        ("d.Length = 4; RtlCopyUnicodeString(&d, NULL); s = 0;", (0, 0, "#####")),
        ("s = RtlIntegerToUnicodeString(254, 16, &d);", (0, 2, "FE\0##")),
        ("s = RtlIntegerToUnicodeString(254, 0, &d);", (0, 3, "254\0#")),
        ("s = RtlIntegerToUnicodeString(7, 8, &d) + RtlIntegerToUnicodeString(2, 2, &d);", (0, 2, "10\0##")),
        ("s = RtlIntegerToUnicodeString(1000, 10, &d);", (OVERFLOW, 4, "#####")),
        ("s = RtlIntegerToUnicodeString(1, 7, &d);", (INVALID, 0, "#####")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"a_\\xe9"); s = RtlUpcaseUnicodeString(&d, &e, FALSE);',
         (0, 3, "A_É##")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abcd"); s = RtlUpcaseUnicodeString(&d, &e, FALSE);',
         (0, 4, "ABCD#")),
        ("UNICODE_STRING e = {0, 0, NULL}; s = RtlUpcaseUnicodeString(&d, &e, FALSE);", (0, 0, "#####")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abcde"); s = RtlUpcaseUnicodeString(&d, &e, FALSE);',
         (OVERFLOW, 0, "#####")),
        ('ANSI_STRING e = RTL_CONSTANT_STRING("a\\303\\251"); s = RtlAnsiStringToUnicodeString(&d, &e, FALSE);',
         (0, 2, "aé\0##")),
        ('ANSI_STRING e = RTL_CONSTANT_STRING("abcd"); s = RtlAnsiStringToUnicodeString(&d, &e, FALSE);',
         (OVERFLOW, 4, "#####")),
        ('s = RtlUnicodeStringPrintf(&d, L"%d", 12);', (0, 2, "12\0##")),
        ('s = RtlUnicodeStringPrintf(&d, L"%d", 1234);', (0, 4, "1234#")),
        ('s = RtlUnicodeStringPrintf(&d, L"%d", 12345);', (OVERFLOW, 4, "1234#")),
        ('d.Length = 10; s = RtlUnicodeStringPrintf(&d, L"%d", 1);', (INVALID, 5, "#####")),
        ('d.MaximumLength = 7; s = RtlUnicodeStringPrintf(&d, L"%d", 1);', (INVALID, 0, "#####")),
        ('d.Buffer = NULL; s = RtlUnicodeStringPrintf(&d, L"%d", 1);', (INVALID, 0, "#####")),
        ('s = RtlUnicodeStringCopyString(&d, L"abc");', (0, 3, "abc##")),
        ('s = RtlUnicodeStringCopyString(&d, L"abcd");', (0, 4, "abcd#")),
        ('s = RtlUnicodeStringCopyString(&d, L"abcde");', (OVERFLOW, 4, "abcd#")),
        ('s = RtlUnicodeStringCopyString(&d, L"ab") + RtlUnicodeStringCatString(&d, L"cd");', (0, 4, "abcd#")),
        ('RtlUnicodeStringCopyString(&d, L"abc"); s = RtlUnicodeStringCatString(&d, L"de");', (OVERFLOW, 4, "abcd#")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abc"); s = RtlUnicodeStringCopy(&d, &e);', (0, 3, "abc##")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"abcde"); s = RtlUnicodeStringCopy(&d, &e);',
         (OVERFLOW, 4, "abcd#")),
        ('UNICODE_STRING e = RTL_CONSTANT_STRING(L"bc"); RtlUnicodeStringCopyString(&d, L"a"); '
         "s = RtlUnicodeStringCat(&d, &e);", (0, 3, "abc##")),
        ("UNICODE_STRING e = {3, 4, wide}; s = RtlUnicodeStringCopy(&d, &e);", (INVALID, 0, "#####")),
        ("UNICODE_STRING e = {3, 4, wide}; s = RtlUnicodeStringCat(&e, &d);", (INVALID, 0, "#####")),
        ('UNICODE_STRING e = {3, 4, wide}; s = RtlUnicodeStringCatString(&e, L"a");', (INVALID, 0, "#####")),
    ],
)  # fmt: skip
def test_a_counted_string_is_written_within_its_maximum_length(body, result):
    assert counted(body) == result


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('RtlInitUnicodeString(&u, L"abc"); return u.Length * 100 + u.MaximumLength;', 608),
        ("RtlInitUnicodeString(&u, NULL); return u.Length + u.MaximumLength + (u.Buffer != NULL);", 0),
        ('RtlInitAnsiString(&s, "abc"); return s.Length * 100 + s.MaximumLength;', 304),
        ('RtlInitString(&s, ""); return s.Length * 100 + s.MaximumLength + (*s.Buffer == 0);', 2),
        ('return RtlUnicodeStringInit(&u, L"abc") + u.Length * 100 + u.MaximumLength;', 608),
        ("return RtlUnicodeStringInitEx(&u, NULL, 0) + u.Length + u.MaximumLength + (u.Buffer != NULL);", 0),
        ('RtlInitUnicodeString(&u, L"abc"); RtlInitUnicodeString(&v, L"abD");'
         "int r = RtlCompareUnicodeString(&u, &v, FALSE); return (r > 0) - (r < 0);", 1),
        ('RtlInitUnicodeString(&u, L"abc"); RtlInitUnicodeString(&v, L"abD");'
         "int r = RtlCompareUnicodeString(&u, &v, TRUE); return (r > 0) - (r < 0);", -1),
        ('RtlInitUnicodeString(&u, L"abc"); RtlInitUnicodeString(&v, L"ab");'
         "int r = RtlCompareUnicodeString(&u, &v, FALSE); return (r > 0) - (r < 0);", 1),
        ('RtlInitUnicodeString(&u, L"a\\xe9"); RtlInitUnicodeString(&v, L"A\\xc9");'
         "return RtlEqualUnicodeString(&u, &v, TRUE) * 10 + RtlEqualUnicodeString(&u, &v, FALSE);", 10),
        ('RtlInitUnicodeString(&u, L"a"); RtlInitUnicodeString(&v, L"ab");'
         "return RtlPrefixUnicodeString(&u, &v, FALSE) * 10 + RtlPrefixUnicodeString(&v, &u, FALSE);", 10),
        ('RtlInitUnicodeString(&u, L"A"); RtlInitUnicodeString(&v, L"ab");'
         "return RtlPrefixUnicodeString(&u, &v, TRUE) * 10 + RtlPrefixUnicodeString(&u, &v, FALSE);", 10),
        ("u.Length = v.Length = 0; return RtlEqualUnicodeString(&u, &v, TRUE);", 1),
        ("return RtlUpcaseUnicodeChar(L'a') * 1000 + RtlUpcaseUnicodeChar(0xFF) - 0x178;", 65000),
        ("return RtlUpcaseUnicodeChar(0xDF) * 1000 + RtlUpcaseUnicodeChar(0xD800) - 0xD800;", 0xDF * 1000),
        ('char b[4]; s.MaximumLength = 4; s.Buffer = b; RtlInitUnicodeString(&u, L"abc");'
         "return RtlUnicodeStringToAnsiString(&s, &u, FALSE) + s.Length + b[3];", 3),
        ('char b[4]; s.MaximumLength = 3; s.Buffer = b; RtlInitUnicodeString(&u, L"abc");'
         "return RtlUnicodeStringToAnsiString(&s, &u, FALSE) == STATUS_BUFFER_OVERFLOW && s.Length == 2 && !b[2];", 1),
        ('s.MaximumLength = 0; s.Buffer = NULL; RtlInitUnicodeString(&u, L"abc");'
         "return RtlUnicodeStringToAnsiString(&s, &u, FALSE) == STATUS_BUFFER_OVERFLOW;", 1),
    ],
)  # fmt: skip
def test_a_counted_string_is_begun_compared_and_converted(body, result):
    assert run(f"UNICODE_STRING u, v; ANSI_STRING s; {body}") == result


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [
        ("12", 0, 12), (" \t-12x", 0, 2**32 - 12), ("+12", 10, 12), ("0x1fG", 0, 31), ("0o17", 0, 15), ("0b102", 0, 2),
        ("ff", 16, 255), ("0x10", 16, 0), ("19", 8, 1), ("", 0, 0), ("x", 10, 0), ("4294967297", 10, 1),
    ],
)  # fmt: skip
def test_a_counted_string_is_read_as_a_number(text, base, number):
    body = (
        f'UNICODE_STRING u; RtlInitUnicodeString(&u, L"{text}"); return RtlUnicodeStringToInteger(&u, {base}, &number)'
    )
    assert run(f"{body} == 0 && number == {number}u;") == 1


def test_a_number_has_one_of_four_bases():
    body = 'UNICODE_STRING u; RtlInitUnicodeString(&u, L"1"); return RtlUnicodeStringToInteger(&u, 3, &number);'
    assert run(body) == INVALID


def test_a_string_that_is_too_long_is_counted_as_far_as_it_can_be():
    memory = Calls("void f(void) { DbgPrint(out); }").memory
    memory.bytes += b"a\0" * 40000 + b"\0\0"
    at, to = len(memory.bytes) - 80002, memory.new(16)
    LIBRARY["RtlInitUnicodeString"](memory, to, at)
    assert memory.read(to, 4).hex() == "fcfffeff"
    assert LIBRARY["RtlUnicodeStringInit"](memory, to, at) == INVALID
    assert memory.read(to, 16) == bytes(16)
    LIBRARY["RtlInitAnsiString"](memory, to, memory.string(b"a" * 70000))
    assert memory.read(to, 4).hex() == "feffffff"


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("ExRaiseStatus(STATUS_INVALID_PARAMETER)", 0xC000000D, "ExRaiseStatus raises 0xC000000D"),
        ("ExRaiseAccessViolation()", 0xC0000005, "ExRaiseAccessViolation raises STATUS_ACCESS_VIOLATION"),
        ('RtlAssert("a < b", "x.c", 7, NULL)', 0xC0000420, "the assertion  a < b  fails"),
        ("NT_ASSERT(1 + 1 == 3)", 0xC0000420, "the assertion  1 + 1 == 3  fails"),
        ('ASSERTMSG("größer", 0)', 0xC0000420, "the assertion  0  fails: größer"),
    ],
)
def test_what_a_driver_raises_is_an_exception(call, code, says):
    with pytest.raises(Raised) as error:
        run(f"{call}; return 0;")
    assert (error.value.code, error.value.reason) == (code, says)
    assert run(f"__try {{ {call}; }} __except (GetExceptionCode() == 0x{code:X}u) {{ return 5; }} return 0;") == 5


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            "KeBugCheckEx(0x50, 1, 2, 3, 4)",
            "bug check 0x50 PAGE_FAULT_IN_NONPAGED_AREA (0x1, 0x2, 0x3, 0x4): the driver",
        ),
        ("KeBugCheck(MANUALLY_INITIATED_CRASH)", "bug check 0xE2 of the driver's own (0x0, 0x0, 0x0, 0x0): the driver"),
    ],
)
def test_a_driver_may_stop_the_machine_itself_and_no_handler_keeps_it_up(call, says):
    with pytest.raises(BugCheck, match=re.escape(f"{says} asks for it, by {call.partition('(')[0]}")):
        run(f"__try {{ {call}; }} __except (EXCEPTION_EXECUTE_HANDLER) {{ }} return 0;")


def test_an_assertion_that_is_true_is_nothing():
    assert run("NT_ASSERT(1); ASSERT(2 > 1); return NT_VERIFY(1) + PAGED_ASSERT(1);") == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("RtlAnsiStringToUnicodeString(&u, &s, TRUE)", "RtlAnsiStringToUnicodeString with AllocateDestinationString"),
        ("RtlUnicodeStringToAnsiString(&s, &u, TRUE)", "RtlUnicodeStringToAnsiString with AllocateDestinationString"),
        ("RtlUpcaseUnicodeString(&u, &u, TRUE)", "RtlUpcaseUnicodeString with AllocateDestinationString"),
        ('RtlUnicodeStringInitEx(&u, L"", 0x100)', "RtlUnicodeStringInitEx with dwFlags 0x100"),
    ],
)
def test_what_would_allocate_is_refused_by_name(call, says):
    with pytest.raises(Misuse, match=f"not simulated: {says}"):
        run(f"UNICODE_STRING u; ANSI_STRING s; return {call};")

"""Our headers: they parse, say each number once, and lay records out as a compiler does."""

import re
import shutil
import subprocess

import pytest

import kevent_sim.ntifs as ntifs
from kevent_sim.c import parse
from kevent_sim.c.headers.library import EVERYTHING, HERE, PREDEFINED, header, home, known
from kevent_sim.c.lower import lower
from kevent_sim.c.lowering import functions
from kevent_sim.c.lowering.expressions import constant_value
from kevent_sim.c.lowering.unit import Unit
from kevent_sim.c.scopes import Enumerator
from kevent_sim.c.spellings import respelt
from kevent_sim.c.types import Record

COMPILER = shutil.which("gcc")
needs_gcc = pytest.mark.skipif(COMPILER is None, reason="gcc, whose -mms-bitfields lays out as MSVC, is not here")

# What public symbols of Windows 10 say of x64.
SIZES = {
    "DEVICE_OBJECT": 0x150, "DRIVER_EXTENSION": 0x28, "DRIVER_OBJECT": 0x150, "ERESOURCE": 0x68, "FAST_MUTEX": 0x38,
    "FILE_OBJECT": 0xD8, "IO_STACK_LOCATION": 0x48, "IRP": 0xD0, "KAPC": 0x58, "KDEVICE_QUEUE": 0x28, "KDPC": 0x40,
    "KEVENT": 0x18, "KMUTANT": 0x38, "KSEMAPHORE": 0x20, "KTIMER": 0x40, "KWAIT_BLOCK": 0x30, "LIST_ENTRY": 0x10,
    "IO_CSQ": 0x40, "MDL": 0x30, "NPAGED_LOOKASIDE_LIST": 0x80, "OBJECT_ATTRIBUTES": 0x30, "UNICODE_STRING": 0x10,
    "WAIT_CONTEXT_BLOCK": 0x48,
}  # fmt: skip


def declared_by(nodes):
    """The names that nodes give a meaning, as the parser has them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        kind = type(node).__name__
        if kind in ("Struct", "Union", "Enum") and node.name and (node.values if kind == "Enum" else node.decls):
            yield node.name
        if kind in ("Typedef", "Enumerator"):
            yield node.name
        waiting += node
    for node in nodes:
        if type(node).__name__ in ("Decl", "FuncDef"):
            decl = getattr(node, "decl", node)
            if decl.name:
                yield decl.name


@pytest.fixture(scope="module")
def everything():
    """A unit in which all headers are declared."""
    unit = Unit((), (), constant_value)
    for node in parse.declarations(name for each in known() for name in header(each).declares):
        if type(node).__name__ != "FuncDef":
            functions.outer(unit, node)
    return unit


@pytest.mark.parametrize("name", known())
def test_a_header_parses_and_declares_what_its_lines_seem_to(name):
    declares = header(name).declares
    nodes = [
        each for each in parse.declarations(declares) if each.coord is None or each.coord.text is header(name).text
    ]
    assert sorted(set(declared_by(nodes))) == sorted(declares)


@pytest.mark.parametrize("name", [PREDEFINED, *known()])
def test_no_line_of_a_header_is_passed_over(name):
    """What begins in the first column is a directive or a declaration, and each of them was found."""
    found = header(name)
    begun = [line for line in found.text.lines if re.match(r"[A-Za-z_#]", line)]
    assert len(begun) == len(found.includes) + len(found.definitions) + len(found.declarations)
    assert all(re.match(r"[A-Za-z_# \t{}/]|$", line) for line in found.text.lines)


def test_each_record_that_a_header_points_to_is_named_before_all_others():
    """So it is one record, whichever declarations a text uses first."""
    declared = {name.removeprefix("struct ") for name in header(PREDEFINED).declares}
    assert {name for each in known() for one in header(each).declarations for name in one.mentions} == declared


@pytest.mark.parametrize("name", known())
def test_each_macro_of_a_header_can_be_read(name):
    for macro in header(name).definitions:
        assert header(name).macro(macro).name == macro


def test_every_function_that_a_header_defines_is_lowered():
    names = [name for each in known() for name in header(each).declares]
    tree = parse.unit("#include <ntifs.h>\nint x;")
    tree.ext = parse.declarations(names)
    lowered = lower(tree)
    assert {"InitializeListHead", "RemoveHeadList", "IoSetCompletionRoutine"} < set(lowered.functions)


def test_a_number_that_python_has_is_written_in_no_header():
    taken = {}
    for path in sorted(HERE.glob("*.h")):
        for name in re.findall(r"^#define (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            taken.setdefault(name, path.name)
    numbers = {each for each in ntifs.__all__ if re.fullmatch(r"[A-Z][A-Z0-9_]+", each)}
    assert {name: taken[name] for name in numbers & set(taken) if isinstance(getattr(ntifs, name), int)} == {}


def test_python_s_numbers_are_those_of_the_headers(everything):
    compared = 0
    for name in ntifs.__all__:
        value = getattr(ntifs, name)
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        compared += 1
        if isinstance(symbol := everything.scopes.find(name), Enumerator):
            assert symbol.value == value, name
        else:
            number = f"(NTSTATUS){int(value)}LL" if name.startswith("STATUS_") else f"{int(value)}LL"
            tree = parse.unit(f"#include <ntifs.h>\nint same[{name} == {number} ? 2 : 1];")
            assert constant_value(everything, tree.ext[-1].type.dim) == 2, name
    assert compared > 130


def test_all_that_a_python_driver_has_from_ntifs_a_c_driver_has_too():
    language = {
        "Structure", "sizeof", "StackFrame", "registry_parameter", "EXCEPTION_RECORD",  # what stands for the language
    }  # fmt: skip
    assert [name for name in ntifs.__all__ if name not in language and home(name) is None] == []


def test_records_have_the_sizes_that_windows_has(everything):
    sizes = {name: everything.scopes.find(name).type.size for name in SIZES}
    assert sizes == SIZES


def test_where_a_name_is_declared_can_be_told():
    assert (home("ZwCreateEvent"), home("KeSetEvent"), home("NT_SUCCESS")) == ("ntifs.h", "wdm.h", "ntdef.h")


# Layouts against gcc.


def c_text():
    """All declarations of the headers for gcc, whose `long` has other sizes."""
    words = []
    for declaration in (one for each in EVERYTHING.headers for one in each.declarations):
        texts = [token.text for token in respelt(declaration.tokens)]
        if texts[0] != "static":
            words += [*texts, "\n"]
    text = " ".join(words)
    text = re.sub(r"\blong long\b", "LL", text)
    return re.sub(r"\bLL\b", "long long", re.sub(r"\blong\b", "int", text))


@needs_gcc
def test_every_record_is_laid_out_as_gcc_does(everything, tmp_path):
    lines, records = [c_text()], 0
    for name, symbol in everything.scopes.file.names.items():
        record = getattr(symbol, "type", None)
        if type(symbol).__name__ != "TypeName" or not isinstance(record, Record) or not record.complete:
            continue
        records += 1
        lines.append(f'_Static_assert(sizeof({name}) == {record.size}, "size of {name}");')
        lines.append(f'_Static_assert(_Alignof({name}) == {record.align}, "alignment of {name}");')
        for path, field in record.members.items():
            if field.width:
                continue
            member, offset, size = f"{name}.{path}", field.offset, field.type.size
            lines.append(f'_Static_assert(__builtin_offsetof({name}, {path}) == {offset}, "{member} at {offset}");')
            lines.append(f'_Static_assert(sizeof((({name} *)0)->{path}) == {size}, "{member} has {size} bytes");')
    assert records > 45
    file = tmp_path / "layout.c"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = subprocess.run(
        [COMPILER, "-std=gnu17", "-mms-bitfields", "-fno-builtin", "-w", "-fsyntax-only", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stderr == ""


def test_what_drivers_name_without_a_header_of_its_own_is_in_ntddk_h():
    text = """#include <ntddk.h>
    struct { LONG First; DECLSPEC_CACHEALIGN LONG Second; } Apart;
    C_ASSERT(sizeof(Apart) == 128);
    ULONG Code = MANUALLY_INITIATED_CRASH;
    const UNICODE_STRING Constant = RTL_CONSTANT_STRING(L"x");
    OBJECT_ATTRIBUTES Attributes = RTL_CONSTANT_OBJECT_ATTRIBUTES(&Constant, OBJ_KERNEL_HANDLE);
    ULONG Numbers[_countof("abc")];
    PETHREAD Here(void) { return PsGetCurrentThread(); }
    """
    lowered = lower(parse.unit(text))
    assert (lowered.warnings, dict(lowered.missing)) == ((), {})

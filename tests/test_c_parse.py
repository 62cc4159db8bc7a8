"""`parse.unit`: the tree, MSVC's spellings, and the places of nodes."""

import re
from pathlib import Path

import pytest

import kevent_sim
from kevent_sim.c import parse
from kevent_sim.c.errors import CError, Place
from kevent_sim.c.preprocess import preprocess
from kevent_sim.c.spellings import respelt
from kevent_sim.c.tokens import source

SAMPLES = sorted((Path(kevent_sim.__file__).parent / "samples" / "drivers").glob("*.c"))


def respelled(text):
    return " ".join(token.text for token in respelt(preprocess(source("a.c", text)).tokens))


def nodes(tree):
    waiting = list(tree.ext)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node


def own(tree):
    return [node for node in tree.ext if node.coord is None or not node.coord.text.ours]


# Places.


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_name_and_constant_of_a_sample_stands_where_it_is_written(path):
    """Or where the macro is used that it comes from."""
    text = path.read_text(encoding="utf-8")
    lines, compared, from_macros = text.split("\n"), 0, 0
    for node in nodes(parse.unit(text, path.name)):
        if node.coord is None:
            continue
        assert isinstance(node.coord, Place)
        kind, place = type(node).__name__, node.coord
        if place.text.ours or kind not in ("ID", "Constant", "IdentifierType"):
            continue
        written = node.name if kind == "ID" else node.value if kind == "Constant" else node.names[0]
        seen = lines[place.line - 1][place.column - 1 :]
        if seen.startswith(written.partition('""')[0][:4]):
            compared += 1
        else:
            assert re.match(r"[A-Za-z_]\w*", seen), (node, place)
            from_macros += 1
    assert compared > 150
    assert from_macros > 5


def test_the_headers_nodes_are_the_same_in_every_tree():
    first, second = (parse.unit("#include <ntifs.h>\nKEVENT Done;") for _ in range(2))
    assert [id(node) for node in first.ext[:-1]] == [id(node) for node in second.ext[:-1]]
    assert first.ext[-1] is not second.ext[-1]
    assert all(node.coord.text.ours for node in first.ext[:-1])


def test_a_tree_has_of_the_headers_what_the_text_uses():
    def names(text):
        found = parse.unit(f"#include <ntifs.h>\n{text}").ext
        return {getattr(node, "decl", node).name for node in found} - {None}  # None: struct _DEVICE_OBJECT;

    assert names("int x;") == {"x"}
    assert names("USHORT x;") == {"USHORT", "x"}
    assert names("PDEVICE_OBJECT x;") == {"PDEVICE_OBJECT", "x"}
    assert "DEVICE_OBJECT" in names("PVOID x(PDEVICE_OBJECT p) { return p->DeviceExtension; }")
    assert "DEVICE_OBJECT" in names("DEVICE_OBJECT x;")
    assert "DEVICE_OBJECT" in names("struct _DEVICE_OBJECT x;")


# MSVC's spellings.


@pytest.mark.parametrize(
    ("text", "c17"),
    [
        ("__int64 a; unsigned __int32 b;", "long long a ; unsigned int b ;"),
        ("NTSTATUS NTAPI f(void);", "NTSTATUS NTAPI f ( void ) ;"),
        ("int __stdcall f(int); int (__cdecl *g)(void);", "int f ( int ) ; int ( * g ) ( void ) ;"),
        ("__declspec(dllimport) int f(void);", "int f ( void ) ;"),
        ("__declspec(noinline, noreturn) void f(void);", "void f ( void ) ;"),
        ('__declspec(allocate("INIT")) int a; __declspec(deprecated("no")) int b;', "int a ; int b ;"),
        ("struct A { __declspec(align(16)) int x; };", "struct A { _Alignas ( 16 ) int x ; } ;"),
        ("__declspec(selectany) __declspec(align(2 * 8)) int x;", "_Alignas ( 2 * 8 ) int x ;"),
        ("static __forceinline int f(void);", "static inline int f ( void ) ;"),
        ("x = 5i64 + 0xFFui64 + 3ui32 + 4i8;", "x = 5LL + 0xFFuLL + 3u + 4 ;"),
        ('extern "C" int a; extern "C" { int b; } extern int c;', "int a ; int b ; extern int c ;"),
        ('x = L"a" "b" L"c";', 'x = L"a" L"b" L"c" ;'),
        ('x = "a" "b" L"c";', 'x = L"a" L"b" L"c" ;'),
        ('__pragma(warning(push)) int a; _Pragma("once") int b;', "int a ; int b ;"),
        ('void f(void) { g(__FUNCTION__ ": in"); }', 'void f ( void ) { g ( "f" ": in" ) ; }'),
        ("int * __restrict p; char * __ptr64 q;", "int * p ; char * q ;"),
    ],
)
def test_msvc_s_spellings_become_those_of_c17(text, c17):
    assert respelled(text) == c17


def test_annotations_and_roles_vanish_or_are_types():
    text = """#include <ntddk.h>
#include <ntstrsafe.h>
DRIVER_INITIALIZE DriverEntry;
_Function_class_(KSTART_ROUTINE) KSTART_ROUTINE Worker;
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS
Fill(_In_ PDEVICE_OBJECT Device, _Out_writes_bytes_(Length) PVOID Buffer, IN ULONG Length, OUT PULONG Done OPTIONAL);
#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#endif
_Use_decl_annotations_ VOID Worker(PVOID StartContext) { PAGED_CODE(); UNREFERENCED_PARAMETER(StartContext); }
FORCEINLINE CONST ULONG *Same(CONST ULONG *p) { return p; }
EXTERN_C NTKERNELAPI VOID NTAPI Far(VOID);
"""
    assert [getattr(node, "decl", node).name for node in own(parse.unit(text))] == [
        "DriverEntry", "Worker", "Fill", "Worker", "Same", "Far",
    ]  # fmt: skip


def guarded(text):
    tree = parse.unit(f"int g(int); int f(int x)\n{{\n{text}\n}}")
    return tree.ext[-1].body.block_items


def test_a_try_is_an_if_in_braces_of_its_own():
    block, after = guarded("if (x) __try { g(1); } __except (g(2), 1) { g(3); } else g(4); g(5);")
    assert after.name.name == "g"
    assert block.iffalse.args.exprs[0].value == "4"
    (tried,) = block.iftrue.block_items
    assert (tried.cond.name, tried.iffalse.cond.name.name, tried.iffalse.iffalse) == ("__try", "__except", None)
    assert tried.coord.column == 8


def test_tries_nest_and_leave_and_have_finally():
    (block,) = guarded(
        "__try { __try { __leave; } __finally { g(1); } } __except (1) { __try { g(2); } __finally { } }"
    )
    (outer,) = block.block_items
    (inner,) = outer.iftrue.block_items[0].block_items
    assert inner.iftrue.block_items[0].name == "__leave"
    assert inner.iffalse.cond.name == "__finally"
    assert type(outer.iffalse.iftrue.block_items[0]).__name__ == "Compound"


def test_what_is_nested_without_end_is_refused():
    deep = "(" * 5000 + "1" + ")" * 5000
    macros = "#define F(x) x\nint x = " + "F(" * 3000 + "1" + ")" * 3000
    for text in (f"int x =\n{deep};", f"\n#if {deep}\n#endif", macros):
        with pytest.raises(CError) as raised:
            parse.unit(text, "a.c")
        assert (raised.value.message, raised.value.place.line) == ("this is nested too deeply to be read", 2)


def test_packing_is_handed_on():
    tree = parse.unit(
        "#pragma pack(push, 1)\nstruct A { char c; int x; };\n#include <poppack.h>\n__pragma(pack(2))\n"
        '_Pragma("pack()") int y;'
    )
    assert [node.string for node in tree.ext if type(node).__name__ == "Pragma"] == [
        "pack(push, 1)",
        "pack(pop)",
        "pack(2)",
        "pack()",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__declspec(align) int a;", "not simulated: __declspec(align); leave it out"),
        ("__declspec(noinline int a;", "this '(' has no ')'"),
        ("__declspec(thread) int a;", "not simulated: __declspec(thread); leave it out"),
        (
            "struct __declspec(align(8)) A { int x; };",
            "not simulated: __declspec(align) here; put it before the first member",
        ),
        ('extern "C++" int a;', 'not simulated: extern "C++"; write the driver in C'),
        ('x = u8"a";', 'not simulated: Unicode strings of other sizes; type  "..."  or  L"..."'),
        ("x = '';", "this ' is not closed in its line"),
        ("x = '\\q';", "C has no escape \\q"),
        ("x = L'ab';", "L'ab' has 2 characters; a character constant has at most 1"),
        ("void f(void) { __try { } x; }", "this __try has neither __except (...) nor __finally after its block"),
        ("void f(void) { __try x; }", "'{' is missing after __try"),
        ("void f(void) { __try { } __except { } }", "'(' is missing after __except"),
        (
            "void f(void) { __try { } __except () { } }",
            "__except has no filter; type  __except (EXCEPTION_EXECUTE_HANDLER)",
        ),
        ("x = __func__;", "__func__ is in no function"),
        ("int x = _Generic(1);", "not simulated: _Generic; name the function that you mean"),
    ],
)
def test_what_is_not_simulated_is_refused_by_its_name(text, message):
    with pytest.raises(CError) as raised:
        parse.unit(text, "a.c")
    assert raised.value.message == message

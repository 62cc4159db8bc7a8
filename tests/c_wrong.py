"""Texts that do not load, by what is wrong with them; what is said of each is in data/c_errors.txt."""

HEAD = "#include <ntifs.h>\n"
BODY = """#include <ntifs.h>
typedef struct _SYNC_RESOURCES {{
    KEVENT Done;
}} SYNC_RESOURCES, *PSYNC_RESOURCES;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    SYNC_RESOURCES Resources;
    PSYNC_RESOURCES Shared = &Resources;
    ULONG Count = 3;

    {}
    return STATUS_SUCCESS;
}}
"""
ENTRY = "NTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING r) { return 0; }\n"

STATEMENTS = {
    "a field that the record has not": "KeSetEvent(&Shared->Dome, 0, FALSE);",
    "a dot behind a pointer": "KeSetEvent(&Shared.Done, 0, FALSE);",
    "a routine misspelt": "KeSetEvnt(&Shared->Done, 0, FALSE);",
    "a variable misspelt": "Cuont = 4;",
    "a type misspelt": "PSYNC_RESOURCE Other = Shared;",
    "a type misspelt in a cast": "Shared = (PSYNCRESOURCES)Count;",
    "a type that nobody knows": "MY_THING Other;",
    "no semicolon at the end of a line": "Count = 4\n    Count++;",
    "no semicolon before a brace": "if (Count) { Count++ }",
    "no operator": "Count = Count Count;",
    "no operand": "Count = 3 + ;",
    "an argument left out": "KeSetEvent(&Shared->Done, , FALSE);",
    "too few arguments": "KeSetEvent(&Shared->Done);",
    "no parenthesis before a brace": "if (Count > 3 {\n        Count = 1;\n    }",
    "no parenthesis at the end of a call": "KeSetEvent(&Shared->Done, 0, FALSE;",
    "no parenthesis behind a macro's": "if (NT_SUCCESS(Count) Count = 1;",
    "a parenthesis too many": "Count = (3));",
    "no bracket": "Count = Shared[1;",
    "an else without its if": "if (Count) { Count = 1; }; else Count = 2;",
    "a brace that is not closed": "if (Count) {",
    "a for with one semicolon": "for (;) Count++;",
    "an increment of nothing": "for (;; ++) Count++;",
    "a case without its value": "switch (Count) { case : Count = 1; }",
    "a ?: without its colon": "Count = Count ? 1;",
    "a colon alone": "Count = 1 : 2;",
    "a type for a value": "Count = sizeof(ULONG) + ULONG;",
    "a cast of nothing": "Count = (ULONG);",
    "a macro behind a name": "ULONG Other MAXULONG;",
    "a macro with too few arguments": "Count = min(1);",
    "a macro without its arguments": "Count = NT_SUCCESS;",
    "a quote that is not closed": 'DbgPrint("hello);',
    "a backslash of a path": 'DbgPrint("C:\\Temp");',
    "too many characters": "Count = 'abcde';",
    "no digit": "Count = 0x1G;",
    "no token": "Count = 3 @ 4;",
    "a number with a point": "Count = 1.5;",
    "a type with a point": "double Ratio;",
    "assembly": "__asm { int 3 }",
    "setjmp": "setjmp(Count);",
    "another compiler's attribute": "__attribute__((unused)) int x;",
    "C++: new": "PULONG p = new ULONG;",
    "C++: a reference": "ULONG &r = Count;",
    "C++: a scope": "std::move(Count);",
    "C++: nullptr": "Shared = nullptr;",
    "a __try alone": "__try { Count = 1; }",
    "an __except alone": "__except (1) { }",
    "a __leave alone": "__leave;",
    "a break alone": "break;",
    "a label that is not there": "goto out;",
    "a name that is taken": "ULONG Count = 4;",
    "a star before a number": "Count = *Count;",
    "a record for a number": "Count = Resources;",
    "an array whose size is not known": "ULONG a[Count];",
}
TEXTS = {
    "nothing included": ENTRY,
    "another's header": "#include <fltKernel.h>\n" + ENTRY,
    "a header misspelt": "#include <ntif.h>\n" + ENTRY,
    "KMDF": "#include <ntddk.h>\n#include <wdf.h>\n" + ENTRY,
    "KMDF without its header": HEAD + "WDFDEVICE Device;\n" + ENTRY,
    "a program's header": "#include <windows.h>\n" + ENTRY,
    "a name of another header": "#include <wdm.h>\n" + ENTRY.replace("{", "{ FILE_RENAME_INFORMATION Rename;"),
    "a routine of another header": "#include <wdm.h>\n" + ENTRY.replace("{", "{ ZwCreateEvent(0, 0, 0, 0, 0);"),
    "a template": HEAD + "template <class T> T Same(T x) { return x; }\n" + ENTRY,
    "a class": HEAD + "class Driver { int x; };\n" + ENTRY,
    "a member without its type": HEAD + "struct _A {\n    Link;\n};\n" + ENTRY,
    "a union without its word": HEAD + "struct _A {\n    { int x; } u;\n};\n" + ENTRY,
    "a typedef without struct": HEAD + "typedef _A {\n    int x;\n} A;\n" + ENTRY,
    "a parameter without its type": HEAD + "int f(x, int y) { return y; }\n" + ENTRY,
    "a body without its brace": HEAD + "int f(int x)\n    return x;\n}\n" + ENTRY,
    "a directive without its hash": "include <ntifs.h>\n" + ENTRY,
    "no semicolon behind a record": HEAD + "typedef struct _A { int x; } A\n" + ENTRY,
    "no semicolon behind a braced record": HEAD + "struct _A {\n    int x;\n}\n" + ENTRY,
    "a type and a function": HEAD + "typedef int DriverEntry;\n" + ENTRY,
    "a field twice": HEAD + "typedef struct _A { int x; int x; } A;\n" + ENTRY,
    "a type without a size": HEAD + "struct _B b;\n" + ENTRY,
    "a function twice": HEAD + "int f(void) { return 0; }\nint f(void) { return 1; }\n" + ENTRY,
    "a comment without an end": HEAD + "/* " + ENTRY,
    "an #error": HEAD + "#ifndef _ARM64_\n#error only for ARM\n#endif\n" + ENTRY,
    "an #if without #endif": HEAD + "#if DBG\n" + ENTRY,
    "a macro kept for later": HEAD + '#define A 1\n#pragma push_macro("A")\n' + ENTRY,
    "a macro kept for later, by a word": HEAD + '#define A 1\n__pragma(push_macro("A"))\n' + ENTRY,
    "pointers of 32 bits": HEAD + "void * __ptr32 p;\n" + ENTRY,
    "DriverEntry misspelt": HEAD + ENTRY.replace("DriverEntry", "DriverEntri"),
    "no DriverEntry": HEAD + "int x;\n",
    "DriverEntry without a status": HEAD + ENTRY.replace("NTSTATUS", "VOID").replace("0", ""),
    "DriverEntry with one argument": HEAD + ENTRY.replace(", PUNICODE_STRING r", ""),
}
WRONG = {**{name: BODY.format(text) for name, text in STATEMENTS.items()}, **TEXTS}

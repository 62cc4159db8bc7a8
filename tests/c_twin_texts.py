"""What all twins have in common, in C and in Python; and a function that is written in both at once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

C_HEAD = """#include <ntifs.h>

typedef struct _EXTENSION {
    KEVENT S;
    KEVENT N;
    KSEMAPHORE C;
    KMUTEX M;
    FAST_MUTEX F;
    LONG x;
    LONG y;
    PKEVENT Done;
    PVOID Threads[3];
} EXTENSION, *PEXTENSION;

static LONG Total;

static VOID Add(PLONG Where, LONG Number)
{
    *Where += Number;
}
"""
PY_HEAD = """from kevent_sim.ntifs import *


class EXTENSION(Structure):
    S: KEVENT
    N: KEVENT
    C: KSEMAPHORE
    M: KMUTEX
    F: FAST_MUTEX
    x: ULONG
    y: ULONG
    Done: PVOID
    Thread0: PVOID
    Thread1: PVOID
    Thread2: PVOID


class GLOBALS(Structure):
    Total: ULONG


Globals = GLOBALS()


def Add(Where, Number):
    return Where + Number
"""
C_CREATE = """
static NTSTATUS Create(PCWSTR Name, ULONG Share, PHANDLE File)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;

    RtlInitUnicodeString(&name, Name);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateFile(File, GENERIC_READ | GENERIC_WRITE | DELETE, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL,
        Share, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}
"""
PY_CREATE = """

async def Create(Name, Share, File):
    name, attributes, io = UNICODE_STRING(), OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    RtlInitUnicodeString(name, Name)
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    return await ZwCreateFile(File, GENERIC_READ | GENERIC_WRITE | DELETE, attributes, io, None, FILE_ATTRIBUTE_NORMAL,
        Share, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, None, 0)
"""
C_RENAME = """
static NTSTATUS Rename(HANDLE File, PCWSTR Name)
{
    ULONGLONG buffer[16];
    PFILE_RENAME_INFORMATION info = (PFILE_RENAME_INFORMATION)buffer;
    IO_STATUS_BLOCK io;
    ULONG length;

    info->ReplaceIfExists = FALSE;
    info->RootDirectory = NULL;
    info->FileNameLength = (ULONG)(wcslen(Name) * sizeof(WCHAR));
    RtlCopyMemory(info->FileName, Name, info->FileNameLength);
    length = FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName) + info->FileNameLength;
    return ZwSetInformationFile(File, &io, info, length, FileRenameInformation);
}
"""
PY_RENAME = """

async def Rename(File, Name):
    length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(Name)
    info, io = FILE_RENAME_INFORMATION(length), IO_STATUS_BLOCK()
    info.ReplaceIfExists = False
    info.RootDirectory = None
    info.FileNameLength = 2 * len(Name)
    info.FileName = Name
    return await ZwSetInformationFile(File, io, info, length, FileRenameInformation)
"""
# What a function declares, where it uses it: in C, and in Python.
LOCALS = {
    "n": ("LONG n = 0;", "n = 0"),
    "status": ("NTSTATUS status = STATUS_SUCCESS;", "status = STATUS_SUCCESS"),
    "due": ("LARGE_INTEGER due;", "due = LARGE_INTEGER()"),
    "objects": ("PVOID objects[4];", "objects = [None] * 4"),
    "blocks": ("KWAIT_BLOCK blocks[4];", "blocks = [KWAIT_BLOCK() for _ in range(4)]"),
    "counts": ("LONG counts[2] = { 0 };", "counts = [0, 0]"),
    "done": ("KEVENT done;", "done = KEVENT()"),
    "own": ("KEVENT own;", "own = KEVENT()"),
    "file": ("HANDLE file;", "file = HANDLE()"),
    "io": ("IO_STATUS_BLOCK io;", "io = IO_STATUS_BLOCK()"),
    "start": ("LARGE_INTEGER start = { 0 };", "start = LARGE_INTEGER(0)"),
    "buffer": ("UCHAR buffer[4] = { 0 };", "buffer = bytearray(4)"),
}


def python_of(text: str) -> str:
    """The arguments of a call as Python has them.

    >>> python_of("KeSetEvent(&e->S, 0, FALSE)"), python_of("InterlockedIncrement(&Total)")
    ('KeSetEvent(e.S, 0, False)', 'InterlockedIncrement(Globals, "Total")')
    """
    text = re.sub(r"Threads\[(\d)\]", r"Thread\1", text.replace("&Total", 'Globals, "Total"'))
    text = re.sub(r'[&*]|\bL(?=")', "", text).replace("->", ".")
    return re.sub("NULL|TRUE|FALSE", lambda word: {"NULL": "None"}.get(word[0], word[0].title()), text)


class Both:
    """A function that is written in both languages at once. In a line `~` stands for `await`, which C has not."""

    def __init__(self) -> None:
        self.c: list[str] = []
        self.python: list[str] = []
        self.depth = 1
        self.used: dict[str, None] = {}

    def line(self, c: str, python: str, *uses: str) -> None:
        self.used |= dict.fromkeys(uses)
        self.c.append("    " * self.depth + c)
        self.python.append("    " * self.depth + python.replace("~", "await "))

    def call(self, text: str, *uses: str, to: str = "") -> None:
        """A kernel call, or a function that makes one, as C writes it."""
        assigned = f"{to} = " if to else ""
        self.line(f"{assigned}{text};", f"{assigned}~{python_of(text)}", *uses, *([to] if to else []))

    @contextmanager
    def block(self, c: str, python: str, *uses: str) -> Iterator[None]:
        self.line(f"{c} {{", f"{python}:", *uses)
        self.depth += 1
        yield
        self.depth -= 1
        self.c.append("    " * self.depth + "}")

    def function(self, c: str, c_locals: list[str], python: str, python_locals: list[str]) -> tuple[str, str]:
        """All of it, in C and in Python: its head, these locals, those that it uses, and what was written."""
        used = [LOCALS[name] for name in LOCALS if name in self.used]
        c_lines = ["", c, "{", *c_locals, *(f"    {each}" for each, _ in used), "", *self.c, "}", ""]
        python_lines = ["", "", f"{python}:", *python_locals, *(f"    {each}" for _, each in used), *self.python, ""]
        return "\n".join(c_lines), "\n".join(python_lines)

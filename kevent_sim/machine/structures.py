"""What the routines take: handles, names, numbers, and the requests made of a file."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar, NoReturn

from kevent_sim.machine.call import Misuse, not_simulated
from kevent_sim.machine.irql import irql_name
from kevent_sim.machine.ntstatus import STATUS_SUCCESS
from kevent_sim.machine.numbers import check_flags, signed, whole_number
from kevent_sim.machine.objects import check_identity, shown
from kevent_sim.machine.paths import utf16
from kevent_sim.machine.regions import Region, check_alive

OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE = 0x40, 0x200
OBJ_INHERIT, OBJ_PERMANENT, OBJ_EXCLUSIVE, OBJ_OPENIF, OBJ_OPENLINK = 0x02, 0x10, 0x20, 0x80, 0x100
OBJ_FORCE_ACCESS_CHECK, OBJ_DONT_REPARSE = 0x400, 0x1000
_ATTRIBUTES = OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE
_OTHER_ATTRIBUTES = {
    "OBJ_INHERIT": OBJ_INHERIT,
    "OBJ_PERMANENT": OBJ_PERMANENT,
    "OBJ_EXCLUSIVE": OBJ_EXCLUSIVE,
    "OBJ_OPENIF": OBJ_OPENIF,
    "OBJ_OPENLINK": OBJ_OPENLINK,
    "OBJ_FORCE_ACCESS_CHECK": OBJ_FORCE_ACCESS_CHECK,
    "OBJ_DONT_REPARSE": OBJ_DONT_REPARSE,
}
EVENT_ALL_ACCESS = SEMAPHORE_ALL_ACCESS = 0x1F0003
THREAD_ALL_ACCESS = 0x1FFFFF


class FILE_INFORMATION_CLASS(IntEnum):
    """What ZwSetInformationFile and ZwQueryInformationFile are asked for; the ones we know."""

    FileStandardInformation = 5
    FileRenameInformation = 10
    FileDispositionInformation = 13


FileStandardInformation, FileRenameInformation, FileDispositionInformation = FILE_INFORMATION_CLASS


class Variable:
    """What routines fill in, or take. As a field of a structure it has the field's name, and lies in that memory;
    when any other ends is not known."""

    __slots__ = ("name", "region")

    def __init_subclass__(cls) -> None:
        check_identity(cls)

    def __init__(self) -> None:
        self.name = ""
        self.region: Region | None = None

    def __copy__(self) -> NoReturn:
        raise Misuse(f"a {type(self).__name__} is filled in where it is, so it cannot be copied; use it itself")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        self.__copy__()


def check_variable(variable: Variable) -> None:
    """Stop the machine where its memory has ended."""
    check_alive(variable.region, variable.name)


class HANDLE(Variable):
    """A variable for a handle: C's `&hFile` and `hFile` are both `hFile` here. 0 until a routine fills it."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        super().__init__()
        self.value = 0

    def __bool__(self) -> NoReturn:
        raise Misuse(
            "a HANDLE is true whatever it holds; test  hFile.value  or, for whether there is one,  hFile is None"
        )

    def __repr__(self) -> str:
        shown(self)
        return f"HANDLE(0x{self.value:X})"


class PVOID(Variable):
    """A variable for a pointer to an object: C's `&Thread` and `Thread` are both `Thread` here. NULL until a routine
    fills it."""

    __slots__ = ("Object",)

    def __init__(self) -> None:
        super().__init__()
        self.Object: Any = None

    def __bool__(self) -> NoReturn:
        raise Misuse(
            "a PVOID is true whatever it holds; test  P.Object is None  or, for whether there is one,  P is None"
        )

    def __repr__(self) -> str:
        shown(self)
        return f"PVOID({'NULL' if self.Object is None else self.Object!r})"


class KIRQL(Variable):
    """A variable for an IRQL: C's `&OldIrql` and `OldIrql` are both `OldIrql` here."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        super().__init__()
        self.value = 0

    def __repr__(self) -> str:
        return f"KIRQL({irql_name(self.value)})"


class IO_STATUS_BLOCK:
    """`Status` of the last operation and its `Information`: bytes done, or FILE_OPENED, FILE_CREATED, ..."""

    __slots__ = ("Information", "Status")

    def __init__(self) -> None:
        self.Status, self.Information = STATUS_SUCCESS, 0

    def __repr__(self) -> str:
        return f"IO_STATUS_BLOCK(Status={self.Status!r}, Information={self.Information})"


class UNICODE_STRING:
    """A counted string: `Buffer`, and `Length` in bytes of UTF-16."""

    __slots__ = ("Buffer",)

    def __init__(self, Buffer: str = "") -> None:
        self.Buffer = Buffer

    @property
    def Length(self) -> int:
        return len(utf16(self.Buffer))

    def __repr__(self) -> str:
        return f"UNICODE_STRING({self.Buffer!r})"


class OBJECT_ATTRIBUTES:
    """A name and how to look it up; filled by InitializeObjectAttributes."""

    __slots__ = ("Attributes", "ObjectName", "RootDirectory", "SecurityDescriptor")

    def __init__(self) -> None:
        self.ObjectName: UNICODE_STRING | None = None
        self.Attributes = 0
        self.RootDirectory: HANDLE | None = None
        self.SecurityDescriptor = None


def is_null(value: Any) -> bool:
    """Is it what C calls NULL: None, 0, a handle or a pointer that holds it?"""
    held = value.value if isinstance(value, HANDLE) else value.Object if isinstance(value, PVOID) else value
    return held is None or (whole_number(held) and held == 0)


def check_attributes(ObjectAttributes: Any, named: bool = False) -> None:
    """Refuse what is not simulated in them; None stands for none. `named`: they are there to give a name."""
    if ObjectAttributes is None and not named:
        return
    if not isinstance(ObjectAttributes, OBJECT_ATTRIBUTES):
        raise TypeError(f"ObjectAttributes is an OBJECT_ATTRIBUTES, not {ObjectAttributes!r}")
    flags, directory, security = (
        ObjectAttributes.Attributes, ObjectAttributes.RootDirectory, ObjectAttributes.SecurityDescriptor,
    )  # fmt: skip
    if type(flags) is not int or flags & ~_ATTRIBUTES:
        instead = "type:  OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE"
        check_flags("Attributes", flags, _ATTRIBUTES, _OTHER_ATTRIBUTES, instead)
    if directory is not None and not is_null(directory):
        raise not_simulated("names relative to a RootDirectory", "use a full name, and None for RootDirectory")
    if security is not None and not is_null(security):
        raise not_simulated("security descriptors", "use None for SecurityDescriptor")
    if not named and ObjectAttributes.ObjectName is not None:
        raise not_simulated("a name for this object", "use None for ObjectName")


class FILE_RENAME_INFORMATION:
    """A rename request in a buffer of `NumberOfBytes`, 24 by default: room for two characters.

    A real name needs FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") bytes and those of the name itself.
    """

    __slots__ = ("FileName", "FileNameLength", "NumberOfBytes", "ReplaceIfExists", "RootDirectory")
    SIZE: ClassVar = 24
    offsets: ClassVar = {"ReplaceIfExists": 0, "RootDirectory": 8, "FileNameLength": 16, "FileName": 20}  # x64

    def __init__(self, NumberOfBytes: int = SIZE) -> None:
        self.NumberOfBytes = NumberOfBytes
        self.ReplaceIfExists = False
        self.RootDirectory: HANDLE | None = None
        self.FileNameLength = 0
        self.FileName = ""


class FILE_DISPOSITION_INFORMATION:
    """`DeleteFile`: True to delete the file when its last handle is closed."""

    SIZE: ClassVar = 1
    __slots__ = ("DeleteFile",)

    def __init__(self, DeleteFile: bool = False) -> None:
        self.DeleteFile = DeleteFile


class FILE_STANDARD_INFORMATION:
    """Sizes in bytes; filled by ZwQueryInformationFile."""

    SIZE: ClassVar = 24
    __slots__ = ("AllocationSize", "DeletePending", "Directory", "EndOfFile", "NumberOfLinks")

    def __init__(self) -> None:
        self.AllocationSize = self.EndOfFile = self.NumberOfLinks = 0
        self.DeletePending = self.Directory = False


def FIELD_OFFSET(Type: type[FILE_RENAME_INFORMATION], Field: str) -> int:
    """Where a field begins, in bytes (x64).

    >>> FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName")
    20
    """
    return Type.offsets[Field]


class LARGE_INTEGER(Variable):
    """A 64-bit number of 100 ns ticks: negative = relative, zero = do not wait, positive = absolute since 1601.

    >>> LARGE_INTEGER(-10_000).QuadPart  # 1 ms from now
    -10000
    """

    __slots__ = ("QuadPart",)

    def __init__(self, QuadPart: int = 0) -> None:
        if not isinstance(QuadPart, int):
            raise TypeError(f"LARGE_INTEGER takes a whole number of 100 ns ticks, not {QuadPart!r}")
        if not -(1 << 63) <= QuadPart < 1 << 63:
            raise ValueError(f"LARGE_INTEGER holds 64 bits, -2**63 to 2**63 - 1, not {QuadPart}")
        super().__init__()
        self.QuadPart = QuadPart

    @property
    def LowPart(self) -> int:
        """The lower 32 bits, an unsigned number; HighPart, a signed one, is the upper 32."""
        return self.QuadPart & 0xFFFF_FFFF

    @LowPart.setter
    def LowPart(self, value: int) -> None:
        self.QuadPart = self.HighPart << 32 | value & 0xFFFF_FFFF

    @property
    def HighPart(self) -> int:
        return self.QuadPart >> 32

    @HighPart.setter
    def HighPart(self, value: int) -> None:
        self.QuadPart = signed(value, 32) << 32 | self.LowPart

    def __repr__(self) -> str:
        return f"LARGE_INTEGER({self.QuadPart})"

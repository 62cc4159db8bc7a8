"""Files and what stands for them while they are open: data, access rights, share records.

Pure and synchronous, as the volume is. Sources: WDK "ACCESS_MASK", "IoCheckShareAccess", "ZwReadFile",
"ZwWriteFile"; [MS-FSA] 2.1.5.
"""

from __future__ import annotations

from typing import NamedTuple

from kevent_sim.machine.call import Footprint, not_simulated
from kevent_sim.machine.ntstatus import (
    NTSTATUS,
    STATUS_ACCESS_DENIED,
    STATUS_END_OF_FILE,
    STATUS_INVALID_PARAMETER,
    STATUS_SUCCESS,
)
from kevent_sim.machine.paths import parent_of

FILE_READ_DATA, FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_EXECUTE = 0x01, 0x02, 0x04, 0x20
FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES = 0x80, 0x100
DELETE, READ_CONTROL, SYNCHRONIZE = 0x10000, 0x20000, 0x100000
FILE_ALL_ACCESS = 0x1F01FF
GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL = 0x8000_0000, 0x4000_0000, 0x2000_0000, 0x1000_0000
_GENERIC = {GENERIC_READ: 0x120089, GENERIC_WRITE: 0x120116, GENERIC_EXECUTE: 0x1200A0, GENERIC_ALL: FILE_ALL_ACCESS}

# As the LowPart of a ByteOffset whose HighPart is -1 they have a meaning of their own; and so has the whole of it.
FILE_USE_FILE_POINTER_POSITION, FILE_WRITE_TO_END_OF_FILE = 0xFFFF_FFFE, 0xFFFF_FFFF
AT_POSITION, AT_END = -2, -1
LARGEST_FILE = 1 << 24  # in bytes: each is kept in memory, those of a gap, too

FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SHARE_DELETE = 1, 2, 4


def access_of(DesiredAccess: int) -> int:
    """The specific rights behind generic ones.

    >>> hex(access_of(GENERIC_WRITE))
    '0x120116'
    """
    for generic, specific in _GENERIC.items():
        if DesiredAccess & generic:
            DesiredAccess = DesiredAccess & ~generic | specific
    return DesiredAccess


def _wants(granted: int) -> int:
    """The FILE_SHARE_* bits that others must share; 0: attributes only, never counted."""
    reads = FILE_SHARE_READ if granted & (FILE_READ_DATA | FILE_EXECUTE) else 0
    writes = FILE_SHARE_WRITE if granted & (FILE_WRITE_DATA | FILE_APPEND_DATA) else 0
    return reads | writes | (FILE_SHARE_DELETE if granted & DELETE else 0)


class File:
    """A file or directory. Data, share records and open handles belong to it, not to its name."""

    __slots__ = ("delete_pending", "directory", "opens", "parts", "path", "read_only", "size")

    def __init__(self, path: str, directory: bool = False, read_only: bool = False) -> None:
        self.path, self.directory, self.read_only = path, directory, read_only
        self.delete_pending = False
        self.opens: list[Open] = []
        self.size = 0
        self.parts: list[bytes] = []  # joined on first read: a run writes often and reads seldom

    def contents(self) -> bytes:
        if len(self.parts) > 1:
            self.parts = [b"".join(self.parts)]
        return self.parts[0] if self.parts else b""

    def write(self, position: int, data: bytes) -> None:
        """Put data there, after zeros where the file was shorter."""
        if position + len(data) > LARGEST_FILE:
            raise not_simulated(f"a file of more than {LARGEST_FILE:,} bytes", "write to a lower offset")
        old = self.contents().ljust(position, b"\0")
        self.parts = [old[:position] + data + old[position + len(data) :]]
        self.size = len(self.parts[0])

    def truncate(self) -> None:
        self.parts, self.size = [], 0

    def admits(self, granted: int, shared: int) -> bool:
        """IoCheckShareAccess: does each counted opener share what the next one wants, and that one what each has?"""
        wants = _wants(granted)
        counted = [(_wants(other.granted), other.shared) for other in self.opens]
        return not (wants and any(has and (wants & ~shares or has & ~shared) for has, shares in counted))


class Open:
    """One successful open: what a file handle stands for. `granted` and `shared` are its share record.

    One that is not synchronous has no position, which is -1 then.
    """

    __slots__ = ("file", "granted", "shared", "position")

    def __init__(self, file: File, granted: int, shared: int, synchronous: bool = True) -> None:
        self.file, self.granted, self.shared = file, granted, shared
        self.position = 0 if synchronous else -1

    def _start(self, offset: int) -> int:
        """Where an offset is."""
        if offset == AT_POSITION:
            return self.position
        if self.position < 0:
            raise not_simulated(
                "asynchronous reads and writes", "open the file with  FILE_SYNCHRONOUS_IO_NONALERT  and SYNCHRONIZE"
            )
        return offset

    def read(self, length: int, offset: int | None = None) -> tuple[NTSTATUS, bytes]:
        if not self.granted & FILE_READ_DATA:
            return STATUS_ACCESS_DENIED, b""
        start = self.position if offset is None else self._start(offset)
        if self.file.directory or start < 0:
            return STATUS_INVALID_PARAMETER, b""
        data = self.file.contents()[start : start + length]
        if length and not data:
            return STATUS_END_OF_FILE, b""
        self.position = start + len(data)
        return STATUS_SUCCESS, data

    def write(self, data: bytes, offset: int | None = None) -> NTSTATUS:
        file = self.file
        if not self.granted & FILE_WRITE_DATA:
            if not self.granted & FILE_APPEND_DATA:
                return STATUS_ACCESS_DENIED
            start = self._start(file.size)
        elif offset is None:
            start = self.position
        else:
            start = self._start(file.size if offset == AT_END else offset)
        if file.directory or start < 0:
            return STATUS_INVALID_PARAMETER
        end = start + len(data)
        if start == file.size:  # nearly every write
            file.parts.append(data)
            file.size = end
        elif data:
            file.write(start, data)
        self.position = end
        return STATUS_SUCCESS


class Renamed(NamedTuple):
    """What a rename touched: the file, its name before and after ("" after its deletion), and whom it replaced."""

    file: File
    old: str
    new: str
    replaced: File | None = None


# -- footprints of what is done through a handle -----------------------------------------------------------------------


def disposition_cells(opened: Open) -> Footprint:
    """share: W; a directory's name, too, on which depends what may come to be in it."""
    yield ("share", opened.file), True
    yield ("name", opened.file.path.upper()), opened.file.directory


def close_cells(opened: Open) -> Footprint:
    """share: W; and where the last handle of a file to be deleted goes, its name: of its directory, R."""
    yield ("share", opened.file), True
    if opened.file.delete_pending:
        yield ("name", opened.file.path.upper()), len(opened.file.opens) == 1
        yield ("name", parent_of(opened.file.path).upper()), False

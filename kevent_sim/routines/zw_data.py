"""The Zw routines on an open file: its data, its name, its size."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, not_simulated, routine
from kevent_sim.machine.files import Open, Renamed, disposition_cells
from kevent_sim.machine.irql import PASSIVE_LEVEL, ZW_PASSIVE, at_most
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import (
    NT_SUCCESS,
    NTSTATUS,
    STATUS_INFO_LENGTH_MISMATCH,
    STATUS_INVALID_INFO_CLASS,
    STATUS_INVALID_PARAMETER,
    STATUS_SUCCESS,
    BugCheck,
)
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.paths import utf16
from kevent_sim.machine.structures import (
    FILE_DISPOSITION_INFORMATION,
    FILE_INFORMATION_CLASS,
    FILE_RENAME_INFORMATION,
    FILE_STANDARD_INFORMATION,
    HANDLE,
    IO_STATUS_BLOCK,
    LARGE_INTEGER,
    FileDispositionInformation,
    FileRenameInformation,
    FileStandardInformation,
    check_variable,
    is_null,
)
from kevent_sim.routines.zw_open import IO_RTL_ZW_PASSIVE, done, opened_by

# What else Windows sets and queries, by the number of its class.
_BOTH = {4: "FileBasicInformation", 14: "FilePositionInformation", 16: "FileModeInformation"}
_SET = _BOTH | {
    11: "FileLinkInformation",
    19: "FileAllocationInformation",
    20: "FileEndOfFileInformation",
    39: "FileValidDataLengthInformation",
    40: "FileShortNameInformation",
    41: "FileIoCompletionNotificationInformation",
    43: "FileIoPriorityHintInformation",
    64: "FileDispositionInformationEx",
    65: "FileRenameInformationEx",
}
_QUERIED = _BOTH | {
    6: "FileInternalInformation",
    7: "FileEaInformation",
    8: "FileAccessInformation",
    9: "FileNameInformation",
    17: "FileAlignmentInformation",
    18: "FileAllInformation",
    21: "FileAlternateNameInformation",
    22: "FileStreamInformation",
    28: "FileCompressionInformation",
    34: "FileNetworkOpenInformation",
    35: "FileAttributeTagInformation",
    43: "FileIoPriorityHintInformation",
    46: "FileHardLinkInformation",
    48: "FileNormalizedNameInformation",
    51: "FileIsRemoteDeviceInformation",
    59: "FileIdInformation",
    68: "FileStatInformation",
}

# -- arguments --------------------------------------------------------------------------------------------------------


def _offset(ByteOffset: LARGE_INTEGER | None) -> int | None:
    if ByteOffset is None:
        return None
    if not isinstance(ByteOffset, LARGE_INTEGER):
        raise TypeError(f"ByteOffset is None (the current position) or a LARGE_INTEGER, not {ByteOffset!r}")
    check_variable(ByteOffset)
    return ByteOffset.QuadPart


def _check_class(FileInformationClass: Any, others: dict[int, str]) -> None:
    if not whole_number(FileInformationClass):
        raise TypeError(f"FileInformationClass is one such as FileRenameInformation, not {FileInformationClass!r}")
    if FileInformationClass in others:
        known = ", ".join(each.name for each in FILE_INFORMATION_CLASS)
        raise not_simulated(others[FileInformationClass], f"known are {known}")


def _length(Length: int) -> int:
    if not isinstance(Length, int) or Length < 0:
        raise ValueError(f"Length is a number of bytes, 0 or more, not {Length!r}")
    return Length


def _part(Buffer: bytes, Length: int) -> bytes:
    if not isinstance(Buffer, (bytes, bytearray)):
        raise TypeError(f'Buffer is bytes, not {type(Buffer).__name__}; type:  b"Hello"')
    if not 0 <= Length <= len(Buffer):
        raise ValueError(f"Length is {Length!r}, but Buffer holds {len(Buffer)} bytes")
    return bytes(Buffer[:Length])


def _check_unused(Event: Any, ApcRoutine: Any, ApcContext: Any, Key: Any) -> None:
    """Refuse what asynchronous callers pass, and the keys of locked parts of a file."""
    for name, value in (("Event", Event), ("ApcRoutine", ApcRoutine), ("ApcContext", ApcContext), ("Key", Key)):
        if not is_null(value):
            raise not_simulated(f"{name} of a read or write", "use None: it is done when the call returns")


# -- footprints -------------------------------------------------------------------------------------------------------


def _data_cells(writes: bool) -> Any:
    def cells(kernel: Kernel, FileHandle: HANDLE, *_: Any) -> Footprint:
        opened = opened_by(kernel, FileHandle)
        yield ("variable", FileHandle), False
        yield ("handle", FileHandle.value), True  # it moves on: threads that share a handle share its position
        if isinstance(opened, Open):
            yield ("data", opened.file), writes

    return cells


def _set_information_cells(
    kernel: Kernel, FileHandle: HANDLE, io: Any, information: Any, length: int, kind: int
) -> Footprint:
    opened = opened_by(kernel, FileHandle)
    yield ("variable", FileHandle), False
    yield ("handle", FileHandle.value), False
    if not isinstance(opened, Open):
        return
    if isinstance(information, FILE_RENAME_INFORMATION):
        yield from kernel.volume.rename_cells(opened, _new_name(information))
    else:
        yield from disposition_cells(opened)


def _query_cells(kernel: Kernel, FileHandle: HANDLE, *_: Any) -> Footprint:
    opened = opened_by(kernel, FileHandle)
    yield ("variable", FileHandle), False
    yield ("handle", FileHandle.value), False
    if isinstance(opened, Open):
        yield ("data", opened.file), False
        yield ("share", opened.file), False


# -- routines ---------------------------------------------------------------------------------------------------------


@routine(_data_cells(writes=False), ZW_PASSIVE, role="moves on")
def ZwReadFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    Event: None,
    ApcRoutine: None,
    ApcContext: None,
    IoStatusBlock: IO_STATUS_BLOCK,
    Buffer: bytearray,
    Length: int,
    ByteOffset: LARGE_INTEGER | None,
    Key: None,
) -> NTSTATUS:
    r"""Read from a file, at an offset or at the handle's position, which moves on.

    Parameters: `FileHandle`, opened with FILE_READ_DATA (GENERIC_READ has it) and FILE_SYNCHRONOUS_IO_NONALERT;
    `Event`, `ApcRoutine`, `ApcContext`: None, as for synchronous files; `IoStatusBlock`, whose Information becomes the
    number of bytes read; `Buffer`, a bytearray that is filled in; `Length`, how many bytes at most; `ByteOffset`, a
    LARGE_INTEGER, or None or -2 (FILE_USE_FILE_POINTER_POSITION) = the handle's position; `Key`, None.
    Returns STATUS_SUCCESS; STATUS_END_OF_FILE where there is nothing left to read; STATUS_ACCESS_DENIED where the
    handle was not opened for reading (Windows checks that for callers in user mode only); STATUS_INVALID_HANDLE where
    it is none; STATUS_OBJECT_TYPE_MISMATCH where it is not a file's; STATUS_INVALID_PARAMETER for another negative
    offset, a directory, or where a handle without FILE_SYNCHRONOUS_IO_*, which has no position, is given no offset.
    Raises TypeError for what is not a HANDLE, bytearray or offset, ValueError for a negative length, Misuse for what is
    not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwReadFile function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.machine.volume import Volume
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> hFile, attributes, io = HANDLE(), OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     buffer = bytearray(5)
    ...     await ZwOpenFile(hFile, GENERIC_READ, attributes, io, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT)
    ...     for _ in range(2):
    ...         print(await ZwReadFile(hFile, None, None, None, io, buffer, 5, None, None), bytes(buffer))
    ...     return await ZwClose(hFile)
    >>> run(DriverEntry, volume=Volume(files={"C:\\Temp\\file.txt": b"Hello"})).verdict
    STATUS_SUCCESS b'Hello'
    STATUS_END_OF_FILE b'Hello'
    'completed'
    """
    opened = opened_by(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    _check_unused(Event, ApcRoutine, ApcContext, Key)
    if not isinstance(Buffer, bytearray):
        raise TypeError(f"Buffer is filled in, so it is a bytearray, not {type(Buffer).__name__}")
    status, data = opened.read(_length(Length), _offset(ByteOffset))
    Buffer[: len(data)] = data
    return done(IoStatusBlock, status, len(data))


@routine(_data_cells(writes=True), at_most(PASSIVE_LEVEL, 0x20024, "IrqlNtifsApcPassive"), role="moves on")
def ZwWriteFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    Event: None,
    ApcRoutine: None,
    ApcContext: None,
    IoStatusBlock: IO_STATUS_BLOCK,
    Buffer: bytes,
    Length: int,
    ByteOffset: LARGE_INTEGER | None,
    Key: None,
) -> NTSTATUS:
    r"""Write to a file, at an offset or at the handle's position, which moves on.

    Parameters: `FileHandle`, opened with FILE_WRITE_DATA or FILE_APPEND_DATA, which writes at the end only
    (GENERIC_WRITE has both), and FILE_SYNCHRONOUS_IO_NONALERT; `Event`, `ApcRoutine`, `ApcContext`: None, as for
    synchronous files; `IoStatusBlock`, whose Information becomes the number of bytes written; `Buffer`, bytes;
    `Length`, how many of them; `ByteOffset`, a LARGE_INTEGER, of which -1 is the file's end
    (FILE_WRITE_TO_END_OF_FILE), or None or -2 (FILE_USE_FILE_POINTER_POSITION) = the handle's position; `Key`, None.
    Returns STATUS_SUCCESS; STATUS_ACCESS_DENIED where the handle was not opened for writing (Windows checks that for
    callers in user mode only); STATUS_INVALID_HANDLE where it is none; STATUS_OBJECT_TYPE_MISMATCH where it is not a
    file's; STATUS_INVALID_PARAMETER for another negative offset, a directory, or where a handle without
    FILE_SYNCHRONOUS_IO_*, which has no position, is given no offset. Raises TypeError for what is not a HANDLE, bytes
    or offset, ValueError where the buffer is shorter than `Length`, Misuse for what is not simulated, such as more than
    16 MB in a file.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlNtifsApcPassive, 0x20024).
    Source: WDK, "ZwWriteFile function (wdm.h)"; "IrqlNtifsApcPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> hFile, attributes, io = HANDLE(), OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ZwCreateFile(
    ...         hFile, GENERIC_WRITE, attributes, io, None, FILE_ATTRIBUTE_NORMAL, 0, FILE_CREATE,
    ...         FILE_SYNCHRONOUS_IO_NONALERT, None, 0)
    ...     for _ in range(2):
    ...         print(await ZwWriteFile(hFile, None, None, None, io, b"Hello", 5, None, None), io.Information)
    ...     return await ZwClose(hFile)
    >>> run(DriverEntry).files("C:\\Temp")
    STATUS_SUCCESS 5
    STATUS_SUCCESS 5
    {'file.txt': 10}
    """
    try:  # most steps of most runs are writes: a file's handle is found here; `opened_by` says what any other is
        if FileHandle.region is not None:
            check_variable(FileHandle)
        opened: Open = kernel.handles[FileHandle.value]
        kernel.subject = opened.file
    except (AttributeError, KeyError):
        return opened_by(kernel, FileHandle)  # type: ignore[return-value]
    if not (Event is ApcRoutine is ApcContext is Key is None):
        _check_unused(Event, ApcRoutine, ApcContext, Key)
    if type(Buffer) is not bytes or Length != len(Buffer):
        Buffer = _part(Buffer, Length)
    status = opened.write(Buffer, None if ByteOffset is None else _offset(ByteOffset))
    if status is STATUS_SUCCESS:
        IoStatusBlock.Status, IoStatusBlock.Information = status, Length
    return status


@routine(_set_information_cells, IO_RTL_ZW_PASSIVE)
def ZwSetInformationFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: IO_STATUS_BLOCK,
    FileInformation: FILE_RENAME_INFORMATION | FILE_DISPOSITION_INFORMATION,
    Length: int,
    FileInformationClass: int,
) -> NTSTATUS:
    r"""Rename a file, or mark it to be deleted when its last handle is closed.

    No source says whether a file that is so marked can be renamed; here it can.
    Parameters: `FileHandle`, opened with DELETE (FILE_ALL_ACCESS has it); `IoStatusBlock`; `FileInformation`, a
    FILE_RENAME_INFORMATION (whose FileName is a full name, or a simple one within the file's directory) or
    FILE_DISPOSITION_INFORMATION; `Length`, its size in bytes, name included; `FileInformationClass`,
    FileRenameInformation or FileDispositionInformation.
    Returns STATUS_SUCCESS; STATUS_ACCESS_DENIED where the handle lacks DELETE (Windows checks that for callers in user
    mode only), or the target of a rename is open, a directory or read-only; for a rename STATUS_OBJECT_NAME_COLLISION
    where the target exists and is not to be replaced, STATUS_OBJECT_PATH_NOT_FOUND where its directory does not,
    STATUS_NOT_SAME_DEVICE where it is on another drive, STATUS_SHARING_VIOLATION where its directory is open and not
    shared for writing, STATUS_DELETE_PENDING where that is to be deleted, STATUS_OBJECT_PATH_SYNTAX_BAD and
    STATUS_OBJECT_NAME_INVALID for what is not a full name, STATUS_INVALID_PARAMETER for a name length of 0, odd, or
    beyond the buffer, or a directory moved into itself; for a deletion STATUS_CANNOT_DELETE where the file is
    read-only or a volume's root, STATUS_DIRECTORY_NOT_EMPTY; for both STATUS_INVALID_HANDLE where the handle is none,
    STATUS_OBJECT_TYPE_MISMATCH where it is not a file's, STATUS_INFO_LENGTH_MISMATCH where `Length` is below the
    structure's size, STATUS_INVALID_INFO_CLASS for a class that cannot be set. A failure changes nothing. Raises
    TypeError for what is not a HANDLE, or not the class's structure, Misuse for what is not simulated: other classes, a
    RootDirectory, a new name that ends in a backslash (no source says what that does).
    Bug checks: 0xF7 at once where the name was copied past the end of its buffer (on Windows that corrupts what lies
    after it, and may stop the machine elsewhere or not at all: a StackFrame shows that), 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlIoRtlZwPassive, 0x20023).
    Source: WDK, "ZwSetInformationFile function (wdm.h)"; "FILE_RENAME_INFORMATION structure (ntifs.h)";
    "IrqlIoRtlZwPassive rule (wdm)".

    >>> from kevent_sim.machine.volume import Volume
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> hFile, attributes, io = HANDLE(), OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ZwOpenFile(hFile, FILE_ALL_ACCESS, attributes, io, 0, FILE_SYNCHRONOUS_IO_NONALERT)
    ...     target = "\\DosDevices\\C:\\Temp2\\new.txt"
    ...     Length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(target)
    ...     renameInfo = FILE_RENAME_INFORMATION(Length)
    ...     renameInfo.FileName, renameInfo.FileNameLength = target, 2 * len(target)
    ...     print(await ZwSetInformationFile(hFile, io, renameInfo, Length, FileRenameInformation))
    ...     return await ZwClose(hFile)
    >>> run(DriverEntry, volume=Volume(files={"C:\\Temp\\file.txt": b"Hello"})).files("C:\\Temp2")
    STATUS_SUCCESS
    {'new.txt': 5}
    """
    opened = opened_by(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    if FileInformationClass == FileRenameInformation:
        if not isinstance(FileInformation, FILE_RENAME_INFORMATION):
            raise TypeError(f"FileRenameInformation takes a FILE_RENAME_INFORMATION, not {FileInformation!r}")
        status = _rename(kernel, opened, FileInformation, Length)
    elif FileInformationClass == FileDispositionInformation:
        if not isinstance(FileInformation, FILE_DISPOSITION_INFORMATION):
            raise TypeError(f"FileDispositionInformation takes a FILE_DISPOSITION_INFORMATION, not {FileInformation!r}")
        status = _fits(FILE_DISPOSITION_INFORMATION.SIZE, Length)
        if NT_SUCCESS(status):
            status = kernel.volume.set_disposition(opened, FileInformation.DeleteFile)
    else:
        _check_class(FileInformationClass, _SET)
        status = STATUS_INVALID_INFO_CLASS
    return done(IoStatusBlock, status)


def _new_name(information: FILE_RENAME_INFORMATION) -> str:
    return utf16(information.FileName)[: information.FileNameLength].decode("utf-16-le", "surrogatepass")


def _fits(size: int, Length: int) -> NTSTATUS:
    return STATUS_SUCCESS if Length >= size else STATUS_INFO_LENGTH_MISMATCH


def _rename(kernel: Kernel, opened: Open, information: FILE_RENAME_INFORMATION, Length: int) -> NTSTATUS:
    past = len(utf16(information.FileName)) + FILE_RENAME_INFORMATION.offsets["FileName"] - information.NumberOfBytes
    if past > 0:
        raise BugCheck(0xF7, f"the new name was copied {past} bytes past the end of its FILE_RENAME_INFORMATION")
    if Length < 24:
        return STATUS_INFO_LENGTH_MISMATCH
    size = information.FileNameLength
    if size <= 0 or size % 2 or size > Length - FILE_RENAME_INFORMATION.offsets["FileName"]:
        return STATUS_INVALID_PARAMETER
    if not is_null(information.RootDirectory):
        raise not_simulated("a rename relative to a RootDirectory", "use a full name, and None for RootDirectory")
    name = _new_name(information)
    file, old, path = opened.file, opened.file.path, kernel.volume.target(opened, name)
    there = kernel.volume.find(path) if isinstance(path, str) else None
    status = kernel.volume.rename(opened, name, information.ReplaceIfExists)
    if NT_SUCCESS(status):
        kernel.subject = Renamed(file, old, file.path, there if there is not file else None)
    return status


@routine(_query_cells, ZW_PASSIVE)
def ZwQueryInformationFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: IO_STATUS_BLOCK,
    FileInformation: FILE_STANDARD_INFORMATION,
    Length: int,
    FileInformationClass: int,
) -> NTSTATUS:
    r"""Query a file's size, and whether it is to be deleted or is a directory.

    Parameters: `FileHandle`; `IoStatusBlock`; `FileInformation`, a FILE_STANDARD_INFORMATION that is filled in
    (EndOfFile and AllocationSize in bytes); `Length`, its size in bytes; `FileInformationClass`,
    FileStandardInformation.
    Returns STATUS_SUCCESS; STATUS_INVALID_HANDLE where the handle is none; STATUS_OBJECT_TYPE_MISMATCH where it is not
    a file's; STATUS_INFO_LENGTH_MISMATCH where `Length` is below the structure's size; STATUS_INVALID_INFO_CLASS for a
    class that cannot be asked for. Raises TypeError for what is not a HANDLE, or not a FILE_STANDARD_INFORMATION,
    Misuse for other classes, which are not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwQueryInformationFile function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.machine.volume import Volume
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> hFile, attributes, io = HANDLE(), OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     await ZwOpenFile(hFile, GENERIC_READ, attributes, io, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT)
    ...     size, Length = FILE_STANDARD_INFORMATION(), sizeof(FILE_STANDARD_INFORMATION)
    ...     print(await ZwQueryInformationFile(hFile, io, size, Length, FileStandardInformation), size.EndOfFile)
    ...     return await ZwClose(hFile)
    >>> run(DriverEntry, volume=Volume(files={"C:\\Temp\\file.txt": b"Hello"})).verdict
    STATUS_SUCCESS 5
    'completed'
    """
    opened = opened_by(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    if FileInformationClass != FileStandardInformation:
        _check_class(FileInformationClass, _QUERIED)
        return STATUS_INVALID_INFO_CLASS
    if not isinstance(FileInformation, FILE_STANDARD_INFORMATION):
        raise TypeError(f"FileStandardInformation fills a FILE_STANDARD_INFORMATION, not {FileInformation!r}")
    status = _fits(FILE_STANDARD_INFORMATION.SIZE, Length)
    if NT_SUCCESS(status):
        file, information = opened.file, FileInformation
        information.EndOfFile, information.AllocationSize = file.size, -(-file.size // 4096) * 4096
        information.NumberOfLinks = 0 if file.delete_pending else 1
        information.DeletePending, information.Directory = file.delete_pending, file.directory
    return done(IoStatusBlock, status, FILE_STANDARD_INFORMATION.SIZE)

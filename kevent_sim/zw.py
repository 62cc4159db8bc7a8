"""The Zw routines on files, and the one that closes any handle."""

from __future__ import annotations

from typing import Any

from kevent_sim.call import Footprint, Misuse, routine
from kevent_sim.filesystem import FILE_OPEN, Open, Renamed, Volume
from kevent_sim.irql import PASSIVE_LEVEL, at_most
from kevent_sim.kernel import Kernel
from kevent_sim.ntstatus import (
    NT_SUCCESS,
    NTSTATUS,
    STATUS_INFO_LENGTH_MISMATCH,
    STATUS_INVALID_HANDLE,
    STATUS_INVALID_INFO_CLASS,
    STATUS_INVALID_PARAMETER,
    STATUS_OBJECT_PATH_SYNTAX_BAD,
    STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_SUCCESS,
    BugCheck,
)
from kevent_sim.ob import ZW_PASSIVE, filled_in
from kevent_sim.objects import KEVENT, KSEMAPHORE
from kevent_sim.structures import (
    FILE_DISPOSITION_INFORMATION,
    FILE_RENAME_INFORMATION,
    FILE_STANDARD_INFORMATION,
    HANDLE,
    IO_STATUS_BLOCK,
    LARGE_INTEGER,
    OBJECT_ATTRIBUTES,
    FileDispositionInformation,
    FileRenameInformation,
    FileStandardInformation,
)

FILE_PASSIVE = at_most(PASSIVE_LEVEL, 0x20023, "IrqlIoRtlZwPassive")

# -- arguments --------------------------------------------------------------------------------------------------------


def _opened(kernel: Kernel, FileHandle: HANDLE) -> Open | NTSTATUS:
    """The open behind a file handle, or the status for what is none."""
    if type(FileHandle) is not HANDLE:
        raise TypeError(f"a handle is a HANDLE, not {type(FileHandle).__name__}; type:  hFile = HANDLE()")
    try:
        opened = kernel.handles[FileHandle.value]
        kernel.subject = opened.file
    except KeyError:
        return STATUS_INVALID_HANDLE
    except AttributeError:  # a thread's or an event's
        return STATUS_OBJECT_TYPE_MISMATCH
    return opened  # type: ignore[no-any-return]


def _name(ObjectAttributes: OBJECT_ATTRIBUTES) -> str:
    if not isinstance(ObjectAttributes, OBJECT_ATTRIBUTES) or ObjectAttributes.ObjectName is None:
        raise TypeError("ObjectAttributes names the file: InitializeObjectAttributes(objAttributes, name, ...) first")
    if ObjectAttributes.RootDirectory is not None:
        raise Misuse("names relative to a RootDirectory are not simulated; use a full name and None")
    return ObjectAttributes.ObjectName.Buffer


def _offset(ByteOffset: LARGE_INTEGER | None) -> int | None:
    if ByteOffset is None:
        return None
    if not isinstance(ByteOffset, LARGE_INTEGER):
        raise TypeError(f"ByteOffset is None (the current position) or a LARGE_INTEGER, not {ByteOffset!r}")
    return ByteOffset.QuadPart


def _done(IoStatusBlock: IO_STATUS_BLOCK, status: NTSTATUS, information: int = 0) -> NTSTATUS:
    """Success fills the status block; a failure leaves it as it was."""
    if NT_SUCCESS(status):
        IoStatusBlock.Status, IoStatusBlock.Information = status, information
    return status


# -- footprints -------------------------------------------------------------------------------------------------------


def _create_cells(
    kernel: Kernel, handle: Any, access: int, attributes: OBJECT_ATTRIBUTES, io: Any, size: Any, kind: Any,
    shared: int, disposition: int, options: int, *_: Any,
) -> Footprint:  # fmt: skip
    yield ("variable", handle), True
    yield from kernel.volume.create_cells(_name(attributes), access, shared, disposition, options)


def _open_cells(
    kernel: Kernel, handle: Any, access: int, attributes: OBJECT_ATTRIBUTES, io: Any, shared: int, options: int
) -> Footprint:
    yield ("variable", handle), True
    yield from kernel.volume.create_cells(_name(attributes), access, shared, FILE_OPEN, options)


def _data_cells(writes: bool) -> Any:
    def cells(kernel: Kernel, FileHandle: HANDLE, *_: Any) -> Footprint:
        opened = _opened(kernel, FileHandle)
        yield ("variable", FileHandle), False
        yield ("handle", FileHandle.value), True  # it moves on: threads that share a handle share its position
        if isinstance(opened, Open):
            yield ("data", opened.file), writes

    return cells


def _set_information_cells(
    kernel: Kernel, FileHandle: HANDLE, io: Any, information: Any, length: int, kind: int
) -> Footprint:
    opened = _opened(kernel, FileHandle)
    yield ("variable", FileHandle), False
    yield ("handle", FileHandle.value), False
    if not isinstance(opened, Open):
        return
    if isinstance(information, FILE_RENAME_INFORMATION):
        target = information.FileName[: information.FileNameLength // 2]
        yield from kernel.volume.rename_cells(opened, target)
    else:
        yield from kernel.volume.disposition_cells(opened)


def _query_cells(kernel: Kernel, FileHandle: HANDLE, *_: Any) -> Footprint:
    opened = _opened(kernel, FileHandle)
    yield ("variable", FileHandle), False
    yield ("handle", FileHandle.value), False
    if isinstance(opened, Open):
        yield ("data", opened.file), False
        yield ("share", opened.file), False


def _close_cells(kernel: Kernel, Handle: HANDLE) -> Footprint:
    opened = _opened(kernel, Handle)
    yield ("variable", Handle), False
    yield ("handle", Handle.value), True
    if isinstance(opened, Open):
        yield from Volume.close_cells(opened)
    elif isinstance(kernel.handles.get(Handle.value), KEVENT | KSEMAPHORE):  # it may go with its last handle
        yield ("object", kernel.handles[Handle.value]), True


# -- routines ---------------------------------------------------------------------------------------------------------


@routine(_create_cells, FILE_PASSIVE)
def ZwCreateFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES,
    IoStatusBlock: IO_STATUS_BLOCK,
    AllocationSize: LARGE_INTEGER | None,
    FileAttributes: int,
    ShareAccess: int,
    CreateDisposition: int,
    CreateOptions: int,
    EaBuffer: None,
    EaLength: int | None,
) -> NTSTATUS:
    r"""Create or open a file; `FileHandle` and `IoStatusBlock.Information` (FILE_CREATED, ...) are filled on success.

    The name is `\DosDevices\C:\...` or `\??\C:\...`. Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND (no such
    file), STATUS_OBJECT_PATH_NOT_FOUND (no such directory or drive), STATUS_OBJECT_PATH_SYNTAX_BAD (a relative name),
    STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_COLLISION (FILE_CREATE on an existing name, or replacing a
    directory), STATUS_SHARING_VIOLATION (another open does not share what this one wants, or the other way round),
    STATUS_ACCESS_DENIED (a read-only file, or no access wanted), STATUS_DELETE_PENDING, STATUS_FILE_IS_A_DIRECTORY,
    STATUS_NOT_A_DIRECTORY, STATUS_INVALID_PARAMETER (disposition or share access unknown). IRQL = PASSIVE_LEVEL.
    Source: WDK, "ZwCreateFile function (wdm.h)".
    """
    filled_in("FileHandle", FileHandle, HANDLE)
    name = _name(ObjectAttributes)
    status, information, opened = kernel.volume.create(
        name, DesiredAccess, ShareAccess, CreateDisposition, CreateOptions, FileAttributes
    )
    if opened is None:
        kernel.subject = name
        return status
    kernel.subject = opened.file
    FileHandle.value = kernel.new_handle(opened)
    return _done(IoStatusBlock, status, information)


@routine(_open_cells, FILE_PASSIVE)
def ZwOpenFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES,
    IoStatusBlock: IO_STATUS_BLOCK,
    ShareAccess: int,
    OpenOptions: int,
) -> NTSTATUS:
    """Open an existing file: ZwCreateFile with FILE_OPEN, and its statuses. IRQL = PASSIVE_LEVEL.

    Source: WDK, "ZwOpenFile function (wdm.h)".
    """
    effect = ZwCreateFile.routine.effect  # type: ignore[attr-defined]
    return effect(  # type: ignore[no-any-return]
        kernel, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, None, 0, ShareAccess, FILE_OPEN,
        OpenOptions, None, 0,
    )  # fmt: skip


@routine(_data_cells(writes=False), FILE_PASSIVE)
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
    """Read up to `Length` bytes into `Buffer` (a bytearray), from `ByteOffset` or where the handle stands.

    Returns STATUS_SUCCESS (`IoStatusBlock.Information`: bytes read), STATUS_END_OF_FILE, STATUS_ACCESS_DENIED,
    STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER (a negative offset, or a directory). IRQL = PASSIVE_LEVEL.
    Source: WDK, "ZwReadFile function (wdm.h)".
    """
    opened = _opened(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    if not isinstance(Buffer, bytearray):
        raise TypeError(f"Buffer is filled in, so it is a bytearray, not {type(Buffer).__name__}")
    status, data = opened.read(_length(Length), _offset(ByteOffset))
    Buffer[: len(data)] = data
    return _done(IoStatusBlock, status, len(data))


def _length(Length: int) -> int:
    if not isinstance(Length, int) or Length < 0:
        raise ValueError(f"Length is a number of bytes, 0 or more, not {Length!r}")
    return Length


@routine(_data_cells(writes=True), FILE_PASSIVE)
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
    """Write `Length` bytes of `Buffer` at `ByteOffset`, or where the handle stands, which moves on.

    Returns STATUS_SUCCESS (`IoStatusBlock.Information`: bytes written), STATUS_ACCESS_DENIED, STATUS_INVALID_HANDLE,
    STATUS_INVALID_PARAMETER (a negative offset, or a directory).
    IRQL = PASSIVE_LEVEL. Source: WDK, "ZwWriteFile function (wdm.h)".
    """
    opened = _opened(kernel, FileHandle)
    if type(opened) is not Open:
        return opened  # type: ignore[return-value]
    if type(Buffer) is not bytes or Length != len(Buffer):
        Buffer = _part(Buffer, Length)
    status = opened.write(Buffer, None if ByteOffset is None else _offset(ByteOffset))
    if status is STATUS_SUCCESS:
        IoStatusBlock.Status, IoStatusBlock.Information = status, Length
    return status


def _part(Buffer: bytes, Length: int) -> bytes:
    if not isinstance(Buffer, (bytes, bytearray)):
        raise TypeError(f'Buffer is bytes, not {type(Buffer).__name__}; type:  b"Hello"')
    if not 0 <= Length <= len(Buffer):
        raise ValueError(f"Length is {Length!r}, but Buffer holds {len(Buffer)} bytes")
    return bytes(Buffer[:Length])


@routine(_set_information_cells, FILE_PASSIVE)
def ZwSetInformationFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: IO_STATUS_BLOCK,
    FileInformation: FILE_RENAME_INFORMATION | FILE_DISPOSITION_INFORMATION,
    Length: int,
    FileInformationClass: int,
) -> NTSTATUS:
    """Rename a file (FileRenameInformation) or delete it on its last close (FileDispositionInformation).

    Returns STATUS_SUCCESS; for a rename STATUS_ACCESS_DENIED (the handle lacks DELETE, or the target is open, a
    directory or read-only), STATUS_OBJECT_NAME_COLLISION (target exists, ReplaceIfExists False),
    STATUS_OBJECT_PATH_NOT_FOUND (no such directory), STATUS_NOT_SAME_DEVICE, STATUS_SHARING_VIOLATION (the target's
    directory), STATUS_INVALID_PARAMETER (a name length of 0, odd, or beyond the buffer); for a deletion
    STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_DIRECTORY_NOT_EMPTY; for both STATUS_INVALID_HANDLE,
    STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_INFO_CLASS. A failure changes nothing. IRQL = PASSIVE_LEVEL.
    A name copied past the end of its buffer is bug check 0xF7.
    Source: WDK, "ZwSetInformationFile function (wdm.h)", "FILE_RENAME_INFORMATION structure (ntifs.h)".
    """
    opened = _opened(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    if FileInformationClass == FileRenameInformation:
        if not isinstance(FileInformation, FILE_RENAME_INFORMATION):
            raise TypeError(f"FileRenameInformation takes a FILE_RENAME_INFORMATION, not {FileInformation!r}")
        old, status = opened.file.path, _rename(kernel, opened, FileInformation, Length)
        if NT_SUCCESS(status):
            kernel.subject = Renamed(opened.file, old, opened.file.path)
    elif FileInformationClass == FileDispositionInformation:
        if not isinstance(FileInformation, FILE_DISPOSITION_INFORMATION):
            raise TypeError(f"FileDispositionInformation takes a FILE_DISPOSITION_INFORMATION, not {FileInformation!r}")
        status = _fits(FILE_DISPOSITION_INFORMATION.SIZE, Length)
        if NT_SUCCESS(status):
            status = kernel.volume.set_disposition(opened, FileInformation.DeleteFile)
    else:
        status = STATUS_INVALID_INFO_CLASS
    return _done(IoStatusBlock, status)


def _fits(size: int, Length: int) -> NTSTATUS:
    return STATUS_SUCCESS if Length >= size else STATUS_INFO_LENGTH_MISMATCH


def _rename(kernel: Kernel, opened: Open, information: FILE_RENAME_INFORMATION, Length: int) -> NTSTATUS:
    room = information.NumberOfBytes - FILE_RENAME_INFORMATION.offsets["FileName"]
    if 2 * len(information.FileName) > room:
        past = 2 * len(information.FileName) - room
        raise BugCheck(0xF7, f"the new name was copied {past} bytes past the end of its FILE_RENAME_INFORMATION")
    if Length < 24:
        return STATUS_INFO_LENGTH_MISMATCH
    size = information.FileNameLength
    if size <= 0 or size % 2 or size > Length - FILE_RENAME_INFORMATION.offsets["FileName"]:
        return STATUS_INVALID_PARAMETER
    name = information.FileName[: size // 2]
    if "\\" not in name:
        return STATUS_OBJECT_PATH_SYNTAX_BAD
    return kernel.volume.rename(opened, name, information.ReplaceIfExists)


@routine(_query_cells, FILE_PASSIVE)
def ZwQueryInformationFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: IO_STATUS_BLOCK,
    FileInformation: FILE_STANDARD_INFORMATION,
    Length: int,
    FileInformationClass: int,
) -> NTSTATUS:
    """Fill a FILE_STANDARD_INFORMATION: `EndOfFile` (the size in bytes), `DeletePending`, `Directory`, ...

    Returns STATUS_SUCCESS, STATUS_INVALID_HANDLE, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_INFO_CLASS.
    IRQL = PASSIVE_LEVEL. Source: WDK, "ZwQueryInformationFile function (wdm.h)".
    """
    opened = _opened(kernel, FileHandle)
    if isinstance(opened, NTSTATUS):
        return opened
    if FileInformationClass != FileStandardInformation:
        return STATUS_INVALID_INFO_CLASS
    if not isinstance(FileInformation, FILE_STANDARD_INFORMATION):
        raise TypeError(f"FileStandardInformation fills a FILE_STANDARD_INFORMATION, not {FileInformation!r}")
    status = _fits(FILE_STANDARD_INFORMATION.SIZE, Length)
    if NT_SUCCESS(status):
        file, information = opened.file, FileInformation
        information.EndOfFile, information.AllocationSize = file.size, -(-file.size // 4096) * 4096
        information.NumberOfLinks = 0 if file.delete_pending else 1
        information.DeletePending, information.Directory = file.delete_pending, file.directory
    return _done(IoStatusBlock, status, FILE_STANDARD_INFORMATION.SIZE)


@routine(_close_cells, ZW_PASSIVE)
def ZwClose(kernel: Kernel, Handle: HANDLE) -> NTSTATUS:
    """Close a handle; a file's share record goes with it, and the file itself where it was to be deleted.

    Returns STATUS_SUCCESS, STATUS_INVALID_HANDLE. IRQL = PASSIVE_LEVEL. Source: WDK, "ZwClose function (wdm.h)".
    """
    opened = _opened(kernel, Handle)
    if opened is STATUS_INVALID_HANDLE:
        return STATUS_INVALID_HANDLE
    closed = kernel.handles.pop(Handle.value)
    if type(closed) is Open:
        if kernel.volume.close(closed):
            kernel.subject = Renamed(closed.file, closed.file.path, "")
    else:
        kernel.subject = closed
    return STATUS_SUCCESS

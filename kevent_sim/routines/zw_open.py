"""The Zw routines that open files, and the one that closes any handle."""

from __future__ import annotations

from typing import Any

from kevent_sim.machine.call import Footprint, not_simulated, routine
from kevent_sim.machine.files import Open, Renamed, close_cells
from kevent_sim.machine.irql import PASSIVE_LEVEL, ZW_PASSIVE, at_most
from kevent_sim.machine.kernel import Kernel
from kevent_sim.machine.ntstatus import (
    NT_SUCCESS,
    NTSTATUS,
    STATUS_INVALID_HANDLE,
    STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_SUCCESS,
    BugCheck,
)
from kevent_sim.machine.objects import KEVENT, KSEMAPHORE
from kevent_sim.machine.options import FILE_OPEN
from kevent_sim.machine.structures import (
    HANDLE,
    IO_STATUS_BLOCK,
    LARGE_INTEGER,
    OBJECT_ATTRIBUTES,
    check_attributes,
    check_variable,
    is_null,
)
from kevent_sim.routines.ob import filled_cells, filled_in

IO_RTL_ZW_PASSIVE = at_most(PASSIVE_LEVEL, 0x20023, "IrqlIoRtlZwPassive")
CLOSE_PASSIVE = at_most(PASSIVE_LEVEL, 0x2001F, "IrqlZwPassive")

# -- arguments --------------------------------------------------------------------------------------------------------


def opened_by(kernel: Kernel, FileHandle: HANDLE) -> Open | NTSTATUS:
    """The open behind a file handle, or the status for what is none."""
    if not isinstance(FileHandle, HANDLE):
        raise TypeError(f"a handle is a HANDLE, not {type(FileHandle).__name__}; type:  hFile = HANDLE()")
    if FileHandle.region is not None:
        check_variable(FileHandle)
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
    check_attributes(ObjectAttributes, named=True)
    return ObjectAttributes.ObjectName.Buffer


def done(IoStatusBlock: IO_STATUS_BLOCK, status: NTSTATUS, information: int = 0) -> NTSTATUS:
    """Success fills the status block; a failure leaves it as it was."""
    if NT_SUCCESS(status):
        IoStatusBlock.Status, IoStatusBlock.Information = status, information
    return status


# -- footprints -------------------------------------------------------------------------------------------------------


def _create_cells(
    kernel: Kernel, handle: Any, access: int, attributes: OBJECT_ATTRIBUTES, io: Any, size: Any, kind: Any,
    shared: int, disposition: int, options: int, *_: Any,
) -> Footprint:  # fmt: skip
    yield from filled_cells(kernel, handle)
    yield from kernel.volume.create_cells(_name(attributes), access, shared, disposition, options)


def _open_cells(
    kernel: Kernel, handle: Any, access: int, attributes: OBJECT_ATTRIBUTES, io: Any, shared: int, options: int
) -> Footprint:
    yield from filled_cells(kernel, handle)
    yield from kernel.volume.create_cells(_name(attributes), access, shared, FILE_OPEN, options)


def _close_cells(kernel: Kernel, Handle: HANDLE) -> Footprint:
    opened = opened_by(kernel, Handle)
    yield ("variable", Handle), False
    yield ("handle", Handle.value), True
    if isinstance(opened, Open):
        yield from close_cells(opened)
    elif isinstance(kernel.handles.get(Handle.value), KEVENT | KSEMAPHORE):  # it may go with its last handle
        yield ("object", kernel.handles[Handle.value]), True


def _no_handle(kernel: Kernel, value: int) -> str:
    if kernel.gave_out(value):
        return "is closed already"
    text = value.to_bytes(8, "little").decode("utf-16-le", "replace")
    return "never was a handle" + (f"; read as text: {text!r}" if text.isprintable() else "")


# -- routines ---------------------------------------------------------------------------------------------------------


@routine(_create_cells, IO_RTL_ZW_PASSIVE, role="creates a file")
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
    r"""Create or open a file.

    Parameters: `FileHandle`, a HANDLE that is filled in; `DesiredAccess`, e.g. GENERIC_WRITE or FILE_ALL_ACCESS;
    `ObjectAttributes`, which name the file, `\DosDevices\C:\...` or `\??\C:\...`; `IoStatusBlock`, whose Information
    says what was done (FILE_OPENED, FILE_CREATED, FILE_OVERWRITTEN, FILE_SUPERSEDED); `AllocationSize`, None;
    `FileAttributes` of a new file and of one that is replaced, FILE_ATTRIBUTE_NORMAL or FILE_ATTRIBUTE_READONLY;
    `ShareAccess`, what others may do meanwhile: 0, or FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SHARE_DELETE;
    `CreateDisposition`, what to do where the file is there and where it is not: FILE_CREATE, FILE_OPEN, FILE_OPEN_IF,
    FILE_OVERWRITE, FILE_OVERWRITE_IF, FILE_SUPERSEDE; `CreateOptions`: FILE_SYNCHRONOUS_IO_NONALERT (or _ALERT: no read
    or write here waits), without which no read and no write is simulated, FILE_DIRECTORY_FILE,
    FILE_NON_DIRECTORY_FILE, and advice to a cache, which changes nothing here (FILE_WRITE_THROUGH,
    FILE_SEQUENTIAL_ONLY, FILE_RANDOM_ACCESS); `EaBuffer`, `EaLength`: None, 0. Other access, attributes, options, and
    names that are not a file's on a drive, are not simulated: each is refused by its name.
    Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND where there is no such file; STATUS_OBJECT_PATH_NOT_FOUND where
    there is no such directory or drive; STATUS_OBJECT_PATH_SYNTAX_BAD for a name that does not begin with a backslash;
    STATUS_OBJECT_NAME_INVALID for one with a part that is empty, `.`, `..` or longer than 255, with a character that no
    name may have, or with a backslash at its end where it is not a directory's; STATUS_OBJECT_NAME_COLLISION where
    FILE_CREATE finds the name taken, or a directory would be replaced; STATUS_SHARING_VIOLATION where another open does
    not share what this one wants, or the other way round; STATUS_ACCESS_DENIED for a read-only file that would be
    written (and a read-only directory, of which no source says so), or where no access is wanted; STATUS_DELETE_PENDING
    where the file or its directory is to be deleted; STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY where the
    options want the other one; STATUS_INVALID_PARAMETER for a disposition, share access or option that does not exist,
    both kinds of FILE_SYNCHRONOUS_IO_*, and FILE_DIRECTORY_FILE with what only files have or with a disposition that
    replaces. A failure leaves handle and status block as they were. Raises TypeError for what is not a HANDLE or names
    no file, Misuse for what is not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlIoRtlZwPassive, 0x20023).
    Source: WDK, "ZwCreateFile function (wdm.h)"; "IrqlIoRtlZwPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> attributes, io = OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     for _ in range(2):
    ...         print(await ZwCreateFile(
    ...             HANDLE(), GENERIC_WRITE, attributes, io, None, FILE_ATTRIBUTE_NORMAL, 0, FILE_CREATE,
    ...             FILE_SYNCHRONOUS_IO_NONALERT, None, 0))
    ...     return STATUS_SUCCESS
    >>> run(DriverEntry).files("C:\\Temp")
    STATUS_SUCCESS
    STATUS_OBJECT_NAME_COLLISION
    {'file.txt': 0}
    """
    filled_in("FileHandle", FileHandle, HANDLE)
    if AllocationSize is not None and AllocationSize.QuadPart:
        raise not_simulated("an AllocationSize", "use None")
    if (EaBuffer is not None and not is_null(EaBuffer)) or (EaLength and not is_null(EaLength)):
        raise not_simulated("extended attributes", "use None for EaBuffer and 0 for EaLength")
    name = _name(ObjectAttributes)
    status, information, opened = kernel.volume.create(
        name, DesiredAccess, ShareAccess, CreateDisposition, CreateOptions, FileAttributes
    )
    if opened is None:
        kernel.subject = name
        return status
    kernel.subject = opened.file
    FileHandle.value = kernel.new_handle(opened)
    return done(IoStatusBlock, status, information)


@routine(_open_cells, ZW_PASSIVE, role="opens a file")
def ZwOpenFile(
    kernel: Kernel,
    FileHandle: HANDLE,
    DesiredAccess: int,
    ObjectAttributes: OBJECT_ATTRIBUTES,
    IoStatusBlock: IO_STATUS_BLOCK,
    ShareAccess: int,
    OpenOptions: int,
) -> NTSTATUS:
    r"""Open an existing file: ZwCreateFile with FILE_OPEN.

    Parameters: `FileHandle`, a HANDLE that is filled in; `DesiredAccess`, e.g. FILE_ALL_ACCESS; `ObjectAttributes`,
    which name the file; `IoStatusBlock`, whose Information becomes FILE_OPENED; `ShareAccess`, what others may do
    meanwhile; `OpenOptions`, e.g. FILE_SYNCHRONOUS_IO_NONALERT, as the CreateOptions of ZwCreateFile.
    Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND where there is no such file; STATUS_OBJECT_PATH_NOT_FOUND where
    there is no such directory or drive; STATUS_SHARING_VIOLATION where another open does not share what this one wants,
    or the other way round; STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_NAME_INVALID, STATUS_ACCESS_DENIED,
    STATUS_DELETE_PENDING, STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_INVALID_PARAMETER as of
    ZwCreateFile. A failure leaves handle and status block as they were. Raises TypeError for what is not a HANDLE or
    names no file, Misuse for what is not simulated.
    Bug checks: 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (0xE6).
    Source: WDK, "ZwOpenFile function (wdm.h)"; "Bug Check 0xC4".

    >>> from kevent_sim.machine.volume import Volume
    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> attributes, io = OBJECT_ATTRIBUTES(), IO_STATUS_BLOCK()
    >>> name = UNICODE_STRING("\\DosDevices\\C:\\Temp\\file.txt")
    >>> InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     return await ZwOpenFile(HANDLE(), GENERIC_READ, attributes, io, 0, FILE_SYNCHRONOUS_IO_NONALERT)
    >>> run(DriverEntry).status, run(DriverEntry, volume=Volume(files={"C:\\Temp\\file.txt": b"Hello"})).status
    (STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS)
    """
    effect = ZwCreateFile.routine.effect  # type: ignore[attr-defined]
    return effect(  # type: ignore[no-any-return]
        kernel, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, None, 0, ShareAccess, FILE_OPEN,
        OpenOptions, None, 0,
    )  # fmt: skip


@routine(_close_cells, CLOSE_PASSIVE, role="closes a handle")
def ZwClose(kernel: Kernel, Handle: HANDLE) -> NTSTATUS:
    """Close a handle; a file's share record goes with it, and the file itself where it was to be deleted.

    An event or semaphore that was known by the handle goes with its last handle and its last reference; a thread runs
    on.
    Parameters: `Handle`, of whatever kind of object.
    Returns STATUS_SUCCESS; STATUS_INVALID_HANDLE where it is 0, or, without a kernel debugger, not an open handle.
    Raises TypeError for what is not a HANDLE.
    Bug checks: 0x93 for any other value that is not an open handle, on a machine with a kernel debugger, as this one is
    (Kernel.debugger; Driver Verifier has no part in it). Reports on Windows add that the process must have a PEB: the
    System process has none, so that a system thread may get STATUS_INVALID_HANDLE there in any case; the page of 0x93
    does not say. 0xC4 at too high an IRQL.
    IRQL: = PASSIVE_LEVEL (IrqlZwPassive, 0x2001F).
    Source: WDK, "ZwClose function (wdm.h)"; "Bug Check 0x93: INVALID_KERNEL_HANDLE"; "IrqlZwPassive rule (wdm)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     hEvent = HANDLE()
    ...     await ZwCreateEvent(hEvent, EVENT_ALL_ACCESS, None, NotificationEvent, False)
    ...     print(await ZwClose(hEvent), await ZwClose(HANDLE()))
    ...     return await ZwClose(hEvent)
    >>> run(DriverEntry).bugcheck.name
    STATUS_SUCCESS STATUS_INVALID_HANDLE
    'INVALID_KERNEL_HANDLE'
    """
    opened = opened_by(kernel, Handle)
    if opened is STATUS_INVALID_HANDLE:
        if Handle.value and kernel.debugger:
            raise BugCheck(0x93, f"what ZwClose was given {_no_handle(kernel, Handle.value)}", Handle.value, 1)
        return STATUS_INVALID_HANDLE
    closed = kernel.handles.pop(Handle.value)
    kernel.let_go(closed)
    if type(closed) is Open:
        if kernel.volume.close(closed):
            kernel.subject = Renamed(closed.file, closed.file.path, "")
    else:
        kernel.subject = closed
    return STATUS_SUCCESS

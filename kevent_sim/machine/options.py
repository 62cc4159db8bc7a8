"""What ZwCreateFile and ZwOpenFile are asked for in numbers, and which of them go together.

Sources: WDK "ZwCreateFile function (wdm.h)", "ACCESS_MASK", "File Attribute Constants"; where the page is silent on a
status, Microsoft's FASTFAT sample.
"""

from __future__ import annotations

from kevent_sim.machine.files import (
    DELETE,
    FILE_ALL_ACCESS,
    FILE_APPEND_DATA,
    FILE_WRITE_DATA,
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    File,
)
from kevent_sim.machine.ntstatus import (
    NTSTATUS,
    STATUS_ACCESS_DENIED,
    STATUS_DELETE_PENDING,
    STATUS_FILE_IS_A_DIRECTORY,
    STATUS_INVALID_PARAMETER,
    STATUS_NOT_A_DIRECTORY,
    STATUS_OBJECT_NAME_COLLISION,
    STATUS_SHARING_VIOLATION,
    STATUS_SUCCESS,
)
from kevent_sim.machine.numbers import check_flags

MAXIMUM_ALLOWED, ACCESS_SYSTEM_SECURITY = 0x0200_0000, 0x0100_0000

FILE_SUPERSEDE, FILE_OPEN, FILE_CREATE, FILE_OPEN_IF, FILE_OVERWRITE, FILE_OVERWRITE_IF = range(6)
FILE_SUPERSEDED, FILE_OPENED, FILE_CREATED, FILE_OVERWRITTEN = range(4)  # IoStatusBlock.Information
CREATES = FILE_SUPERSEDE, FILE_CREATE, FILE_OPEN_IF, FILE_OVERWRITE_IF  # where there is no file
REPLACES = FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF
FOUND = {  # disposition -> Information, where there is one
    FILE_SUPERSEDE: FILE_SUPERSEDED,
    FILE_OPEN: FILE_OPENED,
    FILE_OPEN_IF: FILE_OPENED,
    FILE_OVERWRITE: FILE_OVERWRITTEN,
    FILE_OVERWRITE_IF: FILE_OVERWRITTEN,
}

FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM = 0x01, 0x02, 0x04
FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_TEMPORARY = 0x20, 0x80, 0x100
_OTHER_ATTRIBUTES = {
    "FILE_ATTRIBUTE_HIDDEN": FILE_ATTRIBUTE_HIDDEN,
    "FILE_ATTRIBUTE_SYSTEM": FILE_ATTRIBUTE_SYSTEM,
    "FILE_ATTRIBUTE_ARCHIVE": FILE_ATTRIBUTE_ARCHIVE,
    "FILE_ATTRIBUTE_TEMPORARY": FILE_ATTRIBUTE_TEMPORARY,
}

FILE_DIRECTORY_FILE, FILE_WRITE_THROUGH, FILE_SEQUENTIAL_ONLY, FILE_NO_INTERMEDIATE_BUFFERING = 0x01, 0x02, 0x04, 0x08
FILE_SYNCHRONOUS_IO_ALERT, FILE_SYNCHRONOUS_IO_NONALERT, FILE_NON_DIRECTORY_FILE = 0x10, 0x20, 0x40
FILE_CREATE_TREE_CONNECTION, FILE_COMPLETE_IF_OPLOCKED, FILE_NO_EA_KNOWLEDGE = 0x80, 0x100, 0x200
FILE_OPEN_REMOTE_INSTANCE, FILE_RANDOM_ACCESS, FILE_DELETE_ON_CLOSE, FILE_OPEN_BY_FILE_ID = 0x400, 0x800, 0x1000, 0x2000
FILE_OPEN_FOR_BACKUP_INTENT, FILE_NO_COMPRESSION, FILE_OPEN_REQUIRING_OPLOCK = 0x4000, 0x8000, 0x1_0000
FILE_RESERVE_OPFILTER, FILE_OPEN_REPARSE_POINT = 0x10_0000, 0x20_0000
FILE_OPEN_NO_RECALL, FILE_OPEN_FOR_FREE_SPACE_QUERY = 0x40_0000, 0x80_0000
_OTHER_OPTIONS = {
    "FILE_NO_INTERMEDIATE_BUFFERING": FILE_NO_INTERMEDIATE_BUFFERING,
    "FILE_CREATE_TREE_CONNECTION": FILE_CREATE_TREE_CONNECTION,
    "FILE_COMPLETE_IF_OPLOCKED": FILE_COMPLETE_IF_OPLOCKED,
    "FILE_NO_EA_KNOWLEDGE": FILE_NO_EA_KNOWLEDGE,
    "FILE_OPEN_REMOTE_INSTANCE": FILE_OPEN_REMOTE_INSTANCE,
    "FILE_DELETE_ON_CLOSE": FILE_DELETE_ON_CLOSE,
    "FILE_OPEN_BY_FILE_ID": FILE_OPEN_BY_FILE_ID,
    "FILE_OPEN_FOR_BACKUP_INTENT": FILE_OPEN_FOR_BACKUP_INTENT,
    "FILE_NO_COMPRESSION": FILE_NO_COMPRESSION,
    "FILE_OPEN_REQUIRING_OPLOCK": FILE_OPEN_REQUIRING_OPLOCK,
    "FILE_RESERVE_OPFILTER": FILE_RESERVE_OPFILTER,
    "FILE_OPEN_REPARSE_POINT": FILE_OPEN_REPARSE_POINT,
    "FILE_OPEN_NO_RECALL": FILE_OPEN_NO_RECALL,
    "FILE_OPEN_FOR_FREE_SPACE_QUERY": FILE_OPEN_FOR_FREE_SPACE_QUERY,
}

SYNCHRONOUS = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT
# Advice to a cache: there is none here, and on Windows, too, no result of a call depends on it.
_ADVICE = FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | FILE_RANDOM_ACCESS
_NOT_OF_DIRECTORIES = FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY | FILE_RANDOM_ACCESS
_EXISTING = 0x00FF_FFFF  # all options that there are

_ACCESS = FILE_ALL_ACCESS | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL
_OTHER_ACCESS = {"MAXIMUM_ALLOWED": MAXIMUM_ALLOWED, "ACCESS_SYSTEM_SECURITY": ACCESS_SYSTEM_SECURITY}
_ATTRIBUTES = FILE_ATTRIBUTE_NORMAL | FILE_ATTRIBUTE_READONLY
_OPTIONS = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE | SYNCHRONOUS | _ADVICE | ~_EXISTING


def check_asked(access: int, attributes: int, options: int) -> None:
    """Refuse what of these numbers is not simulated."""
    if type(access) is type(attributes) is type(options) is int and not (
        access & ~_ACCESS or attributes & ~_ATTRIBUTES or options & ~_OPTIONS
    ):
        return
    wanted = "name what the handle is for, such as  GENERIC_READ  or  DELETE | SYNCHRONIZE"
    check_flags("DesiredAccess", access, _ACCESS, _OTHER_ACCESS, wanted)
    plain = "type:  FILE_ATTRIBUTE_NORMAL  or  FILE_ATTRIBUTE_READONLY"
    check_flags("FileAttributes", attributes, _ATTRIBUTES, _OTHER_ATTRIBUTES, plain)
    instead = "type:  FILE_SYNCHRONOUS_IO_NONALERT"
    if isinstance(options, int) and options & FILE_DELETE_ON_CLOSE:
        instead += "  and, before ZwClose, ask for FileDispositionInformation"
    check_flags("CreateOptions", options, _OPTIONS, _OTHER_OPTIONS, instead)


def judge_asked(access: int, shared: int, disposition: int, options: int) -> NTSTATUS:
    """What the numbers alone come to, before any name is looked at.

    FILE_SYNCHRONOUS_IO_* goes with SYNCHRONIZE, says the page; a call from kernel mode is not checked for that.
    """
    directory, synchronous = options & FILE_DIRECTORY_FILE, options & SYNCHRONOUS
    if (
        disposition not in range(6)
        or shared & ~7
        or options & ~_EXISTING
        or synchronous == SYNCHRONOUS
        or (directory and (disposition in REPLACES or options & _NOT_OF_DIRECTORIES))
    ):
        return STATUS_INVALID_PARAMETER
    return STATUS_SUCCESS if access else STATUS_ACCESS_DENIED


def judge_existing(file: File, granted: int, shared: int, disposition: int, options: int) -> NTSTATUS:
    """What there is under a name is asked for: the status."""
    if file.delete_pending:
        return STATUS_DELETE_PENDING
    if disposition == FILE_CREATE:
        return STATUS_OBJECT_NAME_COLLISION
    if file.directory and options & FILE_NON_DIRECTORY_FILE:
        return STATUS_FILE_IS_A_DIRECTORY
    if not file.directory and options & FILE_DIRECTORY_FILE:
        return STATUS_NOT_A_DIRECTORY
    replaces = disposition in REPLACES
    if file.directory and replaces:
        return STATUS_OBJECT_NAME_COLLISION
    if file.read_only and (replaces or granted & (FILE_WRITE_DATA | FILE_APPEND_DATA)):
        return STATUS_ACCESS_DENIED
    # Replacing contents implies the access it takes, though the handle is not granted it.
    implied = 0 if not replaces else DELETE if disposition == FILE_SUPERSEDE else FILE_WRITE_DATA
    return STATUS_SUCCESS if file.admits(granted | implied, shared) else STATUS_SHARING_VIOLATION

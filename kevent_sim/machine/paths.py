"""Names of files: what NT takes for a path, and what a learner may write."""

from __future__ import annotations

import re
from functools import lru_cache

from kevent_sim.machine.ntstatus import (
    NTSTATUS,
    STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_PATH_NOT_FOUND,
    STATUS_OBJECT_PATH_SYNTAX_BAD,
)

_PREFIXES = ("\\??\\", "\\DosDevices\\")
_FORBIDDEN = re.compile(r'[/:*?"<>|\x00-\x1f]')


def nt_path(name: str) -> str | NTSTATUS:
    r"""The `C:\...` path behind an NT name, or the status that NT gives for such a name.

    >>> nt_path("\\??\\C:\\Temp\\file_0.txt")
    'C:\\Temp\\file_0.txt'
    >>> nt_path("C:\\Temp\\file_0.txt"), nt_path("\\??\\C:\\Temp\\file?.txt")
    (STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_NAME_INVALID)
    """
    # Kept is what is plain text: a class of the learner's may compare as it likes, and would outlive its run.
    return _judged(name if type(name) is str else str.__str__(name))


@lru_cache(maxsize=4096)  # asked again of the same few names, by every footprint
def _judged(name: str) -> str | NTSTATUS:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            path = name[len(prefix) :]
            break
    else:
        return STATUS_OBJECT_PATH_NOT_FOUND if name.startswith("\\") else STATUS_OBJECT_PATH_SYNTAX_BAD
    if path[1:2] != ":" or path[2:3] not in ("", "\\"):
        return STATUS_OBJECT_PATH_NOT_FOUND
    parts = path[3:].split("\\")
    if any(not part for part in parts[:-1]) or _FORBIDDEN.search(path, 2):
        return STATUS_OBJECT_NAME_INVALID
    return path.rstrip("\\")


def checked_path(path: str) -> str:
    """A learner's own `C:\\...` path, or an error that says how to write one."""
    answer = nt_path("\\??\\" + path) if isinstance(path, str) else STATUS_OBJECT_NAME_INVALID
    if isinstance(answer, NTSTATUS):
        raise ValueError(f"{path!r} is not a path like C:\\Temp; in Python write it as  'C:\\\\Temp'  or  r'C:\\Temp'")
    return answer


def parent_of(path: str) -> str:
    """The directory that a path is in; "" for a drive."""
    return path.rpartition("\\")[0]

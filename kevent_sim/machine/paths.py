"""Names of files: what NT takes for a path, and what a learner may write."""

from __future__ import annotations

import re
from functools import lru_cache

from kevent_sim.machine.call import not_simulated
from kevent_sim.machine.ntstatus import (
    NTSTATUS,
    STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_PATH_NOT_FOUND,
    STATUS_OBJECT_PATH_SYNTAX_BAD,
)

# One directory of the object manager, by the three names under which a system thread finds it.
_PREFIXES = ("\\??\\", "\\DOSDEVICES\\", "\\GLOBAL??\\")
# What stands beside it in the root, and in it beside the drives, on a Windows that has booted.
ROOT_NAMES = frozenset({
    "??", "ARCNAME", "BASENAMEDOBJECTS", "CALLBACK", "DEVICE", "DOSDEVICES", "DRIVER", "DRIVERSTORES", "FILESYSTEM",
    "GLOBAL??", "KERNELOBJECTS", "KNOWNDLLS", "KNOWNDLLS32", "NLS", "OBJECTTYPES", "REGISTRY", "RPC CONTROL",
    "SECURITY", "SESSIONS", "SYSTEMROOT", "WINDOWS",
})  # fmt: skip
_DEVICE = re.compile(
    r"(global|globalroot|unc|pipe|mailslot|mup|nul|con|conin\$|conout\$|aux|prn|(com|lpt|physicaldrive|cdrom)\d+"
    r"|harddisk.*|volume\{.*)",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(r'[/*?"<>|\x00-\x1f]')
_INSTEAD = r"name a file on a drive, such as  \??\C:\Temp\file.txt"
LONGEST_NAME = 255  # of one file or directory, in UTF-16 units


def utf16(text: str) -> bytes:
    """Text as Windows has it in memory: two bytes a unit, and two units for what is beyond U+FFFF.

    >>> len(utf16("file")), len(utf16("\\N{GRINNING FACE}"))
    (8, 4)
    """
    return text.encode("utf-16-le", "surrogatepass")


def nt_path(name: str) -> str | NTSTATUS:
    r"""The `C:\...` path behind an NT name, or the status that NT gives for such a name.

    Case matters in no part of it, as where the registry says obcaseinsensitive = 1, Windows' default.

    >>> nt_path("\\??\\C:\\Temp\\file_0.txt"), nt_path("\\dosdevices\\c:\\Temp")
    ('C:\\Temp\\file_0.txt', 'c:\\Temp')
    >>> nt_path("C:\\Temp\\file_0.txt"), nt_path("\\??\\C:\\Temp\\file?.txt")
    (STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_NAME_INVALID)
    """
    # Kept is what is plain text: a class of the learner's may compare as it likes, and would outlive its run.
    return _judged(name if type(name) is str else str.__str__(name))


@lru_cache(maxsize=4096)  # asked again of the same few names, by every footprint
def _judged(name: str) -> str | NTSTATUS:
    if not name.startswith("\\"):
        return STATUS_OBJECT_PATH_SYNTAX_BAD
    prefix = next((each for each in _PREFIXES if name.upper().startswith(each)), None)
    if prefix is None:
        first = name.split("\\")[1]
        if first.upper() in ROOT_NAMES:
            raise not_simulated(f"names under \\{first}", _INSTEAD)
        return STATUS_OBJECT_PATH_NOT_FOUND
    path = name[len(prefix) :]
    drive, backslash, rest = path.partition("\\")
    if not re.fullmatch("[A-Za-z]:", drive):
        if _DEVICE.fullmatch(drive):
            raise not_simulated(f"the device {drive}", _INSTEAD)
        return STATUS_OBJECT_PATH_NOT_FOUND
    if not backslash:
        raise not_simulated(f"the volume {drive} itself", f"its root directory is  {name}\\")
    return _below(path.rstrip("\\"), rest.split("\\"))


def _below(path: str, parts: list[str]) -> str | NTSTATUS:
    """A path on a drive, where its parts may be names; the last one is empty where it ends in a backslash."""
    if any(not part or ":" in part for part in parts[:-1]) or _FORBIDDEN.search(path):
        return STATUS_OBJECT_NAME_INVALID
    if any(part in (".", "..") or len(utf16(part)) > 2 * LONGEST_NAME for part in parts):
        return STATUS_OBJECT_NAME_INVALID
    if ":" in parts[-1]:
        raise not_simulated("named streams", f"name the file alone:  {path.rpartition(':')[0]}")
    return path


def checked_path(path: str) -> str:
    """A learner's own `C:\\...` path, or an error that says how to write one."""
    whole = isinstance(path, str) and (path + "\\" if re.fullmatch("[A-Za-z]:", path) else path)
    answer = nt_path("\\??\\" + whole) if whole else STATUS_OBJECT_NAME_INVALID
    if isinstance(answer, NTSTATUS):
        raise ValueError(f"{path!r} is not a path like C:\\Temp; in Python write it as  'C:\\\\Temp'  or  r'C:\\Temp'")
    return answer


def parent_of(path: str) -> str:
    """The directory that a path is in; "" for a drive."""
    return path.rpartition("\\")[0]

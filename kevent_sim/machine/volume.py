"""The volume: directories and files by name; dispositions, rename, deletion.

Pure and synchronous: a volume knows no threads. Every operation returns an NTSTATUS and leaves everything as it was
unless it succeeds. Sources: WDK "ZwCreateFile", "FILE_RENAME_INFORMATION"; [MS-FSA] 2.1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kevent_sim.machine.call import Footprint, not_simulated
from kevent_sim.machine.files import (
    DELETE,
    FILE_SHARE_READ,
    FILE_SHARE_WRITE,
    FILE_WRITE_DATA,
    File,
    Open,
    access_of,
)
from kevent_sim.machine.ntstatus import (
    NT_SUCCESS,
    NTSTATUS,
    STATUS_ACCESS_DENIED,
    STATUS_CANNOT_DELETE,
    STATUS_DELETE_PENDING,
    STATUS_DIRECTORY_NOT_EMPTY,
    STATUS_INVALID_PARAMETER,
    STATUS_NOT_SAME_DEVICE,
    STATUS_OBJECT_NAME_COLLISION,
    STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_OBJECT_PATH_NOT_FOUND,
    STATUS_SHARING_VIOLATION,
    STATUS_SUCCESS,
)
from kevent_sim.machine.options import (
    CREATES,
    FILE_ATTRIBUTE_READONLY,
    FILE_CREATE,
    FILE_CREATED,
    FILE_DIRECTORY_FILE,
    FILE_OPEN,
    FILE_OPEN_IF,
    FILE_OPENED,
    FILE_SYNCHRONOUS_IO_NONALERT,
    FOUND,
    SYNCHRONOUS,
    check_asked,
    judge_asked,
    judge_existing,
)
from kevent_sim.machine.paths import checked_path, nt_path, parent_of


class Volume:
    r"""A disk before a run: directories, and files as a mapping of path to contents (bytes) or size (zeros).

    Names keep their case and are compared without it. A directory or file whose parent is missing is a ValueError.

    >>> Volume(files={"C:\\Temp\\file_0.txt": 99}).files("C:\\Temp")
    {'file_0.txt': 99}
    """

    def __init__(
        self,
        directories: Iterable[str] = ("C:\\Temp", "C:\\Temp2"),
        files: Mapping[str, bytes | int] | None = None,
    ) -> None:
        self._names: dict[str, File] = {}
        if isinstance(directories, str):
            raise ValueError(f"directories is a list of paths; type:  Volume(directories=[{directories!r}])")
        for path in ["C:", *map(checked_path, directories)]:
            if len(path) == 2:
                self._names.setdefault(path.upper(), File(path, directory=True))
            else:
                self._add(path, directory=True)
        for path, contents in (files or {}).items():
            if not isinstance(contents, (bytes, int)) or (isinstance(contents, int) and contents < 0):
                raise ValueError(f"{path} holds bytes, or as many zeros as a size says, not {contents!r}")
            self._add(checked_path(path)).write(0, contents if isinstance(contents, bytes) else bytes(contents))

    def _add(self, path: str, directory: bool = False, read_only: bool = False) -> File:
        if parent_of(path).upper() not in self._names:
            raise ValueError(f"{path} has no directory {parent_of(path)}; name it first:  Volume(directories=[...])")
        file = self._names[path.upper()] = File(path, directory, read_only)
        return file

    def copy(self) -> Volume:
        """The same names and contents, nothing open."""
        other = Volume(())
        for key, file in self._names.items():
            copied = other._names[key] = File(file.path, file.directory, file.read_only)
            if file.size:
                copied.write(0, file.contents())
        return other

    def __iter__(self) -> Iterator[File]:
        return iter(sorted(self._names.values(), key=lambda file: file.path.upper()))

    def files(self, directory: str) -> dict[str, int]:
        """Name -> size in bytes of the files in a directory, by name."""
        path = checked_path(directory)
        found = self._names.get(path.upper())
        if found is None or not found.directory:
            raise ValueError(f"the volume has no directory {path}; it has: {', '.join(self.directories())}")
        prefix = path.upper() + "\\"
        return {
            file.path[len(prefix) :]: file.size
            for key, file in sorted(self._names.items())
            if not file.directory and key.startswith(prefix) and "\\" not in key[len(prefix) :]
        }

    def directories(self) -> list[str]:
        return [file.path for file in self if file.directory]

    def contents(self) -> tuple[tuple[str, bytes], ...]:
        """(path, contents) of every file, sorted: the file system as a value that can be compared."""
        return tuple((file.path, file.contents()) for file in self if not file.directory)

    def find(self, path: str) -> File | None:
        return self._names.get(path.upper())

    # -- what ZwCreateFile and ZwOpenFile do --------------------------------------------------------------------------

    def create(
        self,
        name: str,
        access: int,
        shared: int,
        disposition: int,
        options: int = FILE_SYNCHRONOUS_IO_NONALERT,
        attributes: int = 0,
    ) -> tuple[NTSTATUS, int, Open | None]:
        """Open or create: (status, IoStatusBlock.Information, the open or None)."""
        check_asked(access, attributes, options)
        status, path = self._judge(name, access, shared, disposition, options)
        if not NT_SUCCESS(status):
            return status, 0, None
        file, read_only = self._names.get(path.upper()), bool(attributes & FILE_ATTRIBUTE_READONLY)
        if file is None:
            file = self._add(path, bool(options & FILE_DIRECTORY_FILE), read_only)
            information = FILE_CREATED
        else:
            information = FOUND[disposition]
            if information != FILE_OPENED:
                file.truncate()
                file.read_only = read_only
        opened = Open(file, access_of(access), shared, bool(options & SYNCHRONOUS))
        file.opens.append(opened)
        return STATUS_SUCCESS, information, opened

    def _judge(self, name: str, access: int, shared: int, disposition: int, options: int) -> tuple[NTSTATUS, str]:
        """Whether `create` would succeed, without doing it; and the path."""
        status, path = judge_asked(access, shared, disposition, options), nt_path(name)
        if not NT_SUCCESS(status):
            return status, ""
        if isinstance(path, NTSTATUS):
            return path, ""
        file, parent = self._names.get(path.upper()), self._names.get(parent_of(path).upper())
        as_directory = name.endswith("\\")  # only a directory is named so
        if file is None:
            if parent is None or not parent.directory:
                return STATUS_OBJECT_PATH_NOT_FOUND, path
            if parent.delete_pending:
                return STATUS_DELETE_PENDING, path
            if disposition not in CREATES:
                return STATUS_OBJECT_NAME_NOT_FOUND, path
            wrong = as_directory and not options & FILE_DIRECTORY_FILE
            return (STATUS_OBJECT_NAME_INVALID if wrong else STATUS_SUCCESS), path
        if as_directory and not file.directory and not options & FILE_DIRECTORY_FILE and not file.delete_pending:
            return STATUS_OBJECT_NAME_INVALID, path
        return judge_existing(file, access_of(access), shared, disposition, options), path

    # -- what is done to a name through a handle ----------------------------------------------------------------------

    def rename(self, opened: Open, target: str, replace: bool) -> NTSTATUS:
        """FileRenameInformation: only the name moves; data, handles and share records stay with the file."""
        file, path = opened.file, self.target(opened, target)
        if isinstance(path, NTSTATUS):
            return path
        status = self._judge_rename(opened, path, replace, by_path="\\" in target)
        if NT_SUCCESS(status):
            old = file.path
            for moved in [file, *self._below(file)]:
                del self._names[moved.path.upper()]
                moved.path = path + moved.path[len(old) :]
                self._names[moved.path.upper()] = moved
        return status

    @staticmethod
    def target(opened: Open, name: str) -> str | NTSTATUS:
        """The path that a rename names; a simple name, without a path, is one in the file's own directory."""
        if name.endswith("\\"):
            raise not_simulated("a new name that ends in a backslash", f"type:  {name.rstrip(chr(92))}")
        if not name or "\\" in name:
            return nt_path(name)
        return nt_path(f"\\??\\{parent_of(opened.file.path)}\\{name}")

    def _judge_rename(self, opened: Open, path: str, replace: bool, by_path: bool) -> NTSTATUS:
        file, there, parent = opened.file, self._names.get(path.upper()), self._names.get(parent_of(path).upper())
        if not opened.granted & DELETE:
            return STATUS_ACCESS_DENIED
        if path[0].upper() != file.path[0].upper():
            return STATUS_NOT_SAME_DEVICE
        if parent is None or not parent.directory:
            return STATUS_OBJECT_PATH_NOT_FOUND
        if parent.delete_pending:
            return STATUS_DELETE_PENDING
        if file.directory and f"{parent.path}\\".upper().startswith(f"{file.path}\\".upper()):  # into itself
            return STATUS_INVALID_PARAMETER
        # The I/O manager opens the target's directory to add a file to it, where a path names that.
        if by_path and not parent.admits(FILE_WRITE_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE):
            return STATUS_SHARING_VIOLATION
        if there is file:
            return STATUS_SUCCESS
        if file.directory and any(child.opens for child in self._below(file)):
            return STATUS_ACCESS_DENIED
        if there is None:
            return STATUS_SUCCESS
        if not replace:
            return STATUS_OBJECT_NAME_COLLISION
        return STATUS_ACCESS_DENIED if there.opens or there.directory or there.read_only else STATUS_SUCCESS

    def set_disposition(self, opened: Open, delete: bool) -> NTSTATUS:
        """FileDispositionInformation: the file goes when its last handle is closed."""
        file = opened.file
        if not opened.granted & DELETE:
            return STATUS_ACCESS_DENIED
        if delete and (file.read_only or not parent_of(file.path)):
            return STATUS_CANNOT_DELETE
        if delete and any(self._below(file)):
            return STATUS_DIRECTORY_NOT_EMPTY
        file.delete_pending = delete
        return STATUS_SUCCESS

    def close(self, opened: Open) -> bool:
        """Drop the share record; True where this was the last handle of a file to be deleted."""
        file = opened.file
        file.opens.remove(opened)
        if file.delete_pending and not file.opens:
            del self._names[file.path.upper()]
            return True
        return False

    def _below(self, file: File) -> list[File]:
        prefix = file.path.upper() + "\\"
        return [child for key, child in self._names.items() if key.startswith(prefix)] if file.directory else []

    # -- footprints ---------------------------------------------------------------------------------------------------

    def create_cells(self, name: str, access: int, shared: int, disposition: int, options: int) -> Footprint:
        """name: W if the call makes it, else R; share: W if granted, R if refused; data: W if it is replaced."""
        status, path = self._judge(name, access, shared, disposition, options)
        if not path:
            return
        file, granted = self._names.get(path.upper()), NT_SUCCESS(status)
        yield ("name", path.upper()), granted and file is None
        yield ("name", parent_of(path).upper()), False
        if file is not None:
            yield ("share", file), granted
            if disposition not in (FILE_OPEN, FILE_OPEN_IF, FILE_CREATE):
                yield ("data", file), granted

    def rename_cells(self, opened: Open, target: str) -> Footprint:
        """Both names, and their directories'; the share records of file, target and its directory; for a directory, all
        that is in it."""
        path = self.target(opened, target)
        yield ("name", opened.file.path.upper()), True
        yield ("name", parent_of(opened.file.path).upper()), False  # which has one name less in it
        yield ("share", opened.file), True
        if isinstance(path, str):
            yield ("name", path.upper()), True
            yield ("name", parent_of(path).upper()), False
            parent, there = (self._names.get(name.upper()) for name in (parent_of(path), path))
            if parent is not None:
                yield ("share", parent), False
            if there is not None:
                yield ("share", there), True
        for child in self._below(opened.file):
            yield ("name", child.path.upper()), True
            if isinstance(path, str):
                yield ("name", (path + child.path[len(opened.file.path) :]).upper()), True
            yield ("share", child), True

"""A function's stack frame as bytes (x64): what a copy past the end of one local does to the next ones."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.lines import learners_frame, line_of
from kevent_sim.machine.memory import EMBEDDED, Structure, place_new, sizeof
from kevent_sim.machine.ntstatus import NTSTATUS, BugCheck
from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.regions import Region, end_frames, new_frame, stop_machine
from kevent_sim.machine.structures import FILE_RENAME_INFORMATION, HANDLE, IO_STATUS_BLOCK

__all__ = ["StackFrame"]

COOKIE, RETURN_ADDRESS, CALLER = "/GS cookie", "return address", "caller's frame"
SECURITY_COOKIE = 0x2B99_2DDF_A232  # the compiler's default value; a real one differs from boot to boot
_ALIGNMENT, _WORD, _CALLER_BYTES = 8, 8, 128


class Local(NamedTuple):
    """A local variable: where it begins, counted from the frame's lowest address, and how many bytes it has."""

    name: str
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


class StackFrame:
    r"""The locals of one call, from the lowest address up; above them the /GS cookie and what belongs to the caller.

    A local is HANDLE, IO_STATUS_BLOCK, FILE_RENAME_INFORMATION, or a number of WCHARs. To read or write one is to read
    or write its bytes, so a name that is copied past the end of its FILE_RENAME_INFORMATION lands in what lies above.
    Which order the locals have is the compiler's choice; here it is the order in which they are given. In a driver:
    `with StackFrame(...) as frame:`, and at its end the cookie is compared, as at a function's return under /GS: bug
    check 0xF7 if it has changed. Source: Microsoft C++, "/GS (Buffer Security Check)".

    A local may also be KEVENT, KSEMAPHORE, KMUTEX, FAST_MUTEX or a Structure, whose address other threads may get. It
    lives until the `with` is left, at the latest until its thread's start routine returns; one that is written over is
    no longer used. Using it afterwards stops the machine: bug check 0x139, as on its page, "Bug Check 0x139:
    KERNEL_SECURITY_CHECK_FAILURE".

    >>> frame = StackFrame({"renameInfo": FILE_RENAME_INFORMATION, "hFile": HANDLE, "path": 30})
    >>> frame.hFile.value = 4
    >>> frame.renameInfo.FileName = "\\??\\C:\\a"
    >>> frame
    stack frame, lowest address first; 12 bytes written past the end of renameInfo
       0  renameInfo       24 bytes
      24  hFile             8 bytes  8 of them from renameInfo: '?\\C:'
      32  path             60 bytes  4 of them from renameInfo: '\\a'
      96  /GS cookie        8 bytes
     104  return address    8 bytes
     112  caller's frame  128 bytes
    >>> hex(frame.hFile.value)
    '0x3a0043005c003f'
    """

    def __init__(self, locals: Mapping[str, Any]) -> None:
        self._locals: dict[str, Local] = {}
        self._types = dict(locals)
        self._objects: dict[str, Any] = {}
        self._regions: dict[str, Region] = {}
        owner = learners_frame().f_code.co_name
        for name, kind in locals.items():
            if _others_use(kind):
                region = self._regions[name] = new_frame(owner) or Region("stack frame", owner)
                self._objects[name] = _laid(name, kind, region)
        end = 0
        for name, kind in [*locals.items(), (COOKIE, _WORD), (RETURN_ADDRESS, _WORD), (CALLER, _CALLER_BYTES)]:
            size = _size(name, kind) if name in locals else kind
            self._locals[name] = Local(name, end, size)
            end += -(-size // _ALIGNMENT) * _ALIGNMENT
        self._bytes = bytearray(end)
        self._writers: list[str] = [""] * end  # of each byte: the local through which it was written last
        self._write(COOKIE, 0, SECURITY_COOKIE.to_bytes(_WORD, "little"))

    def __getattr__(self, name: str) -> Any:
        kind = self.__dict__.get("_types", {}).get(name)
        if kind is None:
            raise AttributeError(f"the frame has no local {name}")
        if name in self._objects:
            return self._objects[name]
        if kind in _VIEWS:
            return _VIEWS[kind](self, name)
        return _text(self._read(name, 0, 2 * kind)).partition("\0")[0]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        if name not in self._types or self._types[name] in _VIEWS or name in self._objects:
            raise AttributeError(f"the frame has no array of WCHARs named {name}")
        if len(value) >= self._types[name]:
            raise ValueError(f"{name} has room for {self._types[name] - 1} characters and a 0, not for {len(value)}")
        self._write(name, 0, _wide(value + "\0"))

    def _read(self, name: str, offset: int, size: int) -> bytes:
        start = self._locals[name].start + offset
        return bytes(self._bytes[start : start + size])

    def _write(self, name: str, offset: int, data: bytes) -> None:
        start = self._locals[name].start + offset
        if start + len(data) > len(self._bytes):
            raise ValueError(f"{len(data)} bytes from {name} on are more than the frame and its caller's have")
        self._bytes[start : start + len(data)] = data
        self._writers[start : start + len(data)] = [name] * len(data)
        for other, region in self._regions.items():
            local = self._locals[other]
            if start < local.end and local.start < start + len(data):
                frame = learners_frame()
                end_frames(f"bytes of {name} were written over it", [region], line_of(frame.f_code, frame.f_lasti))

    def room_above(self, name: str) -> int:
        """Bytes from a local's first one to the last that this frame knows."""
        return len(self._bytes) - self._locals[name].start

    def overwritten(self) -> dict[str, int]:
        """Local -> how many of its bytes were last written through another one; without those that have none."""
        counts = {local.name: len(self._strange(local)) for local in self._locals.values()}
        return {name: count for name, count in counts.items() if count}

    def _strange(self, local: Local) -> range:
        """Where a local holds what was written through another one; one copy, so the bytes are in a row."""
        strange = [at for at in range(local.start, local.end) if self._writers[at] not in ("", local.name)]
        return range(strange[0], strange[-1] + 1) if strange else range(0)

    def _rows(self) -> list[tuple[Local, str]]:
        rows = []
        for local in self._locals.values():
            strange = self._strange(local)
            said = ""
            if strange:
                text = _text(bytes(self._bytes[strange.start : strange.stop]))
                said = f"{len(strange)} of them from {self._writers[strange.start]}: {_shortened(text)!r}"
            rows.append((local, said))
        return rows

    def _title(self) -> str:
        past = dict.fromkeys(writer for local in self._locals.values() for writer in self._foreign(local))
        told = [f"{self._past(name)} bytes written past the end of {name}" for name in past]
        return "; ".join(["stack frame, lowest address first", *(told or ["every local within its bounds"])])

    def _foreign(self, local: Local) -> list[str]:
        return [self._writers[at] for at in self._strange(local)[:1]]

    def _past(self, name: str) -> int:
        last = max(at for at, writer in enumerate(self._writers) if writer == name)
        return last + 1 - self._locals[name].end

    def __repr__(self) -> str:
        lines = [
            f"{local.start:4}  {local.name:14} {local.size:4} bytes  {said}".rstrip() for local, said in self._rows()
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        def row(local: Local, said: str) -> str:
            marks = -(-10 * len(self._strange(local)) // local.size)
            bar = f"<code>{'■' * marks}{'□' * (10 - marks)}</code>"
            cells = [str(local.start), html.escape(local.name), str(local.size), bar, html.escape(said) or "as it was"]
            return "<tr>" + "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells) + "</tr>"

        heads = "".join(
            f'<th style="text-align: left" scope="col">{head}</th>'
            for head in ("offset", "local", "bytes", "overwritten", "what it holds now")
        )
        rows = "".join(row(local, said) for local, said in self._rows())
        caption = f'<caption style="text-align: left; font-weight: bold">{html.escape(self._title())}</caption>'
        return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def __enter__(self) -> StackFrame:
        if self._regions and all(region.ended for region in self._regions.values()):
            raise Misuse("a StackFrame belongs to one call, which has returned; make one where the function begins")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """The function returns: its objects end, its cookie is compared. That of one that is left by an error, or
        never, is not looked at. Where the simulator itself gives up a coroutine, nobody returns."""
        if kind is GeneratorExit:
            return
        end_frames(f"{learners_frame().f_code.co_name} has returned", self._regions.values())
        found = int.from_bytes(self._read(COOKIE, 0, _WORD), "little")
        if kind is None and found != SECURITY_COOKIE:
            text = _shortened(_text(self._read(COOKIE, 0, _WORD)))
            reason = f"the function returns, and where its /GS cookie was there is {text!r}"
            stop_machine(BugCheck(0xF7, reason, found, SECURITY_COOKIE, SECURITY_COOKIE ^ 0xFFFF_FFFF_FFFF_FFFF))


def _size(name: str, kind: Any) -> int:
    if kind in _VIEWS or _others_use(kind):
        return _SIZES[kind] if kind in _SIZES else sizeof(kind)
    if not whole_number(kind) or kind < 1:
        known = ", ".join(each.__name__ for each in (*_VIEWS, *EMBEDDED))
        raise TypeError(f"{name} is {known}, a Structure or a number of WCHARs, not {kind!r}")
    return 2 * kind


def _others_use(kind: Any) -> bool:
    """Is it something that other threads use, too, where they are told of it?"""
    return kind in EMBEDDED or (isinstance(kind, type) and issubclass(kind, Structure))


def _laid(name: str, kind: Any, region: Region) -> Any:
    if kind in EMBEDDED:
        region.holds = kind(name, region)
    else:
        region.holds = kind()
        place_new(region.holds, region)
    return region.holds


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _text(data: bytes) -> str:
    return data.decode("utf-16-le", "replace")


def _shortened(text: str) -> str:
    return text if len(text) <= 34 else text[:30] + " ..."


# -- locals, as the routines take them ---------------------------------------------------------------------------------


def _number(offset: int, size: int, made: Callable[[int], Any] = int) -> Any:
    def get(view: Any) -> Any:
        return made(int.from_bytes(view._frame._read(view._name, offset, size), "little"))

    def put(view: Any, value: Any) -> None:
        view._frame._write(view._name, offset, int(value or 0).to_bytes(size, "little"))

    return property(get, put)


class _View:
    def __init__(self, frame: StackFrame, name: str) -> None:
        self._frame, self._name = frame, name
        self.name = name
        self.region: Region | None = None


class _Handle(_View, HANDLE):
    value = _number(0, 8)


class _StatusBlock(_View, IO_STATUS_BLOCK):
    Status = _number(0, 4, NTSTATUS)
    Information = _number(8, 8)


class _Rename(_View, FILE_RENAME_INFORMATION):
    """The kernel believes the Length that it is told, and reads on past the 24 bytes, as the copy wrote."""

    ReplaceIfExists = _number(0, 1, bool)
    RootDirectory = _number(8, 8, lambda value: value or None)
    FileNameLength = _number(16, 4)

    def __init__(self, frame: StackFrame, name: str) -> None:
        super().__init__(frame, name)
        self.NumberOfBytes = frame.room_above(name)

    def _name_in_memory(self) -> str:
        return _text(self._frame._read(self._name, 20, self.FileNameLength))

    def _copy_name(self, text: str) -> None:
        self._frame._write(self._name, 20, _wide(text))

    FileName: Any = property(_name_in_memory, _copy_name)


_VIEWS: dict[Any, type[_View]] = {
    HANDLE: _Handle,
    IO_STATUS_BLOCK: _StatusBlock,
    FILE_RENAME_INFORMATION: _Rename,
}
_SIZES = {HANDLE: 8, IO_STATUS_BLOCK: 16, FILE_RENAME_INFORMATION: FILE_RENAME_INFORMATION.SIZE, **EMBEDDED}

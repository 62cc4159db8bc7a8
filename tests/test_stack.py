"""A stack frame is bytes: what a copy past the end of a local does is what lies above it."""

from __future__ import annotations

import struct

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import all_moved, rename_on_stack
from kevent_sim.samples.drivers.rename_on_stack import ARRAYS_ABOVE, COOKIE_ABOVE, HANDLE_ABOVE, LAYOUTS

FILES = (0, 9, 10, 99, 100, 999)
REAL = struct.Struct("<?7xQI")  # ReplaceIfExists, RootDirectory, FileNameLength; FileName follows


def target(i: int) -> str:
    return f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt"


def filled(layout: int, i: int) -> StackFrame:
    """The frame behind the driver's copy of the i-th name."""
    frame = StackFrame(LAYOUTS[layout])
    frame.hFile.value = (3 << 32) + 4
    frame.oldFilePath, frame.newFilePath = f"\\DosDevices\\C:\\Temp\\file_{i}.txt", target(i)
    frame.renameInfo.ReplaceIfExists = True
    frame.renameInfo.FileNameLength = 2 * len(frame.newFilePath)
    frame.renameInfo.FileName = frame.newFilePath
    return frame


def expected(layout: int, i: int) -> bytes:
    """The same bytes, laid out by hand: each local on an 8-byte boundary, then the cookie and what is the caller's."""
    sizes = {"hFile": 8, "ioStatusBlock": 16, "renameInfo": 24, "oldFilePath": 304, "newFilePath": 304}
    parts = {
        "hFile": struct.pack("<Q", (3 << 32) + 4),
        "renameInfo": REAL.pack(True, 0, 2 * len(target(i))),
        "oldFilePath": f"\\DosDevices\\C:\\Temp\\file_{i}.txt".encode("utf-16-le"),
        "newFilePath": target(i).encode("utf-16-le"),
    }
    memory = b"".join(parts.get(name, b"").ljust(sizes[name], b"\0") for name in LAYOUTS[layout])
    memory += struct.pack("<Q", 0x2B992DDFA232) + bytes(8 + 128)
    at = sum(sizes[name] for name in list(LAYOUTS[layout])[: list(LAYOUTS[layout]).index("renameInfo")]) + 20
    name = target(i).encode("utf-16-le")
    return memory[:at] + name + memory[at + len(name) :]


def run_of(layout: int, files: int = 3) -> ks.Run:
    return ks.run(rename_on_stack, FileCount=files, WriteCount=1, Layout=layout)


@pytest.mark.parametrize("layout", range(3))
@pytest.mark.parametrize("i", FILES)
def test_a_frame_holds_the_bytes_that_c_would_have_there(layout, i):
    assert bytes(filled(layout, i)._bytes) == expected(layout, i)


@pytest.mark.parametrize("layout", range(3))
@pytest.mark.parametrize(("i", "past"), list(zip(FILES, (64, 64, 66, 66, 68, 68), strict=True)))
def test_the_bytes_past_the_end_are_those_that_other_locals_lose(layout, i, past):
    frame = filled(layout, i)
    assert sum(frame.overwritten().values()) == past
    assert f"{past} bytes written past the end of renameInfo" in repr(frame)
    assert f"{past} bytes written past the end of renameInfo" in frame._repr_html_()


def test_who_is_overwritten_depends_on_the_layout_alone():
    assert filled(ARRAYS_ABOVE, 0).overwritten() == {"oldFilePath": 64}
    assert filled(HANDLE_ABOVE, 0).overwritten() == {
        "hFile": 8, "ioStatusBlock": 16, "/GS cookie": 8, "return address": 8, "caller's frame": 24,
    }  # fmt: skip
    assert filled(COOKIE_ABOVE, 0).overwritten() == {"/GS cookie": 8, "return address": 8, "caller's frame": 48}


def test_a_local_that_is_written_anew_is_its_own_again():
    frame = filled(ARRAYS_ABOVE, 0)
    frame.oldFilePath = "a" * 149
    assert frame.overwritten() == {}
    assert "every local within its bounds" in repr(frame)
    assert frame.oldFilePath == "a" * 149


def test_what_fits_touches_no_other_local():
    frame = StackFrame({"renameInfo": FILE_RENAME_INFORMATION, "hFile": HANDLE})
    frame.renameInfo.FileName = "ab"
    assert frame.overwritten() == {}


def test_with_arrays_above_every_file_moves_and_no_order_shows_the_bug():
    assert all_moved(run_of(ARRAYS_ABOVE, files=12))
    assert ks.explore(rename_on_stack, all_moved, FileCount=2, WriteCount=1, Layout=ARRAYS_ABOVE).verdict == "holds"


def test_with_the_handle_above_the_rename_fails_unread_and_the_close_stops_the_machine():
    run = run_of(HANDLE_ABOVE)
    results = dict(zip((r.name for r in run.columns["routine"]), run.columns["result"], strict=True))
    assert results["ZwSetInformationFile"] is STATUS_INVALID_HANDLE
    assert (run.bugcheck.code, run.bugcheck.parameters[1]) == (0x93, 1)
    assert run.bugcheck.parameters[0].to_bytes(8, "little") == target(0).encode("utf-16-le")[4:12]
    assert run.columns["routine"][-1].name == "ZwClose"
    assert line(run) == "await ZwClose(hFile)"
    assert run.files("C:\\Temp2") == {}


def test_with_the_cookie_above_every_file_moves_and_the_return_stops_the_machine():
    run = run_of(COOKIE_ABOVE)
    found, wanted, complement, _ = run.bugcheck.parameters
    assert run.bugcheck.code == 0xF7
    assert found.to_bytes(8, "little") == target(2).encode("utf-16-le")[4:12]
    assert wanted + complement == 2**64 - 1
    assert line(run).startswith("with StackFrame(")
    assert len(run.files("C:\\Temp2")) == 3


def line(run: ks.Run) -> str:
    with open(rename_on_stack.__file__, encoding="utf-8") as source:
        return source.readlines()[run.bugcheck.line - 1].strip()


def test_a_layout_that_there_is_not_is_refused_by_the_driver():
    assert run_of(3).status is STATUS_INVALID_PARAMETER


def test_the_cookie_is_looked_at_when_the_function_returns_and_not_when_it_is_left_by_an_error():
    def leave(error: Exception | None) -> None:
        with filled(COOKIE_ABOVE, 0):
            if error is not None:
                raise error

    with pytest.raises(ks.BugCheck, match="DRIVER_OVERRAN_STACK_BUFFER"):
        leave(None)
    with pytest.raises(LookupError):
        leave(LookupError())


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda: StackFrame({"x": str}), "number of WCHARs"),
        (lambda: StackFrame({"x": 0}), "number of WCHARs"),
        (lambda: StackFrame({"x": 4}).y, "no local y"),
        (lambda: setattr(StackFrame({"x": 4}), "x", "four"), "room for 3 characters"),
        (lambda: setattr(StackFrame({"x": HANDLE}), "x", "four"), "no array of WCHARs named x"),
        (lambda: setattr(StackFrame({"x": FILE_RENAME_INFORMATION}).x, "FileName", "a" * 999), "more than the frame"),
    ],
)
def test_a_frame_says_what_it_cannot_be(wrong, text):
    with pytest.raises((TypeError, AttributeError, ValueError), match=text):
        wrong()

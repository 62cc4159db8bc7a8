"""What a driver prints for a debugger. It is not a step: it changes nothing that another thread could see."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import CodeType
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.current import Current
from kevent_sim.machine.lines import learners_frame
from kevent_sim.machine.ntstatus import NTSTATUS, STATUS_SUCCESS
from kevent_sim.machine.numbers import signed
from kevent_sim.machine.objects import DispatcherObject, told
from kevent_sim.machine.structures import HANDLE, PVOID, UNICODE_STRING

DPFLTR_IHVDRIVER_ID, DPFLTR_DEFAULT_ID = 77, 101
DPFLTR_ERROR_LEVEL, DPFLTR_WARNING_LEVEL, DPFLTR_TRACE_LEVEL, DPFLTR_INFO_LEVEL = range(4)
_MOST_BYTES = 512  # of one call

# (text, whether it needs PASSIVE_LEVEL, code object, instruction)
Printer = Callable[[str, bool, CodeType, int], None]
_printer: Current[Printer] = Current()
printed_by = _printer.set_to


def DbgPrint(Format: str, *Arguments: Any) -> NTSTATUS:
    r"""Send a line to the debugger: it is kept in `run.output`, and one thread's lines are `run.printed(thread)`.

    It is not awaited: no step, no choice of who goes next. All of it is shown; since Windows Vista a debugger shows by
    default only what is of DPFLTR_ERROR_LEVEL, which this is not.
    Parameters: `Format`, as of C's printf, without floating point: %d %i %u %x %X %o %c %s %S %ws %wZ %p, with flags,
    width, precision and the sizes h, l, ll, I32, I64; `Arguments`, numbers and texts. Where C gives an address, give
    the object: %wZ takes a UNICODE_STRING, %p a handle, a number or an object, which it shows by its name.
    Returns STATUS_SUCCESS. Raises Misuse for a format that is not simulated, too few or too many arguments, and at
    raised IRQL for those that need PASSIVE_LEVEL: %S %ws %wZ.
    Bug checks: none.
    IRQL: any (PASSIVE_LEVEL with Unicode formats).
    Source: WDK, "DbgPrint function (wdm.h)"; "Reading and Filtering Debugging Messages".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     DbgPrint("file %03d of %wZ: 0x%08X\n", 7, UNICODE_STRING("C:"), STATUS_SHARING_VIOLATION)
    ...     return STATUS_SUCCESS
    >>> print(run(DriverEntry).output[0].text, end="")
    file 007 of C:: 0xC0000043
    """
    return _print("DbgPrint", Format, Arguments)


def DbgPrintEx(ComponentId: int, Level: int, Format: str, *Arguments: Any) -> NTSTATUS:
    r"""Send a line to the debugger on behalf of a component, whose filter on Windows decides whether it is shown.

    Parameters: `ComponentId`, such as DPFLTR_IHVDRIVER_ID; `Level`, such as DPFLTR_INFO_LEVEL: whatever they are, the
    line is kept; `Format`, `Arguments` as of DbgPrint.
    Returns STATUS_SUCCESS. Raises what DbgPrint does, and TypeError where the first two are not numbers.
    Bug checks: none.
    IRQL: any (PASSIVE_LEVEL with Unicode formats).
    Source: WDK, "DbgPrintEx function (wdm.h)"; "Reading and Filtering Debugging Messages".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "status %x\n", STATUS_TIMEOUT)
    ...     return STATUS_SUCCESS
    >>> print(run(DriverEntry).output[0].text, end="")
    status 102
    """
    for name, value in (("ComponentId", ComponentId), ("Level", Level)):
        if not isinstance(value, int):
            raise TypeError(f"{name} is a number such as DPFLTR_IHVDRIVER_ID or DPFLTR_INFO_LEVEL, not {value!r}")
    return _print("DbgPrintEx", Format, Arguments)


def KdPrint(Arguments: Any) -> NTSTATUS:
    r"""DbgPrint in a checked build, as which a driver is built here; in a free build it is nothing.

    Parameters: `Arguments`, a format, or a tuple of a format and what goes into it: hence C's double parentheses.
    Returns STATUS_SUCCESS. Raises what DbgPrint does.
    Bug checks: none.
    IRQL: any (PASSIVE_LEVEL with Unicode formats).
    Source: WDK, "KdPrint macro (wdm.h)".

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.ntifs import *
    >>> async def DriverEntry(DriverObject, RegistryPath):
    ...     KdPrint(("moved %d files\n", 1000))
    ...     return STATUS_SUCCESS
    >>> print(run(DriverEntry).output[0].text, end="")
    moved 1000 files
    """
    Format, *rest = Arguments if isinstance(Arguments, tuple) else (Arguments,)
    return _print("KdPrint", Format, tuple(rest))


def _print(routine: str, Format: Any, Arguments: tuple[Any, ...]) -> NTSTATUS:
    return send(routine, *_formatted(routine, Format, Arguments))


def send(routine: str, text: str, passive: bool) -> NTSTATUS:
    """Keep what a line of the driver's prints; `passive`: it has a format for Unicode.

    Raises:
        Misuse: no driver runs here, or its thread is not at PASSIVE_LEVEL where it has to be.
    """
    if _printer.now is None:
        raise Misuse(f"{routine} is called by a thread of a driver, but no driver runs here; use print()")
    frame = learners_frame()
    _printer.now(text.encode()[:_MOST_BYTES].decode(errors="ignore"), passive, frame.f_code, frame.f_lasti)
    return STATUS_SUCCESS


_DIRECTIVE = re.compile(r"%(?P<flags>[-+ #0]*)(?P<width>\d*(?:\.\d+)?)(?P<size>hh|h|ll|l|I64|I32|I|w|)(?P<kind>.|$)")
_WIDE = ("ll", "I64", "I")  # 64 bits


def _formatted(routine: str, Format: Any, Arguments: tuple[Any, ...]) -> tuple[str, bool]:
    """The text, and whether it has a format for Unicode."""
    if not isinstance(Format, str):
        raise TypeError(f"{routine} takes a format first, not {Format!r}")
    left, passive = list(Arguments), False

    def one(found: re.Match[str]) -> str:
        nonlocal passive
        directive, kind = found[0], found["kind"]
        if directive == "%%":
            return "%"
        if kind not in "diuxXocsSZp" or not kind or (kind == "Z" and found["size"] != "w"):
            point = "; there is no floating point in the kernel's formats" if kind in "eEfgGaA" and kind else ""
            raise Misuse(f"{routine}: {directive!r} is not simulated{point}")
        if not left:
            raise Misuse(f"{routine}: nothing is left for {directive} in {Format!r}")
        passive |= kind in "SZ" or (kind == "s" and found["size"] in ("l", "w"))
        return _converted(routine, found, left.pop(0))

    text = _DIRECTIVE.sub(one, Format)
    if left:
        raise Misuse(f"{routine}: {Format!r} has nothing for {left[0]!r}")
    return text, passive


def _converted(routine: str, found: re.Match[str], value: Any) -> str:
    kind, how = found["kind"], "%" + found["flags"] + found["width"]
    takes: tuple[type, ...] = {"p": (int, HANDLE, PVOID, DispatcherObject, type(None)), "Z": (UNICODE_STRING,)}.get(
        kind, (str,) if kind in "sS" else (int, str) if kind == "c" else (int,)
    )
    fits = isinstance(value, takes) and not (kind == "c" and isinstance(value, str) and len(value) != 1)
    if not fits:
        raise Misuse(f"{routine}: {found[0]} is for {' or '.join(each.__name__ for each in takes)}, not {value!r}")
    if kind == "p":
        return _pointer(value)
    if kind == "Z":
        return str((how + "s") % value.Buffer)
    if kind in "sSc":
        return str((how + kind.lower()) % value)
    bits = 64 if found["size"] in _WIDE else {"h": 16, "hh": 8}.get(found["size"], 32)
    number = signed(value, bits) if kind in "di" else int(value) & (1 << bits) - 1
    return (how + ("d" if kind in "diu" else kind)) % number


def _pointer(value: Any) -> str:
    if isinstance(value, PVOID):
        value = value.Object
    if isinstance(value, DispatcherObject):
        return told(value)
    number = value.value if isinstance(value, HANDLE) else value or 0
    return f"{number & (1 << 64) - 1:016X}" if isinstance(number, int) else type(number).__name__

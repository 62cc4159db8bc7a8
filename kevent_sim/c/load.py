"""`ks.c.load`: C text to a driver."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from kevent_sim.c.boot import boot
from kevent_sim.c.errors import CError, CWarning, Place, Text, nearest
from kevent_sim.c.lower import Lowered, lower
from kevent_sim.c.parameters import camel, check_given, literal, put
from kevent_sim.c.parse import parsed
from kevent_sim.c.preprocess import preprocess
from kevent_sim.c.tokens import source
from kevent_sim.machine.absent import refusal

_TECHNICAL = re.compile(r"_|\w+_H_*$")  # what guards a header, or tells the WDK for which Windows one builds
ENTRY = "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)"


class CDriver(ModuleType):
    """A driver that was loaded from C: as good as a module of the samples.

    `text` is the C, `python` what it became, `PARAMETERS` its parameters with their defaults, `DriverEntry` its entry.
    """

    text: str
    python: str
    PARAMETERS: dict[str, int]
    DriverEntry: Any

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.PARAMETERS.items())
        return f"<C driver {self.__name__}: {parameters or 'no parameters'}>"


def load(
    text_or_path: str | Path,
    name: str | None = None,
    headers: Mapping[str, str] | None = None,
    frames: Mapping[str, Sequence[str]] | None = None,
    **parameters: int,
) -> CDriver:
    """A driver, from the text of a .c file, or from its path.

    A `#define FILE_COUNT 1000` is a parameter FileCount by itself, and `FileCount=20` here gives it another default.
    Where the text has no such #define, `FileCount=1000` makes every loop bound that is written as 1000 this parameter.

    Parameters:
        text_or_path: C, or where a file of C is; its own headers may lie beside it.
        name: what the text is called in messages; the file's name where there is one.
        headers: the texts of the driver's own headers, by the names by which they are included.
        frames: function -> its locals in memory, from the lowest address up, in place of the order that /GS prefers;
            those that are not named lie below them.
        parameters: defaults, by name.

    Raises:
        CError: the text is no C, or asks for what is not simulated; it shows the line.
        ValueError: a parameter is neither a #define nor the bound of a loop; a frame is of no function, or has no such
            local in memory.
        TypeError: a header is no text, or a parameter no whole number.

    >>> driver = load('''#include <ntifs.h>
    ... #define COUNT 3
    ... NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    ...     for (int i = 0; i < COUNT; i++) DbgPrint("once more\\\\n");
    ...     return STATUS_SUCCESS;
    ... }''', name="count.c")
    >>> driver
    <C driver count: Count=3>
    """
    for header, given in (headers or {}).items():
        if not isinstance(given, str):
            raise TypeError(f"headers are texts by their names, and {header!r} is {given!r}")
    text, path = _read(text_or_path)
    name = name or (path.name if path else "driver.c")
    found = headers or {}
    program = _Program(source(name, text), found if path is None else _Beside(path.parent, found), parameters)
    _check_frames(name, program.lowered, frames or {})
    _warn(name, program.lowered)
    driver = CDriver(re.sub(r"\W", "_", Path(name).stem))
    driver.text, driver.python, driver.PARAMETERS = text, program.lowered.python, program.defaults
    driver.DriverEntry = _entry(program, driver, frames or {})
    return driver


def _read(text_or_path: str | Path) -> tuple[str, Path | None]:
    if isinstance(text_or_path, str) and ("\n" in text_or_path or not text_or_path.endswith((".c", ".C"))):
        if "\n" not in text_or_path and not re.search(r"[;{}#]", text_or_path):
            raise ValueError(f"load takes C, or the path of a .c file, not {text_or_path!r}")
        return text_or_path, None
    path = Path(text_or_path)
    content = path.read_bytes()
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n"), path


class _Beside(Mapping[str, str]):
    """Headers that are handed in, and those in a folder, which are read when they are included."""

    def __init__(self, folder: Path, given: Mapping[str, str]) -> None:
        self.folder, self.given = folder, given

    def __getitem__(self, name: str) -> str:
        if name in self.given:
            return self.given[name]
        if not (self.folder / name).is_file():
            raise KeyError(name)
        return _read(self.folder / name)[0]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.given, *(each.name for each in self.folder.glob("*.h"))}))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Program:
    """A text, compiled for one set of values; for others it is compiled again when they are first asked for."""

    def __init__(self, text: Text, headers: Mapping[str, str] | None, given: Mapping[str, int]) -> None:
        self.text, self.headers = text, headers
        done = preprocess(text, headers)
        tree = parsed(done)
        self.macros = {
            camel(macro): (macro, value) for macro, value in done.numbers.items() if not _TECHNICAL.match(macro)
        }
        check_given(text.name, given, self.macros, tree)
        self.bounds = {name: value for name, value in given.items() if name not in self.macros}
        self.defaults = {name: value for name, (_, value) in self.macros.items()} | dict(given)
        self.compiled: dict[tuple[int, ...], tuple[Lowered, CodeType]] = {}
        if any(value != self.defaults[name] for name, (_, value) in self.macros.items()):
            self.lowered, _ = self.of(self.defaults)
        else:
            self.lowered = self.kept(self.defaults, tree)[0]

    def kept(self, values: Mapping[str, int], tree: Any) -> tuple[Lowered, CodeType]:
        lowered = lower(tree)
        if "DriverEntry" not in lowered.functions:
            near = nearest("DriverEntry", lowered.functions)
            hint = f"is {near} meant to be it?" if near else f"type  {ENTRY}"
            raise CError(Place(self.text, 1, 1), f"this driver has no DriverEntry; {hint}")
        check_entry(tree)
        made = lowered, lowered.code(self.text.name)
        self.compiled[tuple(values[name] for name in self.defaults)] = made
        return made

    def of(self, values: Mapping[str, int]) -> tuple[Lowered, CodeType]:
        """The text compiled for these values of its parameters."""
        if made := self.compiled.get(tuple(values[name] for name in self.defaults)):
            return made
        defines = {
            macro: literal(values[name]) for name, (macro, value) in self.macros.items() if values[name] != value
        }
        tree = parsed(preprocess(self.text, self.headers, defines))
        put(tree, {value: values[name] for name, value in self.bounds.items()})
        return self.kept(values, tree)


def check_entry(tree: Any) -> None:
    """Raise where DriverEntry does not take what it is called with."""
    for node in tree.ext:
        if type(node).__name__ == "FuncDef" and node.decl.name == "DriverEntry":
            parameters = node.decl.type.args.params if node.decl.type.args else []
            returned = node.decl.type.type.type
            if len(parameters) != 2:
                raise CError(node.decl.coord, f"DriverEntry takes two arguments; type  {ENTRY}")
            if type(returned).__name__ != "IdentifierType" or returned.names == ["void"]:
                raise CError(node.decl.coord, f"DriverEntry returns a status; type  {ENTRY}")


def _entry(program: _Program, driver: CDriver, frames: Mapping[str, Sequence[str]]) -> Any:
    """A DriverEntry of the driver's own, beside which its PARAMETERS stand."""

    module = f"c.{driver.__name__}"  # none of Python's own, as  queue.c  and  time.c  would be

    async def enter(DriverObject: Any, RegistryPath: Any) -> Any:
        lowered, code = program.of({**program.defaults, **RegistryPath.parameters})
        return await boot(lowered, code, module, program.text.name, frames, DriverObject, RegistryPath)

    lines = [f"{line}\n" for line in program.text.lines]
    linecache.cache[program.text.name] = (len(driver.text), None, lines, program.text.name)
    space = {"__name__": module, "__c__": True, "PARAMETERS": driver.PARAMETERS, "enter": enter}
    return FunctionType(_DriverEntry.__code__, space, "DriverEntry")


async def _DriverEntry(DriverObject: Any, RegistryPath: Any) -> Any:
    return await enter(DriverObject, RegistryPath)  # type: ignore[name-defined]  # noqa: F821


def _check_frames(name: str, lowered: Lowered, frames: Mapping[str, Sequence[str]]) -> None:
    """Raise where an order is given of what is not there."""
    for function, order in frames.items():
        there = [local for local, _ in lowered.frames.get(function, ())]
        if not there:
            known = ", ".join(lowered.frames) or "none"
            raise ValueError(f"{name} has no function {function} with locals in memory; there are: {known}")
        if strange := [local for local in order if local not in there]:
            raise ValueError(f"{function} has no local {strange[0]} in memory; it has: {', '.join(there)}")


def _warn(name: str, lowered: Lowered) -> None:
    """One warning for all that a compiler would warn of, and one for the routines that are not simulated."""
    if lowered.warnings:
        warnings.warn("\n".join(str(CError(place, text)) for place, text in lowered.warnings), CWarning, stacklevel=3)
    if lowered.missing:
        lacking = [f"{name} calls what is not simulated, and is refused where it does:"]
        for routine, place in lowered.missing.items():
            reason = refusal(routine)
            told = str(reason or "").partition("not simulated")[2].replace(f", {routine};", ";")
            lacking.append(f"    {_as_written(routine, place)}, line {place.line}{told}")
        warnings.warn("\n".join(lacking), CWarning, stacklevel=3)


def _as_written(routine: str, place: Place) -> str:
    """The routine, and the macro by which the reader calls it."""
    word = re.match(r"\w*", place.text.lines[place.line - 1][place.column - 1 :])
    return routine if word is None or word[0] in ("", routine) else f"{word[0]} ({routine})"

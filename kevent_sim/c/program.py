"""A driver's C, compiled: for its parameters' defaults when it is loaded, for other values once they are asked for."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

from kevent_sim.c.errors import CError, Place, Text, nearest
from kevent_sim.c.lower import Lowered, lower
from kevent_sim.c.parameters import camel, check_given, literal, put
from kevent_sim.c.parse import parsed
from kevent_sim.c.preprocess import preprocess
from kevent_sim.machine.lines import included

_TECHNICAL = re.compile(r"_|\w+_H_*$")  # what guards a header, or tells the WDK for which Windows one builds
ENTRY = "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)"


def read(text_or_path: str | Path) -> tuple[str, Path | None]:
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


class Beside(Mapping[str, str]):
    """Headers that are handed in, and those in a folder, which are read when they are included."""

    def __init__(self, folder: Path, given: Mapping[str, str]) -> None:
        self.folder, self.given = folder, dict(given)

    def __getitem__(self, name: str) -> str:
        if name not in self.given:
            if not (self.folder / name).is_file():
                raise KeyError(name)
            self.given[name] = read(self.folder / name)[0]
        return self.given[name]

    def __reduce__(self) -> Any:
        return dict, (dict(self),)  # the folder stays here

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.given, *(each.name for each in self.folder.glob("*.h"))}))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def listed(text: Text, of: Text | None = None) -> str:
    """The name by which the lines of a text are found from now on: its own, unless another text goes by that. What is
    not the text `of` a driver is included there, and its lines are told with its name.

    >>> listed(Text("here.c", ("int x;",))), listed(Text("here.c", ("int y;",))), listed(Text("here.c", ("int x;",)))
    ('here.c', 'here.c #2', 'here.c')
    """
    lines = [f"{line}\n" for line in text.lines]
    is_included = of not in (None, text)

    def may_be(name: str) -> bool:
        known = linecache.cache.get(name)
        return known is None or (known[2:3] == (lines,) and (name in included) == is_included)

    name = next(filter(may_be, (f"{text.name} #{number}" if number > 1 else text.name for number in count(1))))
    if is_included:
        included[name] = text.name
    linecache.cache[name] = sum(map(len, lines)), None, lines, name
    return name


class Program:
    """A text, compiled for one set of values; for others it is compiled again when they are first asked for.

    `defines`: macros that are defined before its first line, and are not parameters. `file`: by what name its lines are
    found.
    """

    def __init__(
        self,
        text: Text,
        headers: Mapping[str, str],
        given: Mapping[str, int],
        defines: Mapping[str, str] | None = None,
    ) -> None:
        self.text, self.headers, self.given, self.defines = text, headers, given, defines or {}
        self.file = listed(text)
        done = preprocess(text, headers, self.defines)
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

    def __reduce__(self) -> Any:
        return Program, (self.text, self.headers, self.given, self.defines)

    def followed_by(self, c: str, defines: Mapping[str, str]) -> Program:
        """The program whose text goes on, and before whose first line these macros are defined."""
        text = Text(self.text.name, (*self.text.lines, *c.splitlines()))
        return Program(text, self.headers, self.given, {**self.defines, **defines})

    def kept(self, values: Mapping[str, int], tree: Any) -> tuple[Lowered, CodeType]:
        lowered = lower(tree)
        if "DriverEntry" not in lowered.functions:
            near = nearest("DriverEntry", lowered.functions)
            hint = f"did you mean {near}?" if near else f"type  {ENTRY}"
            raise CError(Place(self.text, 1, 1), f"this driver has no DriverEntry; {hint}")
        check_entry(tree)
        made = lowered, lowered.code(self.file, lambda text: listed(text, self.text))
        self.compiled[tuple(values[name] for name in self.defaults)] = made
        return made

    def of(self, values: Mapping[str, int]) -> tuple[Lowered, CodeType]:
        """The text compiled for these values of its parameters."""
        if made := self.compiled.get(tuple(values[name] for name in self.defaults)):
            return made
        defines = {
            macro: literal(values[name]) for name, (macro, value) in self.macros.items() if values[name] != value
        }
        tree = parsed(preprocess(self.text, self.headers, {**self.defines, **defines}))
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

"""C drivers that are wrong about memory, and C drivers that are right: each is a file in data/c/memory.

A wrong one begins with `// kind: code`, and marks where it is found to be wrong by `// <- here`. It goes wrong in a run
under the default policy; with `stop` it is stopped, and goes wrong in its unload or by what that leaves behind. One of
the kind "race" completes: `ks.races` and `ks.explore` tell the line, and the other one, marked `// <- and here`.
One of the kind "cookie" goes on with memory="machine" to the line marked `// <- in machine`. A leak's line is that of
the allocation. An event is "overwritten" while a thread waits for it after ten seconds of delay: in an order in which
it does not wait yet, it begins to wait for what is no longer an event, and that is 0xA or 0xD5.

A right one completes with STATUS_SUCCESS, with no finding, and holds: in every order, and where it is stopped as well.
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "data" / "c" / "memory"
KINDS = (
    "uninitialised", "out of bounds", "use after free", "dead stack", "bad free", "leak", "null", "overwritten", "race",
    "read-only", "cookie", "division",
)  # fmt: skip


def lines_marked(text: str, mark: str) -> list[int]:
    """The numbers of the lines that end in `// <- mark`."""
    return [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(f"// <- {mark}")]


class Wrong(NamedTuple):
    """`code`: the bug check with memory="strict"; None where C leaves undefined what happens, or for a race."""

    name: str
    text: str
    kind: str
    code: int | None
    line: int

    @property
    def lines(self) -> list[int]:
        """All that take part in it: of a race both."""
        return sorted([self.line, *lines_marked(self.text, "and here")])

    @property
    def machine_line(self) -> int:
        """Where it stops with memory="machine", if that is another line."""
        return (lines_marked(self.text, "in machine") or [self.line])[0]

    @property
    def stop(self) -> bool:
        return stops(self.text)


class Right(NamedTuple):
    name: str
    text: str

    @property
    def stop(self) -> bool:
        return stops(self.text)


class Caught(NamedTuple):
    """A driver that handles what its line raises: it completes, and DriverEntry succeeds where the code is this."""

    name: str
    text: str
    code: int
    line: int


def stops(text: str) -> bool:
    """Can the driver be stopped?"""
    return "->DriverUnload = " in text


def texts(folder: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / folder).glob("*.c"))}


def wrong(name: str, text: str) -> Wrong:
    kind, code = text.partition("\n")[0].removeprefix("// ").split(": ")
    (line,) = lines_marked(text, "here")
    return Wrong(name, text, kind, None if code == "none" else int(code, 16), line)


def caught(name: str, text: str) -> Caught:
    (line,) = lines_marked(text, "here")
    return Caught(name, text, int(text.partition("\n")[0].removeprefix("// "), 16), line)


WRONG = tuple(wrong(name, text) for name, text in texts("wrong").items())
RIGHT = tuple(Right(name, text) for name, text in texts("right").items())
CAUGHT = tuple(caught(name, text) for name, text in texts("caught").items())

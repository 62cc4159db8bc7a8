"""Texts of C for tests, from tests/data/c: each under a line that begins with ===."""

from pathlib import Path

DATA = Path(__file__).parent / "data" / "c"
AROUND = (DATA / "around.h").read_text(encoding="utf-8")  # what the cases in memory.txt name


def cases(name: str) -> list[tuple[str, str]]:
    """(what stands behind ===, text) of a file, in order."""
    parts = (DATA / f"{name}.txt").read_text(encoding="utf-8").split("=== ")[1:]
    return [(head, body.strip()) for head, _, body in (part.partition("\n") for part in parts)]


def results(found: list[tuple[str, str]]) -> dict[str, tuple[str, int]]:
    """Name -> (text, result), where a head is `name: result`."""
    split = [(head.rpartition(": "), body) for head, body in found]
    return {name: (body, int(result)) for (name, _, result), body in split}

"""How much there is to try: a part of it everyday, all of it with `--long`.

conftest.py takes the option before any test is imported, so a module may choose by it for all its tests.
"""

from collections.abc import Iterable

long = False


def size(everyday: int, at_length: int) -> int:
    return at_length if long else everyday


def part(items: Iterable[str]) -> list[str]:
    """Each of them at length; everyday each third."""
    return list(items)[:: size(3, 1)]

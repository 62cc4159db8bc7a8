"""How much there is to try: a part of it everyday, all of it with `--long`.

conftest.py takes the option before any test is imported, so a module may choose by it for all its tests.
"""

long = False


def size(everyday: int, at_length: int) -> int:
    return at_length if long else everyday

"""How much of a kind a test tries: a part of it everyday, all of it with `--long`.

conftest.py takes the option before any test is imported, so a module may choose by it for all its tests.
"""

long = False


def size(everyday: int, everything: int) -> int:
    assert everyday <= everything
    return everything if long else everyday

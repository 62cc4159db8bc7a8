"""Random tests draw the same examples on every machine, and keep nothing on disk. What tests account for is printed."""

import pytest
from hypothesis import settings

settings.register_profile("course", derandomize=True, database=None, deadline=None)
settings.load_profile("course")

LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def account(request) -> list[str]:
    """Lines to print at the end of the test run, whether the tests pass or not."""
    return request.config.stash.setdefault(LINES, [])


def pytest_terminal_summary(terminalreporter, config) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)

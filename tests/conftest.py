"""Random tests draw the same examples on every machine, and keep nothing on disk; slides are exported once. What
tests account for is printed."""

from pathlib import Path

import pytest
from hypothesis import settings

from kevent_sim import setup_check, slides

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


@pytest.fixture(scope="session")
def talk(tmp_path_factory) -> Path:
    """The folder of the whole course as slides."""
    folder = tmp_path_factory.mktemp("slides") / "talk"
    slides.export(setup_check.notebooks(Path(__file__).parent.parent), folder)
    return folder

"""Random tests draw the same examples on every machine, and keep nothing on disk; slides are exported once."""

from pathlib import Path

import pytest
from hypothesis import settings

from kevent_sim import setup_check, slides

settings.register_profile("course", derandomize=True, database=None, deadline=None)
settings.load_profile("course")


@pytest.fixture(scope="session")
def talk(tmp_path_factory) -> Path:
    """The folder of the whole course as slides."""
    folder = tmp_path_factory.mktemp("slides") / "talk"
    slides.export(setup_check.notebooks(Path(__file__).parent.parent), folder)
    return folder

"""environment.yml (conda, Binder) asks for what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "environment.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = re.findall(r"^  - (\S+)$", TEXT.partition("\ndependencies:\n")[2], re.MULTILINE)


def test_conda_gets_the_same_libraries_within_the_same_bounds():
    pip = [text.partition(";")[0].strip() for text in PROJECT["dependencies"]]
    # matplotlib-base is conda's name for matplotlib without its Qt.
    conda = [text.replace("matplotlib-base", "matplotlib") for text in CONDA if not text.startswith(("python=", "pip"))]
    assert conda == pip


def test_conda_gets_a_python_that_the_package_admits():
    floor = re.fullmatch(r">=3\.(\d+)", PROJECT["requires-python"])
    minor = re.search(r"^  - python=3\.(\d+)$", TEXT, re.MULTILINE)
    assert int(minor[1]) >= int(floor[1])


def test_conda_installs_the_clone_itself_with_pip():
    assert TEXT.endswith("  - pip\n  - pip:\n      - -e .\n")


@pytest.mark.parametrize("channel", ["conda-forge", "nodefaults"])
def test_the_channels_are_the_free_ones(channel):
    assert f"  - {channel}\n" in TEXT.partition("dependencies:")[0]


def test_pyproject_asks_for_nothing_in_the_browser():
    assert all(text.endswith("; sys_platform != 'emscripten'") for text in PROJECT["dependencies"])

"""One list of what is needed: pyproject.toml's. conda, the workflow and the oldest environment follow it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import floors
import pytest

import kevent_sim

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


def test_the_floors_are_those_of_pyproject_one_for_each_library():
    asked = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    bounds = [re.match(r"([\w.-]+)>=([\d.]+)", text) for text in asked]
    assert floors.floors("test") == [f"{bound[1]}=={bound[2]}" for bound in bounds]


@pytest.mark.parametrize("place", [".ci/run", ".github/workflows/test.yml"])
def test_continuous_integration_tries_the_oldest_and_the_wheel(place):
    text = (ROOT / place).read_text(encoding="utf-8")
    for step in ("tools/floors.py test", "kevent_sim notebooks tests/test_{", "installed", "kevent_sim check"):
        assert step in text


def test_the_workflow_tests_the_oldest_python_that_the_package_admits():
    floor = PROJECT["requires-python"].removeprefix(">=")
    assert (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8").count(f'"{floor}"') == 2


# Nothing is asked for that is not used, and nothing is used that is not asked for

TOOLS = {
    "ruff": '["ruff", "check"]',
    "mypy": '["mypy"]',
    "nbval": "--nbval",
    "pytest-xdist": "--dist=loadfile",
    "jupyterlab": "jupyterlab",
    "pandas-stubs": '["mypy"]',
}
BROUGHT_BY = {
    "PIL": "matplotlib",
    **dict.fromkeys(("nbformat", "nbclient", "nbconvert", "jupyter_client", "jupyter_core", "IPython"), "jupyterlab"),
    **dict.fromkeys(("numpy",), "pandas"),
    **dict.fromkeys(("traitlets",), "ipywidgets"),
    **dict.fromkeys(("dask",), "distributed"),
}


@cache
def imported(*folders):
    """The names of the modules that the code of these folders imports, by statement or by importorskip."""
    names = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names.add(node.module.partition(".")[0])
                elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("importorskip", "import_module")):
                    names |= {each.value.partition(".")[0] for each in node.args[:1] if isinstance(each, ast.Constant)}
    return names


def asked_for(*extras):
    texts = PROJECT["dependencies"] + [t for extra in extras for t in PROJECT["optional-dependencies"][extra]]
    return {re.match(r"[\w.-]+", text)[0] for text in texts}


@pytest.mark.parametrize("name", sorted(asked_for("test", "cluster", "benchmark")))
def test_what_is_asked_for_is_imported_or_is_a_tool_that_is_run(name):
    if name in TOOLS:
        run = [
            (ROOT / place).read_text(encoding="utf-8")
            for place in ("tools/check.py", "kevent_sim/course/cli.py", "pyproject.toml")
        ]
        assert any(TOOLS[name] in text for text in run)
    else:
        assert name in imported("kevent_sim", "tests", "tools")


def test_what_the_package_imports_is_asked_for():
    others = imported("kevent_sim") - set(sys.stdlib_module_names) - {"kevent_sim"}
    assert {BROUGHT_BY.get(name, name) for name in others} <= asked_for("cluster")


# The wheel


def test_every_package_is_in_the_wheel_and_the_course_is():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    found = {
        p.parent.relative_to(ROOT).as_posix().replace("/", ".") for p in (ROOT / "kevent_sim").rglob("__init__.py")
    }
    assert set(settings["packages"]) == found | {"kevent_sim.notebooks"}
    kinds = settings["package-data"]["kevent_sim.notebooks"]
    held = {path for kind in kinds for path in (ROOT / "notebooks").glob(kind)}
    assert held == {p for p in (ROOT / "notebooks").rglob("*") if p.is_file() and ".ipynb_checkpoints" not in p.parts}


def test_the_newest_version_in_the_changelog_is_the_packages():
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest[1] == kevent_sim.__version__

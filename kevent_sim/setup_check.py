"""Is everything here that the course needs? One `Part` per thing, with what to type where it is not.

The standard library alone: this runs before anything is installed.
"""

from __future__ import annotations

import operator
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module, invalidate_caches, metadata, util
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent
BOUNDS = {">=": operator.ge, "<": operator.lt}
LABEXTENSION = Path("@jupyter-widgets", "jupyterlab-manager")


class Part(NamedTuple):
    """One thing that the course needs: its name and version, or what is wrong with it and what to type."""

    fits: bool
    text: str

    def __str__(self) -> str:
        return f"{'[ OK ]' if self.fits else '[FAIL]'} {self.text}"


class Requirement(NamedTuple):
    """`pandas>=2.2,<4` in parts; `>=` and `<` are all that pyproject.toml may use."""

    name: str
    bounds: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.name + ",".join(f"{sign}{version}" for sign, version in self.bounds)

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """
        >>> str(Requirement.parse("ipywidgets>=8.1,<9; sys_platform != 'emscripten'"))
        'ipywidgets>=8.1,<9'
        """
        found = re.fullmatch(r"([\w.-]+)((?:,?(?:>=|<)[\d.]+)*)", text.partition(";")[0].replace(" ", ""))
        if found is None:
            raise ValueError(f"{text!r} is not of the form  name>=1.2,<3")
        return cls(found[1], tuple(re.findall(r"(>=|<)([\d.]+)", found[2])))

    def admits(self, version: str) -> bool:
        return all(BOUNDS[sign](release(version), release(bound)) for sign, bound in self.bounds)


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare: no zeros at the end, no `rc1` or `+local`.

    >>> release("8.10.0rc1")
    (8, 10)
    """
    numbers = re.match(r"[\d.]*", version)
    parts = [int(number) for number in numbers[0].split(".") if number] if numbers else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def clone() -> Path | None:
    """The folder of the clone that this package is run from; None where it was copied elsewhere."""
    return PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None


def requirements(root: Path, extra: str = "") -> list[Requirement]:
    """What pyproject.toml asks for, with one of its extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    return [Requirement.parse(text) for text in texts]


def python() -> str:
    """What one types for Python here."""
    return "python" if shutil.which("python") or not shutil.which("python3") else "python3"


def this_python() -> str:
    """What one types in the clone for the Python that runs now."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def required(requirement: Requirement) -> Part:
    """A distribution, judged by its metadata."""
    try:
        version = metadata.version(requirement.name) or ""
    except metadata.PackageNotFoundError:
        version = ""
    if version and requirement.admits(version):
        return Part(True, f"{requirement.name} {version}")
    what = f"{version} is not {requirement}" if version else "is missing"
    return Part(False, f"{requirement.name} {what}; type:  {python()} -m kevent_sim")


def imported_from() -> Path | None:
    """The folder of the kevent_sim that a notebook's kernel would import.

    Asked of a fresh interpreter with -P: the clone's folder is on our own path only because we were started in it.
    """
    ask = "import importlib.util as u; found = u.find_spec('kevent_sim'); print(found.origin if found else '')"
    command = [sys.executable, "-P", "-X", "utf8", "-c", ask]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout.strip()
    return Path(answer).parent if answer else None


def this_package(root: Path, version: str = "") -> Part:
    """Notebooks must import the package of this clone: not none, and not an older copy."""
    where = imported_from()
    if where is not None and where.exists() and where.samefile(root / "kevent_sim"):
        return Part(True, f"kevent_sim {version}")
    wrong = "is not installed" if where is None else f"would come from {where}, not from this clone"
    return Part(False, f"kevent_sim {wrong}; type:  {python()} -m kevent_sim")


def missing(root: Path, extra: str = "") -> list[Part]:
    """What pip would have to install for this interpreter to be complete."""
    invalidate_caches()
    parts = [part for part in map(required, requirements(root, extra)) if not part.fits]
    return parts or [part for part in [this_package(root)] if not part.fits]


def widgets() -> Part:
    """JupyterLab shows no widget ("model not found") unless the server's own environment has this extension."""
    name = "jupyterlab_widgets"
    if util.find_spec("ipywidgets") is None or util.find_spec("jupyter_core") is None:
        return Part(False, f"{name} is missing; type:  {python()} -m kevent_sim")
    remedy = f"type:  {this_python()} -m pip install --force-reinstall ipywidgets jupyterlab_widgets"
    if util.find_spec(name) is None:
        return Part(False, f"{name} is missing; {remedy}")
    places = import_module("jupyter_core.paths").jupyter_path("labextensions")
    if not any((Path(place) / LABEXTENSION / "package.json").is_file() for place in places):
        return Part(False, f"{name}: its JupyterLab extension is missing; {remedy}")
    return Part(True, f"{name} {metadata.version(name)}, with its JupyterLab extension")


def notebooks(root: Path) -> list[Path]:
    return sorted((root / "notebooks").glob("*.ipynb"))


def course(root: Path) -> Part:
    found = notebooks(root)
    if not found:
        return Part(False, "notebooks: there are none; type:  git restore notebooks")
    return Part(True, f"notebooks: {len(found)}, the first is {found[0].name}")


def parts(root: Path, version: str) -> list[Part]:
    """Every part of the course, in this interpreter; `version` is the package's own."""
    this = Part(True, f"Python {platform.python_version()} ({this_python()})")
    return [this, *map(required, requirements(root)), widgets(), this_package(root, version), course(root)]

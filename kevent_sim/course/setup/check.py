"""Is everything here that the course needs? One `Part` per thing, with what to type where it is not.

The standard library alone: this runs before anything is installed.
"""

from __future__ import annotations

import json
import operator
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import webbrowser
from importlib import import_module, invalidate_caches, metadata, util
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[2]
BOUNDS = {">=": operator.ge, "<": operator.lt}
LABEXTENSION = Path("@jupyter-widgets", "jupyterlab-manager")
KERNEL = "python3"  # what the notebooks ask for


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


def is_clone(root: Path) -> bool:
    return (root / "pyproject.toml").is_file()


def home() -> Path:
    """The folder with the notebooks: the clone that this package is run from, or the package that was installed."""
    return PACKAGE.parent if is_clone(PACKAGE.parent) else PACKAGE


def requirements(root: Path, extra: str = "") -> list[Requirement]:
    """What the project asks for, with one of its extras: as pyproject.toml says, or what was installed."""
    if is_clone(root):
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        texts = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    else:
        try:
            texts = [text for text in metadata.requires("kevent_sim") or [] if "extra ==" not in text]
        except metadata.PackageNotFoundError:
            texts = []  # its folder alone was copied: this_package() says so
    return [Requirement.parse(text) for text in texts]


def python() -> str:
    """What one types for Python here."""
    return "python" if shutil.which("python") or not shutil.which("python3") else "python3"


def this_python() -> str:
    """What one types in the clone for the Python that runs now."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def externally_managed() -> bool:
    """Whether this Python is the system's own, into which pip installs nothing (PEP 668)."""
    stdlib = sysconfig.get_path("stdlib", sysconfig.get_default_scheme())
    return sys.prefix == sys.base_prefix and Path(stdlib, "EXTERNALLY-MANAGED").is_file()


def pip_install(root: Path, *what: str) -> str:
    """What one types to install into this Python; where the system keeps pip out of it, to have another one."""
    if not externally_managed():
        return " ".join([f"type:  {this_python()} -m pip install", *what])
    own = Path(".venv", "Scripts" if os.name == "nt" else "bin", "python")
    then = f"{own} -m kevent_sim" if is_clone(root) else f"{own} -m pip install WHEEL"
    meant = "" if is_clone(root) else "  with the kevent_sim wheel's file for WHEEL"
    return f"the system keeps pip out of its own Python; type:  {python()} -m venv .venv  and then  {then}{meant}"


def set_up(root: Path, *what: str) -> str:
    """What one types for a part that a set-up brings: a clone sees to that itself."""
    return f"type:  {python()} -m kevent_sim" if is_clone(root) else pip_install(root, *what)


def required(requirement: Requirement, root: Path) -> Part:
    """A distribution, judged by its metadata."""
    try:
        version = metadata.version(requirement.name) or ""
    except metadata.PackageNotFoundError:
        version = ""
    if version and requirement.admits(version):
        return Part(True, f"{requirement.name} {version}")
    what = f"{version} is not {requirement}" if version else "is missing"
    return Part(False, f"{requirement.name} {what}; " + set_up(root, f'"{requirement}"'))


def imported_from() -> Path | None:
    """The folder of the kevent_sim that a notebook's kernel would import.

    Asked of a fresh interpreter with -P: the clone's folder is on our own path only because we were started in it.
    """
    ask = "import importlib.util as u; found = u.find_spec('kevent_sim'); print(found.origin if found else '')"
    command = [sys.executable, "-P", "-X", "utf8", "-c", ask]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout.strip()
    return Path(answer).parent if answer else None


def this_package(root: Path, version: str = "") -> Part:
    """Notebooks must import the package that runs now: not none, and not an older copy."""
    where = imported_from()
    if where is not None and where.exists() and where.samefile(PACKAGE):
        return Part(True, f"kevent_sim {version}")
    ours = "this clone" if is_clone(root) else str(PACKAGE)
    wrong = "is not installed" if where is None else f"would come from {where}, not from {ours}"
    return Part(False, f"kevent_sim {wrong}; " + set_up(root, "--force-reinstall", "WHEEL"))


def missing(root: Path, extra: str = "") -> list[Part]:
    """What pip would have to install for this interpreter to be complete."""
    invalidate_caches()
    parts = [part for part in (required(each, root) for each in requirements(root, extra)) if not part.fits]
    return parts or [part for part in [this_package(root)] if not part.fits]


def widgets(root: Path) -> Part:
    """JupyterLab shows no widget ("model not found") unless the server's own environment has this extension."""
    name = "jupyterlab_widgets"
    if util.find_spec("ipywidgets") is None or util.find_spec("jupyter_core") is None:
        return Part(False, f"{name} is missing; " + set_up(root, "ipywidgets"))
    remedy = pip_install(root, "--force-reinstall", "ipywidgets", "jupyterlab_widgets")
    if util.find_spec(name) is None:
        return Part(False, f"{name} is missing; {remedy}")
    places = import_module("jupyter_core.paths").jupyter_path("labextensions")
    if not any((Path(place) / LABEXTENSION / "package.json").is_file() for place in places):
        return Part(False, f"{name}: its JupyterLab extension is missing; {remedy}")
    return Part(True, f"{name} {metadata.version(name)}, with its JupyterLab extension")


def prefix_of(executable: str) -> Path | None:
    """Where the Python of this name lives; None where it does not start. A venv's is a link: the file says nothing."""
    if executable in {"python", f"python{sys.version_info[0]}", "python{}.{}".format(*sys.version_info[:2])}:
        return Path(sys.prefix)  # jupyter_client starts its own Python then
    try:
        command = [executable, "-X", "utf8", "-c", "import sys; print(sys.prefix)"]
        answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return None
    return Path(answer.stdout.strip()) if answer.returncode == 0 else None


def kernel(root: Path) -> Part:
    """The kernel that JupyterLab starts for the notebooks: it is there, and it is this Python."""
    if util.find_spec("ipykernel") is None or util.find_spec("jupyter_client") is None:
        return Part(False, "ipykernel is missing; " + set_up(root, "ipykernel"))
    manager = import_module("jupyter_client.kernelspec").KernelSpecManager()
    folder = manager.find_kernel_specs().get(KERNEL)
    if folder is None:
        remedy = pip_install(root, "--force-reinstall", "ipykernel")
        return Part(False, f"kernel {KERNEL}, which the notebooks ask for, is missing; {remedy}")
    try:
        starts = manager.get_kernel_spec(KERNEL).argv[0]
    except (ValueError, LookupError):
        starts = "nothing: its kernel.json cannot be read"
    prefix = prefix_of(starts)
    if prefix is None or not prefix.exists() or not prefix.samefile(sys.prefix):
        wrong = f"in {folder} starts {starts}, not this Python"
        return Part(False, f"kernel {KERNEL} {wrong}; type:  {this_python()} -m jupyter kernelspec remove -f {KERNEL}")
    return Part(True, f"kernel {KERNEL}: this Python, with ipykernel {metadata.version('ipykernel')}")


def notebooks(root: Path) -> list[Path]:
    return sorted((root / "notebooks").glob("*.ipynb"))


def kernel_asked_for(notebook: Path) -> str:
    try:
        return str(json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"])
    except (ValueError, LookupError, TypeError):
        return KERNEL  # no notebook, or none that says: JupyterLab tells what is wrong with it


def course(root: Path) -> Part:
    found = notebooks(root)
    if not found:
        remedy = "type:  git restore notebooks" if is_clone(root) else set_up(root, "--force-reinstall", "WHEEL")
        return Part(False, f"notebooks: there are none; {remedy}")
    for notebook in found:
        if (asked := kernel_asked_for(notebook)) != KERNEL:
            remedy = "open it, choose Python 3 (ipykernel) in the menu Kernel, Change Kernel, and save it"
            return Part(False, f"notebooks: {notebook.name} asks for the kernel {asked}, not for {KERNEL}; {remedy}")
    return Part(True, f"notebooks: {len(found)}, the first is {found[0].name}")


def has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def browser() -> Part:
    """None is not a failure: the browser may be on another machine."""
    if has_browser():
        return Part(True, "browser: the system's own")
    return Part(True, f"browser: none here; type:  {python()} -m kevent_sim --no-browser  and open what it prints")


def this_interpreter() -> Part:
    managed = "; the system keeps pip out of it" if externally_managed() else ""
    return Part(True, f"Python {platform.python_version()} ({this_python()}){managed}")


def parts(root: Path, version: str) -> list[Part]:
    """Every part of the course, in this interpreter; `version` is the package's own."""
    libraries = [required(requirement, root) for requirement in requirements(root)]
    rest = [widgets(root), kernel(root), this_package(root, version), course(root), browser()]
    return [this_interpreter(), *libraries, *rest]

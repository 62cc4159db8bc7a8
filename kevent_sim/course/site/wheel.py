"""This package as a wheel for Pyodide, wherever it runs from: the same bytes for the same files.

The standard library alone.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from kevent_sim.course.setup.check import PACKAGE, home
from kevent_sim.version import __version__

INFO = f"kevent_sim-{__version__}.dist-info"
METADATA = f"Metadata-Version: 2.1\nName: kevent_sim\nVersion: {__version__}\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: kevent_sim site\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path) -> Path:
    """Write the wheel into the folder: the package, and the notebooks, to which an exercise's progress is compared."""
    sources = {f"kevent_sim/{path.relative_to(PACKAGE).as_posix()}": path for path in _files(PACKAGE)}
    notebooks = home() / "notebooks"
    sources |= {f"kevent_sim/notebooks/{path.name}": path for path in sorted(notebooks.glob("*.ipynb"))}
    made = folder / f"kevent_sim-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(sources.items()):
            _add(archive, name, path.read_bytes())
        _add(archive, f"{INFO}/METADATA", METADATA.encode())
        _add(archive, f"{INFO}/WHEEL", WHEEL.encode())
        _add(archive, f"{INFO}/RECORD", "".join(f"{name},,\n" for name in archive.namelist()).encode())
    return made


def _files(package: Path) -> list[Path]:
    """Not the slides' and the site's own: nobody makes a talk or a site in a browser."""
    left_out = {package / "course" / "slides" / "reveal", package / "notebooks"}
    return [
        path
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not left_out & set(path.parents)
    ]


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)  # of 1980: a wheel does not tell when it was made
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)

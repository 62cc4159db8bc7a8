"""The builder: JupyterLite in a venv of its own, in the user's cache, never among what the learner has installed.

The standard library alone.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS, WHEELS = HERE / "requirements.txt", HERE / "wheels.txt"
EXTENSION = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"


class Failed(Exception):
    """A program that was started did not do its work; the words say which."""


def user_cache() -> Path:
    """Where this system keeps what can be fetched again: one folder of ours there."""
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        place = Path.home() / "Library" / "Caches"
    else:
        place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "kevent_sim"


class Builder:
    """A venv with the builder and a folder with the wheels, made on first use; the mark is written last."""

    def __init__(self, cache: Path) -> None:
        versions = hashlib.sha256(REQUIREMENTS.read_bytes() + WHEELS.read_bytes()).hexdigest()[:12]
        python = "{}.{}".format(*sys.version_info[:2])
        self.folder = cache / f"builder-{python}-{versions}"
        self.mark = self.folder / "complete"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def make(self, say: Callable[[str], None]) -> None:
        """Make it where it is not there, or half made. Raises Failed where Python or pip cannot."""
        if self.mark.exists():
            return
        say(f"The builder is installed (about 150 MB from the network), in  {self.folder}")
        run([sys.executable, "-m", "venv", "--clear", str(self.folder)], self.folder)
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", "-r", str(REQUIREMENTS)], self.folder)
        exact = ["--quiet", "--no-deps", "--require-hashes", "-d", str(self._wheels), "-r", str(WHEELS)]
        run([*pip, "download", *exact], self.folder)
        self.mark.touch()

    @property
    def _wheels(self) -> Path:
        return self.folder / "wheels"

    def wheels(self) -> list[Path]:
        """The wheels for the kernel: those fetched, and those that come with JupyterLite."""
        return sorted([*self._wheels.glob("*.whl"), *(self.folder / EXTENSION).glob("*.whl")])

    def build(self, stage: Path, target: Path) -> None:
        """Write the pages for what is on the stage. Raises Failed where JupyterLite does."""
        apps = [word for app in ("lab", "notebooks", "tree") for word in ("--apps", app)]
        to = ["--lite-dir", str(stage), "--output-dir", str(target), "--no-sourcemaps"]
        run([str(self.python), "-m", "jupyter", "lite", "build", *to, *apps], self.folder, stage)


def environment(folder: Path) -> dict[str, str]:
    """This user's, without what would bring other packages and JupyterLab extensions into the pages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}
    own = {f"JUPYTER_{one}_DIR": str(folder / "jupyter" / one.lower()) for one in ("CONFIG", "DATA", "RUNTIME")}
    return {**kept, **own, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}


def run(command: list[str], own: Path, folder: Path | None = None) -> None:
    """Run to the end, with nobody's settings but those in `own`; what it prints is shown only where it fails."""
    ended = subprocess.run(
        command, cwd=folder, env=environment(own), capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if ended.returncode:
        words = "\n".join((ended.stdout + ended.stderr).splitlines()[-15:])
        raise Failed(f"{words}\nThis has failed, with code {ended.returncode}:  {' '.join(command)}")

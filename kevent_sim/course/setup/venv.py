"""The clone's own .venv: made on first use, finished where it was left half made, and never taken for another.

The standard library alone: this runs before anything is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import util
from pathlib import Path

from kevent_sim.course.setup import check as setup_check
from kevent_sim.course.setup.check import python, this_python

FIRST_USE = """\
First use: this makes the folder .venv here and installs JupyterLab and what else the course needs there
(about 500 MB from the network, a minute or two). Nothing outside {root} changes.
You may interrupt it: the same command goes on later."""

NO_VENV = """\
This Python cannot make a virtual environment: its module {module} is missing. Debian and Ubuntu pack it apart; type:
  sudo apt install python3-venv
and then the same command again."""

NO_PIP_RUN = """\
The installation did not finish: pip ended with code {code}; its own words are above. Nothing is lost.
  To go on, type the same command again:
    {python} -m kevent_sim{command}
  No network? Connect and type it again. A proxy in between? First tell pip, once:
    {this_python} -m pip config --site set global.proxy http://HOST:PORT
  If pip itself is broken, delete the folder .venv and type the command again: it is made anew."""


def say(text: str) -> None:
    print(text, flush=True)  # in step with what pip and JupyterLab print


def run_to_end(command: list[str]) -> int:
    """The command's exit code. Ctrl-C also reaches the command, which handles it in its own time."""
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def interpreter(root: Path, system: str = os.name) -> Path:
    return root / ".venv" / ("Scripts/python.exe" if system == "nt" else "bin/python")


def is_prefix(root: Path, prefix: str) -> bool:
    """Whether `prefix` is the .venv of the clone."""
    return (root / ".venv").exists() and Path(prefix).exists() and Path(prefix).samefile(root / ".venv")


def works(root: Path) -> bool:
    """Whether .venv has a Python that starts, is new enough and takes .venv for its own: not half made, not stale."""
    ask = "import sys; print(sys.prefix); sys.exit(sys.version_info < (3, 11))"
    try:
        command = [str(interpreter(root)), "-X", "utf8", "-c", ask]
        answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return False
    return answer.returncode == 0 and is_prefix(root, answer.stdout.strip())


def make(root: Path) -> None:
    for module in ("venv", "ensurepip"):
        if util.find_spec(module) is None:
            sys.exit(NO_VENV.format(module=module))
    if (root / ".venv").exists():
        say("The folder .venv is half made or its Python is gone: it is made again.")
    else:
        say(FIRST_USE.format(root=root))
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], check=False).returncode:
        sys.exit(f"{root / '.venv'} could not be made; see above. Delete that folder, and type the same command again.")


def silence_news(venv: Path) -> None:
    """No pop-up that asks for Jupyter's news over the first notebook, which may be on a projector."""
    config = venv / "etc" / "jupyter" / "labconfig" / "page_config.json"
    if not config.exists():
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text('{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}\n')


def install(root: Path, extra: str) -> None:
    """Install the clone into the Python that runs, which is .venv's."""
    what = f".[{extra}]" if extra else "."
    say(f"Installing into .venv:  {this_python()} -m pip install -e {what}")
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        subprocess.run([sys.executable, "-m", "ensurepip", "--upgrade"], check=False)  # interrupted before it had pip
    code = run_to_end([*pip, "install", "-e", what])
    if code:
        command = f" {extra}" if extra else ""
        sys.exit(NO_PIP_RUN.format(code=code, python=python(), this_python=this_python(), command=command))
    silence_news(root / ".venv")
    if still := setup_check.missing(root, extra):
        sys.exit("pip succeeded, and yet:\n" + "\n".join(map(str, still)))


def complete(root: Path, extra: str) -> bool:
    """Whether this interpreter has everything; the one of .venv sees to it that it has."""
    still = setup_check.missing(root, extra)
    if not still:
        return True
    if not setup_check.is_clone(root):
        sys.exit("\n".join(map(str, still)))
    if not is_prefix(root, sys.prefix):
        return False
    install(root, extra)
    return True

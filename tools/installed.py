"""The course as its wheel brings it. For a Python that has the wheel, in an empty folder, outside the clone:

python -P .../tools/installed.py
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from importlib import metadata
from pathlib import Path
from urllib.request import urlopen

SOURCE = Path(__file__).resolve().parent.parent
MODULE = [sys.executable, "-m", "kevent_sim"]
SCRIPT = [shutil.which("kevent-sim", path=sysconfig.get_path("scripts")) or "kevent-sim"]
PATIENCE = 120  # seconds


def answer(*command: str, code: int = 0) -> str:
    """What the command prints; it must end with the code."""
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == code, f"{command} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}"
    return ended.stdout + ended.stderr


def say(text: str) -> None:
    print(text, flush=True)


def copied() -> None:
    """The copy is the clone's course, and is not written over."""
    answer(*MODULE, "copy", "--teacher", "taught")
    say(answer(*MODULE, "copy", "mine").strip())
    course = SOURCE / "notebooks"
    names = sorted(
        path.relative_to(course)
        for path in course.rglob("*")
        if path.suffix in {".ipynb", ".png"} or path.name == "GLOSSARY.md"
    )
    assert names
    for name in names:
        assert Path("taught", name).read_bytes() == (course / name).read_bytes(), name
        assert Path("mine", name).is_file(), name
    first = Path("mine", names[0])
    fresh = first.read_bytes()
    first.write_bytes(b"{}")
    assert str(first) in answer(*MODULE, "copy", "mine", code=1)
    assert first.read_bytes() == b"{}"
    answer(*MODULE, "copy", "--force", "mine")
    assert first.read_bytes() == fresh
    say("a copy is refused where it would write over a learner's work, and done where it is told to")


def executed() -> None:
    answer(sys.executable, "-m", "jupyter", "execute", str(Path("mine", "00_start_here.ipynb")))
    say("00_start_here.ipynb of the copy runs to its end")


def taught() -> None:
    """The talk and the grades need no clone either."""
    answer(*MODULE, "slides", "talk")
    talks = sorted(path.stem for path in Path("talk").glob("*.html"))
    assert talks == sorted(["index", *(path.stem for path in Path("mine").glob("*.ipynb"))]), talks
    table = answer(*MODULE, "grade", str(Path("mine", "00_start_here.ipynb")))
    assert "00.1" in table, table
    assert "missing" in table, table
    say(f"{len(talks) - 1} notebooks are slides; a learner's notebook is graded")


def notebook_served(process: subprocess.Popen[str], said: Path) -> dict:
    """The first notebook, from the address that JupyterLab prints."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"(http://127\.0\.0\.1:\d+/)lab/tree/(\S+)\?token=(\w+)", said.read_text(encoding="utf-8"))
        if found:
            with urlopen(f"{found[1]}api/contents/{found[2]}?token={found[3]}", timeout=PATIENCE) as response:
                return json.load(response)
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab printed no address:\n{said.read_text(encoding='utf-8')}")


def opened() -> None:
    """Where there is no clone, the command makes a copy and serves it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = Path("said.txt")
    with said.open("w", encoding="utf-8") as log:
        command = [*SCRIPT, "--no-browser", f"--port={port}"]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, encoding="utf-8")
    try:
        notebook = notebook_served(process, said)
    finally:
        process.terminate()
        process.wait(PATIENCE)
    assert notebook["path"] == "00_start_here.ipynb"
    assert Path("kevent-course", notebook["path"]).is_file()
    say("the command opens JupyterLab on a copy of the course")


def compiled() -> None:
    """The headers are in the wheel: a sample's C loads there."""
    load = (
        "import kevent_sim as ks; from pathlib import Path; "
        "print(ks.c.load(Path(ks.__file__).parent / 'samples' / 'drivers' / 'race.c'))"
    )
    said = answer(sys.executable, "-P", "-W", "ignore", "-c", load).strip()
    assert said == "<C driver race: FileCount=1000, WriteCount=100>", said
    say("a driver's C is loaded, with the headers of the wheel")


def main() -> None:
    where = answer(sys.executable, "-P", "-c", "import kevent_sim; print(kevent_sim.__file__)").strip()
    assert not Path(where).is_relative_to(SOURCE), f"{where} is the clone's"
    say(f"kevent_sim {metadata.version('kevent_sim')} from its wheel")
    assert answer(*SCRIPT, "demo") == answer(*MODULE, "demo")
    say(answer(*SCRIPT, "check").strip())
    assert "in the clone only" in answer(*MODULE, "test", code=1)
    copied()
    compiled()
    executed()
    taught()
    opened()


if __name__ == "__main__":
    if any(Path.cwd().iterdir()):
        sys.exit(f"start this in an empty folder; {Path.cwd()} is not")
    main()

"""The folder: put together beside its place, and put there when it is complete. The standard library alone."""

from __future__ import annotations

import html
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kevent_sim.course.setup import copy
from kevent_sim.course.setup.check import home, python
from kevent_sim.course.setup.editions import for_learners, stored
from kevent_sim.course.site import pyodide
from kevent_sim.course.site.builder import Builder
from kevent_sim.course.site.lock import lock
from kevent_sim.course.site.wheel import wheel

MARK = "kevent-site.json"  # in each folder of ours: every file that was written there
LANDING = Path(__file__).with_name("landing.html")
PICTURES = ("race.png", "synchronization_event.png")  # of the README; the labs' own stand here once they are drawn
AT_START = ("micropip", "piplite", "ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython")
QUESTION = re.compile(r"\*\*The question:\*\* (.+?)\s*(?:\*About|\Z)", re.DOTALL)
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}


def refusal(folder: Path) -> str:
    """Why nothing is written there: it holds what is not ours. Nothing where there is room, or an earlier site."""
    if not folder.exists():
        return ""
    if not folder.is_dir():
        what = "is a file"
    elif others := foreign(folder):
        what = f"holds {others[0].relative_to(folder)}, which is not a site's of ours"
    else:
        return ""
    free = next(name for n in range(2, 1000) if not (name := folder.with_name(f"{folder.name}-{n}")).exists())
    return f'{folder} {what}, and nothing there is overwritten. Type a new folder\'s name:\n\
  {python()} -m kevent_sim site "{free}"'


def foreign(folder: Path) -> list[Path]:
    """The files in the folder that no earlier site has written."""
    there = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    mark = folder / MARK
    ours = (
        {folder / name for name in json.loads(mark.read_text(encoding="utf-8"))["files"]} if mark.is_file() else set()
    )
    return [path for path in there if path not in ours]


def for_browsers(notebook: bytes) -> bytes:
    """A learner's edition that asks for the kernel in the browser."""
    found = json.loads(for_learners(notebook))
    found["metadata"]["kernelspec"] = KERNEL
    return stored(found)


def write(folder: Path, files: Path, builder: Builder, say: Callable[[str], None]) -> None:
    """Write the site into the folder, from Pyodide's files and by this builder: all of it, or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".kevent-site-", dir=folder.parent) as scratch:
        stage, made = Path(scratch, "stage"), Path(scratch, "site")
        set_the_stage(stage, files, builder.wheels())
        say("JupyterLite writes the pages ...")
        builder.build(stage, made)
        land(made)
        written = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
        (made / MARK).write_text(json.dumps({"files": [*written, MARK]}, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)


def set_the_stage(stage: Path, files: Path, wheels: list[Path]) -> None:
    """What JupyterLite builds from: Pyodide with what it loads, the notebooks, and the settings."""
    target = stage / "static" / "pyodide"
    target.mkdir(parents=True)
    for name in pyodide.hashes():
        shutil.copyfile(files / name, target / name)
    mine = [*(Path(shutil.copy(one, target)) for one in wheels), wheel(target)]
    listed = pyodide.listed()
    put(target / pyodide.LOCK, lock(listed["info"], listed["packages"], mine))
    copy.copy(home() / "notebooks", stage / "files", edition=for_browsers)
    put(stage / "jupyter-lite.json", settings())


def settings() -> dict[str, Any]:
    """Nothing is asked of any network: packages come from the lock alone."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": list(AT_START)}}
    data = {
        "appName": "kevent_sim",
        "exposeAppInBrowser": True,
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}


def put(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def land(site: Path) -> None:
    """The page that a reader meets first, in place of JupyterLite's, which goes straight to an empty desk."""
    pictures = home() / "notebooks" / "pictures"
    for name in PICTURES:
        shutil.copyfile(pictures / name, site / name)
    page = LANDING.read_text(encoding="utf-8").replace("ROWS", "\n".join(rows()))
    (site / "index.html").write_text(page, encoding="utf-8", newline="\n")


def rows() -> list[str]:
    """A line for each notebook: its title leads there, its question says what it is for."""
    lines = []
    for path in sorted((home() / "notebooks").glob("*.ipynb")):
        sources = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        title = next(source for source in sources if source.startswith("# ")).partition("\n")[0].lstrip("# ")
        asked = next(filter(None, map(QUESTION.search, sources)))
        question = html.escape(" ".join(re.sub("[*`]", "", asked[1]).split()))
        link = f'<a href="lab/index.html?path={path.name}">{html.escape(title)}</a>'
        lines.append(f'<li value="{int(path.name[:2])}">{link}<br>{question}</li>')
    return lines

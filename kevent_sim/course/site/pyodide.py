"""Pyodide's files, from its own distribution or from a folder: each byte is compared with the committed list.

The standard library alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from kevent_sim.course.setup.check import python

VERSION = "0.27.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
CORE = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
LIST = Path(__file__).with_name("pyodide.json")
BLOCK = 1 << 16


class Refused(Exception):
    """A file is missing or is not Pyodide's; the words say which, and what to type."""


def listed() -> dict[str, Any]:
    """The committed list: `core`, name -> sha256; `packages`, as an official lock has them; its `info`."""
    found: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8"))
    return found


def hashes() -> dict[str, str]:
    """Each file that is needed -> its sha256."""
    found = listed()
    packages = {package["file_name"]: package["sha256"] for package in found["packages"].values()}
    return dict(sorted({**found["core"], **packages}.items()))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_folder(folder: Path) -> Path:
    """The folder, which has every listed file. Raises Refused where one is missing or is another."""
    for name, wanted in hashes().items():
        if not (folder / name).is_file():
            raise Refused(
                f"{name} is not in {folder}, which must have the {len(hashes())} files of Pyodide {VERSION} that are"
                f" needed.\nWith a network, leave out --pyodide: they are then fetched from\n  {ADDRESS}"
            )
        if not _right(folder / name, wanted):
            raise Refused(
                f"{folder / name} is not Pyodide {VERSION}'s file of that name: its sha256 is not\n  {wanted}\n"
                f"Put the right one there, from\n  {ADDRESS}{name}"
            )
    return folder


def fetched(cache: Path, say: Callable[[str], None], address: str = ADDRESS) -> Path:
    """The cache, with every listed file in it: what is there and right stays, what is half there goes on.

    Raises Refused where a file cannot be fetched or is not the one listed; what came until then stays in the cache.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [name for name, wanted in hashes().items() if not _right(cache / name, wanted)]
    for number, name in enumerate(missing, 1):
        say(f"{number} of {len(missing)}: {name}")
        _fetch(address + name, cache / name, hashes()[name])
    return cache


def _right(file: Path, wanted: str) -> bool:
    return file.is_file() and sha256(file) == wanted


def _fetch(url: str, file: Path, wanted: str) -> None:
    part = file.with_name(file.name + ".part")
    again = f"What came is kept. With a network, type the same command again; without one, get the files of\n\
  {url.rpartition('/')[0]}/\nanother way, and name their folder:  {python()} -m kevent_sim site FOLDER --pyodide FILES"
    try:
        with part.open("ab") as to:
            for block in _rest(url, to.tell()):
                if block is None:
                    to.truncate(0)
                else:
                    to.write(block)
    except HTTPError as error:
        raise Refused(f"{url} cannot be fetched: the server says {error.code} {error.reason}. {again}") from error
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise Refused(f"{url} cannot be fetched: {reason}. {again}") from error
    if sha256(part) != wanted:
        part.unlink()
        raise Refused(
            f"{url} is not Pyodide {VERSION}'s file: its sha256 is not {wanted}. It was deleted.\n"
            f"Type the same command again; if it comes back so, something between here and there changes files."
        )
    part.replace(file)


def _rest(url: str, start: int) -> Iterator[bytes | None]:
    """What follows the first `start` bytes; None first, where the server sends all of them anew."""
    request = Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        answer = urlopen(request, timeout=30)
    except HTTPError as error:
        if error.code == 416:  # nothing follows: it was interrupted after the last byte
            return
        raise
    with answer:
        if start and answer.status != 206:
            yield None
        left = int(answer.headers.get("Content-Length", 0))
        while block := answer.read(BLOCK):
            left -= len(block)
            yield block
        if left > 0:
            raise OSError(f"the connection ended {left} bytes early")

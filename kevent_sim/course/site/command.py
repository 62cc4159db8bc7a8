"""`python -m kevent_sim site`: its words and its order of work. The standard library alone."""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from kevent_sim.course.setup.check import python
from kevent_sim.course.setup.copy import Refused as NoNotebooks
from kevent_sim.course.site import pyodide
from kevent_sim.course.site.build import MARK, refusal, write
from kevent_sim.course.site.builder import Builder, Failed, user_cache
from kevent_sim.course.site.lock import Incomplete

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}

DESCRIPTION = """\
Write the whole course as a folder of static pages: any web server can serve it, in a subfolder, on an intranet, and
whoever opens it needs nothing but a browser. The folder asks nothing of any network."""

EXAMPLES = """\
examples:
  python -m kevent_sim site public                       fetches what it needs (Pyodide, about 38 MB), once
  python -m kevent_sim site public --serve               the same, and opens it; what is built is served as it is
  python -m kevent_sim site public --pyodide files       takes Pyodide's files from the folder files"""

DONE = """\
The course is in {folder}: {size} MB. Look at it on this machine:
  {python} -m kevent_sim site {folder} --serve
Any web server will do:  {python} -m http.server -d {folder}
(The file index.html opened without a server shows only the first page: browsers forbid the rest.)
For GitHub Pages, publish this folder as it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or one with an earlier site")
    parser.add_argument("--pyodide", type=Path, metavar="FILES", help="a folder with Pyodide's files; else fetched")
    parser.add_argument("--serve", action="store_true", help="serve it on this machine, and open the browser")


def main(arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    folder = arguments.folder.absolute()
    if why := refusal(folder):
        sys.exit(why)
    if not (arguments.serve and (folder / MARK).is_file()):
        try:
            build(folder, arguments.pyodide, user_cache(), say)
        except (pyodide.Refused, Failed, Incomplete, NoNotebooks) as error:
            sys.exit(f"{error}\nNothing was written to {folder}.")
        except OSError as error:
            sys.exit(f"{error.filename or folder}: {error.strerror}. Nothing was written to {folder}.")
    if arguments.serve:
        serve(folder, say)
    return 0


def build(folder: Path, files: Path | None, cache: Path, say: Callable[[str], None]) -> None:
    """Write the site; Pyodide's files are looked at first, since they are most often what is wrong."""
    place = cache / f"pyodide-{pyodide.VERSION}"
    found = pyodide.from_folder(files.absolute()) if files else pyodide.fetched(place, say)
    builder = Builder(cache)
    builder.make(say)
    write(folder, found, builder, say)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say(DONE.format(folder=folder, size=size // 10**6, python=python()))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Types that Pyodide needs, whatever this system says of them; no line for each request."""

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def log_message(self, format: str, *args: object) -> None:
        pass


def server(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server for this machine alone, on a free port."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))


def serve(folder: Path, say: Callable[[str], None]) -> None:
    with server(folder) as serving:
        address = f"http://127.0.0.1:{serving.server_port}/"
        say(f"The course is at  {address}  ; Ctrl-C in this window ends it.")
        webbrowser.open(address)
        serving.serve_forever()

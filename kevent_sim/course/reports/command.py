"""`python -m kevent_sim run`: what is typed, and what is printed."""

from __future__ import annotations

import argparse
import glob
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType

from kevent_sim.c.errors import nearest
from kevent_sim.course.reports import text
from kevent_sim.course.reports.report import POLICY, UNKNOWN, Options, Report, judged, loaded
from kevent_sim.course.setup.check import python
from kevent_sim.course.setup.venv import say

DESCRIPTION = f"""\
Run drivers in C, for a driver project's CI: how each ends, what it does wrong with memory, its races, by file
and line. One run of each, under {POLICY}; with --explore, every order of its steps, too.

  0   nothing bad was found; with --explore, in no order
  1   something bad was found: a bug check, a hang, undefined behaviour, misused memory, a race on memory, or on files
      (unless --explore finds that every order ends alike), a DriverEntry that fails
  2   it could not be said: no C, a routine that is not simulated, no such file, orders that were not all explored

The highest of all files is the exit status. What a driver is for, nobody asks here: use ks.explore(..., check=...)."""

EXAMPLES = """\
examples:
  python -m kevent_sim run race.c                               one run
  python -m kevent_sim run *.c --explore FileCount=3            every order, of several files
  python -m kevent_sim run race.c --stop --html report.html     with its unload; and a page, with pictures
"""


class Usage(Exception):
    """What was typed cannot be done; the text says why, and what to type."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m kevent_sim run",
        usage="%(prog)s FILE.c... [NAME=NUMBER ...] [--explore] [--stop] [--memory machine] [--html FILE]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("words", nargs="+", metavar="FILE.c | NAME=NUMBER", help="files, patterns such as *.c; and drivers' parameters")
    add("--explore", action="store_true", help="run every order of steps, one of each class of equivalent ones")
    add(
        "--budget",
        type=budget,
        metavar="N",
        help="orders after which --explore gives up (default: 10000, or fewer where a run is long)",
    )
    add("--stop", action="store_true", help="stop the driver once DriverEntry has returned: its DriverUnload runs, too")
    add("--memory", choices=("strict", "machine"), default="strict", help="stop at a memory error (the default), "
        "or let the bytes do what they do, and report it")  # fmt: skip
    add("--html", type=Path, metavar="FILE", help="write a page, too: pictures, listings, what is wrong in its line")
    return made


def budget(typed: str) -> int:
    if not typed.isdecimal() or not int(typed):
        raise argparse.ArgumentTypeError(f"{typed} is not a budget; one is a number of orders, such as 1000")
    return int(typed)


def main(argv: Sequence[str]) -> int:
    """The exit status."""
    typed = parser().parse_intermixed_args(argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # the same bytes everywhere
    try:
        return reported(typed)
    except Usage as error:
        print(f"{parser().prog}: error: {error}", file=sys.stderr)
        return UNKNOWN
    except BrokenPipeError:  # who reads has enough, as `head` does; what is still in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNKNOWN
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return UNKNOWN


def reported(typed: argparse.Namespace) -> int:
    parameters, paths = sorted_out(typed.words)
    if typed.budget is not None and not typed.explore:
        raise Usage("--budget is for --explore; type it as well, or leave it out")
    options = Options(typed.explore, typed.stop, typed.memory, typed.budget)
    page = page_for(typed.html)
    reports = [loaded(path) for path in paths]
    if failed := [report for report in reports if report.failed]:
        say("\n\n".join(map(text.told, failed)))
    check(parameters, reports)
    for at, report in enumerate(reports):
        if report.driver is not None:
            own = {name: value for name, value in parameters.items() if name in report.driver.PARAMETERS}
            reports[at] = judged(report, options, own)
            say("\n" * (at > 0 or bool(failed)) + text.told(reports[at]))
    if len(reports) > 1:
        say("\n" + text.table(reports))
    if page is not None:
        try:
            page.write(typed.html, reports)
        except OSError as error:
            raise Usage(f"{typed.html} cannot be written: {error.strerror}") from None
    return max(report.status for report in reports)


def sorted_out(words: Sequence[str]) -> tuple[dict[str, int], list[Path]]:
    """The parameters, and the files, each once, in the order in which they were typed.

    >>> parameters, paths = sorted_out(["a.c", "Count=0x10", "b.c", "a.c"])
    >>> parameters, [path.name for path in paths]
    ({'Count': 16}, ['a.c', 'b.c'])
    """
    parameters: dict[str, int] = {}
    paths: dict[Path, None] = {}
    for word in words:
        name, given, number = word.partition("=")
        if given and name.isidentifier() and not word.endswith((".c", ".C")):
            try:
                parameters[name] = int(number, 0)
            except ValueError:
                raise Usage(f"{name} is a whole number, not {number!r}; type  {name}=20") from None
        else:
            paths.update(dict.fromkeys(files(word)))
    if not paths:
        raise Usage("no file is named; type  python -m kevent_sim run FILE.c")
    return parameters, list(paths)


def files(word: str) -> list[Path]:
    """The files of C that a word names. Where the shell leaves a pattern as it is, as that of Windows does, all that it
    matches."""
    if re.search(r"[*?[]", word) and not Path(word).exists():
        found = sorted(Path(each) for each in glob.glob(word, recursive=True) if each.endswith((".c", ".C")))
        if not found:
            raise Usage(f"no .c file matches {word}")
        return found
    if Path(word).is_dir():
        raise Usage(f"{word} is a folder; type  {Path(word).as_posix()}/*.c")
    if not word.endswith((".c", ".C")):
        raise Usage(f"{word} is not a .c file, and no parameter; type  FILE.c  or  NAME=NUMBER")
    return [Path(word)]


def check(parameters: dict[str, int], reports: Sequence[Report]) -> None:
    """Raise for a parameter that none of the drivers has."""
    drivers = {report.file: report.driver.PARAMETERS for report in reports if report.driver is not None}
    for name in parameters:
        if not drivers or any(name in declared for declared in drivers.values()):
            continue
        near = nearest(name, dict.fromkeys(each for declared in drivers.values() for each in declared))
        hint = f" (did you mean {near}?)" if near else ""
        there = "; ".join(f"{file} has {', '.join(declared) or 'none'}" for file, declared in drivers.items())
        raise Usage(f"no parameter is named {name}{hint}: {there}")


def page_for(path: Path | None) -> ModuleType | None:
    """What writes the page, where one is to be written; what would keep it from that is said before anything is run."""
    if path is None:
        return None
    try:
        page = import_module("kevent_sim.course.reports.page")
    except ModuleNotFoundError as error:
        raise Usage(f"--html needs {error.name}; type  {python()} -m pip install {error.name}") from None
    try:
        page.check(path)
    except OSError as error:
        raise Usage(str(error)) from None
    return page

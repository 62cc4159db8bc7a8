"""`python -m kevent_sim`: sets itself up on first use, checks every part, opens the course; and all its commands.

The standard library alone until all is installed. Every state is found out anew each time, none is written down: a
set-up that was interrupted anywhere goes on with the same command.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from kevent_sim.course.grading import command as grading
from kevent_sim.course.reports import command as reports
from kevent_sim.course.setup import check as setup_check
from kevent_sim.course.setup import copy as course_copy
from kevent_sim.course.setup import lab as course_lab
from kevent_sim.course.setup import venv as course_venv
from kevent_sim.course.setup.check import python
from kevent_sim.course.setup.editions import EDITIONS
from kevent_sim.course.setup.venv import say
from kevent_sim.course.site import command as course_site
from kevent_sim.runs.run import run
from kevent_sim.runs.windows import Windows
from kevent_sim.samples import notification_event, race, synchronization_event
from kevent_sim.version import __version__

EXAMPLES = """\
examples, in the folder of the clone, or anywhere once the wheel is installed:
  python -m kevent_sim                      set up if needed, check, and open the course in the browser
  python -m kevent_sim --no-browser --port 8899     the same, for a browser elsewhere
  python -m kevent_sim check                one line for each part, and what to type where one is missing
  python -m kevent_sim copy my-course       the notebooks, nothing run yet, in a folder to work in
  python -m kevent_sim demo                 the three sample drivers; needs no set-up and no browser
  python -m kevent_sim run race.c           a driver in C: how it ends, and what is wrong with it; run --help tells more
  python -m kevent_sim slides talk          the notebooks as slides, in the new folder talk; they need no network
  python -m kevent_sim site public          the course as pages for a web server: readers need only a browser
  python -m kevent_sim test -q -k race      run the tests; what follows is pytest's
  python -m kevent_sim grade handed_in      grade learners' notebooks, here all in a folder
"""

# Files of tests are shared out among the processors; the tests of one file stay together, and in their order.
PYTEST = ["-m", "pytest", "-n", "logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]

NO_CLONE = """\
The tests are in the clone only, and this kevent_sim runs from {package}.
Go to the clone's folder (the one with pyproject.toml) and start it there:
  cd kevent_sim
  {python} -m kevent_sim test"""

OWN_COPY = "kevent-course"  # made in the folder where one is, or in that of the clone


def become(command: list[str]) -> int:
    """Go on as another program: the terminal, Ctrl-C and the exit code are its own."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    return course_venv.run_to_end(command)


def check(root: Path) -> bool:
    """Print a line for every part; whether all fit."""
    parts = setup_check.parts(root, __version__)
    for part in parts:
        say(str(part))
    return all(part.fits for part in parts)


def copy_course(source: Path, folder: Path, force: bool = False, edition: str = "") -> None:
    made = EDITIONS[edition]
    try:
        over = course_copy.copy(source, folder, force, made)
    except course_copy.Refused as refused:
        words = f"To write over them:  {python()} -m kevent_sim copy{edition and f' --{edition}'} --force {folder}"
        sys.exit(f"{refused}\n{words}" if course_copy.changed(source, folder, made) and not force else str(refused))
    for name in over:
        say(f"written over: {folder / name}")
    say(f"The course is in {folder}: {len(list(folder.glob('*.ipynb')))} notebooks.")


def working_copy(root: Path) -> Path:
    """Where a learner works: in this folder, if the course is here, or in one below it."""
    here = Path.cwd()
    folder = here if (here / course_copy.FIRST).exists() else here / OWN_COPY
    if not (folder / course_copy.FIRST).exists():
        copy_course(root / "notebooks", folder)
    return folder


def open_course(root: Path, port: int | None, browser: bool) -> int:
    if not check(root):
        sys.exit("Type what the [FAIL] lines say, then the same command again.")
    if port is not None and (problem := course_lab.port_problem(port)):
        sys.exit(problem)
    if browser and not setup_check.has_browser():
        say("No browser is found here: open the address that JupyterLab prints below.")
        browser = False
    root = working_copy(root)
    first = root / course_copy.FIRST
    say(f"Opening JupyterLab on {root}; Ctrl-C in this window ends it.")
    return become(course_lab.lab_command(root, first, port, browser))


def demo(**parameters: Any) -> None:
    """The three sample drivers on two simulated processors: how each ends, and the lines that repeat them."""
    policy = Windows(processors=2, seed=0)
    runs = [run(driver, policy, **parameters) for driver in (race, synchronization_event, notification_event)]
    directories = ("C:\\Temp", "C:\\Temp2")
    say(f"{'driver':<24}{'verdict':<12}" + "".join(f"{f'files in {directory}':>20}" for directory in directories))
    for each in runs:
        counts = "".join(f"{len(each.files(directory)):>20}" for directory in directories)
        say(f"{each.driver:<24}{each.verdict:<12}{counts}")
    say("\nEach again, in Python or in a notebook:\n\nimport kevent_sim as ks")
    say("from kevent_sim.samples import notification_event, race, synchronization_event\n")
    for each in runs:
        say(each.replay)


def port_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; one is a number from 1 to 65535, such as 8899")
    return int(text)


def run_drivers(words: list[str]) -> int:
    """In the clone's environment, where this one lacks a part and that one has all."""
    root = setup_check.home()
    if setup_check.missing(root) and not course_venv.is_prefix(root, sys.prefix) and course_venv.works(root):
        return become([str(course_venv.interpreter(root)), "-m", "kevent_sim", "run", *words])
    return reports.main(words)


def parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="python -m kevent_sim",
        description="Open the course on Windows kernel events. In a clone, what it needs is installed on\n"
        "first use, into the folder .venv there and nowhere else. What is opened is a copy of the course to work in,\n"
        f"in the folder {OWN_COPY} there, or, from a wheel, below this one.",
        epilog=EXAMPLES,
        formatter_class=plain,
        allow_abbrev=False,
    )
    top.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    top.add_argument("--port", type=port_number, metavar="N", help="JupyterLab's port (else it finds a free one)")
    commands = top.add_subparsers(dest="command", metavar="check | copy | demo | grade | run | site | slides | test")
    for name, text, example in (
        ("check", "one line for each part: [ OK ], or [FAIL] and what to type; exit code 1 if one fails", "check"),
        ("demo", "run the three sample drivers at full size; needs no set-up and no browser", "demo"),
        (
            "run",
            "run drivers in C and report what is wrong with them, for CI: exit code 0, 1 or 2",
            "run race.c --explore",
        ),
        ("slides", "write every notebook as slides, which a browser shows without a network", "slides talk"),
        ("test", "run the tests, set up first if needed; all that follows is passed on to pytest", "test -q -k race"),
    ):
        example = f"example:\n  python -m kevent_sim {example}"
        command = commands.add_parser(name, help=text, description=text, epilog=example, formatter_class=plain)
        if name == "slides":
            command.add_argument("folder", metavar="FOLDER", help="a new folder, or one with an earlier export")
    grading.add_to(commands)
    text = "write the course as a folder of pages that run in any browser, with nothing installed"
    site = commands.add_parser(
        "site", help=text, description=course_site.DESCRIPTION, epilog=course_site.EXAMPLES, formatter_class=plain
    )
    course_site.add_arguments(site)
    text = "write the notebooks, fresh, into a folder; what a learner has changed there stays, except with --force"
    example = "example:\n  python -m kevent_sim copy my-course"
    copies = commands.add_parser("copy", help=text, description=text, epilog=example, formatter_class=plain)
    copies.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or one with an earlier copy")
    copies.add_argument("--force", action="store_true", help="write over files that differ from the course's")
    which = copies.add_mutually_exclusive_group()
    for edition, text in (("teacher", "as run, with notes"), ("without-solutions", "for a class")):
        which.add_argument(f"--{edition}", dest="edition", action="store_const", const=edition, default="", help=text)
    return top


def main(argv: list[str]) -> int:
    if argv[:1] == ["run"]:
        return run_drivers(argv[1:])
    for_pytest = argv[1:] if argv[:1] == ["test"] and argv[1:] not in (["-h"], ["--help"]) else []
    arguments = parser().parse_args(argv[: len(argv) - len(for_pytest)])
    if arguments.command == "demo":
        demo()
        return 0
    if arguments.command == "site":
        return course_site.main(arguments, say)
    root = setup_check.home()
    if arguments.command == "copy":
        copy_course(root / "notebooks", arguments.folder, arguments.force, arguments.edition)
        return 0
    if arguments.command == "test" and not setup_check.is_clone(root):
        sys.exit(NO_CLONE.format(package=setup_check.PACKAGE, python=python()))
    if arguments.command == "slides":
        argv = ["slides", str(Path(arguments.folder).absolute())]
    there = [str(course_venv.interpreter(root)), "-m", "kevent_sim", *argv]
    if arguments.command == "grade":  # where the files are, and so not in the clone's folder
        if still := setup_check.missing(root):
            if not course_venv.is_prefix(root, sys.prefix) and course_venv.works(root):
                return become(there)
            sys.exit("\n".join(map(str, still)) + "\nand then the same command again.")
        return grading.grade(arguments, root / "notebooks")
    if setup_check.is_clone(root):
        os.chdir(root)
    extra = "test" if arguments.command == "test" else ""
    if arguments.command == "check":
        if setup_check.missing(root) and not course_venv.is_prefix(root, sys.prefix) and course_venv.works(root):
            return become(there)
        return 0 if check(root) else 1
    if not course_venv.complete(root, extra):
        if not course_venv.works(root):
            course_venv.make(root)
        return become(there)
    if extra:
        return become([sys.executable, *PYTEST, *for_pytest])
    if arguments.command == "slides":
        return become([sys.executable, "-m", "kevent_sim.course.slides", argv[1]])
    return open_course(root, arguments.port, not arguments.no_browser)


def start() -> int:
    try:
        return main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; nothing is lost: the same command goes on from here.")

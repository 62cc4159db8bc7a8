"""`%load_ext kevent_sim`, then `%%c`: a notebook cell that is a driver in C."""

from __future__ import annotations

import builtins
import shlex
import warnings
from keyword import iskeyword
from pathlib import Path
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from kevent_sim.c import CDriver, CWarning, load
from kevent_sim.orders.explore import explore
from kevent_sim.samples import drivers

FILES = Path(drivers.__file__).parent / "files.h"
USAGE = "%%c [NAME] [PARAMETER=NUMBER ...] [--explore [PARAMETER=NUMBER ...] [--check QUESTION]]"


class Asked(NamedTuple):
    """The first line of a cell: the driver's name and defaults; is it explored, at which size, with what question."""

    name: str
    defaults: dict[str, int]
    explores: bool
    size: dict[str, int]
    question: str


def register(shell: Any) -> None:
    """Give a shell the cell magic `%%c`."""

    def c(line: str, cell: str) -> Any:
        """A driver in C: the cell's text, loaded and named.

        %%c race FileCount=1000 WriteCount=100
            `race` is the driver from now on, as `ks.c.load` would load it: `ks.run(race)`. Without a name: `driver`.
            What follows the name are defaults of its parameters: of its #defines, or of the loops whose bound is
            written as this number.
        %%c race FileCount=1000 WriteCount=100 --explore FileCount=2 WriteCount=1
            The same, and what `ks.explore(race, FileCount=2, WriteCount=1)` finds.
        %%c race --explore --check samples.all_moved
            A question that is asked of every run.

        `#include "files.h"` in the cell: CreateOneFile(i), MoveOneFile(i) and StartThread(StartRoutine), as in the
        samples, with FILE_COUNT and WRITE_COUNT.

        Lines are numbered as in the cell, of which `%%c` is the first.
        """
        return driver_of(shell, line, cell)

    shell.register_magic_function(c, "cell", "c")


def driver_of(shell: Any, line: str, cell: str) -> Any:
    """What a cell shows: its driver, or what is found in all orders of its steps."""
    asked = _asked(line)
    if not isinstance(shell.user_ns.get(asked.name), CDriver | None):
        raise _taken(asked.name, "it is in use here")
    shell.user_ns.pop(asked.name, None)  # where the text cannot be loaded, an earlier one is not in its place
    driver = shell.user_ns[asked.name] = loaded(line, cell)
    if not asked.explores:
        return driver
    question = shell.ev(asked.question) if asked.question else None
    return explore(driver, question, **dict[str, Any](asked.size))


def loaded(line: str, cell: str) -> CDriver:
    """The driver of a cell. What a compiler would warn of is printed."""
    asked = _asked(line)
    files = FILES.read_text(encoding="utf-8")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", CWarning)
        try:
            driver = load(
                "\n" + cell.removeprefix("\ufeff"), f"{asked.name}.c", {FILES.name: files}, None, **asked.defaults
            )
        except ValueError as error:  # of a parameter; what is wrong with the text is a CError
            raise UsageError(str(error)) from None
    for each in found:
        print(f"{each.category.__name__}: {each.message}")
    return driver


def _asked(line: str) -> Asked:
    asked = Asked("", {}, False, {}, "")
    try:
        words = iter(shlex.split(line, posix=False))
    except ValueError:
        raise UsageError(f"a quote is not closed; type  {USAGE}") from None
    for word in words:
        parameter, given, number = word.partition("=")
        if word == "--explore":
            asked = asked._replace(explores=True)
        elif word == "--check":
            asked = asked._replace(question=_bare(next(words, "")))
            if not asked.question:
                raise UsageError(f"--check is followed by a question to a run; type  {USAGE}")
        elif parameter.isidentifier() and given:
            try:
                (asked.size if asked.explores else asked.defaults)[parameter] = int(number, 0)
            except ValueError:
                raise UsageError(f"{parameter} is a whole number, not {number!r}; type  {USAGE}") from None
        elif word.isidentifier() and not asked.name:
            asked = asked._replace(name=word)
        else:
            raise UsageError(f"%%c does not know what {word!r} is; type  {USAGE}")
    if asked.question and not asked.explores:
        raise UsageError(f"a question is asked where all orders are explored; type  --explore --check {asked.question}")
    if iskeyword(asked.name) or hasattr(builtins, asked.name):
        raise _taken(asked.name, "it is a word of Python's")
    return asked._replace(name=asked.name or "driver")


def _bare(word: str) -> str:
    """A word without the quotes around it, which keep its blanks together."""
    return word[1:-1] if word[:1] in ("'", '"') and word[-1:] == word[:1] else word


def _taken(name: str, why: str) -> UsageError:
    return UsageError(f"{name} cannot name a driver: {why}; type another name, such as  %%c {name}_driver")

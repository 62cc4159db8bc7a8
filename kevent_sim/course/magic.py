"""`%load_ext kevent_sim`, then `%%c`: a notebook cell that is a driver in C."""

from __future__ import annotations

import shlex
from typing import Any

from IPython.core.error import UsageError

from kevent_sim.c import CDriver, load
from kevent_sim.orders.explore import explore

USAGE = "%%c [NAME] [PARAMETER=NUMBER ...] [--explore [--check QUESTION]]"


def register(shell: Any) -> None:
    """Give a shell the cell magic `%%c`."""

    def c(line: str, cell: str) -> Any:
        """A driver in C: the cell's text, loaded and named.

        %%c race FileCount=1000 WriteCount=100
            `race` is the driver from now on, as `ks.c.load` would load it: `ks.run(race)`. Without a name: `driver`.
            What follows the name are defaults of its parameters: of its #defines, or of a loop bound that is written
            as this number.
        %%c race --explore FileCount=2 WriteCount=1
            The same, and what `ks.explore(race)` finds.
        %%c race --explore --check samples.all_moved
            A question that is asked of every run.

        Lines are numbered as in the cell, of which `%%c` is the first.
        """
        return driver_of(shell, line, cell)

    shell.register_magic_function(c, "cell", "c")


def driver_of(shell: Any, line: str, cell: str) -> Any:
    """What a cell shows: its driver, or what is found in all orders of its steps."""
    name, _, explores, question = _asked(line)
    driver = shell.user_ns[name] = loaded(line, cell)
    if not explores:
        return driver
    check = shell.ev(question) if question else None
    return explore(driver, check=check)


def loaded(line: str, cell: str) -> CDriver:
    """A cell's driver, by the first line of the cell and the others."""
    name, parameters, _, _ = _asked(line)
    return load(f"\n{cell}", f"{name}.c", None, None, **parameters)


def _asked(line: str) -> tuple[str, dict[str, int], bool, str]:
    """The name, the parameters, whether all orders are explored, and the question, of the first line of a cell."""
    name, parameters, explores, question = "", {}, False, ""
    words = iter(shlex.split(line, posix=False))
    for word in words:
        parameter, given, number = word.partition("=")
        if word == "--explore":
            explores = True
        elif word == "--check":
            question = next(words, "")
            if not question:
                raise UsageError(f"--check is followed by a question to a run; type  {USAGE}")
        elif given:
            try:
                parameters[parameter] = int(number, 0)
            except ValueError:
                raise UsageError(f"{parameter} is a whole number, not {number!r}; type  {USAGE}") from None
        elif word.isidentifier() and not name:
            name = word
        else:
            raise UsageError(f"%%c does not know what {word!r} is; type  {USAGE}")
    if question and not explores:
        raise UsageError(f"a question is asked where all orders are explored; type  --explore --check {question}")
    return name or "driver", parameters, explores, question

"""Coroutines of a driver's own that were made and then dropped without `await`: a start routine called like a function.

Python warns of one when nobody has it any more, which is in the line that made it. While a machine runs the warning is
kept here, and the kernel stops for it; every other warning goes where it went.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEVER_AWAITED = r"coroutine '(?:.*\.)?(\w+)' was never awaited"

dropped: list[tuple[str, int]] = []  # its name, and the line; of what no thread was stopped for yet


@contextmanager
def drops_noticed() -> Iterator[None]:
    """A machine runs: what it drops is put into `dropped`. What comes too late to stop a thread is shown at the end."""
    shown, late = warnings.showwarning, list[tuple[Any, ...]]()

    def notice(message: Warning | str, category: type[Warning], *where: Any) -> None:
        found = re.match(NEVER_AWAITED, str(message)) if category is RuntimeWarning else None
        if found is None:
            shown(message, category, *where)
        else:
            dropped.append((found[1], where[1]))
            late.append((message, category, *where))

    kept = dropped[:]
    dropped.clear()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("always", NEVER_AWAITED, RuntimeWarning)
            warnings.showwarning = notice  # type: ignore[assignment]  # takes what any caller gives
            yield
        for each in late:
            shown(*each)
    finally:
        dropped[:] = kept

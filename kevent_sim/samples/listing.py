"""A driver's C beside its Python, function by function."""

from __future__ import annotations

import html
import inspect
import re
from pathlib import Path
from types import ModuleType


class Listing:
    """Two listings side by side in a notebook; its `repr` is the Python alone."""

    def __init__(self, c: str, python: str) -> None:
        self.c, self.python = c, python

    def __repr__(self) -> str:
        return self.python

    def _repr_html_(self) -> str:
        def column(title: str, code: str) -> str:
            text = html.escape(code)
            style = "white-space: pre; overflow-x: auto; font-size: 78%; padding: 0.6em; border: 1px solid #8888"
            return f'<div style="flex: 1 1 30em; min-width: 0"><b>{title}</b><pre style="{style}">{text}</pre></div>'

        columns = column("C, as a WDK driver", self.c) + column("Python, as this course runs it", self.python)
        return f'<div style="display: flex; flex-wrap: wrap; gap: 1em">{columns}</div>'


def beside(driver: ModuleType, function: str) -> Listing:
    """One function of a sample in C and in Python.

    Raises ValueError for a function that the sample does not have.

    >>> from kevent_sim.samples import race
    >>> beside(race, "DriverUnload")
    async def DriverUnload(DriverObject):
        await IoDeleteDevice(DriverObject.DeviceObject)
    """
    source = Path(inspect.getfile(driver)).with_suffix(".c").read_text(encoding="utf-8")
    found = re.search(rf"^\w+ {re.escape(function)}\([^)]*\)\n{{.*?^}}", source, re.MULTILINE | re.DOTALL)
    if found is None or not hasattr(driver, function):
        raise ValueError(f"{driver.__name__} has no function {function}")
    return Listing(found[0], inspect.getsource(getattr(driver, function)).rstrip())

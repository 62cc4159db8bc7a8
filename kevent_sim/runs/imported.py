"""Modules of the learner's own that a run is the first to import: it executes them, and so does the next run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from kevent_sim.machine.lines import is_drivers


def of_learner(space: Mapping[str, Any]) -> bool:
    """Do a module's globals belong to code of the learner's own, that lies among no installed packages?"""
    return is_drivers(space.get("__file__") or "", space.get("__name__", ""))


class Imported:
    """Those of one driver, whose functions import what has these names."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._before: set[str] | None = None  # the modules that there were when a run began, where it may bring more
        self._modules: dict[str, ModuleType] = {}

    def begin(self) -> None:
        self._before = {*sys.modules} if any(name not in sys.modules for name in self._names) else None

    def end(self) -> None:
        if self._before is not None:
            new = {name: sys.modules[name] for name in sys.modules if name not in self._before}
            self._modules = {name: module for name, module in new.items() if of_learner(vars(module))}

    def forget(self) -> None:
        """Unless somebody has imported another one since."""
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
                package, _, last = name.rpartition(".")
                within = vars(sys.modules[package]) if package in sys.modules else {}
                if within.get(last) is module:
                    del within[last]
        self._modules = {}

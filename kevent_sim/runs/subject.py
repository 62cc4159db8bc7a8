"""What is run: a driver with its parameters, volume and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kevent_sim.machine.numbers import whole_number
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.entries import driver_entry, layers
from kevent_sim.runs.image import as_loaded

REG_DWORD_MAX = 0xFFFF_FFFF


@dataclass(eq=False)
class Subject:
    """What is run, as it was given, and checked; never changed. It can be booted again and again.

    `name` and `entry` are the driver's, `values` all its parameters: those given in place of their defaults.
    """

    driver: Any
    volume: Volume | None
    max_steps: int
    stop: bool
    parameters: Mapping[str, int]
    memory: str = "strict"

    def __post_init__(self) -> None:
        check_count("max_steps", self.max_steps, 1)
        if not isinstance(self.stop, bool):
            raise TypeError(f"stop is True or False, not {self.stop!r}")
        if self.volume is not None and not isinstance(self.volume, Volume):
            raise TypeError(
                f"volume is a Volume, not {self.volume!r}; type:  volume=ks.Volume(directories=[...], files={{...}})"
            )
        if self.memory not in ("strict", "machine"):
            raise ValueError(f'memory is "strict" or "machine", not {self.memory!r}')
        if isinstance(self.driver, Path):
            self.driver = self.driver.as_posix()  # as a line of Python names it
        self.name, self.entry = driver_entry(self.driver)
        if self.memory == "machine" and not from_c(self.entry):
            raise ValueError(f'memory="machine" is for drivers in C, which {self.name} is not; leave it out')
        self.values = _values(self.name, self.entry, self.parameters)


def check_count(name: str, value: Any, least: int) -> None:
    """Raises ValueError unless the value is a whole number, `least` or more."""
    if not whole_number(value) or value < least:
        raise ValueError(f"{name} is a whole number, {least} or more, not {value!r}")


def declared_parameters(entry: Any) -> dict[str, int]:
    """The PARAMETERS beside a DriverEntry, with their defaults, as a load finds them; where one is wrapped, beside the
    innermost."""
    return as_loaded(layers(entry)[-1].__globals__, "PARAMETERS")


def declare_parameters(entry: Any, declared: dict[str, int]) -> None:
    """Put them there again, where the code of a DriverEntry has come without them: it need not name them."""
    if declared and declared_parameters(entry) != declared:
        layers(entry)[-1].__globals__["PARAMETERS"] = declared


def from_c(entry: Any) -> bool:
    """Is it the DriverEntry of a driver that was loaded from C?"""
    return "__c__" in layers(entry)[-1].__globals__


def _values(name: str, entry: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, int]:
    """The driver's declared parameters with those given in place of their defaults."""
    declared = declared_parameters(entry)
    for parameter, value in given.items():
        if parameter not in declared:
            remedy = "write  PARAMETERS = {...}  next to DriverEntry"
            if from_c(entry):
                remedy = (
                    f"type #defines into its text, or where it is loaded  {parameter}=1000  for loops that end at 1000"
                )
            known = ", ".join(declared) or f"none; {remedy}"
            raise ValueError(f"{name} has no parameter {parameter}; it declares: {known}")
        if not whole_number(value):
            raise TypeError(f"{parameter} is a whole number, not {value!r}")
        if not 0 <= value <= REG_DWORD_MAX:
            raise ValueError(f"{parameter} is a REG_DWORD, 0 to {REG_DWORD_MAX}, not {value}")
    return {**declared, **given}

"""A driver that was loaded from C."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from kevent_sim.c.boot import OF_MEMORY, Change, boot
from kevent_sim.c.calls.routines import ROUTINES
from kevent_sim.c.memory.shown import layout, records
from kevent_sim.c.program import Program


class CDriver(ModuleType):
    """A driver that was loaded from C: as good as a module of the samples.

    `text` is the C, `python` what it became, `PARAMETERS` its parameters with their defaults, `DriverEntry` its entry.
    """

    text: str
    python: str
    PARAMETERS: dict[str, int]
    DriverEntry: Any

    def __init__(
        self, name: str, program: Program, frames: Mapping[str, Sequence[str]], changes: Sequence[Change] = ()
    ) -> None:
        super().__init__(name)
        self.made_of = program, frames, changes
        self.text, self.python = "\n".join(program.text.lines), program.lowered.python
        self.PARAMETERS = program.defaults
        self.DriverEntry = _entry(name, program, frames, changes)

    def __reduce__(self) -> Any:
        return CDriver, (self.__name__, *self.made_of)

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.PARAMETERS.items())
        return f"<C driver {self.__name__}: {parameters or 'no parameters'}>"

    def layout_of(self, name: str) -> Iterator[str]:
        """What a debugger shows of a structure that the driver uses. Raises ValueError for an unknown name."""
        lowered = self.made_of[0].lowered
        kept = [type for frame in lowered.frames.values() for _, type in frame]
        known = records([*lowered.types.values(), *lowered.variables.values(), *kept])
        spellings = (name, f"struct {name}", f"union {name}", name.removeprefix("_"))
        if found := [known[each] for each in spellings if each in known]:
            return layout(found[0])
        raise ValueError(f"{self.__name__} uses no structure {name!r}; it uses: {', '.join(sorted(known))}")

    def text_of(self, function: str) -> str:
        """The text in which a function stands: the driver's own, or a header's."""
        home = self.made_of[0].lowered.homes.get(function)
        return self.text if home is None else "\n".join(home.lines)

    def with_entry(self, name: str, inner: str, c: str) -> CDriver:
        """The driver with another DriverEntry, written below its text, which calls its own by the name `inner`."""
        program, frames, changes = self.made_of
        return CDriver(name, program.followed_by(c, {"DriverEntry": inner}), frames, changes)

    def with_routine(self, name: str, routine: str, change: Callable[..., Any]) -> CDriver:
        """The driver on a machine where a routine is what `change` makes of it. Raises ValueError for one that the
        driver does not call."""
        program, frames, changes = self.made_of
        if routine in OF_MEMORY and routine not in ROUTINES:
            raise ValueError(f"{routine} returns no status")
        if routine not in program.lowered.used or routine not in ROUTINES:
            raise ValueError(f"{self.__name__} calls no routine {routine}")
        change(ROUTINES[routine])  # what is wrong with it is said now
        return CDriver(name, program, frames, (*changes, (routine, change)))


def _entry(name: str, program: Program, frames: Mapping[str, Sequence[str]], changes: Sequence[Change]) -> Any:
    """A DriverEntry of the driver's own, beside which its PARAMETERS stand. It goes to other processes with what it
    names, and what stands in its namespace as `__c__` tells that it is C."""

    module = f"c.{name}"  # none of Python's own, as  queue.c  and  time.c  would be

    async def enter(DriverObject: Any, RegistryPath: Any) -> Any:
        compiled = program.of({**program.defaults, **RegistryPath.parameters})
        return await boot(compiled, module, frames, changes, DriverObject, RegistryPath)

    space = {"__name__": module, "__c__": enter, "PARAMETERS": program.defaults}
    return FunctionType(_DriverEntry.__code__, space, "DriverEntry")


async def _DriverEntry(DriverObject: Any, RegistryPath: Any) -> Any:
    return await __c__(DriverObject, RegistryPath)  # type: ignore[name-defined]  # noqa: F821

"""IRQL: the levels, the rule of each routine, and what Driver Verifier does to a driver that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kevent_sim.machine.ntstatus import BugCheck

PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL = 0, 1, 2, 15  # those between 2 and 15 are devices' (x64)
_NAMES = {0: "PASSIVE_LEVEL", 1: "APC_LEVEL", 2: "DISPATCH_LEVEL", 15: "HIGH_LEVEL"}


def irql_name(irql: int) -> str:
    """
    >>> irql_name(2), irql_name(5)
    ('DISPATCH_LEVEL', 'DIRQL 5')
    """
    return _NAMES.get(irql, f"DIRQL {irql}")


class Limit(NamedTuple):
    """Up to which IRQL a call is legal. Beyond it: bug check 0xC4, whose first parameter is `code`.

    `rule` is the DDI compliance rule that says so, where there is one; `when` tells which of a routine's calls are
    meant; `above` is the code above DISPATCH_LEVEL where that is another one; `lowest` is the only IRQL where it is not
    0.
    """

    highest: int
    code: int = 0
    rule: str = ""
    when: str = ""
    above: int = 0
    lowest: int = 0

    @property
    def relation(self) -> str:
        return "=" if self.lowest == self.highest else "<="

    def __str__(self) -> str:
        if self.highest == HIGH_LEVEL:
            return "any"
        level = f"{self.relation} {irql_name(self.highest)}"
        codes = [self.rule] * bool(self.rule) + [f"0x{self.code:X}"]
        codes += [f"0x{self.above:X} above DISPATCH_LEVEL"] * bool(self.above)
        return " ".join([level, *[self.when] * bool(self.when), f"({', '.join(codes)})"])


class IrqlRule(NamedTuple):
    """The limits of a routine, of which `which(*arguments)` gives the one for a call.

    >>> print(IrqlRule((Limit(DISPATCH_LEVEL, 0x20011, "IrqlKeDispatchLte"),)))
    <= DISPATCH_LEVEL (IrqlKeDispatchLte, 0x20011)
    """

    limits: tuple[Limit, ...]
    which: Callable[..., int] = lambda *arguments: 0
    waits: bool = False  # it is the wait that a Wait = True before it announced, and lowers the IRQL again

    def __str__(self) -> str:
        return "; ".join(map(str, self.limits))

    def enforce(self, name: str, arguments: tuple[Any, ...], irql: int, why: str = "") -> None:
        """Stop the machine where a call is made at too high an IRQL, as Driver Verifier would; `why` it is so high."""
        limit = self.limits[self.which(*arguments)]
        if limit.lowest <= irql <= limit.highest:
            return
        code = limit.above if limit.above and irql > DISPATCH_LEVEL else limit.code
        level = f"{'at most ' if limit.relation == '<=' else ''}{irql_name(limit.highest)}"
        rule = f" (rule {limit.rule})" if limit.rule else ""
        call = " ".join([name, *[limit.when] * bool(limit.when)])
        raise BugCheck(0xC4, f"{call} at {irql_name(irql)}; it is for {level}{rule}{why}", code, irql)


def at_most(highest: int, code: int, rule: str = "") -> IrqlRule:
    """The rule of a routine whose calls are all alike."""
    return IrqlRule((Limit(highest, code, rule),))


# Where no DDI compliance rule names the routine the limit is that of its page, and the code that of the verifier's
# older tests: 0xE5, a kernel routine at the wrong IRQL; 0xE6, a Zw routine above PASSIVE_LEVEL.
ANY_IRQL = IrqlRule((Limit(HIGH_LEVEL),))
PASSIVE = at_most(PASSIVE_LEVEL, 0xE5)
DISPATCH = at_most(DISPATCH_LEVEL, 0xE5)
ZW_PASSIVE = at_most(PASSIVE_LEVEL, 0xE6)

"""Which instructions of a function are the same place in its source: Python may compile a loop's condition twice.

Where Python does that depends on its version; what is explored must not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import CodeType
from typing import Any

from kevent_sim.orders.uses import Flow, flow_of

_SKIPPED = re.compile("NOP|NOT_TAKEN|RESUME|EXTENDED_ARG|CACHE|JUMP_(FORWARD|BACKWARD|ABSOLUTE).*$")


@lru_cache(maxsize=4096)
def first_twin(code: CodeType, instruction: int) -> int:
    """The first instruction from which the function goes on as from this one, at the same place of its source."""
    flow = flow_of(code)
    if instruction not in flow:
        return instruction
    this = flow[instruction][0]
    alike = (at for at, (other, _) in flow.items() if (other.opname, other.positions) == (this.opname, this.positions))
    return next(at for at in alike if at == instruction or _go_on_alike(flow, at, instruction))


def _go_on_alike(flow: Flow, one: int, other: int) -> bool:
    """Does the same come after both, to the end or to where it has been compared?"""
    compared: set[tuple[int, int]] = set()
    pending = [(one, other)]
    while pending:
        pair = tuple(_landing(flow, at) for at in pending.pop())
        if pair in compared or pair[0] == pair[1]:
            continue
        compared.add((pair[0], pair[1]))
        (does, after), (its, its_after) = (_done(flow, at) for at in pair)
        if does != its or len(after) != len(its_after):
            return False
        pending += zip(after, its_after, strict=True)
    return True


def _landing(flow: Flow, at: int) -> int:
    """Past jumps without a condition, and what does nothing."""
    seen = set()
    while _SKIPPED.fullmatch(flow[at][0].opname) and at not in seen and flow[at][1]:
        seen.add(at)
        at = flow[at][1][-1]
    return at


def _done(flow: Flow, at: int) -> tuple[Any, list[int]]:
    """What an instruction does, and what may follow it; of a condition first what does where it is true."""
    this, after = flow[at]
    name = this.opname.replace("FORWARD_", "").replace("BACKWARD_", "")
    if "_IF_" not in name:
        return (name, None if this.argval in after else this.argval, this.positions), after
    if re.search("IF_FALSE|IF_NOT_NONE", name):
        name = name.replace("IF_FALSE", "IF_TRUE").replace("IF_NOT_NONE", "IF_NONE")
        after = [*after[:-2], after[-1], after[-2]]
    return (name, this.positions), after

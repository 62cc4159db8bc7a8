"""What counts as a number where one is asked for, and which flags are known."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from kevent_sim.machine.call import not_simulated


def whole_number(value: Any) -> TypeGuard[int]:
    """Is this a whole number? True and False are none here, although Python counts them as 1 and 0.

    >>> whole_number(2), whole_number(True), whole_number(2.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def check_flags(what: str, flags: Any, simulated: int, others: Mapping[str, int], instead: str) -> None:
    """Refuse flags beyond those that are simulated: the `others` by their names, the rest as a number.

    >>> check_flags("Attributes", 0x42, 0x240, {"OBJ_INHERIT": 2, "OBJ_OPENIF": 0x80}, "type:  OBJ_KERNEL_HANDLE")
    Traceback (most recent call last):
    kevent_sim.machine.call.Misuse: not simulated: Attributes with OBJ_INHERIT; type:  OBJ_KERNEL_HANDLE
    """
    if not whole_number(flags):
        raise TypeError(f"{what} is a number, flags joined by |, not {flags!r}")
    if left := flags & ~simulated:
        named = {name: bit for name, bit in others.items() if left & bit}
        unnamed = left & ~sum(named.values())
        told = [*named, *([f"{unnamed:#x}"] if unnamed else [])]
        raise not_simulated(f"{what} with {' | '.join(told)}", instead)


def signed(value: int, bits: int) -> int:
    """A number as C has it in so many bits, the first of them a sign.

    >>> signed(0xFFFF_FFFF, 32), signed(1 << 40 | 5, 32), signed(-1, 64)
    (-1, 5, -1)
    """
    half = 1 << (bits - 1)
    return (int(value) + half & (1 << bits) - 1) - half

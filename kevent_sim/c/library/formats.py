"""Formats: what C's printf makes of arguments, as the kernel has it. `formatted` is the door.

The kernel has no floating point, and adds %Z (a counted string), %S and %C (of the other unit), the sizes w, I, I32 and
I64, and a %p of 16 digits. An argument is promoted already: a number, or a pointer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from kevent_sim.c.interface import Memory, Pointer
from kevent_sim.c.library.strings import text
from kevent_sim.c.library.units import NARROW, WIDE, converted, units
from kevent_sim.c.runtime import Undefined, pointer, uint16
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.numbers import signed

_DIRECTIVE = re.compile(
    r"""% (?P<flags>[-+\ #0]*) (?P<width>\*|\d*) (?:\.(?P<precision>\*|\d*))?
    (?P<size>hh|h|ll|l|I64|I32|I|[wzjtL]|) (?P<kind>.|$)""",
    re.VERBOSE | re.DOTALL,
)
_BITS = {"hh": 8, "h": 16, "ll": 64, "I64": 64, "I": 64, "z": 64, "j": 64, "t": 64}
_NULL = "(null)"


class Directive(NamedTuple):
    """One conversion of a format; `precision` is None where it has none, `width` and it may be `*`."""

    text: str
    flags: str
    width: str
    precision: str | None
    size: str
    kind: str


@lru_cache(maxsize=1024)
def pieces(format: str) -> Sequence[str | Directive]:
    """The directives of a format, and the text between them.

    >>> pieces("a%%%-5.2hx")
    ('a', '%', Directive(text='%-5.2hx', flags='-', width='5', precision='2', size='h', kind='x'))
    """
    found: list[str | Directive] = []
    end = 0
    for match in _DIRECTIVE.finditer(format):
        directive = Directive(match[0], *match.groups())
        found += [format[end : match.start()], "%" if directive.kind == "%" else directive]
        end = match.end()
    return tuple(filter(None, [*found, format[end:]]))


@dataclass
class Formatted:
    """What came of a format: its units, whether it has a conversion for Unicode, and (where, bytes) of what it read."""

    text: str = ""
    passive: bool = False
    read: list[tuple[Pointer, int]] = field(default_factory=list)


def formatted(m: Memory, routine: str, unit: int, format: Pointer, arguments: Sequence[Any]) -> Formatted:
    """A format filled in. Arguments that are left over are ignored, as C does.

    Raises:
        Undefined: there are fewer arguments than conversions.
        Misuse: a conversion is not simulated.
    """
    done = Formatted()
    whole = text(unit, m, format)
    done.read.append((format, unit * (len(whole) + 1)))
    filling = _Filling(m, routine, unit, whole, iter(arguments), done)
    done.text = "".join(each if isinstance(each, str) else filling.conversion(each) for each in pieces(whole))
    return done


@dataclass
class _Filling:
    """A format that is being filled in."""

    m: Memory
    routine: str
    unit: int
    format: str
    left: Iterator[Any]
    done: Formatted

    def conversion(self, one: Directive) -> str:
        if one.kind not in "diuxXocCsSpZ" or not one.kind:
            raise Misuse(f"{self.routine}: {one.text!r} is not simulated{_reason(one.kind)}")
        flags, width, precision = one.flags, self.given(one, one.width) or 0, self.given(one, one.precision)
        if width < 0:
            flags, width = f"{flags}-", -width
        if precision is not None and precision < 0:
            precision = None
        value = self.next(one)
        if one.kind in "sS":
            return self.string(one, flags, width, precision, value)
        if one.kind in "cC":
            return self.character(one, flags, width, value)
        if one.kind == "Z":
            return self.counted(one, flags, width, value)
        if one.kind == "p":
            digits = f"{self.number(value) & (1 << 64) - 1:016X}"
            return padded("0X" if "#" in flags else "", digits, flags.replace("0", ""), width)
        return integer(self.number(value), one.kind, _BITS.get(one.size, 32), flags, width, precision)

    def given(self, one: Directive, number: str | None) -> int | None:
        """A width or a precision; a precision without digits is 0."""
        if number == "*":
            return signed(self.number(self.next(one)), 32)
        return None if number is None else int(number or "0")

    def next(self, one: Directive) -> Any:
        for value in self.left:
            return value
        raise Undefined(f"{self.routine}: nothing is left for {one.text} in {self.format!r}: an argument is missing")

    def number(self, value: Any) -> int:
        return value if isinstance(value, int) else self.m.order(value, None)

    def of(self, one: Directive) -> int:
        """The unit of what an argument is or points at: that of the format, unless it is said to be another."""
        if one.size in ("h", "hh"):
            unit = NARROW
        elif one.size in ("l", "ll", "w"):
            unit = WIDE
        elif one.kind == "Z":
            unit = NARROW
        else:
            unit = self.unit if one.kind in "sc" else NARROW + WIDE - self.unit
        self.done.passive |= unit == WIDE
        return unit

    def string(self, one: Directive, flags: str, width: int, precision: int | None, value: Any) -> str:
        unit = self.of(one)
        if not value:
            return padded("", _NULL[:precision], flags, width)
        found = text(unit, self.m, value, precision)
        self.done.read.append((value, len(found) * unit))
        return self.placed(found, unit, flags, width)

    def character(self, one: Directive, flags: str, width: int, value: Any) -> str:
        unit = self.of(one)
        return self.placed(chr(self.number(value) & (1 << 8 * unit) - 1), unit, flags, width)

    def counted(self, one: Directive, flags: str, width: int, value: Any) -> str:
        """A UNICODE_STRING or an ANSI_STRING; the kernel leaves a precision aside there."""
        unit = self.of(one)
        buffer = self.m.load(value, 8, pointer) if value else None
        if not buffer:
            return padded("", _NULL, flags, width)
        size = self.m.load(value, 0, uint16) // unit * unit
        self.done.read.append((buffer, size))
        return self.placed(units(self.m.read(buffer, size), unit), unit, flags, width)

    def placed(self, found: str, unit: int, flags: str, width: int) -> str:
        """Text of the argument's units in those of the result, within the width that the argument's units fill."""
        inside = converted(found, unit, self.unit)
        return padded("", inside, flags, width + len(inside) - len(found))


def _reason(kind: str) -> str:
    if kind and kind in "eEfFgGaA":
        return "; there is no floating point in the kernel's formats"
    return "; it writes into memory, which no driver needs" if kind == "n" else ""


def integer(value: int, kind: str, bits: int, flags: str, width: int, precision: int | None) -> str:
    """A whole number of so many bits.

    >>> integer(-7, "d", 32, "0", 5, None), integer(-1, "x", 16, "#", 0, None), integer(0, "u", 32, "", 3, 0)
    ('-0007', '0xffff', '   ')
    """
    sign, number = "", value & (1 << bits) - 1
    if kind in "di":
        number = signed(value, bits)
        sign = "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""
    digits = format(abs(number), {"x": "x", "X": "X", "o": "o"}.get(kind, "d"))
    if precision is not None:
        digits, flags = "" if precision == 0 == number else digits.zfill(precision), flags.replace("0", "")
    if "#" in flags and kind == "o" and not digits.startswith("0"):
        digits = f"0{digits}"
    if "#" in flags and kind in "xX" and number:
        sign = f"0{kind}"
    return padded(sign, digits, flags, width)


def padded(sign: str, body: str, flags: str, width: int) -> str:
    """Within a width: to the left where the flags say so, with zeros between the sign and the rest, or to the right.

    >>> padded("-", "7", "", 4), padded("-", "7", "0", 4), padded("-", "7", "0-", 4)
    ('  -7', '-007', '-7  ')
    """
    gap = width - len(sign) - len(body)
    if "-" in flags:
        return sign + body + " " * gap
    return sign + "0" * gap + body if "0" in flags else " " * gap + sign + body

"""What literals stand for: numbers with their types, characters, strings."""

from __future__ import annotations

import re

from kevent_sim.c.declarations import NO_FLOATING
from kevent_sim.c.nodes import Node, wrong
from kevent_sim.c.types import INT, LLONG, LONG, UINT, ULLONG, ULONG, USHORT, Integer

_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uU]?(?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU])")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_SIMPLE = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63, "e": 27}
_LITERAL = re.compile(r'(L|u8|u|U)?"((?:[^"\\]|\\.)*)"', re.DOTALL)


def number(node: Node) -> tuple[int, Integer]:
    """The value and the type of a number or a character.

    Raises:
        CError: it is a floating-point number, or no number of C.
    """
    text = node.value
    if "'" in text:
        return _character(node, text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        if re.fullmatch(r"[0-9a-fA-FxX.pP+-]*[.eEpP][0-9a-fA-F.+-]*[fFlL]?", text) or "." in text:
            raise wrong(node, NO_FLOATING)
        raise wrong(node, f"{text} is not a number")
    digits, suffix = match[1], match[2].lower()
    octal = re.fullmatch(r"0[0-9]+", digits)
    if octal and re.search("[89]", digits):
        raise wrong(node, f"{text} begins with 0, so it is octal, and has a digit above 7")
    value = int(digits, 8 if octal else 0)
    decimal = digits[0] != "0"
    if decimal and "u" not in suffix and "ll" not in suffix and LONG.high < value <= ULONG.high:
        raise wrong(node, f"{text} is unsigned long to MSVC, and long long to C17; type  {digits}u  or  {digits}LL")
    types = [INT, UINT, LONG, ULONG, LLONG, ULLONG][2 * suffix.count("l") :]
    for type in types:
        if type.signed and "u" in suffix:
            continue
        if value <= type.high and (type.signed or "u" in suffix or not decimal):
            return value, type
    if value <= ULLONG.high:
        return value, ULLONG
    raise wrong(node, f"{text} does not fit 64 bits")


def _character(node: Node, text: str) -> tuple[int, Integer]:
    prefix, _, rest = text.partition("'")
    units = _units(node, rest.removesuffix("'"))
    if prefix == "L":
        return units[0] & 0xFFFF, USHORT
    if len(units) == 1:
        return (units[0] + 0x80 & 0xFF) - 0x80, INT  # a char is signed, and an int from then on
    value = 0
    for unit in units:
        value = value << 8 | unit & 0xFF
    return INT.wrap(value), INT


def string(node: Node) -> bytes | str | None:
    """The units of a string without its last 0: bytes, for L"..." a text of 16-bit units; None if it is not one."""
    literals = _LITERAL.findall(node.value)
    if not literals:
        return None
    wide = any(prefix == "L" for prefix, _ in literals)
    if any(prefix not in ("", "L") for prefix, _ in literals):
        raise wrong(node, "only strings with L or without a prefix are simulated")
    units = [unit for _, body in literals for unit in _units(node, body, wide)]
    return "".join(map(chr, units)) if wide else bytes(unit & 0xFF for unit in units)


def _units(node: Node, body: str, wide: bool = False) -> list[int]:
    """The code units that a literal's text stands for: of 16 bits, or of 8 with what is beyond ASCII in UTF-8."""

    def plain(text: str) -> list[int]:
        if not wide:
            return list(text.encode("utf-8"))
        data = text.encode("utf-16-le", "surrogatepass")
        return [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]

    units: list[int] = []
    end = 0
    for match in _ESCAPE.finditer(body):
        units += plain(body[end : match.start()])
        end, escape = match.end(), match[1]
        if escape[0] == "x":
            units.append(int(escape[1:], 16))
        elif escape[0] in "01234567":
            units.append(int(escape, 8))
        elif escape[0] in "uU" and len(escape) > 1:
            units += plain(chr(int(escape[1:], 16)))
        elif escape in _SIMPLE:
            units.append(_SIMPLE[escape])
        else:
            raise wrong(node, f"\\{escape} is not an escape of C")
    return units + plain(body[end:])

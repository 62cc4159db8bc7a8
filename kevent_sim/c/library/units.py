"""Text as C has it: units of one byte, which are UTF-8 as those of our literals are, or of two, which are UTF-16.

*Units* are a str here that has one character for each unit, so that lengths are C's lengths.
"""

from __future__ import annotations

import struct
from functools import lru_cache

NARROW, WIDE = 1, 2  # the bytes of a unit


def units(data: bytes, unit: int) -> str:
    r"""The units that bytes are.

    >>> units(b"a\xc3\xa9", NARROW), units(b"a\0\xe9\0", WIDE)
    ('aÃ©', 'aé')
    """
    if unit == NARROW:
        return data.decode("latin-1")
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data)))


def data(text: str, unit: int) -> bytes:
    """The bytes that units are."""
    return text.encode("latin-1") if unit == NARROW else text.encode("utf-16-le", "surrogatepass")


def meaning(text: str, unit: int) -> str:
    """What units say: two that stand for one character are one."""
    return data(text, unit).decode("utf-8" if unit == NARROW else "utf-16-le", "replace")


def converted(text: str, unit: int, to: int) -> str:
    """The same text in units of the other kind; what says nothing becomes a mark.

    >>> converted("aÃ©", NARROW, WIDE), converted("aé", WIDE, NARROW)
    ('aé', 'aÃ©')
    """
    if unit == to:
        return text
    said = meaning(text, unit)
    return units(said.encode("utf-8") if to == NARROW else said.encode("utf-16-le"), to)


@lru_cache(maxsize=1 << 16)
def upcase(character: str) -> str:
    """One unit as the kernel makes it upper case: it stays one unit, and its lower case is what it was.

    >>> "".join(map(upcase, "aé_ß1"))
    'AÉ_ß1'
    """
    upper = character.upper()
    single = len(upper) == 1 and ord(upper) < 1 << 16
    return upper if single and (upper.lower() == character or character == "ς") else character


def raised(text: str) -> str:
    """Units in upper case, as object names are compared."""
    return "".join(map(upcase, text))


def lowered(text: str) -> str:
    """Units in lower case as C's library has them: A to Z are letters, and no others.

    >>> lowered("AbÉ_")
    'abÉ_'
    """
    return "".join(chr(ord(each) | 0x20) if "A" <= each <= "Z" else each for each in text)


def compared(first: str, second: str) -> int:
    """-1, 0 or 1, as the first is below the second, the same, or above."""
    return (first > second) - (first < second)

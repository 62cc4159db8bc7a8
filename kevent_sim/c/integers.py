"""What C17 computes with integers, of the types that Windows x64 has. Signed overflow wraps, as with `-fwrapv`.

promoted, common  the types in which operators compute
compute           one operator on two numbers, exactly as C has it
"""

from __future__ import annotations

from kevent_sim.c.types import INT, LLONG, LONG, UINT, ULLONG, ULONG, Integer


class Undefined(ArithmeticError):
    """C gives this operation no result: a division by zero, or one whose quotient no `int` holds."""


def promoted(type: Integer) -> Integer:
    """The integer promotions: an `int` holds all that is shorter.

    >>> from kevent_sim.c.types import UCHAR
    >>> promoted(UCHAR), promoted(UINT)
    (<int>, <unsigned int>)
    """
    return INT if type.rank < INT.rank else type


def common(a: Integer, b: Integer) -> Integer:
    """The usual arithmetic conversions: the type in which two operands meet.

    >>> common(INT, UINT), common(UINT, LLONG), common(LONG, UINT)
    (<unsigned int>, <long long>, <unsigned long>)
    """
    a, b = promoted(a), promoted(b)
    if a.signed == b.signed:
        return a if a.rank >= b.rank else b
    signed, unsigned = (a, b) if a.signed else (b, a)
    if unsigned.rank >= signed.rank:
        return unsigned
    return signed if signed.size > unsigned.size else _UNSIGNED[signed.kind, signed.rank]


_UNSIGNED = {(each.kind, each.rank): other for each, other in ((INT, UINT), (LONG, ULONG), (LLONG, ULLONG))}


def divided(a: int, b: int) -> int:
    """The quotient, rounded towards zero.

    >>> divided(-7, 2), divided(7, -2)
    (-3, -3)
    """
    if b == 0:
        raise Undefined("a division by zero")
    return a // b if (a < 0) == (b < 0) else -(-a // b)


def compute(operator: str, a: int, b: int, type: Integer) -> int:
    """`a operator b` in `type`, to which both were converted; of a shift, `b` alone is of its own type.

    >>> compute("+", 2**31 - 1, 1, INT), compute("-", 0, 1, UINT), compute(">>", -8, 1, INT)
    (-2147483648, 4294967295, -4)
    >>> compute("/", -(2**31), -1, INT)
    Traceback (most recent call last):
    kevent_sim.c.integers.Undefined: the quotient of -2147483648 and -1 does not fit int
    """
    match operator:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "&":
            result = a & b
        case "|":
            result = a | b
        case "^":
            result = a ^ b
        case "<<":
            result = a << (b & type.bits - 1)  # x64 takes the count's low bits
        case ">>":
            result = a >> (b & type.bits - 1)
        case "/" | "%":
            quotient = divided(a, b)
            if quotient > type.high:
                raise Undefined(f"the quotient of {a} and {b} does not fit {type.name}")
            result = quotient if operator == "/" else a - b * quotient
        case _:
            return int(COMPARISONS[operator](a, b))
    return type.wrap(result)


COMPARISONS = {
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
    "==": int.__eq__,
    "!=": int.__ne__,
}

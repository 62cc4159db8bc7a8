"""An expression of C, lowered: the Python that computes it, with its C type and what is known of its value.

An integer is a Python int. Whatever adds, multiplies or shifts to the left depends on the low bits alone, so a value
is wrapped to its type only where it is used as a number: `a + b + c` is `int32(a + b + c)`. Until then it is *pending*:
its bounds are wider than its type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kevent_sim.c.integers import COMPARISONS, common, compute, promoted
from kevent_sim.c.types import INT, Integer, Pointer, Type

# How tightly Python binds what a text is made of, from the loosest.
TERNARY, OR, AND, NOT, COMPARED, BIT_OR, BIT_XOR, BIT_AND, SHIFTED, SUM, PRODUCT, SIGNED, AWAITED, ATOM = range(14)
_LEVELS = {"|": BIT_OR, "^": BIT_XOR, "&": BIT_AND, "<<": SHIFTED, "+": SUM, "-": SUM, "*": PRODUCT}
_WIDEST = 1 << 200  # bounds beyond are not followed


@dataclass(frozen=True, slots=True)
class Value:
    """`text` has `level`. `constant`: the number, or a pointer's address, that it always is. `low`, `high`: between
    these lies an integer. `truth`: only whether the text is true to Python counts; "bool" where it is True or False.
    `pure`: nothing happens when it is computed, so it may be computed twice. `inverse`: a comparison's opposite."""

    text: str
    type: Type
    level: int = ATOM
    constant: int | None = None
    low: int = 0
    high: int = 0
    truth: str = ""
    pure: bool = False
    inverse: str = ""

    def at(self, level: int) -> str:
        """Its text where something that binds so tightly stands around it."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def integer(self) -> Integer:
        assert isinstance(self.type, Integer)
        return self.type


def number(constant: int, type: Integer = INT) -> Value:
    """A constant, as it is in a type.

    >>> number(-1), number(300, INT).text
    (Value(text='-1', type=<int>, level=11, constant=-1, low=-1, high=-1, truth='', pure=True, inverse=''), '300')
    """
    value = type.wrap(constant)
    if type.kind == "int32" and value < -4096:  # a status, which everybody knows by its unsigned digits
        return Value(f"0x{value + (1 << 32):X} - (1 << 32)", type, SUM, value, value, value, pure=True)
    text = str(value) if -4096 < value < 4096 else f"{'-' * (value < 0)}0x{abs(value):X}"
    return Value(text, type, SIGNED if value < 0 else ATOM, value, value, value, pure=True)


def computed(text: str, type: Integer, level: int = ATOM, bounds: tuple[int, int] | None = None) -> Value:
    """An integer that Python computes, anywhere in its type unless its bounds are given."""
    low, high = bounds or (type.low, type.high)
    if low < -_WIDEST or high > _WIDEST:
        low, high = -_WIDEST, _WIDEST
    return Value(text, type, level, None, low, high)


def truth(text: str, level: int, kind: str = "bool", inverse: str = "") -> Value:
    """What a comparison is: an int, 0 or 1."""
    return Value(text, INT, level, None, 0, 1, kind, inverse=inverse)


def address(constant: int, type: Pointer) -> Value:
    """A pointer whose address is known."""
    constant &= (1 << 64) - 1
    text = f"m.pointer(0x{constant:X})" if constant else "None"
    return Value(text, type, ATOM, constant, pure=True)


def settled(value: Value) -> Value:
    """The value as a number of its type, wrapped where it may lie outside."""
    if not isinstance(value.type, Integer):
        return value
    type = value.type
    if value.truth:
        text = f"int({value.text})" if value.truth == "bool" else f"int(bool({value.text}))"
        return replace(value, text=text, level=ATOM, truth="", inverse="")
    if type.low <= value.low and value.high <= type.high:
        return value
    return computed(f"{type.kind}({value.text})", type)


def condition(value: Value) -> Value:
    """Python that is true where the value is not 0, and no NULL."""
    if value.constant is not None:
        return truth(str(value.constant != 0), ATOM)
    if value.truth:
        return value
    value = settled(value)
    return Value(value.text, INT, value.level, None, 0, 1, "truthy")


def as_integer(value: Value, type: Integer) -> Value:
    """An integer as another integer type."""
    have = value.integer
    if value.constant is not None:
        return number(value.constant, type)
    if type.boolean:
        tested = condition(value)
        return replace(tested if tested.truth == "bool" else compared(tested, "!=", number(0)), type=type)
    if value.truth:
        return replace(settled(value), type=type)
    if have.size < type.size or have.boolean:
        value = settled(value)
    return replace(value, type=type)


def promote(value: Value) -> Value:
    return as_integer(value, promoted(value.integer))


def binary(operator: str, left: Value, right: Value) -> Value:
    """`left operator right` of two integers.

    Raises:
        Undefined: both are constants, and C has no result for them.
    """
    if operator in ("<<", ">>"):
        return _shifted(operator, promote(left), promote(right))
    type = common(left.integer, right.integer)
    left, right = as_integer(left, type), as_integer(right, type)
    if left.constant is not None and right.constant is not None:
        result = compute(operator, left.constant, right.constant, type)
        return number(result, INT if operator in COMPARISONS else type)
    if operator in COMPARISONS:
        left, right = settled(left), settled(right)
        return compared(left, operator, right)
    if operator in ("/", "%"):
        return _divided(operator, settled(left), settled(right), type)
    left, right = _plain(left), _plain(right)
    level = _LEVELS[operator]
    return computed(f"{left.at(level)} {operator} {right.at(level + 1)}", type, level, _bounds(operator, left, right))


def compared(left: Value, operator: str, right: Value) -> Value:
    """`left operator right`, of texts that Python compares."""
    texts = (f"{left.at(BIT_OR)} {each} {right.at(BIT_OR)}" for each in (operator, _OPPOSITES[operator]))
    text, inverse = texts
    return truth(text, COMPARED, inverse=inverse)


_OPPOSITES = {
    "<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "==", "is": "is not", "is not": "is",
}  # fmt: skip


def _plain(value: Value) -> Value:
    """As it is where it is pending; a truth becomes a number."""
    return settled(value) if value.truth else value


def _bounds(operator: str, left: Value, right: Value) -> tuple[int, int] | None:
    match operator:
        case "+":
            return left.low + right.low, left.high + right.high
        case "-":
            return left.low - right.high, left.high - right.low
        case "*":
            corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return min(corners), max(corners)
        case "&" if left.low >= 0 or right.low >= 0:
            return 0, min(each.high for each in (left, right) if each.low >= 0)
    low, high = min(left.low, right.low), max(left.high, right.high)
    bits = max(low.bit_length(), high.bit_length())
    return (0 if low >= 0 else -1 << bits), (1 << bits) - 1


def _shifted(operator: str, left: Value, right: Value) -> Value:
    type, mask = left.integer, left.integer.bits - 1
    if left.constant is not None and right.constant is not None:
        return number(compute(operator, left.constant, right.constant, type), type)
    if right.constant is not None:
        right = number(right.constant & mask)
    elif not 0 <= right.low <= right.high <= mask:
        right = computed(f"{_plain(right).at(BIT_AND)} & {mask}", INT, BIT_AND, (0, mask))
    left = _plain(left) if operator == "<<" else settled(left)
    text = f"{left.at(SHIFTED)} {operator} {_plain(right).at(SUM)}"
    if operator == ">>":
        return computed(text, type, SHIFTED, (min(left.low, 0), max(left.high, 0)))
    return computed(text, type, SHIFTED, (min(left.low << mask, 0), max(left.high << mask, 0)))


def _divided(operator: str, left: Value, right: Value, type: Integer) -> Value:
    if right.low > 0 and left.low >= 0:  # Python's own operators round as C's do
        sign = "//" if operator == "/" else "%"
        bounds = (0, left.high if operator == "/" else min(left.high, right.high - 1))
        return computed(f"{left.at(PRODUCT)} {sign} {right.at(SIGNED)}", type, PRODUCT, bounds)
    name = "divide" if operator == "/" else "remainder"
    return computed(f"{name}({left.text}, {right.text}, {type.kind})", type)


def negated(value: Value) -> Value:
    value = _plain(promote(value))
    if value.constant is not None:
        return number(-value.constant, value.integer)
    return computed(f"-{value.at(SIGNED)}", value.integer, SIGNED, (-value.high, -value.low))


def inverted(value: Value) -> Value:
    value = _plain(promote(value))
    if value.constant is not None:
        return number(~value.constant, value.integer)
    return computed(f"~{value.at(SIGNED)}", value.integer, SIGNED, (~value.high, ~value.low))


def opposite(value: Value) -> Value:
    """`!value`"""
    if value.constant is not None:
        return number(int(value.constant == 0))
    if value.inverse:
        return truth(value.inverse, COMPARED, inverse=value.text)
    return truth(f"not {condition(value).at(NOT)}", NOT)

"""C's types as Windows x64 has them: LLP64, so `long` has 4 bytes and a pointer 8; `char` is signed; an enum is an int.

A type knows its size, its alignment and its name. Types are compared by `same`: a typedef's name makes no other type.
`const` belongs to what is named (a variable, a field, what a pointer points at), not to a type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

POINTER_SIZE = 8


class Type:
    """What all types have. An incomplete one has no size yet: `complete` is False."""

    name: str
    size: int
    align: int
    complete = True

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Void(Type):
    """No value; what a `void *` points at."""

    name, size, align, complete = "void", 1, 1, False


class Integer(Type):
    """An integer type. `rank` orders types for the usual arithmetic conversions; `boolean`: anything but 0 becomes 1.

    >>> INT.low, INT.high, INT.wrap(2**31), UCHAR.wrap(-1), BOOL.wrap(256)
    (-2147483648, 2147483647, -2147483648, 255, 1)
    """

    def __init__(self, name: str, size: int, signed: bool, rank: int, boolean: bool = False, base: str = "") -> None:
        self.name, self.size, self.align, self.signed, self.rank, self.boolean = name, size, size, signed, rank, boolean
        self.base = base or name  # what it is called without a typedef
        self.bits = 1 if boolean else 8 * size
        self.low = -1 << (self.bits - 1) if signed else 0
        self.high = (1 << (self.bits - signed)) - 1
        self.kind = "boolean" if boolean else f"{'' if signed else 'u'}int{8 * size}"

    def wrap(self, value: int) -> int:
        """The value of this type that a number becomes."""
        if self.boolean:
            return int(value != 0)
        return (value - self.low & (1 << self.bits) - 1) + self.low

    def named(self, name: str) -> Integer:
        return Integer(name, self.size, self.signed, self.rank, self.boolean, self.base)


class Pointer(Type):
    """A pointer; `constant`: what it points at is const."""

    size = align = POINTER_SIZE

    def __init__(self, to: Type, constant: bool = False, name: str = "") -> None:
        self.to, self.constant = to, constant
        self._name = name

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._name or spelled(self)

    def named(self, name: str) -> Pointer:
        return Pointer(self.to, self.constant, name)


class Array(Type):
    """An array; `count` is None until an initialiser tells it, and in a flexible array member."""

    def __init__(self, of: Type, count: int | None, constant: bool = False) -> None:
        self.of, self.count, self.constant = of, count, constant
        self.size, self.align = of.size * (count or 0), of.align
        self.complete = count is not None

    @property
    def name(self) -> str:  # type: ignore[override]
        return spelled(self)


class Function(Type):
    """A function; `names` are its parameters', "" where one has none. `unspecified`: `()` says nothing of them."""

    size, align, complete = 1, 1, False

    def __init__(
        self,
        returns: Type,
        parameters: Sequence[Type],
        names: Sequence[str] = (),
        variadic: bool = False,
        unspecified: bool = False,
    ) -> None:
        self.returns, self.parameters, self.variadic = returns, tuple(parameters), variadic
        self.names, self.unspecified = tuple(names), unspecified

    @property
    def name(self) -> str:  # type: ignore[override]
        return spelled(self)


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a record: `width` bits from `bit` on where it is a bit-field. "" is an anonymous member's name."""

    name: str
    type: Type
    offset: int
    constant: bool = False
    bit: int = 0
    width: int = 0


class Record(Type):
    """A struct or a union: one type by itself, whatever its fields. Without fields until `define` gives them."""

    def __init__(self, tag: str, union: bool = False) -> None:
        self.name = f"{'union' if union else 'struct'} {tag}".rstrip()
        self.union, self.fields, self.size, self.align = union, (), 0, 1  # type: tuple[bool, tuple[Field, ...], int, int]
        self.complete = False
        self.members: dict[str, Field] = {}  # those of anonymous members, too

    def define(self, fields: Iterable[Field], size: int, align: int) -> None:
        self.fields, self.size, self.align, self.complete = tuple(fields), size, align, True
        for field in self.fields:
            if field.name:
                self.members[field.name] = field
            elif isinstance(field.type, Record):
                for name, inner in field.type.members.items():
                    constant = field.constant or inner.constant
                    self.members[name] = replace(inner, offset=field.offset + inner.offset, constant=constant)


VOID = Void()
BOOL = Integer("_Bool", 1, False, 0, boolean=True)
CHAR, SCHAR, UCHAR = (
    Integer("char", 1, True, 1),
    Integer("signed char", 1, True, 1),
    Integer("unsigned char", 1, False, 1),
)
SHORT, USHORT = Integer("short", 2, True, 2), Integer("unsigned short", 2, False, 2)
INT, UINT = Integer("int", 4, True, 3), Integer("unsigned int", 4, False, 3)
LONG, ULONG = Integer("long", 4, True, 4), Integer("unsigned long", 4, False, 4)
LLONG, ULLONG = Integer("long long", 8, True, 5), Integer("unsigned long long", 8, False, 5)
WCHAR = USHORT.named("wchar_t")
SIZE_T, PTRDIFF_T = ULLONG.named("size_t"), LLONG.named("ptrdiff_t")


def same(a: Type, b: Type) -> bool:
    """Are these one type, as C has it? Names given by typedef do not count, nor does const.

    >>> same(Pointer(ULONG.named("DWORD")), Pointer(ULONG)), same(LONG, INT)
    (True, False)
    """
    if a is b:
        return True
    match a, b:
        case Integer(), Integer():
            return a.base == b.base
        case Pointer(), Pointer():
            return same(a.to, b.to)
        case Array(), Array():
            return same(a.of, b.of) and (a.count == b.count or None in (a.count, b.count))
        case Function(), Function():
            if not same(a.returns, b.returns):
                return False
            if a.unspecified or b.unspecified:
                return True
            return (
                a.variadic == b.variadic
                and len(a.parameters) == len(b.parameters)
                and all(map(same, a.parameters, b.parameters))
            )
    return False


def spelled(type: Type, inner: str = "") -> str:
    """The type as C writes it, around a name if one is given.

    >>> spelled(Pointer(Array(INT, 3)), "p"), spelled(Function(VOID, [Pointer(VOID)]), "f")
    ('int (*p)[3]', 'void f(void *)')
    """
    match type:
        case Pointer():
            star = f"*{inner}"
            const = "const " if type.constant and not isinstance(type.to, (Pointer, Function)) else ""
            return const + spelled(type.to, f"({star})" if isinstance(type.to, (Array, Function)) else star)
        case Array():
            return spelled(type.of, f"{inner}[{'' if type.count is None else type.count}]")
        case Function():
            parameters = [each.name for each in type.parameters] + ["..."] * type.variadic
            return spelled(type.returns, f"{inner}({', '.join(parameters) or 'void' * (not type.unspecified)})")
    space = " " if inner and not inner.startswith("[") else ""
    return f"{type.name}{space}{inner}"

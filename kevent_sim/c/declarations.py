"""Declarations to types: specifiers and declarators, structs, unions, enums and typedefs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from kevent_sim.c.layout import Member, fits, lay_out
from kevent_sim.c.nodes import Node, is_ours, kind, wrong
from kevent_sim.c.scopes import Enumerator, Scopes, TypeName
from kevent_sim.c.types import (
    BOOL,
    CHAR,
    INT,
    LLONG,
    LONG,
    SCHAR,
    SHORT,
    UCHAR,
    UINT,
    ULLONG,
    ULONG,
    USHORT,
    VOID,
    Array,
    Function,
    Integer,
    Pointer,
    Record,
    Type,
    same,
)

FLOATING = {"float", "double", "_Complex", "_Imaginary", "_Decimal32", "_Decimal64", "_Decimal128"}
NO_FLOATING = "not simulated: floating point; count in whole numbers"
_BASE = {
    ("char",): CHAR, ("char", "signed"): SCHAR, ("char", "unsigned"): UCHAR,
    ("short",): SHORT, ("short", "unsigned"): USHORT, ("int",): INT, ("int", "unsigned"): UINT,
    ("long",): LONG, ("long", "unsigned"): ULONG,
    ("long", "long"): LLONG, ("long", "long", "unsigned"): ULLONG,
    ("void",): VOID, ("_Bool",): BOOL,
}  # fmt: skip


# The nodes of our own headers are the same in every text, so what they declare is, too.
_READ: dict[Node, Type] = {}


class Qualified(NamedTuple):
    """A type, and whether what has it is const."""

    type: Type
    constant: bool = False


class Declarations:
    """Reads types, over the scopes it is given. `constant` evaluates a constant expression."""

    def __init__(self, scopes: Scopes, constant: Callable[[Node], int]) -> None:
        self.scopes, self.constant = scopes, constant
        self.read: dict[Node, Type] = {}  # declarators that share a struct's text share its node
        self.packs: list[int] = [0]  # of #pragma pack, the innermost last

    def type(self, node: Node) -> Type:
        return self.qualified(node).type

    def qualified(self, node: Node) -> Qualified:
        """The type that a declarator, a specifier or a type name stands for."""
        match kind(node):
            case "Decl" | "Typename" | "Typedef":
                return self.qualified(node.type)
            case "TypeDecl":
                inner = self.qualified(node.type)
                quals = node.quals or []
                if "_Atomic" in quals:
                    raise wrong(node, "_Atomic is not simulated; use the Interlocked routines")
                return Qualified(inner.type, inner.constant or "const" in quals)
            case "PtrDecl":
                to = self.qualified(node.type)
                return Qualified(Pointer(to.type, to.constant), "const" in (node.quals or []))
            case "ArrayDecl":
                return self.array(node)
            case "FuncDecl":
                return Qualified(self.function(node))
            case "IdentifierType":
                return self.specified(node)
            case "Struct" | "Union" | "Enum":
                read = _READ if is_ours(node) else self.read
                if node not in read:
                    read[node] = self.enum(node) if kind(node) == "Enum" else self.record(node)
                return Qualified(read[node])
        raise wrong(node, f"{kind(node)} is a type of newer C than the compilers of drivers know")

    def array(self, node: Node) -> Qualified:
        of = self.qualified(node.type)
        if not of.type.complete:
            raise wrong(node, f"an array of {of.type.name} has no size")
        count = None if node.dim is None else self.constant(node.dim)
        if count is not None and count < 0:
            raise wrong(node.dim, f"an array cannot have {count} elements")
        return Qualified(Array(of.type, count, of.constant), of.constant)

    def function(self, node: Node) -> Function:
        returns = self.type(node.type)
        if isinstance(returns, (Array, Function)):
            raise wrong(node, f"a function cannot return {returns.name}")
        if node.args is None:
            return Function(returns, (), unspecified=True)
        parameters = node.args.params
        variadic = bool(parameters) and kind(parameters[-1]) == "EllipsisParam"
        if any(kind(each) == "ID" for each in parameters):
            raise wrong(node, "parameters without types, as before 1989, are not read; write each with its type")
        named = [each for each in parameters if kind(each) != "EllipsisParam"]
        types = [self.parameter(each) for each in named]
        if len(types) == 1 and types[0] is VOID and not getattr(named[0], "name", None):
            return Function(returns, ())
        for each, one in zip(named, types, strict=True):
            if isinstance(one, type(VOID)):
                raise wrong(each, "a parameter cannot be void")
        return Function(returns, types, [getattr(each, "name", None) or "" for each in named], variadic)

    def parameter(self, node: Node) -> Type:
        return decayed(self.type(node))

    def specified(self, node: Node) -> Qualified:
        words = list(node.names)
        if len(words) == 1 and words[0] not in _KEYWORDS:
            found = self.scopes.find(words[0])
            if not isinstance(found, TypeName):
                raise wrong(node, self.scopes.unknown(words[0], "is not a type"))
            return Qualified(found.type, found.constant)
        if FLOATING & set(words):
            raise wrong(node, NO_FLOATING)
        if set(words) & {"char", "short", "long"} and "int" in words:
            words.remove("int")
        if set(words) <= {"signed", "unsigned"}:
            words.append("int")
        if "char" not in words and "signed" in words:
            words.remove("signed")
        base = _BASE.get(tuple(sorted(words)))
        if base is None:
            raise wrong(node, f"{' '.join(node.names)} is not a type of C for Windows")
        return Qualified(base)

    # -- records and enums ---------------------------------------------------------------------------------------------

    def record(self, node: Node) -> Record:
        union = kind(node) == "Union"
        tags = self.scopes.innermost.tags
        found = self.scopes.find_tag(node.name) if node.name else None
        if node.decls is not None and node.name and node.name not in tags:
            found = None  # defined here, it hides the outer one
        if found is None:
            found = Record(node.name or "", union)
            if node.name:
                tags[node.name] = found
        if not isinstance(found, Record) or found.union != union:
            raise wrong(node, f"{node.name} is a tag of another kind: {found.name}")
        if node.decls is not None:
            if found.complete:
                raise wrong(node, f"{found.name} is defined twice")
            lay_out(found, self.members(node), self.packs[-1])
        return found

    def members(self, node: Node) -> Iterator[Member]:
        names: set[str] = set()
        declared = [each for each in node.decls if kind(each) == "Decl"]
        for each in declared:
            type, constant = self.qualified(each)
            anonymous = not each.name and each.bitsize is None
            if anonymous and not isinstance(type, Record):
                raise wrong(each, "a member needs a name")
            mine = list(type.members) if anonymous and isinstance(type, Record) else [each.name] * bool(each.name)
            for name in mine:
                if name in names:
                    raise wrong(each, f"there are two members {name}")
            names.update(mine)
            flexible = isinstance(type, Array) and type.count is None and each is declared[-1]
            if not (type.complete or flexible):
                raise wrong(each, f"{each.name} is of a type without a size: {type.name}")
            width = None if each.bitsize is None else self.constant(each.bitsize)
            if width is not None and (not fits(type, width) or (width == 0 and each.name)):
                raise wrong(each, f"{each.name or 'a bit-field'} cannot have {width} bits of {type.name}")
            yield Member(each.name or "", type, width, constant, self.alignment(each))

    def alignment(self, node: Node) -> int:
        """What `_Alignas` asks for; 0 where nothing does."""
        asked = 0
        for each in node.align or []:
            one = each.alignment
            align = self.type(one).align if kind(one) == "Typename" else self.constant(one)
            if align & (align - 1) or align < 0:
                raise wrong(node, f"an alignment is a power of two, not {align}")
            asked = max(asked, align)
        return asked

    def enum(self, node: Node) -> Integer:
        type = INT.named(f"enum {node.name}" if node.name else "enum")
        if node.values is None:
            found = self.scopes.find_tag(node.name)
            if not isinstance(found, Integer):
                raise wrong(node, f"enum {node.name} is not defined")
            return found
        if node.name:
            if node.name in self.scopes.innermost.tags:
                raise wrong(node, f"enum {node.name} is defined twice")
            self.scopes.innermost.tags[node.name] = type
        value = -1
        for each in node.values.enumerators:
            value = INT.wrap(value + 1 if each.value is None else self.constant(each.value))
            self.scopes.add(each.name, Enumerator(value), each)
        return type

    # -- typedefs and pragmas ------------------------------------------------------------------------------------------

    def typedef(self, node: Node) -> None:
        """Make a name stand for a type; a type without a name of its own takes this one."""
        type, constant = self.qualified(node)
        known = self.scopes.innermost.names.get(node.name)
        if isinstance(known, TypeName) and same(known.type, type):
            return
        if isinstance(type, (Integer, Pointer)):
            type = type.named(node.name)
        elif isinstance(type, Record) and type.name.partition(" ")[0] in ("struct", "union"):
            type.name = node.name
        self.scopes.add(node.name, TypeName(type, constant), node)

    def pragma(self, node: Node) -> None:
        """`#pragma pack`; all others say nothing of what a driver does."""
        text = node.string.replace(" ", "")
        if not text.startswith("pack(") or not text.endswith(")"):
            return
        words = [each for each in text[5:-1].split(",") if each]
        if "pop" in words:
            if len(self.packs) > 1:
                self.packs.pop()
            return
        if "push" in words:
            self.packs.append(self.packs[-1])
        for each in words:
            if each.isdigit():
                self.packs[-1] = int(each)
        if not words:
            self.packs[-1] = 0


_KEYWORDS = {word for words in _BASE for word in words} | {"signed", "unsigned"} | FLOATING


def decayed(type: Type) -> Type:
    """What a parameter is, and what most expressions make of a value: a pointer for an array or a function."""
    if isinstance(type, Array):
        return Pointer(type.of, type.constant)
    return Pointer(type) if isinstance(type, Function) else type

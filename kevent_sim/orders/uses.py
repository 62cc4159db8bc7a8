"""What names a function's code may still use: of the instructions that can follow the one where it stands."""

from __future__ import annotations

import dis
import re
from functools import lru_cache
from itertools import pairwise
from types import CodeType
from typing import Any, NamedTuple

from kevent_sim.machine.lines import line_of
from kevent_sim.orders.chains import Chain, chains, texts

Flow = dict[int, tuple[dis.Instruction, list[int]]]  # offset -> instruction, and the offsets of those that may follow


class Uses(NamedTuple):
    """What code names from an instruction on. `powers` are what it can do by such a name: ("names", attribute),
    ("stores", attribute), ("private",) for an attribute that begins with _, ("type",)."""

    globals: dict[str, tuple[str, int]]  # name -> function and line of its first use; also of functions within
    variables: dict[str, int]  # that may be read before they are assigned, and all that live in cells; with the line
    rebound: frozenset[str]  # globals
    attributes: frozenset[str]
    imports: dict[str, tuple[str, int]]  # modules that it imports itself
    powers: frozenset[Any]
    chains: tuple[Chain, ...] = ()  # from globals and imports on
    special: frozenset[tuple[str, str, int]] = frozenset()  # attributes that are not followed: name, function, line


# Attributes that lead past what is followed: to names held in texts, to a frame, to what a class, a cache or the
# simulator keeps. Of those with two underscores these alone lead to nothing else.
_PAST = frozenset((
    "_region", "_values", "ag_await", "ag_code", "ag_frame", "cache_clear", "cache_info", "cr_await", "cr_code",
    "cr_frame", "cr_origin", "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "gi_code", "gi_frame",
    "gi_yieldfrom", "mro", "register", "tb_frame", "tb_next", "with_traceback",
))  # fmt: skip
# By these names a function is changed, and no attribute is assigned.
_CHANGE_FUNCTIONS = frozenset(("__kwdefaults__", "abstractmethod", "coroutine", "update_wrapper", "wraps"))
_PLAIN = frozenset((
    "__aenter__", "__aexit__", "__aiter__", "__anext__", "__await__", "__bool__", "__call__", "__cause__", "__class__",
    "__contains__", "__context__", "__copy__", "__deepcopy__", "__defaults__", "__delitem__", "__doc__", "__enter__",
    "__eq__", "__exit__", "__file__", "__getitem__", "__init__", "__init_subclass__", "__iter__", "__kwdefaults__",
    "__len__", "__name__", "__new__", "__next__", "__post_init__", "__qualname__", "__repr__", "__setitem__", "__str__",
))  # fmt: skip


@lru_cache(maxsize=4096)
def uses(code: CodeType, instruction: int = 0) -> Uses:
    """What may still be used by code that stands at an instruction."""
    flow = flow_of(code)
    start = next(at for at in flow if at >= instruction)
    found = Uses({}, {}, frozenset(), frozenset(), {}, frozenset())
    attributes: set[str] = set()
    rebound: set[str] = set()
    powers: set[Any] = set()
    special: set[tuple[str, str, int]] = set()
    reached = _following(flow, start)
    listed = [this for this, _ in flow.values()]
    named = chains(code, listed, reached)
    before = {this.offset: one for one, this in pairwise(listed)}
    for at in reached:
        this = flow[at][0]
        if _is_special(this, before.get(at)):
            special.add((this.argval, code.co_name, line_of(code, at)))
        if this.opcode in dis.hasname and ("ATTR" in this.opname or "METHOD" in this.opname):
            attributes.add(this.argval)
            if "LOAD" not in this.opname:
                powers |= {("stores",), ("stores", this.argval)}
            if this.argval in _CHANGE_FUNCTIONS:
                powers.add(("stores",))
        elif this.opname == "IMPORT_NAME":
            found.imports.setdefault(this.argval, (code.co_name, line_of(code, at)))
            attributes.update(this.argval.split(".")[1:])
        elif this.opname == "IMPORT_FROM":
            attributes.add(this.argval)
        elif this.opcode in dis.hasname:
            if this.argval in _CHANGE_FUNCTIONS:
                powers.add(("stores",))
            found.globals.setdefault(this.argval, (code.co_name, line_of(code, at)))
            if "LOAD" not in this.opname:
                rebound.add(this.argval)
        elif this.opname == "LOAD_CONST" and isinstance(this.argval, (str, tuple)):
            powers |= _spelt(this.argval)
        elif isinstance(this.argval, CodeType):
            within = uses(this.argval)
            for name, where in within.globals.items():
                found.globals.setdefault(name, where)
            for name, where in within.imports.items():
                found.imports.setdefault(name, where)
            attributes |= within.attributes
            rebound |= within.rebound
            powers |= within.powers
            named += within.chains
            special |= within.special
        for done, name in _variables(this):
            if name not in found.variables and (done == "CELL" or _live(flow, start, name)):
                found.variables[name] = line_of(code, at)
    powers |= {("names", name) for name in attributes}
    named_too = {power[1] for power in powers if power[0] == "names"}
    powers |= {("private",) for name in named_too if name.startswith("_") and name not in _PLAIN}
    powers |= {("type",) for name in ("type", "__class__") if name in attributes or name in found.globals}
    return found._replace(
        attributes=frozenset(attributes), rebound=frozenset(rebound), powers=frozenset(powers),
        chains=tuple(dict.fromkeys(named)), special=frozenset(special),
    )  # fmt: skip


def _is_special(this: dis.Instruction, before: dis.Instruction | None) -> bool:
    """Does it name an attribute that leads past what is followed?"""
    name = this.argval
    if this.opcode not in dis.hasname or not ("ATTR" in this.opname or "METHOD" in this.opname):
        return False
    private = name.startswith("__") and name.endswith("__")
    return name in _PAST or (private and name not in _PLAIN) or this.opname == "DELETE_ATTR" or texts(this, before)


def _spelt(constant: str | tuple[Any, ...]) -> set[tuple[str, str]]:
    """Attributes that are named by a text: in the class patterns of `match`, and where a text is formatted."""
    if isinstance(constant, str):
        words = re.findall(r"[.]([^\W\d]\w*)", constant) if "{" in constant else []
    else:
        words = [text for text in constant if isinstance(text, str)]
    return {("names", word) for word in words}


@lru_cache(maxsize=1024)
def flow_of(code: CodeType) -> Flow:
    listed = list(dis.get_instructions(code))
    handlers = dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]
    flow: Flow = {}
    for this, following in zip(listed, [*listed[1:], None], strict=True):
        after = [handler.target for handler in handlers if handler.start <= this.offset < handler.end]
        if this.opcode in dis.hasjrel or this.opcode in dis.hasjabs:
            after.append(this.argval)
        jumps = this.opname.startswith("JUMP_") and "_IF_" not in this.opname
        if following and not jumps and not re.match("RETURN_VALUE|RETURN_CONST|RAISE_|RERAISE", this.opname):
            after.append(following.offset)
        flow[this.offset] = this, after
    return flow


def _variables(this: dis.Instruction) -> list[tuple[str, str]]:
    """(what is done, variable) for each variable of a function that an instruction names; it may name two."""
    if this.opcode not in dis.haslocal and this.opcode not in dis.hasfree:
        return []
    names = this.argval if isinstance(this.argval, tuple) else (this.argval,)
    done = re.findall("LOAD_FAST|STORE_FAST|DELETE_FAST", this.opname) or ["CELL"]
    return list(zip(done, names, strict=False))


def _following(flow: Flow, start: int, until_stored: str = "") -> list[int]:
    """Offsets that may be executed from `start` on, up to where a variable is assigned; in their order in the code."""
    known, pending = {start}, [start]
    while pending:
        this, after = flow[pending.pop()]
        if until_stored and ("STORE_FAST", until_stored) in _variables(this):
            continue
        pending += [at for at in after if at not in known]
        known.update(after)
    return sorted(known)


def _live(flow: Flow, start: int, name: str) -> bool:
    """May a variable be loaded before it is assigned?"""
    for at in _following(flow, start, name):
        mine = [done for done, named in _variables(flow[at][0]) if named == name]
        if mine and mine[0] in ("LOAD_FAST", "CELL"):
            return True
    return False

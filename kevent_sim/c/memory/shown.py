"""What a debugger shows of a driver's memory: a value in a few words, a structure field by field.

It looks at the bytes themselves: nobody is told, and nothing stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import FrameType, FunctionType
from typing import Any

from kevent_sim.c.memory.blocks import Part, Pointer
from kevent_sim.c.memory.leaves import WAITED_FOR
from kevent_sim.c.types import Array, Field, Integer, Record, Type
from kevent_sim.c.types import Pointer as PointerType
from kevent_sim.machine.ntstatus import NTSTATUS
from kevent_sim.machine.regions import ended
from kevent_sim.machine.trace import handle_told

NOT_WRITTEN = "?"
_GONE = "(no longer there)"
_UNBOUND: Any = object()
_MOST = 4  # elements of an array that are shown, and fields of a structure inside another
_LONGEST = 60  # characters of a text


def variables(memory: Any, frame: FrameType) -> Iterator[tuple[str, str]]:
    """Those that a function of the driver has at a moment, each with its value, where it has one. Of several with one
    name it is the innermost, which is declared last."""
    handles, line = memory.kernel.handles, frame.f_lineno
    found: dict[str, str] = {}
    for variable in (each.variable for each in memory.locals.get(frame.f_code.co_name, ()) if each.at(line)):
        value = frame.f_locals.get(variable.python, _UNBOUND)
        if value is _UNBOUND and variable.memory:  # a static one is the module's
            value = frame.f_globals.get(variable.python, _UNBOUND)
        if value is _UNBOUND:
            told = NOT_WRITTEN
        elif variable.memory:
            told = at(handles, value.part, value.offset, variable.type)
        else:
            told = _scalar(handles, value)
        if told != NOT_WRITTEN:
            found[variable.name] = told
        elif variable.place.line < line:  # one that may not be declared yet hides no other
            found.pop(variable.name, None)
    yield from found.items()


def dump(part: Part) -> Iterator[str]:
    """A variable as `dt` shows it, of a structure a line each field."""
    if isinstance(part.type, Record):
        yield f"driver!{part.type.name} {part.name}"
        yield from _fields(part.type, 0, lambda field, offset: _member({}, part, field, offset))
    else:
        assert part.type is not None
        yield f"driver!{part.name} : {at({}, part, 0, part.type)}"


def layout(record: Record) -> Iterator[str]:
    """A structure without values, as `dt` shows a type."""
    yield f"driver!{record.name}"
    yield from _fields(record, 0, lambda field, _: field.type.name)


def records(types: Iterable[Type]) -> dict[str, Record]:
    """The structures among some types, and those that these are made of, by name."""
    found: dict[str, Record] = {}
    waiting, met = list(types), set[Record]()
    while waiting:
        match waiting.pop():
            case Record() as record if record not in met:
                met.add(record)
                if record.name not in ("struct", "union"):
                    found.setdefault(record.name, record)
                waiting += [field.type for field in record.fields]
            case Array(of=inner) | PointerType(to=inner):
                waiting.append(inner)
    return found


def _fields(record: Record, start: int, told: Any) -> Iterator[str]:
    for field in record.fields:
        if not field.name and isinstance(field.type, Record):
            yield from _fields(field.type, start + field.offset, told)
        else:
            bits = f" (bits {field.bit} to {field.bit + field.width - 1})" if field.width else ""
            yield f"   +0x{start + field.offset:03x} {field.name:<16} : {told(field, start + field.offset)}{bits}"


def _member(handles: Mapping[int, Any], part: Part, field: Field, offset: int) -> str:
    if not field.width:
        return at(handles, part, offset, field.type)
    block, start = part.block, part.start + offset
    if 0 in block.written[start : start + field.type.size]:
        return NOT_WRITTEN
    unit = int.from_bytes(block.bytes[start : start + field.type.size], "little")
    number = unit >> field.bit & (1 << field.width) - 1
    is_negative = isinstance(field.type, Integer) and field.type.signed and number >> (field.width - 1)
    return str(number - (1 << field.width) if is_negative else number)


def at(handles: Mapping[int, Any], part: Part, offset: int, type: Type) -> str:
    """The value of a type that lies at an offset."""
    block, start = part.block, part.start + offset
    end = start + type.size
    if (waited_for := block.objects.get(start)) is not None:
        return f"{type.name if isinstance(type, Record) else waited_for.name} ({waited_for.state()})"
    if isinstance(type, Record):
        return _record(handles, part, offset, type)
    if isinstance(type, Array):
        return _array(handles, part, offset, type)
    if 0 in block.written[start:end]:
        return NOT_WRITTEN
    signed = isinstance(type, Integer) and type.signed
    number = int.from_bytes(block.bytes[start:end], "little", signed=signed)
    if not isinstance(type, PointerType):
        return _scalar(handles, number)
    held = block.slots.get(start)
    to_whole = isinstance(type.to, Record) and type.to.name not in WAITED_FOR
    if not to_whole and held.__class__ is Pointer and held.part.start + held.offset in held.part.block.objects:
        return _address(held.part, held.part.told(held.offset))  # what is waited for, which begins a structure
    told = _scalar(handles, (number or None) if held is None else held)
    return f"0x{number:x}" if told == str(number) else told


def _scalar(handles: Mapping[int, Any], value: Any) -> str:
    """What a variable that is not in memory has for a value."""
    match value:
        case None:
            return "NULL"
        case Pointer(part=part, offset=offset):
            return _address(part, part.told(offset) if offset else part.name)
        case FunctionType():
            return value.__name__
        case int() if (known := handles.get(value)) is not None and value > 0xFFFF_FFFF:
            return handle_told(known)
        case int() if value < 0 and (status := repr(NTSTATUS(value & 0xFFFF_FFFF))).startswith("STATUS_"):
            return f"{int(value)} ({status})"
    return str(int(value))


def _address(part: Part, name: str) -> str:
    is_gone = ended(part.region) or (part.thing is not None and ended(getattr(part.thing, "region", None)))
    return f"&{name}{f' {_GONE}' * bool(is_gone)}"


def _record(handles: Mapping[int, Any], part: Part, offset: int, record: Record) -> str:
    if record.name in WAITED_FOR:
        return f"{record.name} (not initialised)"
    members = record.members
    if record.name == "UNICODE_STRING":
        return _counted(part, offset, members) or NOT_WRITTEN
    if "QuadPart" in members:
        return at(handles, part, offset + members["QuadPart"].offset, members["QuadPart"].type)
    told = [
        f"{field.name} = {value}"
        for field, start in _members(record, offset)
        if (value := _member(handles, part, field, start)) != NOT_WRITTEN
    ]
    if not told:
        return NOT_WRITTEN
    return f"{{{', '.join(told[:_MOST])}{', ...' * (len(told) > _MOST)}}}"


def _members(record: Record, start: int) -> Iterator[tuple[Field, int]]:
    """The members and where they lie, of a union the first."""
    for field in record.fields[: 1 if record.union else None]:
        if not field.name and isinstance(field.type, Record):
            yield from _members(field.type, start + field.offset)
        elif field.name:
            yield field, start + field.offset


def _counted(part: Part, offset: int, members: dict[str, Field]) -> str:
    """The text that a UNICODE_STRING stands for; "" where it stands for none yet."""
    block, start = part.block, part.start + offset
    length = int.from_bytes(block.bytes[start : start + 2], "little")
    if 0 in block.written[start : start + 2]:
        return ""
    held = block.slots.get(start + members["Buffer"].offset)
    if held.__class__ is not Pointer:
        return "NULL" if length == 0 else ""
    if ended(held.part.region):
        return _GONE
    there = held.part.block.bytes[held.part.start + held.offset :][:length]
    return _quoted(bytes(there).decode("utf-16-le", "replace"), "L")


def _array(handles: Mapping[int, Any], part: Part, offset: int, array: Array) -> str:
    start, unit = part.start + offset, array.of.size
    data, written = part.block.bytes[start : start + array.size], part.block.written[start : start + array.size]
    if isinstance(array.of, Integer) and array.of.base in ("char", "unsigned short"):
        text = []
        for index in range(0, len(data), unit):
            if 0 in written[index : index + unit] or not any(data[index : index + unit]):
                break
            text.append(bytes(data[index : index + unit]))
        if not text and (not written or not written[0]):
            return NOT_WRITTEN
        joined = b"".join(text)
        if unit == 1:
            return _quoted(joined.decode("latin-1"), "")
        return _quoted(joined.decode("utf-16-le", "replace"), "L")
    if 1 not in written and not any(start <= at < start + array.size for at in part.block.objects):
        return NOT_WRITTEN
    count = array.count or 0
    told = [at(handles, part, offset + index * unit, array.of) for index in range(min(count, _MOST))]
    return f"{{{', '.join(told)}{', ...' * (count > _MOST)}}}"


def _quoted(text: str, prefix: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    return f'{prefix}"{escaped}"'

"""Run lowered C by itself: over a memory that is one row of bytes, where a pointer is a number. It checks nothing."""

import inspect
from contextlib import contextmanager

from kevent_sim.c import runtime
from kevent_sim.c.lower import Lowered, lower
from kevent_sim.c.parse import unit

SIZES = {"int8": 1, "uint8": 1, "boolean": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4}


def lowered(text: str, steps=(), plain=()) -> Lowered:
    return lower(unit(text, "test.c"), steps, plain)


class FlatMemory:
    """What `kevent_sim.c.interface` asks for. A function stands for itself, and for a number where one is wanted."""

    def __init__(self, of: Lowered, size: int = 1 << 16):
        self.of, self.bytes, self.top = of, bytearray(size), 16
        self.literals, self.functions, self.fresh_at = {}, [], []

    def new(self, size: int) -> int:
        at = self.top
        self.top += -(-size // 16) * 16
        return at

    # access

    def load(self, p, offset, type):
        if type is runtime.pointer:
            return self.pointer(int.from_bytes(self.bytes[p + offset : p + offset + 8], "little"))
        size = SIZES.get(type.__name__, 8)
        return type(int.from_bytes(self.bytes[p + offset : p + offset + size], "little"))

    def store(self, p, offset, type, value):
        size = SIZES.get(type.__name__, 8)
        number = self.address(value) if type is runtime.pointer else value & (1 << 8 * size) - 1
        self.bytes[p + offset : p + offset + size] = number.to_bytes(size, "little")
        return value

    def load_bits(self, p, offset, type, bit, width):
        value = self.load(p, offset, type) >> bit & (1 << width) - 1
        signed = type.__name__.startswith("int")
        return value - (1 << width) if signed and value >> width - 1 else value

    def store_bits(self, p, offset, type, bit, width, value):
        mask = (1 << width) - 1 << bit
        old = self.load(p, offset, type)
        self.store(p, offset, type, type(old & ~mask | value << bit & mask))
        return self.load_bits(p, offset, type, bit, width)

    def load_record(self, p, offset, size):
        return bytes(self.bytes[p + offset : p + offset + size])

    def store_record(self, p, offset, size, record):
        assert len(record) == size
        self.bytes[p + offset : p + offset + size] = record
        return record

    def zero(self, p, offset, size):
        self.bytes[p + offset : p + offset + size] = bytes(size)

    def fresh(self, p):
        self.fresh_at.append(p)

    # spans

    def read(self, p, size):
        return bytes(self.bytes[p : p + size])

    def write(self, p, data):
        self.bytes[p : p + len(data)] = data

    def copy(self, to, source, size):
        self.write(to, self.read(source, size))

    def terminated(self, p, unit, limit=None):
        end = p
        while (limit is None or end < p + limit * unit) and any(self.bytes[end : end + unit]):
            end += unit
        return self.read(p, end - p)

    # addresses

    def field(self, p, offset):
        return p + offset

    def index(self, p, count, size):
        return p + count * size

    def difference(self, p, q, size):
        return (p - q) // size

    def order(self, p, q):
        return (p or 0) - (q or 0)

    def address(self, p):
        if p is None or isinstance(p, int):
            return p or 0
        if p not in self.functions:
            self.functions.append(p)
        return 0xF000_0000 + self.functions.index(p)

    def pointer(self, address):
        return self.functions[address - 0xF000_0000] if address >= 0xF000_0000 else address or None

    def typed(self, p, name):
        assert name in self.of.types
        return p

    # homes

    def variable(self, name):
        return self.new(self.of.variables[name].size)

    def external(self, name):
        return self.new(self.of.externals[name].size)

    @contextmanager
    def frame(self, function):
        top = self.top
        yield [self.new(type.size) for _, type in self.of.frames[function]]
        self.top = top

    def string(self, text):
        return self.literal(text + b"\0")

    def wide(self, text):
        return self.literal(text.encode("utf-16-le", "surrogatepass") + b"\0\0")

    def literal(self, data):
        if data not in self.literals:
            self.literals[data] = at = len(self.bytes)
            self.bytes += data
            assert at < 0xF000_0000
        return self.literals[data]

    # calls

    def arguments(self, routine, *values):
        return values

    def result(self, value):
        return value

    async def call(self, function, *values):
        result = function(*values)
        return await result if inspect.isawaitable(result) else result

    def round(self):
        pass

    def missing(self, name, *values):
        raise NotImplementedError(name)


class Program:
    """A text that runs: `run("f", 1, 2)` is what f(1, 2) returns. Coroutines run to their end; none waits."""

    def __init__(self, text: str, memory=FlatMemory, **routines):
        steps = [name for name, routine in routines.items() if inspect.iscoroutinefunction(routine)]
        self.lowered = lowered(text, steps, routines.keys() - steps)
        self.memory = memory(self.lowered)
        self.space = {**runtime.RUNTIME, "m": self.memory, **routines}
        exec(self.lowered.code("test.c"), self.space)

    def run(self, name: str, *arguments):
        result = self.space[name](*arguments)
        if not inspect.iscoroutine(result):
            return result
        try:
            while True:
                result.send(None)
        except StopIteration as end:
            return end.value

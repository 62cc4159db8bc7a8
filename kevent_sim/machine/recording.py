"""What threads do between their calls, and what calls do in memory, put into the trace."""

from __future__ import annotations

from types import CodeType
from typing import Any

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.dispatcher import Dispatcher
from kevent_sim.machine.irql import irql_name
from kevent_sim.machine.memory import Atomic, Freed, Structure, plain_fields
from kevent_sim.machine.thread import KTHREAD


class Recording(Dispatcher):
    """The dispatcher, and who is told of accesses to memory, of findings there, and of what is printed."""

    def record_access(self, structure: Structure, field: str, writes: bool, code: CodeType, instruction: int) -> None:
        assert self.current is not None
        self.trace.accesses.append((self.trace.steps, self.current.number, structure, field, writes, code, instruction))

    def record_atomic(self, structure: Structure, field: str, writes: bool) -> None:
        """The call that is made reads a field, and may write it: it is known by this step of its own thread."""
        thread = self.caller
        _, _, code, instruction = thread.call
        assert code is not None
        if writes:
            self.trace.wrote(structure)
        access = self.trace.steps + 1, thread.number, structure, field, Atomic(writes), code, instruction
        self.trace.accesses.append(access)

    def record_finding(self, kind: str, text: str, line: int) -> None:
        """The thread that runs does something wrong with memory."""
        self.trace.findings.append((self.caller.number, kind, text, line))

    def record_output(self, text: str, passive: bool, code: CodeType, instruction: int) -> None:
        """The thread that runs prints; `passive`: what has to be done at PASSIVE_LEVEL."""
        assert isinstance(self.current, KTHREAD)
        if passive and self.current.Irql:
            raise Misuse(f"{text!r} at {irql_name(self.current.Irql)}: a format for Unicode is for PASSIVE_LEVEL")
        self.trace.printed.append((self.current.number, text, code, instruction))

    def record_end(self, Object: Any, within: bool = True) -> None:
        """The memory of a structure ends, within a step or by the code after it: that writes all that is in it."""
        thread, made = self.caller, Freed(True) if within else True
        _, _, code, instruction = thread.call
        for structure, field in plain_fields(Object):
            self.trace.wrote(structure)
            access = self.trace.steps + within, thread.number, structure, field, made, code, instruction
            self.trace.accesses.append(access)

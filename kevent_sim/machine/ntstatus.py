"""NTSTATUS values and bug checks: what a routine returns, and how the machine stops.

An NTSTATUS is a value, never an exception. A bug check is the other way round: nothing returns, the machine stops.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable


class NTSTATUS(int):
    """A 32-bit status that prints under its Windows name.

    >>> STATUS_TIMEOUT
    STATUS_TIMEOUT
    >>> STATUS_TIMEOUT == 0x102, NTSTATUS(0xC0000022), NTSTATUS(2)
    (True, STATUS_ACCESS_DENIED, STATUS_WAIT_2)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        value = int(self)
        return _NAMES.get(value) or (f"STATUS_WAIT_{value}" if value < 64 else f"NTSTATUS(0x{value:08X})")

    __str__ = __repr__

    def __reduce__(self) -> tuple[Callable[[int], NTSTATUS], tuple[int]]:
        return _named, (int(self),)


STATUS_SUCCESS = NTSTATUS(0x00000000)
STATUS_WAIT_0 = STATUS_SUCCESS
STATUS_WAIT_1, STATUS_WAIT_2, STATUS_WAIT_3 = NTSTATUS(1), NTSTATUS(2), NTSTATUS(3)
STATUS_WAIT_63 = NTSTATUS(0x0000003F)
STATUS_ABANDONED = NTSTATUS(0x00000080)
STATUS_USER_APC = NTSTATUS(0x000000C0)
STATUS_ALERTED = NTSTATUS(0x00000101)
STATUS_TIMEOUT = NTSTATUS(0x00000102)
STATUS_PENDING = NTSTATUS(0x00000103)
STATUS_UNSUCCESSFUL = NTSTATUS(0xC0000001)
STATUS_INVALID_INFO_CLASS = NTSTATUS(0xC0000003)
STATUS_INFO_LENGTH_MISMATCH = NTSTATUS(0xC0000004)
STATUS_INVALID_HANDLE = NTSTATUS(0xC0000008)
STATUS_INVALID_PARAMETER = NTSTATUS(0xC000000D)
STATUS_END_OF_FILE = NTSTATUS(0xC0000011)
STATUS_ACCESS_DENIED = NTSTATUS(0xC0000022)
STATUS_OBJECT_TYPE_MISMATCH = NTSTATUS(0xC0000024)
STATUS_OBJECT_NAME_INVALID = NTSTATUS(0xC0000033)
STATUS_OBJECT_NAME_NOT_FOUND = NTSTATUS(0xC0000034)
STATUS_OBJECT_NAME_COLLISION = NTSTATUS(0xC0000035)
STATUS_OBJECT_PATH_NOT_FOUND = NTSTATUS(0xC000003A)
STATUS_OBJECT_PATH_SYNTAX_BAD = NTSTATUS(0xC000003B)
STATUS_SHARING_VIOLATION = NTSTATUS(0xC0000043)
STATUS_MUTANT_NOT_OWNED = NTSTATUS(0xC0000046)
STATUS_SEMAPHORE_LIMIT_EXCEEDED = NTSTATUS(0xC0000047)
STATUS_DELETE_PENDING = NTSTATUS(0xC0000056)
STATUS_DISK_FULL = NTSTATUS(0xC000007F)
STATUS_INSUFFICIENT_RESOURCES = NTSTATUS(0xC000009A)
STATUS_FILE_IS_A_DIRECTORY = NTSTATUS(0xC00000BA)
STATUS_NOT_SAME_DEVICE = NTSTATUS(0xC00000D4)
STATUS_DIRECTORY_NOT_EMPTY = NTSTATUS(0xC0000101)
STATUS_NOT_A_DIRECTORY = NTSTATUS(0xC0000103)
STATUS_CANCELLED = NTSTATUS(0xC0000120)
STATUS_CANNOT_DELETE = NTSTATUS(0xC0000121)
STATUS_MUTANT_LIMIT_EXCEEDED = NTSTATUS(0xC0000191)

# STATUS_WAIT_0 is STATUS_SUCCESS by another name; the first spelling is the one that prints.
_NAMES: dict[int, str] = {}
for _name, _value in list(globals().items()):
    if isinstance(_value, NTSTATUS):
        _NAMES.setdefault(int(_value), _name)
del _name, _value


def _named(value: int) -> NTSTATUS:
    """A status that comes out of a pickle: one that has a name is the one of that name, also for `is`."""
    status = globals().get(_NAMES.get(value, ""))
    return status if isinstance(status, NTSTATUS) else NTSTATUS(value)


def NT_SUCCESS(Status: int) -> bool:
    """True for success and informational statuses: STATUS_TIMEOUT passes, too.

    Parameters: `Status`, what a routine returned.
    Returns True below 0x80000000. Raises TypeError for what is not a status, as after a forgotten `await`.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "Using NTSTATUS Values".

    >>> NT_SUCCESS(STATUS_SUCCESS), NT_SUCCESS(STATUS_TIMEOUT), NT_SUCCESS(STATUS_SHARING_VIOLATION)
    (True, True, False)
    """
    if not isinstance(Status, int):
        raise TypeError(
            f"NT_SUCCESS takes an NTSTATUS, not {type(Status).__name__}: "
            "was the routine awaited?  Type:  status = await ZwCreateFile(...)"
        )
    return Status < 0x8000_0000


class EXCEPTION_RECORD(Exception):
    """A status that a routine raises, where its page says that it raises one instead of returning it.

    A driver catches it by `except EXCEPTION_RECORD as raised:` and reads `raised.ExceptionCode`, as C does by
    `__except` and `GetExceptionCode()`; unhandled in a thread it is bug check 0x7E.

    >>> EXCEPTION_RECORD(STATUS_SEMAPHORE_LIMIT_EXCEEDED)
    raises STATUS_SEMAPHORE_LIMIT_EXCEEDED
    """

    reason = finding = ""  # where code of a driver's own raises it: in words, and which misuse of memory it is

    def __init__(self, ExceptionCode: NTSTATUS) -> None:
        super().__init__(ExceptionCode)
        self.ExceptionCode = ExceptionCode

    def __repr__(self) -> str:
        return f"raises {self.ExceptionCode}"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return self.ExceptionCode == other.ExceptionCode if isinstance(other, EXCEPTION_RECORD) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ExceptionCode)


BUG_CHECKS = {
    0x0A: "IRQL_NOT_LESS_OR_EQUAL",
    0x0C: "MAXIMUM_WAIT_OBJECTS_EXCEEDED",
    0x18: "REFERENCE_BY_POINTER",
    0x19: "BAD_POOL_HEADER",
    0x39: "SYSTEM_EXIT_OWNED_MUTEX",
    0x50: "PAGE_FAULT_IN_NONPAGED_AREA",
    0x7E: "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
    0x93: "INVALID_KERNEL_HANDLE",
    0xBE: "ATTEMPTED_WRITE_TO_READONLY_MEMORY",
    0xC2: "BAD_POOL_CALLER",
    0xC4: "DRIVER_VERIFIER_DETECTED_VIOLATION",
    0xC8: "IRQL_UNEXPECTED_VALUE",
    0xCE: "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS",
    0xD5: "DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL",
    0xF7: "DRIVER_OVERRAN_STACK_BUFFER",
    0x139: "KERNEL_SECURITY_CHECK_FAILURE",
    0x4000008A: "THREAD_TERMINATE_HELD_MUTEX",
}


class BugCheck(Exception):
    """The machine stops: code, name, four parameters, and the reason in words.

    The parameters are those of the bug check's page in the WDK (Bug Check Code Reference); an address, which a
    simulator does not have, is 0.

    >>> print(BugCheck(0x139, "a list was corrupt", 3))
    bug check 0x139 KERNEL_SECURITY_CHECK_FAILURE (0x3, 0x0, 0x0, 0x0): a list was corrupt
    """

    def __init__(self, code: int, reason: str, *parameters: int) -> None:
        self.code, self.reason = code, reason
        self.name = BUG_CHECKS.get(code, "of the driver's own")
        self.parameters = (*parameters, 0, 0, 0, 0)[:4]
        self.line = 0  # of the driver, where the machine knows it
        self.cause: Hashable = reason  # what is the same for all stops that one mistake can lead to
        self.finding = ""  # what kind of misuse of memory it is, where it is one
        shown = ", ".join(f"0x{parameter:X}" for parameter in self.parameters)
        super().__init__(f"bug check 0x{code:X} {self.name} ({shown}): {reason}")


class UndefinedBehaviour(BugCheck):
    """C says nothing of what comes next, so nothing comes next; no bug check of Windows' is made up for it.

    >>> print(UndefinedBehaviour("Count is read, but nothing was written there before"))
    undefined behaviour: Count is read, but nothing was written there before
    """

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, f"undefined behaviour: {reason}")
        self.code, self.reason, self.name, self.parameters = 0, reason, "", (0, 0, 0, 0)
        self.line, self.cause, self.finding = 0, reason, "undefined"

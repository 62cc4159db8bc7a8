"""What C has as macros and small functions that ask nobody: they fill in the caller's own memory, and are not steps."""

from __future__ import annotations

from kevent_sim.machine.numbers import signed, whole_number
from kevent_sim.machine.structures import HANDLE, LARGE_INTEGER, OBJECT_ATTRIBUTES, UNICODE_STRING


def RtlInitUnicodeString(DestinationString: UNICODE_STRING, SourceString: str) -> None:
    """Let a counted string stand for a string.

    Parameters: `DestinationString`, a UNICODE_STRING that is filled in; `SourceString`, a str.
    Returns nothing. Raises TypeError for what is not a str.
    Bug checks: none.
    IRQL: <= DISPATCH_LEVEL on Windows; not checked here, as it is not a step.
    Source: WDK, "RtlInitUnicodeString function (wdm.h)"; "WdmlibRtlInitUnicodeStringEx function (wdm.h)".

    >>> name = UNICODE_STRING()
    >>> RtlInitUnicodeString(name, "file")
    >>> name.Length
    8
    """
    if not isinstance(SourceString, str):
        raise TypeError(f"RtlInitUnicodeString takes a str, not {type(SourceString).__name__}")
    DestinationString.Buffer = SourceString


def InitializeObjectAttributes(
    ObjectAttributes: OBJECT_ATTRIBUTES,
    ObjectName: UNICODE_STRING | None,
    Attributes: int,
    RootDirectory: HANDLE | None,
    SecurityDescriptor: None,
) -> None:
    """Fill in a name and how to look it up.

    Parameters: `ObjectAttributes`, an OBJECT_ATTRIBUTES that is filled in; `ObjectName`, a UNICODE_STRING, or None for
    an object without a name; `Attributes`, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE in a driver: neither decides
    anything here, where every handle is of the System process and case matters in no name; `RootDirectory`, None: a
    name is a full one; `SecurityDescriptor`, None.
    Returns nothing. Raises TypeError for what is not a UNICODE_STRING. Other flags, a RootDirectory and a
    SecurityDescriptor are refused by the routine that is given them: they are not simulated.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "InitializeObjectAttributes macro (ntdef.h)".

    >>> from kevent_sim.ntifs import *
    >>> attributes = OBJECT_ATTRIBUTES()
    >>> InitializeObjectAttributes(attributes, UNICODE_STRING("file"), OBJ_CASE_INSENSITIVE, None, None)
    >>> attributes.ObjectName
    UNICODE_STRING('file')
    """
    if not isinstance(ObjectName, UNICODE_STRING | None):
        raise TypeError(f"ObjectName is a UNICODE_STRING, not {type(ObjectName).__name__}; use RtlInitUnicodeString")
    ObjectAttributes.ObjectName, ObjectAttributes.Attributes = ObjectName, Attributes
    ObjectAttributes.RootDirectory, ObjectAttributes.SecurityDescriptor = RootDirectory, SecurityDescriptor


def NtCurrentProcess() -> HANDLE:
    """The handle that stands for the process of the calling thread, (HANDLE)-1: of a system thread that is System.

    Returns the handle, for the ProcessHandle of PsCreateSystemThread.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "NtCurrentProcess and ZwCurrentProcess macros (wdm.h)".

    >>> NtCurrentProcess()
    HANDLE(0xFFFFFFFFFFFFFFFF)
    """
    current = HANDLE()
    current.value = (1 << 64) - 1
    return current


def RtlConvertLongToLargeInteger(SignedInteger: int) -> LARGE_INTEGER:
    """A LARGE_INTEGER of a signed number of 32 bits.

    Parameters: `SignedInteger`, a LONG.
    Returns a LARGE_INTEGER. Raises TypeError for what is not a whole number.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "RtlConvertLongToLargeInteger function (wdm.h)".

    >>> RtlConvertLongToLargeInteger(-10_000), RtlConvertLongToLargeInteger(0xFFFF_D8F0)
    (LARGE_INTEGER(-10000), LARGE_INTEGER(-10000))
    """
    if not whole_number(SignedInteger):
        raise TypeError(f"SignedInteger is a whole number, not {SignedInteger!r}")
    return LARGE_INTEGER(signed(SignedInteger, 32))


def RtlConvertUlongToLargeInteger(UnsignedInteger: int) -> LARGE_INTEGER:
    """A LARGE_INTEGER of an unsigned number of 32 bits.

    Parameters: `UnsignedInteger`, a ULONG.
    Returns a LARGE_INTEGER. Raises TypeError for what is not a whole number.
    Bug checks: none.
    IRQL: any.
    Source: WDK, "RtlConvertUlongToLargeInteger function (wdm.h)".

    >>> RtlConvertUlongToLargeInteger(10_000), RtlConvertUlongToLargeInteger(-1)
    (LARGE_INTEGER(10000), LARGE_INTEGER(4294967295))
    """
    if not whole_number(UnsignedInteger):
        raise TypeError(f"UnsignedInteger is a whole number, not {UnsignedInteger!r}")
    return LARGE_INTEGER(UnsignedInteger & 0xFFFF_FFFF)

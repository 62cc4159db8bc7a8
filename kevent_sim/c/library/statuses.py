"""The statuses that the library returns, as C has an NTSTATUS: a signed number."""

from __future__ import annotations

from kevent_sim.c.runtime import STATUS_INTEGER_OVERFLOW, int32

SUCCESS = 0
BUFFER_OVERFLOW = int32(0x80000005)
INVALID_PARAMETER = int32(0xC000000D)
BUFFER_TOO_SMALL = int32(0xC0000023)
INVALID_PARAMETER_2 = int32(0xC00000F0)
INTEGER_OVERFLOW = int32(STATUS_INTEGER_OVERFLOW)

"""`from kevent_sim.ntifs import *` is to a driver what `#include <ntifs.h>` is to its C file.

It gets what the simulator has of ntifs.h and of what that includes (wdm.h, ntstatus.h, ntdef.h), by Windows' own names,
and the few names that stand here for what C has in the language. Nothing else: a driver's other names are its own.
"""

from kevent_sim.machine.files import (
    DELETE,
    FILE_ALL_ACCESS,
    FILE_APPEND_DATA,
    FILE_EXECUTE,
    FILE_READ_ATTRIBUTES,
    FILE_READ_DATA,
    FILE_SHARE_DELETE,
    FILE_SHARE_READ,
    FILE_SHARE_WRITE,
    FILE_WRITE_ATTRIBUTES,
    FILE_WRITE_DATA,
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    READ_CONTROL,
    SYNCHRONIZE,
)
from kevent_sim.machine.irql import APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL
from kevent_sim.machine.memory import BOOLEAN, ULONG, Structure, sizeof
from kevent_sim.machine.ntstatus import (
    EXCEPTION_RECORD,
    NT_SUCCESS,
    NTSTATUS,
    STATUS_ABANDONED,
    STATUS_ACCESS_DENIED,
    STATUS_ALERTED,
    STATUS_CANCELLED,
    STATUS_CANNOT_DELETE,
    STATUS_DELETE_PENDING,
    STATUS_DIRECTORY_NOT_EMPTY,
    STATUS_DISK_FULL,
    STATUS_END_OF_FILE,
    STATUS_FILE_IS_A_DIRECTORY,
    STATUS_INFO_LENGTH_MISMATCH,
    STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_HANDLE,
    STATUS_INVALID_INFO_CLASS,
    STATUS_INVALID_PARAMETER,
    STATUS_MUTANT_LIMIT_EXCEEDED,
    STATUS_MUTANT_NOT_OWNED,
    STATUS_NOT_A_DIRECTORY,
    STATUS_NOT_SAME_DEVICE,
    STATUS_OBJECT_NAME_COLLISION,
    STATUS_OBJECT_NAME_INVALID,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_OBJECT_PATH_NOT_FOUND,
    STATUS_OBJECT_PATH_SYNTAX_BAD,
    STATUS_OBJECT_TYPE_MISMATCH,
    STATUS_PENDING,
    STATUS_SEMAPHORE_LIMIT_EXCEEDED,
    STATUS_SHARING_VIOLATION,
    STATUS_SUCCESS,
    STATUS_TIMEOUT,
    STATUS_UNSUCCESSFUL,
    STATUS_USER_APC,
    STATUS_WAIT_0,
    STATUS_WAIT_1,
    STATUS_WAIT_2,
    STATUS_WAIT_3,
    STATUS_WAIT_63,
)
from kevent_sim.machine.objects import (
    DISPATCHER_HEADER,
    EVENT_TYPE,
    FAST_MUTEX,
    KEVENT,
    KMUTEX,
    KSEMAPHORE,
    KWAIT_BLOCK,
    WAIT_TYPE,
    NotificationEvent,
    SynchronizationEvent,
    WaitAll,
    WaitAny,
)
from kevent_sim.machine.output import (
    DPFLTR_DEFAULT_ID,
    DPFLTR_ERROR_LEVEL,
    DPFLTR_IHVDRIVER_ID,
    DPFLTR_INFO_LEVEL,
    DPFLTR_TRACE_LEVEL,
    DPFLTR_WARNING_LEVEL,
    DbgPrint,
    DbgPrintEx,
    KdPrint,
)
from kevent_sim.machine.stack import StackFrame
from kevent_sim.machine.structures import (
    EVENT_ALL_ACCESS,
    FIELD_OFFSET,
    FILE_DISPOSITION_INFORMATION,
    FILE_INFORMATION_CLASS,
    FILE_RENAME_INFORMATION,
    FILE_STANDARD_INFORMATION,
    HANDLE,
    IO_STATUS_BLOCK,
    KIRQL,
    LARGE_INTEGER,
    OBJ_CASE_INSENSITIVE,
    OBJ_KERNEL_HANDLE,
    OBJECT_ATTRIBUTES,
    PVOID,
    SEMAPHORE_ALL_ACCESS,
    THREAD_ALL_ACCESS,
    UNICODE_STRING,
    FileDispositionInformation,
    FileRenameInformation,
    FileStandardInformation,
    InitializeObjectAttributes,
    RtlInitUnicodeString,
)
from kevent_sim.machine.thread import (
    KPROCESSOR_MODE,
    KWAIT_REASON,
    LOW_REALTIME_PRIORITY,
    Executive,
    KernelMode,
    UserMode,
    UserRequest,
    WrFastMutex,
)
from kevent_sim.machine.volume import (
    FILE_ATTRIBUTE_NORMAL,
    FILE_ATTRIBUTE_READONLY,
    FILE_CREATE,
    FILE_CREATED,
    FILE_DIRECTORY_FILE,
    FILE_NON_DIRECTORY_FILE,
    FILE_OPEN,
    FILE_OPEN_IF,
    FILE_OPENED,
    FILE_OVERWRITE,
    FILE_OVERWRITE_IF,
    FILE_OVERWRITTEN,
    FILE_SUPERSEDE,
    FILE_SUPERSEDED,
    FILE_SYNCHRONOUS_IO_NONALERT,
)
from kevent_sim.routines.ex import (
    ExAcquireFastMutex,
    ExInitializeFastMutex,
    ExReleaseFastMutex,
    ExTryToAcquireFastMutex,
)
from kevent_sim.routines.interlocked import (
    InterlockedCompareExchange,
    InterlockedDecrement,
    InterlockedExchange,
    InterlockedExchangeAdd,
    InterlockedIncrement,
)
from kevent_sim.routines.io import (
    DEVICE_OBJECT,
    DRIVER_OBJECT,
    FILE_DEVICE_SECURE_OPEN,
    FILE_DEVICE_UNKNOWN,
    IoCreateDevice,
    IoDeleteDevice,
    registry_parameter,
)
from kevent_sim.routines.ke_locks import MUTANT_INCREMENT, KeInitializeMutex, KeReadStateMutex, KeReleaseMutex
from kevent_sim.routines.ke_signals import (
    EVENT_INCREMENT,
    IO_NO_INCREMENT,
    SEMAPHORE_INCREMENT,
    KeClearEvent,
    KeInitializeEvent,
    KeInitializeSemaphore,
    KePulseEvent,
    KeReadStateEvent,
    KeReadStateSemaphore,
    KeReleaseSemaphore,
    KeResetEvent,
    KeSetEvent,
)
from kevent_sim.routines.ke_threads import (
    HIGH_PRIORITY,
    LOW_PRIORITY,
    KeGetCurrentIrql,
    KeGetCurrentThread,
    KeLowerIrql,
    KeQuerySystemTime,
    KeRaiseIrql,
    KeSetPriorityThread,
)
from kevent_sim.routines.ke_waits import (
    MAXIMUM_WAIT_OBJECTS,
    THREAD_WAIT_OBJECTS,
    KeAlertThread,
    KeDelayExecutionThread,
    KeWaitForMultipleObjects,
    KeWaitForMutexObject,
    KeWaitForSingleObject,
)
from kevent_sim.routines.ob import (
    ExEventObjectType,
    ExSemaphoreObjectType,
    IoCreateNotificationEvent,
    IoCreateSynchronizationEvent,
    ObDereferenceObject,
    ObReferenceObjectByHandle,
    PsThreadType,
    ZwCreateEvent,
    ZwCreateSemaphore,
)
from kevent_sim.routines.ps import PsCreateSystemThread, PsTerminateSystemThread
from kevent_sim.routines.zw_data import ZwQueryInformationFile, ZwReadFile, ZwSetInformationFile, ZwWriteFile
from kevent_sim.routines.zw_open import ZwClose, ZwCreateFile, ZwOpenFile

__all__ = [
    # Routines.
    "ExAcquireFastMutex", "ExInitializeFastMutex", "ExReleaseFastMutex", "ExTryToAcquireFastMutex",
    "InterlockedCompareExchange", "InterlockedDecrement", "InterlockedExchange", "InterlockedExchangeAdd",
    "InterlockedIncrement",
    "IoCreateDevice", "IoCreateNotificationEvent", "IoCreateSynchronizationEvent", "IoDeleteDevice",
    "KeAlertThread", "KeClearEvent", "KeDelayExecutionThread", "KeGetCurrentIrql", "KeGetCurrentThread",
    "KeInitializeEvent", "KeInitializeMutex", "KeInitializeSemaphore", "KeLowerIrql", "KePulseEvent",
    "KeQuerySystemTime", "KeRaiseIrql", "KeReadStateEvent", "KeReadStateMutex", "KeReadStateSemaphore",
    "KeReleaseMutex", "KeReleaseSemaphore", "KeResetEvent", "KeSetEvent", "KeSetPriorityThread",
    "KeWaitForMultipleObjects", "KeWaitForMutexObject", "KeWaitForSingleObject",
    "ObDereferenceObject", "ObReferenceObjectByHandle", "PsCreateSystemThread", "PsTerminateSystemThread",
    "ZwClose", "ZwCreateEvent", "ZwCreateFile", "ZwCreateSemaphore", "ZwOpenFile", "ZwQueryInformationFile",
    "ZwReadFile", "ZwSetInformationFile", "ZwWriteFile",
    # What is no step: it fills in the caller's own memory, or asks nothing but its argument.
    "FIELD_OFFSET", "InitializeObjectAttributes", "NT_SUCCESS", "RtlInitUnicodeString",
    # Numbers, and what a routine fills in.
    "BOOLEAN", "HANDLE", "IO_STATUS_BLOCK", "KIRQL", "LARGE_INTEGER", "NTSTATUS", "OBJECT_ATTRIBUTES", "PVOID",
    "ULONG", "UNICODE_STRING",
    # Objects.
    "DEVICE_OBJECT", "DISPATCHER_HEADER", "DRIVER_OBJECT", "FAST_MUTEX", "KEVENT", "KMUTEX", "KSEMAPHORE",
    "KWAIT_BLOCK", "ExEventObjectType", "ExSemaphoreObjectType", "PsThreadType",
    # Enumerations, and their values.
    "EVENT_TYPE", "NotificationEvent", "SynchronizationEvent", "KPROCESSOR_MODE", "KernelMode", "UserMode",
    "KWAIT_REASON", "Executive", "UserRequest", "WrFastMutex", "WAIT_TYPE", "WaitAll", "WaitAny",
    # IRQL, priorities, waits.
    "PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL", "HIGH_LEVEL", "LOW_PRIORITY", "LOW_REALTIME_PRIORITY",
    "HIGH_PRIORITY", "IO_NO_INCREMENT", "EVENT_INCREMENT", "MUTANT_INCREMENT", "SEMAPHORE_INCREMENT",
    "MAXIMUM_WAIT_OBJECTS", "THREAD_WAIT_OBJECTS",
    # What is printed, which is no step either.
    "DbgPrint", "DbgPrintEx", "KdPrint",
    "DPFLTR_DEFAULT_ID", "DPFLTR_IHVDRIVER_ID", "DPFLTR_ERROR_LEVEL", "DPFLTR_WARNING_LEVEL", "DPFLTR_TRACE_LEVEL",
    "DPFLTR_INFO_LEVEL",
    # Names and access.
    "OBJ_CASE_INSENSITIVE", "OBJ_KERNEL_HANDLE", "DELETE", "READ_CONTROL", "SYNCHRONIZE", "GENERIC_ALL",
    "GENERIC_EXECUTE", "GENERIC_READ", "GENERIC_WRITE", "EVENT_ALL_ACCESS", "SEMAPHORE_ALL_ACCESS",
    "THREAD_ALL_ACCESS",
    # Files and devices.
    "FILE_ALL_ACCESS", "FILE_APPEND_DATA", "FILE_EXECUTE", "FILE_READ_ATTRIBUTES", "FILE_READ_DATA",
    "FILE_WRITE_ATTRIBUTES", "FILE_WRITE_DATA", "FILE_ATTRIBUTE_NORMAL", "FILE_ATTRIBUTE_READONLY",
    "FILE_DEVICE_SECURE_OPEN", "FILE_DEVICE_UNKNOWN", "FILE_SHARE_DELETE", "FILE_SHARE_READ", "FILE_SHARE_WRITE",
    "FILE_CREATE", "FILE_OPEN", "FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF", "FILE_SUPERSEDE",
    "FILE_CREATED", "FILE_OPENED", "FILE_OVERWRITTEN", "FILE_SUPERSEDED", "FILE_DIRECTORY_FILE",
    "FILE_NON_DIRECTORY_FILE", "FILE_SYNCHRONOUS_IO_NONALERT", "FILE_INFORMATION_CLASS",
    "FileDispositionInformation", "FileRenameInformation", "FileStandardInformation",
    "FILE_DISPOSITION_INFORMATION", "FILE_RENAME_INFORMATION", "FILE_STANDARD_INFORMATION",
    # Statuses, by value.
    "STATUS_SUCCESS", "STATUS_WAIT_0", "STATUS_WAIT_1", "STATUS_WAIT_2", "STATUS_WAIT_3", "STATUS_WAIT_63",
    "STATUS_ABANDONED", "STATUS_USER_APC", "STATUS_ALERTED", "STATUS_TIMEOUT", "STATUS_PENDING",
    "STATUS_UNSUCCESSFUL", "STATUS_INVALID_INFO_CLASS", "STATUS_INFO_LENGTH_MISMATCH", "STATUS_INVALID_HANDLE",
    "STATUS_INVALID_PARAMETER", "STATUS_END_OF_FILE", "STATUS_ACCESS_DENIED", "STATUS_OBJECT_TYPE_MISMATCH",
    "STATUS_OBJECT_NAME_INVALID", "STATUS_OBJECT_NAME_NOT_FOUND", "STATUS_OBJECT_NAME_COLLISION",
    "STATUS_OBJECT_PATH_NOT_FOUND", "STATUS_OBJECT_PATH_SYNTAX_BAD", "STATUS_SHARING_VIOLATION",
    "STATUS_MUTANT_NOT_OWNED", "STATUS_MUTANT_LIMIT_EXCEEDED", "STATUS_SEMAPHORE_LIMIT_EXCEEDED",
    "STATUS_DELETE_PENDING", "STATUS_DISK_FULL", "STATUS_INSUFFICIENT_RESOURCES",
    "STATUS_FILE_IS_A_DIRECTORY", "STATUS_NOT_SAME_DEVICE", "STATUS_DIRECTORY_NOT_EMPTY", "STATUS_NOT_A_DIRECTORY",
    "STATUS_CANCELLED", "STATUS_CANNOT_DELETE",
    # What stands for the language: a struct and its size, locals that lie beside each other, `__except`, a value of the
    # driver's Parameters key.
    "Structure", "sizeof", "StackFrame", "EXCEPTION_RECORD", "registry_parameter",
]  # fmt: skip

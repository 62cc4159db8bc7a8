"""What `from kevent_sim.ntifs import *` gives a driver: what <ntifs.h> gives its C file, and nothing else."""

import enum
import re

import pytest

from kevent_sim import ntifs, samples
from kevent_sim.machine import ntstatus

# What is no name of Windows, but what a driver here is written with, and why.
OURS = {
    "Structure": "C's `struct`: the base class of a driver's own",
    "sizeof": "C's operator",
    "StackFrame": "locals that lie beside each other, as those of a C function do",
    "registry_parameter": "a value under RegistryPath, which C asks for in a page of Rtl and Zw calls",
}
MACROS = {"KeWaitForMutexObject": "KeWaitForSingleObject"}  # that stand for a routine
FUNCTIONS = {
    "DbgPrint",
    "DbgPrintEx",
    "FIELD_OFFSET",
    "NtCurrentProcess",
    "RtlConvertLongToLargeInteger",
    "RtlConvertUlongToLargeInteger",
    "InitializeObjectAttributes",
    "KdPrint",
    "NT_SUCCESS",
    "RtlInitUnicodeString",
}  # that are no step
OBJECT_TYPES = {"ExEventObjectType", "ExSemaphoreObjectType", "PsThreadType"}  # variables of the kernel
NOT_FOR_DRIVERS = {
    "ZwLoadDriver", "ZwUnloadDriver", "MmUnloadSystemImage",  # what sc.exe has Windows call
    "Any", "types", "inspect", "begin", "release", "done", "Kernel", "Timeout", "Volume", "BugCheck", "Misuse",
}  # fmt: skip

UPPER_CASE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def kind(name: str) -> str:
    """Which of the few kinds a name is; "" for one that has no business in a driver."""
    value = getattr(ntifs, name)
    if name in OURS:
        return "ours"
    if hasattr(value, "routine") and name == value.routine.name:
        return "routine"
    if name in MACROS:
        return "macro" if value is getattr(ntifs, MACROS[name]) else ""
    if name in FUNCTIONS:
        return "function"
    if isinstance(value, enum.Enum) and name == value.name and type(value).__name__ in ntifs.__all__:
        return "value of an enumeration"
    if name in OBJECT_TYPES:
        return "object type"
    if not UPPER_CASE.fullmatch(name):
        return ""
    return "type" if isinstance(value, type) else "constant" if isinstance(value, int) else ""


@pytest.mark.parametrize("name", ntifs.__all__)
def test_each_name_is_one_of_windows_or_one_of_the_few_of_ours(name):
    assert kind(name)


def test_each_name_is_there_once_and_nothing_is_imported_for_another_s_sake():
    assert len(ntifs.__all__) == len(set(ntifs.__all__))
    assert {name for name in vars(ntifs) if not name.startswith("__")} == set(ntifs.__all__)


def test_what_is_no_drivers_is_not_there():
    assert NOT_FOR_DRIVERS & set(vars(ntifs)) == set()


def test_every_status_that_the_simulator_knows_is_there():
    assert {name for name in vars(ntstatus) if name.startswith("STATUS_")} <= set(ntifs.__all__)


def test_every_value_of_an_enumeration_is_there_beside_it():
    enumerations = [value for value in vars(ntifs).values() if isinstance(value, type) and issubclass(value, enum.Enum)]
    assert {member.name for enumeration in enumerations for member in enumeration} <= set(ntifs.__all__)


@pytest.mark.parametrize("driver", [samples.race, samples.semaphore, samples.careful, samples.rename_on_stack])
def test_a_driver_has_these_names_and_those_it_makes_itself(driver):
    own = [value for name, value in vars(driver).items() if name not in ntifs.__all__ and not name.startswith("__")]
    assert {getattr(value, "__module__", driver.__name__) for value in own} == {driver.__name__}


def test_the_checks_above_would_see_a_violation(monkeypatch):
    for name, value in {"begin": max, "Any": object, "Kernel": type, "PASSED": "text"}.items():
        monkeypatch.setattr(ntifs, name, value, raising=False)
        assert not kind(name)

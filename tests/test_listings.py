"""Small things that public listings call: each does what its page says."""

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *


def starts(*routines, unload=None, create=PsCreateSystemThread, process=None):
    async def DriverEntry(DriverObject, RegistryPath):
        DriverObject.DriverUnload = unload
        for routine in routines:
            first = (DriverObject,) if create is IoCreateSystemThread else ()
            await create(*first, HANDLE(), THREAD_ALL_ACCESS, None, process, None, routine, None)
        return STATUS_SUCCESS

    return DriverEntry


async def Sleeps(_):
    await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-10_000))


async def DriverUnload(DriverObject):
    pass


# -- processes and threads ---------------------------------------------------------------------------------------------


def test_a_thread_is_created_in_the_current_process():
    assert ks.run(starts(Sleeps, process=NtCurrentProcess())).threads == ["System", "Sleeps"]


def test_what_io_create_system_thread_has_created_outlives_the_unload_of_its_driver():
    stops = [ks.run(starts(Sleeps, unload=DriverUnload, create=create), stop=True) for create in
             (IoCreateSystemThread, PsCreateSystemThread)]  # fmt: skip
    assert [run.verdict for run in stops] == ["completed", "bugcheck"]
    every = ks.explore(starts(Sleeps, unload=DriverUnload, create=IoCreateSystemThread), stop=True)
    assert every.verdict == "holds"


def test_a_device_stands_for_its_driver_and_nothing_else_does():
    def driver(of):
        async def DriverEntry(DriverObject, RegistryPath):
            device = DEVICE_OBJECT()
            await IoCreateDevice(DriverObject, 0, None, FILE_DEVICE_UNKNOWN, 0, False, device)
            return await IoCreateSystemThread(of(device), HANDLE(), 0, None, None, None, Sleeps, None)

        return DriverEntry

    assert ks.run(driver(lambda device: device)).threads == ["System", "Sleeps"]
    for wrong in (lambda device: None, lambda device: DEVICE_OBJECT()):
        with pytest.raises(ks.Misuse, match="IoObject is the driver's DriverObject"):
            ks.run(driver(wrong))


# -- a stall -----------------------------------------------------------------------------------------------------------


def starts_and_ends(run, routine):
    columns = run.columns
    at = next(at for at, one in enumerate(columns["routine"]) if one.name == routine)
    return columns["start"][at], columns["start"][at + 1] if at + 1 < len(columns["start"]) else None


async def Stalls(_):
    await KeStallExecutionProcessor(50)
    await KeGetCurrentIrql()


def test_time_passes_while_a_processor_is_stalled():
    start, then = starts_and_ends(ks.run(starts(Stalls)), "KeStallExecutionProcessor")
    assert then - start == 500 + 1
    run = ks.run(starts(Stalls), policy=ks.Windows(processors=1))
    at = [routine.name for routine in run.columns["routine"]].index("KeStallExecutionProcessor")
    assert run.columns["duration"][at] >= 500


def test_a_time_out_that_is_due_meanwhile_comes_after_it_on_one_processor():
    async def Waits(_):
        await KeDelayExecutionThread(KernelMode, False, LARGE_INTEGER(-100))

    run = ks.run(starts(Waits, Stalls), policy=lambda ready: ready[0])
    assert run.verdict == "completed"
    assert ks.explore(starts(Waits, Stalls)).verdict == "holds"


@pytest.mark.parametrize("long", [-1, 0.5, None, "50"])
def test_a_stall_is_of_a_number_of_microseconds(long):
    async def Wrong(_):
        await KeStallExecutionProcessor(long)

    for policy in (None, ks.Windows()):
        with pytest.raises(ks.Misuse, match="MicroSeconds is a whole number"):
            ks.run(starts(Wrong), policy=policy)


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quad", "high", "low"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (-1, -1, 0xFFFF_FFFF),
        (1 << 32, 1, 0),
        (-10_000, -1, 0xFFFF_D8F0),
        (-(1 << 63), -(1 << 31), 0),
    ],
)
def test_a_large_integer_has_a_high_and_a_low_part(quad, high, low):
    number, other = LARGE_INTEGER(quad), LARGE_INTEGER()
    assert (number.HighPart, number.LowPart) == (high, low)
    other.HighPart, other.LowPart = high, low
    assert other.QuadPart == quad


def test_numbers_of_32_bits_become_large_integers():
    assert RtlConvertLongToLargeInteger(-10_000).QuadPart == -10_000
    assert RtlConvertLongToLargeInteger(0x8000_0000).QuadPart == -0x8000_0000
    assert RtlConvertUlongToLargeInteger(-1).QuadPart == 0xFFFF_FFFF
    for convert in RtlConvertLongToLargeInteger, RtlConvertUlongToLargeInteger:
        with pytest.raises(TypeError, match="is a whole number"):
            convert(1.0)


def test_a_driver_may_make_its_time_out_so_under_explore():
    async def Waits(_):
        await KeDelayExecutionThread(KernelMode, False, RtlConvertLongToLargeInteger(-10_000))

    assert ks.explore(starts(Waits)).verdict == "holds"

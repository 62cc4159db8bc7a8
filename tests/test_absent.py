"""What is not simulated is refused by its name, at the driver's line, with what to use instead."""

import inspect
import re
import sys
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim import ntifs
from kevent_sim.machine.absent import refusal
from kevent_sim.ntifs import *

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from semantics_claims import ABSENT

NAMES = {
    "spin locks": "KeInitializeSpinLock KeAcquireSpinLock KeReleaseSpinLock KeAcquireInStackQueuedSpinLock KSPIN_LOCK",
    "timer objects": "KeInitializeTimer KeInitializeTimerEx KeSetTimer KeSetTimerEx KeCancelTimer KTIMER "
    "SynchronizationTimer",
    "DPCs and interrupts": "KeInitializeDpc KeInsertQueueDpc IoRequestDpc KDPC IoConnectInterrupt",
    "work items": "IoAllocateWorkItem IoQueueWorkItem ExQueueWorkItem ExInitializeWorkItem DelayedWorkQueue",
    "IRPs": "IoCallDriver IofCallDriver IoCompleteRequest IoAllocateIrp IoGetCurrentIrpStackLocation IRP_MJ_READ "
    "IoBuildDeviceIoControlRequest IoSetCompletionRoutine IRP",
    "ERESOURCEs and push locks": "ExInitializeResourceLite ExAcquireResourceExclusiveLite ExReleaseResourceLite "
    "ExAcquirePushLockExclusive ERESOURCE",
    "guarded mutexes, and fast ones": "KeInitializeGuardedMutex KeAcquireGuardedMutex ExAcquireFastMutexUnsafe",
    "what is signaled, and waited for, by its handle": "ZwSetEvent NtClearEvent ZwResetEvent ZwWaitForSingleObject "
    "NtWaitForMultipleObjects ZwReleaseSemaphore",
    "links to devices": "IoCreateSymbolicLink IoDeleteSymbolicLink IoRegisterDeviceInterface IoSetDeviceInterfaceState",
    "APCs": "KeInitializeApc KeInsertQueueApc KAPC KeEnterCriticalRegion KeLeaveCriticalRegion",
}
EACH = [(what, name) for what, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("what", "name"), EACH)
def test_a_name_is_refused_with_what_it_stands_for(what, name):
    assert str(refusal(name)).startswith(f"not simulated: {what}")
    assert name in str(refusal(name))


def test_what_is_there_is_not_refused():
    assert [name for name in ntifs.__all__ if refusal(name)] == []
    assert refusal("KeSetEvnet") is None


def test_the_clock_of_interrupts_is_no_interrupt():
    assert refusal("KeQueryInterruptTime") is None


def test_what_the_semantics_page_calls_absent_is_refused_or_of_no_driver_here():
    listed = [name for _, _, names, _ in ABSENT for name in names]
    assert {name for name in listed if refusal(name) is None} == {
        "ZwCreateMutant", "MmLockPagableCodeSection", "PsGetCurrentProcess"
    }  # fmt: skip


async def Uses(_):
    await KeGetCurrentIrql()
    await KeAcquireSpinLock(None, None)


async def UsesAtOnce(_):
    await KeInitializeTimer(None)


@pytest.mark.parametrize(("routine", "line"), [(Uses, 2), (UsesAtOnce, 1)])
def test_a_driver_that_uses_one_is_refused_at_its_line(routine, line):
    async def DriverEntry(DriverObject, RegistryPath):
        return await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, None)

    says = f"{routine.__name__}, line {inspect.getsourcelines(routine)[1] + line}: not simulated: "
    for made in ks.run, ks.explore:
        with pytest.raises(ks.Misuse, match=re.escape(says)):
            made(DriverEntry)


def test_another_name_that_is_not_there_stays_pythons_error():
    async def DriverEntry(DriverObject, RegistryPath):
        return await KeSetEvnet(None, 0, False)

    with pytest.raises(NameError, match="KeSetEvnet"):
        ks.run(DriverEntry)

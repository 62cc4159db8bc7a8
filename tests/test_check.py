"""A verdict on a learner's driver is right, and shows what decided it."""

from __future__ import annotations

from kevent_sim import check
from kevent_sim.ntifs import *


def driver_of(*start_routines):
    async def DriverEntry(DriverObject, RegistryPath):
        Event = KEVENT("Event")
        KeInitializeEvent(Event, SynchronizationEvent, False)
        for StartRoutine in start_routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, StartRoutine, Event)
        return STATUS_SUCCESS

    return DriverEntry


async def Waiter(Event):
    await KeWaitForSingleObject(Event, Executive, KernelMode, False, None)


async def Setter(Event):
    await KeSetEvent(Event, IO_NO_INCREMENT, False)


async def Pulser(Event):
    await KePulseEvent(Event, IO_NO_INCREMENT, False)


async def Poller(Event):
    while await KeWaitForSingleObject(Event, Executive, KernelMode, False, LARGE_INTEGER(0)) == STATUS_TIMEOUT:
        pass


async def SetterAtDirql(Event):
    await KeRaiseIrql(5, KIRQL())
    await KeSetEvent(Event, IO_NO_INCREMENT, False)


def no_flaw(run):
    return ""


def some_flaw(run):
    return "this is wrong"


def judged(*start_routines, flaw=no_flaw):
    return check.every_order(driver_of(*start_routines), flaw, "the waiter wakes")


def test_a_driver_that_is_right_in_every_order_is_correct_and_its_classes_are_counted():
    verdict = judged(Waiter, Setter)
    assert verdict.grade == "correct"
    assert verdict.text == "the waiter wakes in every order of routine calls (2 classes of equivalent orders)"
    assert verdict.shown is None


def test_a_flaw_is_told_in_its_own_words_and_shown():
    verdict = judged(Waiter, Setter, flaw=some_flaw)
    assert verdict.grade == "almost"
    assert verdict.text.startswith("this is wrong, with 0 preemptions; replay: ks.run(DriverEntry")
    assert verdict.shown is not None


def test_a_deadlock_and_a_bug_check_are_told_though_the_run_was_never_asked_for_a_flaw():
    assert judged(Waiter, Pulser).text.startswith("Waiter waits for Event (line")
    assert judged(Waiter, SetterAtDirql).text.startswith("bug check 0xC4 DRIVER_VERIFIER_DETECTED_VIOLATION (0x20016, ")


def test_what_was_not_proved_is_never_correct():
    verdict = judged(Poller, Setter)
    assert (verdict.grade, verdict.shown) == ("almost", None)
    assert "that is no proof" in verdict.text

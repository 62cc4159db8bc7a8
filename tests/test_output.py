"""What a driver prints: in `run.output` as it came, each thread's own lines the same in all equivalent orders."""

import inspect

import pytest

import kevent_sim as ks
from kevent_sim.ntifs import *


def prints(*calls):
    async def Prints(_):
        for call, *arguments in calls:
            call(*arguments)

    return Prints


def starts(*routines, context=None):
    async def DriverEntry(DriverObject, RegistryPath):
        for routine in routines:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine, context)
        return STATUS_SUCCESS

    return DriverEntry


def printed(*call):
    (line,) = ks.run(starts(prints(call))).output
    return line.text


# -- formats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("plain\n",), "plain\n"),
        (("100%%",), "100%"),
        (("%d %i", -1, 2), "-1 2"),
        (("%d", 0xFFFFFFFF), "-1"),
        (("%u", -1), "4294967295"),
        (("%ld|%lu", -1, -1), "-1|4294967295"),
        (("%hd %hhu", 0x18000, 0x1FF), "-32768 255"),
        (("%lld %llu %I64d %I64u", -1, -1, -1, -1), "-1 18446744073709551615 -1 18446744073709551615"),
        (("%I32u", 1 << 40), "0"),
        (("%x %X %#x %o", 255, 255, 255, 8), "ff FF 0xff 10"),
        (("%08X|%-4d|%+d|%5d|%.3d", 0xAB, 7, 7, 7, 7), "000000AB|7   |+7|    7|007"),
        (("%c%c", "a", 98), "ab"),
        (("%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc"), "abc|  abc|abc  |ab"),
        (("%ws|%S|%ls|%hs", "a", "b", "c", "d"), "a|b|c|d"),
        (("%wZ", UNICODE_STRING("\\??\\C:\\a")), "\\??\\C:\\a"),
        (("%p", None), 16 * "0"),
        (("%p", 0xAB), "00000000000000AB"),
        (("%p", KEVENT("Ready")), "Ready"),
        (("%x %d", STATUS_TIMEOUT, True), "102 1"),
        (("%s", 600 * "a"), 512 * "a"),
    ],
)
def test_a_format_is_that_of_printf(arguments, text):
    assert printed(DbgPrint, *arguments) == text
    assert printed(DbgPrintEx, DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, *arguments) == text
    assert printed(KdPrint, arguments) == text


def test_kdprint_without_arguments_has_one_pair_of_parentheses_less():
    assert printed(KdPrint, "plain\n") == "plain\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("%f", 1.0), "'%f' is not simulated; there is no floating point"),
        (("%Z", "a"), "'%Z' is not simulated"),
        (("%n", 1), "'%n' is not simulated"),
        (("%*d", 1, 2), r"'%\*' is not simulated"),
        (("100%",), "'%' is not simulated"),
        (("%d %d", 1), "nothing is left for %d"),
        (("%d", 1, 2), "has nothing for 2"),
        (("%d", "1"), "%d is for int, not '1'"),
        (("%s", 1), "%s is for str, not 1"),
        (("%s", UNICODE_STRING("a")), "%s is for str"),
        (("%wZ", "a"), "%wZ is for UNICODE_STRING"),
        (("%d", KEVENT()), "%d is for int"),
        ((1,), "takes a format first"),
    ],
)
def test_what_is_not_simulated_is_refused(arguments, says):
    with pytest.raises((ks.Misuse, TypeError), match=says):
        printed(DbgPrint, *arguments)


def test_a_format_for_unicode_is_for_passive_level():
    async def Prints(_):
        await KeRaiseIrql(APC_LEVEL, KIRQL())
        DbgPrint("%s", "a")
        DbgPrint("%ws", "a")

    with pytest.raises(ks.Misuse, match="a format for Unicode is for PASSIVE_LEVEL"):
        ks.run(starts(Prints))


def test_where_no_driver_runs_nobody_prints():
    for call in (DbgPrint, KdPrint):
        with pytest.raises(ks.Misuse, match=f"{call.__name__} is called by a thread of a driver"):
            call("a")


# -- whose line, in which order ----------------------------------------------------------------------------------------


async def Talks(Event):
    DbgPrint("before\n")
    await KeSetEvent(Event, 0, False)
    KdPrint(("after %d\n", 1))


def talks(context=None):
    async def DriverEntry(DriverObject, RegistryPath):
        Event = [KEVENT("E")][0]
        await KeInitializeEvent(Event, NotificationEvent, False)
        for _ in range(2):
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, Talks, Event)
        DbgPrint("loaded\n")
        return STATUS_SUCCESS

    return DriverEntry


def test_each_line_tells_its_thread_and_where_it_is_printed():
    run = ks.run(talks())
    first = inspect.getsourcelines(Talks)[1]
    assert run.printed("Talks") == [("Talks", "before\n", first + 1), ("Talks", "after 1\n", first + 3)]
    assert sorted(run.output) == sorted(line for thread in run.threads for line in run.printed(thread))
    with pytest.raises(ValueError, match="the run has no thread Nobody"):
        run.printed("Nobody")


def test_the_lines_come_in_the_order_of_the_schedule():
    by_number = ks.run(talks(), policy=lambda ready: ready[0])
    backwards = ks.run(talks(), policy=lambda ready: max(ready, key=lambda one: (not one.number, one.number)))
    told = [[line.thread for line in run.output if "after" in line.text] for run in (by_number, backwards)]
    assert told == [["Talks", "Talks #2"], ["Talks #2", "Talks"]]


def test_printing_is_no_step_and_leaves_as_many_classes():
    async def Silent(Event):
        await KeSetEvent(Event, 0, False)

    def silent():
        async def DriverEntry(DriverObject, RegistryPath):
            Event = [KEVENT("E")][0]
            await KeInitializeEvent(Event, NotificationEvent, False)
            for _ in range(2):
                await PsCreateSystemThread(HANDLE(), 0, None, None, None, Silent, Event)
            return STATUS_SUCCESS

        return DriverEntry

    loud, quiet = ks.explore(talks()), ks.explore(silent())
    assert (loud.verdict, loud.explored) == (quiet.verdict, quiet.explored) == ("holds", quiet.explored)


def test_a_question_to_a_threads_own_lines_may_hold_and_one_to_all_of_them_does_not():
    own = ks.explore(talks(), check=lambda run: len(run.printed("Talks")) == 2)
    assert own.verdict == "holds"
    every = ks.explore(talks(), check=lambda run: len(run.output) == 5)
    assert every.verdict == "inconclusive"
    assert "run.output" in every.reason


def test_a_field_that_is_printed_is_read():
    class SHARED(Structure):
        Count: ULONG

    async def Prints(Shared):
        DbgPrint("%d\n", Shared.Count)

    async def Writes(Shared):
        Shared.Count = 1

    every = ks.explore(starts(Prints, Writes, context=SHARED()))
    assert {finding.kind for finding in every.findings} == {"data race"}

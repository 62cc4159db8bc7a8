"""`explore` and brute force agree; its counts are the published ones; nothing but a proof says `holds`."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import everything, orders

import kevent_sim as ks
from kevent_sim.ntifs import *
from kevent_sim.samples import all_moved, notification_event, race, synchronization_event, with_movers

# -- drivers made of data ---------------------------------------------------------------------------------------------

EVENTS = ["S", "N"]
PATHS = ["C:\\Temp\\a", "C:\\Temp\\b"]
on_events = st.one_of(
    st.tuples(
        st.sampled_from(["KeSetEvent", "KeResetEvent", "KePulseEvent", "KeReadStateEvent"]), st.sampled_from(EVENTS)
    ),
    st.tuples(st.just("wait"), st.sampled_from(EVENTS), st.sampled_from([None, None, -50, -10, 0])),
)
on_files = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(PATHS)),
    st.tuples(st.just("open"), st.sampled_from(PATHS)),
    st.tuples(st.sampled_from(["write", "close"])),
    st.tuples(st.just("rename"), st.sampled_from(PATHS)),
)
on_memory = st.one_of(
    st.tuples(st.just("assign"), st.sampled_from("xy"), st.integers(0, 1)),
    st.tuples(st.just("where"), st.sampled_from("xy"), on_events),
)
programs = st.lists(st.lists(on_events | on_files | on_memory, max_size=3), min_size=2, max_size=4).filter(
    lambda threads: sum(map(len, threads)) <= 6
)


class SHARED(Structure):
    S: KEVENT
    N: KEVENT
    x: ULONG
    y: ULONG


def driver_of(threads, signaled=False):
    def routine_of(calls):
        async def Thread(Shared):
            hFile, isb = HANDLE(), IO_STATUS_BLOCK()
            for call in calls:
                await perform(Shared, hFile, isb, call)

        return Thread

    async def DriverEntry(DriverObject, RegistryPath):
        Shared = SHARED()
        KeInitializeEvent(Shared.S, SynchronizationEvent, signaled)
        KeInitializeEvent(Shared.N, NotificationEvent, signaled)
        for calls in threads:
            await PsCreateSystemThread(HANDLE(), 0, None, None, None, routine_of(calls), Shared)
        return STATUS_SUCCESS

    return DriverEntry


def named(path):
    name, attributes = UNICODE_STRING(), OBJECT_ATTRIBUTES()
    RtlInitUnicodeString(name, "\\??\\" + path)
    InitializeObjectAttributes(attributes, name, OBJ_CASE_INSENSITIVE, None, None)
    return attributes


async def perform(Shared, hFile, isb, call):
    match call:
        case ["wait", event, timeout]:
            due = None if timeout is None else LARGE_INTEGER(timeout)
            await KeWaitForSingleObject(getattr(Shared, event), Executive, KernelMode, False, due)
        case ["KeSetEvent", event]:
            await KeSetEvent(getattr(Shared, event), 0, False)
        case ["KePulseEvent", event]:
            await KePulseEvent(getattr(Shared, event), 0, False)
        case ["KeResetEvent", event]:
            await KeResetEvent(getattr(Shared, event))
        case ["KeReadStateEvent", event]:
            await KeReadStateEvent(getattr(Shared, event))
        case ["create", path]:
            await ZwCreateFile(
                hFile, GENERIC_WRITE | DELETE, named(path), isb, None, 0, 0, FILE_OVERWRITE_IF, 0, None, 0
            )
        case ["open", path]:
            await ZwOpenFile(hFile, FILE_ALL_ACCESS, named(path), isb, FILE_SHARE_READ | FILE_SHARE_WRITE, 0)
        case ["write"]:
            await ZwWriteFile(hFile, None, None, None, isb, b"x", 1, None, None)
        case ["close"]:
            await ZwClose(hFile)
        case ["rename", path]:
            name = "\\??\\" + path + "2"
            length = FIELD_OFFSET(FILE_RENAME_INFORMATION, "FileName") + 2 * len(name)
            info = FILE_RENAME_INFORMATION(length)
            info.ReplaceIfExists, info.FileNameLength, info.FileName = True, 2 * len(name), name
            await ZwSetInformationFile(hFile, isb, info, length, FileRenameInformation)
        case ["assign", field, value]:
            setattr(Shared, field, value)
        case ["where", field, then]:
            if getattr(Shared, field):
                await perform(Shared, hFile, isb, then)


class TestAgainstBruteForce:
    @settings(
        max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
    )
    @given(programs, st.booleans())
    def test_outcomes_and_histories_are_the_same(self, threads, signaled):
        driver = driver_of(threads, signaled)
        made = orders(driver, system_first=True, limit=1500)
        if made is None:
            return
        every = ks.explore(driver, outcome=everything)
        if any(finding.kind == "data race" for finding in every.findings):
            assert every.verdict != "holds"
        else:
            assert set(every.outcomes) == set(map(everything, made))

"""The Interlocked routines that C alone has: each is one step, and does what its name says."""

import pytest

import kevent_sim as ks
from kevent_sim.c import CWarning, load
from kevent_sim.c.calls.interlocked import INTERLOCKED
from kevent_sim.c.lower import INTERLOCKED as NAMES

HIGH = 1 << 40
ALONE = """#include <ntddk.h>
{globals}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    {body}
    return STATUS_SUCCESS;
}}
"""
TWO = """#include <ntddk.h>
{globals}
VOID Worker(PVOID Context)
{{
    {body}
    PsTerminateSystemThread(STATUS_SUCCESS);
}}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    HANDLE Thread;
    for (int i = 0; i < 2; i++) {{
        PsCreateSystemThread(&Thread, 0, NULL, NULL, NULL, Worker, NULL);
        ZwClose(Thread);
    }}
    return STATUS_SUCCESS;
}}
"""


def printed(globals, body):
    run = ks.run(load(ALONE.format(globals=globals, body=body), "alone.c"))
    assert run.verdict == "completed"
    return "".join(one.text for one in run.output)


def explored(globals, body, **asked):
    return ks.explore(load(TWO.format(globals=globals, body=body), "two.c"), **asked)


def test_what_is_lowered_as_a_step_is_one():
    assert set(INTERLOCKED) == NAMES


@pytest.mark.parametrize(
    ("call", "start", "returned", "left"),
    [
        ("And(&x, 6)", 0xC, 0xC, 4), ("Or(&x, 3)", 5, 5, 7), ("Xor(&x, 3)", 5, 5, 6),
        ("Or(&x, 0x80000000)", 1, 1, 1 - (1 << 31)), ("Add(&x, 3)", 5, 8, 8), ("Add(&x, -7)", 5, -2, -2),
        ("And64(&x, ~1LL)", HIGH + 5, HIGH + 5, HIGH + 4), ("Or64(&x, 1LL << 40)", 5, 5, HIGH + 5),
        ("Xor64(&x, 1LL << 40)", HIGH, HIGH, 0), ("Increment64(&x)", 0xFFFFFFFF, 1 << 32, 1 << 32),
        ("Decrement64(&x)", 0, -1, -1), ("Exchange64(&x, 1LL << 40)", 7, 7, HIGH),
        ("ExchangeAdd64(&x, 1LL << 40)", HIGH, HIGH, 2 * HIGH), ("Add64(&x, -1)", HIGH, HIGH - 1, HIGH - 1),
        ("CompareExchange64(&x, 9, 1LL << 40)", HIGH, HIGH, 9), ("CompareExchange64(&x, 9, 0)", HIGH, HIGH, HIGH),
        ("Increment64(&x)", (1 << 63) - 1, -(1 << 63), -(1 << 63)),
    ],
)  # fmt: skip
def test_what_a_call_returns_and_leaves(call, start, returned, left):
    type = "LONG64" if "64" in call else "LONG"
    body = f'x = {start}LL; LONG64 r = Interlocked{call}; DbgPrint("%I64d %I64d", r, (LONG64)x);'
    assert printed(f"{type} x;", body) == f"{returned} {left}"


@pytest.mark.parametrize(
    ("call", "returned", "left"),
    [
        ("ExchangePointer(&x, &b)", "a", "b"), ("ExchangePointer(&x, NULL)", "a", "0"),
        ("CompareExchangePointer(&x, &b, &a)", "a", "b"), ("CompareExchangePointer(&x, &b, NULL)", "a", "a"),
    ],
)  # fmt: skip
def test_what_a_call_returns_and_leaves_of_a_pointer(call, returned, left):
    named = 'DbgPrint("%s", {0} == &a ? "a" : {0} == &b ? "b" : "0");'
    body = f"x = &a; PVOID r = Interlocked{call}; {named.format('r')} {named.format('x')}"
    assert printed("LONG a, b; PVOID x;", body) == returned + left


def test_of_two_who_exchange_a_pointer_one_has_it():
    found = explored(
        "LONG a; PVOID Box = &a;",
        'DbgPrint(InterlockedExchangePointer(&Box, NULL) != NULL ? "it" : "none");',
        check=lambda run: sorted(said(run)) == ["it", "none"],
        outcome=said,
    )
    assert (found.verdict, len(found.outcomes)) == ("holds", 2)


def said(run):
    return tuple(one.text for each in ("Worker", "Worker #2") for one in run.printed(each))


@pytest.mark.parametrize("call", ["Or(&x, 1)", "Increment64(&x)", "ExchangePointer(&x, &x)"])
def test_two_calls_are_no_data_race_and_a_plain_access_beside_one_is(call):
    kind = "LONG64" if "64" in call else "PVOID" if "Pointer" in call else "LONG"
    assert explored(f"{kind} x;", f"Interlocked{call};").verdict == "holds"
    raced = explored(f"{kind} x;", f"Interlocked{call}; x = 0;")
    assert (raced.verdict, "data race" in str(raced)) == ("inconclusive", True)


def test_calls_on_one_number_come_in_either_order_and_on_two_in_any():
    one = explored("LONG64 x;", "InterlockedIncrement64(&x);").explored
    both = explored("LONG n; LONG64 x, y;", "InterlockedIncrement64(InterlockedIncrement(&n) == 1 ? &x : &y);").explored
    alone = explored("LONG64 x;", "").explored
    assert (alone, one, both) == (1, 2, 2)


def test_what_is_exchanged_may_be_new_and_what_is_compared_may_not():
    assert printed("", 'LONG64 x; InterlockedExchange64(&x, 3); DbgPrint("%d", (int)x);') == "3"
    run = ks.run(
        load(ALONE.format(globals="", body="PVOID x; InterlockedCompareExchangePointer(&x, NULL, NULL);"), "a.c")
    )
    assert run.findings[0].kind == "uninitialised"


@pytest.mark.parametrize("globals", ["struct { LONG a, b; } x;", "LONG64 x;", "LARGE_INTEGER x;", "LONG x[2];"])
def test_who_changes_all_of_a_number_meets_who_changes_its_half(globals):
    half = "if (Context) InterlockedExchange64((LONG64 *)&x, 7); else InterlockedIncrement((LONG *)&x + 1);"
    driver = load(TWO.format(globals=globals, body=half).replace("Worker, NULL", "Worker, i ? &x : NULL"), "half.c")
    assert ks.explore(driver).explored == 2


def test_what_a_list_needs_is_told_at_load():
    with pytest.warns(CWarning, match="InterlockedPushEntrySList, line 5"):
        load(ALONE.format(globals="SLIST_HEADER h; SLIST_ENTRY e;", body="InterlockedPushEntrySList(&h, &e);"), "a.c")

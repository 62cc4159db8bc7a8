"""What a hostile reader once had `explore` say falsely of a driver in C: of pointers, casts and bytes."""

import pytest
from sizes import size

import kevent_sim as ks
from kevent_sim.c import load

TWO = """\
#include <ntifs.h>
{memory}
static VOID A(PVOID Context) {{ {a} }}
static VOID B(PVOID Context) {{ {b} }}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    HANDLE Thread;
    PVOID Argument = NULL;
    {begin}
    PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, A, Argument);
    ZwClose(Thread);
    PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, B, Argument);
    ZwClose(Thread);
    {behind}
    return STATUS_SUCCESS;
}}
"""


def two(memory="", a="", b="", begin="", behind=""):
    """A driver of two threads, that do what is said."""
    return load(TWO.format(memory=memory, a=a, b=b, begin=begin, behind=behind), "two.c")


def end(run):
    return run.verdict, tuple(sorted(run.exit_statuses.items()))


def ends(driver, **how):
    """How the driver ends, in many runs."""
    policies = (ks.Random(seed=seed, burst=1 + seed % 5) for seed in range(size(60, 400)))
    return {end(ks.run(driver, policy, **how)) for policy in policies}


def kinds(every):
    return {finding.kind for finding in every.findings}


# -- a poll whose rounds turn its blocks round -----------------------------------------------------

POLLS = """
    PLONG p = Block(), q = Block(), r = Block(), s = Block(), t = p, All[4] = {{ Block(), Block(), Block(), Block() }};
    while (!KeReadStateEvent(&Stop)) {{ {each_round} }}
    PsTerminateSystemThread({tells});
"""
TURN = "t = p; p = q; q = r; r = s; s = t;"
RANK = "(p > q) + (p > r) + (p > s)"
MOVES = {
    "variables": (TURN, RANK),
    "variables, and what they point at": (f"{TURN} *p = *q = *r = 1;", f"1 + {RANK}"),
    "variables, as numbers in the end": (TURN, "(LONG)(((ULONG_PTR)p & 0xFFFFF) >> 4)"),
    "an array": (
        "t = All[0]; for (int i = 0; i < 3; i++) All[i] = All[i + 1]; All[3] = t; t = NULL;",
        "(All[0] > All[1]) + (All[0] > All[2]) + (All[0] > All[3])",
    ),
}
STAYS = {
    "they come back to where they were": (4 * TURN, RANK),
    "another block is had and given back": ("ExFreePoolWithTag(Block(), 0);", RANK),
}
HELPERS = """KEVENT Stop;
static PLONG Block(VOID) { return ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'tseT'); }
"""
STOP = {"memory": HELPERS, "b": "KeSetEvent(&Stop, 0, FALSE);"}


def polling(each_round, tells):
    a = POLLS.format(each_round=each_round, tells=tells)
    return two(**STOP, a=a, begin="KeInitializeEvent(&Stop, NotificationEvent, FALSE);")


@pytest.mark.parametrize("how", [*MOVES, *STAYS])
def test_a_round_in_vain_leaves_each_block_where_it_was(how):
    """Blocks that hold the same are told from each other by their addresses."""
    driver = polling(*{**MOVES, **STAYS}[how])
    found = ks.explore(driver, outcome=end)
    assert (found.verdict, set(found.outcomes)) == ("holds", ends(driver))
    assert len(found.outcomes) == (4 if how in MOVES else 1)


PRINTS = {
    "each time": 'while (!KeReadStateEvent(&Stop)) DbgPrint("still\\n");',
    "before it asks": 'do { DbgPrint("%d", 1); } while (!KeReadStateEvent(&Stop));',
    "between two waits": (
        "LARGE_INTEGER t; t.QuadPart = -1;"
        'while (!KeReadStateEvent(&Stop)) { DbgPrint("still"); KeDelayExecutionThread(KernelMode, FALSE, &t); }'
    ),
}


@pytest.mark.parametrize("how", PRINTS)
def test_a_poll_that_prints_comes_back_to_where_it_was_in_the_first_exploration_too(how):
    driver = two(**STOP, a=PRINTS[how], begin="KeInitializeEvent(&Stop, NotificationEvent, FALSE);")
    first, second = ks.explore(driver), ks.explore(driver)
    assert (first.verdict, first.explored) == ("holds", second.explored)


# -- one place, a number and an object ---------------------------------------------------------------------------------

NUMBERS = {
    "a long": ("InterlockedIncrement((PLONG)&E)", "KeInitializeEvent(&E, 0, 0)", "KEVENT E;"),
    "within it": ("InterlockedExchange((PLONG)&E + 4, 1)", "KeInitializeEvent(&E, 0, 0)", "KEVENT E;"),
    "a long long": ("InterlockedOr64((PLONG64)&E, 1)", "KeInitializeEvent(&E, 0, 0)", "KEVENT E;"),
    "a pointer": ("InterlockedExchangePointer((PVOID *)&E, NULL)", "KeInitializeEvent(&E, 0, 0)", "KEVENT E;"),
    "a union": ("InterlockedDecrement(&u.n)", "KeInitializeEvent(&u.e, 0, 0)", "union { KEVENT e; LONG n; } u;"),
    "an array": ("InterlockedIncrement(&n[7])", "KeInitializeEvent((PKEVENT)&n[2], 0, 0)", "LONG n[20];"),
    "a semaphore": ("InterlockedIncrement(&n[9])", "KeInitializeSemaphore((PKSEMAPHORE)&n[2], 1, 1)", "LONG n[20];"),
    "a mutex": ("InterlockedIncrement(&n[15])", "KeInitializeMutex((PKMUTEX)&n[2], 0)", "LONG n[20];"),
}
BESIDE = {
    "before it": ("InterlockedIncrement(&n[1])", "KeInitializeEvent((PKEVENT)&n[2], 0, 0)", "LONG n[20];"),
    "behind it": ("InterlockedIncrement(&n[8])", "KeInitializeEvent((PKEVENT)&n[2], 0, 0)", "LONG n[20];"),
}


@pytest.mark.parametrize("how", NUMBERS)
def test_one_place_is_no_number_and_an_object(how):
    """Whoever comes first, who comes second is refused."""
    number, sets, memory = NUMBERS[how]
    for a, b in ((f"{number};", f"{sets};"), (f"{sets};", f"{number};")):
        for driver in (two(memory, a, b), two(memory, a + b)):
            with pytest.raises(ks.Misuse, match="not simulated: "):
                ks.run(driver)
            with pytest.raises(ks.Misuse, match="not simulated: "):
                ks.explore(driver)


@pytest.mark.parametrize("how", BESIDE)
def test_a_number_beside_an_object_is_one(how):
    number, sets, memory = BESIDE[how]
    assert ks.run(two(memory, f"{number};", f"{sets};", "RtlZeroMemory(n, sizeof(n));")).verdict == "completed"


@pytest.mark.parametrize("how", ["u.n = 0;", "RtlZeroMemory(&u, sizeof(u));"])
def test_memory_that_is_written_over_may_be_used_as_something_else(how):
    uses = "InterlockedIncrement(&u.n); {} KeInitializeEvent(&u.e, 0, 0); {} InterlockedIncrement(&u.n);"
    assert ks.run(two("union { KEVENT e; LONG n; } u;", uses.format(how, how))).verdict == "completed"


# -- a pointer in pieces -----------------------------------------------------------------------------------------------

PIECES = {
    "a byte of it is written": "b[7] = 0xFF;",
    "two are filled": "RtlFillMemory(b + 6, 2, 0xFF);",
    "one is zeroed, and written again": "RtlZeroMemory(b + 7, 1); b[7] = 0xFF;",
    "a routine fills in one": "KeRaiseIrql(PASSIVE_LEVEL, (PKIRQL)&p + 7); b[7] = 0xFF;",
    "what lies across it is written": "u.p = p; *(PULONG)&u.Bytes[6] = 0xFFFF; p = NULL; RtlCopyMemory(&p, &u, 8);",
    "some bits of it are": "u.p = p; u.Half.Top = 0xFFFF; p = NULL; RtlCopyMemory(&p, &u, 8);",
    "two bits of all are": "u.p = p; u.Whole.Top = 3; p = NULL; RtlCopyMemory(&p, &u, 8);",
    "its halves are copied": "q = p; RtlCopyMemory(&p, &q, 4); RtlCopyMemory(b + 4, c + 4, 4);",
    "its pieces are moved": "RtlCopyMemory(&q, &p, 3); RtlMoveMemory(c + 3, b + 3, 5); RtlCopyMemory(&p, &q, 8);",
    "its halves are structures": "HALF *f = (HALF *)b, *t = (HALF *)c; *t = *f; t[1] = f[1]; RtlCopyMemory(&p, &q, 8);",
    "two pointers are read across it": (
        "RtlCopyMemory(u.Bytes + 4, &p, 8); q = u.All[0]; RtlCopyMemory(&p, c + 4, 4);"
        "q = u.All[1]; RtlCopyMemory(b + 4, &q, 4);"
    ),
}
GIVES = """
    union {{
        PLONG p, All[3];
        UCHAR Bytes[24];
        struct {{ ULONG Low; ULONG Rest : 16, Top : 16; }} Half;
        struct {{ ULONG64 Rest : 62, Top : 2; }} Whole;
    }} u;
    PLONG p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 'tseT'), q = NULL;
    PUCHAR b = (PUCHAR)&p, c = (PUCHAR)&q;
    RtlZeroMemory(&u, sizeof(u));
    {pieces}
    RtlCopyMemory(&There, &p, 8);
    KeSetEvent(&Given, 0, FALSE);
    PLONG Mine = There;
    LONG Before = *Mine;
    KeReadStateEvent(&Nudge);
    PsTerminateSystemThread(*Mine - Before);
"""
TAKES = """
    KeWaitForSingleObject(&Given, Executive, KernelMode, FALSE, NULL);
    KeReadStateEvent(&Nudge);
    *There = 1;
"""
GIVEN = "typedef struct { USHORT n[2]; } HALF; KEVENT Given, Nudge; PLONG There;"
BEGIN = "KeInitializeEvent(&Given, NotificationEvent, FALSE); KeInitializeEvent(&Nudge, NotificationEvent, FALSE);"


@pytest.mark.parametrize("how", PIECES)
def test_what_a_pointer_in_pieces_points_at_is_shared(how):
    driver = two(GIVEN, GIVES.format(pieces=PIECES[how]), TAKES, BEGIN)
    assert len(ends(driver)) > 1
    assert "data race" in kinds(ks.explore(driver, outcome=end))


# -- an address that was given back, and is another's -----------------------------------------------------------------

AGAIN = {
    "a block's": ("PLONG p = Block(); ExFreePoolWithTag(p, 0); PLONG q = Block();", "(ULONG_PTR)p"),
    "a block's, by its bytes": (
        "PLONG p = Block(); ExFreePoolWithTag(p, 0); PLONG q = Block(); RtlCopyMemory(&All, &p, 8);", "All.Number",
    ),
    "the midst of a greater block": (
        "PLONG p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 0x3000, 'tseT'); ExFreePoolWithTag(p, 0);"
        "Block(); PLONG q = Block();", "(ULONG_PTR)p + 0x1010",
    ),
    "a local's": ("PLONG p = Local(), q = Block();", "(ULONG_PTR)p"),
}  # fmt: skip
ADDRESSES = """
PLONG Local(VOID) { LONG n = 1; PLONG p = &n; return p; }
union { PLONG Pointer; ULONG_PTR Number; } All;
ULONG_PTR Number;
"""


@pytest.mark.parametrize("how", AGAIN)
def test_what_lies_at_an_address_that_becomes_known_is_shared(how):
    has, number = AGAIN[how]
    tells = f"Number = {number}; KeSetEvent(&Stop, 0, FALSE); LONG Before = *q; KeReadStateEvent(&Stop);"
    a = f"{has} {tells} PsTerminateSystemThread(*q - Before);"
    b = "KeWaitForSingleObject(&Stop, Executive, KernelMode, FALSE, NULL); KeReadStateEvent(&Stop); *(PLONG)Number = 1;"
    driver = two(HELPERS + ADDRESSES, a, b, "KeInitializeEvent(&Stop, NotificationEvent, FALSE);")
    assert len(ends(driver)) > 1
    assert "data race" in kinds(ks.explore(driver))


@pytest.mark.parametrize("offset", ["0x1010", "0x2020 - 0x1010", "(1 << 12) + 16"])
def test_an_address_that_is_guessed_is_none(offset):
    """Else what its owner does there, of which nobody is told, would be in no order with what is done by the guess."""
    has = "PLONG p = Block(), q = Block(); Number = (ULONG_PTR)p;"
    a = f"{has} KeSetEvent(&Stop, 0, FALSE); PsTerminateSystemThread(*q);"
    b = f"KeWaitForSingleObject(&Stop, Executive, KernelMode, FALSE, NULL); *(PLONG)(Number + {offset}) = 1;"
    found = ks.explore(two(HELPERS + ADDRESSES, a, b, "KeInitializeEvent(&Stop, NotificationEvent, FALSE);"))
    assert (found.verdict, kinds(found)) == ("violated", {"memory"})


# -- memory that goes by the first cast --------------------------------------------------------------------------------

CASTS = """
typedef struct { LONG Count, More; KEVENT Done; } ONE, *PONE;
typedef struct { LONG First; LONG Second; KEVENT Event; } TWO, *PTWO;
KEVENT Nudge;
"""
HAS_A_BLOCK = """
    KeInitializeEvent(&Nudge, NotificationEvent, FALSE);
    Argument = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ONE), 'tseT');
"""
ADDS_AS = {
    "numbers": "InterlockedExchangeAdd((PLONG)Context, 1);",
    "the one": "PONE p = Context; InterlockedIncrement(&p->Count);",
    "the other": "PTWO p = Context; InterlockedIncrement(&p->First);",
    "a long number": "InterlockedIncrement64((PLONG64)Context);",
}
TAKES_AS = {
    "the one": "PONE p = Context; PsTerminateSystemThread(InterlockedExchange(&p->Count, 5));",
    "the other": "PTWO p = Context; PsTerminateSystemThread(InterlockedOr(&p->First, 0));",
    "numbers": "PsTerminateSystemThread(InterlockedOr((PLONG)Context, 0));",
}


def names(run):
    return end(run), tuple(sorted((thread, call.object) for thread, calls in run.calls.items() for call in calls))


@pytest.mark.parametrize("takes", TAKES_AS)
@pytest.mark.parametrize("adds", ADDS_AS)
def test_no_order_of_casts_decides_what_meets(adds, takes):
    for a, b in ((ADDS_AS[adds], TAKES_AS[takes]), (TAKES_AS[takes], ADDS_AS[adds])):
        driver = two(CASTS, a, "KeReadStateEvent(&Nudge);" + b, HAS_A_BLOCK)
        every = ks.explore(driver, outcome=end)
        assert every.verdict == "holds"
        assert set(every.outcomes) == ends(driver)
        assert len(every.outcomes) == 2


# -- what a question sees of memory, from when others can reach it -----------------------------------------------------

REACHED = """
typedef struct { LONG Count; PVOID Next; } REC, *PREC;
KEVENT Other;
PVOID There;
ULONG_PTR Number;
REC Rec;
PREC Filled(VOID)
{
    PREC p = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(REC), 'tseT');
    p->Count = 7;
    return p;
}
VOID Nothing(PVOID Context) { KeReadStateEvent(&Other); }
"""
REACHES = {
    "a pointer is stored": "There = Filled();",
    "a structure is stored that holds one": "REC Two = { 0, Filled() }; There = &Two;",
    "a structure with one is copied": "REC Two = { 0, Filled() }, *q = &Two; RtlCopyMemory(&Rec, q, sizeof(REC));",
    "its address becomes a number": "Number = (ULONG_PTR)Filled();",
    "a pointer is exchanged": "InterlockedExchangePointer(&There, Filled());",
    "a thread is given it": "PsCreateSystemThread(&Thread, 0, NULL, NULL, NULL, Nothing, Filled()); ZwClose(Thread);",
    "a local's address is stored": "REC REC; REC.Count = 7; There = &REC;",
    "a pointer's bytes are read": "PREC p = Filled(); Number = ((PUCHAR)&p)[7];",
}
QUIET = "HANDLE Thread; KeReadStateEvent(&Other); {} KeReadStateEvent(&Other);"


def sequences(driver, view):
    """All that the view takes in some order, as `explore` has it."""
    met = set()
    assert ks.explore(driver, check=ks.along(view, lambda seen: not met.add(seen))).verdict == "holds"
    return met


def seven_and_other(state):
    return state.value("REC", "Count"), state.signaled("Other")


@pytest.mark.parametrize("how", REACHES)
def test_a_question_sees_memory_from_when_others_can_reach_it(how):
    begin = "KeInitializeEvent(&Other, NotificationEvent, FALSE);"
    driver = two(REACHED, QUIET.format(REACHES[how]), "KeSetEvent(&Other, 0, FALSE);", begin)
    first, last = (0, False), (7, True)
    assert sequences(driver, seven_and_other) == {(first, (7, False), last), (first, (0, True), last)}


def test_a_question_sees_what_a_variable_begins_with():
    driver = two("struct { LONG Low, High; } Pair = { 7, 8 };")
    assert sequences(driver, lambda state: (state.value("Pair", "Low"), state.value("Pair", "High"))) == {
        ((0, 0), (7, 8))
    }


@pytest.mark.parametrize(
    "change", ["Exchange64({}, 1LL << 32)", "Or64({}, 1LL << 32)", "ExchangePointer((PVOID *){}, (PVOID)(1LL << 32))"]
)
def test_a_question_sees_all_numbers_that_an_interlocked_routine_changes(change):
    change = f"InterlockedOr(&Pair.Low, 0); KeReadStateEvent(&E); Interlocked{change.format('(PVOID)&Pair')};"
    driver = two(
        "struct { LONG Low, High; } Pair; KEVENT E;",
        change,
        "KeSetEvent(&E, 0, FALSE);",
        "KeInitializeEvent(&E, 0, 0);",
    )
    first, last = (0, False), (1, True)
    seen = sequences(driver, lambda state: (state.value("Pair", "High"), state.signaled("E")))
    assert seen == {(first, (1, False), last), (first, (0, True), last)}


BEHIND = {
    "its type": (16, 20),
    "the last member": (12, 16),
    "the first": (4, 4),
    "nothing": (0, 4),
}


@pytest.mark.parametrize("how", BEHIND)
def test_numbers_that_share_bytes_meet_wherever_they_begin(how):
    at, other = BEHIND[how]
    begin = """
        KeInitializeEvent(&Nudge, NotificationEvent, FALSE);
        FEW *p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'tseT');
        Argument = p;
    """
    a = f"InterlockedExchange64((PLONG64)((PUCHAR)Context + {at}), -1);"
    b = f"PsTerminateSystemThread(InterlockedOr((PLONG)((PUCHAR)Context + {other}), 0) & 1);"
    driver = two("typedef struct { UCHAR First; LONG64 Second; } FEW; KEVENT Nudge;", a, b, begin)
    every = ks.explore(driver, outcome=end)
    assert every.verdict == "holds"
    assert set(every.outcomes) == ends(driver)
    assert len(every.outcomes) == 2


# -- as the machine does it: beyond a variable, and in a literal -------------------------------------------------------

HAS_TWO = """
    LONG First[2] = {{ 0 }}, Second[2] = {{ 0 }};
    There = {given};
    KeSetEvent(&Given, 0, FALSE);
    LONG Before = {own};
    KeReadStateEvent(&Nudge);
    LONG After = {own};
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(After - Before);
"""
GOES_BEYOND = """
    KeWaitForSingleObject(&Given, Executive, KernelMode, FALSE, NULL);
    KeReadStateEvent(&Nudge);
    {beyond}
    KeSetEvent(&Done, 0, FALSE);
"""
BEYOND = {
    "behind a local": ("First", "Second[0]", "There[2] = 1;"),
    "far behind it": ("First + 1", "Second[1]", "There[2] = 1;"),
    "before it": ("Second", "First[1]", "There[-1] = 1;"),
    "by a routine that copies": (
        "First",
        "Second[1]",
        "LONG Four[4] = { 1, 1, 1, 1 }; RtlCopyMemory(There, Four, 16);",
    ),
    "to read": ("First", "(Second[0] = Second[0] + 1)", "There[0] = There[2];"),
    "in a literal": ("First", "Text[0]", "Text[0] = L'x';"),
    "in a literal, by its name": ("First", 'L"text"[1]', "Text[1] = L'x';"),
    "in a literal that is a name": ("First", "RtlCompareUnicodeString(&Name, &Name, FALSE)", "Text[2] = L'x';"),
}
MACHINE = """KEVENT Given, Nudge, Done;
PLONG There;
PWSTR Text = L"text";
UNICODE_STRING Name = RTL_CONSTANT_STRING(L"text");
"""
BEGINS = BEGIN + "KeInitializeEvent(&Done, NotificationEvent, FALSE);"


@pytest.mark.parametrize("how", BEYOND)
def test_what_is_done_beyond_a_variable_is_part_of_a_data_race(how):
    given, own, beyond = BEYOND[how]
    driver = two(MACHINE, HAS_TWO.format(given=given, own=own), GOES_BEYOND.format(beyond=beyond), BEGINS)
    every = ks.explore(driver, memory="machine")
    assert kinds(every) == {"memory", "data race"}


def test_who_writes_over_a_cookie_races_with_the_return():
    gives = "There = Few; KeSetEvent(&Given, 0, 0); KeReadStateEvent(&Nudge);"
    helper = f"static VOID Has(VOID) {{ LONG Few[2] = {{ 0 }}; {gives} }}"
    a = "Has(); KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);"
    every = ks.explore(two(MACHINE + helper, a, GOES_BEYOND.format(beyond="There[2] = 1;"), BEGINS), memory="machine")
    assert "data race" in kinds(every)


def test_a_number_beyond_a_variable_is_that_of_its_neighbour():
    a = HAS_TWO.format(given="First", own="InterlockedOr(&Second[0], 0)")
    driver = two(MACHINE, a, GOES_BEYOND.format(beyond="InterlockedIncrement(&There[2]);"), BEGINS)
    every = ks.explore(driver, outcome=end, memory="machine")
    assert set(every.outcomes) == ends(driver, memory="machine")
    assert (kinds(every), len(every.outcomes)) == ({"memory"}, 2)

"""C runs over memory that is checked: what is wrong with it is found at its line, and what is right is left alone."""

import json
import os
import re
import warnings
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from c_cases import AROUND, cases, results
from c_memory_cases import CAUGHT, FOLDER, RIGHT, WRONG
from readme import README, mutants_in
from sizes import part, size

import kevent_sim as ks
from kevent_sim import samples
from kevent_sim.c import CWarning, load
from kevent_sim.c.calls import objects, routines
from kevent_sim.c.memory import access, checks, homes, memory
from kevent_sim.machine.trace import Trace
from kevent_sim.samples import all_moved

SAMPLES = Path(ks.__file__).parent / "samples" / "drivers"
ARTICLE = os.environ.get("KEVENT_ARTICLE")
POLICIES = (ks.RoundRobin(), ks.Windows(seed=3), ks.PCT(depth=3, seed=5), ks.Random(seed=7))
SIZES = [(5, 2), *[(1000, 100)] * size(0, 1)]
GOLDEN = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
RACES = [case for case in WRONG if case.kind == "race"]
STOPS = [case for case in WRONG if case.kind != "race"]
BEYOND = {  # of a block whose neighbours nobody knows
    "extension_of_the_size_of_a_pointer", "file_read_into_a_pool_block_too_short", "global_array_read_past_its_end",
    "global_array_written_past_its_end", "pool_of_the_size_of_a_pointer", "pool_read_past_its_end",
    "pool_walked_one_element_too_far", "pool_written_before_its_beginning", "pool_written_past_its_end",
    "stack_array_read_at_a_negative_index", "string_printed_beyond_its_pool_block",
}  # fmt: skip
# Uses of what one waits for are found where the package finds them in Python, too.
OF_THE_KERNEL = {0x0A, 0x139, 0xD5}


def loaded(case):
    return load(case.text, f"{case.name}.c")


def named(case):
    return case.name


def rows(run):
    columns = run.columns
    return [
        (run.threads[choice] if isinstance(choice, int) else str(choice), routine.name, repr(result), start)
        for choice, routine, result, start in zip(
            columns["choice"], columns["routine"], columns["result"], columns["start"], strict=True
        )
    ]


def of_two(threads, one, other, begin=""):
    """A driver with two threads: their functions, the names of these, and what DriverEntry does first."""
    starts = "".join(
        f"PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, {each}, NULL); ZwClose(Thread);\n    "
        for each in (one, other)
    )
    return f"""#include <ntifs.h>
{threads}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    HANDLE Thread;
    {begin}
    {starts}return STATUS_SUCCESS;
}}
"""


# -- what is wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", STOPS, ids=named)
def test_what_is_wrong_stops_the_machine_at_its_line(case):
    run = ks.run(loaded(case), stop=case.stop)
    assert run.verdict == ("undefined" if case.code is None else "bugcheck")
    assert (run.bugcheck.code or None, run.bugcheck.line) == (case.code, case.line)
    assert str(run.bugcheck) == GOLDEN[case.name]
    if run.bugcheck.finding:
        assert run.bugcheck.finding == {"cookie": "out of bounds"}.get(case.kind, case.kind)
        (found,) = run.findings
        assert (found.kind, found.line) == (run.bugcheck.finding, case.line)
    else:
        assert case.code in OF_THE_KERNEL or case.kind == "division"


@pytest.mark.parametrize("case", [case for case in STOPS if case.kind in ("out of bounds", "cookie")], ids=named)
def test_as_the_machine_does_it_is_noted_and_goes_on_where_its_bytes_are_known(case):
    driver = loaded(case)
    if case.name in BEYOND:
        with pytest.raises(ks.Misuse, match=r"not simulated: what lies beside .*; stay inside it"):
            ks.run(driver, stop=case.stop, memory="machine")
        return
    run = ks.run(driver, stop=case.stop, memory="machine")
    assert ("out of bounds", case.line) in {(found.kind, found.line) for found in run.findings}
    if case.kind == "cookie":
        assert (run.bugcheck.code, run.bugcheck.line) == (0xF7, case.machine_line)


@pytest.mark.parametrize("case", STOPS, ids=named)
def test_what_is_wrong_never_holds(case):
    every = ks.explore(loaded(case), stop=case.stop, budget=500)
    assert every.verdict == "violated"
    kinds = {finding.kind for finding in every.findings}
    assert "memory" in kinds or ("bugcheck" in kinds and not ks.run(loaded(case), stop=case.stop).bugcheck.finding)
    assert bool(every.order) == ("memory" in kinds)


@pytest.mark.parametrize("case", RACES, ids=named)
def test_a_race_is_told_by_its_lines_and_denies_holds(case):
    driver = loaded(case)
    run = ks.run(driver)
    assert (run.verdict, run.findings) == ("completed", ())
    every = ks.explore(driver, budget=300)
    assert every.verdict in ("inconclusive", "violated")
    races = [race for one in (run, *(finding.run for finding in every.findings)) for race in ks.races(one)]
    assert case.lines in [sorted({race.first.line, race.second.line}) for race in races if race.kind == "field"]


# -- what is right -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", RIGHT, ids=named)
def test_what_is_right_is_left_alone(case):
    driver = loaded(case)
    for stop in {False, case.stop}:
        for policy in POLICIES[: size(2, 4)]:
            run = ks.run(driver, policy, stop=stop)
            assert (run.findings, run.bugcheck) == ((), None)
    assert (run.verdict, run.status) == ("completed", 0)
    assert ks.explore(driver, stop=case.stop).verdict == "holds"


@pytest.mark.parametrize("case", CAUGHT, ids=named)
def test_an_exception_is_handled_by_except(case):
    run = ks.run(loaded(case))
    assert (run.verdict, run.status) == ("completed", 0)


# -- the samples and the article ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
@pytest.mark.parametrize("name", ["race", "notification_event", "synchronization_event", "semaphore", "careful"])
def test_a_sample_takes_the_steps_of_its_python(name, policy):
    driver, python = load(SAMPLES / f"{name}.c"), getattr(samples, name)
    for files, writes in SIZES:
        one = ks.run(driver, policy, FileCount=files, WriteCount=writes)
        other = ks.run(python, policy, FileCount=files, WriteCount=writes)
        assert rows(one) == rows(other)
        assert (one.outcome, one.findings) == (other.outcome, ())


ORDERS = {  # Layout -> the locals above the others, lowest address first
    0: "hFile ioStatusBlock renameInfo oldFilePath newFilePath",
    1: "oldFilePath newFilePath renameInfo hFile ioStatusBlock",
    2: "hFile ioStatusBlock oldFilePath newFilePath renameInfo",
}


@pytest.mark.parametrize("layout", ORDERS)
def test_the_rename_buffer_does_to_its_neighbours_what_it_does_in_python(layout):
    driver = load(SAMPLES / "rename_on_stack.c", frames={"FileMoveThread": ORDERS[layout].split()})
    for files, writes in SIZES:
        one = ks.run(driver, memory="machine", FileCount=files, WriteCount=writes)
        other = ks.run(samples.rename_on_stack, FileCount=files, WriteCount=writes, Layout=layout)
        assert rows(one) == rows(other)
        assert one.outcome == other.outcome
        assert {(found.kind, found.line) for found in one.findings} >= {("out of bounds", 87)}


def test_the_rename_buffer_is_found_by_itself():
    driver = load(SAMPLES / "rename_on_stack.c")
    run = ks.run(driver, FileCount=2, WriteCount=1)
    assert (run.bugcheck.code, run.bugcheck.line) == (0xF7, 87)
    assert "64 of them past the end of renameInfo (24 bytes)" in str(run.bugcheck)
    every = ks.explore(driver, all_moved, FileCount=2, WriteCount=1)
    assert (every.verdict, every.order) == ("violated", "holds, 2 classes")
    assert "order: holds, 2 classes" in str(every)


@pytest.mark.parametrize("name", ["race", "notification_event", "synchronization_event", "careful", "semaphore"])
def test_every_order_of_a_sample_is_that_of_its_python(name):
    size = {"FileCount": 1 if name == "semaphore" else 2, "WriteCount": 1}
    one = ks.explore(load(SAMPLES / f"{name}.c"), all_moved, **size)
    other = ks.explore(getattr(samples, name), all_moved, **size)
    assert (one.verdict, one.explored, one.outcomes) == (other.verdict, other.explored, other.outcomes)


@pytest.mark.skipif(ARTICLE is None, reason="KEVENT_ARTICLE does not say where the article is")
def test_the_article_s_listings_run_as_they_are():
    blocks = re.findall(r"```[a-z+]*\n(.*?)```", Path(ARTICLE).read_text(encoding="utf-8"), re.DOTALL)
    listings = [block for block in blocks if "DriverEntry" in block]
    twins = samples.race, samples.synchronization_event, samples.notification_event
    lines, verdicts = [], []
    for text, python in zip(listings, twins, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CWarning)
            driver = load(text, "article.c", FileCount=1000, WriteCount=100)
        for files, writes in SIZES:
            for policy in POLICIES:
                one = ks.run(driver, policy, memory="machine", FileCount=files, WriteCount=writes)
                other = ks.run(python, policy, FileCount=files, WriteCount=writes)
                assert rows(one) == rows(other)
                assert one.outcome == other.outcome
        stopped = ks.run(driver, ks.Random(seed=7), FileCount=5, WriteCount=2)
        assert "64 of them past the end of renameInfo" in str(stopped.bugcheck)
        lines.append(stopped.bugcheck.line)
        every = ks.explore(driver, all_moved, FileCount=2, WriteCount=1)
        verdicts.append((every.verdict, "memory" in {finding.kind for finding in every.findings}, every.order))
    assert lines == [55, 68, 71]
    assert verdicts == [
        ("violated", True, "violated, 9 classes"),
        ("violated", True, "holds, 2 classes"),
        ("violated", True, "holds, 2 classes"),
    ]


# -- each construct, over memory that is checked -----------------------------------------------------------------------

STATEMENTS, IN_MEMORY = results(cases("statements")), results(cases("memory"))


def result(declarations: str, head: str, body: str, call: str) -> int:
    """What a function returns, in a driver that prints it."""
    driver = load(
        "#include <ntifs.h>\n"
        f"{declarations}\n{head} {{ {body} }}\n"
        "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)\n{\n"
        f'    DbgPrint("%lld", (LONGLONG){call});\n    return STATUS_SUCCESS;\n}}\n',
        "construct.c",
    )
    run = ks.run(driver)
    assert (run.verdict, run.findings) == ("completed", ()), run
    return int(run.output[0].text)


@pytest.mark.parametrize(("body", "wanted"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_does_what_c_says(body, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CWarning)
        assert result("int more(int x, ...) { return x + 1; }", "long long f(int x)", body, "f(5)") == wanted


@pytest.mark.parametrize(("body", "wanted"), IN_MEMORY.values(), ids=IN_MEMORY)
def test_what_lies_in_memory_is_what_c_says(body, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CWarning)
        assert result(AROUND, "int f(void)", body, "f()") == wanted


# -- how it is asked ---------------------------------------------------------------------------------------------------


def test_memory_is_strict_or_the_machine_s():
    driver = load(SAMPLES / "rename_on_stack.c")
    with pytest.raises(ValueError, match='memory is "strict" or "machine"'):
        ks.run(driver, memory="loose")
    run = ks.run(driver, memory="machine", FileCount=1, WriteCount=1)
    assert 'memory="machine"' in run.replay
    assert " machine; RoundRobin" in str(run.schedule)
    again = ks.run(driver, ks.Replay(str(run.schedule)))
    assert (again.outcome, again.findings) == (run.outcome, run.findings)


@pytest.mark.parametrize("field", ["Name", "Low"])
def test_a_question_for_what_is_no_number_is_refused(field):
    driver = load(
        """#include <ntddk.h>
        static struct { CHAR Name[8]; ULONG Low : 4, High : 4; } Shared;
        VOID Worker(PVOID Context) { Shared.Name[0] = 'a'; Shared.Low = 3; KeClearEvent(Context); }
        static KEVENT Event;
        NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
        {
            HANDLE thread;
            KeInitializeEvent(&Event, NotificationEvent, FALSE);
            if (NT_SUCCESS(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Worker, &Event))) ZwClose(thread);
            return STATUS_SUCCESS;
        }""",
        "shared.c",
    )
    with pytest.raises(TypeError, match=f"Shared.{field} holds a bytes; ask for a number"):
        ks.explore(driver, check=ks.always(lambda state: state.value("Shared", field) < 9))


def test_a_question_asks_fields_by_their_c_names():
    driver = load(
        """#include <ntddk.h>
        typedef struct _SHARED { KEVENT Done; LONG Count; } SHARED, *PSHARED;
        VOID Worker(PVOID Context)
        {
            PSHARED shared = Context;
            InterlockedIncrement(&shared->Count);
            KeSetEvent(&shared->Done, 0, FALSE);
        }
        NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
        {
            PDEVICE_OBJECT device;
            HANDLE thread;
            PSHARED shared;
            IoCreateDevice(DriverObject, sizeof(SHARED), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
            shared = device->DeviceExtension;
            KeInitializeEvent(&shared->Done, NotificationEvent, FALSE);
            for (int i = 0; i < 2; i++) {
                PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Worker, shared);
                ZwClose(thread);
            }
            return STATUS_SUCCESS;
        }""",
        "shared.c",
    )
    every = ks.explore(driver, check=ks.always(lambda state: state.value("SHARED", "Count") <= 2))
    assert every.verdict == "holds"
    every = ks.explore(driver, check=ks.always(lambda state: state.value("SHARED", "Count") <= 1))
    assert every.verdict == "violated"
    assert ks.run(driver, every.counterexample and ks.Replay(every.counterexample.schedule)).verdict == "completed"


@pytest.mark.parametrize("name", part(case.name for case in RIGHT))
def test_two_loads_know_nothing_of_each_other(name):
    case = next(case for case in RIGHT if case.name == name)
    driver = loaded(case)
    assert rows(ks.run(driver)) == rows(ks.run(driver))


@pytest.mark.parametrize("loop", ["for (;;) ;", "while (!Done) ;", "do { n++; } while (1);", "Again: n++; goto Again;"])
def test_a_loop_that_never_comes_to_a_step_is_refused(loop, monkeypatch):
    monkeypatch.setattr(objects, "_ROUNDS", 1_000)
    driver = load(
        "#include <ntddk.h>\nstatic LONG Done;\nNTSTATUS DriverEntry(PDRIVER_OBJECT D, PUNICODE_STRING R)\n"
        f"{{\n    ULONG n = 0;\n    {loop}\n    return STATUS_SUCCESS;\n}}\n",
        "spin.c",
    )
    with pytest.raises(ks.Misuse, match=r"System, line 6: not simulated: a loop of a million rounds"):
        ks.run(driver)


def test_attributes_without_their_length_are_no_attributes():
    driver = load(
        """#include <ntifs.h>
        NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
        {
            OBJECT_ATTRIBUTES attributes = { 0 };
            HANDLE event;
            return ZwCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
        }""",
        "attributes.c",
    )
    assert str(ks.run(driver).status) == "STATUS_INVALID_PARAMETER"


ADDRESSES = """
static KEVENT Second;
static VOID First(PVOID Context) { DbgPrint("%p", First); DbgPrint("%p", KeGetCurrentThread()); }
static VOID Then(PVOID Context) { DbgPrint("%p", "a literal"); DbgPrint("%p", KeGetCurrentThread()); }
"""


def test_no_order_of_threads_decides_an_address():
    driver = load(of_two(ADDRESSES, "First", "Then"), "addresses.c")
    runs = [ks.run(driver, policy) for policy in (lambda ready: ready[0], lambda ready: ready[-1])]
    one, other = ({thread: [each.text for each in run.printed(thread)] for thread in run.threads} for run in runs)
    assert runs[0].schedule.choices != runs[1].schedule.choices
    assert one == other


ALLOCATES = """#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{{
    PVOID block = ExAllocatePool2({flags}, 16, 'kcoB');
    ExFreePool2(block, 'kcoB', {more}, 0);
    return STATUS_SUCCESS;
}}"""


@pytest.mark.parametrize(
    ("flags", "more", "says"),
    [
        ("POOL_FLAG_UNINITIALIZED", "NULL", "line 4: not simulated: an allocation that does not name one pool"),
        ("POOL_FLAG_NON_PAGED | 0x4", "NULL", "line 4: not simulated: the pool flags 0x4"),
        ("POOL_FLAG_NON_PAGED", "&block", "line 5: not simulated: the extended parameters of ExFreePool2"),
    ],
)
def test_what_an_allocation_cannot_be_is_refused(flags, more, says):
    with pytest.raises(ks.Misuse, match=says):
        ks.run(load(ALLOCATES.format(flags=flags, more=more), "pool.c"))
    assert ks.run(load(ALLOCATES.format(flags="POOL_FLAG_PAGED", more="NULL"), "pool.c")).verdict == "completed"


def test_an_order_of_locals_that_are_not_there_is_refused():
    path = SAMPLES / "rename_on_stack.c"
    with pytest.raises(ValueError, match=r"rename_on_stack\.c has no function Mover .*; there are: FileCreationThread"):
        load(path, frames={"Mover": ["hFile"]})
    with pytest.raises(ValueError, match="FileMoveThread has no local hfile in memory; it has: oldFilePath"):
        load(path, frames={"FileMoveThread": ["hfile"]})


def test_memory_is_asked_of_drivers_in_c_alone():
    with pytest.raises(ValueError, match='memory="machine" is for drivers in C, which race is not'):
        ks.run(samples.race, memory="machine")


# -- mutants: what the findings rest on --------------------------------------------------------------------------------

CASES = {case.name: case for case in (*WRONG, *RIGHT)}


def said(name, memory="strict"):
    """What is said of a case: where it stops, what is found, what races."""
    case = CASES[name]
    run = ks.run(loaded(case), stop=case.stop, memory=memory)
    stop = run.bugcheck and (run.bugcheck.code, run.bugcheck.line)
    return run.verdict, run.status, stop, run.findings, [str(race) for race in ks.races(run)]


def nothing(*_):
    return None


def passing_over(kind, wrong=memory.Memory.wrong):
    return lambda self, found, code, text: None if found == kind else wrong(self, found, code, text)


def all_written(self, p, offset, size, load_record=access.Access.load_record):
    value = load_record(self, p, offset, size)
    return value._replace(written=bytes(map(bool, range(1, size + 1))))


def forgotten(self, structure):
    self.reads.clear()


def whole(self, p, offset, type, bit, width, value):
    return self.store(p, offset, type, value)


MUTANTS = {  # name -> what is replaced, by what, and the case that tells
    "ends are not noticed": (checks, "ended", lambda region: "", "pool_read_after_it_is_freed"),
    "bounds are not noticed": (checks.Checks, "_outside", nothing, "stack_array_read_past_its_end"),
    "what was not written is read": (checks.Checks, "unwritten", nothing, "uninitialised_field"),
    "what is copied counts as written": (access.Access, "load_record", all_written, "uninitialised_part_of_a_copy"),
    "literals are written": (memory.Memory, "wrong", passing_over("read-only"), "literal_written"),
    "frames do not end": (homes.Frame, "__exit__", nothing, "pointer_to_a_local_returned"),
    "tags are not compared": (memory.Memory, "wrong", passing_over("bad free"), "pool_freed_with_another_tag"),
    "an event is written over": (memory.Memory, "wrong", passing_over("overwritten"), "event_overwritten_by_memset"),
    "nothing is shared": (homes.Homes, "share", nothing, "race_on_a_variable_of_driver_entry"),
    "what code does is not told": (memory.Memory, "told", nothing, "race_on_a_global_counter"),
    "what routines do is not told": (memory.InStep, "told", nothing, "race_on_a_buffer_that_is_written_to_a_file"),
    "reads before a write are forgotten": (Trace, "wrote", forgotten, "race_on_a_global_counter"),
    "a use of an event is not told": (routines, "used", nothing, "race_on_an_event_written_over"),
    "a declaration begins nothing": (memory.Memory, "fresh", nothing, "uninitialised_again_in_the_next_round"),
    "bits are written whole": (access.Access, "store_bits", whole, "bit_fields"),
    "a time-out is not read in the step": (routines, "in_step", nullcontext, "uninitialised_time_out_of_a_wait"),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_checks_is_caught(mutant, monkeypatch):
    where, name, by, case = MUTANTS[mutant]
    before = said(case)
    monkeypatch.setattr(where, name, by)
    with suppress(ks.Misuse):  # where it cannot even go on
        assert said(case) != before


def test_the_readme_counts_drivers_and_mutants():
    (wrong,), (right,) = (re.findall(pattern, README) for pattern in (r"errors of (\d+) wrong drivers", r"(\d+) right"))
    assert (int(wrong), int(right), mutants_in(__file__)) == (len(WRONG), len(RIGHT), len(MUTANTS))


# -- reads at one place, again and again -------------------------------------------------------------------------------

SQUARES = """\
{memory}
KSEMAPHORE Full;
static VOID Producer(PVOID Context)
{{
    for (LONG i = 1; i <= {rounds}; i++) {{
        {place} = i * i;
        KeReleaseSemaphore(&Full, 0, 1, FALSE);
    }}
}}
static VOID Consumer(PVOID Context)
{{
    for (LONG i = 1; i <= {rounds}; i++) {{
        KeWaitForSingleObject(&Full, Executive, KernelMode, FALSE, NULL);
        DbgPrint("%ld", {place});
    }}
}}
"""
PLACES = {
    "a global": ("LONG X;", "X", ""),
    "an element": ("LONG X[4];", "X[2]", ""),
    "a pool block": ("PLONG P;", "*P", "P = ExAllocatePool2(POOL_FLAG_NON_PAGED, 4, 'tseT');"),
}


def squares(place, rounds):
    memory, where, begin = PLACES[place]
    threads = SQUARES.format(memory=memory, place=where, rounds=rounds)
    begin += " KeInitializeSemaphore(&Full, 0, 9);"
    return load(of_two(threads, "Producer", "Consumer", begin), "squares.c")


@pytest.mark.parametrize("rounds", [2, 3])
@pytest.mark.parametrize("place", PLACES)
def test_a_race_with_the_first_of_many_reads_is_seen_though_the_last_is_ordered(place, rounds):
    """The second write comes before the first read in every order of steps, and nothing orders the two."""
    found = ks.explore(squares(place, rounds))
    assert found.verdict == "inconclusive"
    assert "data race" in {finding.kind for finding in found.findings}
    assert ks.explore(squares(place, 1)).verdict == "holds"


# -- where a pointer's bytes go, nobody follows -----------------------------------------------------------------------

THROUGH_A_FILE = """\
KEVENT Written, Nudge;
static HANDLE Open(VOID)
{{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Io;
    HANDLE File = NULL;
    RtlInitUnicodeString(&Name, L"\\\\??\\\\C:\\\\Temp\\\\a");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    ZwCreateFile(&File, GENERIC_READ | GENERIC_WRITE, &Attributes, &Io, NULL, FILE_ATTRIBUTE_NORMAL, 7, FILE_OPEN_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    return File;
}}
static VOID Giver(PVOID Context)
{{
    IO_STATUS_BLOCK Io;
    PLONG p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'tseT');
    {given}
    ZwWriteFile(Open(), NULL, NULL, NULL, &Io, {what}, {size}, NULL, NULL);
    KeSetEvent(&Written, 0, FALSE);
    LONG Before = *p;
    KeReadStateEvent(&Nudge);
    if (*p != Before) KeWaitForSingleObject(&Nudge, Executive, KernelMode, FALSE, NULL);
}}
static VOID Taker(PVOID Context)
{{
    IO_STATUS_BLOCK Io;
    {taken}
    KeWaitForSingleObject(&Written, Executive, KernelMode, FALSE, NULL);
    ZwReadFile(Open(), NULL, NULL, NULL, &Io, {what}, {size}, NULL, NULL);
    KeReadStateEvent(&Nudge);
    *{place} = 1;
}}
"""
WRITTEN_OUT = {
    "a pointer": {"given": "", "taken": "PLONG p = NULL;", "what": "&p", "size": "8", "place": "p"},
    "a structure that holds one": {
        "given": "struct { LONG n; PLONG q; } Pair = { 1, p };",
        "taken": "struct { LONG n; PLONG q; } Pair = { 0, NULL };",
        "what": "&Pair", "size": "sizeof(Pair)", "place": "Pair.q",
    },
    "an array of them": {
        "given": "PLONG All[3] = { NULL, p, NULL };", "taken": "PLONG All[3] = { NULL };",
        "what": "All", "size": "sizeof(All)", "place": "All[1]",
    },
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN_OUT)
def test_what_a_pointer_points_at_is_shared_once_its_bytes_are_written_to_a_file(how):
    begin = (
        "KeInitializeEvent(&Written, SynchronizationEvent, FALSE); KeInitializeEvent(&Nudge, NotificationEvent, FALSE);"
    )
    found = ks.explore(load(of_two(THROUGH_A_FILE.format(**WRITTEN_OUT[how]), "Giver", "Taker", begin), "through.c"))
    assert found.verdict != "holds"
    assert "data race" in {finding.kind for finding in found.findings}


@pytest.mark.parametrize(
    "call",
    ["InterlockedExchangeAdd(&{}, 0)", "InterlockedExchange(&{}, 1)", "InterlockedCompareExchange(&{}, 1, 0)"],
)
def test_an_interlocked_routine_on_an_events_own_bytes_is_refused_as_a_plain_read_is(call):
    text = """#include <ntifs.h>
    KEVENT N;
    NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
    {
        KeInitializeEvent(&N, NotificationEvent, FALSE);
        return %s;
    }"""
    for use in (call, "({})"):
        driver = load(text % use.format("N.Header.SignalState"), "header.c")
        with pytest.raises(ks.Misuse, match=r"line 6: not simulated: the fields of N; use the routines that take it"):
            ks.run(driver)


# -- addresses, and rounds of a loop that polls ------------------------------------------------------------------------

POLLING = """\
KEVENT Stop;
{helpers}
static VOID Poller(PVOID Context)
{{
    PVOID p;
    LONG Nothing = 0;
    while (!{asks}) {{ {each_round} }}
    {behind}
}}
static VOID Stopper(PVOID Context) {{ KeSetEvent(&Stop, 0, FALSE); }}
"""
MAKES_A_BLOCK = "p = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'tseT');"
GIVES_IT_BACK = "ExFreePoolWithTag(p, 'tseT');"
ENDS_WITH_IT = f"{MAKES_A_BLOCK} Nothing = (LONG)((ULONG_PTR)p >> 4); {GIVES_IT_BACK} PsTerminateSystemThread(Nothing);"
ADDRESS = "static LONG Address(VOID) { LONG Local = 1; return (LONG)((ULONG_PTR)&Local >> 4); }"
READS = "KeReadStateEvent(&Stop)"
GIVEN_BACK = {
    "a block that is freed": ("", READS, f"{MAKES_A_BLOCK} {GIVES_IT_BACK}", ENDS_WITH_IT),
    "a frame": (
        ADDRESS + " static LONG Asks(VOID) { LONG n = 1; PLONG q = &n; return KeReadStateEvent(&Stop) + (*q = 0); }",
        "Asks()", "", "PsTerminateSystemThread(Address());",
    ),
    "a frame and a block": (
        ADDRESS + " static LONG Asks(VOID) { LONG n = 1; PLONG q = &n; return KeReadStateEvent(&Stop) + (*q = 0); }",
        "Asks()", f"{MAKES_A_BLOCK} {GIVES_IT_BACK}", "PsTerminateSystemThread(Address());",
    ),
}  # fmt: skip
KEPT = {
    "a block whose address was a number": (
        "", READS, f"{MAKES_A_BLOCK} Nothing = 0 * (LONG)(ULONG_PTR)p; {GIVES_IT_BACK}", ENDS_WITH_IT,
    ),
    "a block that stays": ("", READS, MAKES_A_BLOCK, ENDS_WITH_IT),
    "a frame whose address was a number": (
        ADDRESS + " static LONG Asks(VOID) { LONG n = 1; return KeReadStateEvent(&Stop) + 0 * (LONG)(ULONG_PTR)&n; }",
        "Asks()", "", "PsTerminateSystemThread(Address());",
    ),
}  # fmt: skip


def polling(helpers, asks, each_round, behind):
    threads = POLLING.format(helpers=helpers, asks=asks, each_round=each_round, behind=behind)
    begin = "KeInitializeEvent(&Stop, NotificationEvent, FALSE);"
    return load(of_two(threads, "Poller", "Stopper", begin), "polling.c")


def end(run):
    return tuple(sorted(run.exit_statuses.items()))


@pytest.mark.parametrize("how", GIVEN_BACK)
def test_a_round_in_vain_gives_its_addresses_back(how):
    driver = polling(*GIVEN_BACK[how])
    found = ks.explore(driver, outcome=end)
    assert found.verdict == "holds"
    for seed in range(size(20, 100)):
        assert end(ks.run(driver, ks.Random(seed=seed, burst=1 + seed % 5))) in found.outcomes


@pytest.mark.parametrize("how", KEPT)
def test_where_a_round_moves_what_comes_next_it_is_not_left_out(how):
    driver = polling(*KEPT[how])
    assert ks.explore(driver, outcome=end, max_steps=200, budget=50).verdict == "inconclusive"
    assert len({end(ks.run(driver, ks.Random(seed=seed, burst=1 + seed % 5))) for seed in range(40)}) > 1


# -- one place, two kinds of object ------------------------------------------------------------------------------------

TWO_KINDS = {
    "a union": ("union { KEVENT e; KSEMAPHORE s; } u;", "&u.e", "&u.s", "s, which is a KSEMAPHORE, as a KEVENT"),
    "a cast": ("KSEMAPHORE s;", "(PKEVENT)&s", "&s", "s, which is a KSEMAPHORE, as a KEVENT"),
    "an overlap": ("UCHAR room[64];", "(PKEVENT)&room[8]", "(PKSEMAPHORE)room", "which is a KSEMAPHORE, as a KEVENT"),
}


@pytest.mark.parametrize("how", TWO_KINDS)
def test_one_place_is_one_object_of_one_kind(how):
    """Who of two threads comes first would decide what is there."""
    memory, event, semaphore, told = TWO_KINDS[how]
    text = f"""#include <ntifs.h>
    {memory}
    NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
    {{
        KeInitializeSemaphore({semaphore}, 1, 3);
        KeInitializeEvent({event}, NotificationEvent, FALSE);
        return STATUS_SUCCESS;
    }}"""
    with pytest.raises(ks.Misuse, match=rf"line 6: not simulated: .*{told}; give each memory of its own"):
        ks.run(load(text, "kinds.c"))

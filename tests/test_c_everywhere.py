"""What takes a driver takes one in C: it goes to other processes, has more movers, and runs where a routine fails."""

import html
import linecache
import pickle
import re
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim import check, samples
from kevent_sim.c import CWarning
from kevent_sim.machine.lines import IncludedLine
from kevent_sim.ntifs import STATUS_DISK_FULL, STATUS_INSUFFICIENT_RESOURCES
from kevent_sim.runs.pickling import dumps
from kevent_sim.samples import synchronization_event

FOLDER = Path(samples.__file__).parent / "drivers"
NAMES = ("careful", "notification_event", "race", "semaphore", "synchronization_event")
SMALL = {"FileCount": 2, "WriteCount": 1}
MINIMAL = """\
#include <ntifs.h>
#include "own.h"
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("%d", ANSWER);
    return STATUS_SUCCESS;
}
"""


@pytest.fixture(scope="module")
def in_c():
    return {name: ks.c.load(FOLDER / f"{name}.c") for name in NAMES}


@pytest.fixture(scope="module")
def workers():
    with ProcessPoolExecutor(2) as executor:
        yield executor


def rows(run):
    """The steps, but for the lines, which are another file's."""
    return [(*row[:7], str(row[7])) for row in ks.steps(run).itertuples(index=False, name=None)]


def refusing(driver):
    return samples.with_fault(
        driver, "PsCreateSystemThread", STATUS_INSUFFICIENT_RESOURCES, StartRoutine="FileCreationThread"
    )


VARIANTS = {
    "two movers": lambda driver: samples.with_movers(driver, 2),
    "three movers": lambda driver: samples.with_movers(driver, 3),
    "no creator": refusing,
    "disk full": lambda driver: samples.with_fault(driver, "ZwWriteFile", STATUS_DISK_FULL),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_in_c_takes_the_steps_of_the_one_in_python(in_c, name, variant):
    one, other = VARIANTS[variant](in_c[name]), VARIANTS[variant](getattr(samples, name))
    assert one.__name__ == other.__name__
    for policy in (ks.RoundRobin(), *(ks.Random(seed=seed) for seed in range(2))):
        made, expected = ks.run(one, policy, **SMALL), ks.run(other, policy, **SMALL)
        assert (rows(made), made.verdict, made.status) == (rows(expected), expected.verdict, expected.status)


def test_variants_of_variants(in_c):
    both = samples.with_fault(samples.with_movers(in_c["race"], 2), "ZwWriteFile", STATUS_DISK_FULL)
    run = ks.run(both, **SMALL)
    assert "FileMoveThread #2" in run.threads
    assert {result for routine, _, result, *_ in run.calls("FileCreationThread") if routine == "ZwWriteFile"} == {
        STATUS_DISK_FULL
    }


def test_a_fault_is_of_a_routine_that_the_driver_calls_and_of_arguments_that_it_has(in_c):
    with pytest.raises(ValueError, match="race calls no routine KeSetEvent"):
        samples.with_fault(in_c["race"], "KeSetEvent", STATUS_DISK_FULL)
    with pytest.raises(ValueError, match="race calls no routine KeSet"):
        samples.with_fault(samples.race, "KeSet", STATUS_DISK_FULL)
    with pytest.raises(ValueError, match="ZwWriteFile has no argument Bytes; it has: FileHandle, "):
        samples.with_fault(in_c["race"], "ZwWriteFile", STATUS_DISK_FULL, Bytes="15")


def test_more_movers_need_a_routine_that_moves():
    driver = ks.c.load(MINIMAL, "minimal.c", headers={"own.h": "#define ANSWER 42\n"})
    with pytest.raises(ks.c.CError, match="FileMoveThread is not declared"):
        samples.with_movers(driver, 2)


@pytest.mark.parametrize("variant", ["as it is", "its entry", *sorted({*VARIANTS} - {"three movers"})])
def test_other_processes_make_the_same_runs_and_find_the_same(in_c, workers, variant):
    driver = {"as it is": lambda driver: driver, "its entry": lambda driver: driver.DriverEntry, **VARIANTS}[variant](
        in_c["race"]
    )
    policies = [ks.Random(seed=seed) for seed in range(4)]
    here = ks.sweep(driver, policies, **SMALL)
    assert here.equals(ks.sweep(driver, policies, executor=workers, **SMALL))
    found = ks.explore(driver, check=samples.all_moved, **SMALL)
    assert str(ks.explore(driver, check=samples.all_moved, executor=workers, **SMALL)) == str(found)


def test_the_headers_beside_a_file_go_along_and_the_folder_stays(tmp_path):
    (tmp_path / "own.h").write_text("#define ANSWER 42\n", encoding="utf-8")
    (tmp_path / "minimal.c").write_text(MINIMAL, encoding="utf-8")
    sent = dumps(ks.c.load(tmp_path / "minimal.c"))
    (tmp_path / "own.h").unlink()
    again = pickle.loads(sent)
    assert ks.run(again).output[0].text == "42"


def test_frames_and_parameters_go_along():
    name = FOLDER / "rename_on_stack.c"
    for frame in (["renameInfo"], ["oldFilePath"]):
        driver = ks.c.load(name, frames={"FileMoveThread": frame}, FileCount=3)
        again = pickle.loads(dumps(driver))
        assert again.PARAMETERS == driver.PARAMETERS
        one, other = (ks.run(each, memory="machine", WriteCount=1) for each in (driver, again))
        assert (one.verdict, rows(one), one.findings) == (other.verdict, rows(other), other.findings)


def test_each_driver_keeps_its_own_lines_though_two_have_one_name():
    for comment in ("// one\n", "// the other\n"):
        text = comment + MINIMAL.replace("DbgPrint", "KeStallExecutionProcessor(1); DbgPrint")
        lab = ks.StepLab(ks.c.load(text, "same.c", {"own.h": "#define ANSWER 42"}))
        lab.take("System")
        assert lab.moment.threads[0].line == 6
        assert linecache.getline(lab.moment.threads[0].file, 1) == comment


IN_A_HEADER = """#pragma once
NTSTATUS Spoil(PVOID Context)
{
    CHAR *bytes = (CHAR *)Context;
    ULONG i;
    KeResetEvent(&Done);
    if (bytes[0] == 1) KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    if (bytes[0] == 2) bytes[4] = 1;
    if (bytes[0] == 3) bytes[1] = (CHAR)i;
    Count++;
    return STATUS_SUCCESS;
}
"""
INCLUDES = """#include <ntifs.h>
#define KIND 1
static KEVENT Done;
static LONG Count;
#include "part.h"
VOID Worker(PVOID Context) { Count++; }
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR four[4] = { KIND };
    HANDLE thread;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    ZwClose(thread);
    return Spoil(four);
}
"""


@pytest.fixture(params=["part.h", "part.c"])
def includes(request):
    """A driver that does in what it includes all that is told with a line; and the name of that."""
    text = INCLUDES.replace("part.h", request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CWarning)
        return ks.c.load(text, "includes.c", headers={request.param: IN_A_HEADER}), request.param


def test_a_line_of_a_file_that_is_included_is_told_with_its_name(includes):
    driver, part = includes
    hangs, overruns, unwritten, fine = (ks.run(driver, Kind=kind) for kind in (1, 2, 3, 4))
    assert str(hangs.waiting[0]) == f"System waits for Done (line 7 of {part})"
    assert f"(line 8 of {part})" in repr(overruns)
    assert f"(line 9 of {part})" in repr(unwritten)
    assert unwritten.bugcheck.line == IncludedLine(9, part)
    assert [str(finding).partition("line ")[2] for finding in overruns.findings] == [f"8 of {part})"]
    assert f"Worker writes, line 6 | System reads, line 10 of {part}" in repr(ks.races(fine))
    assert f"line 7 of {part}" in ks.explore(driver).findings[0].text
    assert {*map(str, ks.steps(fine).line)} >= {f"6 of {part}", "11"}
    assert {type(line) for line in ks.steps(ks.run(synchronization_event, FileCount=1)).line} == {int}
    lab = ks.StepLab(driver, Kind=1)
    lab.run_on()
    assert f">  {part}\n" in lab._threads.value
    assert "→   7     if (bytes[0] == 1) KeWait" in lab._threads.value


def test_the_lines_of_what_is_included_are_told_alike_in_other_processes(includes, workers):
    driver, part = includes
    frame = ks.sweep(driver, [ks.RoundRobin()], executor=workers, Kind=1)
    assert frame.verdict[0] == "deadlock"
    every = ks.explore(driver, executor=workers, Kind=1)
    assert f"line 7 of {part}" in every.findings[0].text
    again = pickle.loads(pickle.dumps(ks.run(driver, Kind=1).waiting[0]))
    assert again.line.file == part


def test_a_text_that_is_a_driver_and_is_included_elsewhere_has_the_lines_of_each():
    whole = INCLUDES.replace('#include "part.h"\n', IN_A_HEADER.removeprefix("#pragma once\n"))
    own, outer = ks.c.load(whole, "own.c"), ks.c.load('#include "own.c"\n', "outer.c", headers={"own.c": whole})
    for driver, end in [(own, "(line 10)"), (outer, "(line 10 of own.c)"), (own, "(line 10)")]:
        assert str(ks.run(driver, Kind=1).waiting[0]).endswith(end)


def test_a_worker_warns_of_nothing_that_was_said_here():
    text = MINIMAL.replace("DbgPrint", "KeEnterCriticalRegion(); DbgPrint")
    with pytest.warns(ks.c.CWarning):
        driver = ks.c.load(text, "warned.c", headers={"own.h": "#define ANSWER 42\n"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.loads(dumps(driver))


# -- what a debugger shows ---------------------------------------------------------------------------------------------

GLOBALS = r"""
#include <ntifs.h>
typedef struct _INNER { LONG A; ULONG B : 3; ULONG C : 5; UCHAR Name[8]; } INNER;
typedef struct _GLOBALS {
    KEVENT Done;
    INNER In[2];
    PVOID Next;
    union { ULONG U; LONGLONG L; };
    LARGE_INTEGER Due;
    UNICODE_STRING Text;
} GLOBALS;
GLOBALS G;
LONG Count = -3;
static WCHAR Path[] = L"C:\\Temp";
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static ULONG Calls;
    Calls++;
    KeInitializeEvent(&G.Done, NotificationEvent, TRUE);
    G.In[1].A = STATUS_UNSUCCESSFUL;
    G.In[0].B = 5;
    G.Next = &G.In[1].A;
    G.Due.QuadPart = -10000;
    RtlInitUnicodeString(&G.Text, L"abc");
    return STATUS_SUCCESS;
}
"""


def test_dt_shows_a_global_as_the_run_has_left_it():
    run = ks.run(ks.c.load(GLOBALS, "globals.c"))
    assert ks.dt(run, "G").split("\n") == [
        "driver!GLOBALS G",
        "   +0x000 Done             : KEVENT (NotificationEvent, signaled)",
        "   +0x018 In               : {{A = 0, B = 5, C = 0, Name = {0, 0, 0, 0, ...}}, "
        "{A = -1073741823 (STATUS_UNSUCCESSFUL), B = 0, C = 0, Name = {0, 0, 0, 0, ...}}}",
        "   +0x038 Next             : &G.In[1].A",
        "   +0x040 U                : 0",
        "   +0x040 L                : 0",
        "   +0x048 Due              : -10000",
        '   +0x050 Text             : L"abc"',
    ]
    shown = [ks.dt(run, name) for name in ("Count", "Path", "DriverEntry.Calls")]
    assert shown == ["driver!Count : -3", 'driver!Path : L"C:\\\\Temp"', "driver!Calls : 1"]
    with pytest.raises(
        ValueError, match=r"this run has no 'X'; it has: Done, System, G, Count, Path, DriverEntry.Calls"
    ):
        ks.dt(run, "X")


def test_dt_shows_the_layout_of_a_structure():
    driver = ks.c.load(GLOBALS, "globals.c")
    assert ks.dt(driver, "INNER") == ks.dt(driver, "_INNER")
    assert ks.dt(driver, "INNER").split("\n") == [
        "driver!INNER",
        "   +0x000 A                : LONG",
        "   +0x004 B                : ULONG (bits 0 to 2)",
        "   +0x004 C                : ULONG (bits 3 to 7)",
        "   +0x008 Name             : UCHAR[8]",
    ]
    with pytest.raises(ValueError, match="globals uses no structure 'X'; it uses: DISPATCHER_HEADER, GLOBALS, INNER, "):
        ks.dt(driver, "X")


def test_what_dt_shows_is_looked_at_and_not_used():
    driver = ks.c.load(GLOBALS, "globals.c")
    run = ks.run(driver)
    (part,) = run.trace.variables["G"].args
    before = len(run.trace.accesses), bytes(part.block.written), bytes(part.block.bytes)
    ks.dt(run, "G")
    assert (len(run.trace.accesses), bytes(part.block.written), bytes(part.block.bytes)) == before


def variables(lab, name):
    """function -> its variables, of a thread, the innermost first."""
    frames = [frame for thread in lab.moment.threads if thread.name == name for frame in thread.frames]
    return {frame.function: dict(frame.values) for frame in frames}


def test_a_step_lab_shows_the_variables_of_each_frame(in_c):
    lab = ks.StepLab(in_c["careful"], FileCount=2, WriteCount=1)
    lab.run_on()
    lab.at.value = next(step for step, at in enumerate(lab.run.columns["routine"]) if at.name == "ZwWriteFile")
    inner, outer = variables(lab, "FileCreationThread").values()
    assert (inner["i"], inner["j"], outer["i"]) == ("0", "0", "0")
    assert inner["hFile"] == "the handle of C:\\Temp\\file_0.txt"
    assert inner["uniFilePath"] == r'L"\\DosDevices\\C:\\Temp\\file_0.txt"'
    assert inner["ioStatusBlock"] == "{Status = 0, Information = 2}"
    assert outer["SyncRes"] == "&SYNC_RESOURCES"
    panel = lab._threads.value
    assert "CreateFile: <code>i = 0</code>" in panel
    assert "<code>hFile = the handle of C:\\Temp\\file_0.txt</code>" in panel


def test_a_pointer_to_what_begins_a_structure_is_told_by_what_it_is_for(in_c):
    lab = ks.StepLab(in_c["careful"], FileCount=2, WriteCount=1)
    lab.run_on()
    lab.at.value = next(step for step, at in enumerate(lab.run.columns["routine"]) if "Multiple" in at.name)
    shown = variables(lab, "FileMoveThread")["FileMoveThread"]
    assert shown["waitObjects"] == "{&SYNC_RESOURCES.StopEvent, &SYNC_RESOURCES.FileCreationEvent}"
    assert shown["SyncRes"] == "&SYNC_RESOURCES"


def test_a_variable_without_a_value_is_left_out_and_a_closed_handle_is_a_number(in_c):
    lab = ks.StepLab(in_c["race"], FileCount=1, WriteCount=1)
    lab.at.value = 0
    assert variables(lab, "System") == {}
    lab.at.value = 2
    assert "threadHandle1" not in variables(lab, "System")["DriverEntry"]
    while lab.moment.step < 4:
        lab.take("System")
    assert variables(lab, "System")["DriverEntry"]["threadHandle1"] == "0x100000004"


def test_python_and_c_show_the_same_numbers(in_c):
    labs = [ks.StepLab(driver, **SMALL) for driver in (in_c["race"], samples.race)]
    for lab in labs:
        lab.run_on()
    for at in range(len(labs[0].choices) + 1):
        shown = []
        for lab in labs:
            lab.at.value = at
            frames = variables(lab, "FileCreationThread").get("FileCreationThread", {})
            shown.append({name: frames.get(name) for name in ("i", "hFile")})
        assert shown[0] == shown[1]


def test_beside_shows_a_drivers_own_c_and_what_it_became(in_c):
    shown = samples.beside(in_c["race"], "DriverUnload")
    assert (
        shown.c.text
        == "VOID DriverUnload(PDRIVER_OBJECT DriverObject)\n{\n    IoDeleteDevice(DriverObject->DeviceObject);\n}"
    )
    assert shown.python.text.startswith("async def DriverUnload(DriverObject):\n    await IoDeleteDevice(")
    with pytest.raises(ValueError, match="race has no function FileMove"):
        samples.beside(in_c["race"], "FileMove")
    of_sample = samples.beside(samples.race, "DriverUnload")
    assert (of_sample.c, of_sample.remark != shown.remark) == (shown.c, True)


def test_beside_shows_a_function_of_a_header(includes):
    driver, _ = includes
    shown = samples.beside(driver, "Spoil")
    assert shown.c.text.startswith("NTSTATUS Spoil(PVOID Context)\n{\n    CHAR *bytes")
    assert repr(shown).startswith("async def Spoil(Context):")


def test_beside_numbers_the_lines_by_which_runs_name_them():
    def numbers(code):
        """Number -> line, as the page shows them."""
        page = html.unescape(re.sub("<[^>]+>", "", code.numbered()))
        return {int(at): line for at, line in re.findall("^ *([0-9]+)  (.*)$", page, re.MULTILINE)}

    waiting = ks.run(samples.with_movers(samples.synchronization_event, 2), FileCount=1, WriteCount=1).waiting[0].line
    python = numbers(samples.beside(samples.synchronization_event, "FileMoveThread").python)
    assert "await KeWaitForSingleObject(" in python[waiting]
    driver = samples.in_c(samples.rename_on_stack)
    listed, file = numbers(samples.beside(samples.rename_on_stack, "FileMoveThread").c), driver.text.splitlines()
    stopped = ks.run(driver, FileCount=1, WriteCount=1).bugcheck.line
    assert "RtlCopyMemory(" in listed[stopped]
    assert all(file[at - 1] == line for at, line in listed.items())
    became = samples.beside(driver, "FileMoveThread").python
    assert "<span" not in became.numbered(), "of what C became nothing names a line"


def test_beside_finds_a_function_however_it_is_laid_out():
    text = """#include <ntifs.h>
static LONG Twice(LONG x) { return 2 * x; }
LONG Once(LONG x);
LONG
Once(
    LONG x
    )
{
    if (x == '}') { return Twice(x); } // }
    return x;
}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) { return Once(Twice(0)); }
"""
    driver = ks.c.load(text, "laid_out.c")
    lines = text.splitlines()
    assert samples.beside(driver, "Twice").c == (lines[1], 2)
    assert samples.beside(driver, "Once").c == ("\n".join(lines[3:11]), 4)
    assert samples.beside(driver, "DriverEntry").c == (lines[11], 12)


INSIDE = """#include <ntifs.h>
typedef struct _BITS { LONG Low : 3; ULONG High : 3; LONG Whole : 32; } BITS;
static LONG *Kept;
static VOID Leaves(VOID) { LONG local = 5; Kept = &local; }
static VOID Counts(LONG given)
{
    static LONG calls = 3;
    LONG i = given;
    calls++;
    for (LONG i = 7; i < 8; i++) {
        LONG inner = 1, j = 5;
        KeStallExecutionProcessor(1);
        Kept = &inner;
    }
    KeStallExecutionProcessor(2);
    {
        LONG i;
        KeStallExecutionProcessor(3);
        i = 4;
        KeStallExecutionProcessor(4);
    }
    { LONG i = 8; KeStallExecutionProcessor(5); Kept = &i; }
}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    BITS bits = { -1, 7, -5 };
    CHAR *block = ExAllocatePoolWithTag(NonPagedPool, 16, 'gaT');
    UNICODE_STRING name = { 2, 16, (PWCH)block };
    LONG *dead;
    block[0] = 'A', block[1] = 0;
    Leaves();
    dead = Kept;
    Counts(2);
    ExFreePoolWithTag(block, 'gaT');
    KeStallExecutionProcessor(6);
    return STATUS_SUCCESS;
}
"""


@pytest.fixture(scope="module")
def inside():
    """(function, the time that it is about to stall) -> its variables."""
    lab, found = ks.StepLab(ks.c.load(INSIDE, "inside.c")), {}
    lab.run_on()
    for at in range(len(lab.choices)):
        lab.at.value = at
        thread = lab.moment.threads[0]
        where = re.search(r"KeStallExecutionProcessor\((\d)\)", INSIDE.splitlines()[thread.line - 1])
        if where:
            found |= {(frame.function, int(where[1])): frame.values for frame in thread.frames}
    return found


def test_a_variable_is_shown_in_its_block_and_hides_those_of_its_name(inside):
    always = (("given", "2"), ("calls", "4"))
    assert inside["Counts", 1] == (*always, ("i", "7"), ("inner", "1"), ("j", "5"))
    assert inside["Counts", 2] == (*always, ("i", "2"))
    assert inside["Counts", 3] == always, "the inner one has no value, and the outer one is hidden"
    assert inside["Counts", 4] == (*always, ("i", "4"))
    assert inside["Counts", 5] == (*always, ("i", "8"))


def test_the_machines_own_memory_is_asked_for_wherever_a_driver_is_run(workers):
    driver, how = ks.c.load(FOLDER / "rename_on_stack.c"), {"memory": "machine", **SMALL}
    run = ks.run(driver, **how)
    assert run.findings
    for executor in (None, workers):
        frame = ks.sweep(driver, [ks.RoundRobin()], executor=executor, **how)
        assert (frame.verdict[0], frame.replay[0]) == (run.verdict, run.replay)
    lab = ks.StepLab(driver, **how)
    lab.run_on()
    assert (lab.run.verdict, lab.run.findings) == (run.verdict, run.findings)
    assert 'memory="machine"' in lab.replay


def test_a_function_goes_by_its_name_in_c_whatever_python_calls_it():
    text = """#include <ntifs.h>
    VOID lambda(PVOID m) { LONG class = 3; KeStallExecutionProcessor(class); }
    NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
    {
        PKSTART_ROUTINE print = lambda;
        HANDLE thread;
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, print, NULL);
        ZwClose(thread);
        return STATUS_SUCCESS;
    }"""
    lab = ks.StepLab(ks.c.load(text, "lambda.c"))
    lab.at.value = 2
    assert variables(lab, "System")["DriverEntry"]["print"] == "lambda"
    assert [thread.name for thread in lab.moment.threads] == ["System", "lambda"]
    assert variables(lab, "lambda") == {"lambda": {"m": "NULL", "class": "3"}}, "it stands before its first call"


def test_a_bit_field_has_the_sign_of_its_type(inside):
    assert dict(inside["DriverEntry", 6])["bits"] == "{Low = -1, High = 7, Whole = -5}"


def test_what_is_no_longer_there_is_said_to_be_gone(inside):
    before, after = dict(inside["DriverEntry", 1]), dict(inside["DriverEntry", 6])
    assert (before["block"], before["name"]) == ("&the pool block", 'L"A"')
    assert (after["block"], after["name"]) == ("&the pool block (no longer there)", "(no longer there)")
    assert before["dead"] == after["dead"] == "&local (no longer there)"


def test_more_movers_are_asked_for_once(in_c):
    with pytest.raises(ValueError, match="race_2_movers already has more movers; say only once how many there are"):
        samples.with_movers(samples.with_movers(in_c["race"], 2), 2)


def test_a_routine_without_a_status_cannot_return_one(in_c):
    with pytest.raises(ValueError, match="ExAllocatePool2 returns no status"):
        samples.with_fault(in_c["race"], "ExAllocatePool2", STATUS_DISK_FULL)
    for driver in (in_c["synchronization_event"], samples.synchronization_event):
        with pytest.raises(ValueError, match="KeSetEvent returns no status; name a routine that does, such as ZwCrea"):
            samples.with_fault(driver, "KeSetEvent", STATUS_DISK_FULL)
        with pytest.raises(ValueError, match="a status is one of ntifs, such as STATUS_INSUFFICIENT_RESOURCES, not 5"):
            samples.with_fault(driver, "ZwCreateFile", 5)


def test_more_movers_come_behind_whatever_a_text_ends_with(in_c):
    for end in ("// end", "// end \\", "#define LAST 3 \\", "/* end */"):
        driver = ks.c.load(f"{in_c['race'].text}\n{end}", "race.c")
        assert rows(ks.run(samples.with_movers(driver, 2), **SMALL)) == rows(
            ks.run(samples.with_movers(in_c["race"], 2), **SMALL)
        )


def test_a_routine_fails_in_more_ways_than_one(in_c):
    failing = samples.with_fault(in_c["careful"], "ZwCreateFile", STATUS_DISK_FULL, CreateDisposition="1")
    failing = samples.with_fault(failing, "ZwCreateFile", STATUS_INSUFFICIENT_RESOURCES, CreateDisposition="5")
    called = [call for call in ks.run(failing, **SMALL).calls("FileCreationThread") if call.routine == "ZwCreateFile"]
    assert [str(call.result) for call in called] == ["STATUS_INSUFFICIENT_RESOURCES"]


@pytest.mark.parametrize("movers", [0, -1, True, 2.0, "2", None])
def test_movers_are_counted(in_c, movers):
    for driver in (in_c["race"], samples.race):
        with pytest.raises(ValueError, match=f"movers is a whole number, 1 or more, not {movers!r}"):
            samples.with_movers(driver, movers)


@pytest.mark.parametrize("path", [FOLDER / "synchronization_event.c", str(FOLDER / "synchronization_event.c")])
def test_the_path_of_a_file_is_as_good_as_the_driver_loaded_from_it(path, in_c):
    driver = in_c["synchronization_event"]
    run = ks.run(path, **SMALL)
    assert rows(run) == rows(ks.run(driver, **SMALL))
    assert run.replay.startswith(f"ks.run({str(path)!r}, policy=")
    assert ks.explore(path, check=samples.all_moved, **SMALL).verdict == "holds"
    assert ks.sweep(path, [ks.RoundRobin()], **SMALL).verdict[0] == "completed"
    assert ks.StepLab(path, **SMALL).status == ks.StepLab(driver, **SMALL).status
    assert check.mended(path, 1, 1).grade == "correct"
    two, failing = samples.with_movers(path, 2), samples.with_fault(path, "ZwWriteFile", STATUS_DISK_FULL)
    assert rows(ks.run(two, **SMALL)) == rows(ks.run(samples.with_movers(driver, 2), **SMALL))
    assert ks.run(failing, **SMALL).driver == "synchronization_event_with_failing_ZwWriteFile"
    assert repr(samples.beside(path, "FileMoveThread")) == repr(samples.beside(driver, "FileMoveThread"))
    assert repr(ks.dt(path, "SYNC_RESOURCES")) == repr(ks.dt(driver, "SYNC_RESOURCES"))


@pytest.mark.parametrize("text", [MINIMAL, "race", Path("race.py")])
def test_a_text_is_no_driver(text):
    for ask in (ks.run, ks.explore, ks.StepLab, lambda driver: ks.sweep(driver, [ks.RoundRobin()])):
        with pytest.raises(ks.Misuse, match=r"^a text is not a driver; give the path of a \.c file or, for C, what"):
            ask(text)


@pytest.mark.parametrize("driver", [samples.race.DriverEntry, "race.py", 3, None])
def test_a_variant_is_of_a_driver(driver):
    wanted = "a module of the samples, what ks.c.load has loaded, or the path of a .c file is wanted, not "
    for ask in (
        lambda: samples.with_movers(driver, 2),
        lambda: samples.with_fault(driver, "ZwWriteFile", STATUS_DISK_FULL),
        lambda: samples.beside(driver, "FileMoveThread"),
    ):
        with pytest.raises(TypeError, match=wanted):
            ask()

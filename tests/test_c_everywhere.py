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
from kevent_sim import samples
from kevent_sim.ntifs import STATUS_DISK_FULL, STATUS_INSUFFICIENT_RESOURCES
from kevent_sim.runs.pickling import dumps

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
    assert variables(lab, "System") == {}
    for _ in range(2):
        lab.take("System")
    assert "threadHandle1" not in variables(lab, "System")["DriverEntry"]
    for _ in range(2):
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


def test_a_second_variable_of_one_name_goes_by_that_name():
    text = MINIMAL.replace('#include "own.h"\n', "").replace(
        'DbgPrint("%d", ANSWER);', "LONG i = 7; { LONG i = 8; PLONG q = &i; KeStallExecutionProcessor(1); *q = 9; }"
    )
    lab = ks.StepLab(ks.c.load(text, "shadow.c"))
    lab.take("System")
    (frame,) = next(thread for thread in lab.moment.threads if thread.name == "System").frames
    assert sorted(value for name, value in frame.values if name == "i") == ["7", "8"]
    assert dict(frame.values)["q"] == "&i"


def test_more_movers_are_asked_for_once(in_c):
    with pytest.raises(ValueError, match="race_2_movers has more movers already; say once how many there are"):
        samples.with_movers(samples.with_movers(in_c["race"], 2), 2)


def test_a_routine_without_a_status_cannot_return_one(in_c):
    with pytest.raises(ValueError, match="ExAllocatePool2 returns no status"):
        samples.with_fault(in_c["race"], "ExAllocatePool2", STATUS_DISK_FULL)

"""`ks.c.load`: what a loaded driver is, its parameters, and what is said of a text that does not load."""

import os
import pickle
import re
import subprocess
import sys
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
from c_wrong import BODY, HEAD, WRONG

import kevent_sim as ks
from kevent_sim.c import CError, CWarning, load
from kevent_sim.c.parameters import camel
from kevent_sim.c.tokens import source, tokenize

SAMPLES = sorted((Path(ks.__file__).parent / "samples" / "drivers").glob("*.c"))
WHOLE = Path(__file__).parent / "data" / "whole_driver.c"
GOLDEN = Path(__file__).parent / "data" / "c_errors.txt"
ARTICLE = os.environ.get("KEVENT_ARTICLE")

COUNTING = """#include <ntifs.h>
#define STALL_COUNT 3

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG done = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    for (ULONG i = 0; i < STALL_COUNT; i++) {
        KeStallExecutionProcessor(1);
        done++;
    }
    return done == STALL_COUNT ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
"""
LITERAL = """#include <ntifs.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    int i, j;

    for (i = 0; i < 5; i++)
        for (j = 7; 0 < j && j <= 7; j--)
            KeStallExecutionProcessor(1);
    while (i > 5ul)
        i--;
    return STATUS_SUCCESS;
}
"""


def quiet(*arguments, **options):
    """Loaded, whatever is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CWarning)
        return load(*arguments, **options)


def stalls(driver, **parameters):
    return len(ks.run(driver, **parameters).calls("System"))


# What does not load.


def said(text):
    with pytest.raises(CError) as raised:
        quiet(text, "race.c")
    return str(raised.value)


def goldens():
    parts = re.split(r"^== (.*)\n", GOLDEN.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.rstrip("\n") for part in parts[2::2]), strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_as_a_compiler_says_it(name):
    assert said(WRONG[name]) == goldens()[name]


def test_each_of_the_messages_is_of_a_text_that_is_tried():
    assert [*goldens()] == [*WRONG]
    assert len(WRONG) >= 40


CHANGES = {
    "left out": lambda before, token, after: before + after,
    "written twice": lambda before, token, after: f"{before}{token} {token}{after}",
    "the last": lambda before, token, after: before,
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_token_is_wrong_nothing_but_a_message_with_its_line_comes_of_it(change):
    """Some tokens of each line of a sample: the text loads, or is refused as C is."""
    text = (SAMPLES[0].parent / "race.c").read_text(encoding="utf-8")
    messages = []
    for token in (one for line in tokenize(source("race.c", text)) for one in line[:: 7 if len(line) > 7 else 4]):
        lines, line, column = text.split("\n"), token.place.line, token.place.column
        before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 + len(token.text) :]
        rest = [] if change == "the last" else lines[line:]
        changed = CHANGES[change](before, token.text, after)
        with suppress(CError):
            quiet("\n".join([*lines[: line - 1], changed, *rest]), "race.c")
            continue
        messages.append(said("\n".join([*lines[: line - 1], changed, *rest])))
    assert len(messages) > 50
    assert [each for each in messages if not re.match(r"race\.c:\d+: .+\n    .*\n[ \t]{4,}\^$", each)] == []


def test_an_error_is_a_misuse_and_can_be_sent_to_another_process():
    with pytest.raises(ks.Misuse) as raised:
        load(WRONG["a variable misspelt"], "race.c")
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
    assert (raised.value.place.line, raised.value.place.column) == (12, 5)


def test_an_error_in_a_header_of_the_reader_is_shown_there():
    headers = {"race.h": "typedef struct _A {\n    KEVNT Done;\n} A;\n"}
    with pytest.raises(CError) as raised:
        load(HEAD + '#include "race.h"\n' + COUNTING, headers=headers)
    assert str(raised.value).startswith("race.h:2: KEVNT is not a type that is known here; did you mean KEVENT?\n    ")


# What is loaded.


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_our_samples_load(path):
    driver = quiet(path)
    twin = getattr(ks.samples, path.stem)
    assert driver.__name__ == path.stem
    assert driver.text == path.read_text(encoding="utf-8")
    declared = {name: value for name, value in twin.PARAMETERS.items() if name in driver.PARAMETERS}
    assert declared == driver.PARAMETERS
    assert set(twin.PARAMETERS) - set(declared) <= {"Layout"}  # which C has by the order of its variables
    assert "async def DriverEntry(" in driver.python


def test_a_driver_that_names_most_of_what_drivers_name_is_read_to_its_end():
    with pytest.warns(CWarning) as warned:
        driver = load(WHOLE)
    (said,) = (str(one.message) for one in warned)
    assert re.findall(r"^    (\w+)", said, re.MULTILINE)[:1] == ["IoCompleteRequest"]
    assert re.findall(r"^(?:async )?def (\w+)", driver.python, re.MULTILINE)[-7:] == [
        "FindEntry", "TableDpc", "TableThread", "TableCreateClose", "TableControl", "TableUnload", "DriverEntry",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["queue", "signal", "time", "kevent_sim"])
def test_a_driver_may_be_called_as_any_module_of_python_s_is(name):
    text = f"#include <ntddk.h>\nLONG Count;\nNTSTATUS DriverEntry{HEAD_OF_ENTRY}\n{{\n    return 1 / Count;\n}}\n"
    driver = load(text, f"{name}.c")
    assert (ks.run(driver).bugcheck.line, ks.explore(driver).counterexample.bugcheck.line) == (5, 5)


HEAD_OF_ENTRY = "(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            "KeDelayExecutionThread(KernelMode, FALSE, NULL)",
            "Interval cannot be NULL; type:  Interval.QuadPart = -10000  ",
        ),
        ("KeSetPriorityThread(NULL, 3)", "Thread is a thread, not NULL; type:  KeGetCurrentThread()"),
        (
            "ObReferenceObjectByHandle(Object, 0, NULL, KernelMode, &Object, (PVOID)8)",
            "not simulated: HandleInformation; use NULL",
        ),
    ],
)
def test_what_a_routine_says_is_said_in_c(call, says):
    driver = quiet(
        f"#include <ntddk.h>\nPVOID Object;\nNTSTATUS DriverEntry{HEAD_OF_ENTRY} {{ {call}; return 0; }}", "a.c"
    )
    with pytest.raises(ks.Misuse, match=f"System, line 3: .*{re.escape(says)}"):
        ks.run(driver)


def listings(text):
    """The blocks of C in a page of markdown, whose fences may be indented by three blanks."""
    return re.findall(r"^ {0,3}```c\n(.*?)^ {0,3}```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(ARTICLE is None, reason="KEVENT_ARTICLE does not say where the article is")
def test_the_article_s_listings_load_as_they_are():
    found = listings(Path(ARTICLE).read_text(encoding="utf-8"))
    assert len(found) == 3
    for listing in found:
        driver = quiet(listing, "article.c", FileCount=1000, WriteCount=100)
        assert driver.PARAMETERS == {"FileCount": 1000, "WriteCount": 100}


def test_a_loaded_driver_runs_as_far_as_it_needs_no_memory():
    driver = load(COUNTING, "count.c")
    run = ks.run(driver)
    assert repr(driver) == "<C driver count: StallCount=3>"
    assert (run.verdict, stalls(driver)) == ("completed", 4)


def test_a_routine_that_is_not_simulated_is_refused_where_it_is_called():
    driver = quiet(COUNTING.replace("done++;", "KeEnterCriticalRegion();"), "count.c")
    with pytest.raises(ks.Misuse, match="not simulated: APCs, KeEnterCriticalRegion; leave it out") as raised:
        ks.run(driver)
    frames = traceback.extract_tb(raised.tb)
    assert [(frame.lineno, frame.line) for frame in frames if frame.filename.startswith("count.c")] == [
        (11, "KeEnterCriticalRegion();")
    ]


def test_a_variable_that_is_read_before_it_was_written_is_told_with_its_line():
    body = "int x, y = 1;\n    if (y > 2) x = 3;\n    return x;"
    driver = load(COUNTING.partition("{")[0] + "{\n    " + body + "\n}\n", name="early.c")
    run = ks.run(driver)
    assert run.verdict == "undefined"
    assert str(run.bugcheck) == "undefined behaviour: x is read, but nothing was written there before"
    assert (run.bugcheck.line, run.findings[0].line) == (8, 8)


def test_each_run_has_globals_of_its_own():
    driver = load(COUNTING, "count.c")
    assert [stalls(driver) for _ in range(2)] == [4, 4]


# Parameters.


def test_a_define_that_is_a_number_is_a_parameter():
    assert [camel(name) for name in ("FILE_COUNT", "WRITE_COUNT", "Layout", "N", "_X")] == [
        "FileCount", "WriteCount", "Layout", "N", "X",
    ]  # fmt: skip
    driver = load(COUNTING, "count.c")
    assert [stalls(driver, StallCount=count) for count in (1, 5, 1)] == [2, 6, 2]
    assert load(COUNTING, "count.c", StallCount=2).PARAMETERS == {"StallCount": 2}
    assert stalls(load(COUNTING, "count.c", StallCount=2)) == 3


@pytest.mark.parametrize(("bound", "given"), [("STALL_COUNT", {}), ("3", {"StallCount": 3})])
def test_a_parameter_may_be_as_large_as_the_registry_has_it(bound, given):
    text = COUNTING.replace("done++;", "if (++done == 2) break;").replace("i < STALL_COUNT", f"i < {bound}")
    if given:
        text = text.replace("#define STALL_COUNT 3\n", "").replace("STALL_COUNT", "2")
    run = ks.run(load(text, **given), StallCount=0xFFFF_FFFF)
    assert len([call for call in run.calls("System") if call.routine == "KeStallExecutionProcessor"]) == 2


def test_what_guards_a_header_is_no_parameter():
    headers = {"count.h": "#ifndef COUNT_H\n#define COUNT_H 1\n#define _WIN32_WINNT 0x0601\n#endif\n"}
    assert load('#include "count.h"\n' + COUNTING, headers=headers).PARAMETERS == {"StallCount": 3}


def test_every_loop_bound_that_is_the_number_becomes_the_parameter():
    driver = load(LITERAL, "loops.c", Outer=5, Inner=7)
    assert driver.PARAMETERS == {"Outer": 5, "Inner": 7}
    assert stalls(driver) == 5 * 7 + 1
    assert stalls(driver, Outer=2) == 2 * 7 + 1


def test_a_parameter_without_a_loop_is_refused_with_the_bounds_that_there_are():
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - all of it is compared
        load(LITERAL, "loops.c", FileCount=1000)
    assert str(raised.value) == (
        "loops.c has no loop that ends at 1000, for FileCount; its loops end at 5 (lines 6, 9), 7 (line 7); "
        "load it with  FileCount=5  and run it with  FileCount=1000"
    )
    with pytest.raises(ValueError, match=re.escape("its loops ends at a number; did you mean StallCount?")):
        load(COUNTING, "count.c", StalCount=1)
    with pytest.raises(ValueError, match="Outer and Other are both 5, so a loop that ends there may be either's"):
        load(LITERAL, "loops.c", Outer=5, Other=5)
    with pytest.raises(TypeError, match="Outer is a whole number, not 'five'"):
        load(LITERAL, "loops.c", Outer="five")


def test_an_unknown_parameter_of_a_run_is_an_error():
    with pytest.raises(ValueError, match="count has no parameter Count; it declares: StallCount"):
        ks.run(load(COUNTING, "count.c"), Count=1)


# Warnings.


def test_routines_that_are_not_simulated_are_named_in_one_warning():
    text = BODY.format(
        "KTIMER Timer; KSPIN_LOCK Lock;\n    KeInitializeTimer(&Timer);\n    KeAcquireSpinLock(&Lock, 0);"
    )
    with pytest.warns(CWarning) as warned:
        load(text, "race.c")
    (said,) = (str(one.message) for one in warned)
    assert said == (
        "race.c calls what is not simulated, and is refused at the call:\n"
        "    KeInitializeTimer, line 13: timer objects; use the time-out of a wait, or KeDelayExecutionThread\n"
        "    KeAcquireSpinLock, line 14: spin locks; use a KMUTEX or a FAST_MUTEX"
    )
    assert warned[0].filename == __file__


# Where the text is.


def test_a_file_is_read_as_its_editor_wrote_it_and_its_headers_lie_beside_it(tmp_path):
    (tmp_path / "count.h").write_text("#define STALL_COUNT 2\n", encoding="utf-8")
    text = COUNTING.replace("#define STALL_COUNT 3", '#include "count.h"')
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "count.c").write_text(text, encoding=encoding, newline="\r\n")
        driver = load(str(tmp_path / "count.c"))
        assert (driver.__name__, driver.PARAMETERS) == ("count", {"StallCount": 2})
    (tmp_path / "count.c").write_text(text.replace("count.h", "cuont.h"), encoding="utf-8")
    with pytest.raises(CError, match=re.escape("there is no header cuont.h; did you mean count.h?")):
        load(tmp_path / "count.c")


def test_a_header_that_is_no_text_is_refused_though_nobody_includes_it():
    with pytest.raises(TypeError, match=r"headers are texts by their names, and 'race\.h' is 3"):
        load(COUNTING, headers={"race.h": 3})


def test_a_driver_is_also_the_path_of_its_file(tmp_path):
    path = tmp_path / "count.c"
    path.write_text(COUNTING, encoding="utf-8")
    run = ks.run(str(path), StallCount=2)
    assert (run.driver, run.parameters) == ("count", {"StallCount": 2})
    assert run.replay == f"ks.run({str(path)!r}, policy=ks.RoundRobin(), StallCount=2)"
    with pytest.raises(FileNotFoundError):
        ks.run("not there.c")


def test_what_is_neither_c_nor_a_path_is_refused():
    with pytest.raises(ValueError, match=re.escape("load takes C, or the path of a .c file, not 'race'")):
        load("race")


def test_c_is_loaded_only_when_it_is_asked_for():
    code = (
        "import sys, kevent_sim as ks; before = 'kevent_sim.c' in sys.modules; ks.c; "
        "print(before, 'kevent_sim.c' in sys.modules, 'pycparser' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(ks.__file__).parents[1]
    )
    assert run.stdout.split() == ["False", "True", "False"]

"""`python -m kevent_sim run`: what is wrong with drivers in C, by file and line, as text, page and exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from shutil import copy

import pytest
from c_memory_cases import WRONG

import kevent_sim as ks
from kevent_sim.course import cli
from kevent_sim.course.reports import page, report
from kevent_sim.samples import race as race_module

SAMPLES = Path(race_module.__file__).parent
SMALL = ("FileCount=2", "WriteCount=1")
UNDER = "under Windows(processors=2, seed=0)"

HEAD = "#include <ntddk.h>\n"
ENTRY = "NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)\n"
RIGHT = HEAD + "#define ROUNDS 3\n" + ENTRY + "{\n    return STATUS_SUCCESS;\n}\n"
NO_C = HEAD + ENTRY + "{\n    return STATUS_SUCCES;\n}\n"
FAILS = HEAD + ENTRY + "{\n    return STATUS_UNSUCCESSFUL;\n}\n"
OVERRUNS = HEAD + ENTRY + '{\n    CHAR name[4];\n    RtlCopyMemory(name, "Hello", 6);\n    return STATUS_SUCCESS;\n}\n'
REFUSED = HEAD + "KSPIN_LOCK Lock;\n" + ENTRY + "{\n    KeInitializeSpinLock(&Lock);\n    return STATUS_SUCCESS;\n}\n"
HANGS = HEAD + (
    "KEVENT Never;\n" + ENTRY + "{\n    KeInitializeEvent(&Never, NotificationEvent, FALSE);\n"
    "    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);\n    return STATUS_SUCCESS;\n}\n"
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A driver project's folder, in which the command is typed; `here(name=text)` puts files into it."""
    monkeypatch.chdir(tmp_path)

    def put(*samples, **texts):
        for name in samples:
            copy(SAMPLES / f"{name}.c", tmp_path)
        for name, text in texts.items():
            (tmp_path / f"{name}.c").write_text(text, encoding="utf-8")
        return tmp_path

    return put


@pytest.fixture
def typed(capsys):
    """(exit status, what is printed) of the command."""

    def run(*words):
        try:
            status = cli.main(["run", *words])
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


# -- golden texts ------------------------------------------------------------------------------------------------------


def test_of_a_right_driver_it_is_told_how_it_ends_and_nothing_else(here, typed):
    here("synchronization_event")
    assert typed("synchronization_event.c", *SMALL) == (0, (
        "synchronization_event.c: completed; C:\\Temp: 0 files, C:\\Temp2: 2 files; "
        f"24 steps {UNDER}, FileCount=2, WriteCount=1\n"
    ))  # fmt: skip


def test_what_holds_in_every_order_says_what_that_claims(here, typed):
    here("synchronization_event")
    status, printed = typed("synchronization_event.c", "--explore", *SMALL)
    assert (status, printed.splitlines()[1:]) == (0, [
        "synchronization_event.c: holds in every order of routine calls; explored: 2 classes of equivalent orders",
        "synchronization_event.c: that says: no order stops the machine, hangs, misuses memory or races on it; what "
        "the driver is for was not asked",
    ])  # fmt: skip


def test_races_are_told_at_both_their_lines(here, typed):
    here("race")
    assert typed("race.c", *SMALL) == (1, (
        f"race.c: completed; C:\\Temp: 2 files, C:\\Temp2: 0 files; 16 steps {UNDER}, FileCount=2, WriteCount=1\n"
        "race.c:29: error: race on name C:\\Temp\\file_0.txt: FileCreationThread ZwCreateFile, line 29 | "
        "FileMoveThread ZwOpenFile, line 61 (2 times) [race]\n"
        "race.c:61: note: the other side: FileMoveThread ZwOpenFile [race]\n"
        "race.c:61: error: race on file C:\\Temp\\file_0.txt: FileMoveThread ZwOpenFile, line 61 | "
        "FileCreationThread ZwClose, line 39 (2 times) [race]\n"
        "race.c:39: note: the other side: FileCreationThread ZwClose [race]\n"
        "race.c: note: type  --explore  to know whether it matters who comes first to a file\n"
        "    this run in Python:\n    import kevent_sim as ks\n    race = ks.c.load('race.c')\n"
        "    ks.run(race, policy=ks.Windows(processors=2, seed=0), FileCount=2, WriteCount=1)\n"
    ))  # fmt: skip


def test_where_the_end_depends_on_the_order_the_outcomes_are_counted(here, typed):
    here("race")
    status, printed = typed("race.c", "--explore", "FileCount=1", "WriteCount=1")
    assert status == 1
    assert "race.c: how it ends depends on the order: 2 outcomes\n" in printed
    assert "    in 1 class: completed; C:\\Temp: 0 files, C:\\Temp2: 1 file\n" in printed


def test_what_overruns_is_told_with_the_line_and_the_last_steps(here, typed):
    here(overruns=OVERRUNS)
    assert typed("overruns.c") == (1, (
        f"overruns.c: bugcheck; C:\\Temp: 0 files, C:\\Temp2: 0 files; 1 step {UNDER}\n"
        "overruns.c:5: error: bug check 0xF7 DRIVER_OVERRAN_STACK_BUFFER (0x0, 0x0, 0x0, 0x0): 6 bytes are written at "
        "name, 2 of them past the end of name (4 bytes) [out of bounds]\n"
        "    0  System    ZwLoadDriver  overruns  STATUS_SUCCESS\n"
        "    this run in Python:\n    import kevent_sim as ks\n    overruns = ks.c.load('overruns.c')\n"
        "    ks.run(overruns, policy=ks.Windows(processors=2, seed=0))\n"
    ))  # fmt: skip


def test_no_c_is_told_as_the_loader_tells_it(here, typed):
    here(no_c=NO_C)
    with pytest.raises(ks.c.CError) as told:
        ks.c.load("no_c.c")
    assert typed("no_c.c") == (2, f"{told.value}\n")


def test_a_header_that_is_no_c_is_told_with_the_file_that_includes_it(here, typed):
    folder = here(driver=HEAD + '#include "own.h"\n' + RIGHT)
    (folder / "own.h").write_text("static ULONG Count = ;\n", encoding="utf-8")
    status, printed = typed("driver.c")
    assert status == 2
    assert printed.startswith("driver.c: error: it includes what cannot be loaded:\nown.h:1: ")


def test_what_a_header_does_is_told_with_the_headers_name(here, typed):
    header = "NTSTATUS Spoil(CHAR *four)\n{\n    four[4] = 1;\n    return STATUS_SUCCESS;\n}\n"
    folder = here()
    (folder / "src" / "inner").mkdir(parents=True)
    (folder / "src" / "inner" / "spoil.h").write_text(header)
    text = HEAD + '#include "inner/spoil.h"\n' + ENTRY + "{\n    CHAR four[4];\n    return Spoil(four);\n}\n"
    (folder / "src" / "driver.c").write_text(text)
    for more in ([], ["--explore"], ["--memory", "machine"]):
        status, printed = typed("src/driver.c", *more, "--html", "page.html")
        assert (status, "src/inner/spoil.h:3: error: " in printed) == (1, True), printed
        assert "src/driver.c:3" not in printed
        page = (folder / "page.html").read_text(encoding="utf-8")
        assert "<li>line 3 of inner/spoil.h: <span" in page
        assert "<mark>" not in page, "no line of the driver's own is wrong"


def test_what_is_not_simulated_is_warned_of_and_no_error_where_it_is_not_called(here, typed):
    here(driver=REFUSED.replace("    Ke", "    if (RegistryPath == NULL) Ke"))
    status, printed = typed("driver.c")
    assert (status, printed.startswith("driver.c calls what is not simulated")) == (0, True)


def test_of_several_files_each_is_told_the_table_comes_last_and_the_worst_counts(here, typed):
    here("race", right=RIGHT, no_c=NO_C)
    status, printed = typed("race.c", "no_c.c", "gone.c", "right.c", *SMALL)
    assert status == 2
    assert printed.startswith("no_c.c:4: ")
    assert "\ngone.c: error: there is no such file\n" in printed
    assert printed.partition("\n\nfile ")[2].splitlines() == [
        "    verdict         findings  races  classes  status",
        "race.c   completed       0         2      -        1",
        "no_c.c   cannot be said  -         -      -        2",
        "gone.c   cannot be said  -         -      -        2",
        "right.c  completed       0         0      -        0",
    ]


# -- exit statuses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (RIGHT, 0, "completed"),
        (OVERRUNS, 1, "driver.c:5: error: bug check 0xF7"),
        (HANGS, 1, "driver.c:6: error: System waits for Never, for ever [deadlock]"),
        (FAILS, 1, "driver.c: error: DriverEntry returned STATUS_UNSUCCESSFUL [not started]"),
        (NO_C, 2, "driver.c:4: "),
        (REFUSED, 2, "driver.c:5: error: "),
    ],
)
@pytest.mark.parametrize("explores", [False, True])
def test_0_is_nothing_bad_1_is_something_bad_and_2_that_it_cannot_be_said(here, typed, text, status, told, explores):
    here(driver=text)
    found, printed = typed("driver.c", *["--explore"] * explores)
    assert found == status
    assert told in printed


@pytest.mark.parametrize("case", [next(each for each in WRONG if each.kind == kind) for kind in sorted(
    {each.kind for each in WRONG} - {"cookie"})], ids=lambda case: case.kind)  # fmt: skip
def test_each_kind_of_misuse_is_found_at_its_line(here, typed, case):
    here(driver=case.text)
    status, printed = typed("driver.c", *["--stop"] * case.stop)
    assert (status, f"\ndriver.c:{case.line}: " in printed) == (1, True), printed


def test_what_is_let_be_by_the_machine_is_told_all_the_same(here, typed):
    here(driver=HEAD + ENTRY + '{\n    ULONG a[2];\n    a[0] = 1;\n    DbgPrint("%lu\\n", a[1]);\n    return 0;\n}\n')
    for explores in ([], ["--explore"]):
        status, printed = typed("driver.c", "--memory", "machine", *explores)
        assert status == 1
        assert "driver.c:6: error: " in printed


def test_orders_that_were_not_all_explored_are_no_success(here, typed):
    here("synchronization_event")
    status, printed = typed("synchronization_event.c", "--explore", "--budget", "2", *SMALL)
    assert (status, "inconclusive: the budget of 2 executions is used up" in printed) == (2, True)


def test_a_run_without_an_end_is_no_success(here, typed, monkeypatch):
    here(driver=HEAD + "static LONG Count;\n" + ENTRY + "{\n    for (;;) InterlockedIncrement(&Count);\n}\n")
    monkeypatch.setattr(report, "MAX_STEPS", 50)
    status, printed = typed("driver.c")
    assert (status, "driver.c: warning: no end of the run was reached" in printed) == (2, True)


def test_a_driver_that_hangs_unless_it_is_stopped_is_told_of_stop(here, typed):
    here(driver=HANGS)
    assert "type  --stop  and" in typed("driver.c")[1]


def test_a_race_on_files_is_no_error_where_every_order_ends_alike(here, typed):
    here("semaphore")
    assert [typed("semaphore.c", "FileCount=1", *words)[0] for words in ([], ["--explore"])] == [1, 0]


def test_what_threads_race_for_by_intent_is_no_error(here, typed):
    here(driver=HEAD + (
        "static LONG Count;\nstatic VOID Worker(PVOID Context)\n{\n    InterlockedIncrement(&Count);\n}\n" + ENTRY +
        "{\n    HANDLE thread;\n    for (int i = 0; i < 2; i++) {\n"
        "        PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, Worker, NULL);\n        ZwClose(thread);\n    }\n"
        "    return STATUS_SUCCESS;\n}\n"
    ))  # fmt: skip
    status, printed = typed("driver.c")
    assert (status, "driver.c:5: note: left to chance: interlocked Count" in printed) == (0, True), printed


def test_an_error_that_nobody_foresaw_is_one_files_alone(here, typed, monkeypatch):
    here(one=RIGHT, other=RIGHT)
    races = report.races
    monkeypatch.setattr(report, "races", lambda made: {"one": 1 / 1}[made.driver] and races(made))
    status, printed = typed("other.c", "one.c")
    assert (status, "error: KeyError: 'other'" in printed) == (2, True)
    assert "one.c: completed" in printed


def test_what_was_found_before_a_routine_is_refused_is_told(here, typed, monkeypatch):
    here(driver=FAILS)

    def refused(*_, **how):
        raise ks.Misuse("not simulated")

    monkeypatch.setattr(report, "explore", refused)
    status, printed = typed("driver.c", "--explore")
    assert (status, "DriverEntry returned STATUS_UNSUCCESSFUL" in printed) == (1, True)
    assert "error: not simulated\n" in printed


def test_a_run_that_is_interrupted_says_nothing_of_its_driver(here, typed, monkeypatch):
    here(driver=RIGHT)

    def interrupted(made):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "races", interrupted)
    assert typed("driver.c") == (2, "\nInterrupted.\n")


# -- what is typed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "required"),
        (["ROUNDS=3"], "no file is named"),
        (["right.c", "Round=3"], "no parameter is named Round (did you mean Rounds?): right.c has Rounds"),
        (["right.c", "race.c", "X=3"], "no parameter is named X: right.c has Rounds; race.c has FileCount, WriteCount"),
        (["right.c", "Rounds=many"], "Rounds is a whole number, not 'many'"),
        (["right.txt"], "right.txt is not a .c file, and no parameter"),
        (["."], ". is a folder; type  ./*.c"),
        (["z*.c"], "no .c file matches z*.c"),
        (["right.c", "--budget", "3"], "--budget is for --explore"),
        (["right.c", "--explore", "--budget", "0"], "0 is not a budget"),
        (["right.c", "--memory", "soft"], "invalid choice: 'soft'"),
        (["right.c", "--html", "right.c"], "right.c is there, and no earlier report"),
        (["right.c", "--html", "gone/report.html"], "its folder is not there"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_run(here, typed, words, told):
    folder = here("race", right=RIGHT)
    status, printed = typed(*words)
    assert (status, "completed" in printed) == (2, False)
    assert told in printed
    assert (folder / "right.c").read_text(encoding="utf-8") == RIGHT


def test_a_parameter_goes_to_the_drivers_that_have_it(here, typed):
    here("race", right=RIGHT)
    printed = typed("race.c", "right.c", "Rounds=0x10", *SMALL)[1]
    assert f"race.c: completed; C:\\Temp: 2 files, C:\\Temp2: 0 files; 16 steps {UNDER}, FileCount=2," in printed
    assert f"1 step {UNDER}, Rounds=16\n" in printed


def test_patterns_that_the_shell_has_left_are_matched_and_each_file_is_run_once(here, typed):
    folder = here(b=RIGHT, a=RIGHT)
    (folder / "a.h").touch()
    (folder / "below").mkdir()
    copy(folder / "a.c", folder / "below" / "c.c")
    printed = typed("b.c", "*.c", "**/c.c")[1]
    assert re.findall(r"^(\S+): completed", printed, re.MULTILINE) == ["b.c", "a.c", "below/c.c"]


def test_a_driver_that_is_called_as_a_module_of_pythons_is_has_its_lines(here, typed):
    here(queue=REFUSED)
    assert "queue.c:5: error: " in typed("queue.c")[1]


def test_what_is_printed_is_the_same_bytes_whatever_the_console(here):
    here(grüße=NO_C.replace("return", "/* ≤ */ return"))
    command = [sys.executable, "-m", "kevent_sim", "run", "grüße.c"]
    outputs = set()
    for encoding in ("cp1252", "utf-8", "ascii"):
        environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(ks.__file__).parents[1])}
        done = subprocess.run(command, capture_output=True, env=environment)
        assert (done.returncode, done.stderr) == (2, b"")
        outputs.add(done.stdout)
    (output,) = outputs
    assert output.decode("utf-8").startswith("grüße.c:4: ")
    assert b"\r" not in output


def test_who_reads_no_further_sees_no_line_of_python(here):
    folder = here("race")
    code = "import sys; from kevent_sim.course.cli import main; sys.stdin.read(); sys.exit(main(['run', 'race.c']))"
    python = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(ks.__file__).parents[1])},
    )  # fmt: skip
    with python:
        python.stdout.close()
        python.stdin.close()  # it runs only now
        said = python.stderr.read()
    assert (python.returncode, said) == (2, b"")


def test_a_search_over_a_long_run_has_a_budget_and_one_over_a_short_run_a_greater_one():
    assert report.budget_for(10_000_000) == report.LEAST_EXECUTIONS < report.budget_for(1_000) < report.budget_for(10)


# -- the page ----------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page, with their attributes; each that is opened is closed in its order."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def written(here, typed):
    """The text of the page on a right driver, one that races, one that overruns, and one that is no C."""
    folder = here("race", right=RIGHT, overruns=OVERRUNS, no_c=NO_C, refused=REFUSED)
    assert typed("*.c", "--explore", "--html", "report.html", *SMALL)[0] == 2
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_has_a_picture_of_each_run_and_asks_nothing_of_any_network(written):
    tags = Tags(written).found
    pictures = [attributes["aria-label"] for tag, attributes in tags if tag == "svg" and "aria-label" in attributes]
    assert [label.partition(",")[0] for label in pictures] == ["overruns", "race", "right"]
    links = [
        value for _, attributes in tags for name, value in attributes.items() if name in ("href", "src", "xlink:href")
    ]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(
        r"https?:|//\w|@import|url\((?!#)|<script", re.sub(r"base64,[^\"]+|<pre.*?</pre>", "", written, flags=re.S)
    )
    assert "default-src 'none'" in written


def test_each_link_of_the_page_leads_somewhere_in_it(written):
    tags = Tags(written).found
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len({*ids})
    assert {attributes["href"][1:] for tag, attributes in tags if tag == "a"} <= {*ids}


def test_the_page_marks_the_lines_that_are_wrong(written):
    marked = re.findall(r"<mark><span id=\"d\d+-(\d+)\">", written)
    assert marked == ["5", "29", "39", "61", "5"]  # overruns.c, race.c, refused.c
    assert "&lt;ntddk.h&gt;" in written


def test_the_page_is_the_same_bytes_each_time_and_is_written_over(here, typed, written):
    path = here() / "report.html"
    before = path.read_bytes()
    assert typed("*.c", "--explore", "--html", "report.html", *SMALL)[0] == 2
    assert path.read_bytes() == before


def test_a_page_that_cannot_be_written_whole_leaves_what_was_there(here, typed, written, monkeypatch):
    folder = here()
    there = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(page, "page", lambda reports: written[: len(written) // 2])
    monkeypatch.setattr(page.Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError(28, "No space left")))
    status, printed = typed("right.c", "--html", "report.html")
    assert (status, "report.html cannot be written: No space left" in printed) == (2, True)
    assert (folder / "report.html").read_text(encoding="utf-8") == written
    assert sorted(path.name for path in folder.iterdir()) == there

"""`%%c`: a cell that is a driver in C."""

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import kevent_sim as ks
from kevent_sim.course.magic import driver_of

TEXT = """\
#include <ntifs.h>
#define ROUNDS 3
KEVENT Done;
VOID Worker(PVOID Context)
{
    for (int i = 0; i < ROUNDS; i++)
        KeSetEvent(&Done, 0, FALSE);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE Thread;
    KeInitializeEvent(&Done, SynchronizationEvent, FALSE);
    NTSTATUS Status = PsCreateSystemThread(&Thread, 0, NULL, NULL, NULL, Worker, NULL);
    ZwClose(Thread);
    for (int i = 0; i < ROUNDS; i++)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return Status;
}
"""


class Shell:
    """As much of a notebook's shell as the magic uses."""

    def __init__(self, **names):
        self.user_ns = names

    def ev(self, expression):
        return eval(expression, self.user_ns)


def test_a_cell_is_a_driver_by_its_name_and_without_one_it_is_driver():
    shell = Shell()
    made = driver_of(shell, "handshake Rounds=2", TEXT)
    assert shell.user_ns["handshake"] is made
    assert repr(made) == "<C driver handshake: Rounds=2>"
    assert driver_of(shell, "", TEXT) is shell.user_ns["driver"]
    assert ks.run(made).driver == "handshake"


def test_a_mark_that_was_pasted_along_is_no_matter():
    assert ks.run(driver_of(Shell(), "pasted", "\ufeff" + TEXT.replace("\n", "\r\n"))).verdict == "completed"


def test_lines_are_numbered_as_in_the_cell():
    made = driver_of(Shell(), "handshake", TEXT)
    cell = ["%%c handshake", *TEXT.splitlines()]
    run = ks.explore(made, Rounds=2).counterexample
    assert "KeWaitForSingleObject" in cell[run.waiting[0].line - 1]
    with pytest.raises(ks.c.CError) as error:
        driver_of(Shell(), "handshake", TEXT.replace("ZwClose", "ZwClos"))
    assert "ZwClose" in cell[error.value.place.line - 1]
    assert error.value._render_traceback_() == [
        "CError: handshake.c:15: ZwClos is not declared; did you mean ZwClose?\n        ZwClos(Thread);\n        ^"
    ]


def test_it_explores_in_one_go_and_asks_a_question():
    shell = Shell(loses_nothing=lambda run: run.verdict == "completed", never=lambda run: False)
    found = driver_of(shell, "handshake --explore Rounds=2", TEXT)
    assert (found.verdict, found.counterexample.verdict) == ("violated", "deadlock")
    assert driver_of(shell, "--explore Rounds=1", TEXT).verdict == "holds"
    assert driver_of(shell, "Rounds=1 --explore --check loses_nothing", TEXT).verdict == "holds"
    asked = "Rounds=1 --explore --check 'lambda run: run.verdict == \"completed\"'"
    assert driver_of(shell, asked, TEXT).verdict == "holds"
    (finding,) = driver_of(shell, "Rounds=1 --explore --check never", TEXT).findings
    assert finding.text == "what is asked is not true of the run"


def test_a_text_that_cannot_be_loaded_leaves_no_driver_of_an_earlier_one():
    shell = Shell()
    driver_of(shell, "handshake", TEXT)
    with pytest.raises(ks.c.CError):
        driver_of(shell, "handshake", TEXT.replace("ZwClose", "ZwClos"))
    assert "handshake" not in shell.user_ns


def test_a_driver_takes_no_name_that_stands_for_something_else():
    shell = Shell(ks=ks, race=ks.run)
    for name, why in {
        "ks": "it is in use here",
        "race": "it is in use here",
        "print": "it is a word of Python's",
        "class": "it is a word of Python's",
        "None": "it is a word of Python's",
    }.items():
        with pytest.raises(UsageError) as error:
            driver_of(shell, name, TEXT)
        assert str(error.value) == (
            f"{name} cannot name a driver: {why}; type another name, such as  %%c {name}_driver"
        )
    assert shell.user_ns == {"ks": ks, "race": ks.run}
    with pytest.raises(UsageError, match="driver cannot name a driver: it is in use here"):
        driver_of(Shell(driver=3), "", TEXT)
    first = driver_of(shell, "ks_driver", TEXT)
    assert driver_of(shell, "ks_driver", TEXT) is shell.user_ns["ks_driver"] is not first


def test_what_it_does_not_know_is_told_with_what_to_type():
    for line, told in {
        "a b": "does not know what 'b' is",
        "race --explor": "does not know what '--explor' is",
        "race =5": "does not know what '=5' is",
        "race Rounds=x": "Rounds is a whole number, not 'x'",
        "race --explore --check": "--check is followed by a question",
        "race --explore --check 'samples": "a quote is not closed",
        "race --check samples.all_moved": "type  --explore --check samples.all_moved",
    }.items():
        with pytest.raises(UsageError, match=told):
            driver_of(Shell(), line, TEXT)


def test_the_loops_of_a_cell_are_named_where_it_is_loaded_and_cut_where_it_is_explored():
    text = TEXT.replace("#define ROUNDS 3\n", "").replace("ROUNDS", "3")
    with pytest.raises(
        UsageError, match=r"no loop that ends at 1, for Rounds; .*; load it with  Rounds=3  and run it with  Rounds=1"
    ):
        driver_of(Shell(), "handshake Rounds=1", text)
    with pytest.raises(
        ValueError, match=r"has no parameter Rounds; .* where it is loaded  Rounds=1000  for loops that end at 1000"
    ):
        driver_of(Shell(), "handshake --explore Rounds=1", text)
    found = driver_of(Shell(), "handshake Rounds=3 --explore Rounds=1", text)
    assert (found.verdict, found.parameters) == ("holds", {"Rounds": 1})


def test_what_a_compiler_would_warn_of_is_printed_without_a_line_of_python(capsys):
    driver_of(
        Shell(),
        "handshake",
        TEXT.replace("VOID Worker", "NTSTATUS Worker").replace("FALSE);\n}", "FALSE);\n    return 0;\n}", 1),
    )
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("CWarning: handshake.c:15: NTSTATUS (*)(PVOID) where PKSTART_ROUTINE is wanted")
    assert "^" in told[2]


def test_load_ext_gives_a_notebook_the_magic(capsys):
    shell = InteractiveShell()
    shell.run_cell("%load_ext kevent_sim")
    shell.run_cell("%%c handshake Rounds=1\n" + TEXT)
    assert shell.user_ns["handshake"].PARAMETERS == {"Rounds": 1}
    capsys.readouterr()
    shell.run_cell("%%c wrong\n" + TEXT.replace("ZwClose", "ZwClos"))
    assert (
        capsys.readouterr().out.splitlines()[0] == "CError: wrong.c:15: ZwClos is not declared; did you mean ZwClose?"
    )

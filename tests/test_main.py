"""`python -m kevent_sim` finds out what is there, says what to type, and never starts over what is done."""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim import __main__ as command
from kevent_sim import setup_check
from kevent_sim.samples import notification_event, race, synchronization_event
from kevent_sim.setup_check import Part, Requirement, release

ROOT = Path(__file__).resolve().parent.parent
OK, WRONG = Part(True, "all 1.0"), Part(False, "pandas is missing; type:  python -m kevent_sim")


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty clone, with one notebook, that `main` takes for its own."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_first.ipynb").touch()
    (tmp_path / "notebooks" / "02_second.ipynb").touch()
    monkeypatch.setattr(setup_check, "PACKAGE", tmp_path / "kevent_sim")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def became(monkeypatch):
    """The commands that `main` went on as."""
    commands = []
    monkeypatch.setattr(command, "become", lambda words: commands.append(words) or 0)
    return commands


@pytest.fixture
def ran(monkeypatch):
    """The commands that were run, all of which succeed."""
    commands = []
    monkeypatch.setattr(command, "run_to_end", lambda words: commands.append(words) or 0)

    def run(words, **_):
        commands.append(words)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def with_missing(monkeypatch, *answers):
    """`missing` answers these one after the other, then that nothing is."""
    rest = list(answers)
    monkeypatch.setattr(setup_check, "missing", lambda root, extra="": rest.pop(0) if rest else [])


def inside_venv(monkeypatch, clone):
    (clone / ".venv").mkdir()
    monkeypatch.setattr(sys, "prefix", str(clone / ".venv"))


# Versions


@pytest.mark.parametrize(
    ("older", "newer"), [("8.1", "8.10"), ("2.2.3", "3.1.1"), ("4", "4.0.1"), ("0.9", "0.11.0"), ("3.8", "3.11.2rc1")]
)
def test_versions_compare_as_numbers(older, newer):
    assert release(older) < release(newer)


def test_a_zero_at_the_end_of_a_version_changes_nothing():
    assert release("4") == release("4.0") == release("4.0.0") == release("4.0.0rc1")


@pytest.mark.parametrize(("version", "admitted"), [("8.0.9", False), ("8.1", True), ("8.99", True), ("9.0.0", False)])
def test_a_requirement_admits_from_its_floor_up_to_its_ceiling(version, admitted):
    assert Requirement.parse("ipywidgets>=8.1,<9; sys_platform != 'emscripten'").admits(version) is admitted


@pytest.mark.parametrize("text", ["pandas==2.2", "pandas~=2.2", "pandas[all]>=2", "pandas>=2.2,!=2.3"])
def test_a_requirement_that_we_could_not_judge_is_refused(text):
    with pytest.raises(ValueError, match="is not of the form"):
        Requirement.parse(text)


@pytest.mark.parametrize("extra", ["", "test"])
def test_every_requirement_of_the_project_can_be_judged_and_has_a_floor(extra):
    assert all(requirement.bounds for requirement in setup_check.requirements(ROOT, extra))


# Lines


def test_a_distribution_that_fits_is_one_line_with_its_version(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "8.1.9")
    assert str(setup_check.required(Requirement.parse("ipywidgets>=8.1,<9"))) == "[ OK ] ipywidgets 8.1.9"


def test_ipywidgets_too_old_says_what_is_needed_and_what_to_type(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "7.8.1")
    line = str(setup_check.required(Requirement.parse("ipywidgets>=8.1,<9")))
    assert line.startswith("[FAIL] ipywidgets 7.8.1 is not ipywidgets>=8.1,<9; type:  python")
    assert line.endswith(" -m kevent_sim")


@pytest.mark.parametrize("broken", ["nothing there", "metadata half removed"])
def test_a_distribution_that_is_missing_says_so(monkeypatch, broken):
    def version(name):
        if broken == "nothing there":
            raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert str(setup_check.required(Requirement.parse("pandas>=2.2"))).startswith("[FAIL] pandas is missing; type:  ")


def test_widgets_without_their_labextension_say_how_to_get_it_back(monkeypatch):
    monkeypatch.setattr(setup_check, "LABEXTENSION", Path("@no-such", "extension"))
    line = str(setup_check.widgets())
    assert line.startswith("[FAIL] jupyterlab_widgets: its JupyterLab extension is missing; type:  ")
    assert line.endswith(" -m pip install --force-reinstall ipywidgets jupyterlab_widgets")


def test_widgets_that_were_taken_out_by_hand_say_how_to_get_them_back(monkeypatch):
    found = setup_check.util.find_spec
    monkeypatch.setattr(
        setup_check.util, "find_spec", lambda name: None if name == "jupyterlab_widgets" else found(name)
    )
    assert " -m pip install --force-reinstall ipywidgets jupyterlab_widgets" in str(setup_check.widgets())


def test_the_widgets_of_a_complete_environment_fit():
    assert setup_check.widgets().fits


def test_notebooks_must_import_the_package_of_this_clone(clone, monkeypatch):
    (clone / "kevent_sim").mkdir()
    (clone / "elsewhere").mkdir()
    monkeypatch.setattr(setup_check, "imported_from", lambda: clone / "kevent_sim")
    assert str(setup_check.this_package(clone, "0.1.0")) == "[ OK ] kevent_sim 0.1.0"
    monkeypatch.setattr(setup_check, "imported_from", lambda: clone / "elsewhere")
    assert "elsewhere, not from this clone; type:  " in str(setup_check.this_package(clone))
    monkeypatch.setattr(setup_check, "imported_from", lambda: None)
    assert str(setup_check.this_package(clone)).startswith("[FAIL] kevent_sim is not installed; type:  ")


def test_the_folder_that_we_were_started_in_does_not_count_as_installed(clone, monkeypatch):
    (clone / "kevent_sim").mkdir()
    (clone / "kevent_sim" / "__init__.py").touch()
    where = setup_check.imported_from()
    assert where is None or not where.samefile(clone / "kevent_sim")


def test_the_first_notebook_is_the_first_by_name(clone):
    assert str(setup_check.course(clone)) == "[ OK ] notebooks: 2, the first is 01_first.ipynb"


def test_lost_notebooks_say_how_to_get_them_back(tmp_path):
    assert str(setup_check.course(tmp_path)) == "[FAIL] notebooks: there are none; type:  git restore notebooks"


@pytest.mark.parametrize(("parts", "code"), [([OK], 0), ([OK, WRONG], 1)])
def test_check_prints_every_part_and_fails_with_the_first_that_fails(clone, monkeypatch, capsys, parts, code):
    with_missing(monkeypatch)
    monkeypatch.setattr(setup_check, "parts", lambda root, version: parts)
    assert command.main(["check"]) == code
    assert capsys.readouterr().out.splitlines() == [str(part) for part in parts]


# Python and the clone


def test_a_python_too_old_is_told_so(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer; this is [^!]*python3.13 -m kevent_sim"):
        runpy.run_path(str(Path(command.__file__)), run_name="old")


@pytest.mark.parametrize("arguments", [[], ["check"], ["slides", "talk"], ["test"]])
def test_outside_a_clone_all_but_the_demo_says_to_go_to_one(tmp_path, monkeypatch, arguments):
    monkeypatch.setattr(setup_check, "PACKAGE", tmp_path / "kevent_sim")
    with pytest.raises(SystemExit, match=r"without the notebooks and tests of its clone[^!]*cd kevent_sim"):
        command.main(arguments)


@pytest.mark.parametrize(
    ("system", "path"), [("nt", ".venv/Scripts/python.exe"), ("posix", ".venv/bin/python"), (os.name, None)]
)
def test_the_python_of_the_environment_is_where_each_system_puts_it(system, path):
    expected = ROOT / path if path else command.venv_python(ROOT)
    assert command.venv_python(ROOT, system) == expected


# Set-up


def test_an_interpreter_that_has_everything_is_used_as_it_is(clone, monkeypatch, became, ran):
    with_missing(monkeypatch)
    assert command.main(["test", "-q", "-k", "race"]) == 0
    assert became == [[sys.executable, "-m", "pytest", "-q", "-k", "race"]]
    assert ran == []


def test_first_use_makes_the_environment_and_goes_on_in_it_with_the_same_arguments(
    clone, monkeypatch, became, ran, capsys
):
    with_missing(monkeypatch, [WRONG])
    assert command.main(["--no-browser", "--port", "8899"]) == 0
    assert "First use: this makes the folder .venv here" in capsys.readouterr().out
    assert ran[-1] == [sys.executable, "-m", "venv", "--clear", str(clone / ".venv")]
    assert became == [[str(command.venv_python(clone)), "-m", "kevent_sim", "--no-browser", "--port", "8899"]]


def test_an_environment_that_works_is_not_made_again(clone, monkeypatch, became, ran):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(command, "venv_works", lambda root: True)
    command.main(["test"])
    assert ran == []
    assert became == [[str(command.venv_python(clone)), "-m", "kevent_sim", "test"]]


def test_an_environment_that_was_left_half_made_is_made_anew(clone, monkeypatch, became, ran, capsys):
    (clone / ".venv").mkdir()
    with_missing(monkeypatch, [WRONG])
    command.main([])
    assert "half made" in capsys.readouterr().out
    assert [sys.executable, "-m", "venv", "--clear", str(clone / ".venv")] in ran


def test_an_environment_without_a_python_does_not_work(clone):
    assert not command.venv_works(clone)
    (clone / ".venv").mkdir()
    assert not command.venv_works(clone)


@pytest.mark.parametrize(("arguments", "what"), [([], "."), (["test"], ".[test]")])
def test_inside_its_environment_it_installs_what_is_missing_and_goes_on(
    clone, monkeypatch, became, ran, arguments, what
):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK])
    assert command.main(arguments) == 0
    assert ran[-1] == [sys.executable, "-m", "pip", "install", "-e", what]
    assert became[0][1:3] == ["-m", "pytest" if arguments else "jupyterlab"]


def test_an_environment_that_was_interrupted_before_it_had_pip_gets_it(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])

    def no_pip(words, **_):
        ran.append(words)
        return subprocess.CompletedProcess(words, 1, "", "No module named pip")

    monkeypatch.setattr(subprocess, "run", no_pip)
    command.main(["test"])
    assert ran[1:] == [
        [sys.executable, "-m", "ensurepip", "--upgrade"],
        [sys.executable, "-m", "pip", "install", "-e", ".[test]"],
    ]


def test_pip_that_fails_says_that_nothing_is_lost_how_to_go_on_and_how_to_name_a_proxy(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(command, "run_to_end", lambda words: 1)
    with pytest.raises(SystemExit) as stopped:
        command.main(["test"])
    for words in ("pip ended with code 1", "Nothing is lost", "-m kevent_sim test\n", "global.proxy http://HOST:PORT"):
        assert words in str(stopped.value)
    assert became == []


def test_pip_that_claims_success_is_checked_and_not_run_for_ever(clone, monkeypatch, became, ran):
    inside_venv(monkeypatch, clone)
    with_missing(monkeypatch, [WRONG], [WRONG])
    with pytest.raises(SystemExit, match=r"and yet:\n\[FAIL\] pandas is missing"):
        command.main([])
    assert became == []


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_debian_without_venv_is_told_the_package(clone, monkeypatch, ran, module):
    found = command.util.find_spec
    monkeypatch.setattr(command.util, "find_spec", lambda name: None if name == module else found(name))
    with_missing(monkeypatch, [WRONG])
    with pytest.raises(SystemExit, match=f"its module {module} is missing[^!]*apt install python3-venv"):
        command.main([])
    assert not any("venv" in words for words in ran)


def test_an_environment_that_cannot_be_made_says_so(clone, monkeypatch):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(command, "venv_works", lambda root: False)
    monkeypatch.setattr(subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 1, "", ""))
    with pytest.raises(SystemExit, match="could not be made"):
        command.main([])


def test_check_outside_the_environment_looks_inside_it(clone, monkeypatch, became):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(command, "venv_works", lambda root: True)
    assert command.main(["check"]) == 0
    assert became == [[str(command.venv_python(clone)), "-m", "kevent_sim", "check"]]


def test_check_installs_nothing(clone, monkeypatch, became, ran, capsys):
    with_missing(monkeypatch, [WRONG])
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [WRONG])
    assert command.main(["check"]) == 1
    assert became == []
    assert not any("install" in words or "venv" in words for words in ran)


# Slides


def test_slides_are_written_where_one_is_and_not_where_the_clone_is(clone, monkeypatch, became):
    with_missing(monkeypatch)
    (clone / "elsewhere").mkdir()
    monkeypatch.chdir(clone / "elsewhere")
    assert command.main(["slides", "talk"]) == 0
    assert became == [[sys.executable, "-m", "kevent_sim.slides", str(clone / "elsewhere" / "talk")]]


def test_slides_set_up_the_course_first_and_go_on_with_the_same_folder(clone, monkeypatch, became, ran):
    with_missing(monkeypatch, [WRONG])
    command.main(["slides", "talk"])
    assert became == [[str(command.venv_python(clone)), "-m", "kevent_sim", "slides", str(clone / "talk")]]


def test_slides_without_a_folder_are_told_that_one_is_needed(capsys):
    with pytest.raises(SystemExit):
        command.main(["slides"])
    assert "the following arguments are required: FOLDER" in capsys.readouterr().err


# JupyterLab


@pytest.fixture
def ready(clone, monkeypatch):
    with_missing(monkeypatch)
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK])
    monkeypatch.setattr(command, "has_browser", lambda: True)
    return clone


def test_the_course_opens_on_its_first_notebook(ready, became):
    assert command.main([]) == 0
    assert became[0][:5] == [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ready}",
        "--LabApp.default_url=/lab/tree/notebooks/01_first.ipynb",
    ]  # fmt: skip
    assert "--no-browser" not in became[0]


def test_a_part_that_fails_keeps_the_course_shut(ready, monkeypatch, became, capsys):
    monkeypatch.setattr(setup_check, "parts", lambda root, version: [OK, WRONG])
    with pytest.raises(SystemExit, match=r"Type what the \[FAIL\] lines say"):
        command.main([])
    assert became == []
    assert str(WRONG) in capsys.readouterr().out


def test_no_browser_and_port_are_passed_on(ready, monkeypatch, became):
    monkeypatch.setattr(command, "port_problem", lambda port: "")
    command.main(["--no-browser", "--port", "8899"])
    assert {"--no-browser", "--port=8899", "--ServerApp.port_retries=0"} <= set(became[0])


def test_where_there_is_no_browser_the_address_is_to_be_opened(ready, monkeypatch, became, capsys):
    monkeypatch.setattr(command, "has_browser", lambda: False)
    command.main([])
    assert "open the address that JupyterLab prints" in capsys.readouterr().out
    assert "--no-browser" in became[0]


def test_a_port_that_is_taken_says_which_to_type(ready, became):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"Port {port} cannot be had: [^!]*-m kevent_sim --port \d+\nor none"):
            command.main(["--port", str(port)])
    assert became == []
    assert command.port_problem(port) == ""


@pytest.mark.parametrize("port", ["0", "65536", "-1", "lab", "8899.5"])
def test_what_is_no_port_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        command.main([f"--port={port}"])
    assert "one is a number from 1 to 65535" in capsys.readouterr().err


# Demo and help


def test_the_demo_is_three_rows_and_three_lines_that_repeat_them(capsys):
    command.demo(FileCount=3, WriteCount=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        [run.driver, run.verdict, str(len(run.files("C:\\Temp"))), str(len(run.files("C:\\Temp2")))]
        for run in small_runs()
    ]
    replays = [line for line in lines if line.startswith("ks.run(")]
    names = {driver.__name__.rpartition(".")[2]: driver for driver in (race, synchronization_event, notification_event)}
    again = [eval(line, {"ks": ks, **names}) for line in replays]
    assert [run.outcome for run in again] == [run.outcome for run in small_runs()]


def small_runs():
    policy = ks.Windows(processors=2, seed=0)
    return [ks.run(d, policy, FileCount=3, WriteCount=2) for d in (race, synchronization_event, notification_event)]


def test_the_demo_needs_no_clone_and_runs_at_full_size(tmp_path, monkeypatch):
    monkeypatch.setattr(setup_check, "PACKAGE", tmp_path / "kevent_sim")
    sizes = []
    monkeypatch.setattr(command, "demo", lambda **parameters: sizes.append(parameters))
    assert command.main(["demo"]) == 0
    assert sizes == [{}]


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        (["--help"], "  python -m kevent_sim --no-browser --port 8899 "),
        (["--help"], "  python -m kevent_sim check "),
        (["--help"], "  python -m kevent_sim demo "),
        (["check", "--help"], "  python -m kevent_sim check\n"),
        (["demo", "--help"], "  python -m kevent_sim demo\n"),
        (["slides", "--help"], "  python -m kevent_sim slides talk\n"),
        (["test", "--help"], "  python -m kevent_sim test -q -k race\n"),
        (["grade", "--help"], "  python -m kevent_sim grade ada.ipynb bob.ipynb --csv grades.csv\n"),
    ],
)
def test_help_shows_a_line_to_type_for_every_command(capsys, arguments, example):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 0
    assert example in capsys.readouterr().out


def test_the_package_runs_as_a_module_with_the_standard_library_alone():
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "kevent_sim", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("usage: python -m kevent_sim")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no exec: there the command is waited for")
def test_going_on_as_another_program_passes_on_its_exit_code():
    code = "import sys; from kevent_sim.__main__ import become; become([sys.executable, '-c', 'raise SystemExit(7)'])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 7


def test_a_command_that_is_waited_for_gives_its_exit_code():
    assert command.run_to_end([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_the_news_are_silenced_in_the_clones_own_venv_and_a_learners_setting_is_kept(tmp_path):
    command.silence_news(tmp_path)
    config = tmp_path / "etc" / "jupyter" / "labconfig" / "page_config.json"
    assert json.loads(config.read_text(encoding="utf-8"))["disabledExtensions"]
    config.write_text("{}", encoding="utf-8")
    command.silence_news(tmp_path)
    assert config.read_text(encoding="utf-8") == "{}"

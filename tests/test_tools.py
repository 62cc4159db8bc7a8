"""One command for all checks: it stops at the first that fails, and whoever else checks calls it."""

import re
import sys
from pathlib import Path

import check
import pytest
import sizes

ROOT = Path(__file__).parent.parent


@pytest.fixture
def ran(monkeypatch):
    """The commands that would be run."""
    commands = []
    monkeypatch.setattr(check.venv, "run_to_end", lambda command: commands.append(command) or 0)
    return commands


def test_the_steps_are_taken_in_their_order_whatever_the_order_in_which_they_are_named(ran):
    assert check.check(["types", "format"]) == 0
    assert [command[2] for command in ran] == ["ruff", "mypy"]


def test_it_stops_at_the_first_step_that_fails(monkeypatch, capsys):
    codes = {"format": 0, "check": 3}
    monkeypatch.setattr(check.venv, "run_to_end", lambda command: codes[command[3]])
    assert check.check([*check.STEPS]) == 3
    assert capsys.readouterr().out.endswith(f"=== lint: this has failed:  {sys.executable} -m ruff check\n")


def test_without_the_name_of_a_step_all_are_taken(ran, monkeypatch):
    monkeypatch.setattr(check.venv, "complete", lambda *given: True)
    monkeypatch.chdir(ROOT)
    assert check.main(["--long"]) == 0
    assert [command[2] for command in ran] == ["ruff", "ruff", "mypy", "kevent_sim"]


def test_what_is_no_step_is_refused_with_those_there_are(ran, capsys):
    with pytest.raises(SystemExit):
        check.main(["style"])
    assert "style is not a step; the steps are: format, lint, types, tests" in capsys.readouterr().err
    assert ran == []


def test_long_is_for_the_tests_alone(ran):
    check.check([*check.STEPS], long=True)
    assert [command[-1] for command in ran if "--long" in command] == ["--long"] == ran[-1][-1:]
    assert ran[-1][1:] == ["-m", "kevent_sim", "test", "--long"]


def test_long_without_the_tests_is_refused(ran, capsys):
    with pytest.raises(SystemExit):
        check.main(["--long", "lint"])
    assert "--long is how the tests are run" in capsys.readouterr().err
    assert ran == []


def test_git_takes_every_step():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"id: (\w+), .*python tools/check\.py (\w+)", text) == [(step, step) for step in check.STEPS]


@pytest.mark.parametrize("place", [".ci/run", ".github/workflows/test.yml"])
def test_continuous_integration_takes_every_step(place):
    text = (ROOT / place).read_text(encoding="utf-8")
    assert "-m kevent_sim test\n" in text
    assert "tools/check.py format lint types\n" in text


def test_every_night_the_tests_are_run_at_full_size():
    text = (ROOT / ".github/workflows/long.yml").read_text(encoding="utf-8")
    assert "schedule:" in text
    assert "- run: python tools/check.py --long\n" in text


def test_the_sizes_are_those_of_the_option(pytestconfig):
    assert sizes.long == pytestconfig.getoption("--long")
    assert sizes.size(1, 2) == 1 + sizes.long
    assert sizes.part("abcd") == [*("abcd" if sizes.long else "ad")]

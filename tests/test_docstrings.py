"""A routine's docstring is its manual page: the same sections in the same order, and true where that can be checked."""

import doctest
import inspect
import re

import pytest
from manuals import FUNCTIONS, ROUTINES, SECTIONS, manual, sections

from kevent_sim import ntifs
from kevent_sim.machine import ntstatus

each = pytest.mark.parametrize("name", FUNCTIONS)


def parameters(name) -> list[str]:
    return list(inspect.signature(FUNCTIONS[name]).parameters)


@each
def test_the_sections_are_there_and_stand_in_order(name):
    expected = ["Summary", *SECTIONS]
    if not parameters(name):
        expected.remove("Parameters:")
    assert list(sections(manual(name))) == expected
    assert all(sections(manual(name)).values())


@each
def test_the_first_paragraph_is_one_sentence(name):
    summary = " ".join(manual(name).partition("\n\n")[0].split())
    assert summary[0].isupper()
    assert summary.endswith(".")
    assert ". " not in summary


@each
def test_the_parameters_are_those_of_the_signature_in_their_order(name):
    text = sections(manual(name)).get("Parameters:", "")
    named = re.findall(r"`(\w+)`", text)
    assert list(dict.fromkeys(named)) == parameters(name)


@pytest.mark.parametrize("name", ROUTINES)
def test_the_irql_is_the_rule_that_is_enforced(name):
    said = sections(manual(name))["IRQL:"]
    rule = f"{ROUTINES[name].routine.irql}."
    # Where the documentation contradicts itself a remark follows.
    assert said == rule or (name == "IoCreateDevice" and said.startswith(f"{rule} "))


@pytest.mark.parametrize("name", ROUTINES)
def test_a_rule_of_the_verifier_is_a_source(name):
    rules = set(re.findall(r"Irql\w+", str(ROUTINES[name].routine.irql)))
    assert {rule for rule in rules if f'"{rule} rule (wdm)"' not in manual(name)} == set()


@pytest.mark.parametrize("name", ROUTINES)
def test_a_call_at_too_high_an_irql_is_among_the_bug_checks_where_there_is_a_limit(name):
    limited = str(ROUTINES[name].routine.irql) != "any"
    codes = re.findall(r"0x\w+", sections(manual(name))["Bug checks:"])
    assert ("0xC4" in codes) == (limited or name in ("KeRaiseIrql", "KeLowerIrql"))


@each
def test_statuses_and_bug_checks_exist(name):
    text = manual(name)
    assert {status for status in re.findall(r"\bSTATUS_[A-Z0-9_]+", text) if not hasattr(ntstatus, status)} == set()
    codes = re.findall(r"(?<!\()0x(\w+)", sections(text)["Bug checks:"])  # in parentheses: a first parameter
    assert {code for code in codes if int(code, 16) not in ntstatus.BUG_CHECKS} == set()


@each
def test_every_status_that_the_routine_itself_names_is_documented(name):
    effect = FUNCTIONS[name].routine.effect if name in ROUTINES else FUNCTIONS[name]
    named = set(re.findall(r"return (STATUS_[A-Z0-9_]+)", inspect.getsource(effect).replace(effect.__doc__, "")))
    assert {status for status in named if status not in sections(manual(name))["Returns "]} == set()


@each
def test_there_is_an_example_that_calls_the_routine_and_shows_something(name):
    examples = doctest.DocTestParser().get_examples(manual(name))
    assert any(example.want for example in examples)
    # What sc.exe has Windows call is no driver's to call.
    assert any(f"{name}(" in example.source for example in examples) == (name in ntifs.__all__)


@each
def test_the_sources_are_titles_of_pages(name):
    source = sections(manual(name))["Source: WDK, "]
    assert re.fullmatch(r'"[^"]+"( \([^()]+\))?(; "[^"]+"( \([^()]+\))?)*\.', source)


def test_the_checks_above_would_see_a_violation():
    text = 'One.\n\nParameters: `A`.\nReturns it.\nIRQL: any.\nSource: WDK, "A".\n\n>>> 1\n1'
    assert list(sections(text)) == ["Summary", "Parameters:", "Returns ", "IRQL:", "Source: WDK, "]
    with pytest.raises(AssertionError, match="twice"):
        sections("Returns one.\nReturns two.")


def test_ntifs_has_what_the_articles_drivers_call():
    called = """KeSetEvent KeWaitForSingleObject KeResetEvent ZwCreateFile ZwOpenFile ZwWriteFile ZwSetInformationFile
        ZwClose PsCreateSystemThread IoCreateDevice IoDeleteDevice"""
    assert set(called.split()) <= set(ROUTINES)

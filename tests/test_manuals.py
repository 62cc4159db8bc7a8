"""The table of addresses agrees with what the routines' docstrings cite, and leaves out what has no page."""

import re

import pytest
from manuals import FUNCTIONS, manual, sections

from kevent_sim.course import manuals
from kevent_sim.machine.ntstatus import BUG_CHECKS

# Exported, or called by Windows, without a page of their own; a macro that stands on another's page; and one whose
# page was found under two headers, neither of them that of its title.
WITHOUT = {"KeAlertThread", "KeStallExecutionProcessor", "MmUnloadSystemImage", "NtCurrentProcess", "ZwCreateSemaphore"}


def test_each_routine_has_its_page_but_for_those_that_have_none():
    assert {*FUNCTIONS} - {*manuals.ROUTINES} == WITHOUT
    assert {*manuals.ROUTINES} - {*FUNCTIONS} == {"IoCancelIrp"}, "which the course only tells of"


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - WITHOUT))
def test_a_routines_page_is_the_one_that_its_docstring_cites(name):
    source = sections(manual(name))["Source: WDK, "]
    title = re.match(rf'"{name} (?:function|macro) \((\w+)\.h\)"', source)
    if title is None:
        assert (name, source) == ("NT_SUCCESS", '"Using NTSTATUS Values".')
        assert manuals.page(name).endswith("/using-ntstatus-values")
    else:
        assert manuals.page(name).endswith(f"/{title[1]}/nf-{title[1]}-{name.lower()}")


def test_each_bug_check_has_its_page():
    for code, name in BUG_CHECKS.items():
        assert manuals.page(f"0x{code:X}").endswith(f"/bug-check-0x{code:x}--{name.lower().replace('_', '-')}")
    assert manuals.page("0x20016") is None, "a parameter is no bug check"


def test_no_two_names_share_an_address_and_all_are_microsofts():
    pages = [*manuals.ROUTINES.values(), *manuals.BUG_CHECKS.values(), *manuals.SUBJECTS.values()]
    assert len(pages) == len(set(pages))
    assert all(re.fullmatch(r"https://learn\.microsoft\.com/en-us/[\w/.-]+", page) for page in pages)

"""The drivers of c_memory_cases load, and are what they are said to be: of each kind several, and each marked once."""

import warnings
from collections import Counter

import pytest
from c_memory_cases import CAUGHT, KINDS, RIGHT, WRONG

from kevent_sim.c import load

CODES = {
    "uninitialised": {None, 0xA}, "out of bounds": {0x50, 0x19, 0xF7}, "use after free": {0xD5},
    "dead stack": {0xD5, 0x139}, "bad free": {0xC2}, "leak": {0xC4}, "null": {0x7E}, "overwritten": {0x139},
    "race": {None}, "read-only": {0xBE}, "cookie": {0xF7}, "division": {0x7E},
}  # fmt: skip
CASES = [*WRONG, *RIGHT, *CAUGHT]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_loads_without_a_warning_of_a_routine(case):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        driver = load(case.text, f"{case.name}.c")
    assert "async def DriverEntry(" in driver.python
    assert [str(one.message) for one in warned if "is refused where it does" in str(one.message)] == []


def test_there_are_enough_and_several_of_each_kind():
    kinds = Counter(case.kind for case in WRONG)
    assert len(WRONG) >= 36
    assert len(RIGHT) >= 36
    assert set(kinds) == set(KINDS)
    assert [kind for kind, count in kinds.items() if count < 2] == ["division"]


def test_the_code_fits_the_kind():
    assert [case.name for case in WRONG if case.code not in CODES[case.kind]] == []


def test_a_race_names_its_two_lines_unless_they_are_one():
    assert [case.name for case in WRONG if len(case.lines) != 1 + (case.kind == "race")] == ["race_on_a_global_counter"]


def test_a_cookie_is_looked_at_later_than_it_is_overwritten():
    for case in WRONG:
        assert (case.machine_line > case.line) == (case.kind == "cookie")


def test_what_is_right_has_no_mark():
    assert [case.name for case in RIGHT if "// <-" in case.text] == []


def test_no_race_is_looked_for_in_an_unload():
    assert [case.name for case in WRONG if case.kind == "race" and case.stop] == []

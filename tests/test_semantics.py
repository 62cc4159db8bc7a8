"""SEMANTICS.md is what tools/semantics.py makes now, and what it names exists."""

import ast
import re
from collections import Counter
from pathlib import Path

import semantics
import semantics_claims
import vectors
import wine
from manuals import FUNCTIONS
from readme import README

from kevent_sim import ntifs

STORED = semantics.PAGE.read_text(encoding="utf-8")
ROOT = Path(__file__).parent.parent
LISTED = [
    statement
    for kind in ("MODELLED", "COMPARED", "DIFFERS", "UNDECIDED", "FILES")
    for statement in getattr(semantics_claims, kind)
]


def defined_in(path: Path) -> set[str]:
    """`name` and `Class::name` of every test that a module defines."""
    tree, found = ast.parse(path.read_text(encoding="utf-8")), set()
    for node in tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                found.add(f"{node.name}::{inner.name}" if isinstance(node, ast.ClassDef) else inner.name)
    return found


def test_the_page_is_what_the_script_makes():
    assert semantics.page() == STORED, "run  python tools/semantics.py"


def test_the_page_is_ascii_with_unix_line_ends():
    raw = semantics.PAGE.read_bytes()
    assert raw.isascii()
    assert b"\r" not in raw


def test_every_test_that_the_page_names_exists():
    named = re.findall(r"`(tests/\w+\.py)::([\w:]+)`", STORED)
    assert {f"{path}::{name}" for path, name in named if name not in defined_in(ROOT / path)} == set()
    assert len(named) >= sum(len(tests) for _, tests in LISTED)


def test_every_statement_names_a_test():
    assert all(tests for _, tests in LISTED)


def test_every_routine_has_a_section_and_a_row_that_links_to_it():
    headings = re.findall(r"^### (\w+)$", STORED, re.MULTILINE)
    assert sorted(headings) == sorted(FUNCTIONS)
    assert re.findall(r"^\| \[(\w+)\]\(#\w+\)", STORED, re.MULTILINE) == headings


def test_what_is_not_modelled_is_not_there():
    absent = [name for _, _, names, _ in semantics_claims.ABSENT for name in names]
    assert [name for name in absent if hasattr(ntifs, name)] == []


def test_the_vectors_that_are_counted_for_a_routine_are_those_with_a_step_of_its_operation():
    operations = {"set": "KeSetEvent", "reset": "KeResetEvent", "pulse": "KePulseEvent", "fs_close": "ZwClose"}
    played = {vector["id"] for vector in vectors.PLAYED}
    for operation, name in operations.items():
        has_it = [v["id"] for v in vectors.PLAYED if operation in [step["op"] for step in v["steps"]]]
        assert [each for each in semantics.callers(name, semantics.in_vectors()) if each in played] == has_it
        assert has_it
    pulses = [v["id"] for v in wine.EVENTS if "pulse" in [step["op"] for step in wine.compared(v)]]
    assert semantics.callers("KePulseEvent", semantics.in_scripts()) == pulses


def test_a_rule_on_irql_is_counted_for_the_routine_that_it_is_about():
    about = [v["id"] for v in vectors.CALLS if v["steps"][0]["args"]["routine"] == "KeDelayExecutionThread"]
    assert about
    assert set(about) <= set(semantics.callers("KeDelayExecutionThread", semantics.in_vectors()))


def test_the_readme_counts_the_vectors_by_what_they_rest_on():
    kinds = Counter(vector["confidence"] for vector in vectors.OURS)
    said = re.search(r"\((\d+) asserted.*?(\d+) documented.*?(\d+) read in.*?(\d+) derived", README, re.DOTALL)
    assert [int(count) for count in said.groups()] == [kinds[kind] for kind in semantics.KINDS]

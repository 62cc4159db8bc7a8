"""The glossary has the words that it is asked for, in short, and what it states of the simulator is so."""

import re
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim import ntifs
from kevent_sim.course import manuals
from kevent_sim.machine import irql
from kevent_sim.machine.objects import KEVENT
from kevent_sim.runs.windows import QUANTUM
from kevent_sim.samples import race, synchronization_event

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
GLOSSARY = (NOTEBOOKS / "GLOSSARY.md").read_text(encoding="utf-8")
TERMS = {
    heading: " ".join(text.split()) for heading, text in re.findall(r"^### (.+)\n\n((?:.+\n)+)", GLOSSARY, re.MULTILINE)
}
ASKED = {
    "IRQL", "DPC", "APC", "quantum", "preemption", "dispatcher header", "class of orders", "happens-before",
    "data race",
}  # fmt: skip


def words(term: str) -> str:
    """What is said of a term, without the parenthesis that leads on."""
    return re.sub(r" \(\[[^]]+\]\([^)]+\)\)$", "", TERMS[term])


def number(term: str, pattern: str) -> int:
    found = re.search(pattern, words(term))
    assert found is not None, f"{term}: {pattern}"
    return int(found[1])


def test_each_word_that_is_asked_for_is_there():
    assert {*TERMS} >= ASKED
    assert len(TERMS) == GLOSSARY.count("\n### ")


@pytest.mark.parametrize("part", ["Of Windows", "Of this course"])
def test_words_stand_in_alphabetical_order(part):
    section = GLOSSARY.partition(f"## {part}\n")[2].partition("\n## ")[0]
    terms = re.findall(r"^### (.+)", section, re.MULTILINE)
    assert len(terms) > 5
    assert terms == sorted(terms, key=str.lower)


@pytest.mark.parametrize("term", TERMS)
def test_a_word_takes_two_or_three_sentences(term):
    assert 2 <= len(re.findall(r"[.](?: |$|\))", words(term))) <= 3, words(term)


def test_every_link_is_in_the_table_of_addresses_or_beside_the_glossary():
    links = re.findall(r"\]\(([^)]+)\)", GLOSSARY)
    assert len(links) > 12
    outside = {link for link in links if "://" in link}
    assert outside <= {*manuals.SUBJECTS.values()}
    assert [link for link in links if link not in outside and not (NOTEBOOKS / link).exists()] == []
    for term in {*TERMS} & {*manuals.SUBJECTS}:
        assert f"({manuals.SUBJECTS[term]})" in TERMS[term], term


def test_it_is_linked_from_the_first_notebook_and_the_readme():
    assert "[glossary](GLOSSARY.md)" in (NOTEBOOKS / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert "[glossary](notebooks/GLOSSARY.md)" in (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_a_quantum_is_as_long_as_it_says():
    assert number("quantum", r"`ks\.Windows` takes (\d+) ms") * 10_000 == QUANTUM


def test_the_levels_have_the_numbers_that_it_gives_them():
    levels = re.findall(r"(\w+_LEVEL) \((\d+)\)", GLOSSARY)
    assert {name for name, _ in levels} == {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"}
    assert all(getattr(irql, name) == int(level) for name, level in levels)


def test_a_header_has_the_bytes_that_it_says_and_an_event_no_others():
    event = KEVENT()

    async def DriverEntry(DriverObject, RegistryPath):
        await ntifs.KeInitializeEvent(event, ntifs.SynchronizationEvent, False)
        return ntifs.STATUS_SUCCESS

    ks.run(DriverEntry)
    assert event.Header.Size * 4 == number("dispatcher header", r"has (\d+) bytes")


def test_a_thread_has_room_for_as_many_wait_blocks_as_it_says():
    assert number("wait block", r"room for (\d+) of its own") == ntifs.THREAD_WAIT_OBJECTS
    assert number("wait block", r"(\d+) at most") == ntifs.MAXIMUM_WAIT_OBJECTS


def test_a_wait_that_blocks_takes_two_steps_and_round_robin_is_the_policy_where_none_is_named():
    run = ks.run(synchronization_event, FileCount=1, WriteCount=1)
    steps = ks.steps(run)
    waits = steps[(steps.thread == "FileMoveThread") & (steps.routine == "KeWaitForSingleObject")]
    assert list(waits.status) == ["waits", "STATUS_SUCCESS"]
    assert "takes two" in words("step")
    assert f"`ks.{run.schedule.policy}`" in words("policy")


def test_a_schedule_makes_the_same_run_again():
    run = ks.run(race, policy=ks.Random(seed=1), FileCount=2, WriteCount=1)
    assert "`policy=ks.Replay(run.schedule)`" in words("schedule")
    again = ks.run(race, policy=ks.Replay(run.schedule), FileCount=2, WriteCount=1)
    assert ks.steps(again).equals(ks.steps(run))


def test_the_simulator_has_no_timer_and_a_bug_check_is_a_verdict():
    assert not hasattr(ntifs, "KTIMER")
    assert "all of these but timers" in words("dispatcher object")
    assert "`bugcheck`" in words("bug check")

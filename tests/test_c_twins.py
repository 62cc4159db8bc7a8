"""Random drivers in C and in Python: the C halves load, the Python halves run and are explored, and they vary."""

import re
import warnings
from collections import Counter

import pytest
from c_twins import module, pair, stopped
from sizes import size

import kevent_sim as ks
from kevent_sim.c import load

SEEDS = range(size(24, 400))
ROUTINES = re.compile(r"\b((?:Ke|Zw|Io|Ob|Ps|Ex|Rtl|Interlocked|DbgPrint|Create|Rename)\w*)\(")
PREPARED = ("RtlCopyMemory", "InitializeObjectAttributes")  # C alone copies a name into its buffer


def called(text):
    """The routines that a text calls, from its first line to its last."""
    return [name for name in ROUTINES.findall(text) if name not in PREPARED]


def body(text, keyword):
    return text[text.index(f"{keyword} Worker0") :]


@pytest.fixture(scope="module")
def explored():
    found = {}
    for seed in SEEDS:
        c, python = pair(seed)
        driver = module(python, f"twin_{seed}")
        found[seed] = ks.run(driver, stop=stopped(c)), ks.explore(driver, budget=1000, stop=stopped(c))
    return found


@pytest.mark.parametrize("seed", range(size(12, 300)))
def test_the_halves_are_explored_alike(seed, explored):
    c, _ = pair(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        driver = load(c, f"twin_{seed}.c")
    one, (run, other) = ks.explore(driver, budget=1000, stop=stopped(c)), explored[seed]
    assert (one.verdict, one.explored, one.outcomes) == (other.verdict, other.explored, other.outcomes)
    assert ks.run(driver, stop=stopped(c)).outcome == run.outcome


def test_a_seed_makes_the_same_pair_and_another_seed_another():
    assert [pair(seed) for seed in range(20)] == [pair(seed) for seed in range(20)]
    assert len({pair(seed) for seed in SEEDS}) == len(SEEDS)


def test_the_halves_call_the_same_routines_in_the_same_order():
    for seed in SEEDS:
        c, python = pair(seed)
        assert called(body(c, "static VOID")) == called(body(python, "async def"))


def test_the_c_halves_load():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in SEEDS:
            c, _ = pair(seed)
            assert "async def DriverEntry(" in load(c, f"twin_{seed}.c").python


def test_the_python_halves_are_small(explored):
    assert max(every.explored for _, every in explored.values()) < 500
    assert sum(every.explored > 200 for _, every in explored.values()) <= len(SEEDS) // 50
    assert [seed for seed, (_, every) in explored.items() if "budget" in every.reason] == []


def test_they_end_in_every_way(explored):
    runs = Counter(run.verdict for run, _ in explored.values())
    verdicts = Counter(every.verdict for _, every in explored.values())
    kinds = Counter(kind for _, every in explored.values() for kind in {finding.kind for finding in every.findings})
    assert min(runs["completed"], runs["deadlock"], runs["bugcheck"]) >= len(SEEDS) // 50
    assert min(verdicts["holds"], verdicts["violated"]) >= len(SEEDS) // 5
    assert verdicts["inconclusive"] >= len(SEEDS) // 20
    assert min(kinds["deadlock"], kinds["bugcheck"], kinds["data race"]) >= len(SEEDS) // 20


def test_nothing_is_inconclusive_but_by_a_data_race(explored):
    for _, every in explored.values():
        if every.verdict == "inconclusive":
            assert {finding.kind for finding in every.findings} == {"data race"}

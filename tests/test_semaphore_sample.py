"""The hand-off by a semaphore: every file moves once, whoever runs when, and every mover ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sizes import size

import kevent_sim as ks
from kevent_sim.samples import all_moved, beside, semaphore

SMALL = {(1, 1): 3, (2, 1): 9, (3, 1): 28, (1, 2): 48, (2, 2): 664}


def test_every_file_moves_and_every_mover_ends_in_every_order():
    for (files, movers), classes in list(SMALL.items())[: size(4, 5)]:
        every = ks.explore(semaphore, check=all_moved, FileCount=files, WriteCount=0, MoverCount=movers)
        assert (every.verdict, every.explored) == ("holds", classes)


@pytest.mark.parametrize("policy", [ks.RoundRobin(), ks.Random(seed=1), ks.PCT(depth=3, seed=1), ks.Windows(seed=1)])
def test_the_movers_share_the_files_and_move_each_once(policy):
    for movers in (1, 2, 3, 5):
        run = ks.run(semaphore, policy=policy, FileCount=20, WriteCount=3, MoverCount=movers)
        steps = ks.steps(run)
        assert all_moved(run)
        assert (steps.routine == "ZwSetInformationFile").sum() == 20


def test_two_movers_both_move_files_on_three_processors():
    steps = ks.steps(ks.run(semaphore, policy=ks.Windows(processors=3), FileCount=40, WriteCount=10))
    moved = steps[steps.routine == "ZwSetInformationFile"].groupby("thread").size()
    assert list(moved.index) == ["FileMoveThread", "FileMoveThread #2"]
    assert moved.sum() == 40


def test_at_the_articles_size_all_files_move():
    for movers in (1, 2):
        assert all_moved(ks.run(semaphore, policy=ks.Windows(processors=2), MoverCount=movers))


def test_where_the_movers_come_last_the_count_reaches_the_limit_and_each_mover_takes_its_own():
    run = ks.run(semaphore, policy=lambda ready: ready[0], FileCount=3, WriteCount=0, MoverCount=2)
    steps = ks.steps(run)
    before = list(steps[steps.routine == "KeReleaseSemaphore"].status)
    assert before == ["0", "1", "2", "3"]  # and the last release adds 2: 5, the limit
    assert run.verdict == "completed"


def functions(source: str, pattern: str) -> list[str]:
    return re.findall(pattern, source, re.MULTILINE)


def test_c_and_python_have_the_same_functions_in_the_same_order_and_make_the_same_calls():
    path = Path(semaphore.__file__)
    names = functions(path.read_text(encoding="utf-8"), r"^async def (\w+)")
    assert functions(path.with_suffix(".c").read_text(encoding="utf-8"), r"^\w+ (\w+)\(") == [*names]
    for name in names:
        listing = beside(semaphore, name)
        calls = [functions(text, r"\b((?:Ke|Zw|Io|Ps)[A-Z]\w+)\(") for text in (listing.c.text, listing.python.text)]
        assert calls[0] == calls[1]

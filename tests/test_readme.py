"""The README is true: its code answers what it says, its pictures are the runs it names, its lists are complete."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import vectors
import wine
from readme import README
from sizes import size

import kevent_sim as ks
from kevent_sim.runs import history, timeline
from kevent_sim.samples import race, synchronization_event

ROOT = Path(__file__).parent.parent


def test_the_code_runs_and_answers_what_its_comments_say(monkeypatch):
    monkeypatch.setitem(synchronization_event.PARAMETERS, "FileCount", size(40, 1000))  # notebook 07 explores all
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    space: dict[str, Any] = {}
    for line in code.strip().splitlines():
        source, _, comment = line.partition("  # ")
        exec(source, space)
        if comment.startswith("("):
            assert eval(source, space) == ast.literal_eval(comment)
    assert space["run"].driver == "race"


@pytest.mark.parametrize("driver", [race, synchronization_event], ids=["race", "synchronization_event"])
def test_the_pictures_words_are_those_of_the_run(driver):
    run = ks.run(driver, policy=ks.Windows(processors=2, seed=0))
    words = re.search(rf"!\[{run.driver}: ([^\]]+)\]\(([^)]+)\)", README)
    assert words is not None
    assert (ROOT / words[2]).exists()
    running = [i for i in timeline.thread_intervals(run) if i.state == "running"]
    spent = {name: sum(i.end - i.start for i in running if i.what == name) for name in run.threads}
    for name, shown in re.findall(r"(\w+) (?:runs )?for (\d+)", words[1]):
        assert round(spent[name] / 10_000) == int(shown)
    moved = "moves all 1000" in words[1]
    assert len(run.files("C:\\Temp2")) == (1000 if moved else 0)


def test_a_tenth_of_the_files_is_more_than_the_creator_finishes_while_the_mover_runs():
    run = ks.run(race, policy=ks.Windows(processors=2, seed=0))
    over = max(probe.time for probe in history.probes(run))
    complete = [i for i in history.file_intervals(run) if i.state == "complete" and i.start < over]
    assert len(complete) < 100


def test_the_vectors_it_counts_are_those_that_are_played():
    assert f"{len(vectors.OURS)} conformance vectors" in README
    assert f"{len(wine.EVENTS) + len(wine.FILES)} scripts recorded" in README


def test_the_notebooks_it_lists_are_those_there_are():
    listed = re.findall(r"\(notebooks/(\w+\.ipynb)\)", README)
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_measured_curve_of_notebook_03_is_that_of_the_measurements():
    data = json.loads((ROOT / "tests" / "data" / "race_summary.json").read_text(encoding="utf-8"))
    full = [case for case in data if case["version"] == 1 and (case["files"], case["writes"]) == (1000, 100)]
    moved = {case["mover_delay_ms"]: case["moved"] for case in full if not case["mover_first"]}
    notebook = json.loads((ROOT / "notebooks" / "03_race_condition.ipynb").read_text(encoding="utf-8"))
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    table = re.search(r"measured = (\{.*?\n\})", source, re.DOTALL)
    assert table is not None
    assert ast.literal_eval(table[1]) == {
        delay: (case["min"], int(case["median"]), case["max"]) for delay, case in moved.items()
    }

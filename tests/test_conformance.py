"""The vectors of data/conformance_vectors.json on dispatcher objects and files, against the real routines.

The vectors that are no list of calls are in test_irql.py and test_scheduling.py; here is the account of all.
"""

from collections import Counter

import pytest
from conformance import play
from vectors import CALLS, DATA, OURS, PLAYED, SCENARIOS, VECTORS, ids, left_out

from kevent_sim.machine import ntstatus


@pytest.mark.parametrize("vector", PLAYED, ids=ids(PLAYED))
def test_the_routines_do_what_the_vector_says(vector):
    play(vector)


def test_every_vector_is_tested_or_left_out_for_a_reason(account):
    of_how_many, ours = (Counter(vector["category"] for vector in vectors) for vectors in (VECTORS, OURS))
    reasons = {reason: [] for reason in map(left_out, VECTORS) if reason}
    for vector in VECTORS:
        if left_out(vector):
            reasons[left_out(vector)].append(vector["id"])
    account.append(f"conformance: {len(OURS)} of {len(VECTORS)} vectors")
    account += [f"  {category}: {ours[category]} of {count}" for category, count in sorted(of_how_many.items())]
    account += [f"  left out, {reason}: {' '.join(left)}" for reason, left in reasons.items()]
    assert ours == {"core": 74, "file": 55, "irql": 33, "race": 16, "scheduling": 15}
    assert of_how_many == {
        "core": 85, "file": 55, "irql": 36, "other": 1, "race": 16, "scheduling": 15, "timer": 7
    }  # fmt: skip
    assert sum(map(len, reasons.values())) == len(VECTORS) - len(OURS) == 22
    assert ids(PLAYED + CALLS + SCENARIOS) == list(dict.fromkeys(ids(PLAYED + CALLS + SCENARIOS)))


def test_all_executable_vectors_on_events_semaphores_mutexes_threads_and_files_are_played():
    executable = Counter(vector["profile"] for vector in PLAYED if vector["executable"])
    assert executable == {"all": 152, "nt52": 2}
    assert [vector["id"] for vector in PLAYED if not vector["executable"]] == ["WNT-EVT-04", "FS-REN-15"]


def test_the_statuses_have_the_values_that_the_vectors_give_them():
    for name, value in DATA["statuses"].items():
        if hasattr(ntstatus, name):
            assert getattr(ntstatus, name) == int(value, 16)

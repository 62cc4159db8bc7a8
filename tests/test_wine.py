"""The vectors of data/handwritten.jsonl: the routines answer as Wine 8.0 did, wherever Windows is expected to agree."""

import pytest
from wine import (
    EVENTS,
    FILES,
    MISUSE,
    NO_HANDLES,
    VECTORS,
    EventPlay,
    FilePlay,
    compared,
    left_out,
    not_compared,
    play,
)


@pytest.mark.parametrize("vector", EVENTS, ids=[vector["id"] for vector in EVENTS])
def test_the_event_routines_answer_as_wine_did(vector):
    play(vector, EventPlay(vector))


@pytest.mark.parametrize("vector", FILES, ids=[vector["id"] for vector in FILES])
def test_the_file_routines_answer_as_wine_did(vector):
    play(vector, FilePlay(vector))


def test_what_is_compared_and_what_is_left_out(account):
    steps = sum(len(compared(vector)) for vector in EVENTS + FILES)
    account.append(f"wine: {len(EVENTS)} of 72 event scripts, {len(FILES)} of 46 file scripts; {steps} steps compared")
    left = {NO_HANDLES: [], MISUSE: []}
    for vector in VECTORS:
        if "workers" in vector and left_out(vector):
            left[left_out(vector)].append(vector["id"])
    account += [f"  left out, {reason}: {' '.join(ids)}" for reason, ids in left.items()]
    for vector in VECTORS:
        first, why = not_compared(vector)
        if why and not ("workers" in vector and left_out(vector)):
            account.append(
                f"  {vector['id']} is not compared from step {first} on: {why.removeprefix(f'step {first}: ')}"
            )
    assert (len(EVENTS), len(FILES)) == (70, 45)
    assert [len(ids) for ids in left.values()] == [1, 1]
    assert len(VECTORS) == 72 + 46 == sum([70, 1, 1]) + 46
    assert [vector["id"] for vector in VECTORS if not compared(vector)] == ["hw-sync-without-synchronize"]

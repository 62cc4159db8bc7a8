"""One line a run: SHA-256 of its schedule and of its four frames. Two Pythons must print the same text.

`python tools/digest.py`, with pandas installed; .ci/run compares two Pythons, each twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kevent_sim as ks
from kevent_sim.samples import all_moved, notification_event, race, synchronization_event

SEEDS = range(20)
SMALL = {"FileCount": 20, "WriteCount": 5}


def policies() -> Iterator[object]:
    yield ks.RoundRobin()
    for seed in SEEDS:
        yield from (ks.Random(seed=seed), ks.PCT(depth=2, seed=seed), ks.Windows(processors=2, seed=seed))


def line(run: ks.Run) -> str:
    texts = [str(run.schedule)]
    for frame in (ks.steps, ks.thread_states, ks.file_states, ks.event_states):
        texts.append(frame(run).to_csv(lineterminator="\n"))  # by default it is the system's own
    digests = " ".join(sha256(text.encode()).hexdigest() for text in texts)
    return f"{run.driver} {run.schedule.policy} {run.parameters}: {digests}"


def explored() -> Iterator[str]:
    for driver in (race, synchronization_event, notification_event):
        every = ks.explore(driver, check=all_moved, FileCount=3, WriteCount=2)
        ends = sorted(
            f"{count} {run.replay}" for count, run in zip(every.outcomes.values(), every.examples.values(), strict=True)
        )
        yield f"{every!r} {ends}"
        yield from (repr(ks.races(run)) for run in every.examples.values())


def lines() -> Iterator[str]:
    yield from explored()
    for driver in (race, synchronization_event, notification_event):
        for policy in policies():
            yield line(ks.run(driver, policy=policy, **SMALL))
        yield line(ks.run(driver, policy=ks.Windows(processors=2, seed=0)))


if __name__ == "__main__":
    for text in lines():
        print(text)

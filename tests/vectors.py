"""The conformance vectors and what becomes of each: played, tested as a rule on IRQL or as a scenario, or left out.

The vectors come from public test suites that run on Windows, from Microsoft's pages, and for the course's race from the
rules of both; each names its source.
"""

import json
from pathlib import Path

DATA = json.loads((Path(__file__).parent / "data" / "conformance_vectors.json").read_text(encoding="utf-8"))
VECTORS = DATA["vectors"]

NTSYNC = "what Linux' ntsync does; the model here is NT 5.2, whose half of the pair is played"
ABANDONED = "a KMUTEX is never abandoned: a system thread that ends with one stops the machine"
TIMER = "no timer objects are simulated"
USER_APC, KERNEL_APC = "no user APCs are simulated", "no kernel APCs are simulated"
# Kind of object, operation, routine or scenario -> why a vector with it is left out.
NOT_SIMULATED = {
    "timer": TIMER,
    "KeSetTimer": TIMER,
    "queue_user_apc": USER_APC,
    "kernel_apc_begin": KERNEL_APC,
    "insert_dpc": "no DPCs are simulated",
    "guarded_mutex_fifo": "no guarded mutexes are simulated",
}


def left_out(vector) -> str:
    """Why a vector is not ours to test; "" where it is."""
    if vector["profile"] == "ntsync":
        return NTSYNC
    words = [an_object["kind"] for an_object in vector["objects"].values()]
    if "mutant" in words and any(step["op"] == "exit" for step in vector["steps"]):
        return ABANDONED
    for step in vector["steps"]:
        words += step["op"], step.get("args", {}).get("routine"), step.get("args", {}).get("name")
    return next((NOT_SIMULATED[word] for word in words if word in NOT_SIMULATED), "")


def _ours(operation: str) -> list:
    return [vector for vector in OURS if vector["steps"][0]["op"] == operation]


OURS = [vector for vector in VECTORS if not left_out(vector)]
CALLS, SCENARIOS = _ours("call"), _ours("scenario")
PLAYED = [vector for vector in OURS if vector not in CALLS + SCENARIOS]


def ids(vectors) -> list[str]:
    return [vector["id"] for vector in vectors]

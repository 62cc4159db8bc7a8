"""Thirty drivers in the manner of as many authors: each does what the comment at its head says, or is refused by name.

They were written before any of them ran.
"""

import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

import kevent_sim as ks
from kevent_sim.c import CError, CWarning, load

CORPUS = Path(__file__).parent / "data" / "c" / "corpus"
TEMP, TEMP2 = "C:\\Temp\\", "C:\\Temp2\\"
AS_WINDOWS = (ks.RoundRobin(), ks.Windows(processors=2, seed=0))
IN_ANY_ORDER = (*AS_WINDOWS, *(ks.Random(seed=seed) for seed in range(5)))
SIGNALS = ("KeSetEvent", "KeReleaseSemaphore", "KeReleaseMutex")


@dataclass(frozen=True)
class Outcome:
    """What a driver comes to in every order: what each thread prints, line by line; how often each object is signaled;
    what is on the disk; and who waits when all is over."""

    printed: dict[str, str] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)
    disk: dict[str, bytes] = field(default_factory=dict)
    stop: bool = False
    waiting: tuple[str, ...] = ()
    policies: tuple = IN_ANY_ORDER


TIMES = """poll:     STATUS_TIMEOUT|20 ms:    STATUS_TIMEOUT|set:      STATUS_SUCCESS|again:    STATUS_TIMEOUT
|thread:   STATUS_SUCCESS|any:      STATUS_WAIT_1""".replace("\n", "")
OUTCOMES = {
    "account": Outcome({f"reader{each}": "reader: 0 bad audits" for each in ("", " #2")}, {"mutex": 18}),
    "account stopped": Outcome(
        {"reader": "reader: 0 bad audits", "reader #2": "reader: 0 bad audits", "System": "left 70, right 30"},
        {"mutex": 18}, stop=True,
    ),
    "commands": Outcome(
        {"ServeThread": "add: 5|neg: -7|echo: 11|unknown command 9|div: c000000d", "System": "served 5, 2 failed"}
    ),
    "door": Outcome(
        {"Machine": "door: 0x1 -> 0x3|door: 0x3 -> 0x3|door: 0x3 -> 0x1|door: 0x1 -> 0x2|door: 0x2 -> 0x2"
                    "|door: 0x2 -> 0x10|door: 2 refused"},
        {"Full": 7, "Empty": 7},
    ),
    "fileinfo": Outcome(
        {"FirstThread": "size 26|read 5 at 20: uvwxy|end of file: c0000011", "SecondThread": "open: c0000034"},
        {"g_Gone": 1},
    ),
    "guarded": Outcome(
        {"JobThread": "job 0: finally|job 0: 00000000|job 1: finally|job 1: c0000010|job 2: finally (raised)"
                      "|job 2: c000000d",
         "System": "mutex is free: yes, 3 times"},
        {"JobMutex": 3},
    ),
    "handoff": Outcome({"System": "asked 6 * 7, told 42"}, {"Done": 1}),
    "heartbeat": Outcome(
        {"HeartbeatThread": "|".join((*(f"heartbeat: beat {each}" for each in (1, 2, 3, 4)), "heartbeat: stopped"))}
    ),
    "heartbeat stopped": Outcome(
        {"HeartbeatThread": "heartbeat: stopped"}, {"StopEvent": 1}, stop=True, policies=AS_WINDOWS
    ),
    "lastone": Outcome({"System": "light off, 3 turns, work 0000000000010101"}, {"g_LightOff": 1}),
    "logger stopped": Outcome(
        {"System": "logger: 0 blocks left"}, {"Ready": 7},
        {f"{TEMP}driver.log": b"".join(b"%-6s line   %d\n" % (who, n) for who in (b"green", b"red") for n in range(3))},
        stop=True,
    ),
    "macros": Outcome(
        {"System": "[macros] DriverEntry: tickets 6, map 3f|[macros] DriverEntry: leaving with 00000000"}
    ),
    "packets": Outcome(
        {"Receiver": "seq 1: ping 0xcafe (urgent)|seq 2: write 4 bytes at 0x100000010, sum 10|seq 3: close"
                     "|queue is empty"},
        {"Count": 3, "Mutex": 6},
    ),
    "pingpong": Outcome(
        {"Play #2": "ping 1|ping 2|ping 3", "Play": "pong 1|pong 2|pong 3"}, {"PingTurn": 3, "PongTurn": 3}
    ),
    "pool": Outcome(signals={"Work": 6}, waiting=("WorkerMain", "WorkerMain #2")),
    "pool stopped": Outcome({"System": "6 jobs, 6 done, 0 twice"}, {"Work": 7}, stop=True),
    "relay": Outcome(signals={"Go": 2}, disk={f"{TEMP}baton.txt": b"abc"}),
    "relay stopped": Outcome({"System": "relay: 3 runners home"}, {"Go": 2}, {f"{TEMP}baton.txt": b"abc"}, stop=True),
    "rename": Outcome(
        {"System": "wrote 12 bytes|round 0: 0x00000000|wrote 12 bytes|round 1: 0xC0000035"},
        disk={f"{TEMP2}report.txt": b"Hello, file!", f"{TEMP}draft.txt": b"Hello, file!"},
    ),
    "ring": Outcome({"Producer": "producer: done", "Consumer": "consumer: sum 55"}, {"Used": 10, "Free": 10}),
    "rundown": Outcome(),
    "rundown stopped": Outcome(
        {"System": "drained|served 3 + away 0 = 3, late 0"}, {"Drained": 1}, stop=True, policies=AS_WINDOWS[1:]
    ),
    "strings": Outcome(
        {"System": "too long: 80000005, C:\\Temp\\ver|same: 1|number: 2026",
         "CreateIt": "\\??\\C:\\Temp\\file_007.txt: 00000000",
         "CreateIt #2": "\\??\\C:\\Temp\\file_abc.txt: 00000000",
         "CreateIt #3": "\\??\\C:\\Temp\\file.copy.txt: 00000000"},
        disk=dict.fromkeys((f"{TEMP}file_007.txt", f"{TEMP}file_abc.txt", f"{TEMP}file.copy.txt"), b""),
    ),
    "timeouts": Outcome({"System": TIMES}, {"g_Event": 2, "g_Other": 1}, policies=AS_WINDOWS),
    "utf16": Outcome(
        {"Worker": "2 files"}, {"Finished": 1},
        {f"{TEMP}grüße.txt": "Grüße".encode("utf-16-le"), f"{TEMP}\u540d.txt": b""},
    ),
    "waitall": Outcome(
        {"Worker": "thread 0 done", "Worker #2": "thread 1 done", "Worker #3": "thread 2 done",
         "System": "all done: 1 4 9"}
    ),
    # Right in these orders, and wrong in others:
    "gaveup": Outcome({"System": "answer 42"}, {"Answered": 1}, policies=AS_WINDOWS),
    "lostwakeup": Outcome({"consumer": "consumed 2"}, {"not_empty": 2}, policies=AS_WINDOWS),
    "unwaited": Outcome(waiting=("WorkThread",)),
}  # fmt: skip
LOGGER_IN_ORDER = {f"{TEMP}driver.log"}  # whose lines come from two threads: those of each are in order

REFUSED = {  # what is refused, by the words in whose line it is
    "average": ("double average;", "floating point; count in whole numbers"),
    "eresource": ("ExInitializeResourceLite(", "ERESOURCEs and push locks, ExInitializeResourceLite"),
    "sioctl": ("IoCreateSymbolicLink(", "links to devices, IoCreateSymbolicLink"),
    "spinlock": ("KeInitializeSpinLock(", "spin locks, KeInitializeSpinLock"),
    "ticker": ("KeInitializeTimerEx(", "timer objects, KeInitializeTimerEx"),
}
WRONG = {"gaveup", "lostwakeup", "unwaited", "rubbish"}  # by design: a bug that public code has had


@cache
def text_of(name):
    data = (CORPUS / f"{name}.c").read_bytes()
    return data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8").replace("\r\n", "\n")


@cache
def driver(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CWarning)
        return load(CORPUS / f"{name}.c")


def line_of(name, words):
    """The line of C in which these words stand, in code, for the first time."""
    lines = enumerate(text_of(name).splitlines(), 1)
    return next(at for at, line in lines if words in line and not line.lstrip().startswith(("/", "*")))


def printed(run):
    found = {}
    for one in run.output:
        found[one.thread] = found.get(one.thread, "") + one.text
    return {thread: text.rstrip("\n").replace("\n", "|") for thread, text in found.items()}


def signals(run):
    calls = [call for thread in run.threads for call in run.calls(thread)]
    return dict(Counter(call.object for call in calls if call.routine in SIGNALS))


# -- what they are -----------------------------------------------------------------------------------------------------


def test_there_are_thirty_of_which_each_is_looked_at():
    names = {path.stem for path in CORPUS.glob("*.c")}
    right = {name.partition(" ")[0] for name in OUTCOMES}
    assert len(names) == 30
    assert names == right | set(REFUSED) | WRONG
    assert len(names - set(REFUSED)) == 25


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.c")))
def test_each_says_at_its_head_what_it_comes_to(name):
    head = re.match(r"(//[^\n]*\n|\s+|/\*.*?\*/)*", text_of(name), re.DOTALL)[0]
    assert re.search(r"Outcome(, [^:]*)?:|On Windows: .*Here: ", head, re.DOTALL)
    assert 40 <= len(text_of(name).splitlines()) <= 150


def test_two_were_saved_by_other_editors():
    assert (CORPUS / "utf16.c").read_bytes().startswith(b"\xff\xfe")
    door = (CORPUS / "door.c").read_bytes()
    assert door.count(b"\n") == door.count(b"\r\n") > 90


def test_a_compiler_would_warn_of_one_alone():
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for name in sorted({path.stem for path in CORPUS.glob("*.c")} - set(REFUSED)):
            load(CORPUS / f"{name}.c")
    (said,) = (str(one.message) for one in warned)
    at = line_of("pool", "ObReferenceObjectByHandle(")
    assert said.startswith(f"pool.c:{at}: struct _KTHREAD ** where void ** is wanted")


# -- what runs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_driver_comes_to_what_its_head_says(name):
    outcome, loaded = OUTCOMES[name], driver(name.partition(" ")[0])
    for policy in outcome.policies:
        run = ks.run(loaded, policy, stop=outcome.stop)
        assert (run.bugcheck, run.findings, run.status) == (None, (), 0)
        assert run.verdict == ("deadlock" if outcome.waiting else "completed")
        assert tuple(one.thread for one in run.waiting) == outcome.waiting
        assert printed(run) == outcome.printed
        assert signals(run) == outcome.signals or not outcome.signals
        assert in_order(dict(run.volume.contents())) == outcome.disk


def in_order(disk):
    """What is on the disk; where two threads write one file, those of one before those of the other."""
    return {
        path: b"".join(sorted(data.splitlines(True), key=lambda line: line[:6])) if path in LOGGER_IN_ORDER else data
        for path, data in disk.items()
    }


def test_a_heart_beats_until_it_is_stopped():
    met = {printed(ks.run(driver("heartbeat"), policy, stop=True))["HeartbeatThread"] for policy in IN_ANY_ORDER}
    assert met <= {
        "|".join((*(f"heartbeat: beat {each}" for each in range(1, beats + 1)), "heartbeat: stopped"))
        for beats in range(5)
    }


def test_a_request_is_served_or_turned_away_and_none_is_served_late():
    met = {printed(ks.run(driver("rundown"), policy, stop=True))["System"] for policy in IN_ANY_ORDER}
    assert met <= {f"drained|served {served} + away {3 - served} = 3, late 0" for served in range(4)}
    assert len(met) > 1


def test_where_a_time_out_may_come_first_two_lines_may_be_others():
    met = {printed(ks.run(driver("timeouts"), policy))["System"] for policy in IN_ANY_ORDER}
    late = TIMES.replace("thread:   STATUS_SUCCESS", "thread:   STATUS_TIMEOUT")
    assert TIMES in met
    assert met <= {TIMES, late, late.replace("STATUS_WAIT_1", "STATUS_SUCCESS")}


@pytest.mark.parametrize("policy", IN_ANY_ORDER, ids=str)
def test_a_time_out_without_a_value_is_an_error_in_every_order(policy):
    run = ks.run(driver("rubbish"), policy)
    assert (run.verdict, [one.kind for one in run.findings]) == ("undefined", ["uninitialised"])
    assert run.findings[0].line == line_of("rubbish", "return KeWaitForSingleObject(")


def test_its_other_branch_has_one():
    met = {printed(ks.run(driver("rubbish"), policy, Fast=1))["Waiter"] for policy in IN_ANY_ORDER}
    assert "got it" in met <= {"got it", "tired"}


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_simulated_is_refused_by_its_name_and_line(name):
    words, said = REFUSED[name]
    with pytest.raises((CError, ks.Misuse)) as raised:
        ks.run(driver(name))
    at = line_of(name, words)
    assert re.match(rf"{name}\.c:{at}: |System, line {at}: ", str(raised.value))
    assert f"not simulated: {said}" in str(raised.value)


# -- every order -------------------------------------------------------------------------------------------------------

HOLD = {  # driver and parameters -> what every order prints
    "commands": {"System": "served 5, 2 failed"},
    "fileinfo": {"SecondThread": "open: c0000034"},
    "guarded": {"System": "mutex is free: yes, 3 times"},
    "handoff": {"System": "asked 6 * 7, told 42"},
    "heartbeat stopped MaxBeats=1": {},
    "lastone Workers=2": {"System": "light off, 2 turns, work 0000000000000101"},
    "macros Tickets=1": {
        "System": "[macros] DriverEntry: tickets 2, map 3|[macros] DriverEntry: leaving with 00000000"
    },
    "pingpong Rounds=2": {"Play #2": "ping 1|ping 2", "Play": "pong 1|pong 2"},
    "pool stopped Workers=1 Jobs=1": {"System": "1 jobs, 1 done, 0 twice"},
    "rename": {},
    "ring Slots=1 Items=2": {"Consumer": "consumer: sum 3"},
    "rubbish Fast=1": {},
    "rundown stopped Clients=1": {},
    "timeouts": {},
    "utf16": {"Worker": "2 files"},
}


def explored(name, loaded=None, **asked):
    plain, *more = name.split()
    parameters = {key: int(value) for key, _, value in (each.partition("=") for each in more if "=" in each)}
    return ks.explore(loaded or driver(plain), stop="stopped" in more, **asked, **parameters)


@pytest.mark.parametrize("name", HOLD)
def test_a_right_driver_holds(name):
    def as_said(run):
        return all(told(run, thread) == lines for thread, lines in HOLD[name].items())

    assert explored(name, check=as_said).verdict == "holds"


def told(run, thread):
    return "|".join(one.text.rstrip("\n") for one in run.printed(thread))


VIOLATED = {  # driver -> what is found, and the words in whose line it is
    "gaveup": {
        ("question.Answer is written after AskThread has returned", "question->Answer = 42;"),
        ("Answered, a local of AskThread, is used after AskThread has returned", "KeSetEvent(&question->Answered"),
    },
    "lostwakeup Items=1": {("consumer waits for not_empty", "KeWaitForSingleObject(&not_empty")},
    "unwaited stopped": {
        ("WorkThread goes on in a driver that has been unloaded", "KeWaitForSingleObject(&pContext->WorkEvent"),
        ("CONTEXT.bStop is read after ExFreePoolWithTag freed it", "if (pContext->bStop)"),
    },
    "rubbish": {("Timeout.LowPart is read, but nothing was written there before", "return KeWaitForSingleObject(")},
    "pingpong stopped Rounds=1": {
        ("Play goes on in a driver that has been unloaded", "KeWaitForSingleObject(Player->Mine")
    },
}


@pytest.mark.parametrize("name", VIOLATED)
def test_a_bug_that_public_code_has_is_found_at_its_line(name):
    found = explored(name)
    plain = name.partition(" ")[0]
    assert found.verdict == "violated"
    for said, words in VIOLATED[name]:
        assert re.search(rf"{re.escape(said)}.*\(line {line_of(plain, words)}\)", str(found))
    shown = found.counterexample
    again = ks.run(driver(plain), policy=ks.Replay(shown.schedule), stop="stopped" in name)
    assert again.verdict == shown.verdict in ("bugcheck", "deadlock", "undefined")


WAIT = "KeWaitForSingleObject(g_pThread, Executive, KernelMode, FALSE, NULL); ObDereferenceObject(g_pThread);"
MENDED = {  # driver -> what its author would change
    "gaveup": {"FALSE, &timeout)": "FALSE, NULL)"},
    "lostwakeup Items=1": {
        "&not_empty, NotificationEvent": "&not_empty, SynchronizationEvent",
        "KeClearEvent(&not_empty);": "",
    },
    "unwaited stopped": {
        "PCONTEXT g_pContext = NULL;": "PCONTEXT g_pContext = NULL; PVOID g_pThread;",
        "    ZwClose(hThread);": "    ObReferenceObjectByHandle(hThread, 0, NULL, KernelMode, &g_pThread, NULL);"
        " ZwClose(hThread);",
        "// BUG: the thread may still be about to look at bStop": WAIT,
    },
    "rubbish": {"if (fast) {": "if (TRUE) {"},
}


@pytest.mark.parametrize("name", MENDED)
def test_its_repair_holds(name):
    text = text_of(name.partition(" ")[0])
    for old, new in MENDED[name].items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert explored(name, load(text, "mended.c")).verdict == "holds"

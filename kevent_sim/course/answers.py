"""The learner's answers, judged: still missing, almost, or correct; a prediction that is wrong is `not so`.

No answer, however wrong, ends in a traceback.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

from kevent_sim.course.verdicts import Verdict as Verdict
from kevent_sim.course.verdicts import guarded
from kevent_sim.course.verdicts import judge as judge
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.volume import Volume
from kevent_sim.orders.explore import Check, refute
from kevent_sim.orders.questions import told as named
from kevent_sim.runs.policies import RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run_under
from kevent_sim.runs.schedule import Replay, Schedule
from kevent_sim.runs.subject import Subject
from kevent_sim.samples import all_moved, fates, race
from kevent_sim.views.pictures import picture

AGAIN = "then run this cell again"


def prediction(answer: Any, choices: Iterable[Any], actual: Any) -> Verdict:
    """Compare what the learner predicted with what happened.

    >>> prediction(None, ["all", "none"], "none")
    still missing: choose one of 'all', 'none', then run this cell again
    >>> prediction("none", ["all", "none"], "none")
    correct: it was 'none'
    >>> prediction("all", ["all", "none"], "none")
    not so: you said 'all', and it was 'none': what follows shows why
    """
    possible = list(choices)
    if not _among(answer, possible):
        known = f"{possible[0]} to {possible[-1]}" if isinstance(choices, range) else ", ".join(map(repr, possible))
        return Verdict("still missing", f"choose one of {known}, {AGAIN}")
    if answer == actual:
        return Verdict("correct", f"it was {actual!r}")
    return Verdict("not so", f"you said {answer!r}, and it was {actual!r}: what follows shows why")


def schedule(
    answer: Any,
    goal: str | Callable[[Run], object],
    driver: Any = race,
    fact: str = "",
    told: Callable[[Run], str] | None = None,
    *,
    volume: Volume | None = None,
    stop: bool = False,
    max_steps: int = 10_000,
    **parameters: int,
) -> Verdict:
    """Does the driver, scheduled by the learner, reach the goal?

    Parameters: `answer`, a policy, or a schedule found elsewhere: its text, the whole line that replays it, or the run;
    `goal`, a question to the run, or the fates that the race must end with (two writes a file unless told otherwise);
    `fact`, the goal in words; `told(run)`, what an unlucky run came to instead, in words; the others as for `run`.

    >>> print(schedule(lambda ready: ready[0], "CC").text)
    your schedule gives CC; replay: ks.run(race, policy=ks.Replay('kevent_sim 2; race(FileCount=2, \
WriteCount=2); <lambda>; 0*6 1*9 2*7; completed; d2121675'))
    >>> def file_1_stays(run):
    ...     return list(run.files("C:\\\\Temp")) == ["file_1.txt"]
    >>> str(schedule(lambda ready: ready[0], file_1_stays, FileCount=2, WriteCount=1)).partition(chr(10))[0]
    'almost: your schedule gives a run that completes, wanted is file 1 stays'
    """
    if answer is None or answer == "":
        return Verdict("still missing", f"put a policy, or the text of a schedule, in its place, {AGAIN}")
    if isinstance(goal, str):
        parameters = {"FileCount": len(goal), "WriteCount": 2, **parameters}
        fact, told = fact or goal, told or fates

    def reached(made: Run) -> bool:
        return fates(made) == goal if isinstance(goal, str) else bool(goal(made))

    def attempt() -> Verdict:
        made = run_under(_policy(answer, stop), Subject(driver, volume, max_steps, stop, parameters))
        wanted = fact or _fact(goal)
        if reached(made):
            return _of("correct", f"your schedule gives {wanted}; replay: {_replay(made)}", made)
        return _of("almost", f"your schedule gives {(told or _end)(made)}, wanted is {wanted}", made)

    return guarded(attempt)


def holds(
    driver: Any,
    question: Check | Iterable[Check],
    fact: str = "",
    told: Callable[[Run], str] | None = None,
    *,
    volume: Volume | None = None,
    stop: bool = False,
    budget: int = 3_000,
    max_steps: int = 500,
    **parameters: int,
) -> Verdict:
    """Is the question true of a run of the learner's driver, whatever the order of steps, and does every run complete?

    Explores them all, until the simplest that fails is known; shows that one. Parameters: `question`, as the `check` of
    `explore`, one or several; `fact`, what it asks, as a statement; `told(run)`, what a run came to of which it is
    false, in words; the others as for `explore`.

    >>> from kevent_sim.samples import notification_event, with_movers
    >>> def all_there(run):
    ...     return len(run.files("C:\\\\Temp2")) == 1
    >>> print(holds(notification_event, all_there, "the file is there", FileCount=1, WriteCount=1).text)
    the file is there in every order of routine calls (2 classes of equivalent orders)
    >>> two = with_movers(notification_event, 2)
    >>> str(holds(two, all_there, FileCount=1, WriteCount=1)).partition(" (line")[0]
    'almost: FileMoveThread #2 waits for FileOperationEvent'
    """
    if driver is None:
        return Verdict("still missing", f"write the driver in place of None, {AGAIN}")

    def attempt() -> Verdict:
        subject = Subject(driver, volume, max_steps, stop, parameters)
        every = refute(subject, question, budget)
        if every.verdict == "holds":
            classes = f"{every.explored} class{'es' * (every.explored != 1)} of equivalent orders"
            true = f"{fact or _fact(question)} in every order of routine calls ({classes})"
            return _of("correct", true, run_under(RoundRobin(), subject))
        bad = every.counterexample
        if bad is None:
            doubt = "".join(f"; {finding.text}" for finding in every.findings[:1])
            tried = f"no order of {every.explored} fails" if every.explored else "no order came to its end"
            return Verdict("almost", f"{tried}, but that is no proof: {every.reason}{doubt}")
        found = next(finding for finding in every.findings if finding.run is bad)
        how = found.text if found.kind == "livelock" else _stopped(bad)
        if found.kind == "check":
            when = found.text.partition(" is not true ")[2].removeprefix("of the run")
            what = (fact or _fact(question)).rstrip(",")
            false = f"there is an order in which it is false{f' {when}' if when else ''}: {what}"
            how = false if told is None else told(bad)
        preempted = f"with {every.preemptions} preemption{'s' * (every.preemptions != 1)}"
        return _of("almost", f"{how}, {preempted}; replay: {_replay(bad)}", bad)

    return guarded(attempt)


def _of(grade: str, text: str, made: Run) -> Verdict:
    """A verdict that one run has decided, or shows."""
    return Verdict(grade, text, picture(made), made.subject.driver, made.subject.volume)


def _replay(made: Run) -> str:
    """The line that repeats a run, with names that who reads the verdict has: a sample's, and the verdict's own."""
    driver = made.driver if inspect.ismodule(made.subject.driver) else "verdict.driver"
    line = made.replay.replace(f"ks.run({made.driver},", f"ks.run({driver},", 1)
    return line.replace(", volume=volume", ", volume=verdict.volume")


def _stopped(bad: Run) -> str:
    """What kept a run from being completed, in words; nothing where it was."""
    if bad.bugcheck is not None:
        line = f" (line {bad.bugcheck.line})" if bad.bugcheck.line else ""  # a thread that only had to return has none
        return f"{bad.bugcheck}{line}"
    return "; ".join(map(str, bad.waiting))


def mended(
    driver: Any,
    FileCount: int = 3,
    WriteCount: int = 2,
    by: str | Iterable[str] = (),
    flaw: Callable[[Run], str] | None = None,
    waits: bool = False,
    **options: Any,
) -> Verdict:
    """Does every file move, whatever the order of steps?

    Parameters: `by`, the threads that may move one, all of one name or of several; `flaw(run)`, what else is wrong with
    a run, in words, "" where nothing is; `waits`, whether these threads must wait where there is nothing to move, and
    not ask and ask; `options` as for `holds`.

    >>> from kevent_sim.samples import synchronization_event
    >>> mended(synchronization_event).text
    'every file moves in every order of routine calls (2 classes of equivalent orders)'
    >>> str(mended(race))[:53]
    'almost: an order leaves 3 of 3 files in C:\\\\Temp, with'
    >>> str(mended(synchronization_event, by="TheOther")).partition(", with")[0]
    'almost: FileMoveThread moves files, and not TheOther'
    >>> mended(synchronization_event, flaw=lambda run: "that is two threads").text.partition(", with")[0]
    'that is two threads'
    """
    movers = [by] if isinstance(by, str) else list(by)

    def wrong(run: Run) -> str:
        moved = _moves(run)
        others = [thread for thread in moved if movers and thread.partition(" #")[0] not in movers]
        if others:
            return f"{others[0]} moves files, and not {' or '.join(movers)}"
        never = FileCount - sum(map(len, moved.values()))
        if never > 0:
            return f"{never} of {FileCount} files were never in C:\\Temp"
        return flaw(run) if flaw is not None else ""

    def moved_as_asked(run: Run) -> bool:
        return not wrong(run)

    def told(bad: Run) -> str:
        if all_moved(bad):
            return wrong(bad)
        stay, gone = len(bad.files("C:\\Temp")), len(bad.files("C:\\Temp2"))
        if not stay:
            return f"an order has moved {gone} of {FileCount} files"
        return f"an order leaves {stay} of {FileCount} files in C:\\Temp"

    def movers_first(ready: list[Any]) -> Any:
        return next((each for each in ready if each.name.partition(" #")[0] in movers), ready[0])

    asked = [all_moved, moved_as_asked]
    verdict = holds(driver, asked, "every file moves", told, FileCount=FileCount, WriteCount=WriteCount, **options)
    if waits and verdict.grade == "correct":
        sizes = {"FileCount": FileCount, "WriteCount": WriteCount}
        alone = run_under(movers_first, Subject(driver, options.get("volume"), 200, False, sizes))
        if alone.verdict == "unfinished":
            return _of("almost", "every file moves, but who has none to move asks and asks: let it wait", alone)
    return verdict


def _moves(run: Run) -> dict[str, set[str]]:
    r"""Thread -> the files in C:\Temp that it has renamed."""
    moved: dict[str, set[str]] = {}
    for file, threads in run.renamed_by().items():
        for thread in threads if file.startswith("C:\\Temp\\") else ():
            moved.setdefault(thread, set()).add(file)
    return moved


def _among(answer: Any, possible: list[Any]) -> bool:
    try:
        return answer in possible
    except Exception:  # an array, a frame: its == gives no truth value
        return False


def _policy(answer: Any, stop: bool) -> Any:
    """The policy that an answer stands for. Raises Misuse or ValueError where it is none."""
    if isinstance(answer, str):
        line = " ".join(answer.split())
        text = re.search(r"kevent_sim \d+; .*; [0-9a-f]{8}\b", line)
        answer = Replay(text[0] if text else line)
    elif isinstance(answer, (Schedule, Run)):
        answer = Replay(answer.schedule if isinstance(answer, Run) else answer)
    if isinstance(answer, Replay) and answer.schedule.stop != stop:
        raise Misuse(f"this schedule is of a run {'without' if stop else 'with'} stop=True, and the exercise's is not")
    if inspect.iscoroutinefunction(answer):
        raise Misuse(f"a policy is a plain function; write  def {answer.__name__}(ready):  without async")
    return answer


def _fact(question: Any) -> str:
    """A question in words: its name, where it has one."""
    return named(question).replace("_", " ")


def _end(made: Run) -> str:
    """How a run ended, in words."""
    if made.waiting:
        return "a run in which " + ", and ".join(each.told for each in made.waiting)
    if made.bugcheck is not None:
        return f"a bug check: {made.bugcheck}"
    return "a run that completes" if made.verdict == "completed" else "a run without end"

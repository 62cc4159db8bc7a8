"""The learner's answers, judged: still missing, almost, or correct; a prediction that is wrong is `not so`.

No answer, however wrong, ends in a traceback.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any

from kevent_sim import ntifs
from kevent_sim.course.predicted import number as number
from kevent_sim.course.predicted import prediction as prediction
from kevent_sim.course.proofs import AGAIN, by_run, in_words, replay_of
from kevent_sim.course.proofs import holds as holds
from kevent_sim.course.verdicts import Verdict as Verdict
from kevent_sim.course.verdicts import guarded
from kevent_sim.course.verdicts import judge as judge
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.names import common
from kevent_sim.machine.trace import Called
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.result import Run
from kevent_sim.runs.run import run_under
from kevent_sim.runs.schedule import Replay, Schedule
from kevent_sim.runs.subject import Subject, from_c
from kevent_sim.samples import all_moved, fates, race


def in_c(*start_routines: Any) -> Any:
    """The driver in C that is given instead of one of these start routines; None if all are Python's.

    >>> in_c(race.FileMoveThread, race.FileCreationThread)
    """
    drivers = (each for each in start_routines if inspect.ismodule(each) and from_c(each.DriverEntry))
    return next(drivers, None)


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
    `goal`, a question to the run, or the fates that the race must end with (two writes for each file by default);
    `fact`, the goal in words; `told(run)`, what an unlucky run came to instead, in words; the others as for `run`.

    >>> print(schedule(lambda ready: ready[0], "CC").text)
    your schedule gives CC; replay: ks.run(race, policy=ks.Replay('kevent_sim 2; race(FileCount=2, \
WriteCount=2); <lambda>; 0*6 1*9 2*7; completed; d2121675'))
    >>> def file_1_stays(run):
    ...     return list(run.files("C:\\\\Temp")) == ["file_1.txt"]
    >>> str(schedule(lambda ready: ready[0], file_1_stays, FileCount=2, WriteCount=1)).partition(chr(10))[0]
    'almost: your schedule gives a run that completes, not file 1 stays'
    """
    if answer is None or answer == "":
        return Verdict("still missing", f"give a policy, or the text of a schedule, {AGAIN}")
    if isinstance(goal, str):
        parameters = {"FileCount": len(goal), "WriteCount": 2, **parameters}
        fact, told = fact or goal, told or fates

    def reached(made: Run) -> bool:
        return fates(made) == goal if isinstance(goal, str) else bool(goal(made))

    def attempt() -> Verdict:
        made = run_under(_policy(answer, stop), Subject(driver, volume, max_steps, stop, parameters))
        wanted = fact or in_words(goal)
        if reached(made):
            return by_run("correct", f"your schedule gives {wanted}; replay: {replay_of(made)}", made)
        return by_run("almost", f"your schedule gives {(told or _end)(made)}, not {wanted}", made)

    return guarded(attempt)


def prints(
    driver: Any, *wanted: str | tuple[str, ...], flaw: Callable[[Run], str] | None = None, **options: Any
) -> Verdict:
    """Does the driver print what is wanted, whatever the order of steps?

    Parameters: `wanted`, what a run may print: its lines, thread by thread in the order of their creation, without
    their ends; if there are several ways, each must come in some order; `flaw(run)`, what else is wrong with a run, in
    words, "" if nothing is; `options` as for `holds`.

    >>> from kevent_sim.ntifs import STATUS_SUCCESS, DbgPrint
    >>> async def Greet(DriverObject, RegistryPath):
    ...     DbgPrint("hello\\n")
    ...     return STATUS_SUCCESS
    >>> prints(Greet, "hello").text
    "it prints 'hello' in every order of routine calls (1 class of equivalent orders)"
    >>> str(prints(Greet, ("hello", "bye"))).partition(", with")[0]
    "almost: an order prints 'hello', not 'hello', 'bye'"
    >>> prints(Greet, "hello", "bye")
    almost: no order prints 'bye'
    >>> prints(Greet, "hello", flaw=lambda run: "nobody has waited").text.partition(", with")[0]
    'nobody has waited'
    """
    ways = [(way,) if isinstance(way, str) else way for way in wanted]
    met = set[tuple[str, ...]]()

    def wrong(run: Run) -> str:
        printed = _printed(run)
        met.add(printed)
        if printed not in ways:
            return f"an order prints {_quoted(printed)}, not {_any_of(ways)}"
        return flaw(run) if flaw is not None else ""

    def as_wanted(run: Run) -> bool:
        return not wrong(run)

    verdict = holds(driver, as_wanted, f"it prints {_any_of(ways)}", wrong, **options)
    never = [way for way in ways if way not in met]
    return (
        Verdict("almost", f"no order prints {_quoted(never[0])}") if never and verdict.grade == "correct" else verdict
    )


def _printed(run: Run) -> tuple[str, ...]:
    return tuple(line.text.rstrip("\n") for thread in run.threads for line in run.printed(thread))


def _quoted(lines: tuple[str, ...]) -> str:
    return ", ".join(map(repr, lines)) or "nothing"


def _any_of(ways: list[tuple[str, ...]]) -> str:
    return " or ".join(map(_quoted, ways))


def mended(
    driver: Any,
    FileCount: int = 3,
    WriteCount: int = 2,
    by: str | Iterable[str] = (),
    flaw: Callable[[Run], str] | None = None,
    waits: bool = False,
    creates: str = "",
    each: int = 0,
    **options: Any,
) -> Verdict:
    """Does every file move, whatever the order of steps?

    Parameters: `by`, the threads that may move one, all of one name or of several; `flaw(run)`, what else is wrong with
    a run, in words, "" if nothing is; `waits`, whether these threads must wait when there is nothing to move, instead
    of asking again and again; `creates`, the only threads that may create files; `each`, how many movers there must be,
    each of which waits for a signal from those threads before it looks for a file; `options` as for `holds`.

    >>> from kevent_sim.samples import synchronization_event
    >>> mended(synchronization_event).text
    'every file moves in every order of routine calls (2 classes of equivalent orders)'
    >>> str(mended(race))[:53]
    'almost: an order leaves 3 of 3 files in C:\\\\Temp, with'
    >>> str(mended(synchronization_event, by="TheOther")).partition(", with")[0]
    'almost: FileMoveThread moves files, not TheOther'
    >>> mended(synchronization_event, flaw=lambda run: "that is two threads").text.partition(", with")[0]
    'that is two threads'
    >>> mended(synchronization_event, by="FileMoveThread", creates="FileCreationThread", each=1).grade
    'correct'
    """
    movers = [by] if isinstance(by, str) else list(by)
    if each and not (creates and movers):
        raise ValueError("each needs to know the movers and whose signal they wait for; type  by=..., creates=...")

    def wrong(run: Run) -> str:
        moved = _moves(run)
        others = [thread for thread in moved if movers and common(thread) not in movers]
        if others:
            return f"{others[0]} moves files, not {' or '.join(movers)}"
        never = FileCount - sum(map(len, moved.values()))
        if never > 0:
            return f"{never} of {FileCount} files were never in C:\\Temp"
        if creates and (why := _not_handed_over(run, creates, movers, each)):
            return why
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
        return next((each for each in ready if common(each.name) in movers), ready[0])

    asked = [all_moved, moved_as_asked]
    verdict = holds(driver, asked, "every file moves", told, FileCount=FileCount, WriteCount=WriteCount, **options)
    if waits and verdict.grade == "correct":
        sizes = {"FileCount": FileCount, "WriteCount": WriteCount}
        alone = run_under(movers_first, Subject(driver, options.get("volume"), 200, False, sizes))
        if alone.verdict == "unfinished":
            return by_run("almost", "every file moves, but a thread with none to move keeps asking: let it wait", alone)
    return verdict


def _not_handed_over(run: Run, creates: str, movers: list[str], each: int) -> str:
    """Why it is not so that these threads alone create files, and so many movers wait for their signal; "" if it is."""
    calls = {thread: run.calls(thread) for thread in run.threads}
    creators = [thread for thread in calls if common(thread) == creates]
    for thread in calls:
        if thread not in creators and any(
            call.routine == "ZwCreateFile" and call.result == 0 for call in calls[thread]
        ):
            return f"{thread} creates files, and not {creates}"
    at_work = [thread for thread in calls if common(thread) in movers]
    if each and len(at_work) != each:
        return f"of the {each} threads that are to move files {len(at_work)} were started"
    signals = {*creators, *(call.object for thread in creators for call in calls[thread])}
    for thread in at_work if each else ():
        before = [*takewhile(lambda call: call.routine != "ZwOpenFile", calls[thread])]
        if not any(call.result == 0 and signals & {*call.object.split(", ")} for call in before if _waits(call)):
            return f"{thread} looks for files before it has waited for a signal of {creates}"
    return ""


def _waits(call: Called) -> bool:
    routine = getattr(getattr(ntifs, call.routine, None), "routine", None)
    return routine is not None and routine.role == "waits"


def _moves(run: Run) -> dict[str, set[str]]:
    r"""Thread -> the files in C:\Temp that it has renamed."""
    moved: dict[str, set[str]] = {}
    for file, threads in run.renamed_by().items():
        for thread in threads if file.startswith("C:\\Temp\\") else ():
            moved.setdefault(thread, set()).add(file)
    return moved


def _policy(answer: Any, stop: bool) -> Any:
    """The policy that an answer stands for. Raises Misuse or ValueError if there is none."""
    if isinstance(answer, str):
        line = " ".join(answer.split())
        text = re.search(r"kevent_sim \d+; .*; [0-9a-f]{8}\b", line)
        answer = Replay(text[0] if text else line)
    elif isinstance(answer, (Schedule, Run)):
        answer = Replay(answer.schedule if isinstance(answer, Run) else answer)
    if isinstance(answer, Replay) and answer.schedule.stop != stop:
        raise Misuse(f"this schedule is from a run {'without' if stop else 'with'} stop=True, the exercise's is not")
    if inspect.iscoroutinefunction(answer):
        raise Misuse(f"a policy is a plain function; write  def {answer.__name__}(ready):  without async")
    return answer


def _end(made: Run) -> str:
    """How a run ended, in words."""
    if made.waiting:
        return "a run in which " + ", and ".join(each.told for each in made.waiting)
    if made.bugcheck is not None:
        return f"a bug check: {made.bugcheck}"
    return "a run that completes" if made.verdict == "completed" else "a run without end"

"""A report as text: the same bytes each time, whatever the system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kevent_sim.course.reports.report import Report
from kevent_sim.orders.exploration import counted, preemptions
from kevent_sim.runs import history
from kevent_sim.runs.result import Run
from kevent_sim.views.words import ended, ranked_outcomes

SHOWN_STEPS = 20  # the last ones of a run that ends badly
SHOWN_OUTCOMES = 5
CLAIM = "no order stops the machine, hangs, misuses memory or races on it; what the driver is for was not asked"


def told(report: Report) -> str:
    """All that is said of a file."""
    lines = [report.said] if report.said else []
    lines += [report.failed] if report.failed else []
    lines += [f"{report.file}: {line}" for line in outcome(report)]
    lines += [message.told(report.file) for message in report.messages]
    lines += [report.refused.told(report.file)] if report.refused is not None else []
    return "\n".join([*lines, *(f"    {line}" for line in end(report))])


def outcome(report: Report) -> Iterator[str]:
    """How the run went, and what the search came to."""
    made, every = report.made, report.every
    if made is None:
        return
    given = "".join(f", {name}={value}" for name, value in made.parameters.items())
    yield f"{ended(made)}; {counted(len(made.schedule.choices), 'step')} under {made.schedule.policy}{given}"
    if every is None:
        return
    why = every.reason
    for finding in every.findings:
        why = why.removeprefix(finding.text).removeprefix("; ")
    why = {"holds": f" {why}", "violated": f"; {why}" * bool(why)}.get(every.verdict, f": {why}")
    yield f"{every.verdict}{why}; explored: {counted(every.explored, 'class', 'classes')} of equivalent orders"
    if every.verdict == "holds":
        yield f"that says: {CLAIM}"
    if every.order:
        yield f"if nothing were wrong with memory, the verdict on the orders would be: {every.order}"
    if len(every.outcomes) > 1:
        yield f"how it ends depends on the order: {counted(len(every.outcomes), 'outcome')}"


def end(report: Report) -> Iterator[str]:
    """The outcomes; the last steps of a run that ends badly; and how a bad one is had again."""
    made, every = report.shown, report.every
    if made is None:
        return
    if every is not None and len(every.outcomes) > 1:
        ranked = list(ranked_outcomes(every).items())
        for label, classes in ranked[:SHOWN_OUTCOMES]:
            yield f"in {counted(classes, 'class', 'classes')}: {label}"
        if len(ranked) > SHOWN_OUTCOMES:
            yield f"... and {counted(len(ranked) - SHOWN_OUTCOMES, 'outcome')} more"
    if made.verdict != "completed":
        yield from steps(made)
    if report.status:
        yield from replay(report, made)


def steps(made: Run) -> list[str]:
    """The last steps of a run, one line each.

    >>> from kevent_sim.runs.run import run
    >>> from kevent_sim.samples import race
    >>> print("\\n".join(steps(run(race, FileCount=1, WriteCount=1))[-3:]))
     9  FileCreationThread  line 37   ZwClose                  C:\\Temp\\file_0.txt  STATUS_SUCCESS
    10  FileMoveThread                PsTerminateSystemThread  FileMoveThread
    11  FileCreationThread            PsTerminateSystemThread  FileCreationThread
    """
    columns = history.step_columns(made)
    number = len(columns["step"])
    rows = [
        (
            str(step),
            thread,
            f"line {line}" if line else "",
            routine,
            what,
            status.partition(": ")[0].partition(" (0x")[0],
        )
        for step, thread, line, routine, what, status in zip(
            *(columns[name][-SHOWN_STEPS:] for name in ("step", "thread", "line", "routine", "object", "status")),
            strict=True,
        )
    ]
    before = [f"... {counted(number - SHOWN_STEPS, 'step')} before, then:"] if number > SHOWN_STEPS else []
    return before + aligned(rows, right=1)


def replay(report: Report, made: Run) -> list[str]:
    """What to type in Python to have a run again."""
    name = made.driver
    found = f"the simplest bad run found ({counted(preemptions(made), 'preemption')}; {ended(made)})"
    return [
        f"{'this run' if made is report.made else found} in Python:",
        "import kevent_sim as ks",
        f"{name} = ks.c.load({report.file!r})",
        made.replay,
    ]


def table(reports: Sequence[Report]) -> str:
    """One line a file, under headings."""
    rows = [("file", "verdict", "findings", "races", "classes", "status")]
    for report in reports:
        findings, races = ("-", "-") if report.made is None else map(str, report.counts())
        classes = str(report.every.explored) if report.every is not None else "-"
        rows.append((report.file, report.verdict, findings, races, classes, str(report.status)))
    return "\n".join(aligned(rows))


def aligned(rows: Iterable[Sequence[str]], right: int = 0) -> list[str]:
    """Rows whose columns stand below each other; the first `right` of them end there.

    >>> aligned([("9", "a", "b"), ("10", "long", "c")], right=1)
    [' 9  a     b', '10  long  c']
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at < right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]

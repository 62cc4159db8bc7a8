"""Runs and explorations in words: what their pictures show, for those who cannot see them."""

from __future__ import annotations

from collections.abc import Callable

from kevent_sim.machine.names import distinct
from kevent_sim.orders.exploration import Exploration
from kevent_sim.runs import history, timeline
from kevent_sim.runs.result import Run, files_held
from kevent_sim.runs.timeline import Interval


def describe(run: Run) -> str:
    """The run in words: what each thread did when, each event, and what became of the files."""
    when = timeline.clock(run)
    verdict = f"{run.driver}, {run.verdict} after {when(timeline.last_call(run))} {timeline.unit(run)[0]}"
    sentences = [f"{verdict} under {run.schedule.policy}."]
    sentences += _sentences(run, timeline.thread_intervals(run), run.threads, when)
    sentences += _sentences(run, history.event_intervals(run), list(history.event_labels(run).values()), when)
    sentences += [f"At {when(r.time)} {r.by} releases {r.released} by {r.object}." for r in history.releases(run)[:8]]
    final: dict[str, str] = {interval.what: interval.state for interval in history.file_intervals(run)}
    counts = {state: list(final.values()).count(state) for state in dict.fromkeys(final.values())}
    if counts:
        sentences.append("Files at the end: " + ", ".join(f"{count} {state}" for state, count in counts.items()) + ".")
    failed = [probe.status for probe in history.probes(run)]
    if failed:
        statuses = ", ".join(f"{failed.count(status)} with {status}" for status in dict.fromkeys(failed))
        sentences.append(f"Opens that failed: {statuses}.")
    return " ".join(sentences)


def _sentences(run: Run, intervals: list[Interval], names: list[str], when: Callable[[int], str]) -> list[str]:
    """A sentence each: its intervals where they are few, else the first and the last, and the time in each state."""

    def one(interval: Interval) -> str:
        goes_on = run.verdict == "deadlock" and interval.end == timeline.end(run)
        return f"{interval.state} from {when(interval.start)} {'on' if goes_on else f'to {when(interval.end)}'}"

    sentences = []
    for name in names:
        mine = [interval for interval in intervals if interval.what == name]
        told = ", ".join(map(one, mine))
        if len(mine) > 6:
            total = {i.state: 0 for i in mine}
            for i in mine:
                total[i.state] += i.end - i.start
            sums = ", ".join(f"{state} {when(time)}" for state, time in total.items())
            told = f"{one(mine[0])}, {one(mine[1])}, ... {one(mine[-1])}; in {len(mine)} intervals {sums}"
        if mine:
            sentences.append(f"{name}: {told}.")
    return sentences


def ranked_outcomes(every: Exploration) -> dict[str, int]:
    """Outcome, in words -> its classes, the most frequent first. In words: itself where it is a word or a number, else
    the verdict and how many files each directory holds."""
    labels: dict[str, int] = {}
    for outcome, count in every.outcomes.items():
        label = ended(every.examples[outcome]) if isinstance(outcome, tuple) else str(outcome)
        labels[distinct(label, labels)] = count
    return dict(sorted(labels.items(), key=lambda item: (-item[1], item[0])))


def ended(run: Run) -> str:
    """How a run has ended: its verdict, and how many files each directory holds."""
    return f"{run.verdict}; {', '.join(files_held(run.volume))}"


def outcomes_in_words(every: Exploration) -> str:
    given = ", ".join(f"{name}={value}" for name, value in every.parameters.items())
    told = ", ".join(f"{label} in {count}" for label, count in ranked_outcomes(every).items())
    return f"{every.driver}({given}), {every.explored} classes of equivalent orders. {told}."

"""A run step by step, forwards and backwards; and the learner as its scheduler."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, HBox, IntSlider, Play, ToggleButtons, VBox, jslink

from kevent_sim.machine.call import Misuse
from kevent_sim.machine.choice import Choice
from kevent_sim.machine.lines import IncludedLine
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.policies import PCT, Random, RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.stepping import Moment, Standing, Stepper, Variables
from kevent_sim.runs.subject import Subject
from kevent_sim.runs.timeline import end, unit
from kevent_sim.samples import GOALS, race
from kevent_sim.views.html import code_line, side_by_side, status, table
from kevent_sim.views.pictures import Picture, picture

POLICIES: dict[str, Callable[[int], Any]] = {
    "RoundRobin": lambda seed: RoundRobin(),
    "Random": lambda seed: Random(seed=seed),
    "PCT": lambda seed: PCT(seed=seed),
}
STUCK = {text: GOALS[text] for text in ("make a thread wait for ever",)}
CRASH = {"crash the machine": lambda run: run.verdict == "bugcheck"}
MARKS = {"ready": "● can go on", "waiting": "◌ waits", "ended": "■ has ended"}
SOURCE = (
    "margin: 0.3em 0 0; padding: 0.4em; overflow-x: auto; white-space: pre; line-height: 1.35; font-size: 85%; "
    "border: 1px solid #8888"
)
AROUND = 4  # lines of source shown before and after the current one


class StepLab(VBox):  # type: ignore[misc]
    """Step through a run, and decide which thread takes the next step.

    `StepLab(run)` begins at the end of a run that has been made, `StepLab(driver, FileCount=3, WriteCount=2)` at the
    start of one that is yours to make, all else as for `run`; `StepLab()` takes the race with two files, written once.
    `at.value` is the moment shown, in steps; `take("System")` or a thread's button gives it the next step,
    `take("time-out of FileMoveThread")` ends its wait; `undo()` takes the last step back, `run_on()` lets `policy` and
    `seed` go on to the end, `reset()` starts afresh. `goals` are texts, each with a question to the run; `reached` are
    those that the run has reached. `status` describes the moment in words, `replay` is the line that repeats the
    schedule: it can be pasted as an answer.

    >>> lab = StepLab()
    >>> for _ in range(4):
    ...     lab.take("System")
    >>> lab.status
    'step 4, System: ZwClose FileCreationThread returned STATUS_SUCCESS'
    >>> lab.run_on()
    >>> lab.run.verdict, lab.reached
    ('completed', ('lose every file',))
    """

    def __init__(
        self,
        subject: Any = None,
        goals: Mapping[str, Callable[[Run], bool]] | None = None,
        volume: Volume | None = None,
        max_steps: int = 20_000,
        stop: bool = False,
        memory: str = "strict",
        **parameters: int,
    ) -> None:
        if subject is None:
            subject, parameters = race, {"FileCount": 2, "WriteCount": 1, **parameters}
        self._given = given = subject if isinstance(subject, Run) else None
        self.stepper = Stepper(
            given.subject if given else Subject(subject, volume, max_steps, stop, parameters, memory)
        )
        self.choices: list[Choice] = list(given.schedule.choices) if given else []
        files = "FileCount" in self.stepper.subject.values
        self.goals: dict[str, Callable[[Run], bool]] = dict(
            goals if goals is not None else {**GOALS, **CRASH} if files else {**STUCK, **CRASH}
        )
        self.at = IntSlider(len(self.choices), min=0, max=max(len(self.choices), 1), description="Step")
        self.play = Play(min=0, max=self.at.max, interval=700, description="Play", show_repeat=False)
        jslink((self.play, "value"), (self.at, "value"))
        self.policy = ToggleButtons(options=list(POLICIES), description="Run on with", button_style="info")
        self.seed = BoundedIntText(0, min=0, max=10_000, description="Seed", tooltip="0 to 10000")
        self._picks: dict[Choice, Button] = {}
        self._pick_row = HBox()
        actions = {
            "undo": ("take the last step back", self.undo),
            "forward": ("the next step of the schedule; at its end the only one there is", self.forward),
            "run on": ("let the policy go on to the end", self.run_on),
            "begin anew": ("back to the start", self.reset),
        }
        row = [Button(description=name, tooltip=tooltip) for name, (tooltip, _) in actions.items()]
        for button, (_, action) in zip(row, actions.values(), strict=True):
            button.on_click(lambda _, action=action: self._attempt(action))
        self._words, self._threads, self._tables = HTML(), HTML(), HTML()
        self._goals, self._picture, self._replay = HTML(), HTML(), HTML()
        self._drawn: tuple[list[Choice], Run, Picture] | None = None
        self.at.observe(lambda _: self.update(), "value")
        super().__init__([
            self._words, self._pick_row, HBox(row), HBox([self.at, self.play]), HBox([self.policy, self.seed]),
            self._goals, self._threads, self._tables, self._picture, self._replay,
        ])  # fmt: skip
        self.update()

    # -- what the learner does -----------------------------------------------------------------------------------

    def take(self, name: str) -> None:
        """Give a thread the next step, or end its wait: `take("time-out of FileMoveThread")`.

        Raises ValueError for a name that does not exist, or that cannot go on now.
        """
        moment = self.moment
        choices: dict[str, Choice] = {thread.name: thread.choice for thread in moment.threads}
        choices |= {f"time-out of {waiter}": number for number, waiter in moment.timeouts}
        if name not in choices:
            raise ValueError(f"there is no {name!r}; there are: {', '.join(choices)}")
        if choices[name] not in moment.able:
            standing = next(thread for thread in moment.threads if thread.name == name)
            raise ValueError(f"{name} cannot go on: {standing.why or 'the machine has stopped'}")
        self._go([*self.choices[: self.at.value], choices[name]])

    def forward(self) -> None:
        """Take the next step of the schedule; at its end the only one there is. Raises ValueError if the choice is
        yours, or if nobody can go on."""
        able = self.moment.able
        if self.at.value < len(self.choices):
            self.at.value += 1
        elif len(able) == 1:
            self._go([*self.choices, *able])
        else:
            raise ValueError("there is a choice: press the thread that goes on" if able else "nobody can go on")

    def undo(self) -> None:
        """Take the last step back, and forget what came after."""
        self._go(self.choices[: max(self.at.value - 1, 0)])

    def run_on(self) -> None:
        """Let the policy go on from here to the end."""
        policy = POLICIES[self.policy.value](self.seed.value)
        self._go(self.stepper.run_on(self.choices[: self.at.value], policy))

    def reset(self) -> None:
        """Start afresh, before the first step."""
        self._go([])

    def _attempt(self, action: Callable[[], None]) -> None:
        """A press by hand. It is shown if it is refused or changes nothing, and no button is ever disabled: a disabled
        one loses the focus."""
        before = self.at.value, self.choices
        try:
            action()
            if (self.at.value, self.choices) == before:
                raise ValueError("nobody can go on" if self.at.value else "this is the start")
        except (ValueError, Misuse) as error:
            self._tell(f"Not done: {error}.")

    def _go(self, choices: list[Choice]) -> None:
        """Let these be the choices, and show where they lead."""
        self.choices = choices
        with self.hold_trait_notifications():
            self.at.max = self.play.max = max(len(choices), self.at.min + 1)
        if self.at.value == len(choices):
            self.update()
        else:
            self.at.value = len(choices)

    # -- what it shows -------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The run of all choices so far."""
        return self._whole()[0]

    @property
    def replay(self) -> str:
        """The line that repeats the run of all choices so far."""
        return self.run.replay

    @property
    def reached(self) -> tuple[str, ...]:
        """The goals that the run has reached; while it is unfinished, none."""
        run = self.run
        return tuple(text for text, goal in self.goals.items() if run.verdict != "unfinished" and goal(run))

    def __repr__(self) -> str:
        return f"StepLab: {self.stepper.subject.name}, step {self.moment.step} of {len(self.choices)}"

    def _whole(self) -> tuple[Run, Picture]:
        """The run of all choices and its picture, made once for each."""
        if self._drawn is None or self._drawn[0] != self.choices:
            given = self._given
            if given is None or list(given.schedule.choices) != self.choices:
                given = self.stepper.after(self.choices).run
            self._drawn = list(self.choices), given, picture(given)
        return self._drawn[1:]

    def _tell(self, sentence: str) -> None:
        self.status = sentence
        self._words.value = status([sentence])

    def update(self) -> None:
        """Show the moment at which the slider is."""
        at = min(self.at.value, len(self.choices))
        self.moment: Moment = self.stepper.after(self.choices[:at])
        run, _ = self._whole()
        ended = (
            f" {self.stepper.subject.name}: {run.verdict}." if at == len(self.choices) and not self.moment.able else ""
        )
        self._tell(self.moment.told + ("." if ended else "") + ended)
        self._show_picks()
        self._goals.value = self._goal_list()
        self._threads.value = side_by_side(map(_panel, self.moment.threads), "0.7em")
        objects = table(["event, semaphore or mutex", "state", "who waits"], self.moment.objects)
        files = table(
            ["file", "bytes", "open in"], [(path, str(size), who) for path, size, who in self.moment.files[-12:]]
        )
        shown = [objects] * bool(self.moment.objects) + [files] * bool(self.moment.files)
        self._tables.value = side_by_side(shown, "2em")
        self._picture.value = self._with_cursor(at)
        self._replay.value = code_line("Replay it, or paste it as an answer", self.replay)

    def _show_picks(self) -> None:
        """A button for each thread, the same one as long as the thread is there, and one for each wait with a time."""
        names: dict[Choice, str] = {thread.choice: thread.name for thread in self.moment.threads}
        names |= {number: f"time-out of {name}" for number, name in self.moment.timeouts}
        states: dict[Choice, str] = {thread.choice: thread.state for thread in self.moment.threads}
        for number, name in names.items():
            if number not in self._picks:
                button = self._picks[number] = Button(description=name)
                button.layout.width = f"{max(9, 0.62 * len(name) + 3):.1f}em"
                button.on_click(lambda _, name=name: self._attempt(lambda: self.take(name)))
            able = number in self.moment.able
            self._picks[number].icon = "play" if able else "ban"
            self._picks[number].tooltip = f"give it the next step ({states.get(number, 'its wait may end')})"
        row = tuple(self._picks[number] for number in names)
        if row != self._pick_row.children:
            self._pick_row.children = row

    def _goal_list(self) -> str:
        reached = self.reached
        told = [f"☑ {text} (reached)" if text in reached else f"☐ {text}" for text in self.goals]
        return f"<p>Goals: {' · '.join(map(escape, told))}</p>" if told else ""

    def _with_cursor(self, at: int) -> str:
        """The picture of the whole run, with a line at the moment shown."""
        run, drawn = self._whole()
        starts = run.columns["start"]
        return drawn.html(live=True, cursor=(starts[at] if at < len(starts) else end(run)) / unit(run)[1])


def _panel(thread: Standing) -> str:
    """One thread: its state, what it is about to call or waits for, and its source with the current line."""
    told = {"ready": f"about {thread.call}", "waiting": thread.why, "ended": ""}[thread.state]
    here = thread.line - thread.first
    around = (
        range(max(here - AROUND, 0), min(here + AROUND + 1, len(thread.source)))
        if thread.line and thread.state != "ended"
        else ()
    )
    code = textwrap.dedent("\n".join(thread.source[at] for at in around)).split("\n")
    lines = [
        f"{'→' if at == here else ' '} {thread.first + at:3} {text}" for at, text in zip(around, code, strict=False)
    ]  # dedented: deep code would be cut at the panel's edge
    if isinstance(thread.line, IncludedLine):
        lines.insert(0, f"  {thread.line.file}")
    listing = "\n".join(f"<b>{escape(line)}</b>" if line[0] == "→" else escape(line) for line in lines)
    source = f'<pre style="{SOURCE}">{listing}</pre>' if lines else ""
    variables = "".join(_variables(frame) for frame in thread.frames if frame.values)
    room = "1 1 26em" if lines else "0 1 auto"  # who shows no source leaves the room to those who do
    return (
        f'<div style="flex: {room}; min-width: 0; line-height: 1.4"><b>{escape(thread.name)}</b> '
        f"{MARKS[thread.state]}<br>{escape(told)}{source}{variables}</div>"
    )


def _variables(frame: Variables) -> str:
    """What the variables of a function are, in as few lines as they take."""
    values = " · ".join(f"<code>{escape(name)} = {escape(value)}</code>" for name, value in frame.values)
    return f'<div style="font-size: 85%; overflow-wrap: anywhere">{escape(frame.function)}: {values}</div>'

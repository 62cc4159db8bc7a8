"""A run step by step, forwards and backwards; and the learner as its scheduler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, HBox, IntSlider, Play, ToggleButtons, jslink

from kevent_sim.labs.lab import Lab
from kevent_sim.labs.panels import panel
from kevent_sim.machine.call import Misuse
from kevent_sim.machine.choice import Choice
from kevent_sim.machine.volume import Volume
from kevent_sim.runs.policies import PCT, Random, RoundRobin
from kevent_sim.runs.result import Run
from kevent_sim.runs.stepping import Moment, Stepper
from kevent_sim.runs.subject import Subject
from kevent_sim.runs.timeline import end, unit
from kevent_sim.samples import GOALS, race
from kevent_sim.views.html import code_line, side_by_side, table
from kevent_sim.views.pictures import Picture, picture

POLICIES: dict[str, Callable[[int], Any]] = {
    "RoundRobin": lambda seed: RoundRobin(),
    "Random": lambda seed: Random(seed=seed),
    "PCT": lambda seed: PCT(seed=seed),
}
STUCK = {text: GOALS[text] for text in ("make a thread wait for ever",)}
CRASH = {"crash the machine": lambda run: run.verdict == "bugcheck"}
FORCED = 200  # steps that are looked at for the first choice


class StepLab(Lab):
    """Step through a run, and decide which thread takes the next step.

    `StepLab(run)` begins at the end of a run that has been made, `StepLab(driver, FileCount=3, WriteCount=2)` at the
    first choice of one that is yours to make, all else as for `run`; `StepLab()` takes the race with two files, written
    once.
    `at.value` is the moment shown, in steps; `take("System")` or a thread's button gives it the next step,
    `take("time-out of FileMoveThread")` ends its wait; `undo()` takes the last step back, `run_on()` lets `policy` and
    `seed` go on to the end, `reset()` starts afresh, with the policy as it was. `goals` are texts, each with a question
    to the run; `reached` are those that the run has reached, and what was once reached stays ticked. `status` describes
    the moment in words, `replay` is the line that repeats the schedule: it can be pasted as an answer.

    >>> lab = StepLab()
    >>> lab.status
    'step 3, System: PsCreateSystemThread FileCreationThread returned STATUS_SUCCESS'
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
        self._start: list[Choice] = [] if given else _forced(self.stepper)
        self.choices: list[Choice] = list(given.schedule.choices) if given else list(self._start)
        self._ticked: dict[str, None] = {}
        files = "FileCount" in self.stepper.subject.values
        self.goals: dict[str, Callable[[Run], bool]] = dict(
            goals if goals is not None else {**GOALS, **CRASH} if files else {**STUCK, **CRASH}
        )
        self.at = IntSlider(len(self.choices), min=0, max=max(len(self.choices), 1), description="Step")
        self.play = Play(
            value=self.at.value, min=0, max=self.at.max, interval=700, description="Play", show_repeat=False
        )
        jslink((self.play, "value"), (self.at, "value"))
        self.policy = ToggleButtons(options=list(POLICIES), description="Run on with", button_style="info")
        self.seed = BoundedIntText(0, min=0, max=10_000, description="Seed", tooltip="0 to 10000")
        self._picks: dict[Choice, Button] = {}
        self._pick_row = HBox()
        actions = {"undo": self.undo, "forward": self.forward, "run on": self.run_on, "begin anew": self.reset}
        self._actions = {name: Button(description=name) for name in actions}
        for name, action in actions.items():
            self._actions[name].on_click(lambda _, action=action: self._attempt(action))
        self._threads, self._goals, self._picture, self._replay = HTML(), HTML(), HTML(), HTML()
        for column in (self._threads, self._picture):
            column.layout.flex, column.layout.min_width = "1 1 26em", "0"
        columns = HBox([self._threads, self._picture])
        columns.layout.flex_flow = "row wrap"
        self._drawn: tuple[list[Choice], Run, Picture] | None = None
        self.at.observe(lambda _: self.update(), "value")
        self.policy.observe(lambda _: self._show_actions(), "value")
        buttons = HBox([self._pick_row, HBox([*self._actions.values()])])
        settings = HBox([self.at, self.play, self.policy, self.seed])
        buttons.layout.flex_flow = settings.layout.flex_flow = "row wrap"
        super().__init__([buttons, settings], [self._goals, columns, self._replay])
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
        self._go(self.choices[: max(self.at.value - 1, len(self._start))])

    def run_on(self) -> None:
        """Let the policy go on from here to the end."""
        policy = POLICIES[self.policy.value](self.seed.value)
        self._go(self.stepper.run_on(self.choices[: self.at.value], policy))

    def reset(self) -> None:
        """Start afresh, at the first choice, with the policy and the seed of the beginning."""
        self.policy.value, self.seed.value = next(iter(POLICIES)), 0
        self._go(list(self._start))

    def _attempt(self, action: Callable[[], None]) -> None:
        """A press by hand. It is shown if it is refused or changes nothing, and no button is ever disabled: a disabled
        one loses the focus."""
        before = self.at.value, self.choices
        try:
            action()
            if (self.at.value, self.choices) == before:
                raise ValueError("this is the start" if self.choices == self._start else "nobody can go on")
        except (ValueError, Misuse) as error:
            self.tell(f"Not done: {error}.")

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

    def update(self) -> None:
        """Show the moment at which the slider is."""
        at = min(self.at.value, len(self.choices))
        self.moment: Moment = self.stepper.after(self.choices[:at])
        run, _ = self._whole()
        ended = (
            f" {self.stepper.subject.name}: {run.verdict}." if at == len(self.choices) and not self.moment.able else ""
        )
        self.tell(self.moment.told + ("." if ended else "") + ended)
        self._show_picks()
        self._show_actions()
        self._goals.value = self._goal_list()
        self._threads.value = side_by_side(map(panel, self.moment.threads), "0.7em")
        objects = table(["event, semaphore or mutex", "state", "who waits"], self.moment.objects)
        files = table(
            ["file", "bytes", "open in"], [(path, str(size), who) for path, size, who in self.moment.files[-12:]]
        )
        shown = [objects] * bool(self.moment.objects) + [files] * bool(self.moment.files)
        self._picture.value = self._with_cursor(at) + side_by_side(shown, "2em")
        self._replay.value = code_line("Replay it, or paste it as an answer", self.replay)

    def _show_picks(self) -> None:
        """A button for each thread, the same one as long as the thread is there, and one for each wait with a time."""
        names: dict[Choice, str] = {thread.choice: thread.name for thread in self.moment.threads}
        names |= {number: f"time-out of {name}" for number, name in self.moment.timeouts}
        would: dict[Choice, str] = {
            thread.choice: thread.why or f"step {self.moment.step + 1}: {thread.call.removeprefix('to ')}"
            for thread in self.moment.threads
        }
        would |= {number: f"end the wait of {name}: its time is up" for number, name in self.moment.timeouts}
        for number, name in names.items():
            if number not in self._picks:
                button = self._picks[number] = Button(description=name)
                button.layout.width = f"{max(9, 0.62 * len(name) + 3):.1f}em"
                button.on_click(lambda _, name=name: self._attempt(lambda: self.take(name)))
            able = number in self.moment.able
            self._picks[number].icon = "play" if able else "ban"
            self._picks[number].tooltip = would[number]
        row = tuple(self._picks[number] for number in names)
        if row != self._pick_row.children:
            self._pick_row.children = row

    def _show_actions(self) -> None:
        """Each button says what it would do now."""
        at, able = self.at.value, self.moment.able
        if at < len(self.choices):
            forward = f"go to step {at + 1} again"
        elif len(able) == 1:
            forward = "take the only step there is"
        else:
            forward = "nothing: it is your choice" if able else "nothing: nobody can go on"
        would = {
            "undo": f"take back step {at}" if at > len(self._start) else "nothing: this is the start",
            "forward": forward,
            "run on": f"let {self.policy.value} go on to the end" if able else "nothing: nobody can go on",
            "begin anew": f"back to step {len(self._start)}, the first choice",
        }
        for name, told in would.items():
            self._actions[name].tooltip = told

    def _goal_list(self) -> str:
        self._ticked |= dict.fromkeys(self.reached)
        told = [f"☑ {text} (reached)" if text in self._ticked else f"☐ {text}" for text in self.goals]
        return f"<p>Goals: {' · '.join(map(escape, told))}</p>" if told else ""

    def _with_cursor(self, at: int) -> str:
        """The picture of the whole run, with a line at the moment shown."""
        run, drawn = self._whole()
        starts = run.columns["start"]
        return drawn.html(live=True, cursor=(starts[at] if at < len(starts) else end(run)) / unit(run)[1])


def _forced(stepper: Stepper) -> list[Choice]:
    """The first steps of any run: those before there is a choice; none where there never is one."""
    choices: list[Choice] = []
    while len(choices) < FORCED and len(able := stepper.after(choices).able) == 1:
        choices.append(able[0])
    return choices if len(able) > 1 else []

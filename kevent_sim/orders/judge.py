"""What a search asks of its runs, and of the states they go through."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kevent_sim.orders.ends import wrong
from kevent_sim.orders.executions import Execution
from kevent_sim.orders.findings import ORDER, Wrong
from kevent_sim.orders.questions import Along, counted, told, truth
from kevent_sim.orders.watch import Watch
from kevent_sim.runs.result import Run, asked

Doubt = Callable[[str, str, Run], None]  # (kind, text, the run that it came up in)


class Judge:
    """The questions of a search: `checks`, that must be true, and `outcome`, that is counted."""

    def __init__(self, checks: list[Any], outcome: Any, doubt: Doubt) -> None:
        self.outcome, self.doubt = outcome, doubt
        self.checks = [check for check in checks if not isinstance(check, Along)]
        self.alongs = [check for check in checks if isinstance(check, Along)]
        seen = [*self.alongs, outcome] if isinstance(outcome, Along) else self.alongs
        self.watch = Watch(seen) if seen else None
        self.listened: dict[tuple[str, str], Run] = {}  # (question, thread whose calls it asks for) -> a run it asked

    def ask(self, question: Callable[[Run], Any], made: Run) -> Any:
        """Ask a run; note it where the answer may depend on what equivalent orders do not share."""
        try:
            answer, what, whose = asked(question, made)
        except Exception as error:
            error.add_note(f"This run was asked:  {made.replay}")
            raise
        if what:
            self.doubt("order", ORDER.format(told(question), what), made)
        for thread in whose:
            self.listened.setdefault((told(question), thread), made)
        return answer

    def false(self, execution: Execution, made: Run) -> str:
        """Which check is false of a run, if it has completed; in words."""
        if made.verdict != "completed":
            return ""
        for at, one in enumerate(self.alongs):
            assert execution.view is not None
            if not truth(one.question(tuple(execution.view.values[at])), one):
                return f"{told(one)} is not true of the states of the run"
        for check in self.checks:
            if not truth(self.ask(check, made), check):
                return f"{told(check)} is not true of the run"
        return ""

    def wrong(self, execution: Execution, made: Run) -> Wrong | None:
        """What is wrong with a run, if anything is."""
        return wrong(execution, made, lambda: self.false(execution, made))

    def counted(self, execution: Execution, made: Run) -> Hashable:
        """What is counted of a run."""
        if self.outcome is None:
            return made.outcome
        if isinstance(self.outcome, Along):
            assert execution.view is not None
            return counted(self.outcome.question(tuple(execution.view.values[-1])), self.outcome)  # type: ignore[no-any-return]
        return counted(self.ask(self.outcome, made), self.outcome)  # type: ignore[no-any-return]

    def answers(self, execution: Execution, made: Run) -> Any:
        """All that is asked, answered."""
        values = execution.view.values if execution.view is not None else None
        return self.counted(execution, made), self.false(execution, made), values

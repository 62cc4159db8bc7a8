"""A prediction: a choice by click, committed before it is shown what happens."""

from __future__ import annotations

from typing import Any

from ipywidgets import HTML, Button, RadioButtons, VBox

from kevent_sim.views.html import choices, status

WIDE = {"width": "max-content", "max_width": "100%"}


class Prediction(VBox):  # type: ignore[misc]
    """A question's choices, a radio button each, and a button that commits to one; what is committed stays.

    `choice.value` is what is marked, `commit()` what the button does; `committed` is the choice committed to, None
    before. `compare(actual)` hands in what happened, which is shown only then. `status` says in words how it stands.
    """

    def __init__(self, *choices: Any) -> None:
        labels = [str(choice) for choice in choices]
        if len(set(labels)) < max(2, len(labels)):
            raise ValueError(
                f"a prediction is one of several different choices; these are {', '.join(labels) or 'none'}"
            )
        self.committed: str | None = None
        self._actual: str | None = None
        self.choice = RadioButtons(options=labels, value=None, description="Prediction", layout=WIDE)
        self.button = Button(description="Commit", icon="check", tooltip="commit to the marked choice")
        self.button.on_click(lambda _: self._click())
        self._words = HTML()
        super().__init__([self.choice, self.button, self._words])
        self._tell("Mark a choice, then commit to it.")

    def commit(self, choice: Any = None) -> None:
        """Commit to a choice, to the marked one if none is named.

        Raises ValueError if nothing is marked, for what is not a choice, and if something was already committed.
        """
        named = self.choice.value if choice is None else str(choice)
        if self.committed is not None:
            raise ValueError(f"already committed: {self.committed}; run this cell again to predict again")
        if named is None:
            raise ValueError("mark a choice first")
        if named not in self.choice.options:
            raise ValueError(f"{named!r} is not a choice; the choices are: {', '.join(self.choice.options)}")
        self.choice.value = self.committed = named
        self.choice.disabled = True  # not the button: a button that is disabled under a finger loses the focus
        self.update()

    def _click(self) -> None:
        try:
            self.commit()
        except ValueError as refused:
            why = str(refused)
            self._tell(f"{why[0].upper()}{why[1:]}.")

    def compare(self, actual: Any) -> bool | None:
        """Was it predicted? None before anything was committed; the commit then shows it.

        Raises ValueError if what happened is not one of the choices.
        """
        if str(actual) not in self.choice.options:
            raise ValueError(f"what happened, {actual}, is not one of the choices: {', '.join(self.choice.options)}")
        self._actual = str(actual)
        self.update()
        return None if self.committed is None else self.committed == self._actual

    def _tell(self, sentence: str) -> None:
        self.status = sentence
        self._words.value = status([sentence])

    def update(self) -> None:
        """Tell how it stands."""
        if self.committed is None:
            return
        if self._actual is None:
            self._tell(f"You say: {self.committed}. Now run the cells below.")
        elif self.committed == self._actual:
            self._tell(f"You said: {self.committed}. So it was.")
        else:
            self._tell(f"You said: {self.committed}. It was: {self._actual}. What follows shows why.")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The widget; and the choices as a list, for pages without widgets."""
        return {**super()._repr_mimebundle_(**kwargs), "text/html": choices(self.choice.options)}

    def __repr__(self) -> str:
        chosen = f"; committed: {self.committed}" if self.committed is not None else ""
        return f"Prediction: {' | '.join(self.choice.options)}{chosen}"


def predict(*choices: Any) -> Prediction:
    """Ask for a prediction: a radio button for each choice, and one button that commits to it.

    Parameters: `choices`, at least two, each with a text of its own. Nothing of what happens is shown before the
    commit; `check.prediction(predicted, actual)` compares. Raises ValueError for fewer choices than two, or two that
    read alike.

    >>> last = predict("Waiter", "Setter")
    >>> last
    Prediction: Waiter | Setter
    >>> last.status
    'Mark a choice, then commit to it.'
    >>> last.commit("Setter")
    >>> last.status
    'You say: Setter. Now run the cells below.'
    >>> last.compare("Waiter")
    False
    >>> last.status
    'You said: Setter. It was: Waiter. What follows shows why.'
    """
    return Prediction(*choices)

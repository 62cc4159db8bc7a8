"""Labs: a run behind a few controls. Each is a thin VBox: its controls make a run, its one `update` shows it.

A lab can be driven from code as well as by hand: set a control's `.value`, or call `press`; `status` says in words what
happened.
"""

from kevent_sim.labs.event_lab import EventLab
from kevent_sim.labs.prediction import Prediction, predict
from kevent_sim.labs.presses import Pressed, explain
from kevent_sim.labs.race_lab import RaceLab
from kevent_sim.labs.step_lab import StepLab

__all__ = ["EventLab", "Prediction", "Pressed", "RaceLab", "StepLab", "explain", "predict"]

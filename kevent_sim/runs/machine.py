"""A boot of what is run; one machine runs at a time."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from threading import RLock

from kevent_sim.machine.call import calls_made
from kevent_sim.machine.dropped import drops_noticed
from kevent_sim.machine.kernel import Kernel, discard
from kevent_sim.machine.lines import line_of, line_of_error
from kevent_sim.machine.memory import recorded_by
from kevent_sim.machine.ntstatus import BugCheck, UndefinedBehaviour
from kevent_sim.machine.objects import DispatcherObject, told
from kevent_sim.machine.output import printed_by
from kevent_sim.machine.regions import ended, stacks_of
from kevent_sim.machine.thread import KTHREAD, KTHREAD_STATE
from kevent_sim.machine.volume import Volume
from kevent_sim.routines.io import Service
from kevent_sim.runs.image import image_of
from kevent_sim.runs.policies import Chooser
from kevent_sim.runs.result import MemoryFinding, Run, Waiting
from kevent_sim.runs.subject import Subject

_VOLUME = Volume()  # of those who bring none


class Machine:
    """One boot of a subject, with nothing run yet. To be used inside `alone`."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.kernel = Kernel((subject.volume or _VOLUME).copy())
        self.kernel.memory = subject.memory
        self.service = Service(subject.name, subject.entry, subject.values)
        self.bugcheck: BugCheck | None = None

    def drive(self, choose: Chooser, header: str) -> Run:
        """Let it run to its end."""
        with self.running():
            self.go_on(choose)
        return self.run(header)

    def go_on(self, choose: Chooser) -> None:
        """The main loop, until nobody can go on or `max_steps` were taken. A policy is asked where there is a choice;
        one that sets the clock, at every step."""
        kernel, always = self.kernel, getattr(choose, "timed", False)
        while (left := self.subject.max_steps - kernel.trace.steps) > 0 and (ready := kernel.ready()):
            if always:
                kernel.take(map(choose, repeat(ready, left)))
            elif len(ready) == 1:
                kernel.take(repeat(ready[0], left))
            else:  # a StopIteration that a policy raises is not an end, as it would be of a map
                kernel.take(choose(ready) for _ in range(left))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Load the driver's image; start the System thread; take note of a bug check; leave no thread behind."""
        collects = gc.isenabled()
        with image_of(self.subject.entry):
            gc.disable()  # a trace only grows: walking it again and again would take a third of the time
            try:
                with (
                    recorded_by(self.kernel.record_access),
                    printed_by(self.kernel.record_output),
                    stacks_of(self.kernel),
                ):
                    self.kernel.create_thread("System", self.service.control(self.subject.stop), exits=False)
                    yield
            except BugCheck as stopped:
                stopped.line = stopped.line or line_of_error(stopped)
                self.bugcheck, self.kernel.trace.stopped = stopped, self.kernel.current
                if stopped.finding:
                    self.kernel.record_finding(stopped.finding, stopped.reason, stopped.line)
            finally:
                for thread in self.kernel.threads:
                    discard(thread.coroutine)
                if collects:
                    gc.enable()

    def run(self, header: str) -> Run:
        """What has happened."""
        kernel, subject = self.kernel, self.subject
        if self.bugcheck is not None:
            verdict = "undefined" if isinstance(self.bugcheck, UndefinedBehaviour) else "bugcheck"
        elif kernel.ready():
            verdict = "unfinished"
        else:
            waits = any(thread.State == KTHREAD_STATE.Waiting for thread in kernel.threads)
            verdict = "deadlock" if waits else "completed"
        return Run(
            verdict, kernel.volume, self.service.state, self.service.status, _waiting(kernel), self.bugcheck,
            _findings(kernel), subject, header, kernel.trace,
        )  # fmt: skip


_one_at_a_time = RLock()


def _begin_anew() -> None:
    """In a process that was forked there are no other threads: what one was in the midst of does not go on."""
    global _one_at_a_time
    if _one_at_a_time.acquire(blocking=False):
        _one_at_a_time.release()
    else:
        _one_at_a_time = RLock()
        gc.enable()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def alone() -> Iterator[None]:
    """One machine runs at a time in a process, whatever thread asks: the slot `calls_made` is one, and so is Python's
    garbage collector."""
    with _one_at_a_time, calls_made.taken(), drops_noticed():
        yield


def _findings(kernel: Kernel) -> tuple[MemoryFinding, ...]:
    found = sorted(dict.fromkeys(kernel.trace.findings), key=lambda one: one[0])
    return tuple(MemoryFinding(kind, kernel.threads[number].name, text, line) for number, kind, text, line in found)


def _waiting(kernel: Kernel) -> tuple[Waiting, ...]:
    def waiting(thread: KTHREAD) -> Waiting:
        assert thread.wait is not None
        names = [told(each) + _remark(each, thread) for each in thread.wait.Objects]
        return Waiting(thread.name, thread.wait.told(names), line_of(*thread.call[2:]))

    return tuple(waiting(thread) for thread in kernel.threads if thread.State == KTHREAD_STATE.Waiting)


def _remark(waited_for: DispatcherObject, thread: KTHREAD) -> str:
    """What a wait for ever makes of an object: where it is, and who has it."""
    if gone := ended(waited_for.region):
        return f" (in memory that is gone: {gone})"
    if waited_for.owner is None:
        return ""
    return f" (owned by {'itself' if waited_for.owner is thread else waited_for.owner.name})"

"""Every order of steps, by brute force: the explorer's oracle. Depth-first, nothing left out."""

from kevent_sim.runs.machine import Machine, alone
from kevent_sim.runs.subject import Subject


def orders(driver, brief=False, volume=None, limit=None, stop=False, **parameters):
    """A run for each order of steps there is; None where there are more than `limit`.

    With `brief`, what most drivers cannot observe is not interleaved: the steps of the thread that loads the driver,
    and the ends of threads that nobody holds a reference to.
    """
    subject = Subject(driver, volume, 100_000, stop, parameters)
    return depth_first(lambda branches: _execution(subject, branches, brief), limit)


def depth_first(execute, limit=None):
    """What `execute(branches)` has made of every order; None where there are more than `limit`. It takes the branches
    given, then always the first, and returns (what it made, how many branches there were at each step)."""
    branches, found = [], []
    while limit is None or len(found) < limit:
        made, widths = execute(branches)
        found.append(made)
        branches += [0] * (len(widths) - len(branches))
        while branches and branches[-1] + 1 == widths[len(branches) - 1]:
            branches.pop()
        if not branches:
            return found
        branches[-1] += 1
    return None


def _execution(subject, branches, brief):
    """One run that takes the given branches, then always the first; and how many branches there were at each step."""
    widths = []
    with alone():
        machine = Machine(subject)
        with machine.running():
            while choices := [*machine.kernel.runnable(), *machine.kernel.pending()]:
                if brief:
                    unseen = [one for one in choices if one.number == 0 or _ends_unseen(machine.kernel, one)]
                    choices = unseen[:1] or choices
                at = len(widths)
                widths.append(len(choices))
                machine.kernel.step(choices[branches[at] if at < len(branches) else 0])
    return machine.run("naive"), widths


def _ends_unseen(kernel, choice):
    ends = choice.call[0].name == "PsTerminateSystemThread"
    return ends and not kernel.references[choice] and not choice.MutantListHead


def histories(run):
    """What each thread called and got, in its own order."""
    return tuple(
        (thread, tuple((call.routine, call.object, str(call.result), call.waited) for call in run.calls(thread)))
        for thread in run.threads
    )


def everything(run):
    return run.outcome, histories(run)

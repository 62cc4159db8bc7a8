"""`python -m kevent_sim` hands over to the course's command line."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python does come as far as this line
    sys.exit(
        f"kevent_sim needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).\n"
        "Get a newer one from your system's packages or python.org, and start this with it, for example:\n"
        "  py -3.13 -m kevent_sim        (Windows)\n"
        "  python3.13 -m kevent_sim      (macOS, Linux)"
    )

from kevent_sim.course.cli import start

if __name__ == "__main__":
    sys.exit(start())

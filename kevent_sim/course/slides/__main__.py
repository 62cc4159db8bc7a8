"""`python -m kevent_sim.course.slides FOLDER`, which `python -m kevent_sim slides FOLDER` goes on as."""

import sys

from kevent_sim.course.slides import main

if __name__ == "__main__":
    main(sys.argv[1])

"""What `python -m kevent_sim run` says of drivers in C: as text, as a page, and as an exit status."""

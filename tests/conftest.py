"""Random tests draw the same examples on every machine, and keep nothing on disk."""

from hypothesis import settings

settings.register_profile("course", derandomize=True, database=None, deadline=None)
settings.load_profile("course")

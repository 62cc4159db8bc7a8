"""Frames, plots, pictures: the only rooms with pandas and matplotlib."""

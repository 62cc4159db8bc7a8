"""Frames, plots, pictures: the only rooms with pandas and matplotlib."""

import logging
import sys

if sys.platform == "emscripten":  # a browser's Python lists its fonts anew in each page, and would say so in a cell
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

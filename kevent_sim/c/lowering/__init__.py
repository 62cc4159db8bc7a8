"""A syntax tree of C to the text of Python: what stands in it, from values and places to functions."""

"""C drivers: the reader's own code, run as it is. `ks.c.load(text_or_path)` makes a driver of it."""

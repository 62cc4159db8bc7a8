"""One run of a driver, what it meant, and many runs."""

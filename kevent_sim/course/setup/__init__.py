"""Is everything here that the course needs, and how it comes here. The standard library alone."""

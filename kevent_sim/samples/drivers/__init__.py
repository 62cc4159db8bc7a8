"""The article's three drivers, and three of our own about what it leaves open; each in Python and in C."""

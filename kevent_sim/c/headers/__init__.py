"""What drivers include, as package data; the numbers are the Python side's."""

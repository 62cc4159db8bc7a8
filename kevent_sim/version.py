"""The package's version, which its packaging, its face and the course's set-up check read here."""

__version__ = "0.3.0"

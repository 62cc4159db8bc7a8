"""The README, and what it counts."""

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def mutants_in(module: str) -> int:
    """How many mutants the README says are caught in a module of tests, which counts them itself."""
    (count,) = re.findall(rf"each of (\d+)\s+mutants[^`]*`tests/{re.escape(Path(module).name)}`", README)
    return int(count)

"""The oldest versions that pyproject.toml admits, for pip:  python tools/floors.py [EXTRA ...] > oldest.txt

pip install -r oldest.txt then installs these, and of what they need in turn the newest that goes with them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def floors(*extras: str) -> list[str]:
    """`name==version` for each library, and each of the extras."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + [text for extra in extras for text in project["optional-dependencies"][extra]]
    found = {}
    for text in asked:
        name, floor = re.match(r"([\w.-]+)>=([\d.]+)", text).groups()
        found[name] = f"{name}=={floor}"
    return list(found.values())


if __name__ == "__main__":
    print("\n".join(floors(*sys.argv[1:])))

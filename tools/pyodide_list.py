"""Write the committed list of what the browser edition needs of Pyodide:  python tools/pyodide_list.py FOLDER

FOLDER is Pyodide's own core as published, with its official pyodide-lock.json, such as `npm install pyodide@0.27.7`
leaves in node_modules/pyodide. The hashes of the packages are those of the lock; those of the core are of its files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kevent_sim.course.site.lock import OFFICIAL, closure
from kevent_sim.course.site.pyodide import CORE, LIST, LOCK, sha256


def listed(folder: Path) -> dict[str, object]:
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    core = {name: sha256(folder / name) for name in CORE}
    return {"core": core, "info": lock["info"], "packages": closure(lock["packages"], OFFICIAL)}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = json.dumps(listed(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n"
    LIST.write_text(text, encoding="utf-8", newline="\n")

"""Execute the notebooks anew, in place, and draw the README's pictures:  python tools/regenerate.py [NOTEBOOK ...]

The same notebook gives the same bytes twice: no timing, no widget state, keys and line ends fixed; its pictures do so
within one version of matplotlib.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import kevent_sim as ks
from kevent_sim.course.setup.editions import stored
from kevent_sim.samples import race, synchronization_event

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # its model id is new each time


README_RUNS = {driver: ks.Windows(processors=2, seed=0) for driver in (race, synchronization_event)}


def draw_readme_pictures() -> None:
    for driver, policy in README_RUNS.items():
        name = driver.__name__.rpartition(".")[2]
        ks.picture(ks.run(driver, policy=policy)).save(NOTEBOOKS / "pictures" / f"{name}.png")


def regenerate(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    ).execute(cwd=str(path.parent))
    notebook["metadata"] = METADATA
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    path.write_bytes(stored(notebook))


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(NOTEBOOKS.glob("*.ipynb")):
        regenerate(path)
        print(path.name)
    if not sys.argv[1:]:
        draw_readme_pictures()

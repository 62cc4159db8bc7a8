"""The public face: the names that `import kevent_sim as ks` gives, and what a type checker knows of them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import kevent_sim as ks

PACKAGE = Path(ks.__file__).parent

RIGHT = """\
import kevent_sim as ks
from kevent_sim import samples

run = ks.run(samples.race, policy=ks.Random(seed=1), FileCount=2, WriteCount=1)
verdict: str = run.verdict
every: ks.Exploration = ks.explore(samples.race, check=samples.all_moved, FileCount=2, WriteCount=1)
ks.plot_timeline(run)
print(verdict, every.verdict, ks.steps(run), ks.check, ks.StepLab, ks.__version__)
"""
WRONG = """\
import kevent_sim as ks
from kevent_sim import samples

run = ks.run(samples.race)
ks.no_such_name
ks.plot_timelime(run)
run.verdikt
"""


def names_in_stub():
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    (names,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    return ast.literal_eval(names)


def test_a_type_checker_knows_the_names_that_there_are():
    assert set(names_in_stub()) == set(ks.__all__) == set(dir(ks))
    assert len(names_in_stub()) == len(set(names_in_stub()))
    assert (PACKAGE / "py.typed").is_file()


def test_a_strict_type_checker_takes_what_is_there_and_refuses_what_is_not(tmp_path):
    for name, text in {"right.py": RIGHT, "wrong.py": WRONG}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    # Without the installed packages: their stubs take five times as long, and none of our names is in them.
    told = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--config-file=", "--strict", "--follow-imports=silent",
            "--no-site-packages", f"--cache-dir={tmp_path / 'cache'}", "right.py", "wrong.py",
        ],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(PACKAGE.parent)}, capture_output=True, text=True,
    )  # fmt: skip
    assert re.findall(r'^(\w+\.py):\d+: error: .*attribute "(\w+)"', told.stdout, re.MULTILINE) == [
        ("wrong.py", "no_such_name"),
        ("wrong.py", "plot_timelime"),
        ("wrong.py", "verdikt"),
    ]
    assert "Found 3 errors in 1 file (checked 2 source files)" in told.stdout

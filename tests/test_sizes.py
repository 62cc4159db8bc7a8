"""A module of more than 300 lines, or a class of more than 20 methods, is two."""

import ast
from pathlib import Path

import kevent_sim

PACKAGE = Path(kevent_sim.__file__).parent
LINES, METHODS = 300, 20

# A page of such a module is a routine's manual, or a list of names: one looks it up, and reads no more of it.
MANUAL = ("routines/", "ntifs.py")


def sizes(path: Path, text: str) -> dict[str, int]:
    """Module -> its lines, and `module: class` -> its methods, where these are too many."""
    tree, found = ast.parse(text), {}
    name = path.as_posix()
    if len(text.splitlines()) > LINES and not name.startswith(MANUAL):
        found[name] = len(text.splitlines())
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) for each in node.body)
            if methods > METHODS:
                found[f"{name}: {node.name}"] = methods
    return found


def test_nothing_is_too_large():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        found |= sizes(path.relative_to(PACKAGE), path.read_text(encoding="utf-8"))
    assert found == {}


def test_the_check_above_would_see_a_violation():
    text = "class Large:\n" + "    def method(self): ...\n" * (METHODS + 1)
    assert sizes(Path("runs/new.py"), text) == {"runs/new.py: Large": METHODS + 1}
    long = "\n" * (LINES + 1)
    assert (sizes(Path("runs/new.py"), long), sizes(Path("routines/new.py"), long)) == ({"runs/new.py": LINES + 1}, {})

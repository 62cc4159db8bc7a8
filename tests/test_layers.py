"""A folder is a floor: its modules import from their own folder and from those below it, never up, never in a circle,
never inside a function. Doors are excepted, and each is named here."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kevent_sim

PACKAGE = Path(kevent_sim.__file__).parent

FLOORS = (
    "version",
    "machine",
    "routines",
    "ntifs",
    "c",
    "runs",
    "orders",
    "samples",
    "views",
    "labs",
    "course",
)  # from below
FACE = ("__init__", "__main__")  # what a user types: they hand on what is above and below, and no floor imports them

# Imports inside a function, of what is needed only there: what needs no C needs no parser, and what sends nothing to
# other processes no pickler. Behind a door is what is not Python's own.
DOORS = {
    ("entries.py", "kevent_sim.c.load"),
    ("parse.py", "pycparser"),
    ("workers.py", "kevent_sim.runs.pickling"),
}
BEHIND = {("parse.py", "pycparser"), ("pickling.py", "cloudpickle")}

PROTOCOLS = {
    "_replace",
    "_asdict",
    "_fields",
    "_repr_html_",
    "_repr_mimebundle_",
}  # underscore names that Python or IPython gives out


@cache
def imports(tree):
    """(name, is it inside a function?) of every module that is imported."""
    return tuple(_imports(tree))


def _imports(tree):
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [alias.name for alias in node.names] if node.module == "kevent_sim" else [""]
            for name in names:
                yield f"{node.module}.{name}".rstrip("."), id(node) in inside


def threading_names(tree):
    """What a module takes from `threading`; `*` where it takes all of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "threading":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import) and any(alias.name == "threading" for alias in node.names):
            yield "*"


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PROTOCOLS


def private_uses(tree):
    """(node, name) of every underscore name that is imported, or reached for where this module does not make it."""
    own = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kevent_sim"):
            yield from ((node, alias.name) for alias in node.names if is_private(alias.name))
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield node, node.attr


def room(path: Path) -> str:
    """The folder, or the module that stands alone, that a file of the package belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def illegal(here: str, imported: str) -> str:
    """What is wrong with an import from this room; "" where it is allowed."""
    package, _, rest = imported.partition(".")
    there = rest.partition(".")[0]
    if package != "kevent_sim" or there == here:
        return ""
    if there not in FLOORS:
        return f"{imported} is on no floor"
    return "" if FLOORS.index(there) < FLOORS.index(here) else f"{here} imports {there}, which is not below it"


EVERYTHING = [(room(path), path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(PACKAGE.rglob("*.py"))]
CORE = [source for source in EVERYTHING if source[0] in FLOORS and FLOORS.index(source[0]) <= FLOORS.index("samples")]


def test_every_folder_is_a_floor():
    assert {there for there, _, _ in EVERYTHING} == {*FLOORS, *FACE}


def test_imports_point_downward():
    assert [
        f"{path.name}: {error}"
        for here, path, tree in EVERYTHING
        if here not in FACE
        for imported, _ in imports(tree)
        if (error := illegal(here, imported))
    ] == []


def test_inside_a_folder_imports_go_in_no_circle():
    names = {
        ".".join(("kevent_sim", *path.relative_to(PACKAGE).with_suffix("").parts)): tree for _, path, tree in EVERYTHING
    }
    names = {name.removesuffix(".__init__"): tree for name, tree in names.items()}
    needs = {name: {module_of(one, names) for one, _ in imports(tree)} - {name, ""} for name, tree in names.items()}
    tuple(TopologicalSorter(needs).static_order())  # raises CycleError


def module_of(imported: str, names: Iterable[str]) -> str:
    """The package's module that an imported name comes from; "" for another package's."""
    while imported and imported not in names:
        imported = imported.rpartition(".")[0]
    return imported


def through(doors, file: str, imported: str) -> bool:
    return any(file == here and f"{imported}.".startswith(f"{there}.") for here, there in doors)


def test_no_import_hides_in_a_function():
    hidden = {(path.name, name) for _, path, tree in EVERYTHING for name, inside in imports(tree) if inside}
    assert {one for one in hidden if not through(DOORS, *one)} == set()
    assert {file for file, _ in hidden} == {file for file, _ in DOORS}


def test_no_module_uses_what_another_keeps_to_itself():
    """No underscore name is imported, and none is reached for in what is not one's own."""
    assert [
        f"{path.name}, line {node.lineno}: {name}" for _, path, tree in EVERYTHING for node, name in private_uses(tree)
    ] == []


def test_the_lower_floors_use_the_standard_library_alone():
    foreign = [
        (path.name, name)
        for _, path, tree in CORE
        for name, _ in imports(tree)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "kevent_sim"}
        and not through(BEHIND, path.name, name)
    ]
    assert foreign == []


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("pandas", {"views"}),
        ("cloudpickle", {"runs"}),
        ("matplotlib", {"views"}),
        ("ipywidgets", {"labs", "course"}),  # a slide says which widgets are dead on it
        ("pycparser", {"c"}),
    ],
)
def test_each_library_is_imported_on_its_floor_only(library, rooms):
    assert {
        here for here, _, tree in EVERYTHING for name, _ in imports(tree) if name.partition(".")[0] == library
    } == rooms


def test_nothing_on_the_lower_floors_starts_a_thread():
    threads = {"_thread", "concurrent", "multiprocessing", "asyncio"}
    users = {path.stem for _, path, tree in CORE for name, _ in imports(tree) if name.partition(".")[0] in threads}
    assert users <= {"sweeps", "workers", "explore", "ahead"}, "what takes an executor"
    assert {name for _, _, tree in CORE for name in threading_names(tree)} <= {"RLock"}, "a lock starts no thread"


def test_nothing_imports_a_module_of_tests():
    """What two of them share is in a helper module, which has no test; so each can be run, and read, alone."""
    beside = [path for folder in ("tests", "tools") for path in sorted((PACKAGE.parent / folder).rglob("*.py"))]
    assert len(beside) > 50
    assert [
        (path.name, name)
        for path in beside
        for name, _ in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.startswith("test_")
    ] == []


def test_the_checks_above_would_see_a_violation():
    tree = ast.parse("from kevent_sim.runs.run import run\ndef f():\n    import pandas\n")
    assert imports(tree) == (("kevent_sim.runs.run", False), ("pandas", True))
    assert illegal("machine", "kevent_sim.runs.run") == "machine imports runs, which is not below it"
    assert illegal("runs", "kevent_sim.ntifs.KEVENT") == illegal("runs", "kevent_sim.runs.policies") == ""
    assert illegal("routines", "kevent_sim.elsewhere.x") == "kevent_sim.elsewhere.x is on no floor"
    uses = "from kevent_sim.a import _b\nx._mine = 1\nself._own, x._theirs, x.__name__, x._replace()\nself._own = 2\n"
    assert [name for _, name in private_uses(ast.parse(uses))] == ["_b", "_theirs"]
    assert module_of("kevent_sim.a.b", {"kevent_sim.a"}) == "kevent_sim.a"
    assert module_of("pandas.a", {"kevent_sim.a"}) == ""


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, kevent_sim, kevent_sim.samples; "
        "heavy = {'pandas', 'matplotlib', 'ipywidgets', 'numpy', 'IPython', 'asyncio', 'pycparser', 'kevent_sim.c'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert loaded.stdout.split() == []

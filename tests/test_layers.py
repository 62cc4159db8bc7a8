"""A module imports only from floors below its own; sideways only where `->` says so; never inside a function."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kevent_sim

PACKAGE = Path(kevent_sim.__file__).parent

FLOORS = {
    "ntstatus": 0, "irql": 0, "lines": 0, "call": 0,
    "objects": 1, "files": 1, "filesystem": 1, "memory": 1, "structures": 1, "stack": 1,
    "thread": 2, "trace": 2, "kernel": 2, "waits": 2, "policies": 2, "schedule": 2,
    "ob": 3, "ke_signals": 3, "ke_waits": 3, "ke_threads": 3, "zw_open": 3, "zw_data": 3,
    "driver": 3, "ps": 3, "ntifs": 3,
    "run": 4, "history": 4, "executions": 4, "reduction": 4, "explore": 4, "questions": 4, "races": 4, "sweeps": 4,
    "debugger": 4, "stepping": 4, "samples": 4, "uses": 4, "slots": 4, "reach": 4, "sharing": 4,
    "frames": 5, "pickling": 5, "plots": 5, "pictures": 5,
    "labs": 6, "check": 6,
}  # fmt: skip

# module -> the modules of its own floor that it may import
SIDEWAYS = {
    "irql": ["ntstatus"], "call": ["irql"],
    "trace": ["thread"], "kernel": ["thread", "trace"], "waits": ["thread", "kernel"],
    "ke_signals": ["ob"], "ke_waits": ["ob", "ke_signals"], "ke_threads": ["ob"], "zw_open": ["ob"],
    "zw_data": ["zw_open"], "ps": ["ob", "driver"],
    "ntifs": ["ob", "ke_signals", "ke_waits", "ke_threads", "zw_open", "zw_data", "driver", "ps"],
    "history": ["run"], "reduction": ["executions"], "races": ["run", "executions"],
    "executions": ["run", "questions", "sharing"], "reach": ["slots", "uses"],
    "sharing": ["run", "reach", "slots", "uses"],
    "debugger": ["run", "history"], "stepping": ["run", "history"],
    "explore": ["run", "executions", "questions", "races", "reduction"], "sweeps": ["run"],
    "pictures": ["plots"], "frames": ["pickling"],
    "stack": ["structures"],  # a frame's locals are theirs
    "filesystem": ["files"],  # names for them
    "memory": ["objects"],  # a structure's events are made with it
    "policies": ["thread", "kernel"],  # Windows asks the kernel's rules
    "schedule": ["policies", "kernel"],
}  # fmt: skip

# Above all floors: they may import anything, and no floor imports them.
ROOF = ("__init__", "__main__", "setup_check", "course_copy", "course_venv", "exercises", "grading", "slides")


def sources():
    """(module, path, its syntax tree): a package's modules stand on the package's floor."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    """(name, is it inside a function?) of every module that is imported."""
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


def illegal(module, imported) -> str:
    """What is wrong with the import; "" where it is allowed."""
    _, _, rest = imported.partition("kevent_sim.")
    target = rest.partition(".")[0]
    if not target or target not in FLOORS:
        return f"{imported} is on no floor"
    if target == module or FLOORS[target] < FLOORS[module] or target in SIDEWAYS.get(module, ()):
        return ""
    return f"{module} (floor {FLOORS[module]}) imports {target} (floor {FLOORS[target]})"


EVERYTHING = list(sources())
MODULES = [source for source in EVERYTHING if source[0] not in ROOF]


def test_every_module_stands_on_a_floor():
    assert {module for module, _, _ in MODULES} <= set(FLOORS)


def test_imports_point_downward():
    assert [
        error
        for module, _, tree in MODULES
        for imported, _ in imports(tree)
        if imported.partition(".")[0] == "kevent_sim" and (error := illegal(module, imported))
    ] == []


def test_no_import_hides_in_a_function():
    assert [(path.name, name) for _, path, tree in EVERYTHING for name, hidden in imports(tree) if hidden] == []


def test_the_lower_floors_use_the_standard_library_alone():
    foreign = [
        (path.name, name)
        for module, path, tree in MODULES
        if FLOORS[module] <= 4
        for name, _ in imports(tree)
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "kevent_sim"}
    ]
    assert foreign == []


@pytest.mark.parametrize(
    ("library", "floors"), [("pandas", [5]), ("cloudpickle", [5]), ("matplotlib", [5]), ("ipywidgets", [6])]
)
def test_each_library_is_imported_on_its_floor_only(library, floors):
    users = {FLOORS[m] for m, _, tree in MODULES for name, _ in imports(tree) if name.partition(".")[0] == library}
    assert users <= set(floors)


def test_nothing_on_the_lower_floors_starts_a_thread():
    threads = {"_thread", "concurrent", "multiprocessing", "asyncio"}
    users = {m for m, _, tree in MODULES for name, _ in imports(tree) if name.partition(".")[0] in threads}
    assert {module for module in users if FLOORS[module] <= 4} <= {"sweeps"}
    taken = {name for module, _, tree in MODULES if FLOORS[module] <= 4 for name in threading_names(tree)}
    assert taken <= {"RLock"}, "a lock starts no thread"


def test_the_checks_above_would_see_a_violation():
    tree = ast.parse("from kevent_sim.run import run\ndef f():\n    import pandas\n")
    assert list(imports(tree)) == [("kevent_sim.run", False), ("pandas", True)]
    assert illegal("kernel", "kevent_sim.run") == "kernel (floor 2) imports run (floor 4)"
    assert illegal("kernel", "kevent_sim.policies") == "kernel (floor 2) imports policies (floor 2)"
    assert illegal("kernel", "kevent_sim.elsewhere") == "kevent_sim.elsewhere is on no floor"
    assert illegal("policies", "kevent_sim.kernel") == ""


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, kevent_sim, kevent_sim.samples; "
        "print(*sorted({'pandas', 'matplotlib', 'ipywidgets', 'numpy', 'IPython', 'asyncio'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert loaded.stdout.split() == []

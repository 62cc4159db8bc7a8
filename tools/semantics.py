"""Write SEMANTICS.md from the routines' docstrings, their rules on IRQL, and what the tests call:

    python tools/semantics.py

Nothing on that page is typed but the statements of semantics_claims.py; test_semantics.py holds that it is not stale.
"""

from __future__ import annotations

import ast
import doctest
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from textwrap import dedent

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import conformance
import semantics_claims as claims
import vectors
import wine
from harness import Stage, create
from manuals import FUNCTIONS, ROUTINES, SECTIONS, manual, sections

from kevent_sim import ntifs
from kevent_sim.machine.call import calls_made
from kevent_sim.machine.irql import DISPATCH_LEVEL, HIGH_LEVEL, Limit, irql_name
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

ROOT = Path(__file__).resolve().parent.parent
TESTS, PAGE = ROOT / "tests", ROOT / "SEMANTICS.md"
KINDS = {
    "asserted": "asserted by a public test suite",
    "documented": "documented by Microsoft",
    "implementation": "one implementation's code (ReactOS)",
    "derived": "derived by us from the rules of the others",
}
FAMILIES = ("Ke", "Ex", "Ps", "Ob", "Io", "Zw", "Mm", "")
NAMES = sorted(FUNCTIONS, key=lambda name: [name.startswith(family) for family in FAMILIES].index(True))
CREATE_DISPOSITIONS = (
    "FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF",
)  # fmt: skip
FILE_GROUPS = {
    "FS-DISP": "dispositions",
    "FS-PATH": "paths",
    "FS-SHARE": "share access",
    "FS-WRITE": "writes",
    "FS-REN": "renames",
    "RACE": "fates of the article's files",
}


# -- who calls what ---------------------------------------------------------------------------------------------------


def in_tests(frame) -> bool:
    return Path(frame.f_code.co_filename).resolve().parent == TESTS


def called_in(play: Callable[[], None]) -> set[str]:
    """The routines whose code runs while something is played; those that are not steps count if a test calls them."""
    codes = {(ROUTINES[n].routine.effect if n in ROUTINES else f).__code__: n for n, f in FUNCTIONS.items()}
    called = set()

    def look(frame, event, argument):
        name = codes.get(frame.f_code) if event == "call" else None
        # NT_SUCCESS is the tests' own question, and no step of a vector.
        if name in ROUTINES or (name not in (None, "NT_SUCCESS") and in_tests(frame.f_back)):
            called.add(name)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        play()
    finally:
        sys.setprofile(before)
    return called


def names_called(tree: ast.AST) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(function, "attr", None) or getattr(function, "id", "") for function in functions}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def in_vectors() -> dict[str, set[str]]:
    """Vector -> the routines that it is about or calls: of a rule on IRQL the one named, of a scenario its driver's."""
    scenarios = {node.name: node for node in parsed(TESTS / "test_scheduling.py").body if hasattr(node, "name")}
    found = {}
    for vector in vectors.OURS:
        arguments = vector["steps"][0].get("args", {})
        if vector in vectors.CALLS:
            found[vector["id"]] = {step["args"]["routine"] for step in vector["steps"]}
        elif vector in vectors.SCENARIOS:
            found[vector["id"]] = names_called(scenarios[arguments["name"]])
        else:
            found[vector["id"]] = called_in(lambda vector=vector: conformance.play(vector))
    return found


@cache
def in_scripts() -> dict[str, set[str]]:
    plays = {wine.EventPlay: wine.EVENTS, wine.FilePlay: wine.FILES}
    return {
        script["id"]: called_in(lambda script=script, kind=kind: wine.play(script, kind(script)))
        for kind, scripts in plays.items()
        for script in scripts
    }


@cache
def in_modules() -> dict[str, set[str]]:
    return {path.name: names_called(parsed(path)) for path in sorted(TESTS.glob("test_*.py"))}


def callers(name: str, of: dict[str, set[str]]) -> list[str]:
    return [one for one, called in of.items() if name in called]


# -- pieces of Markdown -----------------------------------------------------------------------------------------------


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def tests(named: Iterable[str]) -> str:
    return ", ".join("`tests/{}.py::{}`".format(*name.split("::", 1)) for name in named)


def stated(statements) -> str:
    return "\n".join(f"* {text}<br>Held by {tests(named)}" for text, named in statements)


def folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def held(count_of: str, ids: list[str]) -> str:
    if not ids:
        return f"No {count_of}."
    many = f"{len(ids)} {count_of}{'s' if len(ids) > 1 else ''}"
    listed = ", ".join(f"`{each}`" for each in ids)
    return f"{many}: {listed}" if len(ids) <= 6 else folded(many, listed)


# -- a routine --------------------------------------------------------------------------------------------------------


def level(limit: Limit) -> str:
    if limit.highest == HIGH_LEVEL:
        return "any"
    return " ".join([f"{limit.relation} {irql_name(limit.highest)}", *[limit.when] * bool(limit.when)])


def beyond(limit: Limit) -> str:
    if limit.highest == HIGH_LEVEL:
        return "none"
    above = f", above {irql_name(DISPATCH_LEVEL)} 0x{limit.above:X}" * bool(limit.above)
    return f"0xC4 (0x{limit.code:X}{above})"


def limits(name: str) -> list[Limit]:
    return list(ROUTINES[name].routine.irql.limits) if name in ROUTINES else []


def answers(name: str) -> str:
    said = sections(manual(name))["Returns "].partition(" Raises ")[0]
    statuses = list(dict.fromkeys(re.findall(r"\bSTATUS_\w+", said)))
    if len(statuses) > 4:
        return f"{statuses[0]}, or one of {len(statuses) - 1} others"
    return ", ".join(statuses) if statuses else re.split(r"\.( |$)", said)[0]


def summary() -> str:
    rows = []
    for name in NAMES:
        irql = "; ".join(map(level, limits(name))) or sections(manual(name))["IRQL:"].rstrip(".")
        stops = "; ".join(dict.fromkeys(map(beyond, limits(name)))) or "none"
        rows.append([f"[{name}](#{name.lower()})", irql, stops, answers(name)])
    return table(["routine", "IRQL", "bug check beyond it", "returns"], rows)


def example(text: str) -> str:
    """The doctest, without the two lines with which every one begins."""
    (test,) = [doctest.DocTestParser().get_examples(text)]
    lines = []
    for one in test:
        if "import" in one.source:
            continue
        source = one.source.rstrip("\n").split("\n")
        lines += [f">>> {source[0]}", *(f"... {line}" for line in source[1:]), *one.want.rstrip("\n").split("\n")]
    return "```pycon\n" + "\n".join(line for line in lines if line) + "\n```"


def page_of(name: str) -> str:
    text = manual(name)
    first = text.partition("\n\n")[0]
    told = sections(text)
    remarks = told["Summary"].removeprefix(" ".join(first.split())).strip()
    parts = [f"### {name}", "\n".join(filter(None, [" ".join(first.split()), remarks]))]
    parts.append("\n".join(f"* **{h.rstrip(': ')}** {told[h]}" for h in SECTIONS[:-1] if h in told))
    parts.append(f"Source: WDK, {told[SECTIONS[-1]]}")
    held_by = [
        held("conformance vector", callers(name, in_vectors())),
        held("Wine script", callers(name, in_scripts())),
    ]
    held_by.append(held("test module", callers(name, in_modules())))
    parts += ["Called in:", *held_by, folded("Example", example(text))]
    return "\n\n".join(parts)


# -- the other parts --------------------------------------------------------------------------------------------------


def rules() -> str:
    rows: dict[tuple[str, str], list[str]] = {}
    for name in filter(ROUTINES.__contains__, NAMES):
        for limit in limits(name):
            rule = limit.rule or "none"
            rows.setdefault((beyond(limit), rule), []).append(f"{name} {level(limit)}")
    ordered = sorted((rule, stop, names) for (stop, rule), names in rows.items() if stop != "none")
    return table(["rule", "bug check", "routines"], ([rule, stop, "; ".join(names)] for rule, stop, names in ordered))


def dispositions() -> str:
    rows = []
    for name in CREATE_DISPOSITIONS:
        cells = [name]
        for files in ({"C:\\Temp\\file": 5}, {}):
            stage, handle = Stage(Volume(["C:\\Temp"], files)), HANDLE()
            path, disposition = "\\??\\C:\\Temp\\file", getattr(ntifs, name)
            stage.enter("P", [lambda h=handle, p=path, d=disposition: create(h, p, GENERIC_WRITE, 0, d)])
            status, information = stage.perform("P")
            sizes = list(stage.files().values())
            told = ["FILE_SUPERSEDED", "FILE_OPENED", "FILE_CREATED", "FILE_OVERWRITTEN"]
            done = f", {told[information]}, {sizes[0]} bytes" if NT_SUCCESS(status) else ""
            cells.append(f"{status}{done}")
        rows.append(cells)
    return table(["disposition", "where the file (5 bytes) exists", "where it does not"], rows)


def renames() -> str:
    rows = []
    for vector in vectors.OURS:
        results = [step["expect"]["status"] for step in vector["steps"] if step["op"].startswith("fs_rename")]
        if vector["id"].startswith("FS-REN"):
            rows.append([f"`{vector['id']}`", vector["title"], ", ".join(dict.fromkeys(results)) or "(refused before)"])
    return table(["vector", "rename", "status"], rows)


def groups() -> str:
    counts = Counter(prefix for vector in vectors.OURS for prefix in FILE_GROUPS if vector["id"].startswith(prefix))
    named = ", ".join(f"{counts[prefix]} on {what} (`{prefix}-*`)" for prefix, what in FILE_GROUPS.items())
    return f"Vectors: {named}; and {len(wine.FILES)} Wine scripts."


def left_out() -> str:
    reasons: dict[str, list[str]] = {}
    for vector in vectors.VECTORS:
        if vectors.left_out(vector):
            reasons.setdefault(vectors.left_out(vector), []).append(vector["id"])
    for vector in wine.VECTORS:
        if "workers" in vector and wine.left_out(vector):
            reasons.setdefault(f"{wine.left_out(vector)} (Wine)", []).append(vector["id"])
        elif wine.not_compared(vector)[1]:
            first, why = wine.not_compared(vector)
            reason = f"not compared from step {first} on: {why.removeprefix(f'step {first}: ')} (Wine)"
            reasons.setdefault(reason, []).append(vector["id"])
    return "\n".join(f"* {why}: {', '.join(f'`{each}`' for each in ids)}" for why, ids in reasons.items())


def evidence() -> str:
    kinds = Counter(vector["confidence"] for vector in vectors.OURS)
    rows = [[KINDS[kind], str(kinds[kind])] for kind in KINDS]
    scripts = f"{len(wine.EVENTS)} on events, semaphores and mutexes, {len(wine.FILES)} on files"
    rows.append([f"recorded from Wine 8.0 ({scripts})", str(len(wine.EVENTS + wine.FILES))])
    return table(["what the vectors rest on", "vectors"], rows)


def absent() -> str:
    lines = []
    for what, follows, _, held_by in claims.ABSENT:
        lines.append(f"* {what}{f': {follows}' if follows else ''}.{f'<br>Held by {tests(held_by)}' * bool(held_by)}")
    return "\n".join(lines)


def page() -> str:
    objects = [[what, when, does, tests(named)] for what, when, does, named in claims.OBJECTS]
    text = dedent("""\
        # Semantics

        What `kevent_sim` does, for a reader who knows the kernel and wants to check it. Generated by `python
        tools/semantics.py` from the routines' docstrings, their rules on IRQL and the tests; do not edit it.

        Two published records of Windows were compared with it, but no live kernel. A vector says what a public test, a
        page of Microsoft's or another implementation says; where Microsoft documents nothing, it says so.
        """)
    routines = "\n\n".join(map(page_of, NAMES))
    return "\n\n".join([
        text.strip(), evidence(),
        "## What is modelled", stated(claims.MODELLED),
        "## What was compared with Windows", stated(claims.COMPARED),
        "## Where it differs from Windows", stated(claims.DIFFERS),
        "## What no source decides", "None of the sources read says what Windows does; this is what is done here.",
        stated(claims.UNDECIDED),
        "## What is not modelled", absent(),
        "## The objects",
        table(["object", "a wait is satisfied if", "a satisfied wait", "held by"], objects),
        "## The routines", summary(),
        "## The rules on IRQL", rules(),
        "## Files", dispositions(), stated(claims.FILES), folded("Renames, by vector", renames()), groups(),
        "## What is left out of the vectors, and why", left_out(),
        "## The routines one by one",
        '"Called in" is computed: the vectors and scripts during which the routine runs, the test modules whose source '
        "calls it. A call is not yet a claim; what each vector claims is in `tests/data`.",
        routines,
    ]) + "\n"  # fmt: skip


if __name__ == "__main__":
    with calls_made.taken():
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(PAGE.name)

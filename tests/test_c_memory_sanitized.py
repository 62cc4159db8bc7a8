"""The cases, judged by somebody else: gcc's sanitizers, over a few routines of the WDK that stand on POSIX threads.

So what is right is right, and what is wrong is so at its line. What C leaves undefined in silence (memory that was
never written), what Windows alone knows (tags, waiters) and what is reachable to the end (a leak) they do not see.
"""

import re
import shutil
import subprocess

import pytest
from c_memory_cases import FOLDER, RIGHT, WRONG
from c_random import COMPILER
from sizes import long

if not long:
    pytest.skip("a minute of compilations: with --long", allow_module_level=True)

HEADERS = FOLDER.parent / "on_posix"
FLAGS = (
    "-w",
    "-g",
    "-O0",
    "-std=gnu17",
    "-fms-extensions",
    "-fshort-wchar",
    "-pthread",
    "-fno-builtin",
    f"-I{HEADERS}",
)
SANITIZERS = {"address,undefined": ("-fno-sanitize-recover=undefined",), "thread": ()}
SILENT = ("uninitialised", "overwritten")
NOWHERE = ("null_function_called",)  # who jumps to 0 is nowhere
RACES_UNSEEN = (  # a frame's end, and the use of an event, are no accesses there
    "race_on_a_record_of_a_frame_that_ends",
    "race_on_an_event_written_over",
)
UNSEEN = ("pool_freed_with_another_tag", "pool_never_freed", "pool_of_a_list_freed_but_for_one")


def sanitized(name, folder, sanitizer, tmp_path):
    """How the program ends, and the first line of the case that it names."""
    program = tmp_path / "driver"
    source = FOLDER / folder / f"{name}.c"
    flags = (*FLAGS, f"-fsanitize={sanitizer}", *SANITIZERS[sanitizer])
    subprocess.run([COMPILER, *flags, "-o", str(program), str(source)], check=True)
    ended = subprocess.run(
        ["setarch", "-R", str(program)], capture_output=True, text=True, timeout=60,
        env={"ASAN_OPTIONS": "detect_stack_use_after_return=1", "UBSAN_OPTIONS": "print_stacktrace=1"},
    )  # fmt: skip
    told = re.search(rf"{name}\.c:(\d+)", ended.stderr)
    return ended.returncode, int(told[1]) if told else None


def works(sanitizer, tmp_path):
    empty = tmp_path / "empty.c"
    empty.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    if shutil.which("setarch") is None:
        return False
    made = subprocess.run(
        [COMPILER, f"-fsanitize={sanitizer}", "-o", str(tmp_path / "empty"), str(empty)], capture_output=True
    )
    return made.returncode == 0 and subprocess.run(["setarch", "-R", str(tmp_path / "empty")]).returncode == 0


@pytest.fixture(scope="module", autouse=True)
def sanitizers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sanitizers")
    if COMPILER is None or not all(works(each, folder) for each in SANITIZERS):
        pytest.skip("there is no gcc with its sanitizers, or no setarch")


class TestSanitized:
    @pytest.mark.parametrize("sanitizer", SANITIZERS)
    @pytest.mark.parametrize("case", [case for case in RIGHT if "__try" not in case.text], ids=lambda case: case.name)
    def test_what_is_right_has_no_complaint(self, case, sanitizer, tmp_path):
        assert sanitized(case.name, "right", sanitizer, tmp_path) == (0, None)

    @pytest.mark.parametrize(
        "case",
        [case for case in WRONG if case.kind not in (*SILENT, "race") and case.name not in UNSEEN],
        ids=lambda case: case.name,
    )
    def test_what_is_wrong_is_so_at_its_line(self, case, tmp_path):
        code, line = sanitized(case.name, "wrong", "address,undefined", tmp_path)
        assert code != 0
        assert line == (None if case.name in NOWHERE else case.line)

    @pytest.mark.parametrize(
        "case",
        [case for case in WRONG if case.kind == "race" and case.name not in RACES_UNSEEN],
        ids=lambda case: case.name,
    )
    def test_a_race_is_one_between_its_lines(self, case, tmp_path):
        code, line = sanitized(case.name, "wrong", "thread", tmp_path)
        assert code != 0
        assert line in case.lines

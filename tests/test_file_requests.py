"""What is asked of files: each name, option, attribute and offset that Windows documents has its status, or is refused
by its name at the line that asks."""

import pytest
from harness import Stage, attributes_of, create, open_file, rename, rename_request

import kevent_sim as ks
from kevent_sim.machine.files import AT_END, AT_POSITION, LARGEST_FILE
from kevent_sim.machine.paths import LONGEST_NAME
from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *

TEMP = "\\??\\C:\\Temp\\"
SYNCHRONOUS = FILE_SYNCHRONOUS_IO_NONALERT


def results(*operations, files=("C:\\Temp\\there",)):
    """What the operations of one thread return, one after the other."""
    stage = Stage(Volume(files=dict.fromkeys(files, b"12345")))
    stage.enter("T", operations)
    return [stage.perform("T") for _ in operations], stage.kernel.volume


def status_of_create(path, disposition=FILE_OPEN_IF, options=0, access=GENERIC_WRITE | DELETE):
    ((status, _),), _ = results(lambda: create(HANDLE(), path, access, 7, disposition, options))
    return status


# -- names -------------------------------------------------------------------------------------------------------------

NAMES = {
    f"{TEMP}there": STATUS_SUCCESS,
    f"{TEMP}new": STATUS_SUCCESS,
    "\\dosdevices\\c:\\temp\\THERE": STATUS_SUCCESS,
    "\\GLOBAL??\\C:\\Temp\\there": STATUS_SUCCESS,
    f"{TEMP}{'n' * LONGEST_NAME}": STATUS_SUCCESS,
    f"{TEMP}{'n' * (LONGEST_NAME + 1)}": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}{chr(0x1F600) * 128}": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}..": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}..\\there": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}.": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}a:b\\there": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}there\\": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}new\\": STATUS_OBJECT_NAME_INVALID,
    f"{TEMP}\\there": STATUS_OBJECT_NAME_INVALID,
    "\\??\\E:\\there": STATUS_OBJECT_PATH_NOT_FOUND,
    "\\??\\NoSuchDevice\\there": STATUS_OBJECT_PATH_NOT_FOUND,
    "\\NoSuchDirectory\\there": STATUS_OBJECT_PATH_NOT_FOUND,
    "C:\\Temp\\there": STATUS_OBJECT_PATH_SYNTAX_BAD,
}
REFUSED_NAMES = {
    f"{TEMP}there:stream": r"named streams; name the file alone:  C:\\Temp\\there",
    f"{TEMP}there::$DATA": "named streams",
    "\\??\\C:": r"the volume C: itself; its root directory is  \\\?\?\\C:\\",
    "\\Device\\HarddiskVolume1\\Temp\\there": r"names under \\Device; name a file on a drive, such as",
    "\\SystemRoot\\there": r"names under \\SystemRoot",
    "\\??\\UNC\\server\\share\\there": "the device UNC",
    "\\??\\PhysicalDrive0": "the device PhysicalDrive0",
    "\\DosDevices\\Global\\C:\\Temp\\there": "the device Global",
}


@pytest.mark.parametrize(("path", "status"), NAMES.items())
def test_a_name_has_its_status(path, status):
    assert status_of_create(path) is status


@pytest.mark.parametrize(("path", "says"), REFUSED_NAMES.items())
def test_a_name_that_is_not_simulated_is_refused_by_what_it_names(path, says):
    with pytest.raises(ks.Misuse, match=f"ZwCreateFile: not simulated: {says}"):
        status_of_create(path)


def test_a_backslash_at_the_end_names_a_directory():
    directory = "\\??\\C:\\Temp\\"
    assert status_of_create(directory, FILE_OPEN) is STATUS_SUCCESS
    assert status_of_create(directory, FILE_OPEN, FILE_NON_DIRECTORY_FILE) is STATUS_FILE_IS_A_DIRECTORY
    assert status_of_create(f"{TEMP}new\\", FILE_CREATE, FILE_DIRECTORY_FILE) is STATUS_SUCCESS
    assert status_of_create(f"{TEMP}new\\", FILE_OPEN) is STATUS_OBJECT_NAME_NOT_FOUND
    assert status_of_create(f"{TEMP}there\\", FILE_OPEN, FILE_NON_DIRECTORY_FILE) is STATUS_OBJECT_NAME_INVALID
    assert status_of_create(f"{TEMP}there\\", FILE_OPEN, FILE_DIRECTORY_FILE) is STATUS_NOT_A_DIRECTORY


# -- options and attributes --------------------------------------------------------------------------------------------

REPLACE = [FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF]


@pytest.mark.parametrize(
    ("disposition", "options"),
    [
        *((disposition, FILE_DIRECTORY_FILE) for disposition in REPLACE),
        (FILE_OPEN_IF, FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE),
        (FILE_OPEN_IF, FILE_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY),
        (FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_ALERT),  # beside the other one
        (FILE_OPEN_IF, 0x0100_0000),
    ],
)
def test_what_does_not_go_together_is_an_invalid_parameter(disposition, options):
    assert status_of_create(f"{TEMP}there", disposition, options) is STATUS_INVALID_PARAMETER


def test_attributes_are_those_of_a_new_file_and_of_one_that_is_replaced():
    def asks(attributes, disposition):
        return lambda: ZwCreateFile(
            HANDLE(), DELETE, attributes_of(f"{TEMP}there"), IO_STATUS_BLOCK(), None, attributes, 7, disposition,
            SYNCHRONOUS, None, 0,
        )  # fmt: skip

    for disposition in REPLACE:
        read_only, plain = FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_NORMAL
        opens, again = asks(read_only, FILE_OPEN), asks(plain, disposition)
        assert results(opens, again)[0] == [STATUS_SUCCESS, STATUS_SUCCESS]
        (status, refused), volume = results(asks(read_only, disposition), again)
        assert (status, refused) == (STATUS_SUCCESS, STATUS_ACCESS_DENIED)
        assert volume.find("C:\\Temp\\there").read_only


def test_the_root_of_a_volume_can_be_neither_deleted_nor_renamed():
    root = HANDLE()
    found, _ = results(
        lambda: open_file(root, "\\??\\C:\\", DELETE, 7, FILE_DIRECTORY_FILE),
        lambda: ZwSetInformationFile(
            root, IO_STATUS_BLOCK(), FILE_DISPOSITION_INFORMATION(True), 1, FileDispositionInformation
        ),
        lambda: rename(root, f"{TEMP}root", False),
    )
    assert [found[1], found[2][0]] == [STATUS_CANNOT_DELETE, STATUS_INVALID_PARAMETER]


# -- renames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "status", "left"),
    [
        ("moved", STATUS_SUCCESS, {"moved": 5, "other": 5}),
        ("other", STATUS_OBJECT_NAME_COLLISION, {"there": 5, "other": 5}),
        ("mo/ved", STATUS_OBJECT_NAME_INVALID, {"there": 5, "other": 5}),
        ("Temp2\\moved", STATUS_OBJECT_PATH_SYNTAX_BAD, {"there": 5, "other": 5}),
        (chr(0x1F600), STATUS_SUCCESS, {chr(0x1F600): 5, "other": 5}),
    ],
)
def test_a_rename_to_a_simple_name_stays_in_the_directory(target, status, left):
    file = HANDLE()
    request, _ = rename_request("n" * 20, False)
    request.FileName, request.FileNameLength = target, UNICODE_STRING(target).Length
    found, volume = results(
        lambda: open_file(file, f"{TEMP}there", DELETE, 7),
        lambda: ZwSetInformationFile(file, IO_STATUS_BLOCK(), request, request.NumberOfBytes, FileRenameInformation),
        files=("C:\\Temp\\there", "C:\\Temp\\other"),
    )
    assert found[1] is status
    assert volume.files("C:\\Temp") == left


def test_a_rename_to_a_simple_name_opens_no_directory_and_one_to_a_path_does():
    for target, status in (("moved", STATUS_SUCCESS), (f"{TEMP}moved", STATUS_SHARING_VIOLATION)):
        directory, file = HANDLE(), HANDLE()
        found, _ = results(
            lambda d=directory: open_file(d, TEMP, FILE_READ_DATA, FILE_SHARE_READ),
            lambda f=file: open_file(f, f"{TEMP}there", DELETE, 7),
            lambda f=file, to=target: rename(f, to, False),
        )
        assert found[2][0] is status


@pytest.mark.parametrize(
    ("target", "directory", "says"),
    [(f"{TEMP}moved\\", 0, "a new name that ends in a backslash"), ("moved", 8, "a rename relative to a Root")],
)
def test_a_rename_that_is_not_simulated_is_refused(target, directory, says):
    file, request = HANDLE(), rename_request(target, False)
    request[0].RootDirectory = HANDLE()
    request[0].RootDirectory.value = directory
    with pytest.raises(ks.Misuse, match=f"ZwSetInformationFile: not simulated: {says}"):
        results(
            lambda: open_file(file, f"{TEMP}there", DELETE, 7),
            lambda: ZwSetInformationFile(file, IO_STATUS_BLOCK(), *request, FileRenameInformation),
        )


# -- offsets -----------------------------------------------------------------------------------------------------------


def at(offset):
    return None if offset is None else LARGE_INTEGER(offset)


def writes(file, offset, data=b"ab"):
    return lambda: ZwWriteFile(file, None, None, None, IO_STATUS_BLOCK(), data, len(data), at(offset), None)


def reads(file, offset):
    return lambda: ZwReadFile(file, None, None, None, IO_STATUS_BLOCK(), bytearray(2), 2, at(offset), None)


@pytest.mark.parametrize(
    ("offset", "status", "left"),
    [
        (None, STATUS_SUCCESS, b"xab45"),
        (AT_POSITION, STATUS_SUCCESS, b"xab45"),
        (AT_END, STATUS_SUCCESS, b"x2345ab"),
        (3, STATUS_SUCCESS, b"x23ab"),
        (-3, STATUS_INVALID_PARAMETER, b"x2345"),
    ],
)
def test_a_write_goes_where_its_offset_says_and_two_offsets_have_a_meaning_of_their_own(offset, status, left):
    file = HANDLE()
    opens = lambda: open_file(file, f"{TEMP}there", GENERIC_WRITE, 7)  # noqa: E731
    found, volume = results(opens, writes(file, None, b"x"), writes(file, offset))
    assert (found[2], dict(volume.contents())["C:\\Temp\\there"]) == (status, left)


@pytest.mark.parametrize("transfers", [reads, writes])
def test_a_handle_that_is_not_synchronous_has_no_position(transfers):
    def asks(offset):
        file = HANDLE()
        opens = lambda: ZwOpenFile(  # noqa: E731
            file, GENERIC_READ | GENERIC_WRITE, attributes_of(f"{TEMP}there"), IO_STATUS_BLOCK(), 7, 0
        )
        return results(opens, transfers(file, offset))[0][1]

    assert asks(None) is asks(AT_POSITION) is STATUS_INVALID_PARAMETER
    with pytest.raises(
        ks.Misuse, match=r"not simulated: asynchronous reads and writes; .*FILE_SYNCHRONOUS_IO_NONALERT"
    ):
        asks(0)


@pytest.mark.parametrize(("access", "offset"), [(GENERIC_WRITE, AT_END), (FILE_APPEND_DATA, None)])
def test_nor_has_it_an_end_to_write_to(access, offset):
    file = HANDLE()
    opens = lambda: ZwOpenFile(file, access, attributes_of(f"{TEMP}there"), IO_STATUS_BLOCK(), 7, 0)  # noqa: E731
    with pytest.raises(ks.Misuse, match="not simulated: asynchronous reads and writes"):
        results(opens, writes(file, offset))


@pytest.mark.parametrize("offset", [LARGEST_FILE, 2**28, 2**62, 2**63 - 1])
def test_a_file_that_would_not_fit_into_memory_is_refused(offset):
    file = HANDLE()
    opens = lambda: open_file(file, f"{TEMP}there", GENERIC_WRITE, 7)  # noqa: E731
    with pytest.raises(ks.Misuse, match=f"not simulated: a file of more than {LARGEST_FILE:,} bytes"):
        results(opens, writes(file, offset))
    assert results(opens, writes(file, LARGEST_FILE - 2))[0][1] is STATUS_SUCCESS


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70])
def test_a_large_integer_has_64_bits(number):
    with pytest.raises(ValueError, match="LARGE_INTEGER holds 64 bits"):
        LARGE_INTEGER(number)


def test_a_name_is_as_long_as_its_utf_16():
    assert [UNICODE_STRING(text).Length for text in ("", "file", chr(0x1F600), "\ud800")] == [0, 8, 4, 2]

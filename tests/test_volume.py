"""What the volume promises, one theorem a test; against a second model it is tested in test_state_machines."""

from hypothesis import given, settings
from hypothesis import strategies as st
from models import ATTRIBUTES, READ, WRITE

from kevent_sim.machine.volume import Volume
from kevent_sim.ntifs import *


@settings(max_examples=100)
@given(st.integers(0, 0x3F), st.integers(0, 7), st.integers(0, 0x3F), st.integers(0, 7))
def test_whether_two_opens_agree_does_not_depend_on_their_order(access1, share1, access2, share2):
    def second(*opens):
        volume = Volume(files={"C:\\Temp\\f": 1})
        return [volume.create("\\??\\C:\\Temp\\f", access or ATTRIBUTES, share, 1)[0] for access, share in opens][1]

    one, other = (access1, share1), (access2, share2)
    assert second(one, other) == second(other, one)


def test_a_refused_open_changes_nothing():
    volume = Volume(files={"C:\\Temp\\f": b"kept"})
    volume.create("\\??\\C:\\Temp\\f", READ, 0, 1)
    for disposition in 0, 1, 3, 4, 5:
        assert volume.create("\\??\\C:\\Temp\\f", READ | WRITE | DELETE, 7, disposition)[0] == STATUS_SHARING_VIOLATION
    assert volume.contents() == (("C:\\Temp\\f", b"kept"),)


def test_a_directory_that_is_to_be_deleted_takes_no_new_files():
    volume = Volume(["C:\\Empty"])
    status, _, folder = volume.create("\\??\\C:\\Empty", DELETE, 7, 1, FILE_DIRECTORY_FILE)
    assert (status, volume.set_disposition(folder, True)) == (STATUS_SUCCESS, STATUS_SUCCESS)
    assert volume.create("\\??\\C:\\Empty\\f", WRITE, 7, 2)[0] == STATUS_DELETE_PENDING
    volume.close(folder)
    assert volume.directories() == ["C:"]


def test_a_directory_moves_with_all_that_is_in_it():
    volume = Volume(["C:\\A", "C:\\A\\B"], {"C:\\A\\f": 1, "C:\\A\\B\\g": 2})
    _, _, folder = volume.create("\\??\\C:\\A", DELETE, 7, 1, FILE_DIRECTORY_FILE)
    assert volume.rename(folder, "\\??\\C:\\Z", False) == STATUS_SUCCESS
    assert volume.directories() == ["C:", "C:\\Z", "C:\\Z\\B"]
    assert dict(volume.contents()) == {"C:\\Z\\f": bytes(1), "C:\\Z\\B\\g": bytes(2)}
    assert volume.rename(folder, "\\??\\C:\\Z\\B\\Z", False) != STATUS_SUCCESS, "not into itself"

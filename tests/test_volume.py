"""The volume against a second model, deliberately simple: random creates, writes, renames, deletions and closes.

The model keeps a dictionary of names and counts readers, writers and deleters as IoCheckShareAccess is documented to;
the volume compares the openers pair by pair.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from kevent_sim.filesystem import Volume
from kevent_sim.ntifs import *

FOLDERS = ("C:\\TEMP", "C:\\TEMP2")
READ, WRITE, APPEND, EXECUTE, ATTRIBUTES = 0x1, 0x2, 0x4, 0x20, 0x80
# disposition -> Information where the file exists, and where it does not; None: it fails
TABLE = {0: (0, 2), 1: (1, None), 2: (None, 2), 3: (1, 2), 4: (3, None), 5: (3, 2)}


class Entry:
    def __init__(self):
        self.data, self.openers, self.doomed = b"", [], False


class Opener:
    def __init__(self, entry, access, share):
        self.entry, self.access, self.share, self.position = entry, access, share, 0
        self.reads, self.writes = bool(access & (READ | EXECUTE)), bool(access & (WRITE | APPEND))
        self.deletes = bool(access & DELETE)
        self.counts = self.reads or self.writes or self.deletes


class Model:
    def __init__(self):
        self.entries = {}

    def create(self, name, access, share, disposition):
        key = name.upper()
        if key.rpartition("\\")[0] not in FOLDERS:
            return STATUS_OBJECT_PATH_NOT_FOUND, 0, None
        entry = self.entries.get(key)
        if entry is not None and entry.doomed:
            return STATUS_DELETE_PENDING, 0, None
        information = TABLE[disposition][entry is None]
        if information is None:
            return (STATUS_OBJECT_NAME_NOT_FOUND if entry is None else STATUS_OBJECT_NAME_COLLISION), 0, None
        if entry is not None:
            implied = {0: DELETE, 4: WRITE, 5: WRITE}.get(disposition, 0)
            if self.refuses(entry, Opener(entry, access | implied, share)):
                return STATUS_SHARING_VIOLATION, 0, None
            if information != 1:
                entry.data = b""
        else:
            entry = self.entries[key] = Entry()
        opener = Opener(entry, access, share)
        entry.openers.append(opener)
        return STATUS_SUCCESS, information, opener

    @staticmethod
    def refuses(entry, new):
        counted = [opener for opener in entry.openers if opener.counts]
        open_count = len(counted)
        readers, writers = sum(o.reads for o in counted), sum(o.writes for o in counted)
        deleters = sum(o.deletes for o in counted)
        shared = [sum(bool(o.share & bit) for o in counted) for bit in (1, 2, 4)]
        return new.counts and (
            (new.reads and shared[0] < open_count)
            or (new.writes and shared[1] < open_count)
            or (new.deletes and shared[2] < open_count)
            or (readers > 0 and not new.share & 1)
            or (writers > 0 and not new.share & 2)
            or (deleters > 0 and not new.share & 4)
        )

    def write(self, opener, data):
        if not opener.writes:
            return STATUS_ACCESS_DENIED
        at = opener.position if opener.access & WRITE else len(opener.entry.data)
        old = opener.entry.data
        if data:
            opener.entry.data = (old + bytes(max(0, at - len(old))))[:at] + data + old[at + len(data) :]
        opener.position = at + len(data)
        return STATUS_SUCCESS

    def rename(self, opener, name, replace):
        key = name.upper()
        if not opener.deletes:
            return STATUS_ACCESS_DENIED
        if key.rpartition("\\")[0] not in FOLDERS:
            return STATUS_OBJECT_PATH_NOT_FOUND
        there = self.entries.get(key)
        if there is not None and there is not opener.entry:
            if not replace:
                return STATUS_OBJECT_NAME_COLLISION
            if there.openers:
                return STATUS_ACCESS_DENIED
        self.entries = {old: entry for old, entry in self.entries.items() if entry not in (opener.entry, there)}
        self.entries[key] = opener.entry
        return STATUS_SUCCESS

    def doom(self, opener, doomed):
        if not opener.deletes:
            return STATUS_ACCESS_DENIED
        opener.entry.doomed = doomed
        return STATUS_SUCCESS

    def close(self, opener):
        entry = opener.entry
        entry.openers.remove(opener)
        if entry.doomed and not entry.openers:
            self.entries = {name: other for name, other in self.entries.items() if other is not entry}


names = st.sampled_from(["C:\\Temp\\a", "C:\\Temp\\b", "C:\\TEMP\\A", "C:\\Temp2\\a", "C:\\Temp2\\c", "C:\\Gone\\a"])
accesses = st.lists(st.sampled_from([READ, WRITE, APPEND, EXECUTE, ATTRIBUTES, DELETE]), min_size=1, max_size=3).map(
    lambda bits: sum(set(bits))
)
operations = st.one_of(
    st.tuples(st.just("create"), names, accesses, st.integers(0, 7), st.integers(0, 5)),
    st.tuples(st.just("write"), st.binary(max_size=4)),
    st.tuples(st.just("rename"), names, st.booleans()),
    st.tuples(st.just("doom"), st.booleans()),
    st.tuples(st.just("close")),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 2), operations), max_size=25))
def test_the_volume_does_what_the_simple_model_does(steps):
    model, volume, held = Model(), Volume(), {}

    def act(who, operation, *arguments):
        ours, theirs = held.get(who, (None, None))
        if operation == "create":
            if who in held:
                act(who, "close")
            name, *rest = arguments
            *expected, modelled = model.create(name, *rest)
            *found, opened = volume.create(f"\\??\\{name}", *rest)
            assert found == expected
            if opened is not None:
                held[who] = opened, modelled
        elif ours is not None:
            if operation == "write":
                assert ours.write(*arguments) == model.write(theirs, *arguments)
            elif operation == "rename":
                name, replace = arguments
                assert volume.rename(ours, f"\\??\\{name}", replace) == model.rename(theirs, name, replace)
            elif operation == "doom":
                assert volume.set_disposition(ours, *arguments) == model.doom(theirs, *arguments)
            else:
                volume.close(ours)
                model.close(theirs)
                del held[who]

    for who, (operation, *arguments) in steps:
        act(who, operation, *arguments)
        listing = {path.upper(): contents for path, contents in volume.contents()}
        assert listing == {name: entry.data for name, entry in model.entries.items()}


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

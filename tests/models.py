"""Second models of the dispatcher objects and of the volume: lists and dictionaries, and of the package only numbers.

They are written from the documented rules alone, to be read at one sitting; where they and the package differ, one of
the two is wrong.
"""

from kevent_sim.ntifs import *

SUCCESS, ALERTED, TIMEOUT, LIMIT_EXCEEDED, NOT_OWNED = 0, 0x101, 0x102, 0xC0000047, 0xC0000046


class Machine:
    """Events, a semaphore, mutexes and threads, each known by its name. A call, and a return from a wait, takes a tick.

    `queue` has a list of (thread, key) for each object; `woken` is what a thread's wait will return, None where it has
    to look at its objects again; `news` tells who was made ready, in order.
    """

    def __init__(self, notification, synchronization, limits, priorities, mutexes=(), locks=()):
        self.kind = dict.fromkeys(notification, "notification") | dict.fromkeys(synchronization, "synchronization")
        self.kind |= dict.fromkeys(limits, "semaphore") | dict.fromkeys(priorities, "thread")
        self.limits, self.base, self.priority = dict(limits), dict(priorities), dict(priorities)
        self.kind |= dict.fromkeys(mutexes, "mutex") | dict.fromkeys(locks, "lock")
        self.state = dict.fromkeys(self.kind, 0) | dict.fromkeys([*mutexes, *locks], 1)
        self.owner = dict.fromkeys([*mutexes, *locks])
        self.irql, self.old_irql = dict.fromkeys(priorities, 0), {}
        self.queue = {name: [] for name in self.kind}
        self.waits, self.woken, self.due = {}, {}, {}
        self.blocked, self.alerts, self.ended, self.news = set(), set(), set(), []

    # -- signals

    def set(self, event, increment):
        before, self.state[event] = self.state[event], 1
        if before == 0:
            self.serve(event, increment)
        return before

    def pulse(self, event, increment):
        before = self.set(event, increment)
        self.state[event] = 0
        return before

    def reset(self, event):
        before, self.state[event] = self.state[event], 0
        return before

    def release(self, semaphore, increment, adjustment):
        before = self.state[semaphore]
        if before + adjustment > self.limits[semaphore]:
            return LIMIT_EXCEEDED
        self.state[semaphore] += adjustment
        if before == 0:
            self.serve(semaphore, increment)
        return before

    def give_back(self, thread, mutex):
        before = self.state[mutex]
        if self.owner[mutex] != thread:
            return NOT_OWNED
        self.state[mutex] += 1
        if before == 0:
            self.owner[mutex] = None
            self.serve(mutex, 1)
        return before

    # -- a lock: a fast mutex, whose owner runs at APC_LEVEL

    def acquire(self, thread, lock, now):
        self.old_irql[thread], self.irql[thread] = self.irql[thread], 1
        return self.wait(thread, [lock], False, False, 0, None, now)

    def attempt(self, thread, lock):
        if self.state[lock] == 0:
            return False
        self.take(thread, lock)
        self.old_irql[thread], self.irql[thread] = self.irql[thread], 1
        return True

    def let_go(self, thread, lock):
        self.state[lock], self.owner[lock], self.irql[thread] = 1, None, self.old_irql[thread]
        self.serve(lock, 1)

    def end(self, thread):
        self.ended.add(thread)
        self.state[thread] = 1
        self.serve(thread, 0)

    def serve(self, name, increment):
        """From the head of the queue, while there is something to be had: who waits for any gets it, who waits for all
        is told to look again."""
        for thread, key in list(self.queue[name]):
            if self.state[name] > 0 and (thread, key) in self.queue[name]:
                if self.waits[thread]["all"]:
                    self.wake(thread, None, increment)
                else:
                    self.take(thread, name)
                    self.wake(thread, key, increment)

    def there(self, thread, name):
        """Can the thread have it now?"""
        return self.state[name] > 0 or (self.kind[name] == "mutex" and self.owner[name] == thread)

    def take(self, thread, name):
        if self.kind[name] == "synchronization":
            self.state[name] = 0
        if self.kind[name] in ("semaphore", "mutex"):
            self.state[name] -= 1
        if self.kind[name] == "lock":
            self.state[name] = 0
        if self.kind[name] in ("mutex", "lock"):
            self.owner[name] = thread

    def wake(self, thread, result, increment):
        for name in self.queue:
            self.queue[name] = [entry for entry in self.queue[name] if entry[0] != thread]
        self.due.pop(thread, None)
        self.blocked.remove(thread)
        self.woken[thread] = result
        self.news.append(thread)
        if self.priority[thread] < 16:
            self.priority[thread] = max(self.priority[thread], min(15, self.base[thread] + increment))

    # -- waits

    def wait(self, thread, names, for_all, alertable, mode, timeout, now):
        """What the wait returns, or None where the thread begins to wait."""
        self.waits[thread] = {"names": names, "all": for_all, "alertable": alertable, "mode": mode}
        if timeout is not None:
            self.waits[thread]["due"] = now + timeout
        result = self.look(thread)
        if result is None and timeout == 0:
            result = TIMEOUT if names else SUCCESS
        if result is None:
            self.block(thread)
        return result

    def look(self, thread):
        wait = self.waits[thread]
        there = [key for key, name in enumerate(wait["names"]) if self.there(thread, name)]
        if wait["all"] and len(there) == len(wait["names"]):
            for name in wait["names"]:
                self.take(thread, name)
            return SUCCESS
        if there and not wait["all"]:
            self.take(thread, wait["names"][there[0]])
            return there[0]
        for mode in (wait["mode"], 0) if wait["alertable"] else ():
            if (thread, mode) in self.alerts:
                self.alerts.remove((thread, mode))
                return ALERTED
        return None

    def block(self, thread):
        self.blocked.add(thread)
        for key, name in enumerate(self.waits[thread]["names"]):
            self.queue[name].append((thread, key))
        if "due" in self.waits[thread]:
            self.due[thread] = self.waits[thread]["due"]

    def go_on(self, thread):
        """A thread that was woken returns from its wait; None where it waits again."""
        result = self.woken.pop(thread)
        if result is None:
            result = self.look(thread)
            if result is None:
                self.block(thread)
        return result

    def time_outs(self):
        """Who will time out, the earliest first; of equals the one that began to wait first."""
        return sorted(self.due, key=self.due.get)

    def expire(self, thread):
        """The time at which it was due."""
        due = self.due[thread]
        self.wake(thread, TIMEOUT if self.waits[thread]["names"] else SUCCESS, 0)
        return due

    def alert(self, thread, mode):
        before = (thread, mode) in self.alerts
        if thread in self.blocked and self.waits[thread]["alertable"] and mode <= self.waits[thread]["mode"]:
            self.wake(thread, ALERTED, 2)
        else:
            self.alerts.add((thread, mode))
        return before


class Stopped(Exception):
    """By a bug check."""

    def __init__(self, code):
        super().__init__(hex(code))
        self.code = code


STOPS = {"device": 0xD5, "object": 0xD5, "frame": 0x139, "image": 0xCE}


class Memory(Machine):
    """The same, where each object lies in memory that ends: the device that it is in, the frame of the function whose
    local it is, an object's own that nothing keeps any more, the driver's image.

    A call touches the objects that it is given. Whoever ends a wait, by a signal, a time-out or an alert, takes the
    thread off the wait lists of all the objects that it waits for, which lie in the objects: it touches all of them.
    Who looks again at its objects touches all of them; who returns from a wait that has ended touches none.
    """

    def __init__(self, places, *objects):
        super().__init__(*objects)
        self.places, self.gone = places, set()
        self.references, self.handles = dict.fromkeys(places, 1), set()

    def touch(self, *names):
        for name in names:
            if self.places.get(name) in self.gone:
                raise Stopped(STOPS[self.places[name].split()[0]])

    def free(self, place):
        self.gone.add(place)

    def wake(self, thread, result, increment):
        self.touch(*self.waits[thread]["names"])
        super().wake(thread, result, increment)

    def go_on(self, thread):
        if self.woken[thread] is None:
            self.touch(*self.waits[thread]["names"])
        return super().go_on(thread)

    def initialise(self, name):
        if self.queue[name]:
            raise Stopped(0x139)
        self.state[name] = 0

    def delete(self):
        if "device" in self.gone:
            raise Stopped(STOPS["device"])
        self.free("device")

    def close(self, name):
        if name not in self.handles:
            raise Stopped(0x93)
        self.handles.remove(name)
        self.let_go(name)

    def dereference(self, name):
        if self.references[name] == 0:
            raise Stopped(0x18)
        self.references[name] -= 1
        self.let_go(name)

    def let_go(self, name):
        """An object is kept by a handle and by references; a thread also by its own life."""
        lives = self.kind[name] == "thread" and name not in self.ended
        if name in self.places and not lives and name not in self.handles and not self.references[name]:
            self.free(self.places[name])


# -- the volume --------------------------------------------------------------------------------------------------------

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


class Disk:
    """Names in a dictionary; readers, writers and deleters counted as IoCheckShareAccess is documented to."""

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

    def read(self, opener, length, offset):
        if not opener.access & READ:
            return STATUS_ACCESS_DENIED, b""
        at = opener.position if offset in (None, -2) else offset
        if at < 0:
            return STATUS_INVALID_PARAMETER, b""
        data = opener.entry.data[at:][:length]
        if length and not data:
            return STATUS_END_OF_FILE, b""
        opener.position = at + len(data)
        return STATUS_SUCCESS, data

    def write(self, opener, data, offset):
        if not opener.writes:
            return STATUS_ACCESS_DENIED
        old = opener.entry.data
        at = opener.position if offset in (None, -2) else offset
        if offset == -1 or not opener.access & WRITE:
            at = len(old)
        if data:
            opener.entry.data = (old + bytes(max(0, at - len(old))))[:at] + data + old[at + len(data) :]
        opener.position = at + len(data)
        return STATUS_SUCCESS

    def rename(self, opener, name, replace):
        key = name.upper()
        if "\\" not in key:
            (there,) = [path for path, entry in self.entries.items() if entry is opener.entry]
            key = f"{there.rpartition(chr(92))[0]}\\{key}"
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
        goes = entry.doomed and not entry.openers
        if goes:
            self.entries = {name: other for name, other in self.entries.items() if other is not entry}
        return goes

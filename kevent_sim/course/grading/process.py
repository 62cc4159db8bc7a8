"""The judge's process, from outside: asked with a time limit, and gone with all that it has started."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[3]
JUDGE = "kevent_sim.course.grading.judge"  # not imported here: it needs what draws pictures


class Lost(Exception):
    """The process is of no more use: it `hangs` or `dies`."""


class Process:
    """A fresh Python, in an empty folder that is gone afterwards."""

    def __enter__(self) -> Process:
        self.secret = secrets.token_hex()
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        self.python = subprocess.Popen(
            [sys.executable, "-P", "-m", JUDGE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder.name,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", "KEVENT_SIM_PROGRESS": "no"},
            start_new_session=True,  # so that it ends with the processes that an answer has started
        )
        self.said = Queue[bytes]()
        Thread(target=self._listen, daemon=True).start()
        self._send(self.secret)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()
        self.python.wait()
        with suppress(OSError):
            self.python.stdin.close()  # type: ignore[union-attr]
        self.folder.cleanup()

    def end(self) -> None:
        """End it, whatever it does."""
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self.python.pid, signal.SIGKILL)
            else:
                self.python.kill()

    def ask(self, limit: float, **asked: Any) -> dict[str, str]:
        """What it says, within a limit in seconds. Raises Lost."""
        self._send(json.dumps(asked))
        try:
            line = self.said.get(timeout=limit)
        except Empty:
            raise Lost("hangs") from None
        try:
            said = json.loads(line)
            if said.pop("secret") == self.secret:
                return dict(said)
        except (ValueError, KeyError, AttributeError, TypeError):
            pass
        if not line:
            raise Lost("dies")
        return {"word": "tampered", "text": "it has spoken in its judge's place"}

    def _send(self, line: str) -> None:
        stdin = self.python.stdin
        with suppress(OSError):  # a process that is gone: its answer says so
            stdin.write(f"{line}\n".encode())  # type: ignore[union-attr]
            stdin.flush()  # type: ignore[union-attr]

    def _listen(self) -> None:
        """Hand on its lines; an empty one where it has ended."""
        with self.python.stdout as lines:  # type: ignore[union-attr]
            for line in lines:
                self.said.put(line)
        self.said.put(b"")

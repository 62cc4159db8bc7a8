"""How JupyterLab is started on the course.

The standard library alone.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from urllib.parse import quote

from kevent_sim.course.setup.check import python


def port_problem(port: int) -> str:
    """Why JupyterLab could not have this port, and what to type; nothing where it can."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        other = port + 1 if 1024 <= port < 65535 else 8899
        return (
            f"Port {port} cannot be used: {str(error.strerror).partition(' (')[0]}. Type another one,\n"
            f"  {python()} -m kevent_sim --port {other}\nor none: JupyterLab then finds one that is free."
        )
    return ""


def lab_command(root: Path, first: Path, port: int | None, browser: bool) -> list[str]:
    address = quote(first.relative_to(root).as_posix())
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    command.append(f"--LabApp.default_url=/lab/tree/{address}")  # so that the address it prints leads there too
    command.append("--log-level=WARN")  # or that address is lost among thirty lines
    if port is not None:
        command += [f"--port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # a container's only user; JupyterLab would refuse to start
    return command

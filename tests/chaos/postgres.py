"""A private PostgreSQL server that can be stopped, killed and started again: `with Postgres() as database:`"""

import contextlib
import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""A master key: settings for PostgreSQL need one."""


def programs():
    """The folder of the newest installed server's programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: [int(n) for n in re.findall(r"\d+", path)])
    path = found[-1] if found else shutil.which("initdb")
    return pathlib.Path(path).parent if path else None


def alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Postgres:
    """A server on a free port that stays the same; as an ordinary user, because it refuses to run as root."""

    def __init__(self):
        self.bin = programs()
        if self.bin is None:
            from harness import Skip

            raise Skip("there is no PostgreSQL")
        # The server's user may not enter our own folder.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        self.user = None
        if os.geteuid() == 0:
            try:
                self.user = pwd.getpwnam("postgres")
            except KeyError:
                subprocess.run(["useradd", "--system", "--no-create-home", "postgres"], check=True)
                self.user = pwd.getpwnam("postgres")
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data = self.directory / "db"
        self.databases = 0
        try:
            self.command("initdb", "-D", self.data, "-U", "drawbridge", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
            self.start()
        except BaseException:
            self.close()
            raise

    def command(self, name, *arguments, check=True):
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with open(self.directory / "commands", "ab") as log:
            done = subprocess.run(
                [self.bin / name, *map(str, arguments)], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False,
                timeout=120, **identity,
            )  # fmt: skip
        text = "".join(path.read_text(errors="replace")[-1500:] for path in map(self.directory.joinpath, ("commands", "log")) if path.exists())
        assert not check or done.returncode == 0, f"{name}: {text}"
        return done.returncode

    def start(self):
        options = f"-p {self.port} -h 127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=300"
        self.command("pg_ctl", "-D", self.data, "-s", "-w", "-l", self.directory / "log", "start", "-o", options)

    def stop(self, mode="fast"):
        """`fast` cuts connections in order, `immediate` as in a crash; either way it is gone when this returns."""
        self.command("pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop", check=False)

    def kill(self):
        """kill -9 of the server and of each of its processes."""
        leader = int((self.data / "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        every = [leader, *map(int, children)]
        for pid in every:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while any(alive(pid) for pid in every):
            assert time.monotonic() < end, "PostgreSQL outlives a kill -9"
            time.sleep(0.02)
        # Where nobody reaps orphans the process still counts as there.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    @contextlib.contextmanager
    def stopped(self, mode="fast"):
        """`with database.stopped():`"""
        self.stop(mode)
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def killed(self):
        """`with database.killed():`"""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def sql(self, text, database="postgres"):
        """What psql prints for a statement, without adornment."""
        psql = shutil.which("psql") or self.bin / "psql"
        url = f"postgres://drawbridge@127.0.0.1:{self.port}/{database}"
        done = subprocess.run([psql, url, "-XAtqc", text], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def settings(self):
        """Settings for a Program over a new database of its own."""
        self.databases += 1
        name = f"chaos_{self.databases}"
        self.sql(f"CREATE DATABASE {name}")
        return {"database_url": f"postgres://drawbridge@127.0.0.1:{self.port}/{name}", "master_key": KEY}

    def close(self):
        if self.data.exists():
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

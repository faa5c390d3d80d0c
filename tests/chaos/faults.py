"""Faults of the machine, all of them real: a full disk, a file-size limit, a disk that answers EIO."""

import contextlib
import errno
import hashlib
import os
import pathlib
import shutil
import subprocess

import program

HERE = pathlib.Path(__file__).parent


def skip(why):
    # The registry imports this module.
    from harness import Skip

    raise Skip(why)


def privileged(command):
    """Runs a command as root; answers whether that worked."""
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            return False
        command = ["sudo", "-n", *command]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class Disk:
    """A file system of its own; `path` is where."""

    def __init__(self, path):
        self.path = path
        self.ballast = path / "ballast"

    def fill(self):
        """Leaves no byte."""
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"\0" * size)

    def free(self):
        """Takes back what `fill` took."""
        self.ballast.unlink(missing_ok=True)

    def full(self):
        """`with disk.full():`"""
        return during(self.fill, self.free)


@contextlib.contextmanager
def during(begin, end):
    begin()
    try:
        yield
    finally:
        end()


@contextlib.contextmanager
def small_disk(megabytes=8):
    """A tmpfs of this size; a row is skipped where none can be mounted."""
    path = program.work_directory("disk-")
    options = f"size={megabytes}m,mode=700,uid={os.geteuid()},gid={os.getegid()}"
    if not privileged(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]):
        path.rmdir()
        skip("no tmpfs can be mounted without root")
    try:
        yield Disk(path)
    finally:
        # A program that was killed may hold it for a moment: lazily.
        privileged(["umount", "-l", str(path)])
        path.rmdir()


@contextlib.contextmanager
def file_size_limit(pid, size):
    """No file of this process grows beyond `size` bytes while the block runs (RLIMIT_FSIZE, by prlimit)."""
    if not shutil.which("prlimit"):
        skip("there is no prlimit")

    def limit(value):
        done = subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={value}:unlimited"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"prlimit: {done.stderr}"

    with during(lambda: limit(size), lambda: limit("unlimited")):
        yield


class Shim:
    """`Program(env=shim.env)`, then `with shim.failing():`"""

    def __init__(self, library, trigger, match):
        self.trigger = trigger
        self.env = {"LD_PRELOAD": str(library), "CHAOS_EIO_PATH": match, "CHAOS_EIO_TRIGGER": str(trigger)}

    @contextlib.contextmanager
    def failing(self, operations="write fsync ftruncate", error=errno.EIO):
        """While the block runs these operations fail with this error, on files whose path holds the text."""
        assert set(operations.split()) <= {"write", "fsync", "ftruncate"}, operations
        aside = self.trigger.with_suffix(".new")
        aside.write_text(f"{error} {operations}")
        aside.rename(self.trigger)
        try:
            yield
        finally:
            self.trigger.unlink()


def eio_shim(directory, match="drawbridge.db"):
    """A shim for programs that makes writing fail on files whose path holds `match`. Its switch lies in `directory`."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        skip("there is no C compiler")
    source = HERE / "eio.c"
    library = program.WORK / f"eio-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}.so"
    if not library.exists():
        aside = library.with_suffix(f".{os.getpid()}")
        built = subprocess.run([compiler, "-O1", "-Wall", "-shared", "-fPIC", "-o", aside, source, "-ldl"], capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
        aside.rename(library)
    return Shim(library, pathlib.Path(directory) / "eio-trigger", match)

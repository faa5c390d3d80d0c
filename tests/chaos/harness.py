"""What rows are made of: the registry, waiting, and by re-export the program, the stub of a vendor, and the faults.

    from harness import *

    @row(4, "a bomb at the token endpoint costs no memory")
    def a_bomb_is_not_inflated():
        with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
            ...
            return f"{grown} KB"

A row returns its figure as text, raises AssertionError when its promise does not hold, and Skip when this machine cannot
put it to the test.
"""

import contextlib
import sys
import time
from dataclasses import dataclass
from typing import Callable

ROWS = []
SHORT = "--short" in sys.argv
"""Whether this is the short form, for rows that can do with smaller numbers."""


class Skip(Exception):
    """This machine cannot put the row to the test; the text says why."""


@dataclass
class Row:
    item: int
    what: str
    short: bool
    limit: float
    waits: bool
    run: Callable[[], str]

    @property
    def name(self):
        return self.run.__name__

    @property
    def module(self):
        return self.run.__module__


def row(item, what, short=True, limit=240, waits=False):
    """Registers a row: the item it belongs to, what must hold, whether the short form has it, its deadline in seconds, and
    whether it mostly waits, so that it can run beside the others."""

    def register(function):
        ROWS.append(Row(item, what, short, limit, waits, function))
        return function

    return register


def until(seen, seconds=10, what="it", every=0.02):
    """Waits until `seen()` is truthy and answers that; an AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = seen()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(every)


def holds(seen, seconds, what="it", every=0.05):
    """Asserts that `seen()` stays truthy for `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert seen(), f"{what}: no longer"
        time.sleep(every)


@contextlib.contextmanager
def within(seconds, what="it"):
    """Asserts that the block takes no longer than `seconds`."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    assert took <= seconds, f"{what} took {took:.2f} s, more than {seconds} s"


from faults import eio_shim, file_size_limit, small_disk  # noqa: E402
from postgres import Postgres  # noqa: E402
from program import ADMIN, Program, account, call, mcp, new_server, raw, request, server, work_directory  # noqa: E402
from upstream import Upstream, answer, bomb, drip, drop, gate, mute, slow  # noqa: E402

__all__ = [
    "ADMIN", "SHORT", "Postgres", "Program", "Skip", "Upstream", "account", "answer", "bomb", "call", "drip", "drop", "eio_shim",
    "file_size_limit", "gate", "holds", "mcp", "mute", "new_server", "raw", "request", "row", "server", "slow", "small_disk", "until",
    "within", "work_directory",
]  # fmt: skip

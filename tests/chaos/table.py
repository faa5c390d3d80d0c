"""Runs the rows and prints the table: python3 table.py [--short] [--list] [ROW | MODULE | ITEM …]"""

import importlib
import json
import pathlib
import signal
import subprocess
import sys
import time
import traceback

import harness

FRAMEWORK = {"harness", "table", "program", "upstream", "faults", "postgres"}
LINE = "{:>4}  {:<98} {:<40} {:>6}  {}"


class TookTooLong(BaseException):
    """Above Exception, so that no row takes its own deadline for a refused connection."""


def load():
    here = pathlib.Path(__file__).parent
    for path in sorted(here.glob("*.py")):
        if path.stem not in FRAMEWORK:
            importlib.import_module(path.stem)
    return sorted(harness.ROWS, key=lambda row: row.item)


def attempt(row):
    """Runs one row: its figure and its outcome, `ok`, `not ok: why` or `skipped: why`."""

    def stop(*_):
        raise TookTooLong

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, row.limit)
    try:
        return str(row.run() or ""), "ok"
    except harness.Skip as why:
        return "", f"skipped: {why}"
    except TookTooLong:
        where = traceback.extract_tb(sys.exc_info()[2])
        return "", f"not ok: more than {row.limit:.0f} s, at {where[-1].name} of {where[1].name}"
    except AssertionError as why:
        where = traceback.extract_tb(why.__traceback__)[-1]
        return "", f"not ok: {str(why) or f'{where.filename}:{where.lineno}: {where.line}'}"
    except Exception:
        return "", f"not ok: {traceback.format_exc()}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Alongside:
    """A row that mostly waits, in a process of its own while others run."""

    def __init__(self, row):
        flags = ["--short"] if harness.SHORT else []
        command = [sys.executable, __file__, *flags, "--result", f"{row.module}.{row.name}"]
        self.row, self.process = row, subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def result(self):
        out, _ = self.process.communicate()
        try:
            return tuple(json.loads(out.splitlines()[-1]))
        except (ValueError, IndexError):
            return "", f"not ok: it ended with {self.process.returncode}", 0.0


def timed(row):
    begun = time.monotonic()
    figure, outcome = attempt(row)
    return figure, outcome, time.monotonic() - begun


def main(arguments):
    if arguments[-2:-1] == ["--result"]:
        row = next(row for row in load() if f"{row.module}.{row.name}" == arguments[-1])
        print(json.dumps(timed(row)))
        return 0
    wanted = [argument for argument in arguments if not argument.startswith("-")]
    known = load()
    rows = [row for row in known if not wanted or {row.name, row.module, str(row.item)} & set(wanted)]
    unknown = [name for name in wanted if not any(name in (row.name, row.module, str(row.item)) for row in known)]
    if unknown:
        print(f"no such row: {', '.join(unknown)}")
        return 1
    if "--list" in arguments:
        for row in rows:
            print(f"{row.item:>4}  {row.module}.{row.name}{'' if row.short else ' (not in the short form)'}: {row.what}")
        return 0
    if "--short" in arguments:
        rows = [row for row in rows if row.short]
    print(LINE.format("item", "what must hold", "figure", "s", ""))
    passed, failed = 0, 0
    alongside = [Alongside(row) for row in rows if row.waits and len(rows) > 1]
    rows = [row for row in rows if not row.waits or len(rows) == 1]
    for row, result in [*((row, None) for row in rows), *((other.row, other.result) for other in alongside)]:
        figure, outcome, seconds = timed(row) if result is None else result()
        passed += outcome == "ok"
        failed += outcome.startswith("not ok")
        first, *more = outcome.splitlines()
        print(LINE.format(row.item, row.what, figure, f"{seconds:.1f}", first), *more, sep="\n      ", flush=True)
        if outcome.startswith("not ok"):
            print(f"      ({row.module}.{row.name})", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

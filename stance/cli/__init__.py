"""The command line: parse, call one library function, print.

Results go to standard output and everything else to standard error. Exit codes: 0 fine, 1 an
error of ours (a file, a model, a setting), 2 wrong use.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

# What a shell says of a process that SIGTERM ended.
_TERMINATED = 128 + signal.SIGTERM


def main() -> None:
    """Run the command line; the entry point of the ``stance`` script."""
    from stance.cli.quick import run
    from stance.errors import StanceError
    from stance.output.shown import shown_line

    if sys.stderr is None:
        # It was closed. Python would print to standard output instead.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    sys.argv[1:] = map(_with_home, sys.argv[1:])
    try:
        try:
            run(sys.argv[1:])
        finally:
            # Here, where an error is caught, and not when Python ends.
            if sys.stdout:
                sys.stdout.flush()
    except StanceError as error:
        line = shown_line(str(error))
        print(f"stance: {line}", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone (as `head` does): that is not an error.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # What no command has foreseen, like a full disk behind standard output.
        parts = (error.filename, error.strerror or error)
        reason = shown_line(": ".join(str(part) for part in parts if part))
        print(f"stance: stopped ({reason}). Check space and permissions.", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except KeyboardInterrupt:
        print("stance: interrupted.", file=sys.stderr)  # noqa: T201
        sys.exit(130)


def _with_home(argument: str) -> str:
    """The argument with the home folder for the ``~`` that shells leave in ``--out=~/model``."""
    option, _, path = argument.partition("=")
    if option.startswith("--") and path.startswith("~/"):
        return f"{option}={os.path.expanduser(path)}"  # noqa: PTH111 - as it is without a home
    return argument


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """End as an error does, so that no scratch file stays behind."""
    sys.exit(_TERMINATED)

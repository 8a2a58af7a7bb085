"""The quickest way into a command: what has no options is run without reading any.

Making typer ready takes a quarter of the time in which one article is coded, for it looks at
every option of every command. ``stance classify PATH...`` is what most people type first.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

# New objects between two searches for rings that nothing holds. Python's 700 are few beside what
# loading a model makes, none of it a ring: searching would take 7 % of a short run.
_OBJECTS = 50_000


def run(arguments: Sequence[str]) -> None:
    """Run the command that is asked for, by way of typer unless it is plain.

    Parameters
    ----------
    arguments
        What stands behind ``stance``.
    """
    gc.set_threshold(_OBJECTS)
    if not is_plain(arguments):
        from stance.cli.app import app

        try:
            app()
        except SystemExit as end:
            cause = end.__context__
            while cause is not None and not isinstance(cause, (BrokenPipeError, KeyboardInterrupt)):
                cause = cause.__context__
            # typer has ended without a word here; the caller knows what to say, and what not.
            raise (cause or end) from None
        return
    import typer

    from stance.cli.classify import classify

    try:
        classify(list(arguments[1:]))
    except typer.Exit as end:
        sys.exit(end.exit_code)


def is_plain(arguments: Sequence[str]) -> bool:
    """Whether the arguments are ``classify`` and paths alone.

    On Windows, where no shell does, typer puts in the files that a pattern stands for.
    """
    paths = arguments[1:]
    return (
        bool(paths)
        and arguments[0] == "classify"
        and not any(path.startswith("-") and path != "-" for path in paths)
        and sys.platform != "win32"
    )

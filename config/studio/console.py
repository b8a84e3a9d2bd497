"""What the launcher shows: one line at a time, prefixed with the process it came from."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
PREFIX_WIDTH = 11


class Console:
    """Writes lines to a terminal or a pipe; colours only on a terminal that knows them, unless `NO_COLOR` is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._coloured = self._stream.isatty() and not plain
        self._colour_of: dict[str, int] = {}
        self._quiet = False

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold back the processes' lines, while a command draws in this terminal."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def line(self, name: str, text: str) -> None:
        """Show one line of a process."""
        if not self._quiet:
            self._prefixed(name, text)

    def say(self, text: str) -> None:
        """Show the launcher's own line."""
        self._prefixed("studio", text)

    def _prefixed(self, name: str, text: str) -> None:
        prefix = f"{name:<{PREFIX_WIDTH}} |"
        if self._coloured:
            colour = self._colour_of.setdefault(name, COLOURS[len(self._colour_of) % len(COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._write(f"{prefix} {text}\n")

    def plain(self, text: str = "") -> None:
        """Show a line without prefix."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # The terminal went away; the processes must still be stopped in order.
            self._stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (kept for the launcher's life)

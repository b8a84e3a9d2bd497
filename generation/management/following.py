"""Following a job from a terminal: a bar where there is one, plain lines where there is none."""

import time
from collections.abc import Iterator
from typing import Any, TextIO
from uuid import UUID

from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from config.kernel.context import SYSTEM
from generation.choices import TERMINAL, JobStatus
from generation.selectors.jobs import job_status

LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 15.0


def follow(job_id: UUID, out: TextIO) -> str:
    """Show the job's progress until it ends; its last status.

    Raises:
        NotFound: the job is gone.
        KeyboardInterrupt: the person stops watching; the job goes on.
    """
    if out.isatty():
        return _as_bar(job_id, out)
    return _as_lines(job_id, out)


def _states(job_id: UUID) -> Iterator[dict[str, Any]]:
    """The job's status, again and again, until it has ended."""
    while True:
        found = job_status(SYSTEM, job_id)
        yield found
        if found["status"] in TERMINAL:
            return
        time.sleep(LOOK_EVERY_SECONDS)


def _as_bar(job_id: UUID, out: TextIO) -> str:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    status = ""
    waiting = _Patience()
    with Progress(*columns, console=Console(file=out)) as bar:
        shown = bar.add_task(_("Waiting"), total=100)
        for found in _states(job_id):
            status = found["status"]
            bar.update(shown, completed=found["progress"], description=_described(found))
            if hint := waiting.hint(status):
                bar.console.print(hint)
    return status


def _as_lines(job_id: UUID, out: TextIO) -> str:
    """One line whenever the stage changes."""
    last, status = "", ""
    waiting = _Patience()
    for found in _states(job_id):
        status = found["status"]
        text = _described(found)
        if text != last:
            out.write(f"{found['progress']:>3} %  {text}\n")
            out.flush()
            last = text
        if hint := waiting.hint(status):
            out.write(f"{hint}\n")
            out.flush()
    return status


def _described(found: dict[str, Any]) -> str:
    if found["status"] == JobStatus.RUNNING and found["stage"]:
        return str(found["stage"])
    return str(JobStatus(found["status"]).label).capitalize()


class _Patience:
    """Says once when nobody takes the job."""

    def __init__(self) -> None:
        self._since, self._said = time.monotonic(), False

    def hint(self, status: str) -> str:
        """A sentence when it is time for it, else nothing."""
        if status != JobStatus.QUEUED:
            self._since = time.monotonic()
        if self._said or time.monotonic() - self._since < PATIENCE_SECONDS:
            return ""
        self._said = True
        return _("No worker has taken the job yet. Is the studio running with its workers (make up)?")

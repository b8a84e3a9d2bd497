"""What the commands that write have in common: starting, following, and putting the files somewhere."""

from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from config.kernel.context import SYSTEM
from generation.choices import JobStatus
from generation.exceptions import JobActive
from generation.management.following import follow
from generation.selectors.jobs import job_detail
from generation.selectors.projects import exports_named
from generation.services.jobs import job_start
from projects.models import Project

WORKFLOW = "write_book"


def started(project: Project, **wishes: Any) -> UUID:
    """Start the workflow; its job's id.

    Raises:
        CommandError: another job writes in the project; the sentence names it.
        AppError: whatever else `job_start` refuses.
    """
    try:
        return job_start(actor=SYSTEM, kind=WORKFLOW, project_id=project.pk, payload=wishes).pk
    except JobActive as error:
        raise CommandError(
            _("Another job is writing in this project: %(job)s. Follow it with --job.")
            % {"job": error.details.get("job", "")}
        ) from error


def followed(job_id: UUID, out: TextIO) -> dict[str, Any]:
    """Follow the job to its end; its result.

    Raises:
        CommandError: it ended without one; the sentence says why.
    """
    status = follow(job_id, out)
    if status == JobStatus.SUCCEEDED:
        result: dict[str, Any] = job_detail(SYSTEM, job_id)["result"] or {}
        return result
    error = job_detail(SYSTEM, job_id)["error"]
    reason = f" {error['message']} ({error['code']})" if error else ""
    raise CommandError(_("The job ended: %(status)s.") % {"status": JobStatus(status).label} + reason)


def files_put(result: dict[str, Any], directory: Path) -> list[Path]:
    """Write the result's exports into `directory`; their paths.

    Raises:
        CommandError: the directory can't be written.
    """
    exports = exports_named([UUID(export["export"]) for export in result.get("exports", [])])
    paths = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for export in exports:
            path = directory / Path(export.filename).name
            path.write_bytes(bytes(export.content))
            paths.append(path)
    except OSError as error:
        raise CommandError(
            _("%(directory)s can't be written: %(reason)s.") % {"directory": directory, "reason": error.strerror}
        ) from error
    return paths

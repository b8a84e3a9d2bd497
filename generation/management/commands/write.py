"""`manage.py write`: from a project's brief to an exported text, by the same job that the API starts."""

import argparse
import sys
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from config.kernel.commands import StudioCommand
from config.kernel.context import SYSTEM
from generation.management.writing import files_put, followed, started
from generation.selectors.projects import project_named
from generation.services.jobs import job_cancel, job_retry
from tenants.models import Tenant
from tenants.selectors.organisations import tenant_of_slug

CHAPTERS = 3
INTERRUPTED = 130


class Command(StudioCommand):
    """Starts, follows, cancels or continues the workflow that writes a whole text."""

    requires_system_checks = []  # the address map alone costs a second
    help = "Plan, write, assemble and export a project's text."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("project", nargs="?", help="the project's id or title; not needed with --job")
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the organisation it belongs to")
        parser.add_argument(
            "--chapters", type=int, default=CHAPTERS, help=f"chapters or sections (default: {CHAPTERS})"
        )
        parser.add_argument("--instructions", default="", help="a wish for every chapter")
        parser.add_argument("--words", type=int, help="words to aim at in each chapter (default: the brief's)")
        parser.add_argument("--rewrite", action="store_true", help="make plan and chapters that exist anew")
        parser.add_argument("--out", type=Path, help="where to put the files (default: out/SLUG)")
        parser.add_argument(
            "--follow", action=argparse.BooleanOptionalAction, default=True, help="watch the job to its end"
        )
        parser.add_argument("--job", type=UUID, metavar="ID", help="follow this job instead of starting one")
        parser.add_argument("--cancel", action="store_true", help="with --job: cancel it")
        parser.add_argument("--retry", action="store_true", help="with --job: replay it from its last step")

    def handle(self, *args: Any, project: str | None, tenant: str, job: UUID | None, **options: Any) -> None:
        """Do what was asked."""
        organisation = tenant_of_slug(tenant)
        with tenant_context(organisation):
            if job is None:
                if project is None or options["cancel"] or options["retry"]:
                    raise CommandError(_("Name a project, or a job with --job."))
                job = self._start(project, options)
            elif options["cancel"]:
                job_cancel(actor=SYSTEM, job_id=job)
                self.stdout.write(_("Asked the job to stop at its next checkpoint."))
                return
            elif options["retry"]:
                job_retry(actor=SYSTEM, job_id=job)
            if options["follow"]:
                self._follow(job, organisation, options["out"])

    def _start(self, project: str, options: dict[str, Any]) -> UUID:
        found = project_named(project)
        wishes = {
            "chapters": options["chapters"],
            "instructions": options["instructions"],
            "rewrite": options["rewrite"],
        }
        if options["words"] is not None:
            wishes["target_words"] = options["words"]
        job = started(found, **wishes)
        self.stdout.write(_("Writing “%(title)s” as job %(job)s.") % {"title": found.title, "job": job})
        return job

    def _follow(self, job: UUID, tenant: Tenant, out: Path | None) -> None:
        try:
            result = followed(job, cast("TextIO", self.stdout._out))  # noqa: SLF001
        except KeyboardInterrupt:
            again = f"manage.py write --tenant {tenant.slug} --job {job}"
            self.stdout.write(
                _("\nThe job goes on without you. Watch it: %(again)s\nCancel it: %(again)s --cancel")
                % {"again": again}
            )
            sys.exit(INTERRUPTED)
        for path in files_put(result, out or Path("out") / tenant.slug):
            self.stdout.write(_("Exported %(path)s") % {"path": path})

"""`manage.py demo`: an organisation with people and two projects, one of them written; as often as you like."""

import json
import os
import secrets
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from config.kernel.commands import StudioCommand
from generation.management.writing import files_put, followed, started
from generation.selectors.jobs import active_writer_of, last_result_of
from generation.services.demo import PEOPLE, ROLES, Demo, demo_ensure, is_written
from tenants.selectors.organisations import address_of

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
CHAPTERS = 3
PASSWORD_BYTES = 12
SIGN_IN_FILE = "demo-sign-in.json"


class Command(StudioCommand):
    """Makes the demo, or finds it made."""

    requires_system_checks = []  # the address map alone costs a second
    help = "Make a demo organisation with people and two projects, and write one of them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and say how to sign in."""
        passwords = _passwords(Path(settings.STUDIO_DATA_DIR) / SIGN_IN_FILE)
        demo = demo_ensure(passwords=passwords, samples=SAMPLES)
        with tenant_context(demo.tenant):
            result = self._written(demo)
        with tenant_context(demo.tenant):
            paths = files_put(result, Path("out") / demo.tenant.slug)
        for path in paths:
            self.stdout.write(_("Exported %(path)s") % {"path": path})
        self._say_sign_in(demo, passwords)

    def _written(self, demo: Demo) -> dict[str, Any]:
        """The result of the job that wrote the novel: now, or earlier."""
        if is_written(demo.novel) and (result := last_result_of(demo.novel.pk)) is not None:
            self.stdout.write(_("“%(title)s” is written.") % {"title": demo.novel.title})
            return result
        job: UUID = active_writer_of(demo.novel.pk) or started(demo.novel, chapters=CHAPTERS)
        self.stdout.write(_("Writing “%(title)s”.") % {"title": demo.novel.title})
        return followed(job, cast("TextIO", self.stdout._out))  # noqa: SLF001

    def _say_sign_in(self, demo: Demo, passwords: dict[str, str]) -> None:
        self.stdout.write("")
        self.stdout.write(
            _("Sign in at %(address)s with") % {"address": address_of(f"{demo.tenant.slug}.{settings.BASE_DOMAIN}")}
        )
        for email, role in ROLES.items():
            self.stdout.write(f"  {email:<22} {passwords[email]}  ({role})")


def _passwords(path: Path) -> dict[str, str]:
    """The demo's passwords: made once, kept in the data directory, readable by its owner alone."""
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    made = {email: secrets.token_urlsafe(PASSWORD_BYTES) for email in PEOPLE}
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(made, stream, indent=1)
    return made

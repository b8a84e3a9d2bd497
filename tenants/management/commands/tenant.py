"""`manage.py tenant`: the life of organisations from the command line."""

import argparse
import dataclasses
import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from config.kernel.commands import StudioCommand, chosen_password
from config.kernel.context import SYSTEM
from tenants.choices import TenantStatus
from tenants.selectors.belonging import person_by_email
from tenants.selectors.organisations import Details, Overview, address_of_slug, details_of, overviews, tenant_of_slug
from tenants.services import organisations


class Command(StudioCommand):
    """One subcommand for each thing that can happen to an organisation."""

    help = "Create, list, suspend, resume, rename and delete organisations."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the subcommands."""
        commands = parser.add_subparsers(dest="errand", required=True, metavar="COMMAND")
        create = commands.add_parser("create", help="make an organisation and its first admin")
        create.add_argument("slug", help="its place in addresses: 3 to 63 lower-case letters, digits, single hyphens")
        create.add_argument("--name", help="what people call it (default: the slug)")
        create.add_argument("--admin", metavar="EMAIL", help="its first admin; the account is made when there is none")
        create.add_argument("--password", help="the admin's password (default: asked for, or generated and printed)")
        rows = commands.add_parser("list", help="show all organisations")
        rows.add_argument("--status", choices=TenantStatus.values)
        rows.add_argument("--json", action="store_true", help="for programs")
        show = commands.add_parser("show", help="show one organisation")
        show.add_argument("--json", action="store_true", help="for programs")
        suspend = commands.add_parser("suspend", help="stop serving an organisation; nothing is lost")
        suspend.add_argument("--reason", default="", help="kept beside its state")
        resume = commands.add_parser("resume", help="serve it again, or call off its deletion")
        rename = commands.add_parser("rename", help="give it another slug or name; the old address stops answering")
        rename.add_argument("--slug", dest="new_slug", metavar="SLUG")
        rename.add_argument("--name")
        delete = commands.add_parser("delete", help="stop serving it now and purge its data after the grace")
        delete.add_argument("--grace-days", type=int, help=f"(default: {settings.ORGANISATION_GRACE_DAYS})")
        delete.add_argument("--now", action="store_true", help="purge it at once, for good")
        delete.add_argument("--yes", action="store_true", help="don't ask")
        for command in (show, suspend, resume, rename, delete):
            command.add_argument("slug")
        commands.add_parser("purge", help="purge every organisation whose grace is over (the scheduler does it hourly)")

    def handle(self, *args: Any, errand: str, **options: Any) -> None:
        """Do the errand."""
        getattr(self, f"do_{errand}")(**options)

    def do_create(
        self, *, slug: str, name: str | None, admin: str | None, password: str | None, **_options: Any
    ) -> None:
        """Make an organisation."""
        generated = False
        known = admin is not None and person_by_email(admin) is not None
        if admin is not None and not known:
            password, generated = chosen_password(password)
        tenant = organisations.organisation_create(
            actor=SYSTEM, slug=slug, name=slug if name is None else name, admin_email=admin, admin_password=password
        )
        address = address_of_slug(tenant.slug)
        self.stdout.write(_("Created %(slug)s at %(address)s") % {"slug": slug, "address": address})
        if known:
            self.stdout.write(_("%(email)s had an account already and keeps its password.") % {"email": admin})
        if generated:
            self.stdout.write(_("Password of %(email)s: %(password)s") % {"email": admin, "password": password})

    def do_list(self, *, status: str | None, json: bool, **_options: Any) -> None:
        """Show all organisations."""
        rows = overviews(status=status)
        if json:
            self._print_json([dataclasses.asdict(row) for row in rows])
            return
        width = max((len(row.slug) for row in rows), default=0)
        for row in rows:
            people = _("%(count)d people") % {"count": row.people}
            self.stdout.write(f"{row.slug:<{width}}  {_state(row):<12}  {people:>12}  {row.name}")

    def do_show(self, *, slug: str, json: bool, **_options: Any) -> None:
        """Show one organisation."""
        found = details_of(slug)
        if json:
            self._print_json(dataclasses.asdict(found))
            return
        for label, value in _lines(found):
            self.stdout.write(f"{label + ':':<12} {value}")

    def do_suspend(self, *, slug: str, reason: str, **_options: Any) -> None:
        """Stop serving an organisation."""
        organisations.organisation_suspend(actor=SYSTEM, tenant_id=tenant_of_slug(slug).pk, reason=reason)
        self.stdout.write(_("Suspended %(slug)s.") % {"slug": slug})

    def do_resume(self, *, slug: str, **_options: Any) -> None:
        """Serve an organisation again."""
        organisations.organisation_resume(actor=SYSTEM, tenant_id=tenant_of_slug(slug).pk)
        self.stdout.write(_("Resumed %(slug)s.") % {"slug": slug})

    def do_rename(self, *, slug: str, new_slug: str | None, name: str | None, **_options: Any) -> None:
        """Give an organisation another slug or name."""
        if new_slug is None and name is None:
            raise CommandError(_("Say --slug, --name or both."))
        tenant = organisations.organisation_rename(
            actor=SYSTEM, tenant_id=tenant_of_slug(slug).pk, slug=new_slug, name=name
        )
        self.stdout.write(
            _("It is %(name)s at %(address)s now.") % {"name": tenant.name, "address": address_of_slug(tenant.slug)}
        )

    def do_delete(self, *, slug: str, grace_days: int | None, now: bool, yes: bool, **_options: Any) -> None:
        """Give an organisation up, or remove it at once."""
        tenant = tenant_of_slug(slug)
        if now:
            self._confirm(slug, yes=yes)
            if tenant.status != TenantStatus.DELETING:
                organisations.organisation_delete(actor=SYSTEM, tenant_id=tenant.pk, grace_days=0)
            else:
                organisations.organisation_hasten(actor=SYSTEM, tenant_id=tenant.pk)
            organisations.organisation_purge(actor=SYSTEM, tenant_id=tenant.pk)
            self.stdout.write(_("Purged %(slug)s.") % {"slug": slug})
            return
        tenant = organisations.organisation_delete(actor=SYSTEM, tenant_id=tenant.pk, grace_days=grace_days)
        self.stdout.write(
            _("%(slug)s is not served any more and will be purged after %(date)s; `tenant resume` calls it off.")
            % {"slug": slug, "date": f"{tenant.delete_after:%Y-%m-%d %H:%M} UTC"}
        )

    def do_purge(self, **_options: Any) -> None:
        """Purge what is due."""
        purged, failed = organisations.organisations_purge_due()
        self.stdout.write(_("Purged %(purged)d; %(failed)d must wait.") % {"purged": purged, "failed": failed})
        if failed:
            raise CommandError(_("Some organisations could not be purged; the log says why."))

    def _confirm(self, slug: str, *, yes: bool) -> None:
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError(_("Purging at once can't be undone: say --yes."))
        if input(_("This removes all data of %(slug)s for good. Type its slug: ") % {"slug": slug}) != slug:
            raise CommandError(_("Nothing was removed."))

    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2))


def _state(row: Overview) -> str:
    return str(TenantStatus(row.status).label)


def _lines(found: Details) -> list[tuple[str, str]]:
    row = found.overview
    lines = [
        (_("Slug"), row.slug),
        (_("Name"), row.name),
        (_("State"), _state(row) + (f" ({found.suspended_reason})" if found.suspended_reason else "")),
        (_("Addresses"), " ".join(found.addresses)),
        (_("Admins"), ", ".join(found.admins) or _("nobody")),
        (_("People"), str(row.people)),
        (_("Schema"), row.schema_name),
        (_("Size"), filesizeformat(found.size_bytes)),
        (_("Created"), f"{row.created_at:%Y-%m-%d %H:%M} UTC"),
    ]
    if row.delete_after is not None:
        lines.append((_("Purge after"), f"{row.delete_after:%Y-%m-%d %H:%M} UTC"))
    return lines

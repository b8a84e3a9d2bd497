"""`manage.py person`: people and where they belong, from the command line."""

import argparse
import json
from typing import Any

from django.utils.translation import gettext as _

from config.kernel.commands import StudioCommand, chosen_password
from config.kernel.context import SYSTEM
from config.kernel.errors import NotFound
from tenants.choices import MemberRole
from tenants.selectors.belonging import people_of, person_by_email
from tenants.selectors.organisations import tenant_of_slug
from tenants.services import people


class Command(StudioCommand):
    """One subcommand for each thing that can happen to a person."""

    help = "Add, list and deactivate people."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the subcommands."""
        commands = parser.add_subparsers(dest="errand", required=True, metavar="COMMAND")
        add = commands.add_parser("add", help="give somebody an account and a membership")
        add.add_argument("email")
        add.add_argument("--tenant", metavar="SLUG", help="the organisation they belong to from now on")
        add.add_argument("--role", default=MemberRole.MEMBER, choices=MemberRole.values)
        add.add_argument("--name", default="")
        add.add_argument("--password", help="(default: asked for, or generated and printed)")
        add.add_argument("--operator", action="store_true", help="let them operate the platform and use its admin")
        rows = commands.add_parser("list", help="show people and their organisations")
        rows.add_argument("--tenant", metavar="SLUG", help="those of one organisation")
        rows.add_argument("--json", action="store_true", help="for programs")
        deactivate = commands.add_parser("deactivate", help="close an account for good; name and e-mail are removed")
        deactivate.add_argument("email")

    def handle(self, *args: Any, errand: str, **options: Any) -> None:
        """Do the errand."""
        getattr(self, f"do_{errand}")(**options)

    def do_add(
        self,
        *,
        email: str,
        tenant: str | None,
        role: str,
        name: str,
        password: str | None,
        operator: bool,
        **_options: Any,
    ) -> None:
        """Give somebody an account, a membership, or both."""
        organisation = tenant_of_slug(tenant) if tenant is not None else None
        generated = False
        if person_by_email(email) is None:
            password, generated = chosen_password(password)
        added = people.person_add(
            actor=SYSTEM, email=email, tenant=organisation, role=role, password=password, name=name
        )
        if operator:
            people.operator_appoint(actor=SYSTEM, user_id=added.user.pk)
        text = _("Added %(email)s.") if added.account_is_new else _("%(email)s had an account already and keeps it.")
        self.stdout.write(text % {"email": added.user.email})
        if organisation is not None:
            self.stdout.write(_("They belong to %(tenant)s as %(role)s.") % {"tenant": organisation.slug, "role": role})
        if operator:
            self.stdout.write(_("They operate the platform."))
        if generated:
            self.stdout.write(
                _("Password of %(email)s: %(password)s") % {"email": added.user.email, "password": password}
            )

    def do_list(self, *, tenant: str | None, json: bool, **_options: Any) -> None:
        """Show people."""
        rows = people_of(tenant_of_slug(tenant).pk if tenant is not None else None)
        if json:
            self._print_json(rows)
            return
        width = max((len(row["email"]) for row in rows), default=0)
        for row in rows:
            places = ", ".join(f"{slug} ({role})" for slug, role in row["organisations"].items())
            marks = [_("operator")] * row["is_operator"] + [_("deactivated")] * (not row["is_active"])
            self.stdout.write("  ".join(filter(None, [f"{row['email']:<{width}}", places, *marks])))

    def do_deactivate(self, *, email: str, **_options: Any) -> None:
        """Close an account for good."""
        found = person_by_email(email)
        if found is None:
            raise NotFound(_("Nobody has the e-mail %(email)s.") % {"email": email})
        people.person_deactivate(actor=SYSTEM, user_id=found.pk)
        self.stdout.write(_("Closed the account of %(email)s.") % {"email": email})

    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2))

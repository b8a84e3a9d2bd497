"""`manage.py flag`: feature flags, from the command line."""

import argparse
import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from config.kernel.commands import StudioCommand
from config.kernel.context import SYSTEM
from config.kernel.errors import NotFound
from tenants.models.flag import EVERYBODY, NOBODY, FlagUnit
from tenants.selectors.belonging import person_by_email
from tenants.selectors.flags import FlagLine, RuleLine, flag_lines
from tenants.selectors.organisations import tenant_of_slug
from tenants.services.flags import flag_clear, flag_set

WORDS = {"on": EVERYBODY, "off": NOBODY}


def percentage(written: str) -> Decimal:
    """`on`, `off` or a number of per cent.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """
    try:
        return WORDS[written] if written in WORDS else Decimal(written.removesuffix("%"))
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"expected on, off or a percentage such as 12.5, found {written!r}") from None


class Command(StudioCommand):
    """One subcommand for each thing that can happen to a flag."""

    help = "Show, set and clear feature flags."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the subcommands."""
        commands = parser.add_subparsers(dest="errand", required=True, metavar="COMMAND")
        rows = commands.add_parser("list", help="show every flag and its rules")
        rows.add_argument("--json", action="store_true", help="for programs")
        change = commands.add_parser("set", help="switch a flag on, off, or on for a share")
        change.add_argument("name")
        change.add_argument("value", type=percentage, help="on, off, or a percentage such as 12.5")
        change.add_argument(
            "--unit", default=FlagUnit.PERSON, choices=FlagUnit.values, help="what a percentage counts (%(default)s)"
        )
        change.add_argument("--salt", help="draw another share of the same size (default: the rule keeps its own)")
        clear = commands.add_parser("clear", help="remove a rule; the next wider one, or the default, decides then")
        clear.add_argument("name")
        for command in (change, clear):
            whom = command.add_mutually_exclusive_group()
            whom.add_argument("--tenant", metavar="SLUG", help="for one organisation (default: for everybody)")
            whom.add_argument("--person", metavar="EMAIL", help="for one person")

    def handle(self, *args: Any, errand: str, **options: Any) -> None:
        """Do the errand."""
        getattr(self, f"do_{errand}")(**options)

    def do_list(self, *, json: bool, **_options: Any) -> None:
        """Show every flag and its rules."""
        lines = flag_lines()
        if json:
            self._print_json([asdict(line) for line in lines])
            return
        for line in lines:
            self.stdout.write(f"{line.name}  {self._default(line)}  {line.description}")
            for rule in line.rules:
                self.stdout.write(f"  {self._rule(rule)}")

    def do_set(
        self,
        *,
        name: str,
        value: Decimal,
        unit: str,
        salt: str | None,
        tenant: str | None,
        person: str | None,
        **_o: Any,
    ) -> None:
        """Make or change a rule."""
        flag_set(actor=SYSTEM, name=name, percentage=value, unit=unit, salt=salt, **self._whom(tenant, person))
        self.stdout.write(_("Set %(flag)s to %(value)s %%.") % {"flag": name, "value": f"{value:f}"})

    def do_clear(self, *, name: str, tenant: str | None, person: str | None, **_options: Any) -> None:
        """Remove a rule."""
        flag_clear(actor=SYSTEM, name=name, **self._whom(tenant, person))
        self.stdout.write(_("Cleared the rule of %(flag)s.") % {"flag": name})

    def _whom(self, tenant: str | None, person: str | None) -> dict[str, UUID]:
        """The ids of whom a rule is for; none for everybody.

        Raises:
            NotFound: when nobody of that name is there.
        """
        if tenant is not None:
            return {"tenant_id": tenant_of_slug(tenant).pk}
        if person is None:
            return {}
        found = person_by_email(person)
        if found is None:
            raise NotFound(_("Nobody has the e-mail %(email)s.") % {"email": person})
        return {"user_id": found.pk}

    def _default(self, line: FlagLine) -> str:
        if not line.registered:
            return _("(unknown)")
        return _("(on by default)") if line.default else _("(off by default)")

    def _rule(self, rule: RuleLine) -> str:
        who = f"{rule.scope} {rule.who}".strip()
        unit = "" if rule.percentage in (0, 100) else f" of {FlagUnit(rule.unit).label}"
        salt = f", salt {rule.salt}" if rule.salt else ""
        return f"{who}: {rule.percentage:g} %{unit}{salt}"

    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2))

"""`manage.py audit`: verify, export and prune the record, from the command line."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, schema_context

from audit.selectors.schemas import record_schemas, schema_of_slug
from audit.services.export import FORMATS, events_export
from audit.services.retention import record_prune, retention_days, retention_set
from audit.services.verification import chain_verify
from config.kernel.commands import StudioCommand
from config.kernel.context import SYSTEM


def moment(written: str) -> datetime:
    """A date or time; without a zone it is UTC.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a time such as 2026-01-31T12:00, found {written!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(StudioCommand):
    """One subcommand for each thing that an operator does with the record."""

    help = "Verify, export and prune the record of security events."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the subcommands."""
        commands = parser.add_subparsers(dest="errand", required=True, metavar="COMMAND")
        verify = commands.add_parser("verify", help="check the chain; exit code 1 when anything is wrong")
        export = commands.add_parser("export", help="write the events as a file")
        export.add_argument("--format", choices=FORMATS, default="jsonl", help="(default: %(default)s)")
        export.add_argument("--output", type=Path, help="a new file (default: standard output)")
        export.add_argument("--from", dest="since", type=moment, help="events from this time on")
        export.add_argument("--to", dest="until", type=moment, help="events before this time")
        prune = commands.add_parser("prune", help="delete what is older than the retention")
        prune.add_argument("--before", type=moment, help="delete what is older than this, whatever the retention")
        keep = commands.add_parser("retention", help="show or set how long the record is kept")
        keep.add_argument("--days", type=int, help="0: for ever")
        keep.add_argument("--default", action="store_true", help="take AUDIT_RETENTION_DAYS again")
        for command, many in ((verify, True), (export, False), (prune, True), (keep, False)):
            whose = command.add_mutually_exclusive_group()
            whose.add_argument("--tenant", metavar="SLUG", help="an organisation's record (default: the platform's)")
            if many:
                whose.add_argument("--all", action="store_true", help="every record, one after the other")

    def handle(self, *args: Any, errand: str, **options: Any) -> None:
        """Run one subcommand in each record that was asked for.

        Raises:
            CommandError: when a chain is broken, or a file can't be written.
        """
        slug, public = options["tenant"], get_public_schema_name()
        schemas = record_schemas() if options.get("all") else [schema_of_slug(slug) if slug else public]
        broken = 0
        for schema in schemas:
            with schema_context(schema):
                broken += getattr(self, f"_{errand}")(schema, options)
        if broken:
            raise CommandError(_("%(count)d problems were found.") % {"count": broken})

    def _verify(self, schema: str, options: dict[str, Any]) -> int:
        verdict = chain_verify()
        head = f"head {verdict.head_sequence} {verdict.head_hash}"
        self.stdout.write(f"{schema}: {verdict.checked} events, {len(verdict.problems)} problems, {head}")
        for problem in verdict.problems:
            self.stdout.write(f"{schema}: {problem.sequence}: {problem.what}")
        return len(verdict.problems)

    def _export(self, schema: str, options: dict[str, Any]) -> int:
        filters = {"from": options["since"], "to": options["until"]}
        asked = {name: value for name, value in filters.items() if value is not None}
        lines = events_export(actor=SYSTEM, schema=schema, format=options["format"], filters=asked)
        path: Path | None = options["output"]
        if path is None:
            for line in lines:
                self.stdout.write(line.decode(), ending="")
            return 0
        try:
            with path.open("xb") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        sys.stderr.write(f"{path}\n")
        return 0

    def _prune(self, schema: str, options: dict[str, Any]) -> int:
        pruned = record_prune(actor=SYSTEM, before=options["before"])
        self.stdout.write(f"{schema}: {pruned.events} events and {pruned.history} entries of history deleted")
        return 0

    def _retention(self, schema: str, options: dict[str, Any]) -> int:
        if options["default"] or options["days"] is not None:
            retention_set(actor=SYSTEM, days=None if options["default"] else options["days"])
        self.stdout.write(f"{schema}: {retention_days() or 'kept for ever'}")
        return 0

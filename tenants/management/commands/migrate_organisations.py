"""`manage.py migrate_organisations`: bring every schema up to date."""

import argparse
import sys
from typing import Any

from config.kernel.commands import StudioCommand
from tenants.selectors.migrations import Pending
from tenants.services.migration import migrations_pending, organisations_migrate

PENDING_EXIT_CODE = 1
FAILED_EXIT_CODE = 1


class Command(StudioCommand):
    """Migrates the public schema, the template and every organisation; goes on when one fails."""

    help = "Migrate the public schema, the template and every organisation. Exit code 1 when any failed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--plan", action="store_true", help="show what would be done, and do nothing")
        parser.add_argument("--check", action="store_true", help="the same, with exit code 1 when anything is pending")
        parser.add_argument("--only-failed", action="store_true", help="only organisations that failed the last time")
        parser.add_argument(
            "--jobs", type=_positive, default=1, help="organisations migrated side by side (default: 1)"
        )

    def handle(self, *args: Any, plan: bool, check: bool, only_failed: bool, jobs: int, **options: Any) -> None:
        """Migrate, or say what would be done."""
        if plan or check:
            pending = migrations_pending(only_failed=only_failed)
            self._print_plan(pending)
            if check and pending:
                sys.exit(PENDING_EXIT_CODE)
            return
        summary = organisations_migrate(jobs=jobs, only_failed=only_failed, say=self._say)
        migrated = len(summary.outcomes) - len(summary.failed)
        self.stdout.write(f"{migrated} migrated, {len(summary.failed)} failed, {summary.current} had nothing to do")
        for outcome in summary.failed:
            self.stderr.write(f"{outcome.schema_name}: {outcome.error}")
        if summary.failed:
            sys.exit(FAILED_EXIT_CODE)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _print_plan(self, pending: list[Pending]) -> None:
        if not pending:
            self.stdout.write("Every schema is up to date.")
        for item in pending:
            names = [f"{app}.{name}" for app, name in item.migrations]
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            self.stdout.write(f"{item.schema_name}: {shown}")


def _positive(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= value <= 64:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 64, found {text!r}")
    return value

"""`manage.py openapi`: write the API's document, unless that would break a client."""

from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.front.compatibility import breaking_changes
from config.front.document import UndescribedApi, committed_document, committed_path, generated_text


class Command(BaseCommand):
    """Compares the document of the code with the committed one, and writes it."""

    help = "Write docs/api/openapi.yaml from the code; refuses what would break a client."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options."""
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when it is out of date")
        parser.add_argument("--break-clients", action="store_true", help="write even what breaks a client")

    def handle(self, *args: Any, check: bool, break_clients: bool, **options: Any) -> None:
        """Compare, and write.

        Raises:
            CommandError: with a line for each thing that is wrong.
        """
        try:
            text = generated_text()
        except UndescribedApi as error:
            raise CommandError(f"The API can't be described:\n{error}") from error
        broken = breaking_changes(committed_document(), yaml.safe_load(text))
        if broken and not break_clients:
            lines = "\n".join(f"  {line}" for line in broken)
            raise CommandError(f"This would break clients of v1, which only ever grows:\n{lines}")
        path = committed_path()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return
        if check:
            raise CommandError(f"{path.name} is out of date: run `make openapi` and commit it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"wrote {path}")

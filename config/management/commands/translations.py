"""`manage.py translations`: bring the French catalogue up to date with the code, and compile it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.front.translations import catalogue_path, mo_bytes, po_text, problems, updated


class Command(BaseCommand):
    """Writes `config/locale/fr`: new messages come in empty, old ones go."""

    help = "Collect the messages of the code into config/locale/fr, compile them, and name those without French."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write both files.

        Raises:
            CommandError: naming each message that still needs a translator.
        """
        catalogue = updated()
        catalogue_path(".po").parent.mkdir(parents=True, exist_ok=True)
        catalogue_path(".po").write_bytes(po_text(catalogue))
        catalogue_path(".mo").write_bytes(mo_bytes(catalogue))
        lines = problems(catalogue)
        if lines:
            raise CommandError("\n".join([f"{len(lines)} messages need a translator:", *lines]))
